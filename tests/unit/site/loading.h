/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sites in a folder of their own: written, loaded, and what was said of them. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "site/site.h"
#include "support/test.h"

#define TRIAL_FOLDER "/tmp/rolewall-site-XXXXXX"

/* 2026-06-15 */
enum { TRIAL_TODAY = 20619 };

struct trial {
	char folder[sizeof(TRIAL_FOLDER)];
	struct arena *arena;
	struct diags diags;
	const struct site *site;
	const char *said; /* all diagnostics as they are printed */
};

static struct trial trial;

static inline int trial_begin(void **state)
{
	(void)state;
	memset(&trial, 0, sizeof(trial));
	memcpy(trial.folder, TRIAL_FOLDER, sizeof(TRIAL_FOLDER));
	trial.arena = arena_new();
	diags_init(&trial.diags, trial.arena);
	return mkdtemp(trial.folder) ? 0 : -1;
}

static inline const char *trial_path(const char *name)
{
	return arena_format(trial.arena, "%s/%s", trial.folder, name);
}

static inline int trial_end(void **state)
{
	DIR *folder = opendir(trial.folder);

	(void)state;
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] != '.')
			unlink(trial_path(entry->d_name));
	if (folder)
		closedir(folder);
	rmdir(trial.folder);
	arena_free(trial.arena);
	return 0;
}

static inline void trial_write_bytes(const char *name, const void *bytes, size_t length)
{
	FILE *file = fopen(trial_path(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static inline void trial_write(const char *name, const char *text)
{
	trial_write_bytes(name, text, strlen(text));
}

/* Loads the file `name` of the folder; profiles are those of the folder, then shipped.
 */
static inline const struct site *trial_load_file(const char *name)
{
	static const char shipped[] = ROLEWALL_SOURCE_FOLDER "/profiles";
	const char *folders[] = { trial.folder, shipped };
	struct site_options options = {
		.notes = true,
		.profile_folders = folders,
		.profile_folder_count = COUNT_OF(folders),
		.today = TRIAL_TODAY,
	};
	struct buffer said AUTO_BUFFER = { 0 };

	diags_init(&trial.diags, trial.arena);
	trial.site = site_load(trial.arena, trial_path(name), &options, &trial.diags);
	buffer_text(&said, "");
	diags_print(&trial.diags, false, &said);
	trial.said = arena_string(trial.arena, said.data);
	/* the contract: a site if, and only if, there is no error */
	assert_int_equal(trial.site != NULL, trial.diags.error_count == 0);
	return trial.site;
}

static inline const struct site *trial_load(const char *text)
{
	trial_write("site.cfg", text);
	return trial_load_file("site.cfg");
}

/* What was said has to hold `text`; places start with the file's name. */
static inline void assert_said(const char *text)
{
	if (!strstr(trial.said, text))
		fail_msg("expected: %s\nsaid: %s", text, trial.said);
}

static inline void assert_not_said(const char *text)
{
	if (strstr(trial.said, text))
		fail_msg("not expected: %s\nsaid: %s", text, trial.said);
}

/* A site that loads, whatever warnings it has. */
static inline const struct site *assert_loads(const char *text)
{
	if (!trial_load(text))
		fail_msg("expected no error\nsaid: %s", trial.said);
	return trial.site;
}

/* A site with just so many errors. */
static inline void assert_errors(const char *text, unsigned count)
{
	trial_load(text);
	if (trial.diags.error_count != count)
		fail_msg("expected %u errors, found %u\nsaid: %s", count,
			 trial.diags.error_count, trial.said);
}

static inline const struct actor *trial_actor(const char *name)
{
	for (size_t i = 0; i < trial.site->actors.count; i++)
		if (!strcmp(trial.site->actors.items[i]->name.text, name))
			return trial.site->actors.items[i];
	fail_msg("no actor is called %s", name);
	return NULL;
}

/* The ranges of both families, as nft writes them. */
static inline const char *trial_addresses(const char *name)
{
	const struct actor *actor = trial_actor(name);
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "");
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < actor->addresses[family].count; i++) {
			const struct ranges *ranges = &actor->addresses[family];

			buffer_text(&text, text.length ? " " : "");
			range_print(&text, range_low(ranges, i), range_high(ranges, i),
				    ranges->width);
		}
	return arena_string(trial.arena, text.data);
}
