/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host's rule set put together: sets, the base chains, the monitoring ports. */
#include <string.h>

#include "compile/chains.h"
#include "compile/compile.h"

/* Chains stand in the order in which they are begun; returns the place. */
static size_t chain_begin(struct compiler *compiler, const char *name)
{
	struct chain chain = { .name = name, .origin = compiler->host->span };

	LIST_PUSH(compiler->arena, &compiler->chains, chain);
	return compiler->chains.count - 1;
}

void chain_end(struct compiler *compiler, size_t place, const struct rule_list *rules)
{
	compiler->chains.items[place].rules = rules->items;
	compiler->chains.items[place].rule_count = rules->count;
}

size_t chain_begin_base(struct compiler *compiler, enum hook hook,
			enum verdict_policy verdict)
{
	size_t place = chain_begin(compiler, hook_names[hook]);
	struct chain *chain = &compiler->chains.items[place];

	chain->base = true;
	chain->type = CHAIN_FILTER;
	chain->hook = hook;
	chain->priority = compiler->host->policy.priority;
	/* a reject is the last rule; what it cannot answer is dropped */
	chain->policy = verdict == POLICY_ACCEPT ? VERDICT_ACCEPT : VERDICT_DROP;
	return place;
}

/* With management interfaces, flows stand in a chain that only these lead to. */
static bool flows_on_management(struct compiler *compiler, enum direction direction,
				struct rule_list *rules)
{
	const struct words *management = &compiler->host->management;
	bool inbound = direction == DIRECTION_IN;
	const char *name = inbound ? "input-management" : "output-management";
	size_t place = chain_begin(compiler, name);
	struct rule_list flows = { 0 };

	if (!compile_flows(compiler, direction, &flows))
		return false;

	chain_end(compiler, place, &flows);
	for (size_t i = 0; i < management->count; i++) {
		build_interface(&compiler->builder, MATCH_EQUAL,
				inbound ? FIELD_IIFNAME : FIELD_OIFNAME,
				management->items[i].text);
		build_verdict(&compiler->builder, VERDICT_JUMP, name);
		build_end(&compiler->builder, rules, "management",
			  management->items[i].span);
	}
	return true;
}

static bool add_direction(struct compiler *compiler, enum direction direction)
{
	bool inbound = direction == DIRECTION_IN;
	enum hook hook = inbound ? HOOK_INPUT : HOOK_OUTPUT;
	const struct policy *policy = &compiler->host->policy;
	enum verdict_policy verdict = inbound ? policy->inbound : policy->outbound;
	size_t place = chain_begin_base(compiler, hook, verdict);
	struct rule_list rules = { 0 };
	bool done;

	compile_housekeeping(compiler, hook, &rules);
	if (compiler->host->management.count)
		done = flows_on_management(compiler, direction, &rules);
	else
		done = compile_flows(compiler, direction, &rules);
	if (!done)
		return false;

	compile_policy(compiler, hook, verdict, &rules);
	chain_end(compiler, place, &rules);
	return true;
}

bool compile_chains(struct compiler *compiler)
{
	enum verdict_policy forward = compiler->host->policy.forward;
	struct rule_list rules = { 0 };

	if (!add_direction(compiler, DIRECTION_IN) ||
	    !add_direction(compiler, DIRECTION_OUT))
		return false;
	if (forward == POLICY_ACCEPT) /* nothing to decide: no hook, no cost */
		return true;

	size_t place = chain_begin_base(compiler, HOOK_FORWARD, forward);

	compile_housekeeping(compiler, HOOK_FORWARD, &rules);
	compile_policy(compiler, HOOK_FORWARD, forward, &rules);
	chain_end(compiler, place, &rules);
	return true;
}

struct table inet_table(struct compiler *compiler)
{
	struct set_list sets = { 0 };

	for (size_t i = 0; i < compiler->address_sets.count; i++)
		LIST_PUSH(compiler->arena, &sets, compiler->address_sets.items[i]);
	for (size_t i = 0; i < compiler->rate_sets.count; i++)
		LIST_PUSH(compiler->arena, &sets, compiler->rate_sets.items[i]);
	return (struct table){
		.family = TABLE_INET,
		.name = ROLEWALL_TABLE,
		.chains = compiler->chains.items,
		.chain_count = compiler->chains.count,
		.sets = sets.items,
		.set_count = sets.count,
		.origin = compiler->host->span,
	};
}

static bool is_plain(const char *interface)
{
	return !interface[strspn(interface, "abcdefghijklmnopqrstuvwxyz"
					    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

/* "ingress-eth1"; "ingress.2" for the second port when nft has no such names. */
static const char *monitor_name(struct compiler *compiler, enum hook hook, size_t port)
{
	const char *interface = compiler->host->monitor.items[port].text;

	if (is_plain(interface))
		return arena_format(compiler->arena, "%s-%s", hook_names[hook],
				    interface);
	return arena_format(compiler->arena, "%s.%zu", hook_names[hook], port + 1);
}

/* A chain of one port: so libnftables JSON, which knows one device, can say it too. */
static struct chain monitor_chain(struct compiler *compiler, enum hook hook,
				  size_t port)
{
	const struct word *interface = &compiler->host->monitor.items[port];
	const char **devices = arena_array(compiler->arena, 1, sizeof(*devices));

	devices[0] = interface->text;
	return (struct chain){
		.name = monitor_name(compiler, hook, port),
		.base = true,
		.type = CHAIN_FILTER,
		.hook = hook,
		.policy = VERDICT_DROP,
		.devices = devices,
		.device_count = 1,
		.origin = interface->span,
	};
}

/*
 * Mirrored traffic ends at ingress, before connection tracking and at the lowest cost;
 * a capture on the port still sees it.  At egress nothing leaves, whatever made it: no
 * answer to what is established elsewhere, no ARP, no raw frame.
 */
static struct table netdev_table(struct compiler *compiler)
{
	const struct words *monitor = &compiler->host->monitor;
	struct chain *chains =
		arena_array(compiler->arena, 2 * monitor->count, sizeof(*chains));

	for (size_t i = 0; i < monitor->count; i++) {
		struct chain *egress = &chains[2 * i + 1];
		struct rule_list tried = { 0 };

		build_counter(&compiler->builder);
		build_end(&compiler->builder, &tried, "monitor",
			  monitor->items[i].span);
		chains[2 * i] = monitor_chain(compiler, HOOK_INGRESS, i);
		*egress = monitor_chain(compiler, HOOK_EGRESS, i);
		egress->rules = tried.items;
		egress->rule_count = tried.count;
	}
	return (struct table){
		.family = TABLE_NETDEV,
		.name = ROLEWALL_TABLE,
		.chains = chains,
		.chain_count = 2 * monitor->count,
		.origin = monitor->items[0].span,
	};
}

const struct ruleset *compile_host(struct arena *arena, const struct site *site,
				   const struct actor *host, struct diags *diags)
{
	struct compiler compiler = {
		.arena = arena, .site = site, .host = host, .diags = diags
	};
	struct ruleset *ruleset = arena_alloc(arena, sizeof(*ruleset));
	struct table *tables = arena_array(arena, TABLE_FAMILY_COUNT, sizeof(*tables));

	build_start(&compiler.builder, arena, TABLE_INET);
	grants_of_host(arena, site, host, &compiler.grants, &compiler.grant_sets);
	compile_sets(&compiler);
	if (!compile_chains(&compiler))
		return NULL;

	tables[TABLE_INET] = inet_table(&compiler);
	if (host->monitor.count)
		tables[TABLE_NETDEV] = netdev_table(&compiler);
	ruleset->host = arena_string(arena, host->name.text);
	ruleset->site = arena_string(arena, site->name.text);
	ruleset->site_name =
		site->source ? arena_string(arena, site->source->name) : NULL;
	memcpy(ruleset->digest, site->digest, sizeof(ruleset->digest));
	ruleset->tables = tables;
	ruleset->table_count = host->monitor.count ? 2 : 1;
	ruleset_normalize(arena, ruleset);
	return ruleset;
}
