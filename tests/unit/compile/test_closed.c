/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The closed rule set: what it lets in is the protected paths, and nothing goes out. */
#include <netinet/in.h>
#include <string.h>

#include "compile/closed.h"
#include "support/test.h"

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

/* ---- rules in words ---- */

static void set_text(const struct set *set, struct buffer *out)
{
	for (size_t i = 0; i < set->count; i++) {
		buffer_char(out, i ? ' ' : '{');
		datatype_print(out, set->types[0], set_entry(set, i),
			       (unsigned)(8 * set->key_length));
		if (set->map)
			buffer_format(out, ":%s",
				      verdict_names[set->elements[i].verdict]);
	}
	buffer_text(out, "} ");
}

static void match_text(const struct match *match, struct buffer *out)
{
	const struct field_info *info = &field_infos[match->fields[0]];

	buffer_format(out, "%s ", info->name);
	if (match->set) {
		set_text(match->set, out);
		return;
	}
	datatype_print(out, info->type, match->value, match->bits);
	if (match->op == MATCH_RANGE) {
		buffer_char(out, '-');
		datatype_print(out, info->type, match->high, 8u * info->width);
	} else {
		assert_int_equal(match->op, MATCH_EQUAL);
	}
	buffer_char(out, ' ');
}

/* Every step of a rule; owner: the arena. */
static const char *rule_text(const struct rule *rule)
{
	struct buffer text AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < rule->step_count; i++) {
		const struct step *step = &rule->steps[i];

		if (step->kind == STEP_MATCH)
			match_text(&step->match, &text);
		else if (step->kind == STEP_COUNTER)
			buffer_text(&text, "counter ");
		else if (step->kind == STEP_VERDICT)
			buffer_format(&text, "%s ",
				      verdict_names[step->verdict.verdict]);
		else if (step->kind == STEP_LOG)
			buffer_format(&text, "log %s", step->log.prefix);
		else
			assert_int_equal(step->kind, STEP_LIMIT);
	}
	buffer_format(&text, "# %s", rule->comment);
	return arena_string(arena, text.data);
}

static const struct chain *chain_of(const struct ruleset *ruleset, const char *name)
{
	const struct table *table = ruleset_table(ruleset, TABLE_INET);
	const struct chain *chain;

	assert_non_null(table);
	chain = table_chain(table, name);
	assert_non_null(chain);
	return chain;
}

/* ---- the whole ---- */

static void all_three_ways_are_closed(void **state)
{
	static const char *const names[] = { "input", "output", "forward" };
	const struct ruleset *closed = compile_closed(arena, NULL, 0);
	const struct table *table = ruleset_table(closed, TABLE_INET);

	(void)state;
	assert_true(closed->normalized);
	assert_int_equal(closed->table_count, 1);
	assert_string_equal(table->name, ROLEWALL_TABLE);
	assert_int_equal(table->chain_count, COUNT_OF(names));
	assert_int_equal(table->set_count, 0);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct chain *chain = chain_of(closed, names[i]);
		const struct match *first = &chain->rules[0].steps[0].match;

		assert_true(chain->base);
		assert_int_equal(chain->policy, VERDICT_DROP);
		assert_int_equal(chain->priority, 0);
		assert_int_equal(first->op, MATCH_MAP);
		assert_int_equal(first->fields[0], FIELD_CT_STATE);
	}
}

/* Without a path: every rule that there is, so that no other can come in unseen. */
static void nothing_but_what_ip_needs(void **state)
{
	/* clang-format off */
	static const struct {
		const char *chain, *rules[12];
	} wanted[] = {
		{ "input", {
			"ct state {invalid:drop established:accept related:accept} # connections",
			"iifname \"lo\" accept # loopback",
			"meta nfproto ipv4 meta l4proto icmp icmp type {destination-unreachable time-exceeded parameter-problem} accept # icmp errors",
			"meta nfproto ipv6 meta l4proto icmpv6 icmpv6 type {destination-unreachable packet-too-big time-exceeded parameter-problem} accept # icmp errors",
			"meta nfproto ipv6 meta l4proto icmpv6 icmpv6 type {nd-router-advert nd-neighbor-solicit nd-neighbor-advert} ip6 hoplimit 255 accept # neighbour discovery",
			"meta nfproto ipv6 meta l4proto icmpv6 icmpv6 type mld-listener-query ip6 saddr fe80::/10 ip6 hoplimit 1 accept # multicast listener",
			"log rolewall closed input drop: # policy",
			"counter # policy" } },
		{ "output", {
			"ct state {invalid:drop established:accept related:accept} # connections",
			"oifname \"lo\" accept # loopback",
			"meta nfproto ipv4 meta l4proto icmp icmp type {destination-unreachable time-exceeded parameter-problem} accept # icmp errors",
			"meta nfproto ipv6 meta l4proto icmpv6 icmpv6 type {destination-unreachable packet-too-big time-exceeded parameter-problem} accept # icmp errors",
			"meta nfproto ipv6 meta l4proto icmpv6 icmpv6 type {nd-router-solicit nd-neighbor-solicit nd-neighbor-advert} ip6 hoplimit 255 accept # neighbour discovery",
			"meta nfproto ipv6 meta l4proto icmpv6 icmpv6 type {mld-listener-report mld-listener-done mld2-listener-report} ip6 hoplimit 1 accept # multicast listener",
			"log rolewall closed output drop: # policy",
			"counter # policy" } },
		{ "forward", {
			"ct state {invalid:drop established:accept related:accept} # connections",
			"log rolewall closed forward drop: # policy",
			"counter # policy" } },
	};

	/* clang-format on */
	const struct ruleset *closed = compile_closed(arena, NULL, 0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		const struct chain *chain = chain_of(closed, wanted[i].chain);

		for (size_t k = 0; k < chain->rule_count; k++) {
			assert_non_null(wanted[i].rules[k]);
			assert_string_equal(rule_text(&chain->rules[k]),
					    wanted[i].rules[k]);
		}
		assert_null(wanted[i].rules[chain->rule_count]);
	}
}

/* ---- paths ---- */

/* clang-format off */
static const struct path_case {
	struct open_path path;
	const char *rule;
} path_cases[] = {
	{ { IPPROTO_TCP, 22, false, FAMILY_IP4, { 0 }, { 0 } },
	  "meta l4proto tcp tcp dport 22" },
	{ { IPPROTO_UDP, 161, false, FAMILY_IP6, { 0 }, { 0 } },
	  "meta l4proto udp udp dport 161" },
	{ { IPPROTO_SCTP, 65535, false, FAMILY_IP4, { 0 }, { 0 } },
	  "meta l4proto sctp sctp dport 65535" },
	{ { IPPROTO_TCP, 22, true, FAMILY_IP4, { 198, 51, 100, 7 }, { 198, 51, 100, 7 } },
	  "meta nfproto ipv4 ip saddr 198.51.100.7 meta l4proto tcp tcp dport 22" },
	{ { IPPROTO_TCP, 22, true, FAMILY_IP4, { 198, 51, 100 }, { 198, 51, 100, 255 } },
	  "meta nfproto ipv4 ip saddr 198.51.100.0/24 meta l4proto tcp tcp dport 22" },
	{ { IPPROTO_TCP, 22, true, FAMILY_IP4, { 198, 51, 100, 3 }, { 198, 51, 100, 9 } },
	  "meta nfproto ipv4 ip saddr 198.51.100.3-198.51.100.9 meta l4proto tcp tcp dport 22" },
	{ { IPPROTO_TCP, 22, true, FAMILY_IP4, { 0 }, { 255, 255, 255, 255 } },
	  "meta nfproto ipv4 meta l4proto tcp tcp dport 22" },
	{ { IPPROTO_UDP, 161, true, FAMILY_IP6,
	    { 0x20, 1, 0x0d, 0xb8, [15] = 7 }, { 0x20, 1, 0x0d, 0xb8, [15] = 7 } },
	  "meta nfproto ipv6 ip6 saddr 2001:db8::7 meta l4proto udp udp dport 161" },
	{ { IPPROTO_UDP, 161, true, FAMILY_IP6,
	    { 0x20, 1, 0x0d, 0xb8 },
	    { 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255 } },
	  "meta nfproto ipv6 ip6 saddr 2001:db8::/64 meta l4proto udp udp dport 161" },
	{ { IPPROTO_TCP, 22, true, FAMILY_IP6,
	    { 0x20, 1, 0x0d, 0xb8, [15] = 3 }, { 0x20, 1, 0x0d, 0xb8, [15] = 9 } },
	  "meta nfproto ipv6 ip6 saddr 2001:db8::3-2001:db8::9 meta l4proto tcp tcp dport 22" },
	{ { IPPROTO_TCP, 22, true, FAMILY_IP6, { 0 },
	    { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } },
	  "meta nfproto ipv6 meta l4proto tcp tcp dport 22" },
};

/* clang-format on */

/* All of them stand on input alone, in their order, before the policy's rules. */
static void paths_are_let_in(void **state)
{
	struct open_path paths[COUNT_OF(path_cases)];
	const struct ruleset *without = compile_closed(arena, NULL, 0);
	const struct ruleset *with;
	const struct chain *input;
	size_t first = chain_of(without, "input")->rule_count - 2;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(path_cases); i++)
		paths[i] = path_cases[i].path;
	with = compile_closed(arena, paths, COUNT_OF(paths));
	input = chain_of(with, "input");
	assert_int_equal(input->rule_count, first + COUNT_OF(paths) + 2);
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		assert_string_equal(rule_text(&input->rules[first + i]),
				    arena_format(arena,
						 "%s counter accept # protected path",
						 path_cases[i].rule));
	for (size_t i = 0; i < 2; i++)
		assert_true(rule_equal(&input->rules[first + COUNT_OF(paths) + i],
				       &chain_of(without, "input")->rules[first + i]));
	assert_int_equal(chain_of(with, "output")->rule_count,
			 chain_of(without, "output")->rule_count);
	assert_int_equal(chain_of(with, "forward")->rule_count,
			 chain_of(without, "forward")->rule_count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_three_ways_are_closed),
		cmocka_unit_test(nothing_but_what_ip_needs),
		cmocka_unit_test(paths_are_let_in),
	};

	return cmocka_run_group_tests_name("closed", tests, arena_begin, arena_end);
}
