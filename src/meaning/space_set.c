/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets as functions: of one field a run of intervals; of several the boxes are cut,
 * variable by variable, where they begin and end.
 */
#include <stdlib.h>
#include <string.h>

#include "meaning/space_match.h"

enum { SETS_START = 64 };

static const struct node *terminal(struct station *station, uint32_t bits)
{
	return diagram_terminal(station->space->diagram, bits);
}

/* A set that is being cut: its variables, each with the fields that ask for it. */
struct cutting {
	struct station *station;
	struct arena *arena; /* for what is needed meanwhile */
	const struct match *match;
	const struct asked *asked;
	const struct node
		*next; /* where it matches: ON_STEP, or already what is asked */
	size_t offsets[SET_FIELD_MAX];
	enum variable variables[SET_FIELD_MAX]; /* of the fields */
	enum variable order[SET_FIELD_MAX];     /* each once, from the top */
	size_t order_count;
};

/* An entry and what it leaves of the variable that is cut. */
struct span_of_entry {
	size_t entry;
	struct interval interval;
};

size_t targets_find(const struct targets *targets, const struct element *element)
{
	size_t at = 0;

	for (; at < targets->count; at++) {
		const struct element *other = targets->items[at];

		if (other->verdict == element->verdict &&
		    strcmp(other->target, element->target) == 0)
			break;
	}
	return at;
}

static uint32_t element_bits(const struct cutting *cutting, size_t entry)
{
	const struct element *element = &cutting->match->set->elements[entry];
	size_t target;

	switch (element->verdict) {
	case VERDICT_NONE:
	case VERDICT_CONTINUE:
		return ON_STEP;
	case VERDICT_ACCEPT:
		return ACCEPTED;
	case VERDICT_DROP:
		return DROPPED;
	case VERDICT_RETURN:
		return RETURNED;
	case VERDICT_JUMP:
	case VERDICT_GOTO:
		break;
	case VERDICT_COUNT:
		return UNKNOWN;
	}
	target = targets_find(cutting->asked->targets, element);
	if (target >= cutting->asked->first &&
	    target - cutting->asked->first < TARGET_MAX)
		return 1u << (TARGET_FIRST + (target - cutting->asked->first));
	return LOOK_OTHER;
}

static const struct node *entry_node(const struct cutting *cutting, size_t entry)
{
	switch (cutting->match->op) {
	case MATCH_NOT_IN:
		return terminal(cutting->station, ON_RULE);
	case MATCH_MAP:
		return terminal(cutting->station, cutting->match->set->elements
							  ? element_bits(cutting, entry)
							  : UNKNOWN | ON_STEP);
	case MATCH_EQUAL:
	case MATCH_NOT_EQUAL:
	case MATCH_RANGE:
	case MATCH_NOT_RANGE:
	case MATCH_ANY_BIT:
	case MATCH_IN:
		break;
	}
	return cutting->next;
}

static const struct node *outside_node(const struct cutting *cutting)
{
	return cutting->match->op == MATCH_NOT_IN ? cutting->next
						  : terminal(cutting->station, ON_RULE);
}

static const uint8_t *entry_low(const struct cutting *cutting, size_t entry,
				size_t field)
{
	return set_entry(cutting->match->set, entry) + cutting->offsets[field];
}

static const uint8_t *entry_high(const struct cutting *cutting, size_t entry,
				 size_t field)
{
	const struct set *set = cutting->match->set;

	return entry_low(cutting, entry, field) + (set->interval ? set->key_length : 0);
}

/* Of one field: entries stand in order; one that begins sooner ends before the next. */
static const struct node *cut_line(const struct cutting *cutting)
{
	struct diagram *diagram = cutting->station->space->diagram;
	const struct node *outside = outside_node(cutting);
	enum variable variable = cutting->variables[0];
	enum field field = cutting->match->fields[0];
	size_t count = cutting->match->set->count;
	size_t begun = diagram_begin(diagram, 2 * count + 1);
	struct value last = variable_last(variable), next = { 0, 0 };
	bool done = false; /* the last value is decided */

	for (size_t i = 0; i < count; i++) {
		struct interval at, after;

		if (!station_interval(cutting->station, field, entry_low(cutting, i, 0),
				      entry_high(cutting, i, 0), &at))
			continue;
		if (i + 1 < count &&
		    station_interval(cutting->station, field,
				     entry_low(cutting, i + 1, 0),
				     entry_low(cutting, i + 1, 0), &after) &&
		    value_compare(after.low, at.high) <= 0) {
			if (value_compare(after.low, at.low) <= 0)
				continue;
			at.high = value_before(after.low);
		}
		if (value_compare(next, at.low) < 0)
			diagram_edge(diagram, begun, value_before(at.low), outside);
		diagram_edge(diagram, begun, at.high, entry_node(cutting, i));
		done = value_compare(at.high, last) == 0;
		next = done ? last : value_next(at.high);
	}
	if (!done)
		diagram_edge(diagram, begun, last, outside);
	return diagram_end(diagram, begun, variable);
}

static int compare_spans(const void *a, const void *b)
{
	const struct span_of_entry *left = a, *right = b;
	int order = value_compare(left->interval.low, right->interval.low);

	if (order)
		return order;
	return left->entry < right->entry ? -1 : left->entry > right->entry;
}

static int compare_entries(const void *a, const void *b)
{
	size_t left = *(const size_t *)a, right = *(const size_t *)b;

	return left < right ? -1 : left > right;
}

/* What of the variable an entry takes, by all fields that ask for it. */
static bool entry_interval(const struct cutting *cutting, size_t entry,
			   enum variable variable, struct interval *interval)
{
	interval->low = value_of(0);
	interval->high = variable_last(variable);
	for (size_t i = 0; i < cutting->match->field_count; i++) {
		struct interval at;

		if (cutting->variables[i] != variable)
			continue;
		if (!station_interval(cutting->station, cutting->match->fields[i],
				      entry_low(cutting, entry, i),
				      entry_high(cutting, entry, i), &at))
			return false;
		if (value_compare(at.low, interval->low) > 0)
			interval->low = at.low;
		if (value_compare(at.high, interval->high) < 0)
			interval->high = at.high;
	}
	return value_compare(interval->low, interval->high) <= 0;
}

/* The entries that take one run of values. */
struct active {
	struct span_of_entry *items;
	size_t count, capacity;
};

/* Where the run ends that begins with `from`: an entry ends there, or before one
 * begins.
 */
static struct value run_end(const struct active *active,
			    const struct span_of_entry *next, struct value last)
{
	struct value end = next ? value_before(next->interval.low) : last;

	for (size_t i = 0; i < active->count; i++) {
		if (value_compare(active->items[i].interval.high, end) < 0)
			end = active->items[i].interval.high;
	}
	return end;
}

static void active_leave(struct active *active, struct value from)
{
	size_t kept = 0;

	for (size_t i = 0; i < active->count; i++) {
		if (value_compare(active->items[i].interval.high, from) >= 0)
			active->items[kept++] = active->items[i];
	}
	active->count = kept;
}

static const struct node *cut(const struct cutting *cutting, size_t depth,
			      const size_t *entries, size_t count);

static const struct node *cut_active(const struct cutting *cutting, size_t depth,
				     const struct active *active)
{
	size_t *entries =
		arena_array(cutting->arena, active->count + 1, sizeof(size_t));

	for (size_t i = 0; i < active->count; i++)
		entries[i] = active->items[i].entry;
	qsort(entries, active->count, sizeof(*entries), compare_entries);
	return cut(cutting, depth + 1, entries, active->count);
}

/* The first entry decides, as in evaluate(). */
static const struct node *cut(const struct cutting *cutting, size_t depth,
			      const size_t *entries, size_t count)
{
	struct diagram *diagram = cutting->station->space->diagram;
	struct active active = { 0 };
	struct span_of_entry *spans;
	size_t span_count = 0, at = 0, begun;
	struct value from = { 0, 0 }, last, end;

	if (!count || diagram_is_full(diagram))
		return outside_node(cutting);
	if (depth == cutting->order_count)
		return entry_node(cutting, entries[0]);

	enum variable variable = cutting->order[depth];

	spans = arena_array(cutting->arena, count, sizeof(*spans));
	for (size_t i = 0; i < count; i++) {
		spans[span_count].entry = entries[i];
		span_count += entry_interval(cutting, entries[i], variable,
					     &spans[span_count].interval);
	}
	qsort(spans, span_count, sizeof(*spans), compare_spans);
	last = variable_last(variable);
	begun = diagram_begin(diagram, 2 * span_count + 1);
	do {
		active_leave(&active, from);
		while (at < span_count &&
		       value_compare(spans[at].interval.low, from) <= 0)
			LIST_PUSH(cutting->arena, &active, spans[at++]);
		end = run_end(&active, at < span_count ? &spans[at] : NULL, last);
		diagram_edge(diagram, begun, end, cut_active(cutting, depth, &active));
		from = value_next(end);
	} while (value_compare(end, last) != 0);
	return diagram_end(diagram, begun, variable);
}

/* Fields that all packets have the same of: what of the set is left. */
static bool entry_takes_constants(const struct cutting *cutting, size_t entry,
				  const struct registers *registers)
{
	for (size_t i = 0; i < cutting->match->field_count; i++) {
		enum field field = cutting->match->fields[i];
		size_t width = field_infos[field].width;
		const uint8_t *value = registers->values[field];

		if (cutting->variables[i] == VARIABLE_COUNT &&
		    (memcmp(value, entry_low(cutting, entry, i), width) < 0 ||
		     memcmp(value, entry_high(cutting, entry, i), width) > 0))
			return false;
	}
	return true;
}

static const struct node *cut_boxes(struct cutting *cutting,
				    const struct registers *registers)
{
	AUTO(arena) struct arena *arena = arena_new();
	size_t count = 0, all = cutting->match->set->count;
	size_t *entries = arena_array(arena, all + 1, sizeof(*entries));

	cutting->arena = arena;
	for (size_t i = 0; i < all; i++) {
		entries[count] = i;
		count += entry_takes_constants(cutting, i, registers);
	}
	return cut(cutting, 0, entries, count);
}

static void cutting_begin(struct cutting *cutting)
{
	const struct match *match = cutting->match;
	size_t offset = 0;

	for (size_t i = 0; i < match->field_count; i++) {
		cutting->offsets[i] = offset;
		cutting->variables[i] =
			station_variable(cutting->station, match->fields[i]);
		offset += key_field_length(match->set, i);
	}
	for (enum variable v = 0; v < VARIABLE_COUNT; v++) {
		bool used = false;

		for (size_t i = 0; i < match->field_count; i++)
			used |= cutting->variables[i] == v;
		if (used)
			cutting->order[cutting->order_count++] = v;
	}
}

/* ---- sets that were cut before ---- */

static struct set_node *set_slot(const struct space *space,
				 const struct set_node *wanted)
{
	size_t slot = (((uintptr_t)wanted->set >> 4) + wanted->next->id) *
			      0x9e3779b97f4a7c15u >>
		      40;
	struct set_node *at;

	for (;; slot++) {
		at = &space->sets.slots[slot & (space->sets.size - 1)];
		if (!at->set ||
		    (at->set == wanted->set && at->variable == wanted->variable &&
		     at->negated == wanted->negated && at->next == wanted->next))
			return at;
	}
}

static void set_remember(struct space *space, const struct set_node *made)
{
	const struct set_node *old = space->sets.slots;
	size_t size = space->sets.size;

	if (2 * ++space->sets.count > size) {
		space->sets.size = size ? 2 * size : SETS_START;
		space->sets.slots =
			arena_array(space->arena, space->sets.size, sizeof(*old));
		for (size_t i = 0; i < size; i++) {
			if (old[i].set)
				*set_slot(space, &old[i]) = old[i];
		}
	}
	*set_slot(space, made) = *made;
}

/* Of hop limits the values depend on the place: those are cut anew. */
static const struct node *cut_line_once(const struct cutting *cutting)
{
	struct space *space = cutting->station->space;
	struct set_node wanted = {
		.set = cutting->match->set,
		.variable = cutting->variables[0],
		.negated = cutting->match->op == MATCH_NOT_IN,
		.next = cutting->next,
	};

	if (cutting->match->op == MATCH_MAP || wanted.variable == VARIABLE_HOP_LIMIT)
		return cut_line(cutting);
	if (space->sets.size && set_slot(space, &wanted)->set)
		return set_slot(space, &wanted)->node;
	wanted.node = cut_line(cutting);
	set_remember(space, &wanted);
	return wanted.node;
}

const struct node *station_set(struct station *station, const struct asked *asked,
			       const struct registers *registers)
{
	struct cutting cutting = { .station = station,
				   .match = asked->match,
				   .asked = asked };
	const struct node *node;
	bool above;

	cutting_begin(&cutting);
	above = asked->next->variable > match_variable(station, asked->match) ||
		!asked->next->count;
	cutting.next = above ? asked->next
			     : diagram_terminal(station->space->diagram, ON_STEP);
	node = asked->match->field_count == 1 && cutting.order_count
		       ? cut_line_once(&cutting)
		       : cut_boxes(&cutting, registers);
	return diagram_follow(station->space->diagram, node, ON_STEP, asked->next);
}
