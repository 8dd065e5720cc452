/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values into classes: cut into intervals where a rule cuts them, each asked all that
 * the bundle's packets are asked of the dimension, and those put together that answer
 * the same.
 */
#include <stdlib.h>
#include <string.h>

#include "explain/classes.h"

enum {
	VALUE_BYTES = 16,
	CODE_MAX = 1 << 24 /* answers that are remembered: 64 MiB */
};

struct interval {
	uint8_t low[VALUE_BYTES], high[VALUE_BYTES];
};

struct intervals {
	struct interval *items;
	size_t count, capacity;
};

/* What one interval answers, and where it belongs. */
struct answers {
	const uint32_t *codes;
	size_t code_count;
	size_t place; /* of the interval */
};

struct sorter {
	struct arena *arena;
	const struct ruleset *ruleset;
	const struct bundle *bundle;
	enum dimension dimension;
	const struct comparison **asked; /* that look at the dimension */
	size_t asked_count;
	struct intervals intervals;
	struct answers *answers;
};

static const struct ranges *values_of(const struct sorter *sorter)
{
	return &sorter->bundle->values[sorter->dimension];
}

/* ---- intervals ---- */

/* Where what is usual of a packet changes: its hop limit, whom it is for. */
/* clang-format off */
static const struct edge {
	enum dimension dimension;
	uint8_t width;
	uint8_t value[VALUE_BYTES];
} edges[] = {
	{ DIMENSION_DESTINATION, 4,  { 224 } },
	{ DIMENSION_DESTINATION, 4,  { 240 } },
	{ DIMENSION_DESTINATION, 4,  { 255, 255, 255, 255 } },
	{ DIMENSION_DESTINATION, 16, { 0xff } },
	{ DIMENSION_TYPE,        1,  { 130 } },
	{ DIMENSION_TYPE,        1,  { 133 } },
	{ DIMENSION_TYPE,        1,  { 138 } },
	{ DIMENSION_TYPE,        1,  { 143 } },
	{ DIMENSION_TYPE,        1,  { 144 } },
};

/* clang-format on */

static void push_edge(struct sorter *sorter, const uint8_t *value,
		      struct boundaries *boundaries)
{
	if (boundaries->count == boundaries->capacity) {
		boundaries->capacity =
			boundaries->capacity ? 2 * boundaries->capacity : 8;
		boundaries->items =
			arena_grow(sorter->arena, boundaries->items, boundaries->count,
				   boundaries->capacity, sizeof(*boundaries->items));
	}
	memcpy(boundaries->items[boundaries->count++], value, VALUE_BYTES);
}

static int compare_values(const void *a, const void *b)
{
	return memcmp(a, b, VALUE_BYTES);
}

/* The field at whose values it is cut: of ports, that of every protocol. */
static enum field cut_field(const struct sorter *sorter)
{
	enum field fields[DIMENSION_FIELDS];
	size_t count = dimension_fields(sorter->bundle, sorter->dimension, fields);
	bool ports = sorter->dimension == DIMENSION_SOURCE_PORT ||
		     sorter->dimension == DIMENSION_PORT;

	return ports ? fields[count - 1] : fields[0];
}

/* Where parts begin, from the first value to the last, sorted; some more than once. */
static struct boundaries find_boundaries(struct sorter *sorter)
{
	const struct ranges *values = values_of(sorter);
	struct boundaries boundaries = { 0 };

	evaluate_boundaries(sorter->arena, sorter->ruleset, cut_field(sorter),
			    range_low(values, 0), range_high(values, values->count - 1),
			    &boundaries);
	for (size_t i = 0; i < COUNT_OF(edges); i++) {
		if (edges[i].dimension == sorter->dimension &&
		    edges[i].width == values->width)
			push_edge(sorter, edges[i].value, &boundaries);
	}
	qsort(boundaries.items, boundaries.count, sizeof(*boundaries.items),
	      compare_values);
	return boundaries;
}

static void value_decrement(uint8_t *value, uint8_t width)
{
	for (size_t i = width; i-- > 0;) {
		if (value[i]--)
			return;
	}
}

static void cut_values(struct sorter *sorter)
{
	const struct ranges *values = values_of(sorter);
	struct boundaries boundaries = find_boundaries(sorter);
	uint8_t width = values->width;
	size_t b = 0;

	for (size_t i = 0; i < values->count; i++) {
		struct interval interval = { 0 };

		memcpy(interval.low, range_low(values, i), width);
		for (; b < boundaries.count; b++) {
			const uint8_t *begin = boundaries.items[b];

			if (memcmp(begin, range_high(values, i), width) > 0)
				break;
			if (memcmp(begin, interval.low, width) <= 0)
				continue;
			memcpy(interval.high, begin, width);
			value_decrement(interval.high, width);
			LIST_PUSH(sorter->arena, &sorter->intervals, interval);
			memcpy(interval.low, begin, width);
		}
		memcpy(interval.high, range_high(values, i), width);
		LIST_PUSH(sorter->arena, &sorter->intervals, interval);
	}
}

/* ---- answers ---- */

static void find_asked(struct sorter *sorter, const struct comparisons *comparisons)
{
	sorter->asked =
		arena_array(sorter->arena, comparisons->count, sizeof(*sorter->asked));
	for (size_t i = 0; i < comparisons->count; i++) {
		if (comparisons->items[i].dimensions & BIT(sorter->dimension))
			sorter->asked[sorter->asked_count++] = &comparisons->items[i];
	}
}

static uint32_t code_of(const struct sorter *sorter, const struct packet *packet,
			const struct comparison *comparison, size_t place)
{
	struct registers registers;
	const struct match *match = comparison->match;
	const struct element *element = NULL;
	enum answer answer;

	/* with values of another dimension: no two intervals are taken for the same */
	if (comparison->dimensions != BIT(sorter->dimension))
		return (uint32_t)place;
	registers_load(&registers, packet);
	registers_move(&registers, packet, &comparison->place);
	answer = match_packet(match, &registers, &element);
	if (!element)
		return answer;
	return ANSWER_MAYBE + 1 + (uint32_t)(element - match->set->elements);
}

static void ask_interval(struct sorter *sorter, size_t place, uint32_t *codes)
{
	const uint8_t *values[DIMENSION_COUNT] = { 0 };
	struct packet packet;

	for (enum dimension d = 0; d < DIMENSION_COUNT; d++) {
		if (sorter->bundle->values[d].width)
			values[d] = range_low(&sorter->bundle->values[d], 0);
	}
	values[sorter->dimension] = sorter->intervals.items[place].low;
	packet = bundle_packet(sorter->bundle, values);
	for (size_t i = 0; i < sorter->asked_count; i++)
		codes[i] = code_of(sorter, &packet, sorter->asked[i], place);
	sorter->answers[place] = (struct answers){ codes, sorter->asked_count, place };
}

static bool ask_all(struct sorter *sorter)
{
	size_t count = sorter->intervals.count;
	uint32_t *codes;

	if (sorter->asked_count && count > CODE_MAX / sorter->asked_count)
		return false;
	codes = arena_array(sorter->arena, count * sorter->asked_count, sizeof(*codes));
	sorter->answers = arena_array(sorter->arena, count, sizeof(*sorter->answers));
	for (size_t i = 0; i < count; i++)
		ask_interval(sorter, i, codes + i * sorter->asked_count);
	return true;
}

/* ---- classes ---- */

static int compare_codes(const struct answers *a, const struct answers *b)
{
	return memcmp(a->codes, b->codes, a->code_count * sizeof(*a->codes));
}

static int compare_answers(const void *left, const void *right)
{
	const struct answers *a = left, *b = right;
	int order = compare_codes(a, b);

	if (order)
		return order;
	return a->place < b->place ? -1 : 1;
}

static void push_interval(struct sorter *sorter, struct classes *classes, size_t class,
			  const struct interval *interval)
{
	if (class == classes->count) {
		struct class begun = { .values.width = values_of(sorter)->width };

		memcpy(begun.first, interval->low, VALUE_BYTES);
		LIST_PUSH(sorter->arena, classes, begun);
	}
	ranges_push(sorter->arena, &classes->items[class].values, interval->low,
		    interval->high);
}

static void group(struct sorter *sorter, struct classes *classes)
{
	size_t count = sorter->intervals.count, next = 0;
	size_t *group_of = arena_array(sorter->arena, count, sizeof(*group_of));
	size_t *class_of = arena_array(sorter->arena, count, sizeof(*class_of));

	qsort(sorter->answers, count, sizeof(*sorter->answers), compare_answers);
	for (size_t i = 0; i < count; i++) {
		next += i && compare_codes(&sorter->answers[i - 1],
					   &sorter->answers[i]) != 0;
		group_of[sorter->answers[i].place] = next;
	}
	/* numbered anew, by their first values; 0: not yet */
	for (size_t i = 0; i < count; i++) {
		size_t *class = &class_of[group_of[i]];

		if (!*class)
			*class = classes->count + 1;
		push_interval(sorter, classes, *class - 1, &sorter->intervals.items[i]);
	}
	for (size_t i = 0; i < classes->count; i++)
		ranges_normalize(&classes->items[i].values);
}

bool classes_find(const struct division *division, enum dimension dimension,
		  struct classes *classes)
{
	struct arena *arena = division->arena;
	struct sorter sorter = { .arena = arena,
				 .ruleset = division->ruleset,
				 .bundle = division->bundle,
				 .dimension = dimension };
	const struct ranges *values = values_of(&sorter);

	if (!values->width) {
		LIST_PUSH(arena, classes, (struct class){ 0 });
		return true;
	}
	find_asked(&sorter, division->comparisons);
	if (!sorter.asked_count) {
		struct class all = { .values = *values };

		memcpy(all.first, range_low(values, 0), values->width);
		LIST_PUSH(arena, classes, all);
		return true;
	}
	cut_values(&sorter);
	if (!ask_all(&sorter))
		return false;
	group(&sorter, classes);
	return classes->count <= CELL_MAX;
}
