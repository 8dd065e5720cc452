/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates: how often something may happen, and how much of it at once. */
#include <string.h>

#include "base/text.h"
#include "site/rate.h"

/* clang-format off */
static const struct unit {
	const char *name;
	uint32_t seconds;
} units[] = {
	{ "second", 1 },
	{ "minute", 60 },
	{ "hour",   3600 },
	{ "day",    86400 },
};

/* clang-format on */

static const char burst_word[] = " burst ";
static const char rate_words[] = "a rate like \"6/minute\" or \"6/minute burst 3\"";

static const struct unit *unit_find(const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (strlen(units[i].name) == length &&
		    !memcmp(units[i].name, name, length))
			return &units[i];
	return NULL;
}

static bool form_error(struct loader *loader, const struct value *value)
{
	return diag_error(loader->diags, DIAG_VALUE, value->span, "\"%s\" is not %s",
			  shown(loader, value->text), rate_words);
}

static bool unit_error(struct loader *loader, const struct value *value,
		       const char *unit)
{
	struct names names = { 0 };

	diag_error(loader->diags, DIAG_VALUE, value->span,
		   "unknown unit of time \"%s\": expected \"second\", \"minute\", "
		   "\"hour\" or \"day\"",
		   shown(loader, unit));
	for (size_t i = 0; i < COUNT_OF(units); i++)
		names_add(loader->arena, &names, units[i].name, &names);
	note_nearest(loader, &names, unit);
	return false;
}

/* A number from 1 to `max` that fills `length` bytes. */
static bool parse_number(struct loader *loader, const struct value *value,
			 const char *text, size_t length, uint32_t *number)
{
	bool is_burst = text != value->text;
	uint32_t max = is_burst ? RATE_BURST_MAX : RATE_COUNT_MAX;
	uint64_t parsed;

	if (!text_number(text, length, UINT32_MAX, &parsed))
		return form_error(loader, value);
	if (parsed < 1 || parsed > max)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"%s\": expected %s from 1 to %u",
				  shown(loader, value->text),
				  is_burst ? "a burst" : "a number", (unsigned)max);
	*number = (uint32_t)parsed;
	return true;
}

/* COUNT/UNIT, or COUNT/UNIT burst COUNT. */
static bool parse_rate(struct loader *loader, const struct value *value,
		       struct rate *rate)
{
	const char *text = value->text;
	const char *slash = strchr(text, '/');
	const char *name = slash ? slash + 1 : "";
	size_t length = strcspn(name, " ");
	const char *rest = name + length;
	const struct unit *unit = unit_find(name, length);
	struct rate parsed = { .burst = RATE_BURST_DEFAULT };

	if (!slash || !length)
		return form_error(loader, value);
	if (!parse_number(loader, value, text, (size_t)(slash - text), &parsed.count))
		return false;
	if (!unit)
		return unit_error(loader, value,
				  arena_copy(loader->arena, name, length));
	if (*rest && strncmp(rest, burst_word, sizeof(burst_word) - 1) != 0)
		return form_error(loader, value);
	if (*rest) {
		rest += sizeof(burst_word) - 1;
		if (!parse_number(loader, value, rest, strlen(rest), &parsed.burst))
			return false;
	}
	parsed.unit_seconds = unit->seconds;
	*rate = parsed;
	return true;
}

bool read_rate(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	(void)item;
	if (value->kind != VALUE_TEXT)
		return type_error(loader, value, rate_words);
	return !value->broken && parse_rate(loader, value, member);
}
