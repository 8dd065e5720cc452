/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of a plan for people: a set may have a million elements, a reader has not. */
#include "emit/emit.h"
#include "plan/printer.h"

enum {
	ELEMENT_SHOWN_MAX = 20, /* of one set; the rest is counted */
	LINE_WIDTH = 76,        /* of elements on one line */
};

static const struct set *edit_set(const struct edit *edit)
{
	return edit->desired_set ? edit->desired_set : edit->live_set;
}

/* ---- the set itself ---- */

static void print_set_edit(struct printer *printer, const struct edit *edit)
{
	static const enum sign signs[] = {
		[EDIT_ADD] = SIGN_ADD,        [EDIT_DELETE] = SIGN_REMOVE,
		[EDIT_CHANGE] = SIGN_CHANGE,  [EDIT_MOVE] = SIGN_CHANGE,
		[EDIT_REPLACE] = SIGN_CHANGE,
	};
	const struct set *set = edit_set(edit);
	struct buffer text AUTO_BUFFER = { 0 };
	struct diff_line line = { .depth = DEPTH_HEAD };

	buffer_format(&text, "%s %s", set->map ? "map" : "set", set->name);
	if (edit->kind == EDIT_SET)
		line.sign = signs[edit->op];
	if (edit->kind == EDIT_SET && edit->consequence) {
		line.sign = SIGN_ANEW;
		line.faint = true;
		line.note = "made anew with its table";
	} else if (edit->kind == EDIT_SET && edit->what) {
		buffer_format(&text, ", made anew (%s)", edit->what);
	} else if (edit->kind == EDIT_SET) {
		buffer_text(&text, ": ");
		emit_set_header(set, &text);
	}
	line.text = text.data;
	print_add(printer, line);
}

/* ---- its elements ---- */

/* Elements of one sign, as many on a line as it holds. */
struct element_line {
	struct printer *printer;
	enum sign sign;
	struct buffer text;
};

static void line_end(struct element_line *line)
{
	if (line->text.length)
		print_add(line->printer, (struct diff_line){ .sign = line->sign,
							     .depth = DEPTH_BODY,
							     .text = line->text.data });
	buffer_reset(&line->text);
}

static void line_add(struct element_line *line, const char *element)
{
	if (line->text.length &&
	    text_width(line->text.data) + 2 + text_width(element) > LINE_WIDTH)
		line_end(line);
	if (line->text.length)
		buffer_text(&line->text, ", ");
	buffer_text(&line->text, element);
}

static void line_add_edit(struct element_line *line, const struct edit *edit)
{
	struct buffer text AUTO_BUFFER = { 0 };

	if (edit->op == EDIT_DELETE)
		emit_element(edit->live_set, edit->live_index, &text);
	else
		emit_element(edit->desired_set, edit->desired_index, &text);
	if (edit->what)
		buffer_format(&text, " (%s)", edit->what);
	line_add(line, safe_text(line->printer->arena, text.data));
}

/* Of the first `max` edits that are no consequence, those of one kind. */
static void print_elements_of(struct printer *printer, struct edits edits,
			      enum edit_op op, enum sign sign)
{
	struct element_line line = { .printer = printer, .sign = sign };
	size_t seen = 0;

	for (size_t i = 0; i < edits.count && seen < ELEMENT_SHOWN_MAX; i++) {
		const struct edit *edit = &edits.items[i];

		if (edit->consequence)
			continue;
		seen++;
		if (edit->op == op)
			line_add_edit(&line, edit);
	}
	line_end(&line);
}

struct element_counts {
	size_t add, remove, change, shown, anew;
};

static struct element_counts count_elements(struct edits edits)
{
	struct element_counts counts = { 0 };

	for (size_t i = 0; i < edits.count; i++) {
		const struct edit *edit = &edits.items[i];

		if (edit->consequence)
			counts.anew += edit->op == EDIT_ADD;
		else if (counts.shown < ELEMENT_SHOWN_MAX)
			counts.shown++;
		else if (edit->op == EDIT_ADD)
			counts.add++;
		else if (edit->op == EDIT_DELETE)
			counts.remove++;
		else
			counts.change++;
	}
	return counts;
}

/* What the limit keeps back: "... and 12 more: 10 to add, 2 to remove". */
static void print_rest(struct printer *printer, const struct element_counts *counts)
{
	const struct {
		size_t count;
		const char *verb;
	} parts[] = {
		{ counts->add, "add" },
		{ counts->change, "change" },
		{ counts->remove, "remove" },
	};

	size_t total = counts->add + counts->change + counts->remove;
	struct buffer text AUTO_BUFFER = { 0 };
	const char *separator = ": ";

	if (!total)
		return;
	buffer_format(&text, "... and %zu more", total);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		if (!parts[i].count)
			continue;
		buffer_format(&text, "%s%zu to %s", separator, parts[i].count,
			      parts[i].verb);
		separator = ", ";
	}
	print_add(printer,
		  (struct diff_line){ .depth = DEPTH_BODY, .text = text.data });
}

static void print_anew(struct printer *printer, size_t count)
{
	if (!count)
		return;
	print_add(printer, (struct diff_line){
				   .sign = SIGN_ANEW,
				   .depth = DEPTH_BODY,
				   .faint = true,
				   .text = arena_format(printer->arena,
							"%zu element%s as before",
							count, count == 1 ? "" : "s"),
				   .note = "made anew",
			   });
}

void print_set(struct printer *printer, struct edits edits)
{
	struct edits elements = edits;
	struct element_counts counts;

	print_set_edit(printer, edits.items);
	if (edits.items->kind == EDIT_SET) {
		elements.items++;
		elements.count--;
	}
	counts = count_elements(elements);
	print_anew(printer, counts.anew);
	print_elements_of(printer, elements, EDIT_DELETE, SIGN_REMOVE);
	print_elements_of(printer, elements, EDIT_CHANGE, SIGN_CHANGE);
	print_elements_of(printer, elements, EDIT_ADD, SIGN_ADD);
	print_rest(printer, &counts);
}
