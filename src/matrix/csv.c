/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables as CSV after RFC 4180, but for the line ends: LF alone, on every system.
 *
 * A spreadsheet takes a cell that begins with = + - @ or a tab for a formula; such a
 * cell gets an apostrophe before it, which spreadsheets read as "this is text".
 */
#include <string.h>

#include "base/text.h"
#include "matrix/grid.h"

/* Also as full-width characters, which some spreadsheets take for the narrow ones. */
static bool begins_formula(const char *text)
{
	static const uint32_t signs[] = {
		'=', '+', '-', '@', '\t', '\r', '\n', 0xff1d, 0xff0b, 0xff0d, 0xff20,
	};
	uint32_t c;

	text += strspn(text, " ");
	if (!text_decode_utf8(text, strlen(text), &c))
		return false;
	for (size_t i = 0; i < COUNT_OF(signs); i++) {
		if (signs[i] == c)
			return true;
	}
	return false;
}

static bool needs_quotes(const char *text, size_t length)
{
	return length &&
	       (strpbrk(text, ",\"\r\n") || text[0] == ' ' || text[length - 1] == ' ');
}

static void print_cell(const char *text, struct buffer *out)
{
	struct buffer shown AUTO_BUFFER = { 0 };

	if (!text)
		return;
	if (begins_formula(text))
		buffer_char(&shown, '\'');
	buffer_printable(&shown, text, strlen(text), 0);
	if (!needs_quotes(shown.data ? shown.data : "", shown.length)) {
		buffer_add(out, shown.data ? shown.data : "", shown.length);
		return;
	}
	buffer_char(out, '"');
	for (size_t i = 0; i < shown.length; i++) {
		if (shown.data[i] == '"')
			buffer_char(out, '"');
		buffer_char(out, shown.data[i]);
	}
	buffer_char(out, '"');
}

static void print_remarks(const struct line *line, struct buffer *out)
{
	struct buffer all AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < line->remarks.count; i++)
		buffer_format(&all, "%s%s", i ? " | " : "",
			      line->remarks.items[i].text);
	print_cell(all.data, out);
}

static void print_titles(const struct grid *grid, struct buffer *out)
{
	print_cell(grid->section_title, out);
	for (size_t i = 0; i < grid->column_count; i++) {
		buffer_char(out, ',');
		print_cell(grid->titles[i], out);
	}
	if (grid->remark_title) {
		buffer_char(out, ',');
		print_cell(grid->remark_title, out);
	}
	buffer_char(out, '\n');
}

static void print_line(const struct grid *grid, const struct section *section,
		       const struct line *line, struct buffer *out)
{
	print_cell(section->title, out);
	for (size_t i = 0; i < grid->column_count; i++) {
		buffer_char(out, ',');
		print_cell(line->cells[i], out);
	}
	if (grid->remark_title) {
		buffer_char(out, ',');
		print_remarks(line, out);
	}
	buffer_char(out, '\n');
}

void csv_grid(const struct grid *grid, struct buffer *out)
{
	print_titles(grid, out);
	for (size_t i = 0; i < grid->sections.count; i++) {
		const struct section *section = &grid->sections.items[i];

		for (size_t k = 0; k < section->lines.count; k++)
			print_line(grid, section, &section->lines.items[k], out);
	}
}
