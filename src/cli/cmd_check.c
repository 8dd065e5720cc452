/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall check SITE: every mistake of a site or profile, on every host. */
#include "cli/desired.h"
#include "cli/report.h"

static int compile_one(const struct cli *cli, struct rolewall_site *site,
		       const char *host)
{
	AUTO(ruleset) struct rolewall_ruleset *ruleset = NULL;

	return rolewall_compile(site, host, cli->messages, &ruleset);
}

/* Goes on after a host that cannot be compiled: the others' mistakes count too. */
static int compile_all(const struct cli *cli, struct rolewall_site *site)
{
	const char *host;
	int code = ROLEWALL_OK;

	for (size_t i = 0; (host = rolewall_site_host(site, i)); i++) {
		int compiled = compile_one(cli, site, host);

		if (code == ROLEWALL_OK)
			code = compiled;
	}
	return code;
}

static int compile_hosts(const struct cli *cli, struct rolewall_site *site)
{
	const char *host;

	if (!cli->host)
		return compile_all(cli, site);

	int code = rolewall_site_find_host(site, cli->host, cli->messages, &host);

	return code == ROLEWALL_OK ? compile_one(cli, site, host) : code;
}

int cmd_check(const struct cli *cli)
{
	AUTO(site) struct rolewall_site *site = NULL;
	struct rolewall_result result = { .size = sizeof(result), .host = cli->host };
	int code = site_open(cli, cli->site, &site);

	if (code == ROLEWALL_OK)
		code = compile_hosts(cli, site);
	result.site = site;
	code = report_end(cli, code, &result, NULL);
	if (code == ROLEWALL_OK)
		report_detail(cli, "no mistakes; %u warning%s",
			      rolewall_messages_warnings(cli->messages),
			      rolewall_messages_warnings(cli->messages) == 1 ? ""
									     : "s");
	return code;
}
