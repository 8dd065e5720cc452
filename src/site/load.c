/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A site from its files: the order in which they are read and checked. */
#include <stdlib.h>
#include <string.h>

#include "site/data_file.h"
#include "site/load.h"

/* ---- diagnostics in the order of the text ---- */

/* An error or warning with its notes. */
struct group {
	struct diag *first, *last;
	size_t source; /* when its file was read; 0: not in a file */
	size_t number; /* when it was found */
};

struct groups {
	struct group *items;
	size_t count, capacity;
};

/* A source and when it was read, from 1 on. */
struct read_source {
	const struct source *source;
	size_t number;
};

static int compare_sources(const void *left, const void *right)
{
	const struct read_source *a = left, *b = right;

	if (a->source == b->source)
		return 0;
	return (uintptr_t)a->source < (uintptr_t)b->source ? -1 : 1;
}

static int compare_sizes(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;
	const struct span *a_span = &a->first->span, *b_span = &b->first->span;

	if (a->source != b->source)
		return compare_sizes(a->source, b->source);
	if (a_span->line != b_span->line)
		return compare_sizes(a_span->line, b_span->line);
	if (a_span->column != b_span->column)
		return compare_sizes(a_span->column, b_span->column);
	return compare_sizes(a->number, b->number);
}

static struct read_source *sources_by_address(const struct loader *loader)
{
	const struct inputs *inputs = &loader->inputs;
	struct read_source *sources =
		arena_array(loader->arena, inputs->sources.count, sizeof(*sources));

	for (size_t i = 0; i < inputs->sources.count; i++)
		sources[i] = (struct read_source){ inputs->sources.items[i], i + 1 };
	if (inputs->sources.count)
		qsort(sources, inputs->sources.count, sizeof(*sources),
		      compare_sources);
	return sources;
}

static size_t source_number(const struct loader *loader,
			    const struct read_source *sources,
			    const struct source *source)
{
	struct read_source wanted = { .source = source };
	const struct read_source *found = NULL;

	if (source && loader->inputs.sources.count)
		found = bsearch(&wanted, sources, loader->inputs.sources.count,
				sizeof(*sources), compare_sources);
	return found ? found->number : 0;
}

void diags_order(struct loader *loader, struct diag **first)
{
	const struct read_source *sources;
	struct groups groups = { 0 };

	if (!*first)
		return;
	sources = sources_by_address(loader);
	for (struct diag *diag = *first; diag; diag = diag->next) {
		struct group group = { diag, diag, 0, groups.count };

		if (groups.count && diag->severity == SEVERITY_NOTE) {
			groups.items[groups.count - 1].last = diag;
			continue;
		}
		group.source = source_number(loader, sources, diag->span.source);
		LIST_PUSH(loader->arena, &groups, group);
	}
	qsort(groups.items, groups.count, sizeof(*groups.items), compare_groups);
	for (size_t i = 0; i < groups.count; i++) {
		*first = groups.items[i].first;
		first = &groups.items[i].last->next;
	}
	*first = NULL;
	loader->diags->tail = first;
}

/* ---- the order of reading ---- */

/* Every address: claimed first, so that nothing else is called like it. */
static void claim_any(struct loader *loader)
{
	struct actor *any = arena_alloc(loader->arena, sizeof(*any));

	*any = (struct actor){ .kind = ACTOR_ANY, .name.text = "any" };
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		any->addresses[family] = ranges_empty(family);
	/* the first name of all cannot be taken */
	if (name_claim(loader, &any->name, (struct named){ .actor = any }, "any"))
		loader->site->any = any;
}

static void fill_site(struct loader *loader, struct document *document)
{
	struct site *site = loader->site;

	site->name = document->name;
	site->source = document->root->span.source;
	site->is_profile = document->profile != NULL;
	for (size_t i = 0; i < loader->documents.count; i++) {
		struct profile *profile = loader->documents.items[i]->profile;

		if (profile)
			LIST_PUSH(loader->arena, &site->profiles, profile);
	}
}

/* Names before what names them: roles and services, actors, flows, what changes them.
 */
static void read_parts(struct loader *loader, const struct document *document)
{
	const struct documents *all = &loader->documents;

	for (size_t i = 0; i < all->count; i++) {
		loader->scope = all->items[i];
		roles_read(loader, all->items[i]);
		services_read(loader, all->items[i]);
	}
	loader->scope = document;
	policy_read(loader, document->policy, &loader->site->policy);
	actors_read(loader, document);
	for (size_t i = 0; i < all->count; i++) {
		loader->scope = all->items[i];
		flows_read(loader, all->items[i]);
		departures_read(loader, all->items[i]);
	}
	loader->scope = document;
	expectations_read(loader, document);
}

static void load(struct loader *loader, const char *path)
{
	unsigned errors = loader->diags->error_count;
	struct document *document = document_read(loader, path, (struct span){ 0 });

	if (!document)
		return;
	profiles_read(loader, document);
	/* hosts, peers or roles may be among what could not be read */
	loader->uncertain |= loader->diags->error_count != errors;
	fill_site(loader, document);
	claim_any(loader);
	read_parts(loader, document);
	flows_check(loader);
	hosts_check_addresses(loader);
	ends_check(loader);
}

const struct site *site_load(struct arena *arena, const char *path,
			     const struct site_options *options, struct diags *diags)
{
	struct loader loader = {
		.arena = arena,
		.diags = diags,
		.options = options,
		.site = arena_alloc(arena, sizeof(*loader.site)),
	};
	struct diag **first = diags->tail;
	unsigned errors = diags->error_count;

	inputs_init(&loader.inputs, arena);
	loader.inputs.stdin_name = options->stdin_name;
	loader.inputs.folders = options->profile_folders;
	loader.inputs.folder_count = options->profile_folder_count;
	load(&loader, path);
	data_files_release(&loader);
	inputs_digest(&loader.inputs, loader.site->digest);
	diags_order(&loader, first);
	return diags->error_count == errors ? loader.site : NULL;
}
