/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens: their kinds and places, and what libconfig would have passed over. */
#include "site/scan.h"
#include "unit/site/reading.h"

/* clang-format off */
static const char *const kind_names[] = {
	[TOKEN_NAME]        = "name",
	[TOKEN_EQUALS]      = "=",
	[TOKEN_COMMA]       = ",",
	[TOKEN_SEMICOLON]   = ";",
	[TOKEN_GROUP_OPEN]  = "{",
	[TOKEN_GROUP_CLOSE] = "}",
	[TOKEN_LIST_OPEN]   = "(",
	[TOKEN_LIST_CLOSE]  = ")",
	[TOKEN_ARRAY_OPEN]  = "[",
	[TOKEN_ARRAY_CLOSE] = "]",
	[TOKEN_TEXT]        = "text",
	[TOKEN_INTEGER]     = "integer",
	[TOKEN_FLOAT]       = "float",
	[TOKEN_BOOLEAN]     = "boolean",
	[TOKEN_GARBAGE]     = "garbage",
};

/* Tokens as KIND@LINE:COLUMN+LENGTH, with "!" when broken. */
static struct scan_case {
	const char *text, *tokens;
	const char *said; /* LINE:COLUMN TEXT; NULL: nothing */
} cases[] = {
	{ "", "", NULL },
	{ " \t\n\n", "", NULL },
	{ "a = 1;", "name@1:1+1 =@1:3+1 integer@1:5+1 ;@1:6+1", NULL },
	{ "a:\"x\"", "name@1:1+1 =@1:2+1 text@1:3+3", NULL },
	{ "a-b_c*9", "name@1:1+7", NULL },
	{ "{([])}", "{@1:1+1 (@1:2+1 [@1:3+1 ]@1:4+1 )@1:5+1 }@1:6+1", NULL },
	{ "a,\r\n  b", "name@1:1+1 ,@1:2+1 name@2:3+1", NULL },
	{ "true FALSE truely", "boolean@1:1+4 boolean@1:6+5 name@1:12+6", NULL },
	{ "\"a\\\"b\" c", "text@1:1+6 name@1:8+1", NULL },
	{ "\"\\\\\" c", "text@1:1+4 name@1:6+1", NULL },
	{ "\"\"\"\"", "text@1:1+2 text@1:3+2", NULL },
	{ "\"# no // comment\" /* yes */ a", "text@1:1+17 name@1:29+1", NULL },
	{ "a # = 1\nb", "name@1:1+1 name@2:1+1", NULL },
	{ "a // = 1\nb", "name@1:1+1 name@2:1+1", NULL },
	{ "/* \n\n */ a", "name@3:5+1", NULL },
	{ "/* * / ** */a", "name@1:13+1", NULL },
	{ "# at the end", "", NULL },
	{ "1.5 0x1F 22", "float@1:1+3 integer@1:5+4 integer@1:10+2", NULL },
	{ "192.0.2.1", "float@1:1+5 float@1:6+2 float@1:8+2", NULL },
	{ "\xc3\xa4 @x '", "garbage@1:1+2 garbage@1:4+1 name@1:5+1 garbage@1:7+1", NULL },
	{ "4294967318", "integer@1:1+10!", "1:1 the number does not fit 32 bits" },
	{ "a\n  = 22L;", "name@1:1+1 =@2:3+1 integer@2:5+3! ;@2:8+1",
	  "2:5 no number here needs 64 bits: expected 22" },
	{ "a = \"b\nc", "name@1:1+1 =@1:3+1 text@1:5+2! name@2:1+1", "1:5 the text is not closed" },
	{ "a \"b\\", "name@1:1+1 text@1:3+3!", "1:3 the text is not closed" },
	{ "\"a\\x00b\"", "text@1:1+8!", "1:1 a text cannot hold a NUL byte" },
	{ "\"a\\\\x00b\"", "text@1:1+9", NULL },
	{ "a /* b", "name@1:1+1", "1:3 the comment is not closed" },
	{ "\xef\xbb\xbf" "a", "name@1:4+1", "1:1 the file starts with a byte order mark" },
};

/* clang-format on */

/* What a message says behind its place. */
static const char *said(void)
{
	const struct diag *diag = diags.first;

	return diag ? arena_format(arena, "%u:%u %s", (unsigned)diag->span.line,
				   (unsigned)diag->span.column, diag->text)
		    : NULL;
}

static const char *tokens_of(struct scanner *scanner)
{
	struct buffer text AUTO_BUFFER = { 0 };
	struct token token;

	buffer_text(&text, "");
	while ((token = scanner_next(scanner)).kind != TOKEN_END)
		buffer_format(&text, "%s%s@%u:%u+%u%s", text.length ? " " : "",
			      kind_names[token.kind], (unsigned)token.span.line,
			      (unsigned)token.span.column, (unsigned)token.span.length,
			      token.broken ? "!" : "");
	assert_int_equal(scanner_next(scanner).kind, TOKEN_END);
	return arena_string(arena, text.data);
}

static void scans(void **state)
{
	const struct scan_case *c = *state;
	struct scanner scanner;

	scanner_start(&scanner, inputs, &diags,
		      source_new(arena, "a.cfg", c->text, strlen(c->text)));
	assert_string_equal(tokens_of(&scanner), c->tokens);
	if (!c->said)
		assert_null(said());
	else if (!said() || strncmp(said(), c->said, strlen(c->said)) != 0)
		fail_msg("expected: %s\nsaid: %s", c->said, said() ? said() : "");
	assert_false(scanner.failed);
}

static void finds_nul_bytes(void **state)
{
	static const char text[] = "a = 1;\nb = \"x\0y\";";
	struct scanner scanner;

	(void)state;
	scanner_start(&scanner, inputs, &diags,
		      source_new(arena, "a.cfg", text, sizeof(text) - 1));
	assert_true(scanner.failed);
	assert_string_equal(said(), "2:7 the file holds a NUL byte: it is not a text");
	(void)tokens_of(&scanner); /* and comes to an end */
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases) + 1];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].text, scans, reading_begin,
						reading_end, &cases[i] };
	tests[COUNT_OF(cases)] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		finds_nul_bytes, reading_begin, reading_end);
	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
