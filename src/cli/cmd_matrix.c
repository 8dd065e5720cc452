/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall matrix SITE|PROFILE: the flows as a table. */
#include <unistd.h>

#include "cli/desired.h"
#include "cli/report.h"

int cmd_matrix(const struct cli *cli)
{
	AUTO(site) struct rolewall_site *site = NULL;
	struct rolewall_text text AUTO_TEXT = { 0 };
	struct rolewall_result result = { .size = sizeof(result) };
	int code = site_open(cli, cli->site, &site);

	if (code == ROLEWALL_OK && cli->host)
		code = rolewall_site_find_host(site, cli->host, cli->messages,
					       &result.host);
	if (code == ROLEWALL_OK && !cli->json)
		code = rolewall_site_matrix(site, cli->host, cli->format,
					    report_color(cli, STDOUT_FILENO),
					    cli->messages, &text);
	if (code == ROLEWALL_OK)
		result.site = site;
	return report_end(cli, code, &result, code == ROLEWALL_OK ? &text : NULL);
}
