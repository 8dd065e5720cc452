/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall explain SITE PACKET: what becomes of a packet, and why. */
#include <unistd.h>

#include "cli/desired.h"
#include "cli/report.h"

DEFINE_AUTO(explanation, struct rolewall_explanation *, rolewall_explanation_free)

static int read_live(const struct cli *cli, struct rolewall_ruleset **live)
{
	AUTO(kernel) struct rolewall_kernel *kernel = NULL;
	int code = rolewall_kernel_open(cli->netns, cli->messages, &kernel);

	return code == ROLEWALL_OK ? rolewall_kernel_read(kernel, cli->messages, live)
				   : code;
}

int cmd_explain(const struct cli *cli)
{
	AUTO(site) struct rolewall_site *site = NULL;
	AUTO(ruleset) struct rolewall_ruleset *live = NULL;
	AUTO(explanation) struct rolewall_explanation *explanation = NULL;
	struct rolewall_explain_options options = { .size = sizeof(options),
						    .host = cli->host,
						    .interface = cli->interface };
	struct rolewall_text text AUTO_TEXT = { 0 };
	struct rolewall_result result = { .size = sizeof(result), .host = cli->host };
	int code = site_open(cli, cli->site, &site);

	if (code == ROLEWALL_OK && cli->live)
		code = read_live(cli, &live);
	options.live = live;
	if (code == ROLEWALL_OK)
		code = rolewall_explain(site, cli->packet, &options, cli->messages,
					&explanation);
	if (code == ROLEWALL_OK)
		rolewall_explanation_print(explanation,
					   report_color(cli, STDOUT_FILENO), &text);
	result.explanation = explanation;
	return report_end(cli, code, &result, &text);
}
