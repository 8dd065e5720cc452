/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of flows held against who is there: nobody, only itself, no shared family. */
#include "unit/site/loading.h"

/* "four" and "six" have one family each, "both" has both; the flow is in line 11. */
#define SITE(flow)                                                                 \
	"site = \"s\"; roles = ( { name = \"a\"; }, { name = \"b\"; },\n"          \
	"{ name = \"none\"; }, { name = \"one\"; }, { name = \"peers\"; } );\n"    \
	"hosts = (\n"                                                              \
	"{ name = \"four\"; roles = [ \"a\" ]; addresses = \"192.0.2.4\"; },\n"    \
	"{ name = \"six\"; roles = [ \"a\" ]; addresses = \"2001:db8::6\"; },\n"   \
	"{ name = \"both\"; roles = [ \"b\", \"one\" ]; addresses = [ "            \
	"\"192.0.2.9\", \"2001:db8::9\" ]; } );\n"                                 \
	"peers = (\n"                                                              \
	"{ name = \"p4\"; roles = [ \"peers\" ]; addresses = \"192.0.2.44\"; },\n" \
	"{ name = \"p6\"; addresses = \"2001:db8::66\"; } );\n"                    \
	"flows = (\n" flow " );\n"

#define FLOW(from, to, rest) \
	SITE("{ id = \"f\"; from = \"" from "\"; to = \"" to "\"; tcp = 1; " rest " }")

/* clang-format off */
static struct end_case {
	const char *name, *text;
	const char *said; /* "": nothing at all */
	const char *also;
} cases[] = {
	{ "open", FLOW("a", "b", ""), "", NULL },
	{ "any", FLOW("any", "b", ""), "", NULL },
	{ "to any", FLOW("a", "any", ""), "", NULL },
	{ "nobody there", FLOW("b", "none", ""),
	  "site.cfg:6:28: error: nobody plays \"none\": the flow \"s.f\" needs it on \"both\"",
	  "site.cfg:11:8: note: the flow is declared here, and is not optional" },
	{ "nobody here", FLOW("none", "a", ""),
	  "site.cfg:4:28: error: nobody plays \"none\": the flow \"s.f\" needs it on \"four\" and 1 more host", NULL },
	{ "nobody, named by name", FLOW("none", "four", ""),
	  "site.cfg:4:10: error: nobody plays \"none\"", NULL },
	{ "nobody of two", SITE("{ id = \"f\"; from = \"a\"; to = [ \"none\", \"none2\" ]; tcp = 1; } );\n"
	  "expect = ("), "no role, host or peer is called \"none2\"", NULL },
	{ "somebody of two", SITE("{ id = \"f\"; from = \"a\"; to = [ \"none\", \"b\" ]; tcp = 1; }"), "", NULL },
	{ "nobody, optional", FLOW("b", "none", "optional = true;"), "", NULL },
	{ "nobody for a peer", FLOW("none", "p4", "optional = true;"), "", NULL },
	{ "nobody at either end", FLOW("none", "p4", ""),
	  "site.cfg:11:8: warning: the flow \"s.f\" makes no rule: no host plays \"none\", nor \"p4\"", NULL },
	{ "peers alone", FLOW("peers", "p6", ""),
	  "site.cfg:11:8: warning: the flow \"s.f\" makes no rule: no host plays \"peers\", nor \"p6\"", NULL },
	{ "only itself", FLOW("b", "one", ""),
	  "site.cfg:6:28: warning: the flow \"s.f\" makes no rule: only \"both\" plays both ends", NULL },
	{ "only itself, by name", FLOW("both", "both", ""),
	  "site.cfg:6:10: warning: the flow \"s.f\" makes no rule: only \"both\" plays both ends", NULL },
	{ "only itself, optional", FLOW("b", "one", "optional = true;"), "", NULL },
	{ "among its members", FLOW("b", "b", ""),
	  "site.cfg:6:28: warning: the flow \"s.f\" makes no rule: only \"both\" plays both ends", NULL },
	{ "no family", FLOW("four", "p6", ""),
	  "site.cfg:4:10: warning: the flow \"s.f\" makes no rule on \"four\": it shares no address family with \"p6\"",
	  "site.cfg:11:8: note: the flow is declared here" },
	{ "no family, optional", FLOW("four", "p6", "optional = true;"), "makes no rule on \"four\"", NULL },
	{ "no family of some", FLOW("a", "p6", ""), "makes no rule on \"four\": it shares no address family", NULL },
	{ "no family among members", FLOW("a", "a", ""), "makes no rule on \"four\" and 1 more host", NULL },
	{ "family excluded", FLOW("four", "b", "family = \"ip6\";"), "makes no rule on \"four\"", NULL },
	{ "family of the content", SITE("{ id = \"f\"; from = \"four\"; to = \"b\"; icmpv6 = 128; }"),
	  "makes no rule on \"four\"", NULL },
	{ "family of the group", SITE("{ id = \"f\"; from = \"four\"; to = \"b\"; udp = 1; group = \"ff02::1\"; }"),
	  "makes no rule on \"four\"", NULL },
	{ "no family towards any", FLOW("any", "four", "family = \"ip6\";"), "makes no rule on \"four\"", NULL },
	{ "note of an open flow", FLOW("a", "b", "note = \"mind\";"),
	  "site.cfg:11:8: warning: the flow \"s.f\" is open: mind", NULL },
	{ "note of a closed one", FLOW("b", "none", "note = \"mind\"; optional = true;"), "", NULL },
};

/* clang-format on */

static void says(void **state)
{
	const struct end_case *c = *state;
	bool is_error = strstr(c->said, "error") || !strncmp(c->said, "no role", 7);

	assert_errors(c->text, is_error);
	if (!*c->said)
		assert_string_equal(trial.said, "");
	assert_said(c->said);
	if (c->also)
		assert_said(c->also);
}

/* A flow that is closed by name needs nobody. */
static void closed_needs_nobody(void **state)
{
	(void)state;
	assert_loads(
		"site = \"s\"; use = [ \"defender-iot\" ];\n"
		"hosts = ( { name = \"h\"; roles = [ \"sensor\" ]; addresses = "
		"\"192.0.2.1\"; } );\n"
		"close = [ \"defender-iot.cli\", \"defender-iot.web-console\" ];\n");
	assert_string_equal(trial.said, "");
}

static void tells_what_to_close(void **state)
{
	(void)state;
	assert_errors("site = \"s\"; use = [ \"defender-iot\" ];\n"
		      "hosts = ( { name = \"h\"; roles = [ \"sensor\" ]; addresses = "
		      "\"192.0.2.1\"; } );\n",
		      2);
	assert_said("site.cfg:2:35: error: nobody plays \"client\": the flow "
		    "\"defender-iot.cli\" needs it on \"h\"");
	assert_said("close = [ \"defender-iot.web-console\" ];");
}

/* Who is nobody is not known while a role is misspelled. */
static void is_quiet_when_uncertain(void **state)
{
	(void)state;
	assert_errors("site = \"s\"; use = [ \"defender-iot\" ];\n"
		      "hosts = ( { name = \"h\"; roles = [ \"sensor\" ]; addresses = "
		      "\"192.0.2.1\"; } );\n"
		      "peers = ( { name = \"p\"; roles = [ \"clients\" ]; addresses = "
		      "\"192.0.2.2\"; } );\n",
		      1);
	assert_said("clients");
}

int main(void)
{
	static const struct CMUnitTest whole[] = {
		cmocka_unit_test_setup_teardown(closed_needs_nobody, trial_begin,
						trial_end),
		cmocka_unit_test_setup_teardown(tells_what_to_close, trial_begin,
						trial_end),
		cmocka_unit_test_setup_teardown(is_quiet_when_uncertain, trial_begin,
						trial_end),
	};
	struct CMUnitTest tests[COUNT_OF(cases)];
	int failed = cmocka_run_group_tests_name("ends", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].name, says, trial_begin,
						trial_end, &cases[i] };
	return failed + cmocka_run_group_tests_name("flows", tests, NULL, NULL);
}
