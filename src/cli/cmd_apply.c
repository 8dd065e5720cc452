/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall apply SITE: the kernel holds the site's rules, or nothing has changed. */
#include "cli/applied.h"
#include "cli/desired.h"
#include "cli/report.h"

int cmd_apply(const struct cli *cli)
{
	struct desired desired AUTO_DESIRED = { 0 };

	if (cli->dry_run)
		return cmd_plan(cli);

	int code = desired_make(cli, &desired);

	return code == ROLEWALL_OK ? apply_ruleset(cli, desired.ruleset, desired.host)
				   : report_end(cli, code, NULL, NULL);
}
