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
    ("emptied", "add table inet rolewall\nflush table inet rolewall\n"),
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

    def call(self, verb, *arguments):
        return self.namespace.run(self.tool, verb, self.file, *arguments, check=False)

    def load(self, script, check=True):
        return self.namespace.nft("-f", self.lab.write("state.nft", script), check=check)

    def listing(self):
        """Of each of rolewall's tables; "" where there is none."""
        return [self.namespace.nft("list", "table", family, "rolewall", check=False).stdout
                for family in ("inet", "netdev")]

    def others(self):
        """Of others' tables, handles included."""
        listing = self.namespace.nft("-a", "list", "ruleset").stdout
        return [block for block in re.split(r"^(?=table )", listing, flags=re.M)
                if not re.match(r"table (inet|netdev) rolewall ", block)]


UNITS = {"d": 86400000, "h": 3600000, "m": 60000, "s": 1000, "ms": 1}


def milliseconds(text):
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[dhms])", text))


def timeless(listing):
    return [re.sub(r"expires [0-9dhms]+", "expires TIME", text) for text in listing]


def remaining(listing):
    return [milliseconds(text) for text in re.findall(r"expires ([0-9dhms]+)", "".join(listing))]


def check_back(report, machine, name, before, seconds):
    after = machine.listing()
    report.check(timeless(after) == timeless(before), f"{name}: not as before:\n"
                 + test_drift.difference("".join(timeless(before)), "".join(timeless(after))))
    for left, right in zip(remaining(before), remaining(after)):
        # some time has passed, and no more than that
        report.check(right <= left and left - right < 1000 * seconds + 2000,
                     f"{name}: {left} ms were left, then {right}")


def wreck_and_restore(report, machine, name, wreck, verb):
    started = time.monotonic()
    before, others = machine.listing(), machine.others()
    result = machine.call("read")
    report.check(result.returncode == 0 and not result.stdout,
                 f"{name}: not read: {result.stdout}{result.stderr}")
    report.check(machine.call("holds").returncode == 0, f"{name}: does not hold what it does")
    result = machine.call("try")
    report.check(result.returncode == 0, f"{name}: would be refused: {result.stdout}")
    report.check(machine.listing() == before or remaining(before),
                 f"{name}: to try has changed something")

    machine.load(wreck)
    report.check(timeless(machine.listing()) != timeless(before), f"{name}: was not changed")
    report.check(machine.call("holds").returncode != 0, f"{name}: holds what it does not")
    result = machine.call(verb)
    report.check(result.returncode == 0 and not result.stdout,
                 f"{name}: not put back: {result.stdout}{result.stderr}")
    check_back(report, machine, name, before, time.monotonic() - started)
    report.check(machine.others() == others, f"{name}: others' tables were touched")
    report.check(machine.call("holds").returncode == 0, f"{name}: is not what it was")


def try_state(report, machine, name, count):
    """Twice: a part of the ways each, all of them over the states."""
    for turn, verb in enumerate(("send", "decode")):
        wreck_name, wreck = WRECKS[(2 * count + turn) % len(WRECKS)]
        wreck_and_restore(report, machine, f"{name}, {wreck_name}, {verb}", wreck, verb)


def try_states(report, lab):
    machine = Machine(lab, lab.namespace("states"))
    tried = 0
    machine.load(FOREIGN)
    for count, (name, script) in enumerate(states()):
        machine.load(ADD_DELETE)
        loaded = machine.load(script, check=False)
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
    before = remaining(machine.listing())
    report.check(machine.call("read").returncode == 0, "time: not read")
    report.check(machine.call("send", str(half_an_hour)).returncode == 0, "time: not put back")
    time.sleep(0.3)
    after = machine.listing()
    for gone in ("1.1.1.2", "11.0.0.0"):
        report.check(gone not in "".join(after), f"time: {gone} is still there")
    for there in ("1.1.1.1", "1.1.1.3", "1.1.1.4", "10.0.0.0/8", "12.0.0.0/8"):
        report.check(there in "".join(after), f"time: {there} is not there")
    long = [left for left in before if left > half_an_hour]
    for left, right in zip(sorted(long), sorted(remaining(after))):
        passed = left - half_an_hour - right
        report.check(0 <= passed < 3000, f"time: {left} ms were left, then {right}")
    report.check(len(long) == len(remaining(after)) == 3, f"time: {after}")


def try_refusal(report, lab):
    """What is refused changes nothing, and is named."""
    machine = Machine(lab, lab.namespace("refused"))
    machine.namespace.run("ip", "link", "add", "eth7", "type", "dummy")
    machine.load(FOREIGN + 'table inet rolewall {\n chain i {\n  type filter hook input '
                 'priority 0\n  counter comment "here"\n }\n}\n')
    report.check(machine.call("read").returncode == 0, "refused: not read")
    with open(machine.file + ".batch", "r+b") as file:
        # a rule of a chain that is not there
        content = file.read().replace(b"\x02\x00i\x00", b"\x02\x00j\x00")
        file.seek(0)
        file.write(content)
    before = machine.namespace.listing()
    result = machine.call("send")
    report.check(result.returncode != 0 and 'rule "here" of chain "j"' in result.stdout,
                 f"refused: {result.stdout}")
    report.check(machine.namespace.listing() == before, "refused: something was changed")


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
