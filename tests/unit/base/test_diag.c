/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diagnostics: the exact text, with caret, notes, chains, colours and the limit. */
#include <string.h>

#include "base/diag.h"
#include "base/limits.h"
#include "support/test.h"

#define TEXT(literal) (literal), sizeof(literal) - 1
#define TEN           "0123456789"
#define FIFTY         TEN TEN TEN TEN TEN
#define SPACES        "                                                  "
#define UMLAUTS       "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"

/* clang-format off */
static struct caret_case {
	const char *name, *text;
	size_t length;
	uint32_t line, column, underline;
	const char *printed;
} caret_cases[] = {
	{ "one word", TEXT("role = \"x\";\nrol = 1;\n"), 2, 1, 3,
	  "site.cfg:2:1: error: text\n"
	  "    2 | rol = 1;\n"
	  "      | ^~~\n" },
	{ "unknown length", TEXT("rol = 1;"), 1, 7, 0,
	  "site.cfg:1:7: error: text\n"
	  "    1 | rol = 1;\n"
	  "      |       ^\n" },
	{ "tabs", TEXT("\ta =\t1;"), 1, 6, 1,
	  "site.cfg:1:6: error: text\n"
	  "    1 |         a =     1;\n"
	  "      |                 ^\n" },
	{ "underlined tab", TEXT("a\t=;"), 1, 1, 3,
	  "site.cfg:1:1: error: text\n"
	  "    1 | a       =;\n"
	  "      | ^~~~~~~~~\n" },
	{ "column unknown", TEXT("a = 1;"), 1, 0, 0,
	  "site.cfg:1: error: text\n"
	  "    1 | a = 1;\n" },
	{ "line unknown", TEXT("a = 1;"), 0, 0, 0,
	  "site.cfg: error: text\n" },
	{ "end of the text", TEXT("a = 1;\n"), 2, 1, 1,
	  "site.cfg:2:1: error: text\n"
	  "    2 |\n"
	  "      | ^\n" },
	{ "behind the line's end", TEXT("a = 1\n"), 1, 6, 1,
	  "site.cfg:1:6: error: text\n"
	  "    1 | a = 1\n"
	  "      |      ^\n" },
	{ "column far outside", TEXT("a = 1\n"), 1, 4000000000u, 9,
	  "site.cfg:1:4000000000: error: text\n"
	  "    1 | a = 1\n"
	  "      |      ^\n" },
	{ "line far outside", TEXT("a = 1\n"), 4000000000u, 1, 1,
	  "site.cfg:4000000000:1: error: text\n"
	  "4000000000 |\n"
	  "           | ^\n" },
	{ "underline ends with the line", TEXT("a = 1\nb"), 1, 5, 4000000000u,
	  "site.cfg:1:5: error: text\n"
	  "    1 | a = 1\n"
	  "      |     ^\n" },
	{ "CRLF", TEXT("a = 1\r\n"), 1, 5, 1,
	  "site.cfg:1:5: error: text\n"
	  "    1 | a = 1\n"
	  "      |     ^\n" },
	{ "bytes are not columns", TEXT("\xc3\xa4 = x"), 1, 6, 1,
	  "site.cfg:1:6: error: text\n"
	  "    1 | \xc3\xa4 = x\n"
	  "      |     ^\n" },
	{ "wide characters", TEXT("\xe6\xbc\xa2 = \xe6\xbc\xa2 1"), 1, 7, 3,
	  "site.cfg:1:7: error: text\n"
	  "    1 | \xe6\xbc\xa2 = \xe6\xbc\xa2 1\n"
	  "      |      ^~\n" },
	{ "combining marks", TEXT("e\xcc\x81 = x"), 1, 7, 1,
	  "site.cfg:1:7: error: text\n"
	  "    1 | e\xcc\x81 = x\n"
	  "      |     ^\n" },
	{ "inside a character", TEXT("\xe6\xbc\xa2 = x"), 1, 2, 1,
	  "site.cfg:1:2: error: text\n"
	  "    1 | \xe6\xbc\xa2 = x\n"
	  "      | ^~\n" },
	{ "hostile line", TEXT("\033[2J\xc2\x9b\xe2\x80\xae\xff\0 x"), 1, 13, 1,
	  "site.cfg:1:13: error: text\n"
	  "    1 | \\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae\\xff\\x00 x\n"
	  "      |                                     ^\n" },
	{ "hostile mark", TEXT("a \033 b"), 1, 3, 1,
	  "site.cfg:1:3: error: text\n"
	  "    1 | a \\x1b b\n"
	  "      |   ^~~~\n" },
	{ "as long as is shown", TEXT(FIFTY FIFTY TEN TEN), 1, 120, 1,
	  "site.cfg:1:120: error: text\n"
	  "    1 | " FIFTY FIFTY TEN TEN "\n"
	  "      | " SPACES SPACES "                   ^\n" },
	{ "long line, cut behind", TEXT(FIFTY FIFTY FIFTY), 1, 3, 2,
	  "site.cfg:1:3: error: text\n"
	  "    1 | " FIFTY FIFTY TEN TEN "...\n"
	  "      |   ^~\n" },
	{ "long line, cut before", TEXT(FIFTY FIFTY FIFTY "xy"), 1, 151, 2,
	  "site.cfg:1:151: error: text\n"
	  "    1 | ..." TEN TEN TEN TEN "xy\n"
	  "      | " "                                           ^~\n" },
	{ "long line, cut around", TEXT(FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY), 1, 151, 200,
	  "site.cfg:1:151: error: text\n"
	  "    1 | ..." TEN TEN TEN TEN FIFTY TEN TEN TEN "...\n"
	  "      | " "                                           "
	  "^~~~~~~~~~" "~~~~~~~~~~" "~~~~~~~~~~" "~~~~~~~~~~" "~~~~~~~~~~"
	  "~~~~~~~~~~" "~~~~~~~~~~" "~~~~~~~~~~\n" },
	{ "not cut inside a character",
	  TEXT("x" UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS
	       UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS), 1, 1, 1,
	  "site.cfg:1:1: error: text\n"
	  "    1 | x" UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS
	  UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4...\n"
	  "      | ^\n" },
};

/* clang-format on */

static void points_at_the_place(void **state)
{
	const struct caret_case *c = *state;
	struct buffer out AUTO_BUFFER = { 0 };
	AUTO(arena) struct arena *arena = arena_new();
	struct span span = {
		.source = source_new(arena, "site.cfg", c->text, c->length),
		.line = c->line,
		.column = c->column,
		.length = c->underline,
	};
	struct diags diags;

	diags_init(&diags, arena);
	assert_false(diag_error(&diags, DIAG_VALUE, span, "text"));
	diags_print(&diags, false, &out);
	assert_string_equal(out.data, c->printed);
}

static struct source *included_source(struct arena *arena)
{
	struct source *site = source_new(arena, "site.cfg", "@include \"a\"\n", 13);
	struct source *middle = source_new(arena, "a.cfg", "x\n@include \"b\"\n", 15);
	struct source *inner = source_new(arena, "b.cfg", "y = 1;\n", 7);

	middle->included_from = site;
	middle->included_line = 1;
	inner->included_from = middle;
	inner->included_line = 2;
	return inner;
}

static void prints_notes_and_chains(void **state)
{
	struct buffer out AUTO_BUFFER = { 0 };
	AUTO(arena) struct arena *arena = arena_new();
	struct source *source = included_source(arena);
	struct diags diags;

	(void)state;
	diags_init(&diags, arena);
	diag_error(&diags, DIAG_UNKNOWN_KEY, source_span(source, 0, 1),
		   "unknown key \"%s\"", "y");
	diag_note(&diags, source_span(source, 4, 1), "the value is %d", 1);
	diag_note(&diags, (struct span){ 0 }, "did you mean \"z\"?");
	diag_warning(&diags, DIAG_NEVER, (struct span){ 0 }, "this is all");
	diags_print(&diags, false, &out);
	assert_string_equal(out.data, "b.cfg:1:1: error: unknown key \"y\"\n"
				      "    1 | y = 1;\n"
				      "      | ^\n"
				      "a.cfg:2: note: included from here\n"
				      "site.cfg:1: note: included from here\n"
				      "b.cfg:1:5: note: the value is 1\n"
				      "    1 | y = 1;\n"
				      "      |     ^\n"
				      "note: did you mean \"z\"?\n"
				      "rolewall: warning: this is all\n");
	assert_int_equal(diags.error_count, 1);
	assert_int_equal(diags.warning_count, 1);
}

static void colors_only_when_asked(void **state)
{
	struct buffer plain AUTO_BUFFER = { 0 };
	struct buffer color AUTO_BUFFER = { 0 };
	struct buffer stripped AUTO_BUFFER = { 0 };
	AUTO(arena) struct arena *arena = arena_new();
	struct source *source = included_source(arena);
	struct diags diags;

	(void)state;
	diags_init(&diags, arena);
	diag_error(&diags, DIAG_VALUE, source_span(source, 0, 5), "one");
	diag_note(&diags, (struct span){ 0 }, "two");
	diag_note(&diags, source_span(source, 4, 1), "three");
	diag_warning(&diags, DIAG_VALUE, (struct span){ 0 }, "four");
	diags_print(&diags, false, &plain);
	diags_print(&diags, true, &color);
	assert_null(strchr(plain.data, '\033'));
	assert_non_null(strstr(color.data, "\033[1;31merror: \033[0m"));
	assert_non_null(strstr(color.data, "\033[1;35mwarning: \033[0m"));
	assert_non_null(strstr(color.data, "\033[1;36mnote: \033[0m"));

	/* without its sequences it is the plain text, and each line ends reset */
	bool changed = false;

	for (const char *at = color.data; *at; at++) {
		if (*at == '\033') {
			changed = strncmp(at, "\033[0m", 4) != 0;
			at = strchr(at, 'm');
			continue;
		}
		assert_false(*at == '\n' && changed);
		buffer_char(&stripped, *at);
	}
	assert_string_equal(stripped.data, plain.data);
}

/* Nothing of a name, a message or a line reaches the terminal as it is. */
static void escapes_everything(void **state)
{
	static const char hostile[] = "\033]0;x\007\xc2\x9b\xe2\x80\xae\xff\r\n";
	struct buffer out AUTO_BUFFER = { 0 };
	AUTO(arena) struct arena *arena = arena_new();
	struct source *outer = source_new(arena, hostile, hostile, strlen(hostile));
	struct source *source = source_new(arena, hostile, hostile, strlen(hostile));
	struct diags diags;

	(void)state;
	source->included_from = outer;
	source->included_line = 1;
	diags_init(&diags, arena);
	diag_error(&diags, DIAG_VALUE, source_span(source, 0, 9), "\"%s\"", hostile);
	diag_note(&diags, source_span(source, 0, 1), "%s", hostile);
	diags_print(&diags, false, &out);
	for (size_t i = 0; i < out.length; i++)
		assert_true(out.data[i] == '\n' ||
			    (out.data[i] >= ' ' && out.data[i] < 0x7f));
}

static void counts_what_is_past_the_limit(void **state)
{
	struct buffer out AUTO_BUFFER = { 0 };
	AUTO(arena) struct arena *arena = arena_new();
	const struct span nowhere = { 0 };
	struct diags diags;
	unsigned lines = 0;

	(void)state;
	diags_init(&diags, arena);
	for (unsigned i = 0; i < LIMIT_DIAGNOSTICS; i++) {
		diag_error(&diags, DIAG_VALUE, nowhere, "number %u", i);
		diag_note(&diags, nowhere, "note %u", i);
	}
	diags_print(&diags, false, &out);
	assert_null(strstr(out.data, "not shown"));
	diag_error(&diags, DIAG_VALUE, nowhere, "one too many");
	diag_note(&diags, nowhere, "its note");
	out.length = 0;
	diags_print(&diags, false, &out);
	assert_null(strstr(out.data, "too many"));
	assert_null(strstr(out.data, "its note"));
	assert_non_null(strstr(out.data, "\nrolewall: not shown: 1 more error\n"));
	diag_warning(&diags, DIAG_VALUE, nowhere, "w");
	diag_error(&diags, DIAG_VALUE, nowhere, "e");
	diag_warning(&diags, DIAG_VALUE, nowhere, "w");
	out.length = 0;
	diags_print(&diags, false, &out);
	assert_non_null(strstr(
		out.data, "\nrolewall: not shown: 2 more errors, 2 more warnings\n"));
	for (size_t i = 0; i < out.length; i++)
		lines += out.data[i] == '\n';
	assert_int_equal(lines, 2 * LIMIT_DIAGNOSTICS + 1);
	assert_int_equal(diags.error_count, LIMIT_DIAGNOSTICS + 2);
	assert_int_equal(diags.warning_count, 2);
}

static void names_every_code(void **state)
{
	(void)state;
	for (enum diag_code a = 0; a < DIAG_CODE_COUNT; a++) {
		assert_non_null(diag_code_name(a));
		for (enum diag_code b = 0; b < a; b++)
			assert_string_not_equal(diag_code_name(a), diag_code_name(b));
	}
}

static void prints_nothing_of_nothing(void **state)
{
	struct buffer out AUTO_BUFFER = { 0 };
	AUTO(arena) struct arena *arena = arena_new();
	struct diags diags;

	(void)state;
	diags_init(&diags, arena);
	diags_print(&diags, true, &out);
	assert_int_equal(out.length, 0);
}

int main(void)
{
	struct CMUnitTest tests[6 + COUNT_OF(caret_cases)] = {
		cmocka_unit_test(prints_notes_and_chains),
		cmocka_unit_test(colors_only_when_asked),
		cmocka_unit_test(escapes_everything),
		cmocka_unit_test(counts_what_is_past_the_limit),
		cmocka_unit_test(names_every_code),
		cmocka_unit_test(prints_nothing_of_nothing),
	};

	for (size_t i = 0; i < COUNT_OF(caret_cases); i++)
		tests[6 + i] = (struct CMUnitTest){
			.name = caret_cases[i].name,
			.test_func = points_at_the_place,
			.initial_state = &caret_cases[i],
		};
	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
