/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations: packets that the site's author wants to pass, or not, at a host. */
#include "base/limits.h"
#include "site/packet.h"
#include "site/schema.h"

/* A group of `expect`. */
struct expect_text {
	struct word host, accept, refuse;
};

#define TEXT(member) offsetof(struct expect_text, member)

static const char no_only[] =
	"\"only\" is not in this version yet: expected \"accept\" or \"refuse\"";

/* clang-format off */
static const struct item expect_items[] = {
	{ "host",   read_name, TEXT(host), .required = true },
	{ "accept", read_word, TEXT(accept) },
	{ "refuse", read_word, TEXT(refuse) },
	{ "only",   read_unsupported, .words = no_only },
};
/* clang-format on */

static const struct schema expect_schema = { "an expectation", expect_items,
					     COUNT_OF(expect_items) };

/* The host of that name; NULL with a diagnostic. */
static const struct actor *host_find(struct loader *loader, const struct word *name)
{
	const struct named *named = names_find(&loader->names, name->text);
	const struct site *site = loader->site;
	struct names hosts = { 0 };

	if (named && named->actor && named->actor->kind == ACTOR_HOST)
		return named->actor;
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
		   "no host is called \"%s\"", name->text);
	/* all names for each mistake would be quadratic */
	for (size_t i = 0; !named && i < site->actors.count &&
			   loader->diags->error_count <= LIMIT_DIAGNOSTICS;
	     i++)
		if (site->actors.items[i]->kind == ACTOR_HOST)
			names_add(loader->arena, &hosts,
				  site->actors.items[i]->name.text, &hosts);
	if (!named)
		note_nearest(loader, &hosts, name->text);
	else if (named->span.source)
		diag_note(loader->diags, named->span, "\"%s\" is a %s", name->text,
			  named->role ? "role" : "peer");
	return NULL;
}

/* The one packet that the group is about; NULL with a diagnostic. */
static const struct word *packet_of(struct loader *loader, const struct value *group,
				    const struct expect_text *text)
{
	if (text->accept.text && text->refuse.text) {
		diag_error(loader->diags, DIAG_CONFLICT, text->refuse.span,
			   "a packet is accepted or refused: write two groups");
		diag_note(loader->diags, text->accept.span, "the other is here");
		return NULL;
	}
	if (text->accept.text)
		return &text->accept;
	if (text->refuse.text)
		return &text->refuse;
	if (!group_member(group, "accept") && !group_member(group, "refuse") &&
	    !group_member(group, "only"))
		diag_error(loader->diags, DIAG_MISSING, group->span,
			   "an expectation needs \"accept\" or \"refuse\"");
	return NULL;
}

static void read_expectation(struct loader *loader, const struct value *group,
			     void *context)
{
	struct packet_reader *reader = context;
	struct expectation *expectation =
		arena_alloc(loader->arena, sizeof(*expectation));
	struct expect_text text = { 0 };
	const struct word *packet;
	bool good = schema_read(loader, &expect_schema, group, &text);

	packet = packet_of(loader, group, &text);
	if (text.host.text)
		expectation->host = host_find(loader, &text.host);
	if (!packet)
		return;
	expectation->packet = *packet;
	expectation->kind = packet == &text.accept ? EXPECT_ACCEPT : EXPECT_REFUSE;
	good &= packet_read(reader, packet, expectation);
	if (good && expectation->host)
		LIST_PUSH(loader->arena, &loader->site->expectations, expectation);
}

void expectations_read(struct loader *loader, const struct document *document)
{
	struct packet_reader reader = { .loader = loader, .site = loader->site };

	loader->scope = document;
	each_group(loader, document->expect_list,
		   "a group like { host = \"sensor-1\"; "
		   "accept = \"tcp analysts sensor-1:22\"; }",
		   read_expectation, &reader);
}
