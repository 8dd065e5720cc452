/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command says: its result on standard output, all else on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"

void no_memory(void)
{
	fputs("rolewall: out of memory\n", stderr);
	abort();
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

bool report_color(const struct cli *cli, int fd)
{
	const char *terminal = getenv("TERM");

	switch (cli->color) {
	case COLOR_ALWAYS:
		return true;
	case COLOR_NEVER:
		return false;
	case COLOR_AUTO:
		break;
	}
	return !is_set("NO_COLOR") && !is_set("ROLEWALL_NO_COLOR") &&
	       !(terminal && strcmp(terminal, "dumb") == 0) && isatty(fd);
}

/* All of it; false with errno.  A reader that went away is no failure of ours. */
static bool write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno == EPIPE;
		data += written;
		length -= (size_t)written;
	}
	return true;
}

static void print_messages(const struct cli *cli)
{
	struct rolewall_text text;

	if (cli->quiet && !rolewall_messages_errors(cli->messages))
		return;
	rolewall_messages_print(cli->messages, report_color(cli, STDERR_FILENO), &text);
	/* nowhere is left to say that standard error failed */
	(void)write_all(STDERR_FILENO, text.data, text.length);
	rolewall_text_free(&text);
}

/* Nothing of the result got through, whatever had been done before. */
static int output_failed(const struct cli *cli, int code)
{
	fprintf(stderr, "rolewall: error: cannot write standard output: %s\n",
		strerror(errno));
	if (cli->json && code != ROLEWALL_OK) /* else nobody would learn of them */
		print_messages(cli);
	return code == ROLEWALL_OK || code == ROLEWALL_DIFFERENT ? ROLEWALL_FAILED
								 : code;
}

int report_end(const struct cli *cli, int code, const struct rolewall_result *result,
	       const struct rolewall_text *text)
{
	struct rolewall_text document = { 0 };
	struct rolewall_result named = { .size = sizeof(named) };

	if (result)
		named = *result;
	named.verb = cli->command ? cli->command->name : NULL;
	if (cli->json) {
		rolewall_json(cli->messages, code, &named, &document);
		text = &document;
	} else {
		print_messages(cli);
	}
	if (text && text->length && !write_all(STDOUT_FILENO, text->data, text->length))
		code = output_failed(cli, code);
	rolewall_text_free(&document);
	return code;
}

int report_plain(const struct cli *cli, const char *text)
{
	if (write_all(STDOUT_FILENO, text, strlen(text)))
		return ROLEWALL_OK;
	return output_failed(cli, ROLEWALL_OK);
}

int report_errno(const struct cli *cli, const char *verb, const char *path, int error)
{
	char *text = NULL;

	if (asprintf(&text, "cannot %s \"%s\": %s", verb, path, strerror(error)) < 0)
		no_memory();
	rolewall_messages_add(cli->messages, ROLEWALL_FAILED, text);
	free(text);
	return ROLEWALL_FAILED;
}

int usage_error(const struct cli *cli, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		no_memory();
	va_end(arguments);
	rolewall_messages_add(cli->messages, ROLEWALL_USAGE, text);
	free(text);
	return ROLEWALL_USAGE;
}

/* A line on standard error, made of the program's own words and names that are safe. */
VPRINTF_LIKE(1)

static void say(const char *format, va_list arguments)
{
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void report_note(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	if (cli->quiet || cli->json)
		return;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void report_hint(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	if (cli->quiet || cli->json || !isatty(STDERR_FILENO))
		return;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void report_detail(const struct cli *cli, const char *format, ...)
{
	va_list arguments;

	if (!cli->verbose || cli->quiet || cli->json)
		return;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}
