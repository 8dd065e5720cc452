/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes and rows: put, read, compared; bytes that are cut or lie. */
#include <arpa/inet.h>

#include <linux/netfilter/nf_tables.h>
#include <stdio.h>

#include "kernel/wire.h"

#include "model.h"

/* ---- walks ---- */

/* clang-format off */
static struct walk_case {
	const char *name;
	uint8_t bytes[12];
	size_t length, count, left;
} walk_cases[] = {
	{ "nothing",               { 0 },                                   0, 0, 0 },
	{ "one, empty",            { 4, 0, 1, 0 },                          4, 1, 0 },
	{ "two",                   { 5, 0, 1, 0, 9, 0, 0, 0, 4, 0, 2, 0 }, 12, 2, 0 },
	{ "the last not padded",   { 4, 0, 1, 0, 5, 0, 1, 0, 9 },           9, 2, 0 },
	{ "shorter than its head", { 4, 0, 1, 0, 3, 0, 1, 0 },              8, 1, 4 },
	{ "of no length",          { 0, 0, 1, 0 },                          4, 0, 4 },
	{ "longer than there is",  { 9, 0, 1, 0, 1, 2, 3, 4 },              8, 0, 8 },
	{ "half a head",           { 4, 0, 1, 0, 4, 0 },                    6, 1, 2 },
};

/* clang-format on */

static void walks_end(void **state)
{
	const struct walk_case *walks = *state;
	/* a copy of just that length, so that the sanitizer sees what is read behind */
	uint8_t *bytes = test_malloc(walks->length + 1);
	struct attr_walk walk = attrs_in(bytes, walks->length);
	size_t count = 0;

	memcpy(bytes, walks->bytes, walks->length);
	while (attr_next(&walk))
		count++;
	assert_int_equal(count, walks->count);
	assert_int_equal(walk.left, walks->left);
	test_free(bytes);
}

/* ---- rows of every way to travel ---- */

struct inner {
	uint32_t number;
};

struct sample {
	uint32_t u8, u16, u32, slot, otherwise, told;
	uint64_t u64;
	const char *text;
	struct wire_bytes bytes;
	struct wire_data data;
	struct wire_verdict verdict;
	struct wire_texts texts;
	struct wire_lengths lengths;
	struct inner inner;
};

#define ROW(number, wire, use, member)                                      \
	{                                                                   \
		number, wire, use, 0, offsetof(struct sample, member), NULL \
	}

/* clang-format off */
static const struct row inner_table[] = {
	{ 1, WIRE_U32, ROW_UNLESS, 0, offsetof(struct inner, number), NULL },
};
static const struct rows inner_rows = { inner_table, 1 };

static const struct row sample_table[] = {
	ROW(1,  WIRE_U8,       ROW_ALWAYS, u8),
	ROW(2,  WIRE_U16,      ROW_ALWAYS, u16),
	ROW(3,  WIRE_U32,      ROW_ALWAYS, u32),
	ROW(4,  WIRE_REGISTER, ROW_ALWAYS, slot),
	{ 5, WIRE_U32, ROW_UNLESS, 77, offsetof(struct sample, otherwise), NULL },
	ROW(6,  WIRE_U32,      ROW_TOLD,   told),
	ROW(7,  WIRE_U64,      ROW_UNLESS, u64),
	ROW(8,  WIRE_TEXT,     ROW_UNLESS, text),
	ROW(9,  WIRE_BYTES,    ROW_UNLESS, bytes),
	ROW(10, WIRE_DATA,     ROW_UNLESS, data),
	ROW(11, WIRE_VERDICT,  ROW_ALWAYS, verdict),
	ROW(12, WIRE_TEXTS,    ROW_UNLESS, texts),
	ROW(13, WIRE_LENGTHS,  ROW_UNLESS, lengths),
	{ 14, WIRE_NEST, ROW_UNLESS, 0, offsetof(struct sample, inner), &inner_rows },
	{ 15, WIRE_NOTHING, ROW_UNLESS, 0, 0, NULL },
};
/* clang-format on */
static const struct rows sample_rows = { sample_table, COUNT_OF(sample_table) };

static const char *const two_texts[] = { "eth0", "eth1" };

static struct sample full_sample(void)
{
	return (struct sample){
		.u8 = 200,
		.u16 = 60000,
		.u32 = 4000000000,
		.slot = NFT_REG_2,
		.otherwise = 5,
		.told = 6,
		.u64 = 1ull << 40,
		.text = "text",
		.bytes = { (const uint8_t *)"abc", 3 },
		.data = { { 1, 2, 3 }, 3 },
		.verdict = { (uint32_t)NFT_JUMP, "chain" },
		.texts = { two_texts, 2 },
		.lengths = { { 4, 2, 16 }, 3 },
		.inner = { 9 },
	};
}

static unsigned read_sample(struct arena *arena, const struct buffer *bytes,
			    struct sample *sample)
{
	struct reading reading = { .arena = arena };

	rows_read(&reading, &sample_rows, bytes->data, bytes->length, sample);
	return reading.strange;
}

static void rows_come_back(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 };
	struct sample sample = full_sample(), back;

	(void)state;
	rows_put(&bytes, &sample_rows, &sample);
	assert_int_equal(read_sample(arena, &bytes, &back), 0);
	assert_true(rows_equal(&sample_rows, &sample, &back));
	assert_int_equal(back.told, 6);
	assert_string_equal(back.texts.items[1], "eth1");
	assert_int_equal(back.lengths.items[2], 16);
}

/* What is not put has its default when it is read. */
static void defaults_are_not_put(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 };
	struct sample sample = { .otherwise = 77 }, back = full_sample();
	size_t count = 0;

	(void)state;
	rows_put(&bytes, &sample_rows, &sample);

	struct attr_walk walk = attrs_in(bytes.data, bytes.length);

	while (attr_next(&walk))
		count++;
	assert_int_equal(count, 5); /* those that are put always */
	assert_int_equal(read_sample(arena, &bytes, &back), 0);
	assert_true(rows_equal(&sample_rows, &sample, &back));
	assert_int_equal(back.otherwise, 77);
	assert_int_equal(back.told, 0);
	assert_null(back.text);
}

/* clang-format off */
#define CHANGE(what) static void change_##what(struct sample *sample)
CHANGE(u8)        { sample->u8++; }
CHANGE(u16)       { sample->u16++; }
CHANGE(u32)       { sample->u32++; }
CHANGE(slot)      { sample->slot++; }
CHANGE(otherwise) { sample->otherwise++; }
CHANGE(u64)       { sample->u64++; }
CHANGE(text)      { sample->text = "other"; }
CHANGE(no_text)   { sample->text = NULL; }
CHANGE(bytes)     { sample->bytes.bytes = (const uint8_t *)"abd"; }
CHANGE(data)      { sample->data.bytes[2]++; }
CHANGE(length)    { sample->data.length++; }
CHANGE(verdict)   { sample->verdict.code++; }
CHANGE(chain)     { sample->verdict.chain = "other"; }
CHANGE(texts)     { sample->texts.count--; }
CHANGE(lengths)   { sample->lengths.items[0]++; }
CHANGE(inner)     { sample->inner.number++; }

static void (*const changes[])(struct sample *) = {
	change_u8, change_u16, change_u32, change_slot, change_otherwise, change_u64, change_text,
	change_no_text, change_bytes, change_data, change_length, change_verdict, change_chain,
	change_texts, change_lengths, change_inner,
};

/* clang-format on */

static void each_member_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct sample sample = full_sample(), other = full_sample();

		assert_true(rows_equal(&sample_rows, &sample, &other));
		changes[i](&other);
		assert_false(rows_equal(&sample_rows, &sample, &other));
	}
}

static void what_the_kernel_tells_does_not_count(void **state)
{
	struct sample sample = full_sample(), other = full_sample();

	(void)state;
	other.told++;
	assert_true(rows_equal(&sample_rows, &sample, &other));
}

/* The kernel has two numbers for some registers. */
static void registers_have_one_number(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	static const uint32_t numbers[][2] = { { NFT_REG32_00, NFT_REG_1 },
					       { NFT_REG32_04, NFT_REG_2 },
					       { NFT_REG32_12, NFT_REG_4 },
					       { NFT_REG32_01, NFT_REG32_01 },
					       { NFT_REG_1, NFT_REG_1 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct buffer bytes AUTO_BUFFER = { 0 };
		struct sample sample = { .slot = numbers[i][0] }, back;

		rows_put(&bytes, &sample_rows, &sample);
		assert_int_equal(read_sample(arena, &bytes, &back), 0);
		assert_int_equal(back.slot, numbers[i][1]);
	}
}

/* ---- what is strange ---- */

static void put_long_text(struct buffer *out)
{
	char text[TEXT_BYTES_MAX + 1];

	memset(text, 'x', TEXT_BYTES_MAX);
	text[TEXT_BYTES_MAX] = '\0';
	attr_put_text(out, 8, text);
}

static void put_wide_data(struct buffer *out)
{
	uint8_t wide[17] = { 0 };
	size_t nest = attr_nest(out, 10);

	attr_put(out, NFTA_DATA_VALUE, wide, sizeof(wide));
	attr_end(out, nest);
}

static void put_two_values(struct buffer *out)
{
	size_t nest = attr_nest(out, 10);

	attr_put(out, NFTA_DATA_VALUE, "a", 1);
	attr_put(out, NFTA_DATA_VALUE, "b", 1);
	attr_end(out, nest);
}

static void put_many_lengths(struct buffer *out)
{
	size_t nest = attr_nest(out, 13);

	for (unsigned i = 0; i <= WIRE_LENGTH_MAX; i++) {
		size_t field = attr_nest(out, NFTA_LIST_ELEM);

		attr_put_u32(out, NFTA_SET_FIELD_LEN, 1);
		attr_end(out, field);
	}
	attr_end(out, nest);
}

static void put_verdict_without_code(struct buffer *out)
{
	size_t data = attr_nest(out, 11), nest = attr_nest(out, NFTA_DATA_VERDICT);

	attr_put_text(out, NFTA_VERDICT_CHAIN, "chain");
	attr_end(out, nest);
	attr_end(out, data);
}

static void put_stranger_in_nest(struct buffer *out)
{
	size_t nest = attr_nest(out, 14);

	attr_put_u32(out, 2, 1);
	attr_end(out, nest);
}

static void put_short_number(struct buffer *out)
{
	attr_put(out, 3, "abc", 3);
}

static void put_unknown(struct buffer *out)
{
	attr_put_u32(out, 99, 1);
}

static void put_garbage(struct buffer *out)
{
	buffer_add(out, "\1\0\1\0", 4);
}

/* clang-format off */
static struct strange_case {
	const char *name;
	void (*put)(struct buffer *out);
} strange_cases[] = {
	{ "a text too long",          put_long_text },
	{ "a value too wide",         put_wide_data },
	{ "two values",               put_two_values },
	{ "too many lengths",         put_many_lengths },
	{ "a verdict without code",   put_verdict_without_code },
	{ "a stranger in a nest",     put_stranger_in_nest },
	{ "a number of three bytes",  put_short_number },
	{ "an unknown attribute",     put_unknown },
	{ "garbage at the end",       put_garbage },
};

/* clang-format on */

static void is_strange(void **state)
{
	const struct strange_case *strange = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 };
	struct sample sample = full_sample(), back;

	rows_put(&bytes, &sample_rows, &sample);
	assert_int_equal(read_sample(arena, &bytes, &back), 0);
	strange->put(&bytes);
	assert_true(read_sample(arena, &bytes, &back) > 0);
}

enum { FIXED_TESTS = 5 };

int main(void)
{
	static struct CMUnitTest
		tests[FIXED_TESTS + COUNT_OF(walk_cases) + COUNT_OF(strange_cases)] = {
			cmocka_unit_test(rows_come_back),
			cmocka_unit_test(defaults_are_not_put),
			cmocka_unit_test(each_member_counts),
			cmocka_unit_test(what_the_kernel_tells_does_not_count),
			cmocka_unit_test(registers_have_one_number),
		};
	struct CMUnitTest *test = tests + FIXED_TESTS;

	for (size_t i = 0; i < COUNT_OF(walk_cases); i++)
		*test++ = (struct CMUnitTest){ .name = walk_cases[i].name,
					       .test_func = walks_end,
					       .initial_state = &walk_cases[i] };
	for (size_t i = 0; i < COUNT_OF(strange_cases); i++)
		*test++ = (struct CMUnitTest){ .name = strange_cases[i].name,
					       .test_func = is_strange,
					       .initial_state = &strange_cases[i] };
	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
