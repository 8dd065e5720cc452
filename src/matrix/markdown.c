/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables as GitHub's Markdown; no text can end a cell, or be more than text. */
#include <string.h>

#include "matrix/grid.h"

/* What Markdown or HTML gives a meaning to; the rest is harmless inside a line. */
static void print_text(const char *text, struct buffer *out)
{
	struct buffer shown AUTO_BUFFER = { 0 };

	buffer_printable(&shown, text, strlen(text), 0);
	for (size_t i = 0; i < shown.length; i++) {
		char c = shown.data[i];

		if (c == '&')
			buffer_text(out, "&amp;");
		else if (c == '<')
			buffer_text(out, "&lt;");
		else if (c == '>')
			buffer_text(out, "&gt;");
		else if (strchr("\\`*_[]|~$#!", c))
			buffer_format(out, "\\%c", c);
		else
			buffer_char(out, c);
	}
}

void markdown_title(const char *title, struct buffer *out)
{
	buffer_text(out, "# ");
	print_text(title, out);
	buffer_char(out, '\n');
}

/* A paragraph of its own: "- x" or "1. x" at its begin would make a list. */
void markdown_words(const char *words, struct buffer *out)
{
	size_t digits = strspn(words, "0123456789");

	buffer_char(out, '\n');
	buffer_add(out, words, digits);
	words += digits;
	if (*words && strchr("-+=.)", *words))
		buffer_char(out, '\\');
	print_text(words, out);
	buffer_char(out, '\n');
}

static void print_cell(const char *text, struct buffer *out)
{
	buffer_char(out, ' ');
	if (text && *text) {
		print_text(text, out);
		buffer_char(out, ' ');
	}
	buffer_char(out, '|');
}

static void print_remarks(const struct line *line, struct buffer *out)
{
	buffer_char(out, ' ');
	for (size_t i = 0; i < line->remarks.count; i++) {
		buffer_text(out, i ? "<br>" : "");
		print_text(line->remarks.items[i].text, out);
	}
	buffer_text(out, line->remarks.count ? " |" : "|");
}

static void print_section(const struct grid *grid, const struct section *section,
			  struct buffer *out)
{
	size_t columns[GRID_COLUMN_MAX];
	size_t count = grid_columns(grid, section, columns);

	buffer_text(out, "\n## ");
	print_text(section->title, out);
	buffer_text(out, "\n\n|");
	for (size_t i = 0; i < count; i++)
		print_cell(grid->titles[columns[i]], out);
	if (grid->remark_title)
		print_cell(grid->remark_title, out);
	buffer_text(out, "\n|");
	for (size_t i = 0; i < count + (grid->remark_title != NULL); i++)
		buffer_text(out, " --- |");
	buffer_char(out, '\n');

	for (size_t k = 0; k < section->lines.count; k++) {
		const struct line *line = &section->lines.items[k];

		buffer_char(out, '|');
		for (size_t i = 0; i < count; i++)
			print_cell(line->cells[columns[i]], out);
		if (grid->remark_title)
			print_remarks(line, out);
		buffer_char(out, '\n');
	}
}

void markdown_grid(const struct grid *grid, struct buffer *out)
{
	for (size_t i = 0; i < grid->sections.count; i++)
		print_section(grid, &grid->sections.items[i], out);
}
