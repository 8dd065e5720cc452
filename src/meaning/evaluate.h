/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet through a rule set: what happens to it, by which rule, on which way.
 *
 * Pure: works on desired and live rule sets alike, asks the machine nothing.  Only
 * rolewall's own tables are walked; what other tables do is not known here.
 */
#pragma once

#include "ruleset/ruleset.h"

/* Which of a host's base chains a packet meets, in this order. */
enum packet_way {
	WAY_IN,      /* netdev ingress of `iifname`, prerouting, input */
	WAY_OUT,     /* output, postrouting, netdev egress of `oifname` */
	WAY_THROUGH, /* ingress, prerouting, forward, postrouting, egress */
	WAY_COUNT
};

/* Whether the packets of a way come by a hook. */
bool way_has_hook(enum packet_way way, enum hook hook) MUST_USE;

/* Bits as in the kernel's register of "ct state". */
enum connection_state {
	STATE_INVALID = 1,
	STATE_ESTABLISHED = 2,
	STATE_RELATED = 4,
	STATE_NEW = 8,
	STATE_UNTRACKED = 64
};

/* All that a rule of ours can ask of a packet.  Addresses and ports in network order
 * where they are bytes, numbers in the host's. */
struct packet {
	enum packet_way way;
	enum family family;
	const char *iifname, *oifname;       /* "" on the side that it does not have */
	uint8_t source[16], destination[16]; /* the first 4 for IPv4 */
	uint8_t protocol;                    /* meta l4proto */
	uint16_t source_port, destination_port;
	uint8_t icmp_type;   /* of ICMP and ICMPv6 */
	uint8_t hop_limit;   /* IPv4: time to live */
	uint8_t packet_type; /* PACKET_HOST 0, _BROADCAST 1, _MULTICAST 2 */
	enum connection_state state;
	bool route_back; /* "fib saddr . iif oif" finds a route */
};

enum outcome {
	OUTCOME_ACCEPT,
	OUTCOME_DROP,
	OUTCOME_REJECT,
	OUTCOME_UNKNOWN, /* a part that rolewall does not understand decides */
	OUTCOME_COUNT
};

/* One rule that the packet matched, or (rule NULL) the end of a base chain. */
struct passage {
	const struct table *table;
	const struct chain *chain;
	const struct rule *rule;       /* NULL: the chain's policy */
	const struct element *element; /* of the verdict map that decided; NULL: none */
};

struct evaluation {
	enum outcome outcome;
	/* what decided: of an accepted packet, the last base chain's; its `chain` is
	 * NULL when no base chain is on the way */
	struct passage decider;

	struct {
		struct passage *items;
		size_t count, capacity;
	} passages; /* the rules that matched, in order; the decider is the last */
};

/*
 * The packet comes alone: limits are not exhausted, so "limit rate" matches and "limit
 * rate over" does not.
 *
 * A foreign step makes the outcome OUTCOME_UNKNOWN unless the packet is decided before
 * it, or is decided the same whatever it does: it may match or not, and, as all of a
 * live rule is one foreign step, return, accept or drop by itself.  (One that rejects
 * is not told from one that drops.)  So behind a foreign step nothing is accepted.  The
 * same of a set, chain or comparison that is not understood; the decider is then the
 * first such thing.
 *
 * `ruleset` is normalized.  The arena gives room for the passages.
 */
void evaluate(struct arena *arena, const struct ruleset *ruleset,
	      const struct packet *packet, struct evaluation *evaluation) ALL_NONNULL;

/* "accept", "drop", "reject", "unknown". */
extern const char *const outcome_names[OUTCOME_COUNT];

/*
 * The values at which an answer may change: `field` within LOW..HIGH (both inclusive,
 * in network order, of the field's width) is cut into parts that no comparison, set or
 * map of the rule set tells apart; appended is the first value of each, LOW among
 * them, sorted and without doubles.  Works for addresses and ports; for a port of one
 * protocol the "th" fields count too.
 */
struct boundaries {
	uint8_t (*items)[16];
	size_t count, capacity;
};

void evaluate_boundaries(struct arena *arena, const struct ruleset *ruleset,
			 enum field field, const uint8_t *low, const uint8_t *high,
			 struct boundaries *boundaries) ALL_NONNULL;
