/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where rules cut the values of a field; and that nothing changes in between. */
#include "model.h"

/* clang-format off */
#define INPUT "table inet; chain input hook=input: "

static struct cut_case {
	const char *name, *rules, *field, *low, *high, *expected;
} cut_cases[] = {
	{ "no rules", "", "tcp.dport", "1", "65535", "1" },
	{ "one value", INPUT "tcp.dport=22 accept", "tcp.dport", "1", "65535", "1 22 23" },
	{ "a negated one", INPUT "tcp.dport!=22 accept", "tcp.dport", "1", "65535", "1 22 23" },
	{ "the first", INPUT "tcp.dport=0 accept", "tcp.dport", "0", "65535", "0 1" },
	{ "the last", INPUT "tcp.dport=65535 accept", "tcp.dport", "0", "65535", "0 65535" },
	{ "a range", INPUT "tcp.dport=80-90 accept", "tcp.dport", "1", "65535", "1 80 91" },
	{ "a negated range", INPUT "tcp.dport!=80-90 accept", "tcp.dport", "1", "65535", "1 80 91" },
	{ "sorted, without doubles", INPUT "tcp.dport=90 accept | tcp.dport=80-89 drop | "
	  "tcp.dport=90 drop", "tcp.dport", "1", "65535", "1 80 90 91" },
	{ "cut to what is asked for", INPUT "tcp.dport=22 accept | tcp.dport=30 accept | "
	  "tcp.dport=20-40 drop", "tcp.dport", "22", "30", "22 23 30" },
	{ "one value asked for", INPUT "tcp.dport=22 accept", "tcp.dport", "22", "22", "22" },
	{ "in a set", INPUT "tcp.dport@{22,80} accept", "tcp.dport", "1", "65535", "1 22 23 80 81" },
	{ "not in a set", INPUT "tcp.dport!@{22,80} accept", "tcp.dport", "1", "65535",
	  "1 22 23 80 81" },
	{ "intervals", INPUT "tcp.dport@{22,80-90} accept", "tcp.dport", "1", "65535",
	  "1 22 23 80 91" },
	{ "a map", INPUT "tcp.dport%{22>accept,80>drop}", "tcp.dport", "1", "65535",
	  "1 22 23 80 81" },
	{ "a set of many rules", "table inet; set web tcp.dport: 22 80; "
	  "chain input hook=input: tcp.dport@web accept | tcp.dport@web drop | tcp.sport@web drop",
	  "tcp.dport", "1", "65535", "1 22 23 80 81" },
	{ "a set for both sides", "table inet; set web tcp.dport: 22 80; "
	  "chain input hook=input: tcp.dport@web accept | tcp.dport@web drop | tcp.sport@web drop",
	  "tcp.sport", "1", "65535", "1 22 23 80 81" },
	{ "the other side", INPUT "tcp.sport=22 accept", "tcp.dport", "1", "65535", "1" },
	{ "another protocol", INPUT "udp.dport=22 accept", "tcp.dport", "1", "65535", "1" },
	{ "of any protocol", INPUT "th.dport=22 accept | udp.dport=5 accept", "tcp.dport", "1",
	  "65535", "1 22 23" },
	{ "for any protocol", INPUT "th.dport=22 accept | udp.dport=5 accept", "th.dport", "1",
	  "65535", "1 5 6 22 23" },
	{ "an address", INPUT "ip.saddr=192.0.2.1 accept", "ip.saddr", "0.0.0.0",
	  "255.255.255.255", "0.0.0.0 192.0.2.1 192.0.2.2" },
	{ "the other family", INPUT "ip6.saddr=::1 accept", "ip.saddr", "0.0.0.0",
	  "255.255.255.255", "0.0.0.0" },
	{ "a prefix", INPUT "ip.saddr=192.0.2.64/26 accept", "ip.saddr", "0.0.0.0",
	  "255.255.255.255", "0.0.0.0 192.0.2.64 192.0.2.128" },
	{ "a prefix that ends in a byte", INPUT "ip6.saddr=fe80::/10 accept", "ip6.saddr", "::",
	  "ffff::", ":: fe80:: fec0::" },
	{ "a prefix that ends with it", INPUT "ip.saddr=10.0.0.0/8 accept", "ip.saddr", "0.0.0.0",
	  "255.255.255.255", "0.0.0.0 10.0.0.0 11.0.0.0" },
	{ "the prefix of all", INPUT "ip.saddr=0.0.0.0/0 accept", "ip.saddr", "0.0.0.0",
	  "255.255.255.255", "0.0.0.0" },
	{ "the last prefix", INPUT "ip.saddr=240.0.0.0/4 accept", "ip.saddr", "0.0.0.0",
	  "255.255.255.255", "0.0.0.0 240.0.0.0" },
	{ "carried on", INPUT "ip.saddr=10.0.255.255 accept", "ip.saddr", "0.0.0.0",
	  "255.255.255.255", "0.0.0.0 10.0.255.255 10.1.0.0" },
	{ "pairs", INPUT "ip.saddr+tcp.dport@{192.0.2.1+22,192.0.2.5+80} accept", "tcp.dport", "1",
	  "65535", "1 22 23 80 81" },
	{ "the other of the pairs", INPUT "ip.saddr+tcp.dport@{192.0.2.1+22,192.0.2.5+80} accept",
	  "ip.saddr", "0.0.0.0", "255.255.255.255",
	  "0.0.0.0 192.0.2.1 192.0.2.2 192.0.2.5 192.0.2.6" },
	{ "pairs of intervals", INPUT "ip.saddr+tcp.dport@{192.0.2.0/24+20-30} accept",
	  "tcp.dport", "1", "65535", "1 20 31" },
	{ "a field twice", INPUT "ip.saddr+ip.daddr@{192.0.2.1+192.0.2.9} accept",
	  "ip.daddr", "0.0.0.0", "255.255.255.255", "0.0.0.0 192.0.2.9 192.0.2.10" },
	{ "a set of pairs for both", "table inet; set pairs ip.saddr+ip.daddr: 192.0.2.1+192.0.2.9; "
	  "chain input hook=input: ip.saddr+ip.daddr@pairs accept | ip.daddr+ip.saddr@pairs drop",
	  "ip.daddr", "0.0.0.0", "255.255.255.255",
	  "0.0.0.0 192.0.2.1 192.0.2.2 192.0.2.9 192.0.2.10" },
	{ "in every chain and table", "table inet; chain more: tcp.dport=1 drop; "
	  "table netdev; chain in hook=ingress on=eth0: tcp.dport=5 drop", "tcp.dport", "0", "9",
	  "0 1 2 5 6" },
	{ "not in a dormant one", "table inet dormant; chain input hook=input: tcp.dport=1 drop",
	  "tcp.dport", "0", "9", "0" },
	{ "not in what is not understood", "table inet; set odd tcp.dport odd: 5; "
	  "chain input hook=input: tcp.dport@odd drop | tcp.dport&1 drop", "tcp.dport", "0", "9",
	  "0" },
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

static void cuts(void **state)
{
	const struct cut_case *c = *state;
	const struct ruleset *ruleset = model_ruleset(arena, c->rules);
	enum field field = model_field(c->field);
	enum datatype type = field_infos[field].type;
	uint8_t low[16], high[16];
	struct boundaries boundaries = { 0 };
	struct buffer text AUTO_BUFFER = { 0 };

	model_put(type, c->low, low);
	model_put(type, c->high, high);
	evaluate_boundaries(arena, ruleset, field, low, high, &boundaries);
	for (size_t i = 0; i < boundaries.count; i++) {
		if (i)
			buffer_char(&text, ' ');
		datatype_print(&text, type, boundaries.items[i],
			       8u * datatypes[type].width);
	}
	assert_string_equal(text.data, c->expected);
}

/* What is there already stays as it is. */
static void appends(void **state)
{
	const struct ruleset *ruleset =
		model_ruleset(arena, INPUT "tcp.dport=22 accept | tcp.sport=5 drop");
	static const uint8_t low[2], high[2] = { 0xff, 0xff };
	struct boundaries boundaries = { 0 };

	(void)state;
	evaluate_boundaries(arena, ruleset, FIELD_TCP_DPORT, low, high, &boundaries);
	evaluate_boundaries(arena, ruleset, FIELD_TCP_SPORT, low, high, &boundaries);
	assert_int_equal(boundaries.count, 6);
	static const uint8_t ports[] = { 0, 22, 23, 0, 5, 6 };

	for (size_t i = 0; i < COUNT_OF(ports); i++) {
		const uint8_t expected[16] = { 0, ports[i] };

		assert_memory_equal(boundaries.items[i], expected, 16);
	}
}

/* ---- nothing changes between two of them ---- */

enum { RULESETS = 600, PROBES = 24 };

/* The same numbers everywhere: xorshift, of Marsaglia. */
static uint32_t chance_state;

static uint32_t chance(uint32_t below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 17;
	chance_state ^= chance_state << 5;
	return chance_state % below;
}

static const char *one_of(const char *const *words, size_t count)
{
	return words[chance((uint32_t)count)];
}

#define ONE_OF(...)                                  \
	one_of((const char *const[]){ __VA_ARGS__ }, \
	       COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

/* Few values, close together, and both ends: so that rules and packets meet. */
static void write_value(struct buffer *out, enum datatype type, uint32_t number)
{
	if (type == DATATYPE_IP4_ADDRESS)
		buffer_format(out, number > 15 ? "255.255.255.%u" : "10.0.0.%u",
			      number > 15 ? 240 + number % 16 : number);
	else if (type == DATATYPE_IP6_ADDRESS)
		buffer_format(out,
			      number > 15 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff%x"
					  : "fd00::%x",
			      number % 16);
	else
		buffer_format(out, "%u", number > 15 ? 65520 + number % 16 : number);
}

/* One value, a prefix or a range, none of which begins before `from`. */
static uint32_t write_interval(struct buffer *out, enum datatype type, uint32_t from)
{
	uint32_t low = from + chance(6), high = low + chance(4);
	bool one_part = low > 15 || high < 16;

	if (low > 31)
		return 0;
	high = high > 31 ? 31 : high;
	write_value(out, type, low);
	if (high > low && one_part) {
		buffer_char(out, '-');
		write_value(out, type, high);
		return high + 1;
	}
	return low + 1;
}

static void write_elements(struct buffer *out, enum datatype type, enum datatype second,
			   bool map)
{
	uint32_t from = 0;

	buffer_char(out, '{');
	do {
		uint32_t next = write_interval(out, type, from);

		if (next && second != DATATYPE_COUNT) {
			buffer_char(out, '+');
			write_interval(out, second, chance(20));
		}
		if (next && map)
			buffer_format(out, ">%s", ONE_OF("accept", "drop", "continue"));
		buffer_char(out, ',');
		from = next;
	} while (from && chance(4));
	buffer_char(out, '}');
}

static const char *const address_fields[] = { "ip.saddr", "ip.daddr", "ip6.saddr",
					      "ip6.daddr" };
static const char *const port_fields[] = { "tcp.sport", "tcp.dport",  "udp.sport",
					   "udp.dport", "sctp.dport", "th.sport",
					   "th.dport" };

static void write_match(struct buffer *out)
{
	bool is_port = chance(2);
	const char *name = is_port ? one_of(port_fields, COUNT_OF(port_fields))
				   : one_of(address_fields, COUNT_OF(address_fields));
	enum datatype type = field_infos[model_field(name)].type;
	const char *how = ONE_OF("=", "!=", "@", "!@", "%");
	const char *second = one_of(port_fields, COUNT_OF(port_fields));

	buffer_text(out, name);
	if (strpbrk(how, "@%")) {
		bool pair = chance(2);

		if (pair)
			buffer_format(out, "+%s", second);
		buffer_text(out, how);
		write_elements(out, type, pair ? DATATYPE_INET_SERVICE : DATATYPE_COUNT,
			       *how == '%');
	} else {
		buffer_text(out, how);
		if (chance(3) || is_port)
			write_interval(out, type, chance(26));
		else
			buffer_format(out,
				      type == DATATYPE_IP4_ADDRESS ? "10.0.0.%u/%u"
								   : "fd00::%x/%u",
				      chance(16),
				      8 * datatypes[type].width - chance(6));
	}
	buffer_char(out, ' ');
}

static void write_rules(struct buffer *out, const char *more)
{
	for (uint32_t count = 1 + chance(6); count; count--) {
		for (uint32_t matches = chance(3); matches; matches--)
			write_match(out);
		buffer_format(out, "%s #%u|",
			      one_of((const char *const[]){ "accept", "drop", "reject",
							    "counter", "return",
							    "foreign", more },
				     7),
			      count);
	}
}

static const char *write_ruleset(void)
{
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "table inet; chain pre hook=prerouting: ");
	write_rules(&text, "jump:more");
	buffer_format(&text,
		      "; chain input hook=input %s: ", ONE_OF("policy=drop", ""));
	write_rules(&text, "goto:more");
	buffer_text(&text, "; chain more: ");
	write_rules(&text, "counter");
	return arena_string(arena, text.data);
}

static void put_by_chance(enum datatype type, uint8_t *bytes)
{
	struct buffer text AUTO_BUFFER = { 0 };

	write_value(&text, type, chance(32));
	model_put(type, text.data, bytes);
}

static struct packet packet_by_chance(enum family family)
{
	static const uint8_t protocols[] = { 6, 17, 132, 47 };
	struct packet packet = { .way = WAY_IN,
				 .family = family,
				 .iifname = "eth0",
				 .oifname = "",
				 .protocol = protocols[chance(4)],
				 .source_port = (uint16_t)chance(16),
				 .destination_port = (uint16_t)chance(16),
				 .state = STATE_NEW };
	enum datatype type =
		family == FAMILY_IP4 ? DATATYPE_IP4_ADDRESS : DATATYPE_IP6_ADDRESS;

	put_by_chance(type, packet.source);
	put_by_chance(type, packet.destination);
	return packet;
}

static void set_field(struct packet *packet, enum field field, const uint8_t *value)
{
	static const uint8_t protocols[FIELD_COUNT] = { [FIELD_TCP_SPORT] = 6,
							[FIELD_TCP_DPORT] = 6,
							[FIELD_UDP_SPORT] = 17,
							[FIELD_UDP_DPORT] = 17,
							[FIELD_SCTP_DPORT] = 132 };
	const struct field_info *info = &field_infos[field];
	bool source = strchr(info->name, 's') && strstr(info->name, " s");

	if (protocols[field])
		packet->protocol = protocols[field];
	if (info->type == DATATYPE_INET_SERVICE)
		*(source ? &packet->source_port : &packet->destination_port) =
			(uint16_t)datatype_number(info->type, value);
	else
		memcpy(source ? packet->source : packet->destination, value,
		       info->width);
}

static bool evaluations_equal(const struct evaluation *a, const struct evaluation *b)
{
	return a->outcome == b->outcome && a->passages.count == b->passages.count &&
	       memcmp(a->passages.items, b->passages.items,
		      a->passages.count * sizeof(*a->passages.items)) == 0;
}

struct subject {
	const char *text;
	const struct ruleset *ruleset;
	enum field field;
	struct boundaries boundaries;
};

/* The same at a value as at the last boundary that is not behind it. */
static void probe(const struct subject *subject, const uint8_t *value)
{
	const struct field_info *info = &field_infos[subject->field];
	struct packet packet = packet_by_chance(
		info->nfproto == NFPROTO_IP6_FIELD ? FAMILY_IP6 : FAMILY_IP4);
	struct evaluation here, there;
	size_t i = subject->boundaries.count;

	while (memcmp(subject->boundaries.items[i - 1], value, info->width) > 0)
		i--;
	set_field(&packet, subject->field, value);
	evaluate(arena, subject->ruleset, &packet, &here);
	set_field(&packet, subject->field, subject->boundaries.items[i - 1]);
	evaluate(arena, subject->ruleset, &packet, &there);
	if (!evaluations_equal(&here, &there))
		fail_msg("%s changes between two boundaries of:\n%s", info->name,
			 subject->text);
}

static void probe_field(struct subject *subject)
{
	const struct field_info *info = &field_infos[subject->field];
	uint8_t low[16] = { 0 }, high[16], value[16];

	memset(high, 0xff, sizeof(high));
	if (chance(2)) {
		put_by_chance(info->type, low);
		put_by_chance(info->type, high);
	}
	if (memcmp(low, high, info->width) > 0) {
		memcpy(value, low, sizeof(value));
		memcpy(low, high, info->width);
		memcpy(high, value, info->width);
	}
	memset(&subject->boundaries, 0, sizeof(subject->boundaries));
	evaluate_boundaries(arena, subject->ruleset, subject->field, low, high,
			    &subject->boundaries);
	assert_memory_equal(subject->boundaries.items[0], low, info->width);
	for (size_t i = 1; i < subject->boundaries.count; i++)
		assert_true(memcmp(subject->boundaries.items[i - 1],
				   subject->boundaries.items[i], 16) < 0);
	for (int i = 0; i < PROBES; i++) {
		put_by_chance(info->type, value);
		if (memcmp(value, low, info->width) >= 0 &&
		    memcmp(value, high, info->width) <= 0)
			probe(subject, value);
	}
}

static void nothing_changes_between(void **state)
{
	(void)state;
	chance_state = 0x5eed;
	for (int i = 0; i < RULESETS; i++) {
		struct subject subject;

		arena = arena_new();
		subject.text = write_ruleset();
		subject.ruleset = model_ruleset(arena, subject.text);
		for (size_t k = 0; k < COUNT_OF(address_fields); k++) {
			subject.field = model_field(address_fields[k]);
			probe_field(&subject);
		}
		for (size_t k = 0; k < COUNT_OF(port_fields); k++) {
			subject.field = model_field(port_fields[k]);
			probe_field(&subject);
		}
		arena_free(arena);
	}
}

/* ---- many ---- */

/* A set of many elements, and many rules that look into it. */
static void many_rules_share_a_set(void **state)
{
	enum { ELEMENTS = 20000, RULES = 20000 };
	struct buffer text AUTO_BUFFER = { 0 };
	static const uint8_t low[4], high[4] = { 255, 255, 255, 255 };
	struct boundaries boundaries = { 0 };

	(void)state;
	buffer_text(&text, "table inet; set far ip.saddr: ");
	for (int i = 0; i < ELEMENTS; i++)
		buffer_format(&text, "10.%d.%d.0/25 ", i / 250, i % 250);
	buffer_text(&text, "; chain input hook=input: ");
	for (int i = 0; i < RULES; i++)
		buffer_text(&text, "ip.saddr@far accept|");
	evaluate_boundaries(arena, model_ruleset(arena, text.data), FIELD_IP_SADDR, low,
			    high, &boundaries);
	assert_int_equal(boundaries.count, 1 + 2 * ELEMENTS);
}

enum { FIXED_TESTS = 3 };

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cut_cases) + FIXED_TESTS] = {
		cmocka_unit_test_setup_teardown(appends, arena_begin, arena_end),
		cmocka_unit_test(nothing_changes_between),
		cmocka_unit_test_setup_teardown(many_rules_share_a_set, arena_begin,
						arena_end),
	};

	for (size_t i = 0; i < COUNT_OF(cut_cases); i++)
		tests[FIXED_TESTS + i] = (struct CMUnitTest){
			.name = cut_cases[i].name,
			.test_func = cuts,
			.setup_func = arena_begin,
			.teardown_func = arena_end,
			.initial_state = &cut_cases[i],
		};
	return cmocka_run_group_tests_name("boundaries", tests, NULL, NULL);
}
