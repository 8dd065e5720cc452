#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kind of hand-made change: `plan` names just it, `apply` removes just it.

The rule set is loaded with a count on every counter; after the repair all rules but the
one concerned have kept their handle and their count, and the listing is the first one.
"""
import json
import os
import re

from lab import Lab, Report, arguments

HOST = "sensor-1"
DEVICES = ("eth0", "eth1", "eth2", "eth9")


class Live:
    """The rule set that is changed by hand."""

    def __init__(self, lab):
        self.lab = lab
        self.site = os.path.join(lab.source_folder, "examples", "plant.cfg")
        self.namespace = lab.namespace("host")
        for number, device in enumerate(DEVICES):
            self.namespace.run("ip", "link", "add", device, "type", "veth", "peer", "name",
                               f"far{number}")
        lab.apply(self.namespace, self.site, HOST)
        self.seeded = self.seed()

    def seed(self):
        """The script that loads the same again with counters that are not zero."""
        count = iter(range(1, 100000))
        text = "".join(self.text(family) for family in ("inet", "netdev"))
        text = re.sub(r"counter packets \d+ bytes \d+",
                      lambda _: f"counter packets {(n := next(count))} bytes {n * 100}", text)
        head = "".join(f"table {family} rolewall\ndelete table {family} rolewall\n"
                       for family in ("inet", "netdev"))
        return head + text

    def load(self, text):
        self.namespace.nft("-f", self.lab.write("change.nft", text))

    def reset(self):
        self.load(self.seeded)

    def text(self, family="inet", *options):
        result = self.namespace.nft(*options, "list", "table", family, "rolewall", check=False)
        return result.stdout

    def stateless(self):
        return self.text("inet", "-s") + self.text("netdev", "-s")

    def rules(self):
        """{(family, handle): what nft lists, its count included}."""
        found = {}
        for family in ("inet", "netdev"):
            listing = self.text(family, "-j") or '{"nftables": []}'
            for item in json.loads(listing)["nftables"]:
                if "rule" in item:
                    rule = item["rule"]
                    found[family, rule["handle"]] = json.dumps(rule, sort_keys=True)
        return found

    def line(self, chain, comment, nth=0):
        """A rule's text and handle, by its comment."""
        listing = self.namespace.nft("-a", "list", "chain", "inet", "rolewall", chain).stdout
        lines = [line.strip() for line in listing.splitlines()
                 if f'comment "{comment}"' in line]
        text, _, handle = lines[nth].partition(" # handle ")
        return text, handle


# ---- the changes: nft's words, made for the rule set as it is loaded ------------------


def command(text):
    return lambda live: text + "\n"


def replaced(chain, comment, old, new, nth=0):
    """A rule with one thing in it changed, by `nft replace`."""
    def make(live):
        text, handle = live.line(chain, comment, nth)
        if old not in text:
            raise RuntimeError(f"{old!r} is not in {text!r}")
        return f"replace rule inet rolewall {chain} handle {handle} {text.replace(old, new, 1)}\n"
    return make


def without(chain, comment, pattern, nth=0):
    """A rule with one thing taken out of it."""
    def make(live):
        text, handle = live.line(chain, comment, nth)
        short, count = re.subn(pattern, "", text)
        if count != 1:
            raise RuntimeError(f"{pattern!r} is not once in {text!r}")
        return f"replace rule inet rolewall {chain} handle {handle} {short}\n"
    return make


def deleted(chain, comment, nth=0):
    return lambda live: f"delete rule inet rolewall {chain} handle " \
                        f"{live.line(chain, comment, nth)[1]}\n"


def moved(chain, comment, nth=0):
    def make(live):
        text, handle = live.line(chain, comment, nth)
        return f"delete rule inet rolewall {chain} handle {handle}\n" \
               f"add rule inet rolewall {chain} {text}\n"
    return make


def doubled(chain, comment, nth=0):
    def make(live):
        text, handle = live.line(chain, comment, nth)
        return f"add rule inet rolewall {chain} position {handle} {text}\n"
    return make


def reloaded(old, new, family="inet"):
    """The whole table again with one thing in its text changed."""
    def make(live):
        start = live.seeded.index(f"table {family} rolewall {{")
        at = live.seeded.index(old, start)
        return live.seeded[:at] + new + live.seeded[at + len(old):]
    return make


# What is changed; how; and what the plan has to say: one edit of this op and kind.
CHANGES = (
    ("rule added at the end", command("add rule inet rolewall input tcp dport 8080 accept"),
     "delete", "rule"),
    ("rule added at the head", command("insert rule inet rolewall output tcp dport 8080 accept"),
     "delete", "rule"),
    ("rule added twice over", doubled("input-management", "defender-iot.cli"), "delete", "rule"),
    ("rule of another kind", command("add rule inet rolewall input meta mark 7 ip dscp cs1 accept"),
     "delete", "rule"),
    ("rule removed", deleted("input-management", "defender-iot.cli"), "add", "rule"),
    ("first rule removed", deleted("input", "connections"), "add", "rule"),
    ("rule moved", moved("input-management", "defender-iot.cli"), "move", "rule"),
    ("port changed", replaced("input-management", "defender-iot.cli", "dport 22", "dport 23"),
     "change", "rule"),
    ("port widened", replaced("input-management", "defender-iot.cli", "dport 22", "dport 22-23"),
     "change", "rule"),
    ("transport changed", replaced("input-management", "defender-iot.cli", "tcp dport", "udp dport"),
     "change", "rule"),
    ("address condition removed", replaced("input-management", "defender-iot.cli",
                                           "ip saddr @client.4 ", ""), "change", "rule"),
    ("address changed", replaced("input-management", "defender-iot.cli", "@client.4",
                                 "198.51.100.77"), "change", "rule"),
    ("condition turned round", replaced("input-management", "defender-iot.cli",
                                        "saddr @", "saddr != @"), "change", "rule"),
    ("verdict changed", replaced("input-management", "defender-iot.cli", " accept ", " drop "),
     "change", "rule"),
    ("verdict to return", replaced("input-management", "defender-iot.web-console", " accept ",
                                   " return "), "change", "rule"),
    ("jump to another chain", replaced("input", "management", "jump input-management",
                                       "jump output-management"), "change", "rule"),
    ("goto instead of jump", replaced("input", "management", "jump", "goto"), "change", "rule"),
    ("interface changed", replaced("input", "management", '"eth0"', '"eth9"'), "change", "rule"),
    ("counter removed", without("input-management", "defender-iot.cli",
                                r"counter packets \d+ bytes \d+ "), "change", "rule"),
    ("comment changed", replaced("input-management", "defender-iot.cli",
                                 'comment "defender-iot.cli"', 'comment "mine"'), "change", "rule"),
    ("comment removed", replaced("input-management", "defender-iot.cli",
                                 'comment "defender-iot.cli"', ""), "change", "rule"),
    ("type in an anonymous set", replaced("input", "icmp errors", "parameter-problem",
                                          "parameter-problem, redirect"), "change", "rule"),
    ("verdict in an anonymous map", replaced("input", "connections", "invalid : drop",
                                             "invalid : accept"), "change", "rule"),
    ("hop limit changed", replaced("input", "neighbour discovery", "hoplimit 255",
                                   "hoplimit 254"), "change", "rule"),
    ("element added", command("add element inet rolewall client.4 { 203.0.113.250 }"),
     "delete", "element"),
    ("element removed", command("delete element inet rolewall ntp-server.4 { 203.0.113.123 }"),
     "add", "element"),
    ("element with a comment", command('add element inet rolewall client.6 '
                                       '{ 2001:db8:77::/64 comment "mine" }'),
     "delete", "element"),
    ("policy of a chain", command("chain inet rolewall input { policy accept; }"),
     "change", "chain"),
    ("policy of the monitor chain", command("chain netdev rolewall ingress-eth1 { policy accept; }"),
     "change", "chain"),
    ("chain added", command("add chain inet rolewall mine"), "delete", "chain"),
    ("base chain added", command("add chain inet rolewall mine "
                                 "{ type filter hook prerouting priority 0; }"),
     "delete", "chain"),
    ("chain with a rule added", command("add chain inet rolewall mine\n"
                                        "add rule inet rolewall mine tcp dport 1 accept"),
     "delete", "chain"),
    ("chain removed", command("flush chain inet rolewall forward\n"
                              "delete chain inet rolewall forward"), "add", "chain"),
    ("priority of a chain", reloaded("hook forward priority filter", "hook forward priority 7"),
     "replace", "chain"),
    ("set added", command("add set inet rolewall mine { type ipv4_addr; }"), "delete", "set"),
    ("set with elements added", command("add set inet rolewall mine "
                                        "{ type inet_service; elements = { 1, 2 }; }"),
     "delete", "set"),
    ("map added", command("add map inet rolewall mine { type ipv4_addr : verdict; }"),
     "delete", "set"),
    ("set's comment", reloaded("set client.4 {", 'set client.4 {\n\t\tcomment "mine"'),
     "replace", "set"),
    ("set's flags", reloaded("flags interval", "flags interval,timeout"), "replace", "set"),
    ("counter object added", command("add counter inet rolewall mine"), "delete", "object"),
    ("quota object added", command("add quota inet rolewall mine { over 1 mbytes; }"),
     "delete", "object"),
    ("table dormant", command("add table inet rolewall { flags dormant; }"), "change", "table"),
    ("table's comment", reloaded("table inet rolewall {", 'table inet rolewall {\n\tcomment "mine"'),
     "replace", "table"),
    ("table removed", command("delete table netdev rolewall"), "add", "table"),
    ("rule on the monitor port", command("add rule netdev rolewall ingress-eth1 accept"),
     "delete", "rule"),
    ("device of the monitor chain", reloaded('ingress device "eth2"', 'ingress device "eth9"', "netdev"),
     "replace", "chain"),
)

# What is gone with something else is named as well: it has to come back.
MORE = {"chain removed": [("add", "rule")] * 3,
        "table removed": [("add", "chain")] * 4 + [("add", "rule")] * 2}

# Words of the plan that make others follow from them: what is made anew then is not kept.
REMAKES = {("replace", "set"), ("replace", "chain"), ("replace", "table"),
           ("add", "table"), ("add", "chain")}


def log_changes(live):
    """Only where the rule set logs: its rule has the policy's words."""
    chain = "input"
    listing = live.namespace.nft("list", "chain", "inet", "rolewall", chain).stdout
    comments = re.findall(r'log prefix.*comment "([^"]+)"', listing)
    return [("log prefix", replaced(chain, comments[0], 'prefix "', 'prefix "x'), "change", "rule"),
            ("log limit", replaced(chain, comments[0], "/minute", "/second"), "change", "rule")]


def shown(changes):
    return [{key: value for key, value in change.items() if value is not None and key != "origin"}
            for change in changes]


def try_change(lab, report, live, change):
    name, make, op, kind = change
    live.reset()
    pristine = live.stateless()
    live.load(make(live))
    report.check(live.stateless() != pristine, f"{name}: nothing was changed")
    before = live.rules()

    plan = lab.plan(live.namespace, live.site, HOST)
    wishes = [each for each in plan["changes"] if not each.get("consequence")]
    report.check(plan["exit"] == 2 and plan["changed"], f"{name}: plan sees no difference")
    expected = [(op, kind)] + MORE.get(name, [])
    report.check([(each["op"], each["kind"]) for each in wishes] == expected,
                 f"{name}: not one {op} {kind}: {shown(plan['changes'])}")
    report.check(live.rules() == before, f"{name}: plan touched the kernel")

    document = lab.apply(live.namespace, live.site, HOST)
    report.check(document["changed"], f"{name}: apply did nothing")
    report.check(sum(document["summary"].values()) == len(expected),
                 f"{name}: {document['summary']}")
    # what is made anew is listed last
    order = blocks if (op, kind) in (("replace", "set"), ("replace", "chain")) else str
    report.check(order(live.stateless()) == order(pristine), f"{name}: not as before:\n"
                 + difference(pristine, live.stateless()))
    after = live.rules()
    touched = [key for key in before if after.get(key) != before[key]]
    limit = len(before) if (op, kind) in REMAKES else 1
    if (op, kind) in (("add", "table"), ("delete", "chain"), ("add", "chain")):
        limit = 1 if name == "chain with a rule added" else 0
    report.check(len(touched) <= limit, f"{name}: {len(touched)} rules were made anew: "
                 f"{[before[key][:200] for key in touched]}")
    plan = lab.plan(live.namespace, live.site, HOST)
    report.check(plan["exit"] == 0 and not plan["changes"], f"{name}: plan is not empty after")


def blocks(text):
    return sorted(block.strip("\n}") for block in re.split(r"\n(?=\t(?:set|chain)|table )", text))


def difference(left, right):
    left, right = left.splitlines(), right.splitlines()
    return "\n".join([f"  - {line}" for line in left if line not in right] +
                     [f"  + {line}" for line in right if line not in left])


def main():
    lab, report = Lab(*arguments("test_drift.py")), Report()
    live = Live(lab)
    plan = lab.plan(live.namespace, live.site, HOST)
    report.check(plan["exit"] == 0, "plan after apply is not empty")
    live.reset()
    plan = lab.plan(live.namespace, live.site, HOST)
    report.check(plan["exit"] == 0, f"counters are drift: {shown(plan['changes'])}")
    changes = list(CHANGES) + log_changes(live)
    for change in changes:
        try:
            try_change(lab, report, live, change)
        except (RuntimeError, IndexError, ValueError) as error:
            report.check(False, f"{change[0]}: {error}")
    report.check(len(changes) >= 25, f"only {len(changes)} kinds")
    report.finish(f"{len(changes)} kinds of change")


if __name__ == "__main__":
    main()
