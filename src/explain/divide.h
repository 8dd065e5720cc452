/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many packets through a rule set at once: divided into portions whose packets take the
 * very same way.
 *
 * The values of each field are put into classes that no comparison on the way tells
 * apart, and one packet of each combination is evaluated.  So the cost is the product
 * of the classes, not of the addresses: a set of a million prefixes makes two classes.
 */
#pragma once

#include "meaning/evaluate.h"

/* In what the packets of a bundle differ. */
enum dimension {
	DIMENSION_SOURCE,
	DIMENSION_DESTINATION,
	DIMENSION_SOURCE_PORT,
	DIMENSION_PORT,
	DIMENSION_TYPE, /* of ICMP and ICMPv6 */
	DIMENSION_COUNT
};

/*
 * All packets with these values.  Their hop limit is the usual one of their kind, and
 * the way back to their source is where they come from.
 */
struct bundle {
	enum packet_way way;
	enum family family;
	const char *iifname, *oifname; /* "" on the side that it does not have */
	uint8_t protocol;
	enum connection_state state;
	/* normalized; width 0: such packets have no such field; else never empty */
	struct ranges values[DIMENSION_COUNT];
};

/* Packets of a bundle, and what becomes of all of them. */
struct portion {
	struct ranges values[DIMENSION_COUNT];
	enum outcome outcome;
	struct passage decider; /* its chain is NULL when no base chain is on the way */
	const struct passage *passages;
	size_t passage_count;
};

struct portions {
	struct portion *items;
	size_t count, capacity;
	bool cut; /* there are too many: some packets are in no portion */
};

enum { CELL_MAX = 16384 }; /* combinations of classes that are evaluated */

/* Appends the portions of the bundle, accepted ones first. */
void divide(struct arena *arena, const struct ruleset *ruleset,
	    const struct bundle *bundle, struct portions *portions) ALL_NONNULL;

/* A bit for each outcome that some packet of the bundle has; also OUTCOME_UNKNOWN's
 * when it is cut. */
unsigned outcomes_of(struct arena *arena, const struct ruleset *ruleset,
		     const struct bundle *bundle) ALL_NONNULL MUST_USE;

/* What both sets hold. */
struct ranges ranges_shared(struct arena *arena, const struct ranges *a,
			    const struct ranges *b) ALL_NONNULL MUST_USE;
