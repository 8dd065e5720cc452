# SPDX-License-Identifier: GPL-2.0-or-later
"""Any packet to, from and through one host, and where it came out.

The host's interfaces eth0, eth1, ... lead to far0, far1, ... of a namespace that is a
mere wire: it answers nothing.  Whole frames come in, so that the source may be anybody;
what the host sends is made by raw sockets, past its own choice of addresses.
"""
import errno
import functools
import ipaddress
import select
import socket
import struct

from lab import SO_RCVBUFFORCE, run
from packet import (FORGES, ICMP, ICMP6, MAGIC, TCP, Witness, family_of, fold, ones_sum,
                    packed, pseudo_sum)

ESP = 50
IN, OUT, THROUGH = range(3)
INVALID, ESTABLISHED, NEW, UNTRACKED = 1, 2, 8, 64
IP6_HEADER_INCLUDED = 36
ETHER_TYPES = {socket.AF_INET: 0x0800, socket.AF_INET6: 0x86DD}
SIDE = tuple(map(ipaddress.ip_network, ("10.66.0.0/16", "fd66::/16")))  # behind eth1
LINK_LOCAL = ipaddress.ip_network("fe80::/10")
# what conntrack begins a connection by, and what it leaves alone
ICMP_OPENS = {ICMP: (8, 13, 15, 17), ICMP6: (128, 139)}
UNTRACKED_TYPES = (130, 131, 132, 133, 134, 135, 136, 143)


@functools.cache
def address_of(text):
    return ipaddress.ip_address(text)


@functools.cache
def interface_to(address):
    """That the host's routes choose."""
    return "eth1" if any(address_of(address) in side for side in SIDE) else "eth0"


class Packet:
    """One packet; `state` and `kind` are found out where they are not given."""

    __slots__ = ("way", "near", "out", "protocol", "source", "sport", "target", "dport",
                 "kind", "hops", "state", "number")

    def __init__(self, way, protocol, source, target, near="-", out="-", sport=0, dport=0,
                 kind=0, hops=64, state=None):
        self.way, self.near, self.out = way, near, out
        self.protocol, self.source, self.target = protocol, source, target
        self.sport, self.dport, self.kind, self.hops = sport, dport, kind, hops
        self.state = state or state_of(protocol, kind)
        self.number = None

    @property
    def cast(self):
        if self.way == OUT:
            return 0
        return 2 if address_of(self.target).is_multicast else int(self.target == "255.255.255.255")

    def has_route_back(self):
        return address_of(self.source) in LINK_LOCAL or \
            self.near == interface_to(self.source)

    def line(self):
        """For rolewall-evaluate."""
        return (f"{self.way} {self.near} {self.out} {self.protocol} {self.source} "
                f"{self.sport} {self.target} {self.dport} {self.kind} {self.hops} "
                f"{self.cast} {self.state} {int(self.has_route_back())}")

    def answer(self):
        """The packet back, of a connection that is established by it."""
        if self.way == OUT:
            return Packet(IN, self.protocol, self.target, self.source, near=self.out,
                          sport=self.dport, dport=self.sport, state=ESTABLISHED)
        return Packet(OUT, self.protocol, self.target, self.source,
                      out=interface_to(self.source), sport=self.dport, dport=self.sport,
                      state=ESTABLISHED)

    def tuple(self):
        """The same for both directions of one connection."""
        ends = sorted(((self.source, self.sport), (self.target, self.dport)))
        return self.protocol, self.kind, *ends

    def __str__(self):
        return (f"{('in', 'out', 'through')[self.way]} {self.near}>{self.out} protocol "
                f"{self.protocol} {self.source} {self.sport} -> {self.target} {self.dport} "
                f"type {self.kind} hops {self.hops} state {self.state}")


def state_of(protocol, kind):
    if protocol == ICMP6 and kind in UNTRACKED_TYPES:
        return UNTRACKED
    if protocol in ICMP_OPENS and kind not in ICMP_OPENS[protocol]:
        return INVALID
    return NEW


# ---- bytes -------------------------------------------------------------------------


def icmp(packet, body):
    message = struct.pack("!BBHHH", packet.kind, 0, 0, packet.number & 0xFFFF, 1) + body
    total = ones_sum(message)
    if packet.protocol == ICMP6:
        total += pseudo_sum(packed(packet.source), packed(packet.target), ICMP6, len(message))
    return message[:2] + struct.pack("!H", fold(total)) + message[4:]


def reset(packet, segment):
    """A reset of a connection that there is not."""
    segment = segment[:13] + b"\x04" + segment[14:16] + b"\0\0" + segment[18:]
    total = ones_sum(segment) + pseudo_sum(packed(packet.source), packed(packet.target), TCP,
                                           len(segment))
    return segment[:16] + struct.pack("!H", fold(total)) + segment[18:]


def payload(packet):
    body = MAGIC + struct.pack("!I", packet.number)
    if packet.protocol in (ICMP, ICMP6):
        return icmp(packet, body)
    if packet.protocol not in FORGES:
        return struct.pack("!II", packet.number, 1) + body
    made = FORGES[packet.protocol](packed(packet.source), packed(packet.target), packet.sport,
                                   packet.dport, body)
    return reset(packet, made) if packet.state == INVALID else made


def datagram(packet):
    content = payload(packet)
    if family_of(packet.source) == socket.AF_INET6:
        return struct.pack("!IHBB", 6 << 28, len(content), packet.protocol, packet.hops) + \
            packed(packet.source) + packed(packet.target) + content
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(content), packet.number & 0xFFFF, 0,
                         packet.hops, packet.protocol, 0)
    header += packed(packet.source) + packed(packet.target)
    return header[:10] + struct.pack("!H", fold(ones_sum(header))) + header[12:] + content


def is_itself(data, at):
    """Not an ICMP error that quotes it; `data` begins with the IP header."""
    protocol, header = (data[6], 40) if data[0] >> 4 == 6 else (data[9], (data[0] & 15) * 4)
    return protocol not in (ICMP, ICMP6) or at == header + 8


# ---- the host ----------------------------------------------------------------------


class HostWitness(Witness):
    """Of what passed the input hook, whatever its type of ICMP."""

    PROTOCOLS = {family: (*protocols, ESP) for family, protocols in Witness.PROTOCOLS.items()}

    def drain(self, receiver, namespace):
        while True:
            try:
                data = receiver.recv(2048)
            except BlockingIOError:
                return
            at = data.find(MAGIC)
            # the header of IPv6 does not come along
            whole = at == 8 if receiver.proto == ICMP6 else (
                receiver.family == socket.AF_INET6 or is_itself(data, at))
            if at >= 0 and whole:
                self.seen[struct.unpack_from("!I", data, at + 4)[0]] = "-"


class Host:
    def __init__(self, lab, name, addresses, devices):
        self.lab = lab
        self.inside, self.far = lab.namespace(name), lab.namespace(name + "-far")
        self.addresses = addresses
        self.devices = sorted({"eth0", "eth1", "eth2", *devices})
        self.sockets, self.eyes, self.seen, self.macs = {}, {}, {}, {}
        self.used = set()  # connections that were begun
        self.number = 0
        for number, device in enumerate(self.devices):
            lab.wire(self.inside, device, self.far, f"far{number}")
        self.number_links()
        self.route()
        self.poll = select.epoll()
        for number, device in enumerate(self.devices):
            self.open_far(f"far{number}", device)
        self.witness = HostWitness()
        self.witness.watch(self.inside)

    def number_links(self):
        """Hardware addresses that are known without asking."""
        for number, device in enumerate(self.devices):
            self.macs[device] = bytes((2, 0, 0, 0, 0, number))
            self.inside.run("ip", "link", "set", device, "address",
                            self.macs[device].hex(":"))

    def route(self):
        inside = self.inside
        for name in ("net.ipv4.conf.all.rp_filter", "net.ipv4.conf.default.rp_filter",
                     *(f"net.ipv4.conf.{device}.rp_filter" for device in self.devices)):
            inside.sysctl(name, 0)
        inside.sysctl("net.ipv4.ip_forward", 1)
        inside.sysctl("net.ipv6.conf.all.forwarding", 1)
        far_mac = bytes((2, 0, 0, 0, 1, 0)).hex(":")
        lines = [f"address add {address}/{128 if ':' in address else 32} dev eth0"
                 f"{' nodad' if ':' in address else ''}" for address in self.addresses]
        for device, networks in (("eth0", ("default", "::/0")), ("eth1", map(str, SIDE))):
            for network, gateway in zip(networks, ("169.254.0.1", "fe80::1")):
                lines.append(f"neighbour add {gateway} lladdr {far_mac} dev {device} "
                             "nud permanent")
                lines.append(f"route add {network} via {gateway} dev {device} onlink")
        run("ip", "-netns", inside.name, "-batch", "-", text="\n".join(lines) + "\n")

    def open_far(self, far, device):
        made = self.far.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        made.bind((far, 3))
        made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        made.setblocking(False)
        self.eyes[device] = made
        self.poll.register(made.fileno(), select.EPOLLIN)

    def join(self, group):
        """Takes what is sent to a group of multicast by eth0."""
        if (family_of(group), group) in self.sockets:
            return
        with self.inside.entered():
            made = socket.socket(family_of(group), socket.SOCK_DGRAM)
            index = socket.if_nametoindex("eth0")
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                            packed(group) + struct.pack("@I", index))
        else:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            packed(group) + packed("0.0.0.0") + struct.pack("@I", index))
        self.sockets[made.family, group] = made

    def raw(self, family):
        if family not in self.sockets:
            made = self.inside.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, IP6_HEADER_INCLUDED, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            self.sockets[family] = made
        return self.sockets[family]

    def send(self, packet):
        if packet.number is None:
            self.number += 1
            packet.number = self.number
        data = datagram(packet)
        family = family_of(packet.source)
        if packet.way != OUT:
            mac = self.macs[packet.near]
            if packet.cast == 1:
                mac = b"\xff" * 6
            if packet.cast == 2 and family == socket.AF_INET6:
                mac = b"\x33\x33" + packed(packet.target)[12:]
            elif packet.cast == 2:
                low = packed(packet.target)
                mac = b"\x01\x00\x5e" + bytes((low[1] & 127,)) + low[2:]
            self.eyes[packet.near].send(
                mac + bytes((2, 0, 0, 0, 1, 0)) + struct.pack("!H", ETHER_TYPES[family]) + data)
            return
        try:
            self.raw(family).sendto(data, (packet.target, 0))
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EACCES, errno.ECONNREFUSED,
                                   errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENOBUFS):
                raise

    def collect(self, seconds=0.0):
        self.witness.collect(seconds)
        while self.poll.poll(0):
            for device, eye in self.eyes.items():
                self.drain(eye, device)

    def drain(self, eye, device):
        while True:
            try:
                frame, (_, _, kind, *_) = eye.recvfrom(2048)
            except BlockingIOError:
                return
            data, at = frame[14:], frame.find(MAGIC) - 14
            if kind == socket.PACKET_OUTGOING or at < 0 or not is_itself(data, at):
                continue
            self.seen[struct.unpack_from("!I", data, at + 4)[0]] = device

    def passed(self, packet):
        if packet.way == IN:
            return packet.number in self.witness.seen
        return self.seen.get(packet.number) == packet.out

    def close(self):
        for opened in (*self.sockets.values(), *self.eyes.values(),
                       *(made for made, _ in self.witness.sockets.values())):
            opened.close()
        self.lab.drop_namespace(self.inside)
        self.lab.drop_namespace(self.far)
