/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settling the pending change: confirmed, rolled back, or overdue. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "change/deadline.h"
#include "change/keep.h"
#include "change/restore.h"
#include "change/timer.h"

#define UNCONFIRMED "nobody confirmed it in time"

/* ---- which change ---- */

static void note_ended(struct rolewall_state *state, struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	const char *ended = keep_ended(state, arena);

	if (ended)
		diag_note(diags, (struct span){ 0 }, "%s", ended);
}

/*
 * The pending change, if it is the one that is meant (`id` NULL: whichever).  False
 * with DIAG_NOTHING when there is none, or another reason.
 */
static bool find_pending(struct rolewall_state *state, const char *id,
			 struct arena *arena, struct diags *diags,
			 struct pending *pending)
{
	switch (keep_pending(state, arena, true, diags, pending)) {
	case FOUND:
		break;
	case FOUND_NOTHING:
		diag_error(diags, DIAG_NOTHING, (struct span){ 0 },
			   "no change waits for its confirmation");
		note_ended(state, diags);
		return false;
	case FOUND_DAMAGED:
	case FOUND_FAILED:
		return false;
	}
	if (!id || strcmp(id, pending->id.text) == 0)
		return true;
	diag_error(diags, DIAG_NOTHING, (struct span){ 0 },
		   "change \"%s\" does not wait for its confirmation; \"%s\" does", id,
		   pending->id.text);
	note_ended(state, diags);
	return false;
}

/* ---- bringing back ---- */

/* The change was not sent, or whoever rolled it back could not note that. */
static bool is_back_already(struct kernel *kernel, const struct ruleset *before)
{
	struct arena *arena AUTO(arena) = arena_new();
	const struct ruleset *live;
	struct diags unsaid;

	diags_init(&unsaid, arena);
	return kernel_read_whole(kernel, arena, &unsaid, &live) &&
	       kernel_restore_holds(live, before);
}

/* With the lock held; the record goes when the kernel holds what it held. */
static bool roll_back(struct rolewall_state *state, const struct pending *pending,
		      const char *why, struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct kernel *kernel AUTO(kernel) = NULL;
	struct restore restore AUTO_RESTORE = { 0 };
	const struct ruleset *before =
		saved_decode(arena, pending->before, "pending", diags);
	bool here;

	if (!before || !keep_is_here(state, pending, diags, &here))
		return false;
	if (!here) {
		diag_error(diags, DIAG_PENDING, (struct span){ 0 },
			   "change %s was made in another network namespace",
			   pending->id.text);
		diag_note(diags, (struct span){ 0 },
			  "call rolewall there: \"ip netns exec\" or \"nsenter\"");
		return false;
	}
	if (!kernel_open(state->netns, diags, &kernel))
		return false;
	restore_make(&restore, before, pending->before_ms);
	if (!is_back_already(kernel, before) && !restore_send(&restore, kernel, diags))
		return false;
	if (!pending_settle(state->files, pending, ENDING_ROLLED_BACK, why, diags)) {
		diag_note(diags, (struct span){ 0 },
			  "the rules from before are back all the same");
		return false;
	}
	timer_stop(pending);
	return true;
}

static bool lock(struct rolewall_state *state, struct diags *diags)
{
	return state_lock(state->files, state->lock_seconds, diags);
}

/* A timer is not stopped by who holds the lock and hangs. */
static bool lock_to_roll_back(struct rolewall_state *state, bool is_timer,
			      struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct diags unsaid;

	diags_init(&unsaid, arena);
	return lock(state, is_timer ? &unsaid : diags) || is_timer;
}

int rolewall_rollback(struct rolewall_state *state, const char *id,
		      bool unless_confirmed, struct rolewall_messages *messages,
		      char rolled_back[ROLEWALL_ID_BYTES])
{
	struct arena *arena AUTO(arena) = arena_new();
	struct diags *diags = &messages->diags;
	struct pending pending;
	struct change_id settled;

	if (!lock_to_roll_back(state, unless_confirmed, diags))
		return failure(messages);
	if (unless_confirmed && id && change_id_parse(id, &settled) &&
	    pending_is_settled(state->files, &settled)) {
		state_unlock(state->files);
		rolled_back[0] = '\0';
		return ROLEWALL_OK;
	}

	bool good = find_pending(state, id, arena, diags, &pending) &&
		    roll_back(state, &pending,
			      unless_confirmed ? UNCONFIRMED : "somebody asked for it",
			      diags);

	state_unlock(state->files);
	if (!good)
		return failure(messages);
	snprintf(rolled_back, ROLEWALL_ID_BYTES, "%s", pending.id.text);
	return ROLEWALL_OK;
}

/* ---- overdue ---- */

static bool is_overdue(const struct pending *pending)
{
	return boot_time_ms() >= pending->deadline_ms;
}

/*
 * Its timer was killed, or is about to: whoever comes first does it, under the lock,
 * and may find that another one was first.
 */
static bool roll_back_overdue(struct rolewall_state *state, struct diags *diags,
			      bool *done)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct pending pending;

	if (!lock(state, diags))
		return false;

	enum found found = keep_pending(state, arena, true, diags, &pending);
	bool good = found == FOUND || found == FOUND_NOTHING;

	if (found == FOUND && is_overdue(&pending))
		good = *done = roll_back(state, &pending, UNCONFIRMED, diags);
	state_unlock(state->files);
	return good;
}

int rolewall_settle(struct rolewall_state *state, struct rolewall_messages *messages)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct diags *diags = &messages->diags;
	struct diags unsaid;
	struct pending pending;
	bool done = false;

	diags_init(&unsaid, arena);
	if (keep_pending(state, arena, false, &unsaid, &pending) != FOUND ||
	    !is_overdue(&pending))
		return ROLEWALL_OK;
	/* what was asked for goes on: a look is all the more wanted then */
	if (!roll_back_overdue(state, &unsaid, &done))
		diag_warning(diags, DIAG_STATE, (struct span){ 0 },
			     "change %s was not confirmed in time: %s", pending.id.text,
			     unsaid.first ? unsaid.first->text : "not rolled back");
	else if (done)
		diag_warning(diags, DIAG_NOTICE, (struct span){ 0 },
			     "change %s was not confirmed in time: rolled back now",
			     pending.id.text);
	return ROLEWALL_OK;
}

/* ---- confirming ---- */

static bool say_too_late(const struct pending *pending, struct diags *diags)
{
	return diag_error(diags, DIAG_NOTHING, (struct span){ 0 },
			  "too late: change %s was rolled back just now",
			  pending->id.text);
}

/*
 * What is established goes on whatever the rules say: over the connection by which the
 * change was made nothing can be known of new ones.
 */
static bool is_another_connection(const struct pending *pending, struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct local_addresses local = { 0 };
	struct paths paths = { 0 };

	if (!pending->connection.length || !local_addresses_read(arena, &local))
		return true;
	paths_find_management(arena, &local, &paths);
	for (size_t i = 0; i < paths.count; i++) {
		const char *text = paths.items[i].connection;

		if (!text || strlen(text) != pending->connection.length ||
		    memcmp(text, pending->connection.bytes, strlen(text)) != 0)
			continue;
		diag_error(diags, DIAG_LOCKOUT, (struct span){ 0 },
			   "this is the connection by which change %s was made: it "
			   "would go on even if no new one came through",
			   pending->id.text);
		diag_note(diags, (struct span){ 0 },
			  "type \"rolewall confirm %s\" over a new connection, or add "
			  "--force",
			  pending->id.text);
		return false;
	}
	return true;
}

/* The kernel may hold something else by now, by other hands: said, and no obstacle. */
static bool look_at_kernel(struct rolewall_state *state, const struct pending *pending,
			   struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct kernel *kernel AUTO(kernel) = NULL;
	const struct ruleset *live, *before, *after;

	if (!kernel_open(state->netns, diags, &kernel) ||
	    !kernel_read_whole(kernel, arena, diags, &live))
		return false;
	before = saved_decode(arena, pending->before, "pending", diags);
	after = saved_decode(arena, pending->after, "pending", diags);
	if (!before || !after)
		return false;
	if (plan_is_empty(plan_make(arena, live, after)))
		return true;
	if (kernel_restore_holds(live, before))
		return diag_error(diags, DIAG_NOTHING, (struct span){ 0 },
				  "change %s was never made: the kernel holds the "
				  "rules from before it",
				  pending->id.text);
	diag_warning(diags, DIAG_NOTICE, (struct span){ 0 },
		     "the kernel's rules were changed by others since: confirmed is "
		     "what was applied");
	diag_note(diags, (struct span){ 0 }, "\"rolewall plan\" shows the difference");
	return true;
}

/*
 * Stopped for so long that the deadline went by before it was written: whoever rolls
 * back does not wait for ever, and may have done so.  `last`: what was confirmed.
 */
static bool came_too_late(struct rolewall_state *state, const struct pending *pending,
			  const struct confirmed *last, struct diags *diags)
{
	bool taken_back = last ? confirmed_write(state->files, last, diags)
			       : confirmed_remove(state->files, diags);

	return taken_back && roll_back(state, pending, UNCONFIRMED, diags) &&
	       say_too_late(pending, diags);
}

static bool confirm(struct rolewall_state *state, const struct pending *pending,
		    bool force, struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	const struct confirmed confirmed = { .id = pending->id,
					     .confirmed_at = (int64_t)time(NULL),
					     .ruleset = pending->after };
	struct confirmed last;
	struct diags unsaid;
	bool here;

	if (!keep_is_here(state, pending, diags, &here))
		return false;
	if (!here)
		return diag_error(diags, DIAG_PENDING, (struct span){ 0 },
				  "change %s was made in another network namespace: "
				  "call rolewall there",
				  pending->id.text);
	if ((!force && !is_another_connection(pending, diags)) ||
	    !look_at_kernel(state, pending, diags))
		return false;
	diags_init(&unsaid, arena);

	enum found found = confirmed_read(state->files, arena, &unsaid, &last);

	/* from the second on it is confirmed, whatever becomes of the record */
	if (!protected_write(state->files, pending->protect, diags) ||
	    !confirmed_write(state->files, &confirmed, diags)) {
		diag_note(diags, (struct span){ 0 },
			  "not confirmed: it will be rolled back");
		return false;
	}
	if (is_overdue(pending))
		return came_too_late(state, pending, found == FOUND ? &last : NULL,
				     diags);
	if (!pending_settle(state->files, pending, ENDING_CONFIRMED, "", &unsaid))
		diag_warning(diags, DIAG_STATE, (struct span){ 0 }, "confirmed; but %s",
			     unsaid.first->text);
	timer_stop(pending);
	return true;
}

int rolewall_confirm(struct rolewall_state *state, const char *id, bool force,
		     struct rolewall_messages *messages,
		     char confirmed[ROLEWALL_ID_BYTES])
{
	struct arena *arena AUTO(arena) = arena_new();
	struct diags *diags = &messages->diags;
	struct pending pending;

	if (!lock(state, diags))
		return failure(messages);

	bool good = find_pending(state, id, arena, diags, &pending);

	if (good && is_overdue(&pending)) {
		good = roll_back(state, &pending, UNCONFIRMED, diags) &&
		       say_too_late(&pending, diags);
	}
	good = good && confirm(state, &pending, force, diags);
	state_unlock(state->files);
	if (!good)
		return failure(messages);
	snprintf(confirmed, ROLEWALL_ID_BYTES, "%s", pending.id.text);
	return ROLEWALL_OK;
}

/* ---- forgetting ---- */

int rolewall_forget(struct rolewall_state *state, struct rolewall_messages *messages)
{
	struct diags *diags = &messages->diags;
	bool good = lock(state, diags) && confirmed_remove(state->files, diags);

	state_unlock(state->files);
	return good ? ROLEWALL_OK : failure(messages);
}
