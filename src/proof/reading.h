/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a site says of the packets of a host, as functions of all of them. */
#pragma once

#include "meaning/space.h"
#include "site/names.h"
#include "site/site.h"

struct readings {
	struct arena *arena;
	const struct site *site;
	struct names roles; /* struct role_players, of roles that were asked for */
};

/* The addresses of all that play a role. */
struct role_players {
	struct ranges addresses[FAMILY_COUNT];
};

/* One host's. */
struct reading {
	struct readings *readings;
	struct arena *arena; /* of this host alone */
	struct diagram *diagram;
	const struct actor *host;
	struct names ends[2]; /* struct far_end: sources, destinations */
	/* what its flows permit, in and out, on whatever interface */
	const struct node *flows[2][FAMILY_COUNT];
	bool listens; /* to an IPv4 group, by some flow */
};

/* Reads the flows. */
void reading_begin(struct reading *reading);

/*
 * What becomes of the host's packets, family by family: terminals as in struct
 * traffic.
 */
void reading_make(struct reading *reading, enum packet_way way,
		  enum connection_state state, struct traffic *traffic);

/* ---- the parts: where something permits a packet PERMITTED, else NOT_PERMITTED ----
 */

#define PERMITTED     (1u << OUTCOME_ACCEPT)
#define NOT_PERMITTED (1u << 5) /* beside the bits of outcomes */

/* Where one of two permits it. */
const struct node *reading_either(struct reading *reading, const struct node *a,
				  const struct node *b) MUST_USE;
const struct node *reading_terminal(struct reading *reading, uint32_t bits) MUST_USE;

/* One value, or a range of numbers. */
const struct node *reading_range(struct reading *reading, enum variable variable,
				 uint64_t low, uint64_t high,
				 const struct node *inside) MUST_USE;
const struct node *reading_addresses(struct reading *reading, enum variable variable,
				     const struct ranges *ranges,
				     const struct node *inside) MUST_USE;

/* All flows of one direction: WAY_IN or WAY_OUT. */
const struct node *reading_flows(struct reading *reading, enum packet_way way,
				 enum family family) MUST_USE;

/* What every host needs, whatever its flows: ICMP, DHCP, group membership. */
const struct node *reading_needs(struct reading *reading, enum packet_way way,
				 enum family family) MUST_USE;
