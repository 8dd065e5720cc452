/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ends of a flow: roles, hosts and peers by their names. */
#include <string.h>

#include "base/limits.h"
#include "site/addresses.h"
#include "site/flow.h"

const char *ends_words(struct loader *loader, const struct ends *ends)
{
	struct buffer words AUTO_BUFFER = { 0 };

	buffer_text(&words, "");
	for (size_t i = 0; i < ends->count; i++)
		buffer_format(&words, "%s\"%s\"", i ? " or " : "",
			      ends->items[i].name.text);
	return arena_copy(loader->arena, words.data, words.length);
}

/* The name exists, but not for the profile that is read. */
static bool out_of_sight(struct loader *loader, const struct word *name,
			 const struct named *named)
{
	const char *profile = document_words(loader, loader->scope);

	if (named->actor) {
		diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
			   "%s names the %s \"%s\": a profile knows roles alone",
			   profile, named->actor->kind == ACTOR_HOST ? "host" : "peer",
			   name->text);
		diag_note(loader->diags, named->span, "it is the site's, by this");
		return false;
	}
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
		   "%s declares no role \"%s\", nor does one that it uses", profile,
		   name->text);
	diag_note(loader->diags, named->span, "the role of that name is declared here");
	return false;
}

/* All that the profile being read could have meant. */
static void note_nearest_role(struct loader *loader, const char *text)
{
	const struct documents *closure = &loader->scope->closure;
	struct names names = { 0 };

	for (size_t i = 0;
	     i < closure->count && loader->diags->error_count <= LIMIT_DIAGNOSTICS;
	     i++) {
		const struct names *roles = &closure->items[i]->roles;

		for (size_t k = 0; k < roles->count; k++)
			names_add(loader->arena, &names, roles->items[k].text, &names);
	}
	note_nearest(loader, &names, text);
}

static bool unknown_end(struct loader *loader, const struct word *name,
			const struct named *named)
{
	bool in_profile = loader->scope->profile != NULL;

	if (named)
		return out_of_sight(loader, name, named);
	/* reported there, where its declaration is missing */
	if (document_misses(loader, loader->scope))
		return false;
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
		   in_profile ? "no role is called \"%s\""
			      : "no role, host or peer is called \"%s\"",
		   name->text);
	if (in_profile)
		note_nearest_role(loader, name->text);
	else
		note_nearest(loader, &loader->names, name->text);
	return false;
}

static bool resolve(struct loader *loader, struct end *end)
{
	const struct named *named = names_find(&loader->names, end->name.text);

	end->role = role_find(loader, loader->scope, end->name.text);
	if (end->role)
		return true;
	if (!named || !named->actor ||
	    (loader->scope->profile && named->actor->kind != ACTOR_ANY))
		return unknown_end(loader, &end->name, named);
	end->actor = named->actor;
	return true;
}

/* An address where a name has to stand is what beginners write. */
static bool refuse_address(struct loader *loader, const struct value *value)
{
	struct address_form form;

	if (value->kind != VALUE_TEXT || value->broken ||
	    address_parse(value->text, strlen(value->text), &form) != ADDRESS_GOOD ||
	    form.kind == ADDRESS_ANY)
		return true;
	diag_error(loader->diags, DIAG_VALUE, value->span,
		   "\"%s\" is an address: a flow names roles, hosts and peers",
		   value->text);
	diag_note(
		loader->diags, (struct span){ 0 },
		"give it a name: peers = ( { name = \"NAME\"; addresses = [ \"%s\" ]; "
		"} );",
		value->text);
	return false;
}

static bool push_end(struct loader *loader, const struct item *item,
		     const struct value *value, void *member)
{
	struct end end = { 0 };

	if (!refuse_address(loader, value) ||
	    !read_name(loader, item, value, &end.name) ||
	    name_refused(loader, &end.name) || !resolve(loader, &end))
		return false;
	LIST_PUSH(loader->arena, (struct ends *)member, end);
	return true;
}

static bool check_repeated(struct loader *loader, const struct ends *ends)
{
	struct names seen = { 0 };
	bool good = true;

	for (size_t i = 0; i < ends->count; i++) {
		struct word *name = &ends->items[i].name;
		const struct word *first =
			names_add(loader->arena, &seen, name->text, name);

		if (!first)
			continue;
		good = diag_error(loader->diags, DIAG_DUPLICATE, name->span,
				  "\"%s\" is given twice", name->text);
		diag_note(loader->diags, first->span, "first given here");
	}
	return good;
}

bool read_ends(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	struct ends *ends = member;

	*ends = (struct ends){ 0 };

	bool good = each_member(loader, item, value, push_end, ends);

	return check_repeated(loader, ends) && good;
}
