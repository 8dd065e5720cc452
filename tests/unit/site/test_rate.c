/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates: what each means, and what is said of those that mean nothing. */
#include "site/rate.h"
#include "unit/site/reading.h"

/* clang-format off */
static struct rate_case {
	const char *text;
	struct rate rate;
	const char *message; /* NULL: it is a rate */
} cases[] = {
	{ "6/minute",                  { 6, 60, 5 },                NULL },
	{ "1/second",                  { 1, 1, 5 },                 NULL },
	{ "10/hour",                   { 10, 3600, 5 },             NULL },
	{ "100/day burst 1",           { 100, 86400, 1 },           NULL },
	{ "6/minute burst 3",          { 6, 60, 3 },                NULL },
	{ "1000000/second burst 100000", { 1000000, 1, 100000 },    NULL },
	{ "0/minute",                  { 0 }, "expected a number from 1 to 1000000" },
	{ "1000001/second",            { 0 }, "expected a number from 1 to 1000000" },
	{ "99999999999/second",        { 0 }, "is not a rate" },
	{ "6/minute burst 0",          { 0 }, "expected a burst from 1 to 100000" },
	{ "6/minute burst 100001",     { 0 }, "expected a burst from 1 to 100000" },
	{ "6/minute burst",            { 0 }, "is not a rate" },
	{ "6/minute burst ",           { 0 }, "is not a rate" },
	{ "6/minute burst 3 ",         { 0 }, "is not a rate" },
	{ "6/minute  burst 3",         { 0 }, "is not a rate" },
	{ "6/minute ",                 { 0 }, "is not a rate" },
	{ "6 / minute",                { 0 }, "is not a rate" },
	{ "06/minute",                 { 0 }, "is not a rate" },
	{ "+6/minute",                 { 0 }, "is not a rate" },
	{ "-6/minute",                 { 0 }, "is not a rate" },
	{ "6.5/minute",                { 0 }, "is not a rate" },
	{ "/minute",                   { 0 }, "is not a rate" },
	{ "6/",                        { 0 }, "is not a rate" },
	{ "6",                         { 0 }, "is not a rate" },
	{ "",                          { 0 }, "is not a rate" },
	{ "6/min",                     { 0 }, "unknown unit of time \"min\"" },
	{ "6/minutes",                 { 0 }, "unknown unit of time \"minutes\"" },
	{ "6/Minute",                  { 0 }, "unknown unit of time \"Minute\"" },
	{ "6/week",                    { 0 }, "unknown unit of time \"week\"" },
};

/* clang-format on */

static void reads_rate(void **state)
{
	const struct rate_case *c = *state;
	struct value value = text_value(c->text);
	struct rate rate = { 0 };

	assert_int_equal(read_rate(loader, NULL, &value, &rate), !c->message);
	assert_message(c->message);
	assert_int_equal(rate.count, c->rate.count);
	assert_int_equal(rate.unit_seconds, c->rate.unit_seconds);
	assert_int_equal(rate.burst, c->rate.burst);
}

static void wants_a_text(void **state)
{
	struct value value = integer_value(6);
	struct rate rate = { 0 };

	(void)state;
	assert_false(read_rate(loader, NULL, &value, &rate));
	assert_message("expected a rate like \"6/minute\"");
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases) + 1];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].text, reads_rate,
						reading_begin, reading_end, &cases[i] };
	tests[COUNT_OF(cases)] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		wants_a_text, reading_begin, reading_end);
	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
