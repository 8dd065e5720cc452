/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks between processes: how long they are waited for, and when they end. */
#include <poll.h>
#include <sys/file.h>
#include <sys/time.h>
#include <time.h>

#include "unit/state/place.h"

/* ---- another process ---- */

struct other {
	pid_t pid;
	int end; /* closed: it ends */
};

/* Waits until it did what it is for; that ends with its end of the pipe. */
static struct other other_start(bool (*work)(struct place *), struct place *place)
{
	int ready[2], end[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(end, O_CLOEXEC), 0);

	struct other other = { .pid = fork(), .end = end[1] };

	assert_true(other.pid >= 0);
	if (other.pid == 0) {
		close(end[1]);
		if (!work(place) || write(ready[1], "x", 1) != 1)
			_exit(1);
		_exit(read(end[0], &byte, 1) != 0);
	}
	close(end[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return other;
}

static void other_wait(const struct other *other)
{
	int status;

	assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
}

static void other_end(const struct other *other)
{
	close(other->end);
	other_wait(other);
}

static void other_kill(const struct other *other)
{
	assert_int_equal(kill(other->pid, SIGKILL), 0);
	other_wait(other);
	close(other->end);
}

/* With folders of its own, as another run has them. */
static bool lock_anew(struct place *place)
{
	struct state *own;

	return state_open(place->arena, place->lasting, place->run, true, &place->diags,
			  &own) &&
	       state_lock(own, 0, &place->diags);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- who writes ---- */

static void waits_as_long_as_asked(void **state)
{
	struct place *place = *state;
	struct other other = other_start(lock_anew, place);
	uint64_t start = now_ms();

	assert_false(state_lock(place->files, 0, &place->diags));
	assert_true(now_ms() - start < 500);
	assert_true(place_note(place, "--lock-timeout"));
	assert_true(place_error(place, DIAG_LOCKED, "waited 0 seconds for \""));

	start = now_ms();
	assert_false(state_lock(place->files, 1, &place->diags));
	assert_true(now_ms() - start >= 1000);
	assert_true(now_ms() - start < 3000);
	assert_true(place_error(place, DIAG_LOCKED, "waited 1 second for \""));

	other_end(&other);
	assert_true(state_lock(place->files, 0, &place->diags));
}

static bool lock_shortly(struct place *place)
{
	return lock_anew(place) && alarm(1) == 0; /* which ends it */
}

static void goes_on_when_it_is_free(void **state)
{
	struct place *place = *state;
	struct other other = other_start(lock_shortly, place);
	uint64_t start = now_ms();

	assert_true(state_lock(place->files, 60, &place->diags));
	assert_true(now_ms() - start < 30000);
	other_end(&other);
}

static void ends_with_its_process(void **state)
{
	struct place *place = *state;
	struct other other = other_start(lock_anew, place);

	other_kill(&other);
	assert_true(state_lock(place->files, 0, &place->diags));
	assert_int_equal(access(path_of(place, "run/lock"), F_OK), 0);
}

static void gives_it_back(void **state)
{
	struct place *place = *state;

	for (int i = 0; i < 3; i++) {
		struct other other;

		assert_true(state_lock(place->files, 0, &place->diags));
		state_unlock(place->files);
		state_unlock(place->files);
		other = other_start(lock_anew, place);
		other_end(&other);
	}
	assert_true(state_lock(place->files, 0, &place->diags));
	state_close(place->files);
	place->files = NULL;
	assert_true(place_open(place, false));
	assert_true(state_lock(place->files, 0, &place->diags));
}

/* A child that has the descriptor too, whatever it does with it. */

static bool unlock(struct place *place)
{
	state_unlock(place->files);
	return true;
}

static bool close_all(struct place *place)
{
	state_close(place->files);
	return true;
}

static bool forget(struct place *place)
{
	state_forget_lock(place->files);
	return true;
}

static bool is_free(struct place *place)
{
	struct state *own AUTO(state) = NULL;

	return state_open(place->arena, place->lasting, place->run, false,
			  &place->diags, &own) &&
	       state_lock(own, 0, &place->diags);
}

static void is_not_the_childs(void **state)
{
	static bool (*const works[])(struct place *) = { unlock, close_all, forget };
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(works); i++) {
		assert_true(state_lock(place->files, 0, &place->diags));

		struct other child = other_start(works[i], place);

		/* the parent's yet */
		assert_false(is_free(place));
		assert_true(place_error(place, DIAG_LOCKED, "another rolewall"));
		/* and not any more, though the child lives and may have its copy */
		state_unlock(place->files);
		assert_true(is_free(place));
		other_end(&child);
	}
}

/* Descriptors that a program would inherit. */
static unsigned count_inherited(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		count += flags >= 0 && !(flags & FD_CLOEXEC);
	}
	return count;
}

static void lets_no_program_inherit(void **state)
{
	struct place *place = *state;
	unsigned before = count_inherited(); /* standard ones, and those of who tests */
	int timer, watch;

	state_close(place->files);
	assert_int_equal(count_inherited(), before);
	assert_true(place_open(place, false));
	assert_true(confirm(place, 1));
	assert_true(confirm(place, 2));
	assert_true(state_lock(place->files, 0, &place->diags));
	timer = timer_lock(place->files, &place->diags);
	watch = pending_watch(place->files);
	assert_true(timer >= 0 && watch >= 0);
	assert_int_equal(count_inherited(), before);
	close(timer);
	close(watch);
}

/* ---- who rolls back ---- */

static bool have_timer(struct place *place)
{
	(void)place;
	return true;
}

/* The way of the timer: locked by who starts it, held by the child alone. */
static struct other timer_start(struct place *place)
{
	int fd = timer_lock(place->files, &place->diags);

	assert_true(fd >= 0);

	struct other child = other_start(have_timer, place);

	close(fd);
	return child;
}

static void lives_as_long_as_the_timer(void **state)
{
	struct place *place = *state;

	assert_false(timer_is_alive(place->files));
	for (int i = 0; i < 2; i++) {
		struct other child = timer_start(place);

		assert_true(timer_is_alive(place->files));
		assert_true(timer_is_alive(place->files));
		if (i)
			other_kill(&child);
		else
			other_end(&child);
		assert_false(timer_is_alive(place->files));
	}
	assert_null(place->diags.first);
}

static void has_one_timer(void **state)
{
	struct place *place = *state;
	struct other child = timer_start(place);

	assert_int_equal(timer_lock(place->files, &place->diags), -1);
	assert_true(place_error(place, DIAG_LOCKED, "still at work"));
	other_kill(&child);

	int fd = timer_lock(place->files, &place->diags);

	assert_true(fd >= 0);
	close(fd);
}

/* Who asks is never taken for a timer, and is in nobody's way. */
static void is_not_hindered_by_who_asks(void **state)
{
	struct place *place = *state;
	int fd = timer_lock(place->files, &place->diags);

	close(fd);

	struct other other = { .pid = fork(), .end = -1 };

	if (other.pid == 0)
		alarm(20); /* when nobody ends it */
	while (other.pid == 0)
		(void)!timer_is_alive(place->files);
	assert_true(other.pid > 0);
	for (int i = 0; i < 2000; i++)
		assert_false(timer_is_alive(place->files));
	for (int i = 0; i < 200; i++) {
		fd = timer_lock(place->files, &place->diags);
		assert_true(fd >= 0);
		close(fd);
	}
	other_kill(&other);
}

static bool hold_shortly(struct place *place)
{
	int fd = open(path_of(place, "run/timer"), O_RDONLY | O_CLOEXEC);
	const struct itimerval soon = { .it_value = { .tv_usec = 100000 } };

	return flock(fd, LOCK_SH | LOCK_NB) == 0 &&
	       setitimer(ITIMER_REAL, &soon, NULL) == 0; /* which ends it */
}

static void waits_for_who_asks(void **state)
{
	struct place *place = *state;
	struct other other;
	int fd = timer_lock(place->files, &place->diags);

	close(fd);
	other = other_start(hold_shortly, place);
	fd = timer_lock(place->files, &place->diags);
	assert_true(fd >= 0);
	close(fd);
	other_end(&other);
}

static bool is_readable(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	bool readable = poll(&wait, 1, 0) == 1;
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		continue;
	return readable;
}

static void wakes_when_a_name_changes(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);
	struct ended ended = { .id = id_of(1), .why = "" };
	int fd = pending_watch(place->files);

	assert_true(fd >= 0);
	assert_false(is_readable(fd));
	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_true(is_readable(fd));
	assert_int_equal(
		pending_read(place->files, place->arena, &place->diags, &pending),
		FOUND);
	assert_false(timer_is_alive(place->files));
	assert_false(is_readable(fd));
	assert_true(ended_write(place->files, &ended, &place->diags));
	assert_true(is_readable(fd));
	assert_true(pending_remove(place->files, &place->diags));
	assert_true(is_readable(fd));
	assert_true(pending_remove(place->files, &place->diags));
	assert_false(is_readable(fd));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(waits_as_long_as_asked),
		PLACE_TEST(goes_on_when_it_is_free),
		PLACE_TEST(ends_with_its_process),
		PLACE_TEST(gives_it_back),
		PLACE_TEST(is_not_the_childs),
		PLACE_TEST(lets_no_program_inherit),
		PLACE_TEST(lives_as_long_as_the_timer),
		PLACE_TEST(has_one_timer),
		PLACE_TEST(is_not_hindered_by_who_asks),
		PLACE_TEST(waits_for_who_asks),
		PLACE_TEST(wakes_when_a_name_changes),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
