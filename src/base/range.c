/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of addresses as sorted, disjoint, non-adjacent inclusive ranges. */
#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/range.h"

enum { WIDTH_MAX = 16 };

const uint8_t family_widths[FAMILY_COUNT] = { [FAMILY_IP4] = 4, [FAMILY_IP6] = 16 };

/* The next address; false when `address` is the last one (all ones). */
static bool address_increment(uint8_t *address, uint8_t width)
{
	for (size_t i = width; i-- > 0;)
		if (++address[i])
			return true;
	return false;
}

/* The address before; must not be called for the first one (all zeros). */
static void address_decrement(uint8_t *address, uint8_t width)
{
	for (size_t i = width; i-- > 0;)
		if (address[i]--)
			return;
}

/* Whether nothing lies between a range that ends at `high` and one from `low` on. */
static bool touches(const uint8_t *high, const uint8_t *low, uint8_t width)
{
	uint8_t next[WIDTH_MAX];

	if (memcmp(low, high, width) <= 0)
		return true;
	memcpy(next, high, width);
	return address_increment(next, width) && !memcmp(next, low, width);
}

struct ranges ranges_empty(enum family family)
{
	return (struct ranges){ .width = family_widths[family] };
}

/* Makes room for `capacity` ranges without changing what is held. */
static void reserve(struct arena *arena, struct ranges *ranges, size_t capacity)
{
	if (capacity <= ranges->capacity)
		return;
	ranges->bytes = arena_grow(arena, ranges->bytes, ranges->count, capacity,
				   2u * ranges->width);
	ranges->capacity = capacity;
}

/* Appends where there is room; `low` and `high` may lie in the set, further back. */
static void append(struct ranges *ranges, const uint8_t *low, const uint8_t *high)
{
	uint8_t width = ranges->width;
	uint8_t *place = ranges->bytes + 2 * ranges->count * width;

	memmove(place, low, width);
	memmove(place + width, high, width);
	ranges->count++;
}

/* The same for a range that does not start before the last one: the two may merge. */
static void append_sorted(struct ranges *ranges, const uint8_t *low,
			  const uint8_t *high)
{
	uint8_t width = ranges->width;

	if (!ranges->count) {
		append(ranges, low, high);
		return;
	}

	uint8_t *last = ranges->bytes + 2 * (ranges->count - 1) * width + width;

	if (!touches(last, low, width))
		append(ranges, low, high);
	else if (memcmp(high, last, width) > 0)
		memmove(last, high, width);
}

void ranges_push(struct arena *arena, struct ranges *ranges, const uint8_t *low,
		 const uint8_t *high)
{
	assert(memcmp(low, high, ranges->width) <= 0);
	if (ranges->count == ranges->capacity)
		reserve(arena, ranges, ranges->capacity ? 2 * ranges->capacity : 8);
	append(ranges, low, high);
}

static int compare_ip4(const void *a, const void *b)
{
	return memcmp(a, b, 2 * 4);
}

static int compare_ip6(const void *a, const void *b)
{
	return memcmp(a, b, 2 * 16);
}

static bool is_sorted(const struct ranges *ranges)
{
	size_t size = 2u * ranges->width;

	for (size_t i = 1; i < ranges->count; i++)
		if (memcmp(range_low(ranges, i - 1), range_low(ranges, i), size) > 0)
			return false;
	return true;
}

void ranges_normalize(struct ranges *ranges)
{
	size_t count = ranges->count;

	/* published lists come sorted; for them all of this is linear */
	if (!is_sorted(ranges))
		qsort(ranges->bytes, count, 2u * ranges->width,
		      ranges->width == 4 ? compare_ip4 : compare_ip6);
	ranges->count = 0;
	for (size_t i = 0; i < count; i++)
		append_sorted(ranges, range_low(ranges, i), range_high(ranges, i));
}

static struct ranges with_room(struct arena *arena, const struct ranges *a,
			       const struct ranges *b)
{
	struct ranges result = { .width = a->width };

	assert(a->width == b->width);
	reserve(arena, &result, a->count + b->count);
	return result;
}

struct ranges ranges_union(struct arena *arena, const struct ranges *a,
			   const struct ranges *b)
{
	struct ranges result = with_room(arena, a, b);

	for (size_t i = 0, k = 0; i < a->count || k < b->count;) {
		bool from_a = k == b->count ||
			      (i < a->count &&
			       memcmp(range_low(a, i), range_low(b, k), a->width) <= 0);
		const struct ranges *from = from_a ? a : b;
		size_t at = from_a ? i++ : k++;

		append_sorted(&result, range_low(from, at), range_high(from, at));
	}
	return result;
}

/*
 * Appends LOW..HIGH less what `b` holds of it, from b's range `k` on; returns the
 * first range of `b` that the next, higher range may meet.
 */
static size_t append_rest(struct ranges *result, const uint8_t *low,
			  const uint8_t *high, const struct ranges *b, size_t k)
{
	uint8_t width = result->width;
	uint8_t start[WIDTH_MAX], end[WIDTH_MAX];

	memcpy(start, low, width);
	while (k < b->count && memcmp(range_high(b, k), start, width) < 0)
		k++;
	for (; k < b->count && memcmp(range_low(b, k), high, width) <= 0; k++) {
		if (memcmp(range_low(b, k), start, width) > 0) {
			memcpy(end, range_low(b, k), width);
			address_decrement(end, width);
			append(result, start, end);
		}
		if (memcmp(range_high(b, k), high, width) >= 0)
			return k;
		memcpy(start, range_high(b, k), width);
		address_increment(start, width); /* below `high`: no overflow */
	}
	append(result, start, high);
	return k;
}

struct ranges ranges_subtract(struct arena *arena, const struct ranges *a,
			      const struct ranges *b)
{
	/* each range of `b` cuts at most one of `a` in two */
	struct ranges result = with_room(arena, a, b);

	for (size_t i = 0, k = 0; i < a->count; i++)
		k = append_rest(&result, range_low(a, i), range_high(a, i), b, k);
	return result;
}

bool ranges_contain(const struct ranges *ranges, const uint8_t *address)
{
	size_t low = 0, high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(range_high(ranges, middle), address, ranges->width) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ranges->count &&
	       memcmp(range_low(ranges, low), address, ranges->width) <= 0;
}

bool ranges_meet(const struct ranges *a, const struct ranges *b, size_t *index)
{
	assert(a->width == b->width);
	for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
		if (memcmp(range_high(a, i), range_low(b, k), a->width) < 0) {
			i++;
		} else if (memcmp(range_high(b, k), range_low(a, i), a->width) < 0) {
			k++;
		} else {
			*index = i;
			return true;
		}
	}
	return false;
}

static uint64_t load(const uint8_t *bytes, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* HIGH - LOW, saturating. */
static uint64_t difference(const uint8_t *low, const uint8_t *high, uint8_t width)
{
	size_t front = width > 8 ? width - 8u : 0;
	uint64_t low_rest = load(low + front, width - front);
	uint64_t high_rest = load(high + front, width - front);
	uint64_t above = load(high, front) - load(low, front) - (high_rest < low_rest);

	return above ? UINT64_MAX : high_rest - low_rest;
}

uint64_t ranges_size(const struct ranges *ranges)
{
	uint64_t size = 0;

	for (size_t i = 0; i < ranges->count; i++) {
		uint64_t more = difference(range_low(ranges, i), range_high(ranges, i),
					   ranges->width);

		if (more >= UINT64_MAX - size)
			return UINT64_MAX;
		size += more + 1;
	}
	return size;
}

static unsigned bit(const uint8_t *address, unsigned i)
{
	return (unsigned)address[i / 8] >> (7 - i % 8) & 1u;
}

int range_prefix(const uint8_t *low, const uint8_t *high, uint8_t width)
{
	unsigned bits = 8u * width, length = 0;

	while (length < bits && bit(low, length) == bit(high, length))
		length++;
	for (unsigned i = length; i < bits; i++)
		if (bit(low, i) || !bit(high, i))
			return -1;
	return (int)length;
}

static void print_address(struct buffer *out, const uint8_t *address, uint8_t width)
{
	char text[INET6_ADDRSTRLEN];

	/* glibc follows RFC 5952 for IPv6 */
	inet_ntop(width == 4 ? AF_INET : AF_INET6, address, text, sizeof(text));
	buffer_text(out, text);
}

void range_print(struct buffer *out, const uint8_t *low, const uint8_t *high,
		 uint8_t width)
{
	int prefix = range_prefix(low, high, width);

	print_address(out, low, width);
	if (prefix == 8 * width)
		return;
	if (prefix >= 0) {
		buffer_format(out, "/%d", prefix);
		return;
	}
	buffer_char(out, '-');
	print_address(out, high, width);
}
