/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of the document: found by sorting, so that it costs no quadratic work. */
#include <stdlib.h>
#include <string.h>

#include "matrix/view.h"

/* Behind all tables of documents. */
enum { BESIDE_DOCUMENT = 1, OWN_FLOWS = 2 };

static const struct row *entry_row(const struct entry *entry)
{
	return &entry->rows[0].flow->row;
}

static bool has_row(const struct entry *entry)
{
	return entry_row(entry)->span.line != 0;
}

/* NULL before any text. */
static int compare_texts(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int order_tables(const struct entry *a, const struct entry *b)
{
	return compare_texts(entry_row(a)->table, entry_row(b)->table);
}

/* The document's cells; the note is the profile's. */
static int order_cells(const struct entry *a, const struct entry *b)
{
	const struct row *left = entry_row(a), *right = entry_row(b);

	const struct {
		const char *a, *b;
	} cells[] = {
		{ left->table, right->table },
		{ left->protocol, right->protocol },
		{ left->transport, right->transport },
		{ left->direction, right->direction },
		{ left->port, right->port },
		{ left->used, right->used },
		{ left->purpose, right->purpose },
		{ left->source, right->source },
		{ left->destination, right->destination },
	};

	int order = 0;

	for (size_t i = 0; i < COUNT_OF(cells) && !order; i++)
		order = compare_texts(cells[i].a, cells[i].b);
	return order;
}

/* As of struct entry pointers; equals in the order of the text. */
static int compare_tables(const void *a, const void *b)
{
	const struct entry *left = *(const struct entry *const *)a;
	const struct entry *right = *(const struct entry *const *)b;
	int order = order_tables(left, right);

	return order ? order : compare_numbers(left->index, right->index);
}

static int compare_cells(const void *a, const void *b)
{
	const struct entry *left = *(const struct entry *const *)a;
	const struct entry *right = *(const struct entry *const *)b;
	int order = order_cells(left, right);

	return order ? order : compare_numbers(left->index, right->index);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = compare_numbers(left->table, right->table);

	if (!order)
		order = compare_numbers(left->cells, right->cells);
	return order ? order : compare_numbers(left->index, right->index);
}

static struct entries entries_of(struct arena *arena, const struct matrix *matrix)
{
	struct entries entries = { 0 };

	for (size_t i = 0; i < matrix->row_count; i++) {
		struct entry entry = { .rows = &matrix->rows[i], .index = i };

		if (i && matrix->rows[i].flow == matrix->rows[i - 1].flow)
			entries.items[entries.count - 1].count++;
		else
			LIST_PUSH(arena, &entries, entry);
	}
	for (size_t i = 0; i < entries.count; i++) {
		struct entry *entry = &entries.items[i];
		bool own = !entry->rows[0].flow->profile;

		entry->count++;
		entry->cells = entry->index;
		entry->table = matrix->row_count + (own ? OWN_FLOWS : BESIDE_DOCUMENT);
	}
	return entries;
}

struct entries entries_ordered(struct arena *arena, const struct matrix *matrix)
{
	struct entries entries = entries_of(arena, matrix);
	struct entry **rows = arena_array(arena, entries.count, sizeof(*rows));
	size_t count = 0;

	for (size_t i = 0; i < entries.count; i++) {
		if (has_row(&entries.items[i]))
			rows[count++] = &entries.items[i];
	}
	if (count)
		qsort(rows, count, sizeof(*rows), compare_tables);
	for (size_t i = 0; i < count; i++) {
		bool same = i && order_tables(rows[i - 1], rows[i]) == 0;

		rows[i]->table = same ? rows[i - 1]->table : rows[i]->index;
	}
	if (count)
		qsort(rows, count, sizeof(*rows), compare_cells);
	for (size_t i = 1; i < count; i++) {
		if (order_cells(rows[i - 1], rows[i]) == 0)
			rows[i]->cells = rows[i - 1]->cells;
	}
	if (entries.count)
		qsort(entries.items, entries.count, sizeof(*entries.items),
		      compare_entries);
	return entries;
}

const char *entry_title(const struct entry *entry)
{
	const struct row *row = entry_row(entry);

	if (has_row(entry))
		return row->table ? row->table : "Rows without a table";
	return entry->rows[0].flow->profile ? "Not in the document"
					    : "The site's own flows";
}
