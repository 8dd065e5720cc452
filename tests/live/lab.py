# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces for the live tests: made under names of our own, always removed."""
import atexit
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

SKIPPED = 77
TOOLS = ("ip", "nft", "nsenter")
CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33

libc = ctypes.CDLL(None, use_errno=True)


def skip(reason):
    print(f"SKIPPED: {reason}", flush=True)
    sys.exit(SKIPPED)


def give_up(reason):
    """Root that cannot test has failed to: nothing would tell it from a test that passed."""
    print(f"FAILED: {reason}", flush=True)
    sys.exit(1)


def run(*command, check=True, timeout=60, text=None, env=None):
    """A program's result; raises with all that it said when it fails."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                            input=text, env=env)
    if check and result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {result.returncode}\n"
                           f"{result.stdout}{result.stderr}")
    return result


def setns(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


class Namespace:
    """One network namespace; sockets made inside `entered()` belong to it for good."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        self.fd = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        self.run("ip", "link", "set", "lo", "up")

    @contextlib.contextmanager
    def entered(self):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            setns(self.fd)
            yield self
        finally:
            setns(home)
            os.close(home)

    def socket(self, *arguments):
        with self.entered():
            return socket.socket(*arguments)

    def command(self, *command):
        return ["nsenter", f"--net=/run/netns/{self.name}", *command]

    def run(self, *command, **options):
        return run(*self.command(*command), **options)

    def sysctl(self, name, value):
        with self.entered(), open("/proc/sys/" + name.replace(".", "/"), "w",
                                  encoding="ascii") as file:
            file.write(str(value))

    def nft(self, *arguments, **options):
        return self.run("nft", *arguments, **options)

    def listing(self):
        """Every table, with handles: what must not change when nothing is done."""
        return self.nft("-a", "list", "ruleset").stdout

    def remove(self):
        os.close(self.fd)
        run("ip", "netns", "del", self.name, check=False)


class Lab:
    """The namespaces and files of one test; gone when the program ends, however."""

    def __init__(self, program, source_folder, tools=()):
        if os.geteuid() != 0:
            skip("needs root, for network namespaces of its own")
        for tool in (*TOOLS, *tools):
            if not shutil.which(tool):
                give_up(f"needs {tool}; ./setup packages installs it")
        self.prefix = f"rw{os.getpid()}"
        self.namespaces = []
        self.folder = tempfile.mkdtemp(prefix="rolewall-live-")
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(1))
        self.program = program
        self.options = ()  # of every call
        self.source_folder = source_folder
        self.environment = dict(
            os.environ, ROLEWALL_SHARE_DIR=source_folder, NO_COLOR="1",
            ROLEWALL_STATE_DIR=self.path("state"), ROLEWALL_RUN_DIR=self.path("run"))

    def close(self):
        while self.namespaces:
            self.namespaces.pop().remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def namespace(self, name):
        try:
            made = Namespace(f"{self.prefix}-{name}")
        except RuntimeError as error:
            give_up(f"cannot make network namespaces: {error}")
        self.namespaces.append(made)
        return made

    def drop_namespace(self, namespace):
        self.namespaces.remove(namespace)
        namespace.remove()

    def wire(self, left, left_name, right, right_name):
        """A cable between two namespaces."""
        run("ip", "link", "add", left_name, "netns", left.name, "type", "veth",
            "peer", "name", right_name, "netns", right.name)
        left.run("ip", "link", "set", left_name, "up")
        right.run("ip", "link", "set", right_name, "up")

    # ---- the program under test ----

    def rolewall(self, *arguments, check=True, timeout=60):
        return run(self.program, *arguments, *self.options, check=check, timeout=timeout,
                   env=self.environment)

    def rolewall_json(self, *arguments, codes=(0,), timeout=60):
        """The one document that --json prints; its `exit` must be the exit code."""
        result = self.rolewall(*arguments, "--json", check=False, timeout=timeout)
        if result.returncode not in codes:
            raise RuntimeError(f"rolewall {' '.join(arguments)}: exit {result.returncode}, "
                               f"not {codes}\n{result.stdout}{result.stderr}")
        document = json.loads(result.stdout)
        if document["exit"] != result.returncode:
            raise RuntimeError(f"exit {result.returncode}, but JSON says {document['exit']}")
        return document

    def apply(self, namespace, site, host, codes=(0,)):
        return self.rolewall_json("apply", site, "--host", host, "--netns", namespace.name,
                                  "--no-confirm", codes=codes)

    def plan(self, namespace, site, host):
        return self.rolewall_json("plan", site, "--host", host, "--netns", namespace.name,
                                  "--detailed-exitcode", codes=(0, 2))

    def unload(self, namespace):
        return self.rolewall_json("unload", "--netns", namespace.name)


class Report:
    """Failures, printed as they come; a test goes on to find them all."""

    def __init__(self):
        self.failures = 0

    def check(self, good, text):
        if not good:
            self.failures += 1
            print(f"FAILED: {text}", flush=True)
        return good

    def finish(self, summary):
        print(f"{'FAILED' if self.failures else 'ok'}: {summary}"
              f"{f', {self.failures} failures' if self.failures else ''}", flush=True)
        sys.exit(1 if self.failures else 0)


def arguments(usage):
    """PROGRAM SOURCE_FOLDER, as ctest gives them."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {usage} PROGRAM SOURCE_FOLDER")
    return os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
