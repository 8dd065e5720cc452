/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections that the kernel tracks, and which of them a rule set would not admit
 * if they began now.  Connections that are established go on whatever the rules say.
 */
#pragma once

#include "guard/guard.h"
#include "ruleset/ruleset.h"

struct connection_entry;

struct connection {
	enum family family;
	uint8_t protocol;
	bool inbound;                        /* begun by the peer; else by this host */
	uint8_t source[16], destination[16]; /* of who began it, and the other */
	uint16_t source_port, destination_port; /* 0: the protocol has none */
	bool is_protected;                      /* of a protected path: never cut */
	/* for people: the comment of the rule that decides, "policy of chain "input"";
	 * with "not understood: " before it when that is beyond rolewall */
	const char *why;
	/* the kernel's, by which it is ended; NULL: not understood, never cut */
	const struct connection_entry *entry;
};

struct connections {
	struct connection *items;
	size_t count, capacity;
	size_t seen; /* all that are tracked between this host and others */
};

/* Whose connections, and what has to admit them. */
struct connections_query {
	const char *netns; /* as in kernel_open() */
	const struct ruleset *ruleset;
	const struct paths *paths;
	const struct local_addresses *local;
};

/*
 * Appends the tracked connections, with answers seen, that begin or end at one of
 * `local` and that `ruleset` would not admit as new; in the kernel's order.  False with
 * a diagnostic when they cannot be listed.
 */
bool connections_find(struct arena *arena, const struct connections_query *query,
		      struct diags *diags, struct connections *connections) MUST_USE;

/*
 * Ends those that are understood and not protected, and no others (one that ended
 * meanwhile is passed over).  How many, into *cut, also when false is returned: with a
 * diagnostic, when one could not be.
 */
bool connections_cut(const char *netns, const struct connections *connections,
		     struct diags *diags, size_t *cut) MUST_USE;
