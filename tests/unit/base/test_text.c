/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8, names, interface names, numbers, and what was meant. */
#include <string.h>

#include "base/text.h"
#include "support/test.h"

#define NAME_63 "abcdefghijklmnopqrstuvwxyz0123456789.-abcdefghijklmnopqrstuvwxy"

enum question { IS_NAME, IS_INTERFACE, IS_FREE };

static bool (*const questions[])(const char *) = {
	[IS_NAME] = text_is_name,
	[IS_INTERFACE] = text_is_interface,
	[IS_FREE] = text_is_free,
};

/* clang-format off */
static struct text_case {
	const char *name;
	enum question question;
	const char *text;
	bool expected;
} text_cases[] = {
	{ "name: one letter",              IS_NAME, "a",            true },
	{ "name: digit first",             IS_NAME, "8021x",        true },
	{ "name: dots and dashes",         IS_NAME, "a.b-c.",       true },
	{ "name: the longest",             IS_NAME, NAME_63,        true },
	{ "name: one too long",            IS_NAME, NAME_63 "x",    false },
	{ "name: empty",                   IS_NAME, "",             false },
	{ "name: dash first",              IS_NAME, "-a",           false },
	{ "name: dot first",               IS_NAME, ".a",           false },
	{ "name: upper case",              IS_NAME, "Sensor",       false },
	{ "name: underscore",              IS_NAME, "ot_sensor",    false },
	{ "name: slash",                   IS_NAME, "a/b",          false },
	{ "name: space",                   IS_NAME, "a b",          false },
	{ "name: line feed behind",        IS_NAME, "a\n",          false },
	{ "name: umlaut",                  IS_NAME, "\xc3\xa4",     false },

	{ "interface: plain",              IS_INTERFACE, "eth0",             true },
	{ "interface: VLAN",               IS_INTERFACE, "bond0.100",        true },
	{ "interface: one letter",         IS_INTERFACE, "e",                true },
	{ "interface: any ending",         IS_INTERFACE, "eth*",             true },
	{ "interface: 15 bytes",           IS_INTERFACE, "abcdefghijklmno",  true },
	{ "interface: 16 bytes",           IS_INTERFACE, "abcdefghijklmnop", false },
	{ "interface: 16 bytes with star", IS_INTERFACE, "abcdefghijklmno*", false },
	{ "interface: three dots",         IS_INTERFACE, "...",              true },
	{ "interface: UTF-8",              IS_INTERFACE, "\xc3\xa4th0",      true },
	{ "interface: empty",              IS_INTERFACE, "",                 false },
	{ "interface: dot",                IS_INTERFACE, ".",                false },
	{ "interface: two dots",           IS_INTERFACE, "..",               false },
	{ "interface: star alone",         IS_INTERFACE, "*",                false },
	{ "interface: star inside",        IS_INTERFACE, "e*h",              false },
	{ "interface: two stars",          IS_INTERFACE, "eth**",            false },
	{ "interface: slash",              IS_INTERFACE, "a/b",              false },
	{ "interface: alias",              IS_INTERFACE, "eth0:1",           false },
	{ "interface: space",              IS_INTERFACE, "a b",              false },
	{ "interface: tab",                IS_INTERFACE, "a\tb",             false },
	{ "interface: quote",              IS_INTERFACE, "a\"b",             false },
	{ "interface: backslash",          IS_INTERFACE, "a\\",              false },
	{ "interface: escape",             IS_INTERFACE, "a\033",            false },
	{ "interface: not UTF-8",          IS_INTERFACE, "\xff",             false },

	{ "free: empty",                   IS_FREE, "",                      true },
	{ "free: every mark",              IS_FREE, "!\"#$%&'()*;<>`{|}~\\", true },
	{ "free: UTF-8 of all sizes",      IS_FREE, "a\xc3\xa4\xe6\xbc\xa2\xf0\x9f\x94\xa5", true },
	{ "free: tab",                     IS_FREE, "a\tb",                  false },
	{ "free: line feed",               IS_FREE, "a\n",                   false },
	{ "free: escape",                  IS_FREE, "\033[31m",              false },
	{ "free: DEL",                     IS_FREE, "\x7f",                  false },
	{ "free: C1",                      IS_FREE, "\xc2\x9b",              false },
	{ "free: override",                IS_FREE, "\xe2\x80\xae",          false },
	{ "free: line separator",          IS_FREE, "\xe2\x80\xa8",          false },
	{ "free: broken",                  IS_FREE, "a\xc3",                 false },
	{ "free: Latin-1",                 IS_FREE, "\xe4",                  false },
};

static struct number_case {
	const char *name, *text;
	uint64_t max;
	bool valid;
	uint64_t number;
} number_cases[] = {
	{ "number: zero",             "0",                    65535,      true,  0 },
	{ "number: port",             "443",                  65535,      true,  443 },
	{ "number: at the limit",     "65535",                65535,      true,  65535 },
	{ "number: past the limit",   "65536",                65535,      false, 0 },
	{ "number: one digit past",   "4",                    3,          false, 0 },
	{ "number: nothing but zero", "0",                    0,          true,  0 },
	{ "number: wraps 32 bits",    "4294967318",           65535,      false, 0 },
	{ "number: largest",          "18446744073709551615", UINT64_MAX, true,  UINT64_MAX },
	{ "number: wraps 64 bits",    "18446744073709551616", UINT64_MAX, false, 0 },
	{ "number: wraps far",        "99999999999999999999999", UINT64_MAX, false, 0 },
	{ "number: empty",            "",                     65535,      false, 0 },
	{ "number: leading zero",     "010",                  65535,      false, 0 },
	{ "number: two zeros",        "00",                   65535,      false, 0 },
	{ "number: plus",             "+1",                   65535,      false, 0 },
	{ "number: minus",            "-1",                   65535,      false, 0 },
	{ "number: space before",     " 1",                   65535,      false, 0 },
	{ "number: space behind",     "1 ",                   65535,      false, 0 },
	{ "number: hexadecimal",      "0x10",                 65535,      false, 0 },
};

static const char *const names[] = { "https", "ssh", NULL, "dns-server", "http", "sensor",
				     "a", "", "client" };

static struct nearest_case {
	const char *name, *text, *nearest;
} nearest_cases[] = {
	{ "nearest: one missing",         "htps",       "https" },
	{ "nearest: first of equals",     "httpx",      "https" },
	{ "nearest: swapped",             "shs",        "ssh" },
	{ "nearest: swapped in front",    "esnsor",     "sensor" },
	{ "nearest: upper case",          "SSH",        "ssh" },
	{ "nearest: underscore",          "dns_server", "dns-server" },
	{ "nearest: plural",              "clients",    "client" },
	{ "nearest: nothing like it",     "gateway",    NULL },
	{ "nearest: too short to tell",   "b",          NULL },
	{ "nearest: two of three wrong",  "sxy",        NULL },
	{ "nearest: empty",               "",           NULL },
	{ "nearest: longer than a name",  NAME_63 "ab", NULL },
};

/* clang-format on */

static void answers(void **state)
{
	const struct text_case *c = *state;

	assert_int_equal(questions[c->question](c->text), c->expected);
}

static void parses_number(void **state)
{
	const struct number_case *c = *state;
	uint64_t number = 77;

	assert_int_equal(text_number(c->text, strlen(c->text), c->max, &number),
			 c->valid);
	assert_int_equal(number, c->valid ? c->number : 77);
}

static void finds_nearest(void **state)
{
	const struct nearest_case *c = *state;
	const char *found = text_nearest(c->text, names, COUNT_OF(names));

	if (c->nearest)
		assert_string_equal(found ? found : "(none)", c->nearest);
	else
		assert_null(found);
}

static size_t encode(uint32_t c, char *text)
{
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = size; i-- > 1; c >>= 6)
		text[i] = (char)(0x80u | (c & 0x3fu));
	text[0] = (char)(leads[size] | c);
	return size;
}

/* Every code point, whole and cut short. */
static void decodes_every_code_point(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x120000; c++) {
		bool valid = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
		uint32_t decoded = 0;
		char text[4];
		size_t size = encode(c, text);

		assert_int_equal(text_decode_utf8(text, size, &decoded),
				 valid ? size : 0);
		assert_int_equal(decoded, valid ? c : 0);
		assert_int_equal(text_decode_utf8(text, size - 1, &decoded), 0);
	}
}

static void refuses_overlong_forms(void **state)
{
	static const char *const forms[] = { "\xc0\x80",
					     "\xc1\xbf",
					     "\xe0\x80\x80",
					     "\xe0\x9f\xbf",
					     "\xf0\x80\x80\x80",
					     "\xf0\x8f\xbf\xbf",
					     "\xf8\x88\x80\x80",
					     "\xfe",
					     "\xff",
					     "\x80" };
	uint32_t decoded;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		assert_int_equal(text_decode_utf8(forms[i], strlen(forms[i]), &decoded),
				 0);
}

static void counts_columns(void **state)
{
	(void)state;
	assert_int_equal(text_columns('a'), 1);
	assert_int_equal(text_columns(0xe4), 1);
	assert_int_equal(text_columns(0x0301), 0);
	assert_int_equal(text_columns(0x6f22), 2);
	assert_int_equal(text_columns(0x1f525), 2);
}

/* Adds a test for each row of a table, which is named by the row's first member. */
#define ADD_ROWS(tests, count, rows, function)                           \
	for (size_t i = 0; i < COUNT_OF(rows); i++)                      \
		(tests)[(count)++] = (struct CMUnitTest)                 \
		{                                                        \
			.name = (rows)[i].name, .test_func = (function), \
			.initial_state = &(rows)[i],                     \
		}

int main(void)
{
	struct CMUnitTest tests[3 + COUNT_OF(text_cases) + COUNT_OF(number_cases) +
				COUNT_OF(nearest_cases)] = {
		cmocka_unit_test(decodes_every_code_point),
		cmocka_unit_test(refuses_overlong_forms),
		cmocka_unit_test(counts_columns),
	};
	size_t count = 3;

	ADD_ROWS(tests, count, text_cases, answers);
	ADD_ROWS(tests, count, number_cases, parses_number);
	ADD_ROWS(tests, count, nearest_cases, finds_nearest);
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
