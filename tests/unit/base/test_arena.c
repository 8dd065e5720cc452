/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arenas: what they hold is zeroed, aligned and apart; overflow ends the process. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/test.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Runs `body` in a child; its wait status, and what it wrote to standard error. */
static int run_apart(void (*body)(void), char *errors, size_t size)
{
	int ends[2], status;
	size_t used = 0;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);

	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		signal(SIGABRT, SIG_DFL);
		dup2(ends[1], STDERR_FILENO);
		body();
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t got; (got = read(ends[0], errors + used, size - 1 - used)) > 0;)
		used += (size_t)got;
	errors[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* What a child was given, should it get that far. */
static void *taken;

static void multiply_too_far(void)
{
	struct arena *arena = arena_new();

	taken = arena_array(arena, SIZE_MAX / 4, 8);
}

static void wrap_around(void)
{
	struct arena *arena = arena_new();

	taken = arena_array(arena, SIZE_MAX / 8 + 2,
			    8); /* 8 bytes, were it not checked */
}

static void ask_for_all(void)
{
	struct arena *arena = arena_new();

	taken = arena_alloc(arena, SIZE_MAX - 8);
}

static void overflow_ends_the_process(void **state)
{
	static void (*const bodies[])(void) = { multiply_too_far, wrap_around,
						ask_for_all };
	char errors[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		int status = run_apart(bodies[i], errors, sizeof(errors));

		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		assert_string_equal(errors, "rolewall: out of memory\n");
	}
}

static void write_past_the_end(void)
{
	struct arena *arena = arena_new();
	volatile char *first = arena_alloc(arena, 16);
	volatile char *second = arena_alloc(arena, 16);

	first[16] = 1;
	second[0] = 1;
}

static void sanitizer_sees_overruns(void **state)
{
	static char errors[65536];

	(void)state;
	if (!SANITIZED)
		return; /* objects share a chunk there, by design */

	int status = run_apart(write_past_the_end, errors, sizeof(errors));

	assert_true(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
	assert_non_null(strstr(errors, "heap-buffer-overflow"));
}

/* Sizes that fill chunks, need one of their own, and none at all. */
static void objects_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = { 1,     0, 7,     16, 100,  16000,
					17000, 3, 70000, 64, 65536 };
	unsigned char *objects[40 * COUNT_OF(sizes)];
	AUTO(arena) struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(objects); i++) {
		size_t size = sizes[i % COUNT_OF(sizes)];

		objects[i] = arena_alloc(arena, size);
		assert_int_equal((uintptr_t)objects[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < size; k++)
			assert_int_equal(objects[i][k], 0);
		memset(objects[i], (int)(i % 251) + 1, size);
	}
	for (size_t i = 0; i < COUNT_OF(objects); i++)
		for (size_t k = 0; k < sizes[i % COUNT_OF(sizes)]; k++)
			assert_int_equal(objects[i][k], i % 251 + 1);
}

static void copies_and_formats(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	const char *copy = arena_copy(arena, "a\0b", 3);

	(void)state;
	assert_memory_equal(copy, "a\0b", 4);
	assert_string_equal(arena_copy(arena, "", 0), "");
	assert_string_equal(arena_string(arena, "role"), "role");
	assert_string_equal(arena_format(arena, "%s-%u", "sensor", 7u), "sensor-7");
	assert_string_equal(arena_format(arena, "%s", ""), "");
	assert_int_equal(strlen(arena_format(arena, "%*s", 100000, "")), 100000);
}

static void lists_grow(void **state)
{
	struct {
		unsigned *items;
		size_t count, capacity;
	} list = { 0 };
	AUTO(arena) struct arena *arena = arena_new();

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		LIST_PUSH(arena, &list, i * 3);
	assert_int_equal(list.count, 10000);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(list.items[i], i * 3);
}

static void nothing_is_freed(void **state)
{
	(void)state;
	arena_free(NULL);
	arena_free(arena_new());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_zeroed_aligned_and_apart),
		cmocka_unit_test(copies_and_formats),
		cmocka_unit_test(lists_grow),
		cmocka_unit_test(nothing_is_freed),
		cmocka_unit_test(overflow_ends_the_process),
		cmocka_unit_test(sanitizer_sees_overruns),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
