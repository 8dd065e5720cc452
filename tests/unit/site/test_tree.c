/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values with their places, and the mistakes of a text, all in one run. */
#include "site/tree.h"
#include "unit/site/reading.h"

/* clang-format off */
static struct tree_case {
	const char *text;
	const char *values; /* NULL: no tree */
	const char *said;   /* LINE:COLUMN TEXT of each error, one a line */
} cases[] = {
	{ "", "{ }", "" },
	{ "a = 1;", "{ a=1 }", "" },
	{ "a = 1, b = 2 c = 3", "{ a=1 b=2 c=3 }", "" },
	{ "a : { b = { c = true; }; };", "{ a={ b={ c=true } } }", "" },
	{ "a = (1, \"x\", ( ), [ ], { });", "{ a=( 1 text ( ) [ ] { } ) }", "" },
	{ "a = [ 1, 2 ];", "{ a=[ 1 2 ] }", "" },
	{ "a = \"x\" \"y\";", "{ a=text }", "" },
	{ "a = -5; b = 0x10; c = 1.5;", "{ a=-5 b=16 c=float }", "" },
	/* mistakes that leave a tree, so that the rest is checked as well */
	{ "a = 1;\na = 2;", "{ a=1 a=2? }", "2:1 \"a\" is given twice\n" },
	{ "a = { b = 1; b = 2; };", "{ a={ b=1 b=2? } }", "1:14 \"b\" is given twice\n" },
	{ "a = [ 1, \"x\" ];", "{ a=[ 1 text! ] }",
	  "1:10 an array holds one kind: expected a number, found a text\n" },
	{ "a = 4294967318;\nb = 99999999999;", "{ a=0! b=0! }",
	  "1:5 the number does not fit 32 bits: libconfig would read another one\n"
	  "2:5 the number does not fit 32 bits: libconfig would read another one\n" },
	/* syntax: the first mistake, and numbers behind it */
	{ "a", NULL, "1:2 expected \"=\", found the end of the file\n" },
	{ "a = ;", NULL, "1:5 expected a value, found \";\"\n" },
	{ "a = b;", NULL, "1:5 expected a value, found \"b\"\n" },
	{ "= 1", NULL, "1:1 expected a name, found \"=\"\n" },
	{ "a = 1;; b = 2;", NULL, "1:7 expected a name, found \";\"\n" },
	{ "a = (1, );", NULL, "1:9 expected a value, found \")\"\n" },
	{ "a = (1 2);", NULL, "1:8 expected \",\" or \")\", found \"2\"\n" },
	{ "a = [1, (2)];", NULL, "1:9 expected a plain value, found \"(\"\n" },
	{ "a = { b = 1;", NULL, "1:13 expected a name or \"}\", found the end of the file\n" },
	{ "a = 192.0.2.1;", NULL, "1:10 expected a name, found \".2\"\n" },
	{ "a = 'x';", NULL, "1:5 expected a value, found \"'\"\n" },
	{ "a = ;\nb = 99999999999;", NULL,
	  "1:5 expected a value, found \";\"\n"
	  "2:5 the number does not fit 32 bits: libconfig would read another one\n" },
};

/* clang-format on */

static void print_value(const struct value *value, struct buffer *out);

static void print_members(const struct value *value, const char *open,
			  const char *close, struct buffer *out)
{
	size_t count = 0;

	buffer_format(out, "%s ", open);
	for (const struct value *one = value->first; one; one = one->next) {
		if (one->key) {
			buffer_format(out, "%s=", one->key);
			assert_int_equal(one->key_span.length, strlen(one->key));
		}
		print_value(one, out);
		buffer_char(out, ' ');
		count++;
	}
	buffer_text(out, close);
	assert_int_equal(value->count, count);
}

static void print_value(const struct value *value, struct buffer *out)
{
	switch (value->kind) {
	case VALUE_GROUP:
		print_members(value, "{", "}", out);
		break;
	case VALUE_LIST:
		print_members(value, "(", ")", out);
		break;
	case VALUE_ARRAY:
		print_members(value, "[", "]", out);
		break;
	case VALUE_TEXT:
		buffer_text(out, "text");
		break;
	case VALUE_INTEGER:
		buffer_format(out, "%d", (int)value->integer);
		break;
	case VALUE_FLOAT:
		buffer_text(out, "float");
		break;
	case VALUE_BOOLEAN:
		buffer_text(out, value->boolean ? "true" : "false");
		break;
	}
	buffer_text(out, value->duplicate ? "?" : "");
	buffer_text(out, value->broken ? "!" : "");
}

static const char *errors_said(void)
{
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "");
	for (const struct diag *diag = diags.first; diag; diag = diag->next)
		if (diag->severity == SEVERITY_ERROR)
			buffer_format(&text, "%u:%u %s\n", (unsigned)diag->span.line,
				      (unsigned)diag->span.column, diag->text);
	return arena_string(arena, text.data);
}

static void parses(void **state)
{
	const struct tree_case *c = *state;
	struct buffer flat AUTO_BUFFER = { 0 }, values AUTO_BUFFER = { 0 };
	struct tree tree = { .flat = &flat };
	const struct source *source =
		source_new(arena, "a.cfg", c->text, strlen(c->text));
	bool good = tree_parse(inputs, &diags, source, &tree);

	assert_string_equal(errors_said(), c->said);
	assert_int_equal(good, c->values != NULL);
	if (!good)
		return;
	print_value(tree.root, &values);
	assert_string_equal(values.data, c->values);
}

/* The parsers recurse, so the depth of a text is bounded. */
static void bounds_the_nesting(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 }, flat AUTO_BUFFER = { 0 };
	struct tree tree = { .flat = &flat };

	(void)state;
	buffer_text(&text, "a = ");
	for (size_t i = 0; i < 100000; i++)
		buffer_char(&text, '(');
	assert_false(tree_parse(inputs, &diags,
				source_new(arena, "a.cfg", text.data, text.length),
				&tree));
	assert_message("values are nested deeper than 16");
}

/* Groups are quadratic in libconfig, so their size is bounded. */
static void bounds_the_keys(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 }, flat AUTO_BUFFER = { 0 };
	struct tree tree = { .flat = &flat };

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		buffer_format(&text, "k%zu = 1;", i);
	assert_false(tree_parse(inputs, &diags,
				source_new(arena, "a.cfg", text.data, text.length),
				&tree));
	assert_message("the group has more keys than 128");
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases) + 2];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].text, parses, reading_begin,
						reading_end, &cases[i] };
	tests[COUNT_OF(cases)] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		bounds_the_nesting, reading_begin, reading_end);
	tests[COUNT_OF(cases) + 1] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		bounds_the_keys, reading_begin, reading_end);
	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
