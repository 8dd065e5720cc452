/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bundles of packets divided: every packet is in exactly one portion, which says of it
 * what evaluate() says.  By rules made at random, and packets likewise.
 */
#include "explain/divide.h"
#include "unit/meaning/model.h"

enum { ROUNDS = 400, PACKETS = 60, RULES_MAX = 14 };

/* ---- numbers at random, the same in every run ---- */

static uint64_t seed;

static unsigned roll(unsigned sides)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % sides;
}

#define PICK(list) ((list)[roll(COUNT_OF(list))])

/* clang-format off */
static const char *const matches[] = {
	"tcp.dport=22", "tcp.dport=20-30", "tcp.dport!=25", "tcp.dport@{22,80-90}",
	"tcp.dport!@{22,443}", "tcp.sport=1-1023", "udp.dport=53", "th.dport=22",
	"udp.sport@{53,123}", "th.sport!=53", "tcp.dport%{22>accept,23>drop,24>jump:more}",
	"ip.saddr=192.0.2.0/28", "ip.saddr!=192.0.2.4", "ip.saddr@lan", "ip.daddr@lan",
	"ip.saddr!@lan", "ip.saddr=192.0.2.3-192.0.2.9", "ip.daddr=198.51.100.7",
	"ip.saddr%{192.0.2.1>drop,192.0.2.2>accept,192.0.2.6>goto:more}",
	"ip6.saddr=2001:db8::/125", "ip6.daddr@{2001:db8::3,2001:db8::8}",
	"ip.saddr+tcp.dport@{192.0.2.1+22,192.0.2.5+80}",
	"ip.saddr+ip.daddr@{192.0.2.0-192.0.2.7+198.51.100.0-198.51.100.7}",
	"iifname=eth0", "iifname!=eth0", "iifname=eth*", "oifname=eth0",
	"icmp.type=echo-request", "icmp.type@{3,11,12}", "icmpv6.type@{134,135,136}",
	"icmpv6.type=1-4", "ip6.hoplimit=255", "ip.ttl=64", "meta.pkttype=2",
	"ct.state%{invalid>drop,established>accept}", "ct.state&new",
	"meta.l4proto=6", "meta.l4proto=17", "meta.nfproto=2", "fib=0",
};

static const char *const statements[] = {
	"counter", "log", "limit", "limit-over", "foreign", "counter",
	"counter", "log", "counter", "limit",
};

static const char *const verdicts[] = {
	"accept", "drop", "accept", "drop", "jump:more", "goto:more", "return", "reject",
	"reset", "continue", "",
};

static const struct {
	const char *sources, *destinations;
	enum family family;
} ends[] = {
	{ "192.0.2.0-192.0.2.15", "198.51.100.0-198.51.100.15", FAMILY_IP4 },
	{ "192.0.2.4-192.0.2.4", "198.51.100.7-198.51.100.8", FAMILY_IP4 },
	{ "0.0.0.0-255.255.255.255", "192.0.2.6-192.0.2.6", FAMILY_IP4 },
	{ "192.0.2.1-192.0.2.1", "223.255.255.255-224.0.0.1", FAMILY_IP4 },
	{ "2001:db8::-2001:db8::f", "2001:db8::2-2001:db8::9", FAMILY_IP6 },
	{ "2001:db8::1-2001:db8::1", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", FAMILY_IP6 },
};

/* clang-format on */

/* ---- rules ---- */

static void add_rules(struct buffer *text)
{
	unsigned rules = 1 + roll(RULES_MAX);

	for (unsigned r = 0; r < rules; r++) {
		const char *statement = PICK(statements), *verdict = PICK(verdicts);

		buffer_text(text, r ? " |" : ":");
		for (unsigned m = roll(3); m > 0; m--)
			buffer_format(text, " %s", PICK(matches));
		/* foreign parts leave nothing to know behind them */
		if (strcmp(statement, "foreign") != 0 || !roll(4))
			buffer_format(text, " %s", statement);
		buffer_format(text, " %s", verdict);
	}
}

static const struct ruleset *rules_at_random(struct arena *arena)
{
	static const char *const hooks[] = { "input", "output", "forward",
					     "prerouting" };
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "table inet; set lan ip.saddr: 192.0.2.0-192.0.2.3 "
			   "192.0.2.8/31 198.51.100.7-198.51.100.9; chain more: "
			   "tcp.dport=23 drop | ip.saddr=192.0.2.2 accept | "
			   "udp.dport=53 return");
	for (size_t h = 0; h < COUNT_OF(hooks); h++) {
		buffer_format(&text, "; chain %s hook=%s%s", hooks[h], hooks[h],
			      roll(2) ? " policy=drop" : "");
		add_rules(&text);
	}
	if (!roll(3))
		buffer_text(&text, "; table netdev; chain eth1 hook=ingress on=eth1 "
				   "policy=drop: ip.saddr=192.0.2.2 accept");
	return model_ruleset(arena, text.data);
}

/* ---- packets ---- */

static struct ranges ranges_of(struct arena *arena, enum datatype type,
			       const char *text)
{
	struct ranges ranges = { .width = datatypes[type].width };
	uint8_t low[16] = { 0 }, high[16] = { 0 };

	model_part(type, arena_string(arena, text), low, high);
	ranges_push(arena, &ranges, low, high);
	return ranges;
}

static struct bundle bundle_at_random(struct arena *arena)
{
	static const uint8_t protocols[] = { 6, 6, 17, 1, 58, 47 };
	static const char *const interfaces[] = { "eth0", "eth1", "wl0", "lo" };
	static const char *const ports[] = { "22-22", "1-65535", "20-100", "53-53" };

	static const enum connection_state states[] = { STATE_NEW, STATE_NEW,
							STATE_ESTABLISHED };

	size_t row = roll(COUNT_OF(ends));
	enum datatype type = ends[row].family == FAMILY_IP4 ? DATATYPE_IP4_ADDRESS
							    : DATATYPE_IP6_ADDRESS;
	struct bundle bundle = {
		.way = roll(WAY_COUNT),
		.family = ends[row].family,
		.iifname = "",
		.oifname = "",
		.protocol = PICK(protocols),
		.state = PICK(states),
	};

	if (bundle.way != WAY_OUT)
		bundle.iifname = PICK(interfaces);
	if (bundle.way != WAY_IN)
		bundle.oifname = PICK(interfaces);
	bundle.values[DIMENSION_SOURCE] = ranges_of(arena, type, ends[row].sources);
	bundle.values[DIMENSION_DESTINATION] =
		ranges_of(arena, type, ends[row].destinations);
	if (bundle.protocol == 6 || bundle.protocol == 17) {
		bundle.values[DIMENSION_SOURCE_PORT] =
			ranges_of(arena, DATATYPE_INET_SERVICE, PICK(ports));
		bundle.values[DIMENSION_PORT] =
			ranges_of(arena, DATATYPE_INET_SERVICE, PICK(ports));
	}
	if (bundle.protocol == 1 || bundle.protocol == 58)
		bundle.values[DIMENSION_TYPE] = ranges_of(
			arena, DATATYPE_ICMP_TYPE, roll(2) ? "0-255" : "134-134");
	return bundle;
}

/* One value of a range, often near where it begins. */
static void value_at_random(const struct ranges *ranges, uint8_t value[16])
{
	const uint8_t *low = range_low(ranges, 0), *high = range_high(ranges, 0);
	size_t last = ranges->width - 1u;

	do {
		memcpy(value, low, ranges->width);
		for (size_t i = 0; i < ranges->width; i++) {
			if (low[i] != high[i] && (i == last || !roll(3)))
				value[i] = (uint8_t)roll(256);
		}
		if (!roll(2))
			value[last] = (uint8_t)(low[last] + roll(32));
	} while (memcmp(value, low, ranges->width) < 0 ||
		 memcmp(value, high, ranges->width) > 0);
}

/* ---- the property ---- */

static bool holds(const struct portion *portion, uint8_t values[DIMENSION_COUNT][16])
{
	for (enum dimension d = 0; d < DIMENSION_COUNT; d++) {
		if (portion->values[d].width &&
		    !ranges_contain(&portion->values[d], values[d]))
			return false;
	}
	return true;
}

static const struct portion *portion_of(const struct portions *portions,
					uint8_t values[DIMENSION_COUNT][16])
{
	const struct portion *found = NULL;

	for (size_t i = 0; i < portions->count; i++) {
		if (!holds(&portions->items[i], values))
			continue;
		assert_null(found);
		found = &portions->items[i];
	}
	assert_non_null(found);
	return found;
}

/* Said anew, for the unit's own view of what a packet of a bundle is. */
static struct packet packet_of(const struct bundle *bundle,
			       uint8_t values[DIMENSION_COUNT][16])
{
	struct packet packet = {
		.way = bundle->way,
		.family = bundle->family,
		.iifname = bundle->iifname,
		.oifname = bundle->oifname,
		.protocol = bundle->protocol,
		.source_port = (uint16_t)(values[DIMENSION_SOURCE_PORT][0] << 8 |
					  values[DIMENSION_SOURCE_PORT][1]),
		.destination_port = (uint16_t)(values[DIMENSION_PORT][0] << 8 |
					       values[DIMENSION_PORT][1]),
		.icmp_type = values[DIMENSION_TYPE][0],
		.hop_limit = 64,
		.state = bundle->state,
		.route_back = true,
	};
	const uint8_t *to = values[DIMENSION_DESTINATION];
	uint8_t type = packet.icmp_type;

	memcpy(packet.source, values[DIMENSION_SOURCE], 16);
	memcpy(packet.destination, to, 16);
	if (packet.protocol == 58 && type >= 133 && type <= 137)
		packet.hop_limit = 255;
	if (packet.protocol == 58 &&
	    (type == 130 || type == 131 || type == 132 || type == 143))
		packet.hop_limit = 1;
	if (packet.way == WAY_OUT)
		return packet;
	if (packet.family == FAMILY_IP6)
		packet.packet_type = to[0] == 0xff ? 2 : 0;
	else if (to[0] >= 224 && to[0] <= 239)
		packet.packet_type = 2;
	else if (to[0] == 255 && to[1] == 255 && to[2] == 255 && to[3] == 255)
		packet.packet_type = 1;
	return packet;
}

static void agrees(struct arena *arena, const struct ruleset *ruleset,
		   const struct bundle *bundle, const struct portions *portions)
{
	uint8_t values[DIMENSION_COUNT][16] = { { 0 } };
	struct evaluation evaluation = { 0 };
	const struct portion *portion;
	struct packet packet;

	for (enum dimension d = 0; d < DIMENSION_COUNT; d++) {
		if (bundle->values[d].width)
			value_at_random(&bundle->values[d], values[d]);
	}
	packet = packet_of(bundle, values);
	evaluate(arena, ruleset, &packet, &evaluation);
	portion = portion_of(portions, values);
	assert_int_equal(portion->outcome, evaluation.outcome);
	assert_ptr_equal(portion->decider.rule, evaluation.decider.rule);
	assert_ptr_equal(portion->decider.chain, evaluation.decider.chain);
	assert_int_equal(portion->passage_count, evaluation.passages.count);
	for (size_t i = 0; i < portion->passage_count; i++)
		assert_ptr_equal(portion->passages[i].rule,
				 evaluation.passages.items[i].rule);
}

static void portions_agree_with_evaluate(void **state)
{
	size_t divided = 0, unknown = 0;

	(void)state;
	seed = 4;
	for (int round = 0; round < ROUNDS; round++) {
		AUTO(arena) struct arena *arena = arena_new();
		const struct ruleset *ruleset = rules_at_random(arena);
		struct bundle bundle = bundle_at_random(arena);
		struct portions portions = { 0 };

		divide(arena, ruleset, &bundle, &portions);
		assert_false(portions.cut);
		for (int i = 0; i < PACKETS; i++)
			agrees(arena, ruleset, &bundle, &portions);
		divided += portions.count > 1;
		for (size_t i = 0; i < portions.count; i++)
			unknown += portions.items[i].outcome == OUTCOME_UNKNOWN;
	}
	/* else little would have been tried */
	assert_in_range(divided, ROUNDS / 4, ROUNDS);
	assert_in_range(unknown, 1, ROUNDS);
}

/* ---- the form ---- */

static struct portions divided(struct arena *arena, const char *rules,
			       const char *sources, const char *ports)
{
	struct bundle bundle = {
		.way = WAY_IN,
		.iifname = "eth0",
		.oifname = "",
		.protocol = 6,
		.state = STATE_NEW,
	};
	struct portions portions = { 0 };

	bundle.values[DIMENSION_SOURCE] =
		ranges_of(arena, DATATYPE_IP4_ADDRESS, sources);
	bundle.values[DIMENSION_DESTINATION] =
		ranges_of(arena, DATATYPE_IP4_ADDRESS, "192.0.2.1");
	bundle.values[DIMENSION_SOURCE_PORT] =
		ranges_of(arena, DATATYPE_INET_SERVICE, "1-65535");
	bundle.values[DIMENSION_PORT] = ranges_of(arena, DATATYPE_INET_SERVICE, ports);
	divide(arena, model_ruleset(arena, rules), &bundle, &portions);
	return portions;
}

static void what_does_not_matter_cuts_nothing(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct portions portions = divided(
		arena,
		"table inet; chain input hook=input policy=drop: udp.dport=53 accept | "
		"ip6.saddr=2001:db8::/32 accept | iifname=eth1 tcp.dport=80 accept | "
		"ct.state%{established>accept} ; chain output hook=output: "
		"tcp.dport=25 drop",
		"0.0.0.0-255.255.255.255", "1-65535");

	(void)state;
	assert_int_equal(portions.count, 1);
	assert_int_equal(portions.items[0].outcome, OUTCOME_DROP);
}

static void neighbours_are_merged(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct portions portions = divided(
		arena,
		"table inet; chain input hook=input policy=drop: "
		"ip.saddr@{192.0.2.0-192.0.2.3,192.0.2.4-192.0.2.7,192.0.2.16} accept",
		"0.0.0.0-255.255.255.255", "22");

	(void)state;
	assert_int_equal(portions.count, 2);
	assert_int_equal(portions.items[0].outcome, OUTCOME_ACCEPT);
	assert_int_equal(portions.items[0].values[DIMENSION_SOURCE].count, 2);
	assert_int_equal(portions.items[1].values[DIMENSION_SOURCE].count, 3);
}

/* More parts than are asked: said, and never taken for an answer. */
static void too_many_parts_are_cut(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct buffer rules AUTO_BUFFER = { 0 };
	struct portions portions;

	(void)state;
	buffer_text(&rules,
		    "table inet; chain input hook=input: ip.saddr=10.0.0.0 drop");
	for (unsigned i = 1; i < 200; i++)
		buffer_format(&rules,
			      " | ip.saddr=10.0.0.%u drop | tcp.dport=%u accept", i, i);
	portions = divided(arena, rules.data, "10.0.0.0-10.0.1.255", "1-65535");
	assert_true(portions.cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(portions_agree_with_evaluate),
		cmocka_unit_test(what_does_not_matter_cuts_nothing),
		cmocka_unit_test(neighbours_are_merged),
		cmocka_unit_test(too_many_parts_are_cut),
	};

	return cmocka_run_group_tests_name("divide", tests, NULL, NULL);
}
