# SPDX-License-Identifier: GPL-2.0-or-later
"""A real OpenSSH server in a namespace, and sessions with it from another one."""
import atexit
import os
import socket
import subprocess
import time

from lab import run

TOOLS = ("ssh", "ssh-keygen", "sudo", "unshare")
OLD = "198.51.100.99 1 192.0.2.11 2222"  # what sshd itself was started over


class Server:
    """sshd in a namespace, with a /run of its own; ends with the test."""

    def __init__(self, lab, host, port):
        self.port = port
        self.key = lab.path("key")
        for name in ("key", "host-key"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", lab.path(name))
        settings = lab.write("sshd_config", "\n".join((
            f"Port {port}", f"HostKey {lab.path('host-key')}",
            f"AuthorizedKeysFile {lab.path('key.pub')}", "StrictModes no",
            "PermitRootLogin yes", "UsePAM no", "PidFile none", "GatewayPorts yes",
            "UseDNS no", "PasswordAuthentication no")) + "\n")
        self.log = lab.path("sshd.log")
        self.process = subprocess.Popen(
            host.command("unshare", "--mount", "sh", "-c",
                         "mount -t tmpfs none /run && mkdir /run/sshd && "
                         f"exec /usr/sbin/sshd -D -f {settings} -E {self.log}"),
            env=dict(os.environ, SSH_CONNECTION=OLD), start_new_session=True)
        atexit.register(self.stop)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)

    def wait_for(self, namespace, address, port):
        for _ in range(100):
            try:
                found = namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
                found.settimeout(5)
                found.connect((address, port))
                return found
            except OSError:
                found.close()
                time.sleep(0.1)
        with open(self.log, encoding="utf-8") as file:
            raise RuntimeError(f"nobody listens on {address} port {port}: {file.read()}")

    def command(self, namespace, address, *words, seconds=10):
        return namespace.command(
            "ssh", "-F", "/dev/null", "-i", self.key, "-p", str(self.port), "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR", "-o", f"ConnectTimeout={seconds}", *words, f"root@{address}")

    def lets_in(self, namespace, address, seconds=2):
        """Whether a new connection comes through."""
        result = run(*self.command(namespace, address, seconds=seconds), "true", check=False)
        return result.returncode == 0


class Session:
    """One connection with a shell at its other end, for one command after the other."""

    END = "-- end --"

    def __init__(self, server, namespace, address):
        self.process = subprocess.Popen(
            [*server.command(namespace, address), "exec sh"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def run(self, command):
        """(exit code, all that it said)"""
        self.send(f"{command} </dev/null 2>&1; echo \"{self.END} $?\"")
        lines = []
        for line in self.process.stdout:
            if line.startswith(self.END):
                return int(line.split()[-1]), "".join(lines)
            lines.append(line)
        raise RuntimeError(f"the session has ended in {command}: {''.join(lines)}")

    def is_alive(self):
        return self.run("echo alive") == (0, "alive\n")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
