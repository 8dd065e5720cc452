#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rule sets put back: what nft lists before the change it lists after the roll-back.

Made by hand in every way that states.py and test_drift.py know; changed in each of the
ways of WRECKS; put back by the batch that was made before, and by one that is made of the
saved form.  Counters and elements included; of the time that elements have left, some is
gone.  Tables of others are not touched.
"""
import os
import re
import time

import test_drift
from lab import Lab, Report, arguments, run
from states import states

FOREIGN = """table ip mine {
 set numbers {
  type inet_service
  flags interval
  elements = { 1-5 }
 }
 chain input {
  type filter hook input priority 5
  tcp dport @numbers counter packets 3 bytes 4 accept
 }
}
table inet rolewall-not {
 counter c {
  packets 1 bytes 2
 }
}
"""

# What this nft or this kernel may be without; a test of nothing else.
OPTIONAL = {"declared: secmark", "rule: operating system", "rule: synproxy"}

ADD_DELETE = "".join(f"add table {family} rolewall\ndelete table {family} rolewall\n"
                     for family in ("inet", "netdev"))

# What comes in place of the rule set: each has to be gone afterwards.
WRECKS = (
    ("unloaded", ADD_DELETE),
    ("emptied", "add table inet rolewall\nflush table inet rolewall\n"
                "add chain inet rolewall left\n"),
    ("another one", ADD_DELETE + """table inet rolewall {
 comment "another"
 counter hits {
  packets 99 bytes 99
 }
 set s {
  type inet_service
  elements = { 1, 2 }
 }
 chain input {
  type filter hook input priority 7
  policy accept
  tcp dport { 1, 3 } counter name "hits" accept
  tcp dport @s jump { ip saddr { 1.2.3.4, 1.2.3.5 } drop; }
 }
}
table netdev rolewall {
 chain other {
  type filter hook ingress device "lo" priority 1
  counter
 }
}
"""),
    ("asleep", "add table inet rolewall { flags dormant; }\n"),
)


class Machine:
    """One namespace and what puts its rules back."""

    def __init__(self, lab, namespace):
        self.lab, self.namespace = lab, namespace
        self.file = lab.path("whole")
        self.tool = os.path.join(os.path.dirname(lab.program), "rolewall-restore")

    def call(self, *verbs):
        return self.namespace.run(self.tool, self.file, *verbs, check=False)

    def load(self, script, check=True):
        return self.namespace.nft("-f", self.lab.write("state.nft", script), check=check)

    def listing(self):
        """rolewall's tables without handles, and all others with them."""
        blocks = re.split(r"^(?=table )", self.namespace.listing(), flags=re.M)
        own = [block for block in blocks if re.match(r"table (inet|netdev) rolewall ", block)]
        return (re.sub(r" # handle \d+", "", "".join(sorted(own))),
                [block for block in blocks if block not in own])


UNITS = {"d": 86400000, "h": 3600000, "m": 60000, "s": 1000, "ms": 1}


def milliseconds(text):
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[dhms])", text))


def timeless(listing):
    return re.sub(r"expires [0-9dhms]+", "expires TIME", listing)


def remaining(listing):
    return [milliseconds(text) for text in re.findall(r"expires ([0-9dhms]+)", listing)]


def expect(report, name, result):
    report.check(result.returncode == 0 and not result.stdout,
                 f"{name}: {result.stdout}{result.stderr}")


def wreck_and_restore(report, machine, name, wreck, verb):
    started = time.monotonic()
    before, others = machine.listing()
    expect(report, name, machine.call("read", "holds", "try"))
    machine.load(wreck)
    expect(report, name, machine.call("differs", verb, "holds"))

    after, others_after = machine.listing()
    report.check(timeless(after) == timeless(before), f"{name}: not as before:\n"
                 + test_drift.difference(timeless(before), timeless(after)))
    report.check(others_after == others, f"{name}: others' tables were touched")
    seconds = time.monotonic() - started
    for left, right in zip(remaining(before), remaining(after)):
        # the batch that is sent is some seconds old, and was not told so
        report.check(right <= left and left - right < 1000 * seconds + 20,
                     f"{name}: {left} ms were left, then {right}")


def try_state(report, machine, name, count):
    """One of the ways to wreck it and to put it back: all of them over the states."""
    wreck_name, wreck = WRECKS[count // 2 % len(WRECKS)]
    verb = ("send", "decode")[count % 2]
    wreck_and_restore(report, machine, f"{name}, {wreck_name}, {verb}", wreck, verb)


def try_states(report, lab):
    machine = Machine(lab, lab.namespace("states"))
    tried = 0
    machine.load(FOREIGN)
    for count, (name, script) in enumerate(states()):
        loaded = machine.load(ADD_DELETE + script, check=False)
        if loaded.returncode != 0:
            report.check(name in OPTIONAL, f"{name}: not loaded: {loaded.stderr}")
            print(f"left out: {name}: {loaded.stderr.splitlines()[0]}")
            continue
        try_state(report, machine, name, count)
        tried += 1
    return tried


def try_changes(report, lab):
    """On top of a whole rule set, with counts on every counter."""
    live = test_drift.Live(lab)
    machine = Machine(lab, live.namespace)
    machine.load(FOREIGN)
    changes = [("nothing", lambda live: "\n")] + list(test_drift.CHANGES) \
        + test_drift.log_changes(live)
    for count, change in enumerate(changes):
        live.reset()
        live.load(change[1](live))
        # but for objects, which are never wanted, a plan sees no difference either
        result = machine.call("read", "plan")
        report.check(result.returncode == 0 and set(result.stdout.split()) <= {"object"},
                     f"{change[0]}: {result.stdout}{result.stderr}")
        try_state(report, machine, change[0], count)
    return len(changes)


def try_nothing(report, lab):
    """No table at all, and others' only."""
    machine = Machine(lab, lab.namespace("nothing"))
    for others in ("\n", FOREIGN):
        machine.load(others)
        for verb in ("send", "decode"):
            wreck_and_restore(report, machine, f"nothing, {verb}", WRECKS[2][1], verb)


TIMED = """table inet rolewall {
 set s {
  type ipv4_addr
  flags timeout
  elements = { 1.1.1.1 timeout 1h, 1.1.1.2 timeout 2s, 1.1.1.3, 1.1.1.4 timeout 1d expires 2h }
 }
 set i {
  type ipv4_addr
  flags interval,timeout
  elements = { 10.0.0.0/8 timeout 1h expires 50m, 11.0.0.0/8 timeout 1m, 12.0.0.0/8 }
 }
}
"""


def try_time(report, lab):
    """Half an hour later: the time is less, or over."""
    machine = Machine(lab, lab.namespace("time"))
    half_an_hour = 30 * 60 * 1000
    machine.load(TIMED)
    before = remaining(machine.listing()[0])
    expect(report, "time", machine.call("read", str(half_an_hour), "send"))
    time.sleep(0.3)
    after = machine.listing()[0]
    for gone in ("1.1.1.2", "11.0.0.0"):
        report.check(gone not in after, f"time: {gone} is still there")
    for there in ("1.1.1.1", "1.1.1.3", "1.1.1.4", "10.0.0.0/8", "12.0.0.0/8"):
        report.check(there in after, f"time: {there} is not there")
    long = sorted(left for left in before if left > half_an_hour)
    rest = sorted(remaining(after))
    report.check(len(long) == len(rest) == 3, f"time: {after}")
    for left, right in zip(long, rest):
        passed = left - half_an_hour - right
        report.check(0 <= passed < 20000, f"time: {left} ms were left, then {right}")


def try_refusal(report, lab):
    """What is refused changes nothing, and is named."""
    machine = Machine(lab, lab.namespace("refused"))
    machine.load(FOREIGN + 'table inet rolewall {\n chain i {\n  type filter hook input '
                 'priority 0\n  counter comment "here"\n }\n}\n')
    expect(report, "refused", machine.call("read"))
    with open(machine.file + ".batch", "r+b") as file:
        # a rule of a chain that is not there
        content = file.read().replace(b"\x06\x00\x02\x00i\x00", b"\x06\x00\x02\x00j\x00")
        file.seek(0)
        file.write(content)
    before = machine.listing()
    for verb in ("send", "try"):
        result = machine.call(verb)
        report.check(result.returncode != 0 and 'rule "here" of chain "j"' in result.stdout,
                     f"refused: {result.stdout}")
    report.check(machine.listing() == before, "refused: something was changed")


def main():
    lab, report = Lab(*arguments("test_restore.py")), Report()
    tried = try_states(report, lab)
    changes = try_changes(report, lab)
    try_nothing(report, lab)
    try_time(report, lab)
    try_refusal(report, lab)
    report.check(tried >= 85, f"only {tried} states")
    report.finish(f"{tried} states, {changes} changes by hand")


if __name__ == "__main__":
    main()
