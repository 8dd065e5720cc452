/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumped messages in the form in which the kernel takes them.
 *
 * A dump says nearly what a request has to say; handles, counts of users and the names
 * that the kernel has given to anonymous sets are its own.  Whatever rolewall does not
 * understand of an expression goes back as it came.
 */
#pragma once

#include "kernel/decode.h"

struct rewriter {
	struct buffer *out;
	struct arena *arena;           /* of texts, for as long as it is used */
	const struct decoder *decoder; /* has the sets that are named; NULL: as named */
	enum table_family family;
	const struct set_reading
		*set; /* of a message about one, anonymous; else NULL */
	/* For comparing: without ids, and what counts or runs out. */
	bool plain;
	uint32_t object_type; /* of the message, if it is about an object */
	uint16_t lost;        /* an attribute that nobody knows how to send; 0: none */
};

/* Puts all attributes of the message but the list of a message with elements. */
void rewrite_message(struct rewriter *rewriter,
		     const struct nlmsghdr *message) ALL_NONNULL;

/* Puts an element, as `nest` holds one. */
void rewrite_element(struct rewriter *rewriter, const struct nlattr *nest) ALL_NONNULL;

/* Puts an expression, as `nest` holds one. */
void rewrite_expression(struct rewriter *rewriter,
			const struct nlattr *nest) ALL_NONNULL;

/* NFTA_EXPR_NAME, NFTA_EXPR_DATA; NULL when it has none. */
const struct nlattr *expression_part(const struct nlattr *expression,
				     uint16_t part) MUST_USE;
bool expression_is_named(const struct nlattr *expression, const char *name) MUST_USE;

/* "__set%d": the kernel puts a number there. */
const char *anonymous_pattern(struct arena *arena, const char *name) MUST_USE;

/* The set that an expression names; NULL when it names none that the decoder knows. */
struct set_reading *expression_set_reading(struct rewriter *rewriter,
					   const struct nlattr *nest) MUST_USE;

/* The shortest time-out, of an element whose time is over: none would mean the whole
 * of it, as would what is shorter than the kernel can count (100 times a second). */
enum { SHORTEST_MS = 10 };
