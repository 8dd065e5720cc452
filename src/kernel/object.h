/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's objects as plain structs, between the rule set and the wire: each
 * with rows that put it into a message and take it out of one.
 */
#pragma once

#include "kernel/wire.h"
#include "ruleset/ruleset.h"

/* No hook, no policy: what a chain that is no base chain has. */
#define HOOK_NONE   UINT32_MAX
#define POLICY_NONE UINT32_MAX

/* Attributes of kernels that are newer than the headers: what they tell of a set. */
enum { SET_TYPE = 19, SET_COUNT = 20 };

struct wire_table {
	const char *name;
	uint32_t flags;
	uint64_t handle;
	struct wire_bytes userdata;
};

struct wire_chain {
	const char *table, *name, *type;
	uint32_t policy, flags;
	uint64_t handle;

	struct wire_hook {
		uint32_t number, priority; /* the latter signed, in truth */
		const char *device;        /* the only one */
		struct wire_texts devices; /* read: also when it is only one */
	} hook;

	struct wire_bytes userdata;
};

struct wire_set {
	const char *table, *name;
	uint32_t flags, id;
	uint32_t key_type, key_length, data_type, data_length;
	uint32_t policy, gc_interval, object_type;
	uint64_t timeout, handle;

	struct {
		uint32_t size;
		struct wire_lengths fields; /* of an interval concatenation */
	} form;

	struct wire_bytes userdata;
};

struct wire_element {
	uint32_t flags;
	uint64_t timeout, expiration;

	struct wire_key {
		struct wire_bytes value;
	} key, key_end;

	struct wire_bytes userdata;
};

/* The head of a message with elements; the list follows it. */
struct wire_element_list {
	const char *table, *set;
	uint32_t set_id;
};

/* Without its expressions. */
struct wire_rule {
	const char *table, *chain;
	uint64_t handle, position;
	uint32_t id, position_id;
	struct wire_bytes userdata;
};

/* A stateful object; a flowtable has the same, without type, in other attributes. */
struct wire_object {
	const char *table, *name;
	uint32_t type;
	uint64_t handle;
};

extern const struct rows table_rows, chain_rows, set_rows, element_rows,
	element_list_rows, rule_rows, object_rows, flowtable_rows;

/* The numbers of families; false when the number is none of ours. */
extern const uint8_t family_numbers[TABLE_FAMILY_COUNT];
bool family_of_number(uint8_t number, enum table_family *family) MUST_USE;

/* The numbers of hooks in a family; HOOK_NONE and HOOK_COUNT when there is none. */
uint32_t hook_number(enum table_family family, enum hook hook) MUST_USE;
enum hook hook_of_number(enum table_family family, uint32_t number) MUST_USE;

/* nft's own notes on an object: numbers and texts, each with a type. */
enum userdata_type {
	USERDATA_COMMENT = 0, /* of all but sets */
	USERDATA_ELEMENT_FLAGS = 1,
	USERDATA_SET_KEY_ORDER = 0,
	USERDATA_SET_DATA_ORDER = 1,
	USERDATA_SET_MERGE = 2,
	USERDATA_SET_COMMENT = 7
};

/* The element's interval reaches up to the highest key: nothing ends it. */
enum { USERDATA_ELEMENT_OPEN = 1 };

void userdata_put_text(struct buffer *out, uint8_t type, const char *text);
void userdata_put_u32(struct buffer *out, uint8_t type, uint32_t number);

/* NULL when there is none. */
const char *userdata_text(struct arena *arena, struct wire_bytes userdata,
			  uint8_t type) MUST_USE;
/* `otherwise` when there is none. */
uint32_t userdata_u32(struct wire_bytes userdata, uint8_t type,
		      uint32_t otherwise) MUST_USE;

/* How nft has the keys of a datatype ordered: what it notes on a set of them. */
uint32_t datatype_order(enum datatype type) MUST_USE;
