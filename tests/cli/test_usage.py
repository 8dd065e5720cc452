#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is no command line of rolewall: 64, one line that says what was meant."""
import os

from program import Program

DEFAULT_SITE = "/etc/rolewall/site.cfg"

# The words, and what the one line has to say.
WRONG = (
    ("", 'no command is given: see "rolewall --help"'),
    ("plna", 'unknown command "plna": did you mean "plan"?'),
    ("frobnicate", 'unknown command "frobnicate": see "rolewall --help"'),
    ("pla x.cfg", 'unknown command "pla": did you mean "plan"?'),
    ("-- --help", 'unknown command "--help"'),
    ("plan --frmat=x", 'unknown option "--frmat": did you mean "--format"?'),
    ("plan --zzz", 'unknown option "--zzz"'),
    ("plan -x", 'unknown option "-x"'),
    ("plan -qx", 'unknown option "-x"'),
    ("plan --ver", 'unknown option "--ver"'),
    ("plan --format nft", 'option "--format" is not for "plan": it belongs to "compile", "matrix"'),
    ("check --dry-run", 'option "--dry-run" is not for "check": it belongs to "apply"'),
    ("status --against x", 'option "--against" is not for "status": it belongs to "plan"'),
    ("--all apply", 'option "--all" is not for "apply": it belongs to "compile"'),
    ("apply --detailed-exitcode", 'it belongs to "plan", "status"'),
    ("plan --host", 'option "--host" needs a value: --host=NAME'),
    ("plan --host=", 'option "--host" needs a value'),
    ("plan --host --json-not", 'option "--host" needs a value'),
    ("plan -I", 'option "--include-dir" needs a value: --include-dir=DIR'),
    ("compile -o", 'option "--output" needs a value: --output=FILE'),
    ("plan --verify=yes", 'option "--verify" takes no value'),
    ("plan --host a --host b", 'option "--host" is given twice'),
    ("plan --host=a x --host=a", 'option "--host" is given twice'),
    ("check --color never --color always", 'option "--color" is given twice'),
    ("check --color=sometimes", 'expected "auto", "always" or "never"'),
    ("check -qv", 'options "--quiet" and "--verbose" exclude each other'),
    ("check a b", 'unexpected operand "b": "check" takes one'),
    ("check -- a --json", 'unexpected operand "--json"'),
    ("unload a", 'unexpected operand "a": "unload" takes none'),
    ("compile --format sjon", 'unknown format "sjon": did you mean "json"?'),
    ("compile --format csv", 'unknown format "csv"'),
    ("matrix --format nft", 'unknown format "nft": see "rolewall matrix --help"'),
    ("compile --all", 'option "--all" needs "--output-dir=DIR"'),
    ("compile --output-dir d", 'option "--output-dir" needs "--all"'),
    ("compile --all --output-dir d -o f", 'exclude each other'),
    ("compile --all --output-dir d --host h", 'exclude each other'),
    ("plan --against x --verify", 'exclude each other'),
    ("plan - --against -", 'standard input can be read once'),
    ("confirm a b", 'unexpected operand "b": "confirm" takes one'),
    ("load x", 'unexpected operand "x": "load" takes none'),
    ("apply --confirm", 'option "--confirm" needs a value: --confirm=SECONDS'),
    ("apply --confirm=0", 'takes whole seconds from 1 to 86400, not "0"'),
    ("apply --confirm=86401", 'takes whole seconds from 1 to 86400, not "86401"'),
    ("apply --confirm=1m", 'takes whole seconds from 1 to 86400, not "1m"'),
    ("apply --confirm=+5", 'takes whole seconds'),
    ("apply --confirm=4294967297", 'takes whole seconds'),
    ("apply --lock-timeout=-1", 'takes whole seconds'),
    ("apply --confirm=5 --no-confirm", 'exclude each other'),
    ("apply --confirm=5 --confirm=6", 'option "--confirm" is given twice'),
    ("rollback --confirm=5", 'go with "--to=ID"'),
    ("rollback --protect=auto", 'go with "--to=ID"'),
    ("rollback 3f9a2c1b --to=3f9a2c1b", 'no operand beside it'),
    ("plan --protect=auto", 'it belongs to "apply", "rollback"'),
    ("confirm --cut", 'it belongs to "apply", "rollback"'),
    ("apply --forget", 'it belongs to "unload"'),
    ("explain", '"explain" takes a site and a packet: [SITE] PROTOCOL SOURCE[:PORT]'),
    ("explain x tcp", '"explain" takes a site and a packet'),
    ("explain x tcp a b c", 'unexpected operand "c": "explain" takes a site and the three words'),
    ("check --live", 'option "--live" is not for "check": it belongs to "explain"'),
    ("explain x tcp a b --format text", 'option "--format" is not for "explain"'),
    ("refresh x", 'command "refresh" is not in this version'),
    ("apply --plan p", 'option "--plan" is not in this version'),
)

# Every form of an option, and options anywhere.
RIGHT = (
    "check SITE", "check -q SITE", "check -v SITE", "-v check SITE", "check SITE -q -q",
    "check --host=web SITE", "check --host web SITE", "--host web check SITE",
    "check SITE -I. -I . --include-dir . --include-dir=.", "check -vI. SITE", "check -- SITE",
    "-- check SITE", "check --color always SITE", "check --stdin-filename=x --netns=y SITE",
    "explain SITE tcp desk web:80", "explain --host=web SITE tcp desk --json web:80",
    "compile --host web SITE --format=nft -o-", "compile SITE --host=web -o -",
    "compile SITE --host=web --format json", "matrix SITE --format csv",
)


def main():
    program = Program()
    for words, said in WRONG:
        result = program.run(*words.split())
        program.check(result.returncode == 64, f"{words}: exit {result.returncode}")
        program.check(result.stdout == "", f"{words}: printed {result.stdout!r}")
        lines = result.stderr.splitlines()
        program.check(len(lines) == 1 and lines[0].startswith("rolewall: error: ") and
                      said in lines[0], f"{words}: not {said!r} but {result.stderr!r}")
        # The same as a document, wherever the word stands.
        if "--" not in words.split():
            document = program.document(*words.split())
            program.check(document.get("exit") == 64 and len(document["errors"]) == 1 and
                          document["errors"][0]["code"] == "usage" and
                          said in document["errors"][0]["message"],
                          f"{words} --json: {document}")
    before = program.run("--json", "plan", "--frmat")
    program.check(before.stdout.startswith('{"format":1,"ok":false,"exit":64'),
                  f"--json before the mistake: {before.stdout}")
    for words in RIGHT:
        arguments = [program.site if word == "SITE" else word for word in words.split()]
        result = program.run(*arguments)
        program.check(result.returncode == 0, f"{words}: exit {result.returncode}: {result.stderr}")
    # Without a site the usual one is read, and its absence says what to type.
    result = program.run("compile")
    said = "rolewall compile plant.cfg" if not os.path.exists(DEFAULT_SITE) else "rolewall"
    program.check(said in result.stdout + result.stderr, f"no site: {result}")
    program.finish()


if __name__ == "__main__":
    main()
