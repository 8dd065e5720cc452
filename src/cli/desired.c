/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first half of most commands: from the site's file to a host's rule set. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/desired.h"

/* Nobody named one, and the usual one is not there. */
static int no_site(const struct cli *cli)
{
	char *text = NULL;

	if (asprintf(&text,
		     "no site is named, and \"%s\" is not there: name one, as in "
		     "\"rolewall %s plant.cfg\"",
		     cli->site, cli->command->name) < 0)
		no_memory();
	rolewall_messages_add(cli->messages, ROLEWALL_FAILED, text);
	free(text);
	return ROLEWALL_FAILED;
}

int site_open(const struct cli *cli, const char *path, struct rolewall_site **site)
{
	const struct rolewall_site_options options = {
		.size = sizeof(options),
		.folders = cli->folders.items,
		.folder_count = cli->folders.count,
		.share_folder = cli->share_folder,
		.stdin_name = cli->stdin_name,
		.notes = cli->command->verb == VERB_CHECK,
	};

	if (path == cli->site && !cli->site_given && access(path, F_OK) != 0)
		return no_site(cli);
	return rolewall_site_open(path, &options, cli->messages, site);
}

void desired_free(struct desired *desired)
{
	rolewall_ruleset_free(desired->ruleset);
	rolewall_site_free(desired->site);
	*desired = (struct desired){ 0 };
}

int desired_make(const struct cli *cli, struct desired *desired)
{
	struct desired made AUTO_DESIRED = { 0 };
	int code = site_open(cli, cli->site, &made.site);

	if (code == ROLEWALL_OK)
		code = rolewall_site_find_host(made.site, cli->host, cli->messages,
					       &made.host);
	if (code == ROLEWALL_OK)
		code = rolewall_compile(made.site, made.host, cli->messages,
					&made.ruleset);
	if (code != ROLEWALL_OK)
		return code;
	*desired = made;
	made = (struct desired){ 0 };
	return ROLEWALL_OK;
}
