/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file of the language: its text becomes values with places. */
#pragma once

#include "base/diag.h"
#include "site/input.h"
#include "site/value.h"

/*
 * The root group of the file at `path`.  NULL when it cannot be read or its syntax is
 * wrong, which is reported; `user` is where the file was named, for messages.
 */
const struct value *read_values(struct inputs *inputs, struct diags *diags,
				const char *path, struct span user) MUST_USE;
