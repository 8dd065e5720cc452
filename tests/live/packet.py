# SPDX-License-Identifier: GPL-2.0-or-later
"""Forged packets that carry a number, and witnesses that read the number back.

A raw socket sends through the output hook and receives behind the input hook, whatever
listens: what a witness saw has passed both ends' firewalls, what it did not see has not.
"""
import errno
import ipaddress
import select
import socket
import struct

from lab import SO_RCVBUFFORCE

ICMP, TCP, UDP, GRE, ICMP6, SCTP, UDPLITE = 1, 6, 17, 47, 58, 132, 136
MAGIC = b"rwpb"


def ones_sum(data):
    if len(data) % 2:
        data += b"\0"
    return sum(struct.unpack(f"!{len(data) // 2}H", data))


def fold(total):
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    return crc ^ 0xFFFFFFFF


def pseudo_sum(source, target, protocol, length):
    return ones_sum(source) + ones_sum(target) + protocol + length


def tcp_syn(source, target, sport, dport, body):
    segment = struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 5 << 4, 2, 1024, 0, 0) + body
    check = fold(pseudo_sum(source, target, TCP, len(segment)) + ones_sum(segment))
    return segment[:16] + struct.pack("!H", check) + segment[18:]


def udp(source, target, sport, dport, body, protocol=UDP):
    length = 8 + len(body)
    segment = struct.pack("!HHHH", sport, dport, length, 0) + body
    check = fold(pseudo_sum(source, target, protocol, length) + ones_sum(segment))
    return segment[:6] + struct.pack("!H", check or 0xFFFF) + body


def udplite(source, target, sport, dport, body):
    return udp(source, target, sport, dport, body, UDPLITE)


def sctp_init(_source, _target, sport, dport, body):
    # The magic and the number stand where the window and the stream counts would.
    chunk = struct.pack("!BBHI", 1, 0, 20, 1) + body[:8] + struct.pack("!I", 1)
    packet = struct.pack("!HHII", sport, dport, 0, 0) + chunk
    return packet[:8] + struct.pack("<I", crc32c(packet)) + packet[12:]


def gre(_source, _target, _sport, _dport, body):
    return struct.pack("!HH", 0, 0x0800) + body


def icmp_echo(_source, _target, sport, _dport, body):
    message = struct.pack("!BBHHH", 8, 0, 0, sport, 1) + body
    return message[:2] + struct.pack("!H", fold(ones_sum(message))) + message[4:]


def icmp6_echo(_source, _target, sport, _dport, body):
    return struct.pack("!BBHHH", 128, 0, 0, sport, 1) + body  # the kernel checksums it


FORGES = {TCP: tcp_syn, UDP: udp, SCTP: sctp_init, UDPLITE: udplite, GRE: gre,
          ICMP: icmp_echo, ICMP6: icmp6_echo}


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Sender:
    """Sends forged packets from addresses of one namespace."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.sockets = {}

    def socket_of(self, source, protocol, device=None):
        key = (source, protocol, device)
        if key not in self.sockets:
            made = self.namespace.socket(family_of(source), socket.SOCK_RAW, protocol)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)  # answers are not for us
            if device:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                                device.encode() + b"\0")
            made.bind((source, 0))
            self.sockets[key] = made
        return self.sockets[key]

    def send(self, protocol, source, target, ports, number, device=None):
        """False when the own output hook refused it (EPERM)."""
        body = MAGIC + struct.pack("!I", number)
        packet = FORGES[protocol](packed(source), packed(target), *ports, body)
        try:
            self.socket_of(source, protocol, device).sendto(packet, (target, 0))
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ECONNREFUSED, errno.EHOSTUNREACH,
                                   errno.ENETUNREACH, errno.EACCES):
                raise
            return False
        return True


PACKED = {}


def packed(address):
    if address not in PACKED:
        PACKED[address] = ipaddress.ip_address(address).packed
    return PACKED[address]


class Witness:
    """Collects the numbers of forged packets that reached a stack."""

    PROTOCOLS = {
        socket.AF_INET: (TCP, UDP, SCTP, UDPLITE, GRE, ICMP),
        socket.AF_INET6: (TCP, UDP, SCTP, UDPLITE, GRE, ICMP6),
    }

    def __init__(self):
        self.poll = select.epoll()
        self.sockets = {}
        self.seen = {}

    def watch(self, namespace):
        for family, protocols in self.PROTOCOLS.items():
            for protocol in protocols:
                made = namespace.socket(family, socket.SOCK_RAW, protocol)
                made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
                made.setblocking(False)
                self.sockets[made.fileno()] = (made, namespace)
                self.poll.register(made.fileno(), select.EPOLLIN)

    def collect(self, seconds=0.0):
        """Reads until nothing has come for `seconds`."""
        while True:
            ready = self.poll.poll(seconds)
            if not ready:
                return
            for fd, _ in ready:
                self.drain(*self.sockets[fd])

    def drain(self, receiver, namespace):
        while True:
            try:
                data = receiver.recv(2048)
            except BlockingIOError:
                return
            at = data.find(MAGIC)
            # An ICMP error quotes the packet that it is about: not that packet.
            if at >= 0 and not quotes(receiver, data):
                number = struct.unpack_from("!I", data, at + 4)[0]
                self.seen[number] = namespace


def quotes(receiver, data):
    if receiver.proto == ICMP:
        return data[(data[0] & 15) * 4] != 8
    return receiver.proto == ICMP6 and data[0] != 128
