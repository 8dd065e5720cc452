/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why packets are not let through: the flow that would let them but for the least, and
 * what that is.
 */
#include <stdlib.h>
#include <string.h>

#include "compile/grant.h"
#include "explain/parts.h"
#include "explain/words.h"

/* What a flow asks of packets, and how far away it is for each that they do not have.
 */
enum wanted {
	WANTED_OPEN,
	WANTED_INTERFACE,
	WANTED_SOURCE_PORT,
	WANTED_FAMILY,
	WANTED_GROUP,
	WANTED_PORT,
	WANTED_TRANSPORT,
	WANTED_FAR,
	WANTED_NEAR,
	WANTED_DIRECTION,
	WANTED_COUNT
};

/* clang-format off */
static const unsigned weights[WANTED_COUNT] = {
	[WANTED_OPEN]        = 1,
	[WANTED_INTERFACE]   = 1,
	[WANTED_SOURCE_PORT] = 1,
	[WANTED_FAMILY]      = 2,
	[WANTED_GROUP]       = 2,
	[WANTED_PORT]        = 3,
	[WANTED_TRANSPORT]   = 3,
	[WANTED_FAR]         = 2,
	[WANTED_NEAR]        = 4,
	[WANTED_DIRECTION]   = 1,
};

/* clang-format on */

enum {
	DISTANCE_MAX =
		5, /* one thing of weight, and a small one; else it is not near */
	PORT_DISTANCE_MAX = 65536
};

struct search {
	const struct asking *asking;
	const struct leg *leg;
	const struct part *part;
	bool inbound;
	bool narrow;              /* a port or type is named: not just any flow fits */
	const struct ranges *far; /* the part's, of both families */
};

/* A flow held against the part. */
struct candidate {
	const struct flow *flow;
	const struct ends *near, *far;
	bool mirrored, reversed;
	unsigned missing; /* a bit for each enum wanted */
	unsigned distance, port_distance;
	const struct service_item *item; /* that comes nearest */
	const char *why;                 /* WANTED_OPEN: the reason */
};

static bool lacks(const struct candidate *candidate, enum wanted wanted)
{
	return candidate->missing >> wanted & 1;
}

static void miss(struct candidate *candidate, enum wanted wanted)
{
	candidate->missing |= 1u << wanted;
	candidate->distance += weights[wanted];
}

/* ---- ports ---- */

static unsigned number_of(const uint8_t *value)
{
	return (unsigned)(value[0] << 8 | value[1]);
}

static unsigned gap(unsigned low, unsigned high, const struct port_range *range)
{
	if (high < range->low)
		return range->low - high;
	return low > range->high ? low - range->high : 0;
}

/* How far the part's ports are from those of the item; 0: they meet. */
static unsigned port_distance(const struct part *part, const struct service_item *item)
{
	unsigned least = PORT_DISTANCE_MAX;

	for (size_t i = 0; i < part->ports.count; i++) {
		unsigned low = number_of(range_low(&part->ports, i));
		unsigned high = number_of(range_high(&part->ports, i));

		for (size_t k = 0; k < item->port_count; k++) {
			unsigned distance = gap(low, high, &item->ports[k]);

			if (distance < least)
				least = distance;
		}
	}
	return least;
}

static bool type_meets(const struct part *part, const struct service_item *item)
{
	return part->types.width && ranges_contain(&part->types, &item->number);
}

/* The content that comes nearest: of the same transport, if there is such. */
static void find_item(const struct search *search, struct candidate *candidate)
{
	const struct expectation *packet = search->asking->question->packet;
	const struct service_items *content = &candidate->flow->content;
	unsigned best = UINT32_MAX;

	for (size_t i = 0; i < content->count; i++) {
		const struct service_item *item = &content->items[i];
		bool same = item->transport == packet->transport;
		unsigned ports = item->port_count ? port_distance(search->part, item)
						  : PORT_DISTANCE_MAX;
		unsigned distance;

		if (same && item->transport == TRANSPORT_PROTOCOL)
			ports = item->number == packet->number ? 0 : PORT_DISTANCE_MAX;
		else if (same && !item->port_count && type_meets(search->part, item))
			ports = 0;
		distance = (same ? 0 : 2 * PORT_DISTANCE_MAX) + ports;
		if (distance < best) {
			best = distance;
			candidate->item = item;
			candidate->port_distance = ports;
		}
	}
	if (!candidate->item || candidate->item->transport != packet->transport)
		miss(candidate, WANTED_TRANSPORT);
	if (!candidate->item || candidate->port_distance)
		miss(candidate, WANTED_PORT);
}

static bool source_port_meets(const struct part *part, const struct flow *flow)
{
	if (!flow->has_source_port)
		return true;
	for (size_t i = 0; i < part->source_ports.count; i++) {
		if (!gap(number_of(range_low(&part->source_ports, i)),
			 number_of(range_high(&part->source_ports, i)),
			 &flow->source_ports))
			return true;
	}
	return false;
}

/* ---- ends ---- */

static bool plays_one(const struct actor *actor, const struct ends *ends)
{
	for (size_t i = 0; i < ends->count; i++) {
		if (actor_plays(actor, &ends->items[i]))
			return true;
	}
	return false;
}

static bool names_any(const struct ends *ends)
{
	for (size_t i = 0; i < ends->count; i++) {
		if (ends->items[i].actor && ends->items[i].actor->kind == ACTOR_ANY)
			return true;
	}
	return false;
}

static bool actor_meets(const struct search *search, const struct actor *actor)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		size_t place;

		if (ranges_meet(&actor->addresses[family], &search->far[family],
				&place))
			return true;
	}
	return false;
}

/* Whether somebody at the far end has some of the part's addresses. */
static bool far_meets(const struct search *search, const struct ends *far)
{
	const struct site *site = search->asking->question->site;

	if (names_any(far))
		return true;
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (actor != search->leg->host && plays_one(actor, far) &&
		    actor_meets(search, actor))
			return true;
	}
	return false;
}

static bool family_meets(const struct search *search, const struct flow *flow)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		if (search->far[family].count && flow->families[family])
			return true;
	}
	return false;
}

static bool group_meets(const struct search *search, const struct candidate *candidate)
{
	const struct flow *flow = candidate->flow;
	const struct ranges *to = &search->part->destinations[flow->group_family];

	if (!flow->has_group || candidate->mirrored || candidate->reversed)
		return true;
	return to->count && ranges_contain(to, flow->group);
}

static bool on_management(const struct search *search)
{
	const struct words *management = &search->leg->host->management;
	const struct interface *by =
		search->inbound ? &search->leg->in : &search->leg->out;

	for (size_t i = 0; i < management->count; i++) {
		const char *text = management->items[i].text;
		size_t length = strlen(text);
		bool is_prefix = length && text[length - 1] == '*';

		if (is_prefix ? !strncmp(by->sample, text, length - 1)
			      : !strcmp(by->sample, text))
			return true;
	}
	return !management->count;
}

/* ---- candidates ---- */

/* What is cheap to know comes first: most flows are far away. */
static bool judge(const struct search *search, struct candidate *candidate,
		  const struct candidate *best)
{
	const struct flow *flow = candidate->flow;
	struct arena *arena = search->asking->arena;
	const struct site *site = search->asking->question->site;
	enum closed_reason reason;

	if (candidate->reversed)
		miss(candidate, WANTED_DIRECTION);
	find_item(search, candidate);
	if (!source_port_meets(search->part, flow))
		miss(candidate, WANTED_SOURCE_PORT);
	if (!family_meets(search, flow))
		miss(candidate, WANTED_FAMILY);
	if (!group_meets(search, candidate))
		miss(candidate, WANTED_GROUP);
	if (!on_management(search))
		miss(candidate, WANTED_INTERFACE);
	if (!plays_one(search->leg->host, candidate->near))
		miss(candidate, WANTED_NEAR);
	if (candidate->distance > best->distance)
		return false;
	reason = flow_closed(arena, site, flow, search->leg->host, &candidate->why);
	if (reason != CLOSED_NOT && reason != CLOSED_OTHER_HOSTS)
		miss(candidate, WANTED_OPEN);
	/* where nobody is, it cannot be known whose addresses were meant */
	if (reason == CLOSED_NOBODY)
		candidate->distance++;
	else if (!far_meets(search, candidate->far))
		miss(candidate, WANTED_FAR);
	/* where no port was named, it is the peer that was meant */
	if (!search->narrow) {
		candidate->distance += lacks(candidate, WANTED_FAR);
		candidate->distance -= lacks(candidate, WANTED_PORT);
	}
	/* the other way round is near only when all else fits */
	if (candidate->reversed &&
	    candidate->missing & ~(1u << WANTED_DIRECTION | 1u << WANTED_INTERFACE))
		return false;
	if (candidate->distance != best->distance)
		return candidate->distance < best->distance;
	return lacks(candidate, WANTED_PORT) &&
	       candidate->port_distance < best->port_distance;
}

static void consider(const struct search *search, const struct flow *flow,
		     struct candidate *best)
{
	for (int turn = 0; turn < 4; turn++) {
		bool mirrored = turn & 1, reversed = turn & 2;
		bool host_is_from = search->inbound == (mirrored != reversed);
		struct candidate candidate = {
			.flow = flow,
			.mirrored = mirrored,
			.reversed = reversed,
			.near = host_is_from ? &flow->from : &flow->to,
			.far = host_is_from ? &flow->to : &flow->from,
		};

		if ((mirrored && !flow->both_ways) || (reversed && !search->narrow))
			continue;
		if (judge(search, &candidate, best))
			*best = candidate;
	}
}

/* ---- words ---- */

static const char *item_words(struct arena *arena, const struct candidate *candidate,
			      bool with_transport)
{
	const struct service_item *item = candidate->item;
	const char *what = port_ranges_words(arena, item->ports, item->port_count);

	if (item->transport == TRANSPORT_PROTOCOL)
		return arena_format(arena, "protocol %u", (unsigned)item->number);
	if (item->transport == TRANSPORT_ICMP || item->transport == TRANSPORT_ICMPV6)
		what = item->name ? item->name
				  : arena_format(arena, "%u", (unsigned)item->number);
	return with_transport ? arena_format(arena, "%s %s",
					     transport_names[item->transport], what)
			      : what;
}

/* "opens 443 from client alone, on eth0 alone" */
static void add_opens(const struct search *search, const struct candidate *candidate,
		      struct buffer *out)
{
	struct arena *arena = search->asking->arena;
	const struct flow *flow = candidate->flow;
	const char *what = "it";
	const char *from = search->inbound ? "from" : "to";
	const char *to = search->inbound ? "to" : "from";

	if (lacks(candidate, WANTED_TRANSPORT) || lacks(candidate, WANTED_PORT))
		what = item_words(arena, candidate, lacks(candidate, WANTED_TRANSPORT));
	buffer_format(out, "%s", what);
	if (lacks(candidate, WANTED_DIRECTION))
		buffer_format(out, " the other way, from %s to %s",
			      end_names(arena, &flow->from),
			      end_names(arena, &flow->to));
	if (lacks(candidate, WANTED_NEAR))
		buffer_format(out, " %s %s, which %s is not", to,
			      end_names(arena, candidate->near),
			      search->leg->host->name.text);
	if (lacks(candidate, WANTED_FAR))
		buffer_format(out, " %s %s alone", from,
			      end_names(arena, candidate->far));
	if (lacks(candidate, WANTED_FAMILY))
		buffer_format(out, " for %s alone",
			      flow->families[FAMILY_IP4] ? "IPv4" : "IPv6");
	if (lacks(candidate, WANTED_SOURCE_PORT))
		buffer_format(out, " from source port %s alone",
			      port_ranges_words(arena, &flow->source_ports, 1));
	if (lacks(candidate, WANTED_GROUP)) {
		buffer_text(out, " to the group ");
		range_print(out, flow->group, flow->group,
			    family_widths[flow->group_family]);
	}
	if (lacks(candidate, WANTED_INTERFACE))
		buffer_format(out, " by %s alone",
			      search->leg->host->management.items[0].text);
}

static const char *but_words(const struct search *search,
			     const struct candidate *candidate)
{
	struct buffer out AUTO_BUFFER = { 0 };
	const struct flow *flow = candidate->flow;

	if (lacks(candidate, WANTED_OPEN)) {
		buffer_text(&out, "is closed");
		if (flow->closed)
			buffer_format(&out, " by %s",
				      flow->closed->by ? flow->closed->by->name.text
						       : "the site");
		if (!flow->closed || flow->closed->why)
			buffer_format(&out, ": %s", candidate->why);
	}
	if (!lacks(candidate, WANTED_OPEN))
		buffer_text(&out, "opens ");
	else if (candidate->missing != 1u << WANTED_OPEN)
		buffer_text(&out, "; it would open ");
	if (candidate->missing != 1u << WANTED_OPEN)
		add_opens(search, candidate, &out);
	return arena_copy(search->asking->arena, out.data, out.length);
}

/* "tcp 8443 from analysts" */
static const char *asked_words(const struct search *search)
{
	struct arena *arena = search->asking->arena;
	const struct expectation *packet = search->asking->question->packet;
	const struct part *part = search->part;
	const struct expect_side *side =
		search->inbound ? &packet->source : &packet->destination;
	const struct ranges *all =
		search->inbound ? search->leg->sources : search->leg->destinations;
	const char *what =
		part->ports.width ? ports_words(arena, &part->ports)
				  : types_words(arena, &part->types, packet->transport);
	/* what the part is of an `any` stands above */
	const char *who = ranges_are_whole(search->far, all) ? side->text : "these";

	if (packet->transport == TRANSPORT_PROTOCOL)
		what = arena_format(arena, "%u", (unsigned)packet->number);
	return arena_format(arena, "%s%s%s %s %s", transport_names[packet->transport],
			    *what ? " " : "", what, search->inbound ? "from" : "to",
			    who);
}

/* Whether it is for want of a flow that the packets are not let through. */
bool is_by_policy(const struct part *part)
{
	if (!part->chain || part->table != TABLE_INET)
		return false;
	return !part->rule ||
	       (part->rule->comment && strcmp(part->rule->comment, "policy") == 0);
}

void nearest_find(const struct asking *asking, const struct leg *leg, struct part *part)
{
	const struct site *site = asking->question->site;
	const struct expectation *packet = asking->question->packet;
	bool inbound = leg->kind == LEG_IN;
	struct search search = {
		.asking = asking,
		.leg = leg,
		.part = part,
		.inbound = inbound,
		.narrow = packet->destination.port || !part->ports.width,
		.far = inbound ? part->sources : part->destinations,
	};
	struct candidate best = { .distance = DISTANCE_MAX + 1 };

	if ((leg->kind != LEG_IN && leg->kind != LEG_OUT) || !is_by_policy(part))
		return;
	for (size_t i = 0; i < site->flows.count; i++)
		consider(&search, site->flows.items[i], &best);
	if (!best.flow)
		return;
	part->nearest = (struct nearest){ best.flow, asked_words(&search),
					  but_words(&search, &best) };
}
