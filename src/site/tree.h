/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of libconfig over tokens: a tree of values that know their places. */
#pragma once

#include "site/scan.h"
#include "site/value.h"

struct tree {
	struct value *root; /* a group; its texts are still to be read */
	/* the tokens again, without comments and mistakes: what libconfig reads */
	struct buffer *flat;
};

/*
 * Reads `source` and what it includes.  False when its syntax is wrong, reported; true
 * also with reported mistakes in values, which are marked as broken.
 */
bool tree_parse(struct inputs *inputs, struct diags *diags, const struct source *source,
		struct tree *tree) ALL_NONNULL MUST_USE;
