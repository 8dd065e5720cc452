/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The site's own tests: are the packets accepted and refused that it says? */
#pragma once

#include "base/diag.h"
#include "site/site.h"

/*
 * Holds every expectation of a checked site against the rules of its host, for new
 * packets; false with a diagnostic for each that does not hold.
 */
bool expectations_check(const struct site *site, struct diags *diags) ALL_NONNULL;
