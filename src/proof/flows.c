/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows, read from the site for one host: who may send it what, and what it may send.
 */
#include <netinet/in.h>
#include <string.h>

#include "proof/reading.h"

/* Somebody's addresses less the host's own, as a function of one end of packets. */
struct far_end {
	bool made[FAMILY_COUNT];
	const struct node *addresses[FAMILY_COUNT];
};

struct parts {
	const struct node **items;
	size_t count, capacity;
};

/* Of one flow, seen from the host. */
struct seen_flow {
	const struct flow *flow;
	enum packet_way way;
	bool mirrored;
};

/* ---- far ends ---- */

static const struct role_players *players_of(struct reading *reading,
					     const struct role *role)
{
	struct readings *readings = reading->readings;
	const struct site *site = readings->site;
	struct role_players *players = names_find(&readings->roles, role->name.text);

	if (players)
		return players;
	players = arena_alloc(readings->arena, sizeof(*players));
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		players->addresses[family] = ranges_empty(family);
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];
		const struct end end = { .role = role };

		for (enum family f = 0; actor_plays(actor, &end) && f < FAMILY_COUNT;
		     f++)
			for (size_t k = 0; k < actor->addresses[f].count; k++)
				ranges_push(readings->arena, &players->addresses[f],
					    range_low(&actor->addresses[f], k),
					    range_high(&actor->addresses[f], k));
	}
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		ranges_normalize(&players->addresses[family]);
	names_add(readings->arena, &readings->roles, role->name.text, players);
	return players;
}

static enum variable far_variable(enum packet_way way, enum family family)
{
	if (way == WAY_IN)
		return family == FAMILY_IP4 ? VARIABLE_SOURCE_4 : VARIABLE_SOURCE_6;
	return family == FAMILY_IP4 ? VARIABLE_DESTINATION_4 : VARIABLE_DESTINATION_6;
}

static const struct node *end_make(struct reading *reading, const struct end *end,
				   enum packet_way way, enum family family)
{
	const struct ranges *all, *own = &reading->host->addresses[family];
	struct ranges far;
	size_t index;

	if (end->actor && end->actor->kind == ACTOR_ANY)
		return reading_terminal(reading, PERMITTED);
	all = end->actor ? &end->actor->addresses[family]
			 : &players_of(reading, end->role)->addresses[family];
	/* large sets are not copied for nothing */
	far = *all;
	if (ranges_meet(all, own, &index))
		far = ranges_subtract(reading->arena, all, own);
	return reading_addresses(reading, far_variable(way, family), &far,
				 reading_terminal(reading, PERMITTED));
}

/* Names mean one thing, so they tell ends apart. */
static const struct node *end_node(struct reading *reading, const struct end *end,
				   enum packet_way way, enum family family)
{
	struct names *known = &reading->ends[way == WAY_IN];
	struct far_end *far = names_find(known, end->name.text);

	if (!far) {
		far = arena_alloc(reading->arena, sizeof(*far));
		names_add(reading->arena, known, end->name.text, far);
	}
	if (!far->made[family])
		far->addresses[family] = end_make(reading, end, way, family);
	far->made[family] = true;
	return far->addresses[family];
}

static const struct node *ends_node(struct reading *reading, const struct ends *ends,
				    enum packet_way way, enum family family)
{
	const struct node *node = reading_terminal(reading, NOT_PERMITTED);

	for (size_t i = 0; i < ends->count; i++)
		node = reading_either(reading, node,
				      end_node(reading, &ends->items[i], way, family));
	return node;
}

/* ---- services ---- */

static const struct node *ports_node(struct reading *reading,
				     const struct service_item *item,
				     const struct node *inside)
{
	struct interval *intervals =
		arena_array(reading->arena, item->port_count + 1, sizeof(*intervals));

	for (size_t i = 0; i < item->port_count; i++)
		intervals[i] = (struct interval){ value_of(item->ports[i].low),
						  value_of(item->ports[i].high) };
	return diagram_choose(reading->diagram, VARIABLE_DESTINATION_PORT,
			      (struct intervals){ intervals, item->port_count }, inside,
			      reading_terminal(reading, NOT_PERMITTED));
}

static const struct node *number_node(struct reading *reading, enum variable variable,
				      uint64_t number, const struct node *inside)
{
	return reading_range(reading, variable, number, number, inside);
}

/* Packets of one kind between `ends`, as far as they exist in the family. */
static const struct node *item_node(struct reading *reading, const struct flow *flow,
				    const struct service_item *item, enum family family,
				    const struct node *ends)
{
	static const uint8_t numbers[TRANSPORT_COUNT] = {
		[TRANSPORT_TCP] = IPPROTO_TCP,       [TRANSPORT_UDP] = IPPROTO_UDP,
		[TRANSPORT_SCTP] = IPPROTO_SCTP,     [TRANSPORT_ICMP] = IPPROTO_ICMP,
		[TRANSPORT_ICMPV6] = IPPROTO_ICMPV6,
	};

	static const enum family only[TRANSPORT_COUNT] = {
		[TRANSPORT_ICMP] = FAMILY_IP4,
		[TRANSPORT_ICMPV6] = FAMILY_IP6,
	};

	uint8_t number = numbers[item->transport];

	switch (item->transport) {
	case TRANSPORT_TCP:
	case TRANSPORT_UDP:
	case TRANSPORT_SCTP:
		if (flow->has_source_port)
			ends = reading_range(reading, VARIABLE_SOURCE_PORT,
					     flow->source_ports.low,
					     flow->source_ports.high, ends);
		ends = ports_node(reading, item, ends);
		break;
	case TRANSPORT_ICMP:
	case TRANSPORT_ICMPV6:
		if (only[item->transport] != family)
			return reading_terminal(reading, NOT_PERMITTED);
		ends = number_node(reading, VARIABLE_ICMP_TYPE, item->number, ends);
		break;
	case TRANSPORT_PROTOCOL:
		number = item->number;
		break;
	case TRANSPORT_COUNT:
		break;
	}
	return number_node(reading, VARIABLE_PROTOCOL, number, ends);
}

/* ---- flows ---- */

static bool plays_one_of(const struct actor *host, const struct ends *ends)
{
	for (size_t i = 0; i < ends->count; i++) {
		if (actor_plays(host, &ends->items[i]))
			return true;
	}
	return false;
}

static bool is_open(const struct reading *reading, const struct flow *flow,
		    enum family family)
{
	return !flow->closed && flow->families[family] &&
	       (!flow->has_group || flow->group_family == family) &&
	       reading->host->addresses[family].count;
}

/* Where packets to the flow's group go, the address is that one. */
static const struct node *group_node(struct reading *reading,
				     const struct seen_flow *seen, enum family family,
				     const struct node *ends)
{
	enum variable variable = far_variable(WAY_OUT, family);
	struct ranges group = ranges_empty(family);

	ranges_push(reading->arena, &group, seen->flow->group, seen->flow->group);
	/* who sends to it need not know who listens, only that somebody does */
	if (seen->way == WAY_OUT && ends->bits & PERMITTED)
		ends = reading_terminal(reading, PERMITTED);
	return reading_addresses(reading, variable, &group, ends);
}

static void push_flow(struct reading *reading, const struct seen_flow *seen,
		      enum family family, struct parts *parts)
{
	const struct flow *flow = seen->flow;
	bool sends = (seen->way == WAY_OUT) != seen->mirrored;
	const struct ends *far = sends ? &flow->to : &flow->from;
	const struct node *ends;

	if (!is_open(reading, flow, family) ||
	    !plays_one_of(reading->host, sends ? &flow->from : &flow->to))
		return;
	ends = ends_node(reading, far, seen->way, family);
	if (flow->has_group && !seen->mirrored) {
		reading->listens |= seen->way == WAY_IN && family == FAMILY_IP4 &&
				    ends->bits & PERMITTED &&
				    IN_MULTICAST((uint32_t)flow->group[0] << 24);
		ends = group_node(reading, seen, family, ends);
	}
	for (size_t i = 0; i < flow->content.count; i++) {
		const struct node *node =
			item_node(reading, flow, &flow->content.items[i], family, ends);

		if (node->bits & PERMITTED)
			LIST_PUSH(reading->arena, parts, node);
	}
}

const struct node *reading_flows(struct reading *reading, enum packet_way way,
				 enum family family)
{
	const struct site *site = reading->readings->site;
	struct parts parts = { 0 };

	for (size_t i = 0; i < site->flows.count; i++) {
		struct seen_flow seen = { site->flows.items[i], way, false };

		push_flow(reading, &seen, family, &parts);
		seen.mirrored = true;
		if (seen.flow->both_ways)
			push_flow(reading, &seen, family, &parts);
	}
	return diagram_chain(reading->diagram, parts.items, parts.count, NOT_PERMITTED);
}
