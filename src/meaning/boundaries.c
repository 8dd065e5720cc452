/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the rules of a rule set cut the values of one field: see evaluate.h. */
#include <stdlib.h>
#include <string.h>

#include "meaning/match.h"

enum { VALUE_BYTES = 16 };

#define BIT(field) (1u << (field))

/* The ports of each protocol, and those whatever the protocol. */
#define SOURCE_PORTS \
	(BIT(FIELD_TCP_SPORT) | BIT(FIELD_UDP_SPORT) | BIT(FIELD_SCTP_SPORT))
#define DESTINATION_PORTS \
	(BIT(FIELD_TCP_DPORT) | BIT(FIELD_UDP_DPORT) | BIT(FIELD_SCTP_DPORT))

struct cutter {
	struct arena *arena;
	uint32_t fields; /* that hold the same value: a bit for each */
	const uint8_t *low, *high;
	size_t width;
	struct boundaries *boundaries;
	/* named sets, which many rules may look into: the fields of their keys that are
	 * done, a bit for each */
	const struct table *table;
	uint8_t *done;
};

static uint32_t fields_alike(enum field field)
{
	if (field == FIELD_TH_SPORT)
		return BIT(field) | SOURCE_PORTS;
	if (field == FIELD_TH_DPORT)
		return BIT(field) | DESTINATION_PORTS;
	if (BIT(field) & SOURCE_PORTS)
		return BIT(field) | BIT(FIELD_TH_SPORT);
	if (BIT(field) & DESTINATION_PORTS)
		return BIT(field) | BIT(FIELD_TH_DPORT);
	return BIT(field);
}

static bool counts(const struct cutter *cutter, enum field field)
{
	return cutter->fields & BIT(field);
}

/* ---- values ---- */

static void push(struct cutter *cutter, const uint8_t *value)
{
	struct boundaries *boundaries = cutter->boundaries;

	if (boundaries->count == boundaries->capacity) {
		boundaries->capacity =
			boundaries->capacity ? 2 * boundaries->capacity : 8;
		boundaries->items =
			arena_grow(cutter->arena, boundaries->items, boundaries->count,
				   boundaries->capacity, sizeof(*boundaries->items));
	}

	uint8_t *item = boundaries->items[boundaries->count++];

	memset(item, 0, VALUE_BYTES);
	memcpy(item, value, cutter->width);
}

/* A part begins here; one at or before LOW begins with LOW. */
static void cut_at(struct cutter *cutter, const uint8_t *value)
{
	if (memcmp(value, cutter->low, cutter->width) > 0 &&
	    memcmp(value, cutter->high, cutter->width) <= 0)
		push(cutter, value);
}

/* A part ends here; none begins behind the last value. */
static void cut_behind(struct cutter *cutter, const uint8_t *value)
{
	uint8_t next[VALUE_BYTES];

	memcpy(next, value, cutter->width);
	for (size_t i = cutter->width; i-- > 0;) {
		if (++next[i]) {
			cut_at(cutter, next);
			return;
		}
	}
}

static void cut_out(struct cutter *cutter, const uint8_t *low, const uint8_t *high)
{
	cut_at(cutter, low);
	cut_behind(cutter, high);
}

static void cut_prefix(struct cutter *cutter, const uint8_t *value, unsigned bits)
{
	uint8_t low[VALUE_BYTES], high[VALUE_BYTES];

	for (size_t i = 0; i < cutter->width; i++) {
		unsigned left = bits > 8 * i ? bits - 8 * (unsigned)i : 0;
		uint8_t free_bits = (uint8_t)(left < 8 ? 0xff >> left : 0);

		low[i] = value[i] & (uint8_t)~free_bits;
		high[i] = value[i] | free_bits;
	}
	cut_out(cutter, low, high);
}

/* ---- matches ---- */

/* One field of all keys. */
static void cut_keys(struct cutter *cutter, const struct set *set, size_t field)
{
	size_t offset = 0, high = set->interval ? set->key_length : 0;

	for (size_t i = 0; i < field; i++)
		offset += key_field_length(set, i);
	for (size_t i = 0; i < set->count; i++) {
		const uint8_t *key = set_entry(set, i) + offset;

		cut_out(cutter, key, key + high);
	}
}

/* Whether this is the first time; of sets without a name it always is. */
static bool is_new(struct cutter *cutter, const struct set *set, size_t field)
{
	const struct set *named =
		set->name ? table_set(cutter->table, set->name) : NULL;

	if (named != set)
		return true;

	uint8_t *done = &cutter->done[named - cutter->table->sets];

	if (*done & 1u << field)
		return false;
	*done |= (uint8_t)(1u << field);
	return true;
}

static void cut_set(struct cutter *cutter, const struct match *match)
{
	if (!match_is_known(match))
		return;
	for (size_t i = 0; i < match->field_count; i++) {
		if (counts(cutter, match->fields[i]) && is_new(cutter, match->set, i))
			cut_keys(cutter, match->set, i);
	}
}

static void cut_match(struct cutter *cutter, const struct match *match)
{
	bool same = counts(cutter, match->fields[0]);

	switch (match->op) {
	case MATCH_EQUAL:
	case MATCH_NOT_EQUAL:
		if (same)
			cut_prefix(cutter, match->value, match->bits);
		break;
	case MATCH_RANGE:
	case MATCH_NOT_RANGE:
		if (same)
			cut_out(cutter, match->value, match->high);
		break;
	case MATCH_ANY_BIT: /* of our fields none: match_is_known() */
		break;
	case MATCH_IN:
	case MATCH_NOT_IN:
	case MATCH_MAP:
		cut_set(cutter, match);
		break;
	}
}

static void cut_rule(struct cutter *cutter, const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		if (rule->steps[i].kind == STEP_MATCH)
			cut_match(cutter, &rule->steps[i].match);
	}
}

static void cut_table(struct cutter *cutter, const struct table *table)
{
	cutter->table = table;
	cutter->done = arena_alloc(cutter->arena, table->set_count);
	for (size_t c = 0; c < table->chain_count; c++) {
		for (size_t r = 0; r < table->chains[c].rule_count; r++)
			cut_rule(cutter, &table->chains[c].rules[r]);
	}
}

/* ---- all of them ---- */

static int compare_values(const void *a, const void *b)
{
	return memcmp(a, b, VALUE_BYTES);
}

static void sort_from(struct boundaries *boundaries, size_t start)
{
	uint8_t(*items)[VALUE_BYTES] = boundaries->items + start;
	size_t count = boundaries->count - start, kept = 1;

	qsort(items, count, sizeof(*items), compare_values);
	for (size_t i = 1; i < count; i++) {
		if (memcmp(items[kept - 1], items[i], VALUE_BYTES) != 0)
			memmove(items[kept++], items[i], VALUE_BYTES);
	}
	boundaries->count = start + kept;
}

void evaluate_boundaries(struct arena *arena, const struct ruleset *ruleset,
			 enum field field, const uint8_t *low, const uint8_t *high,
			 struct boundaries *boundaries)
{
	size_t start = boundaries->count;
	struct cutter cutter = {
		.arena = arena,
		.fields = fields_alike(field),
		.low = low,
		.high = high,
		.width = field_infos[field].width,
		.boundaries = boundaries,
	};

	push(&cutter, low);
	for (size_t i = 0; i < ruleset->table_count; i++) {
		if (!ruleset->tables[i].dormant)
			cut_table(&cutter, &ruleset->tables[i]);
	}
	sort_from(boundaries, start);
}
