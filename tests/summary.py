#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests' own summary: counts by kind, names of what failed or was skipped.

usage: summary.py KIND[,KIND...] JUNIT_FILE...

Reads what ctest wrote with --output-junit.  A test's kind is its name up to the first
slash.  A test counts as the cases that its output tells of (cmocka's closing lines, or a
last line "12 passed, 0 failed"), else as one.  Fails when a test failed, or when one of
the kinds has no test that passed.
"""
import os
import re
import sys
import xml.etree.ElementTree

CMOCKA = re.compile(r"^\[  (PASSED|SKIPPED|FAILED) +\] (\d+) test\(s\)", re.MULTILINE)
COUNTED = re.compile(r"(?:[\w-]+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")
OUTCOMES = ("passed", "failed", "skipped")


class Test:
    def __init__(self, build, element):
        self.name = element.get("name")
        self.build = build
        self.kind = self.name.partition("/")[0]
        self.seconds = float(element.get("time", 0))
        self.output = element.findtext("system-out") or ""
        self.outcome = {"run": "passed", "notrun": "skipped"}.get(
            element.get("status"), "failed")
        if self.outcome == "skipped" and not skips_by_itself(element):
            self.outcome = "failed"  # its program is missing, say

    def cases(self):
        found = dict.fromkeys(OUTCOMES, 0)
        for word, number in CMOCKA.findall(self.output):
            found[word.lower()] += int(number)
        counted = COUNTED.fullmatch(self.last_line())
        if counted:
            for outcome, number in zip(OUTCOMES, counted.groups()):
                found[outcome] += int(number or 0)
        # The exit code has the last word: a crash tells no count.
        if self.outcome != "passed" and not found[self.outcome]:
            found[self.outcome] = 1
        return found if any(found.values()) else {**found, self.outcome: 1}

    def last_line(self):
        lines = self.output.strip().splitlines()
        return lines[-1].strip() if lines else ""

    def __str__(self):
        return f"{self.name} ({self.build})"


def skips_by_itself(element):
    skipped = element.find("skipped")
    return skipped is not None and "SKIP_RETURN_CODE" in (skipped.get("message") or "")


def read(path):
    build = os.path.splitext(os.path.basename(path))[0]
    return [Test(build, element)
            for element in xml.etree.ElementTree.parse(path).getroot().iter("testcase")]


def print_table(tests, kinds):
    totals = dict.fromkeys(OUTCOMES, 0)
    bare = []
    print(f"\n{'kind':<10}{'passed':>8}{'failed':>8}{'skipped':>8}{'programs':>10}{'seconds':>9}")
    for kind in [*kinds, *sorted({test.kind for test in tests} - set(kinds))]:
        of_kind = [test for test in tests if test.kind == kind]
        counts = {outcome: sum(test.cases()[outcome] for test in of_kind)
                  for outcome in OUTCOMES}
        for outcome in OUTCOMES:
            totals[outcome] += counts[outcome]
        if kind in kinds and not counts["passed"]:
            bare.append(kind)
        print(f"{kind:<10}{counts['passed']:>8}{counts['failed']:>8}{counts['skipped']:>8}"
              f"{len(of_kind):>10}{sum(test.seconds for test in of_kind):>9.1f}")
    return totals, bare


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: summary.py KIND[,KIND...] JUNIT_FILE...")
    kinds = sys.argv[1].split(",")
    tests = [test for path in sys.argv[2:] for test in read(path)]
    totals, bare = print_table(tests, kinds)
    print()
    for outcome in ("skipped", "failed"):
        for test in tests:
            if test.cases()[outcome]:
                print(f"{outcome}: {test}: {test.last_line() or 'it printed nothing'}")
    for kind in bare:
        print(f"failed: no {kind} test passed")
    failed = totals["failed"] + len(bare)
    print(f"test: {totals['passed']} passed, {failed} failed, {totals['skipped']} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
