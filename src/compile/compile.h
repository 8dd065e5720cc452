/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a checked site to the rule set of one of its hosts. */
#pragma once

#include "ruleset/ruleset.h"
#include "site/site.h"

/*
 * The rule set of `host`, normalized.  NULL with diagnostics when a flow cannot be
 * expressed or a limit is passed; a condition is never left out.
 */
const struct ruleset *compile_host(struct arena *arena, const struct site *site,
				   const struct actor *host,
				   struct diags *diags) MUST_USE;
