/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only root can bring about: other owners, other users, full disks, read-only
 * ones. File systems are mounted in a mount namespace that is this program's alone.
 */
#include <sched.h>
#include <sys/mount.h>

#include "unit/state/place.h"

enum { NOBODY = 65534 };

/* ---- others' ---- */

static void refuses_folders_of_others(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdir(place->run, 0700), 0);
	assert_int_equal(chown(place->run, NOBODY, NOBODY), 0);
	assert_false(place_open(place, true));
	assert_true(place_note(place, "type \"chown 0 "));
	assert_true(place_error(place, DIAG_STATE, "run\" belongs to user 65534"));
	assert_false(place_open(place, false));
	assert_true(place_error(place, DIAG_STATE, "run\" belongs to user 65534"));
	assert_null(place->files);
}

static void refuses_files_of_others(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);

	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_int_equal(chown(path_of(place, "run/pending"), NOBODY, NOBODY), 0);
	assert_int_equal(
		pending_read(place->files, place->arena, &place->diags, &pending),
		FOUND_FAILED);
	assert_true(place_error(place, DIAG_STATE, "run/pending\" belongs to user"));

	put_file(path_of(place, "run/lock"), blob_of_text(""));
	assert_int_equal(chown(path_of(place, "run/lock"), NOBODY, NOBODY), 0);
	assert_false(state_lock(place->files, 0, &place->diags));
	assert_true(place_error(place, DIAG_STATE, "run/lock\" belongs to user"));
}

/* ---- another user ---- */

/* In a process of its own, which is nobody's. */
static void as_nobody(struct place *place, void (*work)(struct place *))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
		    setresuid(NOBODY, NOBODY, NOBODY) != 0)
			_exit(2);
		work(place); /* MUST() ends it with another code */
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define MUST(condition)           \
	do {                      \
		if (!(condition)) \
			_exit(3); \
	} while (0)

static void enter(struct place *place)
{
	MUST(!place_open(place, false));
	MUST(diags_have(&place->diags, SEVERITY_ERROR, DIAG_PERMISSION,
			"permission denied"));
	MUST(place_note(place, "run it as root"));
	diags_init(&place->diags, place->arena);
	MUST(!place_open(place, true));
	MUST(place_error(place, DIAG_PERMISSION, "cannot open the folder"));
}

static void says_that_it_may_not_enter(void **state)
{
	struct place *place = *state;

	state_close(place->files);
	place->files = NULL;
	assert_int_equal(chmod(place->root, 0755), 0);
	as_nobody(place, enter);
}

static void read_and_write(struct place *place)
{
	struct pending pending = pending_of(1);

	MUST(place_open(place, false));
	MUST(pending_read(place->files, place->arena, &place->diags, &pending) ==
	     FOUND_FAILED);
	MUST(place_error(place, DIAG_PERMISSION, "cannot open \""));
	MUST(!pending_write(place->files, &pending, &place->diags));
	MUST(place_error(place, DIAG_PERMISSION, "cannot write \""));
	MUST(!pending_remove(place->files, &place->diags));
	MUST(place_error(place, DIAG_PERMISSION, "cannot remove \""));
	MUST(!state_lock(place->files, 0, &place->diags));
	MUST(place_error(place, DIAG_PERMISSION, "cannot open \""));
}

static void says_that_it_may_not_read_or_write(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);

	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_int_equal(chmod(place->root, 0755), 0);
	assert_int_equal(chmod(place->run, 0755), 0);
	assert_int_equal(chmod(place->lasting, 0755), 0);
	as_nobody(place, read_and_write);
}

/* ---- disks ---- */

/* A file system of some pages and some files, for both folders. */
static void mount_small(struct place *place)
{
	assert_int_equal(mount("none", place->root, "tmpfs", 0,
			       "size=64k,nr_inodes=10,mode=700"),
			 0);
	assert_true(place_open(place, true));
}

static int unmount(void **state)
{
	struct place *place = *state;

	if (place->files)
		state_close(place->files);
	place->files = NULL;
	umount2(place->root, MNT_DETACH);
	return place_teardown(state);
}

static struct blob many_bytes(struct place *place, size_t length)
{
	return (struct blob){ arena_alloc(place->arena, length), length };
}

static void leaves_the_old_one_when_the_disk_is_full(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1), read;
	struct confirmed confirmed = confirmed_of(place, 2);

	mount_small(place);
	assert_true(confirm(place, 1));
	assert_true(pending_write(place->files, &pending, &place->diags));

	pending.id = id_of(2);
	pending.before = many_bytes(place, 100 << 10);
	assert_false(pending_write(place->files, &pending, &place->diags));
	assert_true(place_note(place, "make room"));
	assert_true(place_error(place, DIAG_FILE, "run/pending\": the disk is full"));
	assert_int_equal(pending_read(place->files, place->arena, &place->diags, &read),
			 FOUND);
	assert_string_equal(read.id.text, id_of(1).text);
	assert_int_equal(count_hidden(place->run), 0);

	confirmed.ruleset = many_bytes(place, 100 << 10);
	assert_false(confirmed_write(place->files, &confirmed, &place->diags));
	assert_true(place_error(place, DIAG_FILE, "lib/confirmed\": the disk is full"));
	assert_int_equal(confirmed_number(place), 1);
	assert_int_equal(count_hidden(place->lasting), 0);

	/* what was linked for it is no older one, and is not linked again */
	struct history history = { 0 };

	assert_true(history_list(place->files, place->arena, &place->diags, &history));
	assert_int_equal(history.count, 0);
	assert_true(confirm(place, 2));
	assert_true(history_list(place->files, place->arena, &place->diags, &history));
	assert_int_equal(history.count, 1);
	assert_int_equal(count_names(path_of(place, "lib/history")), 1);
	assert_true(pending_remove(place->files, &place->diags));
	assert_null(place->diags.first);
}

/* Rooms for names can end as those for bytes. */
static void says_that_there_is_no_room_for_a_file(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);

	mount_small(place);
	for (unsigned i = 0; i < 10; i++) {
		const char *path = arena_format(place->arena, "%s/%u", place->run, i);
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (fd >= 0)
			close(fd);
	}
	assert_false(pending_write(place->files, &pending, &place->diags));
	assert_true(place_error(place, DIAG_FILE, "run/pending\": the disk is full"));
	assert_false(state_lock(place->files, 0, &place->diags));
	assert_true(place_error(place, DIAG_FILE, "run/lock\": the disk is full"));
	assert_false(confirm(place, 1));
	assert_true(place_error(place, DIAG_FILE, "lib/confirmed\": the disk is full"));
}

static void says_that_the_disk_is_read_only(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1), read;
	struct blob lines = blob_of_text("tcp/22\n");

	mount_small(place);
	assert_true(confirm(place, 1));
	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_int_equal(mount(NULL, place->root, NULL, MS_REMOUNT | MS_RDONLY, NULL),
			 0);
	assert_false(pending_write(place->files, &pending, &place->diags));
	assert_true(place_error(place, DIAG_FILE,
				"run/pending\": the file system is read-only"));
	assert_false(pending_remove(place->files, &place->diags));
	assert_true(place_error(place, DIAG_FILE,
				"run/pending\": the file system is read-only"));
	assert_false(confirm(place, 2));
	assert_true(place_error(place, DIAG_FILE, "the file system is read-only"));
	assert_false(confirmed_remove(place->files, &place->diags));
	assert_true(place_error(place, DIAG_FILE, "the file system is read-only"));
	assert_false(protected_write(place->files, lines, &place->diags));
	assert_true(place_error(place, DIAG_FILE,
				"lib/protected\": the file system is read-only"));
	assert_false(state_lock(place->files, 0, &place->diags));
	assert_true(place_error(place, DIAG_FILE,
				"run/lock\": the file system is read-only"));
	assert_int_equal(confirmed_number(place), 1);
	assert_int_equal(pending_read(place->files, place->arena, &place->diags, &read),
			 FOUND);

	state_close(place->files);
	place->files = NULL;
	place->lasting = path_of(place, "new");
	assert_false(place_open(place, true));
	assert_true(
		place_error(place, DIAG_FILE, "new\": the file system is read-only"));
}

#define DISK_TEST(test) cmocka_unit_test_setup_teardown(test, root_setup, unmount)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(refuses_folders_of_others),
		PLACE_TEST(refuses_files_of_others),
		PLACE_TEST(says_that_it_may_not_enter),
		PLACE_TEST(says_that_it_may_not_read_or_write),
		DISK_TEST(leaves_the_old_one_when_the_disk_is_full),
		DISK_TEST(says_that_there_is_no_room_for_a_file),
		DISK_TEST(says_that_the_disk_is_read_only),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "SKIPPED: not root: no other owners, no full disks\n");
		return SKIPPED;
	}
	/* what is mounted here is seen nowhere else */
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		fprintf(stderr, "SKIPPED: root may mount nothing here\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests_name("root", tests, NULL, NULL);
}
