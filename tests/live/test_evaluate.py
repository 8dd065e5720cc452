#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What evaluate() says of a packet, held against what the kernel does to it.

First the rule sets of whole sites; then rule sets made by chance and loaded by nft, with
what rolewall never writes.  The packets stand where the rules cut: at each boundary of
an address or port and just before it.  All chance comes from one seed.
"""
import collections
import glob
import ipaddress
import itertools
import os
import random
import subprocess

from lab import Lab, Report, arguments, run
from packet import GRE, ICMP, ICMP6, SCTP, TCP, UDP
from random_rules import OWN, rules_by_chance
from test_equality import devices_of
from wire import ESP, IN, INVALID, OUT, THROUGH, Host, Packet, interface_to

SEED = 20241124
FEATURES = ("any-one-family", "addresses-except", "both-ways-source-port", "group", "icmp",
            "management-and-monitor", "policy-accept", "policy-anti-spoof",
            "policy-dhcp-client", "policy-reject", "policy-priority-number", "protocol", "rate",
            "sctp")
RANDOM_RULE_SETS = 16
POOL, CHOSEN, ANSWERS = 2500, 500, 50  # packets of a host: thought of, sent, answered
PACKETS_MIN = 12000
SHOWN_MAX = 20
SPORT = 40000
PORTS = {TCP: "tcp", UDP: "udp", SCTP: "sctp"}
ICMP_TYPES = {ICMP: (0, 3, 5, 8, 11, 12, 13, 17, 200),
              ICMP6: (1, 2, 3, 4, 128, 129, 130, 131, 133, 134, 135, 136, 137, 143, 200)}
WRONG = {True: "wrongly admitted", False: "wrongly dropped"}  # by evaluate()
SIDE = ("10.66.0.9", "fd66::9")


class Counts:
    def __init__(self):
        self.sent = collections.Counter()  # by what was said
        self.wrong = collections.Counter()


class Trial:
    """One rule set, loaded in one host, and its packets."""

    def __init__(self, lab, host, source, counts, title):
        self.lab, self.host, self.counts, self.title = lab, host, counts, title
        self.tool = [os.path.join(os.path.dirname(lab.program), "rolewall-evaluate"), *source]
        self.rated = set()
        self.chance = random.Random(f"{SEED} {title}")

    def ask(self, packets):
        text = "".join(packet.line() + "\n" for packet in packets)
        return [line.split(" ", 3) for line in
                run(*self.tool, "packets", text=text).stdout.splitlines()]

    def boundaries(self):
        found = collections.defaultdict(list)
        for line in run(*self.tool, "boundaries").stdout.splitlines():
            field, value = line.rsplit(" ", 1)
            found[field].append(value)
        return found

    def choose(self, packets, count):
        """Of each answer's packets about as many, none of a connection sent before."""
        by_answer = collections.defaultdict(list)
        for packet, answer in zip(packets, self.ask(packets)):
            by_answer[tuple(answer)].append(packet)
        chosen = []
        for answer in sorted(by_answer):
            self.chance.shuffle(by_answer[answer])
        for row in itertools.zip_longest(*(by_answer[answer] for answer in sorted(by_answer))):
            for answer, packet in zip(sorted(by_answer), row):
                if packet and len(chosen) < count and self.take(packet, answer):
                    chosen.append((packet, answer))
        return chosen

    def take(self, packet, answer):
        if packet.tuple() in self.host.used:
            return False
        if answer[1] == "1":  # a limit for each source: one packet is within any
            key = (packet.way, packet.source, answer[3])
            if key in self.rated:
                return False
            self.rated.add(key)
        self.host.used.add(packet.tuple())
        return True

    def send(self, chosen):
        for number, (packet, _) in enumerate(chosen):
            self.host.send(packet)
            if number % 50 == 49:
                self.host.collect()
        self.host.collect(0.05)
        # a packet may be lost for other reasons than a rule: ask twice
        missing = [packet for packet, answer in chosen
                   if answer[0] == "accept" and not self.host.passed(packet)]
        for packet in missing:
            self.host.send(packet)
        self.host.collect(0.2 if missing else 0)
        self.judge(chosen)

    def judge(self, chosen):
        for packet, answer in chosen:
            passed = self.host.passed(packet)
            outcome = answer[0]
            self.counts.sent[outcome] += 1
            if outcome == "unknown" or passed == (outcome == "accept"):
                continue
            self.counts.wrong[WRONG[outcome == "accept"]] += 1
            if self.counts.wrong.total() <= SHOWN_MAX:
                print(f"{self.title}: evaluate says {' '.join(answer)}, the kernel "
                      f"{'passed' if passed else 'dropped'} it: {packet}")

    def run(self, packets):
        chosen = self.choose(packets, CHOSEN)
        self.send(chosen)
        answers = [packet.answer() for packet, answer in chosen
                   if packet.protocol == UDP and packet.cast == 0 and packet.way != THROUGH
                   and self.host.passed(packet)][:ANSWERS]
        self.send([(packet, answer) for packet, answer in zip(answers, self.ask(answers))])


# ---- packets -----------------------------------------------------------------------


def is_routable(address):
    """Whether the kernel looks at its rules at all before it throws it away."""
    if address.version == 6:
        return address in ipaddress.ip_network("2000::/3") or \
            address in ipaddress.ip_network("fc00::/7")
    return not (address.is_multicast or address.is_loopback or address.is_link_local or
                address >= ipaddress.ip_address("240.0.0.0") or int(address) >> 24 == 0)


def around(values, version, extra=()):
    """Addresses at boundaries and before them, of those that can be somebody's."""
    found = {ipaddress.ip_address(each) for each in (*values, *extra)}
    found |= {each - 1 for each in found if int(each)}
    return sorted(str(each) for each in found if each.version == version and is_routable(each))


def ports_around(values):
    found = {int(value) for value in values}
    return sorted({port for value in found for port in (value - 1, value, value + 1)
                   if 0 < port < 65536})


class Material:
    """What the packets of one rule set are put together from."""

    def __init__(self, trial, own):
        cuts = trial.boundaries()
        self.own = own
        self.chance = trial.chance
        self.far, self.groups = {}, {}
        for family, prefix in enumerate(("ip", "ip6")):
            version = 6 if family else 4
            values = cuts[f"{prefix} saddr"] + cuts[f"{prefix} daddr"]
            self.far[family] = [each for each in around(values, version, (SIDE[family],))
                                if each not in own]
            self.groups[family] = [each for each in values if is_group(each)]
        self.dports = {protocol: ports_around(cuts[f"{name} dport"])
                       for protocol, name in PORTS.items()}
        self.sports = {protocol: ports_around(cuts[f"{name} sport"])
                       for protocol, name in PORTS.items()}

    def ends(self, family):
        own = [each for each in self.own if (":" in each) == bool(family)]
        if not own or not self.far[family]:
            return None
        return self.chance.choice(self.far[family]), self.chance.choice(own)

    def port_pair(self, protocol):
        chance = self.chance
        sport = SPORT + chance.randrange(10000)
        if chance.random() < 0.4 and self.sports[protocol]:
            sport = chance.choice(self.sports[protocol])
        dport = chance.randrange(1, 65536)
        if chance.random() < 0.95 and self.dports[protocol]:
            dport = chance.choice(self.dports[protocol])
        return {"sport": sport, "dport": dport}

    def header(self):
        """Of any protocol: what stands behind the addresses."""
        chance = self.chance
        family = chance.randrange(2)
        draw = chance.random()
        if draw < 0.75:
            protocol = chance.choice((TCP, TCP, TCP, UDP, UDP, UDP, SCTP))
            state = INVALID if protocol == TCP and chance.random() < 0.05 else None
            return family, {"protocol": protocol, "state": state, **self.port_pair(protocol),
                            "hops": chance.choice((64, 64, 2, 255))}
        if draw < 0.82:
            return family, {"protocol": chance.choice((GRE, ESP)), "hops": 64}
        protocol = ICMP6 if family else ICMP
        return family, {"protocol": protocol, "kind": chance.choice(ICMP_TYPES[protocol]),
                        "hops": chance.choice((1, 64, 254, 255))}

    def packet(self):
        family, header = self.header()
        ends = self.ends(family)
        if not ends:
            return None
        far, own = ends
        draw = self.chance.random()
        if draw < 0.5:
            near = self.chance.choice(("eth0", "eth0", "eth0", "eth1", "eth2"))
            return Packet(IN, source=far, target=own, near=near, **header)
        if draw < 0.55 and self.groups[family]:
            return Packet(IN, source=far, target=self.chance.choice(self.groups[family]),
                          near="eth0", **header)
        if draw < 0.92:
            if self.chance.random() < 0.1 and self.groups[family] and not family:
                far = self.chance.choice(self.groups[family])
            return Packet(OUT, source=own, target=far, out=interface_to(far), **header)
        if header["hops"] < 2 or far == SIDE[family]:
            return None
        return Packet(THROUGH, source=far, target=SIDE[family], near="eth0", out="eth1",
                      **header)

    def packets(self, count):
        made = (self.packet() for _ in range(count))
        return [packet for packet in made if packet]


def is_group(text):
    address = ipaddress.ip_address(text)
    return text == "255.255.255.255" or address in ipaddress.ip_network("224.0.0.0/4") or \
        address in ipaddress.ip_network("ff00::/8") and address.packed[1] & 15 == 2


# ---- rule sets ---------------------------------------------------------------------


def try_site(lab, counts, site, told):
    """`told` is what `matrix` says of the host."""
    name, addresses = told["name"], told["addresses"]
    script = lab.rolewall("compile", site, "--host", name).stdout
    saved = lab.path("saved")
    with open(saved, "wb") as file:
        subprocess.run([lab.program, "compile", site, "--host", name, "--format", "saved"],
                       env=lab.environment, stdout=file, check=True, timeout=60)
    host = Host(lab, "host", addresses, devices_of(script))
    host.inside.nft("-f", "-", text=script)
    trial = Trial(lab, host, ("saved", saved), counts, f"{site} {name}")
    material = Material(trial, addresses)
    for group in itertools.chain(*material.groups.values()):
        if group != "255.255.255.255":
            host.join(group)
    trial.run(material.packets(POOL))
    host.close()


def try_chance(lab, counts, host, number):
    script = rules_by_chance(random.Random(f"{SEED} {number}"))
    host.inside.nft("-f", "-", text="flush ruleset\n" + script)
    trial = Trial(lab, host, ("live", host.inside.name), counts, f"rule set {number}")
    wrong = counts.wrong.total()
    trial.run(Material(trial, OWN).packets(POOL))
    if counts.wrong.total() > wrong:
        print(f"rule set {number}:\n{host.inside.nft('list', 'ruleset').stdout}")


def main():
    lab, report, counts = Lab(*arguments("test_evaluate.py")), Report(), Counts()
    plant = os.path.join(lab.source_folder, "examples", "plant.cfg")
    features = [os.path.join(lab.source_folder, "tests", "golden", "features", name, "site.cfg")
                for name in FEATURES]
    for site in (plant, *features):
        for host in lab.rolewall_json("matrix", site)["hosts"]:
            try_site(lab, counts, site, host)
    print(f"  sites: {told(counts)}", flush=True)
    by_chance = Counts()
    host = Host(lab, "chance", OWN, ())
    for number in range(RANDOM_RULE_SETS):
        try_chance(lab, by_chance, host, number)
    print(f"  rule sets by chance: {told(by_chance)}")
    for each, limit in ((counts, 0.0), (by_chance, 0.2)):
        total = each.sent.total()
        for outcome in ("accept", "drop", "reject"):
            report.check(each.sent[outcome] > 0, f"no packet that evaluate calls {outcome}")
        report.check(each.sent["unknown"] <= limit * total,
                     f"{each.sent['unknown']} of {total} are unknown")
        for word, count in each.wrong.items():
            report.check(count == 0, f"{count} packets {word}")
    total = counts.sent.total() + by_chance.sent.total()
    report.check(total >= PACKETS_MIN, f"{total} packets are fewer than {PACKETS_MIN}")
    report.finish(f"{total} packets")


def told(counts):
    return ", ".join([*(f"{counts.sent[word]} {word}" for word in
                        ("accept", "drop", "reject", "unknown")),
                      *(f"{counts.wrong[word]} {word}" for word in WRONG.values())])


if __name__ == "__main__":
    main()
