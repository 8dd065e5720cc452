/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building rules step by step, with the dependencies that nft would add. */
#include <string.h>

#include "ruleset/build.h"

void build_start(struct rule_builder *builder, struct arena *arena,
		 enum table_family family)
{
	*builder = (struct rule_builder){ .arena = arena, .family = family };
}

void build_step(struct rule_builder *builder, struct step step)
{
	LIST_PUSH(builder->arena, &builder->steps, step);
}

static struct step step_of_number(enum match_op op, enum field field, uint32_t number)
{
	struct step step = { .kind = STEP_MATCH };

	step.match.op = op;
	step.match.fields[0] = field;
	step.match.field_count = 1;
	step.match.bits = (uint16_t)(8 * field_infos[field].width);
	datatype_put_number(field_infos[field].type, number, step.match.value);
	return step;
}

/* "meta nfproto" in inet, "meta protocol" in netdev; once for each rule. */
static void depend_on_network(struct rule_builder *builder, uint8_t nfproto)
{
	if (!nfproto || builder->nfproto == nfproto)
		return;

	builder->nfproto = nfproto;
	if (builder->family == TABLE_NETDEV)
		build_step(
			builder,
			step_of_number(MATCH_EQUAL, FIELD_ETHER_PROTOCOL,
				       nfproto == NFPROTO_IP4_FIELD ? 0x0800 : 0x86dd));
	else
		build_step(builder,
			   step_of_number(MATCH_EQUAL, FIELD_NFPROTO, nfproto));
}

static void depend(struct rule_builder *builder, enum field field)
{
	const struct field_info *info = &field_infos[field];

	depend_on_network(builder, info->nfproto);
	if (!info->l4proto || builder->l4proto == info->l4proto)
		return;

	builder->l4proto = info->l4proto;
	build_step(builder, step_of_number(MATCH_EQUAL, FIELD_L4PROTO, info->l4proto));
}

void build_equal(struct rule_builder *builder, enum field field, uint32_t number)
{
	depend(builder, field);
	build_step(builder, step_of_number(MATCH_EQUAL, field, number));

	if (field == FIELD_NFPROTO)
		builder->nfproto = (uint8_t)number;
	if (field == FIELD_L4PROTO)
		builder->l4proto = (uint8_t)number;
}

void build_compare(struct rule_builder *builder, enum match_op op, enum field field,
		   const uint8_t *value, unsigned bits)
{
	struct step step = { .kind = STEP_MATCH };

	depend(builder, field);
	step.match.op = op;
	step.match.fields[0] = field;
	step.match.field_count = 1;
	step.match.bits = (uint16_t)bits;
	memcpy(step.match.value, value, (bits + 7) / 8);
	build_step(builder, step);
}

void build_range(struct rule_builder *builder, enum field field, uint32_t low,
		 uint32_t high)
{
	struct step step = step_of_number(MATCH_RANGE, field, low);

	depend(builder, field);
	datatype_put_number(field_infos[field].type, high, step.match.high);
	build_step(builder, step);
}

void build_between(struct rule_builder *builder, enum field field, const uint8_t *low,
		   const uint8_t *high)
{
	uint8_t width = field_infos[field].width;
	struct step step = step_of_number(MATCH_RANGE, field, 0);

	depend(builder, field);
	memcpy(step.match.value, low, width);
	memcpy(step.match.high, high, width);
	build_step(builder, step);
}

void build_interface(struct rule_builder *builder, enum match_op op, enum field field,
		     const char *name)
{
	uint8_t value[16] = { 0 };
	size_t length = strlen(name);
	unsigned bits = 128;

	if (length && name[length - 1] == '*') {
		length--;
		bits = (unsigned)(8 * length);
	}
	memcpy(value, name, length);
	build_compare(builder, op, field, value, bits);
}

void build_lookup(struct rule_builder *builder, enum match_op op, enum field field,
		  const struct set *set)
{
	struct step step = { .kind = STEP_MATCH };

	depend(builder, field);
	step.match.op = op;
	step.match.fields[0] = field;
	step.match.field_count = 1;
	step.match.set = set;
	build_step(builder, step);
}

void build_counter(struct rule_builder *builder)
{
	build_step(builder, (struct step){ .kind = STEP_COUNTER });
}

void build_verdict(struct rule_builder *builder, enum verdict verdict,
		   const char *target)
{
	struct step step = { .kind = STEP_VERDICT };

	step.verdict.verdict = verdict;
	step.verdict.target = target;
	build_step(builder, step);
}

void build_end(struct rule_builder *builder, struct rule_list *rules,
	       const char *comment, struct span origin)
{
	struct rule rule = {
		.steps = builder->steps.items,
		.step_count = builder->steps.count,
		.comment = comment,
		.origin = origin,
	};

	LIST_PUSH(builder->arena, rules, rule);
	build_start(builder, builder->arena, builder->family);
}

static struct set *set_of_keys(struct arena *arena, enum datatype type, size_t count,
			       bool interval)
{
	struct set *set = arena_alloc(arena, sizeof(*set));

	set->constant = true;
	set->types[0] = type;
	set->type_count = 1;
	set->interval = interval;
	set->key_length = datatypes[type].width;
	set->count = count;
	set->keys = arena_alloc(arena, count * set_stride(set));
	return set;
}

const struct set *set_of_numbers(struct arena *arena, enum datatype type,
				 const uint32_t *numbers, size_t count)
{
	struct set *set = set_of_keys(arena, type, count, false);

	for (size_t i = 0; i < count; i++)
		datatype_put_number(type, numbers[i], set->keys + i * set->key_length);
	return set;
}

const struct set *set_of_ports(struct arena *arena, const uint16_t (*ranges)[2],
			       size_t count)
{
	bool interval = false;

	for (size_t i = 0; i < count; i++)
		interval |= ranges[i][0] != ranges[i][1];

	struct set *set = set_of_keys(arena, DATATYPE_INET_SERVICE, count, interval);

	for (size_t i = 0; i < count; i++) {
		uint8_t *entry = set->keys + i * set_stride(set);

		datatype_put_number(DATATYPE_INET_SERVICE, ranges[i][0], entry);
		if (interval)
			datatype_put_number(DATATYPE_INET_SERVICE, ranges[i][1],
					    entry + set->key_length);
	}
	return set;
}

/*
 * Always an interval set, also for single addresses: so a prefix that joins them later
 * is one more element, and not another kind of set with all its rules made anew.
 */
struct set set_of_addresses(const char *name, enum family family,
			    const struct ranges *ranges, struct span origin)
{
	return (struct set){
		.name = name,
		.types = { family == FAMILY_IP4 ? DATATYPE_IP4_ADDRESS
						: DATATYPE_IP6_ADDRESS },
		.type_count = 1,
		.interval = true,
		.key_length = ranges->width,
		.count = ranges->count,
		.keys = ranges->bytes,
		.origin = origin,
	};
}

const struct set *set_of_verdicts(struct arena *arena, enum datatype type,
				  const uint32_t *numbers, const enum verdict *verdicts,
				  size_t count)
{
	struct set *set = set_of_keys(arena, type, count, false);

	set->map = true;
	set->elements = arena_array(arena, count, sizeof(*set->elements));
	for (size_t i = 0; i < count; i++) {
		datatype_put_number(type, numbers[i], set->keys + i * set->key_length);
		set->elements[i].verdict = verdicts[i];
	}
	return set;
}
