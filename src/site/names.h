/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things by name, found through a hash, kept in the order in which they came. */
#pragma once

#include "base/arena.h"

struct name_entry {
	const char *text;
	void *thing;
};

/* All zero when empty. */
struct names {
	struct name_entry *items;
	size_t count, capacity;
	size_t *slots; /* index + 1 into items; 0: free */
	size_t slot_count;
};

/* The thing called `text`; NULL when there is none. */
void *names_find(const struct names *names, const char *text) ALL_NONNULL;

/* Adds `thing`, or returns the thing that has that name already; NULL: added. */
void *names_add(struct arena *arena, struct names *names, const char *text,
		void *thing) ALL_NONNULL;

/* The name that was meant instead of `text`, when one is near enough; else NULL. */
const char *names_nearest(struct arena *arena, const struct names *names,
			  const char *text) ALL_NONNULL;
