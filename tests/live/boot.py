# SPDX-License-Identifier: GPL-2.0-or-later
"""A Debian tree that boots: systemd as PID 1, in namespaces of its own.

The tree is the machine's own root folder, read-only under an overlay in memory, so that
a boot takes seconds and a second boot finds what the first one wrote.  What is made here
is in a mount namespace of this process and below one control group: both are gone with
the process, however it ends.
"""
import atexit
import ctypes
import glob
import json
import os
import shutil
import signal
import subprocess
import time

from lab import give_up, libc, run

SYSTEMD = "/lib/systemd/systemd"
TOOLS = ("systemd-run", "systemctl", "journalctl", "cmake", "unshare", "nsenter", "setpriv",
         "pivot_root", "timeout", "mount")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = (f"PATH={PATH}", "NO_COLOR=1", "SYSTEMD_PAGER=", "LC_ALL=C.UTF-8")
BOOT_SECONDS = 120  # the longest that anything booted here may live
CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
MNT_DETACH = 2

# What reaches through namespaces to the machine, systemd here is not to have.
WITHOUT = ("sys_time", "sys_module", "sys_rawio", "sys_resource", "syslog", "mac_admin",
           "mac_override", "mknod", "audit_control", "audit_write", "audit_read",
           "wake_alarm", "block_suspend")

# As PID 1 in all its namespaces: $1 the tree, then what to become.
ENTER = r"""
set -eu
tree=$1
shift
mount -t proc -o nosuid,nodev,noexec proc "$tree/proc"
mount --bind "$tree/proc/sys" "$tree/proc/sys"
mount -o remount,bind,ro "$tree/proc/sys"
if [ -e "$tree/proc/sysrq-trigger" ]; then
	mount --bind /dev/null "$tree/proc/sysrq-trigger"
fi
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$tree/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$tree/sys/fs/cgroup"
mount -t tmpfs -o nosuid,mode=0755 tmpfs "$tree/dev"
for device in null zero full random urandom tty; do
	: >"$tree/dev/$device"
	mount --bind "/dev/$device" "$tree/dev/$device"
done
ln -s /proc/self/fd "$tree/dev/fd"
mkdir "$tree/dev/pts" "$tree/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$tree/dev/pts"
ln -s pts/ptmx "$tree/dev/ptmx"
mount -t tmpfs -o nosuid,nodev tmpfs "$tree/dev/shm"
mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs "$tree/run"
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$tree/tmp"
hostname sensor-1
cd "$tree"
mkdir -p run/before
pivot_root . run/before
umount -l /run/before
rmdir /run/before
exec "$@"
"""

TARGET = """[Unit]
Description=all that the test needs
Requires=basic.target
Wants=dbus.socket
After=basic.target
AllowIsolate=yes
"""


def unshare_mounts():
    if libc.unshare(CLONE_NEWNS) != 0:
        error = ctypes.get_errno()
        give_up(f"cannot have mounts of its own: {os.strerror(error)}")
    if libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        give_up("cannot keep mounts to itself")


def unmount(path):
    """Before its folder is removed: what is mounted there is not ours to remove."""
    if os.path.ismount(path) and libc.umount2(path.encode(), MNT_DETACH) != 0:
        raise OSError(ctypes.get_errno(), f"cannot unmount {path}")


class Groups:
    """One control group for all boots, ended and removed by a watcher when we are gone."""

    def __init__(self, folder):
        self.root = os.path.join(folder, "cgroup")
        os.mkdir(self.root)
        if run("mount", "-t", "cgroup2", "cgroup2", self.root, check=False).returncode:
            give_up("cannot mount the control groups (cgroup2)")
        self.group = os.path.join(self.root, f"rolewall-boot-{os.getpid()}")
        try:
            os.mkdir(self.group)
        except OSError as error:
            give_up(f"cannot make a control group: {error}")
        self.watch(folder)

    def watch(self, folder):
        end, self.alive = os.pipe()  # closed when this process ends, whatever ends it
        self.watcher = os.fork()
        if self.watcher:
            os.close(end)
            atexit.register(self.close)
            return
        try:
            os.setsid()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            os.close(self.alive)
            null = os.open("/dev/null", os.O_RDWR)
            for stream in range(3):  # whoever reads them is not to wait for this one
                os.dup2(null, stream)
            os.read(end, 1)
            self.empty(20)
            os.rmdir(self.group)
            for name in ("disk/tree", "disk", "cgroup"):
                unmount(os.path.join(folder, name))
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os._exit(0)

    def close(self):
        os.close(self.alive)
        os.waitpid(self.watcher, 0)

    def kill(self):
        with open(os.path.join(self.group, "cgroup.kill"), "w", encoding="ascii") as file:
            file.write("1")

    def empty(self, seconds):
        """Ends all that is in the group, and the groups that it made."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.kill()
            for path, _, _ in os.walk(self.group, topdown=False):
                if path != self.group:
                    try:
                        os.rmdir(path)
                    except OSError:
                        pass  # what was killed is not gone yet
            with open(os.path.join(self.group, "cgroup.events"), encoding="ascii") as file:
                if "populated 0" in file.read() and not glob.glob(self.group + "/*/"):
                    return True
            time.sleep(0.02)
        return False


class Tree:
    """The tree that is booted: rolewall installed into it, and no unit of the machine's."""

    def __init__(self, lab):
        if not os.path.exists(SYSTEMD):
            give_up(f"needs {SYSTEMD}; ./setup packages installs it")
        unshare_mounts()
        self.disk = lab.path("disk")
        self.root = os.path.join(self.disk, "tree")
        os.mkdir(self.disk)
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "rolewall-boot", self.disk)
        for name in ("upper", "work", "tree"):
            os.mkdir(os.path.join(self.disk, name))
        made = run("mount", "-t", "overlay", "-o",
                   f"lowerdir=/,upperdir={self.disk}/upper,workdir={self.disk}/work",
                   "rolewall-boot", self.root, check=False)
        if made.returncode:
            give_up(f"cannot lay an overlay over /: {made.stderr.strip()}")
        self.groups = Groups(lab.folder)
        self.furnish()

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def remove(self, name):
        path = self.path(name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)

    def furnish(self):
        for name in ("etc/systemd/system", "usr/local/lib/systemd", "etc/crypttab",
                     "var/lib/rolewall", "var/log/journal", "var/lib/systemd/timers"):
            self.remove(name)
        for name in ("run", "tmp", "proc", "sys", "dev", "var/tmp", "etc/systemd/system"):
            os.makedirs(self.path(name), exist_ok=True)
        self.write("etc/fstab", "")
        self.write("etc/machine-id", "5d1f0c5e7a3b4c2d9e8f7a6b5c4d3e2f\n")  # no first boot
        self.write("etc/hostname", "sensor-1\n")
        self.write("etc/systemd/system/booted.target", TARGET)

    def install(self, program):
        folder = os.path.dirname(program)
        result = subprocess.run(["cmake", "--install", folder], check=False, timeout=60,
                                capture_output=True, text=True,
                                env=dict(os.environ, DESTDIR=self.root))
        if result.returncode:
            give_up(f"cannot install {folder}: {result.stderr}")
        self.enable("rolewall.service")

    def enable(self, unit):
        run("systemctl", f"--root={self.root}", "enable", unit)

    def boot(self):
        return Boot(self)


class Boot:
    """One run of the tree, from PID 1 to its end."""

    def __init__(self, tree):
        self.tree, self.groups = tree, tree.groups
        environment = {"container": "rolewall-test", "PATH": PATH, "TERM": "dumb"}
        bounding = ",".join(f"-{name}" for name in WITHOUT)
        self.log = open(os.path.join(tree.disk, "console"), "wb")
        self.process = subprocess.Popen(
            ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', self.groups.group,
             "timeout", "--foreground", "--signal=KILL", str(BOOT_SECONDS),
             "unshare", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc", "--net",
             "--cgroup", "--propagation", "private",
             "sh", "-c", ENTER, "sh", tree.root,
             "setpriv", f"--bounding-set={bounding}", SYSTEMD, "--system",
             "--unit=booted.target"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment)
        self.init = None
        try:
            self.wait_until_booted()
        except BaseException:
            self.cut()
            raise

    # ---- the machine's side of it ----

    def find_init(self):
        """PID 1 as it is seen from here: a child of unshare, once it is systemd."""
        with open(os.path.join(self.groups.group, "cgroup.procs"), encoding="ascii") as file:
            candidates = file.read().split()
        for path in glob.glob(self.groups.group + "/init.scope/cgroup.procs"):
            with open(path, encoding="ascii") as file:
                candidates += file.read().split()
        for pid in candidates:
            try:
                with open(f"/proc/{pid}/status", encoding="ascii") as file:
                    status = dict(line.split(":", 1) for line in file)
            except OSError:
                continue  # it has ended
            if status["Name"].strip() == "systemd" and status["NSpid"].split()[1:] == ["1"]:
                return int(pid)
        return None

    def wait_until_booted(self):
        limit = time.monotonic() + 60
        while time.monotonic() < limit and self.process.poll() is None:
            self.init = self.init or self.find_init()
            if self.init and self.state("booted.target") == "active":
                # what nothing that was waited for is ordered behind goes on
                self.run("systemctl", "is-system-running", "--wait", check=False)
                return
            time.sleep(0.05)
        self.log.flush()
        with open(os.path.join(self.tree.disk, "console"), encoding="utf-8") as file:
            raise RuntimeError(f"it did not boot: {file.read()[-4000:]}\n"
                               f"{self.listing_of_jobs() if self.init else ''}")

    def listing_of_jobs(self):
        return (self.run("systemctl", "list-jobs", check=False).stdout +
                self.run("systemctl", "list-units", "--failed", check=False).stdout)

    def cut(self):
        """The power is cut."""
        self.groups.kill()
        self.process.wait(timeout=20)
        gone = self.groups.empty(20)
        self.log.close()
        if not gone:
            raise RuntimeError("something survived the end of its namespaces")

    def shut_down(self):
        """As by an orderly reboot."""
        self.run("systemctl", "poweroff", "--no-block", check=False)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            raise RuntimeError("it does not shut down: " + self.listing_of_jobs()) from None
        finally:
            self.cut()

    # ---- inside ----

    def command(self, *command):
        return ["nsenter", f"--target={self.init}", "--all", "env", "-i", *ENVIRONMENT,
                *command]

    def run(self, *command, **options):
        return run(*self.command(*command), **options)

    def rolewall(self, *arguments, **options):
        return self.run("rolewall", *arguments, **options)

    def rolewall_json(self, *arguments, codes=(0,)):
        result = self.rolewall(*arguments, "--json", check=False)
        if result.returncode not in codes:
            raise RuntimeError(f"rolewall {' '.join(arguments)}: exit {result.returncode}, "
                               f"not {codes}\n{result.stdout}{result.stderr}")
        return json.loads(result.stdout)

    def table(self):
        """The rules without what they counted; empty when there are none."""
        return self.run("nft", "-s", "list", "table", "inet", "rolewall", check=False).stdout

    def show(self, unit, *names):
        """Properties of a unit, by name."""
        text = self.run("systemctl", "show", unit,
                        *(f"--property={name}" for name in names)).stdout
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def state(self, unit):
        return self.run("systemctl", "is-active", unit, check=False).stdout.strip()

    def journal(self, unit):
        """All that a unit said in this boot."""
        return self.run("journalctl", "--quiet", "--boot", "--unit", unit, "--output=cat",
                        check=False).stdout
