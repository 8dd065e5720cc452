/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens of libconfig's syntax: one function for each kind that has a form of its own.
 */
#include <string.h>
#include <strings.h>

#include "site/scan.h"

struct span frame_span(const struct frame *frame, const char *from, size_t length)
{
	return (struct span){
		.source = frame->source,
		.line = frame->line,
		.column = (uint32_t)(from - frame->line_start) + 1,
		.length = (uint32_t)length,
	};
}

static struct frame *frame_of(struct scanner *scanner)
{
	return &scanner->frames[scanner->depth];
}

/* The bytes 0xEF 0xBB 0xBF, which editors of another system put first. */
static void skip_byte_order_mark(struct scanner *scanner)
{
	struct frame *frame = frame_of(scanner);

	if (frame->source->length < 3 || memcmp(frame->at, "\xef\xbb\xbf", 3) != 0)
		return;
	diag_error(scanner->diags, DIAG_SYNTAX, frame_span(frame, frame->at, 3),
		   "the file starts with a byte order mark");
	diag_note(scanner->diags, (struct span){ 0 },
		  "save it as UTF-8 without a byte order mark");
	frame->at += 3;
}

/* The file is not what an editor shows of it: the scanner stands at its end then. */
static void refuse_bytes(struct scanner *scanner, const char *from, size_t length,
			 const char *words)
{
	struct frame *frame = frame_of(scanner);

	scanner->failed = true;
	diag_error(scanner->diags, DIAG_LITERAL,
		   source_span(frame->source, (size_t)(from - frame->source->text),
			       length),
		   "%s", words);
	frame->at = frame->end;
}

/* A carriage return alone: some editors end a line there, and with it a comment. */
static const char *find_lone_return(const struct source *source)
{
	const char *end = source->text + source->length, *at = source->text;

	while ((at = memchr(at, '\r', (size_t)(end - at))) && at[1] == '\n')
		at++;
	return at;
}

static void check_bytes(struct scanner *scanner)
{
	const struct source *source = frame_of(scanner)->source;
	const char *nul = memchr(source->text, '\0', source->length);
	const char *lone_return = find_lone_return(source);

	if (source->length >= 2 && (!memcmp(source->text, "\xff\xfe", 2) ||
				    !memcmp(source->text, "\xfe\xff", 2)))
		refuse_bytes(scanner, source->text, 2,
			     "the file is UTF-16: save it as UTF-8 without a byte "
			     "order mark");
	else if (nul)
		refuse_bytes(scanner, nul, 1,
			     "the file holds a NUL byte: it is not a text");
	else if (lone_return)
		refuse_bytes(scanner, lone_return, 1,
			     "the line ends with a carriage return alone: expected a "
			     "line feed");
}

void scanner_enter(struct scanner *scanner, const struct source *source)
{
	*frame_of(scanner) = (struct frame){
		.source = source,
		.at = source->text,
		.end = source->text + source->length,
		.line_start = source->text,
		.line = 1,
	};
	skip_byte_order_mark(scanner);
	check_bytes(scanner);
}

void scanner_start(struct scanner *scanner, struct inputs *inputs, struct diags *diags,
		   const struct source *source)
{
	*scanner = (struct scanner){
		.inputs = inputs,
		.diags = diags,
		.main_folder = path_folder(inputs->arena, source->name),
		.last = { .source = source, .line = 1, .column = 1 },
	};
	scanner_enter(scanner, source);
}

static void newline(struct frame *frame)
{
	frame->at++;
	frame->line++;
	frame->line_start = frame->at;
}

static void skip_line(struct frame *frame)
{
	const char *end = memchr(frame->at, '\n', (size_t)(frame->end - frame->at));

	frame->at = end ? end : frame->end;
}

/* The place is behind the comment's opening. */
static void skip_comment(struct scanner *scanner, struct span opening)
{
	struct frame *frame = frame_of(scanner);

	for (; frame->at < frame->end; frame->at++) {
		if (frame->at[0] == '*' && frame->at[1] == '/') {
			frame->at += 2;
			return;
		}
		if (*frame->at == '\n') {
			frame->line++;
			frame->line_start = frame->at + 1;
		}
	}
	diag_error(
		scanner->diags, DIAG_SYNTAX, opening,
		"the comment is not closed: expected \"*/\" before the end of the file");
}

/* Whether a blank or a comment stood here and was passed over. */
static bool skip_one_blank(struct scanner *scanner)
{
	struct frame *frame = frame_of(scanner);

	if (frame->at == frame->end)
		return false;
	if (*frame->at == '\n') {
		newline(frame);
		return true;
	}
	if (strchr(" \t\r\f", *frame->at) && *frame->at) {
		frame->at++;
		return true;
	}
	/* the text is NUL-ended: at[1] is there */
	if (frame->at[0] == '#' || (frame->at[0] == '/' && frame->at[1] == '/')) {
		skip_line(frame);
		return true;
	}
	if (frame->at[0] == '/' && frame->at[1] == '*') {
		struct span opening = frame_span(frame, frame->at, 2);

		frame->at += 2;
		skip_comment(scanner, opening);
		return true;
	}
	return false;
}

/* To the next token's first byte, through includes; false at the end of it all. */
static bool skip_to_token(struct scanner *scanner)
{
	for (;;) {
		struct frame *frame = frame_of(scanner);
		size_t length;

		if (skip_one_blank(scanner))
			continue;
		if (frame->at < frame->end && frame_at_include(frame, &length))
			scanner_include(scanner);
		else if (frame->at < frame->end)
			return true;
		else if (scanner->depth)
			scanner->depth--;
		else
			return false;
	}
}

static bool is_name_start(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '*';
}

static bool is_name_byte(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static void take_name(const struct frame *frame, struct token *token)
{
	const char *at = frame->at;

	while (at < frame->end && is_name_byte(*at))
		at++;
	token->length = (size_t)(at - frame->at);
	token->kind = TOKEN_NAME;
	if ((token->length == 4 && !strncasecmp(frame->at, "true", 4)) ||
	    (token->length == 5 && !strncasecmp(frame->at, "false", 5))) {
		token->kind = TOKEN_BOOLEAN;
		token->boolean = token->length == 4;
	}
}

/* Whether \x00 stands in a text: libconfig would end the text there. */
static bool holds_nul_escape(const char *text, size_t length)
{
	for (size_t i = 0; i + 3 < length; i++) {
		if (text[i] != '\\')
			continue;
		if ((text[i + 1] | 0x20) == 'x' && text[i + 2] == '0' &&
		    text[i + 3] == '0')
			return true;
		i++;
	}
	return false;
}

/* A text ends in its line: free text holds no control character anyway. */
static void take_text(struct scanner *scanner, struct token *token)
{
	const struct frame *frame = frame_of(scanner);
	const char *at = frame->at + 1;

	token->kind = TOKEN_TEXT;
	while (at < frame->end && *at != '"' && *at != '\n')
		at += *at == '\\' && at + 1 < frame->end && at[1] != '\n' ? 2 : 1;

	bool closed = at < frame->end && *at == '"';

	token->length = (size_t)(at - frame->at) + closed;
	token->span.length = (uint32_t)token->length;
	if (!closed) {
		token->broken = token->is_open = true;
		if (!scanner->lost)
			diag_error(scanner->diags, DIAG_SYNTAX,
				   frame_span(frame, frame->at, 1),
				   "the text is not closed: expected a double quote "
				   "before the end of the line");
	} else if (holds_nul_escape(token->text, token->length)) {
		token->broken = true;
		diag_error(scanner->diags, DIAG_LITERAL, token->span,
			   "a text cannot hold a NUL byte");
	}
}

bool scanner_line_is_open(const struct scanner *scanner)
{
	const struct frame *frame = &scanner->frames[scanner->depth];
	bool inside = false;

	/* the text is NUL-ended: at[1] is there */
	for (const char *at = frame->at; at < frame->end && *at != '\n'; at++) {
		if (*at == '"')
			inside = !inside;
		else if (inside && *at == '\\' && at[1] && at[1] != '\n')
			at++;
		else if (!inside &&
			 (*at == '#' || (*at == '/' && (at[1] == '/' || at[1] == '*'))))
			break;
	}
	return inside;
}

static bool take_number(struct scanner *scanner, struct token *token)
{
	const struct frame *frame = frame_of(scanner);
	struct number number = number_at(frame->at, frame->end);

	if (!number.length)
		return false;
	token->kind = number.is_float ? TOKEN_FLOAT : TOKEN_INTEGER;
	token->length = number.length;
	token->span.length = (uint32_t)number.length;
	token->integer = number.value;
	token->broken = !number.fits || number.is_long;
	if (!number.fits)
		diag_error(scanner->diags, DIAG_LITERAL, token->span,
			   "the number does not fit 32 bits: libconfig would read "
			   "another one");
	else if (number.is_long)
		diag_error(scanner->diags, DIAG_LITERAL, token->span,
			   "no number here needs 64 bits: expected %d",
			   (int)number.value);
	return true;
}

static enum token_kind kind_of_sign(char c)
{
	/* clang-format off */
	static const struct {
		char sign;
		enum token_kind kind;
	} signs[] = {
		{ '=', TOKEN_EQUALS },      { ':', TOKEN_EQUALS },
		{ ',', TOKEN_COMMA },       { ';', TOKEN_SEMICOLON },
		{ '{', TOKEN_GROUP_OPEN },  { '}', TOKEN_GROUP_CLOSE },
		{ '(', TOKEN_LIST_OPEN },   { ')', TOKEN_LIST_CLOSE },
		{ '[', TOKEN_ARRAY_OPEN },  { ']', TOKEN_ARRAY_CLOSE },
	};

	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(signs); i++)
		if (signs[i].sign == c)
			return signs[i].kind;
	return TOKEN_GARBAGE;
}

/* Bytes that belong to one character are shown together. */
static size_t garbage_length(const struct frame *frame)
{
	const char *at = frame->at + 1;

	while (at < frame->end && ((unsigned char)*at & 0xc0u) == 0x80)
		at++;
	return (size_t)(at - frame->at);
}

struct token scanner_next(struct scanner *scanner)
{
	struct token token = { .kind = TOKEN_END, .span = scanner->last };

	if (!skip_to_token(scanner)) {
		token.span.column += token.span.length;
		token.span.length = 0;
		return token;
	}

	struct frame *frame = frame_of(scanner);

	token.text = frame->at;
	token.span = frame_span(frame, frame->at, 1);
	if (is_name_start(*frame->at)) {
		take_name(frame, &token);
	} else if (*frame->at == '"') {
		take_text(scanner, &token);
	} else if (!take_number(scanner, &token)) {
		token.kind = kind_of_sign(*frame->at);
		token.length = token.kind == TOKEN_GARBAGE ? garbage_length(frame) : 1;
	}
	token.span.length = (uint32_t)token.length;
	frame->at += token.length;
	scanner->last = token.span;
	return token;
}
