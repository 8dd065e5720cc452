#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The management connection, found in real SSH sessions between two namespaces.

A real OpenSSH server; sessions through sudo and with an empty environment, as Ansible makes
them.  And the way back of a packet, compared with what the kernel's own rule finds.
"""
import os
import socket
import subprocess
import time

from lab import Lab, Report, arguments, run
from sshd import TOOLS, Server

PORT = 2222
FORWARDED = 9090
SERVER, CLIENT = "192.0.2.11", "198.51.100.7"
SERVER6, CLIENT6 = "2001:db8::11", "2001:db8::7"
SO_BINDTODEVICE = 25

SESSIONS = (
    ("plain", "{0}"),
    ("empty environment", "env -i {0}"),
    ("a child of sshd itself", "exec env -i {0}"),
    ("sudo", "sudo -n {0}"),
    ("sudo, empty environment", "sudo -n env -i {0}"),
    ("empty environment, sudo", "exec env -i /usr/bin/sudo -n {0}"),
    ("sudo as root, empty shells", "env -i sh -c 'sudo -n -u root env -i sh -c \"{0}; true\"; true'"),
    ("hostile variable", "SSH_CONNECTION='$(id) 1 192.0.2.11 22' env {0}"),
)
SESSIONS6 = ("plain", "a child of sshd itself")


def wired(lab):
    """host (two interfaces) and client, which is the router behind which CLIENT lies."""
    host, client = lab.namespace("host"), lab.namespace("client")
    for number, network in enumerate(("192.0.2", "203.0.113")):
        lab.wire(host, f"eth{number}", client, f"eth{number}")
        host.run("ip", "addr", "add", f"{network}.11/24", "dev", f"eth{number}",
                 "label", f"eth{number}:1")
        client.run("ip", "addr", "add", f"{network}.1/24", "dev", f"eth{number}")
        for namespace in (host, client):
            namespace.sysctl(f"net.ipv4.conf.eth{number}.rp_filter", 0)
            namespace.sysctl(f"net.ipv6.conf.eth{number}.accept_dad", 0)
    for namespace in (host, client):
        namespace.sysctl("net.ipv4.conf.all.rp_filter", 0)
    host.run("ip", "addr", "add", f"{SERVER6}/64", "dev", "eth0", "nodad")
    client.run("ip", "addr", "add", f"{CLIENT6}/64", "dev", "eth0", "nodad")
    client.run("ip", "addr", "add", f"{CLIENT}/32", "dev", "lo")
    client.run("ip", "route", "replace", f"{SERVER}/32", "dev", "eth0", "src", CLIENT)
    host.run("ip", "route", "add", "default", "via", "192.0.2.1")
    return host, client


def lines_of(result, report, name):
    report.check(result.returncode == 0, f"{name}: exit {result.returncode}: {result.stderr}")
    return result.stdout.splitlines()


def found(path):
    return [path, f"{path} (this SSH connection)"]


def link_local(namespace):
    words = namespace.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "link").stdout
    return words.split()[3].split("/")[0]


def check_sessions(report, server, client, program):
    for name, template in SESSIONS:
        command = template.format(f"{program} path")
        for address, peer in ((SERVER, CLIENT), (SERVER6, CLIENT6)):
            if peer == CLIENT6 and name not in SESSIONS6:
                continue
            lines = lines_of(run(*server.command(client, address), command, check=False), report, name)
            report.check(lines == found(f"tcp/{PORT}@{peer}"), f"{name}, {peer}: {lines}")


def check_link_local(report, server, host, client, program):
    for command in (f"{program} path", f"exec env -i {program} path"):
        result = run(*server.command(client, f"{link_local(host)}%eth0"), command, check=False)
        lines = lines_of(result, report, "link-local")
        report.check(lines == found(f"tcp/{PORT}@{link_local(client)}"), f"link-local: {lines}")


def check_nothing(report, server, host, client, program):
    """Neither over the loopback, nor to another namespace, nor without a session."""
    loopback = run(*server.command(host, "127.0.0.1"), f"{program} path", check=False)
    other = run(*server.command(client, SERVER), f"unshare --net {program} path", check=False)
    no_session = host.run(program, "path", env={"PATH": os.environ["PATH"]})
    for name, result in (("loopback", loopback), ("other namespace", other),
                         ("no session", no_session)):
        lines = lines_of(result, report, name)
        report.check(lines == [], f"{name}: {lines}")


def check_forwarded(report, server, client, program):
    """A forwarded port that is in use is a connection of the same sshd."""
    with client.socket(socket.AF_INET, socket.SOCK_STREAM) as target:
        target.bind(("127.0.0.1", 0))
        target.listen()
        session = subprocess.Popen(
            [*server.command(client, SERVER, "-R",
                             f"{FORWARDED}:127.0.0.1:{target.getsockname()[1]}"),
             f"read line; exec env -i {program} path"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with server.wait_for(client, SERVER, FORWARDED):
            target.settimeout(10)
            with target.accept()[0]:
                session.stdin.write("go\n")
                session.stdin.flush()
                lines = [session.stdout.readline().strip() for _ in range(2)]
        session.communicate(timeout=30)  # ssh waits for what it forwards
    report.check(lines == found(f"tcp/{PORT}@{CLIENT}"), f"forwarded: {lines}")


def check_addresses(report, host, program):
    lines = host.run(program, "addresses").stdout.splitlines()
    wanted = ["lo 127.0.0.1 loopback", "lo ::1 loopback", f"eth0 {SERVER}", f"eth0 {SERVER6}",
              f"eth0 {link_local(host)} link-local", "eth1 203.0.113.11"]
    for line in wanted:
        report.check(line in lines, f"addresses: no {line} in {lines}")
    host.run("ip", "link", "add", "down0", "type", "veth", "peer", "name", "down1")
    host.run("ip", "addr", "add", "10.9.9.9/32", "dev", "down0")
    lines = host.run(program, "addresses").stdout
    report.check("10.9.9.9" not in lines, f"an interface that is down: {lines}")


# ---- the way back ----

ROUTES = (  # of the host, before each packet: (what is done, interface, source, what is found)
    (None, "eth0", CLIENT, "back"),
    (None, "eth1", CLIENT, "missing"),
    (None, "eth1", "203.0.113.1", "back"),
    (None, "eth0", "203.0.113.1", "missing"),
    ("rule add from 203.0.113.11 table 100", "eth1", CLIENT, "missing"),
    ("route add default via 203.0.113.1 table 100", "eth1", CLIENT, "back"),
    ("rule del from 203.0.113.11 table 100", "eth1", CLIENT, "missing"),
    ("route replace 198.51.100.0/24 nexthop via 192.0.2.1 nexthop via 203.0.113.1",
     "eth0", CLIENT, "back"),
    (None, "eth1", CLIENT, "back"),
    ("route replace unreachable 198.51.100.0/24", "eth0", CLIENT, "missing"),
    ("route replace blackhole 198.51.100.0/24", "eth0", CLIENT, "missing"),
    ("route del 198.51.100.0/24", "eth0", CLIENT, "back"),
    ("route del default", "eth0", CLIENT, "missing"),
    ("route add default dev eth1", "eth1", CLIENT, "back"),
)


def kernel_finds(host, client, interface, source, own):
    """What "fib saddr . iif oif" finds for a real packet."""
    host.nft("-f", "-", text="table inet t\ndelete table inet t\ntable inet t {\n"
             "chain c { type filter hook input priority 0;\n"
             "udp dport 9 fib saddr . iif oif missing counter comment \"missing\"\n"
             "udp dport 9 fib saddr . iif oif exists counter comment \"back\"\n}\n}\n")
    with client.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, interface.encode() + b"\0")
        sender.bind((source, 0))
        for _ in range(50):
            sender.sendto(b"x", (own, 9))
            time.sleep(0.02)
            for line in host.nft("list", "table", "inet", "t").stdout.splitlines():
                if "counter packets" in line and "packets 0 " not in line:
                    return line.split('"')[1]
    return "nothing"


def check_routes(report, host, client, program):
    owns = {"eth0": SERVER, "eth1": "203.0.113.11"}
    client.run("ip", "addr", "add", CLIENT, "dev", "eth1")
    for todo, interface, source, wanted in ROUTES:
        if todo:
            host.run("ip", *todo.split())
        own = owns[interface]
        said = host.run(program, "route", interface, source, own).stdout.strip()
        seen = kernel_finds(host, client, interface, source, own)
        report.check(said == wanted == seen, f"{todo}: from {source} by {interface}: "
                     f"{said}, the kernel finds {seen}, wanted {wanted}")
    for interface, source, own, wanted in (("eth0", CLIENT6, SERVER6, "back"),
                                           ("eth1", CLIENT6, SERVER6, "missing"),
                                           ("eth0", "2001:db8:9::1", SERVER6, "missing"),
                                           ("eth1", "fe80::7", "fe80::11", "back"),
                                           ("no-such-port", CLIENT, SERVER, "missing")):
        said = host.run(program, "route", interface, source, own).stdout.strip()
        report.check(said == wanted, f"from {source} by {interface}: {said}, wanted {wanted}")


def main():
    lab = Lab(*arguments("test_management.py"), tools=TOOLS)
    report = Report()
    program = os.path.join(os.path.dirname(lab.program), "rolewall-management")
    host, client = wired(lab)
    check_addresses(report, host, program)
    server = Server(lab, host, PORT)
    server.wait_for(client, SERVER, PORT).close()
    check_sessions(report, server, client, program)
    check_link_local(report, server, host, client, program)
    check_nothing(report, server, host, client, program)
    check_forwarded(report, server, client, program)
    check_routes(report, host, client, program)
    report.finish(f"{len(SESSIONS)} kinds of SSH sessions, {len(ROUTES)} ways back")


if __name__ == "__main__":
    main()
