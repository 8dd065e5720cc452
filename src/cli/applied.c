/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What apply and unload share: the transaction, and what is said of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/applied.h"
#include "cli/desired.h"
#include "cli/report.h"

static void result_free(struct rolewall_apply_result *applied)
{
	rolewall_plan_free(applied->plan);
	rolewall_ruleset_free(applied->live);
}

#define AUTO_RESULT __attribute__((cleanup(result_free)))

/* "sensor-1: 2 rules to add: done, kernel generation 42", or "sensor-1: no change". */
static void print_applied(FILE *out, const struct rolewall_apply_result *applied,
			  const char *host)
{
	struct rolewall_text summary AUTO_TEXT = { 0 };

	if (host)
		fprintf(out, "%s: ", host);
	if (!applied->changed) {
		fputs(host ? "no change\n" : "no change: nothing was loaded\n", out);
		return;
	}
	if (host) {
		rolewall_plan_summary(applied->plan, &summary);
		fprintf(out, "%s: done", summary.data);
	} else {
		fputs("unloaded", out);
	}
	fprintf(out, ", kernel generation %" PRIu32 "\n", applied->generation);
}

/* With -v the whole of the diff stands before the line. */
static void print_details(FILE *out, const struct cli *cli,
			  const struct rolewall_apply_result *applied, const char *host)
{
	const struct rolewall_plan_options options = {
		.size = sizeof(options),
		.color = report_color(cli, STDOUT_FILENO),
		.host = host,
	};
	struct rolewall_text text AUTO_TEXT = { 0 };

	if (!cli->verbose || !applied->changed)
		return;
	rolewall_plan_print(applied->plan, &options, &text);
	fprintf(out, "%s\n", text.data);
}

static int end_applied(const struct cli *cli,
		       const struct rolewall_apply_result *applied, const char *host)
{
	const struct rolewall_result result = { .size = sizeof(result),
						.host = host,
						.applied = applied };
	struct rolewall_text text = { 0 };
	FILE *out = open_memstream(&text.data, &text.length);

	if (!out)
		no_memory();
	print_details(out, cli, applied, host);
	print_applied(out, applied, host);
	if (fclose(out))
		no_memory();

	int code = report_end(cli, ROLEWALL_OK, &result, &text);

	free(text.data);
	return code;
}

int apply_ruleset(const struct cli *cli, const struct rolewall_ruleset *desired,
		  const char *host)
{
	AUTO(kernel) struct rolewall_kernel *kernel = NULL;
	struct rolewall_apply_result applied AUTO_RESULT = { 0 };
	int code = rolewall_kernel_open(cli->netns, cli->messages, &kernel);

	if (code == ROLEWALL_OK)
		code = rolewall_apply(kernel, desired, cli->messages, &applied);
	if (code != ROLEWALL_OK)
		return report_end(cli, code, NULL, NULL);
	if (host)
		rolewall_neighbours_report(applied.live, cli->messages);
	code = end_applied(cli, &applied, host);
	if (host && applied.changed && !cli->no_confirm)
		report_note(cli, "rolewall: note: this version arms no deadline: the "
				 "change stays as with --no-confirm");
	return code;
}
