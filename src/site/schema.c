/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups read by tables, and the readers of plain values. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "site/schema.h"

/* Bytes of a text from outside that a message repeats. */
#define SHOWN_BYTES 64

_Static_assert(sizeof(enum verdict_policy) == sizeof(unsigned),
	       "read_choice writes an unsigned");

const char *shown(struct loader *loader, const char *text)
{
	size_t length = strlen(text);

	if (length <= SHOWN_BYTES)
		return text;
	for (length = SHOWN_BYTES;
	     length && ((unsigned char)text[length] & 0xc0u) == 0x80;)
		length--;
	return arena_format(loader->arena, "%.*s...", (int)length, text);
}

bool type_error(struct loader *loader, const struct value *value, const char *expected)
{
	if (value->broken)
		return false;
	if (value->key)
		return diag_error(loader->diags, DIAG_TYPE, value->span,
				  "\"%s\": expected %s, found %s",
				  shown(loader, value->key), expected,
				  value_kind_words(value->kind));
	return diag_error(loader->diags, DIAG_TYPE, value->span,
			  "expected %s, found %s", expected,
			  value_kind_words(value->kind));
}

void note_nearest(struct loader *loader, const struct names *names, const char *text)
{
	const char *nearest = NULL;

	/* looking at every name for every mistake is quadratic */
	if (loader->diags->error_count <= LIMIT_DIAGNOSTICS)
		nearest = names_nearest(loader->arena, names, text);
	if (nearest)
		diag_note(loader->diags, (struct span){ 0 }, "did you mean \"%s\"?",
			  nearest);
}

const struct value *group_member(const struct value *group, const char *key)
{
	for (const struct value *member = group->first; member; member = member->next)
		if (!member->duplicate && !strcmp(member->key, key))
			return member;
	return NULL;
}

static bool unknown_key(struct loader *loader, const struct schema *schema,
			const struct value *value)
{
	struct names keys = { 0 };

	for (size_t i = 0; i < schema->count; i++)
		if (schema->items[i].read != read_misplaced)
			names_add(loader->arena, &keys, schema->items[i].key, &keys);
	diag_error(loader->diags, DIAG_UNKNOWN_KEY, value->key_span,
		   "unknown key \"%s\" in %s", shown(loader, value->key), schema->what);
	note_nearest(loader, &keys, value->key);
	return false;
}

static const struct item *item_find(const struct schema *schema, const char *key)
{
	for (size_t i = 0; i < schema->count; i++)
		if (!strcmp(schema->items[i].key, key))
			return &schema->items[i];
	return NULL;
}

bool schema_read(struct loader *loader, const struct schema *schema,
		 const struct value *group, void *target)
{
	bool good = true;

	for (const struct value *value = group->first; value; value = value->next) {
		if (value->duplicate)
			continue;

		const struct item *item = item_find(schema, value->key);

		if (!item)
			good = unknown_key(loader, schema, value);
		else if (!item->read(loader, item, value,
				     (char *)target + item->member))
			good = false;
	}
	for (size_t i = 0; i < schema->count; i++) {
		const struct item *item = &schema->items[i];

		if (item->required && !group_member(group, item->key))
			good = diag_error(loader->diags, DIAG_MISSING, group->span,
					  "%s needs \"%s\"", schema->what, item->key);
	}
	return good;
}

/* ---- plain values ---- */

/* Says why the text of a value is not free: its first character that may not be. */
static bool refuse_text(struct loader *loader, const struct value *value)
{
	const char *text = value->text;
	uint32_t c = 0;
	size_t size;

	while ((size = text_decode_utf8(text, strlen(text), &c)) && !text_is_hidden(c))
		text += size;
	if (!size)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "the text is not UTF-8");
	return diag_error(loader->diags, DIAG_VALUE, value->span,
			  "the text holds a control character: U+%04X", (unsigned)c);
}

/* The free text of a value; NULL with a diagnostic. */
static const char *text_of(struct loader *loader, const struct value *value,
			   const char *expected)
{
	if (value->kind != VALUE_TEXT) {
		type_error(loader, value, expected);
		return NULL;
	}
	if (value->broken)
		return NULL;
	if (text_is_free(value->text))
		return value->text;
	refuse_text(loader, value);
	return NULL;
}

bool read_text(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	const char *text = text_of(loader, value, "a text");

	(void)item;
	if (text)
		*(const char **)member = text;
	return text != NULL;
}

bool read_word(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	const char *text = text_of(loader, value, "a text");

	(void)item;
	if (text)
		*(struct word *)member =
			(struct word){ .text = text, .span = value->span };
	return text != NULL;
}

/* Whether `value`, a text, is a name; reported when it is not. */
static bool check_name(struct loader *loader, const struct value *value)
{
	size_t length = strlen(value->text);

	if (text_is_name(value->text))
		return true;
	if (length > LIMIT_NAME_BYTES)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "the name has %zu bytes: expected at most %d", length,
				  LIMIT_NAME_BYTES);
	diag_error(loader->diags, DIAG_VALUE, value->span, "\"%s\" is not a name",
		   value->text);
	diag_note(loader->diags, (struct span){ 0 },
		  "names are made of a-z, 0-9, \".\" and \"-\", and start with a "
		  "letter or digit");
	return false;
}

bool read_name(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	struct word word = { 0 };

	if (!read_word(loader, item, value, &word) || !check_name(loader, value))
		return false;
	*(struct word *)member = word;
	return true;
}

bool each_member(struct loader *loader, const struct item *item,
		 const struct value *value, item_read *read, void *member)
{
	bool good = true;

	if (!value_holds_many(value))
		return read(loader, item, value, member);
	if (!value->count)
		return diag_error(loader->diags, DIAG_MISSING, value->span,
				  "\"%s\" is empty: expected at least one member",
				  item->key);
	for (const struct value *one = value->first; one; one = one->next)
		good &= read(loader, item, one, member);
	return good;
}

static bool push_word(struct loader *loader, const struct item *item,
		      const struct value *value, void *member)
{
	struct word word;

	if (!read_word(loader, item, value, &word))
		return false;
	LIST_PUSH(loader->arena, (struct words *)member, word);
	return true;
}

static bool push_name(struct loader *loader, const struct item *item,
		      const struct value *value, void *member)
{
	struct word word;

	if (!read_name(loader, item, value, &word))
		return false;
	LIST_PUSH(loader->arena, (struct words *)member, word);
	return true;
}

static bool check_repeated(struct loader *loader, const struct words *words)
{
	struct names seen = { 0 };
	bool good = true;

	for (size_t i = 0; i < words->count; i++) {
		struct word *word = &words->items[i];
		const struct word *first =
			names_add(loader->arena, &seen, word->text, word);

		if (!first)
			continue;
		good = diag_error(loader->diags, DIAG_DUPLICATE, word->span,
				  "\"%s\" is given twice", shown(loader, word->text));
		diag_note(loader->diags, first->span, "first given here");
	}
	return good;
}

static bool read_many(struct loader *loader, const struct item *item,
		      const struct value *value, struct words *words, item_read *push)
{
	*words = (struct words){ 0 };

	bool good = each_member(loader, item, value, push, words);

	return check_repeated(loader, words) && good;
}

bool read_words(struct loader *loader, const struct item *item,
		const struct value *value, void *member)
{
	return read_many(loader, item, value, member, push_word);
}

bool read_names(struct loader *loader, const struct item *item,
		const struct value *value, void *member)
{
	return read_many(loader, item, value, member, push_name);
}

bool read_boolean(struct loader *loader, const struct item *item,
		  const struct value *value, void *member)
{
	(void)item;
	if (value->kind != VALUE_BOOLEAN)
		return type_error(loader, value, "true or false");
	*(bool *)member = value->boolean;
	return true;
}

bool read_integer(struct loader *loader, const struct item *item,
		  const struct value *value, void *member)
{
	if (value->kind != VALUE_INTEGER)
		return type_error(loader, value, "a number");
	if (value->broken)
		return false;
	if (value->integer < item->low || value->integer > item->high)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"%s\": expected %d to %d, found %d", item->key,
				  (int)item->low, (int)item->high, (int)value->integer);
	*(int32_t *)member = value->integer;
	return true;
}

static const char *choices_words(struct loader *loader, const struct item *item)
{
	struct buffer words AUTO_BUFFER = { 0 };

	for (size_t i = 0; item->choices[i]; i++)
		buffer_format(&words, "%s\"%s\"",
			      i == 0                 ? ""
			      : item->choices[i + 1] ? ", "
						     : " or ",
			      item->choices[i]);
	return arena_copy(loader->arena, words.data, words.length);
}

bool read_choice(struct loader *loader, const struct item *item,
		 const struct value *value, void *member)
{
	const char *words = choices_words(loader, item);
	const char *text = text_of(loader, value, words);

	if (!text)
		return false;
	for (unsigned i = 0; item->choices[i]; i++)
		if (!strcmp(item->choices[i], text)) {
			memcpy(member, &i, sizeof(i));
			return true;
		}
	return diag_error(loader->diags, DIAG_VALUE, value->span,
			  "\"%s\": expected %s, found \"%s\"", item->key, words,
			  shown(loader, text));
}

bool read_group(struct loader *loader, const struct item *item,
		const struct value *value, void *member)
{
	(void)item;
	if (value->kind != VALUE_GROUP)
		return type_error(loader, value, "a group");
	*(const struct value **)member = value;
	return true;
}

bool read_list(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	(void)item;
	if (!value_holds_many(value))
		return type_error(loader, value, "a list");
	*(const struct value **)member = value;
	return true;
}

bool read_value(struct loader *loader, const struct item *item,
		const struct value *value, void *member)
{
	(void)loader;
	(void)item;
	*(const struct value **)member = value;
	return true;
}

bool read_misplaced(struct loader *loader, const struct item *item,
		    const struct value *value, void *member)
{
	(void)member;
	return diag_error(loader->diags, DIAG_UNKNOWN_KEY, value->key_span,
			  "\"%s\" does not belong here: %s", item->key, item->words);
}

bool read_unsupported(struct loader *loader, const struct item *item,
		      const struct value *value, void *member)
{
	(void)member;
	return diag_error(loader->diags, DIAG_UNSUPPORTED, value->key_span, "%s",
			  item->words);
}

void each_group(struct loader *loader, const struct value *value, const char *what,
		void (*read)(struct loader *loader, const struct value *group,
			     void *context),
		void *context)
{
	if (!value)
		return;
	for (const struct value *one = value->first; one; one = one->next) {
		if (one->kind == VALUE_GROUP)
			read(loader, one, context);
		else
			type_error(loader, one, what);
	}
}
