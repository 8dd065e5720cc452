/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A state of its own for each test, in two new folders that are gone at its end. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/state.h"
#include "support/test.h"

enum { SKIPPED = 77 }; /* what ctest shows as skipped */

struct place {
	char root[64];
	const char *lasting, *run; /* the folders */
	struct arena *arena;
	struct diags diags;
	struct state *files;
};

static inline const char *path_of(struct place *place, const char *name)
{
	return arena_format(place->arena, "%s/%s", place->root, name);
}

/* ---- files ---- */

static inline void put_file(const char *path, struct blob content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content.bytes, content.length), content.length);
	close(fd);
}

static inline struct blob blob_of_text(const char *text)
{
	return (struct blob){ text, strlen(text) };
}

/* NULL bytes: there is none. */
static inline struct blob take_file(struct place *place, const char *path)
{
	struct blob content = { 0 };
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return content;
	assert_int_equal(fstat(fd, &status), 0);
	content.length = (size_t)status.st_size;
	char *bytes = arena_alloc(place->arena, content.length + 1);

	assert_int_equal(read(fd, bytes, content.length), content.length);
	close(fd);
	content.bytes = bytes;
	return content;
}

static inline bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Names in a folder of the file system; with hidden ones, without . and .. */
static inline size_t count_names(const char *path)
{
	DIR *folder = opendir(path);
	size_t count = 0;

	if (!folder)
		return 0;
	for (const struct dirent *entry; (entry = readdir(folder));)
		count += !is_dot(entry->d_name);
	closedir(folder);
	return count;
}

static inline size_t count_hidden(const char *path)
{
	DIR *folder = opendir(path);
	size_t count = 0;

	assert_non_null(folder);
	for (const struct dirent *entry; (entry = readdir(folder));)
		count += entry->d_name[0] == '.' && !is_dot(entry->d_name);
	closedir(folder);
	return count;
}

static inline void remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder) {
		unlinkat(at, name, 0);
		return;
	}
	for (const struct dirent *entry; (entry = readdir(folder));)
		if (!is_dot(entry->d_name))
			remove_tree(dirfd(folder), entry->d_name);
	closedir(folder);
	unlinkat(at, name, AT_REMOVEDIR);
}

/* ---- diagnostics ---- */

static inline bool diags_have(const struct diags *diags, enum severity severity,
			      enum diag_code code, const char *text)
{
	for (const struct diag *diag = diags->first; diag; diag = diag->next)
		if (diag->severity == severity && diag->code == code &&
		    strstr(diag->text, text))
			return true;
	for (const struct diag *diag = diags->first; diag; diag = diag->next)
		print_error("said: %s: %s\n", diag_code_name(diag->code), diag->text);
	return false;
}

static inline bool place_error(struct place *place, enum diag_code code,
			       const char *text)
{
	bool found = diags_have(&place->diags, SEVERITY_ERROR, code, text);

	diags_init(&place->diags, place->arena);
	return found;
}

static inline bool place_note(struct place *place, const char *text)
{
	return diags_have(&place->diags, SEVERITY_NOTE, DIAG_NOTICE, text);
}

/* ---- set up ---- */

static inline bool place_open(struct place *place, bool make)
{
	return state_open(place->arena, place->lasting, place->run, make, &place->diags,
			  &place->files);
}

/* The root alone; in memory where that is possible, where a sync costs nothing. */
static inline int root_setup(void **state)
{
	static const char memory[] = "/dev/shm";
	struct place *place = test_calloc(1, sizeof(*place));

	snprintf(place->root, sizeof(place->root), "%s/rolewall-state-XXXXXX",
		 access(memory, W_OK) == 0 ? memory : "/tmp");
	if (!mkdtemp(place->root))
		return -1;
	place->arena = arena_new();
	diags_init(&place->diags, place->arena);
	place->lasting = path_of(place, "lib");
	place->run = path_of(place, "run");
	*state = place;
	return 0;
}

static inline int place_setup(void **state)
{
	if (root_setup(state) != 0)
		return -1;
	return place_open(*state, true) ? 0 : -1;
}

static inline int place_teardown(void **state)
{
	struct place *place = *state;

	if (place->files)
		state_close(place->files);
	remove_tree(AT_FDCWD, place->root);
	arena_free(place->arena);
	test_free(place);
	return 0;
}

#define PLACE_TEST(test) \
	cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
#define ROOT_TEST(test) \
	cmocka_unit_test_setup_teardown(test, root_setup, place_teardown)

/* ---- what is written ---- */

static inline struct change_id id_of(unsigned number)
{
	struct change_id id;

	snprintf(id.text, sizeof(id.text), "%08x", number);
	return id;
}

/* Rule set number N: its id and its bytes tell it from the others. */
static inline struct confirmed confirmed_of(struct place *place, unsigned number)
{
	return (struct confirmed){
		.id = id_of(number),
		.confirmed_at = 1700000000 + (int64_t)number,
		.ruleset = blob_of_text(
			arena_format(place->arena, "rule set number %u\n", number)),
	};
}

static inline bool confirm(struct place *place, unsigned number)
{
	struct confirmed confirmed = confirmed_of(place, number);

	return confirmed_write(place->files, &confirmed, &place->diags);
}

static inline struct pending pending_of(unsigned number)
{
	return (struct pending){
		.id = id_of(number),
		.since = 1764000000,
		.deadline_ms = 123456789,
		.boot_id = "01234567-89ab-cdef-0123-456789abcdef",
		.namespace_device = 4,
		.namespace_inode = 4026531840,
		.timer = TIMER_SYSTEMD,
		.before = { "before\0\n", 8 },
		.after = { "after", 5 },
		.protect = { "tcp/22\n", 7 },
		.connection = { "", 0 },
		.before_ms = UINT64_MAX,
	};
}

static inline bool blob_equal(struct blob a, struct blob b)
{
	return a.length == b.length &&
	       (!a.length || memcmp(a.bytes, b.bytes, a.length) == 0);
}

/* The number of the confirmed rule set, whole; 0 when there is none. */
static inline unsigned confirmed_number(struct place *place)
{
	struct confirmed confirmed, expected;
	unsigned number;

	switch (confirmed_read(place->files, place->arena, &place->diags, &confirmed)) {
	case FOUND:
		break;
	case FOUND_NOTHING:
		return 0;
	case FOUND_DAMAGED:
	case FOUND_FAILED:
		fail_msg("%s", place->diags.first->text);
	}
	number = (unsigned)strtoul(confirmed.id.text, NULL, 16);
	expected = confirmed_of(place, number);
	assert_true(blob_equal(confirmed.ruleset, expected.ruleset));
	assert_int_equal(confirmed.confirmed_at, expected.confirmed_at);
	return number;
}
