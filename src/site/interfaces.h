/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host's interfaces: which carry flows, which take mirrored traffic. */
#pragma once

#include "site/schema.h"

/* The group `interfaces` into the host's `management` and `monitor`. */
bool interfaces_read(struct loader *loader, const struct value *group,
		     struct actor *host) ALL_NONNULL;
