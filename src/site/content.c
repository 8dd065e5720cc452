/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contents of services and flows in one spelling: after it, equal means equal. */
#include <stdlib.h>
#include <string.h>

#include "site/ports.h"

/* clang-format off */
const char *const transport_names[TRANSPORT_COUNT] = {
	[TRANSPORT_TCP]      = "tcp",
	[TRANSPORT_UDP]      = "udp",
	[TRANSPORT_SCTP]     = "sctp",
	[TRANSPORT_ICMP]     = "icmp",
	[TRANSPORT_ICMPV6]   = "icmpv6",
	[TRANSPORT_PROTOCOL] = "protocol",
};

/* clang-format on */

static int compare_items(const void *left, const void *right)
{
	const struct service_item *a = left, *b = right;

	if (a->transport != b->transport)
		return a->transport < b->transport ? -1 : 1;
	return a->number - b->number;
}

static int compare_ports(const void *left, const void *right)
{
	const struct port_range *a = left, *b = right;

	return a->low != b->low ? a->low - b->low : a->high - b->high;
}

/* Sorts, merges overlaps and neighbours, in place. */
static void merge_ports(struct service_item *item)
{
	size_t count = 0;

	if (!item->port_count)
		return;
	qsort(item->ports, item->port_count, sizeof(*item->ports), compare_ports);
	for (size_t i = 0; i < item->port_count; i++) {
		const struct port_range *next = &item->ports[i];
		struct port_range *last = count ? &item->ports[count - 1] : NULL;

		if (!last || next->low > last->high + 1)
			item->ports[count++] = *next;
		else if (next->high > last->high)
			last->high = next->high;
	}
	item->port_count = count;
}

/* `more` has the same transport and number; its ports go to the new list of `item`. */
static void join_ports(struct arena *arena, struct service_item *item,
		       const struct service_item *more)
{
	size_t count = item->port_count + more->port_count;

	item->ports = arena_grow(arena, item->ports, item->port_count, count,
				 sizeof(*item->ports));
	if (more->port_count)
		memcpy(item->ports + item->port_count, more->ports,
		       more->port_count * sizeof(*more->ports));
	item->port_count = count;
}

void content_normalize(struct arena *arena, struct service_items *content)
{
	size_t count = 0;

	if (!content->count)
		return;
	qsort(content->items, content->count, sizeof(*content->items), compare_items);
	for (size_t i = 0; i < content->count; i++) {
		struct service_item *last = count ? &content->items[count - 1] : NULL;
		struct service_item next = content->items[i];

		if (last && !compare_items(last, &next)) {
			join_ports(arena, last, &next);
			continue;
		}
		/* the ports may be a service's: they are not to be merged in place */
		content->items[count] = next;
		content->items[count].ports = NULL;
		content->items[count].port_count = 0;
		join_ports(arena, &content->items[count++], &next);
	}
	content->count = count;
	for (size_t i = 0; i < count; i++)
		merge_ports(&content->items[i]);
}

static bool ports_equal(const struct service_item *a, const struct service_item *b)
{
	if (a->port_count != b->port_count)
		return false;
	for (size_t i = 0; i < a->port_count; i++)
		if (a->ports[i].low != b->ports[i].low ||
		    a->ports[i].high != b->ports[i].high)
			return false;
	return true;
}

bool content_equals(const struct service_items *a, const struct service_items *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (compare_items(&a->items[i], &b->items[i]) ||
		    !ports_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}
