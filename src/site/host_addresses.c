/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address is one machine's: no two hosts have it, and no host has it twice. */
#include <stdlib.h>
#include <string.h>

#include "site/load.h"

/* By family and address; the same address in the order of the text. */
static int compare_literals(const void *left, const void *right)
{
	const struct literal *a = *(const struct literal *const *)left;
	const struct literal *b = *(const struct literal *const *)right;
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(a->low, b->low, family_widths[a->family]);
	if (order)
		return order;
	/* both lie in one list, which has the order of the text */
	return a < b ? -1 : a > b;
}

static bool is_same(const struct literal *a, const struct literal *b)
{
	return a->family == b->family &&
	       !memcmp(a->low, b->low, family_widths[a->family]);
}

static void taken_error(struct loader *loader, const struct literal *first,
			const struct literal *again)
{
	struct buffer address AUTO_BUFFER = { 0 };

	range_print(&address, again->low, again->high, family_widths[again->family]);
	if (first->actor == again->actor)
		diag_error(loader->diags, DIAG_DUPLICATE, again->span,
			   "the host has the address %s twice", address.data);
	else
		diag_error(loader->diags, DIAG_DUPLICATE, again->span,
			   "the address %s is that of the host \"%s\"", address.data,
			   first->actor->name.text);
	diag_note(loader->diags, first->span, "first given here");
}

void hosts_check_addresses(struct loader *loader)
{
	const struct literals *literals = &loader->literals;
	const struct literal **sorted =
		arena_array(loader->arena, literals->count, sizeof(struct literal *));
	const struct literal *first = NULL;

	for (size_t i = 0; i < literals->count; i++)
		sorted[i] = &literals->items[i];
	if (literals->count)
		qsort(sorted, literals->count, sizeof(struct literal *),
		      compare_literals);
	for (size_t i = 0; i < literals->count; i++) {
		if (first && is_same(first, sorted[i]))
			taken_error(loader, first, sorted[i]);
		else
			first = sorted[i];
	}
}
