/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a plan to the kernel, and back to see: what was sent is read and compared, and
 * who lost a race to other writers reads and plans again, a bounded number of times.
 */
#include <assert.h>
#include <time.h>

#include "base/limits.h"
#include "emit/emit.h"

#include "library/handle.h"

enum { LONGEST_PAUSE_MS = 50, NANOSECONDS_A_MS = 1000000 };

/* The exit code of what has failed, and has said why. */
static int refused(const struct rolewall_messages *messages)
{
	enum rolewall_exit code = messages_exit(messages);

	assert(code != ROLEWALL_OK);
	return (int)code;
}

int rolewall_kernel_open(const char *netns, struct rolewall_messages *messages,
			 struct rolewall_kernel **kernel)
{
	struct kernel *opened;

	if (!kernel_open(netns, &messages->diags, &opened))
		return refused(messages);

	struct arena *arena = arena_new();

	*kernel = arena_alloc(arena, sizeof(**kernel));
	**kernel = (struct rolewall_kernel){ .arena = arena, .kernel = opened };
	return ROLEWALL_OK;
}

void rolewall_kernel_close(struct rolewall_kernel *kernel)
{
	if (!kernel)
		return;
	kernel_close(kernel->kernel);
	arena_free(kernel->arena);
}

int rolewall_kernel_read(struct rolewall_kernel *kernel,
			 struct rolewall_messages *messages,
			 struct rolewall_ruleset **live)
{
	struct arena *arena = arena_new();
	const struct ruleset *read;

	if (!kernel_read(kernel->kernel, arena, &messages->diags, &read)) {
		arena_free(arena);
		return refused(messages);
	}
	*live = ruleset_new(arena, NULL, read);
	return ROLEWALL_OK;
}

/* ---- comparing what the kernel holds with what was sent ---- */

static void print_name(const struct edit *edit, struct buffer *out)
{
	const struct rule *rule =
		edit->desired_rule ? edit->desired_rule : edit->live_rule;
	const struct set *set = edit->desired_set ? edit->desired_set : edit->live_set;
	const struct chain *chain =
		edit->desired_chain ? edit->desired_chain : edit->live_chain;
	const struct table *table =
		edit->desired_table ? edit->desired_table : edit->live_table;

	switch (edit->kind) {
	case EDIT_RULE:
		buffer_format(out, "rule \"");
		emit_rule(rule, table->family, out);
		buffer_format(out, "\" of chain \"%s\"", chain->name);
		return;
	case EDIT_CHAIN:
		buffer_format(out, "chain \"%s\"", chain->name);
		return;
	case EDIT_SET:
	case EDIT_ELEMENT:
		buffer_format(out, "set \"%s\"", set->name);
		return;
	case EDIT_TABLE:
		buffer_format(out, "table \"%s\"", table_family_names[table->family]);
		return;
	case EDIT_OBJECT:
		buffer_format(out, "object \"%s\"", edit->object->name);
		return;
	}
}

/* Nobody else has written, and yet the kernel holds something else than was sent. */
static int readback_differs(const struct plan *rest, struct rolewall_messages *messages)
{
	const struct edit *edit = &rest->edits[0];
	struct buffer name AUTO_BUFFER = { 0 };
	struct span origin = { 0 };

	if (edit->desired_rule)
		origin = edit->desired_rule->origin;
	else if (edit->desired_set)
		origin = edit->desired_set->origin;
	print_name(edit, &name);
	diag_error(&messages->diags, DIAG_READBACK, origin,
		   "committed, but the kernel holds something else than was sent: %s",
		   name.data);
	return ROLEWALL_FAILED;
}

/* The kernel as it is now, and what separates it from `desired`. */
static int look(struct rolewall_kernel *kernel, const struct rolewall_ruleset *desired,
		struct rolewall_messages *messages, struct rolewall_apply_result *seen)
{
	int result = rolewall_kernel_read(kernel, messages, &seen->live);

	if (result == ROLEWALL_OK)
		result = rolewall_plan_make(seen->live, desired, &seen->plan);
	if (result == ROLEWALL_OK)
		seen->generation = seen->live->ruleset->generation;
	return result;
}

static void forget(struct rolewall_apply_result *seen)
{
	rolewall_plan_free(seen->plan);
	rolewall_ruleset_free(seen->live);
	*seen = (struct rolewall_apply_result){ 0 };
}

#define AUTO_FORGET __attribute__((cleanup(forget)))

/* The kernel counts a generation for each commit, and jumps over 0. */
static uint32_t generation_after(uint32_t generation)
{
	return generation + 1 ? generation + 1 : 1;
}

/* ---- exactly one plan ---- */

static int conflict(struct rolewall_messages *messages, const char *words)
{
	diag_error(&messages->diags, DIAG_GENERATION, (struct span){ 0 }, "%s", words);
	return ROLEWALL_CONFLICT;
}

/* After a commit that was answered, or whose answers were lost. */
static int settle(const struct rolewall_plan *plan, bool answered,
		  struct rolewall_kernel *kernel, struct rolewall_messages *messages)
{
	const struct rolewall_ruleset desired = { .ruleset = plan->plan->desired };
	struct rolewall_apply_result seen AUTO_FORGET = { 0 };
	uint32_t before = plan->plan->live->generation;
	int result = look(kernel, &desired, messages, &seen);

	if (result != ROLEWALL_OK || rolewall_plan_is_empty(seen.plan))
		return result;
	if (answered && seen.generation == generation_after(before))
		return readback_differs(seen.plan->plan, messages);
	if (answered)
		return conflict(messages, "the plan was committed, and others have "
					  "changed rolewall's tables since");
	if (seen.generation != before)
		return conflict(messages, "the kernel's answers were lost, and its "
					  "rules are not those of the plan");
	diag_error(&messages->diags, DIAG_KERNEL, (struct span){ 0 },
		   "the kernel's answers were lost; nothing was committed");
	return ROLEWALL_FAILED;
}

static int stale(struct rolewall_messages *messages)
{
	return conflict(messages, "the rules have moved since the plan was made: "
				  "nothing was changed");
}

int rolewall_plan_apply(const struct rolewall_plan *plan,
			struct rolewall_kernel *kernel,
			struct rolewall_messages *messages)
{
	if (rolewall_plan_is_empty(plan))
		return ROLEWALL_OK;

	messages_keep_site(messages, plan->site);
	switch (kernel_commit(kernel->kernel, plan->plan, false, &messages->diags)) {
	case COMMIT_DONE:
		return settle(plan, true, kernel, messages);
	case COMMIT_UNKNOWN:
		return settle(plan, false, kernel, messages);
	case COMMIT_STALE:
		return stale(messages);
	case COMMIT_REFUSED:
	case COMMIT_CHECKED:
		break;
	}
	return refused(messages);
}

int rolewall_plan_verify(const struct rolewall_plan *plan,
			 struct rolewall_kernel *kernel,
			 struct rolewall_messages *messages)
{
	messages_keep_site(messages, plan->site);
	switch (kernel_commit(kernel->kernel, plan->plan, true, &messages->diags)) {
	case COMMIT_CHECKED:
		return ROLEWALL_OK;
	case COMMIT_STALE:
		return stale(messages);
	case COMMIT_UNKNOWN:
		diag_error(&messages->diags, DIAG_KERNEL, (struct span){ 0 },
			   "the kernel's answers were lost: not verified");
		return ROLEWALL_FAILED;
	case COMMIT_REFUSED:
	case COMMIT_DONE:
		break;
	}
	return refused(messages);
}

/* ---- until it holds ---- */

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
	struct rolewall_messages *messages;
	struct rolewall_apply_result
		done;             /* what was sent last; at the end: the result */
	enum commit_outcome last; /* COMMIT_CHECKED: nothing was sent yet */
	unsigned commits;
};

/* What was seen becomes what was done; what had been done before goes. */
static void take(struct attempt *attempt, struct rolewall_apply_result *seen)
{
	forget(&attempt->done);
	attempt->done = *seen;
	*seen = (struct rolewall_apply_result){ 0 };
}

static bool finish(int *code, int value)
{
	*code = value;
	return true;
}

/*
 * One turn: look, and commit what is missing.  True when there is nothing more to do,
 * with *code; else the next turn's look tells what became of this one's commit.
 */
static bool turn(struct attempt *attempt, int *code)
{
	struct rolewall_apply_result seen AUTO_FORGET = { 0 };
	struct rolewall_apply_result *done = &attempt->done;
	int looked = look(attempt->kernel, attempt->desired, attempt->messages, &seen);

	if (looked != ROLEWALL_OK)
		return finish(code, looked);
	if (rolewall_plan_is_empty(seen.plan)) {
		done->generation = seen.generation;
		if (!done->plan)
			take(attempt, &seen);
		return finish(code, ROLEWALL_OK);
	}
	if (attempt->last == COMMIT_DONE &&
	    seen.generation == generation_after(done->generation))
		return finish(code,
			      readback_differs(seen.plan->plan, attempt->messages));
	if (attempt->commits++ == LIMIT_RETRIES)
		return finish(code,
			      conflict(attempt->messages,
				       "the rules of this namespace keep moving"));

	attempt->last = kernel_commit(attempt->kernel->kernel, seen.plan->plan, false,
				      &attempt->messages->diags);
	if (attempt->last == COMMIT_REFUSED)
		return finish(code, refused(attempt->messages));
	if (attempt->last != COMMIT_STALE) {
		take(attempt, &seen);
		done->changed = true;
	}
	return false;
}

int rolewall_apply(struct rolewall_kernel *kernel,
		   const struct rolewall_ruleset *desired,
		   struct rolewall_messages *messages,
		   struct rolewall_apply_result *result)
{
	struct attempt attempt = { .kernel = kernel,
				   .desired = desired,
				   .messages = messages,
				   .last = COMMIT_CHECKED };
	int code;

	messages_keep_site(messages, desired->site);
	while (!turn(&attempt, &code))
		if (attempt.last == COMMIT_STALE)
			pause_before_retry(attempt.commits);
	if (code == ROLEWALL_OK)
		*result = attempt.done;
	else
		forget(&attempt.done);
	return code;
}
