/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of fields and datatypes: no holes, and read the same both ways. */
#include <string.h>

#include "base/attr.h"
#include "ruleset/field.h"
#include "support/test.h"

static void every_field_has_a_row(void **state)
{
	(void)state;
	for (enum field field = 0; field < FIELD_COUNT; field++) {
		const struct field_info *info = &field_infos[field];

		assert_non_null(info->name);
		assert_non_null(info->json[1]);
		assert_int_equal(info->width, datatypes[info->type].width);
		assert_int_equal(field_by_name(info->name), field);
		assert_int_equal(info->source == FIELD_PAYLOAD, info->json[0] != NULL);
	}
	assert_int_equal(field_by_name("tcp colour"), FIELD_COUNT);
}

/* clang-format off */
static const struct value_case {
	const char *name;
	enum datatype type;
	uint32_t number;
	const char *text;
} value_cases[] = {
	{ "port",           DATATYPE_INET_SERVICE,  443,    "443" },
	{ "ct state",       DATATYPE_CT_STATE,      2,      "established" },
	{ "two ct states",  DATATYPE_CT_STATE,      6,      "0x6" },
	{ "icmp type",      DATATYPE_ICMP_TYPE,     8,      "echo-request" },
	{ "icmp number",    DATATYPE_ICMP_TYPE,     42,     "42" },
	{ "icmpv6 type",    DATATYPE_ICMPV6_TYPE,   135,    "nd-neighbor-solicit" },
	{ "protocol",       DATATYPE_INET_PROTOCOL, 6,      "tcp" },
	{ "gre by number",  DATATYPE_INET_PROTOCOL, 47,     "47" },
	{ "ether type",     DATATYPE_ETHER_TYPE,    0x86dd, "ip6" },
	{ "no route",       DATATYPE_FIB_RESULT,    0,      "missing" },
	{ "hop limit",      DATATYPE_INTEGER,       255,    "255" },
};

/* clang-format on */

static void numbers_go_in_and_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(value_cases); i++) {
		const struct value_case *c = &value_cases[i];
		struct buffer text AUTO_BUFFER = { 0 };
		uint8_t bytes[16] = { 0 };
		uint32_t back;

		datatype_put_number(c->type, c->number, bytes);
		assert_int_equal(datatype_number(c->type, bytes), c->number);
		datatype_print(&text, c->type, bytes, 8u * datatypes[c->type].width);
		assert_string_equal(text.data, c->text);
		if (symbol_name(c->type, c->number)) {
			assert_true(symbol_value(c->type, c->text, &back));
			assert_int_equal(back, c->number);
		}
	}
}

static void ports_are_big_endian(void **state)
{
	uint8_t bytes[2];

	(void)state;
	datatype_put_number(DATATYPE_INET_SERVICE, 0x1234, bytes);
	assert_int_equal(bytes[0], 0x12);
	assert_int_equal(bytes[1], 0x34);
}

static void prints_prefixes_and_wildcards(void **state)
{
	static const uint8_t network[4] = { 192, 0, 2, 0 };
	static const uint8_t name[16] = "eth";
	static const uint8_t hostile[16] = "e\"\x1b[2J";
	struct buffer text AUTO_BUFFER = { 0 };

	(void)state;
	datatype_print(&text, DATATYPE_IP4_ADDRESS, network, 24);
	buffer_char(&text, ' ');
	datatype_print(&text, DATATYPE_INTERFACE_NAME, name, 24);
	buffer_char(&text, ' ');
	datatype_print(&text, DATATYPE_INTERFACE_NAME, name, 128);
	buffer_char(&text, ' ');
	datatype_print(&text, DATATYPE_INTERFACE_NAME, hostile, 128);
	assert_string_equal(text.data,
			    "192.0.2.0/24 \"eth*\" \"eth\" \"e\\\"\\x1b[2J\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_has_a_row),
		cmocka_unit_test(numbers_go_in_and_out),
		cmocka_unit_test(ports_are_big_endian),
		cmocka_unit_test(prints_prefixes_and_wildcards),
	};

	return cmocka_run_group_tests_name("ruleset fields", tests, NULL, NULL);
}
