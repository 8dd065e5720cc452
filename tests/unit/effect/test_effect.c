/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What opens and closes between two rule sets, in words and as JSON. */
#include "effect/effect.h"
#include "unit/meaning/model.h"

/* clang-format off */
#define INPUT "table inet; chain input hook=input policy=drop: "
#define OUTPUT "table inet; chain output hook=output policy=drop: "
#define FORWARD "table inet; chain forward hook=forward policy=drop: "
#define NEW " | ct.state=new "

static struct effect_case {
	const char *name, *live, *desired, *expected;
} effect_cases[] = {
	{ "nothing", INPUT "tcp.dport=22 accept", INPUT "tcp.dport=22 accept", "" },
	{ "the same said otherwise", INPUT "tcp.dport=22 accept | tcp.dport=23 accept",
	  INPUT "tcp.dport@{22-23} accept", "" },
	{ "drop for reject", INPUT "drop", INPUT "reject", "" },
	{ "a port", INPUT "counter", INPUT "tcp.dport=443 accept",
	  "opens   in  tcp 443  from any\n" },
	{ "and back", INPUT "tcp.dport=443 accept", INPUT "counter",
	  "closes  in  tcp 443  from any\n" },
	{ "a prefix less one", INPUT "counter",
	  INPUT "ip.saddr=198.51.100.9 drop | ip.saddr=198.51.100.0/24 tcp.dport=443 accept",
	  "opens   in  tcp 443  from 198.51.100.0/24, except 198.51.100.9  (255 addresses)\n" },
	{ "what was not open yet", INPUT "ip.saddr=198.51.100.9 tcp.dport=443 accept",
	  INPUT "ip.saddr=198.51.100.0/24 tcp.dport=443 accept",
	  "opens   in  tcp 443  from 198.51.100.0/24, except 198.51.100.9  (255 addresses)\n" },
	{ "a range", INPUT "counter", INPUT "ip.saddr=10.0.0.3-10.0.0.9 udp.dport=5-7 accept",
	  "opens   in  udp 5-7  from 10.0.0.3-10.0.0.9\n" },
	{ "both families side by side", INPUT "counter",
	  INPUT "ip.saddr=10.0.0.0/8 tcp.dport=22 accept | ip6.saddr=fd00::/8 tcp.dport=22 accept",
	  "opens   in  tcp 22  from 10.0.0.0/8, fd00::/8\n" },
	{ "one family", INPUT "counter", INPUT "meta.nfproto=10 tcp.dport=22 accept",
	  "opens   in  tcp 22  from any IPv6 address\n" },
	{ "the largest first", INPUT "ip.saddr=10.0.0.1 tcp.dport=1 accept",
	  INPUT "ip.saddr=10.0.0.0/24 tcp.dport=3 accept | ip.saddr=10.0.0.0/8 tcp.dport=2 accept",
	  "opens   in  tcp 2  from 10.0.0.0/8\n"
	  "opens   in  tcp 3  from 10.0.0.0/24\n"
	  "closes  in  tcp 1  from 10.0.0.1\n" },
	{ "two protocols, one kind of port", INPUT "counter",
	  INPUT "tcp.dport=53 accept | udp.dport=53 accept",
	  "opens   in  tcp, udp 53  from any\n" },
	{ "out", OUTPUT "counter", OUTPUT "ip.daddr=203.0.113.5 tcp.dport=25 accept",
	  "opens   out  tcp 25  to 203.0.113.5\n" },
	{ "through", FORWARD "counter",
	  FORWARD "ip.saddr=10.0.0.1 ip.daddr=10.0.1.0/24 iifname=eth1 accept",
	  "opens   forward  every protocol on \"eth1\"  from 10.0.0.1 to 10.0.1.0/24\n" },
	{ "a type", INPUT "counter", INPUT "icmpv6.type=128 accept",
	  "opens   in  icmpv6 type 128  from any IPv6 address\n" },
	{ "but some", INPUT "meta.l4proto=6 accept", INPUT "accept",
	  "opens   in  every protocol but tcp  from any\n" },
	{ "another protocol", INPUT "counter", INPUT "meta.l4proto=47 ip6.hoplimit=255 accept",
	  "opens   in  protocol 47 hop limit 255  from any IPv6 address\n" },
	{ "what loopback has without it", INPUT "iifname=lo accept",
	  INPUT "iifname=lo accept | tcp.dport=9 accept", "opens   in  tcp 9  from any\n" },
	{ "not on one interface", INPUT "counter", INPUT "iifname!=eth0 tcp.dport=9 accept",
	  "opens   in  tcp 9 on all but \"eth0\"  from any\n" },
	{ "a name that is not safe", INPUT "counter", INPUT "iifname=e\033th tcp.dport=9 accept",
	  "opens   in  tcp 9 on \"e\\x1bth\"  from any\n" },
	{ "established alone", INPUT "ct.state=established drop" NEW "accept",
	  INPUT "ct.state=established accept" NEW "accept",
	  "opens   in  established every protocol  from any\n" },
	{ "what may be", INPUT "foreign | tcp.dport=5 accept", INPUT "tcp.dport=5 accept",
	  "may open   in  tcp 5                   from any\n"
	  "may close  in  every protocol but tcp  from any\n"
	  "may close  in  tcp 0-4, 6-65535        from any\n" },
	{ "protocols whose other ports differ", INPUT "udp.dport=7 accept",
	  INPUT "udp.dport=7 accept | tcp.dport=53 accept | udp.dport=53 accept | "
	  "tcp.dport=9 ip.saddr=10.0.0.1 accept",
	  "opens   in  tcp, udp 53  from any\nopens   in  tcp 9        from 10.0.0.1\n" },
	{ "no rules before", "", INPUT "tcp.dport=5 accept",
	  "closes  everything but what the rules accept: nothing is filtered now\n" },
	{ "no rules any more", INPUT "tcp.dport=5 accept", "",
	  "opens  everything that the rules do not accept now: nothing is filtered any more\n" },
};
/* clang-format on */

static struct arena *arena;

static int arena_begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int arena_end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct effects find(const char *live, const char *desired)
{
	struct effects effects;

	effects_find(arena, model_ruleset(arena, live), model_ruleset(arena, desired),
		     &effects);
	return effects;
}

static void says(void **state)
{
	const struct effect_case *c = *state;
	struct effects effects = find(c->live, c->desired);
	struct buffer out AUTO_BUFFER = { 0 };

	buffer_text(&out, "");
	effects_print(&effects, 12, &out);
	assert_string_equal(out.data, c->expected);
}

/* A list that is too long for a reader ends with a count, and JSON has all of it. */
static void cuts_long_lists(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 }, out AUTO_BUFFER = { 0 };
	struct effects effects;
	json_t *json;

	(void)state;
	buffer_text(&text, INPUT);
	for (unsigned i = 0; i < 40; i++)
		buffer_format(&text, "ip.saddr=10.0.%u.1 tcp.dport=%u accept |", i,
			      i % 20 ? 80 : 2000 + 2 * i);
	effects = find(INPUT "counter", text.data);
	effects_print(&effects, 2, &out);
	assert_string_equal(
		out.data,
		"opens   in  tcp 80    from 10.0.1.1, 10.0.2.1, 10.0.3.1, 10.0.4.1, "
		"10.0.5.1, 10.0.6.1, 10.0.7.1, 10.0.8.1 and 30 more  (38 addresses)\n"
		"opens   in  tcp 2000  from 10.0.0.1\n"
		"opens   and in 1 smaller ways: see --json\n");
	json = effects_json(&effects, true);
	assert_int_equal(json_array_size(json), 3);
	assert_int_equal(
		json_array_size(json_object_get(json_array_get(json, 0), "from")), 38);
	json_decref(json);
}

static void says_it_in_json(void **state)
{
	struct effects effects =
		find(INPUT "counter",
		     INPUT "ip.saddr=10.0.0.0/24 tcp.dport@{22,80-81} accept");
	json_t *opens = effects_json(&effects, true);
	json_t *closes = effects_json(&effects, false);
	char *text = json_dumps(opens, JSON_COMPACT);

	(void)state;
	assert_string_equal(
		text,
		"[{\"direction\":\"in\",\"protocol\":\"tcp\",\"ports\":\"22, 80-81\","
		"\"from\":[\"10.0.0.0/24\"],\"to\":[\"0.0.0.0/0\"],\"state\":\"new\","
		"\"conditions\":null,\"sure\":true,"
		"\"witness\":\"tcp 10.0.0.0:40000 192.0.2.2:22\"}]");
	assert_int_equal(json_array_size(closes), 0);
	free(text);
	json_decref(opens);
	json_decref(closes);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(effect_cases)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(cuts_long_lists),
		cmocka_unit_test(says_it_in_json),
	};
	int failed;

	for (size_t i = 0; i < COUNT_OF(effect_cases); i++)
		tests[i] = (struct CMUnitTest){ .name = effect_cases[i].name,
						.test_func = says,
						.initial_state = &effect_cases[i] };
	failed = cmocka_run_group_tests_name("effects", tests, arena_begin, arena_end);
	return failed + cmocka_run_group_tests_name("their forms", others, arena_begin,
						    arena_end);
}
