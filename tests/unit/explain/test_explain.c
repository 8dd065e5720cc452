/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about a site: the verdict, what decides, why not, and that all of it is so.
 */
#include "compile/compile.h"
#include "explain/explain.h"
#include "unit/site/loading.h"

/* clang-format off */
static const char site_text[] =
	"site = \"s\"; roles = ( { name = \"client\"; }, { name = \"sensor\"; }, { name = \"mail\"; } );\n"
	"hosts = (\n"
	"{ name = \"h\"; roles = [ \"sensor\" ]; addresses = [ \"192.0.2.1\", \"2001:db8::1\" ];\n"
	"  interfaces = { management = [ \"eth0\", \"wl*\" ]; monitor = [ \"eth1\" ]; }; },\n"
	"{ name = \"i\"; roles = [ \"sensor\" ]; addresses = \"192.0.2.2\";\n"
	"  policy = { outbound = \"reject\"; anti-spoof = true; }; },\n"
	"{ name = \"open\"; addresses = \"192.0.2.3\"; policy = { inbound = \"accept\"; forward = \"accept\"; }; } );\n"
	"peers = (\n"
	"{ name = \"p\"; roles = [ \"client\" ]; addresses = \"198.51.100.0/25\"; },\n"
	"{ name = \"q\"; roles = [ \"client\" ]; addresses = [ \"198.51.100.128/25\", \"2001:db8:1::/64\" ];\n"
	"  except = \"198.51.100.200\"; },\n"
	"{ name = \"x\"; addresses = \"203.0.113.7\"; } );\n"
	"flows = (\n"
	"{ id = \"cli\";   from = \"client\"; to = \"sensor\"; tcp = 22;\n"
	"  row = { table = \"Access\"; protocol = \"SSH\"; port = \"22\"; }; },\n"
	"{ id = \"web\";   from = \"client\"; to = \"sensor\"; tcp = 443; },\n"
	"{ id = \"web4\";  from = \"any\";    to = \"sensor\"; tcp = 81; family = \"ip\"; },\n"
	"{ id = \"low\";   from = \"p\";      to = \"i\";      udp = 500; source-port = \"1-1023\"; },\n"
	"{ id = \"group\"; from = \"p\";      to = \"i\";      udp = 5353; group = \"224.0.0.251\"; },\n"
	"{ id = \"peer\";  from = \"h\";      to = \"i\";      tcp = 9000; },\n"
	"{ id = \"half\";  from = \"h\";      to = \"open\";   tcp = 9001; },\n"
	"{ id = \"mail\";  from = \"sensor\"; to = \"mail\";   tcp = 25; optional = true; },\n"
	"{ id = \"slow\";  from = \"x\";      to = \"i\";      tcp = 22; rate = \"6/minute\"; },\n"
	"{ id = \"ping\";  from = \"p\";      to = \"i\";      icmp = \"echo-request\"; },\n"
	"{ id = \"gre\";   from = \"i\";      to = \"x\";      protocol = 47; both-ways = true; } );\n";

static struct question_case {
	const char *packet, *host, *interface;
	const char *verdict;
	const char *said[4]; /* in this order */
} cases[] = {
	{ "tcp p h:22", NULL, NULL, "accept",
	  { "into h by eth0 or wl*\n  accept from 198.51.100.0/25 to 192.0.2.1 port 22\n",
	    "rule     ip saddr @client.4 tcp dport 22 counter accept\n    flow     s.cli, ",
	    "row      Access | SSH | 22", "inet input: iifname \"eth0\" jump input-management" } },
	{ "tcp p h:22", NULL, NULL, "accept",
	  { "answers, as established: accept, by inet output: ct state vmap",
	    "by eth1 or any other interface: drop\n" } },
	{ "tcp q h:22", NULL, NULL, "accept",
	  { "from 198.51.100.128-198.51.100.199, 198.51.100.201-198.51.100.255 to 192.0.2.1",
	    "from 2001:db8:1::/64 to 2001:db8::1 port 22" } },
	{ "tcp client sensor:22", NULL, NULL, "accept", { "into h", "into i" } },
	{ "tcp p h:8443", NULL, NULL, "drop",
	  { "rule     policy drop", "why      no flow lets it in",
	    "nearest  tcp 8443 from p: s.web opens 443, " } },
	{ "tcp x h:22", NULL, NULL, "drop",
	  { "nearest  tcp 22 from x: s.cli opens it from client alone" } },
	{ "tcp any h:22", NULL, NULL, "mixed",
	  { "  accept from 198.51.100.0-198.51.100.199, 198.51.100.201-198.51.100.255 to",
	    "  accept from 2001:db8:1::/64",
	    "  drop from any IPv4 but 198.51.100.0-198.51.100.199, 198.51.100.201-198.51.100.255, "
	    "any IPv6 but 2001:db8:1::/64 to 192.0.2.1, 2001:db8::1 port 22",
	    "nearest  tcp 22 from these: s.cli opens it from client alone" } },
	{ "tcp 198.51.100.200 h:22", NULL, NULL, "drop", { "s.cli opens it from client alone" } },
	{ "udp p h:22", NULL, NULL, "drop", { "nearest  udp 22 from p: s.cli opens tcp 22" } },
	{ "tcp h p:22", NULL, NULL, "drop",
	  { "out of h\n", "s.cli opens it the other way, from client to sensor" } },
	{ "tcp h 203.0.113.9:25", NULL, NULL, "drop",
	  { "nearest  tcp 25 to 203.0.113.9: s.mail is closed: nobody plays \"mail\", " } },
	{ "tcp 2001:db8:9::1 h:81", NULL, NULL, "drop", { "s.web4 opens it for IPv4 alone" } },
	{ "tcp p h:22", NULL, "eth9", "drop", { "into h by eth9\n", "s.cli opens it by eth0 alone" } },
	{ "tcp p h:22", NULL, "wl7", "accept", { "into h by wl7\n", "iifname \"wl*\" jump" } },
	{ "tcp p h:22", NULL, "eth1", "drop",
	  { "into h by eth1\n", "why      a monitoring port: what comes by it reaches nothing here",
	    "netdev ingress-eth1: policy drop" } },
	{ "udp p:700 i:500", NULL, NULL, "accept",
	  { "from 198.51.100.0/25 port 700 to 192.0.2.2 port 500",
	    "taken for granted: the way back to the source is the way it came" } },
	{ "udp p i:500", NULL, NULL, "mixed",
	  { "accept from 198.51.100.0/25 port 1-1023 to 192.0.2.2 port 500",
	    "drop from 198.51.100.0/25 port 1024-65535 to 192.0.2.2 port 500",
	    "s.low opens it from source port 1-1023 alone" } },
	{ "udp p 224.0.0.251:5353", NULL, NULL, "accept", { "into i\n", "flow     s.group" } },
	{ "udp p i:5353", NULL, NULL, "drop", { "s.group opens it to the group 224.0.0.251" } },
	{ "tcp h i:9000", NULL, NULL, "accept",
	  { "out of h by eth0 or wl*\n  accept", "into i\n  accept" } },
	{ "tcp h i:9001", NULL, NULL, "drop", { "out of h", "s.half", "into i" } },
	{ "tcp i h:9000", NULL, NULL, "reject",
	  { "out of i\n  reject", "reject with tcp reset", "s.peer opens it the other way" } },
	{ "tcp open h:9001", NULL, NULL, "drop", { "out of open", "into h" } },
	{ "tcp x open:1", NULL, NULL, "accept", { "policy accept" } },
	{ "tcp x i:22", NULL, NULL, "accept", { "flow     s.slow", "the rate is not used up" } },
	{ "icmp/echo-request p i", NULL, NULL, "accept",
	  { "type echo-request", "flow     s.ping", "answers, as established: accept" } },
	{ "icmp p i", NULL, NULL, "mixed",
	  { "accept from 198.51.100.0/25 to 192.0.2.2 type destination-unreachable, 11-12",
	    "# icmp errors", "drop from" } },
	{ "icmpv6/nd-neighbor-solicit any h", NULL, NULL, "accept", { "neighbour discovery" } },
	{ "icmpv6/130 any h", NULL, NULL, "mixed",
	  { "accept from fe80::/10 to 2001:db8::1 type mld-listener-query" } },
	{ "47 i x", NULL, NULL, "accept", { "out of i", "flow     s.gre" } },
	{ "47 x i", NULL, NULL, "accept", { "into i", "flow     s.gre" } },
	{ "tcp h h:1", NULL, NULL, "accept", { "out of h to itself by lo", "into h from itself by lo" } },
	{ "tcp x p:22", "h", NULL, "drop", { "through h", "why      h forwards nothing" } },
	{ "tcp x p:22", "open", NULL, "accept",
	  { "through open", "rule     none: no chain of rolewall's is on the way" } },
	{ "tcp p 192.0.2.0/24:22", NULL, NULL, "accept",
	  { "into h", "into i", "into open",
	    "not asked: from 198.51.100.0/25 to 192.0.2.0, 192.0.2.4-192.0.2.255: neither" } },
};

static struct wrong_case {
	const char *packet, *said;
} wrong_cases[] = {
	{ "", "expected PROTOCOL SOURCE DESTINATION, found 0 words" },
	{ "tcp p", "found 2 words" },
	{ "tpc p h", "\"tpc\" is not a protocol: expected tcp, udp, sctp, icmp, icmpv6, igmp or" },
	{ "6 p h", "protocol 6 has a name: write \"tcp\"" },
	{ "tcp/22 p h", "only icmp and icmpv6 have types" },
	{ "icmp/echo p h", "\"echo\" is not an icmp type" },
	{ "icmp/packet-too-big p h", "it is an icmpv6 type" },
	{ "icmp/256 p h", "expected a name or a number from 0 to 255" },
	{ "icmp/ p h", "\"\" is not an icmp type" },
	{ "icmp p:1 h", "only tcp, udp and sctp have ports" },
	{ "icmpv6 p h", "source and destination share no address family" },
	{ "tcp pp h:22", "no role, host or peer is called \"pp\"" },
	{ "tcp mail h:22", "nobody plays \"mail\"" },
	{ "tcp p h:ssh", "\"ssh\" is not a port" },
	{ "tcp p\x1b[31m h:22", "p\\x1b[31m" },
	{ "tcp gateway h:22", "\"gateway\"" },
};

/* clang-format on */

/* The answer as it is printed; NULL with diagnostics. */
static const char *ask(const char *packet, const char *host, const char *interface,
		       const struct explanation **explanation)
{
	struct buffer out AUTO_BUFFER = { 0 };
	struct expectation *question = arena_alloc(trial.arena, sizeof(*question));
	struct explain_question asked = { .site = trial.site,
					  .packet = question,
					  .host = host ? trial_actor(host) : NULL,
					  .interface = interface };

	if (!site_packet(trial.arena, trial.site, packet, question, &trial.diags))
		return NULL;
	assert_true(host || explain_finds_host(trial.site, question));
	*explanation = explain(trial.arena, &asked, &trial.diags);
	assert_non_null(*explanation);
	explain_print(*explanation, false, &out);
	return arena_string(trial.arena, out.data);
}

static void answers(void **state)
{
	const struct question_case *c = *state;
	const struct explanation *explanation;
	const char *text, *at;

	assert_loads(site_text);
	text = ask(c->packet, c->host, c->interface, &explanation);
	assert_non_null(text);
	assert_string_equal(verdict_word(explanation->outcomes), c->verdict);
	at = text;
	for (size_t i = 0; i < COUNT_OF(c->said) && c->said[i]; i++) {
		at = strstr(at, c->said[i]);
		if (!at)
			fail_msg("expected: %s\nsaid: %s", c->said[i], text);
	}
}

static void refuses(void **state)
{
	const struct wrong_case *c = *state;
	const struct explanation *explanation;
	struct buffer said AUTO_BUFFER = { 0 };

	assert_loads(site_text);
	assert_null(ask(c->packet, NULL, NULL, &explanation));
	assert_int_equal(trial.diags.error_count, 1);
	diags_print(&trial.diags, false, &said);
	if (!strstr(said.data, c->said))
		fail_msg("expected: %s\nsaid: %s", c->said, said.data);
}

/* ---- single packets, held against the evaluator ---- */

enum { PACKETS = 400 };

static uint64_t seed;

static unsigned roll(unsigned sides)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % sides;
}

static enum outcome evaluated(const char *host, const struct packet *packet)
{
	const struct ruleset *ruleset =
		compile_host(trial.arena, trial.site, trial_actor(host), &trial.diags);
	struct evaluation evaluation;

	assert_non_null(ruleset);
	evaluate(trial.arena, ruleset, packet, &evaluation);
	return evaluation.outcome;
}

static void says_what_evaluate_says(void **state)
{
	static const char *const froms[] = { "198.51.100.5", "198.51.100.200",
					     "198.51.100.140", "203.0.113.7",
					     "203.0.113.8" };
	static const char *const interfaces[] = { "eth0", "eth1", "eth2", "wl3" };
	static const uint16_t ports[] = { 22, 23, 81, 443, 500, 5353, 9000 };
	static const uint8_t sources[][4] = { { 198, 51, 100, 5 },
					      { 198, 51, 100, 200 },
					      { 198, 51, 100, 140 },
					      { 203, 0, 113, 7 },
					      { 203, 0, 113, 8 } };
	unsigned seen = 0;

	(void)state;
	assert_loads(site_text);
	seed = 9;
	for (int i = 0; i < PACKETS; i++) {
		bool is_tcp = roll(2), to_h = roll(2);
		unsigned from = roll(COUNT_OF(froms));
		uint16_t port = ports[roll(COUNT_OF(ports))];
		uint16_t source_port = (uint16_t)(1 + roll(2000));
		struct packet packet = { .way = WAY_IN,
					 .iifname = interfaces[roll(4)],
					 .oifname = "",
					 .destination = { 192, 0, 2, to_h ? 1 : 2 },
					 .protocol = is_tcp ? 6 : 17,
					 .source_port = source_port,
					 .destination_port = port,
					 .hop_limit = 64,
					 .state = STATE_NEW,
					 .route_back = true };
		const char *host = to_h ? "h" : "i";
		const struct explanation *explanation;

		memcpy(packet.source, sources[from], 4);
		assert_non_null(
			ask(arena_format(trial.arena, "%s %s:%u %s:%u",
					 is_tcp ? "tcp" : "udp", froms[from],
					 (unsigned)source_port, host, (unsigned)port),
			    NULL, packet.iifname, &explanation));
		assert_int_equal(explanation->legs.count, 1);
		assert_int_equal(explanation->legs.items[0].parts.count, 1);
		assert_int_equal(explanation->outcomes, 1u << evaluated(host, &packet));
		seen |= explanation->outcomes;
	}
	assert_int_equal(seen, 1u << OUTCOME_ACCEPT | 1u << OUTCOME_DROP);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(cases) + COUNT_OF(wrong_cases) + 1];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].packet, answers, trial_begin,
						trial_end, &cases[i] };
	for (size_t i = 0; i < COUNT_OF(wrong_cases); i++)
		tests[COUNT_OF(cases) + i] =
			(struct CMUnitTest){ wrong_cases[i].packet, refuses,
					     trial_begin, trial_end, &wrong_cases[i] };
	tests[COUNT_OF(tests) - 1] =
		(struct CMUnitTest){ "says what evaluate says", says_what_evaluate_says,
				     trial_begin, trial_end, NULL };
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
