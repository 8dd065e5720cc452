/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table in sections, to be printed in three formats.
 *
 * Cells and titles are text as it was read: each format escapes by itself.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"

enum { GRID_COLUMN_MAX = 10 };

enum tone { TONE_PLAIN, TONE_FAINT, TONE_REMARKABLE, TONE_COUNT };

struct remark {
	const char *text;
	enum tone tone;
};

struct line {
	const char *cells[GRID_COLUMN_MAX]; /* NULL: the cell is not there */
	enum tone tone;

	struct {
		struct remark *items;
		size_t count, capacity;
	} remarks; /* text: below the line; else the last cell */
};

struct section {
	const char *title;

	struct {
		struct line *items;
		size_t count, capacity;
	} lines;
};

struct grid {
	const char *titles[GRID_COLUMN_MAX];
	size_t column_count;
	const char *section_title; /* of the sections' titles, a column of their own */
	const char *remark_title;  /* NULL: no line has remarks */
	/* each section is a table of its own, without the columns that none of its
	 * lines has a cell for; else all have the same columns */
	bool apart;

	struct {
		struct section *items;
		size_t count, capacity;
	} sections;
};

/* Begins a section; the next lines belong to it. */
void grid_section(struct arena *arena, struct grid *grid,
		  const char *title) ALL_NONNULL;
void grid_line(struct arena *arena, struct grid *grid, struct line line) ALL_NONNULL;

/* A remark on the last line. */
void grid_remark(struct arena *arena, struct grid *grid, const char *text,
		 enum tone tone) ALL_NONNULL;

/* Which columns a section is printed with; returns how many. */
size_t grid_columns(const struct grid *grid, const struct section *section,
		    size_t columns[GRID_COLUMN_MAX]) ALL_NONNULL;

/* ---- text.c: columns of a terminal ---- */

/* A title above everything, and words in the width of the table. */
void text_title(const char *title, bool color, struct buffer *out) ALL_NONNULL;
void text_words(const char *words, struct buffer *out) ALL_NONNULL;
void text_grid(const struct grid *grid, bool color, struct buffer *out) ALL_NONNULL;

/* ---- markdown.c: GitHub's tables ---- */

void markdown_title(const char *title, struct buffer *out) ALL_NONNULL;
void markdown_words(const char *words, struct buffer *out) ALL_NONNULL;
void markdown_grid(const struct grid *grid, struct buffer *out) ALL_NONNULL;

/* ---- csv.c: RFC 4180 ---- */

void csv_grid(const struct grid *grid, struct buffer *out) ALL_NONNULL;
