/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each kind of step as nft's text and as libnftables JSON. */
#include <stdlib.h>

#include "support/test.h"

#include "emit/form.h"
#include "unit/emit/model.h"

/* ---- matches ---- */

static void an_address(struct rule_builder *builder)
{
	build_compare(builder, MATCH_EQUAL, FIELD_IP_SADDR, ip4, 32);
}

static void a_prefix(struct rule_builder *builder)
{
	build_compare(builder, MATCH_EQUAL, FIELD_IP_DADDR, (uint8_t[4]){ 192, 0, 2 },
		      24);
}

static void no_prefix(struct rule_builder *builder)
{
	build_compare(builder, MATCH_NOT_EQUAL, FIELD_IP_SADDR,
		      (uint8_t[4]){ 192, 0, 2, 128 }, 25);
}

static void every_address(struct rule_builder *builder)
{
	build_compare(builder, MATCH_EQUAL, FIELD_IP_SADDR, (uint8_t[4]){ 0 }, 0);
}

static void an_ip6_address(struct rule_builder *builder)
{
	build_compare(builder, MATCH_EQUAL, FIELD_IP6_SADDR, ip6, 128);
}

static void an_ip6_prefix(struct rule_builder *builder)
{
	build_compare(builder, MATCH_EQUAL, FIELD_IP6_DADDR,
		      (uint8_t[16]){ 0xfe, 0x80 }, 10);
}

/* A range that is a prefix stays a range: nft loads other expressions for a prefix. */
static void an_address_range(struct rule_builder *builder)
{
	build_range(builder, FIELD_IP_SADDR, 0x0a000000, 0x0a0000ff);
}

static void an_interface(struct rule_builder *builder)
{
	build_interface(builder, MATCH_EQUAL, FIELD_IIFNAME, "eth0");
}

static void no_interface_like(struct rule_builder *builder)
{
	build_interface(builder, MATCH_NOT_EQUAL, FIELD_OIFNAME, "eth*");
}

static void an_interface_with_asterisk(struct rule_builder *builder)
{
	build_compare(builder, MATCH_EQUAL, FIELD_IIFNAME,
		      (const uint8_t[16]){ 'e', 't', 'h', '*' }, 128);
}

static void a_port(struct rule_builder *builder)
{
	build_equal(builder, FIELD_TCP_DPORT, 22);
}

static void a_port_range(struct rule_builder *builder)
{
	build_range(builder, FIELD_UDP_DPORT, 135, 140);
}

static void no_port_range(struct rule_builder *builder)
{
	build_equal(builder, FIELD_L4PROTO, 6);
	build_step(builder, step_match(MATCH_NOT_RANGE, FIELD_TCP_DPORT, 135, 140));
}

static void a_protocol(struct rule_builder *builder)
{
	build_equal(builder, FIELD_L4PROTO, 47);
}

static void a_packet_type(struct rule_builder *builder)
{
	build_equal(builder, FIELD_PKTTYPE, 2);
}

static void neighbour_discovery(struct rule_builder *builder)
{
	build_equal(builder, FIELD_ICMPV6_TYPE, 135);
	build_equal(builder, FIELD_IP6_HOPLIMIT, 255);
}

static void an_icmp_range(struct rule_builder *builder)
{
	build_range(builder, FIELD_ICMP_TYPE, 200, 201);
}

static void a_state(struct rule_builder *builder)
{
	build_step(builder, step_match(MATCH_ANY_BIT, FIELD_CT_STATE, 8, 0));
}

static void some_states(struct rule_builder *builder)
{
	build_step(builder, step_match(MATCH_ANY_BIT, FIELD_CT_STATE, 2 | 4, 0));
}

static void an_unnamed_state(struct rule_builder *builder)
{
	build_step(builder, step_match(MATCH_ANY_BIT, FIELD_CT_STATE, 8 | 0x180, 0));
}

static void exactly_a_state(struct rule_builder *builder)
{
	build_equal(builder, FIELD_CT_STATE, 8);
}

static void exactly_not_states(struct rule_builder *builder)
{
	build_step(builder, step_match(MATCH_NOT_EQUAL, FIELD_CT_STATE, 2 | 4, 0));
}

static void no_route_back(struct rule_builder *builder)
{
	build_equal(builder, FIELD_FIB_SADDR_OIF, 0);
}

static void a_route_back(struct rule_builder *builder)
{
	build_equal(builder, FIELD_FIB_SADDR_OIF, 1);
}

/* ---- sets ---- */

static const struct set clients = {
	.name = "client.4",
	.types = { DATATYPE_IP4_ADDRESS },
	.type_count = 1,
	.key_length = 4,
};

static const struct set services = {
	.name = "web.4",
	.types = { DATATYPE_IP4_ADDRESS, DATATYPE_INET_SERVICE },
	.type_count = 2,
	.key_length = 8,
};

static const struct set meter = {
	.name = "ssh-rate.4",
	.types = { DATATYPE_IP4_ADDRESS },
	.type_count = 1,
	.key_length = 4,
	.dynamic = true,
	.timeout = true,
};

static void a_named_set(struct rule_builder *builder)
{
	build_lookup(builder, MATCH_IN, FIELD_IP_SADDR, &clients);
}

static void no_named_set(struct rule_builder *builder)
{
	build_lookup(builder, MATCH_NOT_IN, FIELD_IP_DADDR, &clients);
}

static void some_ports(struct rule_builder *builder)
{
	build_lookup(
		builder, MATCH_IN, FIELD_TCP_DPORT,
		set_of_ports(builder->arena,
			     (const uint16_t[][2]){ { 135, 135 }, { 1025, 65535 } },
			     2));
}

static void none_of_ports(struct rule_builder *builder)
{
	build_lookup(builder, MATCH_NOT_IN, FIELD_TCP_DPORT,
		     set_of_ports(builder->arena,
				  (const uint16_t[][2]){ { 22, 22 }, { 443, 443 } },
				  2));
}

static void some_icmp_types(struct rule_builder *builder)
{
	build_lookup(builder, MATCH_IN, FIELD_ICMPV6_TYPE,
		     set_of_numbers(builder->arena, DATATYPE_ICMPV6_TYPE,
				    (const uint32_t[]){ 134, 135, 200 }, 3));
}

static void a_concatenation(struct rule_builder *builder)
{
	static const enum field fields[] = { FIELD_IP_SADDR, FIELD_TCP_DPORT };

	build_step(builder, step_match(MATCH_EQUAL, FIELD_NFPROTO, 2, 0));
	build_step(builder, step_match(MATCH_EQUAL, FIELD_L4PROTO, 6, 0));
	build_step(builder, step_lookup(MATCH_IN, &services, 2, fields));
}

static void by_state(struct rule_builder *builder)
{
	build_lookup(
		builder, MATCH_MAP, FIELD_CT_STATE,
		set_of_verdicts(builder->arena, DATATYPE_CT_STATE,
				(const uint32_t[]){ 1, 2, 4 },
				(const enum verdict[]){ VERDICT_DROP, VERDICT_ACCEPT,
							VERDICT_ACCEPT },
				3));
}

static void by_named_map(struct rule_builder *builder)
{
	static const struct set ports = { .name = "port",
					  .types = { DATATYPE_INET_SERVICE },
					  .type_count = 1,
					  .key_length = 2,
					  .map = true };

	build_lookup(builder, MATCH_MAP, FIELD_UDP_DPORT, &ports);
}

/* ---- everything else ---- */

static void counted(struct rule_builder *builder)
{
	struct step step = { .kind = STEP_COUNTER };

	step.counter.packets = 7; /* the kernel's: never shown */
	build_step(builder, step);
}

static void limited(struct rule_builder *builder)
{
	build_step(builder, step_limit(10, 60, 5));
}

static void limited_with_burst(struct rule_builder *builder)
{
	build_step(builder, step_limit(1, 604800, 7));
}

static void over_bytes(struct rule_builder *builder)
{
	struct step step = step_limit(10 << 20, 1, 3 << 10);

	step.limit.over = step.limit.bytes = true;
	build_step(builder, step);
}

/* nft's listing rounds this to 4 kbytes; a script must not. */
static void odd_bytes(struct rule_builder *builder)
{
	struct step step = step_limit(5000, 86400, 0);

	step.limit.bytes = true;
	build_step(builder, step);
}

static void logged(struct rule_builder *builder)
{
	build_step(builder, step_log(NULL));
}

static void logged_with_prefix(struct rule_builder *builder)
{
	build_step(builder, step_log("drop \\ 'in': "));
}

static void logged_to_group(struct rule_builder *builder)
{
	struct step step = step_log("in: ");

	step.log.to_group = true;
	step.log.group = 3;
	build_step(builder, step);
}

static void logged_to_group_zero(struct rule_builder *builder)
{
	struct step step = step_log(NULL);

	step.log.to_group = true;
	build_step(builder, step);
}

static void rejected(struct rule_builder *builder)
{
	build_step(builder, step_reject(REJECT_ICMPX, 3));
}

/* A bare "reject" behind "ip saddr" would be another message. */
static void rejected_by_port(struct rule_builder *builder)
{
	an_address(builder);
	build_step(builder, step_reject(REJECT_ICMPX, 1));
}

static void reset(struct rule_builder *builder)
{
	build_equal(builder, FIELD_L4PROTO, 6);
	build_step(builder, step_reject(REJECT_TCP_RESET, 0));
}

static void remembered(struct rule_builder *builder)
{
	build_step(builder, step_match(MATCH_EQUAL, FIELD_NFPROTO, 2, 0));
	build_step(builder,
		   step_update(&meter, FIELD_IP_SADDR,
			       (struct limit){
				       .rate = 6, .unit_seconds = 60, .burst = 3 }));
}

static void remembered_for_a_while(struct rule_builder *builder)
{
	struct step step = step_update(
		&meter, FIELD_IP_SADDR,
		(struct limit){
			.rate = 6, .unit_seconds = 60, .burst = 5, .over = true });

	step.update.timeout_ms = 90000;
	an_address(builder);
	build_step(builder, step);
}

static void accepted(struct rule_builder *builder)
{
	build_verdict(builder, VERDICT_ACCEPT, NULL);
}

static void jumped(struct rule_builder *builder)
{
	build_verdict(builder, VERDICT_JUMP, "log-and-drop");
}

static void gone(struct rule_builder *builder)
{
	build_verdict(builder, VERDICT_GOTO, "flows");
}

static void returned(struct rule_builder *builder)
{
	build_verdict(builder, VERDICT_RETURN, NULL);
}

static void foreign(struct rule_builder *builder)
{
	struct step step = { .kind = STEP_FOREIGN };

	step.foreign.text = "accept ] accept\n";
	build_step(builder, step);
}

/* ---- dependencies ---- */

static void both_protocols(struct rule_builder *builder)
{
	build_equal(builder, FIELD_TCP_DPORT, 22);
	build_compare(builder, MATCH_EQUAL, FIELD_IP_SADDR, ip4, 32);
	build_equal(builder, FIELD_TCP_SPORT, 1024);
}

/* nft does not add the family for a port. */
static void family_before_port(struct rule_builder *builder)
{
	build_equal(builder, FIELD_NFPROTO, 2);
	build_equal(builder, FIELD_TCP_DPORT, 22);
}

/* It would add the family only, so the transport must be said, and first. */
static void transport_before_address(struct rule_builder *builder)
{
	build_equal(builder, FIELD_L4PROTO, 6);
	build_compare(builder, MATCH_EQUAL, FIELD_IP_SADDR, ip4, 32);
	build_equal(builder, FIELD_TCP_DPORT, 22);
}

/* The other way round from nft's order: both said. */
static void family_after_transport(struct rule_builder *builder)
{
	build_equal(builder, FIELD_L4PROTO, 1);
	build_equal(builder, FIELD_NFPROTO, 2);
	build_equal(builder, FIELD_ICMP_TYPE, 8);
}

static void said_and_away(struct rule_builder *builder)
{
	build_equal(builder, FIELD_L4PROTO, 17);
	build_counter(builder);
	build_equal(builder, FIELD_UDP_DPORT, 53);
}

static void said_last(struct rule_builder *builder)
{
	build_equal(builder, FIELD_NFPROTO, 10);
}

static void said_twice(struct rule_builder *builder)
{
	build_equal(builder, FIELD_UDP_DPORT, 53);
	build_step(builder, step_match(MATCH_EQUAL, FIELD_L4PROTO, 17, 0));
	build_equal(builder, FIELD_UDP_SPORT, 53);
}

static void not_that_family(struct rule_builder *builder)
{
	build_step(builder, step_match(MATCH_NOT_EQUAL, FIELD_NFPROTO, 2, 0));
	build_equal(builder, FIELD_L4PROTO, 6);
}

/* ---- the table ---- */

#define MATCH(op, left, right) \
	"[{'match': {'op': '" op "', 'left': " left ", 'right': " right "}}]"
#define PAYLOAD(protocol, field) \
	"{'payload': {'protocol': '" protocol "', 'field': '" field "'}}"
#define META(key) "{'meta': {'key': '" key "'}}"
#define CT_STATE  "{'ct': {'key': 'state'}}"
#define FIB       "{'fib': {'result': 'oif', 'flags': ['saddr', 'iif']}}"

/* clang-format off */
static struct rule_case {
	void (*build)(struct rule_builder *builder);
	enum table_family family;
	const char *text;
	const char *json; /* with ' for "; NULL: not looked at */
} rule_cases[] = {
	{ an_address, TABLE_INET, "ip saddr 192.0.2.1",
	  MATCH("==", PAYLOAD("ip", "saddr"), "'192.0.2.1'") },
	{ a_prefix, TABLE_INET, "ip daddr 192.0.2.0/24",
	  MATCH("==", PAYLOAD("ip", "daddr"), "{'prefix': {'addr': '192.0.2.0', 'len': 24}}") },
	{ no_prefix, TABLE_INET, "ip saddr != 192.0.2.128/25",
	  MATCH("!=", PAYLOAD("ip", "saddr"), "{'prefix': {'addr': '192.0.2.128', 'len': 25}}") },
	{ every_address, TABLE_INET, "ip saddr 0.0.0.0/0",
	  MATCH("==", PAYLOAD("ip", "saddr"), "{'prefix': {'addr': '0.0.0.0', 'len': 0}}") },
	{ an_ip6_address, TABLE_INET, "ip6 saddr 2001:db8::1",
	  MATCH("==", PAYLOAD("ip6", "saddr"), "'2001:db8::1'") },
	{ an_ip6_prefix, TABLE_INET, "ip6 daddr fe80::/10",
	  MATCH("==", PAYLOAD("ip6", "daddr"), "{'prefix': {'addr': 'fe80::', 'len': 10}}") },
	{ an_address_range, TABLE_INET, "ip saddr 10.0.0.0-10.0.0.255",
	  MATCH("==", PAYLOAD("ip", "saddr"), "{'range': ['10.0.0.0', '10.0.0.255']}") },
	{ an_interface, TABLE_INET, "iifname \"eth0\"", MATCH("==", META("iifname"), "'eth0'") },
	{ no_interface_like, TABLE_INET, "oifname != \"eth*\"",
	  MATCH("!=", META("oifname"), "'eth*'") },
	{ an_interface_with_asterisk, TABLE_INET, "iifname \"eth\\*\"", NULL },
	{ a_port, TABLE_INET, "tcp dport 22", MATCH("==", PAYLOAD("tcp", "dport"), "22") },
	{ a_port_range, TABLE_INET, "udp dport 135-140",
	  MATCH("==", PAYLOAD("udp", "dport"), "{'range': [135, 140]}") },
	{ no_port_range, TABLE_INET, "tcp dport != 135-140",
	  MATCH("!=", PAYLOAD("tcp", "dport"), "{'range': [135, 140]}") },
	{ a_protocol, TABLE_INET, "meta l4proto 47", MATCH("==", META("l4proto"), "47") },
	{ a_packet_type, TABLE_INET, "meta pkttype multicast",
	  MATCH("==", META("pkttype"), "'multicast'") },
	{ neighbour_discovery, TABLE_INET, "icmpv6 type nd-neighbor-solicit ip6 hoplimit 255",
	  "[{'match': {'op': '==', 'left': " PAYLOAD("icmpv6", "type")
	  ", 'right': 'nd-neighbor-solicit'}}, {'match': {'op': '==', 'left': "
	  PAYLOAD("ip6", "hoplimit") ", 'right': 255}}]" },
	{ an_icmp_range, TABLE_INET, "icmp type 200-201",
	  MATCH("==", PAYLOAD("icmp", "type"), "{'range': [200, 201]}") },
	{ a_state, TABLE_INET, "ct state new", MATCH("in", CT_STATE, "'new'") },
	{ some_states, TABLE_INET, "ct state established,related",
	  MATCH("in", CT_STATE, "['established', 'related']") },
	{ an_unnamed_state, TABLE_INET, "ct state new,0x180",
	  MATCH("in", CT_STATE, "['new', 384]") },
	{ exactly_a_state, TABLE_INET, "ct state == new", MATCH("==", CT_STATE, "'new'") },
	{ exactly_not_states, TABLE_INET, "ct state != established,related",
	  MATCH("!=", CT_STATE, "6") },
	{ no_route_back, TABLE_INET, "fib saddr . iif oif missing", MATCH("==", FIB, "false") },
	{ a_route_back, TABLE_INET, "fib saddr . iif oif exists", MATCH("==", FIB, "true") },

	{ a_named_set, TABLE_INET, "ip saddr @client.4",
	  MATCH("==", PAYLOAD("ip", "saddr"), "'@client.4'") },
	{ no_named_set, TABLE_INET, "ip daddr != @client.4",
	  MATCH("!=", PAYLOAD("ip", "daddr"), "'@client.4'") },
	{ some_ports, TABLE_INET, "tcp dport { 135, 1025-65535 }",
	  MATCH("==", PAYLOAD("tcp", "dport"), "{'set': [135, {'range': [1025, 65535]}]}") },
	{ none_of_ports, TABLE_INET, "tcp dport != { 22, 443 }",
	  MATCH("!=", PAYLOAD("tcp", "dport"), "{'set': [22, 443]}") },
	{ some_icmp_types, TABLE_INET, "icmpv6 type { nd-router-advert, nd-neighbor-solicit, 200 }",
	  MATCH("==", PAYLOAD("icmpv6", "type"),
		"{'set': ['nd-router-advert', 'nd-neighbor-solicit', 200]}") },
	{ a_concatenation, TABLE_INET, "ip saddr . tcp dport @web.4",
	  MATCH("==", "{'concat': [" PAYLOAD("ip", "saddr") ", " PAYLOAD("tcp", "dport") "]}",
		"'@web.4'") },
	{ by_state, TABLE_INET,
	  "ct state vmap { invalid : drop, established : accept, related : accept }",
	  "[{'vmap': {'key': " CT_STATE ", 'data': {'set': [['invalid', {'drop': null}], "
	  "['established', {'accept': null}], ['related', {'accept': null}]]}}}]" },
	{ by_named_map, TABLE_INET, "udp dport vmap @port",
	  "[{'vmap': {'key': " PAYLOAD("udp", "dport") ", 'data': '@port'}}]" },

	{ counted, TABLE_INET, "counter", "[{'counter': null}]" },
	{ limited, TABLE_INET, "limit rate 10/minute",
	  "[{'limit': {'rate': 10, 'burst': 5, 'per': 'minute'}}]" },
	{ limited_with_burst, TABLE_INET, "limit rate 1/week burst 7 packets",
	  "[{'limit': {'rate': 1, 'burst': 7, 'per': 'week'}}]" },
	{ over_bytes, TABLE_INET, "limit rate over 10 mbytes/second burst 3 kbytes",
	  "[{'limit': {'rate': 10485760, 'burst': 3072, 'per': 'second', 'inv': true, "
	  "'rate_unit': 'bytes', 'burst_unit': 'bytes'}}]" },
	{ odd_bytes, TABLE_INET, "limit rate 5000 bytes/day",
	  "[{'limit': {'rate': 5000, 'burst': 0, 'per': 'day', 'rate_unit': 'bytes', "
	  "'burst_unit': 'bytes'}}]" },
	{ logged, TABLE_INET, "log", "[{'log': null}]" },
	{ logged_with_prefix, TABLE_INET, "log prefix \"drop \\ 'in': \"", NULL },
	{ logged_to_group, TABLE_INET, "log prefix \"in: \" group 3",
	  "[{'log': {'prefix': 'in: ', 'group': 3}}]" },
	{ logged_to_group_zero, TABLE_INET, "log group 0", "[{'log': {'group': 0}}]" },
	{ rejected, TABLE_INET, "reject with icmpx admin-prohibited",
	  "[{'reject': {'type': 'icmpx', 'expr': 'admin-prohibited'}}]" },
	{ rejected_by_port, TABLE_INET, "ip saddr 192.0.2.1 reject with icmpx port-unreachable",
	  NULL },
	{ reset, TABLE_INET, "meta l4proto tcp reject with tcp reset",
	  "[{'match': {'op': '==', 'left': " META("l4proto") ", 'right': 'tcp'}}, "
	  "{'reject': {'type': 'tcp reset'}}]" },
	{ remembered, TABLE_INET, "update @ssh-rate.4 { ip saddr limit rate 6/minute burst 3 packets }",
	  "[{'set': {'op': 'update', 'elem': " PAYLOAD("ip", "saddr") ", 'set': '@ssh-rate.4', "
	  "'stmt': [{'limit': {'rate': 6, 'burst': 3, 'per': 'minute'}}]}}]" },
	{ remembered_for_a_while, TABLE_INET,
	  "ip saddr 192.0.2.1 update @ssh-rate.4 { ip saddr timeout 1m30s limit rate over 6/minute }",
	  "[{'match': {'op': '==', 'left': " PAYLOAD("ip", "saddr") ", 'right': '192.0.2.1'}}, "
	  "{'set': {'op': 'update', 'elem': {'elem': {'val': " PAYLOAD("ip", "saddr")
	  ", 'timeout': 90}}, 'set': '@ssh-rate.4', "
	  "'stmt': [{'limit': {'rate': 6, 'burst': 5, 'per': 'minute', 'inv': true}}]}}]" },
	{ accepted, TABLE_INET, "accept", "[{'accept': null}]" },
	{ jumped, TABLE_INET, "jump log-and-drop", "[{'jump': {'target': 'log-and-drop'}}]" },
	{ gone, TABLE_INET, "goto flows", "[{'goto': {'target': 'flows'}}]" },
	{ returned, TABLE_INET, "return", "[{'return': null}]" },
	{ foreign, TABLE_INET, "[foreign: accept \\] accept\\x0a]", NULL },

	{ both_protocols, TABLE_INET, "tcp dport 22 ip saddr 192.0.2.1 tcp sport 1024", NULL },
	{ family_before_port, TABLE_INET, "meta nfproto ipv4 tcp dport 22",
	  "[{'match': {'op': '==', 'left': " META("nfproto") ", 'right': 'ipv4'}}, "
	  "{'match': {'op': '==', 'left': " PAYLOAD("tcp", "dport") ", 'right': 22}}]" },
	{ transport_before_address, TABLE_INET,
	  "meta l4proto tcp ip saddr 192.0.2.1 tcp dport 22", NULL },
	{ family_after_transport, TABLE_INET,
	  "meta l4proto icmp meta nfproto ipv4 icmp type echo-request", NULL },
	{ said_and_away, TABLE_INET, "meta l4proto udp counter udp dport 53", NULL },
	{ said_last, TABLE_INET, "meta nfproto ipv6", NULL },
	{ said_twice, TABLE_INET, "udp dport 53 meta l4proto udp udp sport 53", NULL },
	{ not_that_family, TABLE_INET, "meta nfproto != ipv4 meta l4proto tcp", NULL },
	{ an_address, TABLE_NETDEV, "ip saddr 192.0.2.1",
	  MATCH("==", PAYLOAD("ip", "saddr"), "'192.0.2.1'") },
	{ neighbour_discovery, TABLE_NETDEV,
	  "icmpv6 type nd-neighbor-solicit ip6 hoplimit 255", NULL },
	{ both_protocols, TABLE_NETDEV, "tcp dport 22 ip saddr 192.0.2.1 tcp sport 1024", NULL },
	/* in a netdev table nft compares the ethertype: this one stays */
	{ family_before_port, TABLE_NETDEV, "meta nfproto ipv4 tcp dport 22", NULL },
};

/* clang-format on */

static void writes_a_rule(void **state)
{
	const struct rule_case *c = *state;
	AUTO(arena) struct arena *arena = arena_new();
	struct buffer text AUTO_BUFFER = { 0 };
	struct rule_builder builder;
	struct rule_list rules = { 0 };

	build_start(&builder, arena, c->family);
	c->build(&builder);
	build_end(&builder, &rules, "its.flow", nowhere);

	emit_rule(&rules.items[0], c->family, &text);
	assert_string_equal(text.data, c->text);
	if (!c->json)
		return;

	json_t *statements = rule_json(&rules.items[0], c->family);
	char *json = json_dumps(statements, 0);

	for (char *p = json; *p; p++)
		*p = *p == '"' ? '\'' : *p;
	assert_string_equal(json, c->json);
	free(json);
	json_decref(statements);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(rule_cases)];

	for (size_t i = 0; i < COUNT_OF(tests); i++)
		tests[i] = (struct CMUnitTest){
			.name = rule_cases[i].text,
			.test_func = writes_a_rule,
			.initial_state = &rule_cases[i],
		};
	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
