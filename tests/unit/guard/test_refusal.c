/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard: every word that is said of a path that would be cut. */
#include <stdio.h>

#include "unit/guard/model.h"

#define FORCE                                                                  \
	"note: --force applies it all the same; the deadline then brings the " \
	"old rules back\n"

#define KEEP_7                                                            \
	"note: to keep it, add to the site's \"peers\": "                 \
	"{ name = \"keep-tcp-22\"; addresses = [ \"198.51.100.7\" ]; }\n" \
	"note: and to its \"flows\": { id = \"keep-tcp-22\"; "            \
	"from = \"keep-tcp-22\"; to = \"sensor-1\"; tcp = 22; }\n"

#define KEEP_24                                                              \
	"note: to keep it, add to the site's \"peers\": "                    \
	"{ name = \"keep-tcp-22\"; addresses = [ \"198.51.100.0/24\" ]; }\n" \
	"note: and to its \"flows\": { id = \"keep-tcp-22\"; "               \
	"from = \"keep-tcp-22\"; to = \"sensor-1\"; tcp = 22; }\n"

#define CUTS "rolewall: error: the new rules would cut "

static void tells_the_policy(void **state)
{
	(void)state;
	open_to_analysts();
	protect_connection("198.51.100.9", "192.0.2.11");
	expect_said(CUTS
		    "tcp/22 from 198.51.100.9 (this SSH connection)\n"
		    "note: a new connection from 198.51.100.9 to 192.0.2.11 by "
		    "\"eth0\" is dropped by the policy of chain \"input\"\n"
		    "note: to keep it, add to the site's \"peers\": "
		    "{ name = \"keep-tcp-22\"; addresses = [ \"198.51.100.9\" ]; }\n"
		    "note: and to its \"flows\": { id = \"keep-tcp-22\"; "
		    "from = \"keep-tcp-22\"; to = \"sensor-1\"; tcp = 22; }\n" FORCE);
}

static void tells_which_peers(void **state)
{
	(void)state;
	open_to_analysts();
	model_protect("tcp/22@198.51.100.0/24");
	expect_said(
		CUTS
		"tcp/22 from 198.51.100.0/24\n"
		"note: not all of it is cut, but: 198.51.100.9\n"
		"note: a new connection from 198.51.100.9 to 192.0.2.11 by "
		"\"eth0\" is dropped by the policy of chain \"input\"\n" KEEP_24 FORCE);
}

static void counts_many_peers(void **state)
{
	(void)state;
	model_housekeeping();
	model_flow(&model.input,
		   model_set("analysts.4", "198.51.100.1 198.51.100.1 "
					   "198.51.100.3 198.51.100.3 "
					   "198.51.100.7 198.51.100.7 "
					   "198.51.100.64 198.51.100.64 "
					   "198.51.100.128 198.51.100.255"),
		   22, "plant.ssh");
	model_protect("tcp/22@198.51.100.0/24");
	expect_said(
		CUTS
		"tcp/22 from 198.51.100.0/24\n"
		"note: not all of it is cut, but: 198.51.100.0, 198.51.100.2, "
		"198.51.100.4-198.51.100.6 and 2 more\n"
		"note: a new connection from 198.51.100.0 to 192.0.2.11 by "
		"\"eth0\" is dropped by the policy of chain \"input\"\n" KEEP_24 FORCE);
}

/* The part of a prefix that is this host's own is no sample of the rest. */
static void splits_its_own_address(void **state)
{
	(void)state;
	model_set("others.4", "10.0.0.1 10.0.0.1");
	model_housekeeping();
	model_protect("tcp/22@192.0.2.11");
	model_protect("tcp/22@192.0.2.10/31");
	expect_said(CUTS
		    "tcp/22 from 192.0.2.10/31\n"
		    "note: not all of it is cut, but: 192.0.2.10\n"
		    "note: a new connection from 192.0.2.10 to 192.0.2.11 by "
		    "\"eth0\" is dropped by the policy of chain \"input\"\n"
		    "note: to keep it, add to the site's \"peers\": "
		    "{ name = \"keep-tcp-22\"; addresses = [ \"192.0.2.10/31\" ]; }\n"
		    "note: and to its \"flows\": { id = \"keep-tcp-22\"; "
		    "from = \"keep-tcp-22\"; to = \"sensor-1\"; tcp = 22; }\n" FORCE);
}

/* What begins behind it is no sample of the loopback either. */
static void splits_what_comes_by_the_loopback(void **state)
{
	(void)state;
	model_housekeeping();
	model_protect("tcp/22@192.0.2.8/29");
	model_protect("tcp/22@126.0.0.0/7");
	model_protect("tcp/22@::/127");
	model_own("eth0", "2001:db8::11");

	const char *said = model_check();

	assert_non_null(strstr(said, "cut, but: 192.0.2.8-192.0.2.10, "
				     "192.0.2.12/30\n"));
	assert_non_null(strstr(said, "cut, but: 126.0.0.0/8\n"));
	assert_non_null(strstr(said, "cut, but: ::\n"));
}

/* Of the ways that do not do, the one that nearly does. */
static void tells_the_best_way(void **state)
{
	(void)state;
	model_own("eth1", "203.0.113.11");
	model_own("eth2", "203.0.113.12");
	model_housekeeping();
	build_interface(&model.builder, MATCH_EQUAL, FIELD_IIFNAME, "eth1");
	model_flow(&model.input, analysts(), 22, "plant.ssh");
	model_protect("tcp/22@198.51.100.0/24");
	expect_said(
		CUTS
		"tcp/22 from 198.51.100.0/24\n"
		"note: not all of it is cut, but: 198.51.100.9\n"
		"note: a new connection from 198.51.100.9 to 203.0.113.11 by "
		"\"eth1\" is dropped by the policy of chain \"input\"\n" KEEP_24 FORCE);
}

static void tells_the_rule_and_its_line(void **state)
{
	static const char text[] = "flows = (\n  { id = \"ssh\"; });\n";
	struct source *source =
		source_new(model.arena, "plant.cfg", text, strlen(text));

	(void)state;
	model_housekeeping();
	build_equal(&model.builder, FIELD_TCP_DPORT, 22);
	build_verdict(&model.builder, VERDICT_DROP, NULL);
	build_end(&model.builder, &model.input, "plant.ssh",
		  source_span(source, 12, 2));
	model_flow(&model.input, analysts(), 22, "plant.late");
	model_protect("tcp/22@198.51.100.7");
	expect_said(CUTS
		    "tcp/22 from 198.51.100.7\n"
		    "plant.cfg:2:3: note: a new connection from 198.51.100.7 to "
		    "192.0.2.11 by \"eth0\" is dropped by rule \"plant.ssh\" of chain "
		    "\"input\"\n"
		    "    2 |   { id = \"ssh\"; });\n"
		    "      |   ^~\n" KEEP_7 FORCE);
}

static void tells_the_place_of_a_policy(void **state)
{
	static const char text[] = "hosts = ( { name = \"sensor-1\"; } );\n";
	struct source *source =
		source_new(model.arena, "plant.cfg", text, strlen(text));

	(void)state;
	model.chain_place = source_span(source, 10, 1);
	open_to_analysts();
	model_protect("tcp/23@198.51.100.7");
	assert_non_null(strstr(model_check(),
			       "plant.cfg:1:11: note: a new connection from "
			       "198.51.100.7 to 192.0.2.11 by \"eth0\" is dropped by "
			       "the policy of chain \"input\"\n"
			       "    1 | hosts = ( {"));
}

static void tells_a_reject(void **state)
{
	struct step reject = { .kind = STEP_REJECT };

	(void)state;
	model_housekeeping();
	reject.reject.kind = REJECT_ICMPX;
	build_step(&model.builder, reject);
	model_rule(&model.input, VERDICT_NONE, NULL, NULL);
	model_set("analysts.4", "10.0.0.1 10.0.0.1");
	model_protect("tcp/22@198.51.100.7");
	expect_said(CUTS
		    "tcp/22 from 198.51.100.7\n"
		    "note: a new connection from 198.51.100.7 to 192.0.2.11 by "
		    "\"eth0\" is rejected by rule 3 of chain \"input\"\n" KEEP_7 FORCE);
}

static void tells_the_answer(void **state)
{
	(void)state;
	open_to_analysts();
	model.output.count = 0;
	model_protect("tcp/22@198.51.100.7");
	expect_said(CUTS "tcp/22 from 198.51.100.7\n"
			 "note: the answer to a new connection from 198.51.100.7 to "
			 "192.0.2.11 by \"eth0\" is dropped by the policy of chain "
			 "\"output\"\n" KEEP_7 FORCE);
}

static void tells_a_missing_family(void **state)
{
	(void)state;
	open_to_analysts();
	model_protect("tcp/22@2001:db8::/64");
	expect_said(
		CUTS
		"tcp/22 from 2001:db8::/64\n"
		"note: this host has no IPv6 address that it could come to\n" FORCE);
}

static void tells_missing_addresses(void **state)
{
	(void)state;
	open_to_analysts();
	model.local.count = 2;
	model_protect("tcp/22");
	expect_said(CUTS
		    "tcp/22\n"
		    "note: this host has no address that it could come to\n" FORCE);
}

static void tells_the_family_of_a_site(void **state)
{
	(void)state;
	open_to_analysts();
	model_own("eth0", "2001:db8::11");
	model_protect("tcp/22@2001:db8::7");
	expect_said(CUTS
		    "tcp/22 from 2001:db8::7\n"
		    "note: a new connection from 2001:db8::7 to 2001:db8::11 by "
		    "\"eth0\" is dropped by the policy of chain \"input\"\n"
		    "note: to keep it, add to the site's \"peers\": "
		    "{ name = \"keep-tcp-22\"; addresses = [ \"2001:db8::7\" ]; }\n"
		    "note: and to its \"flows\": { id = \"keep-tcp-22\"; "
		    "from = \"keep-tcp-22\"; to = \"sensor-1\"; tcp = 22; }\n"
		    "note: and the host's \"addresses\" have to hold one of IPv6, "
		    "like \"2001:db8::11\"\n" FORCE);
}

static void tells_other_interfaces(void **state)
{
	(void)state;
	model_housekeeping();
	model_jump("eth9");
	model_flow(&model.management, analysts(), 22, "plant.ssh");
	model_protect("tcp/22@198.51.100.7");
	expect_said(CUTS
		    "tcp/22 from 198.51.100.7\n"
		    "note: a new connection from 198.51.100.7 to 192.0.2.11 by "
		    "\"eth0\" is dropped by the policy of chain \"input\"\n"
		    "note: flows pass on the management interfaces alone: add "
		    "\"eth0\" to \"management\" in the host's \"interfaces\"\n" KEEP_7
			    FORCE);
}

static void tells_a_monitoring_port(void **state)
{
	(void)state;
	open_to_analysts();
	model_jump("eth1");
	model.monitor = "eth0";
	model_protect("tcp/22@198.51.100.7");
	expect_said(CUTS
		    "tcp/22 from 198.51.100.7\n"
		    "note: a new connection from 198.51.100.7 to 192.0.2.11 by "
		    "\"eth0\" is dropped by the policy of chain \"ingress-eth0\"\n"
		    "note: nothing passes on a monitoring port: take \"eth0\" out of "
		    "\"monitor\" in the host's \"interfaces\"\n" KEEP_7 FORCE);
}

static void takes_the_unknown_for_cut(void **state)
{
	struct step foreign = { .kind = STEP_FOREIGN };

	(void)state;
	model_housekeeping();
	foreign.foreign.text = "meta mark 7";
	foreign.foreign.bytes = (const uint8_t *)"7";
	foreign.foreign.length = 1;
	build_step(&model.builder, foreign);
	model_rule(&model.input, VERDICT_ACCEPT, NULL, "by \"hand\"\033[2J");
	model_set("others.4", "10.0.0.1 10.0.0.1");
	model_protect("tcp/22@198.51.100.7");
	expect_said(
		"rolewall: error: the new rules may cut tcp/22 from 198.51.100.7: a "
		"part that rolewall does not understand decides\n"
		"note: a new connection from 198.51.100.7 to 192.0.2.11 by \"eth0\" "
		"is decided by rule \"by \\\"hand\\\"\\x1b[2J\" of chain \"input\"\n" KEEP_7
			FORCE);
}

static void tells_each_path_once(void **state)
{
	(void)state;
	open_to_analysts();
	protect_connection("198.51.100.9", "192.0.2.11");
	model_protect("tcp/22@198.51.100.9");
	model_protect("tcp/22@198.51.100.9");
	model_protect("tcp/22");
	model_protect("tcp/22@203.0.113.7");

	const char *said = model_check();

	assert_int_equal(model.diags.error_count, 3);
	assert_non_null(strstr(said, "{ name = \"keep-tcp-22\"; addresses = [ "
				     "\"198.51.100.9\" ]; }"));
	assert_non_null(strstr(said, "{ name = \"keep-tcp-22-2\"; addresses = [ "
				     "\"198.51.100.9\" ]; }"));
	assert_non_null(strstr(said, "{ id = \"keep-tcp-22-3\"; "
				     "from = \"keep-tcp-22-3\"; to = \"sensor-1\"; "));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MODEL_TEST(tells_the_policy),
		MODEL_TEST(tells_which_peers),
		MODEL_TEST(counts_many_peers),
		MODEL_TEST(splits_its_own_address),
		MODEL_TEST(splits_what_comes_by_the_loopback),
		MODEL_TEST(tells_the_best_way),
		MODEL_TEST(tells_the_rule_and_its_line),
		MODEL_TEST(tells_the_place_of_a_policy),
		MODEL_TEST(tells_a_reject),
		MODEL_TEST(tells_the_answer),
		MODEL_TEST(tells_a_missing_family),
		MODEL_TEST(tells_missing_addresses),
		MODEL_TEST(tells_the_family_of_a_site),
		MODEL_TEST(tells_other_interfaces),
		MODEL_TEST(tells_a_monitoring_port),
		MODEL_TEST(takes_the_unknown_for_cut),
		MODEL_TEST(tells_each_path_once),
	};

	return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
