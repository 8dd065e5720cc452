/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dates as ISO 8601 has them, in the calendar that is in use. */
#include <string.h>

#include "site/date.h"

enum { YEAR_MIN = 1970, DATE_BYTES = 10 };

struct date {
	unsigned year, month, day;
};

static const char date_words[] = "a date like \"2027-06-30\"";

/* The digits are known to be some. */
static unsigned number_of(const char *text, size_t length)
{
	unsigned number = 0;

	for (size_t i = 0; i < length; i++)
		number = 10 * number + (unsigned)(text[i] - '0');
	return number;
}

/* DDDD-DD-DD, whatever the numbers are. */
static bool has_form(const char *text)
{
	static const char form[] = "dddd-dd-dd";

	if (strlen(text) != DATE_BYTES)
		return false;
	for (size_t i = 0; i < DATE_BYTES; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == 'd' ? !is_digit : text[i] != form[i])
			return false;
	}
	return true;
}

static struct date date_of(const char *text)
{
	return (struct date){
		.year = number_of(text, 4),
		.month = number_of(text + 5, 2),
		.day = number_of(text + 8, 2),
	};
}

static bool is_leap_year(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_of_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	return days[month - 1] + (unsigned)(month == 2 && is_leap_year(year));
}

static bool check_date(struct loader *loader, const struct value *value)
{
	struct date date;

	if (!has_form(value->text))
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"%s\" is not %s", shown(loader, value->text),
				  date_words);
	date = date_of(value->text);
	if (date.year < YEAR_MIN)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"%s\": expected a year from %d on", value->text,
				  YEAR_MIN);
	if (date.month < 1 || date.month > 12)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"%s\": expected a month from 01 to 12, behind the "
				  "year",
				  value->text);

	unsigned last = days_of_month(date.year, date.month);

	if (date.day < 1 || date.day > last)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"%s\": expected a day from 01 to %u", value->text,
				  last);
	return true;
}

bool read_date(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	(void)item;
	if (value->kind != VALUE_TEXT)
		return type_error(loader, value, date_words);
	if (value->broken || !check_date(loader, value))
		return false;
	*(const char **)member = value->text;
	return true;
}

int64_t date_days(const char *text)
{
	struct date date = date_of(text);
	int64_t before = date.year - 1;
	/* leap days before this year, less those before 1970 */
	int64_t leap_days = before / 4 - before / 100 + before / 400 - 477;
	int64_t days = ((int64_t)date.year - YEAR_MIN) * 365 + leap_days;

	for (unsigned month = 1; month < date.month; month++)
		days += days_of_month(date.year, month);
	return days + date.day - 1;
}
