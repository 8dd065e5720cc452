/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting the timer: where systemd runs a transient unit of it, which outlives the
 * session and all that is in it; else a process with a session of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "change/timer.h"
#include "change/timer_process.h"

#define SYSTEMD_RUNS "/run/systemd/system"
#define SYSTEMD_RUN  "/usr/bin/systemd-run"
#define SYSTEMCTL    "/usr/bin/systemctl"

enum { HELPER_MS = 10000 };

bool timer_systemd_runs(void)
{
	return access(SYSTEMD_RUNS, F_OK) == 0 && access(SYSTEMD_RUN, X_OK) == 0;
}

/* ---- programs of systemd's ---- */

/* Its exit status; -1 when it did not end by itself in time. */
static int wait_for(pid_t child)
{
	int descriptor = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd ends = { .fd = descriptor, .events = POLLIN };
	int status;

	if (descriptor >= 0) {
		if (poll(&ends, 1, HELPER_MS) != 1)
			kill(child, SIGKILL);
		close(descriptor);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Silent, with nothing of this process's streams. */
static bool run_program(const char *const *words)
{
	static char *const environment[] = { NULL };
	posix_spawn_file_actions_t streams;
	pid_t child;

	if (posix_spawn_file_actions_init(&streams))
		return false;

	bool good = true;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		good = good && !posix_spawn_file_actions_addopen(
				       &streams, fd, "/dev/null", O_RDWR, 0);
	/* posix_spawn() changes none of the words */
	good = good && !posix_spawn(&child, words[0], &streams, NULL,
				    (char *const *)(uintptr_t)words, environment);
	posix_spawn_file_actions_destroy(&streams);
	return good && wait_for(child) == 0;
}

/* ---- systemd ---- */

static bool start_systemd(const struct deadline *deadline)
{
	const struct rolewall_state *state = deadline->state;
	struct arena *arena AUTO(arena) = arena_new();
	const char *id = deadline->pending.id.text;
	const char *words[] = {
		SYSTEMD_RUN,
		"--quiet",
		"--collect",
		"--no-ask-password",
		"--timer-property=AccuracySec=100ms",
		"--property=Type=oneshot",
		/* once more when the kernel would not; 6: nothing is there to do */
		"--property=Restart=on-failure",
		"--property=RestartSec=5",
		"--property=RestartPreventExitStatus=6",
		"--property=StartLimitIntervalSec=600",
		"--property=StartLimitBurst=20",
		"--description=roll back a firewall change that nobody confirms",
		arena_format(arena, "--unit=rolewall-rollback-%s", id),
		arena_format(arena, "--on-active=%us", deadline->seconds),
		arena_format(arena, "--setenv=ROLEWALL_STATE_DIR=%s",
			     state->state_folder),
		arena_format(arena, "--setenv=ROLEWALL_RUN_DIR=%s", state->run_folder),
		state->program,
		"rollback",
		id,
		"--unless-confirmed",
		"--quiet",
		state->netns ? "--netns" : NULL,
		state->netns,
		NULL,
	};

	return run_program(words);
}

/* ---- a process ---- */

static bool cannot_start(struct diags *diags, int error)
{
	return diag_error(diags, DIAG_STATE, (struct span){ 0 },
			  "cannot start the process that would roll back: %s",
			  strerror(error));
}

/* It says so when nothing that ends this one's session can reach it any more. */
static bool hear_ready(int ready, pid_t child, struct diags *diags)
{
	char word;
	ssize_t length;

	do
		length = read(ready, &word, sizeof(word));
	while (length < 0 && errno == EINTR);
	if (length == sizeof(word))
		return true;
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	return cannot_start(diags, ECHILD);
}

static bool start_process(struct deadline *deadline, struct timer_process *process,
			  struct diags *diags)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cannot_start(diags, errno);
	process->ready = ends[1];

	pid_t child = fork();
	int error = errno;

	if (child == 0)
		timer_process_run(deadline, process);
	close(ends[1]);

	bool good = child > 0 ? hear_ready(ends[0], child, diags)
			      : cannot_start(diags, error);

	close(ends[0]);
	return good;
}

static bool start_own(struct deadline *deadline, struct diags *diags)
{
	struct state *files = deadline->state->files;
	struct kernel *kernel AUTO(kernel) = NULL;

	/* its own socket, in the right namespace while that has its name */
	if (!kernel_open(deadline->netns, diags, &kernel))
		return false;

	struct timer_process process = { .kernel = kernel,
					 .lock = timer_lock(files, diags) };

	if (process.lock < 0)
		return false;

	bool started = start_process(deadline, &process, diags);

	close(process.lock); /* the process has it now */
	return started && (timer_is_alive(files) || cannot_start(diags, ECHILD));
}

bool timer_start(struct deadline *deadline, struct diags *diags)
{
	struct pending *pending = &deadline->pending;

	if (pending->timer == TIMER_SYSTEMD) {
		if (start_systemd(deadline))
			return true;
		/* a container's, perhaps, which is not to be spoken with */
		pending->timer = TIMER_PROCESS;
		if (!pending_write(deadline->state->files, pending, diags))
			return false;
	}
	return start_own(deadline, diags);
}

bool timer_lives(const struct pending *pending, struct state *files)
{
	struct arena *arena AUTO(arena) = NULL;

	if (pending->timer == TIMER_PROCESS)
		return timer_is_alive(files);
	if (!timer_systemd_runs())
		return false;
	arena = arena_new();
	return run_program((const char *const[]){
		SYSTEMCTL, "--quiet", "is-active",
		arena_format(arena, "rolewall-rollback-%s.timer", pending->id.text),
		NULL });
}

void timer_stop(const struct pending *pending)
{
	struct arena *arena AUTO(arena) = NULL;

	if (pending->timer != TIMER_SYSTEMD || !timer_systemd_runs())
		return;
	arena = arena_new();
	run_program((const char *const[]){
		SYSTEMCTL, "--quiet", "stop",
		arena_format(arena, "rolewall-rollback-%s.timer", pending->id.text),
		NULL });
}
