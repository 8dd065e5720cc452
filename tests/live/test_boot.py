#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real boots: what is confirmed is there before the network, what is pending is not.

Five boots of one tree with systemd as PID 1.  Between them only the disk is kept.
"""
import json
import os
import subprocess
import time

from boot import TOOLS, Tree
from lab import Lab, Report, arguments, give_up

UNIT = "rolewall.service"
STATE = "var/lib/rolewall"
SITE_PATH = "/etc/rolewall/site.cfg"
PEERS = ("198.51.100.7", "2001:db8:1::7")
STRANGERS = ("198.51.100.8", "2001:db8:1::8")
MACHINE = ("198.51.100.201", "2001:db8:1::201")

SITE = """site = "office";
roles = ( { name = "server"; }, { name = "friend"; } );
hosts = ( { name = "web"; roles = [ "server" ];
            addresses = [ "198.51.100.201", "2001:db8:1::201" ]; } );
peers = ( { name = "desk"; roles = [ "friend" ];
            addresses = [ "198.51.100.7", "2001:db8:1::7" ]; } );
flows = ( { id = "ssh"; from = "friend"; to = "server"; tcp = 22; },
          { id = "http"; from = "friend"; to = "server"; tcp = PORT; } );
"""

# Ordered as whatever brings interfaces up is; says what it found.
NETWORK = """[Unit]
DefaultDependencies=no
Wants=network-pre.target
After=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'nft list tables >/run/at-network-pre'
[Install]
WantedBy=sysinit.target
"""

# In the unit's own sandbox: slow, so that an order which is only luck is seen.
DROP_IN = """[Service]
ExecStartPre=/bin/sleep 1
ExecStartPost=/usr/bin/python3 -B /usr/local/lib/sandbox.py /run/rolewall/sandbox.json
"""

# What the unit can do, and (outside it) that the same is possible at all.
SANDBOX = r"""
import ctypes, json, os, socket, sys

def tried(what, *arguments):
    try:
        what(*arguments)
    except OSError as error:
        return error.strerror
    return "done"

def create(path):
    open(path, "x").close()
    os.remove(path)

def unshare():
    if ctypes.CDLL(None, use_errno=True).unshare(0x00020000):
        raise OSError(ctypes.get_errno(), "refused")

with open("/proc/self/status", encoding="ascii") as file:
    status = dict(line.split(":", 1) for line in file)
found = {name: status[name].strip() for name in ("CapBnd", "CapEff", "Seccomp", "NoNewPrivs")}
for folder in ("/etc", "/usr", "/var/lib", "/run", "/var/lib/rolewall", "/run/rolewall"):
    found["write " + folder] = tried(create, folder + "/sandbox-was-here")
for folder in ("/home", "/root", "/tmp", "/var/tmp"):
    found["list " + folder] = tried(os.listdir, folder)
for family in ("AF_INET", "AF_PACKET", "AF_NETLINK"):
    found[family] = tried(lambda: socket.socket(getattr(socket, family), socket.SOCK_RAW,
                                                socket.IPPROTO_ICMP if family == "AF_INET" else 0))
found["unshare"] = tried(unshare)
found["see PID 1"] = tried(os.stat, "/proc/1")
found["read boot_id"] = tried(open, "/proc/sys/kernel/random/boot_id")
with open(sys.argv[1], "w", encoding="ascii") as file:
    json.dump(found, file)
"""

POSSIBLE = {  # in the unit; everything else of the above is not
    "write /var/lib/rolewall", "write /run/rolewall", "AF_NETLINK", "read boot_id"}

# From a namespace behind a cable: a closed port that answers was let through to.
CONNECT = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
sender = socket.socket(family, socket.SOCK_STREAM)
sender.settimeout(1)
sender.bind((sys.argv[1], 0))
try:
    sender.connect((sys.argv[2], int(sys.argv[3])))
    print("passed")
except ConnectionRefusedError:
    print("passed")
except TimeoutError:
    print("dropped")
"""

PROTECT = [word for peer in PEERS for word in ("--protect", f"tcp/22@{peer}")]


def wait_until(predicate, seconds):
    """How long it took; None when it did not happen."""
    start = time.monotonic()
    while not predicate():
        if time.monotonic() - start > seconds:
            return None
        time.sleep(0.05)
    return time.monotonic() - start


class Machine:
    def __init__(self, lab, report):
        self.report = report
        self.tree = Tree(lab)
        self.tree.install(lab.program)
        self.tree.write("usr/local/lib/sandbox.py", SANDBOX)
        self.tree.write("usr/local/lib/connect.py", CONNECT)
        self.tree.write("etc/systemd/system/network.service", NETWORK)
        self.tree.enable("network.service")
        self.running = None
        self.seconds = []

    def boot(self):
        start = time.monotonic()
        self.running = self.tree.boot()
        self.seconds.append(time.monotonic() - start)
        return self.running

    def check(self, good, text):
        return self.report.check(good, f"boot {len(self.seconds)}: {text}")

    def site(self, port):
        self.tree.write(SITE_PATH, SITE.replace("PORT", str(port)))

    def plug(self):
        """The network comes: a cable to a namespace with those who may and who may not."""
        run = self.running.run
        run("ip", "netns", "add", "far")
        run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", "far")
        for inside, addresses in (((), MACHINE), (("-n", "far"), PEERS + STRANGERS)):
            run("ip", *inside, "link", "set", "eth0", "up")
            for address in addresses:
                run("ip", *inside, "address", "add",
                    address + ("/64" if ":" in address else "/24"), "dev", "eth0",
                    *(("nodad",) if ":" in address else ()))

    def reaches(self, source, port):
        target = MACHINE[":" in source]
        return self.running.run("ip", "netns", "exec", "far", "python3", "-B",
                                "/usr/local/lib/connect.py", source, target,
                                str(port)).stdout.strip()

    def apply(self, *options):
        """The id of the change, which waits."""
        document = self.running.rolewall_json("apply", SITE_PATH, "--host", "web",
                                              *PROTECT, *options)
        return document["pending"] and document["pending"]["id"]

    # ---- the boots ----

    def nothing_confirmed(self):
        boot = self.boot()
        unit = boot.show(UNIT, "ActiveState", "ConditionResult", "UnitFileState", "ExecStop")
        self.check(unit == {"ActiveState": "inactive", "ConditionResult": "no",
                            "UnitFileState": "enabled"}, f"not skipped: {unit}")
        self.check(boot.state("network-pre.target") == "active", "no network-pre.target")
        self.check(not boot.table(), "rules that nobody asked for")
        self.unit_is_sound()
        self.plug()
        self.site(80)
        self.session_ends()
        self.confirmed()
        kept = boot.table()
        self.check("office.http" in kept and "tcp dport 80" in kept, f"confirmed: {kept}")
        boot.shut_down()
        return kept

    def unit_is_sound(self):
        path = self.running.show(UNIT, "FragmentPath")["FragmentPath"]
        result = self.running.run("systemd-analyze", "verify", path, check=False)
        self.check(result.returncode == 0 and not result.stderr,
                   f"systemd-analyze verify: {result}")
        result = self.running.run("systemd-analyze", "security", "--offline=true",
                                  "--threshold=20", path, check=False)
        self.check(result.returncode == 0, f"systemd-analyze security: {result.stdout}")

    def session_ends(self):
        """Who made the change has gone, with all that was his: it is rolled back on time."""
        boot, seconds = self.running, 4
        start = time.monotonic()
        command = " ".join(["rolewall", "apply", SITE_PATH, "--host", "web", *PROTECT,
                            "--confirm", str(seconds), "--json >/run/said 2>&1;",
                            "echo $? >/run/code; exec sleep 100"])
        session = subprocess.Popen(boot.command(
            "systemd-run", "--quiet", "--scope", "--unit=session", "sh", "-c", command),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.check(wait_until(lambda: boot.run("cat", "/run/code", check=False).stdout, 20),
                   "apply in a session did not end")
        said = boot.run("cat", "/run/said").stdout
        if boot.run("cat", "/run/code").stdout != "0\n":
            raise RuntimeError(f"apply in a session: {said}")
        timer = f"rolewall-rollback-{json.loads(said)['pending']['id']}.timer"
        boot.run("systemctl", "stop", "session.scope")
        session.wait(timeout=20)
        self.check(boot.state("session.scope") != "active", "the session goes on")
        self.check(bool(boot.table()), "apply: no rules")
        listed = boot.run("systemctl", "list-timers", "--no-pager", "--all").stdout
        self.check(timer in listed, f"no {timer}: {listed}")
        self.check(boot.rolewall_json("status")["pending"]["id"] in timer, "not pending")
        took = wait_until(lambda: not boot.table(), seconds + 10)
        whole = time.monotonic() - start
        self.check(took is not None and seconds - 0.1 <= whole <= seconds + 3,
                   f"rolled back after {whole:.1f} s, not {seconds}")
        self.check(boot.rolewall_json("status")["pending"] is False, "still pending")
        self.check(boot.rolewall("confirm", check=False).returncode == 6,
                   "confirmed what was rolled back")

    def confirmed(self):
        boot = self.running
        change = self.apply("--confirm", "60")
        timer = f"rolewall-rollback-{change}.timer"
        self.check(boot.state(timer) == "active", f"{timer} is {boot.state(timer)}")
        boot.rolewall("confirm", change)
        self.check(boot.state(timer) == "inactive", f"confirmed, and {timer} goes on")

    def rules_before_network(self, kept):
        """No site and no profile is there any more, and the network waits for the rules."""
        self.tree.remove(SITE_PATH)
        self.tree.write(f"etc/systemd/system/{UNIT}.d/test.conf", DROP_IN)
        boot = self.boot()
        self.check(boot.state(UNIT) == "active", f"{UNIT}: {boot.journal(UNIT)}")
        self.check(boot.table() == kept, f"not the confirmed rules: {boot.table()}")
        seen = boot.run("cat", "/run/at-network-pre").stdout
        self.check("table inet rolewall" in seen, f"at network-pre.target: {seen!r}")
        stamps = {unit: boot.show(unit, "InactiveExitTimestampMonotonic",
                                  "ActiveEnterTimestampMonotonic")
                  for unit in (UNIT, "network-pre.target")}
        began, done = (int(stamps[UNIT][name]) for name in (
            "InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic"))
        reached = int(stamps["network-pre.target"]["ActiveEnterTimestampMonotonic"])
        self.check(done - began >= 1000000 and done <= reached,
                   f"network-pre.target did not wait: {stamps}")
        self.sandboxed()
        self.tree.remove(f"etc/systemd/system/{UNIT}.d")
        boot.run("systemctl", "daemon-reload")
        self.stops_and_reloads(kept)

        self.plug()
        self.site(8080)
        self.apply("--confirm", "100")
        self.check("tcp dport 8080" in boot.table(), f"not applied: {boot.table()}")
        boot.cut()

    def sandboxed(self):
        boot = self.running
        inside = json.loads(boot.run("cat", "/run/rolewall/sandbox.json").stdout)
        boot.run("python3", "-B", "/usr/local/lib/sandbox.py", "/run/outside.json")
        outside = json.loads(boot.run("cat", "/run/outside.json").stdout)
        only = format(1 << 12, "016x")  # CAP_NET_ADMIN
        self.check((inside["CapBnd"], inside["CapEff"], inside["Seccomp"],
                    inside["NoNewPrivs"]) == (only, only, "2", "1"), f"sandbox: {inside}")
        for name in inside:
            if name[0].islower() or name.startswith("AF_"):
                self.check((inside[name] == "done") == (name in POSSIBLE),
                           f"in the sandbox, {name}: {inside[name]}")
                self.check(outside[name] == "done", f"outside, {name}: {outside[name]}")

    def stops_and_reloads(self, kept):
        boot = self.running
        boot.run("nft", "add", "rule", "inet", "rolewall", "input", "accept")
        boot.run("systemctl", "reload", UNIT)
        self.check(boot.table() == kept, "reload does not load")
        boot.run("systemctl", "stop", UNIT)
        self.check(boot.state(UNIT) == "inactive", f"stopped, and {boot.state(UNIT)}")
        self.check(boot.table() == kept, "stop opened the machine")
        modes = boot.run("stat", "-c", "%n %a %U", "/run/rolewall", "/" + STATE).stdout
        self.check(modes == f"/run/rolewall 700 root\n/{STATE} 700 root\n", modes)
        boot.run("systemctl", "start", UNIT)
        self.check(boot.table() == kept, "start does not load")

    def pending_is_gone(self, kept):
        boot = self.boot()
        self.check(boot.state(UNIT) == "active", f"{UNIT}: {boot.journal(UNIT)}")
        self.check(boot.table() == kept, f"not the confirmed rules: {boot.table()}")
        self.check(boot.rolewall_json("status")["pending"] is False, "pending after a boot")
        self.plug()
        self.check(self.reaches(PEERS[0], 80) == "passed", "confirmed and closed")
        self.check(self.reaches(PEERS[0], 8080) == "dropped", "not confirmed and open")
        self.confirmed()  # the second one, so that there is one before it
        self.check("tcp dport 8080" in boot.table(), f"confirmed: {boot.table()}")
        boot.shut_down()

    def damage(self, name):
        path = self.tree.path(name)
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 0x55]))

    def said_loudly(self, *words):
        boot = self.running
        self.check(boot.state(UNIT) == "failed", f"{UNIT} is {boot.state(UNIT)}")
        said = boot.journal(UNIT)
        for word in words:
            self.check(word in said, f"not in the journal: {word!r}: {said}")

    def one_damaged(self, kept):
        self.damage(f"{STATE}/confirmed")
        boot = self.boot()
        self.check(boot.table() == kept, f"not the rules before it: {boot.table()}")
        self.check("inet rolewall" in boot.run("cat", "/run/at-network-pre").stdout,
                   "a damaged file made it late")
        self.said_loudly("damaged", "confirmed")
        boot.shut_down()

    def all_damaged(self):
        for name in os.listdir(self.tree.path(f"{STATE}/history")):
            self.damage(f"{STATE}/history/{name}")
        boot = self.boot()
        table = boot.table()
        self.check(table.count("protected path") == len(PEERS) and "dport 80 " not in table,
                   f"not the closed rule set: {table}")
        result = boot.run("nft", "--check", "--file", "-", text=table, check=False)
        self.check(result.returncode == 0, f"nft does not take it: {result.stderr}")
        self.said_loudly("damaged", "closed")
        self.plug()
        for peer in PEERS:
            self.check(self.reaches(peer, 22) == "passed", f"{peer}: locked out")
            self.check(self.reaches(peer, 80) == "dropped", f"{peer}: port 80 is open")
        for stranger in STRANGERS:
            self.check(self.reaches(stranger, 22) == "dropped", f"{stranger}: let in")
        boot.shut_down()


def main():
    lab = Lab(*arguments("test_boot.py"), tools=TOOLS)
    with open(lab.program, "rb") as file:
        if b"__asan_init" in file.read():
            give_up("the unit's sandbox and the sanitizers exclude each other: "
                    "to be run with build/release")
    report = Report()
    machine = Machine(lab, report)
    kept = machine.nothing_confirmed()
    machine.rules_before_network(kept)
    machine.pending_is_gone(kept)
    machine.one_damaged(kept)
    machine.all_damaged()
    report.finish("five boots: " + ", ".join(f"{seconds:.1f}" for seconds in machine.seconds)
                  + " s")


if __name__ == "__main__":
    main()
