/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows to rules: each open flow, far end, service and family makes one rule. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "compile/chains.h"

/* nft has no names that begin with a digit; ours have no underscore of their own. */
static const char *set_name(struct arena *arena, const char *end_name,
			    enum family family)
{
	bool digit = end_name[0] >= '0' && end_name[0] <= '9';

	return arena_format(arena, "%s%s.%c", digit ? "_" : "", end_name,
			    family == FAMILY_IP4 ? '4' : '6');
}

static int compare_sets(const void *a, const void *b)
{
	return strcmp(((const struct set *)a)->name, ((const struct set *)b)->name);
}

void compile_sets(struct compiler *compiler)
{
	struct set_list *sets = &compiler->address_sets;

	for (size_t i = 0; i < compiler->grant_sets.count; i++) {
		const struct grant_set *from = &compiler->grant_sets.items[i];
		const char *name = set_name(compiler->arena, from->name, from->family);
		struct set set = set_of_addresses(name, from->family, &from->addresses,
						  from->origin);

		LIST_PUSH(compiler->arena, sets, set);
	}
	if (sets->count)
		qsort(sets->items, sets->count, sizeof(struct set), compare_sets);
}

static const struct set *address_set(const struct compiler *compiler,
				     const char *end_name, enum family family)
{
	struct set wanted = { .name = set_name(compiler->arena, end_name, family) };

	return bsearch(&wanted, compiler->address_sets.items,
		       compiler->address_sets.count, sizeof(struct set), compare_sets);
}

/* ---- the parts of a rule ---- */

/* The one family that a rule is for, or both in one rule. */
enum rule_family { RULE_IP4 = FAMILY_IP4, RULE_IP6 = FAMILY_IP6, RULE_BOTH };

/* One rule in the making. */
struct rule_of_flow {
	const struct grant *grant;
	const struct service_item *item;
	enum rule_family family;
};

/* clang-format off */
static const struct port_fields {
	enum field source, destination;
} port_fields[TRANSPORT_COUNT] = {
	[TRANSPORT_TCP]  = { FIELD_TCP_SPORT, FIELD_TCP_DPORT },
	[TRANSPORT_UDP]  = { FIELD_UDP_SPORT, FIELD_UDP_DPORT },
	[TRANSPORT_SCTP] = { FIELD_SCTP_SPORT, FIELD_SCTP_DPORT },
};

static const struct address_fields {
	uint8_t nfproto;
	enum field source, destination;
} address_fields[FAMILY_COUNT] = {
	[FAMILY_IP4] = { NFPROTO_IP4_FIELD, FIELD_IP_SADDR, FIELD_IP_DADDR },
	[FAMILY_IP6] = { NFPROTO_IP6_FIELD, FIELD_IP6_SADDR, FIELD_IP6_DADDR },
};

/* clang-format on */

static void match_addresses(struct compiler *compiler,
			    const struct rule_of_flow *wanted)
{
	const struct grant *grant = wanted->grant;
	struct rule_builder *builder = &compiler->builder;

	if (wanted->family == RULE_BOTH)
		return;

	enum family family = (enum family)wanted->family;
	const struct address_fields *row = &address_fields[family];

	if (grant->by_address)
		build_lookup(builder, MATCH_IN,
			     grant->direction == DIRECTION_IN ? row->source
							      : row->destination,
			     address_set(compiler, grant->peer->name.text, family));
	if (grant->to_group)
		build_compare(builder, MATCH_EQUAL, row->destination,
			      grant->flow->group, 8u * family_widths[family]);
	if (!grant->by_address && !grant->to_group)
		build_equal(builder, FIELD_NFPROTO, row->nfproto);
}

static void match_port_range(struct rule_builder *builder, enum field field,
			     const struct port_range *range)
{
	if (range->low == range->high)
		build_equal(builder, field, range->low);
	else
		build_range(builder, field, range->low, range->high);
}

static void match_ports(struct compiler *compiler, const struct service_item *item,
			enum field field)
{
	if (item->port_count == 1) {
		match_port_range(&compiler->builder, field, &item->ports[0]);
		return;
	}

	uint16_t(*ranges)[2] =
		arena_array(compiler->arena, item->port_count, sizeof(*ranges));

	for (size_t i = 0; i < item->port_count; i++) {
		ranges[i][0] = item->ports[i].low;
		ranges[i][1] = item->ports[i].high;
	}
	build_lookup(&compiler->builder, MATCH_IN, field,
		     set_of_ports(compiler->arena, (const uint16_t(*)[2])ranges,
				  item->port_count));
}

static void match_service(struct compiler *compiler, const struct flow *flow,
			  const struct service_item *item)
{
	struct rule_builder *builder = &compiler->builder;

	switch (item->transport) {
	case TRANSPORT_TCP:
	case TRANSPORT_UDP:
	case TRANSPORT_SCTP:
		/* source first: nft turns them round, to join them into one comparison
		 */
		if (flow->has_source_port)
			match_port_range(builder, port_fields[item->transport].source,
					 &flow->source_ports);
		match_ports(compiler, item, port_fields[item->transport].destination);
		break;
	case TRANSPORT_ICMP:
		build_equal(builder, FIELD_ICMP_TYPE, item->number);
		break;
	case TRANSPORT_ICMPV6:
		build_equal(builder, FIELD_ICMPV6_TYPE, item->number);
		break;
	case TRANSPORT_PROTOCOL:
		build_equal(builder, FIELD_L4PROTO, item->number);
		break;
	case TRANSPORT_COUNT:
		break;
	}
}

/* ---- rates: an element for each source, with a limit of its own ---- */

enum { RATE_SET_SIZE = 65535 }; /* sources remembered; when full, none is let in */

/* Rules of a flow stand together, so its sets are the last ones that were made. */
static const struct set *rate_set(struct compiler *compiler, const struct grant *grant,
				  enum family family)
{
	const struct flow *flow = grant->flow;
	const struct rate *rate = &flow->rate;
	struct set_list *sets = &compiler->rate_sets;
	const char *name = set_name(
		compiler->arena,
		arena_format(compiler->arena, "_rate-%s.%s",
			     grant->direction == DIRECTION_IN ? "in" : "out", flow->id),
		family);

	for (size_t i = 1; i <= FAMILY_COUNT && i <= sets->count; i++) {
		if (strcmp(sets->items[sets->count - i].name, name) == 0)
			return &sets->items[sets->count - i];
	}

	struct set set = {
		.name = name,
		.types = { family == FAMILY_IP4 ? DATATYPE_IP4_ADDRESS
						: DATATYPE_IP6_ADDRESS },
		.type_count = 1,
		.dynamic = true,
		.timeout = true,
		/* long enough for the bucket to be full again: forgetting is harmless
		 */
		.timeout_ms = ((uint64_t)rate->burst + 1) * rate->unit_seconds /
				      rate->count * 1000 +
			      60000,
		.size = RATE_SET_SIZE,
		.key_length = family_widths[family],
		.origin = flow->span,
	};

	LIST_PUSH(compiler->arena, sets, set);
	return &sets->items[sets->count - 1];
}

static void limit_rate(struct compiler *compiler, const struct grant *grant,
		       enum family family)
{
	const struct rate *rate = &grant->flow->rate;
	struct step step = { .kind = STEP_UPDATE };

	step.update.set = rate_set(compiler, grant, family);
	step.update.fields[0] = address_fields[family].source;
	step.update.field_count = 1;
	step.update.limit = (struct limit){ .rate = rate->count,
					    .unit_seconds = rate->unit_seconds,
					    .burst = rate->burst };
	build_step(&compiler->builder, step);
}

/* ---- rules ---- */

static bool add_rule(struct compiler *compiler, const struct rule_of_flow *wanted,
		     struct rule_list *rules)
{
	const struct flow *flow = wanted->grant->flow;
	struct rule_builder *builder = &compiler->builder;

	if (++compiler->rule_count > LIMIT_RULES)
		return diag_error(compiler->diags, DIAG_LIMIT, flow->span,
				  "host \"%s\" needs more than %d rules",
				  compiler->host->name.text, LIMIT_RULES);

	match_addresses(compiler, wanted);
	match_service(compiler, flow, wanted->item);
	if (flow->rate.count)
		limit_rate(compiler, wanted->grant, (enum family)wanted->family);
	if (flow->log && !compile_log(compiler, flow->id))
		return diag_error(compiler->diags, DIAG_LIMIT, flow->span,
				  "the log prefix \"%s %s: \" is longer than %d bytes",
				  compiler->host->policy.log.prefix, flow->id,
				  LIMIT_COMMENT_BYTES);
	build_counter(builder);
	build_verdict(builder, VERDICT_ACCEPT, NULL);
	build_end(builder, rules, flow->id, flow->span);
	return true;
}

/* Whether one rule serves both families: it compares no address and counts by none. */
static bool is_for_both(const struct grant *grant, const struct service_item *item)
{
	return grant->any && !grant->to_group && !grant->flow->rate.count &&
	       grant->families[FAMILY_IP4] && grant->families[FAMILY_IP6] &&
	       item->transport != TRANSPORT_ICMP && item->transport != TRANSPORT_ICMPV6;
}

static bool item_has_family(const struct service_item *item, enum family family)
{
	return item->transport !=
	       (family == FAMILY_IP4 ? TRANSPORT_ICMPV6 : TRANSPORT_ICMP);
}

static bool add_item(struct compiler *compiler, const struct grant *grant,
		     const struct service_item *item, struct rule_list *rules)
{
	struct rule_of_flow wanted = { grant, item, RULE_BOTH };

	if (is_for_both(grant, item))
		return add_rule(compiler, &wanted, rules);

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		wanted.family = (enum rule_family)family;
		if (grant->families[family] && item_has_family(item, family) &&
		    !add_rule(compiler, &wanted, rules))
			return false;
	}
	return true;
}

bool compile_flows(struct compiler *compiler, enum direction direction,
		   struct rule_list *rules)
{
	for (size_t i = 0; i < compiler->grants.count; i++) {
		const struct grant *grant = &compiler->grants.items[i];
		const struct service_items *content = &grant->flow->content;

		for (size_t k = 0; grant->direction == direction && k < content->count;
		     k++) {
			if (!add_item(compiler, grant, &content->items[k], rules))
				return false;
		}
	}
	return true;
}
