/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a message is about, in words: rule "x" of chain "input". */
#pragma once

#include "kernel/encode.h"

/* A subject made of a message alone: names, and no more. */
struct named {
	struct subject subject; /* points into the rest */
	struct table table;
	struct chain chain;
	struct set set;
	struct rule rule;
	struct object object;
};

void subject_name(struct arena *arena, const struct nlmsghdr *message,
		  struct named *named) ALL_NONNULL;

/* Appends the words; names are quoted and made safe. */
void subject_describe(const struct subject *subject, struct buffer *out) ALL_NONNULL;

/* The line of the site that asked for it. */
struct span subject_span(const struct subject *subject) ALL_NONNULL MUST_USE;
