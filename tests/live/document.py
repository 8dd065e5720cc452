# SPDX-License-Identifier: GPL-2.0-or-later
"""What the founding document permits: read from its flows, never from rolewall."""
import csv
import os

READINGS = {
    "defender-iot": {"both", "literal"},
    "defender-iot-field": {"both", "resolved"},
}


class Document:
    def __init__(self, source_folder, profile):
        self.flows = []
        path = os.path.join(source_folder, "tests", "profile", "flows.csv")
        with open(path, encoding="utf-8") as file:
            for line in csv.DictReader(file):
                if line["reading"] in READINGS[profile]:
                    low, _, high = line["ports"].partition("-")
                    self.flows.append((line["source_role"], line["dest_role"],
                                       line["proto"], int(low), int(high or low)))

    def roles(self):
        found = []
        for source, target, *_ in self.flows:
            found += [role for role in (source, target) if role not in found]
        return found

    def ports(self):
        """Every port of every flow, and those beside it."""
        found = set()
        for *_, low, high in self.flows:
            found |= {low - 1, low, low + 1, high - 1, high, high + 1}
        return sorted(port for port in found if 0 < port < 65536)

    def allows(self, source_roles, target_roles, protocol, port):
        return any(source in source_roles and target in target_roles and
                   protocol == transport and low <= port <= high
                   for source, target, transport, low, high in self.flows)
