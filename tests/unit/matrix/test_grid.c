/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables in three formats, and cells that try to break out of each. */
#include <string.h>

#include "matrix/grid.h"
#include "support/test.h"

enum format { TEXT, MARKDOWN, CSV };

static void print(const struct grid *grid, enum format format, struct buffer *out)
{
	switch (format) {
	case TEXT:
		text_grid(grid, false, out);
		break;
	case MARKDOWN:
		markdown_grid(grid, out);
		break;
	case CSV:
		csv_grid(grid, out);
		break;
	}
}

/* clang-format off */
static struct cell_case {
	const char *name;
	enum format format;
	const char *cell, *printed;
} cell_cases[] = {
	{ "text: plain",              TEXT, "a b",              "a b" },
	{ "text: a terminal's orders", TEXT, "\x1b[2Ja\rb\x07", "\\x1b[2Ja\\x0db\\x07" },
	{ "text: a new line",         TEXT, "a\nb",             "a\\x0ab" },
	{ "text: an override",        TEXT, "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb" },
	{ "text: not UTF-8",          TEXT, "a\xff",            "a\\xff" },

	{ "markdown: plain",          MARKDOWN, "a - b, (c) 1.", "a - b, (c) 1." },
	{ "markdown: a cell's end",   MARKDOWN, "a | b |",      "a \\| b \\|" },
	{ "markdown: escaped already", MARKDOWN, "a \\| b",     "a \\\\\\| b" },
	{ "markdown: a new line",     MARKDOWN, "a\n# b",       "a\\\\x0a\\# b" },
	{ "markdown: code",           MARKDOWN, "`a`",          "\\`a\\`" },
	{ "markdown: emphasis",       MARKDOWN, "*a* _b_ ~~c~~", "\\*a\\* \\_b\\_ \\~\\~c\\~\\~" },
	{ "markdown: a link",         MARKDOWN, "[a](b) ![c](d)", "\\[a\\](b) \\!\\[c\\](d)" },
	{ "markdown: HTML",           MARKDOWN, "<b>&lt;</b>",  "&lt;b&gt;&amp;lt;&lt;/b&gt;" },
	{ "markdown: mathematics",    MARKDOWN, "$a$",          "\\$a\\$" },
	{ "markdown: UTF-8",          MARKDOWN, "\xc3\xa4",     "\xc3\xa4" },

	{ "csv: plain",               CSV, "a b",               "a b" },
	{ "csv: a comma",             CSV, "a,b",               "\"a,b\"" },
	{ "csv: quotes",              CSV, "a\"b",              "\"a\"\"b\"" },
	{ "csv: a new line",          CSV, "a\r\nb",            "a\\x0d\\x0ab" },
	{ "csv: space around",        CSV, " a",                "\" a\"" },
	{ "csv: a formula",           CSV, "=1+1",              "'=1+1" },
	{ "csv: a call",              CSV, "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0" },
	{ "csv: quoted formula",      CSV, "=A(\"b\",1)",       "\"'=A(\"\"b\"\",1)\"" },
	{ "csv: plus",                CSV, "+1",                "'+1" },
	{ "csv: minus",               CSV, "-1",                "'-1" },
	{ "csv: at",                  CSV, "@A1",               "'@A1" },
	{ "csv: a tab",               CSV, "\t=1",              "'\\x09=1" },
	{ "csv: space before it",     CSV, "  =1",              "'  =1" },
	{ "csv: full-width",          CSV, "\xef\xbc\x9d" "1",  "'\xef\xbc\x9d" "1" },
	{ "csv: minus inside",        CSV, "1-2",               "1-2" },
	{ "csv: an apostrophe",       CSV, "'a",                "'a" },
};

/* What stands around the one cell. */
static const struct {
	const char *before, *after;
} frames[] = {
	[TEXT]     = { "\ns\n  t\n  ", "\n" },
	[MARKDOWN] = { "\n## s\n\n| t |\n| --- |\n| ", " |\n" },
	[CSV]      = { "x,t\ns,", "\n" },
};

/* clang-format on */

static void cannot_break_out(void **state)
{
	const struct cell_case *c = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer printed AUTO_BUFFER = { 0 }, expected AUTO_BUFFER = { 0 };
	struct grid grid = { .titles = { "t" },
			     .column_count = 1,
			     .section_title = "x" };

	grid_section(arena, &grid, "s");
	grid_line(arena, &grid, (struct line){ .cells = { c->cell } });
	print(&grid, c->format, &printed);
	buffer_format(&expected, "%s%s%s", frames[c->format].before, c->printed,
		      frames[c->format].after);
	assert_string_equal(printed.data, expected.data);
}

/* ---- the whole ---- */

/* Two sections; of the second no line has a second cell. */
static struct grid two_sections(struct arena *arena, bool apart)
{
	struct grid grid = {
		.titles = { "One", "Two", "Three" },
		.column_count = 3,
		.section_title = "Section",
		.remark_title = "Remarks",
		.apart = apart,
	};

	grid_section(arena, &grid, "First");
	grid_line(arena, &grid, (struct line){ .cells = { "a", "bcd", NULL } });
	grid_remark(arena, &grid, "this", TONE_PLAIN);
	grid_remark(arena, &grid, "that | those", TONE_REMARKABLE);
	grid_line(arena, &grid, (struct line){ .cells = { "aaaa", NULL, "e" } });
	grid_section(arena, &grid, "Second");
	grid_line(arena, &grid,
		  (struct line){ .cells = { "f", NULL, "g" }, .tone = TONE_FAINT });
	return grid;
}

static void lines_up(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 };
	struct grid grid = two_sections(arena, false);

	(void)state;
	text_grid(&grid, false, &out);
	assert_string_equal(out.data, "\nFirst\n"
				      "  One   Two  Three\n"
				      "  a     bcd\n"
				      "    this\n"
				      "    that | those\n"
				      "  aaaa       e\n"
				      "\nSecond\n"
				      "  f          g\n");
}

static void sections_stand_apart(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 };
	struct grid grid = two_sections(arena, true);

	(void)state;
	text_grid(&grid, false, &out);
	assert_string_equal(strstr(out.data, "\nSecond"), "\nSecond\n"
							  "  One  Three\n"
							  "  f    g\n");
	buffer_reset(&out);
	markdown_grid(&grid, &out);
	assert_string_equal(out.data, "\n## First\n\n"
				      "| One | Two | Three | Remarks |\n"
				      "| --- | --- | --- | --- |\n"
				      "| a | bcd | | this<br>that \\| those |\n"
				      "| aaaa | | e | |\n"
				      "\n## Second\n\n"
				      "| One | Three | Remarks |\n"
				      "| --- | --- | --- |\n"
				      "| f | g | |\n");
}

static void has_all_columns_in_csv(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 };
	struct grid grid = two_sections(arena, true);

	(void)state;
	csv_grid(&grid, &out);
	assert_string_equal(out.data, "Section,One,Two,Three,Remarks\n"
				      "First,a,bcd,,this | that | those\n"
				      "First,aaaa,,e,\n"
				      "Second,f,,g,\n");
}

static void colors_on_demand(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 };
	struct grid grid = two_sections(arena, false);

	(void)state;
	text_grid(&grid, true, &out);
	assert_string_equal(out.data, "\n\x1b[1mFirst\x1b[0m\n"
				      "\x1b[2m  One   Two  Three\x1b[0m\n"
				      "  a     bcd\n"
				      "    this\n"
				      "\x1b[33m    that | those\x1b[0m\n"
				      "  aaaa       e\n"
				      "\n\x1b[1mSecond\x1b[0m\n"
				      "\x1b[2m  f          g\x1b[0m\n");
}

/* ---- wrapping ---- */

#define TEN     "aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void wraps_between_words(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 }, expected AUTO_BUFFER = { 0 };
	struct grid grid = { .titles = { "t", "u" }, .column_count = 2 };

	(void)state;
	grid_section(arena, &grid, "s");
	grid_line(arena, &grid,
		  (struct line){ .cells = { HUNDRED, "one two three four five" } });
	text_grid(&grid, false, &out);
	/* 120 columns less 2, 100 and 2 */
	buffer_format(&expected, "\ns\n  %-100s  u\n  %-100s  %s\n  %-100s  %s\n", "t",
		      HUNDRED, "one two three", "", "four five");
	assert_string_equal(out.data, expected.data);
}

static void breaks_words_that_are_too_long(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 }, expected AUTO_BUFFER = { 0 };
	struct grid grid = { .titles = { "t", "u" }, .column_count = 2 };

	(void)state;
	grid_section(arena, &grid, "s");
	grid_line(arena, &grid, (struct line){ .cells = { HUNDRED, HUNDRED TEN } });
	text_grid(&grid, false, &out);
	buffer_format(&expected,
		      "\ns\n  %-58s  u\n  %.58s  %.58s\n  %.42s%16s  %.52s\n", "t",
		      HUNDRED, HUNDRED, HUNDRED, "", HUNDRED);
	assert_string_equal(out.data, expected.data);
}

static void counts_columns_not_bytes(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 };
	struct grid grid = { .titles = { "t", "u" }, .column_count = 2 };

	(void)state;
	grid_section(arena, &grid, "s");
	/* two wide characters; an umlaut; a letter and a mark over it */
	grid_line(arena, &grid,
		  (struct line){ .cells = { "\xe6\xbc\xa2\xe5\xad\x97", "1" } });
	grid_line(arena, &grid, (struct line){ .cells = { "\xc3\xa4", "2" } });
	grid_line(arena, &grid, (struct line){ .cells = { "a\xcc\x88", "3" } });
	text_grid(&grid, false, &out);
	assert_string_equal(out.data, "\ns\n  t     u\n"
				      "  \xe6\xbc\xa2\xe5\xad\x97  1\n"
				      "  \xc3\xa4     2\n"
				      "  a\xcc\x88     3\n");
}

static void wraps_remarks_and_titles(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 };
	struct grid grid = { .titles = { "t" },
			     .column_count = 1,
			     .remark_title = "r" };

	(void)state;
	grid_section(arena, &grid, HUNDRED " " HUNDRED);
	grid_line(arena, &grid, (struct line){ .cells = { "a" } });
	grid_remark(arena, &grid, HUNDRED " " TEN " " HUNDRED, TONE_PLAIN);
	text_grid(&grid, false, &out);
	assert_string_equal(out.data, "\n" HUNDRED "\n" HUNDRED "\n  t\n  a\n"
				      "    " HUNDRED " " TEN "\n"
				      "      " HUNDRED "\n");
}

static void words_begin_no_list(void **state)
{
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	markdown_title("# a", &out);
	markdown_words("- a", &out);
	markdown_words("1. a", &out);
	markdown_words("2023 was a year", &out);
	markdown_words("", &out);
	assert_string_equal(out.data, "# \\# a\n"
				      "\n\\- a\n"
				      "\n1\\. a\n"
				      "\n2023 was a year\n"
				      "\n\n");
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cell_cases) + 9] = {
		cmocka_unit_test(lines_up),
		cmocka_unit_test(sections_stand_apart),
		cmocka_unit_test(has_all_columns_in_csv),
		cmocka_unit_test(colors_on_demand),
		cmocka_unit_test(wraps_between_words),
		cmocka_unit_test(breaks_words_that_are_too_long),
		cmocka_unit_test(counts_columns_not_bytes),
		cmocka_unit_test(wraps_remarks_and_titles),
		cmocka_unit_test(words_begin_no_list),
	};

	for (size_t i = 0; i < COUNT_OF(cell_cases); i++)
		tests[9 + i] = (struct CMUnitTest){
			.name = cell_cases[i].name,
			.test_func = cannot_break_out,
			.initial_state = &cell_cases[i],
		};
	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
