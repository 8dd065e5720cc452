/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders: made, absent, refused. */
#include "unit/state/place.h"

static unsigned mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return (unsigned)status.st_mode & 07777u;
}

static void makes_both_for_their_owner_alone(void **state)
{
	struct place *place = *state;
	mode_t mask = umask(0);

	assert_true(place_open(place, true));
	umask(mask);
	assert_int_equal(mode_of(place->lasting), 0700);
	assert_int_equal(mode_of(place->run), 0700);
	assert_true(confirm(place, 1));
	assert_true(confirm(place, 2));
	assert_int_equal(mode_of(path_of(place, "lib/history")), 0700);
	assert_int_equal(mode_of(path_of(place, "lib/confirmed")), 0600);
	assert_int_equal(mode_of(path_of(place, "lib/history/000001-00000001")), 0600);
}

static void makes_the_one_above_and_no_more(void **state)
{
	struct place *place = *state;

	place->lasting = path_of(place, "a/b//");
	assert_true(place_open(place, true));
	assert_int_equal(mode_of(path_of(place, "a")), 0700);
	assert_int_equal(mode_of(path_of(place, "a/b")), 0700);
	state_close(place->files);
	place->files = NULL;

	place->lasting = path_of(place, "c/d/e");
	assert_false(place_open(place, true));
	assert_true(place_error(place, DIAG_FILE, "c/d/e\": no such folder"));
	assert_int_equal(access(path_of(place, "c"), F_OK), -1);
	assert_null(place->files);
}

/* Of a folder that is not there and not made: nothing to read, an error to write. */
static void takes_an_absent_one_as_empty(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);
	struct ended ended = { .id = id_of(1), .why = "" };
	struct blob lines = blob_of_text("tcp/22\n");
	struct history history = { 0 };

	assert_true(place_open(place, false));
	assert_int_equal(count_names(place->root), 0);
	assert_int_equal(confirmed_number(place), 0);
	assert_int_equal(
		pending_read(place->files, place->arena, &place->diags, &pending),
		FOUND_NOTHING);
	assert_int_equal(ended_read(place->files, place->arena, &place->diags, &ended),
			 FOUND_NOTHING);
	assert_int_equal(
		protected_read(place->files, place->arena, &place->diags, &lines),
		FOUND_NOTHING);
	assert_true(history_list(place->files, place->arena, &place->diags, &history));
	assert_int_equal(history.count, 0);
	assert_false(timer_is_alive(place->files));
	assert_int_equal(pending_watch(place->files), -1);
	assert_null(place->diags.first);

	assert_false(confirm(place, 1));
	assert_true(place_error(place, DIAG_STATE, "lib\" is not there"));
	assert_false(pending_write(place->files, &pending, &place->diags));
	assert_true(place_error(place, DIAG_STATE, "run\" is not there"));
	assert_false(ended_write(place->files, &ended, &place->diags));
	assert_true(place_error(place, DIAG_STATE, "run\" is not there"));
	assert_false(protected_write(place->files, lines, &place->diags));
	assert_true(place_error(place, DIAG_STATE, "lib\" is not there"));
	assert_false(state_lock(place->files, 0, &place->diags));
	assert_true(place_error(place, DIAG_STATE, "run\" is not there"));
	assert_int_equal(timer_lock(place->files, &place->diags), -1);
	assert_true(place_error(place, DIAG_STATE, "run\" is not there"));
	assert_int_equal(count_names(place->root), 0);
}

static void removes_from_an_absent_one(void **state)
{
	struct place *place = *state;

	assert_true(place_open(place, false));
	assert_true(pending_remove(place->files, &place->diags));
	assert_true(confirmed_remove(place->files, &place->diags));
	assert_null(place->diags.first);
}

static void refuses_a_link(void **state)
{
	static const char *const names[] = { "lib", "lib/" };
	struct place *place = *state;

	assert_int_equal(mkdir(path_of(place, "elsewhere"), 0700), 0);
	assert_int_equal(symlink("elsewhere", path_of(place, "lib")), 0);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		place->lasting = path_of(place, names[i]);
		assert_false(place_open(place, true));
		assert_true(place_error(place, DIAG_STATE, "is a link"));
		assert_false(place_open(place, false));
		assert_true(place_error(place, DIAG_STATE, "is a link"));
	}
	assert_null(place->files);
}

static void refuses_a_file(void **state)
{
	struct place *place = *state;

	put_file(place->run, blob_of_text("x"));
	assert_false(place_open(place, true));
	assert_true(place_error(place, DIAG_STATE, "not a folder"));
}

static void refuses_what_others_may_write(void **state)
{
	static const mode_t modes[] = { 0720, 0702, 0777, 01777 };
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		mkdir(place->run, 0700);
		assert_int_equal(chmod(place->run, modes[i]), 0);
		assert_false(place_open(place, true));
		assert_true(place_note(place, "type \"chmod 700 "));
		assert_true(place_error(
			place, DIAG_STATE,
			arena_format(place->arena, "(mode %04o)", modes[i])));
	}
	assert_int_equal(chmod(place->run, 0755), 0);
	assert_true(place_open(place, true));
}

static void refuses_a_history_that_others_may_write(void **state)
{
	struct place *place = *state;
	struct history history = { 0 };

	assert_true(place_open(place, true));
	assert_true(confirm(place, 1));
	assert_int_equal(mkdir(path_of(place, "lib/history"), 0700), 0);
	assert_int_equal(chmod(path_of(place, "lib/history"), 0777), 0);
	assert_false(confirm(place, 2));
	assert_true(place_error(place, DIAG_STATE, "lib/history\" may be written"));
	assert_false(history_list(place->files, place->arena, &place->diags, &history));
	assert_int_equal(confirmed_number(place), 1);
}

static size_t count_descriptors(void)
{
	return count_names("/proc/self/fd");
}

static void leaves_no_descriptor_open(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(1);
	struct history history = { 0 };
	struct confirmed confirmed;
	size_t before = count_descriptors();
	int descriptors[4];

	assert_true(place_open(place, true));
	assert_int_equal(state_descriptors(place->files, descriptors), 2);
	assert_true(state_lock(place->files, 0, &place->diags));
	for (unsigned i = 1; i < 15; i++)
		assert_true(confirm(place, i));
	assert_int_equal(state_descriptors(place->files, descriptors), 3);
	assert_true(history_list(place->files, place->arena, &place->diags, &history));
	assert_int_equal(history_read(place->files, &history.items[0], place->arena,
				      &place->diags, &confirmed),
			 FOUND);
	put_file(path_of(place, "lib/confirmed"), blob_of_text("damaged"));
	assert_true(confirm(place, 16));
	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_int_equal(
		pending_read(place->files, place->arena, &place->diags, &pending),
		FOUND);
	assert_true(pending_remove(place->files, &place->diags));
	assert_false(timer_is_alive(place->files));
	state_close(place->files);
	place->files = NULL;
	assert_int_equal(count_descriptors(), before);

	assert_int_equal(chmod(place->run, 0777), 0);
	assert_false(place_open(place, true));
	assert_int_equal(count_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOT_TEST(makes_both_for_their_owner_alone),
		ROOT_TEST(makes_the_one_above_and_no_more),
		ROOT_TEST(takes_an_absent_one_as_empty),
		ROOT_TEST(removes_from_an_absent_one),
		ROOT_TEST(refuses_a_link),
		ROOT_TEST(refuses_a_file),
		ROOT_TEST(refuses_what_others_may_write),
		ROOT_TEST(refuses_a_history_that_others_may_write),
		ROOT_TEST(leaves_no_descriptor_open),
	};

	return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
