/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services: declared once, with ports, and the same wherever they are seen. */
#include "unit/site/loading.h"

#define SITE(services)                                                                   \
	"site = \"s\"; use = [ \"one\", \"two\" ];\n"                                    \
	"hosts = ( { name = \"h\"; roles = [ \"r\" ]; addresses = \"192.0.2.1\"; } );\n" \
	"services = ( " services " );\n"

/* clang-format off */
static struct service_case {
	const char *name, *text, *said, *also;
} cases[] = {
	{ "no name", SITE("{ tcp = 1; }"), "site.cfg:3:14: error: a service needs \"name\"", NULL },
	{ "no ports", SITE("{ name = \"x\"; }"),
	  "site.cfg:3:23: error: the service \"x\" has no ports", "tcp = 22;" },
	{ "unknown key", SITE("{ name = \"x\"; tpc = 1; }"),
	  "site.cfg:3:28: error: unknown key \"tpc\" in a service", "\"tcp\"" },
	{ "empty list", SITE("{ name = \"x\"; tcp = [ ]; }"),
	  "site.cfg:3:34: error: \"tcp\" is empty", NULL },
	{ "twice", SITE("{ name = \"x\"; tcp = 1; }, { name = \"x\"; tcp = 1; }"),
	  "site.cfg:3:49: error: the service \"x\" is declared twice",
	  "site.cfg:3:23: note: first declared here" },
	{ "other ports than a profile's", SITE("{ name = \"first\"; tcp = 2; }"),
	  "site.cfg:3:23: error: profile \"one\", which is used here, has a service \"first\" "
	  "with other ports", "one.cfg:3:23: note: it is declared here" },
	{ "two profiles differ", SITE("") "flows = ( { id = \"f\"; from = \"any\"; to = \"h\";\n"
	  "service = \"both\"; } );\n",
	  "site.cfg:5:11: error: two profiles have a service \"both\", with different ports",
	  "one.cfg:3:53: note: one is this" },
	{ "no group", SITE("\"ssh\""), "site.cfg:3:14: error: expected a group like", NULL },
	{ "a name that is none", SITE("{ name = \"SSH\"; tcp = 22; }"),
	  "site.cfg:3:23: error: \"SSH\" is not a name", NULL },
};

/* clang-format on */

static void write_profiles(void)
{
	trial_write("one.cfg",
		    "profile = { name = \"one\"; };\n"
		    "roles = ( { name = \"r\"; } );\n"
		    "services = ( { name = \"first\"; tcp = 1; }, { name = \"both\"; "
		    "tcp = ( 81, 80 ); } );\n");
	trial_write("two.cfg", "profile = { name = \"two\"; };\n"
			       "services = ( { name = \"both\"; tcp = 8; },\n"
			       "{ name = \"own\"; udp = 5; } );\n");
}

static void refuses(void **state)
{
	const struct service_case *c = *state;

	write_profiles();
	assert_errors(c->text, 1);
	assert_said(c->said);
	if (c->also)
		assert_said(c->also);
}

static void takes_the_same_again(void **state)
{
	(void)state;
	write_profiles();
	/* the same ports in another spelling; and what only one profile has */
	assert_loads(
		SITE("{ name = \"first\"; tcp = \"1-1\"; }") "flows = ( { id = \"f\"; "
							     "from = \"any\"; to = "
							     "\"h\"; service = [ "
							     "\"first\", \"own\" ]; "
							     "} );\n");
	assert_int_equal(trial.site->flows.items[0]->content.count, 2);
	assert_int_equal(trial.site->flows.items[0]->content.items[0].port_count, 1);
	assert_int_equal(trial.site->flows.items[0]->content.items[1].ports[0].low, 5);
}

/* A service that is wrong is told of once, not again by each flow that names it. */
static void is_told_of_once(void **state)
{
	(void)state;
	write_profiles();
	assert_errors(
		SITE("{ name = \"x\"; tcp = 0; }") "flows = ( { id = \"f\"; from = "
						   "\"any\"; to = \"h\"; service "
						   "= \"x\"; } );\n",
		1);
	assert_said("site.cfg:3:34: error: expected a port from 1 to 65535");
}

int main(void)
{
	static const struct CMUnitTest whole[] = {
		cmocka_unit_test_setup_teardown(takes_the_same_again, trial_begin,
						trial_end),
		cmocka_unit_test_setup_teardown(is_told_of_once, trial_begin,
						trial_end),
	};
	struct CMUnitTest tests[COUNT_OF(cases)];
	int failed = cmocka_run_group_tests_name("services", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].name, refuses, trial_begin,
						trial_end, &cases[i] };
	return failed + cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
