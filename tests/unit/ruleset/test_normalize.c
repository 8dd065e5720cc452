/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Normalising: one spelling for one meaning, and another key for anything that counts.
 */
#include <string.h>

#include "base/attr.h"
#include "ruleset/build.h"
#include "support/test.h"

static struct arena *arena;

static int arena_begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int arena_end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const struct span nowhere;

/* A table of one chain with these rules, normalized. */
static const struct ruleset *ruleset_of(const struct rule_list *rules,
					const struct set *sets, size_t set_count)
{
	struct ruleset *ruleset = arena_alloc(arena, sizeof(*ruleset));
	struct table *table = arena_alloc(arena, sizeof(*table));
	struct chain *chain = arena_alloc(arena, sizeof(*chain));

	*chain = (struct chain){ .name = "input",
				 .rules = rules->items,
				 .rule_count = rules->count };
	*table = (struct table){ .family = TABLE_INET,
				 .name = ROLEWALL_TABLE,
				 .chains = chain,
				 .chain_count = 1,
				 .sets = sets,
				 .set_count = set_count };
	ruleset->tables = table;
	ruleset->table_count = 1;
	ruleset_normalize(arena, ruleset);
	return ruleset;
}

static const struct rule *first_rule(const struct ruleset *ruleset)
{
	return &ruleset->tables[0].chains[0].rules[0];
}

static const struct rule *rule_of(struct step step, const char *comment)
{
	struct rule_builder builder;
	struct rule_list rules = { 0 };

	build_start(&builder, arena, TABLE_INET);
	build_step(&builder, step);
	build_end(&builder, &rules, comment, nowhere);
	return first_rule(ruleset_of(&rules, NULL, 0));
}

/* ---- dependencies ---- */

static void builder_adds_dependencies_as_nft(void **state)
{
	static const uint8_t prefix[16] = { 0xfe, 0x80 };
	struct rule_builder builder;
	struct rule_list rules = { 0 };

	(void)state;
	build_start(&builder, arena, TABLE_INET);
	build_equal(&builder, FIELD_ICMPV6_TYPE, 135);
	build_compare(&builder, MATCH_EQUAL, FIELD_IP6_SADDR, prefix, 10);
	build_end(&builder, &rules, NULL, nowhere);

	const struct step *steps = rules.items[0].steps;

	assert_int_equal(rules.items[0].step_count, 4);
	assert_int_equal(steps[0].match.fields[0], FIELD_NFPROTO);
	assert_int_equal(steps[0].match.value[0], 10);
	assert_int_equal(steps[1].match.fields[0], FIELD_L4PROTO);
	assert_int_equal(steps[1].match.value[0], 58);
	assert_int_equal(steps[2].match.fields[0], FIELD_ICMPV6_TYPE);
	assert_int_equal(steps[3].match.fields[0], FIELD_IP6_SADDR);
}

static void builder_names_the_network_of_netdev(void **state)
{
	struct rule_builder builder;

	(void)state;
	build_start(&builder, arena, TABLE_NETDEV);
	build_equal(&builder, FIELD_IP_TTL, 64);
	assert_int_equal(builder.steps.count, 2);
	assert_int_equal(builder.steps.items[0].match.fields[0], FIELD_ETHER_PROTOCOL);
	assert_int_equal(builder.steps.items[0].match.value[0], 0x08);
	assert_int_equal(builder.steps.items[0].match.value[1], 0x00);
}

/* ---- sets ---- */

/* Neighbours stay apart: the kernel deletes what was sent, not what it comes to. */
static void set_elements_are_sorted_not_merged(void **state)
{
	/* clang-format off */
	static uint8_t keys[] = {
		10, 0, 0, 4, 10, 0, 0, 7,
		10, 0, 0, 0, 10, 0, 0, 3,
		9, 0, 0, 1, 9, 0, 0, 1,
		10, 0, 0, 4, 10, 0, 0, 7,
	};
	static const uint8_t wanted[] = {
		9, 0, 0, 1, 9, 0, 0, 1,
		10, 0, 0, 0, 10, 0, 0, 3,
		10, 0, 0, 4, 10, 0, 0, 7,
	};
	/* clang-format on */
	struct rule_list rules = { 0 };
	struct set sets[] = {
		{ .name = "z", .type_count = 1, .key_length = 4 },
		{ .name = "a",
		  .type_count = 1,
		  .interval = true,
		  .key_length = 4,
		  .count = 4,
		  .keys = keys },
	};
	const struct ruleset *ruleset = ruleset_of(&rules, sets, 2);
	const struct set *set = table_set(&ruleset->tables[0], "a");

	(void)state;
	assert_ptr_equal(set, &ruleset->tables[0].sets[0]);
	assert_int_equal(set->count, 3);
	assert_memory_equal(set->keys, wanted, sizeof(wanted));
	assert_null(table_set(&ruleset->tables[0], "b"));
}

static void map_elements_move_with_their_keys(void **state)
{
	static const uint32_t numbers[] = { 4, 1, 2 };

	static const enum verdict verdicts[] = { VERDICT_ACCEPT, VERDICT_DROP,
						 VERDICT_CONTINUE };
	struct rule_builder builder;
	struct rule_list rules = { 0 };

	(void)state;
	build_start(&builder, arena, TABLE_INET);
	build_lookup(&builder, MATCH_MAP, FIELD_CT_STATE,
		     set_of_verdicts(arena, DATATYPE_CT_STATE, numbers, verdicts, 3));
	build_end(&builder, &rules, NULL, nowhere);

	const struct set *map =
		first_rule(ruleset_of(&rules, NULL, 0))->steps[0].match.set;

	for (size_t i = 0; i < 3; i++) {
		uint32_t number = datatype_number(DATATYPE_CT_STATE, set_entry(map, i));
		enum verdict wanted = number == 4   ? VERDICT_ACCEPT
				      : number == 1 ? VERDICT_DROP
						    : VERDICT_CONTINUE;

		assert_int_equal(map->elements[i].verdict, wanted);
	}
}

static void port_order_is_no_difference(void **state)
{
	static const uint16_t one[][2] = { { 443, 443 }, { 22, 22 } };
	static const uint16_t two[][2] = { { 22, 22 }, { 443, 443 } };
	struct rule_builder builder;
	struct rule_list rules[2] = { { 0 } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		build_start(&builder, arena, TABLE_INET);
		build_lookup(&builder, MATCH_IN, FIELD_TCP_DPORT,
			     set_of_ports(arena, i ? two : one, 2));
		build_end(&builder, &rules[i], NULL, nowhere);
	}
	assert_true(rule_equal(first_rule(ruleset_of(&rules[0], NULL, 0)),
			       first_rule(ruleset_of(&rules[1], NULL, 0))));
}

static void named_sets_follow_the_sorting(void **state)
{
	struct set sets[] = {
		{ .name = "z",
		  .type_count = 1,
		  .types = { DATATYPE_IP4_ADDRESS },
		  .interval = true,
		  .key_length = 4 },
		{ .name = "a",
		  .type_count = 1,
		  .types = { DATATYPE_IP4_ADDRESS },
		  .interval = true,
		  .key_length = 4 },
	};
	struct rule_builder builder;
	struct rule_list rules = { 0 };

	(void)state;
	build_start(&builder, arena, TABLE_INET);
	build_lookup(&builder, MATCH_IN, FIELD_IP_SADDR, &sets[0]);
	build_end(&builder, &rules, NULL, nowhere);

	const struct ruleset *ruleset = ruleset_of(&rules, sets, 2);

	assert_ptr_equal(first_rule(ruleset)->steps[1].match.set,
			 &ruleset->tables[0].sets[1]);
}

/* ---- keys ---- */

static struct step port_step(enum match_op op, uint16_t port)
{
	struct step step = { .kind = STEP_MATCH };

	step.match.op = op;
	step.match.fields[0] = FIELD_TCP_DPORT;
	step.match.field_count = 1;
	step.match.bits = 16;
	datatype_put_number(DATATYPE_INET_SERVICE, port, step.match.value);
	return step;
}

static struct step limit_step(uint64_t rate, uint32_t burst, bool over)
{
	struct step step = { .kind = STEP_LIMIT };

	step.limit = (struct limit){
		.rate = rate, .unit_seconds = 60, .burst = burst, .over = over
	};
	return step;
}

static struct step log_step(const char *prefix, bool to_group, uint16_t group)
{
	struct step step = { .kind = STEP_LOG };

	step.log.prefix = prefix;
	step.log.to_group = to_group;
	step.log.group = group;
	return step;
}

static struct step verdict_step(enum verdict verdict, const char *target)
{
	struct step step = { .kind = STEP_VERDICT };

	step.verdict.verdict = verdict;
	step.verdict.target = target;
	return step;
}

static struct step foreign_step(const char *bytes)
{
	struct step step = { .kind = STEP_FOREIGN };

	step.foreign.text = "same words";
	step.foreign.bytes = (const uint8_t *)bytes;
	step.foreign.length = strlen(bytes);
	return step;
}

static void all_that_counts_makes_another_key(void **state)
{
	const struct rule *rules[] = {
		rule_of(port_step(MATCH_EQUAL, 22), NULL),
		rule_of(port_step(MATCH_EQUAL, 22), ""),
		rule_of(port_step(MATCH_EQUAL, 22), "a comment"),
		rule_of(port_step(MATCH_EQUAL, 23), NULL),
		rule_of(port_step(MATCH_NOT_EQUAL, 22), NULL),
		rule_of(limit_step(10, 5, false), NULL),
		rule_of(limit_step(11, 5, false), NULL),
		rule_of(limit_step(10, 6, false), NULL),
		rule_of(limit_step(10, 5, true), NULL),
		rule_of(log_step(NULL, false, 0), NULL),
		rule_of(log_step("", false, 0), NULL),
		rule_of(log_step("in: ", false, 0), NULL),
		rule_of(log_step("in: ", true, 0), NULL),
		rule_of(log_step("in: ", true, 1), NULL),
		rule_of(verdict_step(VERDICT_ACCEPT, NULL), NULL),
		rule_of(verdict_step(VERDICT_DROP, NULL), NULL),
		rule_of(verdict_step(VERDICT_JUMP, "a"), NULL),
		rule_of(verdict_step(VERDICT_JUMP, "b"), NULL),
		rule_of(verdict_step(VERDICT_GOTO, "a"), NULL),
		rule_of(foreign_step("xt target"), NULL),
		rule_of(foreign_step("xt match"), NULL),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		for (size_t k = 0; k < COUNT_OF(rules); k++)
			assert_int_equal(rule_equal(rules[i], rules[k]), i == k);
	}
}

static void counters_do_not_count(void **state)
{
	struct step fresh = { .kind = STEP_COUNTER }, used = { .kind = STEP_COUNTER };

	(void)state;
	used.counter.packets = 7;
	used.counter.bytes = 420;
	assert_true(rule_equal(rule_of(fresh, "x"), rule_of(used, "x")));
}

static void elements_compare_by_what_they_carry(void **state)
{
	uint8_t keys[] = { 1, 2, 3, 4 };
	struct element plain = { 0 }, counted = { .has_counter = true },
		       busy = { .has_counter = true, .packets = 9 },
		       named = { .comment = "x" };
	struct set none = {
		.type_count = 1, .key_length = 4, .count = 1, .keys = keys
	};
	struct set with = none;

	(void)state;
	with.elements = &plain;
	assert_true(set_element_equal(&none, 0, &with, 0));
	with.elements = &counted;
	assert_false(set_element_equal(&none, 0, &with, 0));

	struct set other = with;

	other.elements = &busy;
	assert_true(set_element_equal(&other, 0, &with, 0));
	other.elements = &named;
	assert_false(set_element_equal(&other, 0, &with, 0));
}

static void declarations_compare_and_foreign_never(void **state)
{
	struct set set = { .name = "a",
			   .type_count = 1,
			   .types = { DATATYPE_IP4_ADDRESS },
			   .key_length = 4 };
	struct set other = set;

	(void)state;
	assert_true(set_declaration_equal(&set, &other));
	other.interval = true;
	assert_false(set_declaration_equal(&set, &other));
	other = set;
	other.comment = "by hand";
	assert_false(set_declaration_equal(&set, &other));
	other = set;
	set.foreign = other.foreign = "policy memory";
	assert_false(set_declaration_equal(&set, &other));
}

static void twice_is_once(void **state)
{
	struct rule_list rules = { 0 };
	const struct ruleset *once = ruleset_of(&rules, NULL, 0);
	struct ruleset twice = *once;

	(void)state;
	ruleset_normalize(arena, &twice);
	assert_memory_equal(&twice, once, sizeof(twice));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builder_adds_dependencies_as_nft),
		cmocka_unit_test(builder_names_the_network_of_netdev),
		cmocka_unit_test(set_elements_are_sorted_not_merged),
		cmocka_unit_test(map_elements_move_with_their_keys),
		cmocka_unit_test(port_order_is_no_difference),
		cmocka_unit_test(named_sets_follow_the_sorting),
		cmocka_unit_test(all_that_counts_makes_another_key),
		cmocka_unit_test(counters_do_not_count),
		cmocka_unit_test(elements_compare_by_what_they_carry),
		cmocka_unit_test(declarations_compare_and_foreign_never),
		cmocka_unit_test(twice_is_once),
	};

	return cmocka_run_group_tests_name("normalising", tests, arena_begin,
					   arena_end);
}
