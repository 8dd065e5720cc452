/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule sets in a few words, for tests of plans.
 *
 * "table inet dormant; chain input hook=input policy=drop: 22/ssh @web/https !23;
 *  set web interval: 80 443-444/comment; object quota"
 *
 * Rules: 22 (tcp dport 22 accept), !22 (drop), @s (tcp dport @s accept), >c (jump c),
 * m@s (tcp dport vmap @s), m{22>c} (an anonymous map), ?x (not rolewall's), +22 (with a
 * counter); behind a slash the comment.  Elements: 22, 22-25, 22=drop, 22>c, with "+" a
 * counter.  Live rules get the handles 100, 101, ... in the order of the text.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/build.h"
#include "support/test.h"

#define MODEL_MAX 64

struct model {
	struct arena *arena;

	struct {
		struct table *items;
		size_t count, capacity;
	} tables;

	struct {
		struct chain *items;
		size_t count, capacity;
	} chains;

	struct {
		struct set *items;
		size_t count, capacity;
	} sets;

	struct {
		struct object *items;
		size_t count, capacity;
	} objects;

	uint64_t handle;
	const struct source *source; /* of the rules, from line 1 on; NULL: none */
};

/* The next word of `*text` that ends at one of `ends`; NULL when there is none. */
static inline char *model_word(char **text, const char *ends)
{
	char *word = *text + strspn(*text, ends);

	if (!*word)
		return NULL;
	*text = word + strcspn(word, ends);
	if (**text)
		*(*text)++ = '\0';
	return word;
}

static inline const char *model_value(const char *word, const char *name)
{
	size_t length = strlen(name);

	return strncmp(word, name, length) == 0 && word[length] == '='
		       ? word + length + 1
		       : NULL;
}

static inline enum verdict model_verdict(const char *word)
{
	for (enum verdict v = VERDICT_NONE; v < VERDICT_COUNT; v++) {
		if (strcmp(verdict_names[v], word) == 0)
			return v;
	}
	fail_msg("no verdict: %s", word);
	return VERDICT_NONE;
}

static inline void model_table(struct model *model, char *words)
{
	struct table table = { .name = ROLEWALL_TABLE };

	for (char *word; (word = model_word(&words, " "));) {
		const char *comment = model_value(word, "comment");
		const char *flags = model_value(word, "flags");

		table.family =
			strcmp(word, "netdev") == 0 ? TABLE_NETDEV : table.family;
		table.dormant |= strcmp(word, "dormant") == 0;
		table.comment = comment ? comment : table.comment;
		table.unknown_flags =
			flags ? (uint32_t)atoi(flags) : table.unknown_flags;
	}
	LIST_PUSH(model->arena, &model->tables, table);
}

static inline void model_put_key(uint8_t *key, int port)
{
	datatype_put_number(DATATYPE_INET_SERVICE, (uint32_t)port, key);
}

/* "22-25+=drop/comment" */
static inline void model_element(struct set *set, char *word)
{
	struct element *element = &set->elements[set->count];
	uint8_t *key = set->keys + set->count * set_stride(set);
	char *comment = strchr(word, '/');

	if (comment) {
		*comment++ = '\0';
		element->comment = comment;
	}
	element->has_counter = strchr(word, '+') != NULL;
	if (strchr(word, '>')) {
		element->verdict = VERDICT_JUMP;
		element->target = strchr(word, '>') + 1;
	} else if (strchr(word, '=')) {
		element->verdict = model_verdict(strchr(word, '=') + 1);
	}
	model_put_key(key, atoi(word));
	if (set->interval)
		model_put_key(key + set->key_length,
			      atoi(strchr(word, '-') ? strchr(word, '-') + 1 : word));
	set->count++;
}

static inline struct set model_set_of(struct model *model, const char *name)
{
	return (struct set){
		.name = name,
		.types = { DATATYPE_INET_SERVICE },
		.type_count = 1,
		.key_length = 2,
		.elements =
			arena_array(model->arena, MODEL_MAX, sizeof(struct element)),
		.keys = arena_array(model->arena, MODEL_MAX, 4),
	};
}

static inline void model_set(struct model *model, char *words, char *content)
{
	struct set set = model_set_of(model, model_word(&words, " "));

	for (char *word; (word = model_word(&words, " "));) {
		const char *comment = model_value(word, "comment");
		const char *size = model_value(word, "size");
		const char *foreign = model_value(word, "foreign");

		set.interval |= strcmp(word, "interval") == 0;
		set.dynamic |= strcmp(word, "dynamic") == 0;
		set.map |= strcmp(word, "map") == 0;
		set.timeout |= strcmp(word, "timeout") == 0;
		set.comment = comment ? comment : set.comment;
		set.foreign = foreign ? foreign : set.foreign;
		set.size = size ? (uint32_t)atoi(size) : set.size;
	}
	for (char *word; content && (word = model_word(&content, " "));)
		model_element(&set, word);
	LIST_PUSH(model->arena, &model->sets, set);
}

static inline const struct set *model_anonymous_map(struct model *model, char *content)
{
	struct set *set = arena_alloc(model->arena, sizeof(*set));

	*set = model_set_of(model, NULL);
	set->map = set->constant = true;
	content[strlen(content) - 1] = '\0';
	for (char *word; (word = model_word(&content, ","));)
		model_element(set, word);
	return set;
}

static inline const struct set *model_named(struct model *model, const char *name)
{
	struct set *set = arena_alloc(model->arena, sizeof(*set));

	*set = model_set_of(model, name);
	return set;
}

static inline void model_foreign(struct rule_builder *builder, const char *text)
{
	struct step step = { .kind = STEP_FOREIGN };

	step.foreign.text = text;
	step.foreign.bytes = (const uint8_t *)text;
	step.foreign.length = strlen(text);
	build_step(builder, step);
}

static inline void model_rule(struct model *model, struct rule_list *rules, char *word)
{
	struct rule_builder builder;
	char *comment = strchr(word, '/');
	const char *body = word;
	enum verdict verdict = VERDICT_ACCEPT;

	if (comment)
		*comment++ = '\0';
	build_start(&builder, model->arena, TABLE_INET);
	if (*body == '+') {
		build_counter(&builder);
		body++;
	}
	if (*body == '!') {
		verdict = VERDICT_DROP;
		body++;
	}
	if (*body == '>') {
		build_verdict(&builder, VERDICT_JUMP, body + 1);
	} else if (*body == '?') {
		model_foreign(&builder, body + 1);
	} else if (*body == '@') {
		build_lookup(&builder, MATCH_IN, FIELD_TCP_DPORT,
			     model_named(model, body + 1));
		build_verdict(&builder, verdict, NULL);
	} else if (*body == 'm') {
		char *content = strchr(word, '{');

		build_lookup(&builder, MATCH_MAP, FIELD_TCP_DPORT,
			     content ? model_anonymous_map(model, content + 1)
				     : model_named(model, body + 2));
	} else {
		build_equal(&builder, FIELD_TCP_DPORT, (uint32_t)atoi(body));
		build_verdict(&builder, verdict, NULL);
	}
	struct span origin = { .source = model->source };

	if (origin.source)
		origin.line = (uint32_t)(model->handle - 99);
	build_end(&builder, rules, comment && *comment ? comment : NULL, origin);
	rules->items[rules->count - 1].kernel_handle = model->handle++;
}

static inline void model_devices(struct model *model, struct chain *chain, char *names)
{
	const char **devices = arena_array(model->arena, MODEL_MAX, sizeof(*devices));

	for (char *name; (name = model_word(&names, ","));)
		devices[chain->device_count++] = name;
	chain->devices = devices;
}

static inline enum hook model_hook(const char *name)
{
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (strcmp(hook_names[hook], name) == 0)
			return hook;
	}
	fail_msg("no hook: %s", name);
	return HOOK_INPUT;
}

static inline void model_chain(struct model *model, char *words, char *content)
{
	struct chain chain = { .name = model_word(&words, " ") };
	struct rule_list rules = { 0 };

	for (char *word; (word = model_word(&words, " "));) {
		const char *hook = model_value(word, "hook");
		const char *policy = model_value(word, "policy");
		const char *priority = model_value(word, "priority");
		const char *comment = model_value(word, "comment");
		const char *foreign = model_value(word, "foreign");

		chain.base |= hook != NULL;
		chain.hook = hook ? model_hook(hook) : chain.hook;
		chain.policy = policy ? model_verdict(policy) : chain.policy;
		chain.priority = priority ? atoi(priority) : chain.priority;
		chain.comment = comment ? comment : chain.comment;
		chain.foreign = foreign ? foreign : chain.foreign;
		if (model_value(word, "devices"))
			model_devices(model, &chain, strchr(word, '=') + 1);
	}
	for (char *word; content && (word = model_word(&content, " "));)
		model_rule(model, &rules, word);
	chain.rules = rules.items;
	chain.rule_count = rules.count;
	LIST_PUSH(model->arena, &model->chains, chain);
}

/* What has been read since the last table belongs to it. */
static inline void model_close_table(struct model *model)
{
	if (!model->tables.count)
		return;

	struct table *table = &model->tables.items[model->tables.count - 1];

	table->chains = model->chains.items;
	table->chain_count = model->chains.count;
	table->sets = model->sets.items;
	table->set_count = model->sets.count;
	table->objects = model->objects.items;
	table->object_count = model->objects.count;
	memset(&model->chains, 0, sizeof(model->chains));
	memset(&model->sets, 0, sizeof(model->sets));
	memset(&model->objects, 0, sizeof(model->objects));
}

/* As from a file: rules have origins. */
static inline struct ruleset *model_ruleset_of(struct arena *arena, const char *text,
					       const struct source *source)
{
	struct model model = { .arena = arena, .handle = 100, .source = source };
	struct ruleset *ruleset = arena_alloc(arena, sizeof(*ruleset));
	char *rest = arena_string(arena, text);

	for (char *object; (object = model_word(&rest, ";"));) {
		char *content = object;
		char *words = model_word(&content, ":");
		char *kind = model_word(&words, " ");
		struct object quota = { 0 };

		if (!kind)
			continue;
		if (strcmp(kind, "table") == 0) {
			model_close_table(&model);
			model_table(&model, words);
		} else if (strcmp(kind, "chain") == 0) {
			model_chain(&model, words, content);
		} else if (strcmp(kind, "set") == 0) {
			model_set(&model, words, content);
		} else {
			quota.name = model_word(&words, " ");
			quota.is_flowtable = strcmp(kind, "flowtable") == 0;
			LIST_PUSH(arena, &model.objects, quota);
		}
	}
	model_close_table(&model);
	ruleset->tables = model.tables.items;
	ruleset->table_count = model.tables.count;
	ruleset_normalize(arena, ruleset);
	return ruleset;
}

static inline struct ruleset *model_ruleset(struct arena *arena, const char *text)
{
	return model_ruleset_of(arena, text, NULL);
}
