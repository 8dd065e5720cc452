/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arenas: chunks of memory that are freed together. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/*
 * Touching a page for the first time costs more than all else that is done with it, so
 * chunks begin small, and only what is given out is cleared.  Sanitizer builds give
 * each object a chunk of its own.
 */
#define CHUNK_MIN ((size_t)4 << 10)
#define CHUNK_MAX ((size_t)256 << 10)

#if defined(__SANITIZE_ADDRESS__)
#define LARGE_OBJECT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LARGE_OBJECT 0
#endif
#endif
#ifndef LARGE_OBJECT
#define LARGE_OBJECT (CHUNK_MIN / 4)
#endif

#define ALIGNMENT _Alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct chunk *chunks; /* the newest first; small objects go into it */
	size_t next_size;     /* of the next chunk for small objects */
};

void out_of_memory(void)
{
	fputs("rolewall: out of memory\n", stderr);
	abort();
}

static void *must_have(void *memory)
{
	if (!memory)
		out_of_memory();
	return memory;
}

struct arena *arena_new(void)
{
	return must_have(calloc(1, sizeof(struct arena)));
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;

	for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

/* For small objects: filled from its start on. */
static struct chunk *chunk_add(struct arena *arena)
{
	size_t size = arena->next_size ? arena->next_size : CHUNK_MIN;
	struct chunk *chunk = must_have(malloc(size));

	*chunk = (struct chunk){ .next = arena->chunks, .size = size - sizeof(*chunk) };
	arena->chunks = chunk;
	arena->next_size = size < CHUNK_MAX ? 2 * size : CHUNK_MAX;
	return chunk;
}

/* For one large object, behind the chunk that is being filled; zeroed. */
static void *large_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = must_have(calloc(1, sizeof(*chunk) + size));

	if (arena->chunks) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		arena->chunks = chunk;
	}
	return chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!size)
		size = ALIGNMENT;
	if (size > LARGE_OBJECT)
		return large_alloc(arena, size);
	if (!chunk || chunk->size - chunk->used < size)
		chunk = chunk_add(arena);

	void *memory = chunk->bytes + chunk->used;

	chunk->used += size;
	return memset(memory, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / 2 / size)
		out_of_memory();
	return arena_alloc(arena, count * size);
}

void *arena_grow(struct arena *arena, const void *old, size_t count, size_t capacity,
		 size_t size)
{
	void *memory = arena_array(arena, capacity, size);

	if (count)
		memcpy(memory, old, count * size);
	return memory;
}

char *arena_copy(struct arena *arena, const void *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;

	va_copy(again, arguments);

	int length = vsnprintf(NULL, 0, format, again);

	va_end(again);

	char *text = arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1);

	if (length > 0)
		vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);

	char *text = arena_vformat(arena, format, arguments);

	va_end(arguments);
	return text;
}
