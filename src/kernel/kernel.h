/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's nf_tables: reading a consistent snapshot, committing a plan as one
 * transaction bound to the generation that it was made from.
 */
#pragma once

#include "plan/plan.h"

struct kernel;

/*
 * Opens netlink, in the network namespace /run/netns/NETNS when `netns` is not NULL.
 * False with a diagnostic (DIAG_PERMISSION without CAP_NET_ADMIN there).
 */
bool kernel_open(const char *netns, struct diags *diags,
		 struct kernel **kernel) MUST_USE;

void kernel_close(struct kernel *kernel);

DEFINE_AUTO(kernel, struct kernel *, kernel_close)

/* The generation id of the namespace's rule sets. */
bool kernel_generation(struct kernel *kernel, struct diags *diags,
		       uint32_t *generation) MUST_USE;

/*
 * rolewall's own tables as the kernel holds them, normalized, and the neighbours on
 * the same hooks: all of one generation.  Started over at most LIMIT_RETRIES times when
 * the rules move meanwhile; then DIAG_GENERATION.
 */
bool kernel_read(struct kernel *kernel, struct arena *arena, struct diags *diags,
		 const struct ruleset **live) MUST_USE;

enum commit_outcome {
	COMMIT_DONE,    /* committed; the generation is now the plan's plus one */
	COMMIT_STALE,   /* refused: the rules moved since the plan's snapshot */
	COMMIT_REFUSED, /* refused: the kernel's reason is in the diagnostics */
	COMMIT_UNKNOWN, /* answers were lost: read the kernel to know */
	COMMIT_CHECKED  /* `check_only`: every message was accepted, nothing was done */
};

/*
 * Sends the plan as one batch with one sendmsg, bound to plan->live->generation.
 * With `check_only` the batch has no end: the kernel validates it and commits nothing.
 */
enum commit_outcome kernel_commit(struct kernel *kernel, const struct plan *plan,
				  bool check_only, struct diags *diags) MUST_USE;

/*
 * The messages of a whole load of `ruleset`, and back: a rule set as the kernel is
 * told of it.  The saved form of a rule set is these bytes with a header before them.
 */
void kernel_encode(const struct ruleset *ruleset, struct buffer *out) ALL_NONNULL;
bool kernel_decode(const void *bytes, size_t length, struct arena *arena,
		   struct diags *diags, const struct ruleset **ruleset) MUST_USE;
