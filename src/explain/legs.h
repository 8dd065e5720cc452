/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside explain/: the legs of a question's packets, and the interfaces that they take.
 */
#pragma once

#include "explain/explain.h"

enum { INTERFACE_MAX = 32 };

struct interfaces {
	struct interface *items;
	size_t count, capacity;
	bool cut; /* there are more */
};

/*
 * Every interface that the host or its rules name for `field` (FIELD_IIFNAME or
 * FIELD_OIFNAME) but the loopback, the one that flows pass on first, and any other.
 */
void interfaces_find(struct arena *arena, const struct actor *host,
		     const struct ruleset *ruleset, enum field field,
		     struct interfaces *interfaces) ALL_NONNULL;

/* Hosts that the packets are from or to. */
struct hosts {
	const struct actor **items;
	size_t count, capacity;
};

void hosts_find(struct arena *arena, const struct site *site,
		const struct expectation *packet, struct hosts *hosts) ALL_NONNULL;

/* The legs at one host, without interfaces and parts; `whole`: all that it does with
 * the packets, also when it is neither end. */
void legs_find(struct arena *arena, const struct explain_question *question,
	       const struct actor *host, bool whole,
	       struct explanation *explanation) ALL_NONNULL;

/* The packets of a leg in one family; false when there are none. */
bool leg_bundle(struct arena *arena, const struct explain_question *question,
		const struct leg *leg, enum family family,
		struct bundle *bundle) ALL_NONNULL MUST_USE;

/* Multicast and broadcast: to whom there is no answer. */
struct ranges shared_addresses(struct arena *arena,
			       enum family family) ALL_NONNULL MUST_USE;
