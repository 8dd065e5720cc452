/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records: structs as files that a person can read and that no damage gets past.
 *
 *	rolewall pending 1
 *	id 0a1b2c3d
 *	...                 one line for each row of the kind's table, in its order
 *	blob-before 1234    the length of what comes at the end
 *	blob-after 5678
 *	sha256 1f0c...      of all lines before this one and all bytes after it
 *
 *	BYTES OF before, BYTES OF after
 *
 * A row is read both ways: what is not as it would be written is damaged.
 */
#pragma once

#include "state/file.h"

enum row_kind {
	ROW_ID,     /* struct change_id */
	ROW_TIME,   /* int64_t, not negative */
	ROW_NUMBER, /* uint64_t */
	ROW_BOOT,   /* char[BOOT_ID_BYTES] */
	ROW_WORD,   /* an enum: one of `words`, NULL at their end */
	ROW_TEXT,   /* const char *: what could break a line or a terminal is escaped */
	ROW_BLOB    /* struct blob; after all others */
};

struct record_row {
	const char *word;
	enum row_kind kind;
	size_t offset;
	const char *const *words;
};

enum { RECORD_BLOBS_MAX = FILE_PIECES_MAX - 2 };

struct record_kind {
	const char *name;
	const char *advice; /* what to do when one is damaged; NULL: nothing */
	const struct record_row *rows;
	size_t count, size; /* rows; bytes of the struct */
};

/* Where one is. */
struct record_place {
	struct folder *folder;
	const char *file;
	const struct record_kind *kind;
};

/* Blobs point into the arena's bytes of the file. */
enum found record_read(const struct record_place *place, struct arena *arena,
		       struct diags *diags, void *record) MUST_USE;
bool record_write(const struct record_place *place, const void *record,
		  struct diags *diags) MUST_USE;
