/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of a text in libconfig's syntax, each with its place. */
#pragma once

#include "base/source.h"

enum value_kind {
	VALUE_GROUP,
	VALUE_LIST,
	VALUE_ARRAY,
	VALUE_TEXT,
	VALUE_INTEGER,
	VALUE_FLOAT,
	VALUE_BOOLEAN,
};

struct value {
	enum value_kind kind;
	const char *key; /* members of a group; else NULL */
	struct span key_span;
	struct span span; /* the value; of a group, list or array its opening */
	bool broken;      /* a mistake in it was reported: say no more about it */
	bool duplicate;   /* its group has this key already: not to be read */
	struct value *first, *next; /* members; the next member of the same parent */
	size_t count;               /* members */
	const char *text;           /* VALUE_TEXT */
	int32_t integer;            /* VALUE_INTEGER */
	bool boolean;               /* VALUE_BOOLEAN */
};

/* "a group", "a text", "a number" and so on. */
const char *value_kind_words(enum value_kind kind) RETURNS_NONNULL;

static inline bool value_holds_many(const struct value *value)
{
	return value->kind == VALUE_LIST || value->kind == VALUE_ARRAY;
}
