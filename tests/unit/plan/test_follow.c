/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans followed step by step, as the kernel would: whatever both sides are, the chain
 * is in the end the desired one, and every rule that may stay was not touched.
 */
#include <time.h>

#include "plan/plan.h"
#include "support/test.h"

#include "model.h"

enum { RULE_MAX = 8, ROUNDS = 4000 };

/* ---- random rule sets ---- */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

static void random_rules(struct buffer *text, uint32_t *seed)
{
	static const char *const bodies[] = { "1", "2", "!3", "@s", ">t", "?x" };
	static const char *const comments[] = { "", "/a", "/b" };
	uint32_t count = next_random(seed) % (RULE_MAX + 1);

	for (uint32_t i = 0; i < count; i++)
		buffer_format(text, " %s%s",
			      bodies[next_random(seed) % COUNT_OF(bodies)],
			      comments[next_random(seed) % COUNT_OF(comments)]);
}

/* Now and then the set, a chain or the table differ in what needs them made anew. */
static struct ruleset *random_ruleset(struct arena *arena, uint32_t *seed)
{
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_format(&text, "table inet%s; chain c%s:",
		      next_random(seed) % 9 ? "" : " comment=x",
		      next_random(seed) % 4 ? "" : " comment=x");
	random_rules(&text, seed);
	buffer_format(&text, "; chain t%s; set s%s: 5 6",
		      next_random(seed) % 4 ? "" : " comment=x",
		      next_random(seed) % 4 ? "" : " size=9");
	return model_ruleset(arena, text.data);
}

/* ---- the chain in the kernel ---- */

struct follower {
	const struct rule *rules[2 * RULE_MAX];
	size_t count;
	const struct rule *last; /* what the last edit with a desired rule made */
};

static size_t place_of(const struct follower *follower, const struct rule *rule)
{
	for (size_t i = 0; i < follower->count; i++) {
		if (follower->rules[i] == rule)
			return i;
	}
	fail_msg("the plan names a rule that is not in the chain");
	return 0;
}

static void insert(struct follower *follower, size_t place, const struct rule *rule)
{
	assert_true(follower->count < COUNT_OF(follower->rules));
	for (size_t i = follower->count++; i > place; i--)
		follower->rules[i] = follower->rules[i - 1];
	follower->rules[place] = rule;
}

static void take_out(struct follower *follower, const struct rule *rule)
{
	size_t place = place_of(follower, rule);

	follower->count--;
	for (size_t i = place; i < follower->count; i++)
		follower->rules[i] = follower->rules[i + 1];
}

/* Right behind its predecessor, as plan.h says which one that is. */
static void follow_addition(struct follower *follower, const struct edit *edit)
{
	size_t place = 0;

	if (edit->after)
		place = place_of(follower, edit->after) + 1;
	else if (edit->desired_index > 0)
		place = place_of(follower, follower->last) + 1;
	insert(follower, place, edit->desired_rule);
}

static bool is_deletion(const struct edit *edit)
{
	return edit->op == EDIT_DELETE || edit->op == EDIT_MOVE;
}

static void follow(struct follower *follower, const struct edit *edit)
{
	switch (edit->op) {
	case EDIT_ADD:
	case EDIT_MOVE:
		follow_addition(follower, edit);
		break;
	case EDIT_CHANGE:
		follower->rules[place_of(follower, edit->live_rule)] =
			edit->desired_rule;
		break;
	case EDIT_DELETE:
	case EDIT_REPLACE:
		break;
	}
	if (edit->desired_rule)
		follower->last = edit->desired_rule;
}

static bool is_rule_of_c(const struct edit *edit)
{
	const struct chain *chain =
		edit->desired_chain ? edit->desired_chain : edit->live_chain;

	return edit->kind == EDIT_RULE && strcmp(chain->name, "c") == 0;
}

/* The table made anew is an empty one; what was in it needs no message. */
static bool table_is_new(const struct plan *plan)
{
	return plan->edit_count && plan->edits[0].kind == EDIT_TABLE &&
	       plan->edits[0].op == EDIT_REPLACE;
}

static void follow_plan(struct follower *follower, const struct plan *plan)
{
	const struct chain *live = table_chain(&plan->live->tables[0], "c");

	for (size_t i = 0; i < live->rule_count && !table_is_new(plan); i++)
		insert(follower, i, &live->rules[i]);
	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct edit *edit = &plan->edits[i];

		if (is_rule_of_c(edit) && is_deletion(edit) && !edit->unsent)
			take_out(follower, edit->live_rule);
	}
	for (size_t i = 0; i < plan->edit_count; i++) {
		if (is_rule_of_c(&plan->edits[i]))
			follow(follower, &plan->edits[i]);
	}
}

static bool is_kept(const struct follower *follower, const struct rule *rule)
{
	for (size_t i = 0; i < follower->count; i++) {
		if (follower->rules[i] == rule)
			return true;
	}
	return false;
}

/* ---- what must hold ---- */

static bool goes(const struct plan *plan, enum edit_kind kind, const char *name)
{
	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct edit *edit = &plan->edits[i];

		if (edit->kind != kind || edit->op != EDIT_REPLACE)
			continue;
		if (kind == EDIT_TABLE ||
		    (kind == EDIT_CHAIN && strcmp(edit->live_chain->name, name) == 0) ||
		    (kind == EDIT_SET && strcmp(edit->live_set->name, name) == 0))
			return true;
	}
	return false;
}

static bool has_step(const struct rule *rule, enum step_kind kind)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		if (rule->steps[i].kind == kind)
			return true;
	}
	return false;
}

static bool uses_set(const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		if (rule->steps[i].kind == STEP_MATCH && rule->steps[i].match.set)
			return true;
	}
	return false;
}

static bool jumps(const struct rule *rule)
{
	return rule->steps[rule->step_count - 1].kind == STEP_VERDICT &&
	       rule->steps[rule->step_count - 1].verdict.target;
}

/* The kernel deletes no set or chain that a rule still refers to. */
static bool may_stay(const struct plan *plan, const struct rule *rule)
{
	bool set = goes(plan, EDIT_SET, "s"), chain = goes(plan, EDIT_CHAIN, "t");
	bool own = goes(plan, EDIT_CHAIN, "c"), table = goes(plan, EDIT_TABLE, NULL);

	if (own || table || (set && uses_set(rule)) || (chain && jumps(rule)))
		return false;
	return !((set || chain) && has_step(rule, STEP_FOREIGN));
}

static void check_end(const struct plan *plan, const struct follower *follower)
{
	const struct chain *desired = table_chain(&plan->desired->tables[0], "c");
	const struct chain *live = table_chain(&plan->live->tables[0], "c");

	assert_int_equal(follower->count, desired->rule_count);
	for (size_t i = 0; i < desired->rule_count; i++)
		assert_true(rule_equal(follower->rules[i], &desired->rules[i]));
	for (size_t i = 0; i < live->rule_count; i++) {
		if (is_kept(follower, &live->rules[i]))
			assert_true(may_stay(plan, &live->rules[i]));
	}
}

/* What is changed in place is not what has to go; anchors are never touched. */
static void check_edits(const struct plan *plan, const struct follower *follower)
{
	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct edit *edit = &plan->edits[i];

		if (!is_rule_of_c(edit))
			continue;
		if (edit->op == EDIT_CHANGE)
			assert_true(may_stay(plan, edit->live_rule));
		if (edit->after)
			assert_true(is_kept(follower, edit->after));
		if (edit->unsent)
			assert_int_equal(edit->op, EDIT_DELETE);
		if (edit->consequence)
			assert_true(rule_equal(edit->live_rule,
					       edit->desired_rule ? edit->desired_rule
								  : edit->live_rule));
	}
}

static void ends_at_the_desired_chain(void **state)
{
	uint32_t seed = 3;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena *arena AUTO(arena) = arena_new();
		const struct ruleset *live = random_ruleset(arena, &seed);
		const struct ruleset *desired = random_ruleset(arena, &seed);
		const struct plan *plan = plan_make(arena, live, desired);
		struct follower follower = { 0 };

		follow_plan(&follower, plan);
		check_end(plan, &follower);
		check_edits(plan, &follower);
	}
}

/* ---- many rules ---- */

enum { MANY = 10000 };

static struct ruleset *many(struct arena *arena, const char *(*word)(uint32_t i))
{
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "table inet; chain c:");
	for (uint32_t i = 0; i < MANY; i++)
		buffer_format(&text, " %s", word(i));
	return model_ruleset(arena, text.data);
}

static const char *word_of(uint32_t port, uint32_t flow)
{
	static char word[64];

	snprintf(word, sizeof(word), "%u/flow-%u", (unsigned)port, (unsigned)flow);
	return word;
}

static const char *forwards(uint32_t i)
{
	return word_of(i, i);
}

static const char *backwards(uint32_t i)
{
	return word_of(MANY - 1 - i, MANY - 1 - i);
}

static const char *other_ports(uint32_t i)
{
	return word_of(20000 + i, i);
}

static const char *other_flows(uint32_t i)
{
	return word_of(20000 + i, 20000 + i);
}

static const char *one_flow(uint32_t i)
{
	return word_of(20000 + i, 0);
}

static const char *one_rule(uint32_t i)
{
	(void)i;
	return "1/x";
}

static const char *two_rules(uint32_t i)
{
	return i % 2 ? "1/x" : "2/x";
}

static const char *without_comment(uint32_t i)
{
	return i % 7 ? "1" : "2";
}

/* clang-format off */
static struct many_case {
	const char *name;
	const char *(*live)(uint32_t i), *(*desired)(uint32_t i);
	size_t add, change, delete;
} many_cases[] = {
	{ "many: equal",            forwards,    forwards,    0,    0,        0 },
	{ "many: turned round",     forwards,    backwards,   0,    MANY - 1, 0 },
	{ "many: all changed",      forwards,    other_ports, 0,    MANY,     0 },
	{ "many: all others",       forwards,    other_flows, MANY, 0,        MANY },
	{ "many: to one flow",      forwards,    one_flow,    MANY - 1, 1,    MANY - 1 },
	{ "many: one flow's",       one_flow,    one_flow,    0,    0,        0 },
	{ "many: half the same",    one_rule,    two_rules,   MANY / 2 - 1, 1,  MANY / 2 - 1 },
	{ "many: half gone",        two_rules,   one_rule,    MANY / 2 - 1, 1,  MANY / 2 - 1 },
};

/* clang-format on */

/* Nothing of this is quadratic: a second's work would be, a hundred times over. */
static void is_quick(void **state)
{
	const struct many_case *c = *state;
	struct arena *arena AUTO(arena) = arena_new();
	const struct ruleset *live = many(arena, c->live);
	const struct ruleset *desired = many(arena, c->desired);
	clock_t start = clock();
	const struct plan *plan = plan_make(arena, live, desired);

	assert_in_range((size_t)(clock() - start) / CLOCKS_PER_SEC, 0, 4);
	assert_int_equal(plan->summary.add, c->add);
	assert_int_equal(plan->summary.change, c->change);
	assert_int_equal(plan->summary.delete, c->delete);
}

/* Hardly any rule differs from another: the pairs are few, and in order. */
static void is_quick_among_equals(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	const struct ruleset *live = many(arena, without_comment);
	const struct ruleset *desired = many(arena, two_rules);
	clock_t start = clock();
	const struct plan *plan = plan_make(arena, live, desired);

	(void)state;
	assert_in_range((size_t)(clock() - start) / CLOCKS_PER_SEC, 0, 4);
	assert_int_equal(plan->summary.add, plan->summary.delete);
	assert_int_equal(plan->summary.add + plan->summary.change, MANY);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(many_cases) + 2] = {
		cmocka_unit_test(ends_at_the_desired_chain),
		cmocka_unit_test(is_quick_among_equals),
	};

	for (size_t i = 0; i < COUNT_OF(many_cases); i++)
		tests[2 + i] = (struct CMUnitTest){
			.name = many_cases[i].name,
			.test_func = is_quick,
			.initial_state = &many_cases[i],
		};
	return cmocka_run_group_tests_name("following plans", tests, NULL, NULL);
}
