#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""apply --fail-if-opens: refused with witnesses and nothing sent, or applied as ever."""
from lab import Lab, Report, arguments

SITE = """site = "s"; hosts = ( { name = "h"; addresses = [ "192.0.2.1" ]; } );
peers = ( { name = "lan"; addresses = [ "198.51.100.0/24" ]; } );
flows = ( { id = "web"; from = "lan"; to = "h"; tcp = %s; } );
"""


class Opens:
    """One namespace that holds the narrow site's rules."""

    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.namespace = lab.namespace("host")
        self.narrow = lab.write("narrow.cfg", SITE % "443")
        self.wide = lab.write("wide.cfg", SITE % "( 22, 443 )")
        lab.apply(self.namespace, self.narrow, "h")

    def call(self, site, *options, codes=(0,)):
        return self.lab.rolewall_json("apply", site, "--netns", self.namespace.name,
                                      "--no-confirm", "--fail-if-opens", *options, codes=codes)

    def refused(self, site, what, *options):
        before = self.namespace.listing()
        document = self.call(site, *options, codes=(4,))
        texts = [error["message"] for error in document["errors"]]
        notes = str(document["errors"])
        self.report.check(any("let packets pass" in text for text in texts), f"{what}: {texts}")
        self.report.check("tcp 198.51.100.0:40000 192.0.2.2:22" in notes or "may let" in notes,
                          f"{what}: no witness: {notes}")
        self.report.check(self.namespace.listing() == before, f"{what}: something was sent")

    def run(self):
        self.refused(self.wide, "a wider site")
        self.refused(self.wide, "a wider site, dry", "--dry-run")
        document = self.lab.apply(self.namespace, self.wide, "h")
        self.report.check([(effect["ports"], effect["from"]) for effect in document["opens"]] ==
                          [("22", ["198.51.100.0/24"])] and document["closes"] == [],
                          f"opens: {document['opens']}, closes: {document['closes']}")
        document = self.call(self.narrow)
        self.report.check(document["changed"] and document["opens"] == [] and
                          [effect["ports"] for effect in document["closes"]] == ["22"],
                          f"a narrower site: {document['closes']}")
        self.namespace.nft("insert", "rule", "inet", "rolewall", "input", "meta", "mark", "7",
                           "drop")
        self.refused(self.narrow, "a rule that is not understood goes")
        plan = self.lab.plan(self.namespace, self.narrow, "h")
        self.report.check(plan["opens"] and not any(effect["sure"] for effect in plan["opens"]),
                          f"unknown is called sure: {plan['opens']}")


def main():
    lab, report = Lab(*arguments("test_opens.py")), Report()
    Opens(lab, report).run()
    report.finish("what opens is refused where that is asked for")


if __name__ == "__main__":
    main()
