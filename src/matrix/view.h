/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside matrix/: the rows in the order of the vendor's document, and as grids. */
#pragma once

#include "matrix/grid.h"
#include "matrix/matrix.h"

/* A flow with its rows. */
struct entry {
	const struct matrix_row *rows;
	size_t count;
	size_t index; /* its place in the matrix */
	/* places in the matrix of the first flow of the same table of the document, and
	 * with the same cells; itself when there is none before it */
	size_t table, cells;
};

struct entries {
	struct entry *items;
	size_t count, capacity;
};

/*
 * Flows of one table of the document together, of those with the same cells together,
 * else in the order of the text; those without a row last, the site's own behind them.
 */
struct entries entries_ordered(struct arena *arena,
			       const struct matrix *matrix) ALL_NONNULL;

/* The title of the table that an entry belongs to. */
const char *entry_title(const struct entry *entry) ALL_NONNULL;

/* The document, each row once, with the flows that it became. */
struct grid profile_grid(struct arena *arena, const struct matrix *matrix) ALL_NONNULL;

/* The flows, and on which hosts they are open or why not. */
struct grid site_grid(struct arena *arena, const struct matrix *matrix) ALL_NONNULL;

/* The hosts with their roles and addresses. */
struct grid hosts_grid(struct arena *arena, const struct matrix *matrix) ALL_NONNULL;
