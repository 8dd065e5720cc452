/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command to type next, such that a shell takes every word as it was meant. */
#include <stdlib.h>
#include <string.h>

#include "cli/hint.h"
#include "cli/report.h"

#define PLAIN                                                         \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456" \
	"789_./:@%+,-"

static bool is_printable(const char *word)
{
	for (; *word; word++)
		if (*word < ' ' || *word > '~')
			return false;
	return true;
}

static void print_escaped(FILE *out, const char *word)
{
	fputs("$'", out);
	for (; *word; word++) {
		if (*word < ' ' || *word > '~')
			fprintf(out, "\\x%02x", (unsigned)(unsigned char)*word);
		else if (strchr("\\'", *word))
			fprintf(out, "\\%c", *word);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}

void print_shell_word(FILE *out, const char *word)
{
	if (*word && !word[strspn(word, PLAIN)]) {
		fputs(word, out);
		return;
	}
	if (!is_printable(word)) {
		print_escaped(out, word);
		return;
	}
	fputc('\'', out);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (const char[]){ *word, '\0' }, out);
	fputc('\'', out);
}

/* "--host=NAME" is one word, whatever the name begins with. */
static void print_option(FILE *out, const char *option, const char *value)
{
	if (!value)
		return;
	fprintf(out, " --%s=", option);
	print_shell_word(out, value);
}

void hint_apply(const struct cli *cli)
{
	char *command = NULL;
	size_t length = 0;
	FILE *out;

	if (strcmp(cli->site, "-") == 0) /* it has been read and is gone */
		return;
	out = open_memstream(&command, &length);
	if (!out)
		no_memory();
	for (size_t i = 0; i < cli->folders.count; i++)
		print_option(out, "include-dir", cli->folders.items[i]);
	print_option(out, "host", cli->host);
	print_option(out, "netns", cli->netns);
	if (cli->site_given) {
		fputs(cli->site[0] == '-' ? " ./" : " ", out);
		print_shell_word(out, cli->site);
	}
	if (fclose(out))
		no_memory();
	report_hint(cli, "run: rolewall apply%s", command);
	free(command);
}
