# SPDX-License-Identifier: GPL-2.0-or-later
"""Places to try changes in: namespaces with rules from before, and what is expected of them.

step.c ends or holds the program at one of its system calls.
"""
import json
import os
import queue
import re
import signal
import socket
import subprocess
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from lab import Report, run

HOST = "host"
SITE = """site = "change";
roles = ( {{ name = "server"; }}, {{ name = "friend"; }} );
hosts = ( {{ name = "host"; roles = [ "server" ]; addresses = [ "192.0.2.1", "2001:db8::1" ]; }} );
peers = ( {{ name = "friends"; roles = [ "friend" ]; addresses = [ {addresses} ]; }} );
flows = ( {flows} );
"""
SITES = {
    "old": SITE.format(addresses='"192.0.2.10", "192.0.2.12", "2001:db8::10"', flows="""
        { id = "one"; from = "friend"; to = "server"; tcp = 80; },
        { id = "two"; from = "friend"; to = "server"; udp = 53; },
        { id = "three"; from = "server"; to = "friend"; tcp = 443; }"""),
    "new": SITE.format(addresses='"192.0.2.10", "192.0.2.14", "2001:db8::14"', flows="""
        { id = "zero"; from = "friend"; to = "server"; tcp = 22; },
        { id = "two"; from = "friend"; to = "server"; udp = ( 53, 5353 ); },
        { id = "one"; from = "friend"; to = "server"; tcp = 80; }"""),
}

FOREIGN = """table inet foreign {
	counter kept { packets 3 bytes 300 }
	set seen { type ipv4_addr; flags timeout; elements = { 198.51.100.1 timeout 1d }; }
	chain input { type filter hook input priority 10; ip saddr @seen counter packets 9 bytes 900; }
}
"""

# By hand, in rolewall's table: what `apply` takes away, and a roll-back brings back.
BY_HAND = """add counter inet rolewall by-hand { packets 7 bytes 4200 ; }
add quota inet rolewall volume { over 1 mbytes used 3072 bytes ; }
add set inet rolewall seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
add set inet rolewall plain { type inet_service; flags interval; }
add map inet rolewall to { type ipv4_addr : verdict; }
add chain inet rolewall own
add element inet rolewall seen { 198.51.100.1 timeout 2h expires 90m, 198.51.100.2 expires 50m }
add element inet rolewall plain { 10-20, 443 }
add rule inet rolewall own counter packets 12 bytes 1300 drop comment "a chain by hand"
add element inet rolewall to { 198.51.100.3 : jump own }
insert rule inet rolewall input tcp dport @plain counter packets 5 bytes 500 accept
add rule inet rolewall input ip saddr @seen counter name "by-hand" quota name "volume" drop
add rule inet rolewall input ip saddr vmap @to
add rule inet rolewall output ip daddr 198.51.100.0/24 update @seen { ip daddr timeout 3h }
flush chain inet rolewall forward
"""

# What the rules were before the change.
BEFORE = ("site", "by hand", "none")


class Steps:
    """step.c, compiled; its log says whether the step was reached."""

    def __init__(self, lab):
        self.lab = lab
        self.program = lab.path("step")
        run("cc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", self.program,
            os.path.join(lab.source_folder, "tests", "live", "step.c"))

    def command(self, place, who, number, how, *words):
        return [self.program, who, str(number), how, place.log, self.lab.program, *words]

    def run(self, place, who, number, how, *words, timeout=60):
        """(result, system call that was reached or None)"""
        result = place.call(self.command(place, who, number, how, *words), timeout=timeout)
        with open(place.log, encoding="ascii") as file:
            log = file.read()
        if result.returncode == 125:
            raise RuntimeError(f"step: {result.stderr}")
        return result, log.split()[1] if log.startswith("reached") else None

    def list(self, place, who, *words):
        """The system calls of a whole run: "flock", "ppoll", or a number."""
        place.call(self.command(place, who, 0, "none", *words))
        with open(place.log, encoding="ascii") as file:
            return file.read().split()


class Tables:
    """A listing, by table; what runs out by itself stands apart."""

    def __init__(self, text):
        self.expires = [seconds(found) for found in re.findall(r" expires (\w+)", text)]
        parts = re.split(r"^(?=table )", re.sub(r" expires \w+", "", text), flags=re.M)
        self.parts = {part.split(" {")[0]: part for part in parts if part}

    def __eq__(self, other):
        return self.parts == other.parts

    def difference(self, other):
        lines = []
        for name in sorted({*self.parts, *other.parts}):
            mine, its = self.parts.get(name, ""), other.parts.get(name, "")
            if mine != its:
                mine, its = mine.splitlines(), its.splitlines()
                lines += [f"  {name}:"]
                lines += [f"    - {line}" for line in its if line not in mine]
                lines += [f"    + {line}" for line in mine if line not in its]
        return "\n".join(lines)


def seconds(text):
    """Of "1h59m58s120ms"."""
    units = {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
    return sum(int(number) * units[unit]
               for number, unit in re.findall(r"(\d+)(ms|d|h|m|s)", text))


class Place:
    """One namespace with a state of its own, and the rules that it holds before."""

    def __init__(self, lab, name, before, environment=()):
        self.lab, self.before = lab, before
        self.namespace = lab.namespace(name)
        self.name = self.namespace.name
        self.log = lab.path(f"{name}.log")
        self.environment = dict(lab.environment, **dict(environment))
        # sanitizers: nothing that a tracer or a preloaded library stands in the way of
        self.environment.setdefault("ASAN_OPTIONS",
                                    "detect_leaks=0:verify_asan_link_order=0")
        self.sites = {site: lab.path(f"{site}.cfg") for site in SITES}
        self.give_a_way_out()
        self.prepare()

    def path(self, variable, name=""):
        return os.path.join(self.environment[variable], "netns", self.name, name)

    def run_path(self, name=""):
        return self.path("ROLEWALL_RUN_DIR", name)

    def state_path(self, name=""):
        return self.path("ROLEWALL_STATE_DIR", name)

    # ---- the rules ----

    def give_a_way_out(self):
        """For one packet that the policy counts, and nothing that comes by itself."""
        self.namespace.run("ip", "link", "add", "out", "type", "veth", "peer", "name", "end")
        for device in ("out", "end"):
            self.namespace.sysctl(f"net.ipv6.conf.{device}.disable_ipv6", 1)
            self.namespace.run("ip", "link", "set", device, "up")
        self.namespace.run("ip", "addr", "add", "192.0.2.1/24", "dev", "out")

    def send_one(self):
        """A packet that rolewall's policy drops, if it is there."""
        with self.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            try:
                sender.sendto(b"?", ("192.0.2.200", 9))
            except PermissionError:
                pass

    def prepare(self):
        self.namespace.nft("-f", "-", text="flush ruleset\n" + FOREIGN)
        if self.before != "none":
            self.ok("apply", self.sites["old"], "--host", HOST, "--no-confirm")
            self.send_one()
        if self.before == "by hand":
            self.namespace.nft("-f", "-", text=BY_HAND)
        self.old, self.old_since = self.tables(), time.monotonic()
        self.confirmed = self.read_confirmed()
        self.new = None

    def start_over(self):
        """After a failure: the next job is to find what it expects."""
        self.kill_timers()
        self.rolewall("unload", "--forget")
        self.prepare()
        self.learn_new()

    def learn_new(self):
        """What the change makes of it; and a first roll-back."""
        self.ok(*self.change(), "--confirm", "60")
        self.new = self.tables()
        self.ok("rollback")

    def tables(self):
        return Tables(self.namespace.nft("list", "ruleset").stdout)

    def read_confirmed(self):
        try:
            with open(self.state_path("confirmed"), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    # ---- the program ----

    def words(self, *words):
        return (*words, "--netns", self.name)

    def change(self):
        return self.words("apply", self.sites["new"], "--host", HOST)

    def call(self, command, timeout=60):
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                              env=self.environment, stdin=subprocess.DEVNULL)

    def rolewall(self, *words, timeout=60):
        words = words if "--netns" in words else self.words(*words)
        return self.call([self.lab.program, *words], timeout=timeout)

    def ok(self, *words):
        result = self.rolewall(*words)
        if result.returncode != 0:
            raise RuntimeError(f"rolewall {' '.join(words)}: exit {result.returncode}\n"
                               f"{result.stdout}{result.stderr}")
        return result

    def status(self):
        """Without complaints of others, for a roll-back that just happened is a warning."""
        result = self.rolewall("status", "--json")
        return json.loads(result.stdout)

    # ---- the timer ----

    def timers(self):
        """Of this place: whoever holds its timer's lock open."""
        wanted = self.run_path("timer")
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                    if file.read().strip() != "rolewall-timer":
                        continue
                files = [os.readlink(f"/proc/{pid}/fd/{fd}")
                         for fd in os.listdir(f"/proc/{pid}/fd")]
            except OSError:
                continue
            if wanted in files:
                found.append(int(pid))
        return found

    def kill_timers(self, number=signal.SIGKILL):
        for pid in self.timers():
            os.kill(pid, number)

    def wait_for(self, wanted, limit):
        """The tables, as soon as they are `wanted`, else when `limit` (monotonic) is over."""
        while True:
            found = self.tables()
            if found == wanted or time.monotonic() > limit:
                return found
            time.sleep(0.4)


class Busy(Report):
    """A report that many threads make; counts what was tried."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()
        self.counts = {}

    def check(self, good, text):
        with self.lock:
            return super().check(good, text)

    def count(self, what, number=1):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + number

    def same(self, found, wanted, text):
        return self.check(found == wanted, f"{text}\n{found.difference(wanted)}"
                          if found != wanted else text)

    def print_counts(self):
        for what in sorted(self.counts):
            print(f"  {what}: {self.counts[what]}", flush=True)


def work(report, places, jobs):
    """Each job, a function of a place, in whichever of its kind's places is free; both
    by what was before.  A job's own failure is one of the test."""
    def go(place, waiting):
        while True:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                job(place)
            except Exception as error:  # pylint: disable=broad-except
                report.check(False, f"{place.before}: {type(error).__name__}: {error}\n"
                             + traceback.format_exc())
                place.start_over()

    threads = []
    for before, of_kind in places.items():
        waiting = queue.Queue()
        for job in jobs[before]:
            waiting.put(job)
        threads += [threading.Thread(target=go, args=(place, waiting), daemon=True)
                    for place in of_kind]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def make_places(lab, counts, environment=()):
    """{before: number of places} as a dict of lists; made in parallel they are faster."""
    for name, text in SITES.items():
        lab.write(f"{name}.cfg", text)
    wanted = [(before, i) for before, number in counts.items() for i in range(number)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda one: Place(lab, f"{one[0].replace(' ', '-')}{one[1]}",
                                               one[0], environment), wanted))
    return {before: [place for place in made if place.before == before] for before in counts}
