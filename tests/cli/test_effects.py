#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a plan opens and closes: exact to the address, against sets computed here.

Two service-tag files of the published shape are made, a week apart; ROLEWALL_TEST_TAGS names
two real ones, "OLD:NEW", to be compared as well.
"""
import ipaddress
import json
import os
import random

from program import Program

TAGS = ("Hub", "Store", "Monitor")
SITE = """site = "tags";
hosts = ( { name = "h"; addresses = [ "192.0.2.1", "2001:db8::1" ]; } );
peers = ( { name = "cloud"; file = "%s"; format = "azure-service-tags"; select = [ %s ]; } );
flows = ( { id = "up"; from = "h"; to = "cloud"; tcp = 443; },
          { id = "down"; from = "cloud"; to = "h"; udp = ( 4500, "5000-5010" ); } );
"""


def some_prefix(choice):
    if choice.random() < 0.3:
        length = choice.choice((32, 40, 48, 56, 64, 128))
        value = (0x20010DB8 << 96) | choice.getrandbits(40) << 56 | choice.getrandbits(24)
        return str(ipaddress.ip_network((value, length), strict=False))
    length = choice.choice((22, 24, 24, 27, 29, 30, 31, 32))
    return str(ipaddress.ip_network((0x40000000 | choice.getrandbits(22), length), strict=False))


def write_tags(path, prefixes, number):
    values = [{"name": tag, "id": tag, "properties": {
        "changeNumber": number, "region": "", "platform": "Azure", "systemService": tag,
        "addressPrefixes": prefixes[tag]}} for tag in TAGS]
    with open(path, "w", encoding="ascii") as file:
        json.dump({"changeNumber": number, "cloud": "Public", "values": values}, file)


def make_weeks(folder):
    choice = random.Random(4)
    old = {tag: [some_prefix(choice) for _ in range(400)] for tag in TAGS}
    new = {tag: [prefix for prefix in old[tag] if choice.random() > 0.05] +
           [some_prefix(choice) for _ in range(30)] for tag in TAGS}
    paths = os.path.join(folder, "old.json"), os.path.join(folder, "new.json")
    write_tags(paths[0], old, 100)
    write_tags(paths[1], new, 101)
    return paths, TAGS


def ranges_of(texts):
    """Sorted, disjoint, merged ranges of each family."""
    found = {4: [], 6: []}
    for text in texts:
        low, _, high = text.partition("-")
        network = ipaddress.ip_network(low) if not high else None
        first = network.network_address if network else ipaddress.ip_address(low)
        last = network.broadcast_address if network else ipaddress.ip_address(high)
        found[first.version].append((int(first), int(last)))
    for version, ranges in found.items():
        merged = []
        for low, high in sorted(ranges):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = merged[-1][0], max(high, merged[-1][1])
            else:
                merged.append((low, high))
        found[version] = merged
    return found


def only_in(a, b):
    """What of the ranges `a` is not in `b`: by the points where either begins or ends."""
    rest = {}
    for version, ranges in a.items():
        events = sorted([(low, 0, 1) for low, _ in ranges] +
                        [(high + 1, 0, -1) for _, high in ranges] +
                        [(low, 1, 1) for low, _ in b[version]] +
                        [(high + 1, 1, -1) for _, high in b[version]])
        inside, start, found = [0, 0], None, []
        for at, which, step in events:
            if start is not None and start < at:
                found.append((start, at - 1))
            inside[which] += step
            start = at if inside[0] and not inside[1] else None
        merged = []
        for low, high in found:
            if merged and low == merged[-1][1] + 1:
                merged[-1] = merged[-1][0], high
            else:
                merged.append((low, high))
        rest[version] = merged
    return rest


def selected(path, tags):
    with open(path, encoding="utf-8") as file:
        values = json.load(file)["values"]
    return ranges_of(prefix for value in values if value["name"] in tags
                     for prefix in value["properties"]["addressPrefixes"])


def reported(effects, direction, side):
    """The far end of a direction's effects; that nothing else differs is seen to elsewhere."""
    texts = []
    for effect in effects:
        if effect["direction"] == direction:
            texts += effect[side]
    return ranges_of(texts)


def site_of(program, name, tags_path, tags):
    names = ", ".join(f'"{tag}"' for tag in tags)
    return program.write(f"{name}.cfg", SITE % (tags_path, names))


def check_weeks(program, paths, tags):
    old, new = (selected(path, tags) for path in paths)
    sites = [site_of(program, name, path, tags) for name, path in zip(("old", "new"), paths)]
    result = program.run("plan", sites[1], "--against", sites[0], "--json")
    document = json.loads(result.stdout)
    services = {("out", "tcp", "443"), ("in", "udp", "4500, 5000-5010")}
    for key, expected in (("opens", only_in(new, old)), ("closes", only_in(old, new))):
        effects = document[key]
        program.check({(effect["direction"], effect["protocol"], effect["ports"])
                       for effect in effects} == (services if any(expected.values()) else set()),
                      f"{key}: {effects}")
        program.check(all(effect["sure"] and effect["state"] == "new" and
                          effect["conditions"] is None for effect in effects), f"{key}: {effects}")
        for direction, side in (("out", "to"), ("in", "from")):
            program.check(reported(effects, direction, side) == expected,
                          f"{key} {direction}: not the addresses that differ")
    text = program.run("plan", sites[1], "--against", sites[0]).stdout
    lines = [line for line in text.splitlines() if line.startswith(("opens", "closes"))]
    program.check(len(lines) == 4, f"not 4 lines: {lines}")
    program.check(all(len(line) < 400 for line in lines), f"hard to read: {lines}")


def check_words(program):
    def lines(flows, before=""):
        site = """site = "s"; hosts = ( { name = "h"; addresses = [ "192.0.2.1" ]; } );
peers = ( { name = "lan"; addresses = [ "198.51.100.0/24" ]; except = [ "198.51.100.9" ]; } );
%s"""
        old = program.write("a.cfg", site % before)
        new = program.write("b.cfg", site % flows)
        result = program.run("plan", new, "--against", old)
        return [line for line in result.stdout.splitlines()
                if line.startswith(("opens", "closes", "may"))]

    web = 'flows = ( { id = "w"; from = "lan"; to = "h"; tcp = 443; } );'
    wide = 'flows = ( { id = "w"; from = "any"; to = "h"; tcp = 443; } );'
    both = 'flows = ( { id = "w"; from = "lan"; to = "h"; tcp = ( 22, 443 ); } );'
    for flows, before, expected in (
            (web, "", ["opens   in  tcp 443  from 198.51.100.0/24, except 198.51.100.9"
                       "  (255 addresses)"]),
            ("", web, ["closes  in  tcp 443  from 198.51.100.0/24, except 198.51.100.9"
                       "  (255 addresses)"]),
            (both, web, ["opens   in  tcp 22  from 198.51.100.0/24, except 198.51.100.9"
                         "  (255 addresses)"]),
            (web, web, []),
            ('policy = { inbound = "reject"; };' + web, web, []),
            ('policy = { outbound = "accept"; };' + web, web,
             ["opens   out  every protocol but icmpv6  to any IPv6 address",
              "opens   out  icmpv6 type 0, 5-130, 134, 137-142, 144-255  to any IPv6 address"])):
        found = lines(flows, before)
        program.check(found[:len(expected)] == expected, f"{flows}: {found}")
        if len(expected) == 1 or not expected:
            program.check(len(found) == len(expected), f"{flows}: {found}")
    found = lines(wide, web)
    program.check(found == ["opens   in  tcp 443  from any IPv4 address, except 198.51.100.0-"
                            "198.51.100.8, 198.51.100.10-198.51.100.255  (4294967041 addresses)"],
                  f"wider: {found}")


def main():
    program = Program()
    check_weeks(program, *make_weeks(program.folder))
    check_words(program)
    real = os.environ.get("ROLEWALL_TEST_TAGS")
    if real:
        check_weeks(program, tuple(real.split(":")), ("AzureIoTHub", "Storage", "AzureMonitor",
                                                      "AzureCloud"))
    program.finish()


if __name__ == "__main__":
    main()
