/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables for a terminal: columns as wide as their cells need, and where that is too
 * much, the widest ones wrapped.
 */
#include <string.h>

#include "base/text.h"
#include "matrix/grid.h"

enum {
	TEXT_WIDTH = 120,
	INDENT = 2,        /* of lines below a section's title */
	REMARK_INDENT = 4, /* of remarks below their line */
	GAP = 2,           /* between two columns */
};

#define BOLD  "\x1b[1m"
#define RESET "\x1b[0m"

static const char *const tone_colors[TONE_COUNT] = {
	[TONE_PLAIN] = "",
	[TONE_FAINT] = "\x1b[2m",
	[TONE_REMARKABLE] = "\x1b[33m",
};

/* ---- words and their width ---- */

/* Terminal columns of safe text: no hidden character is left in it. */
static unsigned width_of(const char *text, size_t length)
{
	unsigned width = 0;
	uint32_t c;

	for (size_t i = 0, size; i < length; i += size) {
		size = text_decode_utf8(text + i, length - i, &c);
		width += text_columns(c);
	}
	return width;
}

static unsigned longest_word(const char *text)
{
	unsigned longest = 0;

	while (*text) {
		size_t length = strcspn(text, " ");
		unsigned width = width_of(text, length);

		longest = width > longest ? width : longest;
		text += length;
		text += strspn(text, " ");
	}
	return longest;
}

/* Bytes of `text` that fit into `width` columns, whole words if any; at least one. */
static size_t piece_of(const char *text, unsigned width)
{
	size_t length = strlen(text), at = 0, space = 0;
	unsigned used = 0;
	uint32_t c;

	while (at < length) {
		size_t size = text_decode_utf8(text + at, length - at, &c);

		used += text_columns(c);
		if (c == ' ')
			space = at;
		if (used > width && at)
			return space ? space : at;
		at += size;
	}
	return at;
}

static void print_spaces(struct buffer *out, unsigned count)
{
	buffer_format(out, "%*s", (int)count, "");
}

static const char *safe(struct arena *arena, const char *text)
{
	struct buffer shown AUTO_BUFFER = { 0 };

	buffer_printable(&shown, text, strlen(text), 0);
	return shown.length ? arena_copy(arena, shown.data, shown.length) : "";
}

static void begin_tone(enum tone tone, bool color, struct buffer *out)
{
	if (color)
		buffer_text(out, tone_colors[tone]);
}

static void end_tone(enum tone tone, bool color, struct buffer *out)
{
	if (color && tone != TONE_PLAIN)
		buffer_text(out, RESET);
}

/* ---- the columns of a section ---- */

struct layout {
	size_t columns[GRID_COLUMN_MAX];
	unsigned widths[GRID_COLUMN_MAX], words[GRID_COLUMN_MAX];
	size_t count;
};

static void layout_see(struct layout *layout, size_t i, const char *cell)
{
	unsigned width = width_of(cell, strlen(cell)), word = longest_word(cell);

	if (width > layout->widths[i])
		layout->widths[i] = width;
	if (word > layout->words[i])
		layout->words[i] = word;
}

static void layout_see_section(struct layout *layout, const struct section *section)
{
	struct arena *arena AUTO(arena) = arena_new();

	for (size_t k = 0; k < section->lines.count; k++) {
		const struct line *line = &section->lines.items[k];

		for (size_t i = 0; i < layout->count; i++) {
			const char *cell = line->cells[layout->columns[i]];

			layout_see(layout, i, cell ? safe(arena, cell) : "");
		}
	}
}

static unsigned at_most(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* No column wider than `cap`, or than its longest word if `whole`. */
static unsigned capped(const struct layout *layout, size_t i, unsigned cap, bool whole)
{
	if (whole && layout->words[i] > cap)
		cap = layout->words[i];
	return at_most(layout->widths[i], cap);
}

static bool fits(const struct layout *layout, unsigned cap, bool whole)
{
	size_t sum = INDENT;

	for (size_t i = 0; i < layout->count; i++)
		sum += capped(layout, i, cap, whole) + (i ? GAP : 0);
	return sum <= TEXT_WIDTH;
}

/* The widest cap that makes it fit: if need be, through the middle of words. */
static void layout_fit(struct layout *layout)
{
	unsigned cap = TEXT_WIDTH;
	bool whole = fits(layout, 1, true);

	while (cap > 1 && !fits(layout, cap, whole))
		cap--;
	for (size_t i = 0; i < layout->count; i++)
		layout->widths[i] = capped(layout, i, cap, whole);
}

static struct layout layout_of(const struct grid *grid, const struct section *section)
{
	struct layout layout = { 0 };

	layout.count = grid_columns(grid, section, layout.columns);
	for (size_t i = 0; i < layout.count; i++)
		layout_see(&layout, i, grid->titles[layout.columns[i]]);
	if (grid->apart) {
		layout_see_section(&layout, section);
	} else {
		for (size_t i = 0; i < grid->sections.count; i++)
			layout_see_section(&layout, &grid->sections.items[i]);
	}
	layout_fit(&layout);
	return layout;
}

/* ---- lines ---- */

/* One terminal line of a wrapped line; takes what it prints off the cells. */
static bool print_row(const struct layout *layout, const char **cells,
		      struct buffer *out)
{
	unsigned owed = INDENT; /* spaces before the next cell */
	bool more = false;

	for (size_t i = 0; i < layout->count; i++) {
		size_t length = piece_of(cells[i], layout->widths[i]);
		unsigned width = width_of(cells[i], length);

		if (length) {
			print_spaces(out, owed);
			buffer_add(out, cells[i], length);
			owed = 0;
		}
		owed += layout->widths[i] + GAP;
		owed -= length ? at_most(width, layout->widths[i]) : 0;
		cells[i] += length;
		cells[i] += strspn(cells[i], " ");
		more |= *cells[i] != '\0';
	}
	return more;
}

static void print_wrapped(const struct layout *layout, const char *const *cells,
			  struct buffer *out)
{
	const char *left[GRID_COLUMN_MAX] = { NULL };
	struct arena *arena AUTO(arena) = arena_new();
	bool more = true;

	for (size_t i = 0; i < layout->count; i++) {
		const char *cell = cells[layout->columns[i]];

		left[i] = cell ? safe(arena, cell) : "";
	}
	while (more) {
		more = print_row(layout, left, out);
		buffer_text(out, more ? "\n" : "");
	}
}

/* A text of its own, at `indent`, the lines behind the first two columns further. */
static void print_paragraph(const char *text, unsigned indent, struct buffer *out)
{
	struct arena *arena AUTO(arena) = arena_new();
	unsigned further = indent;

	text = safe(arena, text);
	while (*text) {
		size_t length = piece_of(text, TEXT_WIDTH - further);

		print_spaces(out, further);
		buffer_add(out, text, length);
		text += length;
		text += strspn(text, " ");
		buffer_text(out, *text ? "\n" : "");
		further = indent ? indent + GAP : 0;
	}
}

static void print_line(const struct layout *layout, const struct line *line, bool color,
		       struct buffer *out)
{
	if (layout->count) {
		begin_tone(line->tone, color, out);
		print_wrapped(layout, line->cells, out);
		end_tone(line->tone, color, out);
		buffer_char(out, '\n');
	}
	for (size_t i = 0; i < line->remarks.count; i++) {
		const struct remark *remark = &line->remarks.items[i];

		begin_tone(remark->tone, color, out);
		print_paragraph(remark->text, REMARK_INDENT, out);
		end_tone(remark->tone, color, out);
		buffer_char(out, '\n');
	}
}

static void print_titles(const struct grid *grid, const struct layout *layout,
			 bool color, struct buffer *out)
{
	if (!layout->count)
		return;
	begin_tone(TONE_FAINT, color, out);
	print_wrapped(layout, grid->titles, out);
	end_tone(TONE_FAINT, color, out);
	buffer_char(out, '\n');
}

static void print_section(const struct section *section, const struct layout *layout,
			  bool color, struct buffer *out)
{
	for (size_t k = 0; k < section->lines.count; k++)
		print_line(layout, &section->lines.items[k], color, out);
}

void text_title(const char *title, bool color, struct buffer *out)
{
	buffer_text(out, color ? BOLD : "");
	text_words(title, out);
	if (color) {
		out->length--; /* the sequence ends before the line does */
		buffer_text(out, RESET "\n");
	}
}

void text_words(const char *words, struct buffer *out)
{
	print_paragraph(words, 0, out);
	buffer_char(out, '\n');
}

void text_grid(const struct grid *grid, bool color, struct buffer *out)
{
	struct layout layout = { 0 };

	for (size_t i = 0; i < grid->sections.count; i++) {
		const struct section *section = &grid->sections.items[i];
		bool anew = grid->apart || i == 0;

		if (anew)
			layout = layout_of(grid, section);
		buffer_char(out, '\n');
		text_title(section->title, color, out);
		if (anew)
			print_titles(grid, &layout, color, out);
		print_section(section, &layout, color, out);
	}
}
