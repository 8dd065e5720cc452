/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What outlives a run, where the command line and the environment say it is. */
#pragma once

#include "cli/cli.h"

DEFINE_AUTO(state, struct rolewall_state *, rolewall_state_close)

/* `make`: the folders, when they are not there. */
int kept_open(const struct cli *cli, bool make, struct rolewall_state **state) MUST_USE;

/* Rolls back what is overdue, if there is something and this user may. */
int settle_overdue(const struct cli *cli) MUST_USE;
