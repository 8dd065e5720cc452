/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nf_tables expressions as plain structs: what stands between a step and the wire.
 *
 * Two expressions that are equal here are equal to the kernel; what is not understood
 * of one makes it EXPRESSION_OTHER, which equals nothing.
 */
#pragma once

#include "kernel/wire.h"
#include "ruleset/ruleset.h"

enum expression_kind {
	EXPRESSION_META,
	EXPRESSION_PAYLOAD,
	EXPRESSION_CT,
	EXPRESSION_FIB,
	EXPRESSION_CMP,
	EXPRESSION_BITWISE,
	EXPRESSION_RANGE,
	EXPRESSION_LOOKUP,
	EXPRESSION_DYNSET,
	EXPRESSION_IMMEDIATE,
	EXPRESSION_COUNTER,
	EXPRESSION_LIMIT,
	EXPRESSION_LOG,
	EXPRESSION_REJECT,
	EXPRESSION_OTHER, /* read, but not of these, or with more than they have */
	EXPRESSION_KIND_COUNT
};

/* No register: a lookup that gives no data. */
#define REGISTER_NONE UINT32_MAX
/* No group: a log that goes to the kernel's own. */
#define GROUP_NONE UINT32_MAX

struct wire_limit {
	uint64_t rate, unit;
	uint32_t burst, type, flags;
};

struct wire_counter {
	uint64_t packets, bytes;
};

/* A set that an expression names. */
struct set_reference {
	const char *name;      /* "" for an anonymous one, while it is compared */
	uint32_t id;           /* in the batch; 0: by name alone */
	const struct set *set; /* NULL: read, and not to be found */
};

struct expression {
	enum expression_kind kind;

	union {
		struct {
			uint32_t key, to;
		} load; /* meta, ct */

		struct {
			uint32_t to, base, offset, length;
		} payload;

		struct {
			uint32_t flags, result, to;
		} fib;

		struct {
			uint32_t from, op;
			struct wire_data value;
		} cmp;

		struct {
			uint32_t from, to, length, op;
			struct wire_data mask, toggle;
		} bitwise;

		struct {
			uint32_t from, op;
			struct wire_data low, high;
		} range;

		struct {
			struct set_reference set;
			uint32_t from, to, flags;
		} lookup;

		struct {
			struct set_reference set;
			uint32_t key, op, flags;
			uint64_t timeout;
			const char *inner; /* "limit" */
			struct wire_limit limit;
		} dynset;

		struct {
			uint32_t to;
			struct wire_verdict verdict;
		} immediate;

		struct wire_counter counter;
		struct wire_limit limit;

		struct {
			const char *prefix;
			uint32_t group, level;
		} log;

		struct {
			uint32_t type, code;
		} reject;
	};
};

/* All zero is an empty list. */
struct expression_list {
	struct expression *items;
	size_t count, capacity;
};

/* Of a counter's data: in rules, sets and elements. */
extern const struct rows counter_rows;

/* Puts the expression as an attribute of `type`: its name and its data. */
void expression_put(struct buffer *out, uint16_t type,
		    const struct expression *expression) ALL_NONNULL;

/* The inside of an attribute that expression_put() makes. */
void expression_read(struct arena *arena, const void *bytes, size_t length,
		     struct expression *expression) ALL_NONNULL;

bool expression_equal(const struct expression *a,
		      const struct expression *b) ALL_NONNULL;

/* The set that the expression names; NULL when it is of another kind. */
struct set_reference *expression_set(struct expression *expression) ALL_NONNULL;

/* The kernel's number of a verdict, and back (VERDICT_NONE when it has no name). */
uint32_t verdict_code(enum verdict verdict);
enum verdict verdict_of_code(uint32_t code);
