/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's order of base chains, told once. */
#include <stdlib.h>

#include "meaning/bases.h"

/* clang-format off */
const struct way_hooks ways[WAY_COUNT] = {
	[WAY_IN]      = { 3, { HOOK_INGRESS, HOOK_PREROUTING, HOOK_INPUT } },
	[WAY_OUT]     = { 3, { HOOK_OUTPUT, HOOK_POSTROUTING, HOOK_EGRESS } },
	[WAY_THROUGH] = { 5, { HOOK_INGRESS, HOOK_PREROUTING, HOOK_FORWARD, HOOK_POSTROUTING,
			       HOOK_EGRESS } },
};

/* clang-format on */

bool way_has_hook(enum packet_way way, enum hook hook)
{
	for (size_t i = 0; i < ways[way].count; i++) {
		if (ways[way].hooks[i] == hook)
			return true;
	}
	return false;
}

static bool is_met(const struct chain *chain, enum hook hook,
		   enum connection_state state)
{
	/* NAT is asked once for each connection */
	return chain->base && !chain->foreign && chain->hook == hook &&
	       (chain->type != CHAIN_NAT || (state & (STATE_NEW | STATE_RELATED)));
}

/* By priority; of equal ones the kernel asks that first which it was told of last. */
static int compare_bases(const void *a, const void *b)
{
	const struct base *left = a, *right = b;
	int32_t priority = left->chain->priority, other = right->chain->priority;

	if (priority != other)
		return priority < other ? -1 : 1;
	if (left->table != right->table)
		return left->table > right->table ? -1 : 1;
	return left->chain > right->chain ? -1 : left->chain < right->chain;
}

void bases_find(struct arena *arena, const struct ruleset *ruleset, enum hook hook,
		enum connection_state state, struct bases *bases)
{
	for (size_t t = 0; t < ruleset->table_count; t++) {
		const struct table *table = &ruleset->tables[t];

		for (size_t c = 0; c < table->chain_count && !table->dormant; c++) {
			struct base base = { table, &table->chains[c] };

			if (is_met(base.chain, hook, state))
				LIST_PUSH(arena, bases, base);
		}
	}
	if (bases->count > 1)
		qsort(bases->items, bases->count, sizeof(*bases->items), compare_bases);
}
