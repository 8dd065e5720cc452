/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buffers: they grow, stay NUL-ended, and show hostile text harmlessly. */
#include <string.h>

#include "base/buffer.h"
#include "support/test.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

/* clang-format off */
static struct printable_case {
	const char *name, *text;
	size_t length;
	char quote;
	const char *shown;
} printable_cases[] = {
	{ "plain",                  TEXT("sensor 1"),              0,   "sensor 1" },
	{ "UTF-8",                  TEXT("na\xc3\xafve \xe6\xbc\xa2"), 0, "na\xc3\xafve \xe6\xbc\xa2" },
	{ "escape",                 TEXT("\033[2J"),               0,   "\\x1b[2J" },
	{ "line feed",              TEXT("a\nb\rc\td"),            0,   "a\\x0ab\\x0dc\\x09d" },
	{ "NUL",                    TEXT("a\0b"),                  0,   "a\\x00b" },
	{ "DEL",                    TEXT("\x7f"),                  0,   "\\x7f" },
	{ "CSI of C1, raw",         TEXT("\x9b" "2J"),             0,   "\\x9b2J" },
	{ "CSI of C1, in UTF-8",    TEXT("\xc2\x9b" "2J"),         0,   "\\xc2\\x9b2J" },
	{ "right-to-left override", TEXT("\xe2\x80\xae" "x"),      0,   "\\xe2\\x80\\xaex" },
	{ "isolate",                TEXT("\xe2\x81\xa7"),          0,   "\\xe2\\x81\\xa7" },
	{ "Arabic letter mark",     TEXT("\xd8\x9c"),              0,   "\\xd8\\x9c" },
	{ "line separator",         TEXT("\xe2\x80\xa8"),          0,   "\\xe2\\x80\\xa8" },
	{ "cut short",              TEXT("a\xe2\x80"),             0,   "a\\xe2\\x80" },
	{ "overlong",               TEXT("\xc0\xaf"),              0,   "\\xc0\\xaf" },
	{ "surrogate",              TEXT("\xed\xa0\x80"),          0,   "\\xed\\xa0\\x80" },
	{ "past the last",          TEXT("\xf4\x90\x80\x80"),      0,   "\\xf4\\x90\\x80\\x80" },
	{ "stray continuation",     TEXT("\xaf" "a"),              0,   "\\xafa" },
	{ "quote",                  TEXT("a\"b\\c'"),              '"', "a\\\"b\\\\c'" },
	{ "quote, not asked for",   TEXT("a\"b\\c'"),              0,   "a\"b\\c'" },
	{ "empty",                  TEXT(""),                      '"', "" },
};

/* clang-format on */

static void shows_safely(void **state)
{
	const struct printable_case *c = *state;
	struct buffer out AUTO_BUFFER = { 0 };

	buffer_text(&out, "<");
	buffer_printable(&out, c->text, c->length, c->quote);
	assert_int_equal(strlen(out.data), out.length);
	assert_string_equal(out.data + 1, c->shown);
}

/* No byte that a terminal acts on comes out, whatever goes in. */
static void no_pair_of_bytes_escapes(void **state)
{
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		char text[2] = { (char)(pair >> 8), (char)(pair & 0xff) };

		out.length = 0;
		buffer_printable(&out, text, sizeof(text), '"');
		assert_null(memchr(out.data, '\033', out.length));
		for (size_t i = 0; i < out.length; i++)
			assert_false((unsigned char)out.data[i] < 0x20 ||
				     out.data[i] == 0x7f);
		/* C1, which ends in 0x80..0x9f behind 0xc2 */
		for (size_t i = 1; i < out.length; i++)
			assert_false(out.data[i - 1] == '\xc2' &&
				     (unsigned char)out.data[i] < 0xa0);
	}
}

static void grows_and_stays_ended(void **state)
{
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		buffer_format(&out, "%u,", i % 10);
		assert_int_equal(out.length, 2 * (i + 1));
		assert_int_equal(out.data[out.length], '\0');
	}
	buffer_char(&out, 'x');
	buffer_add(&out, "\0y", 2);
	assert_memory_equal(out.data + 10000, "x\0y", 4);
	buffer_reset(&out);
	assert_null(out.data);
	assert_int_equal(out.length + out.capacity, 0);
}

static void formats_long_text(void **state)
{
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	buffer_format(&out, "%s", "");
	assert_int_equal(out.length, 0);
	buffer_format(&out, "<%*s>", 100000, "");
	assert_int_equal(out.length, 100002);
	assert_int_equal(out.data[100001], '>');
}

static void extends_with_zeros(void **state)
{
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	for (size_t i = 1; i < 600; i++) {
		unsigned char *room = buffer_extend(&out, i);

		for (size_t k = 0; k < i; k++)
			assert_int_equal(room[k], 0);
		memset(room, 0xff, i);
		assert_int_equal(out.data[out.length], '\0');
	}
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(printable_cases) + 4] = {
		cmocka_unit_test(no_pair_of_bytes_escapes),
		cmocka_unit_test(grows_and_stays_ended),
		cmocka_unit_test(formats_long_text),
		cmocka_unit_test(extends_with_zeros),
	};

	for (size_t i = 0; i < COUNT_OF(printable_cases); i++)
		tests[4 + i] = (struct CMUnitTest){
			.name = printable_cases[i].name,
			.test_func = shows_safely,
			.initial_state = &printable_cases[i],
		};
	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
