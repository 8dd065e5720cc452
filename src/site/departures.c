/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a file departs from the profiles that it uses: `close` and `adjust`. */
#include <string.h>

#include "site/flow.h"
#include "site/rate.h"

/* `close` as a group. */
struct closing {
	struct word flow;
	const char *why;
};

#define CLOSING(member) offsetof(struct closing, member)

static const char same_id[] = "a flow keeps its id";
static const char same_row[] =
	"it is the document's own line, which stays as it was written";

/* clang-format off */
static const struct item closing_items[] = {
	{ "flow", read_word, CLOSING(flow), .required = true },
	{ "why",  read_text, CLOSING(why) },
};

static const struct item adjust_items[] = {
	{ "flow", read_word, offsetof(struct flow_text, flow), .required = true },
	{ "from", read_ends, FLOW_MEMBER(from) },
	{ "to",   read_ends, FLOW_MEMBER(to) },
	FLOW_ITEMS,
	{ "id",   read_misplaced, .words = same_id },
	{ "row",  read_misplaced, .words = same_row },
};
/* clang-format on */

static const struct schema closing_schema = { "a group of \"close\"", closing_items,
					      COUNT_OF(closing_items) };
static const struct schema adjust_schema = { "a group of \"adjust\"", adjust_items,
					     COUNT_OF(adjust_items) };

/* ---- which flow is meant ---- */

static bool unknown_flow(struct loader *loader, const struct word *name)
{
	const struct documents *closure = &loader->scope->closure;

	/* what the flow was to be is not known */
	loader->uncertain = true;
	if (document_misses(loader, loader->scope))
		return false;
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
		   "no flow is called \"%s\"", shown(loader, name->text));
	for (size_t i = 0; i < closure->count; i++) {
		const struct draft *draft =
			names_find(&closure->items[i]->flows, name->text);

		if (!draft)
			continue;
		diag_note(loader->diags, (struct span){ 0 },
			  "a flow is changed by its full name: did you mean \"%s\"?",
			  draft->flow.id);
		return false;
	}
	note_nearest(loader, &loader->flow_ids, name->text);
	return false;
}

/* The flow of that full name, which the text may change; NULL with a diagnostic. */
static struct draft *flow_find(struct loader *loader, const struct word *name)
{
	struct draft *draft = names_find(&loader->flow_ids, name->text);

	if (!draft) {
		unknown_flow(loader, name);
		return NULL;
	}
	if (document_uses(loader->scope, draft->document))
		return draft;
	loader->uncertain = true;
	if (draft->document == loader->scope) {
		diag_error(loader->diags, DIAG_CONFLICT, name->span,
			   "the flow \"%s\" is this file's own: change it where it is "
			   "declared",
			   name->text);
		diag_note(loader->diags, draft->flow.local_id.span, "it is here");
		return NULL;
	}
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
		   "the flow \"%s\" is of %s, which is not used here", name->text,
		   document_words(loader, draft->document));
	return NULL;
}

static const struct departure *departure_new(struct loader *loader,
					     const struct word *name, const char *why)
{
	struct departure *departure = arena_alloc(loader->arena, sizeof(*departure));

	*departure = (struct departure){ .by = loader->scope->profile,
					 .why = why,
					 .span = name->span };
	return departure;
}

/* A profile is read by people who were not there. */
static bool check_why(struct loader *loader, const struct word *name, const char *why)
{
	if (why || !loader->scope->profile)
		return true;
	diag_error(loader->diags, DIAG_MISSING, name->span,
		   "a profile that departs from another needs \"why\"");
	diag_note(loader->diags, (struct span){ 0 },
		  "expected { flow = \"%s\"; why = \"...\"; }",
		  shown(loader, name->text));
	return false;
}

/* Two statements about one flow that cannot both hold. */
static bool conflict(struct loader *loader, const struct word *name, const char *what,
		     const struct document *other, const struct departure *earlier)
{
	diag_error(loader->diags, DIAG_CONFLICT, name->span, "the flow \"%s\" is %s",
		   name->text, what);
	diag_note(loader->diags, earlier->span, "%s says so here",
		  other == loader->scope ? "the same file"
					 : document_words(loader, other));
	return false;
}

static bool repeated(struct loader *loader, const struct word *name, const char *what,
		     const struct departure *earlier)
{
	diag_error(loader->diags, DIAG_DUPLICATE, name->span,
		   "the flow \"%s\" is %s twice", name->text, what);
	diag_note(loader->diags, earlier->span, "first here");
	return false;
}

/* ---- close ---- */

static bool close_flow(struct loader *loader, const struct closing *closing)
{
	const struct word *name = &closing->flow;
	struct draft *draft = flow_find(loader, name);

	if (!check_why(loader, name, closing->why) || !draft)
		return false;
	if (draft->closer == loader->scope)
		return repeated(loader, name, "closed", draft->flow.closed);
	if (draft->adjuster && !document_uses(loader->scope, draft->adjuster))
		return conflict(loader, name, "closed here and adjusted elsewhere",
				draft->adjuster, draft->flow.adjusted);
	draft->closer = loader->scope;
	draft->flow.closed = departure_new(loader, name, closing->why);
	return true;
}

static bool close_one(struct loader *loader, const struct item *item,
		      const struct value *value, void *member)
{
	struct closing closing = { 0 };
	bool good;

	(void)member;
	if (value->kind == VALUE_GROUP)
		good = schema_read(loader, &closing_schema, value, &closing);
	else if (value->kind == VALUE_TEXT)
		good = read_word(loader, item, value, &closing.flow);
	else
		good = type_error(loader, value, "the full name of a flow, or a group");
	if (!closing.flow.text)
		loader->uncertain = true;
	return good && close_flow(loader, &closing);
}

/* ---- adjust ---- */

static bool texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool ends_equal(const struct ends *a, const struct ends *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].name.text, b->items[i].name.text) != 0)
			return false;
	return true;
}

static bool conditions_equal(const struct flow *a, const struct flow *b)
{
	return a->has_source_port == b->has_source_port &&
	       a->source_ports.low == b->source_ports.low &&
	       a->source_ports.high == b->source_ports.high &&
	       a->has_group == b->has_group && a->group_family == b->group_family &&
	       !memcmp(a->group, b->group, sizeof(a->group)) &&
	       !memcmp(a->families, b->families, sizeof(a->families)) &&
	       a->rate.count == b->rate.count &&
	       a->rate.unit_seconds == b->rate.unit_seconds &&
	       a->rate.burst == b->rate.burst;
}

/* Whether it makes no difference which of the two is taken. */
static bool flows_equal(const struct flow *a, const struct flow *b)
{
	return ends_equal(&a->from, &b->from) && ends_equal(&a->to, &b->to) &&
	       content_equals(&a->content, &b->content) && conditions_equal(a, b) &&
	       a->both_ways == b->both_ways && a->optional == b->optional &&
	       a->log == b->log && texts_equal(a->expires, b->expires) &&
	       texts_equal(a->owner, b->owner) && texts_equal(a->ticket, b->ticket) &&
	       texts_equal(a->purpose, b->purpose) && texts_equal(a->note, b->note);
}

/* Whether the flow may be adjusted from here; `adjusted` is what it would become. */
static bool check_adjust(struct loader *loader, const struct draft *draft,
			 const struct flow_text *adjusted)
{
	const struct word *name = &adjusted->flow;

	if (draft->adjuster == loader->scope)
		return repeated(loader, name, "adjusted", draft->flow.adjusted);
	if (draft->closer)
		return conflict(loader, name, "closed: there is nothing to adjust",
				draft->closer, draft->flow.closed);
	if (draft->adjuster && !document_uses(loader->scope, draft->adjuster) &&
	    !flows_equal(&draft->flow, &adjusted->draft.flow))
		return conflict(loader, name, "adjusted otherwise elsewhere",
				draft->adjuster, draft->flow.adjusted);
	return true;
}

static bool changes_something(const struct value *group)
{
	for (const struct value *key = group->first; key; key = key->next)
		if (strcmp(key->key, "flow") != 0 && strcmp(key->key, "why") != 0)
			return true;
	return false;
}

/* The text is read into a copy of the flow: what it does not say stays. */
static bool adjust_flow(struct loader *loader, const struct value *group,
			struct draft *draft, const struct word *name)
{
	struct flow_text text = { .draft = *draft };
	bool good;

	text.draft.flow.content = (struct service_items){ 0 };
	good = schema_read(loader, &adjust_schema, group, &text);
	if (text.draft.flow.content.count)
		content_normalize(loader->arena, &text.draft.flow.content);
	else
		text.draft.flow.content = draft->flow.content;
	if (!changes_something(group)) {
		good = diag_error(loader->diags, DIAG_MISSING, name->span,
				  "nothing of the flow \"%s\" is adjusted", name->text);
		diag_note(loader->diags, (struct span){ 0 },
			  "expected a key of the flow with its new value, like "
			  "tcp = 3128;");
	}
	good &= check_why(loader, name, text.why);
	if (!good || !check_adjust(loader, draft, &text))
		return false;
	text.draft.adjuster = loader->scope;
	text.draft.flow.adjusted = departure_new(loader, name, text.why);
	*draft = text.draft;
	return true;
}

/* A group whose flow is not known: its mistakes are told all the same. */
static void read_for_mistakes(struct loader *loader, const struct value *group)
{
	struct flow_text text = { 0 };

	loader->uncertain = true;
	schema_read(loader, &adjust_schema, group, &text);
}

static void read_adjust(struct loader *loader, const struct value *group, void *context)
{
	const struct value *value = group_member(group, "flow");
	struct word name = { 0 };
	struct draft *draft = NULL;

	(void)context;
	if (value && value->kind == VALUE_TEXT && !value->broken) {
		name = (struct word){ .text = value->text, .span = value->span };
		draft = flow_find(loader, &name);
	}
	if (!draft)
		read_for_mistakes(loader, group);
	else if (!adjust_flow(loader, group, draft, &name))
		draft->broken = true;
}

void departures_read(struct loader *loader, const struct document *document)
{
	static const struct item close_item = { .key = "close" };

	loader->scope = document;
	if (document->close_list)
		each_member(loader, &close_item, document->close_list, close_one, NULL);
	each_group(loader, document->adjust_list,
		   "a group like { flow = \"PROFILE.FLOW\"; tcp = 3128; }", read_adjust,
		   NULL);
}
