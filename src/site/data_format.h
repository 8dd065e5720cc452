/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of data files: what a reader of a format fills. */
#pragma once

#include <jansson.h>

#include "site/addresses.h"

/* Forms of a JSON file, which keeps the texts. */
struct data_texts {
	const char **items;
	size_t count, capacity;
};

/* What one word of `select` stands for; of a list, the whole file. */
struct data_part {
	struct data_texts texts; /* still to be read */
	bool is_read, broken;
	struct ranges addresses[FAMILY_COUNT]; /* normalized once it is read */
};

struct data_file {
	const struct source *source;
	struct span user;       /* where it was first named */
	json_t *json;           /* NULL: not JSON */
	struct names parts;     /* struct data_part, by the word that selects it */
	struct data_part whole; /* of a format without `select` */
	unsigned mistake_count;
	bool broken; /* reported: say no more about it */
};

/*
 * Adds the form `text`, which lies in the source or in its JSON; false with a
 * diagnostic when it is none.  After LIMIT_DIAGNOSTICS mistakes in a file, says so and
 * no more.
 */
bool data_push(struct loader *loader, struct data_file *file, struct data_part *part,
	       const char *text, size_t length) ALL_NONNULL;

/* The readers; false with diagnostics when the file as a whole is not of the format. */
typedef bool data_reader(struct loader *loader, struct data_file *file);

/* One form a line, comments behind "#", into `whole`. */
data_reader data_read_list;
/* Azure's service tags and AWS' ranges, into `parts`. */
data_reader data_read_azure, data_read_aws;
