/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that go on though the rules would not admit them: as lines and as JSON.
 */
#include <string.h>

#include "emit/emit.h"
#include "ruleset/field.h"

#include "change/protect.h"

enum { CONNECTIONS_SHOWN = 20 };

static void print_address(struct buffer *out, enum family family,
			  const uint8_t *address)
{
	enum datatype type =
		family == FAMILY_IP4 ? DATATYPE_IP4_ADDRESS : DATATYPE_IP6_ADDRESS;

	datatype_print(out, type, address, 8u * datatypes[type].width);
}

static void print_protocol(struct buffer *out, const struct connection *connection)
{
	datatype_print(out, DATATYPE_INET_PROTOCOL, &connection->protocol, 8);
}

static void print_end(struct buffer *out, const struct connection *connection,
		      bool source)
{
	const uint8_t *address = source ? connection->source : connection->destination;
	uint16_t port = source ? connection->source_port : connection->destination_port;
	bool bracketed = port && connection->family == FAMILY_IP6;

	buffer_text(out, bracketed ? "[" : "");
	print_address(out, connection->family, address);
	buffer_text(out, bracketed ? "]" : "");
	if (port)
		buffer_format(out, ":%u", port);
}

static void print_connection(struct buffer *out, const struct connection *connection)
{
	buffer_text(out, connection->inbound ? "  in   " : "  out  ");
	print_protocol(out, connection);
	buffer_char(out, ' ');
	print_end(out, connection, true);
	buffer_text(out, " > ");
	print_end(out, connection, false);
	buffer_text(out, "  # ");
	buffer_printable(out, connection->why, strlen(connection->why), '\0');
	buffer_text(out, connection->is_protected ? ", protected: never cut\n" : "\n");
}

void rolewall_connections_print(const struct rolewall_apply_result *result,
				struct rolewall_text *text)
{
	struct buffer out AUTO_BUFFER = { 0 };
	size_t count = result->connections ? result->connections->list.count : 0;

	if (count && result->cut_count)
		buffer_format(&out,
			      "%zu connections that the new rules would not admit, %zu "
			      "of them cut:\n",
			      count, result->cut_count);
	else if (count)
		buffer_format(&out,
			      "%zu connections go on that the new rules would not "
			      "admit (--cut ends them):\n",
			      count);
	for (size_t i = 0; i < count && i < CONNECTIONS_SHOWN; i++)
		print_connection(&out, &result->connections->list.items[i]);
	if (count > CONNECTIONS_SHOWN)
		buffer_format(&out, "  and %zu more\n", count - CONNECTIONS_SHOWN);
	text_give(&out, text);
}

/* ---- JSON ---- */

static json_t *printed(const struct connection *connection, bool source)
{
	struct buffer out AUTO_BUFFER = { 0 };

	print_end(&out, connection, source);
	return json_text(out.data);
}

json_t *connection_json(const struct connection *connection)
{
	struct buffer protocol AUTO_BUFFER = { 0 };

	print_protocol(&protocol, connection);
	return json_made(json_pack(
		"{s:s,s:o,s:o,s:o,s:o,s:b}", "direction",
		connection->inbound ? "in" : "out", "protocol",
		json_text(protocol.data), "from", printed(connection, true), "to",
		printed(connection, false), "why", json_text(connection->why),
		"protected", connection->is_protected));
}
