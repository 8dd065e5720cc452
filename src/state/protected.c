/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protected paths of the last apply: what stays open when no rule set is whole. */
#include "state/record.h"

/* clang-format off */
static const struct record_row rows[] = {
	{ "blob-lines", ROW_BLOB, 0, NULL },
};
/* clang-format on */

static const struct record_kind kind = {
	.name = "protected",
	.advice = "the next \"rolewall apply\" writes a new one",
	.rows = rows,
	.count = COUNT_OF(rows),
	.size = sizeof(struct blob),
};

static struct record_place place_of(struct state *state)
{
	return (struct record_place){ &state->lasting, "protected", &kind };
}

enum found protected_read(struct state *state, struct arena *arena, struct diags *diags,
			  struct blob *lines)
{
	struct record_place place = place_of(state);
	struct blob read;
	enum found found = record_read(&place, arena, diags, &read);

	if (found == FOUND && !read.length)
		return FOUND_NOTHING;
	if (found == FOUND)
		*lines = read;
	return found;
}

bool protected_write(struct state *state, struct blob lines, struct diags *diags)
{
	struct record_place place = place_of(state);

	return record_write(&place, &lines, diags);
}
