/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Roles, and the name space that they share with hosts and peers. */
#include <string.h>

#include "site/schema.h"

/* clang-format off */
static const struct item role_items[] = {
	{ "name",  read_name, offsetof(struct role, name), .required = true },
	{ "title", read_text, offsetof(struct role, title) },
};
/* clang-format on */

static const struct schema role_schema = { "a role", role_items, COUNT_OF(role_items) };

bool name_refused(struct loader *loader, const struct word *name)
{
	if (strcmp(name->text, "gateway") != 0)
		return false;
	loader->uncertain = true;
	diag_error(loader->diags, DIAG_UNSUPPORTED, name->span,
		   "the role \"gateway\" is not in this version yet: no host forwards");
	return true;
}

bool name_claim(struct loader *loader, const struct word *name, struct named named,
		const char *what)
{
	struct named *claimed = arena_alloc(loader->arena, sizeof(*claimed));
	const struct named *first;

	*claimed = named;
	claimed->span = name->span;
	first = names_add(loader->arena, &loader->names, name->text, claimed);
	if (!first)
		return true;
	if (!first->span.source)
		return diag_error(loader->diags, DIAG_DUPLICATE, name->span,
				  "\"%s\" is built in: %s cannot be called that",
				  name->text, what);
	diag_error(loader->diags, DIAG_DUPLICATE, name->span,
		   "the name \"%s\" is taken", name->text);
	diag_note(loader->diags, first->span,
		  "it is that of a %s; roles, hosts and peers share their names",
		  first->role                        ? "role"
		  : first->actor->kind == ACTOR_HOST ? "host"
						     : "peer");
	return false;
}

const struct role *role_find(const struct loader *loader,
			     const struct document *document, const char *name)
{
	(void)loader;
	for (size_t i = 0; i < document->closure.count; i++) {
		const struct role *role =
			names_find(&document->closure.items[i]->roles, name);

		if (role)
			return role;
	}
	return NULL;
}

static void read_role(struct loader *loader, const struct value *group, void *context)
{
	struct document *document = context;
	struct role *role = arena_alloc(loader->arena, sizeof(*role));
	const struct role *same;
	const struct named *known;

	role->profile = document->profile;
	if (!schema_read(loader, &role_schema, group, role))
		loader->uncertain = true;
	if (!role->name.text || name_refused(loader, &role->name))
		return;

	known = names_find(&loader->names, role->name.text);
	/* declared by another file as well: the same role */
	if (known && known->role)
		same = names_add(loader->arena, &document->roles, role->name.text,
				 (void *)(uintptr_t)known->role);
	else
		same = names_add(loader->arena, &document->roles, role->name.text,
				 role);
	if (same) {
		diag_error(loader->diags, DIAG_DUPLICATE, role->name.span,
			   "the role \"%s\" is declared twice", role->name.text);
		diag_note(loader->diags, same->name.span, "first declared here");
		return;
	}
	if (known && known->role)
		return;
	if (name_claim(loader, &role->name, (struct named){ .role = role }, "a role"))
		LIST_PUSH(loader->arena, &loader->site->roles, role);
}

void roles_read(struct loader *loader, struct document *document)
{
	each_group(loader, document->role_list, "a group like { name = \"sensor\"; }",
		   read_role, document);
}
