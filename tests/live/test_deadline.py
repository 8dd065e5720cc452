#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever calls is ended at each step of `apply`, `confirm` and `rollback`; and the timer.

At each system call from the lock on, in several ways.  Whatever happens, the kernel holds
the rules from before or those of the change, whole, and the latter only as long as a timer
lives that will put back the former, or after a confirmation.
"""
import os
import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from changes import BEFORE, HOST, Busy, Steps, make_places, work
from lab import Lab, arguments

DEADLINE = 3        # seconds, of changes whose maker is ended
SHORT = 2           # of those that wait for it
LATE = 15           # after the deadline, on a busy machine: then it did not come
LOCK_SECONDS = 5    # that a timer waits for who hangs
PLACES = {"site": 12, "by hand": 8, "none": 6}
ENDS = {"SIGKILL": str(int(signal.SIGKILL)), "SIGHUP": str(int(signal.SIGHUP)),
        "process group": "group", "session": "session", "terminal": "terminal"}
EARLY = 8           # points tried before it
RANDOM_RUNS = 40
NEXT_CALLS = ("check", "compile", "plan", "status", "matrix")


class Test:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.steps = Steps(lab)
        self.places = make_places(lab, PLACES)
        self.all = [place for places in self.places.values() for place in places]

    # ---- what holds always ----

    def old_or_new(self, place, text):
        """Which of the two the kernel holds."""
        found = place.tables()
        if found == place.new:
            return "new"
        self.report.same(found, place.old, f"{text}: neither the old rules nor the new")
        return "old"

    def armed(self, place, text):
        """New rules: somebody will roll them back, or has by now."""
        status = place.status()
        pending = status.get("pending")
        if pending and (pending["timer_lives"] or pending["seconds_left"] <= 1):
            return  # who looked while it was rolled back may have seen the half of it
        self.report.check(not pending,
                          f"{text}: new rules, and nobody watches them: {pending}")
        self.report.same(place.tables(), place.old,
                         f"{text}: new rules, and nothing pending")

    def comes_back(self, place, limit, text):
        """By itself: nothing here calls rolewall."""
        found = place.wait_for(place.old, limit)
        return self.report.same(found, place.old, f"{text}: not rolled back")

    def settled(self, place, limit):
        """What `status` says when nothing is pending any more, or time is over."""
        while True:
            status = place.status()
            if not status.get("pending") or time.monotonic() > limit:
                return status
            time.sleep(min(status["pending"]["seconds_left"], 1) + 0.1)

    def usable(self, place, text):
        """Nothing is left of it: neither a record nor a lock."""
        status = self.settled(place, time.monotonic() + DEADLINE + LATE)
        self.report.check(status.get("pending") is False, f"{text}: {status}")
        result = place.rolewall("rollback", "--lock-timeout", "5")
        self.report.check(result.returncode == 6, f"{text}: rollback: exit "
                          f"{result.returncode}, not 6: {result.stderr}")
        if place.before == "site":
            result = place.rolewall("apply", place.sites["old"], "--host", HOST, "--no-confirm")
            self.report.check(result.returncode == 0 and "no change" in result.stdout,
                              f"{text}: apply: exit {result.returncode}: "
                              f"{result.stdout}{result.stderr}")
        self.report.same(place.tables(), place.old, f"{text}: in the end")

    def run_step(self, place, who, number, how, *words):
        """(result, the text that says what was tried); the step has to be reached."""
        result, call = self.steps.run(place, who, number, how, *words)
        text = f"{words[0]}, {place.before}: {who} {how} at {number} (system call {call})"
        if call is not None:
            self.report.count(f"{words[0]}: {who}: {name_of(how)}")
        return result, text

    # ---- apply ----

    def end_apply(self, place, number, how):
        begun = time.monotonic()
        result, text = self.run_step(place, "main", number, how, *place.change(),
                                     "--confirm", str(DEADLINE))
        self.judge_apply(place, begun, text, result.returncode == 0)

    def judge_apply(self, place, begun, text, success):
        now = self.old_or_new(place, text)
        if now == "new":
            self.armed(place, text)
            sleep_until(begun + DEADLINE)
            self.comes_back(place, begun + DEADLINE + LATE, text)
        else:
            self.report.check(not success or time.monotonic() > begun + DEADLINE,
                              f"{text}: success, and the old rules")
        self.usable(place, text)

    def end_at_random(self, place, seed):
        chance = random.Random(seed)
        begun = time.monotonic()
        process = subprocess.Popen(
            [self.lab.program, *place.change(), "--confirm", str(DEADLINE)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=place.environment,
            start_new_session=True)
        time.sleep(chance.uniform(0, 0.06))
        os.killpg(process.pid, signal.SIGKILL)
        success = process.wait() == 0
        self.report.count("apply: at random: process group")
        self.judge_apply(place, begun, f"apply, {place.before}: at random", success)

    # ---- the timer and its parent ----

    def end_timer(self, place, who, number, how):
        """Killed before it waits: the next call of any kind; killed later: that too."""
        begun = time.monotonic()
        result, text = self.run_step(place, who, number, how, *place.change(),
                                     "--confirm", str(DEADLINE))
        now = self.old_or_new(place, text)
        if now == "new" and not place.timers():
            self.unwatched(place, begun, text)
        elif now == "new":
            sleep_until(begun + DEADLINE)
            self.comes_back(place, begun + DEADLINE + LATE, text)
        self.report.check(result.returncode in (0, 1, 5), f"{text}: {result}")
        self.next_call(place, number, begun, text)
        self.usable(place, text)

    def unwatched(self, place, begun, text):
        status = place.status()
        pending = status.get("pending")
        if pending:
            self.report.check(not pending["timer_lives"], f"{text}: {pending}")
            self.report.count("status says that nobody watches")
        else:
            self.report.check(time.monotonic() > begun + DEADLINE, f"{text}: {status}")

    def next_call(self, place, number, begun, text):
        """Whatever it is, it rolls back what is overdue."""
        verb = NEXT_CALLS[number % len(NEXT_CALLS)]
        sleep_until(begun + DEADLINE + 1)
        overdue = place.tables() != place.old
        words = (verb, place.sites["old"], "--host", HOST)
        result = place.rolewall(*words)
        self.report.check(result.returncode == 0, f"{text}: {verb}: {result}")
        if overdue:
            self.report.count(f"rolled back by the next call: {verb}")
            self.report.check("rolled back now" in result.stderr,
                              f"{text}: {verb}: {result.stderr}")
        self.report.same(place.tables(), place.old, f"{text}: after {verb}")

    def end_timer_late(self, place, number, how):
        """Within its work at the deadline: it is traced up to there."""
        begun = time.monotonic()
        result, text = self.run_step(place, "timer", number, how, *place.change(),
                                     "--confirm", str(SHORT))
        self.report.check(result.returncode in (0, 5), f"{text}: {result}")
        self.old_or_new(place, text)
        self.next_call(place, number, begun + SHORT - DEADLINE, text)
        self.usable(place, text)

    def kill_timer(self, place, number):
        """While it waits: `status` says so, and the next call of any kind rolls back."""
        begun = time.monotonic()
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        place.kill_timers()
        text = f"timer killed, {place.before}, then {NEXT_CALLS[number]}"
        self.unwatched(place, begun, text)
        self.next_call(place, number, begun + 0.5, text)
        self.report.count("apply: timer: SIGKILL while it waits")
        self.usable(place, text)

    def terminate_timer(self, place):
        """Who ends the watch gets what it watched: the old rules, at once."""
        text = f"SIGTERM to the timer, {place.before}"
        place.ok(*place.change(), "--confirm", "600")
        begun = time.monotonic()
        place.kill_timers(signal.SIGTERM)
        self.comes_back(place, begun + LATE, text)
        self.report.count("timer: SIGTERM")
        self.usable(place, text)

    # ---- stopped across the deadline ----

    def hold(self, place, number, *words):
        """Stopped with the lock in hand; afterwards it goes on as if nothing was."""
        pending = words[0] != "apply"
        if pending:
            place.ok(*place.change(), "--confirm", str(SHORT))
        else:
            words = (*place.change(), "--confirm", str(SHORT))
        begun = time.monotonic()
        held = SHORT + LOCK_SECONDS + 4
        result, text = self.run_step(place, "main", number, f"hold:{int(1000 * held)}",
                                     *(words if "--netns" in words else place.words(*words)))
        now = self.old_or_new(place, text)
        if words[0] == "confirm":
            self.judge_confirm(place, begun, text, result.returncode == 0)
            return
        if now == "new":
            self.comes_back(place, time.monotonic() + SHORT + LATE, text)
        self.usable(place, text)

    # ---- confirm ----

    def end_confirm(self, place, number, how):
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        begun = time.monotonic()
        result, text = self.run_step(place, "main", number, how, *place.words("confirm"))
        self.old_or_new(place, text)
        self.judge_confirm(place, begun, text, result.returncode == 0)

    def judge_confirm(self, place, begun, text, success):
        """Kept, and kept for boot; or neither."""
        sleep_until(begun + DEADLINE + 0.5)
        if place.timers():
            place.wait_for(place.old, begun + DEADLINE + LATE)
        now = self.old_or_new(place, text)
        status = place.status()
        self.report.check(status.get("pending") is False, f"{text}: {status}")
        then = self.old_or_new(place, text)
        self.report.check(now == then, f"{text}: {now}, and {then} after a call of status")
        self.report.check(now == "new" or not success, f"{text}: success, and the old rules")
        confirmed = place.read_confirmed()
        if now == "new":
            self.report.check(confirmed != place.confirmed, f"{text}: new, old at boot")
            self.report.count("confirm: the new rules stay")
        else:
            self.report.check(confirmed == place.confirmed, f"{text}: old, new at boot")
            self.report.count("confirm: the old rules come back")
        if confirmed is not None:
            result = place.rolewall("load")
            self.report.check(result.returncode == 0, f"{text}: load: {result}")
            if place.before != "by hand":
                self.report.check(self.old_or_new(place, text) == then,
                                  f"{text}: load brings something else than {then}")
        if now == "new":
            self.make_old_again(place, text)
        else:
            self.usable(place, text)

    def make_old_again(self, place, text):
        if place.before == "none":
            place.ok("unload", "--forget")
        else:
            place.ok("apply", place.sites["old"], "--host", HOST, "--no-confirm")
        self.report.same(place.tables(), place.old, f"{text}: made old again")
        place.confirmed = place.read_confirmed()

    # ---- rollback ----

    def end_rollback(self, place, number, how):
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        begun = time.monotonic()
        result, text = self.run_step(place, "main", number, how, *place.words("rollback"))
        now = self.old_or_new(place, text)
        self.report.check(now == "old" or result.returncode != 0,
                          f"{text}: success, and the new rules")
        if now == "new":
            self.armed(place, text)
            sleep_until(begun + DEADLINE)
            self.comes_back(place, begun + DEADLINE + LATE, text)
        self.usable(place, text)

    # ---- all of it ----

    def points(self, place, who, *words):
        """The numbers of the system calls from the first lock on, and a few before."""
        calls = self.steps.list(place, who, *words)
        first = calls.index("flock") if who == "main" else 0
        early = range(1, first + 1, max(1, first // EARLY)) if first else ()
        return list(early), list(range(first + 1, len(calls) + 1))

    def jobs(self):
        place = self.places["site"][0]
        apply = (*place.change(), "--confirm", "1")
        early, late = self.points(place, "main", *apply)
        place.wait_for(place.old, time.monotonic() + LATE)
        jobs = {before: [] for before in BEFORE}
        for i, (name, how) in enumerate(ENDS.items()):
            for number in late[:: 4 if i else 1] + (early if i < 1 else []):
                before = BEFORE[(number // 4 + i) % len(BEFORE)]
                jobs[before].append(lambda at, n=number, h=how: self.end_apply(at, n, h))
        for seed in range(RANDOM_RUNS):
            jobs[BEFORE[seed % 3]].append(lambda at, s=seed: self.end_at_random(at, s))
        for number in late[::6]:
            jobs[BEFORE[number % 3]].append(lambda at, n=number: self.hold(at, n, "apply"))
        self.timer_jobs(place, jobs)
        self.settling_jobs(place, jobs)
        # mixed, so that a mistake of any kind is seen early
        for before in BEFORE:
            random.Random(before).shuffle(jobs[before])
        return jobs

    def timer_jobs(self, place, jobs):
        kill = ENDS["SIGKILL"]
        apply = (*place.change(), "--confirm", "1")
        for who in ("child", "timer"):
            calls = self.steps.list(place, who, *apply)
            place.wait_for(place.old, time.monotonic() + LATE)
            waits = calls.index("ppoll") if "ppoll" in calls else len(calls)
            for number in range(1, waits + 2):
                jobs[BEFORE[number % 3]].append(
                    lambda at, w=who, n=number: self.end_timer(at, w, n, kill))
            for number in range(waits + 2, len(calls) + 1):
                jobs[BEFORE[number % 3]].append(
                    lambda at, n=number: self.end_timer_late(at, n, kill))
        for before in BEFORE:
            jobs[before].append(self.terminate_timer)
            for number in range(len(NEXT_CALLS)):
                jobs[before].append(lambda at, n=number: self.kill_timer(at, n))

    def settling_jobs(self, place, jobs):
        others = list(ENDS.values())[1:]
        for verb, end in (("confirm", self.end_confirm), ("rollback", self.end_rollback)):
            place.ok(*place.change(), "--confirm", "60")
            early, late = self.points(place, "main", *place.words(verb))
            if verb == "confirm":
                self.make_old_again(place, "confirm")
            befores = BEFORE if verb == "rollback" else ("site", "none")
            for number in late + early[-2:]:
                before = befores[number % len(befores)]
                jobs[before].append(lambda at, n=number, e=end: e(at, n, ENDS["SIGKILL"]))
                if number % 3 == 0:
                    other = others[number // 3 % len(others)]
                    jobs[before].append(lambda at, n=number, e=end, o=other: e(at, n, o))
            for number in late[::6]:
                before = befores[number % len(befores)]
                jobs[before].append(lambda at, n=number, v=verb: self.hold(at, n, v))

    def go(self):
        self.report_first()
        jobs = self.jobs()
        work(self.report, self.places, jobs)
        time.sleep(DEADLINE)
        for place in self.all:
            self.report.same(place.tables(), place.old, f"{place.before}: when all is over")
            self.report.check(not place.timers(), f"{place.before}: a timer lives on")

    def report_first(self):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda place: place.learn_new(), self.all))
        for place in self.all:
            self.report.check(place.new != place.old, f"{place.before}: no change to try")
            self.report.same(place.tables(), place.old, f"{place.before}: first roll-back")


def sleep_until(moment):
    time.sleep(max(0, moment - time.monotonic()))


def name_of(how):
    if how.startswith("hold"):
        return "stopped across the deadline"
    return {value: name for name, value in ENDS.items()}[how]


def main():
    lab, report = Lab(*arguments("test_deadline.py")), Busy()
    begun = time.monotonic()
    test = Test(lab, report)
    test.go()
    report.print_counts()
    tried = {verb: sum(number for what, number in report.counts.items()
                       if what.startswith((f"{verb}: main", f"{verb}: at random")))
             for verb in ("apply", "confirm", "rollback")}
    report.check(tried["apply"] >= 300, f"only {tried['apply']} runs of apply were ended")
    watched = [f"rolled back by the next call: {verb}" for verb in NEXT_CALLS]
    for what in (*watched, "status says that nobody watches", "confirm: the new rules stay",
                 "confirm: the old rules come back"):
        report.check(report.counts.get(what), f"it never came to this: {what}")
    report.finish(", ".join(f"{number} of {verb}" for verb, number in tried.items())
                  + f" ended or held, {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
