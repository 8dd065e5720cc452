/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of packets, at which hosts, by which rules, and what asked for these:
 * the answer to a question like "tcp analysts sensor-1:22".
 *
 * A question stands for many packets.  They are divided until all of a part take the
 * very same way, so that the answer holds for every one of them.
 */
#pragma once

#include <jansson.h>

#include "explain/divide.h"
#include "site/site.h"

/* What the packets do at a host. */
enum leg_kind {
	LEG_OUT,
	LEG_IN,
	LEG_THROUGH,
	LEG_SELF_OUT, /* from the host to itself, over the loopback: out and in again */
	LEG_SELF_IN,
	LEG_KIND_COUNT
};

/* A flow that a dropped part comes near to, and what keeps it from being let through.
 */
struct nearest {
	const struct flow *flow; /* NULL: none is near */
	const char *asked;       /* "tcp 8443 from analysts" */
	const char *but;         /* "opens 443" */
};

/* Packets with one fate, of both families. */
struct part {
	struct ranges sources[FAMILY_COUNT], destinations[FAMILY_COUNT];
	/* width 0: such packets have none */
	struct ranges source_ports, ports, types;
	enum outcome outcome;
	enum table_family table; /* of the rule */
	const struct rule
		*rule; /* that decides; NULL: the chain's policy, or nothing */
	const struct chain *chain; /* NULL: no chain is on the way */
	bool is_ours;            /* as the site compiles it; only asked of live rules */
	const struct flow *flow; /* NULL: the rule is of no flow */
	struct span origin;
	const struct passage *passages;
	size_t passage_count;
	struct nearest nearest; /* of what is not accepted */
	/* a bit for each outcome of the answers; 0: none are expected */
	unsigned answers;
	const struct passage *answer; /* that decides all of them; NULL: several do */
	/* of live rules: the outcomes by what the site compiles to */
	unsigned desired;
};

struct parts {
	struct part *items;
	size_t count, capacity;
};

/* An interface as a rule names it, and one name that it takes. */
struct interface {
	const char *pattern; /* "eth0", "wl*"; NULL: any that nothing names; "": none */
	const char *sample;
};

/* Other interfaces by which the packets could come or leave. */
struct byway {
	struct interface in, out;
	bool is_same; /* as by the leg's own */
	unsigned outcomes;
	const struct passage *decider; /* of all of them; NULL: several decide */
};

struct leg {
	const struct actor *host;
	const struct ruleset *ruleset;
	enum leg_kind kind;
	size_t place; /* in which it was asked */
	struct interface in, out;
	struct ranges sources[FAMILY_COUNT], destinations[FAMILY_COUNT]; /* of all */
	struct parts parts;
	bool cut; /* there are too many parts: some packets are in none */
	/* what was taken for granted: that the source's way back is the way it came,
	 * that a rate is not used up */
	bool takes_route, takes_rate;

	struct {
		struct byway *items;
		size_t count, capacity;
	} byways;

	bool byways_cut; /* there are more interfaces than were asked about */

	/* of live rules: chains of other tables that it passes, by place */
	struct {
		const struct neighbour **items;
		size_t count, capacity;
	} neighbours;
};

struct explanation {
	const struct site *site;
	const struct expectation *question;
	bool is_live, is_loaded; /* the kernel's rules; whether it holds any of ours */
	unsigned outcomes;       /* of all packets, on all of their legs */

	struct {
		struct leg *items;
		size_t count, capacity;
	} legs;

	size_t host_count; /* that the packets are from or to; not all need be asked */
	size_t asked_count;
	/* the packets of which no host that was asked is an end; with `host`: none */
	struct ranges other_sources[FAMILY_COUNT], other_destinations[FAMILY_COUNT];
};

struct explain_question {
	const struct site *site;
	const struct expectation *packet; /* by site_packet() */
	/* whose rules: all that he does with the packets; NULL: each host that they are
	 * from or to, as far as they are */
	const struct actor *host;
	const char *interface;      /* NULL: the one that flows pass on */
	const struct ruleset *live; /* the host's, by its kernel; NULL: as compiled */
};

enum { HOST_MAX = 16 }; /* hosts that are asked */

/* Whether the packets are from or to a host of the site, `any` aside. */
bool explain_finds_host(const struct site *site,
			const struct expectation *packet) ALL_NONNULL MUST_USE;

/* NULL with diagnostics when a host cannot be compiled. */
const struct explanation *explain(struct arena *arena,
				  const struct explain_question *question,
				  struct diags *diags) ALL_NONNULL MUST_USE;

/* "accept", "drop", "reject", "mixed", "unknown": of a bit for each outcome. */
const char *verdict_word(unsigned outcomes) RETURNS_NONNULL;

void explain_print(const struct explanation *explanation, bool color,
		   struct buffer *out) ALL_NONNULL;

/* The keys of `explain` in the document of --json; owner: the caller. */
json_t *explain_json(const struct explanation *explanation) ALL_NONNULL MUST_USE;
