/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans to messages: which, in which order, and where rules are put. */
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/batch.h"

#include "model.h"

/* ---- messages in short ---- */

static const char *const type_names[NFT_MSG_MAX] = {
	[NFT_MSG_NEWTABLE] = "+table",     [NFT_MSG_DELTABLE] = "-table",
	[NFT_MSG_NEWCHAIN] = "+chain",     [NFT_MSG_DELCHAIN] = "-chain",
	[NFT_MSG_NEWSET] = "+set",         [NFT_MSG_DELSET] = "-set",
	[NFT_MSG_NEWSETELEM] = "+element", [NFT_MSG_DELSETELEM] = "-element",
	[NFT_MSG_DELOBJ] = "-object",      [NFT_MSG_DELFLOWTABLE] = "-flowtable",
};

/* The number of a rule's only port, or of its comment. */
static void print_rule(struct buffer *out, const struct nlmsghdr *message)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct reading reading = { .arena = arena };
	struct wire_rule rule;
	size_t length;
	const void *bytes = message_attrs(message, &length);
	const char *comment;

	rows_read(&reading, &rule_rows, bytes, length, &rule);
	assert_int_equal(reading.strange, 0);
	comment = userdata_text(arena, rule.userdata, USERDATA_COMMENT);
	if (message_type(message) == NFT_MSG_DELRULE) {
		buffer_format(out, "-rule %d", (int)rule.handle);
		return;
	}
	if (message->nlmsg_flags & NLM_F_REPLACE)
		buffer_format(out, "~rule %d %s", (int)rule.handle, comment);
	else
		buffer_format(out, "+rule %s", comment);
	if (rule.position)
		buffer_format(out, " after %d", (int)rule.position);
	if (rule.position_id)
		buffer_format(out, " after #%u", rule.position_id);
	if (!rule.position && !rule.position_id && !rule.handle)
		buffer_text(out,
			    message->nlmsg_flags & NLM_F_APPEND ? " last" : " first");
	if (rule.id)
		buffer_format(out, " #%u", rule.id);
}

static void print_messages(struct buffer *out, const struct buffer *batch)
{
	struct message_walk walk = { (const uint8_t *)batch->data, batch->length };

	for (const struct nlmsghdr *message; (message = message_next(&walk));) {
		uint16_t type = message_type(message);

		buffer_text(out, out->length ? "; " : "");
		if (type == NFT_MSG_NEWRULE || type == NFT_MSG_DELRULE)
			print_rule(out, message);
		else
			buffer_text(out, type_names[type]);
	}
	assert_int_equal(walk.left, 0);
}

static void check_batch(struct arena *arena, const struct ruleset *live,
			const struct ruleset *desired, const char *expected)
{
	struct buffer batch AUTO_BUFFER = { 0 }, text AUTO_BUFFER = { 0 };
	const struct plan *plan = plan_make(arena, live, desired);
	struct encoder encoder;

	encoder_start(&encoder, arena, &batch, 1);
	batch_encode(&encoder, plan);
	print_messages(&text, &batch);
	assert_string_equal(text.data ? text.data : "", expected);
	encoder_end(&encoder);
}

/* ---- rules of one chain ---- */

/* "1 2 3=5": rules with the comments 1, 2 and 3, the last one for port 5. */
static struct ruleset *ruleset_of_ports(struct arena *arena, const char *ports)
{
	struct model model;
	uint64_t handle = 100;

	model_start(&model, arena);
	model_base_chain(&model, "input", HOOK_INPUT, VERDICT_DROP);
	for (const char *at = ports; *at;) {
		char *end;
		unsigned long name = strtoul(at, &end, 10);
		unsigned long port = *end == '=' ? strtoul(end + 1, &end, 10) : name;

		model_port(&model, (uint32_t)port, arena_format(arena, "%lu", name));
		model.rules.items[model.rules.count - 1].kernel_handle = handle++;
		at = end + strspn(end, " ");
	}
	return model_ruleset(&model);
}

/* clang-format off */
static struct rule_case {
	const char *name, *live, *desired, *messages;
} rule_cases[] = {
	{ "nothing",              "1 2",     "1 2",       "" },
	{ "at the end",           "1 2",     "1 2 3 4",   "+rule 3 last; +rule 4 last" },
	{ "into an empty chain",  "",        "1 2",       "+rule 1 last; +rule 2 last" },
	{ "at the head",          "1 2",     "3 1 2",     "+rule 3 first #1" },
	{ "two at the head",      "1 2",     "3 4 1 2",   "+rule 3 first #1; +rule 4 after #1 #2" },
	{ "in the middle",        "1 2",     "1 3 4 2",   "+rule 3 after 100 #1; +rule 4 after #1 #2" },
	{ "removed",              "1 2 3",   "1 3",       "-rule 101" },
	{ "moved to the end",     "1 2 3",   "2 3 1",     "-rule 100; +rule 1 last" },
	{ "moved to the head",    "1 2 3",   "3 1 2",     "-rule 102; +rule 3 first #1" },
	{ "changed",              "1 2 3",   "1 2=5 3",   "~rule 101 2 #1" },
	{ "changed and followed", "1 2 3",   "1 2=5 4 3", "~rule 101 2 #1; +rule 4 after #1 #2" },
	{ "changed at the end",   "1 2",     "1 2=5 3",   "~rule 101 2 #1; +rule 3 last" },
	{ "middle and end",       "1 2",     "1 3 2 4",   "+rule 3 after 100 #1; +rule 4 last" },
	{ "all gone",             "1 2",     "",          "-rule 100; -rule 101" },
	{ "one for another",      "1 2 3",   "4 5 6 7",   "-rule 100; -rule 101; -rule 102; "
	  "+rule 4 last; +rule 5 last; +rule 6 last; +rule 7 last" },
};

/* clang-format on */

static void rules_are_placed(void **state)
{
	const struct rule_case *rules = *state;
	struct arena *arena AUTO(arena) = arena_new();

	check_batch(arena, ruleset_of_ports(arena, rules->live),
		    ruleset_of_ports(arena, rules->desired), rules->messages);
}

/* ---- sets, chains, tables ---- */

/* Set "s" with a port, chain "side", rules that name both; `variant` changes one. */
enum variant { AS_IT_IS, OTHER_ELEMENT, OTHER_SET, OTHER_CHAIN, OTHER_POLICY, DORMANT };

static struct ruleset *ruleset_with(struct arena *arena, enum variant variant)
{
	struct model model;
	struct set ports = set_of("s", DATATYPE_INET_SERVICE);
	struct chain *side;
	struct table table;

	model_start(&model, arena);
	set_push_number(arena, &ports, 1);
	set_push_number(arena, &ports, variant == OTHER_ELEMENT ? 2 : 3);
	ports.size = variant == OTHER_SET ? 9 : 0;
	side = model_chain(&model, "side");
	side->comment = variant == OTHER_CHAIN ? "x" : NULL;
	model_port(&model, 1, "1");
	model_base_chain(&model, "input", HOOK_INPUT,
			 variant == OTHER_POLICY ? VERDICT_ACCEPT : VERDICT_DROP);
	build_lookup(&model.builder, MATCH_IN, FIELD_TCP_DPORT,
		     model_set(&model, ports));
	build_verdict(&model.builder, VERDICT_ACCEPT, NULL);
	model_rule(&model, "2");
	build_verdict(&model.builder, VERDICT_JUMP, "side");
	model_rule(&model, "3");
	table = model_table(&model);
	table.dormant = variant == DORMANT;
	return ruleset_of(arena, &table, 1);
}

static struct ruleset *live_with(struct arena *arena)
{
	struct ruleset *live = ruleset_with(arena, AS_IT_IS);
	uint64_t handle = 100;

	for (size_t i = 0; i < live->tables[0].chain_count; i++) {
		const struct chain *chain = &live->tables[0].chains[i];

		for (size_t k = 0; k < chain->rule_count; k++)
			((struct rule *)(uintptr_t)&chain->rules[k])->kernel_handle =
				handle++;
	}
	return live;
}

/* clang-format off */
static struct object_case {
	const char *name;
	enum variant variant;
	const char *messages;
} object_cases[] = {
	{ "the same",           AS_IT_IS,      "" },
	{ "another element",    OTHER_ELEMENT, "-element; +element" },
	{ "another set",        OTHER_SET,     "-rule 101; -set; +set; +element; +rule 2 first #1" },
	{ "another chain",      OTHER_CHAIN,   "-rule 100; -rule 102; -chain; +chain; +rule 1 last; "
	  "+rule 3 last" },
	{ "another policy",     OTHER_POLICY,  "+chain" },
	{ "dormant",            DORMANT,       "+table" },
};

/* clang-format on */

static void objects_are_ordered(void **state)
{
	const struct object_case *objects = *state;
	struct arena *arena AUTO(arena) = arena_new();

	check_batch(arena, live_with(arena), ruleset_with(arena, objects->variant),
		    objects->messages);
}

static void a_load_from_nothing(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	check_batch(arena, ruleset_of(arena, NULL, 0), ruleset_with(arena, AS_IT_IS),
		    "+table; -table; +table; -table; "
		    "+table; +chain; +chain; +set; +element; "
		    "+rule 1 last; +rule 2 last; +rule 3 last");
}

static void an_unload(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	check_batch(arena, live_with(arena), ruleset_of(arena, NULL, 0), "-table");
}

static void objects_go(void **state)
{
	static const struct object objects[] = {
		{ .name = "a", .type = 1 }, { .name = "b", .is_flowtable = true }
	};
	struct arena *arena AUTO(arena) = arena_new();
	struct ruleset *live = live_with(arena);
	struct table table = live->tables[0];

	(void)state;
	table.objects = objects;
	table.object_count = COUNT_OF(objects);
	live->tables = &table;
	check_batch(arena, live, ruleset_with(arena, AS_IT_IS), "-object; -flowtable");
}

/* ---- counters ---- */

/* The packets that the rule of the last message starts with. */
static uint64_t packets_of(struct arena *arena, const struct buffer *batch)
{
	struct message_walk walk = { (const uint8_t *)batch->data, batch->length };
	const struct nlattr *attrs[NFTA_RULE_EXPRESSIONS + 1];
	const struct nlmsghdr *last = NULL;
	uint64_t packets = UINT64_MAX;
	size_t length;

	for (const struct nlmsghdr *message; (message = message_next(&walk));)
		last = message;
	assert_int_equal(message_type(last), NFT_MSG_NEWRULE);

	const void *bytes = message_attrs(last, &length);

	attrs_find(bytes, length, attrs, COUNT_OF(attrs));

	struct attr_walk list = attrs_nested(attrs[NFTA_RULE_EXPRESSIONS]);

	for (const struct nlattr *nest; (nest = attr_next(&list));) {
		struct expression expression;

		expression_read(arena, mnl_attr_get_payload(nest),
				mnl_attr_get_payload_len(nest), &expression);
		if (expression.kind == EXPRESSION_COUNTER)
			packets = expression.counter.packets;
	}
	return packets;
}

/* clang-format off */
static struct count_case {
	const char *name, *desired;
	uint64_t packets;
} count_cases[] = {
	{ "moved rules go on counting",    "2 3 1",   7 },
	{ "changed rules start anew",      "1=9 2 3", 0 },
	{ "new rules start with nothing",  "1 2 3 4", 0 },
};

/* clang-format on */

static void counters_go_along(void **state)
{
	const struct count_case *counts = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct ruleset *live = ruleset_of_ports(arena, "1 2 3");
	struct buffer batch AUTO_BUFFER = { 0 };
	struct encoder encoder;

	for (size_t i = 0; i < 3; i++) {
		const struct rule *rule = &live->tables[0].chains[0].rules[i];

		for (size_t k = 0; k < rule->step_count; k++)
			((struct step *)(uintptr_t)rule->steps)[k].counter.packets =
				rule->steps[k].kind == STEP_COUNTER
					? 7
					: rule->steps[k].counter.packets;
	}
	encoder_start(&encoder, arena, &batch, 1);
	batch_encode(&encoder,
		     plan_make(arena, live, ruleset_of_ports(arena, counts->desired)));
	assert_int_equal(packets_of(arena, &batch), counts->packets);
	encoder_end(&encoder);
}

/* Each message has the next number, and its entry in the trace. */
static void messages_are_traced(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer batch AUTO_BUFFER = { 0 };
	struct encoder encoder;
	size_t i = 0;

	(void)state;
	encoder_start(&encoder, arena, &batch, 41);
	encode_ruleset(&encoder, model_everything(arena));

	struct message_walk walk = { (const uint8_t *)batch.data, batch.length };

	for (const struct nlmsghdr *message; (message = message_next(&walk)); i++) {
		const struct trace_entry *entry = &encoder.trace.items[i];

		assert_int_equal(message->nlmsg_seq, 41 + i);
		assert_ptr_equal(message, batch.data + entry->at);
		assert_non_null(entry->subject.table);
		if (message_type(message) == NFT_MSG_NEWRULE)
			assert_true(entry->subject.rule && entry->subject.chain);
		if (message_type(message) == NFT_MSG_NEWSET)
			assert_non_null(entry->subject.set);
	}
	assert_int_equal(i, encoder.trace.count);
	encoder_end(&encoder);
}

enum { FIXED_TESTS = 4 };

int main(void)
{
	static struct CMUnitTest tests[FIXED_TESTS + COUNT_OF(rule_cases) +
				       COUNT_OF(object_cases) +
				       COUNT_OF(count_cases)] = {
		cmocka_unit_test(a_load_from_nothing),
		cmocka_unit_test(an_unload),
		cmocka_unit_test(objects_go),
		cmocka_unit_test(messages_are_traced),
	};
	struct CMUnitTest *test = tests + FIXED_TESTS;

	for (size_t i = 0; i < COUNT_OF(rule_cases); i++)
		*test++ = (struct CMUnitTest){ .name = rule_cases[i].name,
					       .test_func = rules_are_placed,
					       .initial_state = &rule_cases[i] };
	for (size_t i = 0; i < COUNT_OF(object_cases); i++)
		*test++ = (struct CMUnitTest){ .name = object_cases[i].name,
					       .test_func = objects_are_ordered,
					       .initial_state = &object_cases[i] };
	for (size_t i = 0; i < COUNT_OF(count_cases); i++)
		*test++ = (struct CMUnitTest){ .name = count_cases[i].name,
					       .test_func = counters_go_along,
					       .initial_state = &count_cases[i] };
	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
