/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a rule set would admit a tracked connection if it began now; asks no kernel.
 */
#pragma once

#include "connections/connections.h"
#include "connections/tracked.h"

struct interfaces {
	const char **names; /* sorted, each once */
	size_t count;
};

struct judge {
	struct arena *arena; /* of what is told */
	const struct ruleset *ruleset;
	const struct paths *paths;
	const struct local_address **local; /* sorted by family and address */
	size_t local_count;
	/* by which packets from elsewhere come, by the families of their addresses */
	struct interfaces outside[FAMILY_COUNT];
	struct arena *scratch; /* of evaluations */
	size_t packet_count;   /* evaluated */
	size_t seen;           /* connections that begin or end here */

	struct { /* one reason is told of many connections in a row */
		const void *rule, *chain, *element;
		bool unknown;
		const char *words;
	} last;
};

void judge_begin(struct judge *judge, struct arena *arena,
		 const struct connections_query *query) ALL_NONNULL;
void judge_end(struct judge *judge) ALL_NONNULL;

/*
 * True when it begins or ends here, is answered and not about to end, and a new one
 * would not be admitted: then `connection` says what it is and why.  What it points to
 * is the judge's arena's.
 */
bool judge_refuses(struct judge *judge, const struct tracked *tracked,
		   struct connection *connection) ALL_NONNULL MUST_USE;
