/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edits of sets and of their elements: both sides are sorted, so one merge finds them.
 */
#include <string.h>

#include "plan/member.h"
#include "plan/planner.h"

/* A set that is wanted, and what there is of it. */
struct set_plan {
	const struct set *live, *desired; /* live NULL: it is new */
	bool replaced;
};

static void element_add(struct planner *planner, const struct table_plan *table,
			const struct set_plan *set, struct edit edit)
{
	edit.kind = EDIT_ELEMENT;
	edit.live_set = set->live;
	edit.desired_set = set->desired;
	edit.unsent |= edit.op == EDIT_DELETE && set->replaced;
	planner_add(planner, table, edit);
}

/* Deletes it and adds it again, as it was; only the latter when its set is anew too. */
static void element_remake(struct planner *planner, const struct table_plan *table,
			   const struct set_plan *set, size_t i, size_t k)
{
	struct edit edit = { .live_index = i, .desired_index = k, .consequence = true };

	if (!set->replaced && !table->replaced) {
		edit.op = EDIT_DELETE;
		element_add(planner, table, set, edit);
	}
	edit.op = EDIT_ADD;
	element_add(planner, table, set, edit);
}

/* The same key on both sides. */
static void element_keep(struct planner *planner, struct table_plan *table,
			 const struct set_plan *set, size_t i, size_t k)
{
	bool anew = set->replaced || table->replaced;
	struct difference difference = { NULL, true };
	struct edit edit = { .live_index = i, .desired_index = k };

	if (set->live->elements || set->desired->elements)
		difference = element_difference(planner->arena, set->live, i,
						set->desired, k);
	if (difference.what) {
		/* in a set that is made anew, a change is an addition like any other */
		edit.op = anew ? EDIT_ADD : EDIT_CHANGE;
		edit.what = difference.what;
		element_add(planner, table, set, edit);
		return;
	}
	if (anew || (set->live->elements &&
		     element_refers_to_gone(table, &set->live->elements[i])))
		element_remake(planner, table, set, i, k);
}

/* Below zero: the live entry comes first. */
static int compare_entries(const struct set_plan *set, size_t i, size_t k)
{
	size_t live_count = set->live ? set->live->count : 0;

	if (i == live_count || k == set->desired->count)
		return i == live_count ? 1 : -1;
	return memcmp(set_entry(set->live, i), set_entry(set->desired, k),
		      set_stride(set->live));
}

static void plan_elements(struct planner *planner, struct table_plan *table,
			  const struct set_plan *set)
{
	size_t live_count = set->live ? set->live->count : 0;
	size_t i = 0, k = 0;

	if (set->desired->dynamic)
		return;
	if (!set->live || set->replaced || table->replaced)
		planner_reserve(planner, set->desired->count);

	while (i < live_count || k < set->desired->count) {
		int order = compare_entries(set, i, k);
		struct edit edit = { .live_index = i, .desired_index = k };

		if (order == 0) {
			element_keep(planner, table, set, i++, k++);
			continue;
		}
		edit.op = order < 0 ? EDIT_DELETE : EDIT_ADD;
		element_add(planner, table, set, edit);
		if (order < 0)
			i++;
		else
			k++;
	}
}

/* Sets of another shape have no elements in common that could be compared. */
static bool shapes_equal(const struct set *a, const struct set *b)
{
	return a->interval == b->interval && a->key_length == b->key_length &&
	       a->dynamic == b->dynamic;
}

static void plan_set(struct planner *planner, struct table_plan *table,
		     const struct set *live, const struct set *desired)
{
	struct set_plan set = { .live = live, .desired = desired };
	struct difference difference = { NULL, true };
	struct edit edit = {
		.kind = EDIT_SET,
		.op = live ? EDIT_REPLACE : EDIT_ADD,
		.live_set = live,
		.desired_set = desired,
	};

	if (live)
		difference = set_difference(planner->arena, live, desired);
	set.replaced = difference.what != NULL;
	edit.what = difference.what;
	if (table->replaced && live) {
		edit.op = EDIT_ADD;
		edit.consequence = !set.replaced;
	}
	if (!live || set.replaced || table->replaced)
		planner_add(planner, table, edit);
	if (set.replaced)
		LIST_PUSH(planner->arena, &table->sets, live->name);
	if (live && !shapes_equal(live, desired))
		set.live = NULL;
	plan_elements(planner, table, &set);
}

static void set_delete(struct planner *planner, struct table_plan *table,
		       const struct set *live)
{
	planner_add(
		planner, table,
		(struct edit){ .kind = EDIT_SET, .op = EDIT_DELETE, .live_set = live });
	LIST_PUSH(planner->arena, &table->sets, live->name);
}

void plan_sets(struct planner *planner, struct table_plan *table)
{
	const struct table *live = table->live, *desired = table->desired;
	size_t live_count = live ? live->set_count : 0;
	size_t i = 0, k = 0;

	while (i < live_count || k < desired->set_count) {
		int order = i == live_count ? 1 : -1;

		if (i < live_count && k < desired->set_count)
			order = strcmp(live->sets[i].name, desired->sets[k].name);
		if (order < 0)
			set_delete(planner, table, &live->sets[i++]);
		else if (order > 0)
			plan_set(planner, table, NULL, &desired->sets[k++]);
		else
			plan_set(planner, table, &live->sets[i++], &desired->sets[k++]);
	}
}
