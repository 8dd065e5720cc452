#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Help: all of it, once, within 80 columns, and its examples are command lines."""
import re
import shlex

from program import Program

VERBS = ("check", "compile", "plan", "apply", "confirm", "rollback", "status", "unload", "load",
         "explain", "matrix")
COMMON = ("-h, --help", "-V, --version", "-q, --quiet", "-v, --verbose", "--json", "--color=WHEN",
          "-I, --include-dir=DIR", "--host=NAME", "--netns=NAME", "--stdin-filename=NAME")
OWN = {
    "check": (),
    "compile": ("--format=FORMAT", "-o, --output=FILE", "--all", "--output-dir=DIR"),
    "plan": ("--against=FILE", "--verify", "--detailed-exitcode"),
    "apply": ("-n, --dry-run", "--confirm=SECONDS", "--no-confirm", "--protect=WAY", "--force",
              "--fail-if-opens", "--cut", "--lock-timeout=SECONDS"),
    "confirm": ("--force", "--lock-timeout=SECONDS"),
    "rollback": ("--to=ID", "--confirm=SECONDS", "--no-confirm", "--protect=WAY", "--force",
                 "--cut", "--unless-confirmed", "--lock-timeout=SECONDS"),
    "load": ("--lock-timeout=SECONDS",),
    "status": ("--detailed-exitcode",),
    "unload": ("--forget", "--lock-timeout=SECONDS"),
    "explain": ("--interface=NAME", "--live"),
    "matrix": ("--format=FORMAT",),
}
FORMATS = {"compile": "nft (default), json, saved",
           "matrix": "text (default), markdown, csv, json"}
CODES = ("0", "1", "2", "3", "4", "5", "6", "64", "77")


def entries(text, title):
    """The names of the entries below a title."""
    part = text.split(f"\n{title}:\n", 1)
    if len(part) < 2:
        return []
    block = part[1].split("\n\n", 1)[0]
    return [re.split(r"  +", line.strip(), maxsplit=1)[0] for line in block.splitlines()
            if re.match(r"  (?: {4})?\S", line)]


def check_text(program, name, text):
    program.check(text.endswith("\n") and text.startswith("Usage: rolewall "),
                  f"{name}: begins or ends oddly")
    wide = [line for line in text.splitlines() if len(line) > 80]
    program.check(not wide, f"{name}: wider than 80: {wide}")
    program.check(not re.search(r"[ \t]\n", text), f"{name}: space at a line's end")
    program.check(text.isascii() and "\033" not in text, f"{name}: not plain text")
    program.check(entries(text, "Options of every command") == list(COMMON),
                  f"{name}: {entries(text, 'Options of every command')}")


def check_examples(program, name, text):
    examples = entries(text, "Examples")
    program.check(examples, f"{name}: no examples")
    for example in examples:
        words = [word for word in shlex.split(example) if not word.startswith("<")]
        # --version ends it, after everything was understood.
        result = program.run(*words[1:], "--version")
        program.check(words[0] == "rolewall" and result.returncode == 0,
                      f"{name}: {example}: {result.stderr}")


def main():
    program = Program()
    for arguments in (("--help",), ("-h",), ("--help", "-v")):
        result = program.run(*arguments)
        program.check(result.returncode == 0 and not result.stderr, f"{arguments}: {result}")
    text = result.stdout
    check_text(program, "rolewall", text)
    check_examples(program, "rolewall", text)
    shown = [entry.split()[0] for entry in entries(text, "Commands")]
    program.check(shown == list(VERBS), f"commands: {shown}")
    program.check(entries(text, "Exit codes") == list(CODES),
                  f"exit codes: {entries(text, 'Exit codes')}")
    variables = ["ROLEWALL_SHARE_DIR", "ROLEWALL_STATE_DIR", "ROLEWALL_RUN_DIR", "NO_COLOR"]
    program.check(entries(text, "Environment") == variables,
                  f"environment: {entries(text, 'Environment')}")
    program.check("/etc/rolewall/site.cfg" in text, "the usual site is not named")

    for verb in VERBS:
        result = program.run(verb, "--help")
        program.check(result.returncode == 0 and not result.stderr, f"{verb}: {result}")
        program.check(result.stdout == program.run("-h", verb).stdout, f"{verb}: -h before it")
        check_text(program, verb, result.stdout)
        check_examples(program, verb, result.stdout)
        program.check(result.stdout.startswith(f"Usage: rolewall {verb} [OPTION]..."),
                      f"{verb}: {result.stdout.splitlines()[0]}")
        own = entries(result.stdout, "Options of this command")
        program.check(own == list(OWN[verb]), f"{verb}: options {own}")
        program.check(FORMATS.get(verb, "") in result.stdout, f"{verb}: formats")
        # What help offers is understood: no option of another command, no leftover.
        for option in own:
            name, _, value = option.split(", ")[-1].partition("=")
            words = {"": [], "FORMAT": [FORMATS.get(verb, ", x").split(", ")[1]],
                     "SECONDS": ["5"]}.get(value, ["x"])
            # a new change of "rollback" goes with --to alone
            beside = ["--to=x"] if verb == "rollback" and name != "--to" else []
            result = program.run(verb, name, *words, *beside, "--help")
            program.check(result.returncode == 0, f"{verb} {name}: {result.stderr}")

    version = program.run("--version")
    program.check(re.fullmatch(r"rolewall \d+\.\d+\.\d+\n", version.stdout) is not None and
                  version.returncode == 0, f"version: {version}")
    program.check(program.document("-V").get("version") == version.stdout.split()[1],
                  "--version --json")
    program.finish()


if __name__ == "__main__":
    main()
