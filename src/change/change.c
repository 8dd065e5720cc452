/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Until the kernel holds what is desired: look, see that nothing protected is cut, arm
 * the deadline, commit, and look again.
 */
#include <stdio.h>
#include <time.h>

#include "base/limits.h"

#include "change/apply.h"
#include "change/deadline.h"
#include "change/keep.h"
#include "change/protect.h"

enum { LONGEST_PAUSE_MS = 50, NANOSECONDS_A_MS = 1000000 };

/* Lets other writers finish: 2, 4, 8, ... 50 ms. */
static void pause_before_retry(unsigned commits)
{
	long ms = 1;

	while (commits-- && ms < LONGEST_PAUSE_MS)
		ms *= 2;

	struct timespec rest = { .tv_nsec = (ms < LONGEST_PAUSE_MS ? ms
								   : LONGEST_PAUSE_MS) *
					    NANOSECONDS_A_MS };

	while (nanosleep(&rest, &rest))
		continue;
}

struct attempt {
	struct rolewall_kernel *kernel;
	const struct rolewall_ruleset *desired;
	struct rolewall_apply_options options;
	struct rolewall_messages *messages;
	struct protection protection;
	bool protected; /* the protection was read */
	struct deadline deadline;
	struct seen first; /* what was sent first; if nothing was, what was seen */
	bool changed;
	uint32_t generation;      /* that the last commit was bound to */
	enum commit_outcome last; /* COMMIT_CHECKED: nothing was sent yet */
	unsigned commits;
};

static bool finish(int *code, int value)
{
	*code = value;
	return true;
}

static void take(struct attempt *attempt, struct seen *seen)
{
	attempt->first = *seen;
	*seen = (struct seen){ 0 };
}

/* That there are no rules any more: the way out, which nothing is to stand in. */
static bool is_unload(const struct attempt *attempt)
{
	return !attempt->desired->ruleset->table_count;
}

static bool has_deadline(const struct attempt *attempt)
{
	return attempt->options.state && attempt->options.deadline_seconds &&
	       !is_unload(attempt);
}

/* ---- before anything is sent ---- */

static bool read_protection(struct attempt *attempt)
{
	struct protection *protection = &attempt->protection;

	if (attempt->protected)
		return true;
	if (!protection_find(protection, &attempt->messages->diags))
		return false;
	attempt->protected = true;
	attempt->deadline.protect = protection_lines(protection);
	attempt->deadline.connection = protection_connection(protection);
	return true;
}

static bool guard(struct attempt *attempt)
{
	const struct ruleset *desired = attempt->desired->ruleset;

	if (attempt->protected)
		return true;
	/* without tables nothing of ours cuts anything */
	return read_protection(attempt) &&
	       (attempt->options.force || is_unload(attempt) ||
		protection_holds(&attempt->protection, desired,
				 &attempt->messages->diags));
}

/*
 * Armed once for all of the commits, but anew when none of them was taken: others have
 * moved the rules, and what is to come back is what they made of them.
 */
static bool arm(struct attempt *attempt, const struct seen *seen)
{
	struct deadline *deadline = &attempt->deadline;
	struct diags *diags = &attempt->messages->diags;

	if (!has_deadline(attempt))
		return true;
	if (deadline_is_armed(deadline) && attempt->changed)
		return deadline_is_ahead(deadline) ||
		       diag_error(diags, DIAG_GENERATION, (struct span){ 0 },
				  "the deadline came before the change was done");
	deadline_disarm(deadline, "the rules had moved: it was made anew", diags);
	deadline->kernel = attempt->kernel->kernel;
	return deadline_arm(deadline, seen->live->ruleset, attempt->desired->ruleset,
			    diags);
}

/* ---- one turn ---- */

/* False when it must not be sent. */
static bool commit(struct attempt *attempt, struct seen *seen)
{
	struct commit *batch AUTO(commit) = NULL;

	if (!guard(attempt))
		return false;
	if (attempt->options.fail_if_opens &&
	    rolewall_plan_opens_nothing(seen->plan, attempt->messages) != ROLEWALL_OK)
		return false;
	/* before the timer's process is forked off: it shares memory until it is
	 * written */
	batch = commit_make(attempt->kernel->kernel, seen->plan->plan, false);
	if (!arm(attempt, seen))
		return false;
	attempt->generation = seen->generation;
	attempt->last = commit_send(batch, &attempt->messages->diags);
	if (attempt->last == COMMIT_REFUSED || attempt->last == COMMIT_STALE ||
	    attempt->changed)
		return attempt->last != COMMIT_REFUSED;
	attempt->changed = true;
	take(attempt, seen);
	return true;
}

/*
 * One turn: look, and commit what is missing.  True when there is nothing more to do,
 * with *code; else the next turn's look tells what became of this one's commit.
 */
static bool turn(struct attempt *attempt, int *code)
{
	struct seen seen AUTO_SEEN = { 0 };
	struct rolewall_messages *messages = attempt->messages;
	bool whole = attempt->options.state && !attempt->changed;
	int looked = look(attempt->kernel, attempt->desired, whole, messages, &seen);

	if (looked != ROLEWALL_OK)
		return finish(code, looked);
	if (rolewall_plan_is_empty(seen.plan)) {
		attempt->generation = seen.generation;
		if (!attempt->changed)
			take(attempt, &seen);
		return finish(code, ROLEWALL_OK);
	}
	if (attempt->last == COMMIT_DONE &&
	    seen.generation == generation_after(attempt->generation))
		return finish(code, readback_differs(seen.plan->plan, messages));
	if (attempt->commits++ == LIMIT_RETRIES)
		return finish(code, conflict(messages, "the rules of this namespace "
						       "keep moving"));
	return !commit(attempt, &seen) && finish(code, failure(messages));
}

/* ---- and after it ---- */

/* What was done of a change that failed is undone now, not when the time is over. */
static void undo(struct attempt *attempt)
{
	struct deadline *deadline = &attempt->deadline;
	struct diags *diags = &attempt->messages->diags;

	if (!deadline_is_armed(deadline))
		return;
	if (!attempt->changed) {
		deadline_disarm(deadline, "it was not made", diags);
		return;
	}
	if (restore_send(&deadline->restore, attempt->kernel->kernel, diags)) {
		diag_note(diags, (struct span){ 0 }, "the rules from before are back");
		deadline_disarm(deadline, "it failed, and was undone", diags);
	}
}

/* Stopped for so long that its timer went by: what was rolled back stays so. */
static int came_too_late(struct attempt *attempt)
{
	int code = conflict(attempt->messages,
			    "the deadline came before the change was done");

	undo(attempt);
	return code;
}

/* What nobody would roll back does not stay. */
static int lost_timer(struct attempt *attempt)
{
	if (!deadline_is_ahead(&attempt->deadline))
		return came_too_late(attempt);
	diag_error(&attempt->messages->diags, DIAG_STATE, (struct span){ 0 },
		   "whoever would roll the change back was ended");
	undo(attempt);
	return failure(attempt->messages);
}

static int stays_pending(struct attempt *attempt, struct rolewall_apply_result *result)
{
	struct deadline *deadline = &attempt->deadline;

	if (!deadline_is_ahead(deadline))
		return came_too_late(attempt);
	pending_describe(&deadline->pending, deadline->state->files, &result->pending);
	if (!result->pending.timer_lives)
		return lost_timer(attempt);
	result->is_pending = true;
	snprintf(result->id, sizeof(result->id), "%s", deadline->pending.id.text);
	return ROLEWALL_OK;
}

/* Rules that are not kept would be others after the next boot: they go now. */
static int not_kept(struct attempt *attempt)
{
	struct restore restore AUTO_RESTORE = { 0 };
	struct diags *diags = &attempt->messages->diags;

	if (!attempt->changed) {
		diag_note(diags, (struct span){ 0 },
			  "the rules are in force, but will not be at the next boot");
		return failure(attempt->messages);
	}
	restore_make(&restore, attempt->first.live->ruleset, boot_time_ms());
	if (restore_send(&restore, attempt->kernel->kernel, diags))
		diag_note(diags, (struct span){ 0 },
			  "the rules from before the change are back");
	return failure(attempt->messages);
}

/* Without a deadline, or with nothing to roll back: for boot, too. */
static int stays(struct attempt *attempt, struct rolewall_apply_result *result)
{
	struct rolewall_state *state = attempt->options.state;
	const struct ruleset *desired = attempt->desired->ruleset;
	struct diags *diags = &attempt->messages->diags;

	deadline_disarm(&attempt->deadline, "others made it", diags);
	if (state && is_unload(attempt))
		return keep_unloaded(state, diags) ? ROLEWALL_OK
						   : failure(attempt->messages);
	if (!state || (!attempt->changed && keep_has(state, desired)))
		return ROLEWALL_OK;
	if (read_protection(attempt) &&
	    keep_confirmed(state, desired, attempt->deadline.protect, diags,
			   result->id))
		return ROLEWALL_OK;
	return not_kept(attempt);
}

static int keep(struct attempt *attempt, struct rolewall_apply_result *result)
{
	int code = deadline_is_armed(&attempt->deadline) && attempt->changed
			   ? stays_pending(attempt, result)
			   : stays(attempt, result);

	/* --cut is for what went on at an earlier change, too */
	if (code != ROLEWALL_OK || !(attempt->changed || attempt->options.cut))
		return code;
	if (!read_protection(attempt))
		return failure(attempt->messages);
	protection_connections(&attempt->protection, attempt->desired->ruleset,
			       attempt->options.cut, &attempt->messages->diags, result);
	return ROLEWALL_OK;
}

static int run(struct attempt *attempt, struct rolewall_apply_result *result)
{
	int code;

	while (!turn(attempt, &code))
		if (attempt->last == COMMIT_STALE)
			pause_before_retry(attempt->commits);
	if (code == ROLEWALL_OK)
		code = keep(attempt, result);
	else
		undo(attempt);
	return code;
}

/* One at a time, and none while another one waits for its confirmation. */
static bool begin(struct attempt *attempt)
{
	struct rolewall_state *state = attempt->options.state;
	struct diags *diags = &attempt->messages->diags;

	if (!protection_parse(&attempt->protection, &attempt->options, diags))
		return false;
	return !state || (state_lock(state->files, state->lock_seconds, diags) &&
			  (is_unload(attempt) ||
			   keep_nothing_pending(state, attempt->kernel, diags)));
}

int rolewall_apply(struct rolewall_kernel *kernel,
		   const struct rolewall_ruleset *desired,
		   const struct rolewall_apply_options *options,
		   struct rolewall_messages *messages,
		   struct rolewall_apply_result *result)
{
	struct rolewall_apply_result made = { 0 };
	struct attempt attempt = {
		.kernel = kernel,
		.desired = desired,
		.messages = messages,
		.last = COMMIT_CHECKED,
		.protection = { .arena = arena_new(), .netns = kernel->netns },
	};
	int code;

	if (options)
		copy_options(&attempt.options, sizeof(attempt.options), options,
			     options->size);
	attempt.deadline.state = attempt.options.state;
	attempt.deadline.seconds = attempt.options.deadline_seconds;
	attempt.deadline.netns = kernel->netns;
	messages_keep_site(messages, desired->site);

	code = begin(&attempt) ? run(&attempt, &made) : failure(messages);
	if (attempt.options.state)
		state_unlock(attempt.options.state->files);
	deadline_end(&attempt.deadline);
	made.changed = attempt.changed;
	made.generation = attempt.generation;
	made.live = attempt.first.live;
	made.plan = attempt.first.plan;
	made.arena = attempt.protection.arena;
	if (code == ROLEWALL_OK)
		*result = made;
	else
		rolewall_apply_result_free(&made);
	return code;
}

void rolewall_apply_result_free(struct rolewall_apply_result *result)
{
	if (!result)
		return;
	rolewall_plan_free(result->plan);
	rolewall_ruleset_free(result->live);
	arena_free(result->arena);
	*result = (struct rolewall_apply_result){ 0 };
}
