/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protocol of a packet in words: "tcp", "47", "icmp/echo-request". */
#include <string.h>

#include "base/text.h"
#include "site/icmp.h"
#include "site/packet.h"
#include "site/schema.h"

enum { NUMBER_MAX = 255 };

/* clang-format off */
static const struct protocol {
	const char *name;
	uint8_t number;
	enum transport transport;
} protocols[] = {
	{ "tcp",    6,   TRANSPORT_TCP },
	{ "udp",    17,  TRANSPORT_UDP },
	{ "sctp",   132, TRANSPORT_SCTP },
	{ "icmp",   1,   TRANSPORT_ICMP },
	{ "igmp",   2,   TRANSPORT_PROTOCOL },
	{ "icmpv6", 58,  TRANSPORT_ICMPV6 },
};

/* clang-format on */

static const struct protocol *protocol_find(const struct part *part, uint64_t number)
{
	for (size_t i = 0; i < COUNT_OF(protocols); i++) {
		const struct protocol *protocol = &protocols[i];

		if (protocol->number == number ||
		    (strlen(protocol->name) == part->length &&
		     !memcmp(protocol->name, part->text, part->length)))
			return protocol;
	}
	return NULL;
}

static bool has_types(enum transport transport)
{
	return transport == TRANSPORT_ICMP || transport == TRANSPORT_ICMPV6;
}

/* A part as a message may repeat it. */
static const char *part_shown(const struct packet_reader *reader,
			      const struct part *part)
{
	return shown(reader->loader,
		     arena_copy(reader->loader->arena, part->text, part->length));
}

static bool not_a_protocol(const struct packet_reader *reader, const struct part *part)
{
	return diag_error(reader->loader->diags, DIAG_VALUE, reader->span,
			  "\"%s\" is not a protocol: expected tcp, udp, sctp%s or a "
			  "number from 1 to %d",
			  part_shown(reader, part),
			  reader->asks ? ", icmp, icmpv6, igmp" : "", NUMBER_MAX);
}

static bool not_a_type(const struct packet_reader *reader, const struct part *type,
		       enum transport transport)
{
	struct loader *loader = reader->loader;
	enum transport other =
		transport == TRANSPORT_ICMP ? TRANSPORT_ICMPV6 : TRANSPORT_ICMP;
	const char *name = arena_copy(loader->arena, type->text, type->length);
	struct names names = { 0 };
	uint8_t number;

	diag_error(loader->diags, DIAG_VALUE, reader->span,
		   "\"%s\" is not an %s type: expected a name or a number from 0 to %d",
		   shown(loader, name), transport_names[transport], NUMBER_MAX);
	if (icmp_number(other, name, &number)) {
		diag_note(loader->diags, (struct span){ 0 }, "it is an %s type",
			  transport_names[other]);
		return false;
	}
	icmp_names(loader->arena, transport, &names);
	note_nearest(loader, &names, name);
	return false;
}

static bool read_type(const struct packet_reader *reader, const struct part *type,
		      struct expectation *expectation)
{
	enum transport transport = expectation->transport;
	uint64_t number;

	expectation->every_type = has_types(transport) && !type->text;
	if (!type->text)
		return true;
	if (!has_types(transport))
		return diag_error(
			reader->loader->diags, DIAG_CONFLICT, reader->span,
			"only icmp and icmpv6 have types; a port stands behind "
			"its address: \"tcp analysts sensor-1:22\"");
	if (text_number(type->text, type->length, NUMBER_MAX, &number))
		expectation->number = (uint8_t)number;
	else if (!icmp_number(
			 transport,
			 arena_copy(reader->loader->arena, type->text, type->length),
			 &expectation->number))
		return not_a_type(reader, type, transport);
	return true;
}

/* PROTOCOL/TYPE; the second stays as it is when there is none. */
static struct part split_type(const struct packet_reader *reader,
			      const struct part *part, struct part *type)
{
	const char *slash = reader->asks ? memchr(part->text, '/', part->length) : NULL;
	struct part name = *part;

	if (!slash)
		return name;
	name.length = (size_t)(slash - part->text);
	*type = (struct part){ slash + 1, part->length - name.length - 1 };
	return name;
}

bool packet_read_protocol(const struct packet_reader *reader, const struct part *part,
			  struct expectation *expectation)
{
	struct diags *diags = reader->loader->diags;
	struct part type = { 0 };
	struct part name = split_type(reader, part, &type);
	uint64_t number = 0;
	bool is_number = text_number(name.text, name.length, NUMBER_MAX, &number);
	const struct protocol *protocol =
		protocol_find(&name, is_number ? number : UINT64_MAX);

	if (protocol && is_number)
		return diag_error(diags, DIAG_VALUE, reader->span,
				  "protocol %u has a name: write \"%s\"",
				  (unsigned)number, protocol->name);
	if (protocol && !reader->asks && protocol->transport > TRANSPORT_SCTP)
		return diag_error(diags, DIAG_UNSUPPORTED, reader->span,
				  "what is expected of %s is not in this version yet: "
				  "expected tcp, udp, sctp or a protocol number",
				  protocol->name);
	if (!protocol && (!is_number || !number))
		return not_a_protocol(reader, &name);
	expectation->transport = protocol ? protocol->transport : TRANSPORT_PROTOCOL;
	expectation->number = protocol ? 0 : (uint8_t)number;
	if (protocol && protocol->transport == TRANSPORT_PROTOCOL)
		expectation->number = protocol->number;
	return read_type(reader, &type, expectation);
}
