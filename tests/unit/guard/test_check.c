/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guard: which paths a rule set leaves open, and which it cuts. */
#include <stdio.h>

#include "unit/guard/model.h"

static void keeps_one_address(void **state)
{
	(void)state;
	open_to_analysts();
	model_protect("tcp/22@198.51.100.7");
	model_protect("tcp/22@198.51.100.128/25");
	protect_connection("198.51.100.10", "192.0.2.11");
	expect_open();
}

static void keeps_nothing_to_protect(void **state)
{
	(void)state;
	expect_open();
}

static void keeps_somebody(void **state)
{
	(void)state;
	open_to_analysts();
	model_protect("tcp/22");
	expect_open();
}

static void keeps_loopback(void **state)
{
	(void)state;
	model_housekeeping();
	model_protect("tcp/22@127.0.0.1");
	model_protect("tcp/22@127.0.0.0/8");
	model_protect("tcp/22@::1");
	/* what this host sends to itself goes by the loopback too */
	model_protect("tcp/22@192.0.2.11");
	expect_open();
}

/* clang-format off */
static struct transport_case {
	const char *path;
	enum field field;
} transport_cases[] = {
	{ "tcp/161@198.51.100.7",  FIELD_TCP_DPORT },
	{ "udp/161@198.51.100.7",  FIELD_UDP_DPORT },
	{ "sctp/161@198.51.100.7", FIELD_SCTP_DPORT },
};

/* clang-format on */

static void keeps_its_own_protocol(void **state)
{
	const struct transport_case *c = *state;

	model_begin(NULL);
	model_housekeeping();
	build_equal(&model.builder, c->field, 161);
	model_rule(&model.input, VERDICT_ACCEPT, NULL, "plant.poll");
	for (size_t i = 0; i < COUNT_OF(transport_cases); i++) {
		const struct transport_case *other = &transport_cases[i];

		model.paths.count = 0;
		diags_init(&model.diags, model.arena);
		model_protect(other->path);
		assert_int_equal(model_check() == NULL, other == c);
	}
	model_end(NULL);
}

/* Of several addresses of this host one has to do. */
static void keeps_one_of_its_addresses(void **state)
{
	(void)state;
	model_own("eth1", "203.0.113.11");
	model_housekeeping();
	build_interface(&model.builder, MATCH_EQUAL, FIELD_IIFNAME, "eth1");
	model_flow(&model.input, NULL, 22, "plant.ssh");
	model_protect("tcp/22@198.51.100.7");
	model_protect("tcp/22");
	expect_open();
	/* the connection at hand comes to one of them alone */
	model.input.count = model.output.count = 0;
	model_housekeeping();
	build_interface(&model.builder, MATCH_EQUAL, FIELD_IIFNAME, "eth1");
	model_flow(&model.input, NULL, 22, "plant.ssh");
	protect_connection("198.51.100.7", "192.0.2.11");
	expect_part("a new connection from 198.51.100.7 to 192.0.2.11 by \"eth0\" is "
		    "dropped by the policy of chain \"input\"\n");
}

/* An address of the loopback interface, or of an unknown one, is reached by any. */
static void keeps_addresses_without_interface(void **state)
{
	static const char *const interfaces[] = { "lo", "" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(interfaces); i++) {
		model_end(NULL);
		model_begin(NULL);
		model_own(interfaces[i], "203.0.113.11");
		model_own("eth1", "2001:db8::11");
		model_housekeeping();
		build_interface(&model.builder, MATCH_EQUAL, FIELD_IIFNAME, "eth1");
		model_flow(&model.input, NULL, 22, "plant.ssh");
		protect_connection("198.51.100.7", "203.0.113.11");
		model_protect("tcp/22@198.51.100.7");
		expect_open();
	}
}

static void keeps_link_local(void **state)
{
	(void)state;
	model_own("eth0", "fe80::11");
	model_housekeeping();
	build_equal(&model.builder, FIELD_NFPROTO, 10);
	model_flow(&model.input, NULL, 22, "plant.ssh");
	protect_connection("fe80::7", "fe80::11");
	model_protect("tcp/22@fe80::/64");
	expect_open();
	/* nobody from elsewhere comes to such an address */
	model_protect("tcp/22@2001:db8::7");
	expect_part("would cut tcp/22 from 2001:db8::7\n"
		    "note: this host has no IPv6 address that it could come to\n");
}

/* Answers to some of the peers alone. */
static void asks_for_every_answer(void **state)
{
	(void)state;
	open_to_analysts();
	model.output.count = 0;
	build_lookup(&model.builder, MATCH_IN, FIELD_IP_DADDR,
		     model_set("some.4", "198.51.100.0 198.51.100.7"));
	model_rule(&model.output, VERDICT_ACCEPT, NULL, "plant.some");
	model_protect("tcp/22@198.51.100.0/29");
	model_protect("tcp/22@198.51.100.6/31");
	model_protect("tcp/22@198.51.100.0/24");
	assert_non_null(
		strstr(model_check(),
		       "not all of it is cut, but: 198.51.100.8-198.51.100.255\n"
		       "note: the answer to a new connection from 198.51.100.8 "
		       "to"));
	assert_int_equal(model.diags.error_count, 1);
}

static void asks_for_every_source_port(void **state)
{
	(void)state;
	model_set("others.4", "10.0.0.1 10.0.0.1");
	model_housekeeping();
	build_range(&model.builder, FIELD_TCP_SPORT, 1, 39999);
	model_flow(&model.input, NULL, 22, "plant.ssh");
	model_protect("tcp/22@198.51.100.7");
	expect_part("a new connection from 198.51.100.7 port 40000 to 192.0.2.11 by "
		    "\"eth0\" is dropped by the policy of chain \"input\"\n");
}

static void asks_for_somebody_elsewhere(void **state)
{
	(void)state;
	model_housekeeping();
	/* this host itself, the loopback, and addresses that nobody sends from */
	model_flow(&model.input,
		   model_set("nobody.4",
			     "0.0.0.0 0.255.255.255 127.0.0.0 127.255.255.255 "
			     "192.0.2.11 192.0.2.11 224.0.0.0 255.255.255.255"),
		   22, "plant.ssh");
	model_protect("tcp/22");
	expect_part("would cut tcp/22\n"
		    "note: a new connection to 192.0.2.11 by \"eth0\" is dropped by "
		    "the policy of chain \"input\"\n"
		    "note: to keep it, add to the site's \"flows\": "
		    "{ id = \"keep-tcp-22\"; from = \"any\"; to = \"sensor-1\"; "
		    "tcp = 22; }\n"
		    "note: --force ");
}

/* The family that this host has no address of does not count. */
static void asks_for_a_family_of_its_own(void **state)
{
	(void)state;
	model_housekeeping();
	model_flow(&model.input, model_set("analysts.6", "2001:db8::1 2001:db8::ff"),
		   22, "plant.ssh");
	model_protect("tcp/22");
	assert_non_null(model_check());
	diags_init(&model.diags, model.arena);
	model_own("eth0", "2001:db8:1::11");
	expect_open();
}

static void follows_the_management_chain(void **state)
{
	(void)state;
	model_housekeeping();
	model_jump("eth0");
	model_flow(&model.management, analysts(), 22, "plant.ssh");
	model_protect("tcp/22@198.51.100.7");
	expect_open();
	model_protect("tcp/23@198.51.100.7");
	assert_null(strstr(model_check(), "management interfaces"));
}

/* No such interface: no way back by it. */
static void asks_for_the_way_back(void **state)
{
	(void)state;
	model.local.count = 2;
	model_own("no-such-port", "192.0.2.11");
	model_housekeeping();
	build_equal(&model.builder, FIELD_FIB_SADDR_OIF, 0);
	model_rule(&model.input, VERDICT_DROP, NULL, "anti-spoofing");
	model_flow(&model.input, analysts(), 22, "plant.ssh");
	model_protect("tcp/22");
	model_protect("tcp/22@127.0.0.1");
	expect_open();
	model_protect("tcp/22@198.51.100.7");
	assert_non_null(strstr(model_check(),
			       "by \"no-such-port\" is dropped by rule "
			       "\"anti-spoofing\" of chain \"input\"\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MODEL_TEST(keeps_one_address),
		MODEL_TEST(keeps_nothing_to_protect),
		MODEL_TEST(keeps_somebody),
		MODEL_TEST(keeps_loopback),
		MODEL_TEST(keeps_one_of_its_addresses),
		MODEL_TEST(keeps_addresses_without_interface),
		MODEL_TEST(keeps_link_local),
		MODEL_TEST(asks_for_every_answer),
		MODEL_TEST(asks_for_every_source_port),
		MODEL_TEST(asks_for_somebody_elsewhere),
		MODEL_TEST(asks_for_a_family_of_its_own),
		MODEL_TEST(follows_the_management_chain),
		MODEL_TEST(asks_for_the_way_back),
	};
	struct CMUnitTest transports[COUNT_OF(transport_cases)];
	int failed;

	for (size_t i = 0; i < COUNT_OF(transport_cases); i++)
		transports[i] =
			(struct CMUnitTest){ .name = transport_cases[i].path,
					     .test_func = keeps_its_own_protocol,
					     .initial_state = &transport_cases[i] };
	failed = cmocka_run_group_tests_name("transport", transports, NULL, NULL);
	return cmocka_run_group_tests_name("guard", tests, NULL, NULL) + failed;
}
