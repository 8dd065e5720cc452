#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""explain --live: what the kernel holds, holes, foreign rules and other tables included.

Its verdicts are held against packets that are sent.
"""
import socket

from lab import Lab, Report, arguments

SITE = """site = "office";
roles = ( { name = "server"; }, { name = "friend"; } );
hosts = ( { name = "web"; roles = [ "server" ]; addresses = [ "192.0.2.1", "2001:db8::1" ]; } );
peers = ( { name = "desk"; roles = [ "friend" ]; addresses = [ "192.0.2.2", "2001:db8::2" ]; } );
flows = ( { id = "http"; from = "friend"; to = "server"; tcp = 80; } );
"""
PORTS = (80, 81, 8080, 9000)
DESK, OTHER = "192.0.2.2", "192.0.2.3"
WAIT = 0.4  # for a packet that is dropped


class Office:
    """A web server and a desk on one wire; the desk has two addresses."""

    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.web, self.desk = lab.namespace("web"), lab.namespace("desk")
        lab.wire(self.web, "eth0", self.desk, "eth0")
        self.web.run("ip", "addr", "add", "192.0.2.1/24", "dev", "eth0")
        for address in (DESK, OTHER):
            self.desk.run("ip", "addr", "add", f"{address}/24", "dev", "eth0")
        self.site = lab.write("office.cfg", SITE)
        self.servers = []
        for port in PORTS:
            server = self.web.socket(socket.AF_INET, socket.SOCK_STREAM)
            server.bind(("192.0.2.1", port))
            server.listen(16)
            self.servers.append(server)

    def nft(self, *words):
        self.web.nft(*words)

    def explain(self, packet, *options):
        return self.lab.rolewall_json("explain", self.site, packet, "--live", "--host", "web",
                                      "--netns", self.web.name, *options)

    def text(self, packet, *options):
        return self.lab.rolewall("explain", self.site, packet, "--live", "--host", "web",
                                 "--netns", self.web.name, *options).stdout

    def passes(self, source, port):
        client = self.desk.socket(socket.AF_INET, socket.SOCK_STREAM)
        client.settimeout(WAIT)
        client.bind((source, 0))
        try:
            client.connect(("192.0.2.1", port))
            return True
        except OSError:
            return False
        finally:
            client.close()

    def check_sent(self, when):
        """Every packet that is sent fares as it is said; how many did."""
        for source in (DESK, OTHER):
            for port in PORTS:
                said = self.explain(f"tcp {source} web:{port}")["verdict"]
                sent = "accept" if self.passes(source, port) else "drop"
                self.report.check(said == sent, f"{when}: tcp {source} {port}: said {said}, "
                                                f"sent: {sent}")
        return len(PORTS) * 2

    def holds(self, text, *words):
        at = 0
        for word in words:
            found = text.find(word, at)
            if not self.report.check(found >= 0, f"expected {word!r} in\n{text}"):
                return
            at = found


def check_as_compiled(office, report):
    document = office.explain("tcp desk web:80")
    report.check(document["verdict"] == "accept" and document["live"] and
                 document["flow"] == "office.http" and
                 document["origin"] == {"file": office.site, "line": 5},
                 f"as compiled: {document}")
    report.check(all(part["ours"] and part["site_verdict"] == "accept"
                     for part in document["parts"]), f"as compiled: {document['parts']}")
    dropped = office.explain("tcp desk web:8080")
    report.check(dropped["verdict"] == "drop" and
                 dropped["parts"][0]["nearest"]["flow"] == "office.http", f"dropped: {dropped}")
    return office.check_sent("as compiled")


def check_hole(office, report):
    """A rule by hand, and an address in a set."""
    office.nft("insert", "rule", "inet", "rolewall", "input", "tcp", "dport", "8080", "accept")
    part = office.explain(f"tcp {OTHER} web:8080")["parts"][0]
    report.check(part["verdict"] == "accept" and part["rule"] == "tcp dport 8080 accept" and
                 part["ours"] is False and part["site_verdict"] == "drop" and
                 part["flow"] is None and part["origin"] is None, f"hole: {part}")
    office.holds(office.text(f"tcp {OTHER} web:8080"), "accept: tcp", "by the kernel's rules",
                 "rule     tcp dport 8080 accept", "not rolewall's: added by hand",
                 "compiles to: drop")
    office.nft("add", "element", "inet", "rolewall", "friend.4", "{ %s }" % OTHER)
    part = office.explain(f"tcp {OTHER} web:80")["parts"][0]
    report.check(part["verdict"] == "accept" and part["ours"] and part["site_verdict"] == "drop" and
                 part["flow"] == "office.http", f"element: {part}")
    # a comment that lies does not make a rule the flow's
    office.nft("insert", "rule", "inet", "rolewall", "input", "tcp", "dport", "9000", "accept",
               "comment", '"office.http"')
    part = office.explain(f"tcp {OTHER} web:9000")["parts"][0]
    report.check(part["ours"] is False and part["flow"] is None, f"a lying comment: {part}")
    return office.check_sent("holes")


def check_interface(office, report):
    office.nft("insert", "rule", "inet", "rolewall", "input", "iifname", "eth7", "accept")
    document = office.explain(f"tcp {OTHER} web:81")
    others = {way["in"]: way["verdict"] for way in document["legs"][0]["other_interfaces"]}
    report.check(document["verdict"] == "drop" and others.get("eth7") == "accept",
                 f"interface: {document['legs']}")
    named = office.explain(f"tcp {OTHER} web:81", "--interface", "eth7")
    report.check(named["verdict"] == "accept", f"--interface: {named['verdict']}")
    office.holds(office.text(f"tcp {OTHER} web:81"), "drop: tcp", "by eth7: accept")
    return office.check_sent("a hole on another interface")


def check_last_registered(office, report):
    """Of chains with one priority the kernel asks that first which it was told of last."""
    office.nft("add", "chain", "inet", "rolewall", "late",
               "{ type filter hook input priority 0; policy accept; }")
    office.nft("add", "rule", "inet", "rolewall", "late", "tcp", "dport", "8080", "drop")
    part = office.explain(f"tcp {OTHER} web:8080")["parts"][0]
    report.check(part["verdict"] == "drop" and [step["chain"] for step in part["path"]] == ["late"],
                 f"the last chain is first: {part}")
    accepted = office.explain("tcp desk web:80")["parts"][0]
    report.check([step["chain"] for step in accepted["path"]] == ["late", "input"],
                 f"both chains are on the way: {accepted}")
    return office.check_sent("a chain of one priority")


def check_neighbours(office, report):
    office.nft("add", "table", "ip", "fence")
    office.nft("add", "chain", "ip", "fence", "in",
               "{ type filter hook input priority 0; policy accept; }")
    office.nft("add", "chain", "ip", "fence", "early",
               "{ type filter hook input priority -10; policy drop; }")
    document = office.explain("tcp 192.0.2.2 web:80")
    named = {(at["table"], at["chain"], at["policy"]) for at in document["legs"][0]["neighbours"]}
    report.check(named == {("fence", "in", "accept"), ("fence", "early", "drop")},
                 f"neighbours: {named}")
    office.holds(office.text("tcp 192.0.2.2 web:80"), "other tables on the way, which may drop it",
                 "ip fence in: hook input priority 0, policy accept; of the priority of rolewall's")
    office.holds(office.text("tcp 192.0.2.2 web:80"),
                 "ip fence early: hook input priority -10, policy drop; asked before rolewall's")
    report.check("fence" not in office.text("tcp 2001:db8::2 web:80"),
                 "a table of IPv4 is none of IPv6's")
    report.check("fence" not in office.text(f"tcp {OTHER} web:81"),
                 "a drop of ours is final: other tables do not matter")
    office.nft("delete", "table", "ip", "fence")


def check_foreign(office, report):
    """What is not understood is unknown, and never called harmless."""
    office.nft("insert", "rule", "inet", "rolewall", "input", "meta", "mark", "7", "drop")
    for packet in ("tcp desk web:80", f"tcp {OTHER} web:81", "udp any any:53"):
        verdict = office.explain(packet)["verdict"]
        report.check(verdict == "unknown", f"behind a foreign rule: {packet}: {verdict}")
    office.holds(office.text("tcp desk web:80"), "unknown: tcp desk web:80",
                 "rolewall does not understand what decides")


def check_gone(office, report):
    office.lab.unload(office.web)
    document = office.explain("tcp any web:22")
    report.check(document["verdict"] == "accept" and document["rule"] is None,
                 f"not loaded: {document}")
    office.holds(office.text("tcp any web:22"), "rolewall's tables are not loaded",
                 "no chain of rolewall's is on the way", "compiles to: drop")


def main():
    program, source_folder = arguments("test_explain.py")
    report = Report()
    lab = Lab(program, source_folder)
    office = Office(lab, report)
    lab.apply(office.web, office.site, "web")
    sent = check_as_compiled(office, report)
    sent += check_hole(office, report)
    sent += check_interface(office, report)
    sent += check_last_registered(office, report)
    check_neighbours(office, report)
    check_foreign(office, report)
    check_gone(office, report)
    report.finish(f"explain --live: {sent} packets sent fare as it says")


if __name__ == "__main__":
    main()
