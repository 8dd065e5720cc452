/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading files: each once, in order, with one digest over all of them. */
#include <string.h>
#include <unistd.h>

#include "site/input.h"

void inputs_init(struct inputs *inputs, struct arena *arena)
{
	*inputs = (struct inputs){ .arena = arena };
	SHA256Init(&inputs->digest);
}

/* The length first, so that moving bytes from one file to the next shows. */
static void digest_add(struct inputs *inputs, const struct source *source)
{
	uint8_t length[8];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)((uint64_t)source->length >> (8 * i));
	SHA256Update(&inputs->digest, length, sizeof(length));
	SHA256Update(&inputs->digest, (const uint8_t *)source->text, source->length);
}

struct source *inputs_read(struct inputs *inputs, const char *path, size_t max,
			   const char **why)
{
	const struct source *known = names_find(&inputs->by_path, path);
	struct source *source;

	if (known) {
		source = arena_alloc(inputs->arena, sizeof(*source));
		*source = *known;
		source->included_from = NULL;
		source->included_line = 0;
	} else {
		source = source_read(inputs->arena, path, inputs->stdin_name, max, why);
		if (!source)
			return NULL;
		digest_add(inputs, source);
		names_add(inputs->arena, &inputs->by_path,
			  arena_string(inputs->arena, path), source);
	}
	LIST_PUSH(inputs->arena, &inputs->sources, source);
	return source;
}

void inputs_digest(struct inputs *inputs, uint8_t digest[32])
{
	SHA256Final(digest, &inputs->digest);
}

const char *path_folder(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return "";
	return slash == file ? "/" : arena_copy(arena, file, (size_t)(slash - file));
}

const char *path_join(struct arena *arena, const char *folder, const char *name)
{
	size_t length = strlen(folder);

	/* a file may be called "-", which alone would be standard input */
	if (!strcmp(name, "-"))
		name = "./-";
	if (!length || !strcmp(folder, "."))
		return name;
	return arena_format(arena, folder[length - 1] == '/' ? "%s%s" : "%s/%s", folder,
			    name);
}

const char *path_beside(struct arena *arena, const char *file, const char *name)
{
	return name[0] == '/' ? name : path_join(arena, path_folder(arena, file), name);
}

bool path_exists(const char *path)
{
	return access(path, F_OK) == 0;
}
