/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host with a rule set like those that compile/ makes, and its addresses. */
#pragma once

#include <netinet/in.h>
#include <string.h>

#include "guard/address.h"
#include "guard/guard.h"
#include "ruleset/build.h"
#include "support/test.h"

enum { MODEL_CHAINS = 6, MODEL_SETS = 4 };

struct model {
	struct arena *arena;
	struct diags diags;
	struct rule_builder builder;
	struct rule_list input, output, management;
	enum verdict input_policy, output_policy;
	bool has_management;     /* flows on interfaces of their own */
	const char *monitor;     /* a port that takes mirrored traffic; NULL: none */
	struct span chain_place; /* of the base chains */

	struct {
		struct set *items;
		size_t count, capacity;
	} sets;

	struct local_addresses local;
	struct paths paths;
};

static struct model model;

static inline void model_read(const char *text, enum family *family, uint8_t *bytes)
{
	assert_true(address_read(text, strlen(text), family, bytes));
}

static inline void model_own(const char *interface, const char *text)
{
	struct local_address own = { .interface = interface };

	model_read(text, &own.family, own.address);
	own.loopback = address_is_loopback(own.family, own.address);
	own.link_local = address_is_link_local(own.family, own.address);
	LIST_PUSH(model.arena, &model.local, own);
}

static inline int model_begin(void **state)
{
	(void)state;
	memset(&model, 0, sizeof(model));
	model.arena = arena_new();
	model.input_policy = model.output_policy = VERDICT_DROP;
	diags_init(&model.diags, model.arena);
	build_start(&model.builder, model.arena, TABLE_INET);
	/* rules point to sets: these must not move */
	model.sets.items =
		arena_array(model.arena, MODEL_SETS, sizeof(*model.sets.items));
	model.sets.capacity = MODEL_SETS;
	model_own("lo", "127.0.0.1");
	model_own("lo", "::1");
	model_own("eth0", "192.0.2.11");
	return 0;
}

static inline int model_end(void **state)
{
	(void)state;
	arena_free(model.arena);
	return 0;
}

/* Ends a rule that was begun with the builder. */
static inline void model_rule(struct rule_list *rules, enum verdict verdict,
			      const char *target, const char *comment)
{
	if (verdict != VERDICT_NONE)
		build_verdict(&model.builder, verdict, target);
	build_end(&model.builder, rules, comment, (struct span){ 0 });
}

/* Established, related and the loopback pass; invalid is dropped. */
static inline void model_housekeeping(void)
{
	static const uint32_t states[] = { 1, 2, 4 };

	static const enum verdict verdicts[] = { VERDICT_DROP, VERDICT_ACCEPT,
						 VERDICT_ACCEPT };

	for (int out = 0; out < 2; out++) {
		struct rule_list *rules = out ? &model.output : &model.input;

		build_lookup(&model.builder, MATCH_MAP, FIELD_CT_STATE,
			     set_of_verdicts(model.arena, DATATYPE_CT_STATE, states,
					     verdicts, COUNT_OF(states)));
		model_rule(rules, VERDICT_NONE, NULL, "connections");
		build_interface(&model.builder, MATCH_EQUAL,
				out ? FIELD_OIFNAME : FIELD_IIFNAME, "lo");
		model_rule(rules, VERDICT_ACCEPT, NULL, "loopback");
	}
}

/* A set of address ranges, "198.51.100.0 198.51.100.255 ...", LOW HIGH by turns. */
static inline const struct set *model_set(const char *name, const char *addresses)
{
	struct ranges ranges = { 0 };
	char *rest = arena_string(model.arena, addresses);
	enum family family;
	uint8_t low[16], high[16];
	struct set set;

	while (rest) {
		model_read(strsep(&rest, " "), &family, low);
		model_read(strsep(&rest, " "), &family, high);
		if (!ranges.width)
			ranges = ranges_empty(family);
		ranges_push(model.arena, &ranges, low, high);
	}
	ranges_normalize(&ranges);
	set = set_of_addresses(name, family, &ranges, (struct span){ 0 });
	assert_true(model.sets.count < MODEL_SETS);
	LIST_PUSH(model.arena, &model.sets, set);
	return &model.sets.items[model.sets.count - 1];
}

/* A flow: tcp/PORT from the addresses of a set; NULL: from any. */
static inline void model_flow(struct rule_list *rules, const struct set *from,
			      unsigned port, const char *comment)
{
	if (from)
		build_lookup(&model.builder, MATCH_IN,
			     from->types[0] == DATATYPE_IP4_ADDRESS ? FIELD_IP_SADDR
								    : FIELD_IP6_SADDR,
			     from);
	build_equal(&model.builder, FIELD_TCP_DPORT, port);
	build_counter(&model.builder);
	model_rule(rules, VERDICT_ACCEPT, NULL, comment);
}

static inline void model_jump(const char *interface)
{
	build_interface(&model.builder, MATCH_EQUAL, FIELD_IIFNAME, interface);
	model_rule(&model.input, VERDICT_JUMP, "input-management", "management");
	model.has_management = true;
}

static inline struct chain model_chain(const char *name, const struct rule_list *rules)
{
	return (struct chain){ .name = name,
			       .rules = rules->items,
			       .rule_count = rules->count,
			       .origin = model.chain_place };
}

static inline struct chain model_base(enum hook hook, const struct rule_list *rules,
				      enum verdict policy)
{
	struct chain chain = model_chain(hook_names[hook], rules);

	chain.base = true;
	chain.hook = hook;
	chain.policy = policy;
	return chain;
}

static inline struct table model_netdev(void)
{
	static const enum hook hooks[] = { HOOK_INGRESS, HOOK_EGRESS };
	static const struct rule_list none;
	struct chain *chains = arena_array(model.arena, 2, sizeof(*chains));
	const char **devices = arena_array(model.arena, 1, sizeof(*devices));

	devices[0] = model.monitor;
	for (size_t i = 0; i < COUNT_OF(hooks); i++) {
		chains[i] = model_base(hooks[i], &none, VERDICT_DROP);
		chains[i].name = arena_format(model.arena, "%s-%s",
					      hook_names[hooks[i]], model.monitor);
		chains[i].devices = devices;
		chains[i].device_count = 1;
	}
	return (struct table){ .family = TABLE_NETDEV,
			       .name = ROLEWALL_TABLE,
			       .chains = chains,
			       .chain_count = 2 };
}

static inline struct ruleset *model_ruleset(void)
{
	struct ruleset *ruleset = arena_alloc(model.arena, sizeof(*ruleset));
	struct chain *chains = arena_array(model.arena, MODEL_CHAINS, sizeof(*chains));
	struct table *tables = arena_array(model.arena, 2, sizeof(*tables));
	size_t count = 0;

	chains[count++] = model_base(HOOK_INPUT, &model.input, model.input_policy);
	if (model.has_management)
		chains[count++] = model_chain("input-management", &model.management);
	chains[count++] = model_base(HOOK_OUTPUT, &model.output, model.output_policy);
	tables[0] = (struct table){ .family = TABLE_INET,
				    .name = ROLEWALL_TABLE,
				    .chains = chains,
				    .chain_count = count,
				    .sets = model.sets.items,
				    .set_count = model.sets.count };
	if (model.monitor)
		tables[1] = model_netdev();
	ruleset->host = "sensor-1";
	ruleset->tables = tables;
	ruleset->table_count = model.monitor ? 2 : 1;
	ruleset_normalize(model.arena, ruleset);
	return ruleset;
}

static inline void model_protect(const char *text)
{
	struct path path;

	assert_true(path_parse(model.arena, text, &model.diags, &path));
	LIST_PUSH(model.arena, &model.paths, path);
}

/* All that is said of the protected paths; NULL: all of them are open. */
static inline const char *model_check(void)
{
	struct buffer said AUTO_BUFFER = { 0 };
	bool good =
		guard_check(model_ruleset(), &model.paths, &model.local, &model.diags);

	assert_int_equal(good, model.diags.error_count == 0);
	if (good) {
		assert_null(model.diags.first);
		return NULL;
	}
	assert_int_equal(model.diags.first->code, DIAG_LOCKOUT);
	diags_print(&model.diags, false, &said);
	return arena_copy(model.arena, said.data, said.length);
}

static inline void expect_open(void)
{
	const char *said = model_check();

	if (said)
		fail_msg("said: %s", said);
}

static inline void expect_said(const char *expected)
{
	const char *said = model_check();

	assert_non_null(said);
	assert_string_equal(said, expected);
}

static inline void expect_part(const char *part)
{
	const char *said = model_check();

	assert_non_null(said);
	if (!strstr(said, part))
		fail_msg("said: %s", said);
}

/* Open to 198.51.100.0/24 but .9, as a site's "except" makes it. */
static inline const struct set *analysts(void)
{
	return model_set("analysts.4", "198.51.100.0 198.51.100.8 "
				       "198.51.100.10 198.51.100.255");
}

static inline void open_to_analysts(void)
{
	model_housekeeping();
	model_flow(&model.input, analysts(), 22, "plant.ssh");
}

static inline void protect_connection(const char *peer, const char *own)
{
	struct path path = { .protocol = IPPROTO_TCP,
			     .port = 22,
			     .has_peers = true,
			     .has_local = true };
	enum family family;

	model_read(peer, &path.family, path.low);
	memcpy(path.high, path.low, sizeof(path.high));
	model_read(own, &family, path.local);
	assert_int_equal(family, path.family);
	path.text = arena_format(model.arena, "tcp/22@%s", peer);
	path.what = arena_format(model.arena, "%s (this SSH connection)", path.text);
	LIST_PUSH(model.arena, &model.paths, path);
}

#define MODEL_TEST(test) cmocka_unit_test_setup_teardown(test, model_begin, model_end)
