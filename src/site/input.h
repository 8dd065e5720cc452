/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a site is read from: each file once, in order, with one digest over all. */
#pragma once

#include <sha2.h>

#include "base/source.h"
#include "site/names.h"

struct inputs {
	struct arena *arena;
	const char *stdin_name;     /* NULL: "<stdin>" */
	const char *const *folders; /* where profiles and includes are searched */
	size_t folder_count;
	struct names by_path;

	struct {
		const struct source **items;
		size_t count, capacity;
	} sources; /* in the order of reading; includes appear once each time */

	SHA2_CTX digest;
};

void inputs_init(struct inputs *inputs, struct arena *arena) ALL_NONNULL;

/*
 * Reads the file at `path`, at most `max` bytes, or takes what was read of it before.
 * On failure returns NULL and sets *why to words for the user.
 */
struct source *inputs_read(struct inputs *inputs, const char *path, size_t max,
			   const char **why) MUST_USE;

/* SHA-256 over the length and the bytes of each file, in order of reading. */
void inputs_digest(struct inputs *inputs, uint8_t digest[32]) ALL_NONNULL;

/* `name` as seen from the folder of `file`; absolute names stay as they are. */
const char *path_beside(struct arena *arena, const char *file,
			const char *name) ALL_NONNULL RETURNS_NONNULL;

/* FOLDER/NAME; `folder` "" or "." is the current one and not spelled. */
const char *path_join(struct arena *arena, const char *folder,
		      const char *name) ALL_NONNULL RETURNS_NONNULL;

/* The folder of a file: "" when it has none. */
const char *path_folder(struct arena *arena,
			const char *file) ALL_NONNULL RETURNS_NONNULL;

/* Whether something is there, whatever it is. */
bool path_exists(const char *path) ALL_NONNULL;
