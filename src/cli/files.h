/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output files: the old content or the new one, never half of it. */
#pragma once

#include "cli/cli.h"

/* A file that is written, and not yet in its place. */
struct staged_file {
	const char *path; /* as typed; the caller's */
	char *target;     /* its place, behind all links */
	char *temporary;  /* beside it; NULL: in its place, or a device: all done */
};

/* Writes the text beside its place; else an error in cli->messages. */
int file_stage(const struct cli *cli, const char *path,
	       const struct rolewall_text *text, struct staged_file *file) MUST_USE;

/* Puts it into its place, for good. */
int file_commit(const struct cli *cli, struct staged_file *file) MUST_USE;

/* Forgets the file, and removes it unless it is in its place. */
void file_discard(struct staged_file *file);
