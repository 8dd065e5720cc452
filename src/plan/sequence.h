/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of numbers: what two of them have in common, in order.
 *
 * Rules are compared by their keys' bytes once, when they are numbered; from then on
 * equal numbers are equal rules.
 */
#pragma once

#include "base/arena.h"

/* Marks a row's item that has no partner in the other row. */
#define NOWHERE UINT32_MAX

struct sequence {
	const uint32_t *items;
	size_t count;
};

struct numbering;

/* Gives equal bytes equal numbers, from 0 on; room for `max` different ones. */
struct numbering *numbering_new(struct arena *arena, size_t max) RETURNS_NONNULL;
uint32_t numbering_of(struct numbering *numbering, const void *bytes, size_t length,
		      uint64_t hash) ALL_NONNULL;

/* How many numbers were given. */
size_t numbering_count(const struct numbering *numbering) ALL_NONNULL;

/*
 * A longest common subsequence: partners[i] becomes the place in `b` of a's item i, or
 * NOWHERE.  Numbers are below `number_count`.
 *
 * Exact unless a number occurs very often in both rows; an item is then paired only
 * with those of its equals that are nearest by rank.  Time and memory grow with the
 * rows' length (times its logarithm) whatever they hold.
 */
void sequence_common(struct arena *arena, struct sequence a, struct sequence b,
		     size_t number_count, uint32_t *partners);
