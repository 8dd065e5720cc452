/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for the deadline.
 *
 * It holds in memory all that it needs: no file has to be found again, no program to be
 * started.  CLOCK_BOOTTIME, for nobody can set it.  Only what says that the change was
 * settled ends it before; that its record has gone says nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

#include "base/limits.h"

#include "change/timer_process.h"

enum { MS_A_SECOND = 1000, NANOSECONDS_A_MS = 1000000, LOCK_SECONDS = 5, KEPT_MAX = 8 };

static volatile sig_atomic_t asked_to_end;

static void on_end(int number)
{
	(void)number;
	asked_to_end = 1;
}

/* What ends the caller, its terminal or its session is not to end this one. */
static void keep_signals(void)
{
	static const int ignored[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGTSTP,
				       SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGALRM };
	sigset_t blocked;
	struct sigaction end = { .sa_handler = on_end };

	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
	/* who ends the watch gets what it watched: the old rules, now */
	sigaction(SIGTERM, &end, NULL);
	/* it comes while this process waits, and at no other time: none is missed */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* A pipe that stays open here would keep somebody waiting for its end. */
static void close_others(int *kept, size_t count)
{
	unsigned next = STDERR_FILENO + 1;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	qsort(kept, count, sizeof(*kept), by_number);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] < 0)
			continue;
		if ((unsigned)kept[i] > next)
			close_range(next, (unsigned)kept[i] - 1, 0);
		next = (unsigned)kept[i] + 1;
	}
	close_range(next, ~0U, 0);
}

static int make_timer(uint64_t deadline_ms)
{
	int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	const struct itimerspec at = {
		.it_value = { .tv_sec = (time_t)(deadline_ms / MS_A_SECOND),
			      .tv_nsec = (long)(deadline_ms % MS_A_SECOND) *
					 NANOSECONDS_A_MS },
	};

	if (timer >= 0 && timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) == 0)
		return timer;
	return -1;
}

static void read_away(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		continue;
}

/* True when the deadline is there; false when the change was settled before. */
static bool wait_for_deadline(const struct deadline *deadline, int timer, int watch)
{
	struct state *files = deadline->state->files;
	struct pollfd waits[] = { { .fd = timer, .events = POLLIN },
				  { .fd = watch, .events = POLLIN } };
	const struct timespec second = { .tv_sec = 1 };
	sigset_t none;

	sigemptyset(&none);

	while (!asked_to_end) {
		if (pending_is_settled(files, &deadline->pending.id))
			return false;
		/* without a timer: asked again every second */
		ppoll(waits, COUNT_OF(waits), timer < 0 ? &second : NULL, &none);
		if (waits[1].revents)
			read_away(watch);
		if (boot_time_ms() >= deadline->pending.deadline_ms)
			return true;
	}
	return true;
}

/* ---- and then ---- */

static void tell_machine(int priority, const struct deadline *deadline,
			 const char *words)
{
	syslog(priority, "change %s: %s", deadline->pending.id.text, words);
}

/* Whoever holds the lock may hang, and must not keep the old rules away. */
static void roll_back(struct deadline *deadline, struct kernel *kernel)
{
	struct state *files = deadline->state->files;
	struct arena *arena = arena_new();
	struct diags diags;
	bool back = false;

	diags_init(&diags, arena);
	if (!state_lock(files, LOCK_SECONDS, &diags))
		tell_machine(LOG_WARNING, deadline, "going on without the lock");
	if (pending_is_settled(files, &deadline->pending.id))
		return;
	for (unsigned tries = 0; !back && tries < LIMIT_RETRIES; tries++) {
		if (tries)
			sleep(1);
		back = restore_send(&deadline->restore, kernel, &diags);
	}
	if (!pending_settle(files, &deadline->pending,
			    back ? ENDING_ROLLED_BACK : ENDING_FAILED,
			    back ? "nobody confirmed it in time"
				 : "the kernel refused the rules from before it",
			    &diags))
		tell_machine(LOG_ERR, deadline, "cannot note that it was rolled back");
	tell_machine(back ? LOG_WARNING : LOG_ALERT, deadline,
		     back ? "nobody confirmed it in time: rolled back"
			  : "nobody confirmed it, and rolling back failed");
}

/* From here on nothing that ends the caller's terminal, session or group ends this. */
static void leave_caller(const struct timer_process *process)
{
	setsid();
	keep_signals();
	if (write(process->ready, "", 1) != 1)
		_exit(1); /* nobody waits for it: there is no change */
}

_Noreturn void timer_process_run(struct deadline *deadline,
				 struct timer_process *process)
{
	int kept[KEPT_MAX];
	size_t count = 0;

	leave_caller(process);
	kept[count++] = process->lock;
	kept[count++] = kernel_descriptor(process->kernel);
	count += state_descriptors(deadline->state->files, kept + count);
	close_others(kept, count);
	state_forget_lock(deadline->state->files);
	prctl(PR_SET_NAME, "rolewall-timer");
	openlog("rolewall", LOG_PID, LOG_DAEMON);
	if (chdir("/") != 0)
		tell_machine(LOG_NOTICE, deadline, "cannot leave the caller's folder");

	int watch = pending_watch(deadline->state->files);
	int timer = make_timer(deadline->pending.deadline_ms);

	if (wait_for_deadline(deadline, timer, watch))
		roll_back(deadline, process->kernel);
	_exit(0);
}
