/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files in a folder: the old one or the new one, at every moment. */
#pragma once

#include <dirent.h>

#include "state/folder.h"

enum { FILE_PIECES_MAX = 6 };

/* A file's path, for messages. */
const char *file_path(const struct folder *folder, const char *name,
		      struct arena *arena) MUST_USE;

struct opened_file {
	int fd;
	struct stat status;
};

/*
 * Opens a file that is rolewall's own; a link, a FIFO and what others own or may write
 * are refused (FOUND_FAILED).  `flags`: of open(); with O_CREAT it is made.
 */
enum found file_open(const struct folder *folder, const char *name, int flags,
		     struct diags *diags, struct opened_file *file) MUST_USE;

/* The bytes of a file, at most LIMIT_DATA_BYTES, in the arena. */
enum found file_read(const struct folder *folder, const char *name, struct arena *arena,
		     struct diags *diags, struct blob *content) MUST_USE;

/* At most FILE_PIECES_MAX pieces, one behind the other, become the file. */
bool file_write(struct folder *folder, const char *name, const struct blob *pieces,
		size_t count, struct diags *diags) MUST_USE;

/* What was renamed or removed in it stays so when the power fails. */
bool folder_sync(const struct folder *folder, struct diags *diags) MUST_USE;

/* One that is not there is as good as removed. */
bool file_remove(struct folder *folder, const char *name, struct diags *diags) MUST_USE;

/* The names in a folder; NULL with errno.  closedir() ends it. */
DIR *folder_names(const struct folder *folder) MUST_USE;
