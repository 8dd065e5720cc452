/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The closed rule set: a host without flows, and the protected paths in their place. */
#include "compile/closed.h"

#include <assert.h>
#include <netinet/in.h>

#include "compile/chains.h"

/*
 * What stands in for a host of a site.  Its log is told apart from a site's, for who
 * reads it looks for a flow and finds none.
 */
static const struct actor closed_host = {
	.kind = ACTOR_HOST,
	.policy = {
		.inbound = POLICY_DROP,
		.outbound = POLICY_DROP,
		.forward = POLICY_DROP,
		.icmp = ICMP_ESSENTIAL,
		.log = {
			.rate = { .count = 10, .unit_seconds = 60, .burst = 5 },
			.prefix = "rolewall closed",
		},
	},
};

/* clang-format off */
static const struct {
	uint8_t protocol;
	enum field port;
} port_fields[] = {
	{ IPPROTO_TCP,  FIELD_TCP_DPORT },
	{ IPPROTO_UDP,  FIELD_UDP_DPORT },
	{ IPPROTO_SCTP, FIELD_SCTP_DPORT },
};

static const struct {
	uint8_t nfproto;
	enum field source;
} family_fields[FAMILY_COUNT] = {
	[FAMILY_IP4] = { NFPROTO_IP4_FIELD, FIELD_IP_SADDR },
	[FAMILY_IP6] = { NFPROTO_IP6_FIELD, FIELD_IP6_SADDR },
};

/* clang-format on */

static enum field port_field(uint8_t protocol)
{
	size_t row = 0;

	while (port_fields[row].protocol != protocol) {
		row++;
		assert(row < COUNT_OF(port_fields)); /* else it has no ports */
	}
	return port_fields[row].port;
}

static void match_peers(struct rule_builder *builder, const struct open_path *path)
{
	enum field source = family_fields[path->family].source;
	int prefix = range_prefix(path->low, path->high, family_widths[path->family]);

	if (prefix == 0)
		build_equal(builder, FIELD_NFPROTO,
			    family_fields[path->family].nfproto);
	else if (prefix > 0)
		build_compare(builder, MATCH_EQUAL, source, path->low,
			      (unsigned)prefix);
	else
		build_between(builder, source, path->low, path->high);
}

static void add_path(struct compiler *compiler, const struct open_path *path,
		     struct rule_list *rules)
{
	struct rule_builder *builder = &compiler->builder;

	if (path->has_peers)
		match_peers(builder, path);
	build_equal(builder, port_field(path->protocol), path->port);
	build_counter(builder);
	build_verdict(builder, VERDICT_ACCEPT, NULL);
	build_end(builder, rules, "protected path", closed_host.span);
}

static void add_chain(struct compiler *compiler, enum hook hook,
		      const struct open_path *paths, size_t count)
{
	size_t place = chain_begin_base(compiler, hook, POLICY_DROP);
	struct rule_list rules = { 0 };

	compile_housekeeping(compiler, hook, &rules);
	for (size_t i = 0; hook == HOOK_INPUT && i < count; i++)
		add_path(compiler, &paths[i], &rules);
	compile_policy(compiler, hook, POLICY_DROP, &rules);
	chain_end(compiler, place, &rules);
}

const struct ruleset *compile_closed(struct arena *arena, const struct open_path *paths,
				     size_t count)
{
	static const enum hook hooks[] = { HOOK_INPUT, HOOK_OUTPUT, HOOK_FORWARD };
	struct compiler compiler = { .arena = arena, .host = &closed_host };
	struct ruleset *ruleset = arena_alloc(arena, sizeof(*ruleset));
	struct table *table = arena_alloc(arena, sizeof(*table));

	build_start(&compiler.builder, arena, TABLE_INET);
	for (size_t i = 0; i < COUNT_OF(hooks); i++)
		add_chain(&compiler, hooks[i], paths, count);
	*table = inet_table(&compiler);
	ruleset->tables = table;
	ruleset->table_count = 1;
	ruleset_normalize(arena, ruleset);
	return ruleset;
}
