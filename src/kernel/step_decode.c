/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From expressions to steps.
 *
 * Lenient on purpose: what it makes is encoded again at the end, and unless that gives
 * the very expressions it was made from, the rule is foreign.
 */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/field_load.h"
#include "kernel/step.h"

struct decoder {
	struct arena *arena;
	const struct expression *next, *end;
	struct field_context context;
	struct step_list *steps;
};

static void add(struct decoder *decoder, struct step step)
{
	field_context_follow(&decoder->context, &step);
	LIST_PUSH(decoder->arena, decoder->steps, step);
}

/* The next expression when it is of this kind, which is then taken; else NULL. */
static const struct expression *take(struct decoder *decoder, enum expression_kind kind)
{
	if (decoder->next == decoder->end || decoder->next->kind != kind)
		return NULL;
	return decoder->next++;
}

/* ---- matches ---- */

/* What the loads at the head of a match have in the registers. */
struct loaded {
	enum field fields[SET_FIELD_MAX];
	uint32_t lengths[SET_FIELD_MAX];
	size_t count;
};

/* The two fields that nft has joined into one load of their sum. */
static bool decode_joined(struct decoder *decoder, const struct expression *load)
{
	struct expression part = *load;
	const struct expression *cmp = take(decoder, EXPRESSION_CMP);
	uint32_t done = 0;

	if (!cmp || load->kind != EXPRESSION_PAYLOAD ||
	    cmp->cmp.value.length != load->payload.length)
		return false;

	while (done < load->payload.length) {
		struct step step = { .kind = STEP_MATCH };
		enum field field;
		uint32_t length;

		if (!field_of_load(&part, &decoder->context, &field, &length) ||
		    field_infos[field].width > load->payload.length - done)
			return false;
		length = field_infos[field].width;
		step.match.op = MATCH_EQUAL;
		step.match.fields[0] = field;
		step.match.field_count = 1;
		step.match.bits = (uint16_t)(8 * length);
		memcpy(step.match.value, cmp->cmp.value.bytes + done, length);
		add(decoder, step);
		part.payload.offset += length;
		done += length;
	}
	return true;
}

static bool decode_loads(struct decoder *decoder, struct loaded *loaded)
{
	while (decoder->next < decoder->end && expression_is_load(decoder->next)) {
		const struct expression *load = decoder->next;

		/* a first register again: the next match begins */
		if (loaded->count && load_register(load) == NFT_REG_1)
			return false;
		if (loaded->count == SET_FIELD_MAX ||
		    !field_of_load(load, &decoder->context,
				   &loaded->fields[loaded->count],
				   &loaded->lengths[loaded->count]))
			return false;
		decoder->next++;
		loaded->count++;
	}
	return true;
}

static void match_start(struct step *step, const struct loaded *loaded)
{
	*step = (struct step){ .kind = STEP_MATCH };
	step->match.field_count = loaded->count;
	memcpy(step->match.fields, loaded->fields, loaded->count * sizeof(enum field));
}

static bool decode_cmp(struct decoder *decoder, const struct loaded *loaded)
{
	const struct expression *cmp = take(decoder, EXPRESSION_CMP);
	const struct wire_data *value = &cmp->cmp.value;
	struct step step;

	match_start(&step, loaded);
	step.match.op = cmp->cmp.op == NFT_CMP_EQ ? MATCH_EQUAL : MATCH_NOT_EQUAL;
	memcpy(step.match.value, value->bytes, value->length);
	step.match.bits = (uint16_t)(8 * value->length);
	if (cmp->cmp.op == NFT_CMP_GTE) {
		const struct expression *high = take(decoder, EXPRESSION_CMP);

		if (!high || high->cmp.op != NFT_CMP_LTE)
			return false;
		step.match.op = MATCH_RANGE;
		memcpy(step.match.high, high->cmp.value.bytes, high->cmp.value.length);
	}
	add(decoder, step);
	return true;
}

/* The length of the prefix that a mask stands for; -1 when it is none. */
static int mask_bits(const struct wire_data *mask)
{
	unsigned bits = 0;

	while (bits < 8 * mask->length && mask->bytes[bits / 8] & (0x80 >> bits % 8))
		bits++;
	for (unsigned bit = bits; bit < 8 * mask->length; bit++) {
		if (mask->bytes[bit / 8] & (0x80 >> bit % 8))
			return -1;
	}
	return (int)bits;
}

/* A prefix compared, or any of some bits wanted. */
static bool decode_mask(struct decoder *decoder, const struct loaded *loaded)
{
	const struct expression *bitwise = take(decoder, EXPRESSION_BITWISE);
	const struct expression *cmp = take(decoder, EXPRESSION_CMP);
	const struct wire_data *mask = &bitwise->bitwise.mask;
	int bits = mask_bits(mask);
	struct step step;

	if (!cmp)
		return false;

	match_start(&step, loaded);
	if (bits < 0 || field_infos[loaded->fields[0]].source == FIELD_CT) {
		step.match.op = MATCH_ANY_BIT;
		memcpy(step.match.value, mask->bytes, mask->length);
	} else {
		step.match.op =
			cmp->cmp.op == NFT_CMP_EQ ? MATCH_EQUAL : MATCH_NOT_EQUAL;
		step.match.bits = (uint16_t)bits;
		memcpy(step.match.value, cmp->cmp.value.bytes, cmp->cmp.value.length);
	}
	add(decoder, step);
	return true;
}

static bool decode_range(struct decoder *decoder, const struct loaded *loaded)
{
	const struct expression *range = take(decoder, EXPRESSION_RANGE);
	struct step step;

	match_start(&step, loaded);
	step.match.op = MATCH_NOT_RANGE;
	memcpy(step.match.value, range->range.low.bytes, range->range.low.length);
	memcpy(step.match.high, range->range.high.bytes, range->range.high.length);
	add(decoder, step);
	return true;
}

static bool decode_lookup(struct decoder *decoder, const struct loaded *loaded)
{
	const struct expression *lookup = take(decoder, EXPRESSION_LOOKUP);
	struct step step;

	match_start(&step, loaded);
	step.match.op = lookup->lookup.to != REGISTER_NONE ? MATCH_MAP
			: lookup->lookup.flags             ? MATCH_NOT_IN
							   : MATCH_IN;
	step.match.set = lookup->lookup.set.set;
	add(decoder, step);
	return step.match.set && step.match.set->map == (step.match.op == MATCH_MAP);
}

static struct limit limit_of(const struct wire_limit *wire)
{
	return (struct limit){
		.rate = wire->rate,
		.unit_seconds = wire->unit,
		.burst = wire->burst,
		.over = wire->flags & NFT_LIMIT_F_INV,
		.bytes = wire->type == NFT_LIMIT_PKT_BYTES,
	};
}

static bool decode_update(struct decoder *decoder, const struct loaded *loaded)
{
	const struct expression *update = take(decoder, EXPRESSION_DYNSET);
	struct step step = { .kind = STEP_UPDATE };

	step.update.set = update->dynset.set.set;
	step.update.field_count = loaded->count;
	memcpy(step.update.fields, loaded->fields, loaded->count * sizeof(enum field));
	step.update.timeout_ms = update->dynset.timeout;
	step.update.limit = limit_of(&update->dynset.limit);
	add(decoder, step);
	return step.update.set && step.update.set->name;
}

static bool decode_load(struct decoder *decoder)
{
	const struct expression *first = decoder->next;
	struct loaded loaded = { .count = 0 };

	if (!decode_loads(decoder, &loaded) || !loaded.count ||
	    decoder->next == decoder->end)
		return false;

	switch (decoder->next->kind) {
	case EXPRESSION_CMP:
		if (loaded.lengths[0] > field_infos[loaded.fields[0]].width)
			return decode_joined(decoder, first);
		return decode_cmp(decoder, &loaded);
	case EXPRESSION_BITWISE:
		return decode_mask(decoder, &loaded);
	case EXPRESSION_RANGE:
		return decode_range(decoder, &loaded);
	case EXPRESSION_LOOKUP:
		return decode_lookup(decoder, &loaded);
	case EXPRESSION_DYNSET:
		return decode_update(decoder, &loaded);
	case EXPRESSION_META:
	case EXPRESSION_PAYLOAD:
	case EXPRESSION_CT:
	case EXPRESSION_FIB:
	case EXPRESSION_IMMEDIATE:
	case EXPRESSION_COUNTER:
	case EXPRESSION_LIMIT:
	case EXPRESSION_LOG:
	case EXPRESSION_REJECT:
	case EXPRESSION_OTHER:
	case EXPRESSION_KIND_COUNT:
		break;
	}
	return false;
}

/* ---- statements ---- */

static bool decode_counter(struct decoder *decoder)
{
	const struct expression *counter = decoder->next++;
	struct step step = { .kind = STEP_COUNTER };

	step.counter.packets = counter->counter.packets;
	step.counter.bytes = counter->counter.bytes;
	add(decoder, step);
	return true;
}

static bool decode_limit(struct decoder *decoder)
{
	struct step step = { .kind = STEP_LIMIT };

	step.limit = limit_of(&decoder->next++->limit);
	add(decoder, step);
	return true;
}

static bool decode_log(struct decoder *decoder)
{
	const struct expression *log = decoder->next++;
	struct step step = { .kind = STEP_LOG };

	step.log.prefix = log->log.prefix;
	step.log.to_group = log->log.group != GROUP_NONE;
	step.log.group = step.log.to_group ? (uint16_t)log->log.group : 0;
	add(decoder, step);
	return true;
}

static bool decode_reject(struct decoder *decoder)
{
	const struct expression *reject = decoder->next++;
	struct step step = { .kind = STEP_REJECT };

	step.reject.kind = REJECT_TCP_RESET;
	if (reject->reject.type != NFT_REJECT_TCP_RST) {
		step.reject.kind = REJECT_ICMPX;
		step.reject.code = (uint8_t)reject->reject.code;
	}
	add(decoder, step);
	return true;
}

static bool decode_immediate(struct decoder *decoder)
{
	const struct expression *immediate = decoder->next++;
	struct step step = { .kind = STEP_VERDICT };

	step.verdict.verdict = verdict_of_code(immediate->immediate.verdict.code);
	step.verdict.target = immediate->immediate.verdict.chain;
	add(decoder, step);
	if (step.verdict.verdict == VERDICT_JUMP ||
	    step.verdict.verdict == VERDICT_GOTO)
		return step.verdict.target != NULL;
	return step.verdict.verdict != VERDICT_NONE;
}

static bool decode_step(struct decoder *decoder)
{
	/* clang-format off */
	static bool (*const decoders[EXPRESSION_KIND_COUNT])(struct decoder *) = {
		[EXPRESSION_META]      = decode_load,
		[EXPRESSION_PAYLOAD]   = decode_load,
		[EXPRESSION_CT]        = decode_load,
		[EXPRESSION_FIB]       = decode_load,
		[EXPRESSION_IMMEDIATE] = decode_immediate,
		[EXPRESSION_COUNTER]   = decode_counter,
		[EXPRESSION_LIMIT]     = decode_limit,
		[EXPRESSION_LOG]       = decode_log,
		[EXPRESSION_REJECT]    = decode_reject,
	};
	/* clang-format on */
	enum expression_kind kind = decoder->next->kind;

	return decoders[kind] && decoders[kind](decoder);
}

bool steps_of_expressions(struct arena *arena,
			  const struct expression_list *expressions,
			  struct step_list *list, struct expression_list *again)
{
	struct decoder decoder = {
		.arena = arena,
		.next = expressions->items,
		.end = expressions->items + expressions->count,
		.steps = list,
	};

	while (decoder.next < decoder.end) {
		if (!decode_step(&decoder))
			return false;
	}
	again->count = 0;
	steps_to_expressions(arena, list->items, list->count, again);
	if (again->count != expressions->count)
		return false;
	for (size_t i = 0; i < again->count; i++) {
		if (!expression_equal(&again->items[i], &expressions->items[i]))
			return false;
	}
	return true;
}
