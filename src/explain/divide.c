/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bundle into portions: one packet of each combination of classes is evaluated, and
 * combinations that take the same way are put together again.
 */
#include <stdlib.h>
#include <string.h>

#include "explain/classes.h"

enum { WORD_BITS = 64 };

/* What became of a packet. */
struct fate {
	enum outcome outcome;
	const struct passage *passages;
	size_t passage_count;
	struct passage decider;
};

/* Combinations with one fate: all of those whose classes have their bits set. */
struct box {
	size_t fate;
	uint64_t *words; /* a set of classes for each dimension, side by side */
	size_t first;    /* of its combinations, for the order */
	/* when boxes are compared: all words but these */
	size_t skip, skip_count, word_count;
};

struct divider {
	struct arena *arena;
	const struct ruleset *ruleset;
	const struct bundle *bundle;
	struct classes classes[DIMENSION_COUNT];
	size_t offsets[DIMENSION_COUNT + 1]; /* of a dimension's words */

	struct {
		struct fate *items;
		size_t count, capacity;
	} fates;

	struct {
		struct box *items;
		size_t count, capacity;
	} boxes;
};

/* ---- evaluation ---- */

static bool is_same_fate(const struct fate *fate, const struct evaluation *evaluation)
{
	size_t count = evaluation->passages.count;

	if (fate->outcome != evaluation->outcome || fate->passage_count != count)
		return false;
	return !count || !memcmp(fate->passages, evaluation->passages.items,
				 count * sizeof(*fate->passages));
}

/* The last fate is the likeliest. */
static size_t fate_of(struct divider *divider, const struct evaluation *evaluation)
{
	struct fate fate = { .outcome = evaluation->outcome,
			     .passages = evaluation->passages.items,
			     .passage_count = evaluation->passages.count,
			     .decider = evaluation->decider };

	for (size_t i = divider->fates.count; i-- > 0;) {
		if (is_same_fate(&divider->fates.items[i], evaluation))
			return i;
	}
	LIST_PUSH(divider->arena, &divider->fates, fate);
	return divider->fates.count - 1;
}

static void evaluate_cell(struct divider *divider, const size_t cell[DIMENSION_COUNT])
{
	const uint8_t *values[DIMENSION_COUNT];
	struct evaluation evaluation = { 0 };
	struct packet packet;
	struct box box = { .first = divider->boxes.count,
			   .word_count = divider->offsets[DIMENSION_COUNT] };

	for (enum dimension d = 0; d < DIMENSION_COUNT; d++)
		values[d] = divider->classes[d].items[cell[d]].first;
	packet = bundle_packet(divider->bundle, values);
	evaluate(divider->arena, divider->ruleset, &packet, &evaluation);
	box.fate = fate_of(divider, &evaluation);
	box.words = arena_array(divider->arena, box.word_count, sizeof(*box.words));
	for (enum dimension d = 0; d < DIMENSION_COUNT; d++)
		box.words[divider->offsets[d] + cell[d] / WORD_BITS] |=
			UINT64_C(1) << cell[d] % WORD_BITS;
	LIST_PUSH(divider->arena, &divider->boxes, box);
}

/* The next combination; false behind the last one. */
static bool cell_next(const struct divider *divider, size_t cell[DIMENSION_COUNT])
{
	for (size_t d = DIMENSION_COUNT; d-- > 0;) {
		if (++cell[d] < divider->classes[d].count)
			return true;
		cell[d] = 0;
	}
	return false;
}

/* False when there are more combinations than are evaluated. */
static bool evaluate_cells(struct divider *divider)
{
	size_t cell[DIMENSION_COUNT] = { 0 };

	do {
		if (divider->boxes.count == CELL_MAX)
			return false;
		evaluate_cell(divider, cell);
	} while (cell_next(divider, cell));
	return true;
}

/* ---- boxes ---- */

static int compare_words(const struct box *a, const struct box *b)
{
	size_t behind = a->skip + a->skip_count;
	int order = memcmp(a->words, b->words, a->skip * sizeof(*a->words));

	return order ? order
		     : memcmp(a->words + behind, b->words + behind,
			      (a->word_count - behind) * sizeof(*a->words));
}

static int compare_boxes(const void *left, const void *right)
{
	const struct box *a = left, *b = right;
	int order;

	if (a->fate != b->fate)
		return a->fate < b->fate ? -1 : 1;
	order = compare_words(a, b);
	if (order)
		return order;
	return a->first < b->first ? -1 : 1;
}

/* Boxes that differ in one dimension alone become one. */
static void merge_boxes(struct divider *divider, enum dimension dimension)
{
	struct box *boxes = divider->boxes.items;
	size_t kept = 0;

	for (size_t i = 0; i < divider->boxes.count; i++) {
		boxes[i].skip = divider->offsets[dimension];
		boxes[i].skip_count = divider->offsets[dimension + 1] - boxes[i].skip;
	}
	qsort(boxes, divider->boxes.count, sizeof(*boxes), compare_boxes);
	for (size_t i = 0; i < divider->boxes.count; i++) {
		struct box *last = kept ? &boxes[kept - 1] : NULL;

		if (!last || last->fate != boxes[i].fate ||
		    compare_words(last, &boxes[i]) != 0) {
			boxes[kept++] = boxes[i];
			continue;
		}
		for (size_t w = 0; w < last->skip_count; w++)
			last->words[last->skip + w] |= boxes[i].words[last->skip + w];
	}
	divider->boxes.count = kept;
}

static int compare_order(const void *left, const void *right)
{
	const struct box *a = left, *b = right;

	return a->first < b->first ? -1 : 1;
}

/* ---- portions ---- */

struct ranges ranges_shared(struct arena *arena, const struct ranges *a,
			    const struct ranges *b)
{
	struct ranges only = ranges_subtract(arena, a, b);

	return ranges_subtract(arena, a, &only);
}

/* All values of chosen classes, from `low` to before `high`. */
static struct ranges join(struct arena *arena, const struct class *const *chosen,
			  size_t low, size_t high)
{
	size_t middle = low + (high - low) / 2;
	struct ranges left, right;

	if (high - low == 1)
		return chosen[low]->values;
	left = join(arena, chosen, low, middle);
	right = join(arena, chosen, middle, high);
	return ranges_union(arena, &left, &right);
}

static struct ranges values_of(const struct divider *divider, const struct box *box,
			       enum dimension dimension)
{
	const struct classes *classes = &divider->classes[dimension];
	const struct class **chosen =
		arena_array(divider->arena, classes->count, sizeof(*chosen));
	const uint64_t *words = box->words + divider->offsets[dimension];
	size_t count = 0;

	for (size_t i = 0; i < classes->count; i++) {
		if (words[i / WORD_BITS] >> i % WORD_BITS & 1)
			chosen[count++] = &classes->items[i];
	}
	return join(divider->arena, chosen, 0, count);
}

static void push_portion(struct divider *divider, const struct box *box,
			 struct portions *portions)
{
	const struct fate *fate = &divider->fates.items[box->fate];
	struct portion portion = { .outcome = fate->outcome,
				   .decider = fate->decider,
				   .passages = fate->passages,
				   .passage_count = fate->passage_count };

	for (enum dimension d = 0; d < DIMENSION_COUNT; d++)
		portion.values[d] = values_of(divider, box, d);
	LIST_PUSH(divider->arena, portions, portion);
}

static void push_portions(struct divider *divider, struct portions *portions)
{
	static const enum dimension order[] = {
		DIMENSION_PORT,        DIMENSION_TYPE,   DIMENSION_SOURCE_PORT,
		DIMENSION_DESTINATION, DIMENSION_SOURCE,
	};

	static const enum outcome shown[] = { OUTCOME_ACCEPT, OUTCOME_UNKNOWN,
					      OUTCOME_REJECT, OUTCOME_DROP };

	_Static_assert(COUNT_OF(order) == DIMENSION_COUNT, "a dimension is missing");
	_Static_assert(COUNT_OF(shown) == OUTCOME_COUNT, "an outcome is missing");
	for (size_t i = 0; i < COUNT_OF(order); i++)
		merge_boxes(divider, order[i]);
	qsort(divider->boxes.items, divider->boxes.count, sizeof(struct box),
	      compare_order);
	for (size_t s = 0; s < COUNT_OF(shown); s++) {
		for (size_t i = 0; i < divider->boxes.count; i++) {
			const struct box *box = &divider->boxes.items[i];

			if (divider->fates.items[box->fate].outcome == shown[s])
				push_portion(divider, box, portions);
		}
	}
}

void divide(struct arena *arena, const struct ruleset *ruleset,
	    const struct bundle *bundle, struct portions *portions)
{
	struct comparisons comparisons = { 0 };
	const struct division division = { arena, ruleset, bundle, &comparisons };
	struct divider divider = { .arena = arena,
				   .ruleset = ruleset,
				   .bundle = bundle };

	survey(arena, ruleset, bundle, &comparisons);
	for (enum dimension d = 0; d < DIMENSION_COUNT; d++) {
		if (!classes_find(&division, d, &divider.classes[d])) {
			portions->cut = true;
			return;
		}
		divider.offsets[d + 1] =
			divider.offsets[d] +
			(divider.classes[d].count + WORD_BITS - 1) / WORD_BITS;
	}
	portions->cut |= !evaluate_cells(&divider);
	push_portions(&divider, portions);
}

unsigned outcomes_of(struct arena *arena, const struct ruleset *ruleset,
		     const struct bundle *bundle)
{
	struct portions portions = { 0 };
	unsigned outcomes;

	divide(arena, ruleset, bundle, &portions);
	outcomes = portions.cut ? BIT(OUTCOME_UNKNOWN) : 0;
	for (size_t i = 0; i < portions.count; i++)
		outcomes |= BIT(portions.items[i].outcome);
	return outcomes;
}
