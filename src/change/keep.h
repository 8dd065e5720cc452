/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of changes: over the files of state/, in terms of rule sets. */
#pragma once

#include "library/handle.h"

/* Whether the confirmed rule set is this one. */
bool keep_has(struct rolewall_state *state, const struct ruleset *ruleset) MUST_USE;

/*
 * Makes it the confirmed one, under an id of its own.  The caller holds the lock, and
 * the kernel holds the rule set.
 */
bool keep_confirmed(struct rolewall_state *state, const struct ruleset *ruleset,
		    struct blob protect, struct diags *diags,
		    char id[ROLEWALL_ID_BYTES]) MUST_USE;

/*
 * The pending change; FOUND_NOTHING also when it is of another boot, whose record is
 * then removed if the caller holds the lock (`locked`).
 */
enum found keep_pending(struct rolewall_state *state, struct arena *arena, bool locked,
			struct diags *diags, struct pending *pending) MUST_USE;

/* Whether it was made in the network namespace that `state` is for. */
bool keep_is_here(const struct rolewall_state *state, const struct pending *pending,
		  struct diags *diags, bool *here) MUST_USE;

/*
 * False with DIAG_PENDING while a change waits.  One that was never made, for its maker
 * was killed before, is cleared away.  The caller holds the lock.
 */
bool keep_nothing_pending(struct rolewall_state *state, struct rolewall_kernel *kernel,
			  struct diags *diags) MUST_USE;

/* After `unload`: nothing is pending any more.  The caller holds the lock. */
bool keep_unloaded(struct rolewall_state *state, struct diags *diags) MUST_USE;

/* "change 3f9a2c1b was rolled back at TIME: nobody confirmed it in time"; NULL. */
const char *keep_ended(struct rolewall_state *state, struct arena *arena) MUST_USE;

/* "2026-11-24T13:05:09Z" */
const char *keep_time(struct arena *arena, int64_t seconds) MUST_USE;
