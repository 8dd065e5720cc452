#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Output files: whole or not at all, and the same bytes wherever they are made."""
import json
import os
import resource
import signal
import stat
import subprocess

from program import Program, SITE

HOSTS = ("sensor-1", "sensor-2", "collector", "proxy")


def files(program, folder):
    return sorted(os.listdir(program.path(folder)))


def small_files():
    """As if the disk were full: a write beyond it fails (EFBIG)."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


def check_one(program):
    arguments = ("compile", program.site, "--host", "web")
    script = program.run(*arguments).stdout
    os.mkdir(program.path("one"))
    result = program.run(*arguments, "-o", program.path("one/web.nft"))
    program.check((result.returncode, result.stdout, result.stderr) == (0, "", ""), f"-o: {result}")
    program.check(program.read("one/web.nft") == script and files(program, "one") == ["web.nft"],
                  "-o: another content, or more files")
    mode = stat.S_IMODE(os.stat(program.path("one/web.nft")).st_mode)
    program.check(mode == 0o644 & ~program.umask, f"mode {mode:o}")
    result = program.run(*arguments, "-o", "relative.nft", "-v", cwd=program.path("one"))
    program.check(program.read("one/relative.nft") == script and
                  result.stderr == "web: written\n", f"-o relative: {result}")
    os.remove(program.path("one/relative.nft"))

    # A link stays one; a device is written to; a folder is refused.
    os.symlink("web.nft", program.path("one/link"))
    program.write("one/web.nft", "old")
    program.run(*arguments, "-o", program.path("one/link"))
    program.check(os.readlink(program.path("one/link")) == "web.nft" and
                  program.read("one/web.nft") == script, "a link was replaced")
    os.remove(program.path("one/link"))
    result = program.run(*arguments, "--output=/dev/stderr")
    program.check(result.stderr == script and result.returncode == 0, "-o /dev/stderr")
    for path, words in (("one", "Is a directory"), ("one/no/such", "No such file"),
                        ("office.cfg/x", "Not a directory")):
        result = program.run(*arguments, "-o", program.path(path))
        program.check(result.returncode == 1 and words in result.stderr and
                      program.path(path) in result.stderr, f"-o {path}: {result}")
    result = program.run(*arguments, "-o", "/dev/full")
    program.check(result.returncode == 1 and '"/dev/full": No space' in result.stderr,
                  f"-o /dev/full: {result}")

    # The old one stays when the new one does not fit, or is none.
    program.write("one/web.nft", "old")
    result = program.run(*arguments, "-o", program.path("one/web.nft"), preexec_fn=small_files)
    program.check(result.returncode == 1 and "File too large" in result.stderr and
                  program.path("one/web.nft") in result.stderr, f"no room: {result}")
    program.check(program.read("one/web.nft") == "old", "half a file")
    result = program.run("compile", program.wrong, "--host", "web", "-o",
                         program.path("one/web.nft"))
    program.check(result.returncode == 3 and program.read("one/web.nft") == "old",
                  f"wrong site: {result}")
    program.check(files(program, "one") == ["web.nft"], f"left: {files(program, 'one')}")


def check_all(program):
    plant = program.example("plant.cfg")
    for form in ("nft", "json", "saved"):
        folder = program.path(form)  # made when it is not there
        result = program.run("compile", plant, "--all", "--output-dir", folder, "--format", form,
                             "-q")
        program.check((result.returncode, result.stdout, result.stderr) == (0, "", ""),
                      f"--all {form}: {result}")
        program.check(files(program, form) == sorted(f"{host}.{form}" for host in HOSTS),
                      f"--all {form}: {files(program, form)}")
    for host in HOSTS:
        script = program.run("compile", plant, "--host", host).stdout
        program.check(program.read(f"nft/{host}.nft") == script, f"--all: {host}")
        text = program.run("compile", plant, "--host", host, "--format", "json").stdout
        program.check(program.read(f"json/{host}.json") == text and
                      "nftables" in json.loads(text), f"--all: {host} as JSON")

    # None is written when one is wrong or does not fit.
    os.mkdir(program.path("none"))
    arguments = ("--all", "--output-dir", program.path("none"))
    result = program.run("compile", program.wrong, *arguments)
    program.check(result.returncode == 3 and files(program, "none") == [], f"wrong: {result}")
    for host in HOSTS:
        program.write(f"none/{host}.nft", "old")
    result = program.run("compile", plant, *arguments, preexec_fn=small_files)
    program.check(result.returncode == 1 and
                  all(program.read(f"none/{host}.nft") == "old" for host in HOSTS) and
                  len(files(program, "none")) == len(HOSTS),
                  f"no room: {result}, {files(program, 'none')}")
    result = program.run("compile", plant, "--all", "--output-dir", program.path("no/folder"))
    program.check(result.returncode == 1 and 'no/folder"' in result.stderr,
                  f"no folder: {result}")


def check_same(program):
    """The same bytes, whatever the machine's language, time zone and folder."""
    strange = {"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8", "LC_ALL": "de_DE.UTF-8",
               "NO_COLOR": "", "TERM": "xterm", "HOME": "/nonexistent", "COLUMNS": "20"}
    plant = program.example("plant.cfg")
    for arguments in (("compile", plant, "--host", "sensor-1"),
                      ("compile", plant, "--host", "sensor-1", "--format", "json"),
                      ("matrix", plant), ("matrix", plant, "--json"),
                      ("check", plant, "--json"), ("check", program.wrong)):
        here = program.run(*arguments)
        there = program.run(*arguments, environment=strange, cwd="/")
        program.check((here.stdout, here.stderr) == (there.stdout, there.stderr) and
                      here.stdout + here.stderr != "", f"{arguments}: differs")
    script = program.run("compile", plant, "--host", "sensor-1").stdout
    program.check(program.folder not in script and program.source_folder not in script,
                  "the script names a folder")
    saved = [subprocess.run([program.program, "compile", plant, "--host", "sensor-1", "--format",
                             "saved"], env={**program.environment, **environment}, check=True,
                            capture_output=True).stdout for environment in ({}, strange)]
    program.check(saved[0] == saved[1] and saved[0].startswith(b"rolewall rule set 1\n"),
                  "saved: differs, or is none")


def check_saved(program):
    """A saved rule set is what it was made from, and nothing else passes for one."""
    saved = program.path("web.saved")
    program.run("compile", program.site, "--host", "web", "--format", "saved", "-o", saved)
    against = ("plan", program.site, "--host", "web", "--detailed-exitcode", "--against")
    result = program.run(*against, saved)
    program.check(result.returncode == 0, f"plan against itself: {result}")
    other = program.write("other.cfg", SITE.replace("80", "443"))
    program.run("compile", other, "--host", "web", "--format", "saved", "-o", saved)
    for file in (other, saved):
        result = program.run(*against, file)
        program.check(result.returncode == 2 and "443" in result.stdout and "80" in result.stdout,
                      f"plan against another: {result}")
    program.check(program.run(*against, program.site).returncode == 0, "plan against the same site")
    result = program.run(*against, other, "-q")
    program.check("rolewall apply" not in result.stderr, f"a hint in a pipe: {result.stderr}")

    with open(saved, "rb") as file:
        whole = file.read()
    for name, content in (("cut", whole[:-4]), ("long", whole + b"\0"), ("head", whole[:40]),
                          ("other version", whole.replace(b"set 1\n", b"set 2\n")),
                          ("digest", whole.replace(b"sha256 ", b"sha256 x"))):
        with open(program.path("bad.saved"), "wb") as file:
            file.write(content)
        result = program.run(*against, program.path("bad.saved"))
        program.check(result.returncode in (1, 3) and "bad.saved" in result.stderr and
                      result.stdout == "", f"{name}: {result}")
    result = program.run("compile", program.site, "--host", "web", "--format", "saved", "--json")
    program.check(result.returncode == 64, f"saved in JSON: {result}")


def main():
    program = Program()
    program.umask = os.umask(0o022)
    os.umask(program.umask)
    check_one(program)
    check_all(program)
    check_same(program)
    check_saved(program)
    program.finish()


if __name__ == "__main__":
    main()
