/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel dumps, to rule sets: intervals, things that are not rolewall's. */
/* before linux/: it keeps the same names from being declared twice */
#include <arpa/inet.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/decode.h"

#include "model.h"

enum { INET = NFPROTO_INET, IP = NFPROTO_IPV4, NETDEV = NFPROTO_NETDEV };

/* A decoder that is fed one message at a time. */
struct feed {
	struct arena *arena;
	struct decoder decoder;
	struct buffer bytes;
	size_t start;
};

static void feed_start(struct feed *feed, struct arena *arena)
{
	*feed = (struct feed){ .arena = arena };
	decoder_start(&feed->decoder, arena);
	feed->decoder.keep_foreign = true;
}

static struct buffer *feed_begin(struct feed *feed, uint16_t type, uint8_t family)
{
	struct message_head head = { .type = type, .family = family };

	feed->bytes.length = 0;
	feed->start = message_begin(&feed->bytes, &head);
	return &feed->bytes;
}

static void feed_end(struct feed *feed,
		     enum decoded (*decode)(struct decoder *, const struct nlmsghdr *),
		     enum decoded expected)
{
	message_end(&feed->bytes, feed->start);
	assert_int_equal(decode(&feed->decoder, (const void *)feed->bytes.data),
			 expected);
}

static void feed_table(struct feed *feed, uint8_t family, uint32_t flags)
{
	struct wire_table table = { .name = ROLEWALL_TABLE, .flags = flags };

	rows_put(feed_begin(feed, NFT_MSG_NEWTABLE, family), &table_rows, &table);
	feed_end(feed, decode_object, DECODED);
}

static void feed_chain(struct feed *feed, uint8_t family, struct wire_chain chain,
		       enum decoded expected)
{
	rows_put(feed_begin(feed, NFT_MSG_NEWCHAIN, family), &chain_rows, &chain);
	feed_end(feed, decode_object, expected);
}

static struct wire_chain base_chain(const char *table, uint32_t hook)
{
	return (struct wire_chain){ .table = table,
				    .name = "input",
				    .type = "filter",
				    .policy = NF_DROP,
				    .flags = NFT_CHAIN_BASE,
				    .hook = { .number = hook, .priority = 5 } };
}

static struct wire_chain plain_chain(const char *name)
{
	return (struct wire_chain){ .table = ROLEWALL_TABLE,
				    .name = name,
				    .policy = POLICY_NONE,
				    .hook.number = HOOK_NONE };
}

static struct wire_set port_set(uint32_t flags)
{
	return (struct wire_set){ .table = ROLEWALL_TABLE,
				  .name = "s",
				  .flags = flags,
				  .key_type = 13,
				  .key_length = 2 };
}

static const struct ruleset *feed_finish(struct feed *feed)
{
	const struct ruleset *ruleset = decoder_finish(&feed->decoder);

	decoder_end(&feed->decoder);
	buffer_reset(&feed->bytes);
	return ruleset;
}

/* ---- intervals ---- */

/* Elements "22", ends "23<", in the order given; what they stand for, as "22-22". */
/* clang-format off */
static struct interval_case {
	const char *name, *elements, *intervals, *foreign;
	bool anonymous;
} interval_cases[] = {
	{ "in order",              "0< 22 23< 80 91<",   "22-22 80-90",         NULL, false },
	{ "in reverse order",      "91< 80 23< 22 0<",   "22-22 80-90",         NULL, false },
	{ "in no order",           "80 23< 0< 91< 22",   "22-22 80-90",         NULL, false },
	{ "from zero",             "0 10<",              "0-9",                 NULL, false },
	{ "from zero, and an end", "0< 0 10<",           "0-9",                 NULL, false },
	{ "to the end",            "65000",              "65000-65535",         NULL, false },
	{ "all of it",             "0",                  "0-65535",             NULL, false },
	{ "touching",              "1 5< 5 9<",          "1-4 5-8",             NULL, false },
	{ "touching, reversed",    "9< 5 5< 1",          "1-4 5-8",             NULL, false },
	{ "over a byte's edge",    "250 256< 256 513<",  "250-255 256-512",     NULL, false },
	{ "nothing",               "",                   "",                    NULL, false },
	{ "an end alone",          "7<",                 "",                    NULL, false },
	{ "an end left out",       "1 5 9<",             "1-4 5-8", "an interval without end", false },
	{ "left out, anonymous",   "1 5 9<",             "1-4 5-8",             NULL, true },
};

/* clang-format on */

static void feed_elements(struct feed *feed, const char *text)
{
	struct wire_element_list head = { .table = ROLEWALL_TABLE, .set = "s" };
	struct buffer *out = feed_begin(feed, NFT_MSG_NEWSETELEM, INET);
	size_t list;

	rows_put(out, &element_list_rows, &head);
	list = attr_nest(out, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (const char *at = text; *at; at += strspn(at, " ")) {
		char *end;
		uint16_t port = htons((uint16_t)strtoul(at, &end, 10));
		struct wire_element element = {
			.flags = *end == '<' ? NFT_SET_ELEM_INTERVAL_END : 0,
			.key.value = { (const uint8_t *)&port, 2 },
		};
		size_t nest = attr_nest(out, NFTA_LIST_ELEM);

		rows_put(out, &element_rows, &element);
		attr_end(out, nest);
		at = end + (*end == '<');
	}
	attr_end(out, list);
	feed_end(feed, decode_elements, DECODED);
}

static void intervals_are_put_together(void **state)
{
	const struct interval_case *intervals = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer text AUTO_BUFFER = { 0 };
	struct wire_set wire = port_set(NFT_SET_INTERVAL);
	struct feed feed;
	const struct set *set;

	if (intervals->anonymous)
		wire.flags |= NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
	feed_start(&feed, arena);
	feed_table(&feed, INET, 0);
	rows_put(feed_begin(&feed, NFT_MSG_NEWSET, INET), &set_rows, &wire);
	feed_end(&feed, decode_object, DECODED);
	decoder_index(&feed.decoder);
	feed_elements(&feed, intervals->elements);
	set = feed.decoder.sets.items[0]->set;

	const struct ruleset *ruleset = feed_finish(&feed);

	if (!intervals->anonymous)
		set = &ruleset->tables[0].sets[0];
	for (size_t i = 0; i < set->count; i++)
		buffer_format(
			&text, "%s%u-%u", i ? " " : "",
			datatype_number(DATATYPE_INET_SERVICE, set_entry(set, i)),
			datatype_number(DATATYPE_INET_SERVICE, set_entry(set, i) + 2));
	assert_string_equal(text.data ? text.data : "", intervals->intervals);
	if (intervals->foreign)
		assert_string_equal(set->foreign, intervals->foreign);
	else
		assert_null(set->foreign);
}

/* ---- sets that are not rolewall's ---- */

/* clang-format off */
static struct set_case {
	const char *name;
	struct wire_set wire;
	uint32_t unknown_flags;
	const char *foreign; /* NULL: as rolewall's */
} set_cases[] = {
	{ "ports",              { .key_type = 13, .key_length = 2 }, 0, NULL },
	{ "of an unknown type", { .key_type = 1, .key_length = 4 }, 0, "key type 1" },
	{ "of another length",  { .key_type = 13, .key_length = 4 }, 0, "key type 13" },
	{ "of no type",         { .key_type = 0, .key_length = 4 }, 0, "key type 0" },
	{ "concatenated",       { .key_type = 7 << 6 | 13, .key_length = 8 }, 0, NULL },
	{ "of six fields",      { .key_type = 0x8c30c30c, .key_length = 24 }, 0, "key type 2352005900" },
	{ "map to marks",       { .key_type = 13, .key_length = 2, .flags = NFT_SET_MAP, .data_type = 19,
				  .data_length = 4 }, 0, "data type 19" },
	{ "map to verdicts",    { .key_type = 13, .key_length = 2, .flags = NFT_SET_MAP,
				  .data_type = NFT_DATA_VERDICT, .data_length = 16 }, 0, NULL },
	{ "map to objects",     { .key_type = 13, .key_length = 2, .flags = NFT_SET_OBJECT, .object_type = 1 },
	  NFT_SET_OBJECT, "objects as data" },
	{ "with an unknown flag", { .key_type = 13, .key_length = 2, .flags = 0x1000 }, 0x1000, NULL },
	{ "with a gc-interval", { .key_type = 13, .key_length = 2, .gc_interval = 5 }, 0, "gc-interval" },
	{ "small",              { .key_type = 13, .key_length = 2, .policy = 1 }, 0, "policy memory" },
	{ "of states, as intervals", { .key_type = 26, .key_length = 4, .flags = NFT_SET_INTERVAL }, 0,
	  "intervals in host order" },
	{ "pairs of intervals without lengths", { .key_type = 7 << 6 | 13, .key_length = 8,
				  .flags = NFT_SET_INTERVAL | NFT_SET_CONCAT }, 0, "fields of other lengths" },
	{ "pairs of intervals", { .key_type = 7 << 6 | 13, .key_length = 8, .form.fields = { { 4, 2 }, 2 },
				  .flags = NFT_SET_INTERVAL | NFT_SET_CONCAT }, 0, NULL },
	{ "merging",            { .key_type = 13, .key_length = 2, .flags = NFT_SET_INTERVAL,
				  .userdata = { (const uint8_t *)"\2\4\1\0\0\0", 6 } }, 0, "auto-merge" },
};

/* clang-format on */

static void sets_are_known_or_foreign(void **state)
{
	const struct set_case *sets = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct wire_set wire = sets->wire;
	struct feed feed;
	const struct set *set;

	wire.table = ROLEWALL_TABLE;
	wire.name = "s";
	feed_start(&feed, arena);
	feed_table(&feed, INET, 0);
	rows_put(feed_begin(&feed, NFT_MSG_NEWSET, INET), &set_rows, &wire);
	feed_end(&feed, decode_object, DECODED);
	decoder_index(&feed.decoder);
	set = &feed_finish(&feed)->tables[0].sets[0];
	assert_int_equal(set->unknown_flags, sets->unknown_flags);
	if (sets->foreign)
		assert_string_equal(set->foreign, sets->foreign);
	else
		assert_null(set->foreign);
}

/* Attributes of tomorrow make a set foreign; those that are known to be counts do not.
 */
static void unknown_attributes_are_foreign(void **state)
{
	static const struct {
		uint16_t type;
		const char *foreign;
	} attrs[] = { { 19, NULL }, { 20, NULL }, { 33, "attribute 33" } };
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(attrs); i++) {
		struct wire_set wire = port_set(0);
		struct feed feed;
		const struct set *set;

		feed_start(&feed, arena);
		feed_table(&feed, INET, 0);
		rows_put(feed_begin(&feed, NFT_MSG_NEWSET, INET), &set_rows, &wire);
		attr_put_u32(&feed.bytes, attrs[i].type, 1);
		feed_end(&feed, decode_object, DECODED);
		decoder_index(&feed.decoder);
		set = &feed_finish(&feed)->tables[0].sets[0];
		if (attrs[i].foreign)
			assert_string_equal(set->foreign, attrs[i].foreign);
		else
			assert_null(set->foreign);
	}
}

/* ---- tables, chains, objects, neighbours ---- */

static void other_tables_leave_neighbours(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct wire_table other = { .name = "firewalld" };
	struct feed feed;
	const struct ruleset *ruleset;

	(void)state;
	feed_start(&feed, arena);
	rows_put(feed_begin(&feed, NFT_MSG_NEWTABLE, INET), &table_rows, &other);
	feed_end(&feed, decode_object, DECODED_OTHER);
	feed_chain(&feed, INET, base_chain("firewalld", NF_INET_LOCAL_IN),
		   DECODED_OTHER);
	feed_chain(&feed, IP, base_chain(ROLEWALL_TABLE, NF_INET_FORWARD),
		   DECODED_OTHER);
	feed_chain(&feed, INET, base_chain("nat", NF_INET_PRE_ROUTING), DECODED_OTHER);
	feed_chain(&feed, NETDEV, base_chain("devices", 0), DECODED_OTHER);
	feed_chain(&feed, NFPROTO_BRIDGE, base_chain("bridge", 1), DECODED_OTHER);
	decoder_index(&feed.decoder);
	ruleset = feed_finish(&feed);
	assert_int_equal(ruleset->table_count, 0);
	assert_int_equal(ruleset->neighbour_count, 2);
	assert_string_equal(ruleset->neighbours[0].family, "inet");
	assert_string_equal(ruleset->neighbours[0].table, "firewalld");
	assert_int_equal(ruleset->neighbours[0].hook, HOOK_INPUT);
	assert_int_equal(ruleset->neighbours[0].priority, 5);
	assert_int_equal(ruleset->neighbours[0].policy, VERDICT_DROP);
	assert_string_equal(ruleset->neighbours[1].family, "ip");
	assert_int_equal(ruleset->neighbours[1].hook, HOOK_FORWARD);
}

/* On hooks that rolewall has a chain on by hand or by wish, whatever they are. */
static void neighbours_on_hooks_in_use(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct feed feed;
	const struct ruleset *ruleset;

	(void)state;
	feed_start(&feed, arena);
	feed_table(&feed, NETDEV, 0);
	feed_chain(&feed, NETDEV, base_chain(ROLEWALL_TABLE, 0), DECODED);
	feed_chain(&feed, NETDEV, base_chain("devices", 0), DECODED_OTHER);
	feed_chain(&feed, NETDEV, base_chain("devices", 1), DECODED_OTHER);
	decoder_index(&feed.decoder);
	ruleset = feed_finish(&feed);
	assert_int_equal(ruleset->table_count, 1);
	assert_int_equal(ruleset->neighbour_count, 1);
	assert_int_equal(ruleset->neighbours[0].hook, HOOK_INGRESS);
}

static void flags_and_objects_of_tables(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct wire_object quota = { .table = ROLEWALL_TABLE, .name = "q", .type = 2 };
	struct wire_object offload = { .table = ROLEWALL_TABLE, .name = "f" };
	struct feed feed;
	const struct table *table;

	(void)state;
	feed_start(&feed, arena);
	feed_table(&feed, INET, NFT_TABLE_F_DORMANT | 4);
	rows_put(feed_begin(&feed, NFT_MSG_NEWOBJ, INET), &object_rows, &quota);
	feed_end(&feed, decode_object, DECODED);
	rows_put(feed_begin(&feed, NFT_MSG_NEWFLOWTABLE, INET), &flowtable_rows,
		 &offload);
	feed_end(&feed, decode_object, DECODED);
	decoder_index(&feed.decoder);
	table = &feed_finish(&feed)->tables[0];
	assert_true(table->dormant);
	assert_int_equal(table->unknown_flags, 4);
	assert_int_equal(table->object_count, 2);
	assert_int_equal(table->objects[0].type, 2);
	assert_true(table->objects[1].is_flowtable);
}

/* clang-format off */
static struct chain_case {
	const char *name;
	struct wire_chain wire;
	const char *foreign;
} chain_cases[] = {
	{ "offloaded",      { .type = "filter", .flags = 3, .hook.number = 1 }, "flags 0x2" },
	{ "on hook 9",      { .type = "filter", .flags = 1, .hook.number = 9 }, "hook 9" },
	{ "of type bridge", { .type = "bridge", .flags = 1, .hook.number = 1 }, "type bridge" },
	{ "of policy 7",    { .type = "filter", .flags = 1, .hook.number = 1, .policy = 7 }, "policy 7" },
	{ "of two minds",   { .policy = 1, .hook.number = HOOK_NONE }, "a policy without a hook" },
};

/* clang-format on */

static void chains_are_foreign(void **state)
{
	const struct chain_case *chains = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct wire_chain wire = chains->wire;
	struct feed feed;

	wire.table = ROLEWALL_TABLE;
	wire.name = "a";
	feed_start(&feed, arena);
	feed_table(&feed, INET, 0);
	feed_chain(&feed, INET, wire, DECODED);
	decoder_index(&feed.decoder);
	assert_string_equal(feed_finish(&feed)->tables[0].chains[0].foreign,
			    chains->foreign);
}

/* ---- rules ---- */

static void feed_rule(struct feed *feed, const char *chain,
		      const struct expression *expressions, size_t count,
		      enum decoded expected)
{
	struct wire_rule rule = { .table = ROLEWALL_TABLE,
				  .chain = chain,
				  .handle = 7 };
	struct buffer *out = feed_begin(feed, NFT_MSG_NEWRULE, INET);
	size_t list;

	rows_put(out, &rule_rows, &rule);
	list = attr_nest(out, NFTA_RULE_EXPRESSIONS);
	for (size_t i = 0; i < count; i++)
		expression_put(out, NFTA_LIST_ELEM, &expressions[i]);
	attr_end(out, list);
	feed_end(feed, decode_rule, expected);
}

/* meta mark 5 counter packets N accept: nothing of rolewall's. */
static struct rule foreign_rule(struct arena *arena, uint32_t mark, uint64_t packets)
{
	struct expression expressions[] = {
		{ .kind = EXPRESSION_META, .load = { NFT_META_MARK, NFT_REG_1 } },
		{ .kind = EXPRESSION_CMP,
		  .cmp = { NFT_REG_1, NFT_CMP_EQ, { .length = 4 } } },
		{ .kind = EXPRESSION_COUNTER, .counter = { packets, packets } },
		{ .kind = EXPRESSION_IMMEDIATE,
		  .immediate = { 0, { NF_ACCEPT, NULL } } },
	};
	struct feed feed;

	memcpy(expressions[1].cmp.value.bytes, &mark, sizeof(mark));
	feed_start(&feed, arena);
	feed_table(&feed, INET, 0);
	feed_chain(&feed, INET, plain_chain("a"), DECODED);
	decoder_index(&feed.decoder);
	feed_rule(&feed, "a", expressions, COUNT_OF(expressions), DECODED);
	return feed_finish(&feed)->tables[0].chains[0].rules[0];
}

static void foreign_rules_are_compared_without_counts(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct rule rule = foreign_rule(arena, 5, 0);
	struct rule counted = foreign_rule(arena, 5, 1000);
	struct rule other = foreign_rule(arena, 6, 0);

	(void)state;
	assert_int_equal(rule.kernel_handle, 7);
	assert_int_equal(rule.step_count, 1);
	assert_int_equal(rule.steps[0].kind, STEP_FOREIGN);
	assert_non_null(strstr(rule.steps[0].foreign.text, "meta load mark => reg 1"));
	assert_null(strchr(rule.steps[0].foreign.text, '['));
	assert_true(rule_equal(&rule, &counted));
	assert_false(rule_equal(&rule, &other));
}

/* A chain that hangs on a rule, as "jump { ... }" makes them, is that rule's. */
static void bound_chains_are_passed_over(void **state)
{
	static const struct expression accept = {
		.kind = EXPRESSION_IMMEDIATE, .immediate = { 0, { NF_ACCEPT, NULL } }
	};
	struct arena *arena AUTO(arena) = arena_new();
	struct wire_chain bound = plain_chain("__chain0");
	struct feed feed;
	const struct table *table;

	(void)state;
	bound.flags = NFT_CHAIN_BINDING;
	feed_start(&feed, arena);
	feed_table(&feed, INET, 0);
	feed_chain(&feed, INET, bound, DECODED);
	feed_chain(&feed, INET, plain_chain("a"), DECODED);
	decoder_index(&feed.decoder);
	feed_rule(&feed, "__chain0", &accept, 1, DECODED);
	feed_rule(&feed, "a", &accept, 1, DECODED);
	feed_rule(&feed, "gone", &accept, 1, DECODED_BROKEN);
	table = &feed_finish(&feed)->tables[0];
	assert_int_equal(table->chain_count, 1);
	assert_string_equal(table->chains[0].name, "a");
	assert_int_equal(table->chains[0].rule_count, 1);
}

enum { FIXED_TESTS = 6 };

int main(void)
{
	static struct CMUnitTest tests[FIXED_TESTS + COUNT_OF(interval_cases) +
				       COUNT_OF(set_cases) + COUNT_OF(chain_cases)] = {
		cmocka_unit_test(unknown_attributes_are_foreign),
		cmocka_unit_test(other_tables_leave_neighbours),
		cmocka_unit_test(neighbours_on_hooks_in_use),
		cmocka_unit_test(flags_and_objects_of_tables),
		cmocka_unit_test(foreign_rules_are_compared_without_counts),
		cmocka_unit_test(bound_chains_are_passed_over),
	};
	struct CMUnitTest *test = tests + FIXED_TESTS;

	for (size_t i = 0; i < COUNT_OF(interval_cases); i++)
		*test++ = (struct CMUnitTest){ .name = interval_cases[i].name,
					       .test_func = intervals_are_put_together,
					       .initial_state = &interval_cases[i] };
	for (size_t i = 0; i < COUNT_OF(set_cases); i++)
		*test++ = (struct CMUnitTest){ .name = set_cases[i].name,
					       .test_func = sets_are_known_or_foreign,
					       .initial_state = &set_cases[i] };
	for (size_t i = 0; i < COUNT_OF(chain_cases); i++)
		*test++ = (struct CMUnitTest){ .name = chain_cases[i].name,
					       .test_func = chains_are_foreign,
					       .initial_state = &chain_cases[i] };
	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
