/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside explain/: the values of one dimension that no comparison tells apart. */
#pragma once

#include "explain/survey.h"

struct class
{
	struct ranges values;
	uint8_t first[16];
};

struct classes {
	struct class *items;
	size_t count, capacity;
};

/* Whose classes are looked for. */
struct division {
	struct arena *arena;
	const struct ruleset *ruleset;
	const struct bundle *bundle;
	const struct comparisons *comparisons; /* all that survey() has found */
};

/*
 * Appends the classes of a dimension, in the order of their first values: one without
 * values when packets have no such field.  False when there are too many.
 */
bool classes_find(const struct division *division, enum dimension dimension,
		  struct classes *classes) ALL_NONNULL MUST_USE;
