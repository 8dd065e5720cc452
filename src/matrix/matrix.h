/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix: the flows as a table.  Of a profile it prints the vendor's document
 * back, row by row; of a site, which flows are open on which hosts and why not.
 */
#pragma once

#include <jansson.h>

#include "compile/grant.h"

enum matrix_format { MATRIX_TEXT, MATRIX_MARKDOWN, MATRIX_CSV, MATRIX_JSON };

struct matrix_row {
	const struct flow *flow;
	const char *from, *to;        /* names, comma separated */
	const char *protocol, *ports; /* "tcp", "135, 1025-65535"; one row each item */
	bool open;                    /* on at least one host; profiles: not closed */
	const char *hosts;            /* open on these: "sensor-1 (in), ..." */
	const char *why;              /* not open: the reason; else NULL */
};

struct matrix {
	const struct site *site;
	const struct actor *host; /* NULL: all */
	const struct matrix_row *rows;
	size_t row_count;
};

/* `host` NULL: every host of the site. */
const struct matrix *matrix_make(struct arena *arena, const struct site *site,
				 const struct actor *host) MUST_USE;

/* Text, Markdown and CSV; escaped for each. */
void matrix_print(const struct matrix *matrix, enum matrix_format format, bool color,
		  struct buffer *out) ALL_NONNULL;

/* An object with rows and hosts (the keys of rolewall(8)); owner: the caller. */
json_t *matrix_json(const struct matrix *matrix) MUST_USE;
