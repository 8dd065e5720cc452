/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations held against the flows: every address and port, in every direction. */
#include "compile/expect.h"
#include "unit/site/loading.h"

/* clang-format off */
static const char site_text[] =
	"site = \"s\"; roles = ( { name = \"client\"; }, { name = \"sensor\"; } );\n"
	"hosts = (\n"
	"{ name = \"h\"; roles = [ \"sensor\" ]; addresses = [ \"192.0.2.1\", \"2001:db8::1\" ];\n"
	"  policy = { dhcp-client = true; }; },\n"
	"{ name = \"i\"; roles = [ \"sensor\" ]; addresses = \"192.0.2.2\"; policy = { outbound = \"accept\"; }; },\n"
	"{ name = \"open\"; addresses = \"192.0.2.3\"; policy = { inbound = \"accept\"; forward = \"accept\"; }; } );\n"
	"peers = (\n"
	"{ name = \"p\"; roles = [ \"client\" ]; addresses = \"198.51.100.0/25\"; },\n"
	"{ name = \"q\"; roles = [ \"client\" ]; addresses = [ \"198.51.100.128/25\", \"2001:db8:1::/64\" ];\n"
	"  except = \"198.51.100.200\"; },\n"
	"{ name = \"x\"; addresses = \"203.0.113.7\"; } );\n"
	"flows = (\n"
	"{ id = \"cli\";   from = \"client\"; to = \"sensor\"; tcp = 22; },\n"
	"{ id = \"web\";   from = \"any\";    to = \"sensor\"; tcp = ( 80, \"8000-8080\" ); },\n"
	"{ id = \"web4\";  from = \"any\";    to = \"sensor\"; tcp = 81; family = \"ip\"; },\n"
	"{ id = \"low\";   from = \"p\";      to = \"sensor\"; udp = 500; source-port = \"1-1023\"; },\n"
	"{ id = \"high\";  from = \"p\";      to = \"sensor\"; udp = 500; source-port = \"1024-65535\"; },\n"
	"{ id = \"gap\";   from = \"p\";      to = \"sensor\"; udp = 501; source-port = 501; },\n"
	"{ id = \"group\"; from = \"p\";      to = \"sensor\"; udp = 5353; group = \"224.0.0.251\"; },\n"
	"{ id = \"out\";   from = \"sensor\"; to = \"x\";      tcp = 25; },\n"
	"{ id = \"gre\";   from = \"sensor\"; to = \"x\";      protocol = 47; both-ways = true; } );\n";

/* clang-format on */

/* clang-format off */
static struct expect_case {
	const char *host, *kind, *packet;
	const char *said; /* NULL: it holds */
} cases[] = {
	{ "h", "accept", "tcp client h:22", NULL },
	{ "h", "accept", "tcp p h:22", NULL },
	{ "h", "accept", "tcp 198.51.100.7 192.0.2.1:22", NULL },
	{ "h", "accept", "tcp 198.51.100.0/24 h:22", "198.51.100.200: not let in by any flow" },
	{ "h", "accept", "tcp x h:22", "203.0.113.7: not let in by any flow" },
	{ "h", "accept", "tcp p h:23", "198.51.100.0/25: not let in by any flow" },
	{ "h", "accept", "udp p h:22", "198.51.100.0/25: not let in by any flow" },
	{ "h", "accept", "tcp 2001:db8:1::/64 h:22", NULL },
	{ "h", "accept", "tcp 2001:db8:1::/63 h:22", "2001:db8:1:1::/64: not let in by any flow" },
	{ "h", "accept", "tcp any h:80", NULL },
	{ "h", "accept", "tcp any h:8080", NULL },
	{ "h", "accept", "tcp any h:8081", "not let in by any flow" },
	{ "h", "accept", "tcp any h:81", "::-2001:db8::" },
	{ "h", "accept", "tcp any 192.0.2.1:81", NULL },
	{ "h", "accept", "tcp p sensor:22", "192.0.2.2: neither from nor to \"h\"" },
	{ "h", "accept", "udp p h:500", NULL },
	{ "h", "accept", "udp p:700 h:500", NULL },
	{ "h", "accept", "udp p h:501", "198.51.100.0/25, source port 1: not let in by any flow" },
	{ "h", "accept", "udp p:501 h:501", NULL },
	{ "h", "accept", "udp p:502 h:501", "198.51.100.0/25: not let in by any flow" },
	{ "h", "accept", "udp p 224.0.0.251:5353", NULL },
	{ "h", "accept", "udp p 224.0.0.252:5353", "198.51.100.0/25: not let in by any flow" },
	{ "h", "accept", "udp p h:5353", "198.51.100.0/25: not let in by any flow" },
	{ "h", "accept", "tcp h x:25", NULL },
	{ "h", "accept", "tcp h x:26", "203.0.113.7: not reached by any flow" },
	{ "h", "accept", "tcp h 203.0.113.6/31:25", "203.0.113.6: not reached by any flow" },
	{ "h", "accept", "47 h x", NULL },
	{ "h", "accept", "47 x h", NULL },
	{ "h", "accept", "50 h x", "203.0.113.7: not reached by any flow" },
	{ "h", "accept", "tcp h h:1", NULL },
	{ "h", "accept", "tcp p x:22", "203.0.113.7: neither from nor to \"h\", which forwards nothing" },
	{ "i", "accept", "tcp i any:1", NULL },
	{ "open", "accept", "udp any open:1", NULL },
	{ "open", "accept", "udp p x:1", NULL },
	{ "open", "accept", "udp open x:1", "203.0.113.7: not reached by any flow" },

	{ "h", "refuse", "tcp any h:9000", NULL },
	{ "h", "refuse", "tcp any h:22", "flow \"s.cli\" lets it in from 198.51.100.0-198.51.100.199" },
	{ "h", "refuse", "tcp x h:22", NULL },
	{ "h", "refuse", "tcp any h", "the flow \"s.web\" lets it in from" },
	{ "h", "refuse", "tcp 198.51.100.200 h:22", NULL },
	{ "h", "refuse", "tcp 198.51.100.0/24 h:22", "flow \"s.cli\" lets it in" },
	{ "h", "refuse", "udp p h:5353", NULL },
	{ "h", "refuse", "udp p any:5353", "flow \"s.group\" lets it in" },
	{ "h", "refuse", "udp p:502 h:501", NULL },
	{ "h", "refuse", "udp p h:501", "flow \"s.gap\" lets it in" },
	{ "h", "refuse", "tcp p i:22", NULL },
	{ "h", "refuse", "tcp h any:25", "flow \"s.out\" lets it out to 203.0.113.7" },
	{ "h", "refuse", "tcp h any:26", NULL },
	{ "h", "refuse", "udp any:67 h:68", "\"dhcp-client\" lets it pass" },
	{ "h", "refuse", "udp any:66 h:68", NULL },
	{ "h", "refuse", "udp h:68 any:67", "\"dhcp-client\" lets it pass" },
	{ "h", "refuse", "udp [2001:db8:1::1]:547 h:546", NULL },
	{ "h", "refuse", "udp [fe80::1]:547 h:546", "\"dhcp-client\" lets it pass: fe80::1" },
	{ "h", "refuse", "udp h:546 [ff02::1:2]:547", "\"dhcp-client\" lets it pass: ff02::1:2" },
	{ "i", "refuse", "udp any:67 i:68", NULL },
	{ "h", "refuse", "tcp h h:1", "what a host sends to itself always passes" },
	{ "i", "refuse", "tcp i x:1", "the policy accepts what no flow speaks of: outbound" },
	{ "i", "refuse", "tcp x i:1", NULL },
	{ "open", "refuse", "tcp x open:1", "the policy accepts what no flow speaks of: inbound" },
	{ "open", "refuse", "tcp x p:1", "the policy accepts what no flow speaks of: forward" },
	{ "open", "refuse", "tcp open p:1", NULL },
};

/* clang-format on */

static void holds_or_not(void **state)
{
	const struct expect_case *c = *state;
	struct buffer said AUTO_BUFFER = { 0 };
	const char *expect = arena_format(
		trial.arena, "expect = ( { host = \"%s\"; %s = \"%s\"; } );\n", c->host,
		c->kind, c->packet);
	bool good;

	assert_loads(arena_format(trial.arena, "%s%s", site_text, expect));
	good = expectations_check(trial.site, &trial.diags);
	buffer_text(&said, "");
	diags_print(&trial.diags, false, &said);
	trial.said = arena_string(trial.arena, said.data);
	if (good != !c->said)
		fail_msg("expected: %s\nsaid: %s", c->said ? c->said : "nothing",
			 trial.said);
	assert_int_equal(trial.diags.error_count, !good);
	if (!c->said)
		return;
	assert_said(c->said);
	assert_said(arena_format(
		trial.arena, "\"%s\" is not %sed on host \"%s\"", c->packet,
		strcmp(c->kind, "refuse") ? c->kind : "refus", c->host));
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases)];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].packet, holds_or_not,
						trial_begin, trial_end, &cases[i] };
	return cmocka_run_group_tests_name("expect", tests, NULL, NULL);
}
