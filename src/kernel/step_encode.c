/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From steps to expressions. */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/field_load.h"
#include "kernel/step.h"

struct encoder {
	struct arena *arena;
	struct expression_list *list;
};

static void add(struct encoder *encoder, struct expression expression)
{
	LIST_PUSH(encoder->arena, encoder->list, expression);
}

/* ---- loads ---- */

/* Registers are 16 bytes; a concatenation goes on in the four-byte slots of them. */
static uint32_t register_at(uint32_t bytes)
{
	uint32_t slot = bytes / 4;

	return slot % 4 == 0 ? NFT_REG_1 + slot / 4 : NFT_REG32_00 + slot;
}

static void add_loads(struct encoder *encoder, const enum field *fields, size_t count)
{
	uint32_t at = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t width = field_infos[fields[i]].width;

		add(encoder, field_load(fields[i], register_at(at), width));
		at += (width + 3) / 4 * 4;
	}
}

/* ---- comparisons ---- */

static struct wire_data data_of(const uint8_t *bytes, uint32_t length)
{
	struct wire_data data = { .length = length };

	if (bytes)
		memcpy(data.bytes, bytes, length);
	return data;
}

static void add_cmp(struct encoder *encoder, uint32_t op, struct wire_data value)
{
	struct expression cmp = { .kind = EXPRESSION_CMP };

	cmp.cmp.from = NFT_REG_1;
	cmp.cmp.op = op;
	cmp.cmp.value = value;
	add(encoder, cmp);
}

static void add_mask(struct encoder *encoder, struct wire_data mask)
{
	struct expression bitwise = { .kind = EXPRESSION_BITWISE };

	bitwise.bitwise.from = NFT_REG_1;
	bitwise.bitwise.to = NFT_REG_1;
	bitwise.bitwise.length = mask.length;
	bitwise.bitwise.op = NFT_BITWISE_BOOL;
	bitwise.bitwise.mask = mask;
	bitwise.bitwise.toggle = data_of(NULL, mask.length);
	add(encoder, bitwise);
}

static struct wire_data mask_of(uint32_t width, unsigned bits)
{
	struct wire_data mask = { .length = width };

	for (unsigned bit = 0; bit < bits; bit++)
		mask.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return mask;
}

/*
 * All bits, a prefix of an interface's name, a prefix that ends with a byte of the
 * packet (only those bytes are loaded), or any other, which takes a mask.
 */
static void add_equal(struct encoder *encoder, const struct match *match)
{
	enum field field = match->fields[0];
	uint32_t op = match->op == MATCH_EQUAL ? NFT_CMP_EQ : NFT_CMP_NEQ;
	uint32_t width = field_infos[field].width, loaded = width, compared = width;
	bool whole_bytes = match->bits && match->bits % 8 == 0;

	if (whole_bytes && field_infos[field].source == FIELD_PAYLOAD)
		loaded = compared = match->bits / 8;
	else if (whole_bytes && field_infos[field].type == DATATYPE_INTERFACE_NAME)
		compared = match->bits / 8;

	add(encoder, field_load(field, NFT_REG_1, loaded));
	if (match->bits < 8 * compared)
		add_mask(encoder, mask_of(width, match->bits));
	add_cmp(encoder, op, data_of(match->value, compared));
}

static void add_any_bit(struct encoder *encoder, const struct match *match)
{
	uint32_t width = field_infos[match->fields[0]].width;

	add_loads(encoder, match->fields, 1);
	add_mask(encoder, data_of(match->value, width));
	add_cmp(encoder, NFT_CMP_NEQ, data_of(NULL, width));
}

static void add_range(struct encoder *encoder, const struct match *match)
{
	uint32_t width = field_infos[match->fields[0]].width;

	add_loads(encoder, match->fields, 1);
	add_cmp(encoder, NFT_CMP_GTE, data_of(match->value, width));
	add_cmp(encoder, NFT_CMP_LTE, data_of(match->high, width));
}

static void add_not_range(struct encoder *encoder, const struct match *match)
{
	uint32_t width = field_infos[match->fields[0]].width;
	struct expression range = { .kind = EXPRESSION_RANGE };

	range.range.from = NFT_REG_1;
	range.range.op = NFT_RANGE_NEQ;
	range.range.low = data_of(match->value, width);
	range.range.high = data_of(match->high, width);
	add_loads(encoder, match->fields, 1);
	add(encoder, range);
}

static struct set_reference reference_to(const struct set *set)
{
	return (struct set_reference){ .name = set->name ? set->name : "", .set = set };
}

static void add_lookup(struct encoder *encoder, const struct match *match)
{
	struct expression lookup = { .kind = EXPRESSION_LOOKUP };

	lookup.lookup.set = reference_to(match->set);
	lookup.lookup.from = NFT_REG_1;
	lookup.lookup.to = match->op == MATCH_MAP ? NFT_REG_VERDICT : REGISTER_NONE;
	lookup.lookup.flags = match->op == MATCH_NOT_IN ? NFT_LOOKUP_F_INV : 0;
	add_loads(encoder, match->fields, match->field_count);
	add(encoder, lookup);
}

static void add_match(struct encoder *encoder, const struct step *step)
{
	/* clang-format off */
	static void (*const adders[])(struct encoder *, const struct match *) = {
		[MATCH_EQUAL]     = add_equal,
		[MATCH_NOT_EQUAL] = add_equal,
		[MATCH_RANGE]     = add_range,
		[MATCH_NOT_RANGE] = add_not_range,
		[MATCH_ANY_BIT]   = add_any_bit,
		[MATCH_IN]        = add_lookup,
		[MATCH_NOT_IN]    = add_lookup,
		[MATCH_MAP]       = add_lookup,
	};
	/* clang-format on */

	adders[step->match.op](encoder, &step->match);
}

static bool match_is_whole(const struct step *step)
{
	const struct match *match = &step->match;

	return step->kind == STEP_MATCH && match->op == MATCH_EQUAL &&
	       match->bits == 8 * field_infos[match->fields[0]].width;
}

/*
 * nft joins "sport A" and "dport B" into one comparison of four bytes; so do we, where
 * they follow each other, or a rule of ours and the same one of nft's would differ.
 * It joins nothing that is longer.  Its joined "!=" is a mistake that is not copied.
 */
static bool add_joined(struct encoder *encoder, const struct step *first,
		       const struct step *second)
{
	if (!match_is_whole(first) || !match_is_whole(second))
		return false;

	struct expression load = field_load(first->match.fields[0], NFT_REG_1,
					    field_infos[first->match.fields[0]].width);
	struct expression next = field_load(second->match.fields[0], NFT_REG_1,
					    field_infos[second->match.fields[0]].width);

	if (load.kind != EXPRESSION_PAYLOAD || next.kind != EXPRESSION_PAYLOAD ||
	    load.payload.base != next.payload.base ||
	    load.payload.offset + load.payload.length != next.payload.offset ||
	    load.payload.length + next.payload.length > 4)
		return false;

	struct wire_data value = data_of(first->match.value, load.payload.length);

	memcpy(value.bytes + value.length, second->match.value, next.payload.length);
	value.length += next.payload.length;
	load.payload.length = value.length;
	add(encoder, load);
	add_cmp(encoder, NFT_CMP_EQ, value);
	return true;
}

/* ---- statements ---- */

static struct wire_limit limit_of(const struct limit *limit)
{
	return (struct wire_limit){
		.rate = limit->rate,
		.unit = limit->unit_seconds,
		.burst = limit->burst,
		.type = limit->bytes ? NFT_LIMIT_PKT_BYTES : NFT_LIMIT_PKTS,
		.flags = limit->over ? NFT_LIMIT_F_INV : 0,
	};
}

static void add_counter(struct encoder *encoder, const struct step *step)
{
	struct expression counter = { .kind = EXPRESSION_COUNTER };

	counter.counter.packets = step->counter.packets;
	counter.counter.bytes = step->counter.bytes;
	add(encoder, counter);
}

static void add_limit(struct encoder *encoder, const struct step *step)
{
	struct expression limit = { .kind = EXPRESSION_LIMIT };

	limit.limit = limit_of(&step->limit);
	add(encoder, limit);
}

static void add_log(struct encoder *encoder, const struct step *step)
{
	struct expression log = { .kind = EXPRESSION_LOG };

	log.log.prefix = step->log.prefix;
	log.log.group = step->log.to_group ? step->log.group : GROUP_NONE;
	log.log.level = NFT_LOGLEVEL_WARNING;
	add(encoder, log);
}

static void add_reject(struct encoder *encoder, const struct step *step)
{
	struct expression reject = { .kind = EXPRESSION_REJECT };

	reject.reject.type = NFT_REJECT_TCP_RST;
	if (step->reject.kind == REJECT_ICMPX) {
		reject.reject.type = NFT_REJECT_ICMPX_UNREACH;
		reject.reject.code = step->reject.code;
	}
	add(encoder, reject);
}

static void add_update(struct encoder *encoder, const struct step *step)
{
	struct expression update = { .kind = EXPRESSION_DYNSET };

	update.dynset.set = reference_to(step->update.set);
	update.dynset.key = NFT_REG_1;
	update.dynset.op = NFT_DYNSET_OP_UPDATE;
	update.dynset.timeout = step->update.timeout_ms;
	if (step->update.limit.rate) {
		update.dynset.inner = "limit";
		update.dynset.limit = limit_of(&step->update.limit);
	}
	add_loads(encoder, step->update.fields, step->update.field_count);
	add(encoder, update);
}

static void add_verdict(struct encoder *encoder, const struct step *step)
{
	struct expression immediate = { .kind = EXPRESSION_IMMEDIATE };
	enum verdict verdict = step->verdict.verdict;

	immediate.immediate.to = NFT_REG_VERDICT;
	immediate.immediate.verdict.code = verdict_code(verdict);
	if (verdict == VERDICT_JUMP || verdict == VERDICT_GOTO)
		immediate.immediate.verdict.chain = step->verdict.target;
	add(encoder, immediate);
}

void steps_to_expressions(struct arena *arena, const struct step *steps, size_t count,
			  struct expression_list *list)
{
	/* clang-format off */
	static void (*const adders[STEP_KIND_COUNT])(struct encoder *,
						     const struct step *) = {
		[STEP_MATCH]   = add_match,
		[STEP_COUNTER] = add_counter,
		[STEP_LIMIT]   = add_limit,
		[STEP_LOG]     = add_log,
		[STEP_REJECT]  = add_reject,
		[STEP_UPDATE]  = add_update,
		[STEP_VERDICT] = add_verdict,
	};
	/* clang-format on */
	struct encoder encoder = { arena, list };

	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && add_joined(&encoder, &steps[i], &steps[i + 1]))
			i++;
		else
			adders[steps[i].kind](&encoder, &steps[i]);
	}
}
