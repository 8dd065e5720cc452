/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many functions in a row, each asked where those before it have passed the packet on:
 * the rules of a chain.  All are merged in one pass over the values at which one of
 * them changes, and at each value only those are looked at that do not pass it on.
 */
#include <stdlib.h>
#include <string.h>

#include "meaning/diagram.h"

enum { FEW = 3, COVER_MAX = 8 };

struct chaining {
	struct diagram *diagram;
	struct arena *arena; /* for what is needed meanwhile */
	uint32_t bit;
	const struct node *pass; /* the terminal of the bit alone */
};

/* What one of them is for a run of values. */
struct stretch {
	struct value low, high;
	size_t index; /* of the function in the row */
	const struct node *node;
};

struct stretches {
	struct stretch *items;
	size_t count, capacity;
};

struct row {
	const struct node **items;
	size_t count;
};

static const struct node *chain(const struct chaining *chaining, struct row row);

/* Two by two, from the last: what is few is remembered by diagram_follow(). */
static const struct node *fold(const struct chaining *chaining, struct row row)
{
	const struct node *node = row.count ? row.items[row.count - 1] : chaining->pass;

	for (size_t i = row.count; i > 1; i--)
		node = diagram_follow(chaining->diagram, row.items[i - 2],
				      chaining->bit, node);
	return node;
}

static const struct node *halves(const struct chaining *chaining, struct row row)
{
	size_t half = row.count / 2;
	const struct node *first = chain(chaining, (struct row){ row.items, half });
	const struct node *second =
		chain(chaining, (struct row){ row.items + half, row.count - half });

	return diagram_follow(chaining->diagram, first, chaining->bit, second);
}

/* Those that do something, up to the first that passes nothing on. */
static struct row without_idle(const struct chaining *chaining, struct row row)
{
	struct row kept = {
		arena_array(chaining->arena, row.count + 1, sizeof(*kept.items)), 0
	};

	for (size_t i = 0; i < row.count; i++) {
		if (row.items[i] == chaining->pass)
			continue;
		kept.items[kept.count++] = row.items[i];
		if (!(row.items[i]->bits & chaining->bit))
			break;
	}
	return kept;
}

static void push_stretches(const struct chaining *chaining, struct row row,
			   enum variable variable, struct stretches *stretches)
{
	for (size_t i = 0; i < row.count; i++) {
		const struct node *node = row.items[i];
		const struct edge whole = { variable_last(variable), node };
		const struct edge *edges =
			node->variable == variable ? node->edges : &whole;
		size_t count = node->variable == variable ? node->count : 1;
		struct value low = { 0, 0 };

		for (size_t e = 0; e < count; e++) {
			struct stretch stretch = { low, edges[e].high, i, edges[e].to };

			if (edges[e].to != chaining->pass)
				LIST_PUSH(chaining->arena, stretches, stretch);
			if (e + 1 < count)
				low = value_next(edges[e].high);
		}
	}
}

static int compare_lows(const void *left, const void *right)
{
	const struct stretch *a = left, *b = right;
	int order = value_compare(a->low, b->low);

	return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

/* In the row's order. */
static void active_enter(struct stretches *active, const struct stretch *stretch)
{
	size_t at = active->count++;

	while (at > 0 && active->items[at - 1].index > stretch->index) {
		active->items[at] = active->items[at - 1];
		at--;
	}
	active->items[at] = *stretch;
}

static void active_leave(struct stretches *active, struct value from)
{
	size_t kept = 0;

	for (size_t i = 0; i < active->count; i++) {
		if (value_compare(active->items[i].high, from) >= 0)
			active->items[kept++] = active->items[i];
	}
	active->count = kept;
}

static struct value run_end(const struct stretches *active, const struct stretch *next,
			    struct value last)
{
	struct value end = next ? value_before(next->low) : last;

	for (size_t i = 0; i < active->count; i++) {
		if (value_compare(active->items[i].high, end) < 0)
			end = active->items[i].high;
	}
	return end;
}

static const struct node *chain_active(const struct chaining *chaining,
				       const struct stretches *active)
{
	struct row row = { arena_array(chaining->arena, active->count + 1,
				       sizeof(*row.items)),
			   active->count };

	for (size_t i = 0; i < active->count; i++)
		row.items[i] = active->items[i].node;
	return chain(chaining, row);
}

/*
 * From the lowest value on.  False when too many are at work at once: then passing
 * over halves is less, for what they have in common is found again.
 */
static bool sweep(const struct chaining *chaining, const struct stretches *stretches,
		  enum variable variable, const struct node **node)
{
	struct value from = { 0, 0 }, last = variable_last(variable), end;
	struct stretches active = { .items = arena_array(chaining->arena,
							 stretches->count + 1,
							 sizeof(*active.items)) };
	size_t begun = diagram_begin(chaining->diagram, 2 * stretches->count + 1);
	size_t at = 0, budget = COVER_MAX * stretches->count, spent = 0;

	do {
		active_leave(&active, from);
		while (at < stretches->count &&
		       value_compare(stretches->items[at].low, from) <= 0)
			active_enter(&active, &stretches->items[at++]);
		spent += active.count;
		if (spent > budget) {
			diagram_cancel(chaining->diagram, begun);
			return false;
		}
		end = run_end(&active,
			      at < stretches->count ? &stretches->items[at] : NULL,
			      last);
		diagram_edge(chaining->diagram, begun, end,
			     chain_active(chaining, &active));
		from = value_next(end);
	} while (value_compare(end, last) != 0);
	*node = diagram_end(chaining->diagram, begun, variable);
	return true;
}

static const struct node *chain(const struct chaining *chaining, struct row all)
{
	struct row row = without_idle(chaining, all);
	enum variable variable = VARIABLE_COUNT;
	struct stretches stretches = { 0 };
	const struct node *node;

	if (row.count <= FEW)
		return fold(chaining, row);
	for (size_t i = 0; i < row.count; i++) {
		if (row.items[i]->variable < variable)
			variable = row.items[i]->variable;
	}
	if (variable == VARIABLE_COUNT || diagram_is_full(chaining->diagram))
		return fold(chaining, row);
	push_stretches(chaining, row, variable, &stretches);
	qsort(stretches.items, stretches.count, sizeof(*stretches.items), compare_lows);
	return sweep(chaining, &stretches, variable, &node) ? node
							    : halves(chaining, row);
}

const struct node *diagram_chain(struct diagram *diagram,
				 const struct node *const *nodes, size_t count,
				 uint32_t bit)
{
	AUTO(arena) struct arena *arena = arena_new();
	const struct chaining chaining = { diagram, arena, bit,
					   diagram_terminal(diagram, bit) };
	struct row row = { arena_grow(arena, nodes, count, count + 1, sizeof(*nodes)),
			   count };

	return chain(&chaining, row);
}
