/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall status [SITE]: what is loaded, and how it differs from the site. */
#include <unistd.h>

#include "cli/desired.h"
#include "cli/kept.h"
#include "cli/report.h"

/* The site that is compared with: the one named, or the usual one if it is there. */
static bool has_site(const struct cli *cli)
{
	return cli->site_given || access(cli->site, R_OK) == 0;
}

static int find_drift(const struct cli *cli, const struct rolewall_ruleset *live,
		      struct desired *desired, struct rolewall_plan **drift)
{
	int code = desired_make(cli, desired);

	return code == ROLEWALL_OK ? rolewall_plan_make(live, desired->ruleset, drift)
				   : code;
}

int cmd_status(const struct cli *cli)
{
	struct desired desired AUTO_DESIRED = { 0 };
	AUTO(kernel) struct rolewall_kernel *kernel = NULL;
	AUTO(ruleset) struct rolewall_ruleset *live = NULL;
	AUTO(plan) struct rolewall_plan *drift = NULL;
	AUTO(state) struct rolewall_state *state = NULL;
	AUTO(history) struct rolewall_history *history = NULL;
	struct rolewall_text text AUTO_TEXT = { 0 };
	int code = rolewall_kernel_open(cli->netns, cli->messages, &kernel);

	if (code == ROLEWALL_OK)
		code = rolewall_kernel_read(kernel, cli->messages, &live);
	if (code != ROLEWALL_OK)
		return report_end(cli, code, NULL, NULL);
	/* what is loaded is shown also when its records, or the site, are not whole */
	code = kept_open(cli, false, &state);
	if (code == ROLEWALL_OK)
		code = rolewall_history_read(state, cli->messages, &history);
	if (code == ROLEWALL_OK && has_site(cli))
		code = find_drift(cli, live, &desired, &drift);
	if (code == ROLEWALL_OK && drift && cli->detailed_exit &&
	    !rolewall_plan_is_empty(drift))
		code = ROLEWALL_DIFFERENT;

	const struct rolewall_result result = { .size = sizeof(result),
						.host = desired.host,
						.plan = drift,
						.live = live,
						.history = history };

	rolewall_status_print(live, drift, history, report_color(cli, STDOUT_FILENO),
			      &text);
	return report_end(cli, code, &result, &text);
}
