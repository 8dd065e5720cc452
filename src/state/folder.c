/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders: made, opened, refused when they are not rolewall's alone. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "state/folder.h"

enum { FOLDER_MODE = 0700, OTHERS_MAY_WRITE = S_IWGRP | S_IWOTH };

static const struct span nowhere = { 0 };

/* ---- what went wrong ---- */

static const char *words_of_errno(int error)
{
	/* clang-format off */
	static const struct {
		int error;
		const char *words;
	} table[] = {
		{ ENOSPC,  "the disk is full" },
		{ EDQUOT,  "the disk quota is used up" },
		{ EROFS,   "the file system is read-only" },
		{ EIO,     "input/output error" },
		{ EACCES,  "permission denied" },
		{ EPERM,   "permission denied" },
		{ ENOENT,  "no such folder" },
		{ ENOTDIR, "what is above it is no folder" },
		{ EISDIR,  "a folder has its name" },
		{ EMFILE,  "too many open files" },
		{ ENFILE,  "too many open files" },
	};

	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (table[i].error == error)
			return table[i].words;
	return strerror(error);
}

bool state_fault(struct diags *diags, int error, const char *what, const char *path)
{
	bool permission = (error == EACCES || error == EPERM) && geteuid() != 0;

	diag_error(diags, permission ? DIAG_PERMISSION : DIAG_FILE, nowhere,
		   "cannot %s \"%s\": %s", what, path, words_of_errno(error));
	if (permission)
		diag_note(diags, nowhere, "run it as root");
	if (error == ENOSPC || error == EDQUOT)
		diag_note(diags, nowhere,
			  "nothing was changed there; make room, then try again");
	return false;
}

bool status_is_ours(const struct stat *status, const char *path, const char *mode,
		    struct diags *diags)
{
	uid_t user = geteuid();

	if (status->st_uid != 0 && status->st_uid != user) {
		diag_error(diags, DIAG_STATE, nowhere,
			   "\"%s\" belongs to user %u, not to root: it is not used",
			   path, (unsigned)status->st_uid);
		diag_note(diags, nowhere,
			  "if it is rolewall's all the same, type \"chown %u %s\"",
			  (unsigned)user, path);
		return false;
	}
	if (!(status->st_mode & OTHERS_MAY_WRITE))
		return true;
	diag_error(diags, DIAG_STATE, nowhere,
		   "\"%s\" may be written by others (mode %04o): it is not used", path,
		   (unsigned)status->st_mode & 07777u);
	diag_note(diags, nowhere, "if nobody tampered with it, type \"chmod %s %s\"",
		  mode, path);
	return false;
}

bool folder_missing(const struct folder *folder, struct diags *diags)
{
	return diag_error(diags, DIAG_STATE, nowhere, "the folder \"%s\" is not there",
			  folder->path);
}

/* ---- making ---- */

/* What is above `name`: its length is that of all before the last slash. */
static const char *name_above(struct arena *arena, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (!slash)
		return ".";
	while (slash > name && slash[-1] == '/')
		slash--;
	return slash == name ? "/" : arena_copy(arena, name, (size_t)(slash - name));
}

/* False with errno.  One that is there already is as good. */
static bool make_one(int at, const char *name, const char *above)
{
	if (mkdirat(at, name, FOLDER_MODE) < 0)
		return errno == EEXIST;

	/* as well as it goes: a file that is synced in it brings its name along */
	int fd = openat(at, above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	return true;
}

/* The folder, and the one above it, but no more: a path with a slip makes no tree. */
static bool make_folder(struct arena *arena, int at, const char *name)
{
	const char *above = name_above(arena, name);

	if (make_one(at, name, above))
		return true;
	return errno == ENOENT && make_one(at, above, name_above(arena, above)) &&
	       make_one(at, name, above);
}

/* ---- opening ---- */

static bool refuse_open(const struct folder *folder, int error, struct diags *diags)
{
	if (error != ENOTDIR && error != ELOOP)
		return state_fault(diags, error, "open the folder", folder->path);
	diag_error(diags, DIAG_STATE, nowhere,
		   "\"%s\" is a link, or not a folder: it is not used", folder->path);
	diag_note(diags, nowhere, "name the folder itself, without links at its end");
	return false;
}

/* Without slashes at the end: with them, a link would be followed. */
static const char *without_last_slashes(struct arena *arena, const char *name)
{
	size_t length = strlen(name);

	while (length > 1 && name[length - 1] == '/')
		length--;
	return name[length] ? arena_copy(arena, name, length) : name;
}

bool folder_open(struct folder *folder, int at, const char *name, bool make,
		 struct diags *diags)
{
	static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	const char *plain = without_last_slashes(diags->arena, name);
	int fd = openat(at, plain, flags);
	struct stat status;

	if (fd < 0 && errno == ENOENT && make) {
		if (!make_folder(diags->arena, at, plain))
			return state_fault(diags, errno, "make the folder",
					   folder->path);
		fd = openat(at, plain, flags);
	}
	if (fd < 0 && errno == ENOENT && !make)
		return true;
	if (fd < 0)
		return refuse_open(folder, errno, diags);
	if (fstat(fd, &status) < 0 ||
	    !status_is_ours(&status, folder->path, "700", diags)) {
		close(fd);
		return false;
	}
	folder->fd = fd;
	return true;
}

void folder_close(struct folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = -1;
}

bool history_open(struct state *state, bool make, struct diags *diags)
{
	if (state->history.fd >= 0 || state->lasting.fd < 0)
		return true;
	return folder_open(&state->history, state->lasting.fd, "history", make, diags);
}

/* ---- both ---- */

bool state_open(struct arena *arena, const char *state_folder, const char *run_folder,
		bool make, struct diags *diags, struct state **state)
{
	struct state *opened = arena_alloc(arena, sizeof(*opened));

	*opened = (struct state){
		.lasting = { .path = arena_string(arena, state_folder), .fd = -1 },
		.history = { .path = arena_format(arena, "%s/history", state_folder),
			     .fd = -1 },
		.run = { .path = arena_string(arena, run_folder), .fd = -1 },
		.lock = -1,
	};
	if (!folder_open(&opened->lasting, AT_FDCWD, state_folder, make, diags) ||
	    !folder_open(&opened->run, AT_FDCWD, run_folder, make, diags)) {
		state_close(opened);
		return false;
	}
	*state = opened;
	return true;
}

void state_close(struct state *state)
{
	state_unlock(state);
	folder_close(&state->history);
	folder_close(&state->lasting);
	folder_close(&state->run);
}

size_t state_descriptors(const struct state *state, int *descriptors)
{
	const int all[] = { state->lasting.fd, state->history.fd, state->run.fd };
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (all[i] >= 0)
			descriptors[count++] = all[i];
	return count;
}
