/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans committed to a real kernel, and what it holds then. */
#include "lab.h"

/* ---- loads ---- */

static void everything_is_loaded(void **state)
{
	struct lab *lab = *state;
	uint32_t before, after;

	assert_true(kernel_generation(lab->kernel, &lab->diags, &before));
	lab_load(lab, model_everything(lab->arena));
	assert_true(kernel_generation(lab->kernel, &lab->diags, &after));
	assert_int_equal(after, before + 1);
	lab_load(lab, empty_ruleset(lab->arena));
	assert_int_equal(lab_read(lab)->table_count, 0);
}

static void netdev_is_loaded(void **state)
{
	static const char *const devices[] = { "lo" };
	struct lab *lab = *state;
	struct model model;
	struct chain *chain;

	model_start(&model, lab->arena);
	model.family = TABLE_NETDEV;
	chain = model_base_chain(&model, "monitor", HOOK_INGRESS, VERDICT_DROP);
	chain->devices = devices;
	chain->device_count = 1;
	build_start(&model.builder, lab->arena, TABLE_NETDEV);
	build_equal(&model.builder, FIELD_UDP_DPORT, 9);
	build_verdict(&model.builder, VERDICT_DROP, NULL);
	model_rule(&model, NULL);
	lab_load(lab, model_ruleset(&model));
}

static void a_check_changes_nothing(void **state)
{
	struct lab *lab = *state;
	const struct plan *plan = lab_plan(lab, model_everything(lab->arena));
	uint32_t before = plan->live->generation, after;

	assert_int_equal(kernel_commit(lab->kernel, plan, true, &lab->diags),
			 COMMIT_CHECKED);
	assert_true(kernel_generation(lab->kernel, &lab->diags, &after));
	assert_int_equal(after, before);
	assert_int_equal(lab_read(lab)->table_count, 0);
	/* and it was no empty promise */
	assert_int_equal(kernel_commit(lab->kernel, plan, false, &lab->diags),
			 COMMIT_DONE);
}

/* ---- edits ---- */

static void send_to_port(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	close(fd);
}

static const struct rule *rule_named(const struct ruleset *ruleset, const char *comment)
{
	const struct chain *chain = &ruleset->tables[0].chains[0];

	for (size_t i = 0; i < chain->rule_count; i++) {
		if (strcmp(chain->rules[i].comment, comment) == 0)
			return &chain->rules[i];
	}
	fail_msg("no rule %s", comment);
	return NULL;
}

static uint64_t packets_of(const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		if (rule->steps[i].kind == STEP_COUNTER)
			return rule->steps[i].counter.packets;
	}
	return UINT64_MAX;
}

static void rules_keep_handles_and_counts(void **state)
{
	struct lab *lab = *state;
	const struct ruleset *before, *after;

	lab_load(lab, counting(lab->arena, "1001 1002 1003 1004 1005"));
	for (uint16_t port = 1001; port <= 1005; port++)
		send_to_port(port);
	before = lab_read(lab);
	assert_int_equal(packets_of(rule_named(before, "1001")), 1);

	/* 1001 moves, 1003 goes, 1006 to 1008 come: at the head, in between, behind */
	lab_load(lab, counting(lab->arena, "1006 1002 1007 1010 1004 1001 1005 1008"));
	after = lab_read(lab);
	for (size_t i = 0; i < 3; i++) {
		static const char *const kept[] = { "1002", "1004", "1005" };

		assert_int_equal(rule_named(after, kept[i])->kernel_handle,
				 rule_named(before, kept[i])->kernel_handle);
		assert_int_equal(packets_of(rule_named(after, kept[i])), 1);
	}
	assert_int_equal(packets_of(rule_named(after, "1001")), 1);
	assert_int_equal(packets_of(rule_named(after, "1007")), 0);
}

/* Sequences of rules, each loaded over the one before. */
static void any_order_follows_any_other(void **state)
{
	static const char *const orders[] = {
		"1 2 3",       "3 2 1",     "1 4 2 5 3 6",
		"6 5 4 3 2 1", "2 4 6",     "7 8 2 9 4 10 6 11",
		"11 10 9 8 7", "1",         "",
		"5 1 5 2 5",   "5 5 5 1 2",
	};
	struct lab *lab = *state;

	for (size_t i = 0; i < COUNT_OF(orders); i++)
		lab_load(lab, counting(lab->arena, orders[i]));
	for (size_t i = COUNT_OF(orders) - 1; i-- > 0;)
		lab_load(lab, counting(lab->arena, orders[i]));
}

/* ---- sets and chains ---- */

static void any_variant_follows_any_other(void **state)
{
	struct lab *lab = *state;

	for (unsigned i = 0; i < VARIANT_COUNT; i++) {
		for (unsigned k = 0; k < VARIANT_COUNT; k++) {
			const struct ruleset *from = variant_of(lab->arena, i);
			const struct ruleset *to = variant_of(lab->arena, k);

			if (!plan_is_empty(lab_plan(lab, from)))
				lab_load(lab, from);
			if (i != k)
				lab_load(lab, to);
		}
	}
}

/* The kernel gives every new element of such a set a counter: it has to be another. */
static void counters_of_elements_come_and_go(void **state)
{
	struct lab *lab = *state;

	for (unsigned turn = 0; turn < 3; turn++) {
		struct set ports = set_of("ports", DATATYPE_INET_SERVICE);
		struct model model;

		model_start(&model, lab->arena);
		set_push_number(lab->arena, &ports, 22)->has_counter = turn == 1;
		set_push_number(lab->arena, &ports, 80)->has_counter = turn == 1;
		model_set(&model, ports);
		lab_load(lab, model_ruleset(&model));
	}
}

/* More elements than one message holds, and all but a few of them gone again. */
static void many_elements(void **state)
{
	enum { COUNT = 10000 };
	struct lab *lab = *state;

	for (uint32_t step = 1; step <= 2; step++) {
		struct set set = interval_set_of("many", DATATYPE_IP4_ADDRESS);
		struct model model;

		set.count = COUNT / (step * step * step);
		set.keys = arena_array(lab->arena, set.count, 8);
		for (uint32_t i = 0; i < set.count; i++) {
			uint32_t low = htonl(0x0a000000 + 8 * step * i);
			uint32_t high = htonl(0x0a000001 + 8 * step * i);

			memcpy(set.keys + (size_t)8 * i, &low, 4);
			memcpy(set.keys + (size_t)8 * i + 4, &high, 4);
		}
		model_start(&model, lab->arena);
		model_set(&model, set);
		lab_load(lab, model_ruleset(&model));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(everything_is_loaded),
		LIVE(netdev_is_loaded),
		LIVE(a_check_changes_nothing),
		LIVE(rules_keep_handles_and_counts),
		LIVE(any_order_follows_any_other),
		LIVE(any_variant_follows_any_other),
		LIVE(counters_of_elements_come_and_go),
		LIVE(many_elements),
	};

	return RUN_LIVE("commit", tests);
}
