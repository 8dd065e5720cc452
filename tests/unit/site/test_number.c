/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as libconfig has them: how much of the text is one, and is its value kept. */
#include <string.h>

#include "base/attr.h"
#include "site/scan.h"
#include "support/test.h"

/* clang-format off */
static struct number_case {
	const char *text;
	size_t length;
	bool is_float, fits, is_long;
	int32_t value;
} cases[] = {
	{ "22",            2, false, true,  false, 22 },
	{ "22;",           2, false, true,  false, 22 },
	{ "0",             1, false, true,  false, 0 },
	{ "-1",            2, false, true,  false, -1 },
	{ "+7",            2, false, true,  false, 7 },
	{ "007",           3, false, true,  false, 7 },
	{ "2147483647",   10, false, true,  false, INT32_MAX },
	{ "-2147483648",  11, false, true,  false, INT32_MIN },
	{ "2147483648",   10, false, false, false, 0 },
	{ "-2147483649",  11, false, false, false, 0 },
	{ "4294967318",   10, false, false, false, 0 },
	{ "99999999999999999999999999", 26, false, false, false, 0 },
	{ "22L",           3, false, true,  true,  22 },
	{ "22LL",          4, false, true,  true,  22 },
	{ "0x16",          4, false, true,  false, 22 },
	{ "0X1f",          4, false, true,  false, 31 },
	{ "0x7fffffff",   10, false, true,  false, INT32_MAX },
	{ "0x80000000",   10, false, false, false, 0 },
	{ "0xffffffff",   10, false, false, false, 0 },
	{ "0x100000016",  11, false, false, false, 0 },
	{ "0x",            1, false, true,  false, 0 },
	{ "0x16L",         5, false, true,  true,  22 },
	{ "1.5",           3, true,  true,  false, 0 },
	{ "192.0.2.1",     5, true,  true,  false, 0 },
	{ ".5",            2, true,  true,  false, 0 },
	{ ".",             1, true,  true,  false, 0 },
	{ "1e3",           3, true,  true,  false, 0 },
	{ "1e",            1, false, true,  false, 1 },
	{ "1.e+2x",        5, true,  true,  false, 0 },
	{ "abc",           0, false, true,  false, 0 },
	{ "-",             0, false, true,  false, 0 },
	{ "",              0, false, true,  false, 0 },
};

/* clang-format on */

static void reads_number(void **state)
{
	const struct number_case *c = *state;
	struct number number = number_at(c->text, c->text + strlen(c->text));

	assert_int_equal(number.length, c->length);
	if (!c->length)
		return;
	assert_int_equal(number.is_float, c->is_float);
	assert_int_equal(number.fits, c->fits);
	assert_int_equal(number.is_long, c->is_long);
	assert_int_equal(number.value, c->value);
}

/* Nothing behind the end is looked at. */
static void stops_at_the_end(void **state)
{
	static const char text[] = "0x1.5e3";

	(void)state;
	assert_int_equal(number_at(text, text).length, 0);
	assert_int_equal(number_at(text, text + 1).value, 0);
	assert_int_equal(number_at(text, text + 2).length, 1);
	assert_int_equal(number_at(text, text + 3).value, 1);
	assert_true(number_at(text + 2, text + 5).is_float);
	assert_int_equal(number_at(text + 2, text + 6).length, 3);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases) + 1];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].text,
						.test_func = reads_number,
						.initial_state = &cases[i] };
	tests[COUNT_OF(cases)] = (struct CMUnitTest)cmocka_unit_test(stops_at_the_end);
	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
