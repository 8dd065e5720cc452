/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Libraries loaded late: what they have is found, what is missing is named. */
#include <string.h>

#include "base/library.h"
#include "support/test.h"

/* The C library's part for numbers: every machine has it. */
#define PRESENT_FILE "libm.so.6"

static void finds_functions(void **state)
{
	double (*floor_of)(double) = NULL;
	double (*root_of)(double) = NULL;
	const struct library_function functions[] = {
		{ "floor", (void (**)(void)) & floor_of },
		{ "sqrt", (void (**)(void)) & root_of },
	};
	const char *why = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(library_load(PRESENT_FILE, functions, COUNT_OF(functions),
					 &why));
		assert_non_null(floor_of);
		assert_int_equal((int)floor_of(2.5), 2);
		assert_int_equal((int)root_of(49), 7);
	}
	assert_null(why);
}

static void names_a_missing_function(void **state)
{
	void (*address)(void) = NULL;
	const struct library_function functions[] = { { "no_such_function",
							&address } };
	const char *why = NULL;

	(void)state;
	assert_false(library_load(PRESENT_FILE, functions, COUNT_OF(functions), &why));
	assert_non_null(strstr(why, "no_such_function"));
	assert_null(address);
}

static void names_a_missing_file(void **state)
{
	const char *why = NULL;

	(void)state;
	assert_false(library_load("libnowhere.so.1", NULL, 0, &why));
	assert_non_null(strstr(why, "libnowhere.so.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_functions),
		cmocka_unit_test(names_a_missing_function),
		cmocka_unit_test(names_a_missing_file),
	};

	return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
