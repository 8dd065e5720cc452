/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which flows are open on a host, towards whom; the answer to "why not" beside it. */
#include <string.h>

#include "compile/grant.h"

/* ---- who plays what, found once for a host ---- */

struct actors {
	const struct actor **items;
	size_t count, capacity;
};

/* A role or actor as a flow's end names it, and its addresses once they were asked. */
struct entry {
	const void *end; /* struct role or struct actor; NULL: a free slot */
	struct actors players;
	const struct ranges *addresses[FAMILY_COUNT]; /* NULL: not asked yet */
	bool noted[FAMILY_COUNT];                     /* is among the sets */
};

struct index {
	struct arena *arena;
	const struct actor *host;
	struct entry *slots; /* open addressing, a power of two of them */
	size_t slot_count;
	struct grant_sets *sets;
};

static struct entry *index_entry(const struct index *index, const void *end)
{
	size_t slot = ((uintptr_t)end >> 4) * 0x9e3779b1u & (index->slot_count - 1);

	while (index->slots[slot].end && index->slots[slot].end != end)
		slot = (slot + 1) & (index->slot_count - 1);
	index->slots[slot].end = end;
	return &index->slots[slot];
}

static void index_build(struct index *index, const struct site *site)
{
	size_t slot_count = 16;

	while (slot_count < 2 * (site->roles.count + site->actors.count + 1))
		slot_count *= 2;
	index->slot_count = slot_count;
	index->slots = arena_array(index->arena, slot_count, sizeof(*index->slots));

	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];
		struct entry *self = index_entry(index, actor);

		LIST_PUSH(index->arena, &self->players, actor);
		for (size_t r = 0; r < actor->role_names.count; r++) {
			struct entry *entry = index_entry(index, actor->roles[r]);

			LIST_PUSH(index->arena, &entry->players, actor);
		}
	}
}

/* All that play the end but the host itself, less the host's own addresses. */
static struct ranges entry_ranges(const struct index *index, const struct entry *entry,
				  enum family family)
{
	struct ranges all = ranges_empty(family);

	for (size_t i = 0; i < entry->players.count; i++) {
		const struct actor *actor = entry->players.items[i];
		const struct ranges *own = &actor->addresses[family];

		if (actor == index->host)
			continue;
		for (size_t r = 0; r < own->count; r++)
			ranges_push(index->arena, &all, range_low(own, r),
				    range_high(own, r));
	}
	ranges_normalize(&all);
	return ranges_subtract(index->arena, &all, &index->host->addresses[family]);
}

static const void *end_key(const struct end *end)
{
	return end->role ? (const void *)end->role : (const void *)end->actor;
}

static const struct entry *index_addresses(struct index *index, const struct end *end)
{
	struct entry *entry = index_entry(index, end_key(end));

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct ranges *ranges;

		if (entry->addresses[family])
			continue;
		ranges = arena_alloc(index->arena, sizeof(*ranges));
		*ranges = entry_ranges(index, entry, family);
		entry->addresses[family] = ranges;
	}
	return entry;
}

/* ---- grants ---- */

static bool actor_plays_one(const struct actor *actor, const struct ends *ends)
{
	for (size_t i = 0; i < ends->count; i++) {
		if (actor_plays(actor, &ends->items[i]))
			return true;
	}
	return false;
}

static bool end_is_any(const struct end *end)
{
	return end->actor && end->actor->kind == ACTOR_ANY;
}

/* Families that the flow, its group and the host leave open. */
static void families_of(const struct flow *flow, const struct actor *host,
			bool families[FAMILY_COUNT])
{
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		families[family] = flow->families[family] &&
				   host->addresses[family].count > 0 &&
				   (!flow->has_group || flow->group_family == family);
}

/* The address sets that rules will name; one for each end and family in use. */
static void grant_set_note(struct index *index, const struct end *end,
			   enum family family, const struct ranges *addresses)
{
	struct grant_set set = {
		.name = end->name.text,
		.family = family,
		.addresses = *addresses,
		.origin = end->role ? end->role->name.span : end->actor->name.span,
	};

	LIST_PUSH(index->arena, index->sets, set);
}

static bool grant_fill(struct index *index, struct grant *grant)
{
	const struct end *peer = grant->peer;
	bool open = false;

	families_of(grant->flow, index->host, grant->families);
	grant->any = end_is_any(peer);
	grant->to_group = grant->flow->has_group && !grant->mirrored;
	grant->by_address =
		!grant->any && !(grant->to_group && grant->direction == DIRECTION_OUT);
	if (grant->any)
		return grant->families[FAMILY_IP4] || grant->families[FAMILY_IP6];

	const struct entry *entry = index_addresses(index, peer);

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		grant->addresses[family] = entry->addresses[family];
		grant->families[family] &= entry->addresses[family]->count > 0;
		open |= grant->families[family];
	}
	return open;
}

static void grants_towards(struct index *index, const struct flow *flow,
			   enum direction direction, bool mirrored,
			   struct grants *grants)
{
	bool from_side = (direction == DIRECTION_OUT) != mirrored;
	const struct ends *own = from_side ? &flow->from : &flow->to;
	const struct ends *far = from_side ? &flow->to : &flow->from;

	if (!actor_plays_one(index->host, own))
		return;

	for (size_t i = 0; i < far->count; i++) {
		struct grant grant = {
			.flow = flow,
			.direction = direction,
			.peer = &far->items[i],
			.mirrored = mirrored,
		};

		if (grant_fill(index, &grant))
			LIST_PUSH(index->arena, grants, grant);
	}
}

/* Each set once, however many flows name it. */
static void note_sets(struct index *index, const struct grants *grants)
{
	for (size_t i = 0; i < grants->count; i++) {
		const struct grant *grant = &grants->items[i];

		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			struct entry *entry;

			if (!grant->by_address || !grant->families[family])
				continue;
			entry = index_entry(index, end_key(grant->peer));
			if (!entry->noted[family])
				grant_set_note(index, grant->peer, family,
					       entry->addresses[family]);
			entry->noted[family] = true;
		}
	}
}

void grants_of_host(struct arena *arena, const struct site *site,
		    const struct actor *host, struct grants *grants,
		    struct grant_sets *sets)
{
	struct index index = { .arena = arena, .host = host, .sets = sets };

	index_build(&index, site);
	for (size_t i = 0; i < site->flows.count; i++) {
		const struct flow *flow = site->flows.items[i];

		if (flow->closed)
			continue;
		for (int mirrored = 0; mirrored <= (int)flow->both_ways; mirrored++) {
			grants_towards(&index, flow, DIRECTION_IN, mirrored, grants);
			grants_towards(&index, flow, DIRECTION_OUT, mirrored, grants);
		}
	}
	note_sets(&index, grants);
}

/* ---- why not ---- */

/* Whether anybody (not `host`) plays one of the ends, and whether a family is shared.
 */
struct far_side {
	const struct ends *ends;
	bool somebody, host_itself, family;
};

static struct far_side far_side_of(const struct site *site, const struct flow *flow,
				   const struct ends *ends, const struct actor *host)
{
	struct far_side side = { .ends = ends };
	bool families[FAMILY_COUNT];

	families_of(flow, host, families);
	side.host_itself = actor_plays_one(host, ends);
	for (size_t i = 0; i < ends->count; i++) {
		if (!end_is_any(&ends->items[i]))
			continue;
		side.somebody = true;
		side.family = families[FAMILY_IP4] || families[FAMILY_IP6];
		return side;
	}
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (actor == host || !actor_plays_one(actor, ends))
			continue;
		side.somebody = true;
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			side.family |=
				families[family] && actor->addresses[family].count > 0;
	}
	return side;
}

static const char *ends_text(struct arena *arena, const struct ends *ends)
{
	const char *text = "";

	for (size_t i = 0; i < ends->count; i++)
		text = arena_format(arena, "%s%s\"%s\"", text, i ? " or " : "",
				    ends->items[i].name.text);
	return text;
}

static enum closed_reason closed_towards(struct arena *arena, struct far_side side,
					 const struct actor *host, const char **why)
{
	if (side.family) {
		*why = NULL;
		return CLOSED_NOT;
	}
	if (side.somebody) {
		*why = "the two ends share no address family";
		return CLOSED_NO_FAMILY;
	}
	if (side.host_itself) {
		*why = arena_format(arena, "only %s itself plays %s", host->name.text,
				    ends_text(arena, side.ends));
		return CLOSED_ONLY_ITSELF;
	}
	*why = arena_format(arena, "nobody plays %s", ends_text(arena, side.ends));
	return CLOSED_NOBODY;
}

enum closed_reason flow_closed(struct arena *arena, const struct site *site,
			       const struct flow *flow, const struct actor *host,
			       const char **why)
{
	enum closed_reason reason;

	if (flow->closed) {
		*why = flow->closed->why
			       ? flow->closed->why
			       : arena_format(arena, "closed by %s",
					      flow->closed->by
						      ? flow->closed->by->name.text
						      : "the site");
		return CLOSED_BY_NAME;
	}
	if (actor_plays_one(host, &flow->from)) {
		reason = closed_towards(arena, far_side_of(site, flow, &flow->to, host),
					host, why);
		if (reason == CLOSED_NOT || !actor_plays_one(host, &flow->to))
			return reason;
	}
	if (actor_plays_one(host, &flow->to))
		return closed_towards(arena, far_side_of(site, flow, &flow->from, host),
				      host, why);

	*why = arena_format(arena, "%s plays neither %s nor %s", host->name.text,
			    ends_text(arena, &flow->from), ends_text(arena, &flow->to));
	return CLOSED_OTHER_HOSTS;
}
