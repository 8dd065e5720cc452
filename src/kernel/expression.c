/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nf_tables expressions as rows: one table to put, to read and to compare them. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <string.h>

#include "kernel/expression.h"

#define ROW(type, wire, use, otherwise, member)                                       \
	{                                                                             \
		type, wire, use, otherwise, offsetof(struct expression, member), NULL \
	}
#define OWN(type, wire, use, owner, member)                              \
	{                                                                \
		type, wire, use, 0, offsetof(struct owner, member), NULL \
	}
#define ROWS(table)                    \
	{                              \
		table, COUNT_OF(table) \
	}

/* clang-format off */
static const struct row limit_table[] = {
	OWN(NFTA_LIMIT_RATE,  WIRE_U64, ROW_ALWAYS, wire_limit, rate),
	OWN(NFTA_LIMIT_UNIT,  WIRE_U64, ROW_ALWAYS, wire_limit, unit),
	OWN(NFTA_LIMIT_BURST, WIRE_U32, ROW_UNLESS, wire_limit, burst),
	OWN(NFTA_LIMIT_TYPE,  WIRE_U32, ROW_ALWAYS, wire_limit, type),
	OWN(NFTA_LIMIT_FLAGS, WIRE_U32, ROW_ALWAYS, wire_limit, flags),
	{ NFTA_LIMIT_PAD, WIRE_NOTHING, ROW_UNLESS, 0, 0, NULL },
};
static const struct rows limit_rows = ROWS(limit_table);

static const struct row counter_table[] = {
	OWN(NFTA_COUNTER_BYTES,   WIRE_U64, ROW_TOLD, wire_counter, bytes),
	OWN(NFTA_COUNTER_PACKETS, WIRE_U64, ROW_TOLD, wire_counter, packets),
	{ NFTA_COUNTER_PAD, WIRE_NOTHING, ROW_UNLESS, 0, 0, NULL },
};
const struct rows counter_rows = ROWS(counter_table);

/* The expression that a dynset runs on each element: a limit or none. */
static const struct row inner_table[] = {
	ROW(NFTA_EXPR_NAME, WIRE_TEXT, ROW_UNLESS, 0, dynset.inner),
	{ NFTA_EXPR_DATA, WIRE_NEST, ROW_UNLESS, 0,
	  offsetof(struct expression, dynset.limit), &limit_rows },
};
static const struct rows inner_rows = ROWS(inner_table);

/* The order of rows is the order in which nft sends the attributes. */
static const struct row meta_table[] = {
	ROW(NFTA_META_KEY,  WIRE_U32,      ROW_ALWAYS, 0, load.key),
	ROW(NFTA_META_DREG, WIRE_REGISTER, ROW_ALWAYS, 0, load.to),
};

static const struct row payload_table[] = {
	ROW(NFTA_PAYLOAD_DREG,   WIRE_REGISTER, ROW_ALWAYS, 0, payload.to),
	ROW(NFTA_PAYLOAD_BASE,   WIRE_U32,      ROW_ALWAYS, 0, payload.base),
	ROW(NFTA_PAYLOAD_OFFSET, WIRE_U32,      ROW_ALWAYS, 0, payload.offset),
	ROW(NFTA_PAYLOAD_LEN,    WIRE_U32,      ROW_ALWAYS, 0, payload.length),
};

static const struct row ct_table[] = {
	ROW(NFTA_CT_KEY,  WIRE_U32,      ROW_ALWAYS, 0, load.key),
	ROW(NFTA_CT_DREG, WIRE_REGISTER, ROW_ALWAYS, 0, load.to),
};

static const struct row fib_table[] = {
	ROW(NFTA_FIB_FLAGS,  WIRE_U32,      ROW_ALWAYS, 0, fib.flags),
	ROW(NFTA_FIB_RESULT, WIRE_U32,      ROW_ALWAYS, 0, fib.result),
	ROW(NFTA_FIB_DREG,   WIRE_REGISTER, ROW_ALWAYS, 0, fib.to),
};

static const struct row cmp_table[] = {
	ROW(NFTA_CMP_SREG, WIRE_REGISTER, ROW_ALWAYS, 0, cmp.from),
	ROW(NFTA_CMP_OP,   WIRE_U32,      ROW_ALWAYS, 0, cmp.op),
	ROW(NFTA_CMP_DATA, WIRE_DATA,     ROW_ALWAYS, 0, cmp.value),
};

static const struct row bitwise_table[] = {
	ROW(NFTA_BITWISE_SREG, WIRE_REGISTER, ROW_ALWAYS, 0, bitwise.from),
	ROW(NFTA_BITWISE_DREG, WIRE_REGISTER, ROW_ALWAYS, 0, bitwise.to),
	ROW(NFTA_BITWISE_LEN,  WIRE_U32,      ROW_ALWAYS, 0, bitwise.length),
	ROW(NFTA_BITWISE_MASK, WIRE_DATA,     ROW_ALWAYS, 0, bitwise.mask),
	ROW(NFTA_BITWISE_XOR,  WIRE_DATA,     ROW_ALWAYS, 0, bitwise.toggle),
	ROW(NFTA_BITWISE_OP,   WIRE_U32,      ROW_UNLESS, NFT_BITWISE_BOOL, bitwise.op),
};

static const struct row range_table[] = {
	ROW(NFTA_RANGE_SREG,      WIRE_REGISTER, ROW_ALWAYS, 0, range.from),
	ROW(NFTA_RANGE_OP,        WIRE_U32,      ROW_ALWAYS, 0, range.op),
	ROW(NFTA_RANGE_FROM_DATA, WIRE_DATA,     ROW_ALWAYS, 0, range.low),
	ROW(NFTA_RANGE_TO_DATA,   WIRE_DATA,     ROW_ALWAYS, 0, range.high),
};

static const struct row lookup_table[] = {
	ROW(NFTA_LOOKUP_SREG,   WIRE_REGISTER, ROW_ALWAYS, 0, lookup.from),
	ROW(NFTA_LOOKUP_DREG,   WIRE_REGISTER, ROW_UNLESS, REGISTER_NONE, lookup.to),
	ROW(NFTA_LOOKUP_SET,    WIRE_TEXT,     ROW_ALWAYS, 0, lookup.set.name),
	ROW(NFTA_LOOKUP_SET_ID, WIRE_U32,      ROW_TOLD,   0, lookup.set.id),
	ROW(NFTA_LOOKUP_FLAGS,  WIRE_U32,      ROW_UNLESS, 0, lookup.flags),
};

static const struct row dynset_table[] = {
	ROW(NFTA_DYNSET_SREG_KEY, WIRE_REGISTER, ROW_ALWAYS, 0, dynset.key),
	ROW(NFTA_DYNSET_OP,       WIRE_U32,      ROW_ALWAYS, 0, dynset.op),
	ROW(NFTA_DYNSET_TIMEOUT,  WIRE_U64,      ROW_UNLESS, 0, dynset.timeout),
	ROW(NFTA_DYNSET_SET_NAME, WIRE_TEXT,     ROW_ALWAYS, 0, dynset.set.name),
	ROW(NFTA_DYNSET_SET_ID,   WIRE_U32,      ROW_TOLD,   0, dynset.set.id),
	ROW(NFTA_DYNSET_FLAGS,    WIRE_U32,      ROW_UNLESS, 0, dynset.flags),
	{ NFTA_DYNSET_EXPR,  WIRE_NEST,    ROW_UNLESS, 0, 0, &inner_rows },
	{ NFTA_DYNSET_PAD,   WIRE_NOTHING, ROW_UNLESS, 0, 0, NULL },
};

static const struct row immediate_table[] = {
	ROW(NFTA_IMMEDIATE_DREG, WIRE_REGISTER, ROW_ALWAYS, 0, immediate.to),
	ROW(NFTA_IMMEDIATE_DATA, WIRE_VERDICT,  ROW_ALWAYS, 0, immediate.verdict),
};

static const struct row log_table[] = {
	ROW(NFTA_LOG_PREFIX, WIRE_TEXT, ROW_UNLESS, 0, log.prefix),
	ROW(NFTA_LOG_GROUP,  WIRE_U16,  ROW_UNLESS, GROUP_NONE, log.group),
	ROW(NFTA_LOG_LEVEL,  WIRE_U32,  ROW_UNLESS, NFT_LOGLEVEL_WARNING, log.level),
};

/* The kernel keeps no code of a reset. */
static const struct row reject_table[] = {
	ROW(NFTA_REJECT_TYPE,      WIRE_U32, ROW_ALWAYS, 0, reject.type),
	ROW(NFTA_REJECT_ICMP_CODE, WIRE_U8,  ROW_ALWAYS, 0, reject.code),
};

static const struct {
	const char *name;
	struct rows rows;
	size_t member; /* where in struct expression the rows begin */
} kinds[] = {
	[EXPRESSION_META]      = { "meta",      ROWS(meta_table),      0 },
	[EXPRESSION_PAYLOAD]   = { "payload",   ROWS(payload_table),   0 },
	[EXPRESSION_CT]        = { "ct",        ROWS(ct_table),        0 },
	[EXPRESSION_FIB]       = { "fib",       ROWS(fib_table),       0 },
	[EXPRESSION_CMP]       = { "cmp",       ROWS(cmp_table),       0 },
	[EXPRESSION_BITWISE]   = { "bitwise",   ROWS(bitwise_table),   0 },
	[EXPRESSION_RANGE]     = { "range",     ROWS(range_table),     0 },
	[EXPRESSION_LOOKUP]    = { "lookup",    ROWS(lookup_table),    0 },
	[EXPRESSION_DYNSET]    = { "dynset",    ROWS(dynset_table),    0 },
	[EXPRESSION_IMMEDIATE] = { "immediate", ROWS(immediate_table), 0 },
	[EXPRESSION_COUNTER]   = { "counter",   ROWS(counter_table),   offsetof(struct expression, counter) },
	[EXPRESSION_LIMIT]     = { "limit",     ROWS(limit_table),     offsetof(struct expression, limit) },
	[EXPRESSION_LOG]       = { "log",       ROWS(log_table),       0 },
	[EXPRESSION_REJECT]    = { "reject",    ROWS(reject_table),    0 },
};

/* clang-format on */

_Static_assert(COUNT_OF(kinds) == EXPRESSION_OTHER, "an expression without rows");

void expression_put(struct buffer *out, uint16_t type,
		    const struct expression *expression)
{
	size_t nest = attr_nest(out, type);

	attr_put_text(out, NFTA_EXPR_NAME, kinds[expression->kind].name);

	size_t data = attr_nest(out, NFTA_EXPR_DATA);

	rows_put(out, &kinds[expression->kind].rows,
		 (const char *)expression + kinds[expression->kind].member);
	attr_end(out, data);
	attr_end(out, nest);
}

static enum expression_kind kind_of(const struct nlattr *name)
{
	const char *text = mnl_attr_get_payload(name);
	size_t length = strnlen(text, mnl_attr_get_payload_len(name));
	enum expression_kind kind = 0;

	while (kind < EXPRESSION_OTHER && (strlen(kinds[kind].name) != length ||
					   memcmp(kinds[kind].name, text, length) != 0))
		kind++;
	return kind;
}

void expression_read(struct arena *arena, const void *bytes, size_t length,
		     struct expression *expression)
{
	const struct nlattr *parts[NFTA_EXPR_DATA + 1];
	const struct nlattr *data;
	struct reading reading = { .arena = arena };
	enum expression_kind kind = EXPRESSION_OTHER;

	attrs_find(bytes, length, parts, COUNT_OF(parts));
	data = parts[NFTA_EXPR_DATA];
	memset(expression, 0, sizeof(*expression));
	expression->kind = kind;
	if (parts[NFTA_EXPR_NAME])
		kind = kind_of(parts[NFTA_EXPR_NAME]);
	if (kind == EXPRESSION_OTHER)
		return;

	/* an expression without any attribute may come without a nest too */
	rows_read(&reading, &kinds[kind].rows,
		  data ? mnl_attr_get_payload(data) : (const void *)"",
		  data ? mnl_attr_get_payload_len(data) : 0,
		  (char *)expression + kinds[kind].member);
	if (!reading.strange)
		expression->kind = kind;
}

bool expression_equal(const struct expression *a, const struct expression *b)
{
	return a->kind == b->kind && a->kind != EXPRESSION_OTHER &&
	       rows_equal(&kinds[a->kind].rows, (const char *)a + kinds[a->kind].member,
			  (const char *)b + kinds[a->kind].member);
}

struct set_reference *expression_set(struct expression *expression)
{
	if (expression->kind == EXPRESSION_LOOKUP)
		return &expression->lookup.set;
	if (expression->kind == EXPRESSION_DYNSET)
		return &expression->dynset.set;
	return NULL;
}

/* clang-format off */
static const int verdict_codes[VERDICT_COUNT] = {
	[VERDICT_NONE]     = 0, /* no verdict, and no code of one */
	[VERDICT_ACCEPT]   = NF_ACCEPT,
	[VERDICT_DROP]     = NF_DROP,
	[VERDICT_JUMP]     = NFT_JUMP,
	[VERDICT_GOTO]     = NFT_GOTO,
	[VERDICT_RETURN]   = NFT_RETURN,
	[VERDICT_CONTINUE] = NFT_CONTINUE,
};

/* clang-format on */

uint32_t verdict_code(enum verdict verdict)
{
	return (uint32_t)verdict_codes[verdict];
}

enum verdict verdict_of_code(uint32_t code)
{
	for (enum verdict verdict = VERDICT_NONE + 1; verdict < VERDICT_COUNT;
	     verdict++) {
		if (verdict_code(verdict) == code)
			return verdict;
	}
	return VERDICT_NONE;
}
