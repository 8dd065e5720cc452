/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The deadline of a change: its record, the roll-back made before it is sent, and who
 * will do it: all of it stands before the kernel is told anything.
 */
#pragma once

#include "change/restore.h"

struct deadline {
	struct rolewall_state *state;
	unsigned seconds;
	const char *netns;      /* of the kernel that is changed */
	struct kernel *kernel;  /* that it is changed by, and asked beforehand */
	struct blob protect;    /* lines: the protected paths, for boot */
	struct blob connection; /* the management connection; empty: none is known */

	struct arena *arena; /* NULL: not armed */
	struct pending pending;
	struct restore restore;
};

/*
 * Arms it for the change from `before` (as kernel_read_whole() gave it) to `after`.
 * Both have to outlive it.  False with a diagnostic, and nothing armed.
 */
bool deadline_arm(struct deadline *deadline, const struct ruleset *before,
		  const struct ruleset *after, struct diags *diags) MUST_USE;

static inline bool deadline_is_armed(const struct deadline *deadline)
{
	return deadline->arena;
}

/* Whether there is still time: what is not sent by then must not be sent any more. */
bool deadline_is_ahead(const struct deadline *deadline) MUST_USE;

/* The change was not made, or has been undone: nobody is to roll it back. */
void deadline_disarm(struct deadline *deadline, const char *why, struct diags *diags);

/* Frees what this process holds of it; a change that was made stays pending. */
void deadline_end(struct deadline *deadline);

/* For people: how long is left, by which clock, whether somebody watches it. */
void pending_describe(const struct pending *pending, struct state *files,
		      struct rolewall_pending *description) ALL_NONNULL;

/*
 * The pending change becomes what it was: `ending` is noted and the record goes, in
 * this order, so that whoever watches never takes its absence for a sign.
 */
bool pending_settle(struct state *files, const struct pending *pending,
		    enum ending ending, const char *why, struct diags *diags) MUST_USE;

/* Whether it was settled: noted as ended, or confirmed. */
bool pending_is_settled(struct state *files, const struct change_id *id) MUST_USE;
