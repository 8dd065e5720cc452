/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files: written under another name, synced, renamed; read when they are ours. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "state/file.h"

enum { FILE_MODE = 0600, TEMPORARY_BYTES = 64, PID_MAX = 1 << 30 };

static const struct span nowhere = { 0 };

const char *file_path(const struct folder *folder, const char *name,
		      struct arena *arena)
{
	return arena_format(arena, "%s/%s", folder->path, name);
}

/* ---- reading ---- */

static void refuse_kind(const char *path, struct diags *diags)
{
	diag_error(diags, DIAG_STATE, nowhere,
		   "\"%s\" is a link, or not a file: it is not used", path);
	diag_note(diags, nowhere, "take it away: type \"rm %s\"", path);
}

enum found file_open(const struct folder *folder, const char *name, int flags,
		     struct diags *diags, struct opened_file *file)
{
	struct opened_file opened;

	if (folder->fd < 0)
		return FOUND_NOTHING;
	opened.fd = openat(folder->fd, name,
			   flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			   FILE_MODE);
	if (opened.fd < 0 && errno == ENOENT && !(flags & O_CREAT))
		return FOUND_NOTHING;

	int error = opened.fd < 0 || fstat(opened.fd, &opened.status) < 0 ? errno : 0;
	const char *path = file_path(folder, name, diags->arena);

	if (error == ELOOP || error == ENXIO || error == EISDIR) {
		refuse_kind(path, diags);
	} else if (error) {
		state_fault(diags, error, "open", path);
	} else if (!S_ISREG(opened.status.st_mode)) {
		refuse_kind(path, diags);
	} else if (status_is_ours(&opened.status, path, "600", diags)) {
		*file = opened;
		return FOUND;
	}
	if (opened.fd >= 0)
		close(opened.fd);
	return FOUND_FAILED;
}

/* As many bytes as are there, up to `size`; -1 with errno. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(fd, bytes + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

enum found file_read(const struct folder *folder, const char *name, struct arena *arena,
		     struct diags *diags, struct blob *content)
{
	struct opened_file file;
	enum found found = file_open(folder, name, O_RDONLY, diags, &file);

	if (found != FOUND)
		return found;

	const char *path = file_path(folder, name, diags->arena);

	if ((uintmax_t)file.status.st_size > LIMIT_DATA_BYTES) {
		diag_error(diags, DIAG_STATE, nowhere,
			   "\"%s\" is larger than %u MiB: it is not used", path,
			   LIMIT_DATA_BYTES >> 20);
		close(file.fd);
		return FOUND_FAILED;
	}

	size_t size = (size_t)file.status.st_size;
	char *bytes = arena_alloc(arena, size + 1);
	ssize_t length = read_all(file.fd, bytes, size);
	int error = length < 0 ? errno : 0;

	close(file.fd);
	if (error) {
		state_fault(diags, error, "read", path);
		return FOUND_FAILED;
	}
	*content = (struct blob){ .bytes = bytes, .length = (size_t)length };
	return FOUND;
}

/* ---- temporary names ---- */

/* .NAME.PID.new: hidden, and no name of a file that is read. */
static void name_temporary(const char *name, char temporary[TEMPORARY_BYTES])
{
	int length = snprintf(temporary, TEMPORARY_BYTES, ".%s.%ld.new", name,
			      (long)getpid());

	assert(length < TEMPORARY_BYTES);
	(void)length;
}

static bool name_is_temporary(const char *name)
{
	size_t word = *name == '.' ? strspn(name + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
	uint64_t pid;

	if (!word || name[1 + word] != '.')
		return false;

	const char *number = name + 1 + word + 1;
	const char *end = strchr(number, '.');

	return end && !strcmp(end, ".new") &&
	       text_number(number, (size_t)(end - number), PID_MAX, &pid);
}

DIR *folder_names(const struct folder *folder)
{
	int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);

	if (!names && fd >= 0)
		close(fd);
	return names;
}

/* Under the lock: whose they were is dead.  What cannot be removed does no harm. */
static void sweep(struct folder *folder)
{
	DIR *names = folder_names(folder);

	folder->stale = false;
	if (!names)
		return;
	for (const struct dirent *entry; (entry = readdir(names));)
		if (name_is_temporary(entry->d_name))
			unlinkat(folder->fd, entry->d_name, 0);
	closedir(names);
}

/* ---- writing ---- */

bool folder_sync(const struct folder *folder, struct diags *diags)
{
	return fsync(folder->fd) == 0 ||
	       state_fault(diags, errno, "sync the folder", folder->path);
}

/* -1 with errno.  A name that is taken was left by a process of the same number. */
static int create(const struct folder *folder, const char *temporary)
{
	static const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder->fd, temporary, flags, FILE_MODE);

	if (fd >= 0 || errno != EEXIST || unlinkat(folder->fd, temporary, 0) < 0)
		return fd;
	return openat(folder->fd, temporary, flags, FILE_MODE);
}

/* 0, or of errno. */
static int write_all(int fd, const struct blob *pieces, size_t count)
{
	struct iovec left[FILE_PIECES_MAX];
	size_t first = 0;

	assert(count <= FILE_PIECES_MAX);
	for (size_t i = 0; i < count; i++)
		left[i] = (struct iovec){
			.iov_base = (void *)(uintptr_t)pieces[i].bytes, /* only read */
			.iov_len = pieces[i].length,
		};
	for (;;) {
		while (first < count && !left[first].iov_len)
			first++;
		if (first == count)
			return 0;

		ssize_t written = writev(fd, left + first, (int)(count - first));

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? errno : EIO;
		for (size_t i = first; i < count && written; i++) {
			size_t part = (size_t)written < left[i].iov_len
					      ? (size_t)written
					      : left[i].iov_len;

			left[i].iov_base = (char *)left[i].iov_base + part;
			left[i].iov_len -= part;
			written -= (ssize_t)part;
		}
	}
}

/* The pieces as a synced file of that name: 0, or of errno. */
static int write_temporary(const struct folder *folder, const char *temporary,
			   const struct blob *pieces, size_t count)
{
	int fd = create(folder, temporary);

	if (fd < 0)
		return errno;

	int error = write_all(fd, pieces, count);

	if (!error && fsync(fd) < 0)
		error = errno;
	if (close(fd) < 0 && !error && errno != EINTR)
		error = errno;
	return error;
}

bool file_write(struct folder *folder, const char *name, const struct blob *pieces,
		size_t count, struct diags *diags)
{
	char temporary[TEMPORARY_BYTES];

	if (folder->fd < 0)
		return folder_missing(folder, diags);
	if (folder->stale)
		sweep(folder);
	name_temporary(name, temporary);

	int error = write_temporary(folder, temporary, pieces, count);

	if (!error && renameat(folder->fd, temporary, folder->fd, name) < 0)
		error = errno;
	if (error) {
		unlinkat(folder->fd, temporary, 0);
		return state_fault(diags, error, "write",
				   file_path(folder, name, diags->arena));
	}
	return folder_sync(folder, diags);
}

bool file_remove(struct folder *folder, const char *name, struct diags *diags)
{
	if (folder->fd < 0)
		return true;
	if (unlinkat(folder->fd, name, 0) < 0) {
		int error = errno;

		return error == ENOENT ||
		       state_fault(diags, error, "remove",
				   file_path(folder, name, diags->arena));
	}
	return folder_sync(folder, diags);
}
