/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All of rolewall's tables as messages that bring them back.
 *
 * Made of the messages of a dump, not of what was understood of them: so what somebody
 * has added by hand comes back as well, with counters, elements and the rest of their
 * time.  In each table first chains, then objects, sets with their elements,
 * flowtables; then the rules, each behind the anonymous sets that it owns.
 */
#pragma once

#include "kernel/decode.h"

struct record {
	const char *bytes; /* messages without sequence numbers; no head, no end */
	size_t length;
	/* what could not be put into them: "attribute 30 of chain "x"" */
	const char *const *lost;
	size_t lost_count;
};

/* Of all that the decoder has kept; lives in the decoder's arena. */
const struct record *record_make(struct decoder *decoder) RETURNS_NONNULL MUST_USE;

/* The messages of the record that are of one of the rule set's tables. */
struct record_walk {
	const struct ruleset *ruleset;
	struct message_walk messages;
};

struct record_walk record_messages(const struct ruleset *ruleset) MUST_USE;
const struct nlmsghdr *record_next(struct record_walk *walk) MUST_USE;

/* Whether the message can be sent back; one of a rule has an obstacle otherwise: the
 * name of an expression, NULL when there is none. */
bool record_is_sent(const struct nlmsghdr *message) MUST_USE;
const char *record_obstacle(const struct nlmsghdr *message) MUST_USE;

/* Appends all that can be sent back; the sets of a rule go with it. */
void record_put(const struct ruleset *ruleset, struct buffer *out) ALL_NONNULL;
