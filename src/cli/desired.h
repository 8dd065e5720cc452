/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first half of most commands: from the site's file to a host's rule set. */
#pragma once

#include "cli/cli.h"

DEFINE_AUTO(site, struct rolewall_site *, rolewall_site_free)
DEFINE_AUTO(ruleset, struct rolewall_ruleset *, rolewall_ruleset_free)
DEFINE_AUTO(kernel, struct rolewall_kernel *, rolewall_kernel_close)
DEFINE_AUTO(history, struct rolewall_history *, rolewall_history_free)
DEFINE_AUTO(plan, struct rolewall_plan *, rolewall_plan_free)

/* struct rolewall_text text AUTO_TEXT = { 0 }: freed at scope exit. */
#define AUTO_TEXT __attribute__((cleanup(rolewall_text_free)))

struct desired {
	struct rolewall_site *site;
	const char *host; /* the site's */
	struct rolewall_ruleset *ruleset;
};

void desired_free(struct desired *desired);

/* struct desired desired AUTO_DESIRED = { 0 }: freed at scope exit. */
#define AUTO_DESIRED __attribute__((cleanup(desired_free)))

/* Reads and checks a site or profile with the command line's folders. */
int site_open(const struct cli *cli, const char *path,
	      struct rolewall_site **site) MUST_USE;

/* Reads cli->site, finds the host and compiles it. */
int desired_make(const struct cli *cli, struct desired *desired) MUST_USE;
