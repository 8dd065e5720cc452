/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things by name: found again, never replaced, kept in order, and the nearest. */
#include "site/names.h"
#include "unit/site/reading.h"

static struct names names_of(const char *const *texts, size_t count)
{
	struct names names = { 0 };

	for (size_t i = 0; i < count; i++)
		assert_null(names_add(arena, &names, texts[i],
				      (void *)(uintptr_t)texts[i]));
	return names;
}

static void empty_has_nothing(void **state)
{
	struct names names = { 0 };

	(void)state;
	assert_null(names_find(&names, "a"));
	assert_null(names_find(&names, ""));
	assert_null(names_nearest(arena, &names, "a"));
}

static void keeps_the_first(void **state)
{
	static const char *const texts[] = { "a", "b" };
	struct names names = names_of(texts, COUNT_OF(texts));
	char again[] = "a";
	int other;

	(void)state;
	assert_ptr_equal(names_add(arena, &names, again, &other), texts[0]);
	assert_ptr_equal(names_find(&names, again), texts[0]);
	assert_int_equal(names.count, 2);
}

static void finds_all_of_many(void **state)
{
	struct names names = { 0 };

	(void)state;
	for (uintptr_t i = 1; i <= 5000; i++)
		assert_null(names_add(arena, &names,
				      arena_format(arena, "name-%zu", (size_t)i),
				      (void *)i));
	assert_int_equal(names.count, 5000);
	for (uintptr_t i = 1; i <= 5000; i++) {
		const char *text = arena_format(arena, "name-%zu", (size_t)i);

		assert_ptr_equal(names_find(&names, text), (void *)i);
		assert_string_equal(names.items[i - 1].text, text);
	}
	assert_null(names_find(&names, "name-0"));
	assert_null(names_find(&names, "name-5001"));
	assert_null(names_find(&names, "name-"));
}

static void tells_the_nearest(void **state)
{
	static const char *const texts[] = { "sensor", "ot-sensor", "client" };
	struct names names = names_of(texts, COUNT_OF(texts));

	(void)state;
	assert_string_equal(names_nearest(arena, &names, "sensr"), "sensor");
	assert_string_equal(names_nearest(arena, &names, "Client"), "client");
	assert_null(names_nearest(arena, &names, "syslog"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(empty_has_nothing, reading_begin,
						reading_end),
		cmocka_unit_test_setup_teardown(keeps_the_first, reading_begin,
						reading_end),
		cmocka_unit_test_setup_teardown(finds_all_of_many, reading_begin,
						reading_end),
		cmocka_unit_test_setup_teardown(tells_the_nearest, reading_begin,
						reading_end),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
