# SPDX-License-Identifier: GPL-2.0-or-later
"""Rule sets made by chance, in nft's words, with what rolewall itself never writes.

Chains that jump on, several base chains of one hook, maps, boxes of concatenated
intervals, negated sets; few addresses and ports, so that the rules meet.
"""
OWN = ("192.0.2.11", "2001:db8:20::11")
DEVICES = ("eth0", "eth1", "eth2")
PRIORITIES = {"prerouting": (-300, -150, 0), "input": (-10, 0, 0, 0), "forward": (0,),
              "output": (-300, -150, 0, 0), "postrouting": (0, 100)}
CHAINS = 4  # beside the base chains; each jumps to those behind it alone


class Maker:
    def __init__(self, chance):
        self.chance = chance
        self.number = 0
        self.family, self.word, self.protocol = 0, "ip", "tcp"  # of the rule

    def one(self, *words):
        return self.chance.choice(words)

    def maybe(self, likely=0.5):
        return self.chance.random() < likely

    # ---- values ----

    def address(self, family):
        number = self.chance.randrange(16)
        return f"2001:db8:10::{number:x}" if family else f"198.51.100.{number}"

    def ends(self, low, high):
        return sorted(self.chance.sample(range(low, high), 2))

    def addresses(self, family):
        """An address, a range or a prefix."""
        low, high = self.ends(0, 16)
        base, number = ("2001:db8:10::", "{:x}") if family else ("198.51.100.", "{}")
        bits = self.one(1, 2, 3)
        prefix = f"{base}{number.format(low >> bits << bits)}/{(128 if family else 32) - bits}"
        return self.one(self.address(family), self.address(family), prefix,
                        f"{base}{number.format(low)}-{base}{number.format(high)}")

    def ports(self):
        low, high = self.ends(20, 40)
        return self.one(f"{low}", f"{high}", f"{low}-{high}")

    def disjoint_ports(self, count):
        """Values and intervals, none of which meets another."""
        ends = sorted(self.chance.sample(range(20, 45), 2 * count))
        return [f"{low}-{high}" if self.maybe() else f"{low}"
                for low, high in zip(ends[::2], ends[1::2])]

    def disjoint_addresses(self, family, count):
        base, number = ("2001:db8:10::", "{:x}") if family else ("198.51.100.", "{}")
        ends = sorted(self.chance.sample(range(20), 2 * count))
        return [f"{base}{number.format(low)}-{base}{number.format(high)}" if self.maybe()
                else base + number.format(low) for low, high in zip(ends[::2], ends[1::2])]

    def set_of(self, values):
        return "{ " + ", ".join(values) + " }"

    def negation(self):
        return self.one("", "", "!= ")

    # ---- matches ----

    def match_address(self):
        values = self.one(self.addresses(self.family), f"@far.{('4', '6')[self.family]}",
                          self.set_of(self.disjoint_addresses(self.family, 3)))
        return f"{self.word} {self.one('saddr', 'saddr', 'daddr')} {self.negation()}{values}"

    def match_port(self):
        if self.protocol in ("", "icmp"):
            return self.match_protocol()
        values = self.one(self.ports(), self.set_of(self.disjoint_ports(3)), "@ports")
        before = "meta l4proto { tcp, udp } " if self.protocol == "th" else ""
        return (f"{before}{self.protocol} {self.one('dport', 'dport', 'sport')} "
                f"{self.negation()}{values}")

    def match_pair(self):
        if self.protocol not in ("tcp", "udp"):
            return self.match_address()
        if self.maybe():
            pairs = [f"{self.address(self.family)} . {self.one(22, 25, 30, 35)}"
                     for _ in range(4)]
        else:
            pairs = self.boxes(3)
        return (f"{self.word} {self.one('saddr', 'daddr')} . {self.protocol} dport "
                f"{self.negation()}{self.set_of(sorted(set(pairs)))}")

    def boxes(self, count):
        return [f"{addresses} . {ports}" for addresses, ports in
                zip(self.disjoint_addresses(self.family, count), self.disjoint_ports(count))]

    def match_protocol(self):
        """Of rules that ask for no port."""
        icmp = "icmpv6" if self.word == "ip6" else "icmp"
        types = self.one("1-4", "{ 133, 135, 136 }", "128") if self.word == "ip6" else \
            self.one("3", "{ 8, 13, 11 }", "9-13", "8")
        if self.protocol == "icmp":
            return f"{icmp} type {types}"
        return self.one(
            f"meta l4proto {self.negation()}{self.one('tcp', 'udp', 'sctp', '47', 'esp')}",
            f"meta l4proto {self.set_of(self.chance.sample(('tcp', 'udp', 'sctp', '47'), 2))}")

    def match_other(self):
        states = self.chance.sample(("new", "established", "related", "invalid",
                                     "untracked"), 2)
        hops = "ip6 hoplimit" if self.word == "ip6" else "ip ttl"
        return self.one(
            f"ct state {','.join(states)}", f"ct state {self.set_of(states)}",
            f"ct state {states[0]}",
            f"meta nfproto ipv{6 if self.family else 4}",
            f"iifname {self.negation()}{self.one('eth0', 'eth1', 'et*', 'eth')}",
            f"oifname {self.negation()}{self.one('eth0', 'eth1', 'eth*', 'th0')}",
            f"iifname {self.set_of(self.chance.sample(DEVICES, 2))}",
            f"{hops} {self.negation()}{self.one('64', '1', '200-255')}",
            "limit rate 1000000/second burst 1000000 packets",
            "limit rate over 1000000/second burst 1000000 packets")

    def match(self, chain):
        makers = [self.match_address, self.match_address, self.match_port, self.match_port,
                  self.match_pair, self.match_other]
        if chain == "input" and self.maybe(0.05):
            return f"fib saddr . iif oif {self.one('missing', 'exists')}"
        return self.one(*makers)()

    # ---- rules ----

    def verdict(self, chain):
        """What a rule of a chain ends with; `chain` is a hook or a number."""
        targets = [f"{how} c{number}" for how in ("jump", "goto")
                   for number in range(chain + 1 if isinstance(chain, int) else 0, CHAINS)]
        if chain in ("prerouting", "postrouting"):
            targets = []
        words = ["accept", "accept", "drop", "drop", "return", "continue", "counter",
                 *targets[:4], *targets[:4]]
        if chain in ("input", "output", "forward"):
            words += ["reject"]
            if self.protocol == "tcp":
                words += ["reject with tcp reset"]
        return self.one(*words)

    def map_verdict(self, chain):
        verdict = self.verdict(chain)
        return verdict if verdict.split()[0] in ("accept", "drop", "return", "jump", "goto",
                                                 "continue") else "continue"

    def map(self, chain):
        keys, values = self.one(
            (f"{self.word} saddr", self.disjoint_addresses(self.family, 3)),
            ("ct state", ["established", "related", "new"]), ("iifname", ["eth0", "eth1"]),
            ("meta l4proto", ["tcp", "udp"]) if self.protocol == "" else
            ("iifname", ["eth2", "eth1"]) if self.protocol == "icmp" else
            (f"{self.protocol} dport", self.disjoint_ports(3)),
            (f"{self.word} saddr . {self.protocol} dport", self.boxes(2)) if
            self.protocol in ("tcp", "udp") else ("ct state", ["new", "untracked"]))
        return f"{keys} vmap " + self.set_of(
            f"{value} : {self.map_verdict(chain)}" for value in values)

    def rule(self, chain):
        """Of one family and transport: nft refuses to compare more."""
        self.number += 1
        self.family = self.chance.randrange(2)
        self.word = ("ip", "ip6")[self.family]
        self.protocol = self.one("tcp", "tcp", "udp", "udp", "sctp", "th", "icmp", "")
        count = self.one(0, 1, 1, 1, 2, 2, 3)
        words = [self.match(chain) for _ in range(count)]
        if self.maybe(0.2):
            words.append(self.map(chain))
        else:
            if self.maybe(0.3):
                words.append("counter")
            words.append("mark set 7" if self.maybe(0.01) else
                         self.verdict(chain) if words else
                         self.one("counter", "continue"))
        return f'    {" ".join(words)} comment "r{self.number}"\n'

    def rules(self, chain, count):
        return "".join(self.rule(chain) for _ in range(count))

    # ---- tables ----

    def base(self, hook, number):
        policy = "drop" if self.maybe(0.3) and hook in ("input", "output", "forward") else \
            "accept"
        return (f"  chain {hook}-{number} {{\n    type filter hook {hook} priority "
                f"{self.one(*PRIORITIES[hook])}; policy {policy};\n"
                f"{self.rules(hook, 10 if number == 0 else 3)}  }}\n")

    def inet(self):
        text = "table inet rolewall {\n"
        for family, kind in enumerate(("ipv4_addr", "ipv6_addr")):
            text += (f"  set far.{('4', '6')[family]} {{ type {kind}; flags interval; elements "
                     f"= {self.set_of(self.disjoint_addresses(family, 4))}; }}\n")
        text += (f"  set ports {{ type inet_service; flags interval; elements = "
                 f"{self.set_of(self.disjoint_ports(4))}; }}\n")
        for number in reversed(range(CHAINS)):
            text += f"  chain c{number} {{\n{self.rules(number, 4)}  }}\n"
        for hook in ("input", "input", "output", "forward"):
            text += self.base(hook, text.count(f"chain {hook}-"))
        for hook in ("prerouting", "output", "postrouting"):
            if self.maybe(0.4):
                text += self.base(hook, 1 + text.count(f"chain {hook}-"))
        return text + "}\n"

    def netdev(self):
        """Ports of their own for every second rule set."""
        text = "table netdev rolewall {\n"
        for hook, device in (("ingress", "eth1"), ("egress", "eth1"), ("ingress", "eth0")):
            text += (f"  chain {hook}-{device} {{\n    type filter hook {hook} device "
                     f"{device} priority {self.one(-10, 0)}; policy accept;\n")
            for _ in range(2):
                self.number += 1
                match = self.one(self.match_address(), self.match_port(),
                                 "meta protocol ip6", "meta protocol ip ip ttl 255")
                text += f'    {match} {self.one("drop", "accept")} comment "r{self.number}"\n'
            text += "  }\n"
        # named sets are the other table's
        for name in ("far.4", "far.6", "ports"):
            text = text.replace(f"@{name}", {"far.4": "198.51.100.3", "far.6":
                                             "2001:db8:10::3", "ports": "22"}[name])
        return text + "}\n"


def rules_by_chance(chance):
    maker = Maker(chance)
    return maker.inet() + (maker.netdev() if maker.maybe() else "")
