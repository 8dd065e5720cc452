/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting back the rule set from before a change: made before it, sent after it. */
#pragma once

#include "library/handle.h"

struct restore {
	const struct ruleset *before;
	uint64_t before_ms; /* CLOCK_BOOTTIME at which it was read */
	struct buffer batch;
};

/* Makes the batch; `before` has to outlive it. */
void restore_make(struct restore *restore, const struct ruleset *before,
		  uint64_t before_ms) ALL_NONNULL;
void restore_end(struct restore *restore);

#define AUTO_RESTORE __attribute__((cleanup(restore_end)))

/*
 * Whether the kernel would take it; what cannot be brought back is warned of.  False
 * with a diagnostic.
 */
bool restore_is_possible(const struct restore *restore, struct kernel *kernel,
			 struct diags *diags) MUST_USE;

/*
 * Sends it, once, and looks: the kernel holds in rolewall's tables what it held then.
 * Where it refuses the netdev table (a device that is gone), the inet table comes back
 * without, which is an error all the same.  False with diagnostics.
 */
bool restore_send(struct restore *restore, struct kernel *kernel,
		  struct diags *diags) MUST_USE;
