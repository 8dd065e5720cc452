/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps to expressions and bytes, and back: every kind, every field, every operator. */
#include <linux/netfilter/nf_tables.h>

#include "kernel/step.h"

#include "model.h"

/* Puts the expressions into bytes and reads them again, sets found by name. */
static void over_the_wire(struct arena *arena, const struct expression_list *sent,
			  struct expression_list *received)
{
	for (size_t i = 0; i < sent->count; i++) {
		struct buffer bytes AUTO_BUFFER = { 0 };
		struct expression expression;
		struct set_reference *set;

		expression_put(&bytes, NFTA_LIST_ELEM, &sent->items[i]);
		expression_read(arena, bytes.data + sizeof(struct nlattr),
				bytes.length - sizeof(struct nlattr), &expression);
		assert_int_equal(expression.kind, sent->items[i].kind);
		set = expression_set(&expression);
		if (set)
			set->set = expression_set(&sent->items[i])->set;
		LIST_PUSH(arena, received, expression);
	}
}

static struct rule rule_of(const struct step *steps, size_t count)
{
	return (struct rule){ .steps = steps, .step_count = count };
}

static bool steps_equal(struct arena *arena, const struct rule *left,
			const struct rule *right)
{
	struct rule rules[] = { *left, *right };
	struct chain chain = { .name = "a", .rules = rules, .rule_count = 2 };
	struct table table = { .name = ROLEWALL_TABLE,
			       .chains = &chain,
			       .chain_count = 1 };
	struct ruleset *ruleset = ruleset_of(arena, &table, 1);
	const struct rule *normalized = ruleset->tables[0].chains[0].rules;

	return rule_equal(&normalized[0], &normalized[1]);
}

/* Takes the steps that the builder holds there and back. */
static void check_steps(struct arena *arena, const struct rule_builder *builder,
			const char *what)
{
	struct expression_list sent = { 0 }, received = { 0 }, again = { 0 };
	struct step_list back = { 0 };
	struct rule rule = rule_of(builder->steps.items, builder->steps.count);

	steps_to_expressions(arena, rule.steps, rule.step_count, &sent);
	assert_true(sent.count > 0);
	over_the_wire(arena, &sent, &received);
	if (!steps_of_expressions(arena, &received, &back, &again))
		fail_msg("%s: not recognized", what);

	struct rule read = rule_of(back.items, back.count);

	if (!steps_equal(arena, &rule, &read))
		fail_msg("%s: another rule comes back", what);
}

/* ---- fields ---- */

/* What the field takes for granted. */
static void depend(struct rule_builder *builder, enum field field)
{
	const struct field_info *info = &field_infos[field];

	if (info->nfproto)
		build_equal(builder, FIELD_NFPROTO, info->nfproto);
	if (info->l4proto)
		build_equal(builder, FIELD_L4PROTO, info->l4proto);
}

static struct step step_of(enum match_op op, enum field field)
{
	struct step step = step_match(op, field, 1, 9);
	unsigned width = field_infos[field].width;

	if (op == MATCH_EQUAL || op == MATCH_NOT_EQUAL || op == MATCH_RANGE)
		step.match.bits = (uint16_t)(8 * width);
	if (op != MATCH_RANGE && op != MATCH_NOT_RANGE)
		memset(step.match.high, 0, sizeof(step.match.high));
	return step;
}

static const struct set *one_of(struct arena *arena, enum field field, bool map)
{
	struct set set = set_of(NULL, field_infos[field].type);
	struct element *element;

	set.map = map;
	element = set_push_number(arena, &set, 1);
	if (map)
		element->verdict = VERDICT_DROP;
	return set_keep(arena, set);
}

static void every_field_with_every_operator(void **state)
{
	static const enum match_op plain[] = { MATCH_EQUAL, MATCH_NOT_EQUAL,
					       MATCH_RANGE, MATCH_NOT_RANGE };

	static const enum match_op sets[] = { MATCH_IN, MATCH_NOT_IN, MATCH_MAP };
	struct arena *arena AUTO(arena) = arena_new();
	struct rule_builder builder;

	(void)state;
	for (enum field field = 0; field < FIELD_COUNT; field++) {
		const char *name = field_infos[field].name;

		for (size_t i = 0; i < COUNT_OF(plain); i++) {
			build_start(&builder, arena, TABLE_INET);
			depend(&builder, field);
			build_step(&builder, step_of(plain[i], field));
			check_steps(arena, &builder, name);
		}
		for (size_t i = 0; i < COUNT_OF(sets); i++) {
			const struct set *set = one_of(arena, field, i == 2);

			if (!datatypes[field_infos[field].type].name)
				continue;
			build_start(&builder, arena, TABLE_INET);
			depend(&builder, field);
			build_step(&builder, step_lookup(sets[i], set, field, field));
			check_steps(arena, &builder, name);
		}
	}
}

static void every_prefix_of_addresses(void **state)
{
	static const enum field fields[] = { FIELD_IP_SADDR, FIELD_IP_DADDR,
					     FIELD_IP6_SADDR, FIELD_IP6_DADDR };
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		unsigned width = 8u * field_infos[fields[i]].width;

		for (unsigned bits = 1; bits <= width; bits++) {
			struct rule_builder builder;
			uint8_t address[16] = { 0 };

			address[(bits - 1) / 8] = (uint8_t)(0x80 >> (bits - 1) % 8);
			build_start(&builder, arena, TABLE_INET);
			build_compare(&builder,
				      bits % 2 ? MATCH_EQUAL : MATCH_NOT_EQUAL,
				      fields[i], address, bits);
			check_steps(arena, &builder, field_infos[fields[i]].name);
		}
	}
}

static void interfaces_with_any_ending(void **state)
{
	static const char *const names[] = { "e*", "eth*", "abcdefghijklmn*", "lo",
					     "abcdefghijklmno" };
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct rule_builder builder;

		build_start(&builder, arena, TABLE_INET);
		build_interface(&builder, MATCH_EQUAL, FIELD_IIFNAME, names[i]);
		build_interface(&builder, MATCH_NOT_EQUAL, FIELD_OIFNAME, names[i]);
		check_steps(arena, &builder, names[i]);
	}
}

static void any_bit_of_a_state(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	for (uint32_t bits = 1; bits < 0x80; bits++) {
		struct rule_builder builder;

		build_start(&builder, arena, TABLE_INET);
		build_step(&builder,
			   step_match(MATCH_ANY_BIT, FIELD_CT_STATE, bits, 0));
		check_steps(arena, &builder, "ct state");
	}
}

/* ---- two fields and more ---- */

static void joined_ports(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct expression_list list = { 0 };
	struct rule_builder builder;

	(void)state;
	build_start(&builder, arena, TABLE_INET);
	build_equal(&builder, FIELD_UDP_SPORT, 67);
	build_equal(&builder, FIELD_UDP_DPORT, 68);
	check_steps(arena, &builder, "udp sport 67 udp dport 68");
	steps_to_expressions(arena, builder.steps.items, builder.steps.count, &list);
	/* the transport and its comparison, one load and its comparison */
	assert_int_equal(list.count, 4);
	assert_int_equal(list.items[2].payload.length, 4);
}

static void concatenations(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct set pairs = address_port_set_of("pairs", true);
	struct set six = set_of(NULL, DATATYPE_IP6_ADDRESS);
	struct rule_builder builder;
	uint8_t key[20] = { 1 };

	(void)state;
	build_start(&builder, arena, TABLE_INET);
	build_equal(&builder, FIELD_NFPROTO, NFPROTO_IP4_FIELD);
	build_equal(&builder, FIELD_L4PROTO, 6);
	build_step(&builder, step_lookup(MATCH_IN, set_keep(arena, pairs),
					 FIELD_IP_SADDR, FIELD_TCP_DPORT));
	check_steps(arena, &builder, "ip saddr . tcp dport");

	six.types[six.type_count++] = DATATYPE_INET_SERVICE;
	six.key_length = 20;
	set_push(arena, &six, key, NULL);
	build_start(&builder, arena, TABLE_INET);
	build_equal(&builder, FIELD_NFPROTO, NFPROTO_IP6_FIELD);
	build_equal(&builder, FIELD_L4PROTO, 17);
	build_step(&builder, step_lookup(MATCH_NOT_IN, set_keep(arena, six),
					 FIELD_IP6_DADDR, FIELD_UDP_DPORT));
	check_steps(arena, &builder, "ip6 daddr . udp dport");
}

/* ---- statements ---- */

static void every_statement(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	const struct limit limits[] = { { 10, 60, 5, false, false },
					{ 1, 1, 0, true, false },
					{ 1024, 3600, 4096, false, true } };
	struct rule_builder builder;

	(void)state;
	build_start(&builder, arena, TABLE_INET);
	build_counter(&builder);
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		struct step limit = { .kind = STEP_LIMIT };
		struct step log = { .kind = STEP_LOG };
		struct step reject = { .kind = STEP_REJECT };

		limit.limit = limits[i];
		build_step(&builder, limit);
		log.log.prefix = i ? "rolewall: " : NULL;
		log.log.to_group = i == 2;
		log.log.group = i == 2 ? 65535 : 0;
		build_step(&builder, log);
		reject.reject.kind = i ? REJECT_ICMPX : REJECT_TCP_RESET;
		reject.reject.code = (uint8_t)(i ? i + 1 : 0);
		build_step(&builder, reject);
	}
	check_steps(arena, &builder, "counter, limit, log, reject");
}

static void every_verdict(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	for (enum verdict verdict = VERDICT_NONE + 1; verdict < VERDICT_COUNT;
	     verdict++) {
		bool jumps = verdict == VERDICT_JUMP || verdict == VERDICT_GOTO;
		struct rule_builder builder;

		build_start(&builder, arena, TABLE_INET);
		build_verdict(&builder, verdict, jumps ? "there" : NULL);
		check_steps(arena, &builder, verdict_names[verdict]);
	}
}

static void updates(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	const struct set *rates = set_keep(arena, rate_set_of("rates"));

	(void)state;
	for (unsigned with = 0; with < 4; with++) {
		struct step update = { .kind = STEP_UPDATE };
		struct rule_builder builder;

		update.update.set = rates;
		update.update.fields[0] = FIELD_IP_SADDR;
		update.update.field_count = 1;
		update.update.timeout_ms = with & 1 ? 5000 : 0;
		if (with & 2)
			update.update.limit = (struct limit){ 5, 60, 7, true, false };
		build_start(&builder, arena, TABLE_INET);
		build_equal(&builder, FIELD_NFPROTO, NFPROTO_IP4_FIELD);
		build_step(&builder, update);
		check_steps(arena, &builder, "update");
	}
}

/* ---- nothing of ours ---- */

/* clang-format off */
static struct strange {
	const char *name;
	size_t count;
	struct expression items[4];
} stranges[] = {
	{ "a comparison of nothing", 1, {
		{ .kind = EXPRESSION_CMP, .cmp = { NFT_REG_1, NFT_CMP_EQ, { { 1 }, 1 } } } } },
	{ "a load for nothing", 1, {
		{ .kind = EXPRESSION_META, .load = { NFT_META_L4PROTO, NFT_REG_1 } } } },
	{ "another register", 2, {
		{ .kind = EXPRESSION_META, .load = { NFT_META_L4PROTO, NFT_REG_2 } },
		{ .kind = EXPRESSION_CMP, .cmp = { NFT_REG_2, NFT_CMP_EQ, { { 6 }, 1 } } } } },
	{ "less than", 2, {
		{ .kind = EXPRESSION_META, .load = { NFT_META_L4PROTO, NFT_REG_1 } },
		{ .kind = EXPRESSION_CMP, .cmp = { NFT_REG_1, NFT_CMP_LT, { { 6 }, 1 } } } } },
	{ "at least, without at most", 2, {
		{ .kind = EXPRESSION_META, .load = { NFT_META_L4PROTO, NFT_REG_1 } },
		{ .kind = EXPRESSION_CMP, .cmp = { NFT_REG_1, NFT_CMP_GTE, { { 6 }, 1 } } } } },
	{ "a longer value", 2, {
		{ .kind = EXPRESSION_META, .load = { NFT_META_L4PROTO, NFT_REG_1 } },
		{ .kind = EXPRESSION_CMP, .cmp = { NFT_REG_1, NFT_CMP_EQ, { { 6 }, 16 } } } } },
	{ "a mask with holes", 3, {
		{ .kind = EXPRESSION_PAYLOAD, .payload = { NFT_REG_1, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2 } },
		{ .kind = EXPRESSION_BITWISE, .bitwise = { NFT_REG_1, NFT_REG_1, 2, 0, { { 0xf0, 0xf0 }, 2 }, { { 0 }, 2 } } },
		{ .kind = EXPRESSION_CMP, .cmp = { NFT_REG_1, NFT_CMP_EQ, { { 0 }, 2 } } } } },
	{ "a toggled mask", 3, {
		{ .kind = EXPRESSION_CT, .load = { NFT_CT_STATE, NFT_REG_1 } },
		{ .kind = EXPRESSION_BITWISE, .bitwise = { NFT_REG_1, NFT_REG_1, 4, 0, { { 2 }, 4 }, { { 1 }, 4 } } },
		{ .kind = EXPRESSION_CMP, .cmp = { NFT_REG_1, NFT_CMP_NEQ, { { 0 }, 4 } } } } },
	{ "a set that is not there", 2, {
		{ .kind = EXPRESSION_META, .load = { NFT_META_L4PROTO, NFT_REG_1 } },
		{ .kind = EXPRESSION_LOOKUP, .lookup = { { "gone", 0, NULL }, NFT_REG_1, REGISTER_NONE, 0 } } } },
	{ "a jump to nowhere", 1, {
		{ .kind = EXPRESSION_IMMEDIATE, .immediate = { NFT_REG_VERDICT, { (uint32_t)NFT_JUMP, NULL } } } } },
	{ "an accept with a chain", 1, {
		{ .kind = EXPRESSION_IMMEDIATE, .immediate = { NFT_REG_VERDICT, { 1, "a" } } } } },
	{ "an unknown verdict", 1, {
		{ .kind = EXPRESSION_IMMEDIATE, .immediate = { NFT_REG_VERDICT, { 3, NULL } } } } },
	{ "a log at level info", 1, {
		{ .kind = EXPRESSION_LOG, .log = { "x", GROUP_NONE, NFT_LOGLEVEL_INFO } } } },
	{ "another reject", 1, {
		{ .kind = EXPRESSION_REJECT, .reject = { NFT_REJECT_ICMP_UNREACH, 1 } } } },
	{ "something else", 1, { { .kind = EXPRESSION_OTHER } } },
};

/* clang-format on */

static void is_not_recognized(void **state)
{
	const struct strange *strange = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct expression_list list = { 0 }, again = { 0 };
	struct step_list steps = { 0 };

	for (size_t i = 0; i < strange->count; i++)
		LIST_PUSH(arena, &list, strange->items[i]);
	assert_false(steps_of_expressions(arena, &list, &steps, &again));
}

enum { FIXED_TESTS = 9 };

int main(void)
{
	static struct CMUnitTest tests[FIXED_TESTS + COUNT_OF(stranges)] = {
		cmocka_unit_test(every_field_with_every_operator),
		cmocka_unit_test(every_prefix_of_addresses),
		cmocka_unit_test(interfaces_with_any_ending),
		cmocka_unit_test(any_bit_of_a_state),
		cmocka_unit_test(joined_ports),
		cmocka_unit_test(concatenations),
		cmocka_unit_test(every_statement),
		cmocka_unit_test(every_verdict),
		cmocka_unit_test(updates),
	};

	for (size_t i = 0; i < COUNT_OF(stranges); i++)
		tests[FIXED_TESTS + i] = (struct CMUnitTest){
			.name = stranges[i].name,
			.test_func = is_not_recognized,
			.initial_state = &stranges[i],
		};
	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
