/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things by name: a hash with open addressing over a list in order. */
#include <string.h>

#include "base/text.h"
#include "site/names.h"

enum { FIRST_SLOTS = 16 };

/* FNV-1a. */
static size_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return (size_t)(hash ^ hash >> 32);
}

/* The slot that holds `text`, or the free one where it belongs. */
static size_t slot_of(const struct names *names, const char *text)
{
	size_t mask = names->slot_count - 1;
	size_t slot = hash_of(text) & mask;

	while (names->slots[slot] &&
	       strcmp(names->items[names->slots[slot] - 1].text, text) != 0)
		slot = (slot + 1) & mask;
	return slot;
}

static void grow(struct arena *arena, struct names *names)
{
	names->slot_count = names->slot_count ? 2 * names->slot_count : FIRST_SLOTS;
	names->slots = arena_array(arena, names->slot_count, sizeof(*names->slots));
	for (size_t i = 0; i < names->count; i++)
		names->slots[slot_of(names, names->items[i].text)] = i + 1;
}

void *names_find(const struct names *names, const char *text)
{
	if (!names->count)
		return NULL;

	size_t index = names->slots[slot_of(names, text)];

	return index ? names->items[index - 1].thing : NULL;
}

void *names_add(struct arena *arena, struct names *names, const char *text, void *thing)
{
	struct name_entry entry = { .text = text, .thing = thing };

	if (2 * (names->count + 1) > names->slot_count)
		grow(arena, names);

	size_t slot = slot_of(names, text);

	if (names->slots[slot])
		return names->items[names->slots[slot] - 1].thing;
	LIST_PUSH(arena, names, entry);
	names->slots[slot] = names->count;
	return NULL;
}

const char *names_nearest(struct arena *arena, const struct names *names,
			  const char *text)
{
	const char **all = arena_array(arena, names->count, sizeof(*all));

	for (size_t i = 0; i < names->count; i++)
		all[i] = names->items[i].text;
	return text_nearest(text, all, names->count);
}
