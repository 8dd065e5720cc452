#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a roll-back brings back, and what it leaves alone; the history; the exit codes.

Rules, sets, elements with the time that they have left, counters, quotas: shown by equal
listings, from rules as they were applied, drifted by hand, and from none at all.
"""
import fcntl
import itertools
import json
import os
import re
import socket
import threading
import time

from changes import BEFORE, HOST, SITE, Busy, Place, make_places
from lab import Lab, arguments

DEADLINE = 2
LATE = 10
CONFIRMED_KEPT = 10
CHANGES = 12
RACES = 10
CLIENT, SERVER = "192.0.2.10", "192.0.2.1"

USAGE = (
    ("apply", "SITE", "--confirm", "0"), ("apply", "SITE", "--confirm", "soon"),
    ("apply", "SITE", "--confirm", "86401"), ("apply", "SITE", "--confirm", "5", "--no-confirm"),
    ("apply", "SITE", "--lock-timeout", "-1"), ("apply", "SITE", "--protect", ""),
    ("rollback", "--force"), ("rollback", "--confirm", "5"), ("confirm", "a", "b"),
    ("rollback", "0123abcd", "--to", "0123abcd"), ("unload", "--confirm", "5"),
    ("confirm", "--confirm", "5"), ("load", "SITE"), ("status", "--cut"),
)


class Test:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report

    def code(self, place, wanted, words, *said):
        """The exit code, the same in JSON, and what has to be said; the result."""
        result = place.rolewall(*words)
        text = f"{' '.join(words)}: exit {result.returncode}, not {wanted}\n{result.stderr}"
        self.report.check(result.returncode == wanted, text)
        for word in said:
            self.report.check(word in result.stdout + result.stderr,
                              f"{' '.join(words)}: does not say {word!r}: "
                              f"{result.stdout}{result.stderr}")
        self.report.count(f"exit code {wanted}")
        return result

    def identity(self, place):
        return place.status()["pending"]["id"]

    # ---- equality ----

    def equal(self, place, found, text):
        self.report.same(found, place.old, text)
        passed = time.monotonic() - place.old_since
        for before, after in zip(place.old.expires, found.expires):
            self.report.check(before - passed - 5 <= after <= before + 0.5,
                              f"{text}: of {before} s {after} s are left, after {passed} s")
        self.report.count("equal listings")

    def by_hand(self, place):
        place.ok(*place.change(), "--confirm", "60")
        self.report.check(place.tables() != place.old, f"{place.before}: no change")
        place.ok("rollback")
        self.equal(place, place.tables(), f"{place.before}, rolled back by hand")

    def by_deadline(self, place):
        begun = time.monotonic()
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        time.sleep(DEADLINE)
        found = place.wait_for(place.old, begun + DEADLINE + LATE)
        self.equal(place, found, f"{place.before}, rolled back by the deadline")

    def by_the_next_call(self, place):
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        place.kill_timers()
        time.sleep(DEADLINE + 0.3)
        place.rolewall("status")
        self.equal(place, place.tables(), f"{place.before}, rolled back by the next call")

    def elements_run_out(self, place):
        """Time goes on while they are away: none comes back that would be gone."""
        place.namespace.nft("-f", "-", text="""
            add set inet rolewall short { type ipv4_addr; flags timeout; }
            add element inet rolewall short { 198.51.100.1 timeout 1s, 198.51.100.2 timeout 7s, \
                198.51.100.3 timeout 1h, 198.51.100.4 }""")
        begun = time.monotonic()
        place.ok(*place.change(), "--confirm", "60")
        time.sleep(2)
        place.ok("rollback")
        time.sleep(0.3)
        text = place.namespace.nft("list", "set", "inet", "rolewall", "short").stdout
        there = [number for number in "1234" if f"198.51.100.{number}" in text]
        self.report.check(there == ["2", "3", "4"] or time.monotonic() > begun + 6,
                          f"elements that come back: {text}")
        time.sleep(max(0, begun + 7.5 - time.monotonic()))
        text = place.namespace.nft("list", "set", "inet", "rolewall", "short").stdout
        self.report.check("198.51.100.2" not in text, f"an element outlives its time: {text}")
        place.namespace.nft("delete", "set", "inet", "rolewall", "short")

    def counters_go_on(self, place):
        """What a rule has counted before the change is there behind it."""
        place.send_one()
        before = place.tables()
        place.ok(*place.change(), "--confirm", "60")
        place.send_one()
        place.ok("rollback")
        self.report.same(place.tables(), before, f"{place.before}: counters")
        place.old = before

    # ---- others ----

    def others_change(self, place):
        place.ok(*place.change(), "--confirm", "60")
        place.namespace.nft("-f", "-", text="""
            delete table inet foreign
            table inet foreign {
                chain late { counter packets 1 bytes 2 drop; }
            }
            table ip later {
                set s { type ipv4_addr; elements = { 10.0.0.1 }; }
            }""")
        others = dict(place.tables().parts)
        place.ok("rollback")
        wanted = {name: part for name, part in others.items() if "rolewall" not in name}
        wanted |= {name: part for name, part in place.old.parts.items() if "rolewall" in name}
        found = place.tables().parts
        self.report.check(found == wanted, f"{place.before}: others' tables: {found}, {wanted}")
        place.prepare()

    def others_commit(self, place):
        """All the while, so that no generation lasts."""
        over, commits = threading.Event(), itertools.count()

        def commit():
            while not over.is_set():
                place.namespace.nft("add table ip busy; delete table ip busy")
                next(commits)

        threads = [threading.Thread(target=commit, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for i in range(RACES):
                self.race(place, i)
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.report.check(next(commits) > RACES, "nobody else committed")
        self.report.same(place.tables(), place.old, f"{place.before}: after all races")

    def race(self, place, number):
        seconds = str(DEADLINE) if number % 3 == 0 else "60"
        result = place.rolewall(*place.change(), "--confirm", seconds)
        if result.returncode == 5:
            return  # it may give up; a roll-back may not
        self.report.check(result.returncode == 0, f"apply among others: {result}")
        if seconds == "60":
            self.code(place, 0, ("rollback",), "rolled back")
        else:
            time.sleep(DEADLINE)
        limit = time.monotonic() + LATE
        while self.ours(place) != self.ours(place, place.old) and time.monotonic() < limit:
            time.sleep(0.2)
        self.report.check(self.ours(place) == self.ours(place, place.old),
                          f"{place.before}: not rolled back among others")
        self.report.count("rolled back while others commit")
        while place.status()["pending"]:
            time.sleep(0.1)

    def ours(self, place, tables=None):
        return (tables or place.tables()).parts.get("table inet rolewall")

    # ---- history ----

    def history(self, place):
        listings, identities = {}, []
        for number in range(CHANGES):
            site = self.lab.write(f"{number}.cfg", SITE.format(addresses='"192.0.2.10"', flows=(
                f'{{ id = "one"; from = "friend"; to = "server"; tcp = {1000 + number}; }}')))
            place.ok("apply", site, "--host", HOST, "--confirm", "60")
            identity = self.identity(place)
            identities.append(identity)
            listings[identity] = place.tables()
            place.ok("confirm", identity)
        kept = [entry["id"] for entry in place.status()["history"]]
        self.report.check(kept == identities[::-1][:CONFIRMED_KEPT],
                          f"the history holds {kept}, of {identities[::-1]}")
        files = os.listdir(place.state_path("history"))
        self.report.check(len(files) == CONFIRMED_KEPT - 1, f"the history's files: {files}")
        for identity in identities[:-CONFIRMED_KEPT]:
            self.code(place, 6, ("rollback", "--to", identity), identity)
        for identity in identities[-CONFIRMED_KEPT:-1]:
            self.code(place, 0, ("rollback", "--to", identity, "--confirm", "60"), "rolled back in")
            self.report.same(place.tables(), listings[identity], f"rollback --to {identity}")
            place.ok("rollback")
            self.report.same(place.tables(), listings[identities[-1]], "back from the history")
            self.report.count("rollback --to")
        self.kept_for_boot(place, identities[-4], listings)

    def kept_for_boot(self, place, identity, listings):
        self.code(place, 0, ("rollback", "--to", identity, "--no-confirm"))
        place.namespace.nft("delete", "table", "inet", "rolewall")
        place.ok("load")
        self.report.same(place.tables(), listings[identity], "load after rollback --to")
        place.start_over()

    # ---- exit codes ----

    def codes(self, place):
        place.ok(*place.change(), "--confirm", "60")
        first = self.identity(place)
        self.code(place, 5, place.change(), first, f"rolewall confirm {first}",
                  f"rolewall rollback {first}")
        self.code(place, 5, ("load",), first)
        self.code(place, 6, ("confirm", "0123abcd"), "0123abcd", first)
        self.code(place, 6, ("confirm", "nonsense"), "nonsense")
        self.code(place, 6, ("rollback", "0123abcd"))
        self.code(place, 0, ("confirm", first), first)
        self.code(place, 6, ("confirm", first), f"change {first} was confirmed at 20")
        self.code(place, 6, ("confirm",))
        self.code(place, 6, ("rollback",))
        self.code(place, 6, ("rollback", "--to", "0123abcd"), "0123abcd")
        self.code(place, 6, ("rollback", "--to", "../confirmed"))
        self.code(place, 0, ("rollback", first, "--unless-confirmed"))
        self.rolled_back(place)
        for words in USAGE:
            words = [place.sites["new"] if word == "SITE" else word for word in words]
            self.code(place, 64, words)

    def rolled_back(self, place):
        apply = ("apply", place.sites["old"], "--host", HOST)
        place.ok(*apply, "--confirm", str(DEADLINE))
        late = self.identity(place)
        time.sleep(DEADLINE + 1)
        self.code(place, 6, ("confirm", late), f"change {late} was rolled back at 20",
                  "nobody confirmed it in time")
        place.ok(*apply, "--confirm", "60")
        by_hand = self.identity(place)
        self.code(place, 0, ("rollback", by_hand), f"change {by_hand} is rolled back")
        self.code(place, 6, ("confirm", by_hand), f"change {by_hand} was rolled back at 20",
                  "somebody asked for it")
        # and through the whole of JSON
        document = json.loads(place.rolewall("confirm", by_hand, "--json").stdout)
        self.report.check(document["exit"] == 6 and document["errors"], f"JSON: {document}")
        place.ok(*apply, "--no-confirm")

    def lock_held(self, place):
        apply = (*place.change(), "--no-confirm")
        with open(place.run_path("lock"), "r+", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for words in (apply, ("confirm",), ("rollback",), ("load",), ("unload",)):
                begun = time.monotonic()
                self.code(place, 5, (*words, "--lock-timeout", "1"), "another rolewall is at work")
                took = time.monotonic() - begun
                self.report.check(0.9 < took < 6, f"{words[0]}: waited {took} s, not 1 s")
            self.report.check(place.status()["exit"] == 0, "status does not go without the lock")
            free = threading.Timer(1, lambda: fcntl.flock(lock, fcntl.LOCK_UN))
            free.start()
            self.code(place, 6, ("confirm", "--lock-timeout", "20"))
            free.join()

    def unload_settles(self, place):
        place.ok(*place.change(), "--confirm", str(DEADLINE))
        place.ok("unload")
        self.report.check("table inet rolewall" not in place.tables().parts, "unload: not done")
        time.sleep(DEADLINE + 1)
        self.report.check("table inet rolewall" not in place.tables().parts,
                          "unload: the deadline undid it")
        place.start_over()

    # ---- connections ----

    def connections(self):
        host, client = self.lab.namespace("server"), self.lab.namespace("client")
        self.lab.wire(host, "eth0", client, "eth0")
        host.run("ip", "addr", "add", f"{SERVER}/24", "dev", "eth0")
        client.run("ip", "addr", "add", f"{CLIENT}/24", "dev", "eth0")
        flow = '{{ id = "{0}"; from = "friend"; to = "server"; tcp = {0}; }}'
        sites = {name: self.lab.write(f"{name}.cfg", SITE.format(
            addresses=f'"{CLIENT}"', flows=", ".join(flow.format(port) for port in ports)))
            for name, ports in (("both", (22, 80, 443)), ("neither", (443,)))}
        options = ("--host", HOST, "--netns", host.name)
        self.lab.rolewall("apply", sites["both"], *options, "--no-confirm")
        ends = {port: self.connect(host, client, port) for port in (22, 80, 443)}
        change = ("apply", sites["neither"], *options, "--protect", f"tcp/22@{CLIENT}")
        self.lab.rolewall_json(*change, codes=(4,))
        result = self.lab.rolewall_json(*change, "--force")
        self.report.check({22, 80} == set(self.listed(result)), f"not listed: {result}")
        for port in ends:
            self.report.check(self.passes(ends[port]), f"port {port}: it does not go on")
        self.lab.rolewall("rollback", "--netns", host.name)
        result = self.lab.rolewall_json(*change, "--force", "--cut")
        self.report.check(self.listed(result) == {22: True, 80: False}, f"cut: {result}")
        for port, goes_on in ((22, True), (443, True), (80, False)):
            self.report.check(self.passes(ends[port]) == goes_on,
                              f"port {port}: it {'does not go' if goes_on else 'goes'} on")
        self.report.count("connections watched", len(ends))

    def listed(self, result):
        """{port: whether it is protected}, of the connections that are forbidden now."""
        return {int(re.search(r":(\d+)$", item["to"])[1]): item["protected"]
                for item in result["connections"]}

    def connect(self, host, client, port):
        with host.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.bind((SERVER, port))
            listener.listen()
            mine = client.socket(socket.AF_INET, socket.SOCK_STREAM)
            mine.settimeout(5)
            mine.connect((SERVER, port))
            other = listener.accept()[0]
        return mine, other

    def passes(self, ends):
        mine, other = ends
        other.settimeout(2)
        try:
            mine.sendall(b"x")
            return other.recv(1) == b"x"
        except OSError:
            return False

    # ---- all of it ----

    def go(self):
        places = make_places(self.lab, dict.fromkeys(BEFORE, 1))
        for place, in places.values():
            place.learn_new()
            for case in (self.by_hand, self.by_deadline, self.by_the_next_call):
                case(place)
        drifted, applied, nothing = (places[before][0] for before in ("by hand", "site", "none"))
        self.elements_run_out(drifted)
        self.counters_go_on(applied)
        for place in (drifted, applied, nothing):
            self.others_change(place)
        for place in (drifted, applied):
            self.others_commit(place)
        self.unload_settles(applied)
        self.lock_held(applied)
        self.codes(applied)
        self.history(Place(self.lab, "history", "none"))
        self.connections()


def main():
    lab, report = Lab(*arguments("test_rollback.py")), Busy()
    Test(lab, report).go()
    report.print_counts()
    report.finish(", ".join(f"{number} {what}" for what, number in sorted(report.counts.items())
                            if "exit" not in what))


if __name__ == "__main__":
    main()
