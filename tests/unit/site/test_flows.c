/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows: what each key means, and each mistake at its place. */
#include "unit/site/loading.h"

/* The flow under test stands in line 5. */
#define SITE(flow)                                                                   \
	"site = \"s\"; use = [ \"base\" ];\n"                                        \
	"hosts = ( { name = \"h\"; roles = [ \"b\" ]; addresses = [ \"192.0.2.1\", " \
	"\"2001:db8::1\" ]; } );\n"                                                  \
	"peers = ( { name = \"p\"; roles = [ \"a\" ]; addresses = [ \"192.0.2.2\", " \
	"\"2001:db8::2\" ]; } );\n"                                                  \
	"flows = (\n" flow "\n);\n"

/* Its mistake is in what stands behind the ends. */
#define FLOW(rest) SITE("{ id = \"f\"; from = \"a\"; to = \"b\"; " rest " }")
#define REST       35

static const char base[] =
	"profile = { name = \"base\"; };\n"
	"roles = ( { name = \"a\"; }, { name = \"b\"; } );\n"
	"services = ( { name = \"web\"; tcp = ( 443, 80 ); },\n"
	"  { name = \"ping\"; icmp = \"echo-request\"; icmpv6 = \"echo-request\"; } );\n"
	"flows = ( { id = \"old\"; from = \"a\"; to = \"b\"; service = \"web\"; } );\n";

/* ---- mistakes ---- */

/* clang-format off */
static struct mistake {
	const char *name, *text;
	unsigned column; /* in line 5 */
	const char *said;
	const char *also; /* a note; NULL: not looked for */
} mistakes[] = {
	{ "no id", SITE("{ from = \"a\"; to = \"b\"; tcp = 1; }"), 1,
	  "a flow needs \"id\"", NULL },
	{ "no from", SITE("{ id = \"f\"; to = \"b\"; tcp = 1; }"), 1,
	  "a flow needs \"from\"", NULL },
	{ "no to", SITE("{ id = \"f\"; from = \"b\"; tcp = 1; }"), 1,
	  "a flow needs \"to\"", NULL },
	{ "no content", FLOW(""), 8, "the flow does not say what it permits",
	  "expected service = \"NAME\"" },
	{ "no group", SITE("\"f\""), 1, "expected a group like { id = \"cli\"", NULL },
	{ "unknown key", FLOW("tcp = 1; optinal = true;"), REST + 9,
	  "unknown key \"optinal\" in a flow", "did you mean \"optional\"?" },
	{ "id of two words", SITE("{ id = \"f f\"; from = \"a\"; to = \"b\"; tcp = 1; }"), 8,
	  "\"f f\" is not a name", NULL },
	{ "unknown end", SITE("{ id = \"f\"; from = \"aa\"; to = \"b\"; tcp = 1; }"), 20,
	  "no role, host or peer is called \"aa\"", "did you mean \"a\"?" },
	{ "unknown end of many", SITE("{ id = \"f\"; from = [ \"a\", \"z9\" ]; to = \"b\"; tcp = 1; }"), 27,
	  "no role, host or peer is called \"z9\"", NULL },
	{ "end twice", SITE("{ id = \"f\"; from = [ \"a\", \"a\" ]; to = \"b\"; tcp = 1; }"), 27,
	  "\"a\" is given twice", "5:22: note: first given here" },
	{ "no end", SITE("{ id = \"f\"; from = [ ]; to = \"b\"; tcp = 1; }"), 20,
	  "\"from\" is empty", NULL },
	{ "end is a number", SITE("{ id = \"f\"; from = 1; to = \"b\"; tcp = 1; }"), 20,
	  "\"from\": expected a text, found a number", NULL },
	{ "end is an address", SITE("{ id = \"f\"; from = \"192.0.2.0/24\"; to = \"b\"; tcp = 1; }"), 20,
	  "\"192.0.2.0/24\" is an address: a flow names roles, hosts and peers", "peers = (" },
	{ "gateway", SITE("{ id = \"f\"; from = \"gateway\"; to = \"b\"; tcp = 1; }"), 20,
	  "the role \"gateway\" is not in this version yet", NULL },
	{ "unknown service", FLOW("service = \"wbe\";"), REST + 10,
	  "no service is called \"wbe\"", "did you mean \"web\"?" },
	{ "service twice", FLOW("service = [ \"web\", \"web\" ];"), REST + 19,
	  "\"web\" is given twice", NULL },
	{ "port 0", FLOW("tcp = 0;"), REST + 6, "expected a port from 1 to 65535", NULL },
	{ "port that libconfig cuts", FLOW("tcp = 4294967318;"), REST + 6,
	  "the number does not fit 32 bits", NULL },
	{ "source port of icmp", FLOW("icmp = 8; source-port = 1;"), REST + 24,
	  "\"source-port\" cannot be a condition of icmp", "5:42: note: the flow has icmp" },
	{ "source port of a protocol", FLOW("service = \"web\"; protocol = 47; source-port = 1;"), REST + 46,
	  "\"source-port\" cannot be a condition of protocol", NULL },
	{ "source ports reversed", FLOW("udp = 1; source-port = \"9-1\";"), REST + 23,
	  "the range is reversed", "\"1-9\"" },
	{ "several source ports", FLOW("udp = 1; source-port = [ 1, 2 ];"), REST + 23,
	  "\"source-port\": expected a port", NULL },
	{ "family", FLOW("tcp = 1; family = \"ipv4\";"), REST + 18,
	  "\"family\": expected \"ip\" or \"ip6\", found \"ipv4\"", NULL },
	{ "icmpv6 in family ip", FLOW("tcp = 1; icmpv6 = 128; family = \"ip\";"), REST + 32,
	  "icmpv6 exists in IPv6 alone", "the flow has icmpv6 by this" },
	{ "icmp in family ip6", FLOW("icmp = 8; family = \"ip6\";"), REST + 19,
	  "icmp exists in IPv4 alone", NULL },
	{ "icmp to a group of IPv6", FLOW("icmp = 8; group = \"ff02::fb\";"), REST + 18,
	  "icmp exists in IPv4 alone", NULL },
	{ "group of the other family", FLOW("udp = 1; group = \"224.0.0.1\"; family = \"ip6\";"), REST + 17,
	  "the group is an IPv4 address, which the flow's family excludes", "the family is said here" },
	{ "tcp to a group", FLOW("tcp = 1; group = \"224.0.0.1\";"), REST + 17,
	  "tcp cannot be sent to a group", NULL },
	{ "group of one machine", FLOW("udp = 1; group = \"192.0.2.4\";"), REST + 17,
	  "\"192.0.2.4\" is neither a multicast nor a broadcast address", NULL },
	{ "group of one machine, IPv6", FLOW("udp = 1; group = \"2001:db8::1\";"), REST + 17,
	  "\"2001:db8::1\" is neither a multicast nor a broadcast address", NULL },
	{ "many groups", FLOW("udp = 1; group = \"224.0.0.0/24\";"), REST + 17,
	  "\"224.0.0.0/24\" is more than one address", NULL },
	{ "any group", FLOW("udp = 1; group = \"any\";"), REST + 17,
	  "\"any\" is more than one address", NULL },
	{ "group with host bits", FLOW("udp = 1; group = \"224.0.0.1/24\";"), REST + 17,
	  "\"224.0.0.1/24\" is not a prefix", "\"224.0.0.0/24\"" },
	{ "expired", FLOW("tcp = 1; expires = \"2026-06-14\";"), REST + 19,
	  "the flow \"s.f\" has expired", "later date" },
	{ "no date", FLOW("tcp = 1; expires = \"2026-02-30\";"), REST + 19,
	  "\"2026-02-30\": expected a day from 01 to 28", NULL },
	{ "rate", FLOW("tcp = 1; rate = \"6/min\";"), REST + 16,
	  "unknown unit of time \"min\"", NULL },
	{ "log", FLOW("tcp = 1; log = { };"), REST + 15,
	  "\"log\": expected true or false, found a group", NULL },
	{ "row", FLOW("tcp = 1; row = { prot = \"x\"; };"), REST + 17,
	  "unknown key \"prot\" in a row", NULL },
	{ "row is a text", FLOW("tcp = 1; row = \"x\";"), REST + 15,
	  "\"row\": expected a group, found a text", NULL },
	{ "note with a control character", FLOW("tcp = 1; note = \"a\\nb\";"), REST + 16,
	  "the text holds a control character", NULL },
	{ "owner is a number", FLOW("tcp = 1; owner = 7;"), REST + 17,
	  "\"owner\": expected a text, found a number", NULL },
};

/* clang-format on */

static void refuses(void **state)
{
	const struct mistake *mistake = *state;

	trial_write("base.cfg", base);
	assert_errors(mistake->text, 1);
	assert_said(arena_format(trial.arena, "site.cfg:5:%u: error: %s",
				 mistake->column, mistake->said));
	if (mistake->also)
		assert_said(mistake->also);
}

/* ---- meanings ---- */

static const struct flow *flow_called(const char *id)
{
	for (size_t i = 0; i < trial.site->flows.count; i++)
		if (!strcmp(trial.site->flows.items[i]->id, id))
			return trial.site->flows.items[i];
	fail_msg("no flow is called %s", id);
	return NULL;
}

static const struct flow *load_flow(const char *text)
{
	trial_write("base.cfg", base);
	assert_loads(text);
	return flow_called("s.f");
}

static void reads_all_keys(void **state)
{
	const struct flow *flow = load_flow(
		FLOW("service = \"web\"; tcp = 81; udp = 53; "
		     "source-port = \"1-9\"; both-ways = true; optional = true; "
		     "family = \"ip6\"; expires = \"2026-06-15\"; owner = \"o\"; "
		     "ticket = \"t\"; purpose = \"p\"; log = true; "
		     "rate = \"6/hour burst 2\"; note = \"n\"; why = \"w\"; "
		     "row = { table = \"t\"; direction = \"In/Out\"; };"));

	(void)state;
	assert_null(flow->profile);
	assert_string_equal(flow->local_id.text, "f");
	assert_int_equal(flow->span.line, 5);
	assert_int_equal(flow->content.count, 2);
	assert_int_equal(flow->content.items[0].port_count, 2);
	assert_int_equal(flow->content.items[0].ports[0].low, 80);
	assert_int_equal(flow->content.items[0].ports[0].high, 81);
	assert_int_equal(flow->content.items[0].ports[1].low, 443);
	assert_int_equal(flow->content.items[1].transport, TRANSPORT_UDP);
	assert_true(flow->has_source_port);
	assert_int_equal(flow->source_ports.low, 1);
	assert_int_equal(flow->source_ports.high, 9);
	assert_true(flow->both_ways && flow->optional && flow->log);
	assert_false(flow->families[FAMILY_IP4]);
	assert_true(flow->families[FAMILY_IP6]);
	assert_string_equal(flow->expires, "2026-06-15");
	assert_string_equal(flow->owner, "o");
	assert_string_equal(flow->ticket, "t");
	assert_string_equal(flow->purpose, "p");
	assert_string_equal(flow->note, "n");
	assert_int_equal(flow->rate.count, 6);
	assert_int_equal(flow->rate.unit_seconds, 3600);
	assert_int_equal(flow->rate.burst, 2);
	assert_string_equal(flow->added->why, "w");
	assert_string_equal(flow->row.direction, "In/Out");
	assert_null(flow->row.port);
	assert_int_equal(flow->row.span.line, 5);
}

static void says_nothing_by_itself(void **state)
{
	const struct flow *flow = load_flow(FLOW("tcp = 1;"));

	(void)state;
	assert_false(flow->has_source_port || flow->has_group || flow->both_ways ||
		     flow->optional || flow->log);
	assert_true(flow->families[FAMILY_IP4] && flow->families[FAMILY_IP6]);
	assert_int_equal(flow->rate.count, 0);
	assert_int_equal(flow->row.span.line, 0);
	assert_null(flow->expires);
	assert_null(flow->closed);
	assert_null(flow->adjusted);
	assert_null(flow->added);
	assert_string_equal(trial.said, "");
}

static void resolves_ends(void **state)
{
	const struct flow *flow =
		load_flow(SITE("{ id = \"f\"; from = ( \"a\", \"p\", \"any\" ); "
			       "to = [ \"h\" ]; tcp = 1; }"));

	(void)state;
	assert_int_equal(flow->from.count, 3);
	assert_string_equal(flow->from.items[0].role->name.text, "a");
	assert_null(flow->from.items[0].actor);
	assert_ptr_equal(flow->from.items[1].actor, trial_actor("p"));
	assert_null(flow->from.items[1].role);
	assert_ptr_equal(flow->from.items[2].actor, trial.site->any);
	assert_int_equal(flow->to.count, 1);
	assert_ptr_equal(flow->to.items[0].actor, trial_actor("h"));
}

/* A service that is both is cut to the family that is asked for. */
static void cuts_ping_to_a_family(void **state)
{
	const struct flow *flow =
		load_flow(FLOW("service = \"ping\"; family = \"ip\";"));

	(void)state;
	assert_int_equal(flow->content.count, 2);
	assert_false(flow->families[FAMILY_IP6]);
}

/* clang-format off */
static struct group_case {
	const char *text;
	enum family family;
	uint8_t first, last;
} group_cases[] = {
	{ FLOW("udp = 1; group = \"224.0.0.251\";"),     FAMILY_IP4, 224, 251 },
	{ FLOW("udp = 1; group = \"239.255.255.250\";"), FAMILY_IP4, 239, 250 },
	{ FLOW("udp = 1; group = \"255.255.255.255\";"), FAMILY_IP4, 255, 255 },
	{ FLOW("udp = 1; group = \"192.0.2.255\";"),     FAMILY_IP4, 192, 255 },
	{ FLOW("udp = 1; group = \"192.0.2.127\";"),     FAMILY_IP4, 192, 127 },
	{ FLOW("udp = 1; group = \"ff02::fb\";"),        FAMILY_IP6, 0xff, 0xfb },
};

/* clang-format on */

static void takes_group(void **state)
{
	const struct group_case *c = *state;
	const struct flow *flow = load_flow(c->text);

	assert_true(flow->has_group);
	assert_int_equal(flow->group_family, c->family);
	assert_int_equal(flow->group[0], c->first);
	assert_int_equal(flow->group[family_widths[c->family] - 1], c->last);
}

static void keeps_ids_apart(void **state)
{
	(void)state;
	trial_write("base.cfg", base);
	/* the profile's "old" is another one */
	assert_loads(SITE("{ id = \"old\"; from = \"a\"; to = \"b\"; tcp = 1; }"));
	assert_string_equal(flow_called("base.old")->profile->name.text, "base");
	assert_null(flow_called("s.old")->profile);

	assert_errors(SITE("{ id = \"f\"; from = \"a\"; to = \"b\"; tcp = 1; },\n"
			   "{ id = \"f\"; from = \"a\"; to = \"b\"; tcp = 2; }"),
		      1);
	assert_said("site.cfg:6:8: error: the id \"f\" is taken");
	assert_said("site.cfg:5:8: note: another flow has it here");
}

static void profiles_know_roles_alone(void **state)
{
	(void)state;
	trial_write("base.cfg",
		    "profile = { name = \"base\"; };\n"
		    "roles = ( { name = \"a\"; }, { name = \"b\"; } );\n"
		    "flows = ( { id = \"x\"; from = \"any\"; to = \"b\"; tcp = 1; },\n"
		    "{ id = \"y\"; from = \"p\"; to = \"b\"; tcp = 1; },\n"
		    "{ id = \"z\"; from = \"mine\"; to = \"bb\"; tcp = 1; } );\n");
	assert_errors(SITE("{ id = \"f\"; from = \"a\"; to = \"b\"; tcp = 1; }\n );\n"
			   "roles = ( { name = \"mine\"; }"),
		      3);
	assert_said("base.cfg:4:20: error: profile \"base\" names the peer \"p\"");
	assert_said("base.cfg:5:20: error: profile \"base\" declares no role \"mine\"");
	assert_said("base.cfg:5:33: error: no role is called \"bb\"");
}

/* Names that a missing profile may declare are no mistakes of their own. */
static void is_quiet_about_a_missing_profile(void **state)
{
	(void)state;
	assert_errors(FLOW("service = \"web\";"), 1);
	assert_said("site.cfg:1:21: error: no profile is called \"base\"");
}

static void tells_all_mistakes_at_once(void **state)
{
	(void)state;
	trial_write("base.cfg", base);
	assert_errors(FLOW("tcp = 0; udp = \"x\"; rate = \"1\"; expires = 5; log = 1; "
			   "family = 4; nonsense = 1;"),
		      7);
}

#define WHOLE(function) \
	cmocka_unit_test_setup_teardown(function, trial_begin, trial_end)

int main(void)
{
	static const struct CMUnitTest whole[] = {
		WHOLE(reads_all_keys),
		WHOLE(says_nothing_by_itself),
		WHOLE(resolves_ends),
		WHOLE(cuts_ping_to_a_family),
		WHOLE(keeps_ids_apart),
		WHOLE(profiles_know_roles_alone),
		WHOLE(is_quiet_about_a_missing_profile),
		WHOLE(tells_all_mistakes_at_once),
	};
	struct CMUnitTest tests[COUNT_OF(mistakes) + COUNT_OF(group_cases)];
	size_t count = 0;
	int failed = cmocka_run_group_tests_name("flows", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(mistakes); i++)
		tests[count++] =
			(struct CMUnitTest){ mistakes[i].name, refuses, trial_begin,
					     trial_end, &mistakes[i] };
	for (size_t i = 0; i < COUNT_OF(group_cases); i++)
		tests[count++] = (struct CMUnitTest){ "group", takes_group, trial_begin,
						      trial_end, &group_cases[i] };
	return failed + cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
