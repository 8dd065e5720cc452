/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan in one line: how many of what come, go and change. */
#include "plan/plan.h"

enum { OP_COUNT = EDIT_REPLACE + 1, KIND_COUNT = EDIT_OBJECT + 1 };

struct counts {
	size_t of[KIND_COUNT][OP_COUNT];
};

/* clang-format off */
/* In the order in which they are told. */
static const struct {
	enum edit_kind kind;
	const char *name;
} kinds[] = {
	{ EDIT_RULE,    "rule" },
	{ EDIT_ELEMENT, "element" },
	{ EDIT_SET,     "set" },
	{ EDIT_CHAIN,   "chain" },
	{ EDIT_TABLE,   "table" },
	{ EDIT_OBJECT,  "object" },
};

static const struct {
	enum edit_op op;
	const char *verb;
} verbs[] = {
	{ EDIT_ADD,     "to add" },
	{ EDIT_CHANGE,  "to change" },
	{ EDIT_MOVE,    "to move" },
	{ EDIT_REPLACE, "to make anew" },
	{ EDIT_DELETE,  "to remove" },
};

/* clang-format on */
_Static_assert(COUNT_OF(kinds) == KIND_COUNT, "a kind is not told");
_Static_assert(COUNT_OF(verbs) == OP_COUNT, "an operation is not told");

static struct counts count_edits(const struct plan *plan)
{
	struct counts counts = { 0 };

	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct edit *edit = &plan->edits[i];

		if (!edit->consequence)
			counts.of[edit->kind][edit->op]++;
	}
	return counts;
}

/* "2 rules to add, 1 to remove" */
static void print_kind(const size_t *counts, const char *name, const char **separator,
		       struct buffer *out)
{
	bool named = false;

	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		size_t count = counts[verbs[i].op];

		if (!count)
			continue;
		buffer_format(out, "%s%zu ", *separator, count);
		if (!named)
			buffer_format(out, "%s%s ", name, count == 1 ? "" : "s");
		buffer_text(out, verbs[i].verb);
		named = true;
		*separator = ", ";
	}
}

void plan_print_summary(const struct plan *plan, struct buffer *out)
{
	struct counts counts = count_edits(plan);
	const char *separator = "";

	if (plan_is_empty(plan))
		buffer_text(out, "no change");
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		print_kind(counts.of[kinds[i].kind], kinds[i].name, &separator, out);
}
