/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall plan SITE: what apply would change; changes nothing. */
#include <string.h>
#include <unistd.h>

#include "cli/desired.h"
#include "cli/hint.h"
#include "cli/report.h"

/* The other side of the comparison, from the file of --against: no kernel. */
static int read_against(const struct cli *cli, const char *host,
			struct rolewall_ruleset **other)
{
	AUTO(site) struct rolewall_site *site = NULL;

	if (rolewall_ruleset_is_saved(cli->against))
		return rolewall_ruleset_open(cli->against, cli->messages, other);

	int code = site_open(cli, cli->against, &site);

	return code == ROLEWALL_OK ? rolewall_compile(site, host, cli->messages, other)
				   : code;
}

static int read_kernel(const struct cli *cli, struct rolewall_kernel **kernel,
		       struct rolewall_ruleset **live)
{
	int code = rolewall_kernel_open(cli->netns, cli->messages, kernel);

	if (code == ROLEWALL_OK)
		code = rolewall_kernel_read(*kernel, cli->messages, live);
	if (code == ROLEWALL_OK)
		rolewall_neighbours_report(*live, cli->messages);
	return code;
}

static int end_plan(const struct cli *cli, const struct rolewall_plan *plan,
		    const char *host)
{
	const struct rolewall_plan_options options = {
		.size = sizeof(options),
		.color = report_color(cli, STDOUT_FILENO),
		.host = host,
		.against = cli->against,
		.effects = true,
	};
	const struct rolewall_result result = {
		.size = sizeof(result),
		.host = host,
		.plan = plan,
		.against = cli->against,
	};
	struct rolewall_text text AUTO_TEXT = { 0 };
	bool different = !rolewall_plan_is_empty(plan);
	int code = different && cli->detailed_exit ? ROLEWALL_DIFFERENT : ROLEWALL_OK;

	rolewall_plan_print(plan, &options, &text);
	code = report_end(cli, code, &result, &text);
	if (different && !cli->against &&
	    (code == ROLEWALL_OK || code == ROLEWALL_DIFFERENT))
		hint_apply(cli);
	return code;
}

static const char *options_conflict(const struct cli *cli)
{
	if (cli->against && cli->verify)
		return "option \"--verify\" asks the kernel, option \"--against\" does "
		       "not: they exclude each other";
	if (cli->against && strcmp(cli->against, "-") == 0 &&
	    strcmp(cli->site, "-") == 0)
		return "standard input can be read once: either the site or \"--against\"";
	return NULL;
}

int cmd_plan(const struct cli *cli)
{
	struct desired desired AUTO_DESIRED = { 0 };
	AUTO(kernel) struct rolewall_kernel *kernel = NULL;
	AUTO(ruleset) struct rolewall_ruleset *live = NULL;
	AUTO(plan) struct rolewall_plan *plan = NULL;
	const char *conflict = options_conflict(cli);

	if (conflict)
		return report_end(cli, usage_error(cli, "%s", conflict), NULL, NULL);

	int code = desired_make(cli, &desired);

	if (code == ROLEWALL_OK)
		code = cli->against ? read_against(cli, desired.host, &live)
				    : read_kernel(cli, &kernel, &live);
	if (code == ROLEWALL_OK)
		code = rolewall_plan_make(live, desired.ruleset, &plan);
	if (code == ROLEWALL_OK && cli->verify && !rolewall_plan_is_empty(plan))
		code = rolewall_plan_verify(plan, kernel, cli->messages);
	if (code == ROLEWALL_OK && cli->fail_if_opens) /* apply --dry-run */
		code = rolewall_plan_opens_nothing(plan, cli->messages);
	return code == ROLEWALL_OK ? end_plan(cli, plan, desired.host)
				   : report_end(cli, code, NULL, NULL);
}
