#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every role of the document, played by a firewalled host, under real packets.

Each host has a namespace of its own on one bridge; the bridge's namespace plays every
role a second time, without a firewall, and a stranger.  So each host's input is tried
apart from others' output, each output apart from others' input, and both together.
Between each two machines goes a packet for every port of the document and the ports
beside it, over TCP and UDP, both families; over other transports; and from service
ports to high ones, as answers that nobody asked for.
"""
import itertools
import select
import socket

from document import Document
from lab import Lab, Report, arguments
from packet import GRE, ICMP, ICMP6, SCTP, TCP, UDP, UDPLITE, Sender, Witness

PROBES_MIN = 20000
SHOWN_MAX = 40
NAMES = {TCP: "tcp", UDP: "udp", SCTP: "sctp", UDPLITE: "udplite", GRE: "gre",
         ICMP: "icmp echo", ICMP6: "icmpv6 echo"}
FIRST_SOURCE_PORT = 40001  # no port of the document is near


class Machine:
    def __init__(self, name, roles, number, namespace, firewalled):
        self.name, self.roles = name, roles
        self.namespace, self.firewalled = namespace, firewalled
        self.addresses = [f"10.77.{int(firewalled)}.{number}",
                          f"fd77::{int(firewalled)}:{number:x}"]


def machines(lab, document):
    street = lab.namespace("street")
    street.run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
    street.run("ip", "link", "set", "br0", "up")
    found = []
    casts = [(role, [role]) for role in document.roles()]
    for number, (name, roles) in enumerate(casts + [("double", ["sensor", "ot-sensor"])], 1):
        namespace = lab.namespace(name)
        lab.wire(namespace, "eth0", street, f"port{number}")
        street.run("ip", "link", "set", f"port{number}", "master", "br0")
        found.append(Machine(name + "-host", roles, number, namespace, True))
    for number, (name, roles) in enumerate(casts + [("stranger", [])], 1):
        found.append(Machine(name + "-peer", roles, number, street, False))
    for machine in found:
        device = "eth0" if machine.firewalled else "br0"
        for address in machine.addresses:
            length = "64" if ":" in address else "16"
            machine.namespace.run("ip", "address", "add", f"{address}/{length}",
                                  "dev", device, *(["nodad"] if ":" in address else []))
    return found


def site_text(profile, everyone):
    def group(machine):
        roles = ", ".join(f'"{role}"' for role in machine.roles)
        addresses = ", ".join(f'"{address}"' for address in machine.addresses)
        return f'  {{ name = "{machine.name}"; roles = [ {roles} ]; addresses = [ {addresses} ]; }}'

    hosts = ",\n".join(group(m) for m in everyone if m.firewalled)
    peers = ",\n".join(group(m) for m in everyone if not m.firewalled and m.roles)
    return (f'site = "street";\nuse = [ "{profile}" ];\n'
            f"hosts = (\n{hosts}\n);\npeers = (\n{peers}\n);\n")


class Probe:
    __slots__ = ("source", "target", "family", "protocol", "sport", "dport", "kind")

    def __init__(self, source, target, family, protocol, sport, dport, kind):
        self.source, self.target, self.family = source, target, family
        self.protocol, self.sport, self.dport = protocol, sport, dport
        self.kind = kind

    @property
    def expected(self):
        return self.kind == "permitted"

    def __str__(self):
        return (f"{NAMES[self.protocol]} {self.source.name} "
                f"{self.source.addresses[self.family]} port {self.sport} -> "
                f"{self.target.name} {self.target.addresses[self.family]} port {self.dport}")


KINDS = ("permitted", "next port", "other transport", "other direction", "other protocol",
         "answer to nothing", "nobody's flow")


def kind_of(document, source, target, protocol, port):
    """Whether a packet is permitted; else by what it misses, the nearest first."""
    def allows(source, target, transport, port):
        return document.allows(source.roles, target.roles, transport, port)

    name = NAMES[protocol]
    if allows(source, target, name, port):
        return "permitted"
    if allows(source, target, name, port - 1) or allows(source, target, name, port + 1):
        return "next port"
    if allows(source, target, "udp" if name == "tcp" else "tcp", port):
        return "other transport"
    if allows(target, source, name, port):
        return "other direction"
    return "nobody's flow"


def probes_between(document, source, target, sport):
    """All probes of one direction; `sport` makes each a connection of its own."""
    ports = document.ports()
    for family, protocol, port in itertools.product((0, 1), (TCP, UDP), ports):
        kind = kind_of(document, source, target, protocol, port)
        yield Probe(source, target, family, protocol, sport, port, kind)
    for family in (0, 1):
        for protocol, port in itertools.product((SCTP, UDPLITE), (22, 123, 443)):
            yield Probe(source, target, family, protocol, sport, port, "other protocol")
        yield Probe(source, target, family, GRE, sport, 0, "other protocol")
        yield Probe(source, target, family, ICMP6 if family else ICMP, sport, 0,
                    "other protocol")
        for protocol, port in itertools.product((TCP, UDP), (53, 123, 161, 443)):
            # A service's port as the source: an answer to nothing.  Where a flow takes
            # high ports the packet is that flow's own.
            # Not `sport` itself: that would answer the probe of the other direction.
            high = sport + 5
            permitted = document.allows(source.roles, target.roles, NAMES[protocol], high)
            yield Probe(source, target, family, protocol, port, high,
                        "permitted" if permitted else "answer to nothing")


def pairs(everyone):
    for source, target in itertools.permutations(everyone, 2):
        if source.firewalled or target.firewalled:
            yield source, target


def probe(document, everyone, report, first_port):
    """Sends all, and returns how many were sent, passed, wrongly passed and dropped."""
    witness, senders, sent = Witness(), {}, []
    for machine in everyone:
        if machine.namespace not in senders:
            senders[machine.namespace] = Sender(machine.namespace)
            witness.watch(machine.namespace)
    for source, target in pairs(everyone):
        for each in probes_between(document, source, target, first_port):
            send(senders, each, len(sent))
            sent.append(each)
        witness.collect()
    witness.collect(0.5)
    # A packet may be lost for other reasons than a rule: ask twice before complaining.
    missing = [number for number, each in enumerate(sent)
               if each.expected and number not in witness.seen]
    for number in missing:
        sent[number].sport += 1 if sent[number].sport >= FIRST_SOURCE_PORT else 0
        send(senders, sent[number], number)
    witness.collect(0.5 if missing else 0)
    return judge(sent, witness.seen, report, len(missing))


def send(senders, each, number):
    senders[each.source.namespace].send(
        each.protocol, each.source.addresses[each.family],
        each.target.addresses[each.family], (each.sport, each.dport), number)


def judge(sent, seen, report, repeated):
    counts = {kind: [0, 0] for kind in KINDS}  # sent, wrong
    shown = 0
    for number, each in enumerate(sent):
        passed = number in seen
        counts[each.kind][0] += 1
        if passed and seen[number] is not each.target.namespace:
            report.check(False, f"arrived elsewhere, in {seen[number].name}: {each}")
        if passed == each.expected:
            continue
        counts[each.kind][1] += 1
        shown += 1
        if shown <= SHOWN_MAX:
            print(f"wrongly {'passed' if passed else 'dropped'}, {each.kind}: {each}")
    for kind, (count, wrong) in counts.items():
        word = "dropped" if kind == "permitted" else "passed"
        print(f"  {kind:<18}{count:>7} packets, {wrong} wrongly {word}")
        report.check(count > 0, f"no packet of the kind \"{kind}\"")
        report.check(wrong == 0, f"{wrong} packets wrongly {word}: {kind}")
    print(f"  {repeated} packets were sent twice")
    return len(sent)


# ---- conversations: the answers pass too ------------------------------------------


def wait_readable(receiver, seconds=2):
    return bool(select.select([receiver], [], [], seconds)[0])


def talk_tcp(source, target, family, port):
    kind = socket.AF_INET6 if family else socket.AF_INET
    with target.namespace.socket(kind, socket.SOCK_STREAM) as listener, \
            source.namespace.socket(kind, socket.SOCK_STREAM) as client:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((target.addresses[family], port))
        listener.listen()
        client.bind((source.addresses[family], 0))
        client.settimeout(2)
        client.connect((target.addresses[family], port))
        if not wait_readable(listener):
            return False
        server, _ = listener.accept()
        with server:
            client.sendall(b"question")
            if not wait_readable(server) or server.recv(64) != b"question":
                return False
            server.sendall(b"answer")
            return wait_readable(client) and client.recv(64) == b"answer"


def talk_udp(source, target, family, port):
    kind = socket.AF_INET6 if family else socket.AF_INET
    with target.namespace.socket(kind, socket.SOCK_DGRAM) as server, \
            source.namespace.socket(kind, socket.SOCK_DGRAM) as client:
        server.bind((target.addresses[family], port))
        client.bind((source.addresses[family], 0))
        client.sendto(b"question", (target.addresses[family], port))
        if not wait_readable(server):
            return False
        server.sendto(b"answer", server.recvfrom(64)[1])
        return wait_readable(client) and client.recv(64) == b"answer"


def converse(document, everyone, report):
    """Each flow between two firewalled hosts: question and answer through both."""
    talks = {"tcp": talk_tcp, "udp": talk_udp}
    count = 0
    for source, target in itertools.permutations([m for m in everyone if m.firewalled], 2):
        for from_role, to_role, protocol, low, high in document.flows:
            if from_role not in source.roles or to_role not in target.roles:
                continue
            for family, port in itertools.product((0, 1), sorted({low, high})):
                count += 1
                try:
                    good = talks[protocol](source, target, family, port)
                except OSError as error:
                    good = False
                    print(f"  {error}")
                report.check(good, f"no conversation: {protocol} {source.name} -> "
                             f"{target.name} port {port} family {family}")
    print(f"  {count} conversations")
    return count


def main():
    program, folder = arguments("test_packets.py")
    lab, report, total = Lab(program, folder), Report(), 0
    document = Document(folder, "defender-iot-field")  # has all roles of both
    everyone = machines(lab, document)
    for turn, profile in enumerate(("defender-iot", "defender-iot-field")):
        print(f"{profile}:")
        document = Document(folder, profile)
        site = lab.write(f"{profile}.cfg", site_text(profile, everyone))
        if turn == 0:
            site_without_ntp(lab, site)
        for machine in everyone:
            if machine.firewalled:
                lab.apply(machine.namespace, site, machine.name)
        total += probe(document, everyone, report, FIRST_SOURCE_PORT + 10 * turn)
        total += converse(document, everyone, report)
    report.check(total >= PROBES_MIN, f"{total} probes are fewer than {PROBES_MIN}")
    report.finish(f"{total} probes and conversations")


def site_without_ntp(lab, site):
    """The document itself has no NTP server: there the role is one of the site's."""
    with open(site, encoding="utf-8") as file:
        text = file.read()
    lab.write("defender-iot.cfg", text.replace(
        "hosts = (", 'roles = ( { name = "ntp-server"; } );\nhosts = (', 1))


if __name__ == "__main__":
    main()
