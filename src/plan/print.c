/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan for people: table by table, in each the chains, the sets, what is foreign.
 */
#include <inttypes.h>

#include "emit/emit.h"
#include "plan/printer.h"

void print_add(struct printer *printer, struct diff_line line)
{
	line.text = safe_text(printer->arena, line.text);
	if (line.note)
		line.note = safe_text(printer->arena, line.note);
	LIST_PUSH(printer->arena, &printer->lines, line);
}

static struct diff_line head(enum sign sign, const char *text)
{
	return (struct diff_line){ .sign = sign, .depth = DEPTH_HEAD, .text = text };
}

/* ---- tables ---- */

static const char *table_content(struct arena *arena, const struct table *table)
{
	size_t rules = 0;

	for (size_t i = 0; i < table->chain_count; i++)
		rules += table->chains[i].rule_count;
	return arena_format(arena, "%zu chain%s, %zu rule%s, %zu set%s",
			    table->chain_count, table->chain_count == 1 ? "" : "s",
			    rules, rules == 1 ? "" : "s", table->set_count,
			    table->set_count == 1 ? "" : "s");
}

static const struct table *edit_table(const struct edit *edit)
{
	return edit->live_table ? edit->live_table : edit->desired_table;
}

static const char *table_words(struct arena *arena, const struct edit *edit)
{
	const struct table *table = edit_table(edit);
	const char *name = arena_format(arena, "table %s %s",
					table_family_names[table->family], table->name);

	switch (edit->op) {
	case EDIT_DELETE:
		return arena_format(arena, "%s: %s", name, table_content(arena, table));
	case EDIT_CHANGE:
		return arena_format(arena, "%s (%s)", name, edit->what);
	case EDIT_REPLACE:
		return arena_format(arena, "%s, made anew (%s)", name, edit->what);
	case EDIT_ADD:
	case EDIT_MOVE:
		break;
	}
	return name;
}

/* clang-format off */
static const enum sign op_signs[] = {
	[EDIT_ADD]     = SIGN_ADD,
	[EDIT_DELETE]  = SIGN_REMOVE,
	[EDIT_CHANGE]  = SIGN_CHANGE,
	[EDIT_MOVE]    = SIGN_CHANGE,
	[EDIT_REPLACE] = SIGN_CHANGE,
};

/* clang-format on */

static void print_table_edit(struct printer *printer, const struct edit *edit)
{
	print_add(printer, head(op_signs[edit->op], table_words(printer->arena, edit)));
}

/* ---- chains ---- */

static const struct chain *edit_chain(const struct edit *edit)
{
	return edit->desired_chain ? edit->desired_chain : edit->live_chain;
}

/* Where the plan puts a chain: the desired ones in their order, then the others. */
static size_t chain_place(const struct edit *edit)
{
	if (edit->desired_chain)
		return (size_t)(edit->desired_chain - edit->desired_table->chains);
	return edit->desired_table->chain_count +
	       (size_t)(edit->live_chain - edit->live_table->chains);
}

static const char *chain_words(struct arena *arena, const struct edit *edit)
{
	const struct chain *chain = edit_chain(edit);
	struct buffer out AUTO_BUFFER = { 0 };

	buffer_format(&out, "chain %s", chain->name);
	if (edit->op == EDIT_REPLACE)
		buffer_text(&out, ", made anew");
	if (edit->what)
		buffer_format(&out, " (%s)", edit->what);
	else if (chain->base && !edit->consequence) {
		buffer_text(&out, ": ");
		emit_chain_header(chain, &out);
	}
	return arena_copy(arena, out.data, out.length);
}

static void print_chain_edit(struct printer *printer, const struct edit *edit)
{
	struct diff_line line =
		head(op_signs[edit->op], chain_words(printer->arena, edit));

	if (edit->consequence) {
		line.sign = SIGN_ANEW;
		line.faint = true;
		line.note = "made anew with its table";
	}
	print_add(printer, line);
}

/* A chain that only rules of are edited. */
static void print_chain_context(struct printer *printer, const struct edit *edit)
{
	print_add(printer, head(SIGN_CONTEXT, arena_format(printer->arena, "chain %s",
							   edit_chain(edit)->name)));
}

/* The edits of one chain's rules at the front of `rules`. */
static struct edits rules_of_chain(struct edits rules)
{
	size_t count = 0;

	while (count < rules.count &&
	       edit_chain(&rules.items[count]) == edit_chain(rules.items))
		count++;
	return (struct edits){ rules.items, count };
}

/* Both runs are in the same order of chains; each chain is printed once. */
static void print_chains(struct printer *printer, struct edits chains,
			 struct edits rules)
{
	while (chains.count || rules.count) {
		const struct edit *chain = chains.count ? chains.items : NULL;
		struct edits inside = rules_of_chain(rules);

		if (chain && inside.count &&
		    chain_place(chain) > chain_place(inside.items))
			chain = NULL;
		if (chain && inside.count &&
		    chain_place(chain) < chain_place(inside.items))
			inside.count = 0;
		if (chain)
			print_chain_edit(printer, chain);
		else
			print_chain_context(printer, inside.items);
		print_rules(printer, inside, chain);

		chains.items += chain != NULL;
		chains.count -= chain != NULL;
		rules.items += inside.count;
		rules.count -= inside.count;
	}
}

/* ---- what else is in a table ---- */

static const struct set *edit_set(const struct edit *edit)
{
	return edit->desired_set ? edit->desired_set : edit->live_set;
}

/* A set's edit and those of its elements, one set after the other. */
static void print_sets(struct printer *printer, struct edits edits)
{
	for (size_t i = 0, count; i < edits.count; i += count) {
		for (count = 1; i + count < edits.count; count++) {
			if (edit_set(&edits.items[i + count]) !=
			    edit_set(&edits.items[i]))
				break;
		}
		print_set(printer, (struct edits){ edits.items + i, count });
	}
}

static void print_objects(struct printer *printer, struct edits edits)
{
	for (size_t i = 0; i < edits.count; i++) {
		const struct object *object = edits.items[i].object;
		struct diff_line line =
			head(SIGN_REMOVE,
			     arena_format(printer->arena, "%s %s",
					  object->is_flowtable ? "flowtable" : "object",
					  object->name));

		line.note = "not rolewall's: added by hand";
		print_add(printer, line);
	}
}

/* Takes the run of the kinds `first` to `last` off the front. */
static struct edits take_kinds(struct edits *edits, enum edit_kind first,
			       enum edit_kind last)
{
	struct edits run = { edits->items, 0 };

	while (run.count < edits->count && run.items[run.count].kind >= first &&
	       run.items[run.count].kind <= last)
		run.count++;
	edits->items += run.count;
	edits->count -= run.count;
	return run;
}

static void print_table(struct printer *printer, struct edits edits)
{
	struct edits tables = take_kinds(&edits, EDIT_TABLE, EDIT_TABLE);
	struct edits chains = take_kinds(&edits, EDIT_CHAIN, EDIT_CHAIN);
	struct edits sets = take_kinds(&edits, EDIT_SET, EDIT_ELEMENT);
	struct edits objects = take_kinds(&edits, EDIT_OBJECT, EDIT_OBJECT);

	if (tables.count)
		print_table_edit(printer, tables.items);
	print_chains(printer, chains, edits);
	print_sets(printer, sets);
	print_objects(printer, objects);
}

/* ---- the whole ---- */

/* "sensor-1: inet rolewall, kernel generation 41"; `table` NULL: nothing differs. */
static void print_title(const struct printer *printer,
			const struct plan_print_options *options,
			const struct table *table, struct buffer *out)
{
	struct buffer title AUTO_BUFFER = { 0 };

	if (options->host)
		buffer_format(&title, "%s: ", options->host);
	if (table)
		buffer_format(&title, "%s %s, ", table_family_names[table->family],
			      table->name);
	if (options->against)
		buffer_format(&title, "against %s", options->against);
	else
		buffer_format(&title, "kernel generation %" PRIu32,
			      printer->plan->live->generation);
	diff_print_title(safe_text(printer->arena, title.data), options->color, out);
	buffer_char(out, '\n');
}

void plan_print(const struct plan *plan, const struct plan_print_options *options,
		struct buffer *out)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct printer printer = { .arena = arena, .plan = plan };

	if (plan_is_empty(plan))
		print_title(&printer, options, NULL, out);
	else
		printer_learn_comments(&printer);
	for (size_t i = 0, count; i < plan->edit_count; i += count) {
		const struct edit *first = &plan->edits[i];

		for (count = 1; i + count < plan->edit_count; count++) {
			if (edit_table(&first[count])->family !=
			    edit_table(first)->family)
				break;
		}
		printer.lines.count = 0;
		print_title(&printer, options, edit_table(first), out);
		print_table(&printer, (struct edits){ first, count });
		diff_print(&printer.lines, options->color, out);
		buffer_char(out, '\n');
	}
	plan_print_summary(plan, out);
	buffer_text(out, ".\n");
}
