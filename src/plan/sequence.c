/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The longest common subsequence by Hunt and Szymanski: the pairs of equal items, taken
 * in order, are searched for a longest increasing run.  Rules hardly ever repeat, so
 * there are about as many pairs as rules, where the usual difference algorithms become
 * quadratic as soon as much differs.
 */
#include <string.h>

#include "plan/sequence.h"

/* Equals before and behind the one of the same rank that an item is paired with. */
#define RANK_WINDOW 32

/* ---- numbers ---- */

struct numbered {
	const void *bytes;
	size_t length;
	uint64_t hash;
};

struct numbering {
	struct numbered *items;
	uint32_t count;
	uint32_t *slots; /* number + 1; 0 is free; a power of two of them */
	size_t slot_count;
};

struct numbering *numbering_new(struct arena *arena, size_t max)
{
	struct numbering *numbering = arena_alloc(arena, sizeof(*numbering));

	numbering->slot_count = 16;
	while (numbering->slot_count < 2 * max)
		numbering->slot_count *= 2;
	numbering->slots =
		arena_array(arena, numbering->slot_count, sizeof(*numbering->slots));
	numbering->items = arena_array(arena, max, sizeof(*numbering->items));
	return numbering;
}

uint32_t numbering_of(struct numbering *numbering, const void *bytes, size_t length,
		      uint64_t hash)
{
	size_t slot = hash & (numbering->slot_count - 1);

	for (; numbering->slots[slot];
	     slot = (slot + 1) & (numbering->slot_count - 1)) {
		uint32_t number = numbering->slots[slot] - 1;
		const struct numbered *item = &numbering->items[number];

		if (item->hash == hash && item->length == length &&
		    memcmp(item->bytes, bytes, length) == 0)
			return number;
	}
	numbering->items[numbering->count] = (struct numbered){ bytes, length, hash };
	numbering->slots[slot] = ++numbering->count;
	return numbering->count - 1;
}

size_t numbering_count(const struct numbering *numbering)
{
	return numbering->count;
}

/* ---- the common subsequence ---- */

/* Where each number stands in a row: places[starts[n]] to places[starts[n + 1]]. */
struct occurrences {
	uint32_t *starts, *places;
};

static struct occurrences occurrences_of(struct arena *arena, struct sequence row,
					 size_t number_count)
{
	struct occurrences found = {
		.starts = arena_array(arena, number_count + 1, sizeof(uint32_t)),
		.places = arena_array(arena, row.count, sizeof(uint32_t)),
	};
	uint32_t *next = arena_array(arena, number_count, sizeof(*next));

	for (size_t i = 0; i < row.count; i++)
		found.starts[row.items[i] + 1]++;
	for (size_t n = 0; n < number_count; n++) {
		found.starts[n + 1] += found.starts[n];
		next[n] = found.starts[n];
	}
	for (size_t i = 0; i < row.count; i++)
		found.places[next[row.items[i]]++] = (uint32_t)i;
	return found;
}

/* A pair of equal items at the end of a run, and the run before it. */
struct link {
	uint32_t a, b, previous;
};

struct runs {
	struct arena *arena;

	struct {
		struct link *items;
		size_t count, capacity;
	} links;

	uint32_t *
		ends; /* the link with the lowest `b` that ends a run of length i + 1 */
	size_t longest;
};

/* The length of the longest run that ends before `b`. */
static size_t runs_before(const struct runs *runs, uint32_t b)
{
	size_t low = 0, high = runs->longest;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (runs->links.items[runs->ends[middle]].b < b)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void runs_add(struct runs *runs, uint32_t a, uint32_t b)
{
	size_t length = runs_before(runs, b);
	struct link link = { a, b, length ? runs->ends[length - 1] : NOWHERE };

	if (length < runs->longest && runs->links.items[runs->ends[length]].b == b)
		return;

	runs->ends[length] = (uint32_t)runs->links.count;
	LIST_PUSH(runs->arena, &runs->links, link);
	if (length == runs->longest)
		runs->longest++;
}

static void common_of_middle(struct arena *arena, struct sequence a, struct sequence b,
			     size_t number_count, uint32_t *partners)
{
	struct occurrences found = occurrences_of(arena, b, number_count);
	struct runs runs = { .arena = arena };
	uint32_t *ranks = arena_array(arena, number_count, sizeof(*ranks));

	runs.ends = arena_array(arena, a.count < b.count ? a.count : b.count,
				sizeof(*runs.ends));

	for (size_t i = 0; i < a.count; i++) {
		uint32_t number = a.items[i], rank = ranks[number]++;
		uint32_t first = found.starts[number], end = found.starts[number + 1];

		if (rank > RANK_WINDOW)
			first += rank - RANK_WINDOW;
		if (end > found.starts[number] + rank + RANK_WINDOW + 1)
			end = found.starts[number] + rank + RANK_WINDOW + 1;
		/* backwards, so that one item of `a` never follows itself */
		for (uint32_t k = end; k-- > first;)
			runs_add(&runs, (uint32_t)i, found.places[k]);
	}

	uint32_t last = runs.longest ? runs.ends[runs.longest - 1] : NOWHERE;

	for (; last != NOWHERE; last = runs.links.items[last].previous)
		partners[runs.links.items[last].a] = runs.links.items[last].b;
}

void sequence_common(struct arena *arena, struct sequence a, struct sequence b,
		     size_t number_count, uint32_t *partners)
{
	size_t head = 0;

	while (head < a.count && head < b.count && a.items[head] == b.items[head]) {
		partners[head] = (uint32_t)head;
		head++;
	}
	while (a.count > head && b.count > head &&
	       a.items[a.count - 1] == b.items[b.count - 1])
		partners[--a.count] = (uint32_t)--b.count;

	for (size_t i = head; i < a.count; i++)
		partners[i] = NOWHERE;
	if (head == a.count || head == b.count)
		return;

	a.items += head;
	b.items += head;
	a.count -= head;
	b.count -= head;
	common_of_middle(arena, a, b, number_count, partners + head);
	for (size_t i = head; i < head + a.count; i++) {
		if (partners[i] != NOWHERE)
			partners[i] += (uint32_t)head;
	}
}
