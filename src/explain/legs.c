/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a question to the legs of its packets: which hosts they meet, and on which way.
 */
#include <netinet/in.h>
#include <string.h>

#include "explain/legs.h"

enum { PORT_FIRST = 1, PORT_LAST = 65535, TYPE_LAST = 255 };

/* One host and one family. */
struct crossing {
	struct arena *arena;
	enum family family;
	const struct ranges *source, *destination; /* of the question */
	const struct ranges *own;
	struct ranges taken; /* what the host takes in: its own, groups */
};

/* ---- sets ---- */

/* All addresses of a family: `any`. */
static bool is_all(const struct ranges *ranges)
{
	static const uint8_t zeros[16];

	if (ranges->count != 1 ||
	    memcmp(range_low(ranges, 0), zeros, ranges->width) != 0)
		return false;
	for (size_t i = 0; i < ranges->width; i++) {
		if (range_high(ranges, 0)[i] != 0xff)
			return false;
	}
	return true;
}

/* Whether the set holds some of LOW..HIGH; found by halving. */
static bool holds_some(const struct ranges *ranges, const uint8_t *low,
		       const uint8_t *high)
{
	size_t from = 0, to = ranges->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (memcmp(range_high(ranges, middle), low, ranges->width) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < ranges->count &&
	       memcmp(range_low(ranges, from), high, ranges->width) <= 0;
}

static bool is_within(struct arena *arena, const struct ranges *a,
		      const struct ranges *b)
{
	return !ranges_subtract(arena, a, b).count;
}

struct ranges shared_addresses(struct arena *arena, enum family family)
{
	static const uint8_t lows[FAMILY_COUNT][16] = {
		[FAMILY_IP4] = { 224 },
		[FAMILY_IP6] = { 0xff },
	};
	static const uint8_t ones[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff };
	static const uint8_t last_group[4] = { 239, 255, 255, 255 };
	struct ranges shared = ranges_empty(family);

	ranges_push(arena, &shared, lows[family],
		    family == FAMILY_IP4 ? last_group : ones);
	if (family == FAMILY_IP4)
		ranges_push(arena, &shared, ones, ones);
	return shared;
}

/* ---- hosts ---- */

/* Whether the flow's packets to its group are for the host. */
static bool listens(const struct flow *flow, const struct actor *host,
		    enum family family)
{
	if (flow->closed || !flow->has_group || flow->group_family != family)
		return false;
	for (size_t i = 0; i < flow->to.count; i++) {
		if (actor_plays(host, &flow->to.items[i]))
			return true;
	}
	return false;
}

/* The groups that flows of the site make a host listen to. */
static struct ranges groups_of(struct arena *arena, const struct site *site,
			       const struct actor *host, enum family family)
{
	struct ranges groups = ranges_empty(family);

	for (size_t i = 0; i < site->flows.count; i++) {
		const struct flow *flow = site->flows.items[i];

		if (listens(flow, host, family))
			ranges_push(arena, &groups, flow->group, flow->group);
	}
	ranges_normalize(&groups);
	return groups;
}

static bool side_meets(const struct ranges *side, const struct ranges *own)
{
	if (is_all(side))
		return false;
	for (size_t i = 0; i < own->count; i++) {
		if (holds_some(side, range_low(own, i), range_high(own, i)))
			return true;
	}
	return false;
}

/* Whether the packets are for a group of a flow that makes the host listen to it. */
static bool group_meets(const struct site *site, const struct actor *host,
			enum family family, const struct ranges *destination)
{
	for (size_t i = 0; !is_all(destination) && i < site->flows.count; i++) {
		const struct flow *flow = site->flows.items[i];

		if (flow->has_group && flow->group_family == family &&
		    ranges_contain(destination, flow->group) &&
		    listens(flow, host, family))
			return true;
	}
	return false;
}

static bool host_meets(const struct site *site, const struct actor *host,
		       const struct expectation *packet)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *source = &packet->source.addresses[family];
		const struct ranges *destination =
			&packet->destination.addresses[family];
		const struct ranges *own = &host->addresses[family];

		if (source->count && destination->count &&
		    (side_meets(source, own) || side_meets(destination, own) ||
		     group_meets(site, host, family, destination)))
			return true;
	}
	return false;
}

void hosts_find(struct arena *arena, const struct site *site,
		const struct expectation *packet, struct hosts *hosts)
{
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (actor->kind == ACTOR_HOST && host_meets(site, actor, packet))
			LIST_PUSH(arena, hosts, actor);
	}
}

bool explain_finds_host(const struct site *site, const struct expectation *packet)
{
	for (size_t i = 0; i < site->actors.count; i++) {
		if (site->actors.items[i]->kind == ACTOR_HOST &&
		    host_meets(site, site->actors.items[i], packet))
			return true;
	}
	return false;
}

/* ---- legs ---- */

/* The packets of a leg in the family; false when there are none. */
static bool cross(const struct crossing *crossing, enum leg_kind kind,
		  struct ranges *sources, struct ranges *destinations)
{
	struct arena *arena = crossing->arena;
	const struct ranges *source = crossing->source;
	const struct ranges *destination = crossing->destination;

	switch (kind) {
	case LEG_OUT:
		*sources = ranges_shared(arena, source, crossing->own);
		*destinations = ranges_subtract(arena, destination, crossing->own);
		break;
	case LEG_IN:
		*sources = ranges_subtract(arena, source, crossing->own);
		*destinations = ranges_shared(arena, destination, &crossing->taken);
		break;
	case LEG_THROUGH:
		*sources = ranges_subtract(arena, source, crossing->own);
		*destinations = ranges_subtract(arena, destination, &crossing->taken);
		break;
	case LEG_SELF_OUT:
	case LEG_SELF_IN:
		if (!is_within(arena, source, crossing->own) ||
		    !is_within(arena, destination, crossing->own))
			return false;
		*sources = *source;
		*destinations = *destination;
		break;
	case LEG_KIND_COUNT:
		return false;
	}
	return sources->count && destinations->count;
}

/* All of a family that stands for `any` is no word for the host itself. */
static bool is_meant(const struct crossing *crossing, enum leg_kind kind, bool whole)
{
	if (whole)
		return true;
	return kind != LEG_THROUGH && (kind != LEG_OUT || !is_all(crossing->source)) &&
	       (kind != LEG_IN || !is_all(crossing->destination));
}

static struct crossing crossing_of(struct arena *arena,
				   const struct explain_question *question,
				   const struct actor *host, enum family family,
				   bool whole)
{
	struct crossing crossing = {
		.arena = arena,
		.family = family,
		.source = &question->packet->source.addresses[family],
		.destination = &question->packet->destination.addresses[family],
		.own = &host->addresses[family],
	};
	struct ranges groups = groups_of(arena, question->site, host, family);
	struct ranges shared = shared_addresses(arena, family);

	crossing.taken = ranges_union(arena, crossing.own, &groups);
	if (whole)
		crossing.taken = ranges_union(arena, &crossing.taken, &shared);
	return crossing;
}

void legs_find(struct arena *arena, const struct explain_question *question,
	       const struct actor *host, bool whole, struct explanation *explanation)
{
	for (enum leg_kind kind = 0; kind < LEG_KIND_COUNT; kind++) {
		struct leg leg = { .host = host, .kind = kind };
		bool some = false;

		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			struct crossing crossing =
				crossing_of(arena, question, host, family, whole);
			struct ranges sources, destinations;

			leg.sources[family] = leg.destinations[family] =
				ranges_empty(family);
			if (!crossing.source->count || !crossing.destination->count ||
			    !is_meant(&crossing, kind, whole) ||
			    !cross(&crossing, kind, &sources, &destinations))
				continue;
			leg.sources[family] = sources;
			leg.destinations[family] = destinations;
			some = true;
		}
		if (some)
			LIST_PUSH(arena, &explanation->legs, leg);
	}
}

/* ---- packets ---- */

/* clang-format off */
static const uint8_t protocols[TRANSPORT_COUNT] = {
	[TRANSPORT_TCP]    = IPPROTO_TCP,
	[TRANSPORT_UDP]    = IPPROTO_UDP,
	[TRANSPORT_SCTP]   = IPPROTO_SCTP,
	[TRANSPORT_ICMP]   = IPPROTO_ICMP,
	[TRANSPORT_ICMPV6] = IPPROTO_ICMPV6,
};

static const enum packet_way ways[LEG_KIND_COUNT] = {
	[LEG_OUT]      = WAY_OUT,
	[LEG_IN]       = WAY_IN,
	[LEG_THROUGH]  = WAY_THROUGH,
	[LEG_SELF_OUT] = WAY_OUT,
	[LEG_SELF_IN]  = WAY_IN,
};

/* clang-format on */

static struct ranges ports_of(struct arena *arena, uint16_t port)
{
	uint16_t low = port ? port : PORT_FIRST, high = port ? port : PORT_LAST;
	const uint8_t first[2] = { (uint8_t)(low >> 8), (uint8_t)low };
	const uint8_t last[2] = { (uint8_t)(high >> 8), (uint8_t)high };
	struct ranges ports = { .width = 2 };

	ranges_push(arena, &ports, first, last);
	return ports;
}

static struct ranges types_of(struct arena *arena, const struct expectation *packet)
{
	uint8_t first = packet->every_type ? 0 : packet->number;
	uint8_t last = packet->every_type ? TYPE_LAST : packet->number;
	struct ranges types = { .width = 1 };

	ranges_push(arena, &types, &first, &last);
	return types;
}

bool leg_bundle(struct arena *arena, const struct explain_question *question,
		const struct leg *leg, enum family family, struct bundle *bundle)
{
	const struct expectation *packet = question->packet;
	enum transport transport = packet->transport;

	if (!leg->sources[family].count || !leg->destinations[family].count)
		return false;
	*bundle = (struct bundle){
		.way = ways[leg->kind],
		.family = family,
		.iifname = leg->in.sample,
		.oifname = leg->out.sample,
		.protocol = transport == TRANSPORT_PROTOCOL ? packet->number
							    : protocols[transport],
		.state = STATE_NEW,
		.values[DIMENSION_SOURCE] = leg->sources[family],
		.values[DIMENSION_DESTINATION] = leg->destinations[family],
	};
	if (transport <= TRANSPORT_SCTP) {
		bundle->values[DIMENSION_SOURCE_PORT] =
			ports_of(arena, packet->source.port);
		bundle->values[DIMENSION_PORT] =
			ports_of(arena, packet->destination.port);
	}
	if (transport == TRANSPORT_ICMP || transport == TRANSPORT_ICMPV6)
		bundle->values[DIMENSION_TYPE] = types_of(arena, packet);
	return true;
}
