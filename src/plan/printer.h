/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside plan/: what the parts of plan_print() share. */
#pragma once

#include "plan/lines.h"
#include "plan/plan.h"

struct printer {
	struct arena *arena; /* ends with the printing */
	const struct plan *plan;
	struct diff_lines lines; /* of one table */

	struct {
		const char **items; /* of all desired rules, sorted */
		size_t count, capacity;
	} comments;
};

/* A run of the plan's edits. */
struct edits {
	const struct edit *items;
	size_t count;
};

void printer_learn_comments(struct printer *printer) ALL_NONNULL;

/* Lines of the rules of one chain; `chain`: the edit of that chain, NULL: none. */
void print_rules(struct printer *printer, struct edits edits, const struct edit *chain)
	__attribute__((nonnull(1)));

/* Lines of a set and its elements. */
void print_set(struct printer *printer, struct edits edits) ALL_NONNULL;

/* Appends a line; makes a copy of the text that is safe to print. */
void print_add(struct printer *printer, struct diff_line line) ALL_NONNULL;
