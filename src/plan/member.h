/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which members of tables, chains, sets and elements count, and how to say so. */
#pragma once

#include "ruleset/ruleset.h"

/* What differs, and whether the kernel can change all of it in place. */
struct difference {
	const char *what; /* "policy: accept -> drop"; NULL: nothing */
	bool in_place;
};

/* From `live` to `desired`; what is in them (chains, rules, elements) aside. */
struct difference table_difference(struct arena *arena, const struct table *live,
				   const struct table *desired) ALL_NONNULL;
struct difference chain_difference(struct arena *arena, const struct chain *live,
				   const struct chain *desired) ALL_NONNULL;
struct difference set_difference(struct arena *arena, const struct set *live,
				 const struct set *desired) ALL_NONNULL;

/* Element `i` of `live`, element `k` of `desired`: same key. */
struct difference element_difference(struct arena *arena, const struct set *live,
				     size_t i, const struct set *desired,
				     size_t k) ALL_NONNULL;
