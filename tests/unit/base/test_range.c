/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges: the set operations against a model of single points, and their spelling. */
#include <arpa/inet.h>
#include <string.h>

#include "base/range.h"
#include "support/test.h"

/*
 * The model: a line of points.  Three windows of neighbouring addresses, at the first
 * address, around a carry and at the last address, and between them two gaps that are
 * in a set as a whole or not at all.
 */
enum {
	WINDOW = 24,
	GAP_1 = WINDOW,
	GAP_2 = 2 * WINDOW + 1,
	POINTS = 3 * WINDOW + 2,
};

struct model {
	bool points[POINTS];
};

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % limit;
}

static bool is_gap(unsigned point)
{
	return point == GAP_1 || point == GAP_2;
}

/* The address of a point, which is the first address of a gap. */
static void address_of(unsigned point, uint8_t width, uint8_t *address)
{
	uint32_t carry = 0x00010000 - WINDOW / 2;
	uint32_t tail;

	memset(address, 0, width);
	if (point <= GAP_1) {
		tail = point;
	} else if (point <= GAP_2) {
		tail = carry + (point - GAP_1 - 1);
	} else {
		memset(address, 0xff, width);
		tail = UINT32_MAX - (POINTS - 1 - point);
	}
	tail = htonl(tail);
	memcpy(address + width - sizeof(tail), &tail, sizeof(tail));
}

/* The last address of a point: that before the next one. */
static void end_of(unsigned point, uint8_t width, uint8_t *address)
{
	if (!is_gap(point)) {
		address_of(point, width, address);
		return;
	}
	address_of(point + 1, width, address);
	for (size_t i = width; i-- > 0;)
		if (address[i]--)
			break;
}

static void push_points(struct arena *arena, struct ranges *ranges, struct model *model,
			unsigned first, unsigned last)
{
	uint8_t low[16], high[16];

	address_of(first, ranges->width, low);
	end_of(last, ranges->width, high);
	ranges_push(arena, ranges, low, high);
	for (unsigned i = first; i <= last; i++)
		model->points[i] = true;
}

/* A random set, in any order and with overlaps, then normalized. */
static struct ranges random_ranges(struct arena *arena, enum family family,
				   struct model *model)
{
	struct ranges ranges = ranges_empty(family);
	uint32_t count = random_below(12);

	*model = (struct model){ 0 };
	for (uint32_t i = 0; i < count; i++) {
		uint32_t reach = 1u << random_below(7);
		unsigned first = random_below(POINTS);
		unsigned last = first + random_below(reach);

		push_points(arena, &ranges, model, first,
			    last < POINTS ? last : POINTS - 1);
	}
	ranges_normalize(&ranges);
	return ranges;
}

static void assert_normal(const struct ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++)
		assert_true(memcmp(range_low(ranges, i), range_high(ranges, i),
				   ranges->width) <= 0);
	for (size_t i = 1; i < ranges->count; i++) {
		uint8_t next[16];

		memcpy(next, range_high(ranges, i - 1), ranges->width);
		for (size_t k = ranges->width; k-- > 0;)
			if (++next[k])
				break;
		/* at least one address between the two */
		assert_true(memcmp(range_high(ranges, i - 1), range_low(ranges, i),
				   ranges->width) < 0);
		assert_true(memcmp(next, range_low(ranges, i), ranges->width) < 0);
	}
}

static void assert_same(const struct ranges *ranges, const struct model *model)
{
	uint8_t address[16];

	assert_normal(ranges);
	for (unsigned i = 0; i < POINTS; i++) {
		address_of(i, ranges->width, address);
		assert_int_equal(ranges_contain(ranges, address), model->points[i]);
		end_of(i, ranges->width, address);
		assert_int_equal(ranges_contain(ranges, address), model->points[i]);
	}
}

static uint64_t model_size(enum family family, const struct model *model)
{
	uint64_t size = 0;

	for (unsigned i = 0; i < POINTS; i++) {
		uint8_t low[16], high[16];
		uint32_t first, last;

		if (!model->points[i])
			continue;
		if (i == GAP_2 && family == FAMILY_IP6)
			return UINT64_MAX;
		address_of(i, family_widths[family], low);
		end_of(i, family_widths[family], high);
		memcpy(&first, low + family_widths[family] - 4, 4);
		memcpy(&last, high + family_widths[family] - 4, 4);
		size += (uint64_t)ntohl(last) - ntohl(first) + 1;
	}
	return size;
}

static void check_meet(const struct ranges *a, const struct model *in_a,
		       const struct ranges *b, const struct model *in_b)
{
	size_t index = 0;
	bool expected = false;
	unsigned point = 0;
	uint8_t address[16];

	for (; point < POINTS && !expected; point++)
		expected = in_a->points[point] && in_b->points[point];
	assert_int_equal(ranges_meet(a, b, &index), expected);
	if (!expected)
		return;
	/* the first common point lies in that very range */
	address_of(point - 1, a->width, address);
	assert_true(memcmp(range_low(a, index), address, a->width) <= 0);
	assert_true(memcmp(address, range_high(a, index), a->width) <= 0);
}

static void agrees_with_the_model(void **state)
{
	enum family family = *(const enum family *)*state;

	random_state = 2463534242u + family;
	for (unsigned round = 0; round < 3000; round++) {
		AUTO(arena) struct arena *arena = arena_new();
		struct model in_a, in_b, both, rest;
		struct ranges a = random_ranges(arena, family, &in_a);
		struct ranges b = random_ranges(arena, family, &in_b);
		struct ranges joined = ranges_union(arena, &a, &b);
		struct ranges left = ranges_subtract(arena, &a, &b);

		for (unsigned i = 0; i < POINTS; i++) {
			both.points[i] = in_a.points[i] || in_b.points[i];
			rest.points[i] = in_a.points[i] && !in_b.points[i];
		}
		assert_same(&a, &in_a);
		assert_same(&b, &in_b);
		assert_same(&joined, &both);
		assert_same(&left, &rest);
		assert_int_equal(ranges_size(&a), model_size(family, &in_a));
		assert_int_equal(ranges_size(&joined), model_size(family, &both));
		check_meet(&a, &in_a, &b, &in_b);
	}
}

/* Normalizing twice is normalizing once, byte by byte. */
static void normalizes_once(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();

	(void)state;
	random_state = 88172645u;
	for (unsigned round = 0; round < 500; round++) {
		struct model model;
		struct ranges once = random_ranges(arena, FAMILY_IP6, &model);
		struct ranges twice = once;

		twice.bytes =
			arena_grow(arena, once.bytes, once.count, once.count + 1, 32);
		ranges_normalize(&twice);
		assert_int_equal(twice.count, once.count);
		if (once.count)
			assert_memory_equal(twice.bytes, once.bytes, once.count * 32);
	}
}

/* clang-format off */
static struct print_case {
	const char *name, *low, *high, *printed;
	int prefix;
} print_cases[] = {
	{ "one address",     "192.0.2.1",   "192.0.2.1",       "192.0.2.1",               32 },
	{ "a prefix",        "192.0.2.0",   "192.0.2.255",     "192.0.2.0/24",            24 },
	{ "two addresses",   "192.0.2.2",   "192.0.2.3",       "192.0.2.2/31",            31 },
	{ "a range",         "192.0.2.3",   "192.0.2.9",       "192.0.2.3-192.0.2.9",     -1 },
	{ "nearly a prefix", "192.0.2.0",   "192.0.2.254",     "192.0.2.0-192.0.2.254",   -1 },
	{ "not aligned",     "192.0.2.128", "192.0.3.127",     "192.0.2.128-192.0.3.127", -1 },
	{ "all of IPv4",     "0.0.0.0",     "255.255.255.255", "0.0.0.0/0",               0 },
	{ "the last",        "255.255.255.255", "255.255.255.255", "255.255.255.255",     32 },
	{ "one IPv6",        "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1", "2001:db8::1:0:0:1", 128 },
	{ "lone zero field", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 128 },
	{ "an IPv6 prefix",  "2001:db8::",  "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32", 32 },
	{ "odd length",      "2001:db8::",  "2001:db8::7fff", "2001:db8::/113",         113 },
	{ "an IPv6 range",   "::1",         "::3",             "::1-::3",                 -1 },
	{ "all of IPv6",     "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0",     0 },
	{ "mapped",          "::ffff:192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.1", 128 },
};

/* clang-format on */

static uint8_t parse(const char *text, uint8_t *address)
{
	bool ip6 = strchr(text, ':') != NULL;

	assert_int_equal(inet_pton(ip6 ? AF_INET6 : AF_INET, text, address), 1);
	return ip6 ? 16 : 4;
}

static void prints_as_nft_does(void **state)
{
	const struct print_case *c = *state;
	struct buffer out AUTO_BUFFER = { 0 };
	uint8_t low[16], high[16];
	uint8_t width = parse(c->low, low);

	assert_int_equal(parse(c->high, high), width);
	assert_int_equal(range_prefix(low, high, width), c->prefix);
	range_print(&out, low, high, width);
	assert_string_equal(out.data, c->printed);
}

static void all_of_ip6_saturates(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct ranges ranges = ranges_empty(FAMILY_IP6);
	uint8_t low[16], high[16];

	(void)state;
	assert_int_equal(ranges_size(&ranges), 0);
	parse("2001:db8::", low);
	parse("2001:db8::ffff:ffff:ffff:ffff", high);
	ranges_push(arena, &ranges, low, high);
	assert_int_equal(ranges_size(&ranges), UINT64_MAX); /* 2^64 */
	high[15] = 0xfe;
	ranges.count = 0;
	ranges_push(arena, &ranges, low, high);
	assert_int_equal(ranges_size(&ranges), UINT64_MAX); /* 2^64 - 1, just so */
	high[15] = 0xfd;
	ranges.count = 0;
	ranges_push(arena, &ranges, low, high);
	assert_int_equal(ranges_size(&ranges), UINT64_MAX - 1);
}

/* The subnet across a 64-bit border: the halves borrow from each other. */
static void size_borrows(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct ranges ranges = ranges_empty(FAMILY_IP6);
	uint8_t low[16], high[16];

	(void)state;
	parse("2001:db8:0:0:ffff:ffff:ffff:fffe", low);
	parse("2001:db8:0:1::1", high);
	ranges_push(arena, &ranges, low, high);
	assert_int_equal(ranges_size(&ranges), 4);
}

/* A quadratic step would not end within the test's time. */
static void takes_a_million(void **state)
{
	enum { COUNT = 1000000 };
	AUTO(arena) struct arena *arena = arena_new();
	struct ranges all = ranges_empty(FAMILY_IP4), holes = ranges_empty(FAMILY_IP4);

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		/* 7 has no factor in common with a million: each number once */
		uint32_t low = htonl((uint32_t)((uint64_t)i * 7 % COUNT) * 4);
		uint32_t high = htonl(ntohl(low) + 2), hole = htonl(ntohl(low) + 1);

		ranges_push(arena, &all, (uint8_t *)&low, (uint8_t *)&high);
		ranges_push(arena, &holes, (uint8_t *)&hole, (uint8_t *)&hole);
	}
	ranges_normalize(&all);
	ranges_normalize(&holes);
	assert_int_equal(all.count, COUNT);
	assert_int_equal(ranges_size(&all), 3 * COUNT);

	struct ranges left = ranges_subtract(arena, &all, &holes);
	struct ranges joined = ranges_union(arena, &left, &holes);
	size_t index;

	assert_int_equal(left.count, 2 * COUNT);
	assert_false(ranges_meet(&left, &holes, &index));
	assert_int_equal(joined.count, COUNT);
	assert_memory_equal(joined.bytes, all.bytes, (size_t)COUNT * 8);
}

int main(void)
{
	static enum family families[] = { FAMILY_IP4, FAMILY_IP6 };
	struct CMUnitTest tests[6 + COUNT_OF(print_cases)] = {
		cmocka_unit_test_prestate(agrees_with_the_model, &families[0]),
		cmocka_unit_test_prestate(agrees_with_the_model, &families[1]),
		cmocka_unit_test(normalizes_once),
		cmocka_unit_test(all_of_ip6_saturates),
		cmocka_unit_test(size_borrows),
		cmocka_unit_test(takes_a_million),
	};

	for (size_t i = 0; i < COUNT_OF(print_cases); i++)
		tests[6 + i] = (struct CMUnitTest){
			.name = print_cases[i].name,
			.test_func = prints_as_nft_does,
			.initial_state = &print_cases[i],
		};
	return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
