/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule set of last resort: for a boot at which no confirmed one is whole. */
#pragma once

#include "ruleset/ruleset.h"

/* A way to this machine that stays open for new connections. */
struct open_path {
	uint8_t protocol;          /* IPPROTO_TCP, _UDP or _SCTP */
	uint16_t port;             /* of this machine */
	bool has_peers;            /* false: from anywhere */
	enum family family;        /* with `has_peers` */
	uint8_t low[16], high[16]; /* with `has_peers`: from these */
};

/*
 * Drops everything, both ways and through, but what every host of every site passes
 * (housekeeping.c) and new connections on the paths.  Normalized, of no host and site.
 */
const struct ruleset *compile_closed(struct arena *arena, const struct open_path *paths,
				     size_t count) RETURNS_NONNULL MUST_USE;
