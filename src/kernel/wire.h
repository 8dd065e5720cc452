/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink attributes and plain structs, one row for both directions.
 *
 * A row says which attribute a member of a struct travels in, and how.  The same rows
 * put a struct into a message, take it out of one, and compare two.  rows_put() is the
 * only place that knows that nf_tables integers travel in network order.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

/* A value of at most one register, as in cmp and bitwise; length 0: none. */
struct wire_data {
	uint8_t bytes[16];
	uint32_t length;
};

/* What a rule or an element decides; `chain` NULL: no target. */
struct wire_verdict {
	uint32_t code;
	const char *chain;
};

/* Bytes that belong to somebody else, when read to the message; length 0: none. */
struct wire_bytes {
	const uint8_t *bytes;
	size_t length;
};

/* Texts in a nest of equal attributes (devices). */
struct wire_texts {
	const char *const *items;
	size_t count;
};

enum { WIRE_LENGTH_MAX = 16 };

/* The lengths of a set's concatenated fields. */
struct wire_lengths {
	uint32_t items[WIRE_LENGTH_MAX];
	size_t count;
};

/* How a member travels; behind the dash: the member's type. */
enum wire {
	WIRE_U8,       /* - uint32_t */
	WIRE_U16,      /* - uint32_t */
	WIRE_U32,      /* - uint32_t */
	WIRE_REGISTER, /* - uint32_t; of the two numbers of a register, the lower */
	WIRE_U64,      /* - uint64_t */
	WIRE_TEXT,     /* - const char *; with its NUL */
	WIRE_BYTES,    /* - struct wire_bytes */
	WIRE_DATA,     /* - struct wire_data */
	WIRE_VERDICT,  /* - struct wire_verdict */
	WIRE_TEXTS,    /* - struct wire_texts */
	WIRE_LENGTHS,  /* - struct wire_lengths */
	WIRE_NEST,     /* - any struct, by rows of its own */
	WIRE_NOTHING,  /* no member: the kernel's own, passed over */
	WIRE_COUNT
};

enum row_use {
	ROW_ALWAYS, /* put always */
	ROW_UNLESS, /* put unless it has its default, and that when it is absent */
	ROW_TOLD    /* as ROW_UNLESS, but never compared: the kernel changes it */
};

struct rows {
	const struct row *items;
	size_t count;
};

struct row {
	uint16_t type;
	enum wire wire;
	enum row_use use;
	uint32_t otherwise; /* numbers: the default */
	size_t member;
	const struct rows *nest; /* WIRE_NEST */
};

/* What rows_read() met that no row speaks of, or that ends too early. */
struct reading {
	struct arena *arena; /* of texts */
	unsigned strange;    /* attributes without row, or badly formed */
	uint16_t first_strange;
};

/* One way to travel; none for WIRE_NEST and WIRE_NOTHING, which the walks know. */
struct wire_kind {
	void (*put)(struct buffer *out, const struct row *row, const void *member);
	bool (*get)(struct reading *reading, const struct nlattr *attr, void *member);
	bool (*same)(const void *a, const void *b);
	bool (*is_default)(const struct row *row, const void *member);
	void (*set_default)(const struct row *row, void *member);
};

extern const struct wire_kind wire_kinds[WIRE_COUNT];

void rows_put(struct buffer *out, const struct rows *rows,
	      const void *object) ALL_NONNULL;

/* Takes `length` bytes of attributes; members without attribute get their default. */
void rows_read(struct reading *reading, const struct rows *rows, const void *bytes,
	       size_t length, void *object) ALL_NONNULL;

/* Whether two structs would be the same to the kernel. */
bool rows_equal(const struct rows *rows, const void *a, const void *b) ALL_NONNULL;

/* ---- attributes one by one ---- */

void attr_put(struct buffer *out, uint16_t type, const void *bytes, size_t length);
void attr_put_u32(struct buffer *out, uint16_t type, uint32_t number);
void attr_put_u64(struct buffer *out, uint16_t type, uint64_t number);
void attr_put_text(struct buffer *out, uint16_t type, const char *text);

/* Opens a nest; attr_end() takes what it returns. */
size_t attr_nest(struct buffer *out, uint16_t type) MUST_USE;
void attr_end(struct buffer *out, size_t nest);

/* Attributes that follow each other; the walk ends where one would not fit. */
struct attr_walk {
	const uint8_t *at;
	size_t left; /* not 0 at the end: what is left is no attribute */
};

static inline struct attr_walk attrs_in(const void *bytes, size_t length)
{
	return (struct attr_walk){ bytes, length };
}

static inline struct attr_walk attrs_nested(const struct nlattr *nest)
{
	return attrs_in(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest));
}

/* The next attribute; NULL behind the last. */
const struct nlattr *attr_next(struct attr_walk *walk) MUST_USE;

/* False when the attribute has another size. */
bool attr_take(const struct nlattr *attr, void *bytes, size_t length) MUST_USE;
bool attr_u32(const struct nlattr *attr, uint32_t *number) MUST_USE;
bool attr_u64(const struct nlattr *attr, uint64_t *number) MUST_USE;

/* The kernel's own limit on names and prefixes, with their NUL. */
enum { TEXT_BYTES_MAX = 256 };

/* The text up to a NUL or the attribute's end, copied; NULL when it is too long. */
const char *attr_text(struct arena *arena, const struct nlattr *attr) MUST_USE;

/*
 * The attributes in `bytes`, each at its type in `table`, which has `count` places and
 * is emptied first.  Types beyond are passed over.
 */
void attrs_find(const void *bytes, size_t length, const struct nlattr **table,
		size_t count);
