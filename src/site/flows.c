/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows as a file declares them. */
#include <string.h>

#include "site/addresses.h"
#include "site/date.h"
#include "site/flow.h"
#include "site/rate.h"

static item_read read_row;

#define ROW(member) offsetof(struct row, member)

/* clang-format off */
static const struct item row_items[] = {
	{ "table",       read_text, ROW(table) },
	{ "protocol",    read_text, ROW(protocol) },
	{ "transport",   read_text, ROW(transport) },
	{ "direction",   read_text, ROW(direction) },
	{ "port",        read_text, ROW(port) },
	{ "used",        read_text, ROW(used) },
	{ "purpose",     read_text, ROW(purpose) },
	{ "source",      read_text, ROW(source) },
	{ "destination", read_text, ROW(destination) },
	{ "note",        read_text, ROW(note) },
};

static const struct item flow_items[] = {
	{ "id",   read_name, FLOW_MEMBER(local_id), .required = true },
	{ "from", read_ends, FLOW_MEMBER(from),     .required = true },
	{ "to",   read_ends, FLOW_MEMBER(to),       .required = true },
	FLOW_ITEMS,
	{ "row",  read_row,  FLOW_MEMBER(row) },
};

/* The keys that say what a flow permits. */
static const struct item content_items[] = { FLOW_CONTENT_ITEMS };
/* clang-format on */

static const struct schema row_schema = { "a row", row_items, COUNT_OF(row_items) };
static const struct schema flow_schema = { "a flow", flow_items, COUNT_OF(flow_items) };

static bool read_row(struct loader *loader, const struct item *item,
		     const struct value *value, void *member)
{
	struct row *row = member;

	(void)item;
	if (value->kind != VALUE_GROUP)
		return type_error(loader, value, "a group");
	row->span = value->key_span;
	return schema_read(loader, &row_schema, value, row);
}

bool read_source_port(struct loader *loader, const struct item *item,
		      const struct value *value, void *member)
{
	struct draft *draft = &((struct flow_text *)member)->draft;

	if (!read_port(loader, item, value, &draft->flow.source_ports))
		return false;
	draft->flow.has_source_port = true;
	draft->source_port_span = value->span;
	return true;
}

bool read_family(struct loader *loader, const struct item *item,
		 const struct value *value, void *member)
{
	static const char *const families[] = {
		[FAMILY_IP4] = "ip", [FAMILY_IP6] = "ip6", NULL
	};
	struct draft *draft = &((struct flow_text *)member)->draft;
	struct item choice = { .key = item->key, .choices = families };
	unsigned only;

	if (!read_choice(loader, &choice, value, &only))
		return false;
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		draft->flow.families[family] = family == only;
	draft->family_span = value->span;
	return true;
}

bool read_expires(struct loader *loader, const struct item *item,
		  const struct value *value, void *member)
{
	struct draft *draft = &((struct flow_text *)member)->draft;

	if (!read_date(loader, item, value, &draft->flow.expires))
		return false;
	draft->expires_span = value->span;
	return true;
}

/* Every broadcast address ends in ones, two of them where two machines have room. */
static bool is_group(const struct address_form *form)
{
	if (form->family == FAMILY_IP6)
		return form->low[0] == 0xff;
	return (form->low[0] & 0xf0) == 0xe0 ||
	       (form->low[0] != 0 && form->low[0] != 127 && (form->low[3] & 3) == 3);
}

bool read_group_address(struct loader *loader, const struct item *item,
			const struct value *value, void *member)
{
	struct flow_text *text = member;
	struct address_form form;
	struct address_text address = { .span = value->span };
	enum address_fault fault;

	(void)item;
	if (value->kind != VALUE_TEXT)
		return type_error(loader, value, "an address like \"224.0.0.251\"");
	if (value->broken)
		return false;
	address.text = value->text;
	address.length = strlen(value->text);
	fault = address_parse(address.text, address.length, &form);
	if (fault != ADDRESS_GOOD)
		return address_refuse(loader, &address, fault, &form);
	if (form.kind == ADDRESS_ANY ||
	    memcmp(form.low, form.high, family_widths[form.family]) != 0)
		return diag_error(loader->diags, DIAG_ADDRESS, value->span,
				  "\"%s\" is more than one address: expected the one "
				  "that is sent to",
				  value->text);
	if (!is_group(&form))
		return diag_error(loader->diags, DIAG_ADDRESS, value->span,
				  "\"%s\" is neither a multicast nor a broadcast "
				  "address",
				  value->text);
	text->draft.flow.has_group = true;
	text->draft.flow.group_family = form.family;
	memcpy(text->draft.flow.group, form.low, family_widths[form.family]);
	text->draft.group_span = value->span;
	return true;
}

/* Whether the text says what is permitted, rightly or not. */
static bool says_content(const struct value *group)
{
	for (size_t i = 0; i < COUNT_OF(content_items); i++)
		if (group_member(group, content_items[i].key))
			return true;
	return false;
}

static bool check_content(struct loader *loader, const struct value *group,
			  const struct flow *flow)
{
	if (says_content(group))
		return true;
	diag_error(loader->diags, DIAG_MISSING,
		   flow->local_id.text ? flow->local_id.span : group->span,
		   "the flow does not say what it permits");
	diag_note(loader->diags, (struct span){ 0 },
		  "expected service = \"NAME\", or ports: tcp = 22;");
	return false;
}

/* Takes the flow's id; false when another flow of the file has it. */
static bool claim_id(struct loader *loader, struct document *document,
		     struct draft *draft)
{
	struct flow *flow = &draft->flow;
	const struct draft *first =
		names_add(loader->arena, &document->flows, flow->local_id.text, draft);

	if (!first)
		first = names_add(loader->arena, &loader->flow_ids, flow->id, draft);
	if (!first)
		return true;
	diag_error(loader->diags, DIAG_DUPLICATE, flow->local_id.span,
		   "the id \"%s\" is taken",
		   first->document == document ? flow->local_id.text : flow->id);
	diag_note(loader->diags, first->flow.local_id.span, "another flow has it here");
	return false;
}

static void read_flow(struct loader *loader, const struct value *group, void *context)
{
	struct document *document = context;
	struct flow_text *text = arena_alloc(loader->arena, sizeof(*text));
	struct draft *draft = &text->draft;
	struct flow *flow = &draft->flow;

	draft->document = document;
	flow->profile = document->profile;
	flow->span = group->span;
	flow->families[FAMILY_IP4] = flow->families[FAMILY_IP6] = true;
	draft->broken = !schema_read(loader, &flow_schema, group, text);
	draft->broken |= !check_content(loader, group, flow);
	content_normalize(loader->arena, &flow->content);
	if (!flow->local_id.text)
		return;
	flow->id = arena_format(loader->arena, "%s.%s", document->name.text,
				flow->local_id.text);
	if (text->why) {
		struct departure *added = arena_alloc(loader->arena, sizeof(*added));

		*added = (struct departure){ .by = document->profile,
					     .why = text->why,
					     .span = flow->local_id.span };
		flow->added = added;
	}
	if (!claim_id(loader, document, draft))
		return;
	LIST_PUSH(loader->arena, &loader->drafts, draft);
	LIST_PUSH(loader->arena, &loader->site->flows, flow);
}

void flows_read(struct loader *loader, struct document *document)
{
	loader->scope = document;
	each_group(loader, document->flow_list,
		   "a group like { id = \"cli\"; from = \"client\"; to = \"sensor\"; "
		   "service = \"ssh\"; }",
		   read_flow, document);
}
