/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts and peers: what they mean, and each mistake at its place. */
#include "unit/site/loading.h"

/* A site with the roles `r` and `client`, and these lines. */
static const char *site(const char *lines)
{
	return arena_format(trial.arena,
			    "site = \"s\";\n"
			    "roles = ( { name = \"r\"; }, { name = \"client\"; } );\n"
			    "%s\n",
			    lines);
}

#define HOST(keys) "hosts = ( { name = \"h\"; " keys " } );"
#define PEER(keys) "peers = ( { name = \"p\"; " keys " } );"
#define ADDRESS    "addresses = \"192.0.2.1\"; "

/* clang-format off */
/* One mistake: its place in site.cfg and how its text begins; what a note says. */
static struct mistake {
	const char *name, *lines, *said, *note;
} mistakes[] = {
	{ "host without name",      "hosts = ( { " ADDRESS "} );", "3:11: error: a host needs \"name\"", NULL },
	{ "host without addresses", HOST(""), "3:11: error: a host needs \"addresses\"", NULL },
	{ "no addresses",           HOST("addresses = [ ];"), "3:37: error: \"addresses\" is empty", NULL },
	{ "not a group",            "hosts = ( \"h\" );", "3:11: error: expected a group like", NULL },
	{ "address is a number",    HOST("addresses = 5;"), "3:37: error: \"addresses\": expected an address", NULL },
	{ "unknown key",            HOST(ADDRESS "role = \"r\";"), "3:50: error: unknown key \"role\" in a host", "did you mean \"roles\"?" },
	{ "unknown role",           HOST(ADDRESS "roles = [ \"r\", \"cleint\" ];"), "3:65: error: no role is called \"cleint\"", "did you mean \"client\"?" },
	{ "role twice",             HOST(ADDRESS "roles = [ \"r\", \"r\" ];"), "3:65: error: \"r\" is given twice", "first given here" },
	{ "no roles",               HOST(ADDRESS "roles = [ ];"), "3:58: error: \"roles\" is empty", NULL },
	{ "a peer as a role",       HOST(ADDRESS "roles = \"p\";") " " PEER(ADDRESS), "3:58: error: \"p\" is not a role", "it is the peer of this name" },
	{ "any as a role",          HOST(ADDRESS "roles = \"any\";"), "3:58: error: \"any\" is not a role", NULL },
	{ "gateway",                HOST(ADDRESS "roles = \"gateway\";"), "3:58: error: the role \"gateway\" is not in this version yet", NULL },
	{ "host called any",        "hosts = ( { name = \"any\"; " ADDRESS "} );", "3:20: error: \"any\" is built in: a host cannot be called that", NULL },
	{ "peer called like a role", "peers = ( { name = \"r\"; " ADDRESS "} );", "3:20: error: the name \"r\" is taken", "it is that of a role" },
	{ "two of one name",        HOST(ADDRESS) "\npeers = ( { name = \"h\"; " ADDRESS "} );", "4:20: error: the name \"h\" is taken", "it is that of a host" },
	{ "not a name",             "hosts = ( { name = \"H\"; " ADDRESS "} );", "3:20: error: \"H\" is not a name", NULL },
	{ "names of a host",        HOST(ADDRESS "names = \"a.example\";"), "3:50: error: host names (names) are not in this version yet: ", NULL },
	{ "names of a peer",        PEER("names = \"a.example\";"), "3:25: error: host names (names) are not in this version yet: ", NULL },
	{ "hosts-from",             "hosts-from = \"x\";", "3:1: error: hosts from a file (hosts-from) are not in this version yet: ", NULL },
	{ "file of a host",         HOST(ADDRESS "file = \"x\";"), "3:50: error: \"file\" does not belong here", NULL },
	{ "except of a host",       HOST(ADDRESS "except = \"x\";"), "3:50: error: \"except\" does not belong here", NULL },
	{ "interfaces of a peer",   PEER(ADDRESS "interfaces = { };"), "3:50: error: \"interfaces\" does not belong here", NULL },
	{ "policy of a peer",       PEER(ADDRESS "policy = { };"), "3:50: error: \"policy\" does not belong here", NULL },
	{ "peer without addresses", PEER("roles = \"r\";"), "3:11: error: a peer needs \"addresses\" or \"file\"", NULL },

	{ "a prefix",         HOST("addresses = \"192.0.2.0/24\";"), "3:37: error: \"192.0.2.0/24\" is more than one address", "without the length of its network" },
	{ "a range",          HOST("addresses = \"192.0.2.1-192.0.2.2\";"), "3:37: error: \"192.0.2.1-192.0.2.2\" is more than one", "a host of its own" },
	{ "any",              HOST("addresses = \"any\";"), "3:37: error: \"any\" is more than one address", "a host of its own" },
	{ "as ip prints it",  HOST("addresses = \"192.0.2.11/24\";"), "3:37: error: \"192.0.2.11/24\" has a prefix length", "did you mean \"192.0.2.11\"?" },
	{ "the same of IPv6", HOST("addresses = \"2001:db8::11/64\";"), "3:37: error: \"2001:db8::11/64\" has a prefix length", "did you mean \"2001:db8::11\"?" },
	{ "a host name",      HOST("addresses = \"h.example\";"), "3:37: error: \"h.example\" is a name, not an address", NULL },
	{ "mapped",           HOST("addresses = \"::ffff:192.0.2.1\";"), "3:37: error: \"::ffff:192.0.2.1\" is IPv4 written as IPv6", "did you mean \"192.0.2.1\"?" },
	{ "loopback",         HOST("addresses = \"127.0.0.1\";"), "3:37: error: \"127.0.0.1\" is the loopback", NULL },
	{ "loopback of IPv6", HOST("addresses = \"::1\";"), "3:37: error: \"::1\" is the loopback", NULL },
	{ "unspecified",      HOST("addresses = \"0.0.0.0\";"), "3:37: error: \"0.0.0.0\" stands for no address", NULL },
	{ "unspecified IPv6", HOST("addresses = \"::\";"), "3:37: error: \"::\" stands for no address", NULL },
	{ "multicast",        HOST("addresses = \"239.255.255.255\";"), "3:37: error: \"239.255.255.255\" is a multicast", NULL },
	{ "multicast IPv6",   HOST("addresses = \"ff02::1\";"), "3:37: error: \"ff02::1\" is a multicast", NULL },
	{ "broadcast",        HOST("addresses = \"255.255.255.255\";"), "3:37: error: \"255.255.255.255\" is the broadcast", NULL },
	{ "an address twice", HOST("addresses = [ \"192.0.2.1\", \"192.0.2.1\" ];"), "3:52: error: the host has the address 192.0.2.1 twice", "site.cfg:3:39: note: first given here" },
	{ "in two spellings", HOST("addresses = [ \"2001:db8::1\", \"2001:DB8:0::1\" ];"), "3:54: error: the host has the address 2001:db8::1 twice", "first given here" },
	{ "two hosts",        "hosts = (\n{ name = \"a\"; addresses = \"192.0.2.7\"; },\n{ name = \"b\"; addresses = [ \"192.0.2.8\", \"192.0.2.7\" ]; } );",
	  "5:42: error: the address 192.0.2.7 is that of the host \"a\"", "site.cfg:4:27: note: first given here" },

	{ "host bits",        PEER("addresses = \"192.0.2.5/24\";"), "3:37: error: \"192.0.2.5/24\" is not a prefix", "did you mean \"192.0.2.0/24\"?" },
	{ "nothing is left",  PEER("addresses = \"192.0.2.0/24\"; except = [ \"192.0.2.0/25\", \"192.0.2.128/25\" ];"), "3:64: error: \"except\" leaves the peer no address", NULL },
	{ "empty except",     PEER(ADDRESS "except = [ ];"), "3:59: error: \"except\" is empty", NULL },

	{ "interface too long",   HOST(ADDRESS "interfaces = { management = \"abcdefghijklmnop\"; };"), "3:78: error: \"abcdefghijklmnop\" is not the name of an interface", NULL },
	{ "interface with slash", HOST(ADDRESS "interfaces = { monitor = \"a/b\"; };"), "3:75: error: \"a/b\" is not the name", NULL },
	{ "star in the middle",   HOST(ADDRESS "interfaces = { management = \"e*0\"; };"), "3:78: error: \"e*0\" is not the name", NULL },
	{ "star alone",           HOST(ADDRESS "interfaces = { management = \"*\"; };"), "3:78: error: \"*\" is not the name", NULL },
	{ "the loopback's name",  HOST(ADDRESS "interfaces = { monitor = \"lo\"; };"), "3:75: error: \"lo\" is the loopback", NULL },
	{ "covers the loopback",  HOST(ADDRESS "interfaces = { management = \"l*\"; };"), "3:78: error: \"l*\" is the loopback", NULL },
	{ "interface twice",      HOST(ADDRESS "interfaces = { monitor = [ \"e0\", \"e0\" ]; };"), "3:83: error: \"e0\" is given twice", NULL },
	{ "for both",             HOST(ADDRESS "interfaces = { management = \"e0\"; monitor = \"e0\"; };"), "3:94: error: the interface \"e0\" is for management and monitor at once", "site.cfg:3:78: note: \"e0\" is for management here" },
	{ "for both by a star",   HOST(ADDRESS "interfaces = { management = \"e*\"; monitor = \"e0\"; };"), "3:94: error: the interface \"e0\" is for management and monitor at once", "\"e*\" is for management here" },
	{ "covered",              HOST(ADDRESS "interfaces = { management = [ \"e10\", \"e1*\" ]; };"), "3:80: error: the interface \"e10\" is among \"e1*\" already", NULL },
	{ "star covered",         HOST(ADDRESS "interfaces = { management = [ \"e1*\", \"e*\" ]; };"), "3:80: error: the interface \"e1*\" is among \"e*\" already", NULL },
	{ "star of a monitor",    HOST(ADDRESS "interfaces = { monitor = \"e*\"; };"), "3:75: error: \"e*\": monitor interfaces are named in full", NULL },
	{ "unknown interfaces",   HOST(ADDRESS "interfaces = { mgmt = \"e0\"; };"), "3:65: error: unknown key \"mgmt\" in \"interfaces\"", NULL },
	{ "no group",             HOST(ADDRESS "interfaces = \"e0\";"), "3:63: error: \"interfaces\": expected a group", NULL },
};

/* clang-format on */

static void tells_mistake(void **state)
{
	const struct mistake *c = *state;

	assert_errors(site(c->lines), 1);
	assert_said(arena_format(trial.arena, "/site.cfg:%s", c->said));
	if (c->note)
		assert_said(c->note);
}

static void reads_host(void **state)
{
	const struct actor *host;

	(void)state;
	assert_loads(site("policy = { outbound = \"accept\"; icmp = \"ping\"; };\n" HOST(
		"roles = [ \"client\", \"r\" ]; addresses = [ \"192.0.2.9\", "
		"\"192.0.2.8/32\", \"2001:db8::1\" ]; "
		"interfaces = { management = [ \"e0\", \"wan*\" ]; monitor = "
		"[ \"e1\", \"e2\" ]; }; policy = { outbound = \"reject\"; };")));
	host = trial_actor("h");
	assert_int_equal(host->kind, ACTOR_HOST);
	assert_string_equal(trial_addresses("h"), "192.0.2.8/31 2001:db8::1");
	assert_int_equal(host->role_names.count, 2);
	assert_string_equal(host->roles[0]->name.text, "client");
	assert_string_equal(host->roles[1]->name.text, "r");
	assert_int_equal(host->management.count, 2);
	assert_string_equal(host->management.items[1].text, "wan*");
	assert_int_equal(host->monitor.count, 2);
	assert_int_equal(host->policy.outbound, POLICY_REJECT);
	assert_int_equal(host->policy.inbound, POLICY_DROP);
	assert_int_equal(host->policy.icmp, ICMP_PING);
	assert_int_equal(trial.site->policy.outbound, POLICY_ACCEPT);
	assert_int_equal(host->span.line, 4);
}

static void reads_peer(void **state)
{
	const struct actor *peer;

	(void)state;
	assert_loads(site(
		PEER("addresses = [ \"192.0.2.0/24\", \"192.0.2.128/25\", "
		     "\"198.51.100.1-198.51.100.4\" ]; except = \"192.0.2.0/25\";")));
	peer = trial_actor("p");
	assert_int_equal(peer->kind, ACTOR_PEER);
	assert_int_equal(peer->role_names.count, 0);
	assert_string_equal(trial_addresses("p"),
			    "192.0.2.128/25 198.51.100.1-198.51.100.4");
	assert_int_equal(trial.diags.warning_count, 0);
}

static void takes_away_from_everything(void **state)
{
	(void)state;
	assert_loads(site(PEER("addresses = \"any\"; except = \"0.0.0.0/1\";")));
	assert_string_equal(trial_addresses("p"), "128.0.0.0/1 ::/0");
}

static void warns_of_useless_except(void **state)
{
	(void)state;
	assert_loads(site(PEER("addresses = \"192.0.2.0/24\"; except = [ "
			       "\"192.0.2.255\", \"192.0.3.0\", \"2001:db8::1\" ];")));
	assert_int_equal(trial.diags.warning_count, 2);
	assert_said("/site.cfg:3:79: warning: \"except\" takes nothing away: "
		    "\"192.0.3.0\"");
	assert_said("/site.cfg:3:92: warning: \"except\" takes nothing away: "
		    "\"2001:db8::1\"");
	assert_string_equal(trial_addresses("p"), "192.0.2.0-192.0.2.254");
}

/* A peer's network may well hold a host, and peers may overlap. */
static void lets_peers_overlap(void **state)
{
	(void)state;
	assert_loads(site(HOST(ADDRESS) "\npeers = ( { name = \"p\"; addresses = "
					"\"192.0.2.0/24\"; }, { name = \"q\"; "
					"addresses = \"192.0.2.1\"; } );"));
	assert_string_equal(trial_addresses("q"), "192.0.2.1");
}

static void keeps_order_of_text(void **state)
{
	(void)state;
	assert_loads(site("peers = ( { name = \"z\"; addresses = \"192.0.2.9\"; }, "
			  "{ name = \"a\"; addresses = \"192.0.2.9\"; } );\n"
			  "hosts = ( { name = \"y\"; addresses = \"192.0.2.1\"; }, "
			  "{ name = \"b\"; addresses = \"192.0.2.2\"; } );"));
	assert_int_equal(trial.site->actors.count, 4);
	assert_string_equal(trial.site->actors.items[0]->name.text, "y");
	assert_string_equal(trial.site->actors.items[1]->name.text, "b");
	assert_string_equal(trial.site->actors.items[2]->name.text, "z");
	assert_string_equal(trial.site->actors.items[3]->name.text, "a");
}

static void any_has_no_addresses_of_its_own(void **state)
{
	(void)state;
	assert_loads(site(""));
	assert_non_null(trial.site->any);
	assert_int_equal(trial.site->any->kind, ACTOR_ANY);
	assert_int_equal(trial.site->any->addresses[FAMILY_IP4].count, 0);
	assert_int_equal(trial.site->any->addresses[FAMILY_IP6].count, 0);
	assert_int_equal(trial.site->actors.count, 0);
}

/* What is wrong with addresses does not hide what is wrong with roles, nor the reverse.
 */
static void finds_all_mistakes_in_one_run(void **state)
{
	(void)state;
	assert_errors(site("hosts = (\n"
			   "{ name = \"a\"; roles = \"x\"; addresses = [ \"1.2\", "
			   "\"192.0.2.1\" ]; polcy = { }; },\n"
			   "{ name = \"a\"; addresses = \"192.0.2.1\"; } );\n"
			   "peers = (\n"
			   "{ name = \"p\"; file = \"no.txt\"; except = \"x\"; } );"),
		      7);
	assert_said("/site.cfg:4:23: error: no role is called \"x\"");
	assert_said("/site.cfg:4:42: error: \"1.2\"");
	assert_said("/site.cfg:4:64: error: unknown key \"polcy\"");
	assert_said("/site.cfg:5:10: error: the name \"a\" is taken");
	assert_said("/site.cfg:5:27: error: the address 192.0.2.1 is that of");
	assert_said("/site.cfg:7:22: error: cannot read");
	assert_said("/site.cfg:7:41: error: \"x\" is a name");
}

enum { HOSTS = 5000 };

/* Each of them has the one address, and a role that nobody declared. */
static void survives_many_mistakes(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 };

	(void)state;
	buffer_text(&text, "hosts = (\n");
	for (unsigned i = 0; i < HOSTS; i++)
		buffer_format(&text,
			      "%s{ name = \"h%u\"; roles = \"x\"; addresses = "
			      "\"192.0.2.1\"; }\n",
			      i ? "," : "", i);
	buffer_text(&text, ");");
	assert_errors(site(text.data), HOSTS + HOSTS - 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, trial_begin, trial_end)

int main(void)
{
	static const struct CMUnitTest whole[] = {
		TEST(reads_host),
		TEST(reads_peer),
		TEST(takes_away_from_everything),
		TEST(warns_of_useless_except),
		TEST(lets_peers_overlap),
		TEST(keeps_order_of_text),
		TEST(any_has_no_addresses_of_its_own),
		TEST(finds_all_mistakes_in_one_run),
		TEST(survives_many_mistakes),
	};
	struct CMUnitTest tests[COUNT_OF(mistakes)];
	int failed = cmocka_run_group_tests_name("actors", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(tests); i++)
		tests[i] = (struct CMUnitTest){ .name = mistakes[i].name,
						.test_func = tells_mistake,
						.setup_func = trial_begin,
						.teardown_func = trial_end,
						.initial_state = &mistakes[i] };
	return failed +
	       cmocka_run_group_tests_name("actors' mistakes", tests, NULL, NULL);
}
