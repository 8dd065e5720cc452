#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every feature of the language: `nft -f`, `nft -j -f` and `apply` leave the same rules.

The sites are the golden cases of tests/golden/features, whose texts are compared there.
"""
import glob
import os

from lab import Lab, Report, arguments
from test_equality import check_host, devices_of

HOSTS_MIN = 40


def main():
    lab, report, hosts = Lab(*arguments("test_features.py")), Report(), 0
    pattern = os.path.join(lab.source_folder, "tests", "golden", "features", "*", "site.cfg")
    for site in sorted(glob.glob(pattern)):
        folder = os.path.dirname(site)
        os.chdir(folder)
        profiles = os.path.join(folder, "profiles")
        include = ("-I", profiles) if os.path.isdir(profiles) else ()
        lab.options = include
        matrix = lab.rolewall_json("matrix", site, codes=(0, 3))
        if matrix["exit"]:
            continue  # a mistake is the feature
        print(os.path.basename(folder), flush=True)
        for host in matrix["hosts"]:
            script = lab.rolewall("compile", site, "--host", host["name"]).stdout
            check_host(lab, report, site, host["name"], devices_of(script))
            hosts += 1
    report.check(hosts >= HOSTS_MIN, f"only {hosts} hosts")
    report.finish(f"{hosts} hosts of golden cases")


if __name__ == "__main__":
    main()
