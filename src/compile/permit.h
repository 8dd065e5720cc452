/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lets an expected packet pass a host, and the ways that its addresses take. */
#pragma once

#include "compile/grant.h"

enum { PORT_FIRST = 1, PORT_LAST = 65535 };

/* An expectation with all that its host's rules come from. */
struct passage {
	struct arena *arena; /* of this expectation */
	const struct expectation *expectation;
	const struct grants *grants; /* of the host */
};

/* The addresses of a packet in one family, by the way that they take. */
struct ways {
	enum family family;
	/* sources from outside, and the host's own */
	struct ranges foreign, own;
	/* destinations that the host takes in, all but its own, and neither */
	struct ranges local, remote, elsewhere;
};

/* What lets packets of one family and direction pass. */
struct permit {
	const struct ranges *far;  /* the far end; NULL: every address */
	const uint8_t *group;      /* the one destination; NULL: every one */
	uint16_t first, last;      /* source ports */
	const struct grant *grant; /* NULL: the policy's `dhcp-client` */
};

struct permits {
	struct permit *items;
	size_t count, capacity;
};

struct ways ways_of(const struct passage *passage,
		    enum family family) ALL_NONNULL MUST_USE;

/* All that lets some of the packets pass, whatever their addresses are. */
struct permits permits_find(const struct passage *passage, enum direction direction,
			    enum family family) ALL_NONNULL MUST_USE;

/* What both sets hold. */
struct ranges ranges_both(struct arena *arena, const struct ranges *a,
			  const struct ranges *b) ALL_NONNULL MUST_USE;
