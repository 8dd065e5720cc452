/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What apply and unload share: the transaction, and what is said of it. */
#pragma once

#include "cli/cli.h"

/* Makes the kernel hold `desired`; `host` NULL: none, it is unloaded. */
int apply_ruleset(const struct cli *cli, const struct rolewall_ruleset *desired,
		  const char *host) MUST_USE;
