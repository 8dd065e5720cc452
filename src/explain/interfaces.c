/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces that a host's rules tell apart, each with a name that stands for it.
 */
#include <string.h>

#include "explain/legs.h"

#define LOOPBACK "lo"

struct collector {
	struct arena *arena;
	enum field field;
	enum hook hook; /* of netdev chains */
	struct interfaces *interfaces;
};

static void push(struct collector *collector, const char *pattern)
{
	struct interfaces *all = collector->interfaces;
	size_t length = strlen(pattern);
	struct interface interface = { pattern, pattern };

	if (!length || strcmp(pattern, LOOPBACK) == 0)
		return;
	for (size_t i = 0; i < all->count; i++) {
		if (strcmp(all->items[i].pattern, pattern) == 0)
			return;
	}
	if (all->count == INTERFACE_MAX) {
		all->cut = true;
		return;
	}
	if (pattern[length - 1] == '*')
		interface.sample = arena_format(collector->arena, "%.*s",
						(int)length - 1, pattern);
	LIST_PUSH(collector->arena, all, interface);
}

/* The register's bytes: padded with zero, or a prefix. */
static void push_value(struct collector *collector, const uint8_t *value, unsigned bits)
{
	char name[17] = { 0 };

	memcpy(name, value, 16);
	if (bits >= 8 * strlen(name) + 8 || bits == 128) {
		push(collector, arena_string(collector->arena, name));
		return;
	}
	name[bits / 8] = '\0';
	push(collector, arena_format(collector->arena, "%s*", name));
}

static void push_set(struct collector *collector, const struct set *set)
{
	if (set->type_count != 1 || set->types[0] != DATATYPE_INTERFACE_NAME)
		return;
	for (size_t i = 0; i < set->count; i++)
		push_value(collector, set_entry(set, i), 128);
}

static void push_match(struct collector *collector, const struct match *match)
{
	switch (match->op) {
	case MATCH_EQUAL:
	case MATCH_NOT_EQUAL:
		push_value(collector, match->value, match->bits);
		break;
	case MATCH_IN:
	case MATCH_NOT_IN:
	case MATCH_MAP:
		push_set(collector, match->set);
		break;
	case MATCH_RANGE:
	case MATCH_NOT_RANGE:
	case MATCH_ANY_BIT:
		break;
	}
}

static void push_rule(struct collector *collector, const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct step *step = &rule->steps[i];

		if (step->kind == STEP_MATCH && step->match.field_count == 1 &&
		    step->match.fields[0] == collector->field)
			push_match(collector, &step->match);
	}
}

static void push_chain(struct collector *collector, const struct chain *chain)
{
	for (size_t i = 0; i < chain->rule_count; i++)
		push_rule(collector, &chain->rules[i]);
	for (size_t i = 0;
	     chain->base && chain->hook == collector->hook && i < chain->device_count;
	     i++)
		push(collector, chain->devices[i]);
}

static void push_words(struct collector *collector, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		push(collector, words->items[i].text);
}

/* ---- names that stand for others ---- */

static bool is_prefix(const struct interface *interface)
{
	return interface->pattern != interface->sample;
}

/* Whether a name is one that another row is about; of prefixes, a longer one. */
static bool is_taken(const struct interfaces *all, const struct interface *but,
		     const char *name)
{
	size_t least = but ? strlen(but->pattern) : 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct interface *at = &all->items[i];
		size_t length = strlen(at->pattern);

		if (at == but)
			continue;
		if (is_prefix(at)
			    ? length > least && !strncmp(name, at->pattern, length - 1)
			    : !strcmp(name, at->pattern))
			return true;
	}
	return false;
}

/* A name behind `prefix` that nothing longer is about. */
static const char *free_name(struct arena *arena, const struct interfaces *all,
			     const struct interface *but, const char *prefix)
{
	const char *name = prefix;

	for (size_t i = 0; (!*name || is_taken(all, but, name)) && i <= all->count; i++)
		name = arena_format(arena, "%s%zu", prefix, i);
	return name;
}

void interfaces_find(struct arena *arena, const struct actor *host,
		     const struct ruleset *ruleset, enum field field,
		     struct interfaces *interfaces)
{
	struct collector collector = {
		.arena = arena,
		.field = field,
		.hook = field == FIELD_IIFNAME ? HOOK_INGRESS : HOOK_EGRESS,
		.interfaces = interfaces,
	};
	struct interface other = { 0 };

	push_words(&collector, &host->management);
	push_words(&collector, &host->monitor);
	for (size_t t = 0; t < ruleset->table_count; t++) {
		for (size_t c = 0; c < ruleset->tables[t].chain_count; c++)
			push_chain(&collector, &ruleset->tables[t].chains[c]);
	}
	for (size_t i = 0; i < interfaces->count; i++) {
		struct interface *at = &interfaces->items[i];

		if (is_prefix(at))
			at->sample = free_name(arena, interfaces, at, at->sample);
	}
	other.sample = free_name(arena, interfaces, NULL, "if");
	if (host->management.count || !interfaces->count) {
		LIST_PUSH(arena, interfaces, other);
		return;
	}
	/* flows pass on any: the others come behind */
	LIST_PUSH(arena, interfaces, interfaces->items[0]);
	interfaces->items[0] = other;
}
