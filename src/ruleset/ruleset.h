/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ruleset: what rolewall wants the kernel to hold, or found it holding.
 *
 * Plain data.  Built by compile/ (desired) and kernel/ (live); read by emit/, plan/
 * and kernel/.  Everything lives in one arena and is immutable once
 * ruleset_normalize() has run; two normalized rulesets can be compared.
 *
 * A rule is a row of steps, in the kernel's order, each one thing that nft has a word
 * for.  Dependencies that nft adds by itself ("meta nfproto ipv4" before "ip saddr",
 * "meta l4proto tcp" before "tcp dport") are steps like any other here; printers leave
 * them out where nft would add them again (field_implied()).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/range.h"

#include "ruleset/field.h"

enum table_family { TABLE_INET, TABLE_NETDEV, TABLE_FAMILY_COUNT };

enum verdict {
	VERDICT_NONE, /* not a verdict: the step or element has none */
	VERDICT_ACCEPT,
	VERDICT_DROP,
	VERDICT_JUMP,
	VERDICT_GOTO,
	VERDICT_RETURN,
	VERDICT_CONTINUE,
	VERDICT_COUNT
};

/* Beside a set's elements, where they carry more than a key. */
struct element {
	enum verdict verdict; /* maps; else VERDICT_NONE */
	const char *target;   /* VERDICT_JUMP and VERDICT_GOTO only */
	const char *comment;  /* NULL: none */
	bool has_counter;
	uint64_t packets, bytes; /* the kernel's; never compared */
	uint64_t timeout_ms;     /* 0: the set's own */
	uint64_t expires_ms;     /* the kernel's; never compared */
	struct span origin;
};

enum { SET_FIELD_MAX = 5 };

/*
 * A named set or map, or (name NULL) one that a single rule owns.
 *
 * `keys` holds `count` keys of `key_length` bytes; when `interval`, `count` pairs LOW
 * HIGH, both inclusive.  Each field of a key starts at a multiple of 4 bytes, padded
 * with zero behind.  Sorted by ruleset_normalize().  Neighbouring intervals are not
 * merged there, for the kernel keeps them as they were sent and deletes them one by
 * one; the makers of desired sets merge.
 */
struct set {
	const char *name;    /* NULL: anonymous */
	const char *comment; /* NULL: none */
	enum datatype types[SET_FIELD_MAX];
	size_t type_count;
	bool map;      /* keys to verdicts; the only maps there are */
	bool interval; /* nft: flags interval */
	bool dynamic;  /* filled by rules (nft: flags dynamic); elements never compared
			*/
	bool timeout;  /* nft: flags timeout */
	bool counter;  /* nft: counter; ruleset_normalize() sees to it */
	bool constant; /* nft: flags constant; anonymous sets are, whatever this says */
	uint64_t timeout_ms; /* default of elements; 0: none */
	uint32_t size;       /* 0: not said */
	size_t key_length;   /* bytes of one key, padding included */
	size_t count;
	uint8_t *keys;
	struct element *elements; /* NULL, or `count` of them, in the keys' order */
	uint64_t kernel_handle;   /* 0 in a desired ruleset; never compared */
	uint32_t unknown_flags;   /* live: NFT_SET_* bits that the above does not say */
	/* live: attributes that are not understood, as text; makes it never equal */
	const char *foreign;
	struct span origin;
};

enum match_op {
	MATCH_EQUAL, /* the first `bits` bits equal `value` */
	MATCH_NOT_EQUAL,
	MATCH_RANGE, /* value <= field <= high */
	MATCH_NOT_RANGE,
	MATCH_ANY_BIT, /* field & value != 0: "ct state established,related" */
	MATCH_IN,      /* the fields, concatenated, are in `set` */
	MATCH_NOT_IN,
	MATCH_MAP /* a verdict by `set`, a map; no match: go on */
};

struct match {
	enum match_op op;
	enum field fields[SET_FIELD_MAX]; /* one, unless MATCH_IN, _NOT_IN, _MAP */
	size_t field_count;
	uint8_t value[16], high[16]; /* the register's bytes: network order for packet
					data, the host's for ct state and indexes */
	uint16_t bits;               /* MATCH_EQUAL, MATCH_NOT_EQUAL: compared from the
					front; the field's whole width unless a prefix */
	const struct set *set;
};

enum reject_kind { REJECT_TCP_RESET, REJECT_ICMPX };

enum step_kind {
	STEP_MATCH,
	STEP_COUNTER,
	STEP_LIMIT,
	STEP_LOG,
	STEP_REJECT,
	STEP_UPDATE, /* put the fields into a dynamic set, with a limit on each element
		      */
	STEP_VERDICT,
	STEP_FOREIGN, /* live: an expression that rolewall does not write */
	STEP_KIND_COUNT
};

struct limit {
	uint64_t rate, unit_seconds;
	uint32_t burst;
	bool over;  /* matches above the rate, not below it */
	bool bytes; /* of bytes, not of packets */
};

struct step {
	enum step_kind kind;

	union {
		struct match match;

		struct {
			uint64_t packets, bytes; /* the kernel's; never compared */
		} counter;
		struct limit limit;

		struct {
			const char *prefix; /* NULL: none */
			bool to_group;      /* NFLOG group, else level warn */
			uint16_t group;
		} log;

		struct {
			enum reject_kind kind;
			uint8_t code; /* REJECT_ICMPX: 0 no-route 1 port 2 host 3 admin
				       */
		} reject;

		struct {
			const struct set *set; /* named, dynamic */
			enum field fields[SET_FIELD_MAX];
			size_t field_count;
			uint64_t timeout_ms; /* 0: the set's */
			struct limit limit;
		} update;

		struct {
			enum verdict verdict;
			const char *target;
		} verdict;

		struct {
			const char *text;     /* for people; not canonical */
			const uint8_t *bytes; /* canonical: the attributes as dumped, */
			size_t length;        /* without what the kernel counts */
			/* anonymous ones, which the rule owns */
			const struct set *const *sets;
			size_t set_count;
		} foreign;
	};
};

/* The canonical form of an object: equal bytes mean an equal object. */
struct key {
	const uint8_t *bytes;
	size_t length;
	uint64_t hash;
};

struct rule {
	const struct step *steps;
	size_t step_count;
	const char *comment;    /* the flow's id, or what the rule is for; NULL: none */
	struct span origin;     /* the line of the site or profile that asked for it */
	uint64_t kernel_handle; /* 0 in a desired ruleset; never compared */
	struct key key;         /* by ruleset_normalize(): steps and comment */
};

enum hook {
	HOOK_INPUT,
	HOOK_OUTPUT,
	HOOK_FORWARD,
	HOOK_PREROUTING,
	HOOK_POSTROUTING,
	HOOK_INGRESS,
	HOOK_EGRESS,
	HOOK_COUNT
};

enum chain_type { CHAIN_FILTER, CHAIN_NAT, CHAIN_ROUTE, CHAIN_TYPE_COUNT };

struct chain {
	const char *name;
	const char *comment; /* NULL: none */
	bool base;           /* the rest up to devices: base chains only */
	enum chain_type type;
	enum hook hook;
	int32_t priority;
	enum verdict policy;        /* VERDICT_ACCEPT or VERDICT_DROP */
	const char *const *devices; /* netdev; sorted by ruleset_normalize() */
	size_t device_count;
	const struct rule *rules; /* in order: the order is part of the meaning */
	size_t rule_count;
	uint64_t kernel_handle;
	const char *foreign; /* live: flags or a hook that is not understood */
	struct span origin;
};

/* Live only: a stateful object or flowtable in rolewall's table; always drift. */
struct object {
	const char *name;
	uint32_t type; /* NFT_OBJECT_*; not for flowtables */
	bool is_flowtable;
	uint64_t kernel_handle;
};

struct table {
	enum table_family family;
	const char *name;    /* "rolewall" */
	const char *comment; /* NULL: none */
	bool dormant;
	uint32_t unknown_flags; /* live: owner, persist */
	const struct chain *chains;
	size_t chain_count;
	const struct set *sets; /* named ones; anonymous sets hang on their rule */
	size_t set_count;
	const struct object *objects;
	size_t object_count;
	uint64_t kernel_handle;
	struct span origin;
};

/* Live only: another table's base chain on a hook that rolewall uses. */
struct neighbour {
	const char *family, *table, *chain; /* family as nft spells it */
	enum hook hook;
	int32_t priority;
	enum verdict policy;
};

struct record; /* kernel/record.h */

struct ruleset {
	const char *host;           /* desired: compiled for; live: NULL */
	const char *site;           /* desired: the site's name; live: NULL */
	const char *site_name;      /* desired: the site file as typed; live: NULL */
	uint8_t digest[32];         /* desired: struct site's */
	const struct table *tables; /* at most one for each family, in enum order */
	size_t table_count;
	uint32_t generation; /* live: of the snapshot; desired: 0 */
	const struct neighbour *neighbours;
	size_t neighbour_count;
	/* live, read whole: the kernel's own messages, to put all of it back; else NULL
	 */
	const struct record *record;
	bool normalized;
};

/* The name of all of rolewall's tables. */
#define ROLEWALL_TABLE "rolewall"

/*
 * Brings a ruleset into its one spelling: sets sorted by name and their elements by
 * key, devices sorted, each rule's key made.  Idempotent.  Chains keep their order in
 * the ruleset; compared by name.
 */
void ruleset_normalize(struct arena *arena, struct ruleset *ruleset) ALL_NONNULL;

/* NULL when there is none. */
const struct table *ruleset_table(const struct ruleset *ruleset,
				  enum table_family family);
const struct chain *table_chain(const struct table *table, const char *name);
const struct set *table_set(const struct table *table, const char *name);

/* Same steps and comment (compares the keys). */
bool rule_equal(const struct rule *a, const struct rule *b) ALL_NONNULL;

/* Same declaration: all that NEWSET says, elements aside. */
bool set_declaration_equal(const struct set *a, const struct set *b) ALL_NONNULL;

/* Compares element `i` of `a` with element `k` of `b`: verdict, comment, counter. */
bool set_element_equal(const struct set *a, size_t i, const struct set *b,
		       size_t k) ALL_NONNULL;

/* Bytes of one entry of `keys`: key_length, or twice that for intervals. */
static inline size_t set_stride(const struct set *set)
{
	return set->interval ? 2 * set->key_length : set->key_length;
}

static inline const uint8_t *set_entry(const struct set *set, size_t i)
{
	return set->keys + i * set_stride(set);
}

/* A table's members for people and scripts, in enum order: nft's own words. */
extern const char *const table_family_names[TABLE_FAMILY_COUNT];
extern const char *const verdict_names[VERDICT_COUNT];
extern const char *const hook_names[HOOK_COUNT];
extern const char *const chain_type_names[CHAIN_TYPE_COUNT];
