#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`./setup demo` works twice in a row and leaves nothing behind, also when interrupted;
another system than Debian 12 is refused in words."""
import os
import re
import signal
import subprocess

from lab import Lab, Report, arguments, run

DEMO_SECONDS_MAX = 300
LINES_MAX = 150
LAB_NAME = re.compile(r"rw\d+-")  # those of a test that runs beside
OTHER_SYSTEM = 'PRETTY_NAME="Example Linux 7"\nID=example\nVERSION_ID="7"\n'
NEEDED = ("cmake", "libnftnl-dev", "libmnl-dev", "libconfig-dev", "nftables", "ninja-build")


class Demo:
    """One run, in a session of its own and with a folder of its own for temporary files."""

    def __init__(self, lab, setup):
        self.folder = lab.path("temporary")
        os.makedirs(self.folder, exist_ok=True)
        self.before = surroundings()
        self.process = subprocess.Popen(
            [setup, "demo"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env=dict(os.environ, TMPDIR=self.folder))

    def left_behind(self):
        """A namespace without a name goes with its last process, so look for those."""
        found = [f"process {number}" for number in os.listdir("/proc")
                 if number.isdigit() and session_of(number) == self.process.pid]
        found += [f"file {name}" for name in os.listdir(self.folder)]
        after = surroundings()
        return found + [f"{key}: {after[key]}" for key in after if after[key] != self.before[key]]


def surroundings():
    names = run("ip", "netns", "list").stdout.splitlines()
    return {"network namespaces": [name for name in names if not LAB_NAME.match(name)],
            "devices": run("ip", "-o", "link", "show").stdout,
            "routes": run("ip", "route", "show").stdout}


def session_of(number):
    try:
        return os.getsid(int(number))
    except ProcessLookupError:
        return None


def demo_works(lab, setup, report):
    demo = Demo(lab, setup)
    printed, _ = demo.process.communicate(timeout=DEMO_SECONDS_MAX)
    lines = printed.splitlines()
    report.check(demo.process.returncode == 0, f"exit {demo.process.returncode}\n{printed}")
    report.check(lines and lines[-1].startswith("demo: done: "), f"demo ends with: {lines[-1:]}")
    report.check(not demo.left_behind(), f"demo left behind: {demo.left_behind()}")
    for words in ("plan", "apply", "status"):
        report.check(any(line.startswith(f"$ rolewall {words} ") for line in lines),
                     f"demo shows no {words}")
    report.check(any(re.match(r"- .*8080", line) for line in lines),
                 "demo's plan does not show the hole")
    report.check(len(lines) < LINES_MAX, f"demo prints {len(lines)} lines")


def interrupted_demo_leaves_nothing(lab, setup, report):
    demo = Demo(lab, setup)
    for line in demo.process.stdout:
        if line.startswith("$ rolewall apply"):
            break
    os.killpg(demo.process.pid, signal.SIGINT)  # as a terminal does
    rest, _ = demo.process.communicate(timeout=DEMO_SECONDS_MAX)
    report.check(demo.process.returncode != 0, f"an interrupted demo ends well: {rest}")
    report.check("demo: done" not in rest, "an interrupted demo says that it is done")
    report.check(not demo.left_behind(), f"interrupted, it left: {demo.left_behind()}")


def other_systems_are_refused(lab, setup, report):
    other = lab.write("os-release", OTHER_SYSTEM)
    result = run("unshare", "--mount", "sh", "-c",
                 f"mount --bind '{other}' /etc/os-release && exec '{setup}' packages", check=False)
    report.check(result.returncode == 1, f"another system: exit {result.returncode}")
    for words in ("Debian 12", "Example Linux 7", *NEEDED):
        report.check(words in result.stderr, f"the refusal does not name {words}: {result.stderr}")


def main():
    lab, report = Lab(*arguments("test_setup.py"), tools=("unshare",)), Report()
    setup = os.path.join(lab.source_folder, "setup")
    for _ in range(2):
        demo_works(lab, setup, report)
    interrupted_demo_leaves_nothing(lab, setup, report)
    other_systems_are_refused(lab, setup, report)
    unknown = run(setup, "nonsense", check=False)
    report.check(unknown.returncode == 64 and "usage:" in unknown.stderr, "no usage for nonsense")
    report.finish("demo twice, interrupted once; another system refused")


if __name__ == "__main__":
    main()
