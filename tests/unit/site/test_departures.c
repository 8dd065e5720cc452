/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Departures: flows of profiles closed and adjusted, by name, and never in silence. */
#include "unit/site/loading.h"

/* clang-format off */
static const char base[] =
	"profile = { name = \"base\"; };\n"
	"roles = ( { name = \"a\"; }, { name = \"b\"; } );\n"
	"flows = ( { id = \"x\"; from = \"a\"; to = \"b\"; tcp = ( 1, 2 ); udp = 3; owner "
	"= \"o\"; },\n"
	"{ id = \"y\"; from = \"a\"; to = \"b\"; udp = 3; } );\n";

#define HOSTS                                                            \
	"hosts = ( { name = \"h\"; roles = \"b\"; addresses = "          \
	"\"192.0.2.1\"; } );\n"                                          \
	"peers = ( { name = \"p\"; roles = \"a\"; addresses = "          \
	"\"192.0.2.2\"; } );\n"

/* The departure under test stands from line 4 on. */
#define SITE(text)  "site = \"s\"; use = [ \"base\" ];\n" HOSTS text "\n"
/* The profiles "one" and "two" use "base". */
#define SITE2       "site = \"s\"; use = [ \"one\", \"two\" ];\n" HOSTS

#define PROFILE(name, text) \
	"profile = { name = \"" name "\"; }; use = [ \"base\" ];\n" text "\n"

/* clang-format off */
static struct departure_case {
	const char *name, *site, *one, *two, *said, *also;
} cases[] = {
	{ "unknown flow", SITE("close = [ \"base.z\" ];"), NULL, NULL,
	  "site.cfg:4:11: error: no flow is called \"base.z\"", NULL },
	{ "nearest flow", SITE("close = [ \"bass.x\" ];"), NULL, NULL,
	  "site.cfg:4:11: error: no flow is called \"bass.x\"", "did you mean \"base.x\"?" },
	{ "short name", SITE("close = [ \"x\" ];"), NULL, NULL,
	  "site.cfg:4:11: error: no flow is called \"x\"",
	  "a flow is changed by its full name: did you mean \"base.x\"?" },
	{ "own flow", SITE("flows = ( { id = \"w\"; from = \"a\"; to = \"b\"; tcp = 1; } );\n"
	  "close = [ \"s.w\" ];"), NULL, NULL,
	  "site.cfg:5:11: error: the flow \"s.w\" is this file's own", "site.cfg:4:18: note: it is here" },
	{ "closed twice", SITE("close = [ \"base.x\", \"base.x\" ];"), NULL, NULL,
	  "site.cfg:4:21: error: the flow \"base.x\" is closed twice", "site.cfg:4:11: note: first here" },
	{ "closed by a number", SITE("close = ( 1 );"), NULL, NULL,
	  "site.cfg:4:11: error: expected the full name of a flow, or a group", NULL },
	{ "closed by nothing", SITE("close = [ ];"), NULL, NULL, "site.cfg:4:9: error: \"close\" is empty", NULL },
	{ "closing without a flow", SITE("close = ( { why = \"w\"; } );"), NULL, NULL,
	  "site.cfg:4:11: error: a group of \"close\" needs \"flow\"", NULL },
	{ "adjusted twice", SITE("adjust = ( { flow = \"base.x\"; tcp = 5; },\n"
	  "{ flow = \"base.x\"; udp = 5; } );"), NULL, NULL,
	  "site.cfg:5:10: error: the flow \"base.x\" is adjusted twice", "site.cfg:4:21: note: first here" },
	{ "closed and adjusted", SITE("close = [ \"base.x\" ];\n"
	  "adjust = ( { flow = \"base.x\"; tcp = 5; } );"), NULL, NULL,
	  "site.cfg:5:21: error: the flow \"base.x\" is closed: there is nothing to adjust",
	  "site.cfg:4:11: note: the same file says so here" },
	{ "nothing adjusted", SITE("adjust = ( { flow = \"base.x\"; why = \"w\"; } );"), NULL, NULL,
	  "site.cfg:4:21: error: nothing of the flow \"base.x\" is adjusted", NULL },
	{ "adjusted id", SITE("adjust = ( { flow = \"base.x\"; tcp = 5; id = \"z\"; } );"), NULL, NULL,
	  "site.cfg:4:40: error: \"id\" does not belong here: a flow keeps its id", NULL },
	{ "adjusted row", SITE("adjust = ( { flow = \"base.x\"; tcp = 5; row = { }; } );"), NULL, NULL,
	  "site.cfg:4:40: error: \"row\" does not belong here", NULL },
	{ "adjust without a flow", SITE("adjust = ( { tcp = 5; } );"), NULL, NULL,
	  "site.cfg:4:12: error: a group of \"adjust\" needs \"flow\"", NULL },
	{ "adjusted to a contradiction", SITE("adjust = ( { flow = \"base.x\"; icmp = 8; family = \"ip6\"; } );"),
	  NULL, NULL, "site.cfg:4:50: error: icmp exists in IPv4 alone", "site.cfg:4:38: note: the flow has icmp" },
	{ "profile without why", SITE2, PROFILE("one", "close = [ \"base.x\" ];"), PROFILE("two", ""),
	  "one.cfg:2:11: error: a profile that departs from another needs \"why\"",
	  "expected { flow = \"base.x\"; why = \"...\"; }" },
	{ "profile adjusts without why", SITE2, PROFILE("one", "adjust = ( { flow = \"base.x\"; tcp = 5; } );"),
	  PROFILE("two", ""), "one.cfg:2:21: error: a profile that departs from another needs \"why\"", NULL },
	{ "flow of a profile that is not used", SITE2, PROFILE("one", ""),
	  "profile = { name = \"two\"; };\nclose = ( { flow = \"base.x\"; why = \"w\"; } );\n",
	  "two.cfg:2:20: error: the flow \"base.x\" is of profile \"base\", which is not used here", NULL },
	{ "two profiles adjust", SITE2,
	  PROFILE("one", "adjust = ( { flow = \"base.x\"; tcp = 5; why = \"w\"; } );"),
	  PROFILE("two", "adjust = ( { flow = \"base.x\"; tcp = 6; why = \"w\"; } );"),
	  "two.cfg:2:21: error: the flow \"base.x\" is adjusted otherwise elsewhere",
	  "one.cfg:2:21: note: profile \"one\" says so here" },
	{ "two profiles adjust other keys", SITE2,
	  PROFILE("one", "adjust = ( { flow = \"base.x\"; tcp = 5; why = \"w\"; } );"),
	  PROFILE("two", "adjust = ( { flow = \"base.x\"; log = true; why = \"w\"; } );"),
	  "two.cfg:2:21: error: the flow \"base.x\" is adjusted otherwise elsewhere", NULL },
	{ "one profile adjusts, one closes", SITE2,
	  PROFILE("one", "adjust = ( { flow = \"base.x\"; tcp = 5; why = \"w\"; } );"),
	  PROFILE("two", "close = ( { flow = \"base.x\"; why = \"w\"; } );"),
	  "two.cfg:2:20: error: the flow \"base.x\" is closed here and adjusted elsewhere",
	  "one.cfg:2:21: note: profile \"one\" says so here" },
	{ "one profile closes, one adjusts", SITE2,
	  PROFILE("one", "close = ( { flow = \"base.x\"; why = \"w\"; } );"),
	  PROFILE("two", "adjust = ( { flow = \"base.x\"; tcp = 5; why = \"w\"; } );"),
	  "two.cfg:2:21: error: the flow \"base.x\" is closed", "one.cfg:2:20: note: profile \"one\" says so here" },
	{ "a profile closes, the site adjusts", SITE2 "adjust = ( { flow = \"base.x\"; tcp = 5; } );\n",
	  PROFILE("one", "close = ( { flow = \"base.x\"; why = \"w\"; } );"), PROFILE("two", ""),
	  "site.cfg:4:21: error: the flow \"base.x\" is closed", "one.cfg:2:20: note: profile \"one\" says so here" },
};

/* clang-format on */

static void refuses(void **state)
{
	const struct departure_case *c = *state;

	trial_write("base.cfg", base);
	if (c->one)
		trial_write("one.cfg", c->one);
	if (c->two)
		trial_write("two.cfg", c->two);
	assert_errors(c->site, 1);
	assert_said(c->said);
	if (c->also)
		assert_said(c->also);
}

static const struct flow *flow_x(void)
{
	return trial.site->flows.items[0];
}

static void closes(void **state)
{
	(void)state;
	trial_write("base.cfg", base);
	assert_loads(
		SITE("close = ( \"base.y\", { flow = \"base.x\"; why = \"w\"; } );"));
	assert_string_equal(flow_x()->id, "base.x");
	assert_string_equal(flow_x()->closed->why, "w");
	assert_null(flow_x()->closed->by);
	assert_int_equal(flow_x()->closed->span.line, 4);
	assert_null(trial.site->flows.items[1]->closed->why);
}

static void adjusts_what_it_says(void **state)
{
	const struct flow *flow;

	(void)state;
	trial_write("base.cfg", base);
	assert_loads(
		SITE("adjust = ( { flow = \"base.x\"; tcp = 9; from = \"p\"; } );"));
	flow = flow_x();
	/* ports are said as a whole: udp is gone */
	assert_int_equal(flow->content.count, 1);
	assert_int_equal(flow->content.items[0].ports[0].low, 9);
	assert_ptr_equal(flow->from.items[0].actor, trial_actor("p"));
	assert_string_equal(flow->to.items[0].role->name.text, "b");
	assert_string_equal(flow->owner, "o");
	assert_int_equal(flow->adjusted->span.line, 4);
	assert_null(flow->closed);
}

static void keeps_the_ports_when_others_change(void **state)
{
	(void)state;
	trial_write("base.cfg", base);
	assert_loads(SITE("adjust = ( { flow = \"base.x\"; log = true; } );"));
	assert_true(flow_x()->log);
	assert_int_equal(flow_x()->content.count, 2);
	assert_int_equal(flow_x()->content.items[0].ports[0].high, 2);
}

/* Who uses another has the last word; two that say the same do not contradict. */
static void user_speaks_last(void **state)
{
	(void)state;
	trial_write("base.cfg", base);
	trial_write("one.cfg",
		    PROFILE("one", "adjust = ( { flow = \"base.x\"; tcp = 5; "
				   "why = \"w\"; } );"));
	trial_write("two.cfg",
		    PROFILE("two", "adjust = ( { flow = \"base.x\"; tcp = 5; "
				   "why = \"v\"; } );"));
	assert_loads(SITE2);
	assert_int_equal(flow_x()->content.items[0].ports[0].low, 5);
	assert_loads(SITE2 "adjust = ( { flow = \"base.x\"; tcp = 6; } );\n");
	assert_int_equal(flow_x()->content.items[0].ports[0].low, 6);
	assert_null(flow_x()->adjusted->by);
	assert_loads(SITE2 "close = [ \"base.x\" ];\n");
	assert_non_null(flow_x()->closed);
}

static void closing_ends_an_expired_flow(void **state)
{
	(void)state;
	trial_write("base.cfg",
		    "profile = { name = \"base\"; };\n"
		    "roles = ( { name = \"a\"; }, { name = \"b\"; } );\n"
		    "flows = ( { id = \"x\"; from = \"a\"; to = \"b\"; tcp = 1;\n"
		    "expires = \"2020-01-01\"; } );\n");
	assert_errors(SITE(""), 1);
	assert_said("base.cfg:4:11: error: the flow \"base.x\" has expired");
	assert_said("close = [ \"base.x\" ];");
	assert_loads(SITE("close = [ \"base.x\" ];"));
	assert_loads(SITE("adjust = ( { flow = \"base.x\"; expires = \"2026-06-15\"; } "
			  ");"));
}

/* A slip in `close` does not bring on messages about the flow that stays open. */
static void slip_is_one_mistake(void **state)
{
	(void)state;
	trial_write("base.cfg", base);
	assert_errors("site = \"s\"; use = [ \"base\" ];\n"
		      "hosts = ( { name = \"h\"; roles = \"b\"; addresses = "
		      "\"192.0.2.1\"; } );\n"
		      "close = [ \"base.x\", \"base.yy\" ];\n",
		      1);
	assert_said("no flow is called \"base.yy\"");
}

#define WHOLE(function) \
	cmocka_unit_test_setup_teardown(function, trial_begin, trial_end)

int main(void)
{
	static const struct CMUnitTest whole[] = {
		WHOLE(closes),
		WHOLE(adjusts_what_it_says),
		WHOLE(keeps_the_ports_when_others_change),
		WHOLE(user_speaks_last),
		WHOLE(closing_ends_an_expired_flow),
		WHOLE(slip_is_one_mistake),
	};
	struct CMUnitTest tests[COUNT_OF(cases)];
	int failed = cmocka_run_group_tests_name("departures", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		tests[i] = (struct CMUnitTest){ cases[i].name, refuses, trial_begin,
						trial_end, &cases[i] };
	return failed + cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
