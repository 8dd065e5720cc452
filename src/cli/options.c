/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the words of the command line to struct cli, by the table of options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

/* clang-format off */
#define MEMBER(name) offsetof(struct cli, name)
#define VERB_CHANGING (VERB_APPLY | VERB_ROLLBACK | VERB_CONFIRM | VERB_UNLOAD | VERB_LOAD)

const struct option_row option_rows[OPTION_COUNT] = {
	{ "help", 'h', OPTION_FLAG, NULL, VERB_ALL, MEMBER(help),
	  "print help, of the command when one is named" },
	{ "version", 'V', OPTION_FLAG, NULL, VERB_ALL, MEMBER(version),
	  "print the version" },
	{ "quiet", 'q', OPTION_FLAG, NULL, VERB_ALL, MEMBER(quiet),
	  "no warnings, notes and hints as long as all goes well" },
	{ "verbose", 'v', OPTION_FLAG, NULL, VERB_ALL, MEMBER(verbose),
	  "say what was done" },
	{ "json", 0, OPTION_FLAG, NULL, VERB_ALL, MEMBER(json),
	  "one JSON document on standard output, for success and failure" },
	{ "color", 0, OPTION_COLOR, "WHEN", VERB_ALL, MEMBER(color),
	  "auto (default), always or never" },
	{ "include-dir", 'I', OPTION_LIST, "DIR", VERB_ALL, MEMBER(folders),
	  "look for profiles in DIR first; may be repeated" },
	{ "host", 0, OPTION_TEXT, "NAME", VERB_ALL, MEMBER(host),
	  "the site's host to work for; else this machine's entry" },
	{ "netns", 0, OPTION_TEXT, "NAME", VERB_ALL, MEMBER(netns),
	  "the kernel's rules of the network namespace NAME" },
	{ "stdin-filename", 0, OPTION_TEXT, "NAME", VERB_ALL, MEMBER(stdin_name),
	  "what messages call standard input" },

	{ "format", 0, OPTION_TEXT, "FORMAT", VERB_COMPILE | VERB_MATRIX, MEMBER(format),
	  "" },
	{ "output", 'o', OPTION_TEXT, "FILE", VERB_COMPILE, MEMBER(output),
	  "write to FILE, whole or not at all" },
	{ "all", 0, OPTION_FLAG, NULL, VERB_COMPILE, MEMBER(all),
	  "every host of the site, into the folder of --output-dir" },
	{ "output-dir", 0, OPTION_TEXT, "DIR", VERB_COMPILE, MEMBER(output_folder),
	  "with --all: write HOST.nft, .json or .saved into DIR, which is made" },
	{ "against", 0, OPTION_TEXT, "FILE", VERB_PLAN, MEMBER(against),
	  "compare with FILE, a saved rule set or another site, instead of with the "
	  "kernel" },
	{ "verify", 0, OPTION_FLAG, NULL, VERB_PLAN, MEMBER(verify),
	  "let the kernel validate the plan; nothing is committed" },
	{ "detailed-exitcode", 0, OPTION_FLAG, NULL, VERB_PLAN | VERB_STATUS,
	  MEMBER(detailed_exit), "exit with 2 when there are differences" },
	{ "dry-run", 'n', OPTION_FLAG, NULL, VERB_APPLY, MEMBER(dry_run),
	  "what plan does: show, and change nothing" },
	{ "to", 0, OPTION_TEXT, "ID", VERB_ROLLBACK, MEMBER(to),
	  "apply the rule set that was confirmed as ID; \"status\" lists them" },
	{ "confirm", 0, OPTION_SECONDS, "SECONDS", VERB_APPLY | VERB_ROLLBACK,
	  MEMBER(deadline_seconds),
	  "roll back unless it is confirmed within SECONDS; 60 when not given" },
	{ "no-confirm", 0, OPTION_FLAG, NULL, VERB_APPLY | VERB_ROLLBACK,
	  MEMBER(no_confirm), "the change stays, without a deadline to confirm it" },
	{ "protect", 0, OPTION_LIST, "WAY", VERB_APPLY | VERB_ROLLBACK, MEMBER(protect),
	  "PROTO/PORT[@ADDRESS] has to stay open for new connections; \"auto\" "
	  "(default) is the connection by which this machine is managed; may be "
	  "repeated" },
	{ "force", 0, OPTION_FLAG, NULL, VERB_APPLY | VERB_ROLLBACK | VERB_CONFIRM,
	  MEMBER(force),
	  "past the protected ways, and past nothing else; \"confirm\" also over the "
	  "connection by which the change was made" },
	{ "fail-if-opens", 0, OPTION_FLAG, NULL, VERB_APPLY, MEMBER(fail_if_opens),
	  "refuse, and change nothing, if any packet would pass that does not now" },
	{ "cut", 0, OPTION_FLAG, NULL, VERB_APPLY | VERB_ROLLBACK, MEMBER(cut),
	  "end the connections that the new rules would not admit" },
	{ "unless-confirmed", 0, OPTION_FLAG, NULL, VERB_ROLLBACK,
	  MEMBER(unless_confirmed),
	  "no error when ID was settled already: for timers" },
	{ "forget", 0, OPTION_FLAG, NULL, VERB_UNLOAD, MEMBER(forget),
	  "nothing is loaded at the next boot either" },
	{ "interface", 0, OPTION_TEXT, "NAME", VERB_EXPLAIN, MEMBER(interface),
	  "the packet comes or leaves by NAME; else by the one that flows pass on" },
	{ "live", 0, OPTION_FLAG, NULL, VERB_EXPLAIN, MEMBER(live),
	  "ask the rules that this machine's kernel holds, not those of the site" },
	{ "lock-timeout", 0, OPTION_SECONDS, "SECONDS", VERB_CHANGING,
	  MEMBER(lock_seconds),
	  "wait up to SECONDS for another rolewall; 10 when not given" },
};

/* Of versions to come: refused in words, and never taken for something else. */
static const char *const absent_options[] = {
	"plan", "out",
};
static const char *const absent_commands[] = {
	"refresh",
};

static const char *const color_names[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never",
};

/* clang-format on */

enum { COMMAND_MAX = 16, SECONDS_MAX = 86400, SECONDS_DIGITS = 5, PACKET_WORDS = 3 };

struct parser {
	struct cli *cli;
	char **at;                /* the next word */
	bool given[OPTION_COUNT]; /* by row */
	bool options_over;        /* "--" was read */
	/* the command, its operands, one too many */
	const char *words[2 + PACKET_WORDS + 1];
	size_t word_count;
};

/* A usage error; false. */
#define REFUSE(parser, ...) (usage_error((parser)->cli, __VA_ARGS__) == ROLEWALL_OK)

static bool is_listed(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* ---- one option ---- */

static const struct option_row *row_named(const char *name, size_t length)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const char *candidate = option_rows[i].name;

		if (strncmp(candidate, name, length) == 0 && !candidate[length])
			return &option_rows[i];
	}
	return NULL;
}

static const struct option_row *row_lettered(char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].letter && option_rows[i].letter == letter)
			return &option_rows[i];
	return NULL;
}

static void push_folder(struct names *folders, const char *folder)
{
	const char **items =
		realloc(folders->items, (folders->count + 1) * sizeof(*items));

	if (!items)
		no_memory();
	folders->items = items;
	items[folders->count++] = folder;
}

static bool set_color(const struct parser *parser, enum color_choice *color,
		      const char *value)
{
	for (size_t i = 0; i < COUNT_OF(color_names); i++) {
		if (strcmp(value, color_names[i]) != 0)
			continue;
		*color = (enum color_choice)i;
		return true;
	}
	return REFUSE(parser,
		      "unknown colour choice \"%s\": expected \"auto\", \"always\" or "
		      "\"never\"",
		      value);
}

static bool set_seconds(const struct parser *parser, const struct option_row *row,
			unsigned *seconds, const char *value)
{
	unsigned number = 0;
	bool good = *value && strlen(value) <= SECONDS_DIGITS;

	for (const char *at = value; good && *at; at++) {
		good = *at >= '0' && *at <= '9';
		number = 10 * number + (unsigned)(*at - '0');
	}
	if (!good || number < 1 || number > SECONDS_MAX)
		return REFUSE(parser,
			      "option \"--%s\" takes whole seconds from 1 to %d, not "
			      "\"%s\"",
			      row->name, SECONDS_MAX, value);
	*seconds = number;
	return true;
}

/* `value` is NULL for flags alone. */
static bool set_option(struct parser *parser, const struct option_row *row,
		       const char *value)
{
	void *member = (char *)parser->cli + row->member;
	bool *given = &parser->given[row - option_rows];
	bool repeated = *given;

	*given = true;
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return true;
	case OPTION_LIST:
		push_folder(member, value);
		return true;
	case OPTION_TEXT:
	case OPTION_COLOR:
	case OPTION_SECONDS:
		break;
	}
	if (repeated)
		return REFUSE(parser, "option \"--%s\" is given twice", row->name);
	if (row->kind == OPTION_COLOR)
		return set_color(parser, member, value);
	if (row->kind == OPTION_SECONDS)
		return set_seconds(parser, row, member, value);
	*(const char **)member = value;
	return true;
}

/* `value`: what stands behind "=" or the letter; NULL: the next word is it. */
static bool take_value(struct parser *parser, const struct option_row *row,
		       const char *value)
{
	const char *next = *parser->at;

	/* a word that is an option is no value: "--host=-x" says that it is one */
	if (!value && next && (next[0] != '-' || !next[1])) {
		value = next;
		parser->at++;
	}
	if (value && *value)
		return set_option(parser, row, value);
	usage_error(parser->cli, "option \"--%s\" needs a value: --%s=%s", row->name,
		    row->name, row->argument);
	return false;
}

static bool unknown_option(const struct parser *parser, const char *word, size_t length)
{
	const char *names[OPTION_COUNT];
	char *name = strndup(word, length);

	if (!name)
		no_memory();
	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = option_rows[i].name;

	const char *nearest = rolewall_nearest(name, names, OPTION_COUNT);

	if (is_listed(name, absent_options, COUNT_OF(absent_options)))
		usage_error(parser->cli, "option \"--%s\" is not in this version",
			    name);
	else if (nearest)
		usage_error(parser->cli,
			    "unknown option \"--%s\": did you mean \"--%s\"?", name,
			    nearest);
	else
		usage_error(parser->cli, "unknown option \"--%s\"", name);
	free(name);
	return false;
}

static bool take_long(struct parser *parser, const char *word)
{
	size_t length = strcspn(word, "=");
	const struct option_row *row = row_named(word, length);

	if (!row)
		return unknown_option(parser, word, length);
	if (row->argument)
		return take_value(parser, row, word[length] ? word + length + 1 : NULL);
	if (word[length])
		return REFUSE(parser, "option \"--%s\" takes no value", row->name);
	return set_option(parser, row, NULL);
}

/* "-qv", "-IDIR": flags may stand together, a value ends the word. */
static bool take_letters(struct parser *parser, const char *letters)
{
	for (; *letters; letters++) {
		const struct option_row *row = row_lettered(*letters);

		if (!row)
			return REFUSE(parser, "unknown option \"-%s\"", letters);
		if (row->argument)
			return take_value(parser, row, letters[1] ? letters + 1 : NULL);
		if (!set_option(parser, row, NULL))
			return false;
	}
	return true;
}

static bool take_word(struct parser *parser)
{
	const char *word = *parser->at++;

	if (parser->options_over || word[0] != '-' || !word[1]) {
		if (parser->word_count < COUNT_OF(parser->words))
			parser->words[parser->word_count++] = word;
		return true;
	}
	if (word[1] != '-')
		return take_letters(parser, word + 1);
	if (word[2])
		return take_long(parser, word + 2);
	parser->options_over = true;
	return true;
}

/* ---- the whole ---- */

static bool unknown_command(const struct parser *parser, const char *name)
{
	const char *names[COMMAND_MAX];
	size_t count = 0;

	if (is_listed(name, absent_commands, COUNT_OF(absent_commands)))
		return REFUSE(parser, "command \"%s\" is not in this version", name);
	for (const struct command *at = commands; at->name && count < COMMAND_MAX; at++)
		names[count++] = at->name;

	const char *nearest = rolewall_nearest(name, names, count);

	if (nearest)
		usage_error(parser->cli, "unknown command \"%s\": did you mean \"%s\"?",
			    name, nearest);
	else
		usage_error(parser->cli,
			    "unknown command \"%s\": see \"rolewall --help\"", name);
	return false;
}

static bool check_together(const struct parser *parser)
{
	const struct cli *cli = parser->cli;

	if (cli->quiet && cli->verbose)
		return REFUSE(
			parser,
			"options \"--quiet\" and \"--verbose\" exclude each other");
	if (cli->no_confirm && cli->deadline_seconds)
		return REFUSE(parser, "options \"--confirm\" and \"--no-confirm\" "
				      "exclude each other");
	if (cli->command->verb == VERB_ROLLBACK && !cli->to &&
	    (cli->no_confirm || cli->deadline_seconds || cli->protect.count ||
	     cli->force || cli->cut))
		return REFUSE(parser, "options for a new change go with \"--to=ID\": "
				      "without it the pending one is rolled back");
	return true;
}

static bool check_options(const struct parser *parser)
{
	const struct command *command = parser->cli->command;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &option_rows[i];

		if (!parser->given[i] || row->verbs & command->verb)
			continue;

		char *owners = command_list(row->verbs);

		usage_error(parser->cli,
			    "option \"--%s\" is not for \"%s\": it belongs to %s",
			    row->name, command->name, owners);
		free(owners);
		return false;
	}
	return check_together(parser);
}

static bool check_format(const struct parser *parser)
{
	struct cli *cli = parser->cli;
	const char *const *formats = cli->command->formats;
	size_t count = 0;

	while (count < COUNT_OF(cli->command->formats) && formats[count])
		count++;
	if (!cli->format)
		cli->format = formats[0];
	if (cli->command->verb == VERB_MATRIX && strcmp(cli->format, "json") == 0)
		cli->json = true;
	if (!cli->format || is_listed(cli->format, formats, count))
		return true;

	const char *nearest = rolewall_nearest(cli->format, formats, count);

	if (nearest)
		usage_error(cli, "unknown format \"%s\": did you mean \"%s\"?",
			    cli->format, nearest);
	else
		usage_error(cli, "unknown format \"%s\": see \"rolewall %s --help\"",
			    cli->format, cli->command->name);
	return false;
}

/* The most words behind the command, and how people say that. */
static const struct {
	size_t count;
	const char *words;
} operand_counts[OPERAND_COUNT] = {
	[OPERAND_NONE] = { 0, "none" },
	[OPERAND_SITE] = { 1, "one" },
	[OPERAND_ID] = { 1, "one" },
	[OPERAND_PACKET] = { 1 + PACKET_WORDS,
			     "a site and the three words of a packet" },
};

/*
 * The packet is the last three words, or one that holds spaces; what stands before it
 * is the site.  So with or without a site, no words are taken for something else.
 */
static bool take_packet(const struct parser *parser)
{
	struct cli *cli = parser->cli;
	size_t operands = parser->word_count - 1;
	const char *const *words = parser->words + 1;
	bool quoted = operands && strchr(words[operands - 1], ' ');
	size_t length = quoted ? 1 : PACKET_WORDS;

	if (operands < length || operands > length + 1)
		return REFUSE(parser, "\"explain\" takes a site and a packet: [SITE] "
				      "PROTOCOL SOURCE[:PORT] DESTINATION[:PORT]");
	cli->site_given = operands == length + 1;
	words += cli->site_given;
	if (asprintf(&cli->packet, "%s%s%s%s%s", words[0], quoted ? "" : " ",
		     quoted ? "" : words[1], quoted ? "" : " ",
		     quoted ? "" : words[2]) < 0)
		no_memory();
	return true;
}

static bool take_id(const struct parser *parser)
{
	struct cli *cli = parser->cli;

	cli->id = parser->word_count == 2 ? parser->words[1] : NULL;
	if (cli->id && cli->to)
		return REFUSE(parser,
			      "\"--to=ID\" says which one: no operand beside it");
	return true;
}

static bool check_operand(const struct parser *parser)
{
	struct cli *cli = parser->cli;
	const struct command *command = cli->command;
	size_t allowed = 1 + operand_counts[command->operand].count;
	bool good = true;

	if (parser->word_count > allowed) {
		usage_error(cli, "unexpected operand \"%s\": \"%s\" takes %s",
			    parser->words[allowed], command->name,
			    operand_counts[command->operand].words);
		return false;
	}
	if (command->operand == OPERAND_ID)
		good = take_id(parser);
	else if (command->operand == OPERAND_PACKET)
		good = cli->help || take_packet(parser);
	else
		cli->site_given = parser->word_count == 2;
	cli->site = cli->site_given ? parser->words[1] : DEFAULT_SITE;
	return good;
}

/* An error comes before the word --json as well: the answer is to be JSON then too. */
static bool wants_json(char **words)
{
	for (; *words && strcmp(*words, "--") != 0; words++)
		if (strcmp(*words, "--json") == 0)
			return true;
	return false;
}

bool options_parse(struct cli *cli, int argc, char **argv)
{
	struct parser parser = { .cli = cli, .at = argv + (argc > 0) };

	cli->json = wants_json(parser.at);
	while (*parser.at)
		if (!take_word(&parser))
			return false;
	if (!parser.word_count && (cli->help || cli->version))
		return true;
	if (!parser.word_count)
		return REFUSE(&parser, "no command is given: see \"rolewall --help\"");
	cli->command = command_find(parser.words[0]);
	if (!cli->command)
		return unknown_command(&parser, parser.words[0]);
	return check_options(&parser) && check_format(&parser) &&
	       check_operand(&parser);
}

void options_free(struct cli *cli)
{
	free(cli->folders.items);
	free(cli->packet);
	free(cli->protect.items);
	cli->folders = cli->protect = (struct names){ 0 };
}
