/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output files: the old content or the new one, never half of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/report.h"

enum { FILE_MODE = 0644, NAME_TRIES = 100 };

static int cannot_write(const struct cli *cli, const char *path)
{
	return report_errno(cli, "write", path, errno);
}

static bool write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		data += written;
		length -= (size_t)written;
	}
	return true;
}

/* Closes whatever happens; keeps the errno of what failed first. */
static bool finish(int fd, bool good)
{
	int error = errno;

	if (close(fd) && good)
		return false;
	errno = error;
	return good;
}

/* "FOLDER/.NAME.PID-N.new": hidden, and nobody else's. */
static char *temporary_name(const char *target, unsigned number)
{
	const char *slash = strrchr(target, '/');
	int folder = slash ? (int)(slash - target) + 1 : 0;
	char *name = NULL;

	if (asprintf(&name, "%.*s.%s.%ld-%u.new", folder, target, target + folder,
		     (long)getpid(), number) < 0)
		no_memory();
	return name;
}

/* A new file beside `target`; -1 with errno. */
static int create_temporary(const char *target, char **name)
{
	for (unsigned i = 0; i < NAME_TRIES; i++) {
		*name = temporary_name(target, i);

		int fd =
			open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

		if (fd >= 0)
			return fd;

		int error = errno;

		free(*name);
		*name = NULL;
		errno = error;
		if (error != EEXIST)
			break;
	}
	return -1;
}

/* A pipe or a device cannot be replaced: written as it stands. */
static bool write_device(const char *path, const struct rolewall_text *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd >= 0 && finish(fd, write_all(fd, text->data, text->length));
}

static bool write_beside(struct staged_file *file, const struct rolewall_text *text)
{
	int fd = create_temporary(file->target, &file->temporary);

	return fd >= 0 &&
	       finish(fd, write_all(fd, text->data, text->length) && fsync(fd) == 0);
}

/* Where `path` leads to when it is a link: that is replaced, not the link. */
static bool find_target(struct staged_file *file, bool exists)
{
	file->target = exists ? realpath(file->path, NULL) : strdup(file->path);
	return file->target;
}

static bool stage(struct staged_file *file, const struct rolewall_text *text)
{
	struct stat status;
	bool exists = stat(file->path, &status) == 0;

	if (exists && S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return false;
	}
	if (exists && !S_ISREG(status.st_mode))
		return write_device(file->path, text);
	return find_target(file, exists) && write_beside(file, text);
}

int file_stage(const struct cli *cli, const char *path,
	       const struct rolewall_text *text, struct staged_file *file)
{
	struct staged_file staged = { .path = path };

	if (!stage(&staged, text)) {
		int code = cannot_write(cli, path);

		file_discard(&staged);
		return code;
	}
	*file = staged;
	return ROLEWALL_OK;
}

/* The name in the folder has to last too. */
static bool sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");

	if (!folder)
		no_memory();

	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	free(folder);
	/* some file systems cannot, and then need not */
	return fd >= 0 && finish(fd, fsync(fd) == 0 || errno == EINVAL);
}

int file_commit(const struct cli *cli, struct staged_file *file)
{
	if (!file->temporary)
		return ROLEWALL_OK;
	if (rename(file->temporary, file->target))
		return cannot_write(cli, file->path);
	free(file->temporary);
	file->temporary = NULL;
	return sync_folder(file->target) ? ROLEWALL_OK : cannot_write(cli, file->path);
}

void file_discard(struct staged_file *file)
{
	if (file->temporary)
		unlink(file->temporary);
	free(file->temporary);
	free(file->target);
	*file = (struct staged_file){ 0 };
}
