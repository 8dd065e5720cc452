#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What plan, apply, status and unload say to people, and the codes they end with."""
import os
import pty
import re
import shlex
import subprocess

from lab import Lab, Report, arguments

SITE = """site = "office";
roles = ( { name = "server"; }, { name = "friend"; } );
hosts = ( { name = "web"; roles = [ "server" ]; addresses = [ "203.0.113.201" ]; } );
peers = ( { name = "desk"; roles = [ "friend" ]; addresses = [ "203.0.113.202" ]; } );
flows = ( { id = "http"; from = "friend"; to = "server"; tcp = 80; } );
"""
FOREIGN = ("add", "rule", "inet", "rolewall", "input", "tcp", "dport", "8080", "accept")


class Verbs:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.namespace = lab.namespace("host")
        self.site = lab.write("office.cfg", SITE)

    def run(self, *words, code=0, site=True, **options):
        operands = (self.site,) if site else ()
        result = subprocess.run(
            [self.lab.program, *words, *operands, "--netns", self.namespace.name],
            text=True, env=self.lab.environment, check=False, timeout=60,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})
        self.report.check(result.returncode == code,
                          f"{words}: exit {result.returncode}, not {code}: {result.stderr}")
        return result

    def says(self, result, stdout, stderr=""):
        """Words that standard output has; all of standard error."""
        self.report.check(stdout in result.stdout if stdout else not result.stdout,
                          f"{result.args[1:]}: not {stdout!r}: {result.stdout!r}")
        self.report.check(result.stderr == stderr, f"{result.args[1:]}: {result.stderr!r}")

    def untouched(self, *words, code=0):
        before = self.namespace.listing()
        result = self.run(*words, code=code)
        self.report.check(self.namespace.listing() == before, f"{words} changed something")
        return result

    def nothing_loaded(self):
        self.says(self.run("status", site=False), "loaded:     no\n")
        self.says(self.untouched("status", "--detailed-exitcode", code=2), "loaded:     no\n")
        self.says(self.untouched("plan"), "tcp dport 80")
        self.says(self.untouched("plan", "--detailed-exitcode", code=2), "to add")
        self.says(self.untouched("plan", "--verify"), "tcp dport 80")
        self.says(self.untouched("apply", "--dry-run"), "tcp dport 80")
        self.says(self.untouched("apply", "-n"), "tcp dport 80")
        self.says(self.run("unload", site=False), "no change: nothing was loaded\n")
        wrong = self.lab.write("wrong.cfg", SITE.replace("to = ", "too = "))
        result = self.untouched("apply", wrong, code=64)
        self.report.check("unexpected operand" in result.stderr, f"two sites: {result.stderr}")
        self.site, site = wrong, self.site
        result = self.untouched("apply", code=3)
        self.report.check(f"{wrong}:5:" in result.stderr, f"wrong site: {result.stderr}")
        result = self.run("status", code=3)
        self.report.check("loaded:     no" in result.stdout and f"{wrong}:5:" in result.stderr,
                          f"status of a wrong site: {result}")
        self.site = site

    def loaded(self):
        result = self.run("apply")
        said = re.fullmatch(
            r"web: .*: done, kernel generation \d+\nchange ([0-9a-f]{8}) is rolled back in \d+ s, "
            r"unless you type over a new connection:\n"
            rf"  rolewall confirm --netns={self.namespace.name} ([0-9a-f]{{8}})\n", result.stdout)
        self.report.check(said and said[1] == said[2], f"apply: {result.stdout!r}")
        self.says(self.run("status", site=False), f"pending:    change {said[1]}, rolled back at ")
        self.untouched("apply", code=5)
        self.says(self.run("confirm", said[1], site=False),
                  f"change {said[1]} is confirmed, and loaded at boot\n")
        self.says(self.untouched("apply"), "web: no change\n")
        self.says(self.untouched("plan", "--detailed-exitcode"), "no change.\n")
        self.says(self.untouched("status", "--detailed-exitcode"), "drift:      none\n")
        self.says(self.run("status", site=False), "loaded:     yes: table inet rolewall")
        self.says(self.run("status", site=False), "office.http")

        self.namespace.nft(*FOREIGN)
        self.says(self.untouched("status", "--detailed-exitcode", code=2), "8080")
        self.says(self.untouched("plan", "--detailed-exitcode", code=2), "8080")
        self.says(self.untouched("plan", "--verify"), "8080")
        self.says(self.run("apply", "--no-confirm", "-v"), "tcp dport 8080")
        self.namespace.nft(*FOREIGN)
        result = self.run("apply", "--no-confirm", "-q")
        self.says(result, "done, kernel generation")
        # It is done, and nobody could read that.
        self.namespace.nft(*FOREIGN)
        with open("/dev/full", "w", encoding="ascii") as full:
            result = self.run("apply", "--no-confirm", code=1, stdout=full)
        self.report.check("cannot write standard output" in result.stderr, f"{result.stderr}")
        self.says(self.untouched("apply"), "no change")

    def unloaded(self):
        self.says(self.run("unload", site=False), "unloaded, kernel generation")
        self.report.check(self.namespace.listing() == "", "something is left")

    def hints(self):
        """What is to be typed next is what a shell makes of it, whatever the names."""
        for name in ("plain.cfg", "two words.cfg", "don't$(x).cfg", "-v", "tab\there.cfg",
                     "h\u00f6f.cfg", "back\\slash'\x1b[31m.cfg"):
            self.lab.write(name, SITE)
            folder = self.lab.path("")
            text = on_terminal([self.lab.program, "plan", "--netns", self.namespace.name,
                                "--host=web", "-I", "a b", "--", name], folder,
                               self.lab.environment)
            lines = [line for line in text.splitlines() if line.startswith("run: ")]
            if not self.report.check(len(lines) == 1 and lines[0].isprintable() and
                                     lines[0].isascii(), f"{name!r}: {text[-300:]!r}"):
                continue
            words = subprocess.run(["bash", "-c", "printf '%s\\0' " + lines[0][5:]],
                                   capture_output=True, check=True).stdout.split(b"\0")[:-1]
            wanted = ["rolewall", "apply", "--include-dir=a b", "--host=web",
                      f"--netns={self.namespace.name}", "./-v" if name == "-v" else name]
            self.report.check([word.decode() for word in words] == wanted,
                              f"{name!r}: {shlex.join(wanted)} became {words}")


def on_terminal(command, folder, environment):
    """Standard error is a terminal; what it gets."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=slave,
                               stdout=subprocess.DEVNULL)
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 65536):
            text += chunk
    except OSError:
        pass  # the other end is closed
    os.close(master)
    process.wait(timeout=60)
    return text.decode().replace("\r", "")


def main():
    lab, report = Lab(*arguments("test_verbs.py")), Report()
    verbs = Verbs(lab, report)
    verbs.nothing_loaded()
    verbs.loaded()
    verbs.unloaded()
    verbs.hints()
    result = lab.rolewall("status", "--netns", "no-such-namespace", check=False)
    report.check(result.returncode == 1 and "no-such-namespace" in result.stderr,
                 f"no namespace: {result}")
    report.finish("plan, apply, status, unload")


if __name__ == "__main__":
    main()
