/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What apply and unload share: the transaction, and what is said of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/applied.h"
#include "cli/desired.h"
#include "cli/kept.h"
#include "cli/report.h"

#define AUTO_RESULT __attribute__((cleanup(rolewall_apply_result_free)))

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
		.effects = true,
	};
	struct rolewall_text text AUTO_TEXT = { 0 };

	if (!cli->verbose || !applied->changed)
		return;
	rolewall_plan_print(applied->plan, &options, &text);
	fprintf(out, "%s\n", text.data);
}

/* "change 3f9a2c1b is rolled back in 60 s, unless ...: rolewall confirm 3f9a2c1b" */
static void print_pending(FILE *out, const struct cli *cli,
			  const struct rolewall_apply_result *applied)
{
	const struct rolewall_pending *pending = &applied->pending;

	if (!applied->is_pending)
		return;
	fprintf(out,
		"change %s is rolled back in %u s, unless you type over a new "
		"connection:\n  rolewall confirm%s%s %s\n",
		pending->id, pending->seconds_left, cli->netns ? " --netns=" : "",
		cli->netns ? cli->netns : "", pending->id);
}

static int end_applied(const struct cli *cli,
		       const struct rolewall_apply_result *applied, const char *host)
{
	const struct rolewall_result result = { .size = sizeof(result),
						.host = host,
						.applied = applied };
	struct rolewall_text text = { 0 }, connections AUTO_TEXT = { 0 };
	FILE *out = open_memstream(&text.data, &text.length);

	if (!out)
		no_memory();
	print_details(out, cli, applied, host);
	print_applied(out, applied, host);
	rolewall_connections_print(applied, &connections);
	fputs(connections.data, out);
	print_pending(out, cli, applied);
	if (fclose(out))
		no_memory();

	int code = report_end(cli, ROLEWALL_OK, &result, &text);

	free(text.data);
	return code;
}

static struct rolewall_apply_options options_of(const struct cli *cli,
						struct rolewall_state *state)
{
	static const char *const usual[] = { "auto" };
	const struct names *given = &cli->protect;
	unsigned seconds = cli->deadline_seconds ? cli->deadline_seconds
						 : DEFAULT_DEADLINE_SECONDS;

	return (struct rolewall_apply_options){
		.size = sizeof(struct rolewall_apply_options),
		.state = state,
		.deadline_seconds = cli->no_confirm ? 0 : seconds,
		.protect = given->count ? given->items : usual,
		.protect_count = given->count ? given->count : COUNT_OF(usual),
		.force = cli->force,
		.cut = cli->cut,
		.fail_if_opens = cli->fail_if_opens,
	};
}

static int apply(const struct cli *cli, const struct rolewall_ruleset *desired,
		 struct rolewall_apply_result *applied)
{
	AUTO(kernel) struct rolewall_kernel *kernel = NULL;
	AUTO(state) struct rolewall_state *state = NULL;
	int code = rolewall_kernel_open(cli->netns, cli->messages, &kernel);

	if (code == ROLEWALL_OK)
		code = kept_open(cli, true, &state);
	if (code != ROLEWALL_OK)
		return code;

	const struct rolewall_apply_options options = options_of(cli, state);

	code = rolewall_apply(kernel, desired, &options, cli->messages, applied);
	if (code == ROLEWALL_OK && cli->forget)
		code = rolewall_forget(state, cli->messages);
	return code;
}

int apply_ruleset(const struct cli *cli, const struct rolewall_ruleset *desired,
		  const char *host)
{
	struct rolewall_apply_result applied AUTO_RESULT = { 0 };
	int code = apply(cli, desired, &applied);

	if (code != ROLEWALL_OK)
		return report_end(cli, code, NULL, NULL);
	if (host)
		rolewall_neighbours_report(applied.live, cli->messages);
	return end_applied(cli, &applied, host);
}
