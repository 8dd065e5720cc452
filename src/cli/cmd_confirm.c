/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall confirm [ID], rollback [ID], load: settling, and coming back. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/applied.h"
#include "cli/desired.h"
#include "cli/kept.h"
#include "cli/report.h"

/* One line: "change 3f9a2c1b is WORDS". */
static int end_settled(const struct cli *cli, int code, const char *words,
		       const char *id)
{
	const struct rolewall_result result = { .size = sizeof(result), .id = id };
	struct rolewall_text text = { 0 };
	FILE *out;

	if (code != ROLEWALL_OK)
		return report_end(cli, code, NULL, NULL);
	out = open_memstream(&text.data, &text.length);
	if (!out)
		no_memory();
	if (*id)
		fprintf(out, "change %s is %s\n", id, words);
	else
		fputs("it was settled already\n", out);
	if (fclose(out))
		no_memory();
	code = report_end(cli, code, &result, &text);
	free(text.data);
	return code;
}

int cmd_confirm(const struct cli *cli)
{
	AUTO(state) struct rolewall_state *state = NULL;
	char id[ROLEWALL_ID_BYTES] = "";
	int code = kept_open(cli, true, &state);

	if (code == ROLEWALL_OK)
		code = rolewall_confirm(state, cli->id, cli->force, cli->messages, id);
	return end_settled(cli, code, "confirmed, and loaded at boot", id);
}

/* A rule set that was confirmed once is a change like any other. */
static int roll_back_to(const struct cli *cli, struct rolewall_state *state)
{
	AUTO(ruleset) struct rolewall_ruleset *ruleset = NULL;
	int code = rolewall_confirmed_open(state, cli->to, cli->messages, &ruleset);

	return code == ROLEWALL_OK ? apply_ruleset(cli, ruleset, cli->to)
				   : report_end(cli, code, NULL, NULL);
}

int cmd_rollback(const struct cli *cli)
{
	AUTO(state) struct rolewall_state *state = NULL;
	char id[ROLEWALL_ID_BYTES] = "";
	int code = kept_open(cli, true, &state);

	if (code == ROLEWALL_OK && cli->to)
		return roll_back_to(cli, state);
	if (code == ROLEWALL_OK)
		code = rolewall_rollback(state, cli->id, cli->unless_confirmed,
					 cli->messages, id);
	return end_settled(cli, code, "rolled back", id);
}

int cmd_load(const struct cli *cli)
{
	AUTO(state) struct rolewall_state *state = NULL;
	char id[ROLEWALL_ID_BYTES] = "";
	int code = kept_open(cli, true, &state);
	const struct rolewall_result result = { .size = sizeof(result), .id = id };

	if (code == ROLEWALL_OK)
		code = rolewall_load(state, cli->messages, id);
	if (code != ROLEWALL_OK)
		return report_end(cli, code, NULL, NULL);
	code = report_end(cli, code, &result, NULL);
	report_detail(cli, "rolewall: loaded %s", id);
	return code;
}
