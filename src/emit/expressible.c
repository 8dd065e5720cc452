/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a rule set can be said in nft's words, so that a script loads as it stands.
 */
#include <string.h>

#include "emit/form.h"

static bool quotable_or_none(const char *text)
{
	return !text || text_is_quotable(text);
}

static bool plain_or_none(const char *name)
{
	return !name || name_is_plain(name);
}

/* An interface's name, or its beginning; libnftables JSON reads a leading '@' as a set.
 */
static bool interface_is_expressible(const uint8_t *bytes)
{
	char name[17] = { 0 };

	memcpy(name, bytes, 16);
	return text_is_quotable(name) && name[0] != '@';
}

static bool keys_are_expressible(const struct set *set)
{
	if (set->type_count != 1 || set->types[0] != DATATYPE_INTERFACE_NAME)
		return true;
	for (size_t i = 0; i < set->count; i++) {
		if (!interface_is_expressible(set_entry(set, i)))
			return false;
	}
	return true;
}

static bool set_is_expressible(const struct set *set)
{
	if (set->foreign || set->unknown_flags || !plain_or_none(set->name) ||
	    !quotable_or_none(set->comment) || !keys_are_expressible(set) ||
	    (!set->name && set->count == 0))
		return false;
	for (size_t i = 0; set->elements && i < set->count; i++) {
		if (!quotable_or_none(set->elements[i].comment) ||
		    !plain_or_none(set->elements[i].target))
			return false;
	}
	return true;
}

static bool match_is_expressible(const struct match *match)
{
	if (match->set)
		return match->set->name ? true : set_is_expressible(match->set);
	return field_infos[match->fields[0]].type != DATATYPE_INTERFACE_NAME ||
	       interface_is_expressible(match->value);
}

static bool step_is_expressible(const struct step *step)
{
	switch (step->kind) {
	case STEP_MATCH:
		return match_is_expressible(&step->match);
	case STEP_LOG:
		/* nft puts variables into a prefix wherever it sees a dollar sign */
		return quotable_or_none(step->log.prefix) &&
		       (!step->log.prefix || !strchr(step->log.prefix, '$'));
	case STEP_VERDICT:
		return plain_or_none(step->verdict.target);
	case STEP_COUNTER:
	case STEP_LIMIT:
	case STEP_REJECT:
	case STEP_UPDATE:
		return true;
	case STEP_FOREIGN:
	case STEP_KIND_COUNT:
		return false;
	}
	return false;
}

static bool chain_is_expressible(const struct chain *chain)
{
	if (chain->foreign || !name_is_plain(chain->name) ||
	    !quotable_or_none(chain->comment))
		return false;
	for (size_t i = 0; i < chain->device_count; i++) {
		if (!text_is_quotable(chain->devices[i]))
			return false;
	}
	for (size_t i = 0; i < chain->rule_count; i++) {
		const struct rule *rule = &chain->rules[i];

		if (!quotable_or_none(rule->comment) || rule->step_count == 0)
			return false;
		for (size_t k = 0; k < rule->step_count; k++) {
			if (!step_is_expressible(&rule->steps[k]))
				return false;
		}
	}
	return true;
}

static bool table_is_expressible(const struct table *table)
{
	if (table->unknown_flags || table->object_count ||
	    !quotable_or_none(table->comment))
		return false;
	for (size_t i = 0; i < table->set_count; i++) {
		if (!set_is_expressible(&table->sets[i]))
			return false;
	}
	for (size_t i = 0; i < table->chain_count; i++) {
		if (!chain_is_expressible(&table->chains[i]))
			return false;
	}
	return true;
}

bool emit_is_expressible(const struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->table_count; i++) {
		if (!table_is_expressible(&ruleset->tables[i]))
			return false;
	}
	return true;
}
