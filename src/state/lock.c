/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lock of who writes, and that of who rolls back: flock, which dies with its owner.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "state/file.h"

/* The pauses between tries. */
enum { PAUSE_MIN_MS = 1, PAUSE_MAX_MS = 50 };

/* A timer that just saw its end, or somebody who asks whether it lives. */
enum { TIMER_WAIT_MS = 1000 };

static const struct span nowhere = { 0 };

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void sleep_ms(uint64_t milliseconds)
{
	struct timespec pause = {
		.tv_sec = (time_t)(milliseconds / 1000),
		.tv_nsec = (long)(milliseconds % 1000) * 1000000,
	};

	nanosleep(&pause, NULL);
}

/* Within that time; false with errno, EWOULDBLOCK when it has passed. */
static bool lock_wait(int fd, uint64_t milliseconds)
{
	uint64_t end = 0;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	for (uint64_t pause = PAUSE_MIN_MS; errno == EWOULDBLOCK || errno == EINTR;) {
		uint64_t now = clock_ms();

		if (!end)
			end = now + milliseconds;
		if (now >= end) {
			errno = EWOULDBLOCK;
			return false;
		}
		sleep_ms(pause < end - now ? pause : end - now);
		pause = 2 * pause < PAUSE_MAX_MS ? 2 * pause : PAUSE_MAX_MS;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
	}
	return false;
}

/* A lock's file, made when it is not there; -1 with a diagnostic. */
static int open_lock(const struct folder *folder, const char *name, struct diags *diags)
{
	struct opened_file file = { .fd = -1 };

	if (folder->fd < 0)
		folder_missing(folder, diags);
	else if (file_open(folder, name, O_RDWR | O_CREAT, diags, &file) != FOUND)
		return -1;
	return file.fd;
}

/* ---- who writes ---- */

static bool refuse_lock(const struct folder *folder, unsigned seconds, int error,
			struct diags *diags)
{
	const char *path = file_path(folder, "lock", diags->arena);

	if (error != EWOULDBLOCK)
		return state_fault(diags, error, "lock", path);
	diag_error(diags, DIAG_LOCKED, nowhere,
		   "another rolewall is at work: waited %u second%s for \"%s\"",
		   seconds, seconds == 1 ? "" : "s", path);
	diag_note(diags, nowhere,
		  "try again when it has ended, or wait longer with \"--lock-timeout "
		  "SECONDS\"; \"lslocks\" shows which process it is");
	return false;
}

bool state_lock(struct state *state, unsigned seconds, struct diags *diags)
{
	assert(state->lock < 0);

	int fd = open_lock(&state->run, "lock", diags);

	if (fd < 0)
		return false;
	if (!lock_wait(fd, (uint64_t)seconds * 1000)) {
		int error = errno;

		close(fd);
		return refuse_lock(&state->run, seconds, error, diags);
	}
	state->lock = fd;
	state->locked_by = getpid();
	state->lasting.stale = state->run.stale = true;
	return true;
}

void state_forget_lock(struct state *state)
{
	state->lock = -1;
	state->lasting.stale = state->run.stale = false;
}

/*
 * LOCK_UN ends it also for children that inherited the descriptor; a child of the owner
 * only closes its own.
 */
void state_unlock(struct state *state)
{
	if (state->lock < 0)
		return;
	if (getpid() == state->locked_by)
		flock(state->lock, LOCK_UN);
	close(state->lock);
	state_forget_lock(state);
}

/* ---- who rolls back ---- */

int timer_lock(struct state *state, struct diags *diags)
{
	int fd = open_lock(&state->run, "timer", diags);

	if (fd < 0 || lock_wait(fd, TIMER_WAIT_MS))
		return fd;

	int error = errno;
	const char *path = file_path(&state->run, "timer", diags->arena);

	close(fd);
	if (error != EWOULDBLOCK) {
		state_fault(diags, error, "lock", path);
		return -1;
	}
	diag_error(diags, DIAG_LOCKED, nowhere,
		   "the timer of an earlier change is still at work: it holds \"%s\"",
		   path);
	diag_note(diags, nowhere, "\"lslocks\" shows which process it is");
	return -1;
}

/* One that asks holds the lock for a moment: timer_lock() waits longer than that. */
bool timer_is_alive(struct state *state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct diags unsaid;
	struct opened_file file;

	diags_init(&unsaid, arena);
	if (file_open(&state->run, "timer", O_RDONLY, &unsaid, &file) != FOUND)
		return false;

	bool alive = flock(file.fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;

	close(file.fd);
	return alive;
}
