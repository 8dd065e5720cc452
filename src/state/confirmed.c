/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The confirmed rule set, and those before it. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "state/record.h"

/* The NUMBER of NUMBER-ID; one a second makes it last longer than the machine. */
#define NUMBER_MAX 999999999999999u

enum { NUMBER_DIGITS = 6, HISTORY_NAME_BYTES = 32 };

static const struct span nowhere = { 0 };

/* clang-format off */
static const struct record_row rows[] = {
	{ "id",           ROW_ID,   offsetof(struct confirmed, id),           NULL },
	{ "confirmed-at", ROW_TIME, offsetof(struct confirmed, confirmed_at), NULL },
	{ "blob-ruleset", ROW_BLOB, offsetof(struct confirmed, ruleset),      NULL },
};
/* clang-format on */

static const struct record_kind kind = {
	.name = "confirmed",
	.advice = "\"rolewall apply\" and \"rolewall confirm\" make a new one; those "
		  "before it are in the folder \"history\"",
	.rows = rows,
	.count = COUNT_OF(rows),
	.size = sizeof(struct confirmed),
};

static struct record_place place_of(struct state *state)
{
	return (struct record_place){ &state->lasting, "confirmed", &kind };
}

enum found confirmed_read(struct state *state, struct arena *arena, struct diags *diags,
			  struct confirmed *confirmed)
{
	struct record_place place = place_of(state);

	return record_read(&place, arena, diags, confirmed);
}

/* ---- names in the history ---- */

struct name {
	uint64_t number;
	char file[HISTORY_NAME_BYTES];
};

/* Oldest first. */
struct names {
	struct name *items;
	size_t count, capacity;
};

static void name_write(struct name *name, uint64_t number, const struct change_id *id)
{
	name->number = number;
	snprintf(name->file, sizeof(name->file), "%0*" PRIu64 "-%s", NUMBER_DIGITS,
		 number, id->text);
}

/* False for what nobody but a person put there. */
static bool name_read(const char *file, struct name *name)
{
	const char *dash = strchr(file, '-');
	size_t zeros = strspn(file, "0");
	struct change_id id;
	uint64_t number;

	if (!dash || !change_id_parse(dash + 1, &id) ||
	    !text_number(file + zeros, (size_t)(dash - file) - zeros, NUMBER_MAX,
			 &number))
		return false;
	name_write(name, number, &id);
	return !strcmp(name->file, file);
}

static int compare_names(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return strcmp(left->file, right->file);
}

static bool list_names(struct state *state, struct arena *arena, struct diags *diags,
		       struct names *names)
{
	DIR *folder;
	struct name name;

	if (state->history.fd < 0)
		return true;
	folder = folder_names(&state->history);
	if (!folder)
		return state_fault(diags, errno, "read the folder",
				   state->history.path);
	for (const struct dirent *entry; (entry = readdir(folder));)
		if (name_read(entry->d_name, &name))
			LIST_PUSH(arena, names, name);
	closedir(folder);
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare_names);
	return true;
}

/*
 * A run that ended between link and rename left `confirmed` under both names.  Then the
 * one in the history is no older rule set, and is not linked again.
 */
static bool is_confirmed(const struct state *state, const struct name *name)
{
	struct stat confirmed, kept;

	return fstatat(state->lasting.fd, "confirmed", &confirmed,
		       AT_SYMLINK_NOFOLLOW) == 0 &&
	       confirmed.st_nlink > 1 &&
	       fstatat(state->history.fd, name->file, &kept, AT_SYMLINK_NOFOLLOW) ==
		       0 &&
	       kept.st_ino == confirmed.st_ino && kept.st_dev == confirmed.st_dev;
}

/* ---- reading the history ---- */

static enum found read_entry(struct state *state, const char *file, struct arena *arena,
			     struct diags *diags, struct confirmed *confirmed)
{
	struct record_place place = { &state->history, file, &kind };

	return record_read(&place, arena, diags, confirmed);
}

/* What is wrong with it is said when it is asked for: by history_read(). */
static struct history_entry entry_of(struct state *state, const struct name *name,
				     struct arena *arena)
{
	AUTO(arena) struct arena *scratch = arena_new();
	struct history_entry entry = { .file = arena_string(arena, name->file) };
	struct confirmed confirmed;
	struct diags unsaid;

	diags_init(&unsaid, scratch);
	if (read_entry(state, name->file, scratch, &unsaid, &confirmed) == FOUND) {
		entry.id = confirmed.id;
		entry.confirmed_at = confirmed.confirmed_at;
	} else {
		entry.damaged = true;
		if (!change_id_parse(strchr(name->file, '-') + 1, &entry.id))
			assert(false); /* name_read() saw it */
	}
	return entry;
}

bool history_list(struct state *state, struct arena *arena, struct diags *diags,
		  struct history *history)
{
	AUTO(arena) struct arena *scratch = arena_new();
	struct history list = { 0 };
	struct names names = { 0 };

	if (!history_open(state, false, diags) ||
	    !list_names(state, scratch, diags, &names))
		return false;
	for (size_t i = names.count; i-- > 0;)
		if (!is_confirmed(state, &names.items[i]))
			LIST_PUSH(arena, &list,
				  entry_of(state, &names.items[i], arena));
	*history = list;
	return true;
}

enum found history_read(struct state *state, const struct history_entry *entry,
			struct arena *arena, struct diags *diags,
			struct confirmed *confirmed)
{
	struct name name;

	if (!name_read(entry->file, &name) || !history_open(state, false, diags))
		return FOUND_FAILED;
	return read_entry(state, name.file, arena, diags, confirmed);
}

/* ---- writing ---- */

/* Links what is confirmed into the history, under the next number. */
static bool link_confirmed(struct state *state, const struct change_id *id,
			   struct arena *arena, struct names *names,
			   struct diags *diags)
{
	const struct name *last = names->count ? &names->items[names->count - 1] : NULL;
	struct name name;

	if (last && is_confirmed(state, last))
		return true;
	if (last && last->number == NUMBER_MAX)
		return diag_error(diags, DIAG_STATE, nowhere,
				  "there is no number after that of \"%s\": remove it",
				  file_path(&state->history, last->file, diags->arena));
	name_write(&name, last ? last->number + 1 : 1, id);
	if (linkat(state->lasting.fd, "confirmed", state->history.fd, name.file, 0) < 0)
		return state_fault(diags, errno, "keep the confirmed rule set as",
				   file_path(&state->history, name.file, diags->arena));
	LIST_PUSH(arena, names, name);
	return folder_sync(&state->history, diags);
}

/*
 * What was confirmed goes into the history when it is whole.  One that is not is no
 * good there: it would push out one that is.
 */
static bool keep_confirmed(struct state *state, struct arena *arena,
			   struct names *names, struct diags *diags)
{
	struct confirmed old;
	struct diags unsaid;
	enum found found;

	diags_init(&unsaid, arena);
	found = confirmed_read(state, arena, &unsaid, &old);
	if (!history_open(state, found == FOUND, diags) ||
	    !list_names(state, arena, diags, names))
		return false;
	if (found == FOUND)
		return link_confirmed(state, &old.id, arena, names, diags);
	if (found != FOUND_NOTHING)
		diag_warning(diags, DIAG_STATE, nowhere,
			     "%s; it does not go into the history", unsaid.first->text);
	return true;
}

/* Down to `kept`.  The change is made by then: what fails here is no failure of it. */
static void prune(struct state *state, const struct names *names, size_t kept,
		  struct diags *diags)
{
	for (size_t i = 0; i + kept < names->count; i++) {
		const char *file = names->items[i].file;

		if (unlinkat(state->history.fd, file, 0) == 0 || errno == ENOENT)
			continue;
		diag_warning(diags, DIAG_STATE, nowhere, "cannot remove \"%s\": %s",
			     file_path(&state->history, file, diags->arena),
			     strerror(errno));
	}
}

bool confirmed_write(struct state *state, const struct confirmed *confirmed,
		     struct diags *diags)
{
	AUTO(arena) struct arena *scratch = arena_new();
	struct record_place place = place_of(state);
	struct names names = { 0 };

	if (!keep_confirmed(state, scratch, &names, diags) ||
	    !record_write(&place, confirmed, diags))
		return false;
	prune(state, &names, CONFIRMED_KEPT - 1, diags);
	return true;
}

bool confirmed_remove(struct state *state, struct diags *diags)
{
	AUTO(arena) struct arena *scratch = arena_new();
	struct names names = { 0 };

	if (!keep_confirmed(state, scratch, &names, diags) ||
	    !file_remove(&state->lasting, "confirmed", diags))
		return false;
	prune(state, &names, CONFIRMED_KEPT, diags);
	return true;
}
