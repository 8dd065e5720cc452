/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs of rule sets, and the edits between them in short. */
#include "plan/plan.h"
#include "support/test.h"

#include "model.h"

static const char *const op_signs[] = {
	[EDIT_ADD] = "+",  [EDIT_DELETE] = "-",  [EDIT_CHANGE] = "~",
	[EDIT_MOVE] = ">", [EDIT_REPLACE] = "!",
};

static void print_element(struct buffer *out, const struct set *set, size_t i)
{
	const uint8_t *entry = set_entry(set, i);

	buffer_format(out, "element %s %u", set->name,
		      datatype_number(DATATYPE_INET_SERVICE, entry));
	if (set->interval && memcmp(entry, entry + 2, 2) != 0)
		buffer_format(out, "-%u",
			      datatype_number(DATATYPE_INET_SERVICE, entry + 2));
}

static void print_rule(struct buffer *out, const struct edit *edit)
{
	const struct chain *chain =
		edit->live_chain ? edit->live_chain : edit->desired_chain;

	buffer_format(out, "rule %s", chain->name);
	if (edit->op != EDIT_ADD)
		buffer_format(out, " %zu", edit->live_index);
	if (edit->op == EDIT_ADD || edit->op == EDIT_MOVE)
		buffer_format(out, " to %zu", edit->desired_index);
	if (edit->after)
		buffer_format(out, " after %d", (int)edit->after->kernel_handle);
}

static void print_edit(struct buffer *out, const struct edit *edit)
{
	const struct table *table =
		edit->live_table ? edit->live_table : edit->desired_table;

	buffer_format(out, "%s%s%s", edit->consequence ? "*" : "",
		      edit->unsent ? "#" : "", op_signs[edit->op]);
	switch (edit->kind) {
	case EDIT_TABLE:
		buffer_format(out, "table %s", table_family_names[table->family]);
		break;
	case EDIT_CHAIN:
		buffer_format(
			out, "chain %s",
			(edit->live_chain ? edit->live_chain : edit->desired_chain)
				->name);
		break;
	case EDIT_SET:
		buffer_format(
			out, "set %s",
			(edit->live_set ? edit->live_set : edit->desired_set)->name);
		break;
	case EDIT_ELEMENT:
		if (edit->op == EDIT_DELETE)
			print_element(out, edit->live_set, edit->live_index);
		else
			print_element(out, edit->desired_set, edit->desired_index);
		break;
	case EDIT_RULE:
		print_rule(out, edit);
		break;
	case EDIT_OBJECT:
		buffer_format(out, "object %s", edit->object->name);
		break;
	}
	if (edit->what)
		buffer_format(out, " (%s)", edit->what);
}

#define INPUT "table inet; chain input hook=input policy=drop"

/* clang-format off */
static struct diff_case {
	const char *name, *live, *desired, *edits;
} cases[] = {
	/* tables */
	{ "nothing on either side", "", "", "" },
	{ "equal", INPUT ": 1 2", INPUT ": 1 2", "" },
	{ "from nothing", "",
	  INPUT ": 1 @s; chain other: 2; set s: 7 8; table netdev; chain in: 3",
	  "+table inet; +chain input; +chain other; +set s; +element s 7; +element s 8; "
	  "+rule input to 0; +rule input to 1; +rule other to 0; "
	  "+table netdev; +chain in; +rule in to 0" },
	{ "unload", INPUT ": 1; set s: 7; table netdev; chain in: 3", "",
	  "-table inet; -table netdev" },
	{ "a table too many", INPUT ": 1; table netdev; chain in: 3", INPUT ": 1",
	  "-table netdev" },
	{ "a table is missing", INPUT ": 1", INPUT ": 1; table netdev; chain in: 3",
	  "+table netdev; +chain in; +rule in to 0" },
	{ "a dormant table", "table inet dormant; chain c: 1", "table inet; chain c: 1",
	  "~table inet (dormant: yes -> no)" },
	{ "a table's comment",
	  "table inet comment=x; chain c: 1 9 4; set s: 7 9; chain gone: 8",
	  "table inet; chain c: 1 2 4/z; set s: 7 8",
	  "!table inet (comment: \"x\" -> none); *+chain c; #-chain gone; "
	  "*+set s; *+element s 7; +element s 8; #-element s 9; "
	  "*+rule c to 0; #-rule c 1; +rule c to 1; #-rule c 2; +rule c to 2; "
	  "*#-rule gone 0" },
	{ "a table's flags", "table inet flags=2", "table inet",
	  "!table inet (other flags: 0x2 -> 0)" },
	{ "a table both dormant and commented", "table inet dormant comment=x",
	  "table inet",
	  "!table inet (comment: \"x\" -> none; dormant: yes -> no)" },

	/* chains */
	{ "a policy", "table inet; chain c hook=input policy=accept: 1",
	  "table inet; chain c hook=input policy=drop: 1",
	  "~chain c (policy: accept -> drop)" },
	{ "a priority",
	  "table inet; chain c hook=input policy=drop priority=5: 1 2",
	  "table inet; chain c hook=input policy=drop: 1 2",
	  "!chain c (priority: 5 -> 0); *-rule c 0; *+rule c to 0; *-rule c 1; "
	  "*+rule c to 1" },
	{ "a hook and a policy", "table inet; chain c hook=output policy=accept",
	  "table inet; chain c hook=input policy=drop",
	  "!chain c (hook: output -> input; policy: accept -> drop)" },
	{ "a base chain unhooked", "table inet; chain c",
	  "table inet; chain c hook=input policy=drop",
	  "!chain c (base chain: no -> yes)" },
	{ "a chain's comment", "table inet; chain c comment=x: 1", "table inet; chain c: 1",
	  "!chain c (comment: \"x\" -> none); *-rule c 0; *+rule c to 0" },
	{ "devices", "table netdev; chain c hook=ingress devices=b,a",
	  "table netdev; chain c hook=ingress devices=a,c,b",
	  "!chain c (devices: a, b -> a, b, c)" },
	{ "devices in another order", "table netdev; chain c hook=ingress devices=b,a",
	  "table netdev; chain c hook=ingress devices=a,b", "" },
	{ "a chain not understood", "table inet; chain c foreign=hw", "table inet; chain c",
	  "!chain c (not understood: \"hw\" -> none)" },
	{ "a chain made anew, with a change inside",
	  "table inet; chain c comment=x: 1 9/a 3 4", "table inet; chain c: 1 8/a 4 3",
	  "!chain c (comment: \"x\" -> none); *-rule c 0; *+rule c to 0; -rule c 1; "
	  "+rule c to 1; *-rule c 3; *+rule c to 2; >rule c 2 to 3" },
	{ "a chain made anew, and who jumps to it",
	  "table inet; chain a: 1 >c 2 m{5>c}; chain c comment=x; set m map: 1>c 2=drop",
	  "table inet; chain a: 1 >c 2 m{5>c}; chain c; set m map: 1>c 2=drop",
	  "!chain c (comment: \"x\" -> none); *-element m 1; *+element m 1; "
	  "*-rule a 1; *+rule a to 1 after 100; *-rule a 3; *+rule a to 3 after 102" },
	{ "a chain too many", INPUT ": 1; chain evil: 2 3", INPUT ": 1",
	  "-chain evil; *-rule evil 0; *-rule evil 1" },
	{ "a chain too many, in use", INPUT ": 1 >evil 2; chain evil: 3", INPUT ": 1 2",
	  "-chain evil; -rule input 1; *-rule evil 0" },
	{ "a chain is missing", INPUT ": 1", INPUT ": 1; chain other: 2",
	  "+chain other; +rule other to 0" },
	{ "chains in another order", "table inet; chain b: 2; chain a: 1",
	  "table inet; chain a: 1; chain b: 2", "" },

	/* sets */
	{ "a set too many", "table inet; set s: 1; set t: 2", "table inet; set s: 1",
	  "-set t" },
	{ "a set is missing", "table inet; set s: 1", "table inet; set s: 1; set t: 2 3",
	  "+set t; +element t 2; +element t 3" },
	{ "a set's size, and who uses it",
	  INPUT ": 1 @s 2; set s size=5: 1 3; chain b: 1",
	  INPUT ": 1 @s 2; set s: 1 2; chain b: 1",
	  "!set s (size: 5 -> 0); *+element s 1; +element s 2; #-element s 3; "
	  "*-rule input 1; *+rule input to 1 after 100" },
	{ "a set's comment", "table inet; set s comment=x: 1", "table inet; set s: 1",
	  "!set s (comment: \"x\" -> none); *+element s 1" },
	{ "a set's kind", "table inet; set s: 1", "table inet; set s interval: 1-4",
	  "!set s (interval: no -> yes); +element s 1-4" },
	{ "a set not understood", "table inet; set s foreign=gc: 1", "table inet; set s: 1",
	  "!set s (not understood: \"gc\" -> none); *+element s 1" },
	{ "rules behind one that is made anew",
	  INPUT ": @s 1; set s size=5", INPUT ": @s 9 1; set s",
	  "!set s (size: 5 -> 0); *-rule input 0; *+rule input to 0; +rule input to 1" },
	{ "a changed rule that used a replaced set",
	  INPUT ": 1 @s/a 2; set s size=5", INPUT ": 1 7/a 2; set s",
	  "!set s (size: 5 -> 0); -rule input 1; +rule input to 1 after 100" },
	{ "a changed rule that used a set too many",
	  INPUT ": 1 @evil/a 2; set evil: 6", INPUT ": 1 7/a 2",
	  "-set evil; -rule input 1; +rule input to 1 after 100" },
	{ "a dynamic set's elements", "table inet; set s dynamic: 1 2",
	  "table inet; set s dynamic: 3", "" },

	/* elements */
	{ "elements", "table inet; set s: 1 3 5 7", "table inet; set s: 2 3 7 9",
	  "-element s 1; +element s 2; -element s 5; +element s 9" },
	{ "elements in another order", "table inet; set s: 3 1 2",
	  "table inet; set s: 1 2 3", "" },
	{ "an interval's end", "table inet; set s interval: 1-4 9",
	  "table inet; set s interval: 1-5 9", "-element s 1-4; +element s 1-5" },
	{ "an element's comment", "table inet; set s: 1/x 2/y", "table inet; set s: 1/x 2/z",
	  "~element s 2 (comment: \"y\" -> \"z\")" },
	{ "an element's comment is new", "table inet; set s: 1 2", "table inet; set s: 1 2/z",
	  "~element s 2 (comment: none -> \"z\")" },
	{ "an element's counter", "table inet; set s: 1+", "table inet; set s: 1",
	  "!set s (counters: yes -> no); +element s 1 (counter: yes -> no)" },
	{ "an element's verdict", "table inet; set m map: 1=accept",
	  "table inet; set m map: 1=drop",
	  "~element m 1 (verdict: accept -> drop)" },
	{ "an element's target", "table inet; chain a; chain b; set m map: 1>a",
	  "table inet; chain a; chain b; set m map: 1>b",
	  "~element m 1 (target: \"a\" -> \"b\")" },
	{ "the last element", "table inet; set s: 1", "table inet; set s", "-element s 1" },

	/* objects */
	{ "objects", "table inet; object quota; flowtable fast; chain c: 1 ?q",
	  "table inet; chain c: 1", "-object quota; -object fast; -rule c 1" },
	{ "a changed rule that may use an object",
	  "table inet; object quota; chain c: 1 ?q/a", "table inet; chain c: 1 2/a",
	  "-object quota; -rule c 1; +rule c to 1 after 100" },

	/* rules */
	{ "a rule at the head", INPUT ": 1 2", INPUT ": 9 1 2", "+rule input to 0" },
	{ "a rule in the middle", INPUT ": 1 2", INPUT ": 1 9 2",
	  "+rule input to 1 after 100" },
	{ "rules at the tail", INPUT ": 1 2", INPUT ": 1 2 8 9",
	  "+rule input to 2 after 101; +rule input to 3" },
	{ "a rule too many", INPUT ": 1 9 2", INPUT ": 1 2", "-rule input 1" },
	{ "all rules flushed", INPUT, INPUT ": 1 2", "+rule input to 0; +rule input to 1" },
	{ "a rule moved back", INPUT ": 1 2 3 4 5", INPUT ": 2 3 4 1 5",
	  ">rule input 0 to 3 after 103" },
	{ "a rule moved to the head", INPUT ": 1 2 3 4", INPUT ": 4 1 2 3",
	  ">rule input 3 to 0" },
	{ "two neighbours change places", INPUT ": 1 2 3 4", INPUT ": 1 3 2 4",
	  ">rule input 1 to 2 after 102" },
	{ "two rules moved together", INPUT ": 1 2 3 4 5", INPUT ": 3 4 5 1 2",
	  ">rule input 0 to 3 after 104; >rule input 1 to 4" },
	{ "a port", INPUT ": 1/a 22/ssh 3/b", INPUT ": 1/a 23/ssh 3/b", "~rule input 1" },
	{ "a verdict", INPUT ": 1 !22/ssh 3", INPUT ": 1 22/ssh 3", "~rule input 1" },
	{ "a comment", INPUT ": 1/a 2/x 3/b", INPUT ": 1/a 2/y 3/b", "~rule input 1" },
	{ "a comment lost, and a port", INPUT ": 1/a 9 3/b", INPUT ": 1/a 2/y 3/b",
	  "~rule input 1" },
	{ "two neighbours changed by hand", INPUT ": 1/a 8 9 4/b", INPUT ": 1/a 2/x 3/y 4/b",
	  "~rule input 1; ~rule input 2" },
	{ "one flow goes, another comes", INPUT ": 1/a 2/x 3/x 4/b",
	  INPUT ": 1/a 5/y 6/y 4/b",
	  "+rule input to 1 after 100; +rule input to 2; -rule input 1; -rule input 2" },
	{ "a flow with more rules", INPUT ": 1/a 2/x 4/b", INPUT ": 1/a 5/x 6/x 4/b",
	  "~rule input 1; +rule input to 2" },
	{ "behind a changed rule", INPUT ": 2/x 4/b", INPUT ": 5/x 9/y 4/b",
	  "~rule input 0; +rule input to 1" },
	{ "one of two equal rules goes", INPUT ": 1 1 2", INPUT ": 1 2", "-rule input 1" },
	{ "a rule twice", INPUT ": 1 2", INPUT ": 1 2 1", "+rule input to 2 after 101" },
	{ "a rule twice, one moved", INPUT ": 1 1 2", INPUT ": 1 2 1",
	  ">rule input 1 to 2 after 102" },
	{ "counters' presence counts", INPUT ": +1/a", INPUT ": 1/a", "~rule input 0" },
	{ "a rule not rolewall's", INPUT ": 1 ?evil 2", INPUT ": 1 2", "-rule input 1" },
	{ "a move and a change", INPUT ": 1 2 3/a 4", INPUT ": 2 9/a 4 1",
	  "~rule input 2; >rule input 0 to 3 after 103" },
	{ "a moved rule into another chain", "table inet; chain a: 1 2; chain b: 3",
	  "table inet; chain a: 2; chain b: 3 1",
	  "-rule a 0; +rule b to 1 after 102" },
};

/* clang-format on */

static void finds_edits(void **state)
{
	const struct diff_case *c = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer edits AUTO_BUFFER = { 0 };
	const struct ruleset *live = model_ruleset(arena, c->live);
	const struct ruleset *desired = model_ruleset(arena, c->desired);
	const struct plan *plan = plan_make(arena, live, desired);

	for (size_t i = 0; i < plan->edit_count; i++) {
		buffer_text(&edits, i ? "; " : "");
		print_edit(&edits, &plan->edits[i]);
	}
	assert_string_equal(edits.data ? edits.data : "", c->edits);
	assert_int_equal(plan_is_empty(plan), !*c->edits);
	assert_int_equal(plan->from_nothing, !*c->live);
	assert_true(plan_is_empty(plan_make(arena, desired, desired)));
}

static void counts(void **state)
{
	(void)state;

	struct arena *arena AUTO(arena) = arena_new();
	const struct plan *plan = plan_make(
		arena, model_ruleset(arena, INPUT ": 1 2/a 3 4; set s size=5: 1 2"),
		model_ruleset(arena, INPUT ": 7/a 3 4 1 8/b; set s: 1 3"));

	/* 8 is new, element 3 too; element 2 goes; a move, a change, a replaced set */
	assert_int_equal(plan->summary.add, 2);
	assert_int_equal(plan->summary.delete, 1);
	assert_int_equal(plan->summary.change, 3);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases) + 1];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = finds_edits,
			.initial_state = &cases[i],
		};
	tests[COUNT_OF(cases)] = (struct CMUnitTest){
		.name = "summary",
		.test_func = counts,
	};
	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
