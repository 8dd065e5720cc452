/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory with one lifetime: allocate, never free the parts, free the whole.
 *
 * Out of memory prints one line and ends the process: the one case in which the
 * library does so.  Nothing has been sent to the kernel by then, or all of it has.
 * In sanitizer builds each object is a malloc of its own, so that overruns show.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;

/* Prints the one line and ends the process; for memory that is not an arena's. */
_Noreturn void out_of_memory(void);

/* A new, empty arena.  Owner: the caller, who ends it with arena_free(). */
struct arena *arena_new(void) RETURNS_NONNULL MUST_USE;

/* Ends the arena and everything in it.  NULL is allowed. */
void arena_free(struct arena *arena);

DEFINE_AUTO(arena, struct arena *, arena_free)

/* `size` zeroed bytes, aligned for any object.  Never NULL, also for size 0. */
void *arena_alloc(struct arena *arena, size_t size) RETURNS_NONNULL MUST_USE;

/* `count` zeroed objects of `size` bytes; ends the process if that overflows. */
void *arena_array(struct arena *arena, size_t count,
		  size_t size) RETURNS_NONNULL MUST_USE;

/* A copy of `count` objects in a new block of `capacity` >= `count` objects. */
void *arena_grow(struct arena *arena, const void *old, size_t count, size_t capacity,
		 size_t size) RETURNS_NONNULL MUST_USE;

/* Copies.  `text` of the second may hold NUL; the copy is ended by one more. */
char *arena_string(struct arena *arena, const char *text) RETURNS_NONNULL MUST_USE;
char *arena_copy(struct arena *arena, const void *text,
		 size_t length) RETURNS_NONNULL MUST_USE;
char *arena_format(struct arena *arena, const char *format, ...)
	PRINTF_LIKE(2) RETURNS_NONNULL MUST_USE;
char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
	VPRINTF_LIKE(2) RETURNS_NONNULL MUST_USE;

/*
 * LIST_PUSH(arena, list, item): append `item` to a struct with members
 * `TYPE *items; size_t count; size_t capacity;`, all zero when empty.
 */
#define LIST_PUSH(arena, list, item)                                                  \
	do {                                                                          \
		if ((list)->count == (list)->capacity) {                              \
			(list)->capacity =                                            \
				(list)->capacity ? 2 * (list)->capacity : 8;          \
			(list)->items =                                               \
				arena_grow((arena), (list)->items, (list)->count,     \
					   (list)->capacity, sizeof(*(list)->items)); \
		}                                                                     \
		(list)->items[(list)->count++] = (item);                              \
	} while (0)
