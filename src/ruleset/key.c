/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule's canonical form: bytes that say all that counts and nothing that the kernel
 * adds (counters' values, handles, names of anonymous sets).
 */
#include <string.h>

#include "ruleset/key.h"

/* Seven bits a byte, the last one marked: mostly one byte, and no two alike. */
static void put_number(struct buffer *out, uint64_t number)
{
	uint8_t bytes[10];
	size_t count = 0;

	for (; number > 0x7f; number >>= 7)
		bytes[count++] = (uint8_t)(number & 0x7f);
	bytes[count++] = (uint8_t)(number | 0x80);
	buffer_add(out, bytes, count);
}

/* Length first, so that no two rows of texts can run into the same bytes. */
static void put_bytes(struct buffer *out, const void *bytes, size_t length)
{
	put_number(out, length);
	buffer_add(out, bytes ? bytes : "", length);
}

static void put_text(struct buffer *out, const char *text)
{
	put_number(out, text != NULL);
	if (text)
		put_bytes(out, text, strlen(text));
}

static void put_limit(struct buffer *out, const struct limit *limit)
{
	put_number(out, limit->rate);
	put_number(out, limit->unit_seconds);
	put_number(out, limit->burst);
	put_number(out, limit->over);
	put_number(out, limit->bytes);
}

static void put_fields(struct buffer *out, const enum field *fields, size_t count)
{
	put_number(out, count);
	for (size_t i = 0; i < count; i++)
		put_number(out, fields[i]);
}

static void put_declaration(struct buffer *out, const struct set *set)
{
	put_text(out, set->comment);
	put_number(out, set->type_count);
	for (size_t i = 0; i < set->type_count; i++)
		put_number(out, set->types[i]);
	put_number(out, (unsigned)set->map | (unsigned)set->interval << 1 |
				(unsigned)set->dynamic << 2 |
				(unsigned)set->timeout << 3);
	put_number(out, set->timeout_ms);
	/* the kernel sizes anonymous sets by their elements */
	put_number(out, set->name ? set->size : 0);
	put_number(out, set->name ? set->constant : 0);
	put_number(out, set->name ? set->counter : 0);
	put_number(out, set->key_length);
	put_number(out, set->unknown_flags);
	put_text(out, set->foreign);
}

static void put_element(struct buffer *out, const struct element *element)
{
	static const struct element plain;

	if (!element)
		element = &plain;
	put_number(out, element->verdict);
	put_text(out, element->target);
	put_text(out, element->comment);
	put_number(out, element->has_counter);
	put_number(out, element->timeout_ms);
}

/* A named set by its name alone: what it holds is compared by itself. */
static void put_set(struct buffer *out, const struct set *set)
{
	put_text(out, set ? set->name : NULL);
	if (!set || set->name)
		return;

	put_declaration(out, set);
	put_bytes(out, set->keys, set->count * set_stride(set));
	for (size_t i = 0; i < set->count; i++)
		put_element(out, set->elements ? &set->elements[i] : NULL);
}

static void put_match(struct buffer *out, const struct match *match)
{
	put_number(out, match->op);
	put_fields(out, match->fields, match->field_count);
	buffer_add(out, match->value, sizeof(match->value));
	buffer_add(out, match->high, sizeof(match->high));
	put_number(out, match->bits);
	put_set(out, match->set);
}

static void put_step(struct buffer *out, const struct step *step)
{
	put_number(out, step->kind);
	switch (step->kind) {
	case STEP_MATCH:
		put_match(out, &step->match);
		break;
	case STEP_COUNTER:
		break;
	case STEP_LIMIT:
		put_limit(out, &step->limit);
		break;
	case STEP_LOG:
		put_text(out, step->log.prefix);
		put_number(out, step->log.to_group);
		put_number(out, step->log.group);
		break;
	case STEP_REJECT:
		put_number(out, step->reject.kind);
		put_number(out, step->reject.code);
		break;
	case STEP_UPDATE:
		put_set(out, step->update.set);
		put_fields(out, step->update.fields, step->update.field_count);
		put_number(out, step->update.timeout_ms);
		put_limit(out, &step->update.limit);
		break;
	case STEP_VERDICT:
		put_number(out, step->verdict.verdict);
		put_text(out, step->verdict.target);
		break;
	case STEP_FOREIGN:
		put_bytes(out, step->foreign.bytes, step->foreign.length);
		put_number(out, step->foreign.set_count);
		for (size_t i = 0; i < step->foreign.set_count; i++)
			put_set(out, step->foreign.sets[i]);
		break;
	case STEP_KIND_COUNT:
		break;
	}
}

/* FNV-1a: only a shortcut before the bytes are compared. */
static uint64_t hash_of(const uint8_t *bytes, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

static struct key key_take(struct arena *arena, const struct buffer *bytes)
{
	struct key key = { .length = bytes->length };

	key.bytes = (const uint8_t *)arena_copy(arena, bytes->data, bytes->length);
	key.hash = hash_of(key.bytes, key.length);
	return key;
}

struct key rule_key(struct arena *arena, const struct rule *rule)
{
	struct buffer bytes AUTO_BUFFER = { 0 };

	put_text(&bytes, rule->comment);
	put_number(&bytes, rule->step_count);
	for (size_t i = 0; i < rule->step_count; i++)
		put_step(&bytes, &rule->steps[i]);
	return key_take(arena, &bytes);
}

static bool buffers_equal(const struct buffer *a, const struct buffer *b)
{
	return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

bool rule_equal(const struct rule *a, const struct rule *b)
{
	return a->key.hash == b->key.hash && a->key.length == b->key.length &&
	       memcmp(a->key.bytes, b->key.bytes, a->key.length) == 0;
}

bool set_declaration_equal(const struct set *a, const struct set *b)
{
	struct buffer left AUTO_BUFFER = { 0 }, right AUTO_BUFFER = { 0 };

	put_declaration(&left, a);
	put_declaration(&right, b);
	/* what is not understood may differ in what it does not show */
	return !a->foreign && !b->foreign && buffers_equal(&left, &right);
}

bool set_element_equal(const struct set *a, size_t i, const struct set *b, size_t k)
{
	struct buffer left AUTO_BUFFER = { 0 }, right AUTO_BUFFER = { 0 };

	if (a->interval != b->interval || a->key_length != b->key_length ||
	    memcmp(set_entry(a, i), set_entry(b, k), set_stride(a)) != 0)
		return false;
	if (!a->elements && !b->elements)
		return true;
	put_element(&left, a->elements ? &a->elements[i] : NULL);
	put_element(&right, b->elements ? &b->elements[k] : NULL);
	return buffers_equal(&left, &right);
}
