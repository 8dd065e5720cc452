#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`apply` runs 200 times while others change the rule sets: nft in rolewall's own table
and in others, and a second rolewall with another site.

A reader looks all the while: what it sees is one of the two sites' rule sets, whole, and
at most the foreign rule beside.  Where a result says that the kernel held its rules at
a generation, and somebody read that generation, that is what was read.
"""
import json
import os
import socket
import struct
import subprocess
import threading
import time

from lab import Lab, Report, arguments

RUNS = 200
RUN_SECONDS_MAX = 30  # a bound, not a goal: eight tries and a busy machine
FOREIGN_PORT = 6666
SITE = """site = "race";
roles = ( {{ name = "server"; }}, {{ name = "friend"; }} );
hosts = ( {{ name = "host"; roles = [ "server" ]; addresses = [ "192.0.2.1", "2001:db8::1" ]; }} );
peers = ( {{ name = "friends"; roles = [ "friend" ]; addresses = [ {addresses} ]; }} );
flows = ( {flows} );
"""
SITES = {
    "a": SITE.format(addresses='"192.0.2.10", "192.0.2.12", "2001:db8::10"', flows="""
        { id = "one"; from = "friend"; to = "server"; tcp = 80; },
        { id = "two"; from = "friend"; to = "server"; udp = 53; },
        { id = "three"; from = "server"; to = "friend"; tcp = 443; }"""),
    "b": SITE.format(addresses='"192.0.2.10", "192.0.2.14", "2001:db8::14"', flows="""
        { id = "zero"; from = "friend"; to = "server"; tcp = 22; },
        { id = "two"; from = "friend"; to = "server"; udp = ( 53, 5353 ); },
        { id = "one"; from = "friend"; to = "server"; tcp = 80; }"""),
}


class Generation:
    """The kernel's generation id, asked for directly."""

    def __init__(self, namespace):
        self.socket = namespace.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)

    def read(self):
        get_generation = 10 << 8 | 16
        self.socket.send(struct.pack("=IHHIIBBH", 20, get_generation, 1, 1, 0, 0, 0, 0))
        answer = self.socket.recv(4096)
        offset = 20
        while offset < len(answer):
            length, kind = struct.unpack_from("=HH", answer, offset)
            if kind == 1:
                return struct.unpack_from("!I", answer, offset + 4)[0]
            offset += (length + 3) & ~3
        raise RuntimeError("no generation in the answer")


def signature(listing):
    """What the table says, without handles, counts and the foreign rule; and that rule."""
    lines, foreign = [], 0
    for item in json.loads(listing)["nftables"]:
        (kind, content), = item.items()
        if kind == "metainfo":
            continue
        content.pop("handle", None)
        text = json.dumps(content, sort_keys=True)
        if str(FOREIGN_PORT) in text:
            foreign += 1
            continue
        for part in content.get("expr", []):
            if "counter" in part:
                part["counter"] = None
        lines.append((kind, json.dumps(content, sort_keys=True)))
    # Rules keep their order within a chain; what stands between chains does not count.
    return tuple(sorted(lines, key=lambda line: (line[0], chain_of(line)))), foreign


def chain_of(line):
    content = json.loads(line[1])
    return content.get("chain", content.get("name", ""))


class Race:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.namespace = lab.namespace("host")
        self.own = threading.local()  # a socket for each thread that asks
        self.sites = {name: lab.write(f"{name}.cfg", text) for name, text in SITES.items()}
        self.over = threading.Event()
        self.seen = {}     # generation -> signature, by the reader
        self.results = []  # (site, document) of every run of rolewall
        self.counts = {"snapshots": 0, "foreign": 0, "others": 0}
        self.longest = 0.0

    def nft(self, *arguments):
        return self.namespace.nft(*arguments, check=False, timeout=30)

    def snapshot(self):
        """(generation, signature, foreign rules) of one moment, or None.

        nft itself starts over when the rules move while it reads: what it lists is of one
        moment.  Which one is known only if nothing moved around it, else None stands there.
        """
        if not hasattr(self.own, "generation"):
            self.own.generation = Generation(self.namespace)
        before = self.own.generation.read()
        result = self.nft("-j", "list", "table", "inet", "rolewall")
        if result.returncode != 0:
            return None
        known = self.own.generation.read() == before
        return before if known else None, *signature(result.stdout)

    def complete_states(self):
        states = {}
        for name, site in self.sites.items():
            self.lab.apply(self.namespace, site, "host")
            states[name] = self.snapshot()[1]
        if states["a"] == states["b"]:
            raise RuntimeError("the two sites compile to the same")
        return states

    def disturb(self):
        """nft in rolewall's own table, and in another that must keep every change."""
        self.nft("add", "table", "inet", "foreign")
        self.nft("add", "chain", "inet", "foreign", "kept")
        while not self.over.is_set():
            self.nft("add", "rule", "inet", "rolewall", "input", "tcp", "dport",
                     str(FOREIGN_PORT), "accept")
            self.counts["foreign"] += 1
            result = self.nft("add", "rule", "inet", "foreign", "kept", "counter")
            self.counts["others"] += result.returncode == 0
            self.over.wait(0.01)

    def run(self, name):
        begun = time.monotonic()
        try:
            document = self.lab.rolewall_json(
                "apply", self.sites[name], "--host", "host", "--netns", self.namespace.name,
                "--no-confirm", codes=(0, 5), timeout=RUN_SECONDS_MAX)
        except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
            self.report.check(False, f"apply {name}: {error}")
            return None
        self.longest = max(self.longest, time.monotonic() - begun)
        self.results.append((name, document))
        return document

    def compete(self):
        while not self.over.is_set():
            self.run("b")
            self.over.wait(0.02)

    def read(self):
        while not self.over.is_set():
            found = self.snapshot()
            if found:
                self.judge(*found)

    def judge(self, generation, state, foreign):
        self.counts["snapshots"] += 1
        if generation is not None:
            self.seen[generation] = (state, foreign)
        if state not in self.states.values():
            self.report.check(False, f"a partial state at generation {generation}: {state}")

    def verify_results(self):
        """Each 0 said: at this generation the kernel held my rules and nothing else."""
        verified = 0
        for name, document in self.results:
            if document["exit"] != 0 or document["generation"] not in self.seen:
                continue
            verified += 1
            state, foreign = self.seen[document["generation"]]
            self.report.check(state == self.states[name] and foreign == 0,
                              f"apply {name} said 0 at generation {document['generation']}, "
                              f"but the kernel held something else")
        return verified

    def go(self):
        self.states = self.complete_states()
        threads = [threading.Thread(target=target, daemon=True)
                   for target in (self.disturb, self.compete, self.read)]
        for thread in threads:
            thread.start()
        for _ in range(RUNS):
            document = self.run("a")
            if document and document["exit"] == 0:
                found = self.snapshot()
                if found:
                    self.judge(*found)
        self.over.set()
        for thread in threads:
            thread.join(RUN_SECONDS_MAX)
            self.report.check(not thread.is_alive(), "a program of the race does not end")

    def finish(self):
        _, state, _ = self.snapshot()
        self.report.check(state in self.states.values(), "the end is neither of the two")
        kept = self.nft("list", "chain", "inet", "foreign", "kept").stdout.count("counter")
        self.report.check(kept == self.counts["others"],
                          f"of {self.counts['others']} foreign rules {kept} are left")
        verified = self.verify_results()
        codes = [document["exit"] for _, document in self.results]
        self.report.check(verified >= 10, f"only {verified} results could be verified")
        self.report.check(self.counts["snapshots"] >= 50, "the reader hardly read")
        self.report.check(codes.count(0) >= RUNS // 2, "most runs gave up")
        # And when all is quiet it holds.
        self.lab.apply(self.namespace, self.sites["a"], "host")
        self.report.check(self.snapshot()[1:] == (self.states["a"], 0), "no rest at the end")
        self.report.finish(
            f"{len(codes)} runs of apply: {codes.count(0)} done, {codes.count(5)} conflicts, "
            f"longest {self.longest:.2f} s; {self.counts['snapshots']} snapshots, "
            f"{verified} results verified, {self.counts['foreign']} foreign rules")


def main():
    lab, report = Lab(*arguments("test_race.py")), Report()
    os.nice(1)
    race = Race(lab, report)
    race.go()
    race.finish()


if __name__ == "__main__":
    main()
