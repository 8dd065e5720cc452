#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the golden cases: what the program says of a site, byte for byte.

usage: run.py --program PROGRAM --share FOLDER [--bless] [CASE...]

A case is a folder GROUP/CASE beside this file.  It holds site.cfg or profile.cfg, or the
path of one in input.txt, and whatever these name.  A folder `profiles` in it is searched
for profiles.  Which expected file is there says what is compared:

  expected.diag               check: standard error, and the exit code in a last line
  expected.check.json         check --json
  expected[.HOST].nft         compile, as an nft script
  expected[.HOST].json        compile, as libnftables JSON
  expected[.HOST].matrix.txt  matrix; also .md, .csv and .json
  expected[.HOST].plan        plan against against.cfg, or against/site.cfg
  expected[.HOST].plan.json   the same with --json
  expected.explain            explain, for each line of packets.txt: a packet, and options
                              in a shell's words, where '\\x1b' is a byte

FOLDER holds profiles/, as the source does; its name reads $SHARE in expected files.
--bless writes the expected files that are there (make an empty one to begin with).  Read
what it wrote: it is right when a reviewer says so, not when the program does.

Beside the comparison, of each case: outputs hold no control character and are UTF-8;
JSON, CSV and Markdown are well formed; a site with errors compiles to nothing, and says
the same in JSON as in words.  As root, nft itself is asked about each script.
"""
import argparse
import concurrent.futures
import csv
import difflib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
CASE_MINIMUM = 300
INPUTS = ["site.cfg", "profile.cfg", "input.txt"]
PREFIX = "expected."
TIMEOUT = 60

# Kinds by ending, longer ones first; HOST stands between PREFIX and the ending.
MATRIX_FORMATS = {
    "matrix.txt": "text", "matrix.md": "markdown", "matrix.csv": "csv",
    "matrix.json": "json",
}
OF_HOST = [*MATRIX_FORMATS, "plan.json", "plan", "nft", "json"]
OF_SITE = ["diag", "check.json", "explain"]
BIDI_CONTROLS = ["LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"]
BIDI_MARKS = "\u200e\u200f\u061c"


class Failure(Exception):
    """What is wrong with a case, in words."""


class Case:
    def __init__(self, name):
        self.name = name
        self.folder = os.path.join(HERE, name)
        self.files = sorted(os.listdir(self.folder))
        self.expected = [file for file in self.files if file.startswith(PREFIX)]

    def path(self, file):
        return os.path.join(self.folder, file)

    def input(self):
        found = [file for file in INPUTS if file in self.files]
        if len(found) != 1:
            raise Failure("expected one of " + ", ".join(INPUTS))
        if found[0] != "input.txt":
            return found[0]
        with open(self.path("input.txt"), encoding="utf-8") as file:
            return file.read().strip()

    def against(self):
        for path in ("against.cfg", "against/site.cfg"):
            if os.path.exists(self.path(path)):
                return path
        raise Failure("a plan needs against.cfg or against/site.cfg")


def kind_of(file):
    """(HOST or None, kind) of an expected file; None: of no kind."""
    rest = file[len(PREFIX):]
    if rest in OF_SITE:
        return None, rest
    for kind in OF_HOST:
        if rest == kind:
            return None, kind
        if rest.endswith("." + kind):
            return rest[:-len(kind) - 1], kind
    return None


class Program:
    def __init__(self, path, share):
        self.path = os.path.abspath(path)
        self.share = os.path.abspath(share)
        if not os.path.isdir(os.path.join(self.share, "profiles")):
            sys.exit(f"golden: no profiles in {self.share}")
        # nothing of the caller's: colours, languages, folders of another rolewall
        self.environment = {
            "PATH": os.environ.get("PATH", ""), "LC_ALL": "C",
            "ROLEWALL_SHARE_DIR": self.share,
        }

    def run(self, case, words):
        """(exit code, standard output, standard error) in the folder of the case."""
        if os.path.isdir(case.path("profiles")):
            words = [*words, "-I", "profiles"]
        done = subprocess.run([self.path, *words], cwd=case.folder, check=False,
                              env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=TIMEOUT)
        if done.returncode < 0 or b"Sanitizer" in done.stderr:
            raise Failure(f"{words}: crashed with {done.returncode}\n"
                          + done.stderr.decode("utf-8", "replace"))
        share = self.share.encode()
        return (done.returncode, done.stdout.replace(share, b"$SHARE"),
                done.stderr.replace(share, b"$SHARE"))

    def run_well(self, case, words):
        code, out, err = self.run(case, words)
        if code:
            raise Failure(f"{' '.join(words)}: exit {code}\n"
                          + err.decode("utf-8", "replace"))
        return out


# ---- what the program says ----

BYTE = re.compile(rb"\\x([0-9a-f]{2})")


def words_of(question):
    """What a shell would make of it, as bytes."""
    return [BYTE.sub(lambda found: bytes.fromhex(found[1].decode()), word.encode())
            for word in shlex.split(question)]


def transcript_of(program, case):
    """Each question of packets.txt as it is typed, what comes of it, and the exit code."""
    with open(case.path("packets.txt"), encoding="utf-8") as file:
        questions = [line for line in file.read().split("\n") if line]
    if not questions:
        raise Failure("packets.txt holds no packet")
    text = b""
    for question in questions:
        words = ["explain", case.input(), *words_of(question)]
        code, out, err = program.run(case, words)
        text += f"$ explain {question}\n".encode() + out + err + f"exit {code}\n\n".encode()
    return text


def command_of(case, host, kind):
    if kind in MATRIX_FORMATS:
        words = ["matrix", case.input(), "--format", MATRIX_FORMATS[kind]]
    elif kind in ("plan", "plan.json"):
        words = ["plan", case.input(), "--against", case.against()]
        if kind == "plan.json":
            words.append("--json")
    else:
        words = ["compile", case.input(), "--format", kind]
    return words + (["--host", host] if host else [])


def output_of(program, case, host, kind):
    if kind == "diag":
        code, out, err = program.run(case, ["check", case.input()])
        if out:
            raise Failure("check writes to standard output")
        return err + f"exit {code}\n".encode()
    if kind == "explain":
        return transcript_of(program, case)
    if kind == "check.json":
        return program.run(case, ["check", "--json", case.input()])[1]
    return program.run_well(case, command_of(case, host, kind))


# ---- what holds of every output ----

def check_characters(text):
    """Nothing that a terminal takes for more than a character, or that turns lines."""
    for number, line in enumerate(text.split("\n"), 1):
        for character in line.lstrip("\t"):
            if (unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
                    or unicodedata.bidirectional(character) in BIDI_CONTROLS
                    or character in BIDI_MARKS):
                raise Failure(f"line {number} holds U+{ord(character):04X}")


def check_csv(text):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        raise Failure(f"CSV: rows of {sorted(widths)} cells")
    for row in rows:
        for cell in row:
            if re.match(r"\s*[=+@\uff1d\uff0b\uff0d\uff20\t\r-]", cell):
                raise Failure(f"CSV: a formula: {cell}")


def check_markdown(text):
    width = None
    for line in text.split("\n"):
        if not line.startswith("|"):
            width = None
            continue
        bars = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))
        if width is not None and bars != width:
            raise Failure(f"Markdown: {bars} bars beside {width}: {line}")
        width = bars
    if re.search(r"<(?!br>)|(?<!\\)`", text):
        raise Failure("Markdown: HTML or code out of a text")


def check_output(kind, output):
    try:
        text = output.decode("utf-8")
        check_characters(text)
        if kind.endswith("json"):
            json.loads(text)
    except ValueError as error: # UnicodeDecodeError is one
        raise Failure(f"{kind}: {error}") from error
    if kind == "matrix.csv":
        check_csv(text)
    elif kind == "matrix.md":
        check_markdown(text)


# ---- what holds of every case ----

PLACE = re.compile(r"^(?:(.+?)(?::(\d+))?(?::(\d+))?: )??(?:rolewall: )?(error|warning): ")


def places_in_words(words):
    """How many errors and warnings, and where; a source line has " | " before it."""
    places = []
    for line in words.split("\n"):
        found = PLACE.match(line)
        if found and not re.match(r" *\d* \|", line):
            places.append((found[4], found[1], found[2], found[3]))
    return places


def place_in_json(message):
    def word(key):
        return None if message[key] is None else str(message[key])
    return message["severity"], word("file"), word("line"), word("column")


def check_same_in_json(program, case, diag):
    code, out, err = program.run(case, ["check", "--json", case.input()])
    if err:
        raise Failure("check --json writes to standard error: " + err.decode())
    try:
        document = json.loads(out)
    except ValueError as error:
        raise Failure(f"check --json: {error}") from error
    words = diag.decode()
    if document["exit"] != code or not words.endswith(f"exit {code}\n"):
        raise Failure(f"check --json: exit {code} is {document['exit']}")
    if document["ok"] != (code == 0):
        raise Failure(f"check --json: ok is {document['ok']}")
    messages = document["errors"] + document["warnings"]
    if "rolewall: not shown: " in words:
        return
    told = sorted(map(str, places_in_words(words)))
    if told != sorted(str(place_in_json(message)) for message in messages):
        raise Failure("check --json tells other places than the words")


def check_refused(program, case, diag):
    """What has a mistake compiles to nothing."""
    if diag.endswith(b"\nexit 0\n") or diag == b"exit 0\n":
        return
    if not diag.endswith(b"exit 3\n"):
        raise Failure("check: expected exit 0 or 3")
    if b"error: " not in diag:
        raise Failure("check fails without an error")
    for verb in ("compile", "matrix"):
        code, out, _ = program.run(case, [verb, case.input()])
        # what shows up while a host is compiled is none of the matrix's
        if verb == "compile" and (not code or out):
            raise Failure(f"{verb}: exit {code}, with {len(out)} bytes")
        if code and out:
            raise Failure(f"{verb}: exit {code}, with {len(out)} bytes")


def compare(case, file, output):
    with open(case.path(file), "rb") as expected:
        wanted = expected.read()
    if wanted == output:
        return ""
    return "".join(line if line.endswith("\n") else line + "\n"
                   for line in difflib.unified_diff(
                       wanted.decode("utf-8", "replace").splitlines(True),
                       output.decode("utf-8", "replace").splitlines(True),
                       f"{case.name}/{file}", "what the program says"))


def run_case(program, case, bless):
    """The failures, and the nft files: (name, kind, bytes)."""
    failures, scripts = [], []
    if not case.expected:
        return ["no expected file"], scripts
    for file in case.expected:
        found = kind_of(file)
        if not found:
            failures.append(f"{file}: an expected file of unknown kind")
            continue
        host, kind = found
        try:
            output = output_of(program, case, host, kind)
            check_output(kind, output)
            if kind == "diag":
                check_refused(program, case, output)
                check_same_in_json(program, case, output)
            if kind in ("nft", "json"):
                scripts.append((f"{case.name}/{file}", kind, output))
        except Failure as failure:
            failures.append(f"{file}: {failure}")
            continue
        except subprocess.TimeoutExpired:
            failures.append(f"{file}: takes longer than {TIMEOUT} seconds")
            continue
        difference = compare(case, file, output)
        if difference and bless:
            with open(case.path(file), "wb") as blessed:
                blessed.write(output)
            print(f"golden: wrote {case.name}/{file}")
        elif difference:
            failures.append(difference)
    return failures, scripts


# ---- nft's own word ----

class Namespace:
    """A network namespace of its own, which ends with the standard input of a cat."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo ready && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise Failure("unshare --net fails")

    def run(self, words, text=b""):
        return subprocess.run(
            ["nsenter", "--net", "--target", str(self.process.pid), *words], input=text,
            capture_output=True, timeout=TIMEOUT, check=False)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def devices_of(scripts):
    """Interfaces that a netdev chain attaches to: the kernel wants them to be there."""
    devices = set()
    for _, kind, output in scripts:
        text = output.decode()
        if kind == "nft":
            for found in re.findall(r" devices? = \{?([^;}]*?)\}? priority", text):
                devices.update(re.findall(r'"([^"]+)"', found))
    return sorted(devices)


def ask_nft(scripts):
    """{name of the file: what nft says against it}, and a sentence for the summary."""
    if os.geteuid() != 0:
        return {}, "nft was not asked: that needs root"
    missing = [tool for tool in ("nft", "unshare", "nsenter", "ip") if not shutil.which(tool)]
    if missing:
        return {"nft": "not installed: " + ", ".join(missing)}, "nft was not asked"
    refused = {}
    namespace = Namespace()
    for device in devices_of(scripts):
        namespace.run(["ip", "link", "add", device, "type", "dummy"])
    for name, kind, output in scripts:
        words = ["nft", "-c", "-j", "-f", "-"] if kind == "json" else ["nft", "-c", "-f", "-"]
        done = namespace.run(words, output)
        if done.returncode or done.stderr:
            refused[name] = (done.stdout + done.stderr).decode("utf-8", "replace")
    namespace.close()
    return refused, f"nft took {len(scripts) - len(refused)} of {len(scripts)} rule sets"


# ---- all of it ----

def case_names():
    names = []
    for group in sorted(os.listdir(HERE)):
        folder = os.path.join(HERE, group)
        if os.path.isdir(folder) and not group.startswith("."):
            names += [f"{group}/{case}" for case in sorted(os.listdir(folder))]
    return names


def wanted_cases(words):
    """All, or those that a word names: a group, a case, or the path of one."""
    names = case_names()
    if not words:
        return names
    wanted = []
    for word in words:
        word = os.path.relpath(word, HERE) if os.path.isdir(word) else word.rstrip("/")
        chosen = [name for name in names if name == word or name.startswith(word + "/")]
        if not chosen:
            sys.exit(f"golden: no case is called {word}")
        wanted += chosen
    return wanted


def parse_words():
    parser = argparse.ArgumentParser(description="golden cases of rolewall")
    parser.add_argument("--program", required=True, help="the rolewall to test")
    parser.add_argument("--share", required=True, help="the folder that holds profiles/")
    parser.add_argument("--bless", action="store_true", help="write the expected files")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="GROUP or GROUP/CASE")
    return parser.parse_args()


def main():
    words = parse_words()
    program = Program(words.program, words.share)
    cases = [Case(name) for name in wanted_cases(words.cases)]
    failures, scripts = {}, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda case: run_case(program, case, words.bless), cases)
        for case, (failed, found) in zip(cases, results):
            if failed:
                failures[case.name] = failed
            scripts += found
    refused, sentence = ask_nft(scripts)
    for name, said in refused.items():
        failures.setdefault(os.path.dirname(name) or name, []).append(
            f"{name}: nft refuses it:\n{said}")
    for name, said in failures.items():
        print(f"FAILED {name}")
        print("\n".join(said))
    too_few = not words.cases and len(cases) < CASE_MINIMUM
    if too_few:
        print(f"golden: expected at least {CASE_MINIMUM} cases")
    print(f"golden: {sentence}")
    print(f"golden: {len(cases) - min(len(failures), len(cases))} passed, {len(failures)} failed")
    return 1 if failures or too_few else 0


if __name__ == "__main__":
    sys.exit(main())
