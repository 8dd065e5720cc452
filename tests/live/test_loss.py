#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers lost, batches cut short, signals, and a commit in between: see loss.c.

Whatever happens on the way, the program says what is: done when it is done, and else
why not, with the kernel as it was.
"""
import os

from lab import Lab, Report, arguments, run

# What goes wrong; the exit codes that are right then; whether the rules are to be there.
LOSSES = (
    ("nothing", (0,), True),
    ("answers", (0,), True),
    ("interrupt", (0,), True),
    ("moved", (0,), True),
    ("end", (0,), True),  # the next try is a whole one
    ("send", (1,), False),
)


def try_loss(lab, report, shim, loss):
    name, codes, loaded = loss
    namespace = lab.namespace(name)
    site = os.path.join(lab.source_folder, "examples", "minimal.cfg")
    home = lab.environment
    lab.environment = dict(home, LD_PRELOAD=shim, LOSS=name, MOVE=" ".join(
        namespace.command("nft", "add", "table", "inet", "other")))
    try:
        document = lab.rolewall_json("apply", site, "--host", "sensor-1", "--netns",
                                     namespace.name, "--no-confirm", codes=codes)
    finally:
        lab.environment = home
    there = "table inet rolewall" in namespace.nft("list", "tables").stdout
    report.check(there == loaded, f"{name}: the table is {'' if there else 'not '}there")
    report.check(document.get("changed", False) == loaded, f"{name}: {document}")
    report.check(bool(document["errors"]) != loaded, f"{name}: {document['errors']}")
    if loaded:
        plan = lab.plan(namespace, site, "sensor-1")
        report.check(not plan["changes"], f"{name}: {plan['changes']}")


def main():
    lab, report = Lab(*arguments("test_loss.py")), Report()
    shim = lab.path("loss.so")
    run("cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", shim,
        os.path.join(lab.source_folder, "tests", "live", "loss.c"))
    for loss in LOSSES:
        try_loss(lab, report, shim, loss)
    report.finish(f"{len(LOSSES)} kinds of loss")


if __name__ == "__main__":
    main()
