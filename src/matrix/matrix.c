/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the matrix: each flow, each service of it, where it is open, why not. */
#include "matrix/matrix.h"
#include "matrix/words.h"

/* A host on which a flow is open: which way, in which families. */
struct spot {
	const struct actor *host;
	bool in[FAMILY_COUNT], out[FAMILY_COUNT];
};

struct spots {
	struct spot *items;
	size_t count, capacity;
};

struct maker {
	struct arena *arena;
	const struct site *site;
	const struct actor *host; /* NULL: all */
	struct spots *spots;      /* one list for each flow of the site */

	struct {
		struct matrix_row *items;
		size_t count, capacity;
	} rows;
};

/* ---- where flows are open ---- */

static bool is_host(const struct actor *actor)
{
	return actor->kind == ACTOR_HOST;
}

static void spot_note(struct maker *maker, size_t flow, const struct actor *host,
		      const struct grant *grant)
{
	struct spots *spots = &maker->spots[flow];

	if (!spots->count || spots->items[spots->count - 1].host != host)
		LIST_PUSH(maker->arena, spots, ((struct spot){ .host = host }));

	struct spot *spot = &spots->items[spots->count - 1];
	bool *families = grant->direction == DIRECTION_IN ? spot->in : spot->out;

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		families[family] |= grant->families[family];
}

static void spots_of_host(struct maker *maker, const struct actor *host)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct grants grants = { 0 };
	struct grant_sets sets = { 0 };
	size_t flow = 0;

	grants_of_host(arena, maker->site, host, &grants, &sets);
	/* grants stand in the order of the flows */
	for (size_t i = 0; i < grants.count; i++) {
		while (maker->site->flows.items[flow] != grants.items[i].flow)
			flow++;
		spot_note(maker, flow, host, &grants.items[i]);
	}
}

static void find_spots(struct maker *maker)
{
	const struct site *site = maker->site;

	maker->spots =
		arena_array(maker->arena, site->flows.count, sizeof(*maker->spots));
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (is_host(actor) && (!maker->host || maker->host == actor))
			spots_of_host(maker, actor);
	}
}

/* ---- why not ---- */

static bool plays_one(const struct actor *actor, const struct ends *ends)
{
	for (size_t i = 0; i < ends->count; i++) {
		if (actor_plays(actor, &ends->items[i]))
			return true;
	}
	return false;
}

static bool concerns(const struct flow *flow, const struct actor *actor)
{
	return plays_one(actor, &flow->from) || plays_one(actor, &flow->to);
}

/* The first host at one of the flow's ends; NULL: there is none. */
static const struct actor *host_concerned(const struct maker *maker,
					  const struct flow *flow)
{
	const struct site *site = maker->site;

	if (maker->host)
		return maker->host;
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (is_host(actor) && concerns(flow, actor))
			return actor;
	}
	return NULL;
}

static const char *why_closed(struct maker *maker, const struct flow *flow)
{
	const struct actor *host;
	const char *why = NULL;

	if (flow->closed && flow->closed->why)
		return flow->closed->why;
	if (flow->closed)
		return departure_words(maker->arena, "closed", flow->closed);

	host = host_concerned(maker, flow);
	if (!host)
		return arena_format(maker->arena, "no host plays %s or %s",
				    ends_names(maker->arena, &flow->from),
				    ends_names(maker->arena, &flow->to));
	if (flow_closed(maker->arena, maker->site, flow, host, &why) == CLOSED_NOT)
		return "the two ends share no address of its family";
	return why;
}

static const char *why_departs(const struct flow *flow)
{
	if (flow->adjusted && flow->adjusted->why)
		return flow->adjusted->why;
	return flow->added ? flow->added->why : NULL;
}

/* ---- rows ---- */

static bool is_open_in(const bool families[FAMILY_COUNT],
		       const struct service_item *item)
{
	return (families[FAMILY_IP4] && item->transport != TRANSPORT_ICMPV6) ||
	       (families[FAMILY_IP6] && item->transport != TRANSPORT_ICMP);
}

static void row_places(struct maker *maker, const struct spots *spots,
		       const struct service_item *item, struct matrix_row *row)
{
	struct matrix_place *places =
		arena_array(maker->arena, spots->count, sizeof(*places));

	for (size_t i = 0; i < spots->count; i++) {
		const struct spot *spot = &spots->items[i];
		struct matrix_place place = {
			.host = spot->host,
			.in = is_open_in(spot->in, item),
			.out = is_open_in(spot->out, item),
		};

		if (place.in || place.out)
			places[row->place_count++] = place;
	}
	row->places = places;
}

static void flow_rows(struct maker *maker, size_t index)
{
	const struct flow *flow = maker->site->flows.items[index];
	struct matrix_row row = {
		.flow = flow,
		.from = ends_names(maker->arena, &flow->from),
		.to = ends_names(maker->arena, &flow->to),
		.conditions = flow_conditions(maker->arena, flow),
	};

	for (size_t i = 0; i < flow->content.count; i++) {
		const struct service_item *item = &flow->content.items[i];

		row.place_count = 0;
		row.protocol = item_protocol(maker->arena, item);
		row.ports = item_ports(maker->arena, item);
		row_places(maker, &maker->spots[index], item, &row);
		row.open =
			maker->site->is_profile ? !flow->closed : row.place_count > 0;
		row.why = row.open ? why_departs(flow) : why_closed(maker, flow);
		LIST_PUSH(maker->arena, &maker->rows, row);
	}
}

const struct matrix *matrix_make(struct arena *arena, const struct site *site,
				 const struct actor *host)
{
	struct maker maker = { .arena = arena, .site = site, .host = host };
	struct matrix *matrix = arena_alloc(arena, sizeof(*matrix));

	find_spots(&maker);
	for (size_t i = 0; i < site->flows.count; i++) {
		if (!host || concerns(site->flows.items[i], host))
			flow_rows(&maker, i);
	}
	*matrix = (struct matrix){
		.site = site,
		.host = host,
		.rows = maker.rows.items,
		.row_count = maker.rows.count,
	};
	return matrix;
}
