/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule sets by hand, for tests of what goes to the kernel and comes from it. */
#pragma once

#include <arpa/inet.h>
#include <string.h>

#include "ruleset/build.h"
#include "support/test.h"

static const struct span nowhere;

/* One table, as it grows; model_ruleset() puts an end to it. */
struct model {
	struct arena *arena;
	struct rule_builder builder;
	enum table_family family;

	struct {
		struct chain *items;
		size_t count, capacity;
	} chains;

	struct {
		struct set *items;
		size_t count, capacity;
	} sets;

	struct rule_list rules; /* of the last chain */
};

static inline void model_start(struct model *model, struct arena *arena)
{
	*model = (struct model){ .arena = arena };
	build_start(&model->builder, arena, TABLE_INET);
}

/* ---- sets ---- */

static inline struct set set_of(const char *name, enum datatype type)
{
	return (struct set){
		.name = name,
		.constant = !name,
		.types = { type },
		.type_count = 1,
		.key_length = datatypes[type].width,
	};
}

static inline struct set interval_set_of(const char *name, enum datatype type)
{
	struct set set = set_of(name, type);

	set.interval = true;
	return set;
}

/* "ipv4_addr . inet_service" */
static inline struct set address_port_set_of(const char *name, bool interval)
{
	struct set set = set_of(name, DATATYPE_IP4_ADDRESS);

	set.types[set.type_count++] = DATATYPE_INET_SERVICE;
	set.key_length = 8;
	set.interval = interval;
	return set;
}

/* Appends an element (`high` only of intervals) and returns what stands beside it. */
static inline struct element *set_push(struct arena *arena, struct set *set,
				       const uint8_t *low, const uint8_t *high)
{
	size_t stride = set_stride(set), i = set->count++;

	set->keys = arena_grow(arena, set->keys, i * stride, set->count * stride, 1);
	set->elements =
		arena_grow(arena, set->elements, i, set->count, sizeof(*set->elements));
	memcpy(set->keys + i * stride, low, set->key_length);
	if (set->interval && high)
		memcpy(set->keys + i * stride + set->key_length, high, set->key_length);
	return &set->elements[i];
}

static inline struct element *set_push_numbers(struct arena *arena, struct set *set,
					       uint32_t low, uint32_t high)
{
	uint8_t keys[2][16] = { 0 };

	datatype_put_number(set->types[0], low, keys[0]);
	datatype_put_number(set->types[0], high, keys[1]);
	return set_push(arena, set, keys[0], keys[1]);
}

static inline struct element *set_push_number(struct arena *arena, struct set *set,
					      uint32_t number)
{
	return set_push_numbers(arena, set, number, number);
}

static inline struct element *set_push_addresses(struct arena *arena, struct set *set,
						 const char *low, const char *high)
{
	uint8_t keys[2][16] = { 0 };
	int family = strchr(low, ':') ? AF_INET6 : AF_INET;

	assert_int_equal(inet_pton(family, low, keys[0]), 1);
	assert_int_equal(inet_pton(family, high, keys[1]), 1);
	return set_push(arena, set, keys[0], keys[1]);
}

static inline struct element *set_push_pair(struct arena *arena, struct set *set,
					    const char *address, uint16_t low,
					    uint16_t high)
{
	uint8_t keys[2][8] = { 0 };

	assert_int_equal(inet_pton(AF_INET, address, keys[0]), 1);
	memcpy(keys[1], keys[0], 4);
	datatype_put_number(DATATYPE_INET_SERVICE, low, keys[0] + 4);
	datatype_put_number(DATATYPE_INET_SERVICE, high, keys[1] + 4);
	return set_push(arena, set, keys[0], keys[1]);
}

static inline const struct set *set_keep(struct arena *arena, struct set set)
{
	struct set *kept = arena_alloc(arena, sizeof(*kept));

	*kept = set;
	return kept;
}

/* Declares a named set of the table's, and returns it for rules to name. */
static inline const struct set *model_set(struct model *model, struct set set)
{
	LIST_PUSH(model->arena, &model->sets, set);
	return set_keep(model->arena, set);
}

/* ---- rules ---- */

static inline struct step step_match(enum match_op op, enum field field, uint32_t low,
				     uint32_t high)
{
	struct step step = { .kind = STEP_MATCH };

	step.match.op = op;
	step.match.fields[0] = field;
	step.match.field_count = 1;
	datatype_put_number(field_infos[field].type, low, step.match.value);
	datatype_put_number(field_infos[field].type, high, step.match.high);
	return step;
}

static inline struct step step_lookup(enum match_op op, const struct set *set,
				      enum field first, enum field second)
{
	struct step step = { .kind = STEP_MATCH };

	step.match.op = op;
	step.match.fields[0] = first;
	step.match.fields[1] = second;
	step.match.field_count = set->type_count;
	step.match.set = set;
	return step;
}

/* Ends the rule that the builder holds. */
static inline void model_rule(struct model *model, const char *comment)
{
	build_end(&model->builder, &model->rules, comment, nowhere);
}

/* "tcp dport PORT counter accept" */
static inline void model_port(struct model *model, uint32_t port, const char *comment)
{
	build_equal(&model->builder, FIELD_TCP_DPORT, port);
	build_counter(&model->builder);
	build_verdict(&model->builder, VERDICT_ACCEPT, NULL);
	model_rule(model, comment);
}

static inline struct chain *model_last_chain(struct model *model)
{
	return &model->chains.items[model->chains.count - 1];
}

static inline void model_close_chain(struct model *model)
{
	if (!model->chains.count)
		return;
	model_last_chain(model)->rules = model->rules.items;
	model_last_chain(model)->rule_count = model->rules.count;
	model->rules = (struct rule_list){ 0 };
}

static inline struct chain *model_chain(struct model *model, const char *name)
{
	struct chain chain = { .name = name };

	model_close_chain(model);
	LIST_PUSH(model->arena, &model->chains, chain);
	return model_last_chain(model);
}

static inline struct chain *model_base_chain(struct model *model, const char *name,
					     enum hook hook, enum verdict policy)
{
	struct chain *chain = model_chain(model, name);

	chain->base = true;
	chain->hook = hook;
	chain->policy = policy;
	return chain;
}

/* ---- the whole ---- */

static inline struct table model_table(struct model *model)
{
	model_close_chain(model);
	return (struct table){
		.family = model->family,
		.name = ROLEWALL_TABLE,
		.chains = model->chains.items,
		.chain_count = model->chains.count,
		.sets = model->sets.items,
		.set_count = model->sets.count,
	};
}

static inline struct ruleset *ruleset_of(struct arena *arena,
					 const struct table *tables, size_t count)
{
	struct ruleset *ruleset = arena_alloc(arena, sizeof(*ruleset));

	ruleset->tables = arena_grow(arena, tables, count, count, sizeof(*tables));
	ruleset->table_count = count;
	ruleset_normalize(arena, ruleset);
	return ruleset;
}

static inline struct ruleset *model_ruleset(struct model *model)
{
	struct table table = model_table(model);

	return ruleset_of(model->arena, &table, 1);
}

/* ---- a set of each form ---- */

static inline void model_plain_sets(struct model *model)
{
	struct arena *arena = model->arena;
	struct set ports = set_of("ports", DATATYPE_INET_SERVICE);
	struct set comments = set_of("comments", DATATYPE_INET_SERVICE);
	struct set timeouts = set_of("timeouts", DATATYPE_IP6_ADDRESS);
	struct set pairs = address_port_set_of("pairs", false);
	struct set names = set_of("names", DATATYPE_INTERFACE_NAME);

	set_push_number(arena, &ports, 80);
	set_push_number(arena, &ports, 22);
	ports.size = 1000;
	model_set(model, ports);
	set_push_number(arena, &comments, 1);
	set_push_number(arena, &comments, 2)->comment = "two";
	comments.comment = "with a comment, and one of its own";
	model_set(model, comments);
	set_push_addresses(arena, &timeouts, "2001:db8::1", "::");
	set_push_addresses(arena, &timeouts, "2001:db8::2", "::")->timeout_ms = 8000;
	timeouts.timeout = true;
	timeouts.timeout_ms = 60000;
	model_set(model, timeouts);
	set_push_pair(arena, &pairs, "192.0.2.1", 80, 80);
	model_set(model, pairs);
	set_push(arena, &names, (const uint8_t *)"eth0\0\0\0\0\0\0\0\0\0\0\0", NULL);
	model_set(model, names);
	model_set(model, set_of("empty", DATATYPE_IP4_ADDRESS));
}

static inline void model_interval_sets(struct model *model)
{
	struct arena *arena = model->arena;
	struct set low = interval_set_of("from-zero", DATATYPE_INET_SERVICE);
	struct set high = interval_set_of("to-the-end", DATATYPE_IP4_ADDRESS);
	struct set all = interval_set_of("all", DATATYPE_INET_SERVICE);
	struct set touching = interval_set_of("touching", DATATYPE_INET_SERVICE);
	struct set pairs = address_port_set_of("ranges", true);
	struct set none = interval_set_of("nothing", DATATYPE_IP6_ADDRESS);

	set_push_numbers(arena, &low, 0, 9);
	set_push_numbers(arena, &low, 11, 11)->comment = "one";
	model_set(model, low);
	set_push_addresses(arena, &high, "10.0.0.0", "10.255.255.255");
	set_push_addresses(arena, &high, "224.0.0.0", "255.255.255.255");
	model_set(model, high);
	set_push_numbers(arena, &all, 0, 65535);
	model_set(model, all);
	set_push_numbers(arena, &touching, 1, 5);
	set_push_numbers(arena, &touching, 6, 255);
	set_push_numbers(arena, &touching, 256, 300);
	model_set(model, touching);
	set_push_pair(arena, &pairs, "192.0.2.1", 80, 90);
	set_push_pair(arena, &pairs, "192.0.2.2", 22, 22)->comment = "ssh";
	model_set(model, pairs);
	model_set(model, none);
}

/* Jumps to chain "side". */
static inline void model_maps(struct model *model)
{
	struct arena *arena = model->arena;
	struct set states = set_of("states", DATATYPE_CT_STATE);
	struct set ports = interval_set_of("by-port", DATATYPE_INET_SERVICE);
	struct element *element;

	states.map = ports.map = true;
	element = set_push_number(arena, &states, 2);
	element->verdict = VERDICT_ACCEPT;
	element->has_counter = true;
	element = set_push_number(arena, &states, 8);
	element->verdict = VERDICT_JUMP;
	element->target = "side";
	element->has_counter = true;
	element->comment = "new";
	model_set(model, states);
	set_push_numbers(arena, &ports, 1, 9)->verdict = VERDICT_DROP;
	set_push_numbers(arena, &ports, 10, 20)->verdict = VERDICT_RETURN;
	model_set(model, ports);
}

static inline struct set rate_set_of(const char *name)
{
	struct set set = set_of(name, DATATYPE_IP4_ADDRESS);

	set.dynamic = set.timeout = true;
	set.timeout_ms = 61000;
	set.size = 500;
	return set;
}

/* Rules of each kind of step, and with each kind of anonymous set. */
static inline void model_rules(struct model *model, const struct set *rates)
{
	static const uint16_t ranges[][2] = { { 22, 22 },
					      { 80, 90 },
					      { 65000, 65535 } };
	static const uint32_t states[] = { 1, 2 };

	static const enum verdict verdicts[] = { VERDICT_DROP, VERDICT_ACCEPT };
	struct rule_builder *builder = &model->builder;
	struct step update = { .kind = STEP_UPDATE }, log = { .kind = STEP_LOG };
	struct step reject = { .kind = STEP_REJECT }, limit = { .kind = STEP_LIMIT };

	build_lookup(builder, MATCH_IN, FIELD_TCP_DPORT,
		     set_of_ports(model->arena, ranges, COUNT_OF(ranges)));
	build_counter(builder);
	build_verdict(builder, VERDICT_ACCEPT, NULL);
	model_rule(model, "ranges");
	build_lookup(builder, MATCH_MAP, FIELD_CT_STATE,
		     set_of_verdicts(model->arena, DATATYPE_CT_STATE, states, verdicts,
				     COUNT_OF(states)));
	model_rule(model, NULL);
	build_equal(builder, FIELD_NFPROTO, NFPROTO_IP4_FIELD);
	update.update.set = rates;
	update.update.fields[0] = FIELD_IP_SADDR;
	update.update.field_count = 1;
	update.update.limit =
		(struct limit){ .rate = 5, .unit_seconds = 60, .burst = 7 };
	build_step(builder, update);
	build_verdict(builder, VERDICT_JUMP, "side");
	model_rule(model, "rate");
	limit.limit = (struct limit){ .rate = 10, .unit_seconds = 1, .burst = 5 };
	log.log.prefix = "rolewall: ";
	reject.reject.kind = REJECT_ICMPX;
	reject.reject.code = 3;
	build_step(builder, limit);
	build_step(builder, log);
	build_step(builder, reject);
	model_rule(model, "the end");
}

/* All of the above in one table. */
static inline struct ruleset *model_everything(struct arena *arena)
{
	struct model model;
	const struct set *rates;

	model_start(&model, arena);
	model_plain_sets(&model);
	model_interval_sets(&model);
	rates = model_set(&model, rate_set_of("rates"));
	model_chain(&model, "side")->comment = "beside";
	model_port(&model, 8080, "side");
	model_maps(&model);
	model_base_chain(&model, "input", HOOK_INPUT, VERDICT_DROP)->priority = -5;
	model_rules(&model, rates);
	model_base_chain(&model, "output", HOOK_OUTPUT, VERDICT_ACCEPT);
	return model_ruleset(&model);
}
