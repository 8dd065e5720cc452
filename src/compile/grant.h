/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which flows concern a host, with whom, and why not: the meaning of the site, asked
 * by the compiler and by the matrix alike.
 */
#pragma once

#include "site/site.h"

enum direction { DIRECTION_IN, DIRECTION_OUT };

/* A flow that is open on a host towards one end, in at least one family. */
struct grant {
	const struct flow *flow;
	enum direction direction;
	const struct end *peer; /* the far end: one name of `from` (in) or `to` (out) */
	bool mirrored;          /* from `both-ways`: `from` and `to` changed places */
	bool any;               /* the peer is `any` */
	bool to_group; /* sent to the flow's group, not to an address of the far end */
	bool by_address; /* the peer's addresses are compared */
	/* the peer's addresses less the host's own; empty in a family that is closed */
	const struct ranges *addresses[FAMILY_COUNT];
	bool families[FAMILY_COUNT]; /* open in this family */
};

struct grants {
	struct grant *items;
	size_t count, capacity;
};

/* The address set of an end as seen from a host: shared by all grants that name it. */
struct grant_set {
	const char *name; /* of the role, host or peer */
	enum family family;
	struct ranges addresses; /* never empty */
	struct span origin;
};

struct grant_sets {
	struct grant_set *items;
	size_t count, capacity;
};

/* Flows in the site's order; for each the directions and ends in the text's order. */
void grants_of_host(struct arena *arena, const struct site *site,
		    const struct actor *host, struct grants *grants,
		    struct grant_sets *sets) ALL_NONNULL;

/* Why a flow is not open on a host. */
enum closed_reason {
	CLOSED_NOT,         /* it is open */
	CLOSED_BY_NAME,     /* `close` names it */
	CLOSED_OTHER_HOSTS, /* neither end is this host */
	CLOSED_NOBODY,      /* nobody plays the far end */
	CLOSED_ONLY_ITSELF, /* only this host plays the far end */
	CLOSED_NO_FAMILY,   /* the ends share no address family */
};

/* Asked of one flow; `why` (arena) is a sentence for the matrix. */
enum closed_reason flow_closed(struct arena *arena, const struct site *site,
			       const struct flow *flow, const struct actor *host,
			       const char **why) ALL_NONNULL;
