#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The wall clock is set back and forth by an hour during the deadline: it comes in time.

The program's own clock, see clock.c: the machine's is not touched.  And by its system
calls: the timer waits by the clock that nobody can set.
"""
import mmap
import os
import re
import struct
import threading
import time

from changes import BEFORE, Busy, make_places
from lab import Lab, arguments, run

DEADLINE = 4
EARLY, LATE = 0.3, 4
HOUR = 3600
JUMPS = {
    "forth": (HOUR,), "back": (-HOUR,), "back and forth": (-HOUR, HOUR, -HOUR, 0, HOUR),
    "to the beginning": (-(1 << 31),), "far away": (1 << 33, -HOUR),
}


class Clock:
    def __init__(self, lab, name):
        self.path = lab.path(f"{name}.clock")
        with open(self.path, "w+b") as file:
            file.write(bytes(mmap.PAGESIZE))
            file.flush()
            self.page = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        self.set(0)

    def set(self, seconds):
        self.page[:8] = struct.pack("=q", seconds)


class Test:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.shim = lab.path("clock.so")
        run("cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", self.shim,
            os.path.join(lab.source_folder, "tests", "live", "clock.c"))
        self.clock = Clock(lab, "all")
        places = make_places(lab, dict.fromkeys(BEFORE, 1),
                             (("LD_PRELOAD", self.shim), ("CLOCK_FILE", self.clock.path)))
        self.places = [place for of_kind in places.values() for place in of_kind]
        for place in self.places:
            place.learn_new()

    def the_clock_is_another(self, place):
        """Else nothing is tested."""
        self.clock.set(HOUR)
        place.ok(*place.change(), "--confirm", "60")
        since = place.status()["pending"]["since"]
        self.clock.set(0)
        place.ok("rollback")
        moved = time.mktime(time.strptime(since, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone - time.time()
        self.report.check(abs(moved - HOUR) < 60, f"the clock is not another: {since}")

    def jump(self, name, jumps):
        """One deadline in each place, and the clock moves for all of them."""
        results = []
        threads = [threading.Thread(target=lambda at=place: results.append(self.watch(at)),
                                    daemon=True) for place in self.places]
        for thread in threads:
            thread.start()
        time.sleep(1.5)
        for seconds in jumps:
            self.clock.set(seconds)
            time.sleep(1.5 / len(jumps))
        for thread in threads:
            thread.join()
        self.clock.set(0)
        for place, armed, came in results:
            self.report.check(came is not None and DEADLINE - EARLY < came - armed < DEADLINE + LATE,
                              f"{name}, {place.before}: came after "
                              f"{came and came - armed} s, not {DEADLINE}")
            status = place.status()
            self.report.check(status["pending"] is False, f"{name}, {place.before}: {status}")
        self.report.count(f"set {name}", len(results))

    def watch(self, place):
        """When it was armed, at the earliest; when the old rules were back."""
        armed = time.monotonic()
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        while time.monotonic() < armed + DEADLINE + 3 * LATE:
            if place.tables() == place.old:
                return place, armed, time.monotonic()
            time.sleep(0.1)
        return place, armed, None

    def next_call(self, place):
        """The timer is killed: by the next call nothing is overdue too early, nor too late."""
        for seconds in (HOUR, -HOUR):
            place.ok(*place.change(), "--confirm", str(DEADLINE + 2))
            begun = time.monotonic()
            place.kill_timers()
            self.clock.set(seconds)
            place.rolewall("status")
            self.report.check(place.tables() == place.new or time.monotonic() > begun + DEADLINE,
                              f"{seconds} s: rolled back too early")
            time.sleep(max(0, begun + DEADLINE + 2.2 - time.monotonic()))
            place.rolewall("status")
            self.report.same(place.tables(), place.old, f"{seconds} s: not rolled back")
            self.clock.set(0)
            self.report.count("rolled back by the next call")

    def system_calls(self, place):
        log = place.log + ".strace"
        place.call(["strace", "-f", "-qq", "-o", log, "-e", "trace=timerfd_create,timerfd_settime,"
                    "timer_create,setitimer,alarm,clock_settime,settimeofday,clock_nanosleep",
                    self.lab.program, *place.change(), "--confirm", "1"], timeout=30)
        with open(log, encoding="utf-8") as file:
            text = file.read()
        self.report.check(re.findall(r"timerfd_create\((\w+)", text) == ["CLOCK_BOOTTIME"],
                          f"the timer's clock: {text}")
        self.report.check("TFD_TIMER_ABSTIME" in text, f"the timer waits for a while: {text}")
        self.report.check("CLOCK_REALTIME" not in text, f"waits by the wall clock: {text}")
        for name in ("clock_settime", "settimeofday", "alarm", "setitimer"):
            self.report.check(f" {name}(" not in text, f"{name}: {text}")

    def go(self):
        for place in self.places:
            self.the_clock_is_another(place)
        for name, jumps in JUMPS.items():
            self.jump(name, jumps)
        self.next_call(self.places[0])
        self.system_calls(self.places[0])


def main():
    lab, report = Lab(*arguments("test_clock.py"), tools=("strace", "cc")), Busy()
    Test(lab, report).go()
    report.print_counts()
    report.finish(f"{sum(report.counts.values())} deadlines while the clock was set")


if __name__ == "__main__":
    main()
