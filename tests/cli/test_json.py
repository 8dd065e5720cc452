#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--json: one document with the promised keys, for success and for failure."""
import os
import pty

from program import Program

ALWAYS = {"format", "ok", "exit", "errors", "warnings", "version", "verb"}


def keys(program, name, document, wanted):
    program.check(document.get("format") == 1, f"{name}: format {document.get('format')}")
    missing = (ALWAYS | wanted) - set(document)
    program.check(not missing, f"{name}: no {missing}")


def on_terminal(program, *arguments):
    """What comes out of a pseudo-terminal; all of it."""
    master, slave = pty.openpty()
    result = program.run(*arguments, stdin=slave, stdout=slave, stderr=slave,
                         environment={"TERM": "xterm"})
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 65536):
            text += chunk
    except OSError:
        pass # all ends of the other side are closed
    os.close(master)
    return result.returncode, text.decode()


def main():
    program = Program()
    plant = program.example("plant.cfg")

    document = program.document("check", plant)
    keys(program, "check", document, {"site", "site_sha256", "profile", "hosts"})
    program.check(document["hosts"] == ["sensor-1", "sensor-2", "collector", "proxy"] and
                  document["site"] == "plant-7" and document["profile"] is False,
                  f"check: {document}")
    profile = program.document("check", os.path.join(program.source_folder, "profiles",
                                                     "defender-iot.cfg"))
    program.check(profile["profile"] is True and profile["hosts"] == [], f"profile: {profile}")

    document = program.document("compile", program.site, "--host", "web")
    keys(program, "compile", document, {"host", "script", "site_sha256"})
    program.check(document["script"] == program.run("compile", program.site, "--host",
                                                    "web").stdout, "compile: another script")
    document = program.document("compile", program.site, "--host", "web", "--format", "json")
    keys(program, "compile --format json", document, {"host", "ruleset"})
    program.check("nftables" in document["ruleset"], f"compile json: {list(document)}")
    document = program.document("compile", program.site, "--host", "web", "-o",
                                program.path("web.nft"))
    keys(program, "compile -o", document, {"host", "files"})
    program.check(document["files"] == [{"host": "web", "path": program.path("web.nft")}] and
                  "script" not in document, f"compile -o: {document}")

    document = program.document("explain", program.site, "tcp", "desk", "web:80")
    keys(program, "explain", document, {"packet", "verdict", "rule", "flow", "origin", "row",
                                        "path", "parts", "legs"})
    program.check(document["verdict"] == "accept" and document["flow"] == "office.http" and
                  document["origin"] == {"file": program.site, "line": 5} and
                  document["row"] is None, f"explain: {document}")
    program.check([part["direction"] for part in document["parts"]] == ["out", "in"],
                  f"explain: parts {document['parts']}")
    document = program.document("explain", program.site, "tcp any web:80")
    program.check(document["verdict"] == "mixed" and document["rule"] is None and
                  {part["verdict"] for part in document["parts"]} == {"accept", "drop"},
                  f"explain any: {document}")
    document = program.document("explain", program.site, "tcp desk webb:80")
    program.check(document["exit"] == 64 and "verdict" not in document, f"explain: {document}")

    document = program.document("matrix", program.site)
    keys(program, "matrix", document, {"rows", "hosts"})
    wanted = {"flow", "from", "to", "protocol", "ports", "optional", "open", "why", "row"}
    for row in document["rows"]:
        program.check(wanted <= set(row), f"matrix: a row without {wanted - set(row)}")
    program.check([row["flow"] for row in document["rows"]] == ["office.http"],
                  f"matrix: {document['rows']}")
    for host in document["hosts"]:
        program.check({"name", "roles", "addresses"} <= set(host), f"matrix: {host}")
    plain = program.run("matrix", program.site, "--format", "json")
    program.check(plain.stdout == program.run("matrix", program.site, "--json").stdout,
                  "matrix --format json is not the document")

    program.write("old.cfg", program.read("office.cfg").replace("tcp = 80", "tcp = 81"))
    document = program.document("plan", program.site, "--host", "web", "--against",
                                program.path("old.cfg"))
    keys(program, "plan", document,
         {"changed", "host", "generation", "summary", "changes", "before", "after", "against"})
    program.check(document["changed"] is True and document["exit"] == 0 and
                  set(document["summary"]) == {"add", "change", "delete"}, f"plan: {document}")
    for change in document["changes"]:
        program.check({"op", "kind", "chain", "set", "before", "after", "flow", "origin"} <=
                      set(change), f"plan: {change}")

    failures = ((("check", program.wrong), 3, "unknown-name"),
                (("check", program.path("none.cfg")), 1, "file"),
                (("compile", program.site, "--host", "wob"), 3, "host"),
                (("compile", program.site, "--host", "web", "-o", program.path("no/such")), 1,
                 "file"),
                (("matrix", program.wrong), 3, "unknown-name"))
    for arguments, code, kind in failures:
        document = program.document(*arguments)
        keys(program, str(arguments), document, set())
        program.check(document["exit"] == code and
                      [error["code"] for error in document["errors"]] == [kind],
                      f"{arguments}: {document}")
        for error in document["errors"]:
            program.check(set(error) >= {"file", "line", "column", "severity", "code", "message"},
                          f"{arguments}: {error}")
    error = program.document("check", program.wrong)["errors"][0]
    program.check((error["file"], error["line"]) == (program.wrong, 5), f"place: {error}")

    # A terminal changes nothing: no colour, no hints.
    arguments = ("check", program.wrong, "--json", "--color=always")
    code, text = on_terminal(program, *arguments)
    program.check(code == 3 and text.replace("\r", "") == program.run(*arguments).stdout and
                  "\033" not in text, f"on a terminal: {text!r}")
    code, text = on_terminal(program, "check", program.wrong)
    program.check(code == 3 and "\033[" in text, f"no colour on a terminal: {text!r}")
    code, text = on_terminal(program, "check", program.wrong, "--color=never")
    program.check(code == 3 and "\033" not in text, f"colour in spite of never: {text!r}")
    program.check("\033" not in program.run("check", program.wrong).stderr, "colour in a pipe")
    program.check("\033[" in program.run("check", program.wrong, "--color=always").stderr,
                  "no colour in spite of always")
    program.finish()


if __name__ == "__main__":
    main()
