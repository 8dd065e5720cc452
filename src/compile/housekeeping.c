/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules that every host has, whatever its roles: answers, loopback, the ICMP that
 * IP cannot do without (RFC 4890), and what the policy asks for beside.
 */
#include <netinet/in.h>
#include <string.h>

#include "base/limits.h"
#include "compile/chains.h"

enum { CT_INVALID = 1, CT_ESTABLISHED = 2, CT_RELATED = 4 };

/* When a row below is wanted. */
enum wanted { WANTED_ALWAYS, WANTED_PING };

enum { TYPE_MAX = 4 };

/* One ICMP rule: types, and the hop limit that proves it was not forwarded here. */
struct icmp_row {
	enum hook hook;
	enum wanted wanted;
	enum field field;
	uint8_t hop_limit; /* 0: any */
	bool link_local;   /* only from fe80::/10 */
	size_t type_count;
	uint32_t types[TYPE_MAX];
	const char *comment;
};

/*
 * Errors come as "related" and need no rule, unless another table keeps their flow out
 * of connection tracking: for that the rows "icmp errors".  Redirects are not taken.
 */
/* clang-format off */
static const struct icmp_row icmp_rows[] = {
	{ HOOK_INPUT,  WANTED_ALWAYS, FIELD_ICMP_TYPE,   0,   false, 3, { 3, 11, 12 },     "icmp errors" },
	{ HOOK_INPUT,  WANTED_ALWAYS, FIELD_ICMPV6_TYPE, 0,   false, 4, { 1, 2, 3, 4 },    "icmp errors" },
	{ HOOK_INPUT,  WANTED_ALWAYS, FIELD_ICMPV6_TYPE, 255, false, 3, { 134, 135, 136 }, "neighbour discovery" },
	{ HOOK_INPUT,  WANTED_ALWAYS, FIELD_ICMPV6_TYPE, 1,   true,  1, { 130 },           "multicast listener" },
	{ HOOK_INPUT,  WANTED_PING,   FIELD_ICMP_TYPE,   0,   false, 1, { 8 },             "ping" },
	{ HOOK_INPUT,  WANTED_PING,   FIELD_ICMPV6_TYPE, 0,   false, 1, { 128 },           "ping" },
	{ HOOK_OUTPUT, WANTED_ALWAYS, FIELD_ICMP_TYPE,   0,   false, 3, { 3, 11, 12 },     "icmp errors" },
	{ HOOK_OUTPUT, WANTED_ALWAYS, FIELD_ICMPV6_TYPE, 0,   false, 4, { 1, 2, 3, 4 },    "icmp errors" },
	{ HOOK_OUTPUT, WANTED_ALWAYS, FIELD_ICMPV6_TYPE, 255, false, 3, { 133, 135, 136 }, "neighbour discovery" },
	{ HOOK_OUTPUT, WANTED_ALWAYS, FIELD_ICMPV6_TYPE, 1,   false, 3, { 131, 132, 143 }, "multicast listener" },
	{ HOOK_OUTPUT, WANTED_PING,   FIELD_ICMP_TYPE,   0,   false, 1, { 8 },             "ping" },
	{ HOOK_OUTPUT, WANTED_PING,   FIELD_ICMPV6_TYPE, 0,   false, 1, { 128 },           "ping" },
};

/* DHCP and DHCPv6 of a client: RFC 2131, RFC 8415. */
static const struct dhcp_row {
	enum hook hook;
	uint8_t nfproto;
	uint32_t destination_port, source_port;
} dhcp_rows[] = {
	{ HOOK_INPUT,  NFPROTO_IP4_FIELD, 68, 67 },
	{ HOOK_INPUT,  NFPROTO_IP6_FIELD, 546, 547 },
	{ HOOK_OUTPUT, NFPROTO_IP4_FIELD, 67, 68 },
	{ HOOK_OUTPUT, NFPROTO_IP6_FIELD, 547, 546 },
};

/* clang-format on */

static const uint8_t link_local[16] = { 0xfe, 0x80 }; /* /10 */
static const uint8_t all_dhcp_servers[16] = { [0] = 0xff, [1] = 2, [13] = 1, [15] = 2 };
static const uint8_t multicast[4] = { 224 }; /* /4 */

static struct span origin_of(const struct compiler *compiler)
{
	const struct actor *host = compiler->host;

	return host->policy.span.line ? host->policy.span : host->span;
}

static void end_accept(struct compiler *compiler, struct rule_list *rules,
		       const char *comment)
{
	build_verdict(&compiler->builder, VERDICT_ACCEPT, NULL);
	build_end(&compiler->builder, rules, comment, origin_of(compiler));
}

/* The first rule: established traffic pays for nothing that stands behind it. */
static void add_states(struct compiler *compiler, struct rule_list *rules)
{
	static const uint32_t states[] = { CT_INVALID, CT_ESTABLISHED, CT_RELATED };

	static const enum verdict verdicts[] = { VERDICT_DROP, VERDICT_ACCEPT,
						 VERDICT_ACCEPT };

	build_lookup(&compiler->builder, MATCH_MAP, FIELD_CT_STATE,
		     set_of_verdicts(compiler->arena, DATATYPE_CT_STATE, states,
				     verdicts, COUNT_OF(states)));
	build_end(&compiler->builder, rules, "connections", origin_of(compiler));
}

static void add_loopback(struct compiler *compiler, enum hook hook,
			 struct rule_list *rules)
{
	build_interface(&compiler->builder, MATCH_EQUAL,
			hook == HOOK_INPUT ? FIELD_IIFNAME : FIELD_OIFNAME, "lo");
	end_accept(compiler, rules, "loopback");
}

/* The way back to the source must leave by the interface that the packet came by. */
static void add_anti_spoofing(struct compiler *compiler, struct rule_list *rules)
{
	build_equal(&compiler->builder, FIELD_FIB_SADDR_OIF, 0);
	build_counter(&compiler->builder);
	build_verdict(&compiler->builder, VERDICT_DROP, NULL);
	build_end(&compiler->builder, rules, "anti-spoofing", origin_of(compiler));
}

static void add_icmp(struct compiler *compiler, const struct icmp_row *row,
		     struct rule_list *rules)
{
	struct rule_builder *builder = &compiler->builder;

	if (row->type_count == 1)
		build_equal(builder, row->field, row->types[0]);
	else
		build_lookup(builder, MATCH_IN, row->field,
			     set_of_numbers(compiler->arena,
					    field_infos[row->field].type, row->types,
					    row->type_count));
	if (row->link_local)
		build_compare(builder, MATCH_EQUAL, FIELD_IP6_SADDR, link_local, 10);
	if (row->hop_limit)
		build_equal(builder, FIELD_IP6_HOPLIMIT, row->hop_limit);
	end_accept(compiler, rules, row->comment);
}

static void add_dhcp(struct compiler *compiler, const struct dhcp_row *row,
		     struct rule_list *rules)
{
	struct rule_builder *builder = &compiler->builder;

	if (row->nfproto == NFPROTO_IP4_FIELD)
		build_equal(builder, FIELD_NFPROTO, NFPROTO_IP4_FIELD);
	else if (row->hook == HOOK_INPUT)
		build_compare(builder, MATCH_EQUAL, FIELD_IP6_SADDR, link_local, 10);
	else
		build_compare(builder, MATCH_EQUAL, FIELD_IP6_DADDR, all_dhcp_servers,
			      128);
	/* source first: nft turns them round, to join them into one comparison */
	build_equal(builder, FIELD_UDP_SPORT, row->source_port);
	build_equal(builder, FIELD_UDP_DPORT, row->destination_port);
	end_accept(compiler, rules, "dhcp client");
}

/* Who listens to an IPv4 group has to say so, and to hear the router's question: both
 * never leave their link (RFC 3376). */
static bool host_listens(const struct compiler *compiler)
{
	for (size_t i = 0; i < compiler->grants.count; i++) {
		const struct grant *grant = &compiler->grants.items[i];

		if (grant->to_group && grant->direction == DIRECTION_IN &&
		    grant->flow->group_family == FAMILY_IP4 &&
		    (grant->flow->group[0] & 0xf0) == multicast[0])
			return true;
	}
	return false;
}

static void add_igmp(struct compiler *compiler, struct rule_list *rules)
{
	build_compare(&compiler->builder, MATCH_EQUAL, FIELD_IP_DADDR, multicast, 4);
	build_equal(&compiler->builder, FIELD_IP_TTL, 1);
	build_equal(&compiler->builder, FIELD_L4PROTO, 2);
	end_accept(compiler, rules, "multicast listener");
}

void compile_housekeeping(struct compiler *compiler, enum hook hook,
			  struct rule_list *rules)
{
	const struct policy *policy = &compiler->host->policy;

	add_states(compiler, rules);
	if (hook == HOOK_FORWARD)
		return;

	add_loopback(compiler, hook, rules);
	if (hook == HOOK_INPUT && policy->anti_spoof)
		add_anti_spoofing(compiler, rules);
	for (size_t i = 0; i < COUNT_OF(icmp_rows); i++) {
		if (icmp_rows[i].hook == hook &&
		    (icmp_rows[i].wanted == WANTED_ALWAYS || policy->icmp == ICMP_PING))
			add_icmp(compiler, &icmp_rows[i], rules);
	}
	for (size_t i = 0; policy->dhcp_client && i < COUNT_OF(dhcp_rows); i++) {
		if (dhcp_rows[i].hook == hook)
			add_dhcp(compiler, &dhcp_rows[i], rules);
	}
	if (host_listens(compiler))
		add_igmp(compiler, rules);
}

bool compile_log(struct compiler *compiler, const char *what)
{
	const struct policy *policy = &compiler->host->policy;
	struct step step = { .kind = STEP_LOG };
	const char *prefix =
		arena_format(compiler->arena, "%s %s: ", policy->log.prefix, what);

	if (strlen(prefix) > LIMIT_COMMENT_BYTES)
		return false;
	step.log.prefix = prefix;
	step.log.to_group = policy->log.to_group;
	step.log.group = policy->log.group;
	build_step(&compiler->builder, step);
	return true;
}

/*
 * TCP is told in its own words: over IPv6 Linux takes the first ICMP error for a
 * passing one, and its callers would wait a second for the next.
 */
static void add_reset(struct compiler *compiler, struct rule_list *rules)
{
	struct step reset = { .kind = STEP_REJECT };

	reset.reject.kind = REJECT_TCP_RESET;
	build_equal(&compiler->builder, FIELD_L4PROTO, IPPROTO_TCP);
	build_counter(&compiler->builder);
	build_step(&compiler->builder, reset);
	build_end(&compiler->builder, rules, "policy", origin_of(compiler));
}

void compile_policy(struct compiler *compiler, enum hook hook,
		    enum verdict_policy verdict, struct rule_list *rules)
{
	static const char *const verbs[] = {
		[POLICY_DROP] = "drop",
		[POLICY_REJECT] = "reject",
		[POLICY_ACCEPT] = "accept",
	};
	struct rule_builder *builder = &compiler->builder;
	const struct rate *rate = &compiler->host->policy.log.rate;
	struct step limit = { .kind = STEP_LIMIT };
	struct step reject = { .kind = STEP_REJECT };

	limit.limit = (struct limit){ .rate = rate->count,
				      .unit_seconds = rate->unit_seconds,
				      .burst = rate->burst };
	reject.reject.kind = REJECT_ICMPX;
	reject.reject.code = 3; /* admin-prohibited */

	build_step(builder, limit);
	/* the loader keeps the site's prefix short enough for this */
	if (compile_log(compiler, arena_format(compiler->arena, "%s %s",
					       hook_names[hook], verbs[verdict])))
		build_end(builder, rules, "policy", origin_of(compiler));
	if (verdict == POLICY_REJECT)
		add_reset(compiler, rules);
	build_counter(builder);
	if (verdict == POLICY_REJECT)
		build_step(builder, reject);
	build_end(builder, rules, "policy", origin_of(compiler));
}
