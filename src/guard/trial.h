/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One family of a protected path, laid out to be tried: the parts of the peers that the
 * rule set tells apart, the source ports likewise, and the ways to this host.
 */
#pragma once

#include "guard/guard.h"
#include "meaning/evaluate.h"

/* The interface by which a machine talks to itself. */
#define LOOPBACK_INTERFACE "lo"

/* An address of this host, and an interface by which packets to it come. */
struct way {
	uint8_t address[16];
	const char *interface;
};

struct ways {
	struct way *items;
	size_t count, capacity;
};

struct trial {
	const struct path *path;
	enum family family;
	uint8_t low[16], high[16]; /* the peers */
	struct boundaries parts, ports;
	struct ways ways; /* none: this host has no address that they can reach */
};

/* The path's own family and peers; without peers, all of `family`. */
struct trial trial_of(const struct path *path, enum family family) MUST_USE;

void trial_divide(struct arena *arena, const struct ruleset *ruleset,
		  const struct local_addresses *local, struct trial *trial);
void trial_find_ways(struct arena *arena, const struct local_addresses *local,
		     struct trial *trial);

/* The last address of a part. */
void trial_part_end(const struct trial *trial, size_t part, uint8_t end[16]);

/* Whether it is one of this host's own addresses or of the loopback. */
bool address_is_here(const struct local_addresses *local, enum family family,
		     const uint8_t *address) MUST_USE;
