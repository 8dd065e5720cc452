/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are not rolewall's own, and what killed runs leave. */
#include <sys/socket.h>
#include <sys/un.h>

#include "unit/state/place.h"

/* ---- refused unread ---- */

static bool make_link(const char *path)
{
	return symlink("other", path) == 0;
}

static bool make_pipe(const char *path)
{
	return mkfifo(path, 0600) == 0;
}

static bool make_folder(const char *path)
{
	return mkdir(path, 0700) == 0;
}

static bool make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool made;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	made = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return made;
}

static bool make_open_to_group(const char *path)
{
	put_file(path, blob_of_text("x"));
	return chmod(path, 0620) == 0;
}

static bool make_open_to_all(const char *path)
{
	put_file(path, blob_of_text("x"));
	return chmod(path, 0602) == 0;
}

/* A hole: nothing of it is on a disk, or read. */
static bool make_huge(const char *path)
{
	put_file(path, blob_of_text("x"));
	return truncate(path, ((off_t)256 << 20) + 1) == 0;
}

/* clang-format off */
static struct refused_case {
	const char *name;
	bool (*make)(const char *path);
	const char *said;
} refused_cases[] = {
	{ "a link",                  make_link,          "is a link, or not a file" },
	{ "a FIFO",                  make_pipe,          "is a link, or not a file" },
	{ "a folder",                make_folder,        "is a link, or not a file" },
	{ "a socket",                make_socket,        "is a link, or not a file" },
	{ "a file open to a group",  make_open_to_group, "may be written by others (mode 0620)" },
	{ "a file open to all",      make_open_to_all,   "may be written by others (mode 0602)" },
	{ "a file that is too large", make_huge,         "is larger than 256 MiB" },
};

/* clang-format on */

static void refuses(void **state)
{
	const struct refused_case *c = *state;
	struct place *place;
	struct pending pending;
	struct confirmed confirmed;

	assert_int_equal(place_setup(state), 0);
	place = *state;
	put_file(path_of(place, "run/other"), blob_of_text("not ours"));
	assert_true(c->make(path_of(place, "run/pending")));
	assert_int_equal(
		pending_read(place->files, place->arena, &place->diags, &pending),
		FOUND_FAILED);
	assert_true(place_error(place, DIAG_STATE, c->said));

	put_file(path_of(place, "lib/other"), blob_of_text("not ours"));
	assert_true(c->make(path_of(place, "lib/confirmed")));
	assert_int_equal(
		confirmed_read(place->files, place->arena, &place->diags, &confirmed),
		FOUND_FAILED);
	assert_true(place_error(place, DIAG_STATE, c->said));
	place_teardown(state);
}

/* Both locks are files like the others, but for their size, which says nothing. */
static void refuses_locks_that_are_not_ours(void **state)
{
	struct place *place = *state;
	const char *lock = path_of(place, "run/lock");
	const char *timer = path_of(place, "run/timer");

	for (size_t i = 0; i < COUNT_OF(refused_cases); i++) {
		const struct refused_case *c = &refused_cases[i];

		if (c->make == make_huge)
			continue;
		assert_true(c->make(lock) && c->make(timer));
		assert_false(state_lock(place->files, 0, &place->diags));
		assert_true(place_error(place, DIAG_STATE, c->said));
		assert_int_equal(timer_lock(place->files, &place->diags), -1);
		assert_true(place_error(place, DIAG_STATE, c->said));
		assert_false(timer_is_alive(place->files));
		remove_tree(AT_FDCWD, lock);
		remove_tree(AT_FDCWD, timer);
	}
}

/* What is in the way of a write gives way, and what a link names is not touched. */
static void replaces_what_is_not_ours(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);

	put_file(path_of(place, "run/other"), blob_of_text("not ours"));
	assert_true(make_link(path_of(place, "run/pending")));
	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_int_equal(
		pending_read(place->files, place->arena, &place->diags, &pending),
		FOUND);
	assert_true(blob_equal(take_file(place, path_of(place, "run/other")),
			       blob_of_text("not ours")));
}

static void says_what_cannot_be_replaced(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);

	assert_true(make_folder(path_of(place, "run/pending")));
	assert_false(pending_write(place->files, &pending, &place->diags));
	assert_true(
		place_error(place, DIAG_FILE, "run/pending\": a folder has its name"));
	assert_int_equal(count_hidden(place->run), 0);
}

/* ---- what killed runs leave ---- */

/* clang-format off */
static const char *const left_over[] = {
	".pending.1.new", ".ended.4194304.new", ".confirmed.77.new",
};

static const char *const not_ours[] = {
	"pending.1.new", ".pending.1", ".pending..new", ".pending.x.new", ".pending.1.newer",
	".pending.01.new", ".1.new", "..new", ".Pending.1.new", ".pending.99999999999.new",
};

/* clang-format on */

static void put_all(struct place *place, const char *folder)
{
	for (size_t i = 0; i < COUNT_OF(left_over); i++)
		put_file(arena_format(place->arena, "%s/%s", folder, left_over[i]),
			 blob_of_text("half"));
	for (size_t i = 0; i < COUNT_OF(not_ours); i++)
		put_file(arena_format(place->arena, "%s/%s", folder, not_ours[i]),
			 blob_of_text("mine"));
}

static void removes_what_killed_runs_left(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);

	put_all(place, place->run);
	put_all(place, place->lasting);
	assert_true(state_lock(place->files, 0, &place->diags));
	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_true(confirm(place, 1));
	assert_int_equal(count_names(place->run), COUNT_OF(not_ours) + 2);
	assert_int_equal(count_names(place->lasting), COUNT_OF(not_ours) + 1);
	for (size_t i = 0; i < COUNT_OF(left_over); i++)
		assert_int_equal(access(arena_format(place->arena, "%s/%s", place->run,
						     left_over[i]),
					F_OK),
				 -1);
}

/* Who does not hold the lock may not: another may be writing them. */
static void leaves_them_to_who_holds_the_lock(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);

	put_all(place, place->run);
	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_int_equal(count_names(place->run),
			 COUNT_OF(left_over) + COUNT_OF(not_ours) + 1);
}

/* Numbers of processes come again. */
static void takes_its_own_name_from_the_dead(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);

	put_file(arena_format(place->arena, "%s/.pending.%ld.new", place->run,
			      (long)getpid()),
		 blob_of_text("half, and longer than nothing"));
	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_int_equal(
		pending_read(place->files, place->arena, &place->diags, &pending),
		FOUND);
	assert_int_equal(count_hidden(place->run), 0);
}

int main(void)
{
	enum { ALONE = 6 };
	struct CMUnitTest tests[ALONE + COUNT_OF(refused_cases)] = {
		PLACE_TEST(refuses_locks_that_are_not_ours),
		PLACE_TEST(replaces_what_is_not_ours),
		PLACE_TEST(says_what_cannot_be_replaced),
		PLACE_TEST(removes_what_killed_runs_left),
		PLACE_TEST(leaves_them_to_who_holds_the_lock),
		PLACE_TEST(takes_its_own_name_from_the_dead),
	};

	for (size_t i = 0; i < COUNT_OF(refused_cases); i++)
		tests[ALONE + i] = (struct CMUnitTest){
			.name = refused_cases[i].name,
			.test_func = refuses,
			.initial_state = &refused_cases[i],
		};
	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
