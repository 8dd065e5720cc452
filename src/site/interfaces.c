/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interface names: well formed, each for one purpose, none that another one covers. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "site/interfaces.h"

static item_read read_interfaces, read_monitors;

/* clang-format off */
static const struct item interface_items[] = {
	{ "management", read_interfaces, offsetof(struct actor, management) },
	{ "monitor",    read_monitors,   offsetof(struct actor, monitor) },
};
/* clang-format on */

static const struct schema interfaces_schema = { "\"interfaces\"", interface_items,
						 COUNT_OF(interface_items) };

/* Bytes of a name before its star, or all of them. */
static size_t stem_length(const char *name)
{
	return strcspn(name, "*");
}

static bool covers(const char *pattern, const char *name)
{
	size_t length = stem_length(pattern);

	return pattern[length] ? !strncmp(pattern, name, length)
			       : !strcmp(pattern, name);
}

/* Whether check_interface() has nothing against it. */
static bool is_usable(const struct word *word)
{
	return text_is_interface(word->text) && !covers(word->text, "lo");
}

static bool check_interface(struct loader *loader, const struct word *word)
{
	if (!text_is_interface(word->text)) {
		diag_error(loader->diags, DIAG_VALUE, word->span,
			   "\"%s\" is not the name of an interface",
			   shown(loader, word->text));
		diag_note(loader->diags, (struct span){ 0 },
			  "it has 1 to 15 bytes, no blank, \"/\", \":\" or \"\\\", and "
			  "a \"*\" only at its end");
		return false;
	}
	if (covers(word->text, "lo"))
		return diag_error(loader->diags, DIAG_VALUE, word->span,
				  "\"%s\" is the loopback, which always passes",
				  word->text);
	return true;
}

static bool read_interfaces(struct loader *loader, const struct item *item,
			    const struct value *value, void *member)
{
	struct words *words = member;
	bool good = read_words(loader, item, value, words);

	for (size_t i = 0; i < words->count; i++)
		good &= check_interface(loader, &words->items[i]);
	return good;
}

static bool read_monitors(struct loader *loader, const struct item *item,
			  const struct value *value, void *member)
{
	const struct words *words = member;
	bool good = read_interfaces(loader, item, value, member);

	for (size_t i = 0; i < words->count; i++) {
		const struct word *word = &words->items[i];

		if (word->text[stem_length(word->text)])
			good = diag_error(loader->diags, DIAG_UNSUPPORTED, word->span,
					  "\"%s\": monitor interfaces are named in "
					  "full, for the kernel attaches to each",
					  shown(loader, word->text));
	}
	return good;
}

/* ---- two names for one interface ---- */

struct use {
	const struct word *word;
	const char *purpose;
};

/* By stem, a star before the names that it covers, then by the place in the text. */
static int compare_uses(const void *left, const void *right)
{
	const struct word *a = ((const struct use *)left)->word;
	const struct word *b = ((const struct use *)right)->word;
	size_t a_length = stem_length(a->text), b_length = stem_length(b->text);
	size_t shorter = a_length < b_length ? a_length : b_length;
	int order = memcmp(a->text, b->text, shorter);

	if (order)
		return order;
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	if (!a->text[a_length] != !b->text[b_length])
		return a->text[a_length] ? -1 : 1;
	if (a->span.line != b->span.line)
		return a->span.line < b->span.line ? -1 : 1;
	return a->span.column < b->span.column ? -1 : a->span.column > b->span.column;
}

static void covered_error(struct loader *loader, const struct use *by,
			  const struct use *use)
{
	if (by->purpose != use->purpose)
		diag_error(loader->diags, DIAG_CONFLICT, use->word->span,
			   "the interface \"%s\" is for %s and %s at once",
			   use->word->text, by->purpose, use->purpose);
	else
		diag_error(loader->diags, DIAG_DUPLICATE, use->word->span,
			   "the interface \"%s\" is among \"%s\" already",
			   use->word->text, by->word->text);
	diag_note(loader->diags, by->word->span, "\"%s\" is for %s here",
		  by->word->text, by->purpose);
}

/* Names that a star covers stand behind it, in one run: one pass finds them all. */
static bool check_covered(struct loader *loader, const struct actor *host)
{
	const struct words *lists[] = { &host->management, &host->monitor };
	size_t room = host->management.count + host->monitor.count, count = 0;
	struct use *uses = arena_array(loader->arena, room, sizeof(*uses));
	const struct use *widest = NULL;
	bool good = true;

	for (size_t list = 0; list < COUNT_OF(lists); list++)
		for (size_t i = 0; i < lists[list]->count; i++)
			if (is_usable(&lists[list]->items[i]))
				uses[count++] = (struct use){
					.word = &lists[list]->items[i],
					.purpose = interface_items[list].key,
				};
	if (count)
		qsort(uses, count, sizeof(*uses), compare_uses);
	for (size_t i = 0; i < count; i++) {
		if (!widest || !covers(widest->word->text, uses[i].word->text)) {
			widest = &uses[i];
			continue;
		}
		/* the same name twice in one list is reported by read_words() */
		if (widest->purpose == uses[i].purpose &&
		    !strcmp(widest->word->text, uses[i].word->text))
			continue;
		covered_error(loader, widest, &uses[i]);
		good = false;
	}
	return good;
}

bool interfaces_read(struct loader *loader, const struct value *group,
		     struct actor *host)
{
	bool good = schema_read(loader, &interfaces_schema, group, host);

	return check_covered(loader, host) && good;
}
