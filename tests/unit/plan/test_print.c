/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans as people read them, to the byte. */
#include "plan/plan.h"
#include "support/test.h"

#include "model.h"

#define INPUT "table inet; chain input hook=input policy=drop"
#define TITLE "sensor-1: inet rolewall, kernel generation 41\n\n"

/* clang-format off */
static struct print_case {
	const char *name, *live, *desired, *text;
} cases[] = {
	{ "nothing on either side",
	  "",
	  "",
	  "sensor-1: kernel generation 41\n"
	  "\n"
	  "no change.\n" },

	{ "a first load",
	  "",
	  INPUT ": 1/a.b @s; chain other: 2; set s: 7 8; table netdev; chain in: 3",
	  TITLE
	  "+ table inet rolewall\n"
	  "+ chain input: type filter hook input priority filter; policy drop;\n"
	  "+   tcp dport 1 accept    # a.b, plant.cfg:1\n"
	  "+   tcp dport @s accept   # plant.cfg:2\n"
	  "+ chain other\n"
	  "+   tcp dport 2 accept    # plant.cfg:3\n"
	  "+ set s: type inet_service;\n"
	  "+   7, 8\n"
	  "\n"
	  "sensor-1: netdev rolewall, kernel generation 41\n"
	  "\n"
	  "+ table netdev rolewall\n"
	  "+ chain in\n"
	  "+   tcp dport 3 accept   # plant.cfg:4\n"
	  "\n"
	  "4 rules to add, 2 elements to add, 1 set to add, 3 chains to add, 2 tables to add.\n" },

	{ "unload",
	  INPUT ": 1 2; set s: 7; table netdev; chain in: 3",
	  "",
	  TITLE
	  "- table inet rolewall: 1 chain, 2 rules, 1 set\n"
	  "\n"
	  "sensor-1: netdev rolewall, kernel generation 41\n"
	  "\n"
	  "- table netdev rolewall: 1 chain, 1 rule, 0 sets\n"
	  "\n"
	  "2 tables to remove.\n" },

	{ "rules by hand, gone and wanted",
	  INPUT ": 1/a 8080 3/plant.b 4/a 6/ping ?evil",
	  INPUT ": 1/a 5/x.y 2/a; chain other: 9/p",
	  TITLE
	  "  chain input\n"
	  "+   tcp dport 5 accept      # x.y, plant.cfg:2\n"
	  "-   tcp dport 8080 accept   # not rolewall's: added by hand\n"
	  "-   tcp dport 3 accept      # plant.b, no longer in the site\n"
	  "-   tcp dport 4 accept\n"
	  "+   tcp dport 2 accept      # a, plant.cfg:3\n"
	  "-   tcp dport 6 accept      # ping: the site asks for no such rule\n"
	  "-   [foreign: evil]         # not rolewall's: added by hand\n"
	  "+ chain other\n"
	  "+   tcp dport 9 accept      # p, plant.cfg:4\n"
	  "\n"
	  "2 rules to add, 1 to change, 4 to remove, 1 chain to add.\n" },

	{ "a rule changed",
	  INPUT ": 1/a 22/ssh 3/b",
	  INPUT ": 1/a 23/ssh 3/b",
	  TITLE
	  "  chain input\n"
	  "-   tcp dport 22 accept\n"
	  "+   tcp dport 23 accept   # ssh, plant.cfg:2\n"
	  "\n"
	  "1 rule to change.\n" },

	{ "a comment changed",
	  INPUT ": 1/a 2/x 3/b",
	  INPUT ": 1/a 2/y 3/b",
	  TITLE
	  "  chain input\n"
	  "-   tcp dport 2 accept   # x: the site asks for no such rule\n"
	  "+   tcp dport 2 accept   # y, plant.cfg:2\n"
	  "\n"
	  "1 rule to change.\n" },

	{ "a comment lost",
	  INPUT ": 1/a 2 3/b",
	  INPUT ": 1/a 2/y 3/b",
	  TITLE
	  "  chain input\n"
	  "-   tcp dport 2 accept   # without a comment\n"
	  "+   tcp dport 2 accept   # y, plant.cfg:2\n"
	  "\n"
	  "1 rule to change.\n" },

	{ "one flow for another",
	  INPUT ": 1/a 2/p.old 3/b 4/c 5/a 6/b",
	  INPUT ": 1/a 7/p.new 3/b 8/a 5/a 6/b",
	  TITLE
	  "  chain input\n"
	  "-   tcp dport 2 accept   # p.old, no longer in the site\n"
	  "+   tcp dport 7 accept   # p.new, plant.cfg:2\n"
	  "-   tcp dport 4 accept   # c: the site asks for no such rule\n"
	  "+   tcp dport 8 accept   # a, plant.cfg:4\n"
	  "\n"
	  "2 rules to change.\n" },

	{ "a rule moved",
	  INPUT ": 1/a 2/b 3/c 4/d",
	  INPUT ": 2/b 3/c 1/a 4/d",
	  TITLE
	  "  chain input\n"
	  "~   tcp dport 1 accept   # moved from place 1 to 3; a, plant.cfg:3\n"
	  "\n"
	  "1 rule to move.\n" },

	{ "a policy",
	  "table inet; chain input hook=input policy=accept: 1/a",
	  INPUT ": 1/a",
	  TITLE
	  "~ chain input (policy: accept -> drop)\n"
	  "\n"
	  "1 chain to change.\n" },

	{ "a chain made anew",
	  "table inet; chain c hook=input policy=drop priority=5: 1/a 2/b; chain evil: 3",
	  "table inet; chain c hook=input policy=drop: 1/a 4/w 2/b",
	  TITLE
	  "~ chain c, made anew (priority: 5 -> 0)\n"
	  "=   tcp dport 1 accept   # a: made anew with its chain\n"
	  "+   tcp dport 4 accept   # w, plant.cfg:2\n"
	  "=   tcp dport 2 accept   # b: made anew with its chain\n"
	  "- chain evil\n"
	  "-   tcp dport 3 accept   # goes with its chain\n"
	  "\n"
	  "1 rule to add, 1 chain to make anew, 1 to remove.\n" },

	{ "a set made anew",
	  INPUT ": 1/a @s/b; set s size=5: 1 2 3",
	  INPUT ": 1/a @s/b; set s: 2 3 4",
	  TITLE
	  "  chain input\n"
	  "=   tcp dport @s accept    # b: made anew with what it refers to\n"
	  "~ set s, made anew (size: 5 -> 0)\n"
	  "=   2 elements as before   # made anew\n"
	  "-   1\n"
	  "+   4\n"
	  "\n"
	  "1 element to add, 1 to remove, 1 set to make anew.\n" },

	{ "a table made anew",
	  "table inet comment=x; chain c: 1/a 9 4; set s: 7 9; chain gone: 8",
	  "table inet; chain c: 1/a 2 4/z; set s: 7 8",
	  TITLE
	  "~ table inet rolewall, made anew (comment: \"x\" -> none)\n"
	  "= chain c                 # made anew with its table\n"
	  "=   tcp dport 1 accept    # a: made anew with its table\n"
	  "-   tcp dport 9 accept    # not rolewall's: added by hand\n"
	  "+   tcp dport 2 accept    # plant.cfg:2\n"
	  "-   tcp dport 4 accept    # not rolewall's: added by hand\n"
	  "+   tcp dport 4 accept    # z, plant.cfg:3\n"
	  "- chain gone\n"
	  "-   tcp dport 8 accept    # goes with its chain\n"
	  "= set s                   # made anew with its table\n"
	  "=   1 element as before   # made anew\n"
	  "-   9\n"
	  "+   8\n"
	  "\n"
	  "2 rules to add, 2 to remove, 1 element to add, 1 to remove, 1 chain to remove, 1 "
	  "table to make anew.\n" },

	{ "a dormant table",
	  "table inet dormant; chain c: 1",
	  "table inet; chain c: 1",
	  TITLE
	  "~ table inet rolewall (dormant: yes -> no)\n"
	  "\n"
	  "1 table to change.\n" },

	{ "a map",
	  "table inet; chain a; set m map: 1>a 2=accept 3=drop",
	  "table inet; chain a; set m map: 1>a 2=drop 4=drop",
	  TITLE
	  "  map m\n"
	  "-   3 : drop\n"
	  "~   2 : drop (verdict: accept -> drop)\n"
	  "+   4 : drop\n"
	  "\n"
	  "1 element to add, 1 to change, 1 to remove.\n" },

	{ "elements of a chain that is made anew",
	  "table inet; chain a comment=x; set m map: 1>a 2>a",
	  "table inet; chain a; set m map: 1>a 2>a",
	  TITLE
	  "~ chain a, made anew (comment: \"x\" -> none)\n"
	  "  map m\n"
	  "=   2 elements as before   # made anew\n"
	  "\n"
	  "1 chain to make anew.\n" },

	{ "more elements than are shown",
	  "table inet; set s: 1 2 3/x",
	  "table inet; set s: 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 "
	  "27 28 29 30 31 32 33 34 35 36 37 38 39 40",
	  TITLE
	  "  set s\n"
	  "-   1, 2\n"
	  "~   3 (comment: \"x\" -> none)\n"
	  "+   4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20\n"
	  "    ... and 20 more: 20 to add\n"
	  "\n"
	  "37 elements to add, 1 to change, 2 to remove.\n" },

	{ "more elements of each kind",
	  "table inet; set s: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25",
	  "table inet; set s: 1/x 2/x 50 51 52",
	  TITLE
	  "  set s\n"
	  "-   3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20\n"
	  "~   1 comment \"x\" (comment: none -> \"x\"), 2 comment \"x\" (comment: none -> \"x\")\n"
	  "    ... and 8 more: 3 to add, 5 to remove\n"
	  "\n"
	  "3 elements to add, 2 to change, 23 to remove.\n" },

	{ "long elements go over several lines",
	  "table inet; set s interval",
	  "table inet; set s interval: 10000-10010 10020-10030 10040-10050 10060-10070 "
	  "10080-10090 10100-10110 10120-10130 10140-10150 10160-10170 10180-10190 10200-10210 "
	  "10220-10230",
	  TITLE
	  "  set s\n"
	  "+   10000-10010, 10020-10030, 10040-10050, 10060-10070, 10080-10090, 10100-10110\n"
	  "+   10120-10130, 10140-10150, 10160-10170, 10180-10190, 10200-10210, 10220-10230\n"
	  "\n"
	  "12 elements to add.\n" },

	{ "objects",
	  "table inet; object quota; flowtable fast",
	  "table inet",
	  TITLE
	  "- object quota     # not rolewall's: added by hand\n"
	  "- flowtable fast   # not rolewall's: added by hand\n"
	  "\n"
	  "2 objects to remove.\n" },

	{ "text from the kernel",
	  "table inet; chain e\x1bvil: 1/\x1b[2Jx; set \xe2\x80\xaes: 4/\x07; object o\x9b",
	  "table inet",
	  TITLE
	  "- chain e\\x1bvil\n"
	  "-   tcp dport 1 accept   # goes with its chain\n"
	  "- set \\xe2\\x80\\xaes: type inet_service;\n"
	  "- object o\\x9b           # not rolewall's: added by hand\n"
	  "\n"
	  "1 set to remove, 1 chain to remove, 1 object to remove.\n" },

	{ "a wide rule does not push the notes away",
	  INPUT ": 1/a m{1=drop,2=drop,3=drop,4=drop,5=drop,6=drop,7=drop,8=drop,9=drop}/w",
	  INPUT ": 1/a 2/b",
	  TITLE
	  "  chain input\n"
	  "-   tcp dport vmap { 1 : drop, 2 : drop, 3 : drop, 4 : drop, 5 : drop, 6 : drop, 7 "
	  ": drop, 8 : drop, 9 : drop }   # w: the site asks for no such rule\n"
	  "+   tcp dport 2 accept   # b, plant.cfg:2\n"
	  "\n"
	  "1 rule to change.\n" },

	{ "wide characters",
	  INPUT ": @\xe6\xbc\xa2\xe5\xad\x97 22 1/a",
	  INPUT ": 1/a",
	  TITLE
	  "  chain input\n"
	  "-   tcp dport @\"\xe6\xbc\xa2\xe5\xad\x97\" accept   # not rolewall's: added by hand\n"
	  "-   tcp dport 22 accept        # not rolewall's: added by hand\n"
	  "\n"
	  "2 rules to remove.\n" },
};

/* clang-format on */

static const struct source source = { .name = "plant.cfg" };

static const struct plan *make(struct arena *arena, const char *before,
			       const char *after)
{
	struct ruleset *live = model_ruleset(arena, before);

	live->generation = 41;
	return plan_make(arena, live, model_ruleset_of(arena, after, &source));
}

static void prints(void **state)
{
	const struct print_case *c = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer text AUTO_BUFFER = { 0 };

	plan_print(make(arena, c->live, c->desired),
		   &(struct plan_print_options){ .host = "sensor-1" }, &text);
	assert_string_equal(text.data, c->text);
}

static void names_what_is_compared(void **state)
{
	(void)state;

	struct arena *arena AUTO(arena) = arena_new();
	struct buffer text AUTO_BUFFER = { 0 };
	struct plan_print_options options = { .against = "old\x1b.rules" };

	plan_print(make(arena, "", "table inet"), &options, &text);
	plan_print(make(arena, "", ""), &options, &text);
	assert_string_equal(text.data, "inet rolewall, against old\\x1b.rules\n\n"
				       "+ table inet rolewall\n\n"
				       "1 table to add.\n"
				       "against old\\x1b.rules\n\n"
				       "no change.\n");
}

static void colors(void **state)
{
	(void)state;

	struct arena *arena AUTO(arena) = arena_new();
	struct buffer text AUTO_BUFFER = { 0 };
	const struct plan *plan =
		make(arena, "table inet; chain c comment=x: 1/a 2; chain d: 3 4/d",
		     "table inet; chain c: 1/a 9/b; chain d: 4/d 3");

	plan_print(plan, &(struct plan_print_options){ .color = true }, &text);
	assert_string_equal(
		text.data,
		"\x1b[1minet rolewall, kernel generation 41\x1b[0m\n\n"
		"\x1b[33m~ chain c, made anew (comment: \"x\" -> none)\x1b[0m\n"
		"\x1b[2m=   tcp dport 1 accept\x1b[0m   "
		"\x1b[2m# a: made anew with its chain\x1b[0m\n"
		"\x1b[31m-   tcp dport 2 accept\x1b[0m   "
		"\x1b[2m# not rolewall's: added by hand\x1b[0m\n"
		"\x1b[32m+   tcp dport 9 accept\x1b[0m   "
		"\x1b[2m# b, plant.cfg:2\x1b[0m\n"
		"  chain d\n"
		"\x1b[33m~   tcp dport 3 accept\x1b[0m   "
		"\x1b[2m# moved from place 1 to 2; plant.cfg:4\x1b[0m\n\n"
		"1 rule to add, 1 to move, 1 to remove, 1 chain to make anew.\n");
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases) + 2] = {
		cmocka_unit_test(names_what_is_compared),
		cmocka_unit_test(colors),
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[2 + i] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = prints,
			.initial_state = &cases[i],
		};
	return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
