#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A large site for rolewall-bench: the same for the same numbers.

usage: make_site.py FOLDER FLOWS PREFIXES

FOLDER/site.cfg has a host "host" with that many flows, each from a peer of its own, and
one flow from a peer with that many prefixes, in FOLDER/prefixes.txt, in no order:

  make_site.py large 10000 100000
  build/release/rolewall-bench build/release/rolewall large/site.cfg host 5
"""
import ipaddress
import os
import random
import sys

FIRST_PEER = int(ipaddress.ip_address("10.0.0.0"))
FIRST_PREFIX = int(ipaddress.ip_address("64.0.0.0"))
STEP = 512  # between prefixes of at most 256 addresses: none joins its neighbour


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: make_site.py FOLDER FLOWS PREFIXES")
    folder, flows, prefixes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    choice = random.Random(1)
    os.makedirs(folder, exist_ok=True)
    lines = [f"{ipaddress.ip_address(FIRST_PREFIX + STEP * i)}/{choice.randint(24, 32)}\n"
             for i in range(prefixes)]
    choice.shuffle(lines)
    with open(os.path.join(folder, "prefixes.txt"), "w", encoding="ascii") as file:
        file.writelines(lines)
    peers = [f'  {{ name = "peer-{i}"; addresses = [ "{ipaddress.ip_address(FIRST_PEER + i)}" ]; }}'
             for i in range(flows)]
    rows = [f'  {{ id = "flow-{i}"; from = "peer-{i}"; to = "host"; tcp = {choice.randint(1, 65535)}; }}'
            for i in range(flows)]
    if prefixes:
        peers.append('  { name = "many"; file = "prefixes.txt"; }')
        rows.append('  { id = "many"; from = "many"; to = "host"; tcp = 443; }')
    with open(os.path.join(folder, "site.cfg"), "w", encoding="ascii") as file:
        file.write('site = "large";\nhosts = ( { name = "host"; addresses = [ "192.0.2.1" ]; } );\n'
                   "peers = (\n" + ",\n".join(peers) + "\n);\nflows = (\n" + ",\n".join(rows) +
                   "\n);\n")


if __name__ == "__main__":
    main()
