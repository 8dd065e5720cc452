/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command to type next, such that a shell takes every word as it was meant. */
#pragma once

#include <stdio.h>

#include "cli/cli.h"

/* One word for a shell, printable ASCII alone: plan.cfg, 'my plan.cfg', $'\x1b'. */
void print_shell_word(FILE *out, const char *word) ALL_NONNULL;

/* "run: rolewall apply SITE", with what decides about the rules. */
void hint_apply(const struct cli *cli) ALL_NONNULL;
