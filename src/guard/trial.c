/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A protected path in parts: peers, source ports, and the ways by which they come. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "guard/address.h"
#include "guard/path.h"
#include "guard/trial.h"

enum {
	CLIENT_PORT_LOW = 1024, /* below are those of programs with privilege */
	CLIENT_PORT_HIGH = 65535,
	EDGE_COUNT = 4
};

/* clang-format off */
static const struct family_fields {
	enum field source, destination;
	/* where addresses begin that come by the loopback, or from nobody */
	uint8_t edges[EDGE_COUNT][16];
} family_fields[FAMILY_COUNT] = {
	[FAMILY_IP4] = { FIELD_IP_SADDR, FIELD_IP_DADDR,
			 { { 1 }, { 127 }, { 128 }, { 224 } } },
	[FAMILY_IP6] = { FIELD_IP6_SADDR, FIELD_IP6_DADDR,
			 { { [15] = 1 }, { [15] = 2 }, { 0xfe, 0xc0 }, { 0xff } } },
};

/* clang-format on */

struct trial trial_of(const struct path *path, enum family family)
{
	struct trial trial = { .path = path, .family = family };

	if (path->has_peers) {
		trial.family = path->family;
		memcpy(trial.low, path->low, sizeof(trial.low));
		memcpy(trial.high, path->high, sizeof(trial.high));
	} else {
		memset(trial.high, 0xff, family_widths[family]);
	}
	return trial;
}

/* ---- parts ---- */

static int compare_values(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static void boundaries_sort(struct boundaries *boundaries, size_t width)
{
	size_t kept = 0;

	for (size_t i = 0; i < boundaries->count; i++)
		memset(boundaries->items[i] + width, 0, 16 - width);
	qsort(boundaries->items, boundaries->count, sizeof(*boundaries->items),
	      compare_values);
	for (size_t i = 0; i < boundaries->count; i++) {
		if (kept &&
		    !memcmp(boundaries->items[kept - 1], boundaries->items[i], 16))
			continue;
		memmove(boundaries->items[kept++], boundaries->items[i], 16);
	}
	boundaries->count = kept;
}

/* The next address; false behind the last one. */
static bool address_next(uint8_t *address, uint8_t width)
{
	for (size_t i = width; i-- > 0;)
		if (++address[i])
			return true;
	return false;
}

static void address_previous(uint8_t *address, uint8_t width)
{
	for (size_t i = width; i-- > 0;)
		if (address[i]--)
			return;
}

/* A part begins at `value`, if that lies among the peers. */
static void part_begin(struct arena *arena, struct trial *trial, const uint8_t *value)
{
	struct boundaries *parts = &trial->parts;
	uint8_t width = family_widths[trial->family];

	if (memcmp(value, trial->low, width) < 0 ||
	    memcmp(value, trial->high, width) > 0)
		return;
	if (parts->count == parts->capacity) {
		parts->capacity = parts->capacity ? 2 * parts->capacity : 8;
		parts->items = arena_grow(arena, parts->items, parts->count,
					  parts->capacity, sizeof(*parts->items));
	}
	memcpy(parts->items[parts->count++], value, width);
}

/* This host's own addresses come by the loopback interface: parts of their own. */
static void split_own(struct arena *arena, const struct local_addresses *local,
		      struct trial *trial)
{
	uint8_t width = family_widths[trial->family];

	for (size_t i = 0; i < local->count; i++) {
		uint8_t own[16] = { 0 };

		if (local->items[i].family != trial->family)
			continue;
		memcpy(own, local->items[i].address, width);
		part_begin(arena, trial, own);
		if (address_next(own, width))
			part_begin(arena, trial, own);
	}
}

void trial_divide(struct arena *arena, const struct ruleset *ruleset,
		  const struct local_addresses *local, struct trial *trial)
{
	static const uint8_t low[2] = { CLIENT_PORT_LOW >> 8, CLIENT_PORT_LOW & 0xff };
	static const uint8_t high[2] = { CLIENT_PORT_HIGH >> 8,
					 CLIENT_PORT_HIGH & 0xff };
	const struct family_fields *row = &family_fields[trial->family];
	const struct path_protocol *protocol =
		path_protocol_find(trial->path->protocol);

	assert(protocol);
	/* the packets that come, and those that answer */
	evaluate_boundaries(arena, ruleset, row->source, trial->low, trial->high,
			    &trial->parts);
	evaluate_boundaries(arena, ruleset, row->destination, trial->low, trial->high,
			    &trial->parts);
	for (size_t i = 0; i < EDGE_COUNT; i++)
		part_begin(arena, trial, row->edges[i]);
	split_own(arena, local, trial);
	boundaries_sort(&trial->parts, family_widths[trial->family]);

	evaluate_boundaries(arena, ruleset, protocol->source_port, low, high,
			    &trial->ports);
	evaluate_boundaries(arena, ruleset, protocol->destination_port, low, high,
			    &trial->ports);
	boundaries_sort(&trial->ports, sizeof(low));
}

void trial_part_end(const struct trial *trial, size_t part, uint8_t end[16])
{
	if (part + 1 == trial->parts.count) {
		memcpy(end, trial->high, 16);
		return;
	}
	memcpy(end, trial->parts.items[part + 1], 16);
	address_previous(end, family_widths[trial->family]);
}

/* ---- ways ---- */

bool address_is_here(const struct local_addresses *local, enum family family,
		     const uint8_t *address)
{
	if (address_is_loopback(family, address))
		return true;
	for (size_t i = 0; i < local->count; i++)
		if (local->items[i].family == family &&
		    !memcmp(local->items[i].address, address, family_widths[family]))
			return true;
	return false;
}

static void push_way(struct arena *arena, struct trial *trial, const uint8_t *address,
		     const char *interface)
{
	struct way way = { .interface = interface };

	memcpy(way.address, address, family_widths[trial->family]);
	LIST_PUSH(arena, &trial->ways, way);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether packets from elsewhere come by it. */
static bool is_outside(const char *interface)
{
	return *interface && strcmp(interface, LOOPBACK_INTERFACE) != 0;
}

/* An address whose interface is not known may be reached by any. */
static void push_every_way(struct arena *arena, const struct local_addresses *local,
			   struct trial *trial, const uint8_t *address)
{
	const char **names = arena_array(arena, local->count, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < local->count; i++)
		if (is_outside(local->items[i].interface))
			names[count++] = local->items[i].interface;
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		if (!i || strcmp(names[i - 1], names[i]) != 0)
			push_way(arena, trial, address, names[i]);
	if (!count)
		push_way(arena, trial, address, LOOPBACK_INTERFACE);
}

/* Of the management connection: by the interface that holds its address here. */
static void find_known(struct arena *arena, const struct local_addresses *local,
		       struct trial *trial)
{
	uint8_t width = family_widths[trial->family];

	for (size_t i = 0; i < local->count; i++) {
		const struct local_address *own = &local->items[i];

		if (own->family == trial->family && is_outside(own->interface) &&
		    !memcmp(own->address, trial->path->local, width))
			push_way(arena, trial, own->address, own->interface);
	}
	if (!trial->ways.count)
		push_every_way(arena, local, trial, trial->path->local);
}

void trial_find_ways(struct arena *arena, const struct local_addresses *local,
		     struct trial *trial)
{
	enum family family = trial->family;
	bool on_link = address_is_link_local(family, trial->low) &&
		       address_is_link_local(family, trial->high);

	if (address_is_loopback(family, trial->low) &&
	    address_is_loopback(family, trial->high)) {
		push_way(arena, trial,
			 trial->path->has_local ? trial->path->local : trial->low,
			 LOOPBACK_INTERFACE);
		return;
	}
	if (trial->path->has_local) {
		find_known(arena, local, trial);
		return;
	}
	for (size_t i = 0; i < local->count; i++) {
		const struct local_address *own = &local->items[i];

		if (own->family != family || own->loopback ||
		    (own->link_local && !on_link))
			continue;
		if (is_outside(own->interface))
			push_way(arena, trial, own->address, own->interface);
		else
			push_every_way(arena, local, trial, own->address);
	}
}
