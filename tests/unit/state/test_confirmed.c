/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The confirmed rule set and those before it. */
#include "unit/state/place.h"

static struct history list(struct place *place)
{
	struct history history = { 0 };

	assert_true(history_list(place->files, place->arena, &place->diags, &history));
	return history;
}

/* Whole, and rule set number `number`. */
static void assert_entry(struct place *place, const struct history_entry *entry,
			 unsigned number)
{
	struct confirmed expected = confirmed_of(place, number), read;

	assert_false(entry->damaged);
	assert_string_equal(entry->id.text, expected.id.text);
	assert_int_equal(entry->confirmed_at, expected.confirmed_at);
	assert_int_equal(
		history_read(place->files, entry, place->arena, &place->diags, &read),
		FOUND);
	assert_string_equal(read.id.text, expected.id.text);
	assert_true(blob_equal(read.ruleset, expected.ruleset));
}

static void keeps_the_last_ten(void **state)
{
	struct place *place = *state;

	for (unsigned i = 1; i <= 15; i++) {
		struct history history;

		assert_true(confirm(place, i));
		assert_int_equal(confirmed_number(place), i);
		history = list(place);
		assert_int_equal(history.count,
				 i < CONFIRMED_KEPT ? i - 1 : CONFIRMED_KEPT - 1);
		for (size_t k = 0; k < history.count; k++)
			assert_entry(place, &history.items[k], i - 1 - (unsigned)k);
		assert_int_equal(count_names(path_of(place, "lib/history")),
				 history.count);
	}
	assert_int_equal(count_hidden(place->lasting), 0);
	assert_null(place->diags.first);
}

/* The same rule set again is another confirmation. */
static void keeps_one_that_comes_again(void **state)
{
	struct place *place = *state;
	struct history history;

	for (unsigned i = 0; i < 4; i++)
		assert_true(confirm(place, 1 + i % 2));
	history = list(place);
	assert_int_equal(history.count, 3);
	assert_entry(place, &history.items[0], 1);
	assert_entry(place, &history.items[1], 2);
	assert_entry(place, &history.items[2], 1);
}

static void removes(void **state)
{
	struct place *place = *state;
	struct history history;

	assert_true(confirmed_remove(place->files, &place->diags));
	for (unsigned i = 1; i <= 12; i++)
		assert_true(confirm(place, i));
	assert_true(confirmed_remove(place->files, &place->diags));
	assert_int_equal(confirmed_number(place), 0);
	history = list(place);
	assert_int_equal(history.count, CONFIRMED_KEPT);
	for (size_t k = 0; k < history.count; k++)
		assert_entry(place, &history.items[k], 12 - (unsigned)k);

	assert_true(confirm(place, 13));
	history = list(place);
	assert_int_equal(history.count, CONFIRMED_KEPT - 1);
	assert_entry(place, &history.items[0], 12);
	assert_null(place->diags.first);
}

/* By number: 1000000 is after 999999, and before it by letters. */
static void sorts_by_number(void **state)
{
	struct place *place = *state;
	struct history history;

	assert_true(confirm(place, 1));
	assert_true(confirm(place, 2));
	assert_int_equal(rename(path_of(place, "lib/history/000001-00000001"),
				path_of(place, "lib/history/999999-00000001")),
			 0);
	assert_true(confirm(place, 3));
	assert_true(confirm(place, 4));
	assert_int_equal(access(path_of(place, "lib/history/1000000-00000002"), F_OK),
			 0);
	history = list(place);
	assert_int_equal(history.count, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_entry(place, &history.items[i], 3 - i);
}

static void passes_over_what_it_did_not_put_there(void **state)
{
	static const char *const strays[] = {
		"000001",
		"000001-",
		"000001-0000000g",
		"00001-00000001",
		"0000001-00000001",
		"-00000001",
		"000001-00000001~",
		".000001-00000001",
		"000001-00000001.dpkg-old",
		"-1-00000001",
		"9999999999999999-00000001",
		"notes",
	};
	struct place *place = *state;
	struct history history;

	assert_true(confirm(place, 1));
	assert_true(confirm(place, 2));
	for (size_t i = 0; i < COUNT_OF(strays); i++)
		put_file(arena_format(place->arena, "%s/history/%s", place->lasting,
				      strays[i]),
			 blob_of_text("stray"));
	assert_int_equal(mkdir(path_of(place, "lib/history/folder"), 0700), 0);
	history = list(place);
	assert_int_equal(history.count, 1);
	assert_entry(place, &history.items[0], 1);

	for (unsigned i = 3; i <= 15; i++)
		assert_true(confirm(place, i));
	assert_int_equal(list(place).count, CONFIRMED_KEPT - 1);
	assert_int_equal(count_names(path_of(place, "lib/history")),
			 CONFIRMED_KEPT - 1 + COUNT_OF(strays) + 1);
	assert_null(place->diags.first);
}

static void shows_which_are_damaged(void **state)
{
	struct place *place = *state;
	struct confirmed confirmed;
	struct history history;

	for (unsigned i = 1; i <= 5; i++)
		assert_true(confirm(place, i));
	put_file(path_of(place, "lib/history/000003-00000003"), blob_of_text("x"));
	unlink(path_of(place, "lib/history/000002-00000002"));
	assert_int_equal(symlink("000001-00000001",
				 path_of(place, "lib/history/000002-00000002")),
			 0);
	history = list(place);
	assert_null(place->diags.first);
	assert_int_equal(history.count, 4);
	assert_entry(place, &history.items[0], 4);
	assert_entry(place, &history.items[3], 1);
	for (size_t i = 1; i <= 2; i++) {
		assert_true(history.items[i].damaged);
		assert_int_equal(history.items[i].confirmed_at, 0);
		assert_string_equal(history.items[i].id.text,
				    id_of(4 - (unsigned)i).text);
	}
	assert_int_equal(history_read(place->files, &history.items[1], place->arena,
				      &place->diags, &confirmed),
			 FOUND_DAMAGED);
	assert_true(place_error(place, DIAG_STATE, "000003-00000003\" is damaged"));
	assert_int_equal(history_read(place->files, &history.items[2], place->arena,
				      &place->diags, &confirmed),
			 FOUND_FAILED);
	assert_true(place_error(place, DIAG_STATE, "is a link"));
}

/* It would push out one that is whole. */
static void keeps_no_damaged_one(void **state)
{
	struct place *place = *state;

	for (unsigned i = 1; i <= 10; i++)
		assert_true(confirm(place, i));
	put_file(path_of(place, "lib/confirmed"), blob_of_text("rolewall confirmed 1"));
	assert_true(confirm(place, 11));
	assert_true(diags_have(&place->diags, SEVERITY_WARNING, DIAG_STATE,
			       "does not go into the history"));
	assert_int_equal(place->diags.error_count, 0);
	assert_int_equal(confirmed_number(place), 11);

	struct history history = list(place);

	assert_int_equal(history.count, CONFIRMED_KEPT - 1);
	assert_entry(place, &history.items[0], 9);
	assert_entry(place, &history.items[8], 1);

	put_file(path_of(place, "lib/confirmed"), blob_of_text("damaged"));
	assert_true(confirmed_remove(place->files, &place->diags));
	assert_int_equal(confirmed_number(place), 0);
	assert_int_equal(list(place).count, CONFIRMED_KEPT - 1);
}

static void has_an_end(void **state)
{
	struct place *place = *state;

	assert_true(confirm(place, 1));
	assert_true(confirm(place, 2));
	assert_int_equal(rename(path_of(place, "lib/history/000001-00000001"),
				path_of(place, "lib/history/999999999999999-00000001")),
			 0);
	assert_false(confirm(place, 3));
	assert_true(place_error(place, DIAG_STATE, "no number after that of"));
	assert_int_equal(confirmed_number(place), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(keeps_the_last_ten),
		PLACE_TEST(keeps_one_that_comes_again),
		PLACE_TEST(removes),
		PLACE_TEST(sorts_by_number),
		PLACE_TEST(passes_over_what_it_did_not_put_there),
		PLACE_TEST(shows_which_are_damaged),
		PLACE_TEST(keeps_no_damaged_one),
		PLACE_TEST(has_an_end),
	};

	return cmocka_run_group_tests_name("confirmed", tests, NULL, NULL);
}
