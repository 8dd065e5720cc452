/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One loaded text: its name as the user typed it, its bytes, its line starts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct source {
	const char *name; /* for messages: as typed, or the --stdin-filename */
	const char *text; /* NUL-ended; `length` bytes before that */
	size_t length;
	const size_t *line_starts; /* offset of each line's first byte */
	size_t line_count;
	const struct source *included_from; /* NULL: not an @include */
	uint32_t included_line;
};

/* A place in a text.  All zero: nowhere (the kernel, the command line). */
struct span {
	const struct source *source; /* NULL: not from a file */
	uint32_t line;               /* 1-based; 0 when unknown */
	uint32_t column;             /* 1-based, in bytes; 0 when unknown */
	uint32_t length;             /* bytes to underline */
};

/* Takes `text` (an arena's, NUL-ended) as a source and finds its lines. */
struct source *source_new(struct arena *arena, const char *name, const char *text,
			  size_t length) RETURNS_NONNULL MUST_USE;

/*
 * Reads a whole file, at most `max` bytes; "-" is standard input, named
 * `stdin_name`.  On failure returns NULL and sets *why to words for the user
 * ("no such file", "larger than 64 MiB", "a directory").
 */
struct source *source_read(struct arena *arena, const char *path,
			   const char *stdin_name, size_t max,
			   const char **why) MUST_USE;

/* The text of a line (1-based) without its end; *length its bytes. */
const char *source_line(const struct source *source, uint32_t line,
			size_t *length) ALL_NONNULL MUST_USE;

/* The line and column of an offset. */
struct span source_span(const struct source *source, size_t offset,
			size_t length) ALL_NONNULL MUST_USE;
