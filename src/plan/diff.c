/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From two rule sets to the plan: tables and chains; sets and rules have their files.
 */
#include <string.h>

#include "plan/member.h"
#include "plan/planner.h"

void planner_reserve(struct planner *planner, size_t count)
{
	size_t capacity = planner->edits.count + count;

	if (capacity <= planner->edits.capacity)
		return;
	if (capacity < 2 * planner->edits.capacity)
		capacity = 2 * planner->edits.capacity;
	planner->edits.items =
		arena_grow(planner->arena, planner->edits.items, planner->edits.count,
			   capacity, sizeof(*planner->edits.items));
	planner->edits.capacity = capacity;
}

void planner_add(struct planner *planner, const struct table_plan *table,
		 struct edit edit)
{
	edit.live_table = table->live;
	edit.desired_table = table->desired;
	edit.unsent |= edit.op == EDIT_DELETE && table->replaced;
	LIST_PUSH(planner->arena, &planner->edits, edit);
}

/* ---- chains ---- */

struct chain_plans {
	struct chain_plan *items;
	size_t count, capacity;
};

static void plan_wanted_chain(struct planner *planner, struct table_plan *table,
			      struct chain_plan *chain)
{
	struct difference difference = { NULL, true };
	struct edit edit = {
		.kind = EDIT_CHAIN,
		.op = EDIT_ADD,
		.live_chain = chain->live,
		.desired_chain = chain->desired,
	};

	if (chain->live)
		difference =
			chain_difference(planner->arena, chain->live, chain->desired);
	chain->replaced = !difference.in_place;
	edit.what = difference.what;
	if (chain->live && !table->replaced)
		edit.op = chain->replaced ? EDIT_REPLACE : EDIT_CHANGE;
	edit.consequence = chain->live && table->replaced && !difference.what;
	if (!chain->live || table->replaced || difference.what)
		planner_add(planner, table, edit);
	if (chain->replaced)
		LIST_PUSH(planner->arena, &table->chains, chain->live->name);
}

static struct chain_plans plan_chains(struct planner *planner, struct table_plan *table)
{
	const struct table *live = table->live, *desired = table->desired;
	struct chain_plans chains = { 0 };

	for (size_t i = 0; i < desired->chain_count; i++) {
		struct chain_plan chain = { .desired = &desired->chains[i] };

		chain.live = table_chain(live, chain.desired->name);
		plan_wanted_chain(planner, table, &chain);
		LIST_PUSH(planner->arena, &chains, chain);
	}
	for (size_t i = 0; live && i < live->chain_count; i++) {
		struct chain_plan chain = { .live = &live->chains[i] };
		struct edit edit = {
			.kind = EDIT_CHAIN,
			.op = EDIT_DELETE,
			.live_chain = chain.live,
		};

		if (table_chain(desired, chain.live->name))
			continue;
		planner_add(planner, table, edit);
		LIST_PUSH(planner->arena, &table->chains, chain.live->name);
		LIST_PUSH(planner->arena, &chains, chain);
	}
	return chains;
}

/* ---- tables ---- */

static void plan_objects(struct planner *planner, const struct table_plan *table)
{
	for (size_t i = 0; table->live && i < table->live->object_count; i++)
		planner_add(planner, table,
			    (struct edit){
				    .kind = EDIT_OBJECT,
				    .op = EDIT_DELETE,
				    .object = &table->live->objects[i],
			    });
}

/* All that is in a table that is wanted. */
static void plan_contents(struct planner *planner, struct table_plan *table)
{
	struct chain_plans chains = plan_chains(planner, table);

	plan_sets(planner, table);
	plan_objects(planner, table);
	for (size_t i = 0; i < chains.count; i++)
		plan_rules(planner, table, &chains.items[i]);
}

static void plan_table(struct planner *planner, const struct table *live,
		       const struct table *desired)
{
	struct table_plan table = { .live = live, .desired = desired };
	struct difference difference = { NULL, true };
	struct edit edit = { .kind = EDIT_TABLE, .op = EDIT_ADD };

	if (live && desired) {
		difference = table_difference(planner->arena, live, desired);
		table.replaced = !difference.in_place;
		edit.op = table.replaced ? EDIT_REPLACE : EDIT_CHANGE;
		edit.what = difference.what;
	} else if (live) {
		edit.op = EDIT_DELETE;
	}
	if (!live || !desired || difference.what)
		planner_add(planner, &table, edit);
	if (desired)
		plan_contents(planner, &table);
}

/* ---- the plan ---- */

static struct plan_summary summary_of(const struct edit *edits, size_t count)
{
	struct plan_summary summary = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (edits[i].consequence)
			continue;
		switch (edits[i].op) {
		case EDIT_ADD:
			summary.add++;
			break;
		case EDIT_DELETE:
			summary.delete ++;
			break;
		case EDIT_CHANGE:
		case EDIT_MOVE:
		case EDIT_REPLACE:
			summary.change++;
			break;
		}
	}
	return summary;
}

const struct plan *plan_make(struct arena *arena, const struct ruleset *live,
			     const struct ruleset *desired)
{
	struct plan *plan = arena_alloc(arena, sizeof(*plan));
	struct planner planner = { .arena = arena };

	for (enum table_family family = 0; family < TABLE_FAMILY_COUNT; family++) {
		const struct table *have = ruleset_table(live, family);
		const struct table *want = ruleset_table(desired, family);

		if (have || want)
			plan_table(&planner, have, want);
	}
	*plan = (struct plan){
		.live = live,
		.desired = desired,
		.edits = planner.edits.items,
		.edit_count = planner.edits.count,
		.summary = summary_of(planner.edits.items, planner.edits.count),
		.from_nothing = live->table_count == 0,
	};
	return plan;
}
