/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One order, one spelling: after it, equal means equal. */
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "ruleset/key.h"

/* clang-format off */
const char *const table_family_names[TABLE_FAMILY_COUNT] = {
	[TABLE_INET] = "inet", [TABLE_NETDEV] = "netdev",
};

const char *const verdict_names[VERDICT_COUNT] = {
	[VERDICT_NONE] = "none", [VERDICT_ACCEPT] = "accept", [VERDICT_DROP] = "drop",
	[VERDICT_JUMP] = "jump", [VERDICT_GOTO] = "goto", [VERDICT_RETURN] = "return",
	[VERDICT_CONTINUE] = "continue",
};

const char *const hook_names[HOOK_COUNT] = {
	[HOOK_INPUT] = "input", [HOOK_OUTPUT] = "output", [HOOK_FORWARD] = "forward",
	[HOOK_PREROUTING] = "prerouting", [HOOK_POSTROUTING] = "postrouting",
	[HOOK_INGRESS] = "ingress", [HOOK_EGRESS] = "egress",
};

const char *const chain_type_names[CHAIN_TYPE_COUNT] = {
	[CHAIN_FILTER] = "filter", [CHAIN_NAT] = "nat", [CHAIN_ROUTE] = "route",
};

/* clang-format on */

/* ---- sets ---- */

static int compare_entries(const void *a, const void *b, void *stride)
{
	return memcmp(a, b, *(const size_t *)stride);
}

static bool set_is_sorted(const struct set *set)
{
	size_t stride = set_stride(set);

	for (size_t i = 1; i < set->count; i++) {
		if (memcmp(set_entry(set, i - 1), set_entry(set, i), stride) >= 0)
			return false;
	}
	return true;
}

struct indexed {
	const uint8_t *entry;
	size_t index;
};

static int compare_indexed(const void *a, const void *b, void *stride)
{
	return compare_entries(((const struct indexed *)a)->entry,
			       ((const struct indexed *)b)->entry, stride);
}

/* Sorts keys and what stands beside them, together. */
static void sort_with_elements(struct arena *arena, struct set *set)
{
	size_t stride = set_stride(set);
	struct indexed *order = arena_array(arena, set->count, sizeof(*order));
	uint8_t *keys = arena_array(arena, set->count, stride);
	struct element *elements = arena_array(arena, set->count, sizeof(*elements));

	for (size_t i = 0; i < set->count; i++)
		order[i] = (struct indexed){ set_entry(set, i), i };
	qsort_r(order, set->count, sizeof(*order), compare_indexed, &stride);
	for (size_t i = 0; i < set->count; i++) {
		memcpy(keys + i * stride, order[i].entry, stride);
		elements[i] = set->elements[order[i].index];
	}
	set->keys = keys;
	set->elements = elements;
}

static void drop_doubles(struct set *set)
{
	size_t stride = set_stride(set), kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		if (kept &&
		    memcmp(set_entry(set, kept - 1), set_entry(set, i), stride) == 0)
			continue;
		if (kept != i) {
			memcpy(set->keys + kept * stride, set_entry(set, i), stride);
			if (set->elements)
				set->elements[kept] = set->elements[i];
		}
		kept++;
	}
	set->count = kept;
}

/* Elements that carry nothing are the same as none. */
static bool elements_are_plain(const struct set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct element *element = &set->elements[i];

		if (element->verdict != VERDICT_NONE || element->comment ||
		    element->has_counter || element->timeout_ms)
			return false;
	}
	return true;
}

/* nft and the kernel give counters to all elements of a set or to none. */
static bool elements_count(const struct set *set)
{
	for (size_t i = 0; set->elements && i < set->count; i++) {
		if (set->elements[i].has_counter)
			return true;
	}
	return false;
}

static void set_normalize(struct arena *arena, struct set *set)
{
	size_t stride = set_stride(set);

	set->counter |= elements_count(set);

	if (set->elements && elements_are_plain(set))
		set->elements = NULL;
	if (!set_is_sorted(set)) {
		if (set->elements)
			sort_with_elements(arena, set);
		else
			qsort_r(set->keys, set->count, stride, compare_entries,
				&stride);
		drop_doubles(set);
	}
}

/* ---- rules and chains ---- */

/* Rule sets are built from const parts; this one place may still write them. */
static struct set *writable(const struct set *set)
{
	return (struct set *)(uintptr_t)set;
}

/* Named sets have been sorted into a new place: point at them there. */
static const struct set *set_normalized(struct arena *arena, const struct table *table,
					const struct set *set)
{
	if (set->name) {
		const struct set *sorted = table_set(table, set->name);

		return sorted ? sorted : set;
	}
	set_normalize(arena, writable(set));
	return set;
}

/* The set that a step names or owns; NULL when it has none. */
static const struct set *step_set(const struct step *step)
{
	if (step->kind == STEP_MATCH)
		return step->match.set;
	return step->kind == STEP_UPDATE ? step->update.set : NULL;
}

static void normalize_owned(struct arena *arena, const struct step *step)
{
	for (size_t i = 0; i < step->foreign.set_count; i++)
		set_normalize(arena, writable(step->foreign.sets[i]));
}

/* Copies the steps only where a set has another place now: most rules name none. */
static void rule_normalize(struct arena *arena, const struct table *table,
			   struct rule *rule)
{
	struct step *steps = NULL;

	for (size_t i = 0; i < rule->step_count; i++) {
		const struct set *set = step_set(&rule->steps[i]);
		const struct set *sorted =
			set ? set_normalized(arena, table, set) : NULL;

		if (rule->steps[i].kind == STEP_FOREIGN)
			normalize_owned(arena, &rule->steps[i]);
		if (sorted == set)
			continue;
		if (!steps) {
			steps = arena_grow(arena, rule->steps, rule->step_count,
					   rule->step_count, sizeof(*steps));
			rule->steps = steps;
		}
		if (steps[i].kind == STEP_MATCH)
			steps[i].match.set = sorted;
		else
			steps[i].update.set = sorted;
	}
	rule->key = rule_key(arena, rule);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void chain_normalize(struct arena *arena, const struct table *table,
			    struct chain *chain)
{
	const char **devices = arena_grow(arena, chain->devices, chain->device_count,
					  chain->device_count, sizeof(*devices));
	struct rule *rules = arena_grow(arena, chain->rules, chain->rule_count,
					chain->rule_count, sizeof(*rules));

	qsort(devices, chain->device_count, sizeof(*devices), compare_texts);
	for (size_t i = 0; i < chain->rule_count; i++)
		rule_normalize(arena, table, &rules[i]);
	chain->devices = devices;
	chain->rules = rules;
}

static int compare_sets(const void *a, const void *b)
{
	return strcmp(((const struct set *)a)->name, ((const struct set *)b)->name);
}

static void table_normalize(struct arena *arena, struct table *table)
{
	struct chain *chains = arena_grow(arena, table->chains, table->chain_count,
					  table->chain_count, sizeof(*chains));
	struct set *sets = arena_grow(arena, table->sets, table->set_count,
				      table->set_count, sizeof(*sets));

	if (table->set_count)
		qsort(sets, table->set_count, sizeof(*sets), compare_sets);
	for (size_t i = 0; i < table->set_count; i++)
		set_normalize(arena, &sets[i]);
	table->sets = sets;
	for (size_t i = 0; i < table->chain_count; i++)
		chain_normalize(arena, table, &chains[i]);
	table->chains = chains;
}

static int compare_tables(const void *a, const void *b)
{
	return (int)((const struct table *)a)->family -
	       (int)((const struct table *)b)->family;
}

void ruleset_normalize(struct arena *arena, struct ruleset *ruleset)
{
	struct table *tables = arena_grow(arena, ruleset->tables, ruleset->table_count,
					  ruleset->table_count, sizeof(*tables));

	if (ruleset->normalized)
		return;

	if (ruleset->table_count)
		qsort(tables, ruleset->table_count, sizeof(*tables), compare_tables);
	for (size_t i = 0; i < ruleset->table_count; i++)
		table_normalize(arena, &tables[i]);
	ruleset->tables = tables;
	ruleset->normalized = true;
}

/* ---- look-ups ---- */

const struct table *ruleset_table(const struct ruleset *ruleset,
				  enum table_family family)
{
	for (size_t i = 0; i < ruleset->table_count; i++) {
		if (ruleset->tables[i].family == family)
			return &ruleset->tables[i];
	}
	return NULL;
}

const struct chain *table_chain(const struct table *table, const char *name)
{
	for (size_t i = 0; table && i < table->chain_count; i++) {
		if (strcmp(table->chains[i].name, name) == 0)
			return &table->chains[i];
	}
	return NULL;
}

/* Sorted by name once normalized. */
const struct set *table_set(const struct table *table, const char *name)
{
	size_t low = 0, high = table ? table->set_count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(table->sets[middle].name, name);

		if (order == 0)
			return &table->sets[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
