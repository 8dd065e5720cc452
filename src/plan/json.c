/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan as JSON: every edit, and both sides as nft would list them. */
#include <string.h>

#include "emit/emit.h"
#include "plan/plan.h"

/* clang-format off */
static const char *const op_names[] = {
	[EDIT_ADD]     = "add",
	[EDIT_DELETE]  = "delete",
	[EDIT_CHANGE]  = "change",
	[EDIT_MOVE]    = "move",
	[EDIT_REPLACE] = "replace",
};

static const char *const kind_names[] = {
	[EDIT_TABLE]   = "table",
	[EDIT_CHAIN]   = "chain",
	[EDIT_SET]     = "set",
	[EDIT_ELEMENT] = "element",
	[EDIT_RULE]    = "rule",
	[EDIT_OBJECT]  = "object",
};

/* clang-format on */

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

static json_t *buffer_json(const struct buffer *text)
{
	return json_text(text->data ? text->data : "");
}

/* Names that are on either side. */
#define EITHER(edit, what, member)                               \
	((edit)->desired_##what ? (edit)->desired_##what->member \
	 : (edit)->live_##what  ? (edit)->live_##what->member    \
				: NULL)

/* ---- what stands before and after ---- */

enum side { SIDE_BEFORE, SIDE_AFTER };

static void print_table(const struct table *table, struct buffer *out)
{
	buffer_format(out, "table %s %s", table_family_names[table->family],
		      table->name);
	buffer_text(out, table->dormant ? "; flags dormant" : "");
}

static void print_rule(const struct rule *rule, enum table_family family,
		       struct buffer *out)
{
	emit_rule(rule, family, out);
	if (!rule->comment)
		return;
	buffer_text(out, out->length ? " comment " : "comment ");
	emit_string(rule->comment, out);
}

static json_t *table_side(const struct table *table)
{
	struct buffer text AUTO_BUFFER = { 0 };

	if (!table)
		return json_null();
	print_table(table, &text);
	return buffer_json(&text);
}

static json_t *chain_side(const struct chain *chain)
{
	struct buffer text AUTO_BUFFER = { 0 };

	if (!chain)
		return json_null();
	if (chain->base)
		emit_chain_header(chain, &text);
	return buffer_json(&text);
}

static json_t *set_side(const struct set *set)
{
	struct buffer text AUTO_BUFFER = { 0 };

	if (!set)
		return json_null();
	emit_set_header(set, &text);
	return buffer_json(&text);
}

static json_t *element_side(const struct edit *edit, enum side side)
{
	struct buffer text AUTO_BUFFER = { 0 };

	if (edit->op == (side == SIDE_BEFORE ? EDIT_ADD : EDIT_DELETE))
		return json_null();
	if (side == SIDE_BEFORE)
		emit_element(edit->live_set, edit->live_index, &text);
	else
		emit_element(edit->desired_set, edit->desired_index, &text);
	return buffer_json(&text);
}

static json_t *rule_side(const struct edit *edit, enum side side)
{
	struct buffer text AUTO_BUFFER = { 0 };
	const struct rule *rule =
		side == SIDE_BEFORE ? edit->live_rule : edit->desired_rule;
	const struct table *table =
		edit->live_table ? edit->live_table : edit->desired_table;

	/* an addition names the rule that it makes anew, which is gone by then */
	if (!rule || (edit->op == EDIT_ADD && side == SIDE_BEFORE))
		return json_null();
	print_rule(rule, table->family, &text);
	return buffer_json(&text);
}

static json_t *object_side(const struct object *object, enum side side)
{
	struct buffer text AUTO_BUFFER = { 0 };

	if (side == SIDE_AFTER)
		return json_null();
	buffer_format(&text, "%s %s", object->is_flowtable ? "flowtable" : "object",
		      object->name);
	return buffer_json(&text);
}

static json_t *edit_side(const struct edit *edit, enum side side)
{
	bool before = side == SIDE_BEFORE;

	switch (edit->kind) {
	case EDIT_TABLE:
		return table_side(before ? edit->live_table : edit->desired_table);
	case EDIT_CHAIN:
		return chain_side(before ? edit->live_chain : edit->desired_chain);
	case EDIT_SET:
		return set_side(before ? edit->live_set : edit->desired_set);
	case EDIT_ELEMENT:
		return element_side(edit, side);
	case EDIT_RULE:
		return rule_side(edit, side);
	case EDIT_OBJECT:
		break;
	}
	return object_side(edit->object, side);
}

/* ---- where it comes from ---- */

static struct span element_origin(const struct edit *edit)
{
	const struct set *set = edit->desired_set;
	struct span origin = { 0 };

	if (edit->op == EDIT_DELETE || !set)
		return origin;
	if (set->elements)
		origin = set->elements[edit->desired_index].origin;
	return origin.source ? origin : set->origin;
}

static struct span edit_origin(const struct edit *edit)
{
	struct span nowhere = { 0 };

	switch (edit->kind) {
	case EDIT_TABLE:
		return edit->desired_table ? edit->desired_table->origin : nowhere;
	case EDIT_CHAIN:
		return edit->desired_chain ? edit->desired_chain->origin : nowhere;
	case EDIT_SET:
		return edit->desired_set ? edit->desired_set->origin : nowhere;
	case EDIT_ELEMENT:
		return element_origin(edit);
	case EDIT_RULE:
		return edit->desired_rule ? edit->desired_rule->origin : nowhere;
	case EDIT_OBJECT:
		break;
	}
	return nowhere;
}

static json_t *origin_json(struct span origin)
{
	json_t *object;

	if (!origin.source)
		return json_null();
	object = json_made(json_object());
	json_put(object, "file", json_text(origin.source->name));
	json_put(object, "line", origin.line ? json_integer(origin.line) : json_null());
	return object;
}

/* ---- the whole ---- */

static json_t *table_json(const struct edit *edit)
{
	const struct table *table =
		edit->desired_table ? edit->desired_table : edit->live_table;
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_format(&text, "%s %s", table_family_names[table->family], table->name);
	return buffer_json(&text);
}

static json_t *edit_json(const struct edit *edit)
{
	json_t *object = json_made(json_object());

	json_put(object, "op", json_string(op_names[edit->op]));
	json_put(object, "kind", json_string(kind_names[edit->kind]));
	json_put(object, "table", table_json(edit));
	json_put(object, "chain", text_or_null(EITHER(edit, chain, name)));
	json_put(object, "set", text_or_null(EITHER(edit, set, name)));
	json_put(object, "before", edit_side(edit, SIDE_BEFORE));
	json_put(object, "after", edit_side(edit, SIDE_AFTER));
	json_put(object, "what", text_or_null(edit->what));
	json_put(object, "flow", text_or_null(EITHER(edit, rule, comment)));
	json_put(object, "origin", origin_json(edit_origin(edit)));
	json_put(object, "consequence", json_boolean(edit->consequence));
	return object;
}

static json_t *summary_json(const struct plan_summary *summary)
{
	json_t *object = json_made(json_object());

	json_put(object, "add", json_integer((json_int_t)summary->add));
	json_put(object, "change", json_integer((json_int_t)summary->change));
	json_put(object, "delete", json_integer((json_int_t)summary->delete));
	return object;
}

/* Several lines of text, in each nothing but what is safe to show. */
static json_t *listing_json(const struct ruleset *ruleset)
{
	struct buffer text AUTO_BUFFER = { 0 }, shown AUTO_BUFFER = { 0 };
	size_t length;

	emit_listing(ruleset, &text);
	for (size_t at = 0; at < text.length; at += length) {
		length = strcspn(text.data + at, "\t\n");
		buffer_printable(&shown, text.data + at, length, 0);
		if (at + length < text.length)
			buffer_char(&shown, text.data[at + length++]);
	}
	return json_made(json_stringn(shown.data ? shown.data : "", shown.length));
}

json_t *plan_json(const struct plan *plan)
{
	json_t *object = json_made(json_object());
	json_t *changes = json_made(json_array());

	for (size_t i = 0; i < plan->edit_count; i++)
		json_push(changes, edit_json(&plan->edits[i]));
	json_put(object, "changed", json_boolean(!plan_is_empty(plan)));
	json_put(object, "generation", json_integer(plan->live->generation));
	json_put(object, "summary", summary_json(&plan->summary));
	json_put(object, "changes", changes);
	json_put(object, "before", listing_json(plan->live));
	json_put(object, "after", listing_json(plan->desired));
	return object;
}
