/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a flow says, in words: its ends, its ports, and whatever else narrows it. */
#include <string.h>

#include "matrix/words.h"

static const char *taken(struct arena *arena, const struct buffer *text)
{
	return text->length ? arena_copy(arena, text->data, text->length) : "";
}

/* Puts `separator` before all but the first. */
static struct buffer *next(struct buffer *out, const char *separator)
{
	if (out->length)
		buffer_text(out, separator);
	return out;
}

const char *ends_names(struct arena *arena, const struct ends *ends)
{
	struct buffer out AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < ends->count; i++)
		buffer_text(next(&out, ", "), ends->items[i].name.text);
	return taken(arena, &out);
}

const char *item_protocol(struct arena *arena, const struct service_item *item)
{
	const char *transport = transport_names[item->transport];

	switch (item->transport) {
	case TRANSPORT_TCP:
	case TRANSPORT_UDP:
	case TRANSPORT_SCTP:
	case TRANSPORT_COUNT:
		return transport;
	case TRANSPORT_ICMP:
	case TRANSPORT_ICMPV6:
		if (item->name)
			return arena_format(arena, "%s %s", transport, item->name);
		return arena_format(arena, "%s type %d", transport, item->number);
	case TRANSPORT_PROTOCOL:
		break;
	}
	return arena_format(arena, "%s %d", transport, item->number);
}

static void print_range(struct buffer *out, const struct port_range *range)
{
	buffer_format(out, "%d", range->low);
	if (range->high != range->low)
		buffer_format(out, "-%d", range->high);
}

const char *item_ports(struct arena *arena, const struct service_item *item)
{
	struct buffer out AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < item->port_count; i++)
		print_range(next(&out, ", "), &item->ports[i]);
	return taken(arena, &out);
}

/* ---- conditions ---- */

static void print_families(struct buffer *out, const struct flow *flow)
{
	static const char *const names[] = {
		[FAMILY_IP4] = "IPv4 only", [FAMILY_IP6] = "IPv6 only"
	};

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		if (flow->families[family] && !flow->families[!family])
			buffer_text(next(out, "; "), names[family]);
	}
}

static void print_rate(struct buffer *out, const struct rate *rate)
{
	static const struct {
		uint32_t seconds;
		const char *name;
	} units[] = {
		{ 1, "second" },
		{ 60, "minute" },
		{ 3600, "hour" },
		{ 86400, "day" },
	};

	buffer_format(next(out, "; "), "%u/", (unsigned)rate->count);
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		if (units[i].seconds == rate->unit_seconds)
			buffer_text(out, units[i].name);
	}
	buffer_format(out, " burst %u for each source", (unsigned)rate->burst);
}

const char *flow_conditions(struct arena *arena, const struct flow *flow)
{
	struct buffer out AUTO_BUFFER = { 0 };

	if (flow->has_source_port) {
		buffer_text(&out, "source port ");
		print_range(&out, &flow->source_ports);
	}
	if (flow->has_group) {
		buffer_text(next(&out, "; "), "group ");
		range_print(&out, flow->group, flow->group,
			    family_widths[flow->group_family]);
	}
	if (flow->both_ways)
		buffer_text(next(&out, "; "), "both ways");
	print_families(&out, flow);
	if (flow->rate.count)
		print_rate(&out, &flow->rate);
	if (flow->log)
		buffer_text(next(&out, "; "), "logged");
	if (flow->expires)
		buffer_format(next(&out, "; "), "expires %s", flow->expires);
	return out.length ? taken(arena, &out) : NULL;
}

/* ---- departures, actors ---- */

const char *departure_words(struct arena *arena, const char *verb,
			    const struct departure *departure)
{
	return arena_format(arena, "%s by %s", verb,
			    departure->by ? departure->by->name.text : "the site");
}

const char *actor_addresses(struct arena *arena, const struct actor *actor)
{
	struct buffer out AUTO_BUFFER = { 0 };

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &actor->addresses[family];

		for (size_t i = 0; i < ranges->count; i++)
			range_print(next(&out, ", "), range_low(ranges, i),
				    range_high(ranges, i), ranges->width);
	}
	return taken(arena, &out);
}

const char *actor_roles(struct arena *arena, const struct actor *actor)
{
	struct buffer out AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < actor->role_names.count; i++)
		buffer_text(next(&out, ", "), actor->role_names.items[i].text);
	return taken(arena, &out);
}
