/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways of an expected packet, and what lets it pass: grants, and a client of DHCP.
 */
#include <string.h>

#include "compile/permit.h"

/* ---- sets ---- */

struct ranges ranges_both(struct arena *arena, const struct ranges *a,
			  const struct ranges *b)
{
	struct ranges only = ranges_subtract(arena, a, b);

	return ranges_subtract(arena, a, &only);
}

/* Multicast and broadcast: what the host takes in beside its own addresses. */
static void push_shared(struct arena *arena, struct ranges *ranges, enum family family)
{
	static const uint8_t lows[FAMILY_COUNT][16] = {
		[FAMILY_IP4] = { 224 },
		[FAMILY_IP6] = { 0xff },
	};
	static const uint8_t ones[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff };
	static const uint8_t last_group[4] = { 239, 255, 255, 255 };

	if (family == FAMILY_IP6) {
		ranges_push(arena, ranges, lows[family], ones);
		return;
	}
	ranges_push(arena, ranges, lows[family], last_group);
	ranges_push(arena, ranges, ones, ones);
}

/* What the host takes in: its addresses, and those of groups that it listens on. */
static struct ranges local_addresses(const struct passage *passage, enum family family)
{
	const struct ranges *own = &passage->expectation->host->addresses[family];
	struct ranges local = ranges_empty(family);

	for (size_t i = 0; i < own->count; i++)
		ranges_push(passage->arena, &local, range_low(own, i),
			    range_high(own, i));
	push_shared(passage->arena, &local, family);
	for (size_t i = 0; i < passage->grants->count; i++) {
		const struct grant *grant = &passage->grants->items[i];

		if (grant->to_group && grant->direction == DIRECTION_IN &&
		    grant->flow->group_family == family)
			ranges_push(passage->arena, &local, grant->flow->group,
				    grant->flow->group);
	}
	ranges_normalize(&local);
	return local;
}

struct ways ways_of(const struct passage *passage, enum family family)
{
	struct arena *arena = passage->arena;
	const struct expectation *expectation = passage->expectation;
	const struct ranges *host = &expectation->host->addresses[family];
	const struct ranges *source = &expectation->source.addresses[family];
	const struct ranges *destination = &expectation->destination.addresses[family];
	struct ranges local = local_addresses(passage, family);

	return (struct ways){
		.family = family,
		.foreign = ranges_subtract(arena, source, host),
		.own = ranges_both(arena, source, host),
		.local = ranges_both(arena, destination, &local),
		.remote = ranges_subtract(arena, destination, host),
		.elsewhere = ranges_subtract(arena, destination, &local),
	};
}

/* ---- what passes ---- */

static bool item_takes(const struct service_item *item,
		       const struct expectation *expectation)
{
	uint16_t port = expectation->destination.port;

	if (item->transport != expectation->transport ||
	    item->number != expectation->number)
		return false;
	if (!port || !item->port_count)
		return true;
	for (size_t i = 0; i < item->port_count; i++)
		if (port >= item->ports[i].low && port <= item->ports[i].high)
			return true;
	return false;
}

static bool content_takes(const struct service_items *content,
			  const struct expectation *expectation)
{
	for (size_t i = 0; i < content->count; i++)
		if (item_takes(&content->items[i], expectation))
			return true;
	return false;
}

static bool source_port_meets(const struct permit *permit,
			      const struct expectation *expectation)
{
	uint16_t port = expectation->source.port;

	return !port || (port >= permit->first && port <= permit->last);
}

/* What housekeeping.c lets pass for a client of DHCP, where it is asked for. */
static void push_dhcp(const struct passage *passage, enum direction direction,
		      enum family family, struct permits *permits)
{
	static const uint8_t addresses[][2 * 16] = {
		/* fe80::/10 */
		[DIRECTION_IN] = { 0xfe, 0x80, [16] = 0xfe, 0xbf, 0xff, 0xff, 0xff,
				   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				   0xff, 0xff },
		/* ff02::1:2 */
		[DIRECTION_OUT] = { 0xff, 2, [13] = 1, [15] = 2, [16] = 0xff,
				    2, [29] = 1, [31] = 2 },
	};
	static const uint16_t servers[FAMILY_COUNT] = { 67, 547 };
	static const uint16_t clients[FAMILY_COUNT] = { 68, 546 };
	const struct expectation *expectation = passage->expectation;
	bool inbound = direction == DIRECTION_IN;
	uint16_t from = inbound ? servers[family] : clients[family];
	uint16_t to = inbound ? clients[family] : servers[family];
	uint16_t port = expectation->destination.port;
	struct permit permit = { .first = from, .last = from };
	struct ranges *far;

	if (!expectation->host->policy.dhcp_client ||
	    expectation->transport != TRANSPORT_UDP || (port && port != to) ||
	    !source_port_meets(&permit, expectation))
		return;
	if (family == FAMILY_IP6) {
		far = arena_alloc(passage->arena, sizeof(*far));
		*far = ranges_empty(family);
		ranges_push(passage->arena, far, addresses[direction],
			    addresses[direction] + 16);
		permit.far = far;
	}
	LIST_PUSH(passage->arena, permits, permit);
}

static struct permit permit_of(const struct grant *grant, enum family family)
{
	const struct flow *flow = grant->flow;

	return (struct permit){
		.far = grant->by_address ? grant->addresses[family] : NULL,
		.group = grant->to_group ? flow->group : NULL,
		.first = flow->has_source_port ? flow->source_ports.low : PORT_FIRST,
		.last = flow->has_source_port ? flow->source_ports.high : PORT_LAST,
		.grant = grant,
	};
}

struct permits permits_find(const struct passage *passage, enum direction direction,
			    enum family family)
{
	const struct expectation *expectation = passage->expectation;
	struct permits permits = { 0 };

	for (size_t i = 0; i < passage->grants->count; i++) {
		const struct grant *grant = &passage->grants->items[i];
		struct permit permit = permit_of(grant, family);

		if (grant->direction == direction && grant->families[family] &&
		    content_takes(&grant->flow->content, expectation) &&
		    source_port_meets(&permit, expectation))
			LIST_PUSH(passage->arena, &permits, permit);
	}
	push_dhcp(passage, direction, family, &permits);
	return permits;
}
