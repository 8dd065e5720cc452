/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structs put, read and compared by their rows. */
#include "kernel/wire.h"

static bool row_is_default(const struct row *row, const void *object)
{
	const char *member = (const char *)object + row->member;

	if (row->wire == WIRE_NOTHING)
		return true;
	if (row->wire != WIRE_NEST)
		return wire_kinds[row->wire].is_default(row, member);
	for (size_t i = 0; i < row->nest->count; i++) {
		if (!row_is_default(&row->nest->items[i], member))
			return false;
	}
	return true;
}

void rows_put(struct buffer *out, const struct rows *rows, const void *object)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->items[i];
		const char *member = (const char *)object + row->member;

		if (row->wire == WIRE_NOTHING ||
		    (row->use != ROW_ALWAYS && row_is_default(row, object)))
			continue;
		if (row->wire != WIRE_NEST) {
			wire_kinds[row->wire].put(out, row, member);
			continue;
		}

		size_t nest = attr_nest(out, row->type);

		rows_put(out, row->nest, member);
		attr_end(out, nest);
	}
}

static void rows_default(const struct rows *rows, void *object)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->items[i];
		char *member = (char *)object + row->member;

		if (row->wire == WIRE_NEST)
			rows_default(row->nest, member);
		else if (row->wire != WIRE_NOTHING)
			wire_kinds[row->wire].set_default(row, member);
	}
}

static const struct row *row_of(const struct rows *rows, uint16_t type)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (rows->items[i].type == type)
			return &rows->items[i];
	}
	return NULL;
}

static bool row_read(struct reading *reading, const struct row *row,
		     const struct nlattr *attr, char *member)
{
	if (!row)
		return false;
	if (row->wire == WIRE_NEST)
		rows_read(reading, row->nest, mnl_attr_get_payload(attr),
			  mnl_attr_get_payload_len(attr), member);
	else if (row->wire != WIRE_NOTHING)
		return wire_kinds[row->wire].get(reading, attr, member);
	return true;
}

void rows_read(struct reading *reading, const struct rows *rows, const void *bytes,
	       size_t length, void *object)
{
	struct attr_walk walk = attrs_in(bytes, length);

	rows_default(rows, object);
	for (const struct nlattr *attr; (attr = attr_next(&walk));) {
		uint16_t type = mnl_attr_get_type(attr);
		const struct row *row = row_of(rows, type);
		char *member = (char *)object + (row ? row->member : 0);

		if (row_read(reading, row, attr, member))
			continue;
		if (!reading->strange++)
			reading->first_strange = type;
	}
	reading->strange += walk.left != 0;
}

bool rows_equal(const struct rows *rows, const void *a, const void *b)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->items[i];
		const char *left = (const char *)a + row->member;
		const char *right = (const char *)b + row->member;

		if (row->wire == WIRE_NOTHING || row->use == ROW_TOLD)
			continue;
		if (row->wire == WIRE_NEST ? !rows_equal(row->nest, left, right)
					   : !wire_kinds[row->wire].same(left, right))
			return false;
	}
	return true;
}
