#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes over a real SSH session: what would cut it is refused; forced, it comes back.

Every time also through sudo with an empty environment, and over IPv4 and IPv6.
"""
import re
import time

from lab import Lab, Report, arguments
from sshd import TOOLS, Server, Session

PORT = 22
SERVERS = {"IPv4": "192.0.2.11", "IPv6": "2001:db8:20::11"}
CLIENTS = {"IPv4": "192.0.2.7", "IPv6": "2001:db8:20::7"}
CALLERS = {
    "plain": "env {environment} {program}",
    "sudo": "sudo -n -u root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin {environment} {program}",
}
DEADLINE = 4  # seconds
LONGER = 8   # with time for some connections, on a busy machine
LATE = 8

SITE = """site = "office";
use  = [ "defender-iot" ];
hosts = (
  {{ name = "sensor-1"; roles = [ "sensor" ]; addresses = [ "192.0.2.11", "2001:db8:20::11" ]; }}
);
peers = (
  {{ name = "analysts"; roles = [ "client" ]; addresses = [ {clients} ]; }},
  {{ name = "corp-dns"; roles = [ "dns-server" ]; addresses = [ "{server}", "2001:db8::53" ]; }}{peers}
);
flows = ( {flows} );
"""
INSIDE = '"192.0.2.0/28", "2001:db8:20::/120"'
ELSEWHERE = '"203.0.113.0/24", "2001:db8:99::/64"'


def site(clients, server="203.0.113.53", peers="", flows=""):
    return SITE.format(clients=clients, server=server, peers=peers, flows=flows)


class Test:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.host, self.client = lab.namespace("host"), lab.namespace("client")
        lab.wire(self.host, "eth0", self.client, "eth0")
        for namespace, addresses in ((self.host, SERVERS), (self.client, CLIENTS)):
            namespace.run("ip", "addr", "add", f"{addresses['IPv4']}/24", "dev", "eth0")
            namespace.run("ip", "addr", "add", f"{addresses['IPv6']}/64", "dev", "eth0", "nodad")
        self.sites = {
            "good": lab.write("good.cfg", site(INSIDE)),
            "other": lab.write("other.cfg", site(INSIDE, server="203.0.113.54")),
            "bad": lab.write("bad.cfg", site(ELSEWHERE)),
        }
        self.host.nft("add table inet foreign; add counter inet foreign kept { packets 3 bytes 9 ; }")
        self.server = Server(lab, self.host, PORT)
        self.server.wait_for(self.client, SERVERS["IPv4"], PORT).close()
        self.tried = 0

    def rolewall(self, caller, *words):
        environment = " ".join(f"{name}={self.lab.environment[name]}" for name in (
            "ROLEWALL_STATE_DIR", "ROLEWALL_RUN_DIR", "ROLEWALL_SHARE_DIR"))
        return " ".join((CALLERS[caller].format(environment=environment,
                                                program=self.lab.program), *words))

    def apply(self, caller, name, *options):
        return self.rolewall(caller, "apply", self.sites[name], "--host", "sensor-1", *options)

    def make_good(self):
        """By hand of the test, not over SSH."""
        self.host.run(self.lab.program, "apply", self.sites["good"], "--host", "sensor-1",
                      "--no-confirm", env=self.lab.environment)

    def listing(self):
        """Without what counts, for there is traffic."""
        return re.sub(r"packets \d+ bytes \d+|expires \w+", "", self.host.nft("list", "ruleset").stdout)

    def check(self, good, text):
        return self.report.check(good, f"{self.what}: {text}")

    def returns(self, session, command, code, *words):
        """The exit code, and words that have to be said; all that was said."""
        found, said = session.run(command)
        self.check(found == code, f"exit {found}, not {code}: {command}\n{said}")
        for word in words:
            self.check(word in said, f"does not say {word!r}: {command}\n{said}")
        self.tried += 1
        return said

    def open(self):
        return Session(self.server, self.client, SERVERS[self.family])

    def lets_in(self):
        return self.server.lets_in(self.client, SERVERS[self.family])

    # ---- the cases ----

    def refused(self, caller):
        """Named: the way, what cuts it, and the lines that keep it, which then do."""
        session, before = self.open(), self.listing()
        said = self.returns(
            session, self.apply(caller, "bad"), 4,
            f"tcp/22 from {CLIENTS[self.family]} (this SSH connection)",
            'the policy of chain "input"', f"from {CLIENTS[self.family]}", "--force")
        self.check(self.listing() == before, "refused, and the rules have changed")
        peers = re.search(r'"peers": (\{.*\})', said)
        flows = re.search(r'"flows": (\{.*\})', said)
        if self.check(peers and flows, f"no lines to add: {said}"):
            self.sites["kept"] = self.lab.write(
                "kept.cfg", site(ELSEWHERE, peers=", " + peers[1], flows=flows[1]))
            self.returns(session, self.apply(caller, "kept"), 0, "rolled back in")
            self.check(self.lets_in(), "kept, and no new connection comes through")
            self.returns(session, self.rolewall(caller, "rollback"), 0)
            self.check(self.listing() == before, "rolled back, and the rules have changed")
        session.close()

    def forced(self, caller):
        """The old connection goes on, a new one does not come through, until it is over."""
        session, before = self.open(), self.listing()
        self.returns(session, self.apply(caller, "bad", "--force", "--confirm", str(DEADLINE)), 0)
        over = time.monotonic() + DEADLINE
        self.check(session.is_alive(), "the old connection does not go on")
        self.check(not self.lets_in() or time.monotonic() > over, "a new connection comes through")
        self.comes_back(over, before)
        self.returns(session, self.rolewall(caller, "confirm"), 6, "was rolled back at",
                     "nobody confirmed it in time")
        session.close()

    def comes_back(self, over, before):
        time.sleep(max(0, over - time.monotonic()))
        while not self.lets_in() and time.monotonic() < over + LATE:
            continue
        self.check(self.lets_in(), "no new connection comes through behind the deadline")
        self.check(self.listing() == before, "other rules than before, behind the deadline")

    def confirmed(self, caller):
        """Not over the connection that made it."""
        session = self.open()
        self.returns(session, self.apply(caller, "other", "--confirm", str(LONGER)), 0)
        over, after = time.monotonic() + LONGER, self.listing()
        for other in CALLERS:
            self.returns(session, self.rolewall(other, "confirm"), 4, "over a new connection")
        another = self.open()
        self.returns(another, self.rolewall(caller, "confirm"), 0, "confirmed")
        time.sleep(max(0, over + 1.5 - time.monotonic()))
        self.check(self.listing() == after, "confirmed, and other rules behind the deadline")
        self.check(session.is_alive() and self.lets_in(), "confirmed, and no connection")
        session.close()
        another.close()
        self.make_good()

    def forced_confirm(self, caller):
        session = self.open()
        self.returns(session, self.apply(caller, "other", "--confirm", "60"), 0)
        self.returns(session, self.rolewall(caller, "confirm", "--force"), 0, "confirmed")
        session.close()
        self.make_good()

    def session_ends(self, caller):
        """With all of its processes; nobody is left, and the rules come back."""
        session, before = self.open(), self.listing()
        self.returns(session, self.apply(caller, "bad", "--force", "--confirm", str(DEADLINE)), 0)
        over = time.monotonic() + DEADLINE
        session.send("kill -KILL -$$")
        session.process.wait(timeout=30)
        session.process.stdout.close()
        self.check(self.listing() != before or time.monotonic() > over,
                   "the end of the session ended the change")
        self.comes_back(over, before)

    def cut_while_it_works(self, caller):
        """The client is gone in the middle of it: old rules, or new ones until it is over."""
        session, before = self.open(), self.listing()
        session.send(self.apply(caller, "bad", "--force", "--confirm", str(DEADLINE)))
        session.process.kill()
        session.process.wait()
        session.process.stdout.close()
        self.comes_back(time.monotonic() + DEADLINE + 1, before)

    def protected(self, caller):
        """Others than this connection, by name."""
        session, before = self.open(), self.listing()
        for way, code in (("tcp/22@203.0.113.0/24", 4), ("tcp/22@2001:db8:99::/64", 4),
                          ("udp/4711", 4), ("tcp/22@192.0.2.0/28", 0),
                          ("tcp/443@2001:db8:20::/120", 0), ("tcp/22", 0), ("auto", 0)):
            words = (way.replace("@", " from "),) if code else ()
            self.returns(session, self.apply(caller, "other", "--protect", way), code, *words)
            if code == 0:
                self.returns(session, self.rolewall(caller, "rollback"), 0)
            self.check(self.listing() == before, f"{way}: the rules have changed")
        self.returns(session, self.apply(caller, "other", "--protect", "tcp/0"), 64)
        session.close()

    def go(self):
        cases = (self.refused, self.forced, self.confirmed, self.forced_confirm,
                 self.session_ends, self.cut_while_it_works, self.protected)
        for self.family in SERVERS:
            for caller in CALLERS:
                self.make_good()
                # the others do not depend on the family, nor on who calls
                both = self.family == "IPv4" and caller == "plain"
                for case in cases if both else cases[:3]:
                    self.what = f"{self.family}, {caller}, {case.__name__}"
                    case(caller)
        kept = self.host.nft("list", "table", "inet", "foreign").stdout
        self.report.check("packets 3 bytes 9" in kept, f"the other table: {kept}")


def main():
    lab, report = Lab(*arguments("test_ssh.py"), tools=TOOLS), Report()
    test = Test(lab, report)
    test.go()
    report.finish(f"{test.tried} calls over SSH, IPv4 and IPv6, plain and through sudo")


if __name__ == "__main__":
    main()
