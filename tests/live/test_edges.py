#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What passes and what does not beside the roles' flows: neighbour discovery, errors,
path MTU, monitoring and management interfaces, loopback, rates, groups, policies.

Each case is a site of its own on one host with three interfaces (eth0 management, eth1
monitoring, eth2 neither) and real packets to and from the machine at their other ends.
"""
import errno
import contextlib
import itertools
import socket
import struct
import subprocess
import time

from lab import Lab, Report, arguments
from packet import (GRE, ICMP, ICMP6, MAGIC, SCTP, TCP, UDP, Sender, Witness, fold,
                    ones_sum, packed, tcp_syn)

HOST = ["10.78.0.1", "fd78::1"]
FRIEND = ["10.78.0.2", "fd78::2"]
STRANGER = ["10.78.0.3", "fd78::3"]
SIDE_HOST = ["10.78.2.1", "fd78:2::1"]  # on eth2
SIDE_FRIEND = ["10.78.2.2", "fd78:2::2"]
SPOOFED = ["10.78.2.9", "fd78:2::9"]    # routed by eth2, sent by eth0

FAMILIES = (socket.AF_INET, socket.AF_INET6)

SITE = """site = "edges";
roles = ( {{ name = "server"; }}, {{ name = "friend"; }} );
hosts = ( {{ name = "host"; roles = [ "server" ];
            addresses = [ "10.78.0.1", "fd78::1", "10.78.2.1", "fd78:2::1" ]; {host} }} );
peers = ( {{ name = "friends"; roles = [ "friend" ];
            addresses = [ "10.78.0.2", "fd78::2", "10.78.2.2", "fd78:2::2", "10.78.2.9",
                          "fd78:2::9" ]; }} );
flows = ( {flows} );
{rest}
"""
WEB = '{ id = "web"; from = "friend"; to = "server"; tcp = 80; }'
LOG = '{ id = "log"; from = "server"; to = "friend"; udp = 514; tcp = 514; }'


class Bench:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.host, self.peer = lab.namespace("host"), lab.namespace("peer")
        for number in range(3):
            lab.wire(self.host, f"eth{number}", self.peer, f"far{number}")
        for namespace, near, side in ((self.host, "eth0", "eth2"), (self.peer, "far0", "far2")):
            for addresses, device in self.cast(namespace, near, side):
                for address in addresses:
                    # A program of the friend's must not speak as the stranger.
                    life = "0" if address == STRANGER[1] else "forever"
                    options = ("nodad", "preferred_lft", life) if ":" in address else ()
                    length = "64" if ":" in address else "24"
                    namespace.run("ip", "address", "add", f"{address}/{length}", "dev",
                                  device, *options)
            namespace.sysctl("net.ipv4.conf.all.rp_filter", 0)
            for number in range(3):
                device = f"{near[:-1]}{number}"
                namespace.sysctl(f"net.ipv4.conf.{device}.rp_filter", 0)
        self.witness = Witness()
        self.witness.watch(self.host)
        self.witness.watch(self.peer)
        self.senders = {self.host: Sender(self.host), self.peer: Sender(self.peer)}
        self.number = 0
        self.sport = 41000

    def cast(self, namespace, near, side):
        if namespace is self.host:
            return (HOST, near), (SIDE_HOST, side)
        return (FRIEND, near), (STRANGER, near), (SIDE_FRIEND, side)

    def load(self, flows=WEB, host="", rest=""):
        site = self.lab.write("edges.cfg", SITE.format(flows=flows, host=host, rest=rest))
        self.lab.apply(self.host, site, "host")
        return site

    def passes(self, sender, protocol, source, target, ports, device=None):
        """Whether a forged packet of a connection of its own arrives."""
        self.number += 1
        self.sport += 1
        sport, dport = ports
        self.senders[sender].send(protocol, source, target, (sport or self.sport, dport),
                                  self.number, device)
        self.witness.collect(0.05)
        return self.number in self.witness.seen

    def want(self, expected, text, *arguments, **options):
        found = self.passes(*arguments, **options)
        self.report.check(found == expected,
                          f"{text}: {'passed' if found else 'dropped'}")

    def incoming(self, expected, text, protocol, port, sources=tuple(FRIEND),
                 targets=tuple(HOST), sport=0, families=(0, 1)):
        for family in families:
            self.want(expected, f"{text}, in from {sources[family]}", self.peer, protocol,
                      sources[family], targets[family], (sport, port))

    def outgoing(self, expected, text, protocol, port, targets=tuple(FRIEND),
                 sources=tuple(HOST), sport=0, families=(0, 1)):
        for family in families:
            self.want(expected, f"{text}, out to {targets[family]}", self.host, protocol,
                      sources[family], targets[family], (sport, port))


# ---- what always passes ------------------------------------------------------------


def connects(namespace, family, target, port, seconds=1.0):
    """0, or the errno of a connection attempt; ETIMEDOUT when nothing answers."""
    with namespace.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(seconds)
        try:
            client.connect((target, port))
        except TimeoutError:
            return errno.ETIMEDOUT
        except OSError as error:
            return error.errno
    return 0


def listener(namespace, family, address, port):
    made = namespace.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    made.listen()
    return made


def neighbours_from_cold(bench):
    bench.load(WEB + ", " + LOG)
    for family, index in zip(FAMILIES, (0, 1)):
        with listener(bench.host, family, HOST[index], 80), \
                listener(bench.peer, family, FRIEND[index], 514):
            for namespace, target, port in ((bench.peer, HOST, 80), (bench.host, FRIEND, 514)):
                bench.host.run("ip", "neigh", "flush", "all")
                bench.peer.run("ip", "neigh", "flush", "all")
                result = connects(namespace, family, target[index], port, 3)
                bench.report.check(result == 0, f"cold cache, to {target[index]}: "
                                   f"{errno.errorcode.get(result)}")


def discovery(kind, number):
    option = struct.pack("!BB", 253, 2) + MAGIC + struct.pack("!I", number) + bytes(6)
    body = bytes(4) if kind != 134 else bytes(12)
    target = packed(HOST[1]) if kind in (135, 136) else b""
    return struct.pack("!BBH", kind, 0, 0) + body + target + option


def discovery_needs_hop_limit_255(bench):
    bench.load()
    sent = {}
    with bench.host.socket(socket.AF_INET6, socket.SOCK_RAW, ICMP6) as eye, \
            bench.peer.socket(socket.AF_INET6, socket.SOCK_RAW, ICMP6) as sender:
        eye.setblocking(False)
        sender.bind((FRIEND[1], 0))
        for kind, hops in itertools.product((134, 135, 136), (255, 254, 64)):
            bench.number += 1
            sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
            sender.sendto(discovery(kind, bench.number), (HOST[1], 0))
            sent[bench.number] = (kind, hops)
            time.sleep(0.02)
        seen = numbers_read(eye)
    for number, (kind, hops) in sent.items():
        # Router advertisements are taken from a router's link-local address alone.
        if kind == 134 and hops == 255:
            continue
        bench.report.check((number in seen) == (hops == 255),
                           f"neighbour discovery {kind} with hop limit {hops}: "
                           f"{'passed' if number in seen else 'dropped'}")


def numbers_read(eye):
    found = set()
    while True:
        try:
            data = eye.recv(2048)
        except BlockingIOError:
            return found
        at = data.find(MAGIC)
        if at >= 0:
            found.add(struct.unpack_from("!I", data, at + 4)[0])


def listener_reports_leave(bench):
    bench.load()
    with capture(bench.peer, "far0") as eye, \
            bench.host.socket(socket.AF_INET6, socket.SOCK_DGRAM) as member:
        with bench.host.entered():
            index = socket.if_nametoindex("eth0")
        member.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                          packed("ff02::1234") + struct.pack("@I", index))
        time.sleep(0.3)
        frames = captured(eye)
    bench.report.check(any(is_listener_report(frame) for frame in frames),
                       "no multicast listener report came out")


def is_listener_report(frame):
    # Ethernet, IPv6, hop-by-hop options of 8 bytes, then ICMPv6 type 143 or 131.
    return frame[12:14] == b"\x86\xdd" and frame[20] == 0 and frame[62] in (131, 143)


def ping_by_choice(bench):
    for rest, expected in (("", False), ('policy = { icmp = "ping"; };', True)):
        bench.load(rest=rest)
        for family, protocol in ((0, ICMP), (1, ICMP6)):
            bench.incoming(expected, f"echo with {rest or 'essential'}", protocol, 0,
                           families=(family,))
            bench.incoming(expected, f"echo with {rest or 'essential'}", protocol, 0,
                           families=(family,), sources=STRANGER)


def path_mtu_errors_pass(bench):
    bench.load(LOG)
    for index, family in enumerate(FAMILIES):
        with bench.host.socket(family, socket.SOCK_DGRAM) as client, \
                bench.peer.socket(family, socket.SOCK_RAW, (ICMP, ICMP6)[index]) as router:
            client.connect((FRIEND[index], 514))
            client.send(b"large")
            sport = client.getsockname()[1]
            router.bind((STRANGER[index], 0))  # any router on the way may say it
            router.sendto((too_big4, too_big6)[index](sport, 514), (HOST[index], 0))
            time.sleep(0.1)
            route = bench.host.run("ip", f"-{(4, 6)[index]}", "route", "get",
                                   FRIEND[index]).stdout
            bench.report.check("mtu 1400" in route,
                               f"path MTU not learnt by IPv{(4, 6)[index]}: {route}")
            bench.host.run("ip", f"-{(4, 6)[index]}", "route", "flush", "cache")


def too_big4(sport, dport):
    datagram = struct.pack("!HHHH", sport, dport, 1480, 0)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1500, 1, 0x4000, 64, UDP, 0,
                         packed(HOST[0]), packed(FRIEND[0]))
    header = header[:10] + struct.pack("!H", fold(ones_sum(header))) + header[12:]
    message = struct.pack("!BBHHH", 3, 4, 0, 0, 1400) + header + datagram
    return message[:2] + struct.pack("!H", fold(ones_sum(message))) + message[4:]


def too_big6(sport, dport):
    datagram = struct.pack("!HHHH", sport, dport, 1452, 0)
    header = struct.pack("!IHBB16s16s", 6 << 28, 1452, UDP, 64, packed(HOST[1]),
                         packed(FRIEND[1]))
    return struct.pack("!BBHI", 2, 0, 0, 1400) + header + datagram


def loopback_passes(bench):
    bench.load()
    for family, address in zip(FAMILIES * 2, ("127.0.0.1", "::1", *HOST)):
        with listener(bench.host, family, address, 9999):
            result = connects(bench.host, family, address, 9999)
            bench.report.check(result == 0,
                               f"loopback to {address}: {errno.errorcode.get(result)}")
    # Loopback addresses from outside are nobody's.
    bench.incoming(False, "closed port", TCP, 9999)


# ---- interfaces ----------------------------------------------------------------------


def capture(namespace, device):
    with namespace.entered():
        eye = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        eye.bind((device, 3))
    eye.setblocking(False)
    return eye


def captured(eye):
    """The frames that came in by the device; what its own machine sent is not among them."""
    frames = []
    while True:
        try:
            frame, address = eye.recvfrom(2048)
        except BlockingIOError:
            return frames
        if address[2] != socket.PACKET_OUTGOING:
            frames.append(frame)


def hardware_address(namespace, device):
    text = namespace.run("ip", "-o", "link", "show", device).stdout
    return bytes.fromhex(text.split("link/ether ")[1].split()[0].replace(":", ""))


def mirrored_frame(bench, index, target):
    """A connection that the host would take by eth0, in a frame for `target`."""
    bench.number += 1
    bench.sport += 1
    source, to = packed(FRIEND[index]), packed(HOST[index])
    segment = tcp_syn(source, to, bench.sport, 80, MAGIC + struct.pack("!I", bench.number))
    if index == 0:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 1, 0, 64, TCP, 0,
                             source, to)
        header = header[:10] + struct.pack("!H", fold(ones_sum(header))) + header[12:]
    else:
        header = struct.pack("!IHBB16s16s", 6 << 28, len(segment), TCP, 64, source, to)
    kind = (b"\x08\x00", b"\x86\xdd")[index]
    return bench.number, target + b"\x02\0\0\0\0\x01" + kind + header + segment


def monitor_port_is_deaf_and_mute(bench):
    for host, expected in (("", True), ('interfaces = { monitor = [ "eth1" ]; };', False)):
        bench.load(WEB + ", " + LOG, host=host)
        with capture(bench.host, "eth1") as inside, capture(bench.peer, "far1") as outside:
            own = hardware_address(bench.host, "eth1")
            frames = [mirrored_frame(bench, index, target) for index, target in
                      itertools.product((0, 1), (own, b"\xff" * 6))]
            for _, frame in frames:
                outside.send(frame)
            bench.witness.collect(0.1)
            for number, frame in frames:
                bench.report.check((number in bench.witness.seen) == expected,
                                   f"mirrored frame, {host or 'no monitor'}: "
                                   f"{'reached' if not expected else 'did not reach'} the stack")
            got = [frame for frame in captured(inside) if MAGIC in frame]
            bench.report.check(len(got) == len(frames),
                               f"a capture saw {len(got)} of {len(frames)} mirrored frames")
            captured(outside)
            speak_on_monitor(bench)
            heard = captured(outside)
            for kind in (b"\x08\x00", b"\x86\xdd", RAW_KIND):
                found = any(frame[12:14] == kind for frame in heard)
                bench.report.check(found or not expected, f"no frame of {kind.hex()} left "
                                   "by eth1 without a monitor: the test hears nothing")
            bench.report.check(bool(heard) == expected, f"{len(heard)} frames left by "
                               f"eth1, {host or 'no monitor'}")


RAW_KIND = b"\x88\xb5"  # for local experiments: no protocol of the stack


def speak_on_monitor(bench):
    """All ways out that the host's own stack has, and one beside it."""
    with capture(bench.host, "eth1") as raw:
        with contextlib.suppress(OSError):
            raw.send(b"\xff" * 6 + b"\x02\0\0\0\0\x01" + RAW_KIND + b"\0" * 46)
    for index, family in enumerate(FAMILIES):
        group = ("224.0.0.251", "ff02::fb")[index]
        for target, port in ((FRIEND[index], 514), (group, 514)):
            with bench.host.socket(family, socket.SOCK_DGRAM) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth1\0")
                if target == FRIEND[index]:
                    bench.host.run("ip", "neigh", "replace", target, "lladdr",
                                   "02:00:00:00:00:02", "dev", "eth1")
                    bench.host.run("ip", f"-{(4, 6)[index]}", "route", "replace", target,
                                   "dev", "eth1", "metric", "9")
                try:
                    client.sendto(b"leak", (target, port))
                except OSError:
                    pass
    # The kernel itself talks when a link comes up: discovery, listener reports, ARP.
    bench.host.run("ip", "link", "set", "eth1", "down")
    bench.host.run("ip", "link", "set", "eth1", "up")
    time.sleep(1.5)


def management_interface_alone(bench):
    for host, expected in (("", True), ('interfaces = { management = [ "eth0" ]; };', False)):
        bench.load(WEB + ", " + LOG, host=host)
        bench.incoming(True, f"management, {host}", TCP, 80)
        bench.outgoing(True, f"management, {host}", UDP, 514)
        bench.incoming(expected, f"other interface, {host}", TCP, 80, SIDE_FRIEND, SIDE_HOST)
        bench.outgoing(expected, f"other interface, {host}", UDP, 514, SIDE_FRIEND, SIDE_HOST)


def spoofed_addresses(bench):
    bench.host.run("ip", "route", "add", "10.78.9.0/24", "dev", "eth2")
    for rest, expected in (("", True), ("policy = { anti-spoof = true; };", False)):
        bench.load(rest=rest)
        for index in (0, 1):
            # A friend's address that lives behind eth2, arriving by eth0.
            device, address = "far0", SPOOFED[index]
            bench.peer.run("ip", "address", "add",
                           address + ("/128" if index else "/32"), "dev", device,
                           *(["nodad"] if index else []), check=False)
            bench.want(expected, f"spoofed {address}, {rest}", bench.peer, TCP, address,
                       HOST[index], (0, 80), device=device)
        bench.incoming(True, f"honest, {rest}", TCP, 80)


# ---- the language's other conditions -------------------------------------------------


def conditions_of_flows(bench):
    flows = """
      { id = "from-port"; from = "friend"; to = "server"; udp = 1000; source-port = 999; },
      { id = "stream"; from = "friend"; to = "server"; sctp = 2905; },
      { id = "ranges"; from = "friend"; to = "server"; tcp = ( 8000, "8010-8020" ); },
      { id = "ping"; from = "friend"; to = "server"; icmp = "echo-request"; icmpv6 = "echo-request"; },
      { id = "gre"; from = "friend"; to = "server"; protocol = 47; },
      { id = "six"; from = "friend"; to = "server"; tcp = 6666; family = "ip6"; },
      { id = "mutual"; from = "friend"; to = "server"; tcp = 7777; both-ways = true; },
      { id = "public"; from = "any"; to = "server"; tcp = 8888; }
    """
    bench.load(flows)
    bench.incoming(True, "source port", UDP, 1000, sport=999)
    bench.incoming(False, "other source port", UDP, 1000, sport=998)
    bench.incoming(True, "sctp", SCTP, 2905)
    bench.incoming(False, "sctp, next port", SCTP, 2906)
    bench.incoming(False, "tcp on an sctp port", TCP, 2905)
    for port, good in ((7999, False), (8000, True), (8001, False), (8009, False),
                       (8010, True), (8015, True), (8020, True), (8021, False)):
        bench.incoming(good, f"list of ports, {port}", TCP, port)
    for family, protocol in ((0, ICMP), (1, ICMP6)):
        bench.incoming(True, "echo by flow", protocol, 0, families=(family,))
        bench.incoming(False, "echo by flow", protocol, 0, STRANGER, families=(family,))
    bench.incoming(True, "gre", GRE, 0)
    bench.incoming(False, "gre", GRE, 0, STRANGER)
    bench.incoming(False, "one family", TCP, 6666, families=(0,))
    bench.incoming(True, "one family", TCP, 6666, families=(1,))
    bench.incoming(True, "both ways", TCP, 7777)
    bench.outgoing(True, "both ways", TCP, 7777)
    bench.outgoing(False, "both ways, to a stranger", TCP, 7777, STRANGER)
    bench.incoming(True, "any", TCP, 8888, STRANGER)
    bench.outgoing(False, "any, the other way", TCP, 8888, STRANGER)


def groups_are_listened_to(bench):
    bench.load('{ id = "group"; from = "friend"; to = "server"; udp = 5353; '
               'group = "224.0.0.251"; }, '
               '{ id = "group6"; from = "friend"; to = "server"; udp = 5353; '
               'group = "ff02::fb"; }')
    groups = ("224.0.0.251", "ff02::fb")
    with bench.host.entered(), \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four, \
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
        index = socket.if_nametoindex("eth0")
        four.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        packed(groups[0]) + packed(HOST[0]) + struct.pack("@I", index))
        six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                       packed(groups[1]) + struct.pack("@I", index))
        for family in (0, 1):
            for sources, port, good in ((FRIEND, 5353, True), (STRANGER, 5353, False),
                                        (FRIEND, 5354, False)):
                bench.want(good, f"group {groups[family]} port {port}", bench.peer, UDP,
                           sources[family], groups[family], (0, port), device="far0")


def new_connections_are_rated(bench):
    flows = ('{ id = "slow"; from = "any"; to = "server"; tcp = 80; '
             'rate = "3/minute burst 3"; }')
    bench.load(flows)
    for family in (0, 1):
        for sources in (FRIEND, STRANGER):
            count = sum(bench.passes(bench.peer, TCP, sources[family], HOST[family], (0, 80))
                        for _ in range(10))
            bench.report.check(count == 3, f"{count} of 10 connections from "
                               f"{sources[family]}, not 3")


def dhcp_by_choice(bench):
    for rest, expected in (("", False), ("policy = { dhcp-client = true; };", True)):
        bench.load(rest=rest)
        bench.incoming(expected, f"DHCP answer, {rest}", UDP, 68, STRANGER, sport=67,
                       families=(0,))
        with bench.host.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, \
                capture(bench.peer, "far0") as eye:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0\0")
            client.bind(("", 68))
            try:
                client.sendto(b"discover", ("255.255.255.255", 67))
            except PermissionError:
                pass
            time.sleep(0.05)
            heard = any(b"discover" in frame for frame in captured(eye))
            bench.report.check(heard == expected, f"DHCP discover, {rest}: left is {heard}")


def rejections_are_told(bench):
    bench.load(rest='policy = { inbound = "reject"; outbound = "reject"; };')
    for index, family in enumerate(FAMILIES):
        for namespace, target in ((bench.peer, HOST), (bench.host, FRIEND)):
            result = connects(namespace, family, target[index], 81, 0.8)
            bench.report.check(result == errno.ECONNREFUSED,
                               f"reject to {target[index]}: {errno.errorcode.get(result)}")
    bench.load()
    for index, family in enumerate(FAMILIES):
        result = connects(bench.peer, family, HOST[index], 81, 0.5)
        bench.report.check(result == errno.ETIMEDOUT,
                           f"drop is not silent: {errno.errorcode.get(result)}")


# ---- through a change -----------------------------------------------------------------


def established_survives(bench):
    bench.load(WEB + ", " + LOG)
    talks = []
    for index, family in enumerate(FAMILIES):
        server = listener(bench.host, family, HOST[index], 80)
        client = bench.peer.socket(family, socket.SOCK_STREAM)
        client.settimeout(2)
        client.connect((HOST[index], 80))
        talks.append((server, client, server.accept()[0]))
    for flows in (WEB + ", " + LOG, LOG, WEB):  # unchanged, closed, opened again
        bench.load(flows)
        for index, (_, client, accepted) in enumerate(talks):
            accepted.settimeout(2)
            try:
                client.sendall(b"still there")
                good = accepted.recv(64) == b"still there"
                accepted.sendall(b"yes")
                good = good and client.recv(64) == b"yes"
            except OSError:
                good = False
            bench.report.check(good, f"a connection was cut by an apply, family {index}")
        bench.incoming("web" in flows, "new connection after the change", TCP, 80)
    for talk in talks:
        for each in talk:
            each.close()


CASES = (
    neighbours_from_cold, discovery_needs_hop_limit_255, listener_reports_leave,
    ping_by_choice, path_mtu_errors_pass, loopback_passes, monitor_port_is_deaf_and_mute,
    management_interface_alone, spoofed_addresses, conditions_of_flows,
    groups_are_listened_to, new_connections_are_rated, dhcp_by_choice,
    rejections_are_told, established_survives,
)


def main():
    lab = Lab(*arguments("test_edges.py"))
    report = Report()
    bench = Bench(lab, report)
    for case in CASES:
        print(case.__name__.replace("_", " "), flush=True)
        try:
            case(bench)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            report.check(False, f"{case.__name__}: {error}")
        lab.unload(bench.host)
    report.finish(f"{len(CASES)} cases, {bench.number} probes")


if __name__ == "__main__":
    main()
