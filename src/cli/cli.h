/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line asks for, and the commands that answer.
 *
 * The program is the library's first customer: it includes the public header, libc and
 * base/attr.h, and nothing else of the library.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <rolewall/rolewall.h>

#include "base/attr.h"

#define DEFAULT_SITE "/etc/rolewall/site.cfg"

enum { DEFAULT_DEADLINE_SECONDS = 60, DEFAULT_LOCK_SECONDS = 10 };

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct names {
	const char **items;
	size_t count;
};

/* The command line, const once it is parsed; members of later options at the end. */
struct cli {
	const struct command *command;
	const char *site; /* the operand, or DEFAULT_SITE */
	bool site_given;

	bool help, version, quiet, verbose, json;
	enum color_choice color;
	struct names folders; /* -I, in order */
	const char *host, *netns, *stdin_name;

	const char *format; /* NULL: the verb's first */
	bool all, detailed_exit, verify, dry_run, no_confirm;
	const char *output, *output_folder, *against;

	const char *id;            /* the operand of confirm and rollback; NULL: none */
	unsigned deadline_seconds; /* --confirm; 0: not given */
	struct names protect;
	bool fail_if_opens;
	bool force, cut, forget, unless_confirmed;
	unsigned lock_seconds; /* --lock-timeout, or what is usual */
	const char *to;
	char *packet; /* the words behind SITE, joined; NULL: none */
	const char *interface;
	bool live;

	const char *share_folder, *state_folder, *run_folder;
	struct rolewall_messages *messages;
};

/* Who takes an option: one bit for each verb. */
enum verb {
	VERB_CHECK = 1 << 0,
	VERB_COMPILE = 1 << 1,
	VERB_PLAN = 1 << 2,
	VERB_APPLY = 1 << 3,
	VERB_STATUS = 1 << 4,
	VERB_UNLOAD = 1 << 5,
	VERB_MATRIX = 1 << 6,
	VERB_CONFIRM = 1 << 7,
	VERB_ROLLBACK = 1 << 8,
	VERB_LOAD = 1 << 9,
	VERB_EXPLAIN = 1 << 10,
	VERB_ALL = (1 << 11) - 1
};

enum operand {
	OPERAND_NONE,
	OPERAND_SITE,
	OPERAND_ID,     /* of a change */
	OPERAND_PACKET, /* a site, and behind it the words of a packet */
	OPERAND_COUNT
};

struct command {
	enum verb verb;
	const char *name;
	int (*run)(const struct cli *cli);
	enum operand operand;
	const char *operand_words; /* as the help shows it; NULL: none is taken */
	const char *summary;
	const char *formats[5]; /* --format, the first is what is meant without it */
	const char *examples[5];
};

int cmd_check(const struct cli *cli) MUST_USE;
int cmd_compile(const struct cli *cli) MUST_USE;
int cmd_plan(const struct cli *cli) MUST_USE;
int cmd_apply(const struct cli *cli) MUST_USE;
int cmd_status(const struct cli *cli) MUST_USE;
int cmd_unload(const struct cli *cli) MUST_USE;
int cmd_matrix(const struct cli *cli) MUST_USE;
int cmd_confirm(const struct cli *cli) MUST_USE;
int cmd_rollback(const struct cli *cli) MUST_USE;
int cmd_load(const struct cli *cli) MUST_USE;
int cmd_explain(const struct cli *cli) MUST_USE;

/* The commands, ended by one without a name. */
extern const struct command commands[];
const struct command *command_find(const char *name) MUST_USE;

/* "plan, apply": the commands among `verbs`; the caller frees it. */
char *command_list(unsigned verbs) MUST_USE;

/*
 * Fills `cli` from the command line.  False with one usage error in cli->messages;
 * `json` is then right all the same.
 */
bool options_parse(struct cli *cli, int argc, char **argv) MUST_USE;
void options_free(struct cli *cli);

/*
 * The help of the program, or of one command, as text for standard output; the caller
 * frees it.
 */
char *help_text(const struct command *command) MUST_USE;

/* Ends the program with one line: the library does the same. */
_Noreturn void no_memory(void);

/* Adds a usage error and returns its exit code. */
int usage_error(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2);
