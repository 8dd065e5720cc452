/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Canonical keys of rules; used by ruleset_normalize(). */
#pragma once

#include "ruleset/ruleset.h"

/* Steps and comment; anonymous sets must be normalized. */
struct key rule_key(struct arena *arena, const struct rule *rule);
