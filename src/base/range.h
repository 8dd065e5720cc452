/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of addresses as sorted, disjoint, non-adjacent inclusive ranges.
 *
 * `bytes` holds `count` pairs LOW HIGH of `width` bytes each, network order: the very
 * form that a set of the rule set keeps its elements in, so a million prefixes are
 * never copied.  Compared with memcmp.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

enum family { FAMILY_IP4, FAMILY_IP6, FAMILY_COUNT };

/* Bytes of an address: 4, 16. */
extern const uint8_t family_widths[FAMILY_COUNT];

struct ranges {
	uint8_t width; /* 4 or 16 */
	size_t count, capacity;
	uint8_t *bytes;
};

/* An empty set of a family. */
struct ranges ranges_empty(enum family family) MUST_USE;

static inline const uint8_t *range_low(const struct ranges *ranges, size_t i)
{
	return ranges->bytes + 2 * i * ranges->width;
}

static inline const uint8_t *range_high(const struct ranges *ranges, size_t i)
{
	return range_low(ranges, i) + ranges->width;
}

/* Appends; the set is in order again only after ranges_normalize(). */
void ranges_push(struct arena *arena, struct ranges *ranges, const uint8_t *low,
		 const uint8_t *high);

/* Sorts, merges overlaps and neighbours, in place.  O(n log n). */
void ranges_normalize(struct ranges *ranges);

/* Normalized inputs, normalized new result. */
struct ranges ranges_union(struct arena *arena, const struct ranges *a,
			   const struct ranges *b) MUST_USE;
struct ranges ranges_subtract(struct arena *arena, const struct ranges *a,
			      const struct ranges *b) MUST_USE;
bool ranges_contain(const struct ranges *ranges, const uint8_t *address) MUST_USE;

/* The first range of `a` that meets one of `b` (normalized); false when none does. */
bool ranges_meet(const struct ranges *a, const struct ranges *b,
		 size_t *index) MUST_USE;

/* Number of addresses, saturating at UINT64_MAX. */
uint64_t ranges_size(const struct ranges *ranges) MUST_USE;

/* The prefix length when LOW..HIGH is one whole prefix, else -1. */
int range_prefix(const uint8_t *low, const uint8_t *high, uint8_t width) MUST_USE;

/* "192.0.2.0/24", "192.0.2.1", "192.0.2.3-192.0.2.9": as nft writes it. */
void range_print(struct buffer *out, const uint8_t *low, const uint8_t *high,
		 uint8_t width);
