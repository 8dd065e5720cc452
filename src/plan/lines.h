/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside plan/: the lines of a diff, collected first so that their notes can be
 * aligned.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buffer.h"

enum sign {
	SIGN_CONTEXT, /* what the lines below belong to; does not change itself */
	SIGN_ADD,
	SIGN_REMOVE,
	SIGN_CHANGE,
	SIGN_ANEW, /* the same as before, but made anew */
	SIGN_COUNT
};

enum depth {
	DEPTH_HEAD, /* tables, chains, sets */
	DEPTH_BODY, /* what is in them */
};

struct diff_line {
	enum sign sign;
	enum depth depth;
	bool faint;       /* a consequence of another line */
	const char *text; /* safe to print */
	const char *note; /* behind "# "; NULL: none */
};

struct diff_lines {
	struct diff_line *items;
	size_t count, capacity;
};

/* Text from the kernel, made safe; an arena's copy. */
const char *safe_text(struct arena *arena, const char *text) ALL_NONNULL;

/* Terminal columns of safe text. */
size_t text_width(const char *text) ALL_NONNULL;

void diff_print(const struct diff_lines *lines, bool color,
		struct buffer *out) ALL_NONNULL;

/* A whole line of its own, in bold. */
void diff_print_title(const char *title, bool color, struct buffer *out) ALL_NONNULL;
