/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables, chains and objects out of messages; and the whole put together. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/decode.h"

void decoder_start(struct decoder *decoder, struct arena *arena)
{
	*decoder = (struct decoder){ .arena = arena, .scratch = arena_new() };
}

void decoder_end(struct decoder *decoder)
{
	arena_free(decoder->scratch);
}

bool decode_is_own(uint8_t family, const char *table, enum table_family *own)
{
	return table && strcmp(table, ROLEWALL_TABLE) == 0 &&
	       family_of_number(family, own);
}

const char *foreign_add(struct arena *arena, const char *so_far, const char *format,
			...)
{
	va_list arguments;

	va_start(arguments, format);

	const char *words = arena_vformat(arena, format, arguments);

	va_end(arguments);
	return so_far ? arena_format(arena, "%s, %s", so_far, words) : words;
}

const struct nlmsghdr *decoder_keep(struct decoder *decoder,
				    const struct nlmsghdr *message)
{
	if (!decoder->keep_messages)
		return NULL;
	return (const void *)arena_copy(decoder->scratch, (const char *)message,
					message->nlmsg_len);
}

static struct reading read_object(struct decoder *decoder, const struct rows *rows,
				  const struct nlmsghdr *message, void *wire)
{
	struct reading reading = { .arena = decoder->arena };
	size_t length;
	const void *attrs = message_attrs(message, &length);

	rows_read(&reading, rows, attrs, length, wire);
	return reading;
}

/* ---- tables ---- */

static enum decoded decode_table(struct decoder *decoder,
				 const struct nlmsghdr *message)
{
	struct wire_table wire;
	struct reading reading = read_object(decoder, &table_rows, message, &wire);
	enum table_family family;

	if (!wire.name)
		return DECODED_BROKEN;
	if (!decode_is_own(message_family(message), wire.name, &family))
		return DECODED_OTHER;
	if (reading.strange && !decoder->keep_foreign)
		return DECODED_BROKEN;

	decoder->tables[family].present = true;
	decoder->tables[family].message = decoder_keep(decoder, message);
	decoder->tables[family].table = (struct table){
		.family = family,
		.name = ROLEWALL_TABLE,
		.comment =
			userdata_text(decoder->arena, wire.userdata, USERDATA_COMMENT),
		.dormant = wire.flags & NFT_TABLE_F_DORMANT,
		.unknown_flags = wire.flags & ~(uint32_t)NFT_TABLE_F_DORMANT,
		.kernel_handle = wire.handle,
	};
	return DECODED;
}

/* ---- chains ---- */

/* A row of words; `count` when there is no such word. */
static size_t word_of(const char *const *words, size_t count, const char *word)
{
	size_t i = 0;

	while (i < count && (!word || strcmp(words[i], word) != 0))
		i++;
	return i;
}

static void read_hook(struct arena *arena, enum table_family family,
		      const struct wire_chain *wire, struct chain *chain)
{
	enum hook hook = hook_of_number(family, wire->hook.number);
	size_t type = word_of(chain_type_names, CHAIN_TYPE_COUNT, wire->type);
	const struct wire_hook *on = &wire->hook;

	chain->base = true;
	chain->priority = (int32_t)on->priority;
	chain->policy = wire->policy == NF_DROP ? VERDICT_DROP : VERDICT_ACCEPT;
	chain->hook = hook == HOOK_COUNT ? 0 : hook;
	chain->type = type == CHAIN_TYPE_COUNT ? 0 : (enum chain_type)type;
	if (hook == HOOK_COUNT)
		chain->foreign =
			foreign_add(arena, chain->foreign, "hook %u", on->number);
	if (wire->policy != NF_DROP && wire->policy != NF_ACCEPT)
		chain->foreign =
			foreign_add(arena, chain->foreign, "policy %u", wire->policy);
	if (type == CHAIN_TYPE_COUNT)
		chain->foreign = foreign_add(arena, chain->foreign, "type %s",
					     wire->type ? wire->type : "none");
	if (on->devices.count) {
		chain->devices = on->devices.items;
		chain->device_count = on->devices.count;
	} else if (on->device) {
		const char **device = arena_alloc(arena, sizeof(*device));

		*device = on->device;
		chain->devices = device;
		chain->device_count = 1;
	}
}

static struct chain_reading *decode_own_chain(struct decoder *decoder,
					      enum table_family family,
					      const struct wire_chain *wire,
					      const struct reading *reading)
{
	struct arena *arena = decoder->arena;
	struct chain_reading *made = arena_alloc(decoder->scratch, sizeof(*made));
	uint32_t strange_flags = wire->flags & ~(uint32_t)NFT_CHAIN_BASE;

	made->family = family;
	made->bound = wire->flags & NFT_CHAIN_BINDING;
	made->chain = (struct chain){
		.name = wire->name,
		.comment = userdata_text(arena, wire->userdata, USERDATA_COMMENT),
		.kernel_handle = wire->handle,
	};
	if (reading->strange)
		made->chain.foreign = foreign_add(arena, NULL, "attribute %u",
						  (unsigned)reading->first_strange);
	if (strange_flags)
		made->chain.foreign = foreign_add(arena, made->chain.foreign,
						  "flags 0x%x", strange_flags);
	if (wire->hook.number != HOOK_NONE)
		read_hook(arena, family, wire, &made->chain);
	else if (wire->policy != POLICY_NONE || wire->type)
		made->chain.foreign = foreign_add(arena, made->chain.foreign,
						  "a policy without a hook");
	LIST_PUSH(decoder->scratch, &decoder->chains, made);
	return made;
}

/* Families whose packets rolewall's chains see too, and whose numbers hooks have. */
/* clang-format off */
static const struct {
	uint8_t number;
	const char *name;
	enum table_family hooks;
} neighbour_families[] = {
	{ NFPROTO_INET,   "inet",   TABLE_INET },
	{ NFPROTO_IPV4,   "ip",     TABLE_INET },
	{ NFPROTO_IPV6,   "ip6",    TABLE_INET },
	{ NFPROTO_NETDEV, "netdev", TABLE_NETDEV },
};

/* clang-format on */

static void decode_neighbour(struct decoder *decoder, uint8_t family,
			     const struct wire_chain *wire)
{
	size_t i = 0;

	while (i < COUNT_OF(neighbour_families) &&
	       neighbour_families[i].number != family)
		i++;
	if (i == COUNT_OF(neighbour_families) || wire->hook.number == HOOK_NONE)
		return;

	struct neighbour_reading reading = {
		.hooks = neighbour_families[i].hooks,
		.neighbour = {
			.family = neighbour_families[i].name,
			.table = wire->table,
			.chain = wire->name,
			.priority = (int32_t)wire->hook.priority,
			.policy = wire->policy == NF_DROP ? VERDICT_DROP
							  : VERDICT_ACCEPT,
		},
	};

	reading.neighbour.hook = hook_of_number(reading.hooks, wire->hook.number);
	if (reading.neighbour.hook != HOOK_COUNT)
		LIST_PUSH(decoder->scratch, &decoder->neighbours, reading);
}

static enum decoded decode_chain(struct decoder *decoder,
				 const struct nlmsghdr *message)
{
	struct wire_chain wire;
	struct reading reading = read_object(decoder, &chain_rows, message, &wire);
	enum table_family family;

	if (!wire.table || !wire.name)
		return DECODED_BROKEN;
	if (!decode_is_own(message_family(message), wire.table, &family)) {
		decode_neighbour(decoder, message_family(message), &wire);
		return DECODED_OTHER;
	}

	struct chain_reading *made = decode_own_chain(decoder, family, &wire, &reading);

	made->message = decoder_keep(decoder, message);
	return made->chain.foreign && !decoder->keep_foreign ? DECODED_BROKEN : DECODED;
}

/* ---- objects ---- */

static enum decoded decode_stateful(struct decoder *decoder,
				    const struct nlmsghdr *message)
{
	bool flowtable = message_type(message) == NFT_MSG_NEWFLOWTABLE;
	struct wire_object wire = { 0 };
	enum table_family family;

	/* what else it has does not count: it is drift, whatever it is */
	read_object(decoder, flowtable ? &flowtable_rows : &object_rows, message,
		    &wire);
	if (!wire.table || !wire.name)
		return DECODED_BROKEN;
	if (!decode_is_own(message_family(message), wire.table, &family))
		return DECODED_OTHER;
	if (!decoder->keep_foreign)
		return DECODED_BROKEN;

	struct object object = {
		.name = wire.name,
		.type = flowtable ? 0 : wire.type,
		.is_flowtable = flowtable,
		.kernel_handle = wire.handle,
	};

	LIST_PUSH(decoder->arena, &decoder->tables[family].objects, object);
	if (decoder->keep_messages)
		LIST_PUSH(decoder->scratch, &decoder->tables[family].object_messages,
			  decoder_keep(decoder, message));
	return DECODED;
}

enum decoded decode_object(struct decoder *decoder, const struct nlmsghdr *message)
{
	switch (message_type(message)) {
	case NFT_MSG_NEWTABLE:
		return decode_table(decoder, message);
	case NFT_MSG_NEWCHAIN:
		return decode_chain(decoder, message);
	case NFT_MSG_NEWSET:
		return decode_set(decoder, message);
	case NFT_MSG_NEWOBJ:
	case NFT_MSG_NEWFLOWTABLE:
		return decode_stateful(decoder, message);
	default:
		return DECODED_OTHER;
	}
}

/* ---- finding ---- */

static int compare_sets(const void *a, const void *b)
{
	const struct set_reading *left = *(struct set_reading *const *)a;
	const struct set_reading *right = *(struct set_reading *const *)b;

	if (left->family != right->family)
		return left->family < right->family ? -1 : 1;
	if (left->id != right->id)
		return left->id < right->id ? -1 : 1;
	return strcmp(left->name, right->name);
}

static int compare_chains(const void *a, const void *b)
{
	const struct chain_reading *left = *(struct chain_reading *const *)a;
	const struct chain_reading *right = *(struct chain_reading *const *)b;

	if (left->family != right->family)
		return left->family < right->family ? -1 : 1;
	return strcmp(left->chain.name, right->chain.name);
}

void decoder_index(struct decoder *decoder)
{
	size_t sets = decoder->sets.count, chains = decoder->chains.count;

	decoder->sets_by_name.count = sets;
	decoder->sets_by_name.items =
		arena_grow(decoder->scratch, decoder->sets.items, sets, sets,
			   sizeof(*decoder->sets.items));
	decoder->chains_by_name.count = chains;
	decoder->chains_by_name.items =
		arena_grow(decoder->scratch, decoder->chains.items, chains, chains,
			   sizeof(*decoder->chains.items));
	qsort(decoder->sets_by_name.items, sets, sizeof(*decoder->sets.items),
	      compare_sets);
	qsort(decoder->chains_by_name.items, chains, sizeof(*decoder->chains.items),
	      compare_chains);
}

struct set_reading *decoder_set(const struct decoder *decoder, enum table_family family,
				const char *name, uint32_t id)
{
	struct set_reading wanted = { .family = family, .name = name, .id = id };
	struct set_reading *key = &wanted, **found;

	found = bsearch(&key, decoder->sets_by_name.items, decoder->sets_by_name.count,
			sizeof(key), compare_sets);
	return found ? *found : NULL;
}

struct chain_reading *decoder_chain(struct decoder *decoder, enum table_family family,
				    const char *name)
{
	struct chain_reading wanted = { .family = family, .chain.name = name };
	struct chain_reading *key = &wanted, **found;

	/* the rules of a chain follow each other */
	if (decoder->last_chain && compare_chains(&key, &decoder->last_chain) == 0)
		return decoder->last_chain;
	found = bsearch(&key, decoder->chains_by_name.items,
			decoder->chains_by_name.count, sizeof(key), compare_chains);
	if (found)
		decoder->last_chain = *found;
	return found ? *found : NULL;
}

/* ---- together ---- */

static void finish_chains(struct decoder *decoder, struct table *table)
{
	struct chain *chains =
		arena_array(decoder->arena, decoder->chains.count, sizeof(*chains));

	for (size_t i = 0; i < decoder->chains.count; i++) {
		struct chain_reading *reading = decoder->chains.items[i];

		if (reading->family != table->family || reading->bound)
			continue;
		chains[table->chain_count] = reading->chain;
		chains[table->chain_count].rules = reading->rules.items;
		chains[table->chain_count].rule_count = reading->rules.count;
		table->chain_count++;
	}
	table->chains = chains;
}

static void finish_sets(struct decoder *decoder, struct table *table)
{
	size_t named = 0;

	for (size_t i = 0; i < decoder->sets.count; i++)
		named += decoder->sets.items[i]->set->name != NULL;

	struct set *sets = arena_array(decoder->arena, named, sizeof(*sets));

	for (size_t i = 0; i < decoder->sets.count; i++) {
		struct set_reading *reading = decoder->sets.items[i];

		if (reading->family != table->family)
			continue;
		set_finish(decoder, reading);
		if (reading->set->name)
			sets[table->set_count++] = *reading->set;
	}
	table->sets = sets;
}

/* input, output and forward always; others where a chain of our own hangs. */
static bool hook_is_used(const struct decoder *decoder,
			 const struct neighbour_reading *reading)
{
	enum hook hook = reading->neighbour.hook;

	if (hook == HOOK_INPUT || hook == HOOK_OUTPUT || hook == HOOK_FORWARD)
		return true;
	for (size_t i = 0; i < decoder->chains.count; i++) {
		const struct chain_reading *own = decoder->chains.items[i];

		if (own->chain.base && own->family == reading->hooks &&
		    own->chain.hook == hook)
			return true;
	}
	return false;
}

static void finish_neighbours(struct decoder *decoder, struct ruleset *ruleset)
{
	struct neighbour *neighbours = arena_array(
		decoder->arena, decoder->neighbours.count, sizeof(*neighbours));

	for (size_t i = 0; i < decoder->neighbours.count; i++) {
		const struct neighbour_reading *reading = &decoder->neighbours.items[i];

		if (hook_is_used(decoder, reading))
			neighbours[ruleset->neighbour_count++] = reading->neighbour;
	}
	ruleset->neighbours = neighbours;
}

struct ruleset *decoder_finish(struct decoder *decoder)
{
	struct ruleset *ruleset = arena_alloc(decoder->arena, sizeof(*ruleset));
	struct table *tables =
		arena_array(decoder->arena, TABLE_FAMILY_COUNT, sizeof(*tables));

	for (enum table_family f = 0; f < TABLE_FAMILY_COUNT; f++) {
		struct table *table = &tables[ruleset->table_count];

		if (!decoder->tables[f].present)
			continue;
		*table = decoder->tables[f].table;
		table->objects = decoder->tables[f].objects.items;
		table->object_count = decoder->tables[f].objects.count;
		finish_chains(decoder, table);
		finish_sets(decoder, table);
		ruleset->table_count++;
	}
	ruleset->tables = tables;
	finish_neighbours(decoder, ruleset);
	ruleset_normalize(decoder->arena, ruleset);
	return ruleset;
}
