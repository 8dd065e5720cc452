#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Other programs' tables on the same hooks are reported and never touched."""
import os

from lab import Lab, Report, arguments

FOREIGN = """
table inet firewalld {
	set allow { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 }; }
	chain input { type filter hook input priority filter + 10; policy accept;
		ip saddr @allow counter packets 7 bytes 700 accept
		tcp dport 22 counter packets 3 bytes 300 accept comment "mine"
	}
	chain output { type filter hook output priority 5; policy accept; }
}
table ip docker {
	chain forward { type filter hook forward priority filter; policy drop;
		iifname "docker0" accept
	}
}
table inet rolewall-not {
	chain input { type filter hook input priority 1; policy accept; }
}
table ip rolewall {
	chain quiet {
		counter packets 1 bytes 1
	}
}
"""
TABLES = (("inet", "firewalld"), ("ip", "docker"), ("inet", "rolewall-not"), ("ip", "rolewall"))


def foreign_listing(namespace):
    return [namespace.nft("-a", "list", "table", *table).stdout for table in TABLES]


def own_tables(namespace):
    return [line for line in namespace.nft("list", "tables").stdout.splitlines()
            if line in ("table inet rolewall", "table netdev rolewall")]


def main():
    lab, report = Lab(*arguments("test_tables.py")), Report()
    site = os.path.join(lab.source_folder, "examples", "plant.cfg")
    namespace = lab.namespace("host")
    for number in range(3):
        namespace.run("ip", "link", "add", f"eth{number}", "type", "veth", "peer", "name",
                      f"far{number}")
    namespace.nft("-f", lab.write("foreign.nft", FOREIGN))
    pristine, everything = foreign_listing(namespace), namespace.listing()

    def unchanged(when):
        report.check(foreign_listing(namespace) == pristine, f"foreign tables changed by {when}")

    document = lab.unload(namespace)
    report.check(not document["changed"], "unload of nothing changed something")
    report.check(namespace.listing() == everything, "unload of nothing touched something")

    def reports(document, what):
        text = str(document["warnings"])
        report.check(all(name in text for name in ("firewalld", "docker", "rolewall-not")),
                     f"{what} does not report the other tables: {text}")

    reports(lab.plan(namespace, site, "sensor-1"), "plan")
    report.check(namespace.listing() == everything, "plan touched something")
    reports(lab.apply(namespace, site, "sensor-1"), "apply")
    unchanged("apply")
    report.check(len(own_tables(namespace)) == 2, f"own tables: {own_tables(namespace)}")

    status = lab.rolewall_json("status", site, "--host", "sensor-1", "--netns",
                               namespace.name)
    text = str(status["neighbours"])
    report.check(status["loaded"] and not status["drift"], f"status: {status}")
    for name in ("firewalld", "docker", "rolewall-not"):
        report.check(name in text, f"status does not report table {name}: {text}")
    shown = lab.rolewall("status", site, "--host", "sensor-1", "--netns", namespace.name)
    report.check("firewalld" in shown.stdout, "status says nothing of other tables")

    namespace.nft("add", "rule", "inet", "rolewall", "input", "tcp", "dport", "1", "accept")
    lab.apply(namespace, site, "sensor-1")
    unchanged("repair")
    # Another host of the site: its rules take the place of the first's, netdev goes.
    lab.apply(namespace, site, "proxy")
    unchanged("apply of another host")
    report.check(own_tables(namespace) == ["table inet rolewall"],
                 f"own tables: {own_tables(namespace)}")
    lab.apply(namespace, site, "sensor-1")
    document = lab.unload(namespace)
    report.check(document["changed"], "unload says that it changed nothing")
    unchanged("unload")
    report.check(not own_tables(namespace), f"left behind: {own_tables(namespace)}")
    report.check(namespace.listing() == everything, "unload left something else")
    report.finish("foreign tables, unload")


if __name__ == "__main__":
    main()
