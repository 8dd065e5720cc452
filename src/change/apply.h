/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What applying one plan and applying until it holds share: apply.c, change.c. */
#pragma once

#include "library/handle.h"

/* The kernel as it was, and what separated it from what is desired. */
struct seen {
	struct rolewall_ruleset *live;
	struct rolewall_plan *plan;
	uint32_t generation;
};

void seen_forget(struct seen *seen);

#define AUTO_SEEN __attribute__((cleanup(seen_forget)))

/* `whole`: with all that a roll-back has to bring back. */
int look(struct rolewall_kernel *kernel, const struct rolewall_ruleset *desired,
	 bool whole, struct rolewall_messages *messages, struct seen *seen) MUST_USE;

/* The kernel counts a generation for each commit, and jumps over 0. */
uint32_t generation_after(uint32_t generation) MUST_USE;

/* Nobody else has written, and yet the kernel holds something else than was sent. */
int readback_differs(const struct plan *rest, struct rolewall_messages *messages);

/* ROLEWALL_CONFLICT, in these words. */
int conflict(struct rolewall_messages *messages, const char *words);
