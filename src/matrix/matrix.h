/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The matrix: the flows as a table.  Of a profile it prints the vendor's document
 * back, row by row; of a site, which flows are open on which hosts and why not.
 */
#pragma once

#include <jansson.h>

#include "compile/grant.h"

enum matrix_format { MATRIX_TEXT, MATRIX_MARKDOWN, MATRIX_CSV, MATRIX_JSON };

/* A host on which a row is open, and which way. */
struct matrix_place {
	const struct actor *host;
	bool in, out;
};

struct matrix_row {
	const struct flow *flow;
	const char *from, *to;        /* names, comma separated */
	const char *protocol, *ports; /* "tcp", "135, 1025-65535"; one row each item */
	const char *conditions; /* "source port 123; 6/minute burst 3"; NULL: none */
	bool open;              /* on at least one host; profiles: not closed */
	const struct matrix_place *places; /* open on these; profiles: none */
	size_t place_count;
	/* not open: the reason; open: why the flow departs from its profile, or NULL */
	const char *why;
};

struct matrix {
	const struct site *site;
	const struct actor *host; /* NULL: all */
	const struct matrix_row *rows;
	size_t row_count;
};

/* `host` NULL: every host of the site; else the flows that have it at one end. */
const struct matrix *matrix_make(struct arena *arena, const struct site *site,
				 const struct actor *host) MUST_USE;

/* Escaped for each format; JSON is what matrix_json() makes, over several lines. */
void matrix_print(const struct matrix *matrix, enum matrix_format format, bool color,
		  struct buffer *out) ALL_NONNULL;

/* An object with rows and hosts (the keys of rolewall(8)); owner: the caller. */
json_t *matrix_json(const struct matrix *matrix) MUST_USE;
