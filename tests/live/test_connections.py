#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that go on though new rules would not admit them: listed, and cut.

A host between two others, real connections in both families: begun there and begun
here, permitted and not, translated, protected, forwarded.  What the kernel tracks
before and after is what conntrack(8) says; whether a connection lives, its two ends.
"""
import contextlib
import os
import re
import socket
import subprocess
import time

from lab import Lab, Report, arguments

TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
NUMBERS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMP6}
FAMILIES = (socket.AF_INET, socket.AF_INET6)
HOST = {socket.AF_INET: "10.79.0.1", socket.AF_INET6: "fd79::1"}
PEER = {socket.AF_INET: "10.79.0.2", socket.AF_INET6: "fd79::2"}
SIDE_HOST = {socket.AF_INET: "10.79.1.1", socket.AF_INET6: "fd79:1::1"}
SIDE_PEER = {socket.AF_INET: "10.79.1.2", socket.AF_INET6: "fd79:1::2"}
KEPT, FORBIDDEN, PROTECTED, TO_KEPT, TO_FORBIDDEN, FORWARDED = range(5000, 5006)
SILENCE = 0.2  # seconds in which an answer would have come

SITE = f"""site = "connections";
hosts = ( {{ name = "host"; roles = [ "server" ];
            addresses = [ "10.79.0.1", "fd79::1", "10.79.1.1", "fd79:1::1" ]; }} );
roles = ( {{ name = "server"; }}, {{ name = "friend"; }} );
peers = ( {{ name = "peer"; roles = [ "friend" ]; addresses = [ "10.79.0.2", "fd79::2" ]; }},
          {{ name = "side"; roles = [ "friend" ]; addresses = [ "10.79.1.2", "fd79:1::2" ]; }} );
flows = ( {{ id = "in"; from = "friend"; to = "server"; tcp = {KEPT}; udp = {KEPT}; }},
          {{ id = "out"; from = "server"; to = "friend"; tcp = {KEPT}; udp = {KEPT}; }} );
"""

# What was there before: it tracks, and lets everything pass; the translation stays.
BEFORE = f"""table inet before {{
  chain in {{ type filter hook input priority 10; ct state new,established accept; }}
  chain on {{ type filter hook forward priority 10; ct state new,established accept; }}
}}
table inet translation {{
  chain to {{ type nat hook prerouting priority dstnat;
             tcp dport {TO_KEPT} redirect to :{KEPT}
             tcp dport {TO_FORBIDDEN} redirect to :{FORBIDDEN}; }}
}}
"""

# rolewall does not write such a rule, and does not know what it lets in: nothing.
STRANGE = "insert rule inet rolewall input meta cpu 9999 accept"


class Pair:
    """A connection with both of its ends in hand."""

    def __init__(self, protocol, client, server, target, port, listens_on=None):
        self.protocol = protocol
        self.family = socket.AF_INET6 if ":" in target else socket.AF_INET
        kind = socket.SOCK_STREAM if protocol == TCP else socket.SOCK_DGRAM
        self.door = server.socket(self.family, kind)
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.door.bind((target, listens_on or port))
        self.client = client.socket(self.family, kind)
        self.client.settimeout(5)
        if protocol == TCP:
            self.door.listen()
        self.client.connect((target, port))
        if protocol == TCP:
            self.server = self.door.accept()[0]
            self.door.close()
        else:
            self.server = self.door
        self.own = self.client.getsockname()[:2]
        self.target = (target, listens_on or port)
        self.token = 0
        if protocol == UDP:
            self.client.send(b"hello")
            self.server.connect(self.server.recvfrom(100)[1])
        if not self.lives(5):
            raise RuntimeError(f"no connection to {target} {port}")

    def carries(self, sender, receiver, seconds):
        self.token += 1
        token = b"%08d" % self.token
        receiver.settimeout(seconds)
        until = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            sender.send(token)
            while time.monotonic() < until:
                if token in receiver.recv(1000):
                    return True
        return False

    def ways(self, seconds):
        """Whether it carries from the client, and from the server."""
        return (self.carries(self.client, self.server, seconds),
                self.carries(self.server, self.client, seconds))

    def lives(self, seconds=1):
        return self.ways(seconds) == (True, True)

    def line(self, direction, state="refused"):
        """As the program lists it."""
        chain = "input" if direction == "in" else "output"
        return (f"{direction} {self.protocol} {self.own[0]} {self.own[1]} {self.target[0]} "
                f"{self.target[1]} {state} policy of chain \"{chain}\"")

    def close(self):
        self.client.close()
        self.server.close()


class Site:
    """Two namespaces and the host between them, under the rules from before."""

    def __init__(self, lab, name, text=SITE):
        self.lab = lab
        self.host = lab.namespace(f"{name}-host")
        self.peer, self.side = lab.namespace(f"{name}-peer"), lab.namespace(f"{name}-side")
        lab.wire(self.host, "eth0", self.peer, "far0")
        lab.wire(self.host, "eth1", self.side, "far1")
        for namespace, device, addresses in (
                (self.host, "eth0", HOST), (self.host, "eth1", SIDE_HOST),
                (self.peer, "far0", PEER), (self.side, "far1", SIDE_PEER)):
            for family, address in addresses.items():
                options = ("nodad",) if family == socket.AF_INET6 else ()
                namespace.run("ip", "address", "add",
                              f"{address}/{64 if options else 24}", "dev", device, *options)
        for namespace, gateways in ((self.peer, HOST), (self.side, SIDE_HOST)):
            for gateway in gateways.values():
                namespace.run("ip", "route", "add", "default", "via", gateway)
        self.host.sysctl("net.ipv4.ip_forward", 1)
        self.host.sysctl("net.ipv6.conf.all.forwarding", 1)
        self.host.nft("-f", lab.write("before.nft", BEFORE))
        self.write_rules(name, text)

    def write_rules(self, name, text):
        site = self.lab.write(f"{name}.cfg", text)
        self.saved = self.lab.path(f"{name}.saved")
        self.script = self.lab.path(f"{name}.nft")
        for form, path in (("saved", self.saved), ("nft", self.script)):
            self.lab.rolewall("compile", site, "--host", "host", f"--format={form}",
                              "-o", path)

    def load(self):
        self.host.nft("delete", "table", "inet", "before")
        self.host.nft("-f", self.script)

    def tracked(self):
        """The original direction of each tracked connection, as conntrack(8) has it."""
        entries = set()
        for family in ("ipv4", "ipv6"):
            text = self.host.run("conntrack", "-L", "-f", family).stdout
            for line in text.splitlines():
                name = line.split()[0]
                values = re.findall(r"\b(src|dst|sport|dport|type|id)=(\S+)", line)
                entries.add((NUMBERS[name], *(value for _, value in values[:4])))
        return entries

    def close(self):
        for namespace in (self.host, self.peer, self.side):
            self.lab.drop_namespace(namespace)


class Listing:
    """The program that lists, and cuts when it is told."""

    def __init__(self, lab, site, *paths, namespace=None, rules=None):
        program = os.path.join(os.path.dirname(lab.program), "rolewall-connections")
        self.process = subprocess.Popen(
            [program, rules or site.saved, (namespace or site.host).name, *paths],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        while line := self.process.stdout.readline():
            if line.startswith("listed "):
                self.seen = int(line.split()[3])
                return
            self.lines.append(line.rstrip("\n"))
        raise RuntimeError(f"no listing: {self.process.stderr.read()}")

    def end(self, text=""):
        rest, errors = self.process.communicate(text, timeout=60)
        if self.process.returncode != 0:
            raise RuntimeError(f"{self.process.args}: {errors}")
        return rest.strip()

    def cut(self):
        return int(self.end("cut\n").split()[1])


def open_connections(site):
    """Name to connection, direction and what is to be said of it: None: it is admitted."""
    pairs = {}
    host, peer, side = site.host, site.peer, site.side
    for family in FAMILIES:
        for protocol in (TCP, UDP):
            mark = f"{'tcp' if protocol == TCP else 'udp'}{4 if family == FAMILIES[0] else 6}"
            for name, direction, state, *ends in (
                    ("kept in", "in", None, peer, host, HOST, KEPT),
                    ("cut in", "in", "refused", peer, host, HOST, FORBIDDEN),
                    ("cut in by eth1", "in", "refused", side, host, SIDE_HOST, FORBIDDEN),
                    ("kept out", "out", None, host, peer, PEER, KEPT),
                    ("cut out", "out", "refused", host, side, SIDE_PEER, FORBIDDEN),
                    ("forwarded", None, None, peer, side, SIDE_PEER, FORWARDED),
                    ("own", None, None, host, host, HOST, FORBIDDEN + 1000)):
                pair = Pair(protocol, ends[0], ends[1], ends[2][family], ends[3])
                pairs[f"{mark} {name}"] = pair, direction, state
        mark = f"tcp{4 if family == FAMILIES[0] else 6}"
        address = HOST[family]
        pairs[f"{mark} protected"] = (
            Pair(TCP, peer, host, address, PROTECTED), "in", "protected")
        pairs[f"{mark} translated, kept"] = (
            Pair(TCP, peer, host, address, TO_KEPT, KEPT), "in", None)
        pairs[f"{mark} translated, cut"] = (
            Pair(TCP, peer, host, address, TO_FORBIDDEN, FORBIDDEN), "in", "refused")
    return pairs


def ping(site):
    """One in each family, answered: tracked for half a minute."""
    lines = []
    for family, protocol, kind in ((FAMILIES[0], ICMP, b"\x08"), (FAMILIES[1], ICMP6, b"\x80")):
        made = site.peer.socket(family, socket.SOCK_RAW, protocol)
        made.settimeout(5)
        made.connect((HOST[family], 0))
        body = b"\0\x07\0\x01"
        check = 0xFFFF - (kind[0] * 256 + 8) if protocol == ICMP else 0
        made.send(kind + b"\0" + check.to_bytes(2, "big") + body)
        made.recv(1000)
        made.close()
        lines.append(f"in {protocol} {PEER[family]} 0 {HOST[family]} 0 refused "
                     "policy of chain \"input\"")
    return lines


def entry_of(pair, port=None):
    return (pair.protocol, pair.own[0], pair.target[0], str(pair.own[1]),
            str(port or pair.target[1]))


def check_lives(report, pairs, dead=()):
    for name, (pair, *_) in pairs.items():
        if name in dead:
            ways = pair.ways(SILENCE)
            report.check(ways == (False, False), f"{name}: carries {ways} after the cut")
        else:
            report.check(pair.lives(), f"{name}: no longer carries")


def check_listing(report, lines, expected, what):
    for line in sorted(set(expected) - set(lines)):
        report.check(False, f"{what}: not listed: {line}")
    for line in sorted(set(lines) - set(expected)):
        report.check(False, f"{what}: listed: {line}")
    report.check(len(lines) == len(expected),
                 f"{what}: {len(lines)} lines, not {len(expected)}")


def test_cut(lab, report):
    site = Site(lab, "cut")
    pairs = open_connections(site)
    pings = ping(site)
    expected = pings + [pair.line(direction, state)
                        for pair, direction, state in pairs.values() if state]
    listing = Listing(lab, site, f"tcp/{PROTECTED}")
    check_listing(report, listing.lines, expected, "before the rules")
    here = len(pings) + sum(1 for _, direction, _ in pairs.values() if direction)
    report.check(listing.seen == here, f"{listing.seen} seen, not {here}")
    report.check(listing.end() == "", "something was cut unasked")

    site.load()
    # forwarded traffic has no rules, but is established
    check_lives(report, pairs)
    listing = Listing(lab, site, f"tcp/{PROTECTED}")
    check_listing(report, listing.lines, expected, "under the rules")
    before = site.tracked()
    dead = [name for name, (*_, state) in pairs.items() if state == "refused"]
    count = listing.cut()
    gone = before - site.tracked()
    report.check(count == len(dead) + len(pings), f"{count} cut, not {len(dead)} and pings")
    wanted = {entry_of(pairs[name][0], TO_FORBIDDEN if "translated" in name else None)
              for name in dead}
    wanted |= {entry for entry in before if entry[0] in (ICMP, ICMP6)}
    report.check(gone == wanted, f"gone but not to be cut: {sorted(gone - wanted)}; "
                                 f"to be cut but there: {sorted(wanted - gone)}")
    check_lives(report, pairs, dead)
    again = Listing(lab, site, f"tcp/{PROTECTED}")
    check_listing(report, again.lines,
                  [line for line in expected if " protected " in line], "after the cut")
    report.check(again.cut() == 0, "a protected connection was cut")
    check_lives(report, {name: value for name, value in pairs.items()
                         if value[2] == "protected"})
    for pair, *_ in pairs.values():
        pair.close()
    site.close()
    return len(pairs)


def tuple_words(source, target, sport, dport):
    return ("-s", source, "-d", target, "-p", "udp", "--sport", str(sport), "--dport",
            str(dport))


def number_of(host, words):
    """The kernel's own number of an entry; made of its addresses and its memory."""
    return re.search(r"\bid=(\d+)", host.run("conntrack", "-L", "-o", "id", *words).stdout)[1]


def replace(host, words):
    """Another connection in the place of one, in other memory, and with fillers in that."""
    old = number_of(host, words)
    for port in range(int(words[-3]), 65536):  # fillers of its own
        host.run("conntrack", "-D", *words)
        host.run("conntrack", "-I", *tuple_words("192.0.2.1", "192.0.2.2", port, port),
                 "--timeout", "60")
        host.run("conntrack", "-I", *words, "--timeout", "60")
        if number_of(host, words) != old:
            return
    raise RuntimeError("the kernel gives the same memory again and again")


def test_meanwhile(lab, report):
    """Between list and cut one ends by itself, and one gives its place to another."""
    site = Site(lab, "meanwhile")
    pairs = [Pair(UDP, site.host, site.peer, PEER[family], FORBIDDEN + step)
             for family in FAMILIES for step in range(3)]
    words = [tuple_words(pair.own[0], pair.target[0], pair.own[1], pair.target[1])
             for pair in pairs]
    listing = Listing(lab, site)
    check_listing(report, listing.lines, [pair.line("out") for pair in pairs], "meanwhile")
    for gone, replaced in ((0, 1), (3, 4)):
        site.host.run("conntrack", "-D", *words[gone])
        replace(site.host, words[replaced])
    report.check(listing.cut() == 2, "those that had ended were counted")
    left = {entry for entry in site.tracked() if entry[1] != "192.0.2.1"}
    report.check(left == {entry_of(pairs[1]), entry_of(pairs[4])}, f"left: {sorted(left)}")
    for pair in pairs:
        pair.close()
    site.close()


def test_zones(lab, report):
    """The same connection, as addresses go, in two zones of tracking."""
    site = Site(lab, "zones")
    pair = Pair(UDP, site.peer, site.host, HOST[socket.AF_INET], FORBIDDEN)
    ends = tuple_words(pair.own[0], pair.target[0], pair.own[1], pair.target[1])
    # not answered: not to be cut
    site.host.run("conntrack", "-I", *ends, "--timeout", "60", "--zone", "7")
    # answered, and nothing like it in the zone that is no zone
    other = tuple_words(PEER[socket.AF_INET], HOST[socket.AF_INET], 777, 778)
    site.host.run("conntrack", "-I", *other, "--timeout", "60", "--zone", "9", "--status",
                  "SEEN_REPLY")
    listing = Listing(lab, site)
    report.check(len(listing.lines) == 2, f"in zones: {listing.lines}")
    report.check(listing.cut() == 2, "both are cut")
    left = site.host.run("conntrack", "-L").stdout
    report.check(len(left.splitlines()) == 1 and "zone=7" in left, f"left in zones: {left}")
    pair.close()
    site.close()


def test_revival(lab, report):
    """Where this host may begin anything, its next segment brings nothing back."""
    site = Site(lab, "revival", SITE + 'policy = { outbound = "accept"; };\n')
    pairs = {f"in, to {address}": (Pair(TCP, site.peer, site.host, address, FORBIDDEN),)
             for address in HOST.values()}
    site.load()
    listing = Listing(lab, site)
    check_listing(report, listing.lines, [pair.line("in") for pair, in pairs.values()],
                  "to be brought back")
    report.check(listing.cut() == len(pairs), "not all were cut")
    for name, (pair,) in pairs.items():
        with contextlib.suppress(ConnectionResetError):
            pair.client.settimeout(2)
            report.check(pair.client.recv(1) is None, f"{name}: the peer was not told")
        report.check(pair.server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0,
                     f"{name}: the program was not told")
    for _ in range(2):
        check_lives(report, pairs, pairs)
    report.check(not site.tracked(), f"tracked again: {site.tracked()}")
    for pair, in pairs.values():
        pair.close()
    site.close()


def test_listener(lab, report):
    """A connection that has no socket any more is not mistaken for who listens there."""
    site = Site(lab, "listener")
    for family, target in HOST.items():
        door = site.host.socket(family, socket.SOCK_STREAM)
        door.bind((target, FORBIDDEN))
        door.listen()
        site.host.run("conntrack", "-I", "-p", "tcp", "-s", PEER[family], "-d", target,
                      "--sport", "1234", "--dport", str(FORBIDDEN), "--timeout", "60",
                      "--state", "ESTABLISHED", "--status", "SEEN_REPLY,ASSURED")
        report.check(Listing(lab, site).cut() == 1, f"{target}: not cut")
        report.check(door.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1,
                     f"{target}: nobody listens any more")
        door.close()
    report.check(not [one for one in site.tracked() if one[0] == TCP], "it is tracked yet")
    site.close()


def test_unknown(lab, report):
    """What rolewall does not understand may decide: told, and never cut."""
    site = Site(lab, "unknown")
    ip4 = socket.AF_INET
    pairs = {"unknown": (Pair(TCP, site.peer, site.host, HOST[ip4], FORBIDDEN),),
             "cut": (Pair(TCP, site.host, site.peer, PEER[ip4], FORBIDDEN),)}
    site.load()
    site.host.nft(STRANGE)
    listing = Listing(lab, site, rules="live")
    unknown = pairs["unknown"][0].line("in", "unknown").partition(" policy")[0]
    expected = [f"{unknown} not understood: a rule of chain \"input\"",
                pairs["cut"][0].line("out")]
    check_listing(report, listing.lines, expected, "of a stranger's rule")
    report.check(listing.cut() == 1, "one is understood")
    check_lives(report, pairs, ["cut"])
    for pair, in pairs.values():
        pair.close()
    site.close()


def test_nothing(lab, report):
    """Where nothing is tracked, no library is loaded: it costs more than it does."""
    site = Site(lab, "nothing")
    for namespace in (lab.namespace("idle"), site.host):
        loads = namespace is site.host
        pair = Pair(UDP, site.peer, site.host, HOST[socket.AF_INET], KEPT) if loads else None
        listing = Listing(lab, site, namespace=namespace)
        with open(f"/proc/{listing.process.pid}/maps", encoding="utf-8") as maps:
            report.check(("libnetfilter_conntrack" in maps.read()) == loads,
                         f"{namespace.name}: the library is {'not ' if loads else ''}loaded")
        report.check((listing.lines, listing.seen) == ([], int(loads)), f"{listing.lines}")
        report.check(listing.cut() == 0, "nothing was there to be cut")
        if pair:
            pair.close()
    site.close()


def main():
    lab, report = Lab(*arguments("test_connections.py"), tools=("conntrack",)), Report()
    count = test_cut(lab, report)
    test_meanwhile(lab, report)
    test_zones(lab, report)
    test_revival(lab, report)
    test_listener(lab, report)
    test_unknown(lab, report)
    test_nothing(lab, report)
    report.finish(f"{count} connections under rules that forbid some")


if __name__ == "__main__":
    main()
