/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Putting back: the batch replaces rolewall's tables whole, whatever they hold, so that
 * nothing that happened since can make it fail to fit.
 */
#include "base/limits.h"
#include "emit/emit.h"

#include "change/restore.h"

void restore_make(struct restore *restore, const struct ruleset *before,
		  uint64_t before_ms)
{
	*restore = (struct restore){ .before = before, .before_ms = before_ms };
	kernel_restore_make(before, &restore->batch);
}

void restore_end(struct restore *restore)
{
	buffer_release(&restore->batch);
}

/* It says all that there is to say and depends on nothing: so it can be sent again. */
static enum commit_outcome send_until_known(const struct buffer *batch,
					    struct kernel *kernel, struct diags *diags)
{
	enum commit_outcome outcome = COMMIT_UNKNOWN;

	for (unsigned tries = 0; tries < LIMIT_RETRIES && outcome == COMMIT_UNKNOWN;
	     tries++)
		outcome = kernel_restore_send(kernel, batch, diags);
	if (outcome == COMMIT_UNKNOWN)
		diag_error(diags, DIAG_KERNEL, (struct span){ 0 },
			   "the kernel's answers were lost, %d times over",
			   LIMIT_RETRIES);
	return outcome;
}

/* The inet table alone: most of the protection, where the whole of it is refused. */
static bool send_inet_alone(const struct restore *restore, struct kernel *kernel,
			    struct diags *diags)
{
	const struct table *inet = ruleset_table(restore->before, TABLE_INET);
	struct ruleset alone = *restore->before;
	struct buffer batch AUTO_BUFFER = { 0 };

	if (!inet || restore->before->table_count == 1)
		return false;
	alone.tables = inet;
	alone.table_count = 1;
	kernel_restore_make(&alone, &batch);
	if (send_until_known(&batch, kernel, diags) != COMMIT_DONE)
		return false;
	diag_note(diags, (struct span){ 0 },
		  "the table inet " ROLEWALL_TABLE " is back, without its chains on "
		  "devices");
	return true;
}

/* What is there now, against what was; others may change it between the two. */
static bool is_back(const struct restore *restore, struct kernel *kernel,
		    struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	const struct ruleset *live;

	if (!kernel_read_whole(kernel, arena, diags, &live))
		return false;
	return kernel_restore_holds(live, restore->before) ||
	       diag_error(diags, DIAG_READBACK, (struct span){ 0 },
			  "rolled back, but the kernel holds something else than "
			  "before the change");
}

bool restore_is_possible(const struct restore *restore, struct kernel *kernel,
			 struct diags *diags)
{
	struct span nowhere = { 0 };

	if (!kernel_restore_check(restore->before, diags))
		diag_note(diags, nowhere,
			  "they go with this change, and a roll-back leaves them out");
	/* rolewall's own it has taken before */
	if (emit_is_expressible(restore->before) ||
	    kernel_restore_try(kernel, &restore->batch, diags) == COMMIT_CHECKED)
		return true;
	diag_error(diags, DIAG_KERNEL, nowhere,
		   "a roll-back of this change would fail: nothing was changed");
	diag_note(diags, nowhere,
		  "what others have put into rolewall's tables stands in the way: "
		  "remove it by hand, or apply with --no-confirm");
	return false;
}

bool restore_send(struct restore *restore, struct kernel *kernel, struct diags *diags)
{
	kernel_restore_age(&restore->batch, boot_time_ms() - restore->before_ms);
	restore->before_ms = boot_time_ms();
	if (send_until_known(&restore->batch, kernel, diags) == COMMIT_DONE)
		return is_back(restore, kernel, diags);
	send_inet_alone(restore, kernel, diags);
	return false;
}
