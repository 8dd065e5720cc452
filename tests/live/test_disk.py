#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes while the disk is full or read-only: at each size, before a change and during it.

The kernel holds the old rules, or the new ones with somebody who will roll them back; and
when there is room again all goes on as if nothing was.
"""
import contextlib
import errno
import os
import time

from boot import unshare_mounts
from changes import BEFORE, SITES, Busy, Place, work
from lab import Lab, arguments, run

DEADLINE = 3
LATE = 15
PAGE = 4096
PAGES = 64          # of a folder
ROOM = range(0, 13)  # pages that are left
INODES = 24
KINDS = ("ROLEWALL_RUN_DIR", "ROLEWALL_STATE_DIR")


class Disk:
    """A small file system of its own, as one of a place's folders."""

    def __init__(self, path):
        self.path = path
        os.makedirs(path)
        run("mount", "-t", "tmpfs", "-o", f"size={PAGES * PAGE},nr_inodes={INODES},mode=0700",
            "tmpfs", path)

    def remount(self, how):
        run("mount", "-o", f"remount,{how}", self.path)

    @contextlib.contextmanager
    def read_only(self):
        self.remount("ro")
        try:
            yield
        finally:
            self.remount("rw")

    @contextlib.contextmanager
    def full(self, pages):
        """But for some pages."""
        filler = os.path.join(self.path, "filler")
        try:
            with open(filler, "wb", buffering=0) as file:
                with contextlib.suppress(OSError):
                    while file.write(bytes(PAGE)) == PAGE:
                        continue
                file.truncate(max(0, file.tell() // PAGE - pages) * PAGE)
            yield
        finally:
            os.remove(filler)

    @contextlib.contextmanager
    def without_inodes(self):
        made = []
        try:
            while True:
                name = os.path.join(self.path, f"filler-{len(made)}")
                try:
                    os.close(os.open(name, os.O_CREAT | os.O_EXCL))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break
                made.append(name)
            yield
        finally:
            for name in made:
                os.remove(name)


class DiskPlace(Place):
    def __init__(self, lab, name, before):
        self.disks = {kind: Disk(lab.path(f"{name}-{kind}")) for kind in KINDS}
        super().__init__(lab, name, before, {kind: disk.path for kind, disk in self.disks.items()})
        self.run_disk, self.state_disk = (self.disks[kind] for kind in KINDS)


class Test:
    def __init__(self, report):
        self.report = report

    # ---- what holds always ----

    def which(self, place, text):
        found = place.tables()
        if found == place.new:
            return "new"
        self.report.same(found, place.old, f"{text}: neither the old rules nor the new")
        return "old"

    def comes_back(self, place, begun, text):
        time.sleep(max(0, begun + DEADLINE - time.monotonic()))
        found = place.wait_for(place.old, begun + DEADLINE + LATE)
        self.report.same(found, place.old, f"{text}: not rolled back")

    def usable(self, place, text):
        """With room again: nothing is left of it."""
        limit = time.monotonic() + DEADLINE + LATE
        status = place.status()
        while status["pending"] and time.monotonic() < limit:
            time.sleep(0.3)
            status = place.status()
        self.report.check(status["pending"] is False and status["ok"], f"{text}: {status}")
        self.report.same(place.tables(), place.old, f"{text}: in the end")
        place.ok(*place.change(), "--confirm", "60")
        self.report.check(self.which(place, text) == "new", f"{text}: apply does nothing")
        result = place.rolewall("rollback")
        self.report.check(result.returncode == 0, f"{text}: rollback: {result}")
        self.report.same(place.tables(), place.old, f"{text}: after one more change")

    def looks(self, place, text):
        """A look is possible whatever the disk is like."""
        result = place.rolewall("status")
        self.report.check(result.returncode in (0, 1) and "loaded:" in result.stdout,
                          f"{text}: status: {result}")

    # ---- before the change ----

    def change_on(self, place, text, codes=(0, 1)):
        begun = time.monotonic()
        result = place.rolewall(*place.change(), "--confirm", str(DEADLINE))
        self.report.check(result.returncode in codes, f"{text}: {result}")
        if result.returncode:
            self.report.check(self.which(place, text) == "old", f"{text}: refused, and done")
            self.report.check("error: " in result.stderr, f"{text}: {result.stderr}")
            self.report.count("refused, and nothing was changed")
        else:
            self.report.check(place.timers(), f"{text}: nobody watches")
            self.comes_back(place, begun, text)
            self.looks(place, text)
            self.report.same(place.tables(), place.old, f"{text}: after a look")
            self.report.count("done, and rolled back")

    def full_before(self, place, kind, pages):
        text = f"{place.before}, {kind} with {pages} pages"
        with place.disks[kind].full(pages):
            self.change_on(place, text)
        self.usable(place, text)

    def no_inodes_before(self, place, kind):
        text = f"{place.before}, {kind} without inodes"
        with place.disks[kind].without_inodes():
            self.change_on(place, text)
        self.usable(place, text)

    def read_only_before(self, place, kind):
        text = f"{place.before}, {kind} read-only"
        with place.disks[kind].read_only():
            self.change_on(place, text, codes=(1,) if kind == KINDS[0] else (0, 1))
        self.usable(place, text)

    # ---- during it ----

    def during(self, place, disk, text):
        """Pending, then `disk` (a context); the deadline comes all the same."""
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        begun = time.monotonic()
        with disk:
            self.comes_back(place, begun, text)
            self.looks(place, text)
            self.report.same(place.tables(), place.old, f"{text}: after a look")
        self.report.count("rolled back in time")
        self.usable(place, text)

    def settling(self, place, disk, verb, text):
        """`confirm` or `rollback`: done, or as if it had not been called."""
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        begun = time.monotonic()
        with disk:
            result = place.rolewall(verb)
            self.report.check(result.returncode in (0, 1), f"{text}: {result}")
            self.which(place, text)
            time.sleep(max(0, begun + DEADLINE + 1 - time.monotonic()))
            if place.timers():
                place.wait_for(place.old, begun + DEADLINE + LATE)
            now = self.which(place, text)
            self.looks(place, text)
            self.report.check(self.which(place, text) == now, f"{text}: a look changed {now}")
        self.report.count(f"{verb}: the {now} rules")
        if verb == "rollback" or now == "old":
            self.report.check(now == "old" and (verb == "rollback" or result.returncode),
                              f"{text}: {now}, {result}")
            self.report.check(place.read_confirmed() == place.confirmed,
                              f"{text}: old rules, new at boot")
            self.usable(place, text)
            return
        self.report.check(place.read_confirmed() != place.confirmed, f"{text}: new, old at boot")
        status = place.status()
        self.report.check(status["pending"] is False, f"{text}: {status}")
        self.report.check(place.rolewall("load").returncode == 0, f"{text}: load")
        self.report.check(self.which(place, text) == "new", f"{text}: not after load")
        place.start_over()

    # ---- all of it ----

    def jobs(self):
        jobs = {before: [] for before in BEFORE}
        everywhere = [before for before in BEFORE for _ in range(2)]
        for kind in KINDS:
            for pages in ROOM:
                before = everywhere[pages % len(everywhere)]
                jobs[before].append(lambda at, k=kind, p=pages: self.full_before(at, k, p))
            for before in BEFORE:
                jobs[before].append(lambda at, k=kind: self.no_inodes_before(at, k))
                jobs[before].append(lambda at, k=kind: self.read_only_before(at, k))
                jobs[before] += self.during_jobs(kind)
        return jobs

    def during_jobs(self, kind):
        ways = {f"{pages} pages": lambda disk, p=pages: disk.full(p) for pages in (0, 1, 3)}
        ways["no inodes"] = Disk.without_inodes
        # of the run folder the kernel refuses it: the timer has its lock's file open
        if kind != KINDS[0]:
            ways["read-only"] = Disk.read_only
        for name, way in ways.items():
            text = f"{kind}, {name}, meanwhile"
            yield lambda at, w=way, t=text: self.during(at, w(at.disks[kind]), f"{at.before}, {t}")
            for verb in ("confirm", "rollback"):
                yield lambda at, w=way, t=text, v=verb: self.settling(
                    at, w(at.disks[kind]), v, f"{at.before}, {v}, {t}")


def main():
    unshare_mounts()
    lab, report = Lab(*arguments("test_disk.py"), tools=("mount",)), Busy()
    for name, text in SITES.items():
        lab.write(f"{name}.cfg", text)
    places = {before: [DiskPlace(lab, f"{before.replace(' ', '-')}{i}", before) for i in range(5)]
              for before in BEFORE}
    for place in (place for of_kind in places.values() for place in of_kind):
        place.learn_new()
    jobs = Test(report).jobs()
    work(report, places, jobs)
    report.print_counts()
    report.finish(f"{sum(len(of_kind) for of_kind in jobs.values())} changes on full and "
                  "read-only disks")


if __name__ == "__main__":
    main()
