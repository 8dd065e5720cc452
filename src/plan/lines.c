/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a diff: a sign, the text, and behind it a note in a column of its own.
 */
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "plan/lines.h"

#define RESET "\x1b[0m"
#define BOLD  "\x1b[1m"
#define FAINT "\x1b[2m"

/* Texts wider than this do not push the notes of all others to the right. */
enum { NOTE_COLUMN_MAX = 72 };

/* clang-format off */
static const struct {
	char sign;
	const char *color;
} signs[SIGN_COUNT] = {
	[SIGN_CONTEXT] = { ' ', "" },
	[SIGN_ADD]     = { '+', "\x1b[32m" },
	[SIGN_REMOVE]  = { '-', "\x1b[31m" },
	[SIGN_CHANGE]  = { '~', "\x1b[33m" },
	[SIGN_ANEW]    = { '=', "" },
};

/* clang-format on */

const char *safe_text(struct arena *arena, const char *text)
{
	struct buffer shown AUTO_BUFFER = { 0 };

	buffer_printable(&shown, text, strlen(text), 0);
	return shown.length ? arena_copy(arena, shown.data, shown.length) : "";
}

size_t text_width(const char *text)
{
	size_t length = strlen(text), width = 0;
	uint32_t c;

	for (size_t i = 0, size; i < length; i += size) {
		size = text_decode_utf8(text + i, length - i, &c);
		width += text_columns(c);
	}
	return width;
}

/* Of a line's text with its sign and indent. */
static size_t line_width(const struct diff_line *line)
{
	return (line->depth == DEPTH_HEAD ? 2 : 4) + text_width(line->text);
}

static size_t note_column(const struct diff_lines *lines)
{
	size_t column = 0;

	for (size_t i = 0; i < lines->count; i++) {
		size_t width = line_width(&lines->items[i]);

		if (lines->items[i].note && width > column && width <= NOTE_COLUMN_MAX)
			column = width;
	}
	return column;
}

static void print_note(const struct diff_line *line, size_t column, bool color,
		       struct buffer *out)
{
	size_t width = line_width(line);

	buffer_format(out, "%*s", (int)(width < column ? column - width : 0) + 3, "");
	buffer_format(out, "%s# %s%s", color ? FAINT : "", line->note,
		      color ? RESET : "");
}

static void print_line(const struct diff_line *line, size_t column, bool color,
		       struct buffer *out)
{
	const char *shade = line->faint ? FAINT : signs[line->sign].color;

	if (color)
		buffer_text(out, shade);
	buffer_char(out, signs[line->sign].sign);
	buffer_text(out, line->depth == DEPTH_HEAD ? " " : "   ");
	buffer_text(out, line->text);
	if (color && *shade)
		buffer_text(out, RESET);
	if (line->note)
		print_note(line, column, color, out);
	buffer_char(out, '\n');
}

void diff_print(const struct diff_lines *lines, bool color, struct buffer *out)
{
	size_t column = note_column(lines);

	for (size_t i = 0; i < lines->count; i++)
		print_line(&lines->items[i], column, color, out);
}

void diff_print_title(const char *title, bool color, struct buffer *out)
{
	buffer_format(out, "%s%s%s\n", color ? BOLD : "", title, color ? RESET : "");
}
