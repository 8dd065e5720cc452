/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches that put a rule set back: what is in them, and what a kernel holds then. */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "kernel/encode.h"
#include "kernel/object.h"

#include "lab.h"

/* ---- whole forms by hand ---- */

static const struct ruleset *decode(struct arena *arena, const struct buffer *bytes)
{
	const struct ruleset *ruleset = NULL;
	struct diags diags;

	diags_init(&diags, arena);
	if (!kernel_decode(bytes->data, bytes->length, arena, &diags, &ruleset))
		return NULL;
	return ruleset;
}

/* The saved form of what is read whole: the head of a batch, and the messages. */
static const struct ruleset *whole_of(struct arena *arena,
				      const struct ruleset *ruleset)
{
	struct buffer bytes AUTO_BUFFER = { 0 };

	message_batch_begin(&bytes, 0, 0);
	kernel_encode(ruleset, &bytes);
	return decode(arena, &bytes);
}

static size_t put_message(struct buffer *out, uint16_t type)
{
	struct message_head head = { .type = type, .family = 1 };

	return message_begin(out, &head);
}

static void put_named(struct buffer *out, uint16_t type, const char *name)
{
	size_t start = put_message(out, type);

	attr_put_text(out, 1, ROLEWALL_TABLE);
	if (name)
		attr_put_text(out, type == NFT_MSG_NEWCHAIN ? NFTA_CHAIN_NAME : 2,
			      name);
	if (type == NFT_MSG_NEWTABLE)
		attr_put_u32(out, NFTA_TABLE_FLAGS, 0);
	message_end(out, start);
}

/* ---- what is in a batch ---- */

struct counts {
	size_t messages, types[NFT_MSG_MAX], families[2], begins, ends, acks;
	bool last_asks, bound;
};

static struct counts count_batch(const struct buffer *batch)
{
	struct message_walk walk = { (const uint8_t *)batch->data, batch->length };
	struct counts counts = { 0 };

	for (const struct nlmsghdr *message; (message = message_next(&walk));) {
		counts.begins += message->nlmsg_type == NFNL_MSG_BATCH_BEGIN;
		counts.ends += message->nlmsg_type == NFNL_MSG_BATCH_END;
		/* the head is as long as a header of nf_tables, and no more */
		if (message->nlmsg_type == NFNL_MSG_BATCH_BEGIN)
			counts.bound = message->nlmsg_len > 20;
		if (!message_is_ours(message))
			continue;
		counts.messages++;
		counts.types[message_type(message)]++;
		counts.families[message_family(message) == 5]++;
		counts.last_asks = message->nlmsg_flags & NLM_F_ACK;
		counts.acks += counts.last_asks;
	}
	assert_int_equal(walk.left, 0);
	assert_int_equal(counts.begins, 1);
	assert_int_equal(counts.ends, 1);
	assert_int_equal(counts.acks, 1);
	assert_true(counts.last_asks);
	assert_false(counts.bound);
	return counts;
}

static void nothing_is_put_back(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer batch AUTO_BUFFER = { 0 };
	struct counts counts;

	(void)state;
	kernel_restore_make(ruleset_of(arena, NULL, 0), &batch);
	counts = count_batch(&batch);
	assert_int_equal(counts.messages, 4);
	assert_int_equal(counts.types[NFT_MSG_NEWTABLE], 2);
	assert_int_equal(counts.types[NFT_MSG_DELTABLE], 2);
}

/* One that was compiled, and the same one as if it had been read whole. */
static void both_kinds_make_the_same(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer plain AUTO_BUFFER = { 0 }, whole AUTO_BUFFER = { 0 };
	const struct ruleset *everything = model_everything(arena);
	struct counts left, right;

	(void)state;
	kernel_restore_make(everything, &plain);
	kernel_restore_make(whole_of(arena, everything), &whole);
	left = count_batch(&plain);
	right = count_batch(&whole);
	assert_true(left.messages > 20);
	assert_memory_equal(left.types, right.types, sizeof(left.types));
	assert_int_equal(left.types[NFT_MSG_NEWTABLE], 3);
	assert_int_equal(plain.length, whole.length);
}

/* Of two tables one alone: what is done where a device is gone. */
static void one_table_alone(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer batch AUTO_BUFFER = { 0 };
	struct table tables[2];
	struct model model;
	const struct ruleset *whole;
	struct ruleset alone;
	struct counts counts;

	(void)state;
	for (enum table_family f = 0; f < TABLE_FAMILY_COUNT; f++) {
		model_start(&model, arena);
		model.family = f;
		model_chain(&model, "a");
		tables[f] = model_table(&model);
	}
	whole = whole_of(arena, ruleset_of(arena, tables, 2));
	alone = *whole;
	assert_int_equal(alone.table_count, 2);
	alone.table_count = 1;
	kernel_restore_make(&alone, &batch);
	counts = count_batch(&batch);
	assert_int_equal(counts.families[0], 4);
	assert_int_equal(counts.families[1], 2);
}

/* ---- what cannot be brought back ---- */

static void put_lookup(struct buffer *out, const char *set, uint32_t id)
{
	struct expression lookup = { .kind = EXPRESSION_LOOKUP };

	lookup.lookup.set.name = set;
	lookup.lookup.set.id = id;
	lookup.lookup.from = NFT_REG_1;
	lookup.lookup.to = REGISTER_NONE;
	expression_put(out, NFTA_LIST_ELEM, &lookup);
}

static void put_flow_rule(struct buffer *out, const char *expression)
{
	size_t start = put_message(out, NFT_MSG_NEWRULE);
	size_t list, nest, data;

	attr_put_text(out, NFTA_RULE_TABLE, ROLEWALL_TABLE);
	attr_put_text(out, NFTA_RULE_CHAIN, "a");
	list = attr_nest(out, NFTA_RULE_EXPRESSIONS);
	put_lookup(out, "__set%d", 7);
	nest = attr_nest(out, NFTA_LIST_ELEM);
	attr_put_text(out, NFTA_EXPR_NAME, expression);
	data = attr_nest(out, NFTA_EXPR_DATA);
	attr_put_text(out, NFTA_FLOW_TABLE_NAME, "f");
	attr_end(out, data);
	attr_end(out, nest);
	attr_end(out, list);
	message_end(out, start);
}

static void put_set(struct buffer *out)
{
	struct wire_set set = {
		.table = ROLEWALL_TABLE,
		.name = "__set%d",
		.flags = NFT_SET_ANONYMOUS | NFT_SET_CONSTANT,
		.id = 7,
		.key_type = datatypes[DATATYPE_INET_PROTOCOL].number,
		.key_length = 1,
	};
	size_t start = put_message(out, NFT_MSG_NEWSET);

	rows_put(out, &set_rows, &set);
	message_end(out, start);
}

/* A flowtable, and a rule that needs it with a set of its own. */
static void flowtables_are_named_and_left_out(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 }, batch AUTO_BUFFER = { 0 };
	const struct ruleset *ruleset;
	struct diags diags;
	struct counts counts;

	(void)state;
	message_batch_begin(&bytes, 0, 0);
	put_named(&bytes, NFT_MSG_NEWTABLE, NULL);
	put_named(&bytes, NFT_MSG_NEWCHAIN, "a");
	put_named(&bytes, NFT_MSG_NEWFLOWTABLE, "f");
	put_set(&bytes);
	put_flow_rule(&bytes, "flow_offload");
	ruleset = decode(arena, &bytes);
	assert_non_null(ruleset);

	diags_init(&diags, arena);
	assert_false(kernel_restore_check(ruleset, &diags));
	assert_int_equal(diags.warning_count, 2);
	assert_int_equal(diags.error_count, 0);
	assert_non_null(strstr(diags.first->text, "flowtable \"f\""));
	assert_non_null(strstr(diags.first->next->text, "flow_offload"));

	kernel_restore_make(ruleset, &batch);
	counts = count_batch(&batch);
	assert_int_equal(counts.types[NFT_MSG_NEWTABLE], 3);
	assert_int_equal(counts.types[NFT_MSG_NEWCHAIN], 1);
	assert_int_equal(counts.types[NFT_MSG_NEWFLOWTABLE], 0);
	assert_int_equal(counts.types[NFT_MSG_NEWSET], 0);
	assert_int_equal(counts.types[NFT_MSG_NEWRULE], 0);
	/* what is left out is not missed */
	assert_true(kernel_restore_holds(ruleset, ruleset));
}

/* What rolewall does not understand of a rule goes back with its set, and is no loss.
 */
static void foreign_rules_keep_their_sets(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 }, batch AUTO_BUFFER = { 0 };
	struct buffer again AUTO_BUFFER = { 0 };
	const struct ruleset *ruleset;
	const struct step *step;
	struct diags diags;
	struct counts counts;

	(void)state;
	message_batch_begin(&bytes, 0, 0);
	put_named(&bytes, NFT_MSG_NEWTABLE, NULL);
	put_named(&bytes, NFT_MSG_NEWCHAIN, "a");
	put_set(&bytes);
	put_flow_rule(&bytes, "some\x1bthing");
	ruleset = decode(arena, &bytes);
	assert_non_null(ruleset);
	step = &ruleset->tables[0].chains[0].rules[0].steps[0];
	assert_int_equal(step->kind, STEP_FOREIGN);
	assert_int_equal(step->foreign.set_count, 1);
	assert_string_equal(step->foreign.text, "lookup; some\\x1bthing");

	diags_init(&diags, arena);
	assert_true(kernel_restore_check(ruleset, &diags));
	assert_null(diags.first);
	kernel_restore_make(ruleset, &batch);
	counts = count_batch(&batch);
	assert_int_equal(counts.types[NFT_MSG_NEWSET], 1);
	assert_int_equal(counts.types[NFT_MSG_NEWRULE], 1);
	kernel_encode(ruleset, &again);
	assert_int_equal(again.length, bytes.length);
	assert_memory_equal(again.data, bytes.data, bytes.length);
}

/* ---- time ---- */

static void put_element(struct buffer *out, uint32_t key, uint64_t expiration)
{
	size_t element = attr_nest(out, NFTA_LIST_ELEM);
	size_t nest;

	if (expiration)
		attr_put_u64(out, NFTA_SET_ELEM_EXPIRATION, expiration);
	nest = attr_nest(out, NFTA_SET_ELEM_KEY);
	attr_put(out, NFTA_DATA_VALUE, &key, sizeof(key));
	attr_end(out, nest);
	attr_end(out, element);
}

/* The times of all elements in the batch, 0 for one without. */
static size_t read_times(const struct buffer *batch, uint64_t *times)
{
	struct message_walk walk = { (const uint8_t *)batch->data, batch->length };
	size_t count = 0;

	for (const struct nlmsghdr *message; (message = message_next(&walk));) {
		const struct nlattr *attrs[NFTA_SET_ELEM_LIST_ELEMENTS + 1];
		size_t length;
		const void *bytes = message_attrs(message, &length);

		if (!message_is_ours(message) ||
		    message_type(message) != NFT_MSG_NEWSETELEM)
			continue;
		attrs_find(bytes, length, attrs, COUNT_OF(attrs));

		struct attr_walk list =
			attrs_nested(attrs[NFTA_SET_ELEM_LIST_ELEMENTS]);

		for (const struct nlattr *nest; (nest = attr_next(&list));) {
			const struct nlattr *parts[NFTA_SET_ELEM_EXPIRATION + 1];

			attrs_find(mnl_attr_get_payload(nest),
				   mnl_attr_get_payload_len(nest), parts,
				   COUNT_OF(parts));
			times[count] = 0;
			if (parts[NFTA_SET_ELEM_EXPIRATION])
				assert_true(attr_u64(parts[NFTA_SET_ELEM_EXPIRATION],
						     &times[count]));
			count++;
		}
	}
	return count;
}

static void time_is_taken_off(void **state)
{
	static const uint64_t before[] = { 5000, 0, 1, UINT64_MAX, 4000, 10 };
	static const uint64_t after[] = { 2000, 0, 10, UINT64_MAX - 3000, 1000, 10 };
	static const uint64_t much_later[] = { 10, 0, 10, UINT64_MAX - 603000, 10, 10 };
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 }, batch AUTO_BUFFER = { 0 };
	struct set set = set_of("s", DATATYPE_IP4_ADDRESS);
	uint64_t times[COUNT_OF(before)];
	struct model model;
	size_t start, list;

	(void)state;
	set.timeout = true;
	model_start(&model, arena);
	model_set(&model, set);
	message_batch_begin(&bytes, 0, 0);
	kernel_encode(model_ruleset(&model), &bytes);
	start = put_message(&bytes, NFT_MSG_NEWSETELEM);
	attr_put_text(&bytes, NFTA_SET_ELEM_LIST_TABLE, ROLEWALL_TABLE);
	attr_put_text(&bytes, NFTA_SET_ELEM_LIST_SET, "s");
	list = attr_nest(&bytes, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (uint32_t i = 0; i < COUNT_OF(before); i++)
		put_element(&bytes, i, before[i]);
	attr_end(&bytes, list);
	message_end(&bytes, start);
	kernel_restore_make(decode(arena, &bytes), &batch);

	size_t length = batch.length;

	kernel_restore_age(&batch, 3000);
	assert_int_equal(read_times(&batch, times), COUNT_OF(before));
	assert_memory_equal(times, after, sizeof(after));
	kernel_restore_age(&batch, 600000);
	assert_int_equal(read_times(&batch, times), COUNT_OF(before));
	assert_memory_equal(times, much_later, sizeof(much_later));
	assert_int_equal(batch.length, length);
	count_batch(&batch);
}

/* ---- with a kernel ---- */

static const struct ruleset *read_whole(struct lab *lab)
{
	const struct ruleset *live = NULL;

	assert_true(kernel_read_whole(lab->kernel, lab->arena, &lab->diags, &live));
	assert_non_null(live->record);
	return live;
}

static void restore(struct lab *lab, const struct ruleset *before)
{
	struct buffer batch AUTO_BUFFER = { 0 };

	kernel_restore_make(before, &batch);
	assert_int_equal(kernel_restore_try(lab->kernel, &batch, &lab->diags),
			 COMMIT_CHECKED);
	assert_int_equal(kernel_restore_send(lab->kernel, &batch, &lab->diags),
			 COMMIT_DONE);
	assert_null(lab->diags.first);
	assert_true(kernel_restore_holds(read_whole(lab), before));
}

static void everything_comes_back(void **state)
{
	struct lab *lab = *state;
	struct buffer bytes AUTO_BUFFER = { 0 };
	const struct ruleset *everything = model_everything(lab->arena);
	const struct ruleset *before, *decoded;

	lab_load(lab, everything);
	before = read_whole(lab);
	kernel_encode(before, &bytes);
	decoded = decode(lab->arena, &bytes);
	assert_non_null(decoded);
	assert_true(plan_is_empty(plan_make(lab->arena, before, decoded)));
	assert_true(kernel_restore_holds(before, decoded));

	lab_load(lab, empty_ruleset(lab->arena));
	assert_false(kernel_restore_holds(read_whole(lab), before));
	restore(lab, before);
	lab_expect(lab, everything);
	lab_load(lab, counting(lab->arena, "1 2"));
	restore(lab, decoded);
	lab_expect(lab, everything);
}

/* As often as it is sent, and also where it never was. */
static void it_can_be_sent_again(void **state)
{
	struct lab *lab = *state;
	const struct ruleset *one = counting(lab->arena, "1 2 3");

	lab_load(lab, one);

	const struct ruleset *before = read_whole(lab);

	restore(lab, before);
	restore(lab, before);
	lab_expect(lab, one);
	restore(lab, one);
	lab_expect(lab, one);
	restore(lab, empty_ruleset(lab->arena));
	assert_int_equal(lab_read(lab)->table_count, 0);
	restore(lab, read_whole(lab));
	assert_int_equal(lab_read(lab)->table_count, 0);
}

/* Any of them in place of any other. */
static void any_variant_comes_back(void **state)
{
	struct lab *lab = *state;

	for (unsigned i = 0; i < VARIANT_COUNT; i++) {
		const struct ruleset *one = variant_of(lab->arena, i);
		const struct ruleset *other =
			variant_of(lab->arena, (i + 1) % VARIANT_COUNT);

		lab_load(lab, one);

		const struct ruleset *before = read_whole(lab);

		lab_load(lab, other);
		assert_false(kernel_restore_holds(read_whole(lab), before));
		restore(lab, before);
		lab_expect(lab, one);
		lab_load(lab, empty_ruleset(lab->arena));
	}
}

/* Enough for several messages with elements, and for several answers to each dump. */
static void many_elements_come_back(void **state)
{
	enum { COUNT = 20000 };
	struct lab *lab = *state;
	struct set set = interval_set_of("many", DATATYPE_IP4_ADDRESS);
	struct model model;

	set.count = COUNT;
	set.keys = arena_array(lab->arena, COUNT, 8);
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t low = htonl(8 * i), high = htonl(8 * i + 7 - i % 3);

		memcpy(set.keys + (size_t)8 * i, &low, 4);
		memcpy(set.keys + (size_t)8 * i + 4, &high, 4);
	}
	model_start(&model, lab->arena);
	model_set(&model, set);

	const struct ruleset *many = model_ruleset(&model);

	lab_load(lab, many);

	const struct ruleset *before = read_whole(lab);

	lab_load(lab, empty_ruleset(lab->arena));
	restore(lab, before);
	lab_expect(lab, many);
}

#define PURE(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest pure[] = {
		PURE(nothing_is_put_back),
		PURE(both_kinds_make_the_same),
		PURE(one_table_alone),
		PURE(flowtables_are_named_and_left_out),
		PURE(foreign_rules_keep_their_sets),
		PURE(time_is_taken_off),
	};
	const struct CMUnitTest live[] = {
		LIVE(everything_comes_back),
		LIVE(it_can_be_sent_again),
		LIVE(any_variant_comes_back),
		LIVE(many_elements_come_back),
	};
	int failed = cmocka_run_group_tests_name("batch", pure, NULL, NULL);

	return failed ? failed : RUN_LIVE("putting back", live);
}
