/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file of the language: is it a site or a profile, and what does it hold. */
#include <string.h>
#include <strings.h>

#include "site/read.h"
#include "site/schema.h"

/* The `profile` group. */
struct title {
	struct word name;
	const char *title, *source;
};

/* What is read of a file's first level before its parts are read in their order. */
struct top {
	struct document document;
	const struct value *profile;
};

#define TOP(member)   offsetof(struct top, document.member)
#define TITLE(member) offsetof(struct title, member)

static const char no_inventory[] =
	"hosts from a file (hosts-from) are not in this version yet: write them in "
	"\"hosts\"";
static const char in_site[] = "it is a key of a site, not of a profile";

/* clang-format off */
static const struct item site_items[] = {
	{ "site",     read_name,  TOP(name), .required = true },
	{ "use",      read_names, TOP(use) },
	{ "roles",    read_list,  TOP(role_list) },
	{ "services", read_list,  TOP(service_list) },
	{ "hosts",    read_list,  TOP(host_list) },
	{ "peers",    read_list,  TOP(peer_list) },
	{ "flows",    read_list,  TOP(flow_list) },
	{ "close",    read_value, TOP(close_list) },
	{ "adjust",   read_list,  TOP(adjust_list) },
	{ "policy",   read_group, TOP(policy) },
	{ "expect",   read_list,  TOP(expect_list) },
	{ "hosts-from", read_unsupported, .words = no_inventory },
};

static const struct item profile_items[] = {
	{ "profile",  read_group, offsetof(struct top, profile) },
	{ "use",      read_names, TOP(use) },
	{ "roles",    read_list,  TOP(role_list) },
	{ "services", read_list,  TOP(service_list) },
	{ "flows",    read_list,  TOP(flow_list) },
	{ "close",    read_value, TOP(close_list) },
	{ "adjust",   read_list,  TOP(adjust_list) },
	{ "hosts",    read_misplaced, .words = in_site },
	{ "peers",    read_misplaced, .words = in_site },
	{ "policy",   read_misplaced, .words = in_site },
	{ "expect",   read_misplaced, .words = in_site },
};

static const struct item title_items[] = {
	{ "name",   read_name, TITLE(name), .required = true },
	{ "title",  read_text, TITLE(title) },
	{ "source", read_text, TITLE(source) },
};
/* clang-format on */

static const struct schema site_schema = { "a site", site_items, COUNT_OF(site_items) };
static const struct schema profile_schema = { "a profile", profile_items,
					      COUNT_OF(profile_items) };
static const struct schema title_schema = { "\"profile\"", title_items,
					    COUNT_OF(title_items) };

const char *document_words(struct loader *loader, const struct document *document)
{
	if (!document->profile)
		return "the site";
	return arena_format(loader->arena, "profile \"%s\"", document->name.text);
}

/* `group`: the value of `profile`; NULL: it is not a group, reported. */
static void fill_profile(struct loader *loader, struct document *document,
			 const struct value *group)
{
	struct title title = { 0 };
	struct profile *profile = arena_alloc(loader->arena, sizeof(*profile));

	title.name.text = "";
	if (group)
		schema_read(loader, &title_schema, group, &title);
	*profile = (struct profile){
		.name = title.name,
		.title = title.title,
		.source_document = title.source,
		.source = document->root->span.source,
	};
	document->name = title.name;
	document->profile = profile;
}

/* Keys are told apart by capitals, which is easy to miss. */
static void note_capitals(struct loader *loader, const struct value *root)
{
	for (const struct value *key = root->first; key; key = key->next)
		if (!strcasecmp(key->key, "site") || !strcasecmp(key->key, "profile"))
			diag_note(loader->diags, key->key_span,
				  "keys are written in small letters");
}

/* A file by whose keys nobody knows what it is to be. */
static void refuse_unknown(struct loader *loader, const struct value *root)
{
	diag_error(loader->diags, DIAG_MISSING, root->span,
		   "the file is neither a site nor a profile");
	note_capitals(loader, root);
	diag_note(loader->diags, (struct span){ 0 },
		  "a site has: site = \"NAME\";  a profile has: "
		  "profile = { name = \"NAME\"; };");
}

struct document *document_read(struct loader *loader, const char *path,
			       struct span user)
{
	const struct value *root =
		read_values(&loader->inputs, loader->diags, path, user);

	if (!root)
		return NULL;

	struct top *top = arena_alloc(loader->arena, sizeof(*top));
	struct document *document = &top->document;
	const struct value *site = group_member(root, "site");
	const struct value *profile = group_member(root, "profile");

	if (site && profile) {
		diag_error(loader->diags, DIAG_CONFLICT, profile->key_span,
			   "the file is a site and a profile at once");
		diag_note(loader->diags, site->key_span, "it is a site by this");
		return NULL;
	}
	if (!site && !profile) {
		refuse_unknown(loader, root);
		return NULL;
	}
	document->root = root;
	document->name.text = "";
	schema_read(loader, profile ? &profile_schema : &site_schema, root, top);
	if (profile)
		fill_profile(loader, document, top->profile);
	return document;
}

bool document_uses(const struct document *user, const struct document *used)
{
	for (size_t i = 0; i < user->closure.count; i++)
		if (user->closure.items[i] == used)
			return user != used;
	return false;
}
