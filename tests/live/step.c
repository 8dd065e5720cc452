/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program up to one of its system calls, and ends or holds it there.
 *
 *	step WHO NUMBER HOW LOG PROGRAM [WORD...]
 *
 * WHO: main, child (which it forks), timer (which that one forks).  NUMBER: of the
 * system call, counted from 1; 0: none, and LOG then lists the system calls of WHO.
 * HOW: a signal's number for WHO alone; "group", "session": SIGKILL to all of the
 * program's process group, or session; "terminal": its terminal is hung up; "hold:MS":
 * goes on after so many milliseconds.  LOG has one more line when the step was reached:
 * "reached SYSCALL".  Exit code: the program's, 128 and the signal's number, or 125.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WHO_MAIN, WHO_CHILD, WHO_TIMER, WHO_COUNT };

static const char *const who_names[] = { "main", "child", "timer" };

struct step {
	int who;
	unsigned long number, count;
	const char *how;
	FILE *log;
	int terminal;          /* the master side; -1: the program has none */
	pid_t pids[WHO_COUNT]; /* 0: not there yet */
	size_t pid_count;
	int code; /* of the program; -1: it has not ended */
};

static void fail(const char *what)
{
	perror(what);
	_exit(125);
}

/* ---- the program ---- */

static int open_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || grantpt(master) || unlockpt(master))
		fail("terminal");
	return master;
}

static void take_terminal(int master)
{
	int fd = open(ptsname(master), O_RDWR);

	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0))
		fail("terminal");
	for (int stream = 0; stream <= 2; stream++)
		dup2(fd, stream);
	if (fd > 2)
		close(fd);
}

static void start(struct step *step, char **words)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		setsid();
		if (step->terminal >= 0)
			take_terminal(step->terminal);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execv(words[0], words);
		fail(words[0]);
	}
	step->pids[step->pid_count++] = pid;
}

/* ---- its end ---- */

static int session_of(const char *pid)
{
	char path[64], text[1024];
	int session = -1;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);

	FILE *file = fopen(path, "r");

	if (!file)
		return -1;

	const char *name_end =
		fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;

	fclose(file);
	if (!name_end || sscanf(name_end, ") %*c %*d %*d %d", &session) != 1)
		return -1;
	return session;
}

static void kill_session(pid_t session)
{
	DIR *folder = opendir("/proc");

	if (!folder)
		fail("/proc");
	for (const struct dirent *entry; (entry = readdir(folder));)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    session_of(entry->d_name) == session)
			kill(atoi(entry->d_name), SIGKILL);
	closedir(folder);
}

static void hold(unsigned long milliseconds)
{
	struct timespec rest = { .tv_sec = (time_t)(milliseconds / 1000),
				 .tv_nsec = (long)(milliseconds % 1000) * 1000000 };

	while (nanosleep(&rest, &rest))
		continue;
}

static void act(struct step *step, pid_t pid)
{
	if (strncmp(step->how, "hold:", 5) == 0)
		hold(strtoul(step->how + 5, NULL, 10));
	else if (strcmp(step->how, "group") == 0)
		kill(-step->pids[WHO_MAIN], SIGKILL);
	else if (strcmp(step->how, "session") == 0)
		kill_session(step->pids[WHO_MAIN]);
	else if (strcmp(step->how, "terminal") == 0)
		close(step->terminal);
	else
		kill(pid, atoi(step->how));
}

/* Whoever is stopped goes on, untraced; the others do so as they stop. */
static void let_go(const struct step *step)
{
	for (size_t i = 0; i < step->pid_count; i++)
		ptrace(PTRACE_DETACH, step->pids[i], 0, 0);
}

/* ---- on the way ---- */

static int is_counted(const struct step *step, pid_t pid)
{
	return (size_t)step->who < step->pid_count && step->pids[step->who] == pid;
}

/* Those that a caller asks for; the others are numbers. */
static void print_call(FILE *out, unsigned long long number)
{
	if (number == SYS_flock)
		fputs("flock\n", out);
	else if (number == SYS_ppoll)
		fputs("ppoll\n", out);
	else
		fprintf(out, "%llu\n", number);
}

/* True when the step is reached. */
static int on_system_call(struct step *step, pid_t pid)
{
	struct __ptrace_syscall_info call;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(call), &call) <= 0 ||
	    call.op != PTRACE_SYSCALL_INFO_ENTRY || !is_counted(step, pid))
		return 0;
	step->count++;
	if (!step->number)
		print_call(step->log, call.entry.nr);
	if (step->count != step->number)
		return 0;
	fputs("reached ", step->log);
	print_call(step->log, call.entry.nr);
	fflush(step->log);
	return 1;
}

static void on_end(struct step *step, pid_t pid, int status)
{
	if (pid == step->pids[WHO_MAIN])
		step->code = WIFEXITED(status) ? WEXITSTATUS(status)
					       : 128 + WTERMSIG(status);
}

static void on_fork(struct step *step, pid_t parent)
{
	unsigned long child;

	if (ptrace(PTRACE_GETEVENTMSG, parent, 0, &child) == 0 &&
	    step->pid_count < WHO_COUNT)
		step->pids[step->pid_count++] = (pid_t)child;
}

/* That a stop hands on: none of those that tracing makes. */
static int signal_of(int status)
{
	int number = WSTOPSIG(status) & 0x7f;

	return number == SIGTRAP || number == SIGSTOP ? 0 : number;
}

/* The signal to hand on. */
static int on_stop(struct step *step, pid_t pid, int status, int *reached)
{
	if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
		*reached = on_system_call(step, pid);
		return 0;
	}
	if (status >> 16 && status >> 16 != PTRACE_EVENT_EXEC)
		on_fork(step, pid);
	return signal_of(status);
}

static void watch(struct step *step)
{
	int status, reached = 0;
	pid_t pid;

	while (!reached && (pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			on_end(step, pid, status);
			continue;
		}

		int number = on_stop(step, pid, status, &reached);

		if (!reached)
			ptrace(PTRACE_SYSCALL, pid, 0, number);
	}
	if (reached) {
		act(step, pid);
		let_go(step);
	}
}

static void finish(struct step *step)
{
	int status;

	while (step->code < 0) {
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			fail("waitpid");
		if (WIFSTOPPED(status))
			ptrace(PTRACE_DETACH, pid, 0, signal_of(status));
		else
			on_end(step, pid, status);
	}
}

int main(int argc, char **argv)
{
	struct step step = { .terminal = -1, .code = -1 };
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
	int status;

	if (argc < 6)
		return 125;
	while (step.who < WHO_COUNT && strcmp(argv[1], who_names[step.who]) != 0)
		step.who++;
	step.number = strtoul(argv[2], NULL, 10);
	step.how = argv[3];
	step.log = fopen(argv[4], "we");
	if (step.who == WHO_COUNT || !step.log)
		return 125;
	if (strcmp(step.how, "terminal") == 0)
		step.terminal = open_terminal();
	if (step.who != WHO_MAIN)
		options |=
			PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	start(&step, argv + 5);
	if (waitpid(step.pids[WHO_MAIN], &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, step.pids[WHO_MAIN], 0, options))
		fail("ptrace");
	ptrace(PTRACE_CONT, step.pids[WHO_MAIN], 0, 0); /* up to its exec */
	watch(&step);
	finish(&step);
	return step.code;
}
