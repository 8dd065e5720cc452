/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language as tables: which keys a group has, and what reads each. */
#pragma once

#include "site/load.h"

struct item;

/* Reads `value` into `member`; false with a diagnostic. */
typedef bool item_read(struct loader *loader, const struct item *item,
		       const struct value *value, void *member);

struct item {
	const char *key;
	item_read *read;
	size_t member; /* offset in what the group is read into */
	bool required;
	int32_t low, high; /* read_integer: what is allowed */
	const char *const
		*choices;         /* read_choice: NULL-ended; the index is the value */
	enum transport transport; /* items of a service */
	const char *words;        /* read_refused: why */
};

struct schema {
	const char *what; /* "a host" */
	const struct item *items;
	size_t count;
};

/* Reads all keys of `group`; false when there was a mistake in one. */
bool schema_read(struct loader *loader, const struct schema *schema,
		 const struct value *group, void *target);

/* The member of `group` called `key`; NULL when there is none. */
const struct value *group_member(const struct value *group, const char *key);

/* Free text into a const char *. */
item_read read_text;
/* Free text into a struct word. */
item_read read_word;
/* A name into a struct word. */
item_read read_name;
/* A text, or an array or list of at least one, into struct words; no text twice. */
item_read read_words;
/* The same for names. */
item_read read_names;
/* true or false into a bool. */
item_read read_boolean;
/* A number from `low` to `high` into an int32_t. */
item_read read_integer;
/* One of `choices` into an unsigned (or enum). */
item_read read_choice;
/* A group, or a list, into a const struct value *. */
item_read read_group;
item_read read_list;
/* Any value into a const struct value *. */
item_read read_value;
/* Nothing: the key belongs elsewhere, or to a later version. */
item_read read_misplaced;
item_read read_unsupported;

/*
 * Calls `read` for each group of a list; a member that is no group is reported.
 * `value` may be NULL.
 */
void each_group(struct loader *loader, const struct value *value, const char *what,
		void (*read)(struct loader *loader, const struct value *group,
			     void *context),
		void *context);

/* Calls `read` for `value` itself, or for each member when it is a list or array. */
bool each_member(struct loader *loader, const struct item *item,
		 const struct value *value, item_read *read, void *member);
