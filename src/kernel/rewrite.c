/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumped attributes, one by one: what stays, what goes, what is said otherwise. */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/rewrite.h"

/* How an attribute goes back. */
struct way {
	uint16_t type; /* 0: any */
	/* NULL: not at all; `nest` is what it stands in, NULL for a message */
	void (*put)(struct rewriter *rewriter, const struct nlattr *attr,
		    const struct nlattr *nest);
	bool passing; /* nothing to compare: it counts, or runs out */
};

struct ways {
	const struct way *items;
	size_t count;
};

static const struct way *way_of(const struct ways *ways, uint16_t type)
{
	for (size_t i = 0; i < ways->count; i++) {
		if (!ways->items[i].type || ways->items[i].type == type)
			return &ways->items[i];
	}
	return NULL;
}

static void put_same(struct rewriter *rewriter, const struct nlattr *attr,
		     const struct nlattr *nest)
{
	(void)nest;
	/* newer kernels mark nests in dumps, older ones do not */
	attr_put(rewriter->out,
		 rewriter->plain ? mnl_attr_get_type(attr) : attr->nla_type,
		 mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
}

static void take_way(struct rewriter *rewriter, const struct way *way,
		     const struct nlattr *attr, const struct nlattr *nest)
{
	if (way->put && !(rewriter->plain && way->passing))
		way->put(rewriter, attr, nest);
}

/* All attributes by their ways; those without one are lost. */
static void put_all(struct rewriter *rewriter, const struct ways *ways,
		    struct attr_walk walk)
{
	for (const struct nlattr *attr; (attr = attr_next(&walk));) {
		const struct way *way = way_of(ways, mnl_attr_get_type(attr));

		if (way)
			take_way(rewriter, way, attr, NULL);
		else
			rewriter->lost = mnl_attr_get_type(attr);
	}
}

/* ---- numbers ---- */

static void put_bits(struct rewriter *rewriter, const struct nlattr *attr,
		     uint32_t kept)
{
	uint32_t flags;

	if (attr_u32(attr, &flags))
		attr_put_u32(rewriter->out, mnl_attr_get_type(attr), flags & kept);
}

/* A table with an owner would go with the socket that made it. */
static void put_table_flags(struct rewriter *rewriter, const struct nlattr *attr,
			    const struct nlattr *nest)
{
	(void)nest;
	put_bits(rewriter, attr, NFT_TABLE_F_DORMANT);
}

/* That it is a base chain is told by its hook. */
static void put_chain_flags(struct rewriter *rewriter, const struct nlattr *attr,
			    const struct nlattr *nest)
{
	(void)nest;
	put_bits(rewriter, attr, ~(uint32_t)NFT_CHAIN_BASE);
}

/* The kernel shows that it is used up, and does not take it. */
static void put_quota_flags(struct rewriter *rewriter, const struct nlattr *attr,
			    const struct nlattr *nest)
{
	(void)nest;
	put_bits(rewriter, attr, ~(uint32_t)NFT_QUOTA_F_DEPLETED);
}

static void put_expiration(struct rewriter *rewriter, const struct nlattr *attr,
			   const struct nlattr *nest)
{
	uint64_t rest;

	(void)nest;
	if (attr_u64(attr, &rest))
		attr_put_u64(rewriter->out, NFTA_SET_ELEM_EXPIRATION,
			     rest < SHORTEST_MS ? SHORTEST_MS : rest);
}

/* The kernel shows 0 where there is none, and does not take it. */
static void put_unless_zero(struct rewriter *rewriter, const struct nlattr *attr,
			    const struct nlattr *nest)
{
	const uint8_t *bytes = mnl_attr_get_payload(attr);
	size_t length = mnl_attr_get_payload_len(attr);

	if (length && (bytes[0] || memcmp(bytes, bytes + 1, length - 1) != 0))
		put_same(rewriter, attr, nest);
}

/* Several statements on each element are told by a flag too, which is not shown. */
static void put_update_flags(struct rewriter *rewriter, const struct nlattr *attr,
			     const struct nlattr *nest)
{
	const struct nlattr *parts[NFTA_DYNSET_EXPRESSIONS + 1];
	uint32_t flags;

	attrs_find(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), parts,
		   COUNT_OF(parts));
	if (!attr_u32(attr, &flags))
		return;
	if (parts[NFTA_DYNSET_EXPRESSIONS])
		flags |= NFT_DYNSET_F_EXPR;
	attr_put_u32(rewriter->out, NFTA_DYNSET_FLAGS, flags);
}

/* ---- parts of expressions ---- */

const struct nlattr *expression_part(const struct nlattr *expression, uint16_t part)
{
	const struct nlattr *parts[NFTA_EXPR_DATA + 1];

	attrs_find(mnl_attr_get_payload(expression),
		   mnl_attr_get_payload_len(expression), parts, COUNT_OF(parts));
	return parts[part];
}

bool expression_is_named(const struct nlattr *expression, const char *name)
{
	const struct nlattr *attr = expression_part(expression, NFTA_EXPR_NAME);
	size_t length = strlen(name);

	return attr &&
	       strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr)) ==
		       length &&
	       memcmp(mnl_attr_get_payload(attr), name, length) == 0;
}

/* ---- names of sets ---- */

const char *anonymous_pattern(struct arena *arena, const char *name)
{
	size_t length = strlen(name);

	while (length && name[length - 1] >= '0' && name[length - 1] <= '9')
		length--;
	/* told to the kernel before: it has the place of the number */
	if (length == strlen(name))
		return name;
	return arena_format(arena, "%.*s%%d", (int)length, name);
}

static void put_set_name(struct rewriter *rewriter, const struct nlattr *attr,
			 const struct nlattr *nest)
{
	const char *name = attr_text(rewriter->arena, attr);

	(void)nest;
	if (name && rewriter->set)
		name = anonymous_pattern(rewriter->arena, name);
	if (name)
		attr_put_text(rewriter->out, mnl_attr_get_type(attr), name);
}

/* Expressions that name a set, and where. */
/* clang-format off */
static const struct {
	const char *name;
	uint16_t set, id;
} namers[] = {
	{ "lookup", NFTA_LOOKUP_SET,      NFTA_LOOKUP_SET_ID },
	{ "dynset", NFTA_DYNSET_SET_NAME, NFTA_DYNSET_SET_ID },
	{ "objref", NFTA_OBJREF_SET_NAME, NFTA_OBJREF_SET_ID },
};

/* clang-format on */

enum { SET_PARTS = 16 };

_Static_assert(NFTA_LOOKUP_MAX < SET_PARTS && NFTA_DYNSET_MAX < SET_PARTS &&
		       NFTA_OBJREF_MAX < SET_PARTS,
	       "attributes beyond the table of parts");

/* The set that the data of an expression names, by name and id. */
static struct set_reading *set_named(const struct rewriter *rewriter,
				     const struct nlattr *data, size_t namer)
{
	const struct nlattr *parts[SET_PARTS];
	uint32_t id = 0;

	attrs_find(mnl_attr_get_payload(data), mnl_attr_get_payload_len(data), parts,
		   COUNT_OF(parts));
	if (!rewriter->decoder || !parts[namers[namer].set])
		return NULL;
	if (parts[namers[namer].id] && !attr_u32(parts[namers[namer].id], &id))
		return NULL;

	const char *name = attr_text(rewriter->arena, parts[namers[namer].set]);

	return name ? decoder_set(rewriter->decoder, rewriter->family, name, id) : NULL;
}

static void put_reference(struct rewriter *rewriter, const struct nlattr *attr,
			  const struct nlattr *data, size_t namer)
{
	const struct set_reading *reading = set_named(rewriter, data, namer);
	const char *name;

	if (!reading || reading->set->name) {
		put_same(rewriter, attr, data);
		return;
	}
	name = anonymous_pattern(rewriter->arena, reading->name);
	attr_put_text(rewriter->out, namers[namer].set, name);
	if (!rewriter->plain)
		attr_put_u32(rewriter->out, namers[namer].id, reading->record_id);
}

static void put_lookup_set(struct rewriter *rewriter, const struct nlattr *attr,
			   const struct nlattr *nest)
{
	put_reference(rewriter, attr, nest, 0);
}

static void put_dynset_set(struct rewriter *rewriter, const struct nlattr *attr,
			   const struct nlattr *nest)
{
	put_reference(rewriter, attr, nest, 1);
}

static void put_objref_set(struct rewriter *rewriter, const struct nlattr *attr,
			   const struct nlattr *nest)
{
	put_reference(rewriter, attr, nest, 2);
}

/* ---- expressions ---- */

static void put_expression(struct rewriter *rewriter, const struct nlattr *attr,
			   const struct nlattr *nest);
static void put_expressions(struct rewriter *rewriter, const struct nlattr *attr,
			    const struct nlattr *nest);

/* What is not as it was shown; the rest of them goes back as it came. */
/* clang-format off */
static const struct {
	const char *name;
	struct way way;
} special[] = {
	{ "lookup",    { NFTA_LOOKUP_SET,         put_lookup_set,     false } },
	{ "lookup",    { NFTA_LOOKUP_SET_ID,      NULL,               false } },
	{ "objref",    { NFTA_OBJREF_SET_NAME,    put_objref_set,     false } },
	{ "objref",    { NFTA_OBJREF_SET_ID,      NULL,               false } },
	{ "dynset",    { NFTA_DYNSET_SET_NAME,    put_dynset_set,     false } },
	{ "dynset",    { NFTA_DYNSET_SET_ID,      NULL,               false } },
	{ "dynset",    { NFTA_DYNSET_TIMEOUT,     put_unless_zero,    false } },
	{ "dynset",    { NFTA_DYNSET_FLAGS,       put_update_flags,   false } },
	{ "dynset",    { NFTA_DYNSET_EXPR,        put_expression,     false } },
	{ "dynset",    { NFTA_DYNSET_EXPRESSIONS, put_expressions,    false } },
	{ "osf",       { NFTA_OSF_FLAGS,          put_unless_zero,    false } },
	{ "quota",     { NFTA_QUOTA_FLAGS,        put_quota_flags,    false } },
	{ "quota",     { NFTA_QUOTA_CONSUMED,     put_same,           true } },
	{ "counter",   { 0,                       put_same,           true } },
	{ "last",      { 0,                       put_same,           true } },
};

/* clang-format on */

static const struct way *special_way(const char *name, uint16_t type)
{
	static const struct way same = { 0, put_same, false };

	for (size_t i = 0; i < COUNT_OF(special); i++) {
		if ((!special[i].way.type || special[i].way.type == type) &&
		    strcmp(special[i].name, name) == 0)
			return &special[i].way;
	}
	return &same;
}

/* NULL when there is nothing special about it. */
static const char *special_name(const struct nlattr *expression)
{
	for (size_t i = 0; i < COUNT_OF(special); i++) {
		if (expression_is_named(expression, special[i].name))
			return special[i].name;
	}
	return NULL;
}

/* The data of an expression, or of an object that has the name of one. */
static void put_data(struct rewriter *rewriter, const char *name,
		     const struct nlattr *data)
{
	struct attr_walk walk = attrs_nested(data);
	size_t nest = attr_nest(rewriter->out, mnl_attr_get_type(data));

	for (const struct nlattr *attr; (attr = attr_next(&walk));)
		take_way(rewriter, special_way(name, mnl_attr_get_type(attr)), attr,
			 data);
	attr_end(rewriter->out, nest);
}

static void put_expression(struct rewriter *rewriter, const struct nlattr *attr,
			   const struct nlattr *nest)
{
	const char *name = special_name(attr);
	const struct nlattr *data;

	if (!name) {
		put_same(rewriter, attr, nest);
		return;
	}

	size_t start = attr_nest(rewriter->out, mnl_attr_get_type(attr));

	attr_put_text(rewriter->out, NFTA_EXPR_NAME, name);
	data = expression_part(attr, NFTA_EXPR_DATA);
	if (data)
		put_data(rewriter, name, data);
	attr_end(rewriter->out, start);
}

static void put_expressions(struct rewriter *rewriter, const struct nlattr *attr,
			    const struct nlattr *nest)
{
	struct attr_walk walk = attrs_nested(attr);
	size_t start = attr_nest(rewriter->out, mnl_attr_get_type(attr));

	for (const struct nlattr *part; (part = attr_next(&walk));)
		put_expression(rewriter, part, nest);
	attr_end(rewriter->out, start);
}

void rewrite_expression(struct rewriter *rewriter, const struct nlattr *nest)
{
	put_expression(rewriter, nest, NULL);
}

struct set_reading *expression_set_reading(struct rewriter *rewriter,
					   const struct nlattr *nest)
{
	const struct nlattr *data = expression_part(nest, NFTA_EXPR_DATA);

	for (size_t i = 0; data && i < COUNT_OF(namers); i++) {
		if (expression_is_named(nest, namers[i].name))
			return set_named(rewriter, data, i);
	}
	return NULL;
}

/* ---- messages ---- */

/* Objects whose data has something special, by the expression that has the same. */
/* clang-format off */
static const struct {
	uint32_t type;
	const char *expression;
} object_data[] = {
	{ NFT_OBJECT_COUNTER, "counter" },
	{ NFT_OBJECT_QUOTA,   "quota" },
};

/* clang-format on */

static const char *expression_of_object(uint32_t type)
{
	for (size_t i = 0; i < COUNT_OF(object_data); i++) {
		if (object_data[i].type == type)
			return object_data[i].expression;
	}
	return "";
}

static void put_object_data(struct rewriter *rewriter, const struct nlattr *attr,
			    const struct nlattr *nest)
{
	(void)nest;
	put_data(rewriter, expression_of_object(rewriter->object_type), attr);
}

/* clang-format off */
static const struct way table_ways[] = {
	{ NFTA_TABLE_NAME,     put_same,        false },
	{ NFTA_TABLE_FLAGS,    put_table_flags, false },
	{ NFTA_TABLE_USERDATA, put_same,        false },
	{ NFTA_TABLE_HANDLE,   NULL,            false },
	{ NFTA_TABLE_USE,      NULL,            false },
	{ NFTA_TABLE_PAD,      NULL,            false },
	{ NFTA_TABLE_OWNER,    NULL,            false }, /* its flag says it too */
};

static const struct way chain_ways[] = {
	{ NFTA_CHAIN_TABLE,    put_same,        false },
	{ NFTA_CHAIN_NAME,     put_same,        false },
	{ NFTA_CHAIN_HOOK,     put_same,        false },
	{ NFTA_CHAIN_POLICY,   put_same,        false },
	{ NFTA_CHAIN_TYPE,     put_same,        false },
	{ NFTA_CHAIN_COUNTERS, put_same,        true },
	{ NFTA_CHAIN_FLAGS,    put_chain_flags, false },
	{ NFTA_CHAIN_USERDATA, put_same,        false },
	{ NFTA_CHAIN_HANDLE,   NULL,            false },
	{ NFTA_CHAIN_USE,      NULL,            false },
	{ NFTA_CHAIN_PAD,      NULL,            false },
	{ NFTA_CHAIN_ID,       NULL,            false },
};

static const struct way set_ways[] = {
	{ NFTA_SET_TABLE,       put_same,        false },
	{ NFTA_SET_NAME,        put_set_name,    false },
	{ NFTA_SET_FLAGS,       put_same,        false },
	{ NFTA_SET_KEY_TYPE,    put_same,        false },
	{ NFTA_SET_KEY_LEN,     put_same,        false },
	{ NFTA_SET_DATA_TYPE,   put_same,        false },
	{ NFTA_SET_DATA_LEN,    put_same,        false },
	{ NFTA_SET_OBJ_TYPE,    put_same,        false },
	{ NFTA_SET_POLICY,      put_same,        false },
	{ NFTA_SET_DESC,        put_same,        false },
	{ NFTA_SET_TIMEOUT,     put_same,        false },
	{ NFTA_SET_GC_INTERVAL, put_same,        false },
	{ NFTA_SET_USERDATA,    put_same,        false },
	{ NFTA_SET_EXPR,        put_expression,  false },
	{ NFTA_SET_EXPRESSIONS, put_expressions, false },
	{ NFTA_SET_ID,          NULL,            false }, /* it gets another one */
	{ NFTA_SET_HANDLE,      NULL,            false },
	{ NFTA_SET_PAD,         NULL,            false },
	{ SET_TYPE,             NULL,            false },
	{ SET_COUNT,            NULL,            false },
};

static const struct way list_ways[] = {
	{ NFTA_SET_ELEM_LIST_TABLE,    put_same,     false },
	{ NFTA_SET_ELEM_LIST_SET,      put_set_name, false },
	{ NFTA_SET_ELEM_LIST_SET_ID,   NULL,         false },
	{ NFTA_SET_ELEM_LIST_ELEMENTS, NULL,         false }, /* one by one */
};

static const struct way element_ways[] = {
	{ NFTA_SET_ELEM_FLAGS,       put_same,        false },
	{ NFTA_SET_ELEM_TIMEOUT,     put_same,        false },
	{ NFTA_SET_ELEM_EXPIRATION,  put_expiration,  true },
	{ NFTA_SET_ELEM_KEY,         put_same,        false },
	{ NFTA_SET_ELEM_KEY_END,     put_same,        false },
	{ NFTA_SET_ELEM_DATA,        put_same,        false },
	{ NFTA_SET_ELEM_OBJREF,      put_same,        false },
	{ NFTA_SET_ELEM_USERDATA,    put_same,        false },
	{ NFTA_SET_ELEM_EXPR,        put_expression,  false },
	{ NFTA_SET_ELEM_EXPRESSIONS, put_expressions, false },
	{ NFTA_SET_ELEM_PAD,         NULL,            false },
};

static const struct way object_ways[] = {
	{ NFTA_OBJ_TABLE,    put_same,        false },
	{ NFTA_OBJ_NAME,     put_same,        false },
	{ NFTA_OBJ_TYPE,     put_same,        false },
	{ NFTA_OBJ_DATA,     put_object_data, false },
	{ NFTA_OBJ_USERDATA, put_same,        false },
	{ NFTA_OBJ_HANDLE,   NULL,            false },
	{ NFTA_OBJ_USE,      NULL,            false },
	{ NFTA_OBJ_PAD,      NULL,            false },
};

static const struct way flowtable_ways[] = {
	{ NFTA_FLOWTABLE_TABLE,  put_same, false },
	{ NFTA_FLOWTABLE_NAME,   put_same, false },
	{ NFTA_FLOWTABLE_HOOK,   put_same, false },
	{ NFTA_FLOWTABLE_FLAGS,  put_same, false },
	{ NFTA_FLOWTABLE_HANDLE, NULL,     false },
	{ NFTA_FLOWTABLE_USE,    NULL,     false },
	{ NFTA_FLOWTABLE_PAD,    NULL,     false },
};

static const struct way rule_ways[] = {
	{ NFTA_RULE_TABLE,       put_same,        false },
	{ NFTA_RULE_CHAIN,       put_same,        false },
	{ NFTA_RULE_EXPRESSIONS, put_expressions, false },
	{ NFTA_RULE_COMPAT,      put_same,        false },
	{ NFTA_RULE_USERDATA,    put_same,        false },
	{ NFTA_RULE_HANDLE,      NULL,            false },
	{ NFTA_RULE_POSITION,    NULL,            false },
	{ NFTA_RULE_ID,          NULL,            false },
	{ NFTA_RULE_POSITION_ID, NULL,            false },
	{ NFTA_RULE_CHAIN_ID,    NULL,            false },
	{ NFTA_RULE_PAD,         NULL,            false },
};

#define WAYS(table) { table, COUNT_OF(table) }

static const struct {
	uint16_t type;
	struct ways ways;
} messages[] = {
	{ NFT_MSG_NEWTABLE,     WAYS(table_ways) },
	{ NFT_MSG_NEWCHAIN,     WAYS(chain_ways) },
	{ NFT_MSG_NEWSET,       WAYS(set_ways) },
	{ NFT_MSG_NEWSETELEM,   WAYS(list_ways) },
	{ NFT_MSG_NEWOBJ,       WAYS(object_ways) },
	{ NFT_MSG_NEWFLOWTABLE, WAYS(flowtable_ways) },
	{ NFT_MSG_NEWRULE,      WAYS(rule_ways) },
};

static const struct ways elements = WAYS(element_ways);

/* clang-format on */

static void find_object_type(struct rewriter *rewriter, const void *bytes,
			     size_t length)
{
	const struct nlattr *parts[NFTA_OBJ_TYPE + 1];

	rewriter->object_type = NFT_OBJECT_UNSPEC;
	attrs_find(bytes, length, parts, COUNT_OF(parts));
	if (parts[NFTA_OBJ_TYPE] &&
	    !attr_u32(parts[NFTA_OBJ_TYPE], &rewriter->object_type))
		rewriter->object_type = NFT_OBJECT_UNSPEC;
}

void rewrite_message(struct rewriter *rewriter, const struct nlmsghdr *message)
{
	uint16_t type = message_type(message);
	size_t length;
	const void *bytes = message_attrs(message, &length);

	if (type == NFT_MSG_NEWOBJ)
		find_object_type(rewriter, bytes, length);
	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		if (messages[i].type == type)
			put_all(rewriter, &messages[i].ways, attrs_in(bytes, length));
	}
}

void rewrite_element(struct rewriter *rewriter, const struct nlattr *nest)
{
	size_t start = attr_nest(rewriter->out, NFTA_LIST_ELEM);

	put_all(rewriter, &elements, attrs_nested(nest));
	attr_end(rewriter->out, start);
}
