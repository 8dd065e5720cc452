/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of plan_make() share: the edits so far, and what goes away. */
#pragma once

#include "plan/plan.h"

/* Names; sorted once all are there. */
struct names {
	const char **items;
	size_t count, capacity;
	bool sorted;
};

/*
 * One table that both rule sets have, or (live NULL) that is wanted, or (replaced) that
 * is deleted and made anew.
 */
struct table_plan {
	const struct table *live, *desired; /* desired is never NULL */
	bool replaced;
	/* live chains and sets that are deleted, be it to be made anew: whatever refers
	 * to them has to go before them */
	struct names chains, sets;
};

struct planner {
	struct arena *arena;

	struct {
		struct edit *items;
		size_t count, capacity;
	} edits;
};

/* Appends the edit, with the table's members filled in and `unsent` where that is so.
 */
void planner_add(struct planner *planner, const struct table_plan *table,
		 struct edit edit) ALL_NONNULL;

/* Room for `count` more edits. */
void planner_reserve(struct planner *planner, size_t count) ALL_NONNULL;

/* Edits of the table's sets and their elements; notes the sets that go. */
void plan_sets(struct planner *planner, struct table_plan *table) ALL_NONNULL;

/* What becomes of a chain; either may be NULL. */
struct chain_plan {
	const struct chain *live, *desired;
	bool replaced;
};

/* Edits of the rules of a chain, once it is known what goes. */
void plan_rules(struct planner *planner, struct table_plan *table,
		const struct chain_plan *chain) ALL_NONNULL;

/* Whether a live rule, or element of a map, refers to a chain or set that goes. */
bool rule_refers_to_gone(struct table_plan *table, const struct rule *rule) ALL_NONNULL;
bool element_refers_to_gone(struct table_plan *table,
			    const struct element *element) ALL_NONNULL;
