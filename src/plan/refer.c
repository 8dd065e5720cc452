/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules and elements refer to by name, and whether that goes away. */
#include <stdlib.h>
#include <string.h>

#include "plan/planner.h"

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool names_contain(struct names *names, const char *name)
{
	if (!names->count || !name)
		return false;
	if (!names->sorted) {
		qsort(names->items, names->count, sizeof(*names->items), compare_names);
		names->sorted = true;
	}
	return bsearch(&name, names->items, names->count, sizeof(*names->items),
		       compare_names) != NULL;
}

bool element_refers_to_gone(struct table_plan *table, const struct element *element)
{
	return names_contain(&table->chains, element->target);
}

static bool set_refers_to_gone(struct table_plan *table, const struct set *set)
{
	if (!set)
		return false;
	if (set->name)
		return names_contain(&table->sets, set->name);

	for (size_t i = 0; set->elements && i < set->count; i++) {
		if (element_refers_to_gone(table, &set->elements[i]))
			return true;
	}
	return false;
}

static bool step_refers_to_gone(struct table_plan *table, const struct step *step)
{
	switch (step->kind) {
	case STEP_MATCH:
		return set_refers_to_gone(table, step->match.set);
	case STEP_UPDATE:
		return set_refers_to_gone(table, step->update.set);
	case STEP_VERDICT:
		return names_contain(&table->chains, step->verdict.target);
	case STEP_FOREIGN:
		/* nobody knows what it refers to: anything that goes */
		return table->sets.count || table->chains.count ||
		       (table->live && table->live->object_count);
	case STEP_COUNTER:
	case STEP_LIMIT:
	case STEP_LOG:
	case STEP_REJECT:
	case STEP_KIND_COUNT:
		break;
	}
	return false;
}

bool rule_refers_to_gone(struct table_plan *table, const struct rule *rule)
{
	if (!table->sets.count && !table->chains.count &&
	    !(table->live && table->live->object_count))
		return false;

	for (size_t i = 0; i < rule->step_count; i++) {
		if (step_refers_to_gone(table, &rule->steps[i]))
			return true;
	}
	return false;
}
