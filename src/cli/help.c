/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help, from the tables of commands and of options; never wider than a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

enum { WIDTH = 80, COMMAND_COLUMN = 24, OPTION_COLUMN = 29, EXIT_COLUMN = 8 };

struct entry {
	const char *name, *text;
};

/* clang-format off */
static const struct entry exit_codes[] = {
	{ "0",  "success; also: nothing to change" },
	{ "1",  "run-time failure: the kernel refused, input or output failed" },
	{ "2",  "there are differences; only with --detailed-exitcode" },
	{ "3",  "the site or profile is wrong: the message has a file and a line" },
	{ "4",  "refused: it would cut a protected path, or open too much" },
	{ "5",  "conflict: the rules moved, a change is pending, a lock is held" },
	{ "6",  "nothing to confirm, or it was rolled back already" },
	{ "64", "usage: the command line is wrong" },
	{ "77", "no permission: CAP_NET_ADMIN is missing, nothing was done" },
};

static const struct entry variables[] = {
	{ "ROLEWALL_SHARE_DIR", "the folder that holds profiles/, instead of the "
				"installed one" },
	{ "ROLEWALL_STATE_DIR", "confirmed rule sets; else /var/lib/rolewall" },
	{ "ROLEWALL_RUN_DIR", "the lock and the pending change; else /run/rolewall" },
	{ "NO_COLOR", "no colour when not empty; ROLEWALL_NO_COLOR likewise" },
};

/* clang-format on */

/* The text from `column` on, broken between words. */
static void print_text(FILE *out, const char *text, int column)
{
	int at = column;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (at > column && at + 1 + length > WIDTH) {
			fprintf(out, "\n%*s", column, "");
			at = column;
		}
		if (at > column)
			at += fprintf(out, " ");
		at += fprintf(out, "%.*s", length, text);
		text += length + (text[length] == ' ');
	}
	fputc('\n', out);
}

static void print_entry(FILE *out, const char *name, const char *text, int column)
{
	int length = fprintf(out, "  %s", name);

	if (length + 2 > column) {
		fputc('\n', out);
		length = 0;
	}
	fprintf(out, "%*s", column - length, "");
	print_text(out, text, column);
}

static void print_entries(FILE *out, const struct entry *entries, size_t count,
			  int column)
{
	for (size_t i = 0; i < count; i++)
		print_entry(out, entries[i].name, entries[i].text, column);
}

/* "nft (default), json, saved" */
static char *format_list(const struct command *command)
{
	char *list = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&list, &length);

	if (!stream)
		no_memory();
	for (size_t i = 0; i < COUNT_OF(command->formats) && command->formats[i]; i++)
		fprintf(stream, "%s%s",
			i == 0   ? ""
			: i == 1 ? " (default), "
				 : ", ",
			command->formats[i]);
	if (fclose(stream))
		no_memory();
	return list;
}

static void print_option(FILE *out, const struct option_row *row, const char *text)
{
	char letter[] = "-x, ";
	char *name = NULL;

	letter[1] = row->letter;
	if (asprintf(&name, "%s--%s%s%s", row->letter ? letter : "    ", row->name,
		     row->argument ? "=" : "", row->argument ? row->argument : "") < 0)
		no_memory();
	print_entry(out, name, text, OPTION_COLUMN);
	free(name);
}

/* The options of every command, or of one alone. */
static void print_common_options(FILE *out)
{
	fputs("\nOptions of every command:\n", out);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].verbs == VERB_ALL)
			print_option(out, &option_rows[i], option_rows[i].help);
}

static void print_own_options(FILE *out, const struct command *command)
{
	char *formats = format_list(command);
	const char *title = "\nOptions of this command:\n";

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->verbs == VERB_ALL || !(row->verbs & command->verb))
			continue;
		fputs(title, out);
		title = "";
		print_option(out, row, *row->help ? row->help : formats);
	}
	free(formats);
}

static const char id_words[] =
	"ID is that of a change, as apply and status print it; else the pending one.";
static const char site_words[] =
	"SITE is " DEFAULT_SITE " when it is not given; \"-\" is standard input.";
static const char packet_words[] =
	"PACKET is PROTOCOL SOURCE[:PORT] DESTINATION[:PORT].  PROTOCOL is tcp, udp, sctp, "
	"icmp[/TYPE], icmpv6[/TYPE], igmp or a number; the others are addresses (IPv6 "
	"with a port in brackets), prefixes, ranges, names of hosts, peers and roles, or "
	"any.  A name means every address of it, no port every port; the answer is "
	"divided where they differ.";

static const char *const operand_texts[OPERAND_COUNT] = {
	[OPERAND_SITE] = site_words,
	[OPERAND_ID] = id_words,
	[OPERAND_PACKET] = site_words,
};

static void print_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: rolewall %s [OPTION]...%s%s\n\n", command->name,
		command->operand_words ? " " : "",
		command->operand_words ? command->operand_words : "");
	print_text(out, command->summary, 0);
	if (operand_texts[command->operand])
		print_text(out, operand_texts[command->operand], 0);
	if (command->operand == OPERAND_PACKET)
		print_text(out, packet_words, 0);
	print_own_options(out, command);
	print_common_options(out);
	fputs("\nExamples:\n", out);
	for (size_t i = 0; i < COUNT_OF(command->examples) && command->examples[i]; i++)
		fprintf(out, "  %s\n", command->examples[i]);
}

static void print_program(FILE *out)
{
	fputs("Usage: rolewall COMMAND [OPTION]... [SITE]\n\n", out);
	print_text(out,
		   "From a site, which says what machines there are and what roles "
		   "they play, to the nftables rules of each.",
		   0);
	fputs("\nCommands:\n", out);
	for (const struct command *command = commands; command->name; command++) {
		char *name = NULL;

		if (asprintf(&name, "%s %s", command->name,
			     command->operand_words ? command->operand_words : "") < 0)
			no_memory();
		print_entry(out, name, command->summary, COMMAND_COLUMN);
		free(name);
	}
	fputc('\n', out);
	print_text(out, site_words, 0);
	print_text(out, "What a command takes beside: rolewall COMMAND --help.", 0);
	print_common_options(out);
	fputs("\nEnvironment:\n", out);
	print_entries(out, variables, COUNT_OF(variables), OPTION_COLUMN);
	fputs("\nExit codes:\n", out);
	print_entries(out, exit_codes, COUNT_OF(exit_codes), EXIT_COLUMN);
	fputs("\nExamples:\n", out);
	for (const struct command *command = commands; command->name; command++)
		fprintf(out, "  %s\n", command->examples[0]);
}

char *help_text(const struct command *command)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		no_memory();
	if (command)
		print_command(out, command);
	else
		print_program(out);
	if (fclose(out))
		no_memory();
	return text;
}
