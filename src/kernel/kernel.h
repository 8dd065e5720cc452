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

/* Of the socket: for who has to keep it open. */
int kernel_descriptor(const struct kernel *kernel) MUST_USE;

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

/*
 * The same with all that a roll-back has to bring back (ruleset->record): also what
 * rules have filled in, counters, the remaining time of elements, and what is not
 * rolewall's.
 */
bool kernel_read_whole(struct kernel *kernel, struct arena *arena, struct diags *diags,
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
 * The same in two steps: the batch is made, and sent when all else is ready.  `kernel`
 * and `plan` have to outlive it.
 */
struct commit;

struct commit *commit_make(struct kernel *kernel, const struct plan *plan,
			   bool check_only) RETURNS_NONNULL MUST_USE;
enum commit_outcome commit_send(struct commit *commit, struct diags *diags) MUST_USE;
void commit_end(struct commit *commit);

DEFINE_AUTO(commit, struct commit *, commit_end)

/*
 * The messages of a whole load of `ruleset`, and back: a rule set as the kernel is
 * told of it.  The saved form of a rule set is these bytes with a header before them.
 * What was read whole is kept whole; else counters are not, and nothing of it may be
 * foreign.
 */
void kernel_encode(const struct ruleset *ruleset, struct buffer *out) ALL_NONNULL;
bool kernel_decode(const void *bytes, size_t length, struct arena *arena,
		   struct diags *diags, const struct ruleset **ruleset) MUST_USE;

/* ---- putting back ---- */

/*
 * The whole transaction, head and end included, after which the kernel holds `ruleset`
 * (as kernel_read_whole() or kernel_decode() gave it: counters, elements, time-outs) in
 * rolewall's tables, whatever they hold then; no tables when it has none.  Bound to no
 * generation: it is made before a change, to be sent after it.
 */
void kernel_restore_make(const struct ruleset *ruleset,
			 struct buffer *batch) ALL_NONNULL;

/*
 * What cannot be brought back, one warning for each object (a flowtable made by hand, a
 * rule that needs it).  True when all can.
 */
bool kernel_restore_check(const struct ruleset *ruleset,
			  struct diags *diags) ALL_NONNULL;

/*
 * Takes `elapsed_ms` off the remaining time of every element in the batch; one whose
 * time is over gets the shortest there is.
 */
void kernel_restore_age(struct buffer *batch, uint64_t elapsed_ms) ALL_NONNULL;

/*
 * Sends it; COMMIT_STALE is not among the answers.  kernel_restore_try() sends it but
 * for its end: COMMIT_CHECKED when the kernel would take it.  Worth its time where
 * there is something by other hands, which rolewall does not understand.
 */
enum commit_outcome kernel_restore_send(struct kernel *kernel,
					const struct buffer *batch,
					struct diags *diags) MUST_USE;
enum commit_outcome kernel_restore_try(struct kernel *kernel,
				       const struct buffer *batch,
				       struct diags *diags) MUST_USE;

/*
 * Whether rolewall's tables hold what they would after putting back `ruleset`: all but
 * what rules fill in, what counts and what runs out.  `live` and `ruleset` as
 * kernel_read_whole() or kernel_decode() gave them; else a plan between them is made.
 */
bool kernel_restore_holds(const struct ruleset *live,
			  const struct ruleset *ruleset) ALL_NONNULL MUST_USE;
