/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's objects as rows, and their numbers. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/object.h"

#define ROW(type, wire, use, otherwise, owner, member)                           \
	{                                                                        \
		type, wire, use, otherwise, offsetof(struct owner, member), NULL \
	}
#define NEST(type, owner, member, rows)                                         \
	{                                                                       \
		type, WIRE_NEST, ROW_UNLESS, 0, offsetof(struct owner, member), \
			&(rows)                                                 \
	}
#define IGNORED(type)                                      \
	{                                                  \
		type, WIRE_NOTHING, ROW_UNLESS, 0, 0, NULL \
	}
#define ROWS(table)                    \
	{                              \
		table, COUNT_OF(table) \
	}

/* The order of rows is the order in which nft sends the attributes. */
/* clang-format off */
static const struct row table_table[] = {
	ROW(NFTA_TABLE_NAME,     WIRE_TEXT,  ROW_ALWAYS, 0, wire_table, name),
	ROW(NFTA_TABLE_HANDLE,   WIRE_U64,   ROW_TOLD,   0, wire_table, handle),
	ROW(NFTA_TABLE_FLAGS,    WIRE_U32,   ROW_ALWAYS, 0, wire_table, flags),
	ROW(NFTA_TABLE_USERDATA, WIRE_BYTES, ROW_UNLESS, 0, wire_table, userdata),
	IGNORED(NFTA_TABLE_USE),
	IGNORED(NFTA_TABLE_PAD),
	IGNORED(NFTA_TABLE_OWNER), /* its flag says it too */
};
const struct rows table_rows = ROWS(table_table);

static const struct row hook_table[] = {
	ROW(NFTA_HOOK_HOOKNUM,  WIRE_U32,   ROW_ALWAYS, HOOK_NONE, wire_hook, number),
	ROW(NFTA_HOOK_PRIORITY, WIRE_U32,   ROW_ALWAYS, 0,         wire_hook, priority),
	ROW(NFTA_HOOK_DEV,      WIRE_TEXT,  ROW_UNLESS, 0,         wire_hook, device),
	ROW(NFTA_HOOK_DEVS,     WIRE_TEXTS, ROW_UNLESS, 0,         wire_hook, devices),
};
static const struct rows hook_rows = ROWS(hook_table);

static const struct row chain_table[] = {
	ROW(NFTA_CHAIN_TABLE,    WIRE_TEXT,  ROW_ALWAYS, 0,           wire_chain, table),
	ROW(NFTA_CHAIN_HANDLE,   WIRE_U64,   ROW_TOLD,   0,           wire_chain, handle),
	ROW(NFTA_CHAIN_NAME,     WIRE_TEXT,  ROW_ALWAYS, 0,           wire_chain, name),
	ROW(NFTA_CHAIN_TYPE,     WIRE_TEXT,  ROW_UNLESS, 0,           wire_chain, type),
	ROW(NFTA_CHAIN_POLICY,   WIRE_U32,   ROW_UNLESS, POLICY_NONE, wire_chain, policy),
	NEST(NFTA_CHAIN_HOOK, wire_chain, hook, hook_rows),
	ROW(NFTA_CHAIN_FLAGS,    WIRE_U32,   ROW_UNLESS, 0,           wire_chain, flags),
	ROW(NFTA_CHAIN_USERDATA, WIRE_BYTES, ROW_UNLESS, 0,           wire_chain, userdata),
	IGNORED(NFTA_CHAIN_USE),
	IGNORED(NFTA_CHAIN_PAD),
	IGNORED(NFTA_CHAIN_COUNTERS), /* the kernel's own counts */
	IGNORED(NFTA_CHAIN_ID),
};
const struct rows chain_rows = ROWS(chain_table);

static const struct row form_table[] = {
	ROW(NFTA_SET_DESC_SIZE,   WIRE_U32,     ROW_UNLESS, 0, wire_set, form.size),
	ROW(NFTA_SET_DESC_CONCAT, WIRE_LENGTHS, ROW_UNLESS, 0, wire_set, form.fields),
};
static const struct rows form_rows = ROWS(form_table);

static const struct row set_table[] = {
	ROW(NFTA_SET_TABLE,       WIRE_TEXT,  ROW_ALWAYS, 0, wire_set, table),
	ROW(NFTA_SET_NAME,        WIRE_TEXT,  ROW_ALWAYS, 0, wire_set, name),
	ROW(NFTA_SET_HANDLE,      WIRE_U64,   ROW_TOLD,   0, wire_set, handle),
	ROW(NFTA_SET_FLAGS,       WIRE_U32,   ROW_ALWAYS, 0, wire_set, flags),
	ROW(NFTA_SET_KEY_TYPE,    WIRE_U32,   ROW_ALWAYS, 0, wire_set, key_type),
	ROW(NFTA_SET_KEY_LEN,     WIRE_U32,   ROW_ALWAYS, 0, wire_set, key_length),
	ROW(NFTA_SET_DATA_TYPE,   WIRE_U32,   ROW_UNLESS, 0, wire_set, data_type),
	ROW(NFTA_SET_DATA_LEN,    WIRE_U32,   ROW_UNLESS, 0, wire_set, data_length),
	ROW(NFTA_SET_OBJ_TYPE,    WIRE_U32,   ROW_UNLESS, 0, wire_set, object_type),
	ROW(NFTA_SET_ID,          WIRE_U32,   ROW_UNLESS, 0, wire_set, id),
	ROW(NFTA_SET_POLICY,      WIRE_U32,   ROW_UNLESS, 0, wire_set, policy),
	{ NFTA_SET_DESC, WIRE_NEST, ROW_UNLESS, 0, 0, &form_rows },
	ROW(NFTA_SET_TIMEOUT,     WIRE_U64,   ROW_UNLESS, 0, wire_set, timeout),
	ROW(NFTA_SET_GC_INTERVAL, WIRE_U32,   ROW_UNLESS, 0, wire_set, gc_interval),
	ROW(NFTA_SET_USERDATA,    WIRE_BYTES, ROW_UNLESS, 0, wire_set, userdata),
	IGNORED(NFTA_SET_EXPR), /* looked at by itself */
	IGNORED(NFTA_SET_PAD),
	IGNORED(SET_TYPE),
	IGNORED(SET_COUNT),
};
const struct rows set_rows = ROWS(set_table);

static const struct row key_table[] = {
	ROW(NFTA_DATA_VALUE, WIRE_BYTES, ROW_UNLESS, 0, wire_key, value),
};
static const struct rows key_rows = ROWS(key_table);

static const struct row element_table[] = {
	ROW(NFTA_SET_ELEM_FLAGS,      WIRE_U32,   ROW_UNLESS, 0, wire_element, flags),
	ROW(NFTA_SET_ELEM_TIMEOUT,    WIRE_U64,   ROW_UNLESS, 0, wire_element, timeout),
	ROW(NFTA_SET_ELEM_EXPIRATION, WIRE_U64,   ROW_TOLD,   0, wire_element, expiration),
	NEST(NFTA_SET_ELEM_KEY,     wire_element, key,     key_rows),
	NEST(NFTA_SET_ELEM_KEY_END, wire_element, key_end, key_rows),
	ROW(NFTA_SET_ELEM_USERDATA,   WIRE_BYTES, ROW_UNLESS, 0, wire_element, userdata),
	IGNORED(NFTA_SET_ELEM_DATA), /* these two are looked at by themselves */
	IGNORED(NFTA_SET_ELEM_EXPR),
	IGNORED(NFTA_SET_ELEM_PAD),
};
const struct rows element_rows = ROWS(element_table);

static const struct row element_list_table[] = {
	ROW(NFTA_SET_ELEM_LIST_TABLE,  WIRE_TEXT, ROW_ALWAYS, 0, wire_element_list, table),
	ROW(NFTA_SET_ELEM_LIST_SET,    WIRE_TEXT, ROW_ALWAYS, 0, wire_element_list, set),
	ROW(NFTA_SET_ELEM_LIST_SET_ID, WIRE_U32,  ROW_UNLESS, 0, wire_element_list, set_id),
	IGNORED(NFTA_SET_ELEM_LIST_ELEMENTS),
};
const struct rows element_list_rows = ROWS(element_list_table);

static const struct row rule_table[] = {
	ROW(NFTA_RULE_TABLE,       WIRE_TEXT,  ROW_ALWAYS, 0, wire_rule, table),
	ROW(NFTA_RULE_CHAIN,       WIRE_TEXT,  ROW_ALWAYS, 0, wire_rule, chain),
	ROW(NFTA_RULE_HANDLE,      WIRE_U64,   ROW_TOLD,   0, wire_rule, handle),
	ROW(NFTA_RULE_POSITION,    WIRE_U64,   ROW_TOLD,   0, wire_rule, position),
	ROW(NFTA_RULE_USERDATA,    WIRE_BYTES, ROW_UNLESS, 0, wire_rule, userdata),
	ROW(NFTA_RULE_ID,          WIRE_U32,   ROW_TOLD,   0, wire_rule, id),
	ROW(NFTA_RULE_POSITION_ID, WIRE_U32,   ROW_TOLD,   0, wire_rule, position_id),
	IGNORED(NFTA_RULE_EXPRESSIONS),
	IGNORED(NFTA_RULE_PAD),
};
const struct rows rule_rows = ROWS(rule_table);

static const struct row object_table[] = {
	ROW(NFTA_OBJ_TABLE,  WIRE_TEXT, ROW_ALWAYS, 0, wire_object, table),
	ROW(NFTA_OBJ_NAME,   WIRE_TEXT, ROW_ALWAYS, 0, wire_object, name),
	ROW(NFTA_OBJ_TYPE,   WIRE_U32,  ROW_ALWAYS, 0, wire_object, type),
	ROW(NFTA_OBJ_HANDLE, WIRE_U64,  ROW_TOLD,   0, wire_object, handle),
};
const struct rows object_rows = ROWS(object_table);

static const struct row flowtable_table[] = {
	ROW(NFTA_FLOWTABLE_TABLE,  WIRE_TEXT, ROW_ALWAYS, 0, wire_object, table),
	ROW(NFTA_FLOWTABLE_NAME,   WIRE_TEXT, ROW_ALWAYS, 0, wire_object, name),
	ROW(NFTA_FLOWTABLE_HANDLE, WIRE_U64,  ROW_TOLD,   0, wire_object, handle),
};
const struct rows flowtable_rows = ROWS(flowtable_table);

/* ---- numbers ---- */

const uint8_t family_numbers[TABLE_FAMILY_COUNT] = {
	[TABLE_INET]   = NFPROTO_INET,
	[TABLE_NETDEV] = NFPROTO_NETDEV,
};

/* One more than the kernel's, so that what is left out is no hook. */
static const uint8_t hook_numbers[TABLE_FAMILY_COUNT][HOOK_COUNT] = {
	[TABLE_INET] = {
		[HOOK_INPUT]       = NF_INET_LOCAL_IN + 1,
		[HOOK_OUTPUT]      = NF_INET_LOCAL_OUT + 1,
		[HOOK_FORWARD]     = NF_INET_FORWARD + 1,
		[HOOK_PREROUTING]  = NF_INET_PRE_ROUTING + 1,
		[HOOK_POSTROUTING] = NF_INET_POST_ROUTING + 1,
		[HOOK_INGRESS]     = NF_INET_INGRESS + 1,
	},
	[TABLE_NETDEV] = {
		[HOOK_INGRESS]     = NF_NETDEV_INGRESS + 1,
		[HOOK_EGRESS]      = NF_NETDEV_EGRESS + 1,
	},
};

/* nft's BYTEORDER_*: it lists a set by what was noted when it was made. */
enum { ORDER_NONE, ORDER_HOST, ORDER_BIG };

static const uint8_t datatype_orders[] = {
	[DATATYPE_NFPROTO]        = ORDER_NONE,
	[DATATYPE_ETHER_TYPE]     = ORDER_BIG,
	[DATATYPE_INET_PROTOCOL]  = ORDER_NONE,
	[DATATYPE_IP4_ADDRESS]    = ORDER_BIG,
	[DATATYPE_IP6_ADDRESS]    = ORDER_BIG,
	[DATATYPE_INET_SERVICE]   = ORDER_BIG,
	[DATATYPE_ICMP_TYPE]      = ORDER_BIG,
	[DATATYPE_ICMPV6_TYPE]    = ORDER_BIG,
	[DATATYPE_CT_STATE]       = ORDER_HOST,
	[DATATYPE_INTERFACE_NAME] = ORDER_HOST,
	[DATATYPE_INTEGER]        = ORDER_NONE,
	[DATATYPE_FIB_RESULT]     = ORDER_HOST,
	[DATATYPE_PACKET_TYPE]    = ORDER_HOST,
};
/* clang-format on */

_Static_assert(COUNT_OF(datatype_orders) == DATATYPE_COUNT, "a datatype without order");

bool family_of_number(uint8_t number, enum table_family *family)
{
	for (enum table_family f = 0; f < TABLE_FAMILY_COUNT; f++) {
		if (family_numbers[f] == number) {
			*family = f;
			return true;
		}
	}
	return false;
}

uint32_t hook_number(enum table_family family, enum hook hook)
{
	return hook_numbers[family][hook] ? hook_numbers[family][hook] - 1u : HOOK_NONE;
}

enum hook hook_of_number(enum table_family family, uint32_t number)
{
	enum hook hook = 0;

	while (hook < HOOK_COUNT &&
	       (!hook_numbers[family][hook] || hook_number(family, hook) != number))
		hook++;
	return hook;
}

uint32_t datatype_order(enum datatype type)
{
	return datatype_orders[type];
}
