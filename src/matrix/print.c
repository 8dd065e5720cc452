/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The matrix in each of its formats: what stands above the table, and the table. */
#include "matrix/view.h"

static const struct profile *own_profile(const struct site *site)
{
	/* users stand behind what they use */
	return site->is_profile && site->profiles.count
		       ? site->profiles.items[site->profiles.count - 1]
		       : NULL;
}

/* What the file is and where it comes from: a line each. */
struct head {
	const char *title;

	struct {
		const char **items;
		size_t count, capacity;
	} words;
};

static void head_of_profile(struct arena *arena, const struct site *site,
			    struct head *head)
{
	const struct profile *own = own_profile(site);

	if (!own)
		return;
	if (own->title)
		LIST_PUSH(arena, &head->words, own->title);
	if (own->source_document)
		LIST_PUSH(arena, &head->words,
			  arena_format(arena, "Source: %s", own->source_document));
}

static void head_of_profiles_used(struct arena *arena, const struct site *site,
				  struct head *head)
{
	const struct profile *own = own_profile(site);

	for (size_t i = 0; i < site->profiles.count; i++) {
		const struct profile *profile = site->profiles.items[i];

		if (profile == own)
			continue;
		LIST_PUSH(arena, &head->words,
			  arena_format(arena, "Uses %s%s%s", profile->name.text,
				       profile->title ? ": " : "",
				       profile->title ? profile->title : ""));
	}
}

static struct head head_of(struct arena *arena, const struct matrix *matrix)
{
	const struct site *site = matrix->site;
	struct head head = { .title = site->name.text };

	if (matrix->host)
		head.title = arena_format(arena, "%s, host %s", site->name.text,
					  matrix->host->name.text);
	head_of_profile(arena, site, &head);
	head_of_profiles_used(arena, site, &head);
	return head;
}

static struct grid flows_grid(struct arena *arena, const struct matrix *matrix)
{
	return matrix->site->is_profile ? profile_grid(arena, matrix)
					: site_grid(arena, matrix);
}

static void print_text(const struct matrix *matrix, bool color, struct buffer *out)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct head head = head_of(arena, matrix);
	struct grid flows = flows_grid(arena, matrix);

	text_title(head.title, color, out);
	for (size_t i = 0; i < head.words.count; i++)
		text_words(head.words.items[i], out);
	if (!matrix->site->is_profile) {
		struct grid hosts = hosts_grid(arena, matrix);

		text_grid(&hosts, color, out);
	}
	text_grid(&flows, color, out);
}

static void print_markdown(const struct matrix *matrix, bool color, struct buffer *out)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct head head = head_of(arena, matrix);
	struct grid flows = flows_grid(arena, matrix);

	(void)color;
	markdown_title(head.title, out);
	for (size_t i = 0; i < head.words.count; i++)
		markdown_words(head.words.items[i], out);
	if (!matrix->site->is_profile) {
		struct grid hosts = hosts_grid(arena, matrix);

		markdown_grid(&hosts, out);
	}
	markdown_grid(&flows, out);
}

static void print_csv(const struct matrix *matrix, bool color, struct buffer *out)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct grid flows = flows_grid(arena, matrix);

	(void)color;
	csv_grid(&flows, out);
}

static int append(const char *bytes, size_t length, void *out)
{
	buffer_add(out, bytes, length);
	return 0;
}

static void print_json(const struct matrix *matrix, bool color, struct buffer *out)
{
	json_t *json = matrix_json(matrix);

	(void)color;
	if (json_dump_callback(json, append, out, JSON_INDENT(2)) != 0)
		out_of_memory();
	json_decref(json);
	buffer_char(out, '\n');
}

/* clang-format off */
static void (*const printers[])(const struct matrix *matrix, bool color,
				struct buffer *out) = {
	[MATRIX_TEXT]     = print_text,
	[MATRIX_MARKDOWN] = print_markdown,
	[MATRIX_CSV]      = print_csv,
	[MATRIX_JSON]     = print_json,
};

/* clang-format on */

void matrix_print(const struct matrix *matrix, enum matrix_format format, bool color,
		  struct buffer *out)
{
	printers[format](matrix, color, out);
}
