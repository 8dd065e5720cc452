#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes where, and what a full, a closed and a broken stream do."""
import os
import subprocess

from program import Program, SITE

PLAIN = (("check",), ("compile", "--host", "web"), ("matrix",),
         ("compile", "--host", "web", "--json"), ("matrix", "--json"))


def main():
    program = Program()

    result = program.run("check", program.site)
    program.check((result.returncode, result.stdout, result.stderr) == (0, "", ""),
                  f"check says something: {result}")
    result = program.run("check", program.site, "-v")
    program.check(result.returncode == 0 and result.stdout == "" and
                  result.stderr == "no mistakes; 0 warnings\n", f"check -v: {result}")
    result = program.run("check", program.wrong)
    program.check(result.returncode == 3 and result.stdout == "" and
                  result.stderr.startswith(f"{program.wrong}:5:"), f"check of wrong: {result}")
    result = program.run("check", program.path("none.cfg"))
    program.check(result.returncode == 1 and "none.cfg" in result.stderr, f"no file: {result}")
    result = program.run("compile", program.site)
    program.check(result.returncode == 3 and "web, desk" in result.stderr,
                  f"no host is this machine's: {result}")
    result = program.run("check", program.site, "--host", "wob")
    program.check(result.returncode == 3 and 'did you mean "web"?' in result.stderr,
                  f"host: {result}")
    result = program.run("check", program.example("plant.cfg"))
    program.check("warning:" in result.stderr and result.stdout == "" and
                  result.returncode == 0, f"warnings: {result!r}")
    result = program.run("check", program.example("plant.cfg"), "-q")
    program.check(result.stderr == "" and result.returncode == 0, f"-q: {result.stderr!r}")

    # Standard input is a site like any other, by another name.
    script = program.run("compile", program.site, "--host", "web").stdout
    program.check(script == program.run("compile", "-", "--host", "web", text=SITE).stdout != "",
                  "standard input compiles to something else")
    wrong = SITE.replace("80", "80000")
    for options, name in (((), "<stdin>"), (("--stdin-filename", "my.cfg"), "my.cfg")):
        result = program.run("check", "-", *options, text=wrong)
        program.check(result.returncode == 3 and result.stderr.startswith(f"{name}:5:"),
                      f"name of standard input: {result.stderr!r}")

    for verb, *options in PLAIN:
        arguments = (verb, program.site, *options)
        if arguments == ("check", program.site):
            continue # prints nothing: cannot fail to
        with open("/dev/full", "w", encoding="ascii") as full:
            result = program.run(*arguments, stdout=full)
        program.check(result.returncode == 1 and
                      "cannot write standard output: No space left" in result.stderr,
                      f"{arguments} to a full device: {result}")
        result = subprocess.run(
            ["sh", "-c", 'exec "$@" >&-', "sh", program.program, *arguments], text=True,
            env=program.environment, stderr=subprocess.PIPE, timeout=60, check=False)
        program.check(result.returncode == 1 and "cannot write standard output" in result.stderr,
                      f"{arguments} to a closed stream: {result}")
        reader, writer = os.pipe()
        os.close(reader)
        result = program.run(*arguments, stdout=writer)
        os.close(writer)
        program.check(result.returncode == 0 and result.stderr == "",
                      f"{arguments} to a reader that went away: {result}")

    # Help and usage too.
    with open("/dev/full", "w", encoding="ascii") as full:
        for arguments, code in ((("--help",), 1), (("--version",), 1), (("plan", "--help"), 1),
                                (("frob", "--json"), 64)):
            result = program.run(*arguments, stdout=full)
            program.check(result.returncode == code and "cannot write" in result.stderr,
                          f"{arguments} to a full device: {result}")
        # What nobody could read in the document is said.
        program.check('unknown command "frob"' in result.stderr, f"lost: {result.stderr!r}")
        result = program.run("check", program.wrong, stderr=full)
        program.check(result.returncode == 3, f"standard error is full: {result}")
    program.finish()


if __name__ == "__main__":
    main()
