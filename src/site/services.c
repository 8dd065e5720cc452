/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services: ports by name, as they are declared and as flows use them. */
#include "base/limits.h"
#include "site/flow.h"

#define SERVICE(member) offsetof(struct service, member)

/* clang-format off */
static const struct item service_items[] = {
	{ "name", read_name, SERVICE(name), .required = true },
	CONTENT_ITEMS(SERVICE(content)),
};
/* clang-format on */

static const struct schema service_schema = { "a service", service_items,
					      COUNT_OF(service_items) };

bool document_misses(const struct loader *loader, const struct document *document)
{
	for (size_t i = 0; i < document->closure.count; i++) {
		const struct words *use = &document->closure.items[i]->use;

		for (size_t k = 0; k < use->count; k++)
			if (!names_find(&loader->profiles, use->items[k].text))
				return true;
	}
	return false;
}

/* ---- declarations ---- */

/* Whether two services of one name are the same; a broken one is any other. */
static bool is_same(const struct service *a, const struct service *b)
{
	return !a->content.count || !b->content.count ||
	       content_equals(&a->content, &b->content);
}

/* A name means one thing in a file and in all that it uses. */
static void check_used(struct loader *loader, const struct document *document,
		       const struct service *service)
{
	for (size_t i = 0; i < document->closure.count; i++) {
		const struct document *used = document->closure.items[i];
		const struct service *other =
			used == document
				? NULL
				: names_find(&used->services, service->name.text);

		if (!other || is_same(other, service))
			continue;
		diag_error(loader->diags, DIAG_CONFLICT, service->name.span,
			   "%s, which is used here, has a service \"%s\" with other "
			   "ports",
			   document_words(loader, used), service->name.text);
		diag_note(loader->diags, other->name.span, "it is declared here");
		diag_note(loader->diags, (struct span){ 0 },
			  "a flow of the profile is changed with \"adjust\"; for "
			  "flows of your own, take another name");
		return;
	}
}

static void read_service(struct loader *loader, const struct value *group,
			 void *context)
{
	struct document *document = context;
	struct service *service = arena_alloc(loader->arena, sizeof(*service));
	const struct service *first;
	bool good;

	service->profile = document->profile;
	good = schema_read(loader, &service_schema, group, service);
	if (good && !service->content.count) {
		good = diag_error(loader->diags, DIAG_MISSING, service->name.span,
				  "the service \"%s\" has no ports",
				  service->name.text);
		diag_note(loader->diags, (struct span){ 0 },
			  "expected tcp, udp, sctp, icmp, icmpv6 or protocol: "
			  "tcp = 22;");
	}
	if (!good)
		service->content = (struct service_items){ 0 };
	if (!service->name.text)
		return;
	content_normalize(loader->arena, &service->content);
	first = names_add(loader->arena, &document->services, service->name.text,
			  service);
	if (first) {
		diag_error(loader->diags, DIAG_DUPLICATE, service->name.span,
			   "the service \"%s\" is declared twice", service->name.text);
		diag_note(loader->diags, first->name.span, "first declared here");
		return;
	}
	check_used(loader, document, service);
	LIST_PUSH(loader->arena, &loader->site->services, service);
}

void services_read(struct loader *loader, struct document *document)
{
	each_group(loader, document->service_list,
		   "a group like { name = \"ssh\"; tcp = 22; }", read_service,
		   document);
}

/* ---- use ---- */

static bool unknown_service(struct loader *loader, const struct word *name)
{
	const struct documents *closure = &loader->scope->closure;
	struct names names = { 0 };

	if (document_misses(loader, loader->scope))
		return false;
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
		   "no service is called \"%s\"", name->text);
	for (size_t i = 0;
	     i < closure->count && loader->diags->error_count <= LIMIT_DIAGNOSTICS;
	     i++) {
		const struct names *services = &closure->items[i]->services;

		for (size_t k = 0; k < services->count; k++)
			names_add(loader->arena, &names, services->items[k].text,
				  &names);
	}
	note_nearest(loader, &names, name->text);
	return false;
}

/* The service as seen from the text that is read; NULL with a diagnostic. */
static const struct service *service_find(struct loader *loader,
					  const struct word *name)
{
	const struct documents *closure = &loader->scope->closure;
	const struct service *found = names_find(&loader->scope->services, name->text);

	for (size_t i = 0; i < closure->count; i++) {
		const struct service *other =
			names_find(&closure->items[i]->services, name->text);

		/* what the file itself declares was held against the others there */
		if (!other || (found && found->profile == loader->scope->profile))
			continue;
		if (found && !is_same(found, other)) {
			diag_error(loader->diags, DIAG_CONFLICT, name->span,
				   "two profiles have a service \"%s\", with different "
				   "ports",
				   name->text);
			diag_note(loader->diags, found->name.span, "one is this");
			diag_note(loader->diags, other->name.span, "the other is this");
			return NULL;
		}
		found = other;
	}
	if (!found)
		unknown_service(loader, name);
	return found;
}

bool read_services(struct loader *loader, const struct item *item,
		   const struct value *value, void *member)
{
	struct service_items *content = member;
	struct words words;
	bool good = read_names(loader, item, value, &words);

	for (size_t i = 0; i < words.count; i++) {
		const struct service *service = service_find(loader, &words.items[i]);

		good &= service != NULL;
		for (size_t k = 0; service && k < service->content.count; k++)
			LIST_PUSH(loader->arena, content, service->content.items[k]);
	}
	return good;
}
