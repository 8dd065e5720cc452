#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`nft -f` of the script, `nft -j -f` of the JSON and `apply` leave the same rule set.

Byte-identical listings, handles included, for each host of the example sites; then
`plan` finds nothing to do, whichever way the rules came.
"""
import json
import os
import re

from lab import Lab, Report, arguments

SITES = ("plant.cfg", "minimal.cfg")
TABLES = ("inet", "netdev")


def fresh(lab, name, devices):
    """A namespace with the host's interfaces, all down: nothing counts a packet."""
    namespace = lab.namespace(name)
    for number, device in enumerate(devices):
        namespace.run("ip", "link", "add", device, "type", "veth", "peer", "name",
                      f"far{number}")
    return namespace


def listings(namespace):
    """Both listings of both tables; a table that is not there is None."""
    found = {}
    for family in TABLES:
        for form in ((), ("-j",)):
            result = namespace.nft(*form, "list", "table", family, "rolewall", check=False)
            found[family, form] = result.stdout if result.returncode == 0 else None
    return found


def load_script(lab, namespace, site, host):
    script = lab.rolewall("compile", site, "--host", host).stdout
    namespace.nft("-f", lab.write("host.nft", script))


def load_json(lab, namespace, site, host):
    text = lab.rolewall("compile", site, "--host", host, "--format", "json").stdout
    json.loads(text)
    namespace.nft("-j", "-f", lab.write("host.json", text))


def load_apply(lab, namespace, site, host):
    document = lab.apply(namespace, site, host)
    if not document["changed"]:
        raise RuntimeError(f"apply to an empty kernel changed nothing: {document}")


WAYS = {"script": load_script, "json": load_json, "apply": load_apply}


def first_difference(left, right):
    if left is None or right is None:
        return f"{'nothing' if left is None else 'a table'} against " \
               f"{'nothing' if right is None else 'a table'}"
    for one, other in zip(left.splitlines(), right.splitlines()):
        if one != other:
            return f"\n  {one[:400]}\n  {other[:400]}"
    return "one is longer"


def check_host(lab, report, site, host, devices):
    found = {}
    for way, load in WAYS.items():
        namespace = fresh(lab, way, devices)
        load(lab, namespace, site, host)
        found[way] = listings(namespace)
        plan = lab.plan(namespace, site, host)
        report.check(plan["exit"] == 0 and not plan["changed"],
                     f"{host}: plan after {way}: {plan.get('changes')}")
        before = namespace.listing()
        again = lab.apply(namespace, site, host)
        report.check(not again["changed"] and namespace.listing() == before,
                     f"{host}: apply after {way} was not a no-op")
        # Loaded over itself, the script leaves the same again.
        load_script(lab, namespace, site, host)
        plan = lab.plan(namespace, site, host)
        report.check(plan["exit"] == 0, f"{host}: plan after {way} and a second load")
        lab.drop_namespace(namespace)
    report.check(found["script"]["inet", ()] is not None, f"{host}: no table was loaded")
    for way in ("json", "apply"):
        for key, listing in found["script"].items():
            other = found[way][key]
            # JSON cannot say what nft's text can: handles of the JSON load may differ.
            if way == "json" and key[1]:
                listing, other = (text and re.sub(r'"handle": \d+', '"handle": 0', text)
                                  for text in (listing, other))
            report.check(listing == other,
                         f"{host}: nft {' '.join(key[1])} list table {key[0]} rolewall: script "
                         f"against {way}: {first_difference(listing, other)}")


def devices_of(text):
    """Every interface that the rule set names."""
    found = re.findall(r'[io]ifname "([^"*]+)"', text)
    for devices in re.findall(r"devices? = ?(\{[^}]*\}|\"[^\"]+\")", text):
        found += re.findall(r'"?([\w.-]+)"?', devices)
    return sorted({device for device in found if device != "lo"})


def main():
    lab, report = Lab(*arguments("test_equality.py")), Report()
    hosts = 0
    for name in SITES:
        site = os.path.join(lab.source_folder, "examples", name)
        for host in lab.rolewall_json("matrix", site)["hosts"]:
            script = lab.rolewall("compile", site, "--host", host["name"]).stdout
            report.check(script == lab.rolewall("compile", site, "--host",
                                                host["name"]).stdout,
                         f"{host['name']}: compile is not deterministic")
            check_host(lab, report, site, host["name"], devices_of(script))
            hosts += 1
    report.check(hosts >= 5, f"only {hosts} hosts")
    report.finish(f"{hosts} hosts, {len(WAYS)} ways each")


if __name__ == "__main__":
    main()
