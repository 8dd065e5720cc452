/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which base chains packets meet, and in which order: for one packet and for all. */
#pragma once

#include "meaning/evaluate.h"

enum { HOOKS_MAX = 5 };

/* The hooks of each way, in the packet's order. */
struct way_hooks {
	size_t count;
	enum hook hooks[HOOKS_MAX];
};

extern const struct way_hooks ways[WAY_COUNT];

struct base {
	const struct table *table;
	const struct chain *chain;
};

struct bases {
	struct base *items;
	size_t count, capacity;
};

/*
 * Appends the base chains at a hook that a connection in this state meets, in the order
 * in which the kernel asks them; those of devices for whatever device.  Foreign chains
 * are left out.
 */
void bases_find(struct arena *arena, const struct ruleset *ruleset, enum hook hook,
		enum connection_state state, struct bases *bases) ALL_NONNULL;
