/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations as they are written: hosts, protocols, sides and ports. */
#include "unit/site/loading.h"

/* The expectation stands in line 5. */
#define SITE(expect)                                                                          \
	"site = \"s\"; roles = ( { name = \"r\"; }, { name = \"none\"; } );\n"                \
	"hosts = ( { name = \"h\"; roles = [ \"r\" ]; addresses = [ "                         \
	"\"192.0.2.1\", \"2001:db8::1\" ]; },\n"                                              \
	"{ name = \"i\"; roles = [ \"r\" ]; addresses = \"192.0.2.2\"; } );\n"                \
	"peers = ( { name = \"p\"; addresses = \"198.51.100.0/24\"; } ); expect = (\n" expect \
	" );\n"
#define ACCEPT(packet) SITE("{ host = \"h\"; accept = \"" packet "\"; }")
#define REFUSE(packet) SITE("{ host = \"h\"; refuse = \"" packet "\"; }")
#define PACKET         24

/* clang-format off */
static struct mistake {
	const char *name, *text;
	unsigned column;
	const char *said, *also;
} mistakes[] = {
	{ "no host", SITE("{ accept = \"tcp p h:1\"; }"), 1, "an expectation needs \"host\"", NULL },
	{ "no packet", SITE("{ host = \"h\"; }"), 1, "an expectation needs \"accept\" or \"refuse\"", NULL },
	{ "both", SITE("{ host = \"h\"; accept = \"tcp p h:1\"; refuse = \"tcp p h:2\"; }"), 46,
	  "a packet is accepted or refused", "site.cfg:5:24: note: the other is here" },
	{ "only", SITE("{ host = \"h\"; only = \"tcp p h:1\"; }"), 15, "\"only\" is not in this version yet", NULL },
	{ "unknown key", SITE("{ host = \"h\"; accept = \"tcp p h:1\"; acept = 1; }"), 37,
	  "unknown key \"acept\" in an expectation", "\"accept\"" },
	{ "unknown host", SITE("{ host = \"hh\"; accept = \"tcp p h:1\"; }"), 10,
	  "no host is called \"hh\"", "did you mean \"h\"?" },
	{ "peer for a host", SITE("{ host = \"p\"; accept = \"tcp p h:1\"; }"), 10,
	  "no host is called \"p\"", "site.cfg:4:20: note: \"p\" is a peer" },
	{ "no text", SITE("{ host = \"h\"; accept = 5; }"), 24, "\"accept\": expected a text", NULL },
	{ "two words", ACCEPT("tcp p"), PACKET, "expected PROTOCOL SOURCE DESTINATION, found 2 words", "tcp analysts" },
	{ "four words", ACCEPT("tcp p h :1"), PACKET, "expected PROTOCOL SOURCE DESTINATION, found 4 words", NULL },
	{ "one word", ACCEPT("tcp"), PACKET, "expected PROTOCOL SOURCE DESTINATION, found 1 word", NULL },
	{ "icmp", ACCEPT("icmp p h"), PACKET, "what is expected of icmp is not in this version yet", NULL },
	{ "igmp by number", ACCEPT("2 p h"), PACKET, "protocol 2 has a name: write \"igmp\"", NULL },
	{ "tcp by number", ACCEPT("6 p h:1"), PACKET, "protocol 6 has a name: write \"tcp\"", NULL },
	{ "no protocol", ACCEPT("tcpp p h:1"), PACKET, "\"tcpp\" is not a protocol", NULL },
	{ "protocol 256", ACCEPT("256 p h"), PACKET, "\"256\" is not a protocol", NULL },
	{ "protocol 0", ACCEPT("0 p h"), PACKET, "\"0\" is not a protocol", NULL },
	{ "port 0", ACCEPT("tcp p h:0"), PACKET, "\"0\" is not a port: expected 1 to 65535", NULL },
	{ "port 65536", ACCEPT("tcp p h:65536"), PACKET, "\"65536\" is not a port", NULL },
	{ "port by name", ACCEPT("tcp p h:ssh"), PACKET, "\"ssh\" is not a port", NULL },
	{ "no port behind the colon", ACCEPT("tcp p h:"), PACKET, "\"\" is not a port", NULL },
	{ "port of a protocol", ACCEPT("47 p:1 h"), PACKET, "only tcp, udp and sctp have ports", NULL },
	{ "every port accepted", ACCEPT("tcp p h"), PACKET, "expected the destination's port", NULL },
	{ "unknown name", ACCEPT("tcp pp h:1"), PACKET, "no role, host or peer is called \"pp\"", "\"p\"" },
	{ "gateway", ACCEPT("tcp gateway h:1"), PACKET, "the role \"gateway\" is not in this version yet", NULL },
	{ "role of nobody", ACCEPT("tcp none h:1"), PACKET, "nobody plays \"none\": no packet is meant", NULL },
	{ "host bits", ACCEPT("tcp 192.0.2.1/24 h:1"), PACKET, "\"192.0.2.1/24\" is not a prefix", "\"192.0.2.0/24\"" },
	{ "brackets that do not close", ACCEPT("tcp [2001:db8::1 h:1"), PACKET,
	  "\"[2001:db8::1\": expected [ADDRESS] or [ADDRESS]:PORT", NULL },
	{ "brackets and more", ACCEPT("tcp [2001:db8::1]22 h:1"), PACKET,
	  "\"[2001:db8::1]22\": expected [ADDRESS] or [ADDRESS]:PORT", NULL },
	{ "brackets around a name", ACCEPT("tcp [p]:22 h:1"), PACKET, "\"p\" is a name, not an address", NULL },
	{ "name in capitals", ACCEPT("tcp P h:1"), PACKET, "no role, host or peer is called \"P\"", "\"p\"" },
	{ "nothing before the colon", ACCEPT("tcp :22 h:1"), PACKET, "\"\" is empty", NULL },
	{ "no family in common", ACCEPT("tcp 2001:db8::5 p:1"), PACKET, "source and destination share no address family", NULL },
};

/* What a side becomes: its addresses and port. */
static struct side_case {
	const char *text;
	const char *source, *destination;
	uint16_t source_port, destination_port;
} sides[] = {
	{ REFUSE("tcp p h:22"), "198.51.100.0/24", "192.0.2.1 2001:db8::1", 0, 22 },
	{ REFUSE("udp  p:53  h "), "198.51.100.0/24", "192.0.2.1 2001:db8::1", 53, 0 },
	{ REFUSE("sctp any h"), "0.0.0.0/0 ::/0", "192.0.2.1 2001:db8::1", 0, 0 },
	{ REFUSE("tcp any:1 any:2"), "0.0.0.0/0 ::/0", "0.0.0.0/0 ::/0", 1, 2 },
	{ REFUSE("tcp p r:1"), "198.51.100.0/24", "192.0.2.1-192.0.2.2 2001:db8::1", 0, 1 },
	{ REFUSE("tcp 192.0.2.7 h:1"), "192.0.2.7", "192.0.2.1 2001:db8::1", 0, 1 },
	{ REFUSE("tcp 192.0.2.7:65535 h:1"), "192.0.2.7", "192.0.2.1 2001:db8::1", 65535, 1 },
	{ REFUSE("tcp 192.0.2.0/25:9 h:1"), "192.0.2.0/25", "192.0.2.1 2001:db8::1", 9, 1 },
	{ REFUSE("tcp 2001:db8::7 h:1"), "2001:db8::7", "192.0.2.1 2001:db8::1", 0, 1 },
	{ REFUSE("tcp [2001:db8::7] h:1"), "2001:db8::7", "192.0.2.1 2001:db8::1", 0, 1 },
	{ REFUSE("tcp [2001:db8::7]:80 h:1"), "2001:db8::7", "192.0.2.1 2001:db8::1", 80, 1 },
	{ REFUSE("tcp [2001:db8::/64]:80 h:1"), "2001:db8::/64", "192.0.2.1 2001:db8::1", 80, 1 },
	/* without brackets all of it is the address */
	{ REFUSE("tcp 2001:db8::7:80 h:1"), "2001:db8::7:80", "192.0.2.1 2001:db8::1", 0, 1 },
	{ REFUSE("47 p h"), "198.51.100.0/24", "192.0.2.1 2001:db8::1", 0, 0 },
};

/* clang-format on */

static void refuses(void **state)
{
	const struct mistake *mistake = *state;

	assert_errors(mistake->text, 1);
	assert_said(arena_format(trial.arena, "site.cfg:5:%u: error: %s",
				 mistake->column, mistake->said));
	if (mistake->also)
		assert_said(mistake->also);
}

static const char *side_text(const struct expect_side *side)
{
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "");
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < side->addresses[family].count; i++) {
			const struct ranges *ranges = &side->addresses[family];

			buffer_text(&text, text.length ? " " : "");
			range_print(&text, range_low(ranges, i), range_high(ranges, i),
				    ranges->width);
		}
	return arena_string(trial.arena, text.data);
}

static void reads_sides(void **state)
{
	const struct side_case *c = *state;
	const struct expectation *expectation;

	assert_loads(c->text);
	assert_int_equal(trial.site->expectations.count, 1);
	expectation = trial.site->expectations.items[0];
	assert_ptr_equal(expectation->host, trial_actor("h"));
	assert_int_equal(expectation->kind, EXPECT_REFUSE);
	assert_string_equal(side_text(&expectation->source), c->source);
	assert_string_equal(side_text(&expectation->destination), c->destination);
	assert_int_equal(expectation->source.port, c->source_port);
	assert_int_equal(expectation->destination.port, c->destination_port);
}

static void reads_protocols(void **state)
{
	(void)state;
	assert_loads(SITE("{ host = \"h\"; accept = \"udp p h:1\"; },\n"
			  "{ host = \"i\"; accept = \"50 p h\"; }"));
	assert_int_equal(trial.site->expectations.count, 2);
	assert_int_equal(trial.site->expectations.items[0]->transport, TRANSPORT_UDP);
	assert_int_equal(trial.site->expectations.items[0]->number, 0);
	assert_int_equal(trial.site->expectations.items[0]->kind, EXPECT_ACCEPT);
	assert_int_equal(trial.site->expectations.items[1]->transport,
			 TRANSPORT_PROTOCOL);
	assert_int_equal(trial.site->expectations.items[1]->number, 50);
	assert_int_equal(trial.site->expectations.items[1]->packet.span.line, 6);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(mistakes) + COUNT_OF(sides) + 1];
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(mistakes); i++)
		tests[count++] =
			(struct CMUnitTest){ mistakes[i].name, refuses, trial_begin,
					     trial_end, &mistakes[i] };
	for (size_t i = 0; i < COUNT_OF(sides); i++)
		tests[count++] =
			(struct CMUnitTest){ sides[i].source, reads_sides, trial_begin,
					     trial_end, &sides[i] };
	tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		reads_protocols, trial_begin, trial_end);
	return cmocka_run_group_tests_name("expect", tests, NULL, NULL);
}
