# SPDX-License-Identifier: GPL-2.0-or-later
"""The program as a shell calls it: without privilege, without a kernel's rules."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

SITE = """site = "office";
roles = ( { name = "server"; }, { name = "friend"; } );
hosts = ( { name = "web"; roles = [ "server" ]; addresses = [ "203.0.113.201", "2001:db8::201" ]; },
          { name = "desk"; roles = [ "friend" ]; addresses = [ "203.0.113.202" ]; } );
flows = ( { id = "http"; from = "friend"; to = "server"; tcp = 80; } );
"""
WRONG = SITE.replace('to = "server"', 'to = "sever"')


class Program:
    """The program, a folder for its files, and what was found wrong so far."""

    def __init__(self):
        if len(sys.argv) != 3:
            sys.exit(f"usage: {os.path.basename(sys.argv[0])} PROGRAM SOURCE_FOLDER")
        self.program = os.path.abspath(sys.argv[1])
        self.source_folder = os.path.abspath(sys.argv[2])
        self.folder = tempfile.mkdtemp(prefix="rolewall-cli-")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {"PATH": os.environ.get("PATH", ""),
                            "ROLEWALL_SHARE_DIR": self.source_folder}
        self.environment.update((name, value) for name, value in os.environ.items()
                                if name.endswith("SAN_OPTIONS"))
        self.failures = self.checks = 0
        self.site = self.write("office.cfg", SITE)
        self.wrong = self.write("wrong.cfg", WRONG)

    def path(self, name):
        return os.path.join(self.folder, name)

    def example(self, name):
        return os.path.join(self.source_folder, "examples", name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def run(self, *arguments, text="", environment=None, **options):
        """The result; its streams are text, unless `options` sends them elsewhere."""
        for stream in ("stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        if "stdin" not in options:
            options["input"] = text
        return subprocess.run(
            [self.program, *arguments], text=True, timeout=60, check=False,
            env={**self.environment, **(environment or {})}, **options)

    def document(self, *arguments, **options):
        """The one document of --json, which is all that is printed."""
        result = self.run(*arguments, "--json", **options)
        try:
            document = json.loads(result.stdout)
        except ValueError as error:
            self.check(False, f"{arguments}: {error}: {result.stdout!r}")
            return {}
        self.check(result.stdout.count("\n") == 1 and result.stdout.endswith("\n"),
                   f"{arguments}: not one line: {result.stdout!r}")
        self.check(result.stderr == "", f"{arguments}: standard error: {result.stderr!r}")
        self.check(document.get("exit") == result.returncode,
                   f"{arguments}: exit {result.returncode}, JSON says {document.get('exit')}")
        self.check(document.get("ok") == (result.returncode in (0, 2)),
                   f"{arguments}: ok is {document.get('ok')}, exit {result.returncode}")
        return document

    def check(self, good, text):
        self.checks += 1
        if not good:
            self.failures += 1
            print(f"FAILED: {text}", flush=True)
        return good

    def finish(self):
        print(f"{self.checks} checks, {self.failures} failures")
        sys.exit(1 if self.failures or not self.checks else 0)
