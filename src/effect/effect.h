/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change of rules lets in and shuts out: in few lines, exactly.
 *
 * Of new packets all that differs is told; of packets of other connection states only
 * what does not differ in the same way of new ones, and nothing when the one side has
 * no rules at all.
 */
#pragma once

#include <jansson.h>

#include "meaning/space.h"
#include "plan/plan.h"

/* Packets that newly pass, or newly do not: any combination of the values. */
struct effect {
	bool opens; /* else it closes */
	bool sure;  /* false: rules that are not understood have a say */
	enum packet_way way;
	unsigned states; /* enum connection_state, a bit for each */
	/* as in struct box: of all variables but the addresses */
	struct intervals of[VARIABLE_COUNT];
	bool families[FAMILY_COUNT]; /* those of which there are such packets */
	struct ranges from[FAMILY_COUNT], to[FAMILY_COUNT]; /* all of a family: any */
	struct packet witness;
};

struct effects {
	struct effect *items; /* what opens first, the largest first */
	size_t count, capacity;
	/* without rules on one side: then everything passes there */
	bool from_nothing, to_nothing;
	bool more;      /* there is more than could be listed */
	bool too_large; /* not found out: the rules are too many */
};

/* Between normalized rule sets, which outlive the arena's use. */
void effects_find(struct arena *arena, const struct ruleset *live,
		  const struct ruleset *desired, struct effects *effects) ALL_NONNULL;

/* The number of effects that open something. */
size_t effects_opening(const struct effects *effects) ALL_NONNULL;

/*
 * "opens   in  tcp 443  from 198.51.100.0/24, except 198.51.100.9  (255 addresses)"
 * and so on, at most `line_max` lines of each kind; nothing when nothing changes.
 */
void effects_print(const struct effects *effects, size_t line_max,
		   struct buffer *out) ALL_NONNULL;

/* [{direction, protocol, ports, from, to, ...}] of one kind; owner: the caller. */
json_t *effects_json(const struct effects *effects, bool opens) ALL_NONNULL MUST_USE;

/* Whether they are every address of their family. */
bool every_address(const struct ranges *ranges) ALL_NONNULL MUST_USE;

/* ---- words, shared by text and JSON ---- */

/* "tcp", "udp, sctp", "protocol 47", "every protocol", "every protocol but tcp". */
void effect_protocol(const struct effect *effect, struct buffer *out);
/* "443, 8000-8080"; "" for all ports. */
void intervals_print(const struct intervals *intervals, struct buffer *out);
/* "established, related" */
void effect_states(const struct effect *effect, struct buffer *out);
/* "on \"eth0\", source port 123"; "" when nothing else is asked for. */
void effect_conditions(const struct effect *effect, struct buffer *out);
/* "198.51.100.0/24, except 198.51.100.9", with at most `shown` parts. */
void effect_addresses(const struct effect *effect, const struct ranges *sides,
		      size_t shown, struct buffer *out);
/* The packet in the words of `explain`. */
void witness_print(const struct packet *packet, struct buffer *out);
