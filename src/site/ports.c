/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readers of ports, ICMP types and protocol numbers. */
#include <string.h>

#include "base/text.h"
#include "site/icmp.h"
#include "site/ports.h"

enum { PORT_MAX = 65535, TYPE_MAX = 255 };

static const char port_words[] = "a port, or a range like \"8000-8080\"";

static bool port_error(struct loader *loader, const struct value *value)
{
	return diag_error(loader->diags, DIAG_VALUE, value->span, "\"%s\" is not %s",
			  shown(loader, value->text), port_words);
}

static bool check_port(struct loader *loader, const struct value *value, uint64_t port)
{
	if (port >= 1 && port <= PORT_MAX)
		return true;
	return diag_error(loader->diags, DIAG_VALUE, value->span,
			  "expected a port from 1 to %d", PORT_MAX);
}

static bool parse_range(struct loader *loader, const struct value *value,
			struct port_range *range)
{
	const char *text = value->text;
	const char *dash = strchr(text, '-');
	size_t length = dash ? (size_t)(dash - text) : strlen(text);
	uint64_t low, high;

	if (!text_number(text, length, UINT32_MAX, &low))
		return port_error(loader, value);
	high = low;
	if (dash && !text_number(dash + 1, strlen(dash + 1), UINT32_MAX, &high))
		return port_error(loader, value);
	if (!check_port(loader, value, low) || !check_port(loader, value, high))
		return false;
	if (low > high) {
		diag_error(loader->diags, DIAG_VALUE, value->span,
			   "the range is reversed");
		diag_note(loader->diags, (struct span){ 0 }, "did you mean \"%u-%u\"?",
			  (unsigned)high, (unsigned)low);
		return false;
	}
	*range = (struct port_range){ .low = (uint16_t)low,
				      .high = (uint16_t)high,
				      .span = value->span };
	return true;
}

bool read_port(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	struct port_range *range = member;

	(void)item;
	if (value->kind != VALUE_INTEGER && value->kind != VALUE_TEXT)
		return type_error(loader, value, port_words);
	if (value->broken)
		return false;
	if (value->kind == VALUE_TEXT)
		return parse_range(loader, value, range);
	if (!check_port(loader, value,
			value->integer < 0 ? 0 : (uint64_t)value->integer))
		return false;
	*range = (struct port_range){
		.low = (uint16_t)value->integer,
		.high = (uint16_t)value->integer,
		.span = value->span,
	};
	return true;
}

struct port_ranges {
	struct port_range *items;
	size_t count, capacity;
};

static bool push_port(struct loader *loader, const struct item *item,
		      const struct value *value, void *member)
{
	struct port_range range;

	if (!read_port(loader, item, value, &range))
		return false;
	LIST_PUSH(loader->arena, (struct port_ranges *)member, range);
	return true;
}

bool read_ports(struct loader *loader, const struct item *item,
		const struct value *value, void *member)
{
	struct port_ranges ranges = { 0 };
	bool good = each_member(loader, item, value, push_port, &ranges);
	struct service_item one = {
		.transport = item->transport,
		.ports = ranges.items,
		.port_count = ranges.count,
		.span = value->span,
	};

	if (good)
		LIST_PUSH(loader->arena, (struct service_items *)member, one);
	return good;
}

static bool unknown_type(struct loader *loader, const struct item *item,
			 const struct value *value)
{
	enum transport other =
		item->transport == TRANSPORT_ICMP ? TRANSPORT_ICMPV6 : TRANSPORT_ICMP;
	struct names names = { 0 };
	uint8_t number;

	diag_error(loader->diags, DIAG_UNKNOWN_NAME, value->span,
		   "\"%s\" is not an %s type", shown(loader, value->text), item->key);
	if (icmp_number(other, value->text, &number)) {
		diag_note(loader->diags, (struct span){ 0 }, "it is an %s type",
			  transport_names[other]);
		return false;
	}
	icmp_names(loader->arena, item->transport, &names);
	note_nearest(loader, &names, value->text);
	return false;
}

static bool push_icmp(struct loader *loader, const struct item *item,
		      const struct value *value, void *member)
{
	struct service_item one = { .transport = item->transport, .span = value->span };

	if (value->kind != VALUE_TEXT && value->kind != VALUE_INTEGER)
		return type_error(loader, value, "the name or number of a type");
	if (value->broken)
		return false;
	if (value->kind == VALUE_TEXT &&
	    !icmp_number(item->transport, value->text, &one.number))
		return unknown_type(loader, item, value);
	if (value->kind == VALUE_INTEGER &&
	    (value->integer < 0 || value->integer > TYPE_MAX))
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "expected a type from 0 to %d", TYPE_MAX);
	if (value->kind == VALUE_INTEGER)
		one.number = (uint8_t)value->integer;
	one.name = icmp_name(item->transport, one.number);
	LIST_PUSH(loader->arena, (struct service_items *)member, one);
	return true;
}

bool read_icmp(struct loader *loader, const struct item *item,
	       const struct value *value, void *member)
{
	return each_member(loader, item, value, push_icmp, member);
}

/* Protocols that have a key of their own, which says ports or types as well. */
static const char *key_of_protocol(int32_t number)
{
	/* clang-format off */
	static const struct {
		int32_t number;
		const char *key;
	} keys[] = {
		{ 1, "icmp" }, { 6, "tcp" }, { 17, "udp" }, { 58, "icmpv6" },
		{ 132, "sctp" },
	};

	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (keys[i].number == number)
			return keys[i].key;
	return NULL;
}

static bool push_protocol(struct loader *loader, const struct item *item,
			  const struct value *value, void *member)
{
	struct service_item one = { .transport = item->transport, .span = value->span };

	if (value->kind != VALUE_INTEGER)
		return type_error(loader, value, "a protocol number");
	if (value->broken)
		return false;
	if (value->integer < 1 || value->integer > TYPE_MAX)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "expected a protocol from 1 to %d", TYPE_MAX);

	const char *key = key_of_protocol(value->integer);

	if (key)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "protocol %d has a key of its own: write \"%s\"",
				  (int)value->integer, key);
	one.number = (uint8_t)value->integer;
	LIST_PUSH(loader->arena, (struct service_items *)member, one);
	return true;
}

bool read_protocol(struct loader *loader, const struct item *item,
		   const struct value *value, void *member)
{
	return each_member(loader, item, value, push_protocol, member);
}
