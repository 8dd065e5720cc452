/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profiles that a file uses: found by name, each read once, used ones first. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "site/load.h"

static const char ending[] = ".cfg";

/* The documents between the one that was asked for and the one being read. */
struct chain {
	const struct chain *user;
	struct document *document;
	const char *name; /* as it was used; of the first, its own */
	unsigned depth;
};

static void read_used(struct loader *loader, struct document *document,
		      const struct chain *chain);

/* The path of the first folder that has NAME.cfg; NULL: none. */
static const char *find_path(struct loader *loader, const char *name)
{
	const struct inputs *inputs = &loader->inputs;
	const char *file = arena_format(loader->arena, "%s%s", name, ending);

	for (size_t i = 0; i < inputs->folder_count; i++) {
		const char *path = path_join(loader->arena, inputs->folders[i], file);

		if (path_exists(path))
			return path;
	}
	return NULL;
}

static int is_profile_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length >= sizeof(ending) &&
	       !strcmp(entry->d_name + length - (sizeof(ending) - 1), ending);
}

/* The names of the profiles in a folder, in order, for the nearest one. */
static void list_folder(struct loader *loader, const char *folder, struct names *names)
{
	struct dirent **entries;
	int count =
		scandir(*folder ? folder : ".", &entries, is_profile_file, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		names_add(loader->arena, names,
			  arena_copy(loader->arena, name,
				     strlen(name) - (sizeof(ending) - 1)),
			  names);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void not_found(struct loader *loader, const struct word *use)
{
	const struct inputs *inputs = &loader->inputs;
	struct names names = { 0 };

	diag_error(loader->diags, DIAG_UNKNOWN_NAME, use->span,
		   "no profile is called \"%s\"", use->text);
	for (size_t i = 0; i < inputs->folder_count; i++)
		list_folder(loader, inputs->folders[i], &names);
	note_nearest(loader, &names, use->text);
	for (size_t i = 0; i < inputs->folder_count; i++)
		diag_note(loader->diags, (struct span){ 0 },
			  "searched for \"%s%s\" in \"%s\"", use->text, ending,
			  inputs->folders[i]);
	diag_note(loader->diags, (struct span){ 0 },
		  "-I DIR searches another folder first");
}

/* "a -> b -> a" */
static void add_chain(struct buffer *text, const struct chain *chain)
{
	if (chain->user)
		add_chain(text, chain->user);
	buffer_format(text, "%s -> ", chain->name);
}

static const char *chain_words(struct loader *loader, const struct chain *chain,
			       const char *last)
{
	struct buffer text AUTO_BUFFER = { 0 };

	add_chain(&text, chain);
	buffer_text(&text, last);
	return arena_copy(loader->arena, text.data, text.length);
}

static bool is_in_chain(const struct chain *chain, const char *name)
{
	for (; chain; chain = chain->user)
		if (chain->document->profile && !strcmp(chain->name, name))
			return true;
	return false;
}

/* Whether `use` may be read from here; reported when not. */
static bool check_chain(struct loader *loader, const struct chain *chain,
			const struct word *use)
{
	if (is_in_chain(chain, use->text))
		return diag_error(loader->diags, DIAG_CONFLICT, use->span,
				  "profile \"%s\" uses itself: %s", use->text,
				  chain_words(loader, chain, use->text));
	if (chain->depth == LIMIT_PROFILE_DEPTH)
		return diag_error(loader->diags, DIAG_LIMIT, use->span,
				  "profiles use each other more than %d deep: %s",
				  LIMIT_PROFILE_DEPTH,
				  chain_words(loader, chain, use->text));
	return true;
}

static bool check_name(struct loader *loader, const struct document *document,
		       const struct word *use)
{
	if (!document->profile) {
		diag_error(loader->diags, DIAG_CONFLICT, use->span,
			   "\"%s\" is a site, not a profile", use->text);
		return false;
	}
	if (*document->name.text && strcmp(document->name.text, use->text) != 0)
		diag_error(loader->diags, DIAG_CONFLICT, document->name.span,
			   "the profile calls itself \"%s\", but its file is called "
			   "\"%s%s\"",
			   document->name.text, use->text, ending);
	return true;
}

/* The profile of that name, read now or before; NULL with a diagnostic. */
static struct document *use_profile(struct loader *loader, const struct chain *chain,
				    const struct word *use)
{
	struct document *document = names_find(&loader->profiles, use->text);
	const char *path;

	if (document || !check_chain(loader, chain, use))
		return document;
	path = find_path(loader, use->text);
	if (!path) {
		not_found(loader, use);
		return NULL;
	}
	document = document_read(loader, path, use->span);
	if (!document || !check_name(loader, document, use))
		return NULL;

	struct chain next = {
		.user = chain,
		.document = document,
		.name = use->text,
		.depth = chain->depth + 1,
	};

	document->name.text = use->text;
	document->profile->name.text = use->text;
	read_used(loader, document, &next);
	names_add(loader->arena, &loader->profiles, use->text, document);
	return document;
}

static void closure_add(struct loader *loader, struct document *document,
			struct document *used)
{
	for (size_t i = 0; i < document->closure.count; i++)
		if (document->closure.items[i] == used)
			return;
	LIST_PUSH(loader->arena, &document->closure, used);
}

static void read_used(struct loader *loader, struct document *document,
		      const struct chain *chain)
{
	for (size_t i = 0; i < document->use.count; i++) {
		struct document *used =
			use_profile(loader, chain, &document->use.items[i]);

		if (!used) {
			loader->uncertain = true;
			continue;
		}
		for (size_t k = 0; k < used->closure.count; k++)
			closure_add(loader, document, used->closure.items[k]);
	}
	LIST_PUSH(loader->arena, &document->closure, document);
	LIST_PUSH(loader->arena, &loader->documents, document);
}

void profiles_read(struct loader *loader, struct document *document)
{
	struct chain chain = { .document = document, .name = document->name.text };

	read_used(loader, document, &chain);
	if (document->profile)
		return;

	const struct document *namesake =
		names_find(&loader->profiles, document->name.text);

	if (!namesake)
		return;
	diag_error(loader->diags, DIAG_CONFLICT, document->name.span,
		   "the site is called like the profile \"%s\", which it uses",
		   document->name.text);
	diag_note(loader->diags, namesake->name.span, "the profile is declared here");
}
