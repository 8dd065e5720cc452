/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans as JSON: each kind of edit, both sides, and where it comes from. */
#include "plan/plan.h"
#include "support/test.h"

#include "model.h"

static const struct source source = { .name = "plant.cfg" };

static json_t *plan_of(struct arena *arena, const char *before, const char *after)
{
	struct ruleset *live = model_ruleset(arena, before);
	json_t *json;

	live->generation = 41;
	json = plan_json(
		plan_make(arena, live, model_ruleset_of(arena, after, &source)));
	assert_non_null(json);
	return json;
}

/* clang-format off */
static struct change_case {
	const char *name, *live, *desired, *changes;
} cases[] = {
	{ "none", "table inet; chain c: 1", "table inet; chain c: 1", "[]" },
	{ "a table comes", "", "table inet",
	  "[{\"op\":\"add\",\"kind\":\"table\",\"table\":\"inet rolewall\",\"chain\":null,"
	  "\"set\":null,\"before\":null,\"after\":\"table inet rolewall\",\"what\":null,"
	  "\"flow\":null,\"origin\":null,\"consequence\":false}]" },
	{ "a table changes", "table netdev dormant", "table netdev",
	  "[{\"op\":\"change\",\"kind\":\"table\",\"table\":\"netdev rolewall\","
	  "\"chain\":null,\"set\":null,"
	  "\"before\":\"table netdev rolewall; flags dormant\","
	  "\"after\":\"table netdev rolewall\",\"what\":\"dormant: yes -> no\","
	  "\"flow\":null,\"origin\":null,\"consequence\":false}]" },
	{ "a policy", "table inet; chain c hook=input policy=accept",
	  "table inet; chain c hook=input policy=drop",
	  "[{\"op\":\"change\",\"kind\":\"chain\",\"table\":\"inet rolewall\","
	  "\"chain\":\"c\",\"set\":null,"
	  "\"before\":\"type filter hook input priority filter; policy accept;\","
	  "\"after\":\"type filter hook input priority filter; policy drop;\","
	  "\"what\":\"policy: accept -> drop\",\"flow\":null,\"origin\":null,"
	  "\"consequence\":false}]" },
	{ "a rule comes", "table inet; chain c: 1/a", "table inet; chain c: 1/a 2/b",
	  "[{\"op\":\"add\",\"kind\":\"rule\",\"table\":\"inet rolewall\",\"chain\":\"c\","
	  "\"set\":null,\"before\":null,"
	  "\"after\":\"tcp dport 2 accept comment \\\"b\\\"\",\"what\":null,"
	  "\"flow\":\"b\",\"origin\":{\"file\":\"plant.cfg\",\"line\":2},"
	  "\"consequence\":false}]" },
	{ "a rule goes", "table inet; chain c: 1/a ?\x1b[2J", "table inet; chain c: 1/a",
	  "[{\"op\":\"delete\",\"kind\":\"rule\",\"table\":\"inet rolewall\","
	  "\"chain\":\"c\",\"set\":null,\"before\":\"[foreign: \\\\x1b[2J]\",\"after\":null,"
	  "\"what\":null,\"flow\":null,\"origin\":null,\"consequence\":false}]" },
	{ "a rule changes", "table inet; chain c: 1/a", "table inet; chain c: 2/a",
	  "[{\"op\":\"change\",\"kind\":\"rule\",\"table\":\"inet rolewall\","
	  "\"chain\":\"c\",\"set\":null,"
	  "\"before\":\"tcp dport 1 accept comment \\\"a\\\"\","
	  "\"after\":\"tcp dport 2 accept comment \\\"a\\\"\",\"what\":null,"
	  "\"flow\":\"a\",\"origin\":{\"file\":\"plant.cfg\",\"line\":1},"
	  "\"consequence\":false}]" },
	{ "elements", "table inet; set s: 1 2/x", "table inet; set s: 2/y 3",
	  "[{\"op\":\"delete\",\"kind\":\"element\",\"table\":\"inet rolewall\","
	  "\"chain\":null,\"set\":\"s\",\"before\":\"1\",\"after\":null,\"what\":null,"
	  "\"flow\":null,\"origin\":null,\"consequence\":false},"
	  "{\"op\":\"change\",\"kind\":\"element\",\"table\":\"inet rolewall\","
	  "\"chain\":null,\"set\":\"s\",\"before\":\"2 comment \\\"x\\\"\","
	  "\"after\":\"2 comment \\\"y\\\"\",\"what\":\"comment: \\\"x\\\" -> \\\"y\\\"\","
	  "\"flow\":null,\"origin\":null,\"consequence\":false},"
	  "{\"op\":\"add\",\"kind\":\"element\",\"table\":\"inet rolewall\","
	  "\"chain\":null,\"set\":\"s\",\"before\":null,\"after\":\"3\",\"what\":null,"
	  "\"flow\":null,\"origin\":null,\"consequence\":false}]" },
	{ "a set made anew", "table inet; set s size=5: 1", "table inet; set s: 1",
	  "[{\"op\":\"replace\",\"kind\":\"set\",\"table\":\"inet rolewall\","
	  "\"chain\":null,\"set\":\"s\",\"before\":\"type inet_service; size 5;\","
	  "\"after\":\"type inet_service;\",\"what\":\"size: 5 -> 0\",\"flow\":null,"
	  "\"origin\":null,\"consequence\":false},"
	  "{\"op\":\"add\",\"kind\":\"element\",\"table\":\"inet rolewall\","
	  "\"chain\":null,\"set\":\"s\",\"before\":null,\"after\":\"1\",\"what\":null,"
	  "\"flow\":null,\"origin\":null,\"consequence\":true}]" },
	{ "an object", "table inet; object o\x9b", "table inet",
	  "[{\"op\":\"delete\",\"kind\":\"object\",\"table\":\"inet rolewall\","
	  "\"chain\":null,\"set\":null,\"before\":\"object o\\\\x9b\",\"after\":null,"
	  "\"what\":null,\"flow\":null,\"origin\":null,\"consequence\":false}]" },
};

/* clang-format on */

static void tells_changes(void **state)
{
	const struct change_case *c = *state;
	struct arena *arena AUTO(arena) = arena_new();
	json_t *json = plan_of(arena, c->live, c->desired);
	char *changes = json_dumps(json_object_get(json, "changes"), JSON_COMPACT);

	assert_string_equal(changes, c->changes);
	assert_int_equal(json_is_true(json_object_get(json, "changed")),
			 strcmp(c->changes, "[]") != 0);
	free(changes);
	json_decref(json);
}

static void tells_both_sides(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	json_t *json = plan_of(arena, "table inet; chain c: 1/a 2; set s: 7",
			       "table inet; chain c: 1/a 3/b; set s: 7 8");
	char *summary = json_dumps(json_object_get(json, "summary"), JSON_COMPACT);

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(json, "generation")), 41);
	assert_string_equal(summary, "{\"add\":1,\"change\":1,\"delete\":0}");
	assert_string_equal(json_string_value(json_object_get(json, "before")),
			    "table inet rolewall {\n"
			    "\tset s {\n"
			    "\t\ttype inet_service\n"
			    "\t\telements = { 7 }\n"
			    "\t}\n\n"
			    "\tchain c {\n"
			    "\t\ttcp dport 1 accept comment \"a\"\n"
			    "\t\ttcp dport 2 accept\n"
			    "\t}\n"
			    "}\n");
	assert_string_equal(json_string_value(json_object_get(json, "after")),
			    "table inet rolewall {\n"
			    "\tset s {\n"
			    "\t\ttype inet_service\n"
			    "\t\telements = { 7, 8 }\n"
			    "\t}\n\n"
			    "\tchain c {\n"
			    "\t\ttcp dport 1 accept comment \"a\"\n"
			    "\t\ttcp dport 3 accept comment \"b\"\n"
			    "\t}\n"
			    "}\n");
	free(summary);
	json_decref(json);
}

static void tells_of_nothing(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	json_t *json = plan_of(arena, "", "");

	(void)state;
	assert_true(json_is_false(json_object_get(json, "changed")));
	assert_string_equal(json_string_value(json_object_get(json, "before")), "");
	assert_string_equal(json_string_value(json_object_get(json, "after")), "");
	json_decref(json);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases) + 2] = {
		cmocka_unit_test(tells_both_sides),
		cmocka_unit_test(tells_of_nothing),
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[2 + i] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = tells_changes,
			.initial_state = &cases[i],
		};
	return cmocka_run_group_tests_name("JSON", tests, NULL, NULL);
}
