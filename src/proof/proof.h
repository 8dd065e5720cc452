/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof of a compilation: that a host's rule set lets pass what its site says, and
 * not one packet more or less.
 *
 * The site is read a second time, by none of the compiler's code.  Both sides are
 * functions of all packets, on every way and of every connection state.
 */
#pragma once

#include "base/diag.h"
#include "ruleset/ruleset.h"
#include "site/site.h"

/* What the proofs of a site's hosts share. */
struct readings;

/* Lives in the arena, as long as the site. */
struct readings *readings_new(struct arena *arena, const struct site *site) MUST_USE;

/*
 * False, with a diagnostic that names a packet and both sides, when the rule set of
 * `host` means something else than the site.  A rule set that is too large to be
 * compared is a warning.
 */
bool proof_holds(struct readings *readings, const struct actor *host,
		 const struct ruleset *ruleset,
		 struct diags *diags) ALL_NONNULL MUST_USE;
