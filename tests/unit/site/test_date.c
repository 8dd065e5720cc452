/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dates: those of the calendar and no others, and how many days they are away. */
#include "site/date.h"
#include "unit/site/reading.h"

/* clang-format off */
static struct date_case {
	const char *text;
	const char *message; /* NULL: it is a date */
	int64_t days;
} cases[] = {
	{ "1970-01-01", NULL, 0 },
	{ "1970-03-01", NULL, 59 },
	{ "1971-01-01", NULL, 365 },
	{ "1972-02-29", NULL, 789 },
	{ "1973-01-01", NULL, 1096 },
	{ "2000-02-29", NULL, 11016 },
	{ "2000-03-01", NULL, 11017 },
	{ "2026-06-15", NULL, 20619 },
	{ "2038-01-19", NULL, 24855 },
	{ "2100-03-01", NULL, 47541 },
	{ "9999-12-31", NULL, 2932896 },
	{ "2024-02-29", NULL, 19782 },
	{ "2023-02-29", "expected a day from 01 to 28", 0 },
	{ "2100-02-29", "expected a day from 01 to 28", 0 },
	{ "2024-02-30", "expected a day from 01 to 29", 0 },
	{ "2027-04-31", "expected a day from 01 to 30", 0 },
	{ "2027-01-32", "expected a day from 01 to 31", 0 },
	{ "2027-01-00", "expected a day from 01 to 31", 0 },
	{ "2027-00-01", "expected a month from 01 to 12", 0 },
	{ "2027-13-01", "expected a month from 01 to 12", 0 },
	{ "2027-31-12", "expected a month from 01 to 12", 0 },
	{ "1969-12-31", "expected a year from 1970 on", 0 },
	{ "0000-01-01", "expected a year from 1970 on", 0 },
	{ "2027-6-30",  "is not a date", 0 },
	{ "27-06-30",   "is not a date", 0 },
	{ "2027/06/30", "is not a date", 0 },
	{ "30.06.2027", "is not a date", 0 },
	{ "2027-06-3O", "is not a date", 0 },
	{ "2027-06-30 ", "is not a date", 0 },
	{ "2027-06-30T00:00:00Z", "is not a date", 0 },
	{ "-027-06-30", "is not a date", 0 },
	{ "never",      "is not a date", 0 },
	{ "",           "is not a date", 0 },
};

/* clang-format on */

static void reads_date(void **state)
{
	const struct date_case *c = *state;
	struct value value = text_value(c->text);
	const char *date = NULL;

	assert_int_equal(read_date(loader, NULL, &value, &date), !c->message);
	assert_message(c->message);
	if (c->message)
		assert_null(date);
	else
		assert_int_equal(date_days(date), c->days);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases)];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].text, reads_date,
						reading_begin, reading_end, &cases[i] };
	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
