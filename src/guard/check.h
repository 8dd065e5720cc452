/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a check of one protected path found: check.c finds it, refusal.c tells it. */
#pragma once

#include "guard/guard.h"
#include "meaning/evaluate.h"

enum cut_kind {
	CUT_BY_RULES,
	CUT_NO_ADDRESS, /* this host has no address to which they could come */
	CUT_TOO_MANY    /* more packets than can be tried */
};

struct cut {
	const struct path *path;
	enum cut_kind kind;

	/* CUT_BY_RULES: the first packet that did not come through, and why */
	struct packet packet;
	enum outcome outcome;
	struct passage decider;
	bool off_management; /* flows pass on other interfaces than the packet's */
	bool some_ports;     /* from its source port, and not from all */

	/* with peers: which of them are cut, and whether that is all of them */
	struct ranges peers;
	bool all_peers;
};

/* The chain in which compile/ puts flows that pass on some interfaces alone. */
#define MANAGEMENT_CHAIN "input-management"

/* Adds a DIAG_LOCKOUT with its notes.  `ordinal` tells cuts apart, from 1. */
void cut_report(const struct ruleset *ruleset, const struct cut *cut, unsigned ordinal,
		struct diags *diags);
