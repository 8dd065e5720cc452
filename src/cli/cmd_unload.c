/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall unload: rolewall's own tables are removed, and nothing else. */
#include "cli/applied.h"
#include "cli/desired.h"

int cmd_unload(const struct cli *cli)
{
	AUTO(ruleset) struct rolewall_ruleset *none = rolewall_ruleset_none();

	return apply_ruleset(cli, none, NULL);
}
