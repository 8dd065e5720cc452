/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens of libconfig's syntax with their places, which libconfig does not tell.
 *
 * The rules are those of libconfig's own scanner, but stricter where that one is silent
 * or lets a value change: numbers that it would cut, NUL bytes, a comment or a text
 * that does not end.  @include is followed here.
 */
#pragma once

#include "base/diag.h"
#include "base/limits.h"
#include "site/input.h"

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_EQUALS,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_GROUP_OPEN,
	TOKEN_GROUP_CLOSE,
	TOKEN_LIST_OPEN,
	TOKEN_LIST_CLOSE,
	TOKEN_ARRAY_OPEN,
	TOKEN_ARRAY_CLOSE,
	TOKEN_TEXT,
	TOKEN_INTEGER,
	TOKEN_FLOAT,
	TOKEN_BOOLEAN,
	TOKEN_GARBAGE, /* a character that starts nothing */
};

struct token {
	enum token_kind kind;
	struct span span;
	const char *text; /* as written, quotes and escapes included */
	size_t length;
	int32_t integer; /* TOKEN_INTEGER */
	bool boolean;    /* TOKEN_BOOLEAN */
	bool broken;     /* a mistake in it was reported */
	bool is_open;    /* TOKEN_TEXT whose closing quote is missing */
};

/* Where the scanner stands in one text. */
struct frame {
	const struct source *source;
	const char *at, *end, *line_start;
	uint32_t line;
};

struct scanner {
	struct inputs *inputs;
	struct diags *diags;
	const char *main_folder; /* where includes are searched first */
	struct frame frames[LIMIT_INCLUDE_DEPTH + 1]; /* [0] is the main text */
	size_t depth;                                 /* of the frame that is read */
	struct span last;                             /* of the last token */
	bool failed; /* the text cannot be read as a whole, reported: a NUL byte */
	bool lost;   /* behind a syntax error, where texts begin is a guess */
};

void scanner_start(struct scanner *scanner, struct inputs *inputs, struct diags *diags,
		   const struct source *source) ALL_NONNULL;

/* The next token.  After the end, the end again. */
struct token scanner_next(struct scanner *scanner) ALL_NONNULL MUST_USE;

/* Whether a text that begins behind the last token, in its line, does not end there. */
bool scanner_line_is_open(const struct scanner *scanner) ALL_NONNULL MUST_USE;

/* Stands at the start of `source`, in the frame of the scanner's depth. */
void scanner_enter(struct scanner *scanner, const struct source *source) ALL_NONNULL;

/* The place of `length` bytes from `from` on, which lie in the frame's line. */
struct span frame_span(const struct frame *frame, const char *from,
		       size_t length) ALL_NONNULL MUST_USE;

/* `@include` at `frame`'s place: reads the file and stands at its start. */
void scanner_include(struct scanner *scanner) ALL_NONNULL;

/* Whether `@include` and the opening quote of its name stand at the frame's place. */
bool frame_at_include(const struct frame *frame, size_t *length) ALL_NONNULL;

/*
 * One number at the start of `text`: its length as libconfig's scanner has it, 0 when
 * there is none.  A number that does not fit 32 bits, or has the suffix L, is broken.
 */
struct number {
	size_t length;
	bool is_float, fits, is_long;
	int32_t value;
};

struct number number_at(const char *text, const char *end) ALL_NONNULL MUST_USE;
