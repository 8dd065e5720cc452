#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documents say, done: every command block is run, its output compared.

A block marked `console` holds commands behind "$ ", each with the output it must have;
a line "..." stands for any lines, "..." at a line's end for any ending.  All blocks of
one document run in order, in one network namespace and one folder that holds the
examples.  A block marked with a file's name must be that file, byte for byte.
"""
import glob
import os
import re
import shutil
import sys

from lab import Lab, Report, arguments

FENCE = re.compile(r"^```(\S*)\s*(\S*)$")
DEVICES = ("eth0", "eth1", "eth2")
# Commands that stand for a whole run of their own.
ELSEWHERE = {
    "./setup demo": "the test live/test_setup",
    "./setup test": "the run that this test belongs to",
}


class Block:
    def __init__(self, document, line, kind, name):
        self.place = f"{os.path.basename(document)}:{line}"
        self.kind, self.name, self.lines = kind, name, []


def blocks_of(path):
    found, block = [], None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            fence = FENCE.match(line)
            if block is None and fence:
                block = Block(path, number, *fence.groups())
            elif block is not None and line == "```":
                found.append(block)
                block = None
            elif block is not None:
                block.lines.append(line)
    if block is not None:
        sys.exit(f"{block.place}: the block is not closed")
    return found


def commands_of(block):
    """(command, expected lines) in order; a backslash joins lines as in a shell."""
    found = []
    for line in block.lines:
        if found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (found[-1][0] + "\n" + line.removeprefix("> "), [])
        elif line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
        else:
            sys.exit(f"{block.place}: a console block starts with \"$ \"")
    return found


# What differs from run to run: the ids of changes, times, and what is left of a deadline.
CHANGING = ((re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{8}\b"), "ID"),
            (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
            (re.compile(r"\bin \d+ s\b"), "in N s"))


def steady(line):
    for pattern, word in CHANGING:
        line = pattern.sub(word, line)
    return line


def line_matches(expected, got):
    expected, got = steady(expected), steady(got)
    if expected.endswith("...") and expected != "...":
        return got.startswith(expected[:-3])
    return expected == got


def lines_match(expected, got):
    """Whether `got` is what `expected` allows; each "..." takes as little as it can."""
    reachable = {0}
    for pattern in expected:
        if pattern == "...":
            reachable = set(range(min(reachable), len(got) + 1)) if reachable else set()
        else:
            reachable = {i + 1 for i in reachable
                         if i < len(got) and line_matches(pattern, got[i])}
    return len(got) in reachable


class Desk:
    """Where a reader would sit: a folder with the examples, a host of its own."""

    def __init__(self, lab, name):
        self.namespace = lab.namespace(name)
        for device in DEVICES:
            self.namespace.run("ip", "link", "add", device, "type", "veth",
                               "peer", "name", f"far-{device}")
            self.namespace.run("ip", "link", "set", device, "up")
        self.namespace.run("ip", "address", "add", "192.0.2.11/24", "dev", DEVICES[0])
        self.folder = lab.path(name)
        shutil.copytree(os.path.join(lab.source_folder, "examples"), self.folder)
        programs = os.path.join(self.folder, ".programs")
        os.mkdir(programs)
        os.symlink(lab.program, os.path.join(programs, "rolewall"))
        sudo = os.path.join(programs, "sudo")  # the tests are root already
        with open(sudo, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nexec "$@"\n')
        os.chmod(sudo, 0o755)
        # a machine of its own: nothing is confirmed or pending yet
        self.environment = dict(lab.environment,
                                ROLEWALL_STATE_DIR=os.path.join(self.folder, ".state"),
                                ROLEWALL_RUN_DIR=os.path.join(self.folder, ".run"),
                                PATH=f"{programs}:{os.environ['PATH']}", LC_ALL="C.UTF-8")

    def run(self, command):
        """Output and errors as a terminal shows them, line by line."""
        script = f"cd '{self.folder}'\nexec 2>&1\n{command}\n"
        return self.namespace.run("sh", "-c", script, check=False,
                                  env=self.environment).stdout.splitlines()


def check_console(desk, report, block, counts):
    for command, expected in commands_of(block):
        if command in ELSEWHERE:
            print(f"{block.place}: {command}: run by {ELSEWHERE[command]}")
            counts["elsewhere"] += 1
            continue
        counts["run"] += 1
        got = desk.run(command)
        while expected and not expected[-1]:
            expected.pop()
        while got and not got[-1]:
            got.pop()
        if not report.check(lines_match(expected, got), f"{block.place}: {command}"):
            print("  the document says:\n" + "".join(f"    {x}\n" for x in expected) +
                  "  it printed:\n" + "".join(f"    {x}\n" for x in got), end="")


def check_file(source_folder, report, block):
    with open(os.path.join(source_folder, block.name), encoding="utf-8") as file:
        report.check(file.read().splitlines() == block.lines,
                     f"{block.place}: the block is not the file {block.name}")


def main():
    program, source_folder = arguments("test_documents.py")
    lab, report = Lab(program, source_folder), Report()
    counts = {"run": 0, "elsewhere": 0, "files": 0}
    documents = [os.path.join(source_folder, "README.md"),
                 *sorted(glob.glob(os.path.join(source_folder, "docs", "*.md")))]
    for path in documents:
        blocks = blocks_of(path)
        if not any(block.kind == "console" for block in blocks):
            desk = None
        else:
            desk = Desk(lab, os.path.basename(path).removesuffix(".md").lower())
        for block in blocks:
            if block.kind == "console":
                check_console(desk, report, block, counts)
            elif block.name:
                counts["files"] += 1
                check_file(source_folder, report, block)
            else:
                report.check(block.kind not in ("sh", "bash", "shell"),
                             f"{block.place}: commands stand in console blocks")
    report.check(counts["run"] >= 10, f"only {counts['run']} commands were found")
    report.finish(f"documents: {counts['run']} commands run, {counts['elsewhere']} run "
                  f"elsewhere, {counts['files']} files compared")


if __name__ == "__main__":
    main()
