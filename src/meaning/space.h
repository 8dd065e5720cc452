/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All packets through a rule set at once: what becomes of each, exactly.
 *
 * The same law as evaluate(), which takes one packet: what it says of any packet, the
 * function says at that packet.  One thing is not counted here: jumps, of which a
 * packet may make too many.
 */
#pragma once

#include "meaning/diagram.h"
#include "meaning/evaluate.h"

struct space;

/* What becomes of packets of one way and connection state: terminals 1u << OUTCOME. */
struct traffic {
	enum packet_way way;
	enum connection_state state;
	const struct node *outcomes[FAMILY_COUNT];
};

/*
 * Functions that are made in one space can be compared.  Everything lives in the
 * arena.  Sets of rule sets are known by their place in memory: a rule set must not be
 * freed before the space is.  `edge_max` 0: what is usual.
 */
struct space *space_new(struct arena *arena, size_t edge_max) MUST_USE;
struct diagram *space_diagram(struct space *space) MUST_USE;

/* False when the space is full: then nothing made in it is to be looked at any more. */
bool space_build(struct space *space, const struct ruleset *ruleset,
		 enum packet_way way, enum connection_state state,
		 struct traffic *traffic) ALL_NONNULL MUST_USE;

/* Whether the same becomes of every packet. */
bool traffic_equal(const struct traffic *a, const struct traffic *b) ALL_NONNULL;

/* What becomes of one; its way and state are the function's. */
enum outcome traffic_outcome(const struct traffic *traffic,
			     const struct packet *packet) ALL_NONNULL;

/* Packets with any combination of these values, of which the same becomes. */
struct box {
	enum family family;
	enum outcome from, to;
	struct intervals of[VARIABLE_COUNT]; /* without any: all values */
};

struct boxes {
	struct box *items;
	size_t count, capacity;
	bool more; /* there were more than `box_max` */
};

/*
 * Where two functions of one way and state differ, as boxes that share no packet.
 * Values that make no difference between them are in one box.
 */
void space_compare(struct space *space, const struct traffic *from,
		   const struct traffic *to, size_t box_max,
		   struct boxes *boxes) ALL_NONNULL;

/* One packet of a box; interface names are in the arena. */
struct packet box_packet(struct arena *arena, const struct traffic *traffic,
			 const struct box *box) ALL_NONNULL MUST_USE;

/* What a variable has in a packet. */
struct value packet_value(const struct packet *packet, enum variable variable) MUST_USE;

/* The 15 bytes that an interface's name may have, padded with zero. */
struct value value_of_name(const char *name) MUST_USE;
