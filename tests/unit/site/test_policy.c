/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies: what is meant when nothing is said, what is merged, what is refused. */
#include "unit/site/loading.h"

/* The key under test stands in line 4, at column 12. */
#define SITE(site_policy, host_policy)                              \
	"site = \"s\"; roles = ( { name = \"r\"; } );\n"            \
	"hosts = ( { name = \"h\"; roles = [ \"r\" ]; addresses = " \
	"\"192.0.2.1\";\n" host_policy " },\n"                      \
	"{ name = \"i\"; addresses = \"192.0.2.2\"; } );\n" site_policy "\n"
#define POLICY(text)                                                                                   \
	"site = \"s\";\nhosts = ( { name = \"h\"; addresses = \"192.0.2.1\"; } );\n\npolicy = { " text \
	" };\n"

/* clang-format off */
static struct policy_case {
	const char *name, *text;
	unsigned column;
	const char *said, *also;
} cases[] = {
	{ "unknown key", POLICY("in = \"drop\";"), 12, "unknown key \"in\" in a policy", NULL },
	{ "audit", POLICY("mode = \"audit\";"), 19, "audit mode is not in this version yet", NULL },
	{ "mode", POLICY("mode = \"observe\";"), 19, "\"mode\": expected \"enforce\" or \"audit\"", NULL },
	{ "inbound", POLICY("inbound = \"deny\";"), 22,
	  "\"inbound\": expected \"drop\", \"reject\" or \"accept\", found \"deny\"", NULL },
	{ "outbound", POLICY("outbound = true;"), 23, "\"outbound\": expected", NULL },
	{ "forward", POLICY("forward = 1;"), 22, "\"forward\": expected", NULL },
	{ "icmp", POLICY("icmp = \"all\";"), 19, "\"icmp\": expected \"essential\" or \"ping\"", NULL },
	{ "dhcp-client", POLICY("dhcp-client = 1;"), 26, "\"dhcp-client\": expected true or false", NULL },
	{ "anti-spoof", POLICY("anti-spoof = \"no\";"), 25, "\"anti-spoof\": expected true or false", NULL },
	{ "log is no group", POLICY("log = true;"), 18, "\"log\": expected a group like", NULL },
	{ "log key", POLICY("log = { rte = \"1/day\"; };"), 20, "unknown key \"rte\" in \"log\"", "\"rate\"" },
	{ "log rate", POLICY("log = { rate = \"10\"; };"), 27, "\"10\" is not a rate", NULL },
	{ "log group", POLICY("log = { group = 65536; };"), 28, "\"group\": expected 0 to 65535, found 65536", NULL },
	{ "log group below", POLICY("log = { group = -1; };"), 28, "\"group\": expected 0 to 65535, found -1", NULL },
	{ "log prefix with a quote", POLICY("log = { prefix = \"a\\\"\"; };"), 29,
	  "\"prefix\": nft has no way to write a double quote", NULL },
	{ "log prefix with a dollar", POLICY("log = { prefix = \"$a\"; };"), 29,
	  "\"prefix\": nft has no way to write \"$\"", NULL },
	{ "log prefix empty", POLICY("log = { prefix = \"\"; };"), 29,
	  "\"prefix\": expected 1 to 60 bytes, found 0", NULL },
	{ "log prefix long", POLICY("log = { prefix = \"0123456789012345678901234567890123456789"
	  "012345678901234567890\"; };"), 29, "\"prefix\": expected 1 to 60 bytes, found 61", NULL },
	{ "priority raw", POLICY("priority = \"raw\";"), 23, "\"priority\": expected -199 to 2147483646, found -300",
	  "connection tracking begins at -200" },
	{ "priority of tracking", POLICY("priority = -200;"), 23, "\"priority\": expected -199", "all would be dropped" },
	{ "priority last", POLICY("priority = 2147483647;"), 23, "\"priority\": expected -199 to 2147483646", NULL },
	{ "priority of NAT", POLICY("priority = \"srcnat\";"), 23, "the priority \"srcnat\" is for chains of NAT alone", NULL },
	{ "priority name", POLICY("priority = \"filtre\";"), 23, "\"priority\": expected \"mangle\"", "\"filter\"" },
	{ "priority kind", POLICY("priority = [ 1 ];"), 23, "\"priority\": expected a name", NULL },
};

/* clang-format on */

static void refuses(void **state)
{
	const struct policy_case *c = *state;

	assert_errors(c->text, 1);
	assert_said(arena_format(trial.arena, "site.cfg:4:%u: error: %s", c->column,
				 c->said));
	if (c->also)
		assert_said(c->also);
}

static void has_defaults(void **state)
{
	const struct policy *policy;

	(void)state;
	assert_loads(SITE("", ""));
	policy = &trial_actor("h")->policy;
	assert_int_equal(policy->inbound, POLICY_DROP);
	assert_int_equal(policy->outbound, POLICY_DROP);
	assert_int_equal(policy->forward, POLICY_DROP);
	assert_int_equal(policy->icmp, ICMP_ESSENTIAL);
	assert_false(policy->dhcp_client || policy->anti_spoof || policy->log.to_group);
	assert_int_equal(policy->log.rate.count, 10);
	assert_int_equal(policy->log.rate.unit_seconds, 60);
	assert_int_equal(policy->log.rate.burst, 5);
	assert_string_equal(policy->log.prefix, "rolewall");
	assert_int_equal(policy->priority, 0);
	assert_int_equal(policy->span.line, 0);
}

static void host_overrides_site(void **state)
{
	const struct policy *h, *i;

	(void)state;
	assert_loads(
		SITE("policy = { inbound = \"reject\"; forward = \"accept\"; icmp = "
		     "\"ping\"; log = { rate = \"1/hour\"; group = 7; prefix = \"p\"; "
		     "}; priority = \"security\"; mode = \"enforce\"; };",
		     "policy = { inbound = \"accept\"; log = { prefix = \"q\"; }; "
		     "priority = -150; anti-spoof = true; };"));
	h = &trial_actor("h")->policy;
	i = &trial_actor("i")->policy;
	assert_int_equal(h->inbound, POLICY_ACCEPT);
	assert_int_equal(h->forward, POLICY_ACCEPT);
	assert_int_equal(h->icmp, ICMP_PING);
	assert_true(h->anti_spoof && h->log.to_group);
	assert_string_equal(h->log.prefix, "q");
	assert_int_equal(h->log.rate.count, 1);
	assert_int_equal(h->log.rate.unit_seconds, 3600);
	assert_int_equal(h->log.group, 7);
	assert_int_equal(h->priority, -150);
	assert_int_equal(h->span.line, 3);

	assert_int_equal(i->inbound, POLICY_REJECT);
	assert_string_equal(i->log.prefix, "p");
	assert_int_equal(i->priority, 50);
	assert_false(i->anti_spoof);
	assert_int_equal(i->span.line, 5);
}

int main(void)
{
	static const struct CMUnitTest whole[] = {
		cmocka_unit_test_setup_teardown(has_defaults, trial_begin, trial_end),
		cmocka_unit_test_setup_teardown(host_overrides_site, trial_begin,
						trial_end),
	};
	struct CMUnitTest tests[COUNT_OF(cases)];
	int failed = cmocka_run_group_tests_name("policy", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].name, refuses, trial_begin,
						trial_end, &cases[i] };
	return failed + cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
