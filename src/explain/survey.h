/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside explain/: which comparisons of a rule set can tell a bundle's packets apart.
 */
#pragma once

#include "explain/divide.h"
#include "meaning/match.h"

#define BIT(n) (1u << (n))

/* A comparison that packets of the bundle may come to, and that they do not all answer
 * alike. */
struct comparison {
	const struct match *match;
	struct place place;
	unsigned dimensions; /* that it looks at: a bit for each */
};

struct comparisons {
	struct comparison *items;
	size_t count, capacity;
};

/* The packet of the bundle with these values, one of each dimension. */
struct packet bundle_packet(const struct bundle *bundle,
			    const uint8_t *const values[DIMENSION_COUNT]) ALL_NONNULL;

/* The packet with the first value of each dimension. */
struct packet bundle_first(const struct bundle *bundle) ALL_NONNULL;

/* The fields that hold a dimension's values; only one of a family or a protocol is
 * there. */
enum { DIMENSION_FIELDS = 5 };

size_t dimension_fields(const struct bundle *bundle, enum dimension dimension,
			enum field fields[DIMENSION_FIELDS]) ALL_NONNULL;

/* More than is looked at may be found, never less. */
void survey(struct arena *arena, const struct ruleset *ruleset,
	    const struct bundle *bundle, struct comparisons *comparisons) ALL_NONNULL;
