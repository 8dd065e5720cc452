/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: the edits that turn the live rule set into the desired one.
 *
 * A value of its own; neither rule set is changed.  The kernel's order of messages is
 * the batch's business (kernel/batch.c); edits stand table by table, in each: the
 * table, its chains, its sets each with its elements, objects, then the rules chain by
 * chain.  A set's or chain's edit says nothing of what is in it: elements and rules
 * have edits of their own.
 *
 * Rules of one chain: edits that make a rule (all but EDIT_DELETE) stand in the order
 * of the desired chain, so that a rule's predecessor is made before it: see `after`.
 * An EDIT_CHANGE of a rule is always possible in place: what refers to a chain or set
 * that is deleted or replaced is deleted and added instead.
 */
#pragma once

#include <jansson.h>

#include "ruleset/ruleset.h"

enum edit_op {
	EDIT_ADD,
	EDIT_DELETE,
	EDIT_CHANGE, /* in place: a rule's content, a chain's policy, a table's flags */
	EDIT_MOVE,   /* rules: same content, other place; its counter goes with it */
	EDIT_REPLACE /* chains, sets, tables: delete and add, as the kernel cannot
			change what differs; what hangs on it is made anew too */
};

enum edit_kind {
	EDIT_TABLE,
	EDIT_CHAIN,
	EDIT_SET,
	EDIT_ELEMENT,
	EDIT_RULE,
	EDIT_OBJECT
};

struct edit {
	enum edit_op op;
	enum edit_kind kind;
	const struct table *live_table, *desired_table; /* either may be NULL */
	const struct chain *live_chain, *desired_chain; /* chains, rules */
	const struct set *live_set, *desired_set;       /* sets, elements */
	/* rules; an EDIT_ADD that is a consequence names the live rule that it makes
	 * anew, so that its counter can go with it */
	const struct rule *live_rule, *desired_rule;
	const struct object *object;      /* objects */
	size_t live_index, desired_index; /* rules: place in the chain; elements: in
					     the set */
	/* true: not a wish of the site's but a consequence of an EDIT_REPLACE (a rule
	 * made anew since its set or chain is); not counted, printed as such */
	bool consequence;
	/* true: nothing is to be sent: the object is gone with its table or set, which
	 * is replaced.  Only ever with EDIT_DELETE; it is there to be shown */
	bool unsent;
	/* rules that are added or moved: the live rule, kept as it is, that becomes its
	 * direct predecessor.  NULL with desired_index 0: the head of the chain.  NULL
	 * otherwise: the predecessor is what the last edit of this chain with a
	 * desired_rule makes (added, moved or changed in place) */
	const struct rule *after;
	/* what differs, for EDIT_CHANGE and EDIT_REPLACE: "policy: drop -> accept" */
	const char *what;
};

struct plan_summary {
	size_t add, change,
		delete; /* rules, elements, chains, ...: all edits that are
			   no consequence; a move and a replace are changes */
};

struct plan {
	const struct ruleset *live, *desired; /* normalized both */
	const struct edit *edits;
	size_t edit_count;
	struct plan_summary summary;
	/* no table of ours in the kernel: the batch is then a whole load, message for
	 * message in nft's order */
	bool from_nothing;
};

/* Both normalized; an empty `desired` (no tables) is what `unload` wants. */
const struct plan *plan_make(struct arena *arena, const struct ruleset *live,
			     const struct ruleset *desired) MUST_USE;

static inline bool plan_is_empty(const struct plan *plan)
{
	return plan->edit_count == 0;
}

struct plan_print_options {
	bool color;
	const char *host;
	const char *against; /* NULL: the kernel; else the name of what was compared */
};

/* The diff for people; ends with the count ("1 rule to add, 1 to remove."). */
void plan_print(const struct plan *plan, const struct plan_print_options *options,
		struct buffer *out) ALL_NONNULL;

/* "1 rule to add, 2 elements to remove", without full stop; "no change" when empty. */
void plan_print_summary(const struct plan *plan, struct buffer *out) ALL_NONNULL;

/*
 * An object with changed, generation, summary, changes, before, after (the keys of
 * rolewall(8)); owner: the caller.
 */
json_t *plan_json(const struct plan *plan) MUST_USE;
