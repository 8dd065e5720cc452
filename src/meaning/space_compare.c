/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where two functions differ: boxes of packets, and a packet of each. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "meaning/space_match.h"

enum { NAME_BYTES = 15 };

struct value value_of_name(const char *name)
{
	uint8_t bytes[NAME_BYTES] = { 0 };

	memcpy(bytes, name, strnlen(name, NAME_BYTES));
	return value_load(bytes, NAME_BYTES);
}

struct value packet_value(const struct packet *packet, enum variable variable)
{
	switch (variable) {
	case VARIABLE_IIF:
		return value_of_name(packet->iifname);
	case VARIABLE_OIF:
		return value_of_name(packet->oifname);
	case VARIABLE_ROUTE_BACK:
		return value_of(packet->route_back);
	case VARIABLE_PACKET_TYPE:
		return value_of(packet->packet_type);
	case VARIABLE_PROTOCOL:
		return value_of(packet->protocol);
	case VARIABLE_ICMP_TYPE:
		return value_of(packet->icmp_type);
	case VARIABLE_DESTINATION_PORT:
		return value_of(packet->destination_port);
	case VARIABLE_SOURCE_PORT:
		return value_of(packet->source_port);
	case VARIABLE_HOP_LIMIT:
		return value_of(packet->hop_limit);
	case VARIABLE_DESTINATION_4:
	case VARIABLE_DESTINATION_6:
		return value_load(packet->destination, variable_bits[variable] / 8);
	case VARIABLE_SOURCE_4:
	case VARIABLE_SOURCE_6:
		return value_load(packet->source, variable_bits[variable] / 8);
	case VARIABLE_COUNT:
		break;
	}
	return value_of(0);
}

/* ---- boxes ---- */

struct comparison {
	struct space *space;
	size_t box_max;
	struct boxes *boxes;
	struct box box; /* the way down to a node */
};

/* An edge of a node, and its place. */
struct branch {
	const struct node *to;
	struct interval interval;
};

static int compare_branches(const void *a, const void *b)
{
	const struct branch *left = a, *right = b;

	if (left->to != right->to)
		return left->to->id < right->to->id ? -1 : 1;
	return value_compare(left->interval.low, right->interval.low);
}

/* Edges by where they lead, those alone that lead to a difference. */
static size_t branches_of(const struct node *node, struct branch *branches)
{
	struct value from = { 0, 0 };
	size_t count = 0;

	for (size_t i = 0; i < node->count; i++) {
		const struct edge *edge = &node->edges[i];

		if (edge->to->bits)
			branches[count++] =
				(struct branch){ edge->to, { from, edge->high } };
		if (i + 1 < node->count)
			from = value_next(edge->high);
	}
	qsort(branches, count, sizeof(*branches), compare_branches);
	return count;
}

static enum outcome outcome_of(uint32_t bits)
{
	enum outcome outcome = 0;

	while (!(bits >> outcome & 1))
		outcome++;
	return outcome;
}

static void box_add(struct comparison *comparison, const struct node *terminal)
{
	uint32_t from, to;

	if (comparison->boxes->count == comparison->box_max) {
		comparison->boxes->more = true;
		return;
	}
	diagram_sides(terminal, &from, &to);
	comparison->box.from = outcome_of(from);
	comparison->box.to = outcome_of(to);
	LIST_PUSH(comparison->space->arena, comparison->boxes, comparison->box);
}

static void descend(struct comparison *comparison, const struct node *node)
{
	struct arena *arena = comparison->space->arena;
	struct intervals *intervals;
	struct branch *branches;
	size_t count;

	if (!node->bits || comparison->boxes->more)
		return;
	if (!node->count) {
		box_add(comparison, node);
		return;
	}
	branches = arena_array(arena, node->count, sizeof(*branches));
	count = branches_of(node, branches);
	intervals = &comparison->box.of[node->variable];
	for (size_t i = 0, run; i < count; i += run) {
		struct interval *items;

		for (run = 1;
		     i + run < count && branches[i + run].to == branches[i].to;)
			run++;
		items = arena_array(arena, run, sizeof(*items));
		for (size_t k = 0; k < run; k++)
			items[k] = branches[i + k].interval;
		*intervals = (struct intervals){ items, run };
		descend(comparison, branches[i].to);
	}
	*intervals = (struct intervals){ NULL, 0 };
}

void space_compare(struct space *space, const struct traffic *from,
		   const struct traffic *to, size_t box_max, struct boxes *boxes)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct comparison comparison = { .space = space,
						 .box_max = box_max,
						 .boxes = boxes,
						 .box = { .family = family } };

		descend(&comparison,
			diagram_differ(space->diagram, from->outcomes[family],
				       to->outcomes[family]));
	}
}

/* ---- a packet ---- */

static bool holds(const struct intervals *intervals, struct value value)
{
	for (size_t i = 0; i < intervals->count; i++) {
		if (value_compare(value, intervals->items[i].low) >= 0 &&
		    value_compare(value, intervals->items[i].high) <= 0)
			return true;
	}
	return !intervals->count;
}

/* One of the usual values that is in the box, else the lowest. */
static struct value choose(const struct box *box, enum variable variable,
			   const uint64_t *usual, size_t count)
{
	const struct intervals *intervals = &box->of[variable];

	for (size_t i = 0; i < count; i++) {
		if (holds(intervals, value_of(usual[i])))
			return value_of(usual[i]);
	}
	return intervals->items[0].low;
}

/* The first name from LOW on: a name, or one that goes on where it ends. */
static struct value name_from(struct value low)
{
	uint8_t bytes[NAME_BYTES];
	size_t length;

	value_store(low, bytes, NAME_BYTES);
	length = strnlen((char *)bytes, NAME_BYTES);
	if (length < NAME_BYTES) {
		bool whole = length > 0;

		for (size_t i = length; i < NAME_BYTES; i++)
			whole &= !bytes[i];
		if (!whole)
			bytes[length++] = '0';
		memset(bytes + length, 0, NAME_BYTES - length);
	}
	return value_load(bytes, NAME_BYTES);
}

static const char *choose_name(struct arena *arena, const struct box *box,
			       enum variable variable)
{
	static const char *const usual[] = { "eth0", "wlan0", "br0", "lo" };
	const struct intervals *intervals = &box->of[variable];
	uint8_t bytes[NAME_BYTES + 1] = { 0 };

	for (size_t i = 0; i < COUNT_OF(usual); i++) {
		if (holds(intervals, value_of_name(usual[i])))
			return usual[i];
	}
	/* values between which there is no name are last choice */
	value_store(intervals->items[0].low, bytes, NAME_BYTES);
	for (size_t i = 0; i < intervals->count; i++) {
		struct value name = name_from(intervals->items[i].low);

		if (value_compare(name, intervals->items[i].high) > 0 ||
		    value_compare(name, intervals->items[i].low) < 0)
			continue;
		value_store(name, bytes, NAME_BYTES);
		break;
	}
	return arena_string(arena, (char *)bytes);
}

static void choose_addresses(const struct box *box, struct packet *packet)
{
	bool ip4 = box->family == FAMILY_IP4;
	enum variable source = ip4 ? VARIABLE_SOURCE_4 : VARIABLE_SOURCE_6;
	enum variable destination =
		ip4 ? VARIABLE_DESTINATION_4 : VARIABLE_DESTINATION_6;
	struct value value = value_of(1);
	size_t width = variable_bits[source] / 8;

	/* 192.0.2.1 and 2001:db8::1, for those who show what stands for "any" */
	value = ip4 ? value_of(0xc0000201) : (struct value){ 0x20010db800000000, 1 };
	value_store(box->of[source].count ? box->of[source].items[0].low : value,
		    packet->source, width);
	value.low++;
	value_store(box->of[destination].count ? box->of[destination].items[0].low
					       : value,
		    packet->destination, width);
}

struct packet box_packet(struct arena *arena, const struct traffic *traffic,
			 const struct box *box)
{
	static const uint64_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP };
	static const uint64_t sources[] = { 40000 }, destinations[] = { 443, 22, 1 };
	static const uint64_t hops[] = { 64, 255 }, routes[] = { 1 }, casts[] = { 0 };
	static const uint64_t types[] = { 8, 128 };
	struct packet packet = { .way = traffic->way,
				 .state = traffic->state,
				 .family = box->family,
				 .iifname = "",
				 .oifname = "" };

#define CHOOSE(variable, usual) choose(box, variable, usual, COUNT_OF(usual)).low
	packet.protocol = (uint8_t)CHOOSE(VARIABLE_PROTOCOL, protocols);
	packet.source_port = (uint16_t)CHOOSE(VARIABLE_SOURCE_PORT, sources);
	packet.destination_port =
		(uint16_t)CHOOSE(VARIABLE_DESTINATION_PORT, destinations);
	packet.icmp_type = (uint8_t)CHOOSE(VARIABLE_ICMP_TYPE, types);
	packet.hop_limit = (uint8_t)CHOOSE(VARIABLE_HOP_LIMIT, hops);
	packet.packet_type = (uint8_t)CHOOSE(VARIABLE_PACKET_TYPE, casts);
	packet.route_back = CHOOSE(VARIABLE_ROUTE_BACK, routes);
#undef CHOOSE
	if (traffic->way != WAY_OUT)
		packet.iifname = choose_name(arena, box, VARIABLE_IIF);
	if (traffic->way != WAY_IN)
		packet.oifname = choose_name(arena, box, VARIABLE_OIF);
	choose_addresses(box, &packet);
	return packet;
}
