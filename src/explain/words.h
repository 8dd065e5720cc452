/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside explain/: sets of addresses, ports and types in words; arena's copies. */
#pragma once

#include "explain/explain.h"

/* "192.0.2.1, 192.0.2.8/29 and 3 more" */
const char *ranges_words(struct arena *arena, const struct ranges *ranges) ALL_NONNULL;

/* "22, 8000-8080"; of no width or of all ports: "". */
const char *ports_words(struct arena *arena, const struct ranges *ports) ALL_NONNULL;
const char *port_ranges_words(struct arena *arena, const struct port_range *ranges,
			      size_t count);

/* "echo-request, 42", as nft spells them; of all types: "". */
const char *types_words(struct arena *arena, const struct ranges *types,
			enum transport transport) ALL_NONNULL;

/* A part of all that a leg has on one side, of both families. */
struct side {
	const struct expect_side *asked;
	const struct ranges *part, *all; /* of each family */
	bool is_host; /* the host's own end, of which it has but few */
};

/* "192.0.2.1, 2001:db8::1"; of an `any` "any but 192.0.2.0/24", when that is shorter.
 */
const char *side_words(struct arena *arena, const struct side *side) ALL_NONNULL;

/* "client or backup" */
const char *end_names(struct arena *arena, const struct ends *ends) ALL_NONNULL;

/* Whether the set is all addresses of its family. */
bool ranges_are_all(const struct ranges *ranges) ALL_NONNULL MUST_USE;

/* Whether the part holds all that there is, of both families. */
bool ranges_are_whole(const struct ranges part[FAMILY_COUNT],
		      const struct ranges all[FAMILY_COUNT]) ALL_NONNULL MUST_USE;

/* "FILE:LINE"; "" when it is from nowhere. */
const char *span_words(struct arena *arena, struct span span);

/* The rule in nft's words, or "policy drop". */
const char *decider_words(struct arena *arena,
			  const struct passage *passage) ALL_NONNULL;
