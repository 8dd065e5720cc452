/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands: main() dispatches by it, the help is printed from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* clang-format off */
const struct command commands[] = {
	{ VERB_CHECK, "check", cmd_check, OPERAND_SITE, "SITE",
	  "find the mistakes of a site or profile, on every host",
	  { NULL },
	  { "rolewall check plant.cfg",
	    "rolewall check - --stdin-filename plant.cfg <plant.cfg" } },
	{ VERB_COMPILE, "compile", cmd_compile, OPERAND_SITE, "SITE",
	  "print the rule set of a host as an nft script",
	  { "nft", "json", "saved" },
	  { "rolewall compile plant.cfg --host sensor-1",
	    "rolewall compile plant.cfg --host sensor-1 --format saved -o before",
	    "rolewall compile plant.cfg --all --output-dir rules" } },
	{ VERB_PLAN, "plan", cmd_plan, OPERAND_SITE, "SITE",
	  "show what apply would change in the kernel",
	  { NULL },
	  { "rolewall plan plant.cfg",
	    "rolewall plan plant.cfg --verify --detailed-exitcode",
	    "rolewall plan new.cfg --host sensor-1 --against old.cfg" } },
	{ VERB_APPLY, "apply", cmd_apply, OPERAND_SITE, "SITE",
	  "make the kernel hold the site's rules, in one transaction, until it is "
	  "confirmed or its deadline rolls it back",
	  { NULL },
	  { "rolewall apply plant.cfg",
	    "rolewall apply plant.cfg --confirm 300 --protect tcp/22@198.51.100.0/24",
	    "rolewall apply plant.cfg --no-confirm",
	    "rolewall apply plant.cfg --dry-run" } },
	{ VERB_CONFIRM, "confirm", cmd_confirm, OPERAND_ID, "[ID]",
	  "keep the pending change, now and at boot",
	  { NULL },
	  { "rolewall confirm", "rolewall confirm 3f9a2c1b" } },
	{ VERB_ROLLBACK, "rollback", cmd_rollback, OPERAND_ID, "[ID]",
	  "bring back the rules from before the pending change, or with --to what was "
	  "confirmed once",
	  { NULL },
	  { "rolewall rollback", "rolewall rollback --to 3f9a2c1b" } },
	{ VERB_STATUS, "status", cmd_status, OPERAND_SITE, "[SITE]",
	  "show what is loaded, its drift, its counters and its neighbours",
	  { NULL },
	  { "rolewall status",
	    "rolewall status plant.cfg --detailed-exitcode" } },
	{ VERB_UNLOAD, "unload", cmd_unload, OPERAND_NONE, NULL,
	  "remove rolewall's own tables, and nothing else",
	  { NULL },
	  { "rolewall unload", "rolewall unload --forget" } },
	{ VERB_LOAD, "load", cmd_load, OPERAND_NONE, NULL,
	  "load the last confirmed rules, as at boot: no site is read",
	  { NULL },
	  { "rolewall load" } },
	{ VERB_EXPLAIN, "explain", cmd_explain, OPERAND_PACKET, "SITE PACKET",
	  "say what becomes of a packet, by which rule, and which flow asked for it",
	  { NULL },
	  { "rolewall explain plant.cfg tcp analysts sensor-1:22",
	    "rolewall explain plant.cfg icmp/echo-request any sensor-1",
	    "rolewall explain plant.cfg tcp [2001:db8:10::7]:4000 sensor-1:22",
	    "rolewall explain plant.cfg tcp analysts sensor-1 --live" } },
	{ VERB_MATRIX, "matrix", cmd_matrix, OPERAND_SITE, "SITE|PROFILE",
	  "print the flows as a table",
	  { "text", "markdown", "csv", "json" },
	  { "rolewall matrix plant.cfg --host sensor-1",
	    "rolewall matrix plant.cfg --format markdown" } },
	{ 0 },
};

/* clang-format on */

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

char *command_list(unsigned verbs)
{
	char *list = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&list, &length);
	const char *before = "";

	if (!stream)
		no_memory();
	for (const struct command *command = commands; command->name; command++) {
		if (!(command->verb & verbs))
			continue;
		fprintf(stream, "%s\"%s\"", before, command->name);
		before = ", ";
	}
	if (fclose(stream))
		no_memory();
	return list;
}
