/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports, types and protocols, and contents in their one spelling. */
#include <assert.h>
#include <stdlib.h>

#include "site/ports.h"
#include "unit/site/reading.h"

/* ---- one value ---- */

/* clang-format off */
static struct port_case {
	const char *text; /* NULL: the number */
	int32_t number;
	uint16_t low, high;
	const char *message; /* NULL: it is a port */
} port_cases[] = {
	{ NULL, 1,        1, 1,         NULL },
	{ NULL, 22,       22, 22,       NULL },
	{ NULL, 65535,    65535, 65535, NULL },
	{ NULL, 0,        0, 0, "expected a port from 1 to 65535" },
	{ NULL, -1,       0, 0, "expected a port from 1 to 65535" },
	{ NULL, 65536,    0, 0, "expected a port from 1 to 65535" },
	{ "22", 0,        22, 22,       NULL },
	{ "1025-65535", 0, 1025, 65535, NULL },
	{ "80-80", 0,     80, 80,       NULL },
	{ "80-20", 0,     0, 0, "the range is reversed" },
	{ "0-20", 0,      0, 0, "expected a port from 1 to 65535" },
	{ "1-65536", 0,   0, 0, "expected a port from 1 to 65535" },
	{ "ssh", 0,       0, 0, "\"ssh\" is not a port" },
	{ "80-", 0,       0, 0, "\"80-\" is not a port" },
	{ "-80", 0,       0, 0, "\"-80\" is not a port" },
	{ "80-90-100", 0, 0, 0, "\"80-90-100\" is not a port" },
	{ "80 - 90", 0,   0, 0, "\"80 - 90\" is not a port" },
	{ "080", 0,       0, 0, "\"080\" is not a port" },
	{ "80,443", 0,    0, 0, "\"80,443\" is not a port" },
	{ "99999999999999999999", 0, 0, 0, "is not a port" },
	{ "", 0,          0, 0, "\"\" is not a port" },
};

/* clang-format on */

static void reads_port(void **state)
{
	const struct port_case *c = *state;
	struct value value = c->text ? text_value(c->text) : integer_value(c->number);
	struct port_range range = { 0 };

	assert_int_equal(read_port(loader, NULL, &value, &range), !c->message);
	assert_message(c->message);
	assert_int_equal(range.low, c->low);
	assert_int_equal(range.high, c->high);
}

/* clang-format off */
static struct number_case {
	const char *name;
	item_read *read;
	enum transport transport;
	const char *text; /* NULL: the number */
	int32_t number;
	int expected; /* -1: a mistake */
	const char *said; /* of a type its name; of a mistake the message */
} number_cases[] = {
	{ "icmp by name",      read_icmp, TRANSPORT_ICMP,   "echo-request", 0,  8,   "echo-request" },
	{ "icmp by number",    read_icmp, TRANSPORT_ICMP,   NULL, 8,            8,   "echo-request" },
	{ "icmp 0",            read_icmp, TRANSPORT_ICMP,   NULL, 0,            0,   "echo-reply" },
	{ "icmp without name", read_icmp, TRANSPORT_ICMP,   NULL, 42,           42,  NULL },
	{ "icmpv6 by name",    read_icmp, TRANSPORT_ICMPV6, "echo-request", 0,  128, "echo-request" },
	{ "icmpv6 has its own", read_icmp, TRANSPORT_ICMPV6, "source-quench", 0, -1, "is not an icmpv6 type" },
	{ "icmp 256",          read_icmp, TRANSPORT_ICMP,   NULL, 256,          -1,  "expected a type from 0 to 255" },
	{ "icmp -1",           read_icmp, TRANSPORT_ICMP,   NULL, -1,           -1,  "expected a type from 0 to 255" },
	{ "icmp unknown",      read_icmp, TRANSPORT_ICMP,   "ping", 0,          -1,  "\"ping\" is not an icmp type" },
	{ "protocol",          read_protocol, TRANSPORT_PROTOCOL, NULL, 47,     47,  NULL },
	{ "protocol 255",      read_protocol, TRANSPORT_PROTOCOL, NULL, 255,    255, NULL },
	{ "protocol 0",        read_protocol, TRANSPORT_PROTOCOL, NULL, 0,      -1,  "expected a protocol from 1 to 255" },
	{ "protocol 256",      read_protocol, TRANSPORT_PROTOCOL, NULL, 256,    -1,  "expected a protocol from 1 to 255" },
	{ "protocol 6",        read_protocol, TRANSPORT_PROTOCOL, NULL, 6,      -1,  "write \"tcp\"" },
	{ "protocol 58",       read_protocol, TRANSPORT_PROTOCOL, NULL, 58,     -1,  "write \"icmpv6\"" },
	{ "protocol by name",  read_protocol, TRANSPORT_PROTOCOL, "gre", 0,     -1,  "expected a protocol number" },
};

/* clang-format on */

static void reads_number(void **state)
{
	const struct number_case *c = *state;
	struct item item = { .key = transport_names[c->transport],
			     .transport = c->transport };
	struct value value = c->text ? text_value(c->text) : integer_value(c->number);
	struct service_items content = { 0 };
	bool good = c->read(loader, &item, &value, &content);

	assert_int_equal(good, c->expected >= 0);
	assert_int_equal(content.count, good);
	assert_message(good ? NULL : c->said);
	if (!good)
		return;
	assert_int_equal(content.items[0].transport, c->transport);
	assert_int_equal(content.items[0].number, c->expected);
	assert_int_equal(content.items[0].port_count, 0);
	if (c->said)
		assert_string_equal(content.items[0].name, c->said);
	else
		assert_null(content.items[0].name);
}

/* ---- contents ---- */

/* "tcp 80-90 443, udp 53, icmp 8": what a content says, and what it becomes. */
static struct content_case {
	const char *given, *expected;
} content_cases[] = {
	{ "", "" },
	{ "tcp 22", "tcp 22" },
	{ "tcp 443 80", "tcp 80 443" },
	{ "tcp 80 80", "tcp 80" },
	{ "tcp 80 81", "tcp 80-81" },
	{ "tcp 80-90 91-100", "tcp 80-100" },
	{ "tcp 80-100 85-90", "tcp 80-100" },
	{ "tcp 80-90 85-100", "tcp 80-100" },
	{ "tcp 80-90 92", "tcp 80-90 92" },
	{ "tcp 65535 1-65534", "tcp 1-65535" },
	{ "tcp 65535 65535", "tcp 65535" },
	{ "udp 53, tcp 53", "tcp 53, udp 53" },
	{ "tcp 22, tcp 443 23", "tcp 22-23 443" },
	{ "tcp 22, udp 1, tcp 23, udp 3", "tcp 22-23, udp 1 3" },
	{ "icmp 8, icmp 8, icmp 0", "icmp 0, icmp 8" },
	{ "icmpv6 128, icmp 128", "icmp 128, icmpv6 128" },
	{ "protocol 50, protocol 47, tcp 1", "tcp 1, protocol 47, protocol 50" },
};

static enum transport transport_named(const char *name, size_t length)
{
	for (enum transport t = 0; t < TRANSPORT_COUNT; t++)
		if (strlen(transport_names[t]) == length &&
		    !strncmp(transport_names[t], name, length))
			return t;
	fail_msg("no transport: %s", name);
	return TRANSPORT_COUNT;
}

static struct service_item item_of(char *text)
{
	char *rest = NULL, *word = strtok_r(text, " ", &rest);
	struct service_item item = { .transport = transport_named(word, strlen(word)) };
	struct port_range *ports = arena_array(arena, 16, sizeof(*ports));

	while ((word = strtok_r(NULL, " ", &rest))) {
		struct value value = text_value(word);

		if (transport_has_ports(item.transport))
			assert_true(read_port(loader, NULL, &value,
					      &ports[item.port_count++]));
		else
			item.number = (uint8_t)strtoul(word, NULL, 10);
	}
	item.ports = item.port_count ? ports : NULL;
	return item;
}

static struct service_items content_of(const char *text)
{
	struct service_items content = { 0 };
	char *rest = NULL, *copy = arena_string(arena, text);

	for (char *one = strtok_r(copy, ",", &rest); one;
	     one = strtok_r(NULL, ",", &rest))
		LIST_PUSH(arena, &content, item_of(one));
	return content;
}

static const char *content_text(const struct service_items *content)
{
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "");
	for (size_t i = 0; i < content->count; i++) {
		const struct service_item *item = &content->items[i];

		buffer_format(&text, "%s%s", i ? ", " : "",
			      transport_names[item->transport]);
		if (!transport_has_ports(item->transport))
			buffer_format(&text, " %u", (unsigned)item->number);
		for (size_t k = 0; k < item->port_count; k++) {
			const struct port_range *port = &item->ports[k];

			buffer_format(&text, " %u", (unsigned)port->low);
			if (port->low != port->high)
				buffer_format(&text, "-%u", (unsigned)port->high);
		}
	}
	return arena_string(arena, text.data);
}

static void normalizes(void **state)
{
	const struct content_case *c = *state;
	struct service_items content = content_of(c->given);
	struct service_items expected = content_of(c->expected);

	content_normalize(arena, &content);
	assert_string_equal(content_text(&content), c->expected);
	assert_true(content_equals(&content, &expected));
	content_normalize(arena, &content);
	assert_string_equal(content_text(&content), c->expected);
}

/* A flow's content has its services' ports in it, which other flows use as well. */
static void leaves_ports_of_others_alone(void **state)
{
	struct service_items service = content_of("tcp 443 80");
	struct service_items flow = { 0 }, more = content_of("tcp 81");

	(void)state;
	LIST_PUSH(arena, &flow, service.items[0]);
	LIST_PUSH(arena, &flow, more.items[0]);
	content_normalize(arena, &flow);
	assert_string_equal(content_text(&flow), "tcp 80-81 443");
	assert_string_equal(content_text(&service), "tcp 443 80");
}

static struct differing_case {
	const char *a, *b;
} differing_cases[] = {
	{ "tcp 22", "" },
	{ "tcp 22", "udp 22" },
	{ "tcp 22", "tcp 23" },
	{ "tcp 22", "tcp 22-23" },
	{ "tcp 22", "tcp 22 24" },
	{ "icmp 8", "icmp 0" },
	{ "icmp 8", "icmpv6 8" },
	{ "tcp 1, udp 1", "tcp 1" },
	{ "protocol 47", "protocol 50" },
};

static void differs(void **state)
{
	const struct differing_case *c = *state;
	struct service_items a = content_of(c->a), b = content_of(c->b);

	assert_true(content_equals(&a, &a));
	assert_false(content_equals(&a, &b));
	assert_false(content_equals(&b, &a));
}

#define TESTS_OF(cases, field, function)                                        \
	for (size_t i = 0; i < COUNT_OF(cases); i++)                            \
		tests[count++] = (struct CMUnitTest)                            \
		{                                                               \
			(cases)[i].field, function, reading_begin, reading_end, \
				&(cases)[i]                                     \
		}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(port_cases) + COUNT_OF(number_cases) +
				COUNT_OF(content_cases) + COUNT_OF(differing_cases) +
				1];
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(port_cases); i++)
		tests[count++] = (struct CMUnitTest){
			port_cases[i].text ? port_cases[i].text : "number", reads_port,
			reading_begin, reading_end, &port_cases[i]
		};
	TESTS_OF(number_cases, name, reads_number);
	TESTS_OF(content_cases, given, normalizes);
	TESTS_OF(differing_cases, a, differs);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		leaves_ports_of_others_alone, reading_begin, reading_end);
	assert(count == COUNT_OF(tests));
	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
