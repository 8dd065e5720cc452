/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sources: lines, columns, files that cannot be read. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/source.h"
#include "support/test.h"

/* clang-format off */
static struct line_case {
	const char *name, *text;
	uint32_t line;
	const char *expected;
	size_t line_count;
} line_cases[] = {
	{ "only line",              "abc",       1, "abc", 1 },
	{ "first",                  "abc\nd\n",  1, "abc", 3 },
	{ "second",                 "abc\nd\n",  2, "d",   3 },
	{ "after the last newline", "abc\nd\n",  3, "",    3 },
	{ "without last newline",   "abc\nd",    2, "d",   2 },
	{ "CRLF",                   "abc\r\nd",  1, "abc", 2 },
	{ "lone CR stays",          "a\rb\nd",   1, "a\rb", 2 },
	{ "empty text",             "",          1, "",    1 },
	{ "empty line",             "a\n\nb",    2, "",    3 },
	{ "line 0",                 "abc",       0, "",    1 },
	{ "past the last",          "abc\n",     9, "",    2 },
};

/* clang-format on */

static void finds_line(void **state)
{
	const struct line_case *c = *state;
	AUTO(arena) struct arena *arena = arena_new();
	struct source *source = source_new(arena, "x", c->text, strlen(c->text));
	size_t length = 77;
	const char *line = source_line(source, c->line, &length);

	assert_int_equal(source->line_count, c->line_count);
	assert_int_equal(length, strlen(c->expected));
	assert_memory_equal(line, c->expected, length);
}

/* Against counting by hand, for each offset. */
static void finds_line_and_column_of_offsets(void **state)
{
	static const char text[] = "site = 1;\n\n\troles\r\nlast\n";
	AUTO(arena) struct arena *arena = arena_new();
	struct source *source = source_new(arena, "x", text, strlen(text));
	uint32_t line = 1, column = 1;

	(void)state;
	for (size_t offset = 0; offset <= strlen(text); offset++) {
		struct span span = source_span(source, offset, 1);

		assert_ptr_equal(span.source, source);
		assert_int_equal(span.line, line);
		assert_int_equal(span.column, column);
		column++;
		if (text[offset] == '\n') {
			line++;
			column = 1;
		}
	}
}

static void keeps_spans_inside(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct source *source = source_new(arena, "x", "ab\ncd", 5);
	struct span span = source_span(source, 99, 5);

	(void)state;
	assert_int_equal(span.line, 2);
	assert_int_equal(span.column, 3);
	assert_int_equal(span.length, 0);
	span = source_span(source, 3, SIZE_MAX);
	assert_int_equal(span.length, 2);
}

static void holds_nul_bytes(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct source *source = source_new(arena, "x", "a\0b\nc", 5);
	size_t length;

	(void)state;
	assert_int_equal(source->line_count, 2);
	assert_memory_equal(source_line(source, 1, &length), "a\0b", 3);
	assert_int_equal(length, 3);
}

/* A folder for the test's files, gone at its end. */
static int make_folder(void **state)
{
	static char folder[64];

	snprintf(folder, sizeof(folder), "/tmp/rolewall-source-XXXXXX");
	*state = mkdtemp(folder);
	return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
	return rmdir(*state);
}

static const char *write_file(struct arena *arena, const char *folder, size_t size)
{
	const char *path = arena_format(arena, "%s/file", folder);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		fputc(i % 60 == 59 ? '\n' : 'x', file);
	fclose(file);
	return path;
}

static void reads_files_up_to_the_limit(void **state)
{
	static const size_t sizes[] = {
		0, 1, 59, 60, 4096, 65535, 65536, 65537, 300000
	};
	AUTO(arena) struct arena *arena = arena_new();

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		const char *path = write_file(arena, *state, sizes[i]);
		const char *why = NULL;
		struct source *source = source_read(arena, path, NULL, sizes[i], &why);

		assert_non_null(source);
		assert_null(why);
		assert_string_equal(source->name, path);
		assert_int_equal(source->length, sizes[i]);
		assert_int_equal(strlen(source->text), sizes[i]);
		assert_int_equal(source->line_count, sizes[i] / 60 + 1);
		if (sizes[i]) {
			assert_null(source_read(arena, path, NULL, sizes[i] - 1, &why));
			assert_non_null(strstr(why, "larger than"));
		}
		unlink(path);
	}
}

/* Gives `size` bytes to standard input by a pipe; the old one comes back at the end. */
static struct source *read_by_pipe(struct arena *arena, size_t size, size_t max,
				   const char *stdin_name, const char **why)
{
	int ends[2], kept = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(write(ends[1], "y", 1), 1);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);

	struct source *source = source_read(arena, "-", stdin_name, max, why);

	if (kept >= 0) {
		dup2(kept, STDIN_FILENO);
		close(kept);
	} else {
		close(STDIN_FILENO);
	}
	return source;
}

static void reads_standard_input(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	const char *why = NULL;
	struct source *source = read_by_pipe(arena, 200000, 200000, "plant.cfg", &why);

	(void)state;
	assert_non_null(source);
	assert_string_equal(source->name, "plant.cfg");
	assert_int_equal(source->length, 200000);
	assert_int_equal(strspn(source->text, "y"), 200000);
	source = read_by_pipe(arena, 0, 10, NULL, &why);
	assert_non_null(source);
	assert_string_equal(source->name, "<stdin>");
	assert_null(read_by_pipe(arena, 200000, 1 << 10, NULL, &why));
	assert_string_equal(why, "larger than 1024 bytes");
}

static void says_why_not(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	const char *path = write_file(arena, *state, 70);
	const char *below = arena_format(arena, "%s/x", path);
	const char *why = NULL;

	assert_null(source_read(arena, *state, NULL, 100, &why));
	assert_string_equal(why, "a directory");
	assert_null(source_read(arena, below, NULL, 100, &why));
	assert_string_equal(why, "no such folder");
	unlink(path);
	assert_null(source_read(arena, path, NULL, 100, &why));
	assert_string_equal(why, "no such file");
	assert_int_equal(symlink(path, path), 0);
	assert_null(source_read(arena, path, NULL, 100, &why));
	assert_string_equal(why, "too many symbolic links");
	unlink(path);
}

/* A file that never ends is refused, not waited for. */
static void refuses_endless_files(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	const char *why = NULL;

	(void)state;
	assert_null(source_read(arena, "/dev/zero", NULL, 2 << 20, &why));
	assert_string_equal(why, "larger than 2 MiB");
}

int main(void)
{
	struct CMUnitTest tests[7 + COUNT_OF(line_cases)] = {
		cmocka_unit_test(finds_line_and_column_of_offsets),
		cmocka_unit_test(keeps_spans_inside),
		cmocka_unit_test(holds_nul_bytes),
		cmocka_unit_test_setup_teardown(reads_files_up_to_the_limit,
						make_folder, remove_folder),
		cmocka_unit_test(reads_standard_input),
		cmocka_unit_test_setup_teardown(says_why_not, make_folder,
						remove_folder),
		cmocka_unit_test(refuses_endless_files),
	};

	for (size_t i = 0; i < COUNT_OF(line_cases); i++)
		tests[7 + i] = (struct CMUnitTest){
			.name = line_cases[i].name,
			.test_func = finds_line,
			.initial_state = &line_cases[i],
		};
	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
