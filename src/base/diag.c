/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Diagnostics: collected in order, printed with their line of the text and a caret. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/limits.h"
#include "base/text.h"

/* A longer line is cut to this many bytes around the column. */
#define LINE_BYTES 120u
/* Bytes before the column that a cut line keeps. */
#define BYTES_BEFORE 40u

#define TAB_COLUMNS  8u

#define BOLD         "\033[1m"
#define RESET        "\033[0m"

/* clang-format off */
static const char *const code_names[] = {
	[DIAG_SYNTAX]        = "syntax",
	[DIAG_LITERAL]       = "literal",
	[DIAG_UNKNOWN_KEY]   = "unknown-key",
	[DIAG_UNKNOWN_NAME]  = "unknown-name",
	[DIAG_MISSING]       = "missing",
	[DIAG_TYPE]          = "type",
	[DIAG_VALUE]         = "value",
	[DIAG_DUPLICATE]     = "duplicate",
	[DIAG_CONFLICT]      = "conflict",
	[DIAG_ADDRESS]       = "address",
	[DIAG_EXPIRED]       = "expired",
	[DIAG_NOBODY]        = "nobody",
	[DIAG_NEVER]         = "never",
	[DIAG_EXPECT]        = "expectation",
	[DIAG_UNSUPPORTED]   = "unsupported",
	[DIAG_FILE]          = "file",
	[DIAG_LIMIT]         = "limit",
	[DIAG_HOST]          = "host",
	[DIAG_USAGE]         = "usage",
	[DIAG_PERMISSION]    = "permission",
	[DIAG_KERNEL]        = "kernel",
	[DIAG_GENERATION]    = "generation",
	[DIAG_READBACK]      = "readback",
	[DIAG_LOCKOUT]       = "lockout",
	[DIAG_OPENS]         = "opens",
	[DIAG_PENDING]       = "pending",
	[DIAG_LOCKED]        = "locked",
	[DIAG_NOTHING]       = "nothing",
	[DIAG_PROOF]         = "proof",
	[DIAG_STATE]         = "state",
	[DIAG_NOTICE]        = "notice",
};
/* clang-format on */
_Static_assert(COUNT_OF(code_names) == DIAG_CODE_COUNT, "a code has no name");

/* clang-format off */
static const struct {
	const char *word, *color;
} severities[] = {
	[SEVERITY_ERROR]   = { "error: ", "\033[1;31m" },
	[SEVERITY_WARNING] = { "warning: ", "\033[1;35m" },
	[SEVERITY_NOTE]    = { "note: ", "\033[1;36m" },
};

/* clang-format on */

void diags_init(struct diags *diags, struct arena *arena)
{
	*diags = (struct diags){ .arena = arena, .tail = &diags->first };
}

static void append(struct diags *diags, enum severity severity, enum diag_code code,
		   struct span span, const char *text)
{
	struct diag *diag = arena_alloc(diags->arena, sizeof(*diag));

	*diag = (struct diag){
		.severity = severity, .code = code, .span = span, .text = text
	};
	*diags->tail = diag;
	diags->tail = &diag->next;
}

bool diag_error(struct diags *diags, enum diag_code code, struct span span,
		const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(diags, SEVERITY_ERROR, code, span,
	       arena_vformat(diags->arena, format, arguments));
	va_end(arguments);
	diags->error_count++;
	return false;
}

void diag_warning(struct diags *diags, enum diag_code code, struct span span,
		  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(diags, SEVERITY_WARNING, code, span,
	       arena_vformat(diags->arena, format, arguments));
	va_end(arguments);
	diags->warning_count++;
}

void diag_note(struct diags *diags, struct span span, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(diags, SEVERITY_NOTE, DIAG_NOTICE, span,
	       arena_vformat(diags->arena, format, arguments));
	va_end(arguments);
}

bool diag_of_refusal(struct diags *diags, int error, const char *what)
{
	struct span nowhere = { 0 };

	if (error == EPERM || error == EACCES) {
		diag_error(diags, DIAG_PERMISSION, nowhere,
			   "%s needs the capability CAP_NET_ADMIN", what);
		diag_note(diags, nowhere, "run it as root");
		return false;
	}
	return diag_error(diags, DIAG_KERNEL, nowhere, "%s failed: %s", what,
			  strerror(error));
}

const char *diag_code_name(enum diag_code code)
{
	assert(code < DIAG_CODE_COUNT);
	return code_names[code];
}

static void print_text(struct buffer *out, const char *text)
{
	buffer_printable(out, text, strlen(text), '\0');
}

/* FILE:LINE:COLUMN: and as much of it as is known. */
static void print_place(struct buffer *out, const struct span *span)
{
	print_text(out, span->source->name);
	if (span->line)
		buffer_format(out, ":%u", (unsigned)span->line);
	if (span->line && span->column)
		buffer_format(out, ":%u", (unsigned)span->column);
	buffer_text(out, ": ");
}

/* The part of a line that is shown: all of it, unless it is very long. */
struct window {
	const char *text;
	size_t first, end;           /* bytes */
	size_t length;               /* of the whole line */
	size_t mark_first, mark_end; /* bytes to underline; equal: no caret */
};

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0u) == 0x80;
}

static struct window window_around(const struct span *span)
{
	size_t length;
	struct window window = { .text = source_line(span->source, span->line,
						     &length) };

	window.end = window.length = length;
	if (span->column) {
		window.mark_first =
			span->column - 1 < length ? span->column - 1 : length;
		window.mark_end = window.mark_first + (span->length ? span->length : 1);
	}
	if (length <= LINE_BYTES)
		return window;

	if (window.mark_first + BYTES_BEFORE > LINE_BYTES)
		window.first = window.mark_first - BYTES_BEFORE;
	if (length - window.first > LINE_BYTES)
		window.end = window.first + LINE_BYTES;
	/* not in the middle of a character, which has at most three bytes more */
	for (int i = 0;
	     i < 3 && window.first && is_continuation(window.text[window.first]); i++)
		window.first++;
	for (int i = 0;
	     i < 3 && window.end < length && is_continuation(window.text[window.end]);
	     i++)
		window.end--;
	return window;
}

/* One character, safe to show; returns its bytes and adds its columns. */
static size_t print_character(struct buffer *out, const char *text, size_t length,
			      unsigned *column)
{
	uint32_t c;
	size_t size = text_decode_utf8(text, length, &c);

	if (size && c == '\t') {
		unsigned width = TAB_COLUMNS - *column % TAB_COLUMNS;

		buffer_format(out, "%*s", (int)width, "");
		*column += width;
		return size;
	}

	size_t before = out->length;

	buffer_printable(out, text, size ? size : 1, '\0');
	if (size && !text_is_hidden(c))
		*column += text_columns(c);
	else
		*column += (unsigned)(out->length - before);
	return size ? size : 1;
}

/* The shown part of the line; where its mark starts and ends goes to `columns`. */
static void print_window(struct buffer *out, const struct window *window,
			 unsigned columns[2])
{
	unsigned column = 0;
	bool marked = false;

	if (window->first) {
		buffer_text(out, "...");
		column = 3;
	}
	columns[0] = columns[1] = column;
	for (size_t at = window->first; at < window->end;) {
		unsigned start = column;

		at += print_character(out, window->text + at, window->end - at,
				      &column);
		if (at <= window->mark_first) {
			columns[0] = columns[1] = column;
		} else if (at <= window->mark_end || !marked) {
			columns[0] = marked ? columns[0] : start;
			columns[1] = column;
			marked = true;
		}
	}
}

/* The line of the text, and a caret below its column. */
static void print_line(struct buffer *out, const struct diag *diag, bool color)
{
	struct window window = window_around(&diag->span);
	struct buffer line AUTO_BUFFER = { 0 };
	unsigned columns[2];
	size_t start = out->length;

	print_window(&line, &window, columns);
	buffer_format(out, "%5u |", (unsigned)diag->span.line);

	int width = (int)(out->length - start) - 1;

	if (line.length)
		buffer_format(out, " %s", line.data);
	buffer_text(out, window.end < window.length ? "...\n" : "\n");
	if (window.mark_first == window.mark_end)
		return;

	buffer_format(out, "%*s| %*s", width, "", (int)columns[0], "");
	if (color)
		buffer_text(out, severities[diag->severity].color);
	buffer_char(out, '^');
	for (unsigned i = columns[0] + 1; i < columns[1]; i++)
		buffer_char(out, '~');
	if (color)
		buffer_text(out, RESET);
	buffer_char(out, '\n');
}

static void print_chain(struct buffer *out, const struct source *source, bool color)
{
	for (; source->included_from; source = source->included_from) {
		if (color)
			buffer_text(out, BOLD);
		print_text(out, source->included_from->name);
		buffer_format(out, ":%u: ", (unsigned)source->included_line);
		buffer_format(out, "%snote: %sincluded from here\n",
			      color ? severities[SEVERITY_NOTE].color : "",
			      color ? RESET : "");
	}
}

static void print_diag(struct buffer *out, const struct diag *diag, bool color)
{
	const struct span *span = &diag->span;
	bool note = diag->severity == SEVERITY_NOTE;

	if (color && (span->source || !note))
		buffer_text(out, BOLD);
	if (span->source)
		print_place(out, span);
	else if (!note)
		buffer_text(out, "rolewall: ");
	if (color)
		buffer_text(out, severities[diag->severity].color);
	buffer_text(out, severities[diag->severity].word);
	if (color)
		buffer_text(out, note ? RESET : RESET BOLD);
	print_text(out, diag->text);
	if (color && !note)
		buffer_text(out, RESET);
	buffer_char(out, '\n');
	if (!span->source)
		return;
	if (span->line)
		print_line(out, diag, color);
	if (!note)
		print_chain(out, span->source, color);
}

/* What the limit kept back, in one line. */
static void print_rest(struct buffer *out, unsigned errors, unsigned warnings)
{
	buffer_text(out, "rolewall: not shown: ");
	if (errors)
		buffer_format(out, "%u more error%s", errors, errors == 1 ? "" : "s");
	if (errors && warnings)
		buffer_text(out, ", ");
	if (warnings)
		buffer_format(out, "%u more warning%s", warnings,
			      warnings == 1 ? "" : "s");
	buffer_char(out, '\n');
}

void diags_print(const struct diags *diags, bool color, struct buffer *out)
{
	unsigned shown = 0, hidden[SEVERITY_NOTE] = { 0 };

	for (const struct diag *diag = diags->first; diag; diag = diag->next) {
		bool note = diag->severity == SEVERITY_NOTE;

		if (!note && shown == LIMIT_DIAGNOSTICS)
			hidden[diag->severity]++;
		else if (!note)
			shown++;
		if (!hidden[SEVERITY_ERROR] && !hidden[SEVERITY_WARNING])
			print_diag(out, diag, color);
	}
	if (hidden[SEVERITY_ERROR] || hidden[SEVERITY_WARNING])
		print_rest(out, hidden[SEVERITY_ERROR], hidden[SEVERITY_WARNING]);
}
