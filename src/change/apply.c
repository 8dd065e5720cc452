/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a plan to the kernel, and back to see: what was sent is read and compared, and
 * who lost a race to other writers reads and plans again, a bounded number of times.
 */
#include "emit/emit.h"

#include "change/apply.h"

int rolewall_kernel_open(const char *netns, struct rolewall_messages *messages,
			 struct rolewall_kernel **kernel)
{
	struct kernel *opened;

	if (!kernel_open(netns, &messages->diags, &opened))
		return failure(messages);

	struct arena *arena = arena_new();

	*kernel = arena_alloc(arena, sizeof(**kernel));
	**kernel = (struct rolewall_kernel){
		.arena = arena,
		.kernel = opened,
		.netns = netns ? arena_string(arena, netns) : NULL,
	};
	return ROLEWALL_OK;
}

void rolewall_kernel_close(struct rolewall_kernel *kernel)
{
	if (!kernel)
		return;
	kernel_close(kernel->kernel);
	arena_free(kernel->arena);
}

static int read_kernel(struct rolewall_kernel *kernel, bool whole,
		       struct rolewall_messages *messages,
		       struct rolewall_ruleset **live)
{
	struct arena *arena = arena_new();
	const struct ruleset *read;
	bool good = whole ? kernel_read_whole(kernel->kernel, arena, &messages->diags,
					      &read)
			  : kernel_read(kernel->kernel, arena, &messages->diags, &read);

	if (!good) {
		arena_free(arena);
		return failure(messages);
	}
	*live = ruleset_new(arena, NULL, read);
	return ROLEWALL_OK;
}

int rolewall_kernel_read(struct rolewall_kernel *kernel,
			 struct rolewall_messages *messages,
			 struct rolewall_ruleset **live)
{
	return read_kernel(kernel, false, messages, live);
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

int readback_differs(const struct plan *rest, struct rolewall_messages *messages)
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

int look(struct rolewall_kernel *kernel, const struct rolewall_ruleset *desired,
	 bool whole, struct rolewall_messages *messages, struct seen *seen)
{
	int result = read_kernel(kernel, whole, messages, &seen->live);

	if (result == ROLEWALL_OK)
		result = rolewall_plan_make(seen->live, desired, &seen->plan);
	if (result == ROLEWALL_OK)
		seen->generation = seen->live->ruleset->generation;
	return result;
}

void seen_forget(struct seen *seen)
{
	rolewall_plan_free(seen->plan);
	rolewall_ruleset_free(seen->live);
	*seen = (struct seen){ 0 };
}

uint32_t generation_after(uint32_t generation)
{
	return generation + 1 ? generation + 1 : 1;
}

/* ---- exactly one plan ---- */

int conflict(struct rolewall_messages *messages, const char *words)
{
	diag_error(&messages->diags, DIAG_GENERATION, (struct span){ 0 }, "%s", words);
	return ROLEWALL_CONFLICT;
}

/* After a commit that was answered, or whose answers were lost. */
static int settle(const struct rolewall_plan *plan, bool answered,
		  struct rolewall_kernel *kernel, struct rolewall_messages *messages)
{
	const struct rolewall_ruleset desired = { .ruleset = plan->plan->desired };
	struct seen seen AUTO_SEEN = { 0 };
	uint32_t before = plan->plan->live->generation;
	int result = look(kernel, &desired, false, messages, &seen);

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
	return failure(messages);
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
	return failure(messages);
}
