/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which tracked connections a rule set would not admit, with the reason, by rows. */
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/linux_nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>

#include "connections/judge.h"
#include "unit/guard/model.h"

enum {
	ANSWERED = IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED,
	TUPLE_BYTES = 52,
	CONNECTION_ID = 4711
};

static void rule(struct rule_list *rules, enum verdict verdict, const char *comment)
{
	model_rule(rules, verdict, NULL, comment);
}

static void tcp_rule(struct rule_list *rules, const char *interface, unsigned port,
		     enum verdict verdict)
{
	build_interface(&model.builder, MATCH_EQUAL,
			rules == &model.input ? FIELD_IIFNAME : FIELD_OIFNAME,
			interface);
	build_equal(&model.builder, FIELD_TCP_DPORT, port);
	rule(rules, verdict, "by interface");
}

/* What rolewall does not understand decides about TCP to this port. */
static void foreign_rule(unsigned port, const char *comment)
{
	struct step step = { .kind = STEP_FOREIGN };

	step.foreign.text = "numgen";
	build_equal(&model.builder, FIELD_TCP_DPORT, port);
	build_step(&model.builder, step);
	rule(&model.input, VERDICT_ACCEPT, comment);
}

static int begin(void **state)
{
	static const uint32_t ports[] = { 2001, 2002 };

	static const enum verdict verdicts[] = { VERDICT_DROP, VERDICT_ACCEPT };

	model_begin(state);
	model_own("lo", "192.0.2.99");
	model_own("eth0", "2001:db8::11");
	model_own("eth0", "fe80::11");
	model_own("eth1", "198.51.100.11");
	model_own("eth1", "fe80::11");
	model_own("", "192.0.2.77");
	model_housekeeping();
	model_flow(&model.input, model_set("web-users", "203.0.113.0 203.0.113.127"),
		   443, "web");
	tcp_rule(&model.input, "eth1", 22, VERDICT_ACCEPT);
	build_equal(&model.builder, FIELD_ICMP_TYPE, 8);
	rule(&model.input, VERDICT_ACCEPT, "ping");
	build_equal(&model.builder, FIELD_TCP_DPORT, 23);
	rule(&model.input, VERDICT_DROP, "no telnet");
	build_equal(&model.builder, FIELD_TCP_DPORT, 24);
	rule(&model.input, VERDICT_DROP, NULL);
	foreign_rule(7000, "a stranger's");
	foreign_rule(7001, NULL);
	build_lookup(&model.builder, MATCH_MAP, FIELD_TCP_DPORT,
		     set_of_verdicts(model.arena, DATATYPE_INET_SERVICE, ports,
				     verdicts, COUNT_OF(ports)));
	rule(&model.input, VERDICT_NONE, "by port");
	build_equal(&model.builder, FIELD_SCTP_DPORT, 5000);
	rule(&model.input, VERDICT_ACCEPT, "sctp");
	tcp_rule(&model.output, "eth1", 25, VERDICT_ACCEPT);
	build_equal(&model.builder, FIELD_UDP_DPORT, 53);
	rule(&model.output, VERDICT_ACCEPT, "dns");
	model_protect("tcp/2200");
	model_protect("tcp/2201@203.0.113.0/25");
	return 0;
}

/* ---- rows ---- */

enum verdict_of_row { ADMITTED, REFUSED, UNKNOWN, PROTECTED, UNSEEN };

struct row {
	const char *name;
	uint8_t protocol;
	const char *from, *to, *answers_from; /* the last: NULL: as `to` */
	uint16_t port, answers_port;          /* the last: 0: as `port` */
	enum verdict_of_row verdict;
	bool outbound;
	const char *why;
	uint32_t status; /* 0: answered */
	uint8_t tcp_state, icmp_type;
};

#define POLICY_IN  "policy of chain \"input\""
#define POLICY_OUT "policy of chain \"output\""

/* clang-format off */
static struct row rows[] = {
	{ "in by a flow", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 443, 0, ADMITTED },
	{ "in from a stranger", IPPROTO_TCP, "203.0.113.200", "192.0.2.11", NULL, 443, 0, REFUSED, .why = POLICY_IN },
	{ "in, IPv6", IPPROTO_TCP, "2001:db8:1::5", "2001:db8::11", NULL, 443, 0, REFUSED, .why = POLICY_IN },
	{ "in, another protocol", IPPROTO_UDP, "203.0.113.5", "192.0.2.11", NULL, 443, 0, REFUSED, .why = POLICY_IN },
	{ "in, by a comment", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 23, 0, REFUSED, .why = "no telnet" },
	{ "in, no comment", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 24, 0, REFUSED, .why = "a rule of chain \"input\"" },
	{ "in, by a map", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 2001, 0, REFUSED, .why = "by port" },
	{ "in, open by a map", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 2002, 0, ADMITTED },
	{ "in, not understood", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 7000, 0, UNKNOWN, .why = "not understood: a stranger's" },
	{ "in, not understood, no comment", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 7001, 0, UNKNOWN, .why = "not understood: a rule of chain \"input\"" },
	{ "in, SCTP", IPPROTO_SCTP, "203.0.113.5", "192.0.2.11", NULL, 5000, 0, ADMITTED },
	{ "in, GRE", IPPROTO_GRE, "203.0.113.5", "192.0.2.11", NULL, 0, 0, REFUSED, .why = POLICY_IN },
	{ "ping", IPPROTO_ICMP, "203.0.113.5", "192.0.2.11", NULL, 0, 0, ADMITTED, .icmp_type = 8 },
	{ "timestamp", IPPROTO_ICMP, "203.0.113.5", "192.0.2.11", NULL, 0, 0, REFUSED, .why = POLICY_IN, .icmp_type = 13 },
	{ "ping, IPv6", IPPROTO_ICMPV6, "2001:db8:1::5", "2001:db8::11", NULL, 0, 0, REFUSED, .why = POLICY_IN, .icmp_type = 128 },

	{ "in by the right interface", IPPROTO_TCP, "203.0.113.5", "198.51.100.11", NULL, 22, 0, ADMITTED },
	{ "in by the wrong interface", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 22, 0, REFUSED, .why = POLICY_IN },
	{ "in by one of two", IPPROTO_TCP, "fe80::5", "fe80::11", NULL, 22, 0, ADMITTED },
	{ "in, held by lo", IPPROTO_TCP, "203.0.113.5", "192.0.2.99", NULL, 22, 0, ADMITTED },
	{ "in, held by nobody knows", IPPROTO_TCP, "203.0.113.5", "192.0.2.77", NULL, 22, 0, ADMITTED },
	{ "in, the other family's interface", IPPROTO_TCP, "2001:db8:1::5", "2001:db8::11", NULL, 22, 0, REFUSED, .why = POLICY_IN },

	{ "out by one interface", IPPROTO_TCP, "192.0.2.11", "203.0.113.5", NULL, 25, 0, ADMITTED, .outbound = true },
	{ "out, UDP", IPPROTO_UDP, "192.0.2.11", "203.0.113.5", NULL, 53, 0, ADMITTED, .outbound = true },
	{ "out, closed", IPPROTO_TCP, "192.0.2.11", "203.0.113.5", NULL, 443, 0, REFUSED, .outbound = true, .why = POLICY_OUT },
	{ "out, IPv6", IPPROTO_UDP, "2001:db8::11", "2001:db8:1::5", NULL, 53, 0, ADMITTED, .outbound = true },
	{ "out, IPv6, closed", IPPROTO_UDP, "2001:db8::11", "2001:db8:1::5", NULL, 123, 0, REFUSED, .outbound = true, .why = POLICY_OUT },

	{ "in, translated to an open port", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", "192.0.2.11", 8443, 443, ADMITTED },
	{ "in, translated to a closed port", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", "192.0.2.11", 443, 8443, REFUSED, .why = POLICY_IN },
	{ "in, translated to another address", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", "198.51.100.11", 22, 0, ADMITTED },
	{ "in from elsewhere, translated to here", IPPROTO_TCP, "203.0.113.5", "203.0.113.77", "192.0.2.11", 80, 0, REFUSED, .why = POLICY_IN },
	{ "out, translated to an open port", IPPROTO_UDP, "192.0.2.11", "203.0.113.5", "203.0.113.6", 5353, 53, ADMITTED, .outbound = true },
	{ "out, translated to a closed port", IPPROTO_TCP, "192.0.2.11", "203.0.113.5", "203.0.113.6", 25, 2500, REFUSED, .outbound = true, .why = POLICY_OUT },
	{ "out, translated to here", IPPROTO_TCP, "192.0.2.11", "203.0.113.5", "192.0.2.11", 80, 0, UNSEEN },

	{ "forwarded", IPPROTO_TCP, "203.0.113.5", "203.0.113.6", NULL, 80, 0, UNSEEN },
	{ "translated and forwarded", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", "10.0.0.5", 80, 0, UNSEEN },
	{ "loopback", IPPROTO_TCP, "127.0.0.1", "127.0.0.1", NULL, 80, 0, UNSEEN },
	{ "loopback, IPv6", IPPROTO_TCP, "::1", "::1", NULL, 80, 0, UNSEEN },
	{ "another loopback", IPPROTO_TCP, "127.0.0.53", "127.0.0.54", NULL, 80, 0, UNSEEN },
	{ "of this host with itself", IPPROTO_TCP, "192.0.2.11", "198.51.100.11", NULL, 80, 0, UNSEEN },

	{ "unanswered", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 80, 0, ADMITTED, .status = IPS_CONFIRMED },
	{ "assured alone", IPPROTO_UDP, "203.0.113.5", "192.0.2.11", NULL, 80, 0, REFUSED, .status = IPS_ASSURED, .why = POLICY_IN },
	{ "answered alone", IPPROTO_UDP, "203.0.113.5", "192.0.2.11", NULL, 80, 0, REFUSED, .status = IPS_SEEN_REPLY, .why = POLICY_IN },
	{ "of a helper", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 80, 0, ADMITTED, .status = ANSWERED | IPS_EXPECTED },
	{ "over", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 80, 0, ADMITTED, .tcp_state = TCP_CONNTRACK_TIME_WAIT },
	{ "reset", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 80, 0, ADMITTED, .tcp_state = TCP_CONNTRACK_CLOSE },
	{ "half closed", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 80, 0, REFUSED, .why = POLICY_IN, .tcp_state = TCP_CONNTRACK_CLOSE_WAIT },
	{ "not TCP, whatever the state", IPPROTO_UDP, "203.0.113.5", "192.0.2.11", NULL, 80, 0, REFUSED, .why = POLICY_IN, .tcp_state = TCP_CONNTRACK_CLOSE },

	{ "protected", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 2200, 0, PROTECTED, .why = POLICY_IN },
	{ "protected in the other family", IPPROTO_TCP, "2001:db8:1::5", "2001:db8::11", NULL, 2200, 0, PROTECTED, .why = POLICY_IN },
	{ "protected, translated", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 22000, 2200, PROTECTED, .why = POLICY_IN },
	{ "protected from this peer", IPPROTO_TCP, "203.0.113.5", "192.0.2.11", NULL, 2201, 0, PROTECTED, .why = POLICY_IN },
	{ "not protected from that peer", IPPROTO_TCP, "203.0.113.128", "192.0.2.11", NULL, 2201, 0, REFUSED, .why = POLICY_IN },
	{ "not protected by UDP", IPPROTO_UDP, "203.0.113.5", "192.0.2.11", NULL, 2200, 0, REFUSED, .why = POLICY_IN },
	{ "not protected outward", IPPROTO_TCP, "192.0.2.11", "203.0.113.5", NULL, 2200, 0, REFUSED, .outbound = true, .why = POLICY_OUT },
};

/* clang-format on */

/* ---- trying them ---- */

enum { CLIENT_PORT = 40000 };

static bool has_ports(const struct row *row)
{
	return row->protocol != IPPROTO_ICMP && row->protocol != IPPROTO_ICMPV6 &&
	       row->protocol != IPPROTO_GRE;
}

static struct tracked tracked_of(const struct row *row, const uint8_t *tuple)
{
	struct tracked tracked = {
		.protocol = row->protocol,
		.icmp_type = row->icmp_type,
		.tcp_state = row->tcp_state,
		.status = row->status ? row->status : ANSWERED,
		.entry = { .tuple = tuple,
			   .tuple_length = TUPLE_BYTES,
			   .id = CONNECTION_ID,
			   .has_id = true },
	};
	const char *answers_from = row->answers_from ? row->answers_from : row->to;

	if (!row->tcp_state && row->protocol == IPPROTO_TCP)
		tracked.tcp_state = TCP_CONNTRACK_ESTABLISHED;
	model_read(row->from, &tracked.family, tracked.original.source);
	model_read(row->to, &tracked.family, tracked.original.destination);
	model_read(answers_from, &tracked.family, tracked.reply.source);
	model_read(row->from, &tracked.family, tracked.reply.destination);
	if (!has_ports(row))
		return tracked;
	tracked.original.source_port = tracked.reply.destination_port = CLIENT_PORT;
	tracked.original.destination_port = row->port;
	tracked.reply.source_port = row->answers_port ? row->answers_port : row->port;
	return tracked;
}

static void check_connection(const struct row *row, const struct tracked *tracked,
			     const struct connection *connection)
{
	assert_int_equal(connection->family, tracked->family);
	assert_int_equal(connection->protocol, row->protocol);
	assert_int_equal(connection->inbound, !row->outbound);
	assert_memory_equal(connection->source, tracked->original.source, 16);
	assert_memory_equal(connection->destination, tracked->reply.source, 16);
	assert_int_equal(connection->source_port, tracked->original.source_port);
	assert_int_equal(connection->destination_port, tracked->reply.source_port);
	assert_string_equal(connection->why, row->why);
	assert_int_equal(connection->is_protected, row->verdict == PROTECTED);
	if (row->verdict == UNKNOWN) {
		assert_null(connection->entry);
		return;
	}
	assert_non_null(connection->entry);
	assert_int_equal(connection->entry->id, CONNECTION_ID);
	assert_int_equal(connection->entry->tuple_length, TUPLE_BYTES);
	assert_memory_equal(
		connection->entry->ends.here,
		row->outbound ? tracked->original.source : tracked->reply.source, 16);
	assert_memory_equal(connection->entry->ends.there,
			    row->outbound ? tracked->original.destination
					  : tracked->original.source,
			    16);
	assert_int_equal(connection->entry->ends.here_port,
			 row->outbound ? tracked->original.source_port
				       : tracked->reply.source_port);
	assert_int_equal(connection->entry->ends.there_port,
			 row->outbound ? tracked->original.destination_port
				       : tracked->original.source_port);
	/* a copy: the message is gone when it is used */
	assert_ptr_not_equal(connection->entry->tuple, tracked->entry.tuple);
	assert_memory_equal(connection->entry->tuple, tracked->entry.tuple,
			    TUPLE_BYTES);
}

static void judge_of(struct judge *judge, const struct ruleset *ruleset,
		     const struct local_addresses *local)
{
	struct connections_query query = {
		.ruleset = ruleset,
		.paths = &model.paths,
		.local = local,
	};

	judge_begin(judge, model.arena, &query);
}

static void judges(void **state)
{
	const struct row *row = *state;
	uint8_t tuple[TUPLE_BYTES];
	struct tracked tracked;
	struct connection connection;
	struct judge judge;

	begin(NULL);
	memset(tuple, 0xa5, sizeof(tuple));
	tracked = tracked_of(row, tuple);
	judge_of(&judge, model_ruleset(), &model.local);
	/* twice: the second time with a reason at hand */
	for (int i = 0; i < 2; i++) {
		bool refused = judge_refuses(&judge, &tracked, &connection);

		assert_int_equal(refused,
				 row->verdict != ADMITTED && row->verdict != UNSEEN);
		if (refused)
			check_connection(row, &tracked, &connection);
	}
	assert_int_equal(judge.seen, row->verdict == UNSEEN ? 0 : 2);
	judge_end(&judge);
	model_end(NULL);
}

/* Reasons that come by turns are not mixed up. */
static void keeps_reasons_apart(void **state)
{
	struct judge judge;

	(void)state;
	begin(NULL);
	judge_of(&judge, model_ruleset(), &model.local);
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			uint8_t tuple[TUPLE_BYTES] = { 0 };
			struct tracked tracked = tracked_of(&rows[i], tuple);
			struct connection connection;

			if (judge_refuses(&judge, &tracked, &connection))
				assert_string_equal(connection.why, rows[i].why);
		}
	judge_end(&judge);
	model_end(NULL);
}

/* No addresses at all, and a rule set without chains. */
static void judges_with_nothing(void **state)
{
	static const struct local_addresses none;
	static const struct ruleset empty = { .normalized = true };
	uint8_t tuple[TUPLE_BYTES] = { 0 };
	struct tracked tracked = tracked_of(&rows[1], tuple);
	struct connection connection;
	struct judge judge;

	(void)state;
	begin(NULL);
	judge_of(&judge, model_ruleset(), &none);
	assert_false(judge_refuses(&judge, &tracked, &connection));
	assert_int_equal(judge.seen, 0);
	judge_end(&judge);
	judge_of(&judge, &empty, &model.local);
	assert_false(judge_refuses(&judge, &tracked, &connection));
	assert_int_equal(judge.seen, 1);
	judge_end(&judge);
	model_end(NULL);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(rows) + 2];

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		tests[i] = (struct CMUnitTest){
			.name = rows[i].name,
			.test_func = judges,
			.initial_state = &rows[i],
		};
	tests[COUNT_OF(rows)] =
		(struct CMUnitTest)cmocka_unit_test(keeps_reasons_apart);
	tests[COUNT_OF(rows) + 1] =
		(struct CMUnitTest)cmocka_unit_test(judges_with_nothing);
	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
