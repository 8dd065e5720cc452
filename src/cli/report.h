/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command says: its result on standard output, all else on standard error. */
#pragma once

#include "cli/cli.h"

/* Whether `fd` gets colour. */
bool report_color(const struct cli *cli, int fd) MUST_USE;

/*
 * Ends a command: prints the messages and `text` (NULL: nothing), or with --json the
 * one document.  Returns the exit code: `code`, or 1 when standard output failed.
 */
int report_end(const struct cli *cli, int code, const struct rolewall_result *result,
	       const struct rolewall_text *text) MUST_USE;

/* What everybody should know who did not ask for silence. */
void report_note(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2);

/* What to type next, when somebody sits there; with -v a word on what was done. */
void report_hint(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2);
void report_detail(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2);

/* Plain text to standard output, for help and version. */
int report_plain(const struct cli *cli, const char *text) MUST_USE;

/* Adds the error "cannot VERB PATH: reason of errno"; returns ROLEWALL_FAILED. */
int report_errno(const struct cli *cli, const char *verb, const char *path, int error);
