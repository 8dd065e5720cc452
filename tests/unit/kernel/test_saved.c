/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule sets to messages and back: whole, damaged, cut short, contradictory. */
#include <linux/netfilter/nf_tables.h>

#include "kernel/encode.h"
#include "kernel/kernel.h"
#include "plan/plan.h"

#include "model.h"

static const struct ruleset *decode(struct arena *arena, const struct buffer *bytes,
				    struct diags *diags)
{
	const struct ruleset *ruleset = NULL;

	diags_init(diags, arena);
	if (!kernel_decode(bytes->data, bytes->length, arena, diags, &ruleset))
		return NULL;
	return ruleset;
}

/* Decodes to the same, and encodes to the same bytes again. */
static void check_round_trip(struct arena *arena, const struct ruleset *ruleset)
{
	struct buffer bytes AUTO_BUFFER = { 0 }, again AUTO_BUFFER = { 0 };
	struct diags diags;
	const struct ruleset *back;
	const struct plan *plan;

	kernel_encode(ruleset, &bytes);
	assert_true(bytes.length > 0);
	back = decode(arena, &bytes, &diags);
	assert_non_null(back);
	assert_int_equal(diags.error_count, 0);

	plan = plan_make(arena, back, ruleset);
	for (size_t i = 0; i < plan->edit_count; i++)
		print_message("differs: %s\n",
			      plan->edits[i].what ? plan->edits[i].what : "a whole");
	assert_true(plan_is_empty(plan));
	kernel_encode(back, &again);
	assert_int_equal(bytes.length, again.length);
	assert_memory_equal(bytes.data, again.data, bytes.length);
}

static void everything_comes_back(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	check_round_trip(arena, model_everything(arena));
}

static void nothing_comes_back(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 };
	struct diags diags;
	const struct ruleset *back;

	(void)state;
	kernel_encode(ruleset_of(arena, NULL, 0), &bytes);
	assert_int_equal(bytes.length, 0);
	bytes.data = NULL;
	back = decode(arena, &bytes, &diags);
	assert_non_null(back);
	assert_int_equal(back->table_count, 0);
}

static void tables_and_chains_come_back(void **state)
{
	static const char *const devices[] = { "eth1", "eth2" };
	struct arena *arena AUTO(arena) = arena_new();
	struct table tables[2];
	struct model model;
	struct chain *chain;

	(void)state;
	model_start(&model, arena);
	model_base_chain(&model, "a", HOOK_FORWARD, VERDICT_DROP)->priority = -300;
	model_base_chain(&model, "b", HOOK_POSTROUTING, VERDICT_ACCEPT)->type =
		CHAIN_NAT;
	model_base_chain(&model, "c", HOOK_OUTPUT, VERDICT_ACCEPT)->type = CHAIN_ROUTE;
	model_base_chain(&model, "d", HOOK_PREROUTING, VERDICT_ACCEPT)->comment = "d";
	tables[0] = model_table(&model);
	tables[0].comment = "of the table";
	tables[0].dormant = true;

	model_start(&model, arena);
	model.family = TABLE_NETDEV;
	chain = model_base_chain(&model, "one", HOOK_INGRESS, VERDICT_DROP);
	chain->devices = devices;
	chain->device_count = 1;
	chain = model_base_chain(&model, "two", HOOK_EGRESS, VERDICT_ACCEPT);
	chain->devices = devices;
	chain->device_count = 2;
	tables[1] = model_table(&model);
	check_round_trip(arena, ruleset_of(arena, tables, 2));
}

/* Counters are the kernel's: but for what is read whole, none are saved. */
static void counts_are_not_saved(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer zero AUTO_BUFFER = { 0 }, counted AUTO_BUFFER = { 0 };
	struct buffer *buffers[] = { &zero, &counted };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct step counter = { .kind = STEP_COUNTER };
		struct model model;

		model_start(&model, arena);
		model_chain(&model, "a");
		counter.counter.packets = counter.counter.bytes = i;
		build_step(&model.builder, counter);
		model_rule(&model, NULL);
		kernel_encode(model_ruleset(&model), buffers[i]);
	}
	assert_int_equal(zero.length, counted.length);
	assert_memory_equal(zero.data, counted.data, zero.length);
}

/* More elements than an attribute's length can say: several messages. */
static void many_elements_come_back(void **state)
{
	enum { COUNT = 20000 };
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 };
	struct set set = interval_set_of("many", DATATYPE_IP4_ADDRESS);
	struct model model;
	size_t lists = 0;

	(void)state;
	set.keys = arena_array(arena, COUNT, 8);
	set.count = COUNT;
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t low = htonl(0x0a000000 + 4 * i),
			 high = htonl(0x0a000001 + 4 * i);

		memcpy(set.keys + (size_t)8 * i, &low, 4);
		memcpy(set.keys + (size_t)8 * i + 4, &high, 4);
	}
	model_start(&model, arena);
	model_set(&model, set);

	struct ruleset *ruleset = model_ruleset(&model);

	check_round_trip(arena, ruleset);
	kernel_encode(ruleset, &bytes);

	struct message_walk walk = { (const uint8_t *)bytes.data, bytes.length };

	for (const struct nlmsghdr *message; (message = message_next(&walk));)
		lists += message_type(message) == NFT_MSG_NEWSETELEM;
	assert_true(lists > 10);
	assert_int_equal(walk.left, 0);
}

/* The form of what was read whole: the head of a batch before the same messages. */
static void encode_whole(const struct ruleset *ruleset, struct buffer *bytes)
{
	message_batch_begin(bytes, 0, 0);
	kernel_encode(ruleset, bytes);
}

static void whole_forms_come_back(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 }, again AUTO_BUFFER = { 0 };
	const struct ruleset *everything = model_everything(arena), *back;
	struct diags diags;

	(void)state;
	encode_whole(everything, &bytes);
	back = decode(arena, &bytes, &diags);
	assert_non_null(back);
	assert_non_null(back->record);
	assert_true(plan_is_empty(plan_make(arena, back, everything)));
	kernel_encode(back, &again);
	assert_int_equal(bytes.length, again.length);
	assert_memory_equal(bytes.data, again.data, bytes.length);
	/* and it is no form of a rule set that was compiled */
	assert_null(everything->record);
}

/* ---- damage ---- */

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void use_restore(const struct ruleset *ruleset, struct arena *arena)
{
	struct buffer batch AUTO_BUFFER = { 0 };
	struct diags warnings;

	diags_init(&warnings, arena);
	kernel_restore_make(ruleset, &batch);
	kernel_restore_age(&batch, 1000);
	assert_int_equal(kernel_restore_check(ruleset, &warnings),
			 !warnings.warning_count);
	assert_true(kernel_restore_holds(ruleset, ruleset));
}

/* Whatever is decoded can be compared, encoded again, and made a batch of. */
static bool use_damaged(const struct buffer *bytes, const struct ruleset *whole)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer again AUTO_BUFFER = { 0 };
	/* a block of its own, so that the sanitizer sees each overrun */
	struct buffer exact = { .data = test_malloc(bytes->length + 1),
				.length = bytes->length };
	struct diags diags;
	const struct ruleset *ruleset;

	memcpy(exact.data, bytes->data, bytes->length);
	ruleset = decode(arena, &exact, &diags);
	if (ruleset) {
		assert_non_null(plan_make(arena, ruleset, whole));
		assert_non_null(plan_make(arena, whole, ruleset));
		kernel_encode(ruleset, &again);
		use_restore(ruleset, arena);
	} else {
		assert_int_equal(diags.error_count, 1);
		assert_int_equal(diags.first->code, DIAG_FILE);
	}
	test_free(exact.data);
	return ruleset != NULL;
}

static void damage(void (*encode)(const struct ruleset *, struct buffer *))
{
	enum { ROUNDS = 3000 };
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 }, damaged AUTO_BUFFER = { 0 };
	const struct ruleset *whole = model_everything(arena);
	uint32_t seed = 1;
	unsigned decoded = 0;

	encode(whole, &bytes);
	for (unsigned round = 0; round < ROUNDS; round++) {
		damaged.length = 0;
		buffer_add(&damaged, bytes.data, bytes.length);
		for (uint32_t n = 1 + next_random(&seed) % 4; n; n--) {
			uint32_t at = next_random(&seed) % (uint32_t)bytes.length;

			/* mostly low bits: lengths and types that are nearly right */
			damaged.data[at] =
				(char)(damaged.data[at] ^ 1 << next_random(&seed) % 8);
		}
		decoded += use_damaged(&damaged, whole);
	}
	/* the loop has met both kinds */
	assert_true(decoded > 0 && decoded < ROUNDS);
}

static void damaged_bytes_do_no_harm(void **state)
{
	(void)state;
	damage(kernel_encode);
}

static void damaged_whole_forms_do_no_harm(void **state)
{
	(void)state;
	damage(encode_whole);
}

static void bytes_cut_short_are_refused(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 };
	const struct ruleset *whole = model_everything(arena);
	size_t length, accepted = 0, boundaries = 0;

	(void)state;
	kernel_encode(whole, &bytes);
	length = bytes.length;

	struct message_walk walk = { (const uint8_t *)bytes.data, length };

	while (message_next(&walk))
		boundaries++;
	for (bytes.length = 1; bytes.length < length; bytes.length++)
		accepted += use_damaged(&bytes, whole);
	/* only where a message ends, and not where a set lacks what names it */
	assert_true(accepted < boundaries);
}

/* ---- messages that are well formed, and yet no rule set of ours ---- */

static void put_message(struct buffer *out, uint16_t type, uint8_t family,
			const char *const *texts)
{
	struct message_head head = { .type = type, .family = family };
	size_t start = message_begin(out, &head);

	for (uint16_t i = 0; texts[i]; i++)
		attr_put_text(out, (uint16_t)(i + 1), texts[i]);
	message_end(out, start);
}

/* clang-format off */
static struct stray {
	const char *name;
	uint16_t type;
	uint8_t family;
	const char *texts[3];
} strays[] = {
	{ "another table",          NFT_MSG_NEWTABLE,   1, { "firewalld" } },
	{ "another family",         NFT_MSG_NEWTABLE,   2, { "rolewall" } },
	{ "a table without name",   NFT_MSG_NEWTABLE,   1, { NULL } },
	{ "a message to delete",    NFT_MSG_DELTABLE,   1, { "rolewall" } },
	{ "an object",              NFT_MSG_NEWOBJ,     1, { "rolewall", "quota" } },
	{ "a rule without chain",   NFT_MSG_NEWRULE,    1, { "rolewall", "nowhere" } },
	{ "elements without set",   NFT_MSG_NEWSETELEM, 1, { "rolewall", "nowhere" } },
	{ "a set of nothing",       NFT_MSG_NEWSET,     1, { "rolewall", "s" } },
	{ "a request",              NFT_MSG_GETRULE,    1, { "rolewall" } },
};

/* clang-format on */

static void refuses_stray(void **state)
{
	const struct stray *stray = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 };
	const struct ruleset *whole = model_everything(arena);

	kernel_encode(whole, &bytes);
	assert_true(use_damaged(&bytes, whole));
	put_message(&bytes, stray->type, stray->family, stray->texts);
	assert_false(use_damaged(&bytes, whole));
}

/* An anonymous set is one rule's: two that share it would be two sets when loaded. */
static void refuses_shared_anonymous_sets(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer bytes AUTO_BUFFER = { 0 };
	struct model model;
	const struct nlmsghdr *message, *rule = NULL;

	(void)state;
	model_start(&model, arena);
	model_chain(&model, "a");
	build_lookup(&model.builder, MATCH_IN, FIELD_L4PROTO,
		     set_of_numbers(arena, DATATYPE_INET_PROTOCOL,
				    (uint32_t[]){ 6, 17 }, 2));
	model_rule(&model, NULL);

	const struct ruleset *whole = model_ruleset(&model);

	kernel_encode(whole, &bytes);
	assert_true(use_damaged(&bytes, whole));

	struct message_walk walk = { (const uint8_t *)bytes.data, bytes.length };

	while ((message = message_next(&walk)))
		rule = message;
	assert_int_equal(message_type(rule), NFT_MSG_NEWRULE);

	size_t length = rule->nlmsg_len;
	const char *copy = arena_copy(arena, (const char *)rule, length);

	buffer_add(&bytes, copy, length);
	assert_false(use_damaged(&bytes, whole));
}

enum { FIXED_TESTS = 10 };

int main(void)
{
	static struct CMUnitTest tests[FIXED_TESTS + COUNT_OF(strays)] = {
		cmocka_unit_test(everything_comes_back),
		cmocka_unit_test(nothing_comes_back),
		cmocka_unit_test(tables_and_chains_come_back),
		cmocka_unit_test(counts_are_not_saved),
		cmocka_unit_test(many_elements_come_back),
		cmocka_unit_test(whole_forms_come_back),
		cmocka_unit_test(damaged_bytes_do_no_harm),
		cmocka_unit_test(damaged_whole_forms_do_no_harm),
		cmocka_unit_test(bytes_cut_short_are_refused),
		cmocka_unit_test(refuses_shared_anonymous_sets),
	};

	for (size_t i = 0; i < COUNT_OF(strays); i++)
		tests[FIXED_TESTS + i] = (struct CMUnitTest){
			.name = strays[i].name,
			.test_func = refuses_stray,
			.initial_state = &strays[i],
		};
	return cmocka_run_group_tests_name("saved", tests, NULL, NULL);
}
