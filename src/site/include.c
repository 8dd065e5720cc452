/* SPDX-License-Identifier: GPL-2.0-or-later */
/* @include: which file is meant, and the way into it. */
#include <string.h>

#include "site/scan.h"

static const char keyword[] = "@include";

bool frame_at_include(const struct frame *frame, size_t *length)
{
	const char *at = frame->at;

	if (*at != '@' || strncmp(at, keyword, sizeof(keyword) - 1) != 0)
		return false;
	/* libconfig takes it at the start of a line only */
	for (const char *before = frame->line_start; before < at; before++)
		if (*before != ' ' && *before != '\t')
			return false;
	at += sizeof(keyword) - 1;
	if (*at != ' ' && *at != '\t')
		return false;
	at += strspn(at, " \t");
	*length = (size_t)(at - frame->at) + 1;
	return *at == '"';
}

/* The name between the quotes, which `frame` stands behind afterwards; NULL: none. */
static const char *take_path(struct scanner *scanner, struct span *span)
{
	struct frame *frame = &scanner->frames[scanner->depth];
	struct buffer path AUTO_BUFFER = { 0 };
	size_t length = 0;
	const char *at;

	if (!frame_at_include(frame, &length))
		return NULL;
	frame->at += length;
	*span = frame_span(frame, frame->at - 1, 1);
	buffer_text(&path, "");
	for (at = frame->at; at < frame->end && *at != '"' && *at != '\n'; at++) {
		if (*at == '\\' && (at[1] == '\\' || at[1] == '"'))
			at++;
		buffer_char(&path, *at);
	}

	bool closed = at < frame->end && *at == '"';

	frame->at = at + closed;
	if (!closed) {
		diag_error(scanner->diags, DIAG_SYNTAX, *span,
			   "the name of the file is not closed: expected a double "
			   "quote before the end of the line");
		return NULL;
	}
	span->length = (uint32_t)(at - frame->line_start) + 2 - span->column;
	return arena_copy(scanner->inputs->arena, path.data, path.length);
}

/* An included file lies in the searched folders or below: no "..", not absolute. */
static bool stays_below(const char *path)
{
	if (*path == '/' || !*path)
		return false;
	for (const char *part = path; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (!strncmp(part, "..", 2) && (part[2] == '/' || !part[2]))
			return false;
	}
	return true;
}

/* The first folder that has the file; the main text's own when none has. */
static const char *search(const struct scanner *scanner, const char *path)
{
	const struct inputs *inputs = scanner->inputs;
	const char *first = path_join(inputs->arena, scanner->main_folder, path);

	if (path_exists(first))
		return first;
	for (size_t i = 0; i < inputs->folder_count; i++) {
		const char *found = path_join(inputs->arena, inputs->folders[i], path);

		if (path_exists(found))
			return found;
	}
	return first;
}

static bool is_open(const struct scanner *scanner, const char *name)
{
	for (size_t i = 0; i <= scanner->depth; i++)
		if (!strcmp(scanner->frames[i].source->name, name))
			return true;
	return false;
}

static struct source *open_include(struct scanner *scanner, const char *path,
				   struct span span)
{
	const char *found, *why;
	struct source *source;

	if (!stays_below(path)) {
		diag_error(scanner->diags, DIAG_VALUE, span,
			   "expected a file below the folder of this one, or below a "
			   "folder given with -I");
		return NULL;
	}
	found = search(scanner, path);
	if (is_open(scanner, found)) {
		diag_error(scanner->diags, DIAG_CONFLICT, span,
			   "the file \"%s\" includes itself", found);
		return NULL;
	}
	if (scanner->depth == LIMIT_INCLUDE_DEPTH) {
		diag_error(scanner->diags, DIAG_LIMIT, span,
			   "files include each other more than %d deep",
			   LIMIT_INCLUDE_DEPTH);
		return NULL;
	}
	source = inputs_read(scanner->inputs, found, LIMIT_SITE_BYTES, &why);
	if (!source)
		diag_error(scanner->diags, DIAG_FILE, span, "cannot read \"%s\": %s",
			   found, why);
	return source;
}

void scanner_include(struct scanner *scanner)
{
	struct frame *frame = &scanner->frames[scanner->depth];
	struct span span;
	uint32_t line = frame->line;
	const char *path = take_path(scanner, &span);
	struct source *source = path ? open_include(scanner, path, span) : NULL;

	if (!source)
		return;
	source->included_from = frame->source;
	source->included_line = line;
	scanner->depth++;
	scanner_enter(scanner, source);
}
