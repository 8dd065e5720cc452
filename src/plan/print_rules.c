/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of a plan for people, each with the reason why it is there or not. */
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"
#include "plan/printer.h"

/* ---- comments that are wanted ---- */

static int compare_comments(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void learn_chain(struct printer *printer, const struct chain *chain)
{
	for (size_t i = 0; i < chain->rule_count; i++) {
		const char *comment = chain->rules[i].comment;

		if (comment)
			LIST_PUSH(printer->arena, &printer->comments, comment);
	}
}

void printer_learn_comments(struct printer *printer)
{
	const struct ruleset *desired = printer->plan->desired;

	for (size_t i = 0; i < desired->table_count; i++) {
		for (size_t k = 0; k < desired->tables[i].chain_count; k++)
			learn_chain(printer, &desired->tables[i].chains[k]);
	}
	if (printer->comments.count)
		qsort(printer->comments.items, printer->comments.count,
		      sizeof(*printer->comments.items), compare_comments);
}

static bool is_wanted(const struct printer *printer, const char *comment)
{
	return printer->comments.count &&
	       bsearch(&comment, printer->comments.items, printer->comments.count,
		       sizeof(*printer->comments.items), compare_comments);
}

/* PROFILE.ID or SITE.ID, and not a sentence. */
static bool is_flow_id(const char *comment)
{
	static const char inside[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";

	return strchr(comment, '.') && comment[strspn(comment, inside)] == '\0';
}

/* ---- notes ---- */

/* "defender-iot.cli, plant.cfg:12"; NULL when nothing is known. */
static const char *wanted_note(struct arena *arena, const struct rule *rule)
{
	const struct span *origin = &rule->origin;
	struct buffer out AUTO_BUFFER = { 0 };

	if (rule->comment)
		buffer_text(&out, rule->comment);
	if (origin->source)
		buffer_format(&out, "%s%s", out.length ? ", " : "",
			      origin->source->name);
	if (origin->source && origin->line)
		buffer_format(&out, ":%u", (unsigned)origin->line);
	return out.length ? arena_copy(arena, out.data, out.length) : NULL;
}

/* All rules of rolewall's have a comment. */
static const char *unwanted_note(const struct printer *printer, const struct rule *rule)
{
	const char *comment = rule->comment;

	if (!comment)
		return "not rolewall's: added by hand";
	if (is_flow_id(comment) && !is_wanted(printer, comment))
		return arena_format(printer->arena, "%s, no longer in the site",
				    comment);
	return arena_format(printer->arena, "%s: the site asks for no such rule",
			    comment);
}

/* What a change would not show by itself. */
static const char *before_note(const struct printer *printer, const struct edit *edit,
			       bool same_text)
{
	const char *live = edit->live_rule->comment;
	const char *desired = edit->desired_rule->comment;

	if (!live && desired)
		return "without a comment";
	if (live && !is_wanted(printer, live))
		return unwanted_note(printer, edit->live_rule);
	if (live && (!desired || strcmp(live, desired) != 0))
		return arena_format(printer->arena, "comment \"%s\"", live);
	return same_text ? "differs in what nft does not show" : NULL;
}

static const char *anew_note(const struct printer *printer, const struct edit *edit,
			     const struct edit *chain)
{
	const char *reason = "with what it refers to";

	if (chain && chain->consequence)
		reason = "with its table";
	else if (chain && chain->op == EDIT_REPLACE)
		reason = "with its chain";
	if (!edit->desired_rule->comment)
		return arena_format(printer->arena, "made anew %s", reason);
	return arena_format(printer->arena, "%s: made anew %s",
			    edit->desired_rule->comment, reason);
}

static const char *moved_note(const struct printer *printer, const struct edit *edit)
{
	const char *from = wanted_note(printer->arena, edit->desired_rule);

	return arena_format(printer->arena, "moved from place %zu to %zu%s%s",
			    edit->live_index + 1, edit->desired_index + 1,
			    from ? "; " : "", from ? from : "");
}

/* ---- lines ---- */

static const char *rule_words(struct arena *arena, const struct edit *edit,
			      const struct rule *rule)
{
	struct buffer out AUTO_BUFFER = { 0 };
	const struct table *table =
		edit->live_table ? edit->live_table : edit->desired_table;

	emit_rule(rule, table->family, &out);
	return out.length ? arena_copy(arena, out.data, out.length)
			  : "(a rule without any statement)";
}

static struct diff_line body(enum sign sign, const char *text, const char *note)
{
	return (struct diff_line){
		.sign = sign, .depth = DEPTH_BODY, .text = text, .note = note
	};
}

static void print_added(struct printer *printer, const struct edit *edit,
			const struct edit *chain)
{
	const struct rule *rule = edit->desired_rule;
	struct diff_line line = body(SIGN_ADD, rule_words(printer->arena, edit, rule),
				     wanted_note(printer->arena, rule));

	if (edit->consequence) {
		line.sign = SIGN_ANEW;
		line.faint = true;
		line.note = anew_note(printer, edit, chain);
	}
	print_add(printer, line);
}

static void print_deleted(struct printer *printer, const struct edit *edit)
{
	const struct rule *rule = edit->live_rule;
	struct diff_line line =
		body(SIGN_REMOVE, rule_words(printer->arena, edit, rule),
		     unwanted_note(printer, rule));

	/* it is added again as it was: said once, there */
	if (edit->consequence && edit->desired_chain)
		return;
	if (edit->consequence) {
		line.faint = true;
		line.note = "goes with its chain";
	}
	print_add(printer, line);
}

static void print_changed(struct printer *printer, const struct edit *edit)
{
	const char *before = rule_words(printer->arena, edit, edit->live_rule);
	const char *after = rule_words(printer->arena, edit, edit->desired_rule);

	print_add(printer,
		  body(SIGN_REMOVE, before,
		       before_note(printer, edit, strcmp(before, after) == 0)));
	print_add(printer, body(SIGN_ADD, after,
				wanted_note(printer->arena, edit->desired_rule)));
}

void print_rules(struct printer *printer, struct edits edits, const struct edit *chain)
{
	for (size_t i = 0; i < edits.count; i++) {
		const struct edit *edit = &edits.items[i];

		switch (edit->op) {
		case EDIT_ADD:
			print_added(printer, edit, chain);
			break;
		case EDIT_DELETE:
			print_deleted(printer, edit);
			break;
		case EDIT_CHANGE:
		case EDIT_REPLACE:
			print_changed(printer, edit);
			break;
		case EDIT_MOVE:
			print_add(printer, body(SIGN_CHANGE,
						rule_words(printer->arena, edit,
							   edit->desired_rule),
						moved_note(printer, edit)));
			break;
		}
	}
}
