/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The matrix as JSON: every row with its document's cells, and the hosts. */
#include <string.h>

#include "matrix/matrix.h"

static json_t *made(json_t *value)
{
	if (!value)
		out_of_memory();
	return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, made(value)) != 0)
		out_of_memory();
}

static void push(json_t *array, json_t *value)
{
	if (json_array_append_new(array, made(value)) != 0)
		out_of_memory();
}

/* Text from a file, without what a terminal would obey; NULL is null. */
static json_t *text_json(const char *text)
{
	struct buffer shown AUTO_BUFFER = { 0 };

	if (!text)
		return made(json_null());
	buffer_printable(&shown, text, strlen(text), 0);
	return made(json_stringn(shown.data ? shown.data : "", shown.length));
}

static json_t *document_row(const struct row *row)
{
	const struct {
		const char *key, *cell;
	} cells[] = {
		{ "table", row->table },
		{ "protocol", row->protocol },
		{ "transport", row->transport },
		{ "direction", row->direction },
		{ "port", row->port },
		{ "used", row->used },
		{ "purpose", row->purpose },
		{ "source", row->source },
		{ "destination", row->destination },
		{ "note", row->note },
	};

	if (!row->span.line)
		return made(json_null());

	json_t *object = made(json_object());

	for (size_t i = 0; i < COUNT_OF(cells); i++)
		put(object, cells[i].key, text_json(cells[i].cell));
	return object;
}

/* {"as": "closed", "by": "defender-iot-field"}; by null: the site. */
static json_t *departure_json(const struct flow *flow)
{
	const struct {
		const char *verb;
		const struct departure *departure;
	} departures[] = {
		{ "closed", flow->closed },
		{ "adjusted", flow->adjusted },
		{ "added", flow->added },
	};

	for (size_t i = 0; i < COUNT_OF(departures); i++) {
		const struct departure *departure = departures[i].departure;

		if (!departure)
			continue;

		json_t *object = made(json_object());

		put(object, "as", json_string(departures[i].verb));
		put(object, "by",
		    text_json(departure->by ? departure->by->name.text : NULL));
		return object;
	}
	return made(json_null());
}

/* [{"host", "in", "out"}] */
static json_t *places_json(const struct matrix_row *row)
{
	json_t *list = made(json_array());

	for (size_t i = 0; i < row->place_count; i++) {
		const struct matrix_place *place = &row->places[i];
		json_t *object = made(json_object());

		put(object, "host", text_json(place->host->name.text));
		put(object, "in", json_boolean(place->in));
		put(object, "out", json_boolean(place->out));
		push(list, object);
	}
	return list;
}

static json_t *row_json(const struct matrix_row *row)
{
	json_t *object = made(json_object());

	put(object, "flow", text_json(row->flow->id));
	put(object, "from", text_json(row->from));
	put(object, "to", text_json(row->to));
	put(object, "protocol", text_json(row->protocol));
	put(object, "ports", text_json(row->ports));
	put(object, "conditions", text_json(row->conditions));
	put(object, "optional", json_boolean(row->flow->optional));
	put(object, "open", json_boolean(row->open));
	put(object, "open_on", places_json(row));
	put(object, "why", text_json(row->why));
	put(object, "departure", departure_json(row->flow));
	put(object, "purpose", text_json(row->flow->purpose));
	put(object, "owner", text_json(row->flow->owner));
	put(object, "ticket", text_json(row->flow->ticket));
	put(object, "row", document_row(&row->flow->row));
	return object;
}

static json_t *host_json(const struct actor *host)
{
	json_t *object = made(json_object());
	json_t *roles = made(json_array()), *addresses = made(json_array());

	for (size_t i = 0; i < host->role_names.count; i++)
		push(roles, text_json(host->role_names.items[i].text));
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &host->addresses[family];

		for (size_t i = 0; i < ranges->count; i++) {
			struct buffer text AUTO_BUFFER = { 0 };

			range_print(&text, range_low(ranges, i), range_high(ranges, i),
				    ranges->width);
			push(addresses, text_json(text.data));
		}
	}
	put(object, "name", text_json(host->name.text));
	put(object, "roles", roles);
	put(object, "addresses", addresses);
	return object;
}

json_t *matrix_json(const struct matrix *matrix)
{
	json_t *object = made(json_object());
	json_t *rows = made(json_array()), *hosts = made(json_array());

	for (size_t i = 0; i < matrix->row_count; i++)
		push(rows, row_json(&matrix->rows[i]));
	for (size_t i = 0; i < matrix->site->actors.count; i++) {
		const struct actor *actor = matrix->site->actors.items[i];

		if (actor->kind == ACTOR_HOST &&
		    (!matrix->host || matrix->host == actor))
			push(hosts, host_json(actor));
	}
	put(object, "rows", rows);
	put(object, "hosts", hosts);
	return object;
}
