#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the shipped profiles against the document that they render.

usage: check_profiles.py PROGRAM SOURCE_FOLDER

networking-requirements.txt is the document, flows.csv the flows that follow from it,
one initiator and one transport each, with the reading that they belong to.  The
profiles must open exactly these and print the document's cells back, word for word.
"""
import csv
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
READINGS = {
    "defender-iot": {"both", "literal"},
    "defender-iot-field": {"both", "resolved"},
}
COLUMNS = {
    "Protocol": "protocol", "Transport": "transport", "In/Out": "direction",
    "Port": "port", "Used": "used", "Purpose": "purpose", "Source": "source",
    "Destination": "destination",
}
ROW_KEYS = ["table", *COLUMNS.values()]

failures = []


def fail(text):
    failures.append(text)
    print("FAILED:", text)


def matrix(program, folder, profile):
    environment = dict(os.environ, ROLEWALL_SHARE_DIR=folder)
    run = subprocess.run(
        [program, "matrix", os.path.join(folder, "profiles", profile + ".cfg"), "--json"],
        env=environment, capture_output=True, text=True, timeout=60)
    if run.returncode != 0:
        sys.exit(f"matrix {profile}: exit {run.returncode}\n{run.stdout}{run.stderr}")
    return json.loads(run.stdout)["rows"]


def names(text):
    return [name.strip() for name in text.split(",")]


def merged(ports):
    """ "135, 1025-65535" as a set of (low, high), neighbours joined."""
    ranges = []
    for part in re.split(r"[,\s]+", ports.strip()):
        low, _, high = part.partition("-")
        ranges.append([int(low), int(high or low)])
    ranges.sort()
    joined = [ranges[0]]
    for low, high in ranges[1:]:
        if low <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], high)
        else:
            joined.append([low, high])
    return joined


def opened(rows):
    """{(from, to, transport): merged ranges}; one initiator, one transport each."""
    found = {}
    for row in rows:
        if not row["open"]:
            continue
        for initiator in names(row["from"]):
            for responder in names(row["to"]):
                key = (initiator, responder, row["protocol"])
                found[key] = found.get(key, "") + " " + row["ports"].replace(",", " ")
    return {key: merged(ports) for key, ports in found.items()}


def expected(readings):
    found = {}
    with open(os.path.join(HERE, "flows.csv"), encoding="utf-8") as file:
        for flow in csv.DictReader(file):
            if flow["reading"] in readings:
                key = (flow["source_role"], flow["dest_role"], flow["proto"])
                found[key] = found.get(key, "") + " " + flow["ports"]
    return {key: merged(ports) for key, ports in found.items()}


def document_rows():
    """The document's 15 lines as {key: cell}, with its two slips put right."""
    rows, title, header, pending = [], None, None, ""
    with open(os.path.join(HERE, "networking-requirements.txt"), encoding="utf-8") as file:
        lines = file.read().split("\n")
    for above, line in zip([""] + lines, lines):
        if line.startswith("Protocol |"):
            header = [COLUMNS[cell.strip()] for cell in line.strip(" |").split("|")]
            title = above if not above.startswith("Open these ports") else \
                lines[lines.index(above) - 1]
        elif line.startswith("---") or "|" not in line:
            continue
        else:
            # A line broken after its Port cell (S15): join until the cells suffice.
            line = (pending + " " + line).strip()
            cells = [cell.strip() for cell in line.rstrip().removesuffix("|").split("|")]
            if len([cell for cell in cells if cell]) < len(header) - 1:
                pending = line
                continue
            pending = ""
            if cells[-1] == "":  # S6 lost its Used cell: what follows slipped left
                cells = cells[:4] + ["Email"] + cells[4:-1]
            if len(cells) != len(header):
                sys.exit(f"not understood: {line}")
            rows.append(dict(zip(header, cells), table=title))
    return rows


def check_flows(profile, rows):
    have, want = opened(rows), expected(READINGS[profile])
    for key in sorted(have.keys() | want.keys()):
        if have.get(key) != want.get(key):
            fail(f"{profile}: {key[0]} -> {key[1]} {key[2]}: "
                 f"opens {have.get(key)}, the document {want.get(key)}")
    print(f"{profile}: {len(want)} initiator/responder/transport triples")


def check_cells(profile, rows):
    document = document_rows()
    if len(document) != 15:
        fail(f"the document has {len(document)} rows, not 15")
    seen = []
    for row in rows:
        if not row["row"]:
            continue
        cells = {key: row["row"][key] for key in ROW_KEYS if row["row"].get(key) is not None}
        if cells not in document:
            fail(f"{profile}: {row['flow']}: cells are not the document's: {cells}")
        elif cells not in seen:
            seen.append(cells)
    if seen != document and profile == "defender-iot":
        fail(f"{profile}: rows missing or out of the document's order")


def check_matrix_csv(rows):
    """The same table in matrix.csv, whose cells were taken down by hand."""
    with open(os.path.join(HERE, "matrix.csv"), encoding="utf-8") as file:
        wanted = list(csv.DictReader(file))
    cells = []
    for row in rows:
        if row["row"] not in cells:
            cells.append(row["row"])
    for want, have in zip(wanted, cells, strict=True):
        for ours, theirs in (("table", "table"), ("protocol", "protocol"),
                             ("direction", "direction"), ("used", "used_cell"),
                             ("purpose", "purpose_cell")):
            if (have.get(ours) or "") != want[theirs]:
                fail(f"{want['row']}: {ours}: {have.get(ours)!r}, not {want[theirs]!r}")


def check_reasons(rows):
    """Whatever the field profile changes has its reason."""
    departures = [row for row in rows if not row["open"]
                  or row["flow"].startswith("defender-iot-field.")
                  or row["flow"] in ("defender-iot.wmi", "defender-iot.proxy")]
    if not departures:
        fail("defender-iot-field: departs nowhere")
    for row in departures:
        if not row["why"]:
            fail(f"defender-iot-field: {row['flow']}: departs without a why")


def main():
    program, folder = sys.argv[1:3]
    literal = matrix(program, folder, "defender-iot")
    field = matrix(program, folder, "defender-iot-field")
    check_flows("defender-iot", literal)
    check_flows("defender-iot-field", field)
    check_cells("defender-iot", literal)
    check_cells("defender-iot-field", field)
    check_matrix_csv(literal)
    check_reasons(field)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
