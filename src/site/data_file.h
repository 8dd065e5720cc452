/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of addresses that peers name: lists, and what cloud providers publish. */
#pragma once

#include "site/schema.h"

/* The names of the formats, for read_choice; the first is the default. */
extern const char *const data_format_names[];

/* What a peer says of its file. */
struct data_request {
	struct word file; /* its text NULL: none */
	unsigned format;  /* index into data_format_names */
	struct words select;
};

/* The addresses that are asked for, normalized; false with a diagnostic. */
bool data_read(struct loader *loader, const struct data_request *request,
	       struct ranges addresses[FAMILY_COUNT]) ALL_NONNULL MUST_USE;

/* Ends what the files that were read keep outside of the arena. */
void data_files_release(struct loader *loader) ALL_NONNULL;
