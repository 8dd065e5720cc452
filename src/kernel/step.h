/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of a rule to expressions, in the forms that nft 1.0.6 gives them, and back. */
#pragma once

#include "kernel/expression.h"

/*
 * Appends the expressions of all steps.  None of them may be foreign.  Sets are named
 * as they are declared, anonymous ones by "".
 */
void steps_to_expressions(struct arena *arena, const struct step *steps, size_t count,
			  struct expression_list *list) ALL_NONNULL;

struct step_list {
	struct step *items;
	size_t count, capacity;
};

/*
 * Appends the steps that these expressions stand for to an empty list.  False when they
 * are not exactly what steps_to_expressions() makes of some steps: the list is then of
 * no use.  `again` is room for those, to be used for one rule after the other.
 */
bool steps_of_expressions(struct arena *arena,
			  const struct expression_list *expressions,
			  struct step_list *list,
			  struct expression_list *again) ALL_NONNULL MUST_USE;
