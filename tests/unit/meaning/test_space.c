/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All packets at once against one at a time: the same answers, and the differences. */
#include "chance.h"
#include "meaning/space.h"

enum { RULESETS = 300, PROBES = 150, PAIRS = 150, BOXES = 20000 };

static const enum connection_state states[] = { STATE_NEW, STATE_ESTABLISHED,
						STATE_RELATED, STATE_INVALID,
						STATE_UNTRACKED };

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

static enum outcome outcome_of(const struct ruleset *ruleset,
			       const struct packet *packet)
{
	struct evaluation evaluation;

	evaluate(arena, ruleset, packet, &evaluation);
	return evaluation.outcome;
}

static const char *packet_words(const struct packet *packet)
{
	struct buffer out AUTO_BUFFER = { 0 };
	bool ip4 = packet->family == FAMILY_IP4;
	enum datatype type = ip4 ? DATATYPE_IP4_ADDRESS : DATATYPE_IP6_ADDRESS;

	buffer_format(&out, "way %d %s>%s proto %u ", (int)packet->way, packet->iifname,
		      packet->oifname, packet->protocol);
	datatype_print(&out, type, packet->source, ip4 ? 32 : 128);
	buffer_format(&out, " %u > ", packet->source_port);
	datatype_print(&out, type, packet->destination, ip4 ? 32 : 128);
	buffer_format(&out, " %u type %u hop %u cast %u route %d state %d",
		      packet->destination_port, packet->icmp_type, packet->hop_limit,
		      packet->packet_type, packet->route_back, (int)packet->state);
	return arena_string(arena, out.data);
}

static void probe(const char *text, const struct ruleset *ruleset,
		  const struct traffic *traffic)
{
	for (int i = 0; i < PROBES; i++) {
		struct packet packet = chance_packet(traffic->way, traffic->state);
		enum outcome one = outcome_of(ruleset, &packet);
		enum outcome all = traffic_outcome(traffic, &packet);

		if (one != all)
			fail_msg("%s: %s one by one, %s of all, by:\n%s",
				 packet_words(&packet), outcome_names[one],
				 outcome_names[all], text);
	}
}

static void agrees_with_evaluate(void **state)
{
	size_t asked = 0, unknown = 0;

	(void)state;
	chance_state = 0xb0a7;
	for (int i = 0; i < RULESETS; i++) {
		AUTO(arena) struct arena *own = arena_new();
		const char *text = chance_ruleset(own);
		const struct ruleset *ruleset = model_ruleset(own, text);
		struct space *space = space_new(own, 0);
		enum connection_state at = states[chance(COUNT_OF(states))];

		for (enum packet_way way = 0; way < WAY_COUNT; way++) {
			struct traffic traffic;

			assert_true(space_build(space, ruleset, way, at, &traffic));
			probe(text, ruleset, &traffic);
			asked += PROBES;
			unknown += (traffic.outcomes[0]->bits |
				    traffic.outcomes[1]->bits) >>
					   OUTCOME_UNKNOWN &
				   1;
		}
	}
	print_message("%zu packets, no disagreement; %zu of %d functions have unknown "
		      "parts\n",
		      asked, unknown, RULESETS * WAY_COUNT);
}

/* ---- differences ---- */

static bool box_holds(const struct box *box, const struct packet *packet)
{
	if (box->family != packet->family)
		return false;
	for (enum variable v = 0; v < VARIABLE_COUNT; v++) {
		struct value value = packet_value(packet, v);
		bool inside = !box->of[v].count;

		for (size_t i = 0; i < box->of[v].count; i++)
			inside |= value_compare(value, box->of[v].items[i].low) >= 0 &&
				  value_compare(value, box->of[v].items[i].high) <= 0;
		if (!inside)
			return false;
	}
	return true;
}

/* Every box differs as it says at its witness; and nothing differs but in a box. */
struct pair {
	const char *texts[2];
	const struct ruleset *rulesets[2];
	struct traffic traffics[2];
	struct boxes boxes;
};

static void check_box(const struct pair *pair, const struct box *box)
{
	struct packet packet = box_packet(arena, &pair->traffics[0], box);
	enum outcome from = outcome_of(pair->rulesets[0], &packet);
	enum outcome to = outcome_of(pair->rulesets[1], &packet);

	assert_int_not_equal(box->from, box->to);
	assert_true(box_holds(box, &packet));
	if (from != box->from || to != box->to)
		fail_msg("%s: %s to %s, not %s to %s, from:\n%s\nto:\n%s",
			 packet_words(&packet), outcome_names[from], outcome_names[to],
			 outcome_names[box->from], outcome_names[box->to],
			 pair->texts[0], pair->texts[1]);
}

static void check_packet(const struct pair *pair)
{
	struct packet packet =
		chance_packet(pair->traffics[0].way, pair->traffics[0].state);
	enum outcome from = outcome_of(pair->rulesets[0], &packet);
	enum outcome to = outcome_of(pair->rulesets[1], &packet);
	size_t found = 0;

	for (size_t i = 0; i < pair->boxes.count; i++) {
		const struct box *box = &pair->boxes.items[i];

		if (!box_holds(box, &packet))
			continue;
		found++;
		assert_int_equal(box->from, from);
		assert_int_equal(box->to, to);
	}
	if (found != (from != to))
		fail_msg("%s: in %zu boxes, %s to %s, from:\n%s\nto:\n%s",
			 packet_words(&packet), found, outcome_names[from],
			 outcome_names[to], pair->texts[0], pair->texts[1]);
}

static void differences_are_exact(void **state)
{
	size_t boxes = 0, equal = 0;

	(void)state;
	chance_state = 0xd1ff;
	for (int i = 0; i < PAIRS; i++) {
		AUTO(arena) struct arena *own = arena_new();
		struct space *space = space_new(own, 0);
		struct pair pair = { 0 };
		enum packet_way way = chance(WAY_COUNT);

		for (int k = 0; k < 2; k++) {
			pair.texts[k] = chance_ruleset(own);
			pair.rulesets[k] = model_ruleset(own, pair.texts[k]);
			assert_true(space_build(space, pair.rulesets[k], way, STATE_NEW,
						&pair.traffics[k]));
		}
		space_compare(space, &pair.traffics[0], &pair.traffics[1], BOXES,
			      &pair.boxes);
		assert_false(pair.boxes.more);
		assert_int_equal(pair.boxes.count == 0,
				 traffic_equal(&pair.traffics[0], &pair.traffics[1]));
		equal += pair.boxes.count == 0;
		boxes += pair.boxes.count;
		for (size_t b = 0; b < pair.boxes.count; b++)
			check_box(&pair, &pair.boxes.items[b]);
		for (int k = 0; k < PROBES; k++)
			check_packet(&pair);
	}
	print_message("%zu boxes of %d pairs, %zu of which are equal\n", boxes, PAIRS,
		      equal);
}

/* ---- the same said otherwise ---- */

/* clang-format off */
#define INPUT "table inet; chain input hook=input policy=drop: "

static struct same_case {
	const char *name, *a, *b;
	bool same;
} same_cases[] = {
	{ "two rules and a set", INPUT "tcp.dport=22 accept | tcp.dport=80 accept",
	  INPUT "tcp.dport@{22,80} accept", true },
	{ "another order", INPUT "tcp.dport=22 accept | tcp.dport=80 accept",
	  INPUT "tcp.dport=80 accept | tcp.dport=22 accept", true },
	{ "an order that matters", INPUT "tcp.dport=22 drop | tcp.dport=20-30 accept",
	  INPUT "tcp.dport=20-30 accept | tcp.dport=22 drop", false },
	{ "what is cut out", INPUT "tcp.dport=22 drop | tcp.dport=20-30 accept",
	  INPUT "tcp.dport@{20-21,23-30} accept", true },
	{ "prefixes that make one", INPUT "ip.saddr@{10.0.0.0/25,10.0.0.128/25} accept",
	  INPUT "ip.saddr=10.0.0.0/24 accept", true },
	{ "a chain", INPUT "jump:more; chain more: tcp.dport=22 accept",
	  INPUT "tcp.dport=22 accept", true },
	{ "a map", INPUT "tcp.dport%{22>accept,23>drop}", INPUT "tcp.dport=22 accept", true },
	{ "a lost family", INPUT "meta.l4proto=6 accept",
	  INPUT "meta.nfproto=2 meta.l4proto=6 accept", false },
	{ "a policy", INPUT "counter", "table inet; chain input hook=input: counter", false },
	{ "a policy that nothing comes to", INPUT "accept",
	  "table inet; chain input hook=input: accept", true },
	{ "drop and reject", INPUT "reject", INPUT "drop", false },
	{ "what a foreign rule may do", INPUT "foreign | tcp.dport=22 accept",
	  INPUT "tcp.dport=22 accept", false },
	{ "pairs and two rules", INPUT "ip.saddr+tcp.dport@{10.0.0.1+22,10.0.0.2+80} accept",
	  INPUT "ip.saddr=10.0.0.1 tcp.dport=22 accept | ip.saddr=10.0.0.2 tcp.dport=80 accept",
	  true },
};

/* clang-format on */

static void tells_equal(void **state)
{
	const struct same_case *c = *state;
	struct space *space = space_new(arena, 0);
	struct traffic a, b;

	assert_true(
		space_build(space, model_ruleset(arena, c->a), WAY_IN, STATE_NEW, &a));
	assert_true(
		space_build(space, model_ruleset(arena, c->b), WAY_IN, STATE_NEW, &b));
	assert_int_equal(traffic_equal(&a, &b), c->same);
}

/* A map of more targets than there are bits for. */
static void maps_to_many_chains(void **state)
{
	enum { CHAINS = 50 };
	struct buffer text AUTO_BUFFER = { 0 };
	const struct ruleset *ruleset;
	struct traffic traffic;

	(void)state;
	buffer_text(&text, INPUT "tcp.dport%{");
	for (unsigned i = 1; i <= CHAINS; i++)
		buffer_format(&text, "%u>jump:c%u,", i, i);
	buffer_text(&text, "} | tcp.dport=7 accept");
	for (unsigned i = 1; i <= CHAINS; i++)
		buffer_format(&text, "; chain c%u: ip.saddr=10.0.0.%u accept", i, i);
	ruleset = model_ruleset(arena, text.data);
	assert_true(
		space_build(space_new(arena, 0), ruleset, WAY_IN, STATE_NEW, &traffic));
	for (unsigned port = 0; port <= CHAINS + 1; port++) {
		for (unsigned host = port ? port - 1 : 0; host <= port + 1; host++) {
			struct packet packet = { .way = WAY_IN,
						 .family = FAMILY_IP4,
						 .iifname = "eth0",
						 .oifname = "",
						 .source = { 10, 0, 0, (uint8_t)host },
						 .protocol = 6,
						 .destination_port = (uint16_t)port,
						 .state = STATE_NEW };

			assert_int_equal(traffic_outcome(&traffic, &packet),
					 outcome_of(ruleset, &packet));
		}
	}
}

/* Every second port and every second address: more than fits, and that is said. */
static void says_when_full(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 };
	struct traffic traffic;

	(void)state;
	buffer_text(&text, INPUT);
	for (unsigned i = 0; i < 200; i++)
		buffer_format(&text, "tcp.dport=%u ip.saddr=10.0.0.%u accept |", 2 * i,
			      i);
	assert_false(space_build(space_new(arena, 300), model_ruleset(arena, text.data),
				 WAY_IN, STATE_NEW, &traffic));
	assert_true(space_build(space_new(arena, 0), model_ruleset(arena, text.data),
				WAY_IN, STATE_NEW, &traffic));
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(same_cases)];
	const struct CMUnitTest others[] = {
		cmocka_unit_test(agrees_with_evaluate),
		cmocka_unit_test(differences_are_exact),
		cmocka_unit_test(maps_to_many_chains),
		cmocka_unit_test(says_when_full),
	};
	int failed;

	for (size_t i = 0; i < COUNT_OF(same_cases); i++)
		tests[i] = (struct CMUnitTest){ .name = same_cases[i].name,
						.test_func = tells_equal,
						.initial_state = &same_cases[i] };
	failed = cmocka_run_group_tests_name("the same traffic", tests, arena_begin,
					     arena_end);
	return failed +
	       cmocka_run_group_tests_name("spaces", others, arena_begin, arena_end);
}
