/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of addresses, ports and types in words that a person reads at a glance. */
#include <string.h>

#include "emit/emit.h"
#include "explain/words.h"
#include "site/icmp.h"

enum { RANGES_SHOWN = 4, PORTS_SHOWN = 8, PORT_FIRST = 1, PORT_LAST = 65535 };

static const char *copy(struct arena *arena, const struct buffer *words)
{
	return words->length ? arena_copy(arena, words->data, words->length) : "";
}

static void add_separator(struct buffer *words, size_t i)
{
	if (i)
		buffer_text(words, ", ");
}

static void add_more(struct buffer *words, size_t count, size_t shown)
{
	if (count > shown)
		buffer_format(words, " and %zu more", count - shown);
}

/* ---- addresses ---- */

bool ranges_are_all(const struct ranges *ranges)
{
	static const uint8_t zeros[16];

	if (ranges->count != 1 ||
	    memcmp(range_low(ranges, 0), zeros, ranges->width) != 0)
		return false;
	for (size_t i = 0; i < ranges->width; i++) {
		if (range_high(ranges, 0)[i] != 0xff)
			return false;
	}
	return true;
}

static void add_ranges(struct buffer *words, const struct ranges *ranges)
{
	for (size_t i = 0; i < ranges->count && i < RANGES_SHOWN; i++) {
		add_separator(words, i);
		range_print(words, range_low(ranges, i), range_high(ranges, i),
			    ranges->width);
	}
	add_more(words, ranges->count, RANGES_SHOWN);
}

const char *ranges_words(struct arena *arena, const struct ranges *ranges)
{
	struct buffer words AUTO_BUFFER = { 0 };

	add_ranges(&words, ranges);
	return copy(arena, &words);
}

static bool is_same(const struct ranges *a, const struct ranges *b)
{
	return a->count == b->count &&
	       (!a->count ||
		!memcmp(a->bytes, b->bytes, 2 * a->count * (size_t)a->width));
}

bool ranges_are_whole(const struct ranges part[FAMILY_COUNT],
		      const struct ranges all[FAMILY_COUNT])
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		if (!is_same(&part[family], &all[family]))
			return false;
	}
	return true;
}

/* Of `any`: what is left out, when that is shorter to say. */
static void add_family(struct arena *arena, struct buffer *words, bool is_any,
		       const struct ranges *part, const struct ranges *all)
{
	struct ranges rest = ranges_subtract(arena, all, part);

	if (!is_any || rest.count > part->count) {
		add_ranges(words, part);
		return;
	}
	buffer_text(words, part->width == 4 ? "any IPv4" : "any IPv6");
	if (rest.count)
		buffer_text(words, " but ");
	add_ranges(words, &rest);
}

const char *side_words(struct arena *arena, const struct side *side)
{
	struct buffer words AUTO_BUFFER = { 0 };
	bool is_any[FAMILY_COUNT];
	size_t count = 0;

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		is_any[family] = !side->is_host && side->part[family].count &&
				 ranges_are_all(&side->asked->addresses[family]);
	if (is_any[FAMILY_IP4] && is_any[FAMILY_IP6] &&
	    ranges_are_whole(side->part, side->all))
		return "any";
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		if (!side->part[family].count)
			continue;
		add_separator(&words, count++);
		add_family(arena, &words, is_any[family], &side->part[family],
			   &side->all[family]);
	}
	return copy(arena, &words);
}

/* ---- ports and types ---- */

static unsigned number_of(const uint8_t *value, uint8_t width)
{
	return width == 1 ? value[0] : (unsigned)(value[0] << 8 | value[1]);
}

static void add_numbers(struct buffer *words, unsigned low, unsigned high)
{
	buffer_format(words, low == high ? "%u" : "%u-%u", low, high);
}

const char *ports_words(struct arena *arena, const struct ranges *ports)
{
	struct buffer words AUTO_BUFFER = { 0 };

	if (ports->count == 1 && number_of(range_low(ports, 0), 2) <= PORT_FIRST &&
	    number_of(range_high(ports, 0), 2) == PORT_LAST)
		return "";
	for (size_t i = 0; i < ports->count && i < PORTS_SHOWN; i++) {
		add_separator(&words, i);
		add_numbers(&words, number_of(range_low(ports, i), 2),
			    number_of(range_high(ports, i), 2));
	}
	add_more(&words, ports->count, PORTS_SHOWN);
	return copy(arena, &words);
}

const char *port_ranges_words(struct arena *arena, const struct port_range *ranges,
			      size_t count)
{
	struct buffer words AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < count && i < PORTS_SHOWN; i++) {
		add_separator(&words, i);
		add_numbers(&words, ranges[i].low, ranges[i].high);
	}
	add_more(&words, count, PORTS_SHOWN);
	return copy(arena, &words);
}

static void add_type(struct buffer *words, unsigned type, enum transport transport)
{
	const char *name = icmp_name(transport, (uint8_t)type);

	if (name)
		buffer_text(words, name);
	else
		buffer_format(words, "%u", type);
}

const char *types_words(struct arena *arena, const struct ranges *types,
			enum transport transport)
{
	struct buffer words AUTO_BUFFER = { 0 };

	if (types->count == 1 && !*range_low(types, 0) && *range_high(types, 0) == 255)
		return "";
	for (size_t i = 0; i < types->count && i < PORTS_SHOWN; i++) {
		unsigned low = number_of(range_low(types, i), 1);
		unsigned high = number_of(range_high(types, i), 1);

		add_separator(&words, i);
		if (low == high)
			add_type(&words, low, transport);
		else
			add_numbers(&words, low, high);
	}
	add_more(&words, types->count, PORTS_SHOWN);
	return copy(arena, &words);
}

/* ---- names and places ---- */

const char *end_names(struct arena *arena, const struct ends *ends)
{
	struct buffer words AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < ends->count; i++) {
		if (i)
			buffer_text(&words, i + 1 == ends->count ? " or " : ", ");
		buffer_text(&words, ends->items[i].name.text);
	}
	return copy(arena, &words);
}

const char *span_words(struct arena *arena, struct span span)
{
	struct buffer words AUTO_BUFFER = { 0 };

	if (!span.source)
		return "";
	buffer_printable(&words, span.source->name, strlen(span.source->name), 0);
	if (span.line)
		buffer_format(&words, ":%u", (unsigned)span.line);
	return copy(arena, &words);
}

const char *decider_words(struct arena *arena, const struct passage *passage)
{
	struct buffer words AUTO_BUFFER = { 0 }, shown AUTO_BUFFER = { 0 };

	if (passage->rule)
		emit_rule(passage->rule, passage->table->family, &words);
	else if (passage->chain->foreign)
		buffer_format(&words, "a chain that is not understood: %s",
			      passage->chain->foreign);
	else
		buffer_format(&words, "policy %s",
			      verdict_names[passage->chain->policy]);
	if (words.length)
		buffer_printable(&shown, words.data, words.length, 0);
	return copy(arena, &shown);
}
