/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One loaded text: its name as the user typed it, its bytes, its line starts. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/source.h"

/* What a pipe is read into first; a file of known size is read in one go. */
#define FIRST_CAPACITY ((size_t)64 << 10)

struct source *source_new(struct arena *arena, const char *name, const char *text,
			  size_t length)
{
	struct source *source = arena_alloc(arena, sizeof(*source));
	const char *end = text + length;
	size_t count = 1;

	for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		count++;

	size_t *starts = arena_array(arena, count, sizeof(*starts));

	count = 1;
	for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		starts[count++] = (size_t)(at - text) + 1;

	*source = (struct source){
		.name = arena_string(arena, name),
		.text = text,
		.length = length,
		.line_starts = starts,
		.line_count = count,
	};
	return source;
}

static const char *words_of_errno(int error)
{
	/* clang-format off */
	static const struct {
		int error;
		const char *words;
	} table[] = {
		{ ENOENT,       "no such file" },
		{ ENOTDIR,      "no such folder" },
		{ EACCES,       "permission denied" },
		{ EPERM,        "permission denied" },
		{ EISDIR,       "a directory" },
		{ ELOOP,        "too many symbolic links" },
		{ ENAMETOOLONG, "the name is too long" },
		{ ENXIO,        "not a file" },
		{ EMFILE,       "too many open files" },
		{ ENFILE,       "too many open files" },
		{ EIO,          "input/output error" },
	};

	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (table[i].error == error)
			return table[i].words;
	return "cannot be read";
}

static const char *too_large(struct arena *arena, size_t max)
{
	if (max >> 20 << 20 == max && max)
		return arena_format(arena, "larger than %zu MiB", max >> 20);
	return arena_format(arena, "larger than %zu bytes", max);
}

/* Reads to the end; NULL and *why when that fails or there is more than `max`. */
static char *read_all(struct arena *arena, int fd, size_t max, size_t *length,
		      const char **why)
{
	struct stat status;
	size_t capacity = FIRST_CAPACITY, used = 0;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
		if ((uintmax_t)status.st_size > max) {
			*why = too_large(arena, max);
			return NULL;
		}
		capacity = (size_t)status.st_size + 2; /* the NUL, and the last read */
	}

	char *text = arena_alloc(arena, capacity);

	for (;;) {
		ssize_t got = read(fd, text + used, capacity - 1 - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			*why = words_of_errno(errno);
			return NULL;
		}
		used += (size_t)got;
		if (used > max) {
			*why = too_large(arena, max);
			return NULL;
		}
		if (got == 0)
			break;
		if (used == capacity - 1) {
			text = arena_grow(arena, text, used, capacity * 2, 1);
			capacity *= 2;
		}
	}
	text[used] = '\0';
	*length = used;
	return text;
}

struct source *source_read(struct arena *arena, const char *path,
			   const char *stdin_name, size_t max, const char **why)
{
	if (!strcmp(path, "-")) {
		size_t length;
		const char *text = read_all(arena, STDIN_FILENO, max, &length, why);
		const char *name = stdin_name ? stdin_name : "<stdin>";

		return text ? source_new(arena, name, text, length) : NULL;
	}

	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		*why = words_of_errno(errno);
		return NULL;
	}

	size_t length;
	const char *text = read_all(arena, fd, max, &length, why);

	close(fd);
	return text ? source_new(arena, path, text, length) : NULL;
}

const char *source_line(const struct source *source, uint32_t line, size_t *length)
{
	*length = 0;
	if (!line || line > source->line_count)
		return "";

	size_t start = source->line_starts[line - 1];
	size_t end = line < source->line_count ? source->line_starts[line] - 1
					       : source->length;

	if (end > start && line < source->line_count && source->text[end - 1] == '\r')
		end--;
	*length = end - start;
	return source->text + start;
}

struct span source_span(const struct source *source, size_t offset, size_t length)
{
	size_t low = 0, high = source->line_count;

	if (offset > source->length)
		offset = source->length;
	if (length > source->length - offset)
		length = source->length - offset;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (source->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (struct span){
		.source = source,
		.line = (uint32_t)(low + 1),
		.column = (uint32_t)(offset - source->line_starts[low] + 1),
		.length = (uint32_t)length,
	};
}
