/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Longest common subsequences, against the textbook's table. */
#include <string.h>

#include "plan/sequence.h"
#include "support/test.h"

enum { LENGTH_MAX = 12, ROUNDS = 3000 };

/* The same numbers on every machine. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

static size_t longest(struct sequence a, struct sequence b)
{
	size_t table[LENGTH_MAX + 1][LENGTH_MAX + 1] = { { 0 } };

	for (size_t i = 1; i <= a.count; i++) {
		for (size_t k = 1; k <= b.count; k++) {
			size_t best = table[i - 1][k] > table[i][k - 1]
					      ? table[i - 1][k]
					      : table[i][k - 1];

			if (a.items[i - 1] == b.items[k - 1])
				best = table[i - 1][k - 1] + 1;
			table[i][k] = best;
		}
	}
	return table[a.count][b.count];
}

/* Partners are equal and in order; returns how many there are. */
static size_t check_partners(struct sequence a, struct sequence b,
			     const uint32_t *partners)
{
	size_t count = 0, least = 0;

	for (size_t i = 0; i < a.count; i++) {
		if (partners[i] == NOWHERE)
			continue;
		assert_in_range(partners[i], least, b.count - 1);
		assert_int_equal(a.items[i], b.items[partners[i]]);
		least = partners[i] + 1;
		count++;
	}
	return count;
}

static void are_the_longest(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena *arena AUTO(arena) = arena_new();
		uint32_t items[2][LENGTH_MAX], partners[LENGTH_MAX];
		uint32_t letters = 1 + next_random(&seed) % 6;
		struct sequence a = { items[0], next_random(&seed) % (LENGTH_MAX + 1) };
		struct sequence b = { items[1], next_random(&seed) % (LENGTH_MAX + 1) };

		for (size_t i = 0; i < LENGTH_MAX; i++) {
			items[0][i] = next_random(&seed) % letters;
			items[1][i] = next_random(&seed) % letters;
		}
		sequence_common(arena, a, b, letters, partners);
		assert_int_equal(check_partners(a, b, partners), longest(a, b));
	}
}

/* Far more equals than are tried: what is found is not the longest, but right. */
static void stays_right_when_items_repeat(void **state)
{
	enum { COUNT = 20000 };
	struct arena *arena AUTO(arena) = arena_new();
	uint32_t *left = arena_array(arena, COUNT, sizeof(*left));
	uint32_t *right = arena_array(arena, COUNT, sizeof(*right));
	uint32_t *partners = arena_array(arena, COUNT, sizeof(*partners));
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		left[i] = next_random(&seed) % 3;
		right[i] = next_random(&seed) % 3;
	}
	left[0] = 0;
	right[0] = 1;
	left[COUNT - 1] = 2;
	right[COUNT - 1] = 1;

	struct sequence a = { left, COUNT }, b = { right, COUNT };

	sequence_common(arena, a, b, 3, partners);
	assert_in_range(check_partners(a, b, partners), COUNT / 3, COUNT);
}

static void numbers_equal_bytes_alike(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct numbering *numbering = numbering_new(arena, 4);

	(void)state;
	assert_int_equal(numbering_of(numbering, "a", 1, 5), 0);
	/* the same hash, other bytes; the same bytes, another length */
	assert_int_equal(numbering_of(numbering, "b", 1, 5), 1);
	assert_int_equal(numbering_of(numbering, "a", 2, 5), 2);
	assert_int_equal(numbering_of(numbering, "b", 1, 5), 1);
	assert_int_equal(numbering_of(numbering, "", 0, 5), 3);
	assert_int_equal(numbering_of(numbering, "a", 1, 5), 0);
	assert_int_equal(numbering_count(numbering), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_the_longest),
		cmocka_unit_test(stays_right_when_items_repeat),
		cmocka_unit_test(numbers_equal_bytes_alike),
	};

	return cmocka_run_group_tests_name("sequences", tests, NULL, NULL);
}
