#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Without privilege: 77 before anything is done; and what needs none opens no netlink."""
import glob
import os
import shutil

from lab import Lab, Report, arguments, run

NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
KERNEL_VERBS = (("plan",), ("apply", "--no-confirm"), ("apply",), ("status",), ("unload",),
                ("confirm",), ("rollback",), ("load",),
                ("explain", "tcp analysts sensor-1:22", "--live"))
SITELESS = ("unload", "confirm", "rollback", "load")
PLAIN_VERBS = (("check",), ("compile",), ("compile", "--format", "json"), ("matrix",),
               ("matrix", "--format", "markdown"),
               ("explain", "tcp analysts sensor-1:22"))


def installed(lab):
    """Copies where nobody can reach them: a checkout may lie in a closed folder."""
    os.chmod(lab.folder, 0o755)
    for name in ("profiles", "examples"):
        shutil.copytree(os.path.join(lab.source_folder, name), lab.path(name))
    program = shutil.copy(lab.program, lab.path("rolewall"))
    for library in glob.glob(os.path.join(os.path.dirname(lab.program), "librolewall.so*")):
        shutil.copy(library, lab.folder)
    lab.program = program
    lab.environment.update(ROLEWALL_SHARE_DIR=lab.folder, LD_LIBRARY_PATH=lab.folder)
    return lab.path("examples/plant.cfg")


def refused(lab, report, namespace, site):
    before = namespace.listing()
    for verb, *options in KERNEL_VERBS:
        sites = () if verb in SITELESS else (site, "--host", "sensor-1")
        result = run(*namespace.command(*NOBODY, lab.program, verb, *sites, *options),
                     check=False, env=lab.environment)
        report.check(result.returncode == 77, f"{verb} as nobody: exit {result.returncode}")
        report.check(result.stdout == "", f"{verb} as nobody printed: {result.stdout}")
        report.check(result.stderr.strip() != "", f"{verb} as nobody said nothing")
        report.check(namespace.listing() == before, f"{verb} as nobody changed something")


def traced(lab, report, namespace, site):
    trace = lab.path("trace")
    for verb, *options in PLAIN_VERBS:
        host = ("--host", "sensor-1") if verb == "compile" else ()
        open(trace, "w", encoding="ascii").close()
        os.chmod(trace, 0o666)
        environment = dict(lab.environment, ASAN_OPTIONS="detect_leaks=0")
        result = run(*namespace.command(
            *NOBODY, "strace", "-f", "-qq", "-e", "trace=socket,bind,sendto,sendmsg,connect",
            "-o", trace, lab.program, verb, site, *host, *options), check=False, env=environment)
        with open(trace, encoding="utf-8") as file:
            calls = file.read()
        report.check(result.returncode == 0,
                     f"{verb} as nobody: exit {result.returncode}\n{result.stderr}")
        report.check("socket" not in calls, f"{verb} opened a socket: {calls}")
    # The same trace of a verb that does: the check above can fail.
    environment = dict(lab.environment, ASAN_OPTIONS="detect_leaks=0")
    run(*namespace.command("strace", "-f", "-qq", "-e", "trace=socket", "-o", trace,
                           lab.program, "plan", site, "--host", "sensor-1"), env=environment)
    with open(trace, encoding="utf-8") as file:
        report.check("NETLINK_NETFILTER" in file.read(), "the trace shows no netlink")


def main():
    lab, report = Lab(*arguments("test_privilege.py"), tools=("setpriv", "strace")), Report()
    site = installed(lab)
    namespace = lab.namespace("host")
    run(*NOBODY, lab.program, "--version", env=lab.environment)
    refused(lab, report, namespace, site)
    traced(lab, report, namespace, site)
    report.finish(f"{len(KERNEL_VERBS)} verbs refused, {len(PLAIN_VERBS)} run by nobody")


if __name__ == "__main__":
    main()
