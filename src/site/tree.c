/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of libconfig over tokens.
 *
 * Mistakes of which libconfig would tell less (a key given twice, an array of mixed
 * types) are told here, and replaced in the text that libconfig gets to see, so that
 * the rest of the file can be checked in the same run.
 */
#include <string.h>

#include "site/tree.h"

enum {
	/* the language itself nests five deep; the parsers recurse */
	NESTING_MAX = 16,
	/* the language has some thirty keys; groups are quadratic in libconfig */
	KEY_MAX = 128,
	/* bytes of a text that a message repeats */
	SHOWN_BYTES = 40,
};

struct parser {
	struct scanner scanner;
	struct arena *arena;
	struct diags *diags;
	struct buffer *flat;
	struct token before, token;
	const char *replacement; /* what libconfig sees instead of the token */
	unsigned nesting;
};

/* `array`: the one that the value is a member of; else NULL. */
static bool parse_value(struct parser *parser, struct value *value,
			const struct value *array);

/* clang-format off */
static const char *const kind_words[] = {
	[VALUE_GROUP]   = "a group",
	[VALUE_LIST]    = "a list",
	[VALUE_ARRAY]   = "an array",
	[VALUE_TEXT]    = "a text",
	[VALUE_INTEGER] = "a number",
	[VALUE_FLOAT]   = "a number with a decimal point",
	[VALUE_BOOLEAN] = "true or false",
};

/* clang-format on */

const char *value_kind_words(enum value_kind kind)
{
	return kind_words[kind];
}

/* Behind a text that does not end, the line is read the wrong way round: no word of it.
 */
static void take_token(struct parser *parser)
{
	parser->token = scanner_next(&parser->scanner);
	if (!parser->token.is_open)
		return;
	parser->token.kind = TOKEN_GARBAGE;
	parser->token.text = "";
}

/* Hands the token on to libconfig's text, and takes the next. */
static void advance(struct parser *parser)
{
	if (parser->replacement)
		buffer_text(parser->flat, parser->replacement);
	else if (parser->token.broken)
		buffer_text(parser->flat,
			    parser->token.kind == TOKEN_TEXT ? "\"\"" : "0");
	else
		buffer_add(parser->flat, parser->token.text, parser->token.length);
	buffer_char(parser->flat, ' ');
	parser->replacement = NULL;
	parser->before = parser->token;
	take_token(parser);
}

static const char *found(struct parser *parser)
{
	const struct token *token = &parser->token;

	if (token->kind == TOKEN_END)
		return "the end of the file";
	if (token->length > SHOWN_BYTES || token->kind == TOKEN_TEXT)
		return token->kind == TOKEN_TEXT ? "a text" : "a long word";
	if (token->kind == TOKEN_GARBAGE && *token->text == '"')
		return "a quote";
	return arena_format(parser->arena, "\"%.*s\"", (int)token->length, token->text);
}

static bool same_line(const struct span *a, const struct span *b)
{
	return a->source == b->source && a->line == b->line;
}

/* Quotes of a word processor, single or double, low or high. */
static bool is_curly_quote(const char *text)
{
	unsigned char last =
		(unsigned char)(strncmp(text, "\xe2\x80", 2) ? 0 : text[2]);

	return last >= 0x98 && last <= 0x9f;
}

/* What to type instead, for the slips that are made most. */
static const char *hint_of(const struct parser *parser, const char *expected)
{
	const struct token *token = &parser->token, *before = &parser->before;
	bool adjacent = same_line(&before->span, &token->span) &&
			before->span.column + before->span.length == token->span.column;

	if (before->kind == TOKEN_COMMA &&
	    (token->kind == TOKEN_LIST_CLOSE || token->kind == TOKEN_ARRAY_CLOSE))
		return "no comma may stand behind the last member";
	if ((before->kind == TOKEN_FLOAT || before->kind == TOKEN_INTEGER) && adjacent)
		return "addresses, ranges and dates are texts: put them in double quotes";
	if (scanner_line_is_open(&parser->scanner))
		return "a double quote is missing in this line";
	if (token->kind == TOKEN_GARBAGE &&
	    (*token->text == '\'' || is_curly_quote(token->text)))
		return "texts stand in double quotes, like this: \"text\"";
	if (token->kind == TOKEN_GARBAGE && *token->text == '@')
		return "@include \"FILE\" stands at the start of a line";
	if (token->kind == TOKEN_NAME && !strncmp(expected, "a value", 7))
		return "texts stand in double quotes; the only words are true and false";
	if (before->kind == TOKEN_SEMICOLON && token->kind == TOKEN_SEMICOLON)
		return "one separator is enough";
	if (before->kind == TOKEN_ARRAY_OPEN && token->kind != TOKEN_NAME)
		return "an array holds plain values only: write ( ) instead of [ ]";
	if (token->kind == TOKEN_GROUP_OPEN && before->kind == TOKEN_END)
		return "keys stand without braces around them all: site = \"NAME\";";
	if (token->kind == TOKEN_GROUP_OPEN && before->kind == TOKEN_NAME)
		return "a group is written NAME = { ... }";
	return NULL;
}

/* `opening`: of the group, list or array in which it went wrong; or NULL. */
static bool syntax_error(struct parser *parser, const char *expected,
			 const struct span *opening)
{
	const struct token *token = &parser->token;
	const char *hint = hint_of(parser, expected);

	if (token->kind == TOKEN_GARBAGE && !*token->text)
		return false; /* a text without its end, reported */
	diag_error(parser->diags, DIAG_SYNTAX, token->span, "expected %s, found %s",
		   expected, found(parser));
	if (hint)
		diag_note(parser->diags, (struct span){ 0 }, "%s", hint);
	if (opening)
		diag_note(parser->diags, *opening, "opened here");
	return false;
}

static bool limit_error(struct parser *parser, const char *what, int limit)
{
	return diag_error(parser->diags, DIAG_LIMIT, parser->token.span, "%s than %d",
			  what, limit);
}

static struct value *find_key(const struct value *group, const char *text,
			      size_t length)
{
	for (struct value *member = group->first; member; member = member->next)
		if (!member->duplicate && strlen(member->key) == length &&
		    !memcmp(member->key, text, length))
			return member;
	return NULL;
}

/* The key is told as a mistake and gets a name of its own for libconfig. */
static void note_duplicate(struct parser *parser, const struct value *group,
			   const struct value *first, struct value *member)
{
	const struct token *token = &parser->token;

	diag_error(parser->diags, DIAG_DUPLICATE, token->span, "%s is given twice",
		   found(parser));
	diag_note(parser->diags, first->key_span, "first given here");
	member->duplicate = true;
	parser->replacement =
		arena_format(parser->arena, "duplicate*%zu", group->count);
}

/* NAME = VALUE, with or without one separator behind it. */
static bool parse_member(struct parser *parser, struct value *group,
			 struct value *member, const struct span *opening)
{
	struct token name = parser->token;
	const struct value *first;

	if (name.kind != TOKEN_NAME)
		return syntax_error(parser, opening ? "a name or \"}\"" : "a name",
				    opening);
	if (group->count == KEY_MAX)
		return limit_error(parser, "the group has more keys", KEY_MAX);

	first = find_key(group, name.text, name.length);
	if (first)
		note_duplicate(parser, group, first, member);
	member->key = arena_copy(parser->arena, name.text, name.length);
	member->key_span = name.span;
	advance(parser);
	if (parser->token.kind != TOKEN_EQUALS)
		return syntax_error(parser, "\"=\"", NULL);
	advance(parser);
	if (!parse_value(parser, member, NULL))
		return false;
	if (parser->token.kind == TOKEN_SEMICOLON || parser->token.kind == TOKEN_COMMA)
		advance(parser);
	return true;
}

/* Up to `close`, which is left to the caller. */
static bool parse_members(struct parser *parser, struct value *group,
			  enum token_kind close, const struct span *opening)
{
	struct value **tail = &group->first;

	while (parser->token.kind != close) {
		struct value *member = arena_alloc(parser->arena, sizeof(*member));

		if (!parse_member(parser, group, member, opening))
			return false;
		*tail = member;
		tail = &member->next;
		group->count++;
	}
	return true;
}

/* A text may be written as several, one behind the other. */
static void take_texts(struct parser *parser, struct value *value, bool hidden)
{
	while (parser->token.kind == TOKEN_TEXT) {
		const struct span *next = &parser->token.span;

		value->broken |= parser->token.broken;
		if (same_line(&value->span, next))
			value->span.length =
				next->column + next->length - value->span.column;
		if (hidden)
			parser->replacement = "";
		advance(parser);
	}
}

/* Tells of a member that is not of its array's kind, and hides it from libconfig. */
static void check_array_kind(struct parser *parser, const struct value *array,
			     struct value *member)
{
	/* clang-format off */
	static const char *const blanks[] = {
		[VALUE_TEXT]    = "\"\"",
		[VALUE_INTEGER] = "0",
		[VALUE_FLOAT]   = "0.0",
		[VALUE_BOOLEAN] = "false",
	};
	/* clang-format on */
	enum value_kind kind = array->first->kind;

	if (kind == member->kind)
		return;
	diag_error(parser->diags, DIAG_SYNTAX, member->span,
		   "an array holds one kind: expected %s, found %s", kind_words[kind],
		   kind_words[member->kind]);
	diag_note(parser->diags, (struct span){ 0 },
		  "a list may hold several kinds: write ( ) instead of [ ]");
	member->broken = true;
	parser->replacement = blanks[kind];
}

static void parse_scalar(struct parser *parser, struct value *value,
			 enum value_kind kind, const struct value *array)
{
	const struct token *token = &parser->token;

	value->kind = kind;
	value->integer = token->integer;
	value->boolean = token->boolean;
	value->broken |= token->broken;
	if (array && array->first)
		check_array_kind(parser, array, value);

	bool hidden = parser->replacement != NULL;

	advance(parser);
	if (kind == VALUE_TEXT)
		take_texts(parser, value, hidden);
}

/* Members with commas between them, up to `close`. */
static bool parse_elements(struct parser *parser, struct value *value,
			   enum token_kind close)
{
	struct value **tail = &value->first;
	const struct value *array = value->kind == VALUE_ARRAY ? value : NULL;

	while (value->count || parser->token.kind != close) {
		struct value *member = arena_alloc(parser->arena, sizeof(*member));

		if (!parse_value(parser, member, array))
			return false;
		*tail = member;
		tail = &member->next;
		value->count++;
		if (parser->token.kind == close)
			break;
		if (parser->token.kind != TOKEN_COMMA)
			return syntax_error(parser,
					    array ? "\",\" or \"]\"" : "\",\" or \")\"",
					    &value->span);
		advance(parser);
	}
	return true;
}

/* A group, list or array, from its opening to its end. */
static bool parse_compound(struct parser *parser, struct value *value,
			   enum value_kind kind, enum token_kind close)
{
	bool good;

	if (parser->nesting == NESTING_MAX)
		return limit_error(parser, "values are nested deeper", NESTING_MAX);
	parser->nesting++;
	value->kind = kind;
	advance(parser);
	if (kind == VALUE_GROUP)
		good = parse_members(parser, value, close, &value->span);
	else
		good = parse_elements(parser, value, close);
	if (!good)
		return false;
	advance(parser);
	parser->nesting--;
	return true;
}

static bool parse_value(struct parser *parser, struct value *value,
			const struct value *array)
{
	/* clang-format off */
	static const struct form {
		enum token_kind open;
		bool is_scalar;
		enum value_kind kind;
		enum token_kind close;
	} forms[] = {
		{ TOKEN_TEXT,       true,  VALUE_TEXT,    TOKEN_END },
		{ TOKEN_INTEGER,    true,  VALUE_INTEGER, TOKEN_END },
		{ TOKEN_FLOAT,      true,  VALUE_FLOAT,   TOKEN_END },
		{ TOKEN_BOOLEAN,    true,  VALUE_BOOLEAN, TOKEN_END },
		{ TOKEN_GROUP_OPEN, false, VALUE_GROUP,   TOKEN_GROUP_CLOSE },
		{ TOKEN_LIST_OPEN,  false, VALUE_LIST,    TOKEN_LIST_CLOSE },
		{ TOKEN_ARRAY_OPEN, false, VALUE_ARRAY,   TOKEN_ARRAY_CLOSE },
	};

	/* clang-format on */
	const char *expected = array ? "a plain value" : "a value";

	value->span = parser->token.span;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const struct form *form = &forms[i];

		if (form->open != parser->token.kind || (array && !form->is_scalar))
			continue;
		if (!form->is_scalar)
			return parse_compound(parser, value, form->kind, form->close);
		parse_scalar(parser, value, form->kind, array);
		return true;
	}
	return syntax_error(parser, expected, array ? &array->span : NULL);
}

bool tree_parse(struct inputs *inputs, struct diags *diags, const struct source *source,
		struct tree *tree)
{
	struct parser parser = {
		.arena = inputs->arena,
		.diags = diags,
		.flat = tree->flat,
	};
	struct value *root = arena_alloc(inputs->arena, sizeof(*root));

	root->kind = VALUE_GROUP;
	root->span = (struct span){ .source = source };
	tree->root = root;
	scanner_start(&parser.scanner, inputs, diags, source);
	take_token(&parser);
	if (parse_members(&parser, root, TOKEN_END, NULL))
		return !parser.scanner.failed;

	/* behind a syntax error nothing has a meaning, but numbers still have a size */
	parser.scanner.lost = true;
	while (parser.token.kind != TOKEN_END && !parser.token.is_open)
		parser.token = scanner_next(&parser.scanner);
	return false;
}
