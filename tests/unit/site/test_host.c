/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which host is meant, and what to type when that is not known. */
#include <arpa/inet.h>

#include "unit/site/loading.h"

static const char three[] =
	"site = \"plant\";\n"
	"hosts = (\n"
	"  { name = \"sensor-1\"; addresses = [ \"192.0.2.11\", \"2001:db8::11\" ]; },\n"
	"  { name = \"sensor-2.plant\"; addresses = [ \"192.0.2.12\" ]; },\n"
	"  { name = \"7\"; addresses = [ \"192.0.2.7\" ]; } );\n"
	"peers = ( { name = \"dns\"; addresses = [ \"192.0.2.53\" ]; } );\n";

static const char one[] =
	"site = \"plant\";\n"
	"hosts = ( { name = \"sensor-1\"; addresses = [ \"192.0.2.11\" ]; } );\n";

static const char none[] =
	"site = \"plant\";\n"
	"peers = ( { name = \"dns\"; addresses = [ \"192.0.2.53\" ]; } );\n";

/* clang-format off */
/* `found`: the host, or NULL; then what the messages hold.  Addresses: one or two. */
static struct choice {
	const char *title, *site, *name, *machine, *addresses[2];
	const char *found, *error, *note;
} choices[] = {
	{ "by name",                three, "sensor-1", NULL, { NULL }, "sensor-1", NULL, NULL },
	{ "name before machine",    three, "7", "sensor-1", { "192.0.2.11" }, "7", NULL, NULL },
	{ "name as it is written",  three, "SENSOR-1", NULL, { NULL }, NULL, "no host called \"SENSOR-1\"", "did you mean \"sensor-1\"?" },
	{ "name of another label",  three, "sensor-2", NULL, { NULL }, NULL, "no host called \"sensor-2\"", "--host NAME: the hosts are sensor-1, sensor-2.plant, 7" },
	{ "a slip",                 three, "senor-1", NULL, { NULL }, NULL, "no host called \"senor-1\"", "did you mean \"sensor-1\"?" },
	{ "a peer",                 three, "dns", NULL, { NULL }, NULL, "\"dns\" is a peer", "--host NAME: the hosts are" },
	{ "any",                    three, "any", NULL, { NULL }, NULL, "no host called \"any\"", "--host NAME: the hosts are" },
	{ "by machine name",        three, NULL, "sensor-1", { NULL }, "sensor-1", NULL, NULL },
	{ "by first label",         three, NULL, "sensor-1.plant.example", { NULL }, "sensor-1", NULL, NULL },
	{ "full name first",        three, NULL, "sensor-2.plant", { NULL }, "sensor-2.plant", NULL, NULL },
	{ "in capitals",            three, NULL, "SENSOR-1", { NULL }, "sensor-1", NULL, NULL },
	{ "machine before address", three, NULL, "7", { "192.0.2.11" }, "7", NULL, NULL },
	{ "machine called like a peer", three, NULL, "dns", { "192.0.2.7" }, "7", NULL, NULL },
	{ "by address",             three, NULL, "localhost", { "192.0.2.12" }, "sensor-2.plant", NULL, NULL },
	{ "by IPv6 address",        three, NULL, "localhost", { "2001:db8::11" }, "sensor-1", NULL, NULL },
	{ "by address, no name",    three, NULL, NULL, { "192.0.2.7" }, "7", NULL, NULL },
	{ "two addresses of one",   three, NULL, NULL, { "192.0.2.11", "2001:db8::11" }, "sensor-1", NULL, NULL },
	{ "addresses of two",       three, NULL, NULL, { "192.0.2.7", "2001:db8::11" }, NULL, "addresses of the hosts \"sensor-1\" and \"7\"", "--host NAME" },
	{ "another machine",        three, NULL, "laptop", { "192.0.2.53" }, NULL, "which host is this machine? none is called \"laptop\"", "--host NAME: the hosts are" },
	{ "nothing known",          three, NULL, NULL, { NULL }, NULL, "which host is this machine?", "--host NAME: the hosts are" },
	{ "empty name",             three, NULL, "", { NULL }, NULL, "which host is this machine?", "--host NAME: the hosts are" },
	{ "the only one",           one, NULL, "laptop", { "198.51.100.1" }, "sensor-1", NULL, NULL },
	{ "not the only one by name", one, "sensor-2", NULL, { NULL }, NULL, "no host called \"sensor-2\"", "did you mean \"sensor-1\"?" },
	{ "no hosts",               none, NULL, "dns", { "192.0.2.53" }, NULL, "has no hosts to compile for", "hosts = (" },
	{ "no hosts by name",       none, "dns", NULL, { NULL }, NULL, "has no hosts to compile for", "hosts = (" },
};

/* clang-format on */

static void push_address(struct ranges addresses[FAMILY_COUNT], const char *text)
{
	enum family family = strchr(text, ':') ? FAMILY_IP6 : FAMILY_IP4;
	uint8_t address[16];

	assert_int_equal(
		inet_pton(family == FAMILY_IP6 ? AF_INET6 : AF_INET, text, address), 1);
	ranges_push(trial.arena, &addresses[family], address, address);
}

static void chooses_host(void **state)
{
	const struct choice *c = *state;
	struct ranges addresses[FAMILY_COUNT] = { ranges_empty(FAMILY_IP4),
						  ranges_empty(FAMILY_IP6) };
	struct buffer said AUTO_BUFFER = { 0 };
	const struct actor *host;
	struct diags diags;

	assert_loads(c->site);
	for (size_t i = 0; i < COUNT_OF(c->addresses) && c->addresses[i]; i++)
		push_address(addresses, c->addresses[i]);
	diags_init(&diags, trial.arena);
	host = site_host(trial.site, c->name, c->machine,
			 c->addresses[0] ? addresses : NULL, &diags);
	assert_int_equal(diags.error_count, !c->found);
	if (c->found) {
		assert_non_null(host);
		assert_string_equal(host->name.text, c->found);
		return;
	}
	assert_null(host);
	assert_int_equal(diags.first->code, DIAG_HOST);
	diags_print(&diags, false, &said);
	trial.said = arena_string(trial.arena, said.data);
	assert_said(c->error);
	assert_said(c->note);
}

/* The list in the message stays short. */
static void lists_some_of_many_hosts(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 };
	struct diags diags;
	const struct diag *last;

	(void)state;
	buffer_text(&text, "site = \"s\";\nhosts = (");
	for (unsigned i = 0; i < 40; i++)
		buffer_format(&text,
			      "%s{ name = \"host-%u\"; addresses = \"192.0.2.%u\"; }",
			      i ? ", " : "", i, i + 1);
	buffer_text(&text, ");\n");
	assert_loads(text.data);
	diags_init(&diags, trial.arena);
	assert_null(site_host(trial.site, NULL, NULL, NULL, &diags));
	last = diags.first->next;
	assert_non_null(strstr(last->text, "host-0, host-1, "));
	assert_non_null(strstr(last->text, " and 24 more"));
	assert_null(strstr(last->text, "host-16"));
}

static void plays_its_roles_and_itself(void **state)
{
	const struct actor *actor;
	struct end end = { 0 };

	(void)state;
	assert_loads("site = \"s\"; roles = ( { name = \"a\"; }, { name = \"b\"; }, "
		     "{ name = \"c\"; } );\n"
		     "hosts = ( { name = \"h\"; roles = [ \"a\", \"b\" ]; addresses = "
		     "\"192.0.2.1\"; } );");
	actor = trial_actor("h");
	for (size_t i = 0; i < 3; i++) {
		end.role = trial.site->roles.items[i];
		assert_int_equal(actor_plays(actor, &end), i < 2);
	}
	end = (struct end){ .actor = actor };
	assert_true(actor_plays(actor, &end));
	end.actor = trial.site->any;
	assert_false(actor_plays(actor, &end));
	/* an end that could not be resolved is nobody's */
	end.actor = NULL;
	assert_false(actor_plays(actor, &end));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, trial_begin, trial_end)

int main(void)
{
	static const struct CMUnitTest whole[] = {
		TEST(lists_some_of_many_hosts),
		TEST(plays_its_roles_and_itself),
	};
	struct CMUnitTest tests[COUNT_OF(choices)];
	int failed = cmocka_run_group_tests_name("hosts", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(tests); i++)
		tests[i] = (struct CMUnitTest){ .name = choices[i].title,
						.test_func = chooses_host,
						.setup_func = trial_begin,
						.teardown_func = trial_end,
						.initial_state = &choices[i] };
	return failed + cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
