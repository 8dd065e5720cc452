/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From two rule sets to what differs between them: boxes, merged and sorted. */
#include <stdlib.h>
#include <string.h>

#include "effect/effect.h"

enum { BOXES_MAX = 16384 };

static const enum connection_state states[] = { STATE_NEW, STATE_ESTABLISHED,
						STATE_RELATED, STATE_UNTRACKED,
						STATE_INVALID };

struct finding {
	struct arena *arena;
	struct space *space;
	const struct ruleset *live, *desired;
	struct effects *effects;
	const struct node *told[FAMILY_COUNT]; /* the difference of new packets */
};

/* ---- boxes to effects ---- */

static struct ranges ranges_of(struct arena *arena, enum family family,
			       const struct intervals *intervals)
{
	static const uint8_t zeros[16],
		ones[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct ranges ranges = ranges_empty(family);

	if (!intervals->count)
		ranges_push(arena, &ranges, zeros, ones);
	for (size_t i = 0; i < intervals->count; i++) {
		uint8_t low[16], high[16];

		value_store(intervals->items[i].low, low, ranges.width);
		value_store(intervals->items[i].high, high, ranges.width);
		ranges_push(arena, &ranges, low, high);
	}
	return ranges;
}

/* Whether the intervals are all values but one. */
static bool is_all_but(const struct intervals *intervals, enum variable variable,
		       struct value value)
{
	struct value from = { 0, 0 };

	for (size_t i = 0; i < intervals->count; i++) {
		const struct interval *at = &intervals->items[i];

		if (value_compare(from, value) == 0)
			from = value_next(from);
		if (value_compare(at->low, from) != 0)
			return false;
		if (i + 1 < intervals->count)
			from = value_next(at->high);
	}
	return intervals->count <= 2 && intervals->count &&
	       value_compare(intervals->items[intervals->count - 1].high,
			     variable_last(variable)) == 0;
}

/*
 * What goes without saying: the loopback is apart from everything that is said of
 * interfaces, and a source has a way back.
 */
static void leave_out_usual(struct effect *effect)
{
	static const enum variable interfaces[] = { VARIABLE_IIF, VARIABLE_OIF };
	struct intervals *route = &effect->of[VARIABLE_ROUTE_BACK];

	for (size_t i = 0; i < COUNT_OF(interfaces); i++) {
		struct intervals *names = &effect->of[interfaces[i]];

		if (is_all_but(names, interfaces[i], value_of_name("lo")))
			*names = (struct intervals){ NULL, 0 };
	}
	if (route->count && route->items[0].low.low == 1)
		*route = (struct intervals){ NULL, 0 };
}

static bool box_opens(const struct box *box)
{
	return box->from != OUTCOME_ACCEPT &&
	       (box->to == OUTCOME_ACCEPT || box->to == OUTCOME_UNKNOWN);
}

static bool box_closes(const struct box *box)
{
	return box->to != OUTCOME_ACCEPT &&
	       (box->from == OUTCOME_ACCEPT || box->from == OUTCOME_UNKNOWN);
}

static struct effect effect_of(struct arena *arena, const struct traffic *traffic,
			       const struct box *box)
{
	bool ip4 = box->family == FAMILY_IP4;
	enum variable from = ip4 ? VARIABLE_SOURCE_4 : VARIABLE_SOURCE_6;
	enum variable to = ip4 ? VARIABLE_DESTINATION_4 : VARIABLE_DESTINATION_6;
	struct effect effect = {
		.opens = box_opens(box),
		.sure = box->from != OUTCOME_UNKNOWN && box->to != OUTCOME_UNKNOWN,
		.way = traffic->way,
		.states = traffic->state,
		.witness = box_packet(arena, traffic, box),
	};

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		effect.from[family] = effect.to[family] = ranges_empty(family);
	effect.families[box->family] = true;
	effect.from[box->family] = ranges_of(arena, box->family, &box->of[from]);
	effect.to[box->family] = ranges_of(arena, box->family, &box->of[to]);
	memcpy(effect.of, box->of, sizeof(effect.of));
	effect.of[from] = effect.of[to] = (struct intervals){ NULL, 0 };
	leave_out_usual(&effect);
	return effect;
}

/* ---- merging ---- */

static int compare_intervals(const struct intervals *a, const struct intervals *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return a->count ? memcmp(a->items, b->items, a->count * sizeof(*a->items)) : 0;
}

static int compare_ranges(const struct ranges *a, const struct ranges *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return a->count ? memcmp(a->bytes, b->bytes, 2 * a->count * a->width) : 0;
}

/* In the place of a variable. */
enum { NOTHING = VARIABLE_COUNT, STATES };

/* What is said beside the addresses and one variable, or NOTHING, or the STATES. */
static int compare_all_but(const struct effect *a, const struct effect *b, int but)
{
	int order = a->opens != b->opens ? (a->opens ? -1 : 1)
		    : a->way != b->way   ? (a->way < b->way ? -1 : 1)
		    : a->states != b->states && but != STATES
			    ? (a->states < b->states ? -1 : 1)
			    : (int)b->sure - (int)a->sure;

	for (enum variable v = 0; !order && v < VARIABLE_COUNT; v++)
		order = (int)v == but ? 0 : compare_intervals(&a->of[v], &b->of[v]);
	return order;
}

static int compare_kinds(const struct effect *a, const struct effect *b)
{
	return compare_all_but(a, b, NOTHING);
}

static int compare_addresses(const struct effect *a, const struct effect *b)
{
	int order = 0;

	for (enum family f = 0; !order && f < FAMILY_COUNT; f++)
		order = (int)b->families[f] - (int)a->families[f];
	for (enum family f = 0; !order && f < FAMILY_COUNT; f++)
		order = compare_ranges(&a->to[f], &b->to[f]);
	for (enum family f = 0; !order && f < FAMILY_COUNT; f++)
		order = compare_ranges(&a->from[f], &b->from[f]);
	return order;
}

static int compare_to_merge(const void *left, const void *right)
{
	int order = compare_kinds(left, right);

	return order ? order : compare_addresses(left, right);
}

static int compare_but(const struct effect *a, const struct effect *b, int but)
{
	int order = compare_all_but(a, b, but);

	return order ? order : compare_addresses(a, b);
}

static int compare_but_protocol(const void *left, const void *right)
{
	return compare_but(left, right, VARIABLE_PROTOCOL);
}

static int compare_but_port(const void *left, const void *right)
{
	return compare_but(left, right, VARIABLE_DESTINATION_PORT);
}

static int compare_but_iif(const void *left, const void *right)
{
	return compare_but(left, right, VARIABLE_IIF);
}

static int compare_but_oif(const void *left, const void *right)
{
	return compare_but(left, right, VARIABLE_OIF);
}

static int compare_but_states(const void *left, const void *right)
{
	return compare_but(left, right, STATES);
}

/* What is joined where all else is the same. */
static const struct joint {
	int what;
	int (*compare)(const void *, const void *);
} joints[] = {
	{ VARIABLE_PROTOCOL, compare_but_protocol },
	{ VARIABLE_DESTINATION_PORT, compare_but_port },
	{ VARIABLE_IIF, compare_but_iif },
	{ VARIABLE_OIF, compare_but_oif },
	{ STATES, compare_but_states },
};

static int compare_lows(const void *left, const void *right)
{
	const struct interval *a = left, *b = right;

	return value_compare(a->low, b->low);
}

static struct intervals intervals_join(struct arena *arena, const struct intervals *a,
				       const struct intervals *b)
{
	size_t count = a->count + b->count, kept = 1;
	struct interval *items =
		arena_grow(arena, a->items, a->count, count, sizeof(*items));

	memcpy(items + a->count, b->items, b->count * sizeof(*items));
	qsort(items, count, sizeof(*items), compare_lows);
	for (size_t i = 1; i < count; i++) {
		struct interval *last = &items[kept - 1];

		if (value_compare(items[i].low, value_next(last->high)) > 0)
			items[kept++] = items[i];
		else if (value_compare(items[i].high, last->high) > 0)
			last->high = items[i].high;
	}
	return (struct intervals){ items, kept };
}

static bool join_values(struct arena *arena, struct effect *into,
			const struct effect *other, int what)
{
	struct intervals *values;

	if (what == STATES) {
		into->states |= other->states;
		return true;
	}
	/* all values are those of one that has none to say */
	values = &into->of[what];
	if (!values->count || !other->of[what].count)
		return false;
	*values = intervals_join(arena, values, &other->of[what]);
	if (values->count == 1 && value_is_zero(values->items[0].low) &&
	    value_compare(values->items[0].high, variable_last((enum variable)what)) ==
		    0)
		*values = (struct intervals){ NULL, 0 };
	leave_out_usual(into);
	return true;
}

/* Those that differ in one thing alone. */
static void merge_values(struct arena *arena, struct effects *effects,
			 const struct joint *joint)
{
	size_t kept = 0;

	if (effects->count > 1)
		qsort(effects->items, effects->count, sizeof(*effects->items),
		      joint->compare);
	for (size_t i = 0; i < effects->count; i++) {
		const struct effect *effect = &effects->items[i];
		struct effect *last = kept ? &effects->items[kept - 1] : NULL;

		if (!last || joint->compare(last, effect) != 0 ||
		    !join_values(arena, last, effect, joint->what))
			effects->items[kept++] = *effect;
	}
	effects->count = kept;
}

/* Both in one when they differ in the addresses of one side alone. */
static bool join_side(struct arena *arena, struct effect *into,
		      const struct effect *other, enum family family)
{
	struct ranges *to = &into->to[family], *from = &into->from[family];
	bool same_to = !compare_ranges(to, &other->to[family]);
	bool same_from = !compare_ranges(from, &other->from[family]);

	if (!same_to && !same_from)
		return false;
	if (!same_from)
		*from = ranges_union(arena, from, &other->from[family]);
	if (!same_to)
		*to = ranges_union(arena, to, &other->to[family]);
	return true;
}

/* Those of one family are joined, then one of each family side by side. */
static bool join(struct arena *arena, struct effect *into, const struct effect *other)
{
	enum family mine = into->families[FAMILY_IP4] ? FAMILY_IP4 : FAMILY_IP6;
	enum family its = other->families[FAMILY_IP4] ? FAMILY_IP4 : FAMILY_IP6;
	bool both = into->families[FAMILY_IP4] && into->families[FAMILY_IP6];

	if (compare_kinds(into, other) != 0 || both)
		return false;
	if (mine == its)
		return join_side(arena, into, other, mine);
	into->families[its] = true;
	into->from[its] = other->from[its];
	into->to[its] = other->to[its];
	return true;
}

static void merge(struct arena *arena, struct effects *effects)
{
	size_t kept = 0;

	if (effects->count > 1)
		qsort(effects->items, effects->count, sizeof(*effects->items),
		      compare_to_merge);
	for (size_t i = 0; i < effects->count; i++) {
		if (!kept ||
		    !join(arena, &effects->items[kept - 1], &effects->items[i]))
			effects->items[kept++] = effects->items[i];
	}
	effects->count = kept;
}

/* ---- the largest first ---- */

static double intervals_size(const struct intervals *intervals, enum variable variable)
{
	double size = 0;

	for (size_t i = 0; i < intervals->count; i++)
		size += (double)(intervals->items[i].high.low -
				 intervals->items[i].low.low) +
			1;
	return intervals->count ? size : (double)variable_last(variable).low + 1;
}

static double effect_size(const struct effect *effect)
{
	static const enum variable counted[] = { VARIABLE_PROTOCOL,
						 VARIABLE_DESTINATION_PORT,
						 VARIABLE_SOURCE_PORT,
						 VARIABLE_ICMP_TYPE };

	double size = 0;

	for (enum family f = 0; f < FAMILY_COUNT; f++)
		size += (double)ranges_size(&effect->from[f]) *
			(double)ranges_size(&effect->to[f]);
	for (size_t i = 0; i < COUNT_OF(counted); i++)
		size *= intervals_size(&effect->of[counted[i]], counted[i]);
	return size;
}

static int compare_worst(const void *left, const void *right)
{
	const struct effect *a = left, *b = right;
	double size = effect_size(a), other = effect_size(b);

	if (a->opens != b->opens)
		return a->opens ? -1 : 1;
	if (size > other || size < other)
		return size > other ? -1 : 1;
	return compare_to_merge(a, b);
}

/* ---- the whole ---- */

static void add_boxes(struct finding *finding, const struct traffic *traffic,
		      const struct boxes *boxes)
{
	finding->effects->more |= boxes->more;
	for (size_t i = 0; i < boxes->count; i++) {
		const struct box *box = &boxes->items[i];
		struct effect effect = effect_of(finding->arena, traffic, box);

		if (box_opens(box) || box_closes(box))
			LIST_PUSH(finding->arena, finding->effects, effect);
	}
}

/* Whether it differs from new packets, and in its own way. */
static bool is_news(struct finding *finding, const struct traffic *from,
		    const struct traffic *to)
{
	bool news = from->state == STATE_NEW;

	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct node *node =
			diagram_differ(space_diagram(finding->space), from->outcomes[f],
				       to->outcomes[f]);

		if (from->state == STATE_NEW)
			finding->told[f] = node;
		news |= node->bits && node != finding->told[f];
	}
	return news;
}

static bool find_state(struct finding *finding, enum packet_way way,
		       enum connection_state state)
{
	struct traffic from, to;
	struct boxes boxes = { 0 };

	if (!space_build(finding->space, finding->live, way, state, &from) ||
	    !space_build(finding->space, finding->desired, way, state, &to))
		return false;
	if (traffic_equal(&from, &to) || !is_news(finding, &from, &to))
		return true;
	space_compare(finding->space, &from, &to, BOXES_MAX, &boxes);
	add_boxes(finding, &from, &boxes);
	return true;
}

void effects_find(struct arena *arena, const struct ruleset *live,
		  const struct ruleset *desired, struct effects *effects)
{
	struct finding finding = {
		.arena = arena,
		.space = space_new(arena, 0),
		.live = live,
		.desired = desired,
		.effects = effects,
	};
	bool both = live->table_count && desired->table_count;

	*effects = (struct effects){ .from_nothing = !live->table_count,
				     .to_nothing = !desired->table_count };
	for (enum packet_way way = 0; way < WAY_COUNT; way++) {
		memset(finding.told, 0, sizeof(finding.told));
		for (size_t i = 0; i < COUNT_OF(states) && (both || !i); i++) {
			if (find_state(&finding, way, states[i]))
				continue;
			*effects = (struct effects){ .too_large = true };
			return;
		}
	}
	/* what is joined in each family alone may be the same in both, and the reverse
	 */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < COUNT_OF(joints); i++)
			merge_values(arena, effects, &joints[i]);
		merge(arena, effects);
	}
	if (effects->count > 1)
		qsort(effects->items, effects->count, sizeof(*effects->items),
		      compare_worst);
}

size_t effects_opening(const struct effects *effects)
{
	size_t count = 0;

	while (count < effects->count && effects->items[count].opens)
		count++;
	return count;
}
