/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One match of a rule as a function of all packets; what space.c shares with it. */
#pragma once

#include "meaning/match.h"
#include "meaning/space.h"

/* What may have become of a packet: terminals of the functions of steps to hooks. */
#define ACCEPTED    (1u << OUTCOME_ACCEPT) /* by this base chain */
#define DROPPED     (1u << OUTCOME_DROP)
#define REJECTED    (1u << OUTCOME_REJECT)
#define UNDECIDED   (1u << OUTCOME_UNKNOWN) /* one of several, at the end of the way */
#define ON_STEP     (1u << 4)               /* to the next step */
#define ON_RULE     (1u << 5)               /* to the next rule */
#define RETURNED    (1u << 6) /* from the chain, at its end or by a verdict */
#define UNKNOWN     (ON_RULE | RETURNED | ACCEPTED | DROPPED) /* what foreign parts do */
#define LOOK        (1u << 7) /* another function knows it */
#define LOOK_OTHER  (1u << 8)
#define LOOK_LOOPED (1u << 9)
/* of a map: the first of the verdicts that lead to chains */
#define TARGET_FIRST 10
#define TARGET_MAX   20

enum { PROTOCOLS = 256 };

/* What all packets of a family share: which fields each protocol has. */
struct family_fields {
	uint32_t present[PROTOCOLS], doubtful[PROTOCOLS];
};

/* Which packets have some fields, for all matches that ask for these. */
struct gate {
	enum family family;
	uint32_t wanted, maybe, state_doubtful;
	const struct node *node;
};

/* A rule's node where it does not depend on the connection's state, for other states.
 */
struct rule_node {
	const struct rule *rule; /* NULL: a free slot */
	enum family family;
	enum packet_way way;
	enum hook hook;
	const struct node *node;
};

/* A set's node, for all rules that look into it. */
struct set_node {
	const struct set *set; /* NULL: a free slot */
	enum variable variable;
	bool negated;
	const struct node *next; /* where the set matches */
	const struct node *node;
};

struct space {
	struct arena *arena;
	struct diagram *diagram;
	struct family_fields fields[FAMILY_COUNT];

	struct {
		struct gate *items; /* few: rules ask for much the same */
		size_t count, capacity;
	} gates;

	struct {
		struct rule_node *slots; /* open addressing, as above */
		size_t count, size;
	} rules;

	struct {
		struct set_node *slots; /* open addressing, a power of two of them */
		size_t count, size;
	} sets;
};

/* Where packets are, and which: a place on their way. */
struct station {
	struct space *space;
	enum family family;
	struct packet packet; /* one of them */
	struct registers registers;
	struct registers looped; /* of those that come from the loopback */
	bool has_iif, has_oif;   /* else the name is "" */
	bool is_forwarded;       /* one hop is taken */
	enum hook hook;
};

void station_enter(struct station *station, const struct place *place);

/* The verdicts of a map that lead to chains, each once. */
struct targets {
	const struct element **items;
	size_t count, capacity;
};

/* A match, and what comes behind it. */
struct asked {
	const struct match *match;
	const struct node *next; /* instead of ON_STEP, where it matches */
	/* of a map: see station_match() */
	const struct targets *targets;
	size_t first;
};

/*
 * What comes next where the match matches, ON_RULE where not.  Of a map, elements' own
 * verdicts; those that lead to a chain are the bits from TARGET_FIRST on, of `targets`
 * from `first` on; LOOK_OTHER for elements of further targets.
 */
const struct node *station_match(struct station *station,
				 const struct asked *asked) MUST_USE;

/* The same of one that looks into a set, of packets that have the fields. */
const struct node *station_set(struct station *station, const struct asked *asked,
			       const struct registers *registers) MUST_USE;

/* The variable of a field here; VARIABLE_COUNT: all packets have the same. */
enum variable station_variable(const struct station *station,
			       enum field field) MUST_USE;

/* The values of the variable for which the field is LOW..HIGH; false: none. */
bool station_interval(const struct station *station, enum field field,
		      const uint8_t *low, const uint8_t *high,
		      struct interval *interval) MUST_USE;

/* The deepest of the variables that a match asks for. */
enum variable match_variable(const struct station *station,
			     const struct match *match) MUST_USE;

/* Whether the connection's state is among its fields. */
bool match_asks_state(const struct match *match) MUST_USE;

/* ON_STEP for protocols that have all of the fields, else ON_RULE. */
const struct node *station_presence(struct station *station, const enum field *fields,
				    size_t count) MUST_USE;

/* The bits of `inside` for one protocol, else of `outside`. */
const struct node *station_protocol(struct station *station, uint8_t protocol,
				    uint32_t inside, uint32_t outside) MUST_USE;

/* The place of the target among them; its count when it is not there. */
size_t targets_find(const struct targets *targets, const struct element *element);
