/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address forms: what each means, what is refused, and with which advice. */
#include <string.h>

#include "site/addresses.h"
#include "support/test.h"

/* clang-format off */
static struct form_case {
	const char *text;
	enum address_kind kind;
	const char *printed;
} form_cases[] = {
	{ "192.0.2.1",                 ADDRESS_ONE,    "192.0.2.1" },
	{ "0.0.0.0",                   ADDRESS_ONE,    "0.0.0.0" },
	{ "255.255.255.255",           ADDRESS_ONE,    "255.255.255.255" },
	{ "192.0.2.0/24",              ADDRESS_PREFIX, "192.0.2.0/24" },
	{ "192.0.2.1/32",              ADDRESS_PREFIX, "192.0.2.1" },
	{ "192.0.2.128/25",            ADDRESS_PREFIX, "192.0.2.128/25" },
	{ "128.0.0.0/1",               ADDRESS_PREFIX, "128.0.0.0/1" },
	{ "0.0.0.0/0",                 ADDRESS_PREFIX, "0.0.0.0/0" },
	{ "192.0.2.10-192.0.2.20",     ADDRESS_RANGE,  "192.0.2.10-192.0.2.20" },
	{ "192.0.2.0-192.0.2.255",     ADDRESS_RANGE,  "192.0.2.0/24" },
	{ "192.0.2.7-192.0.2.7",       ADDRESS_RANGE,  "192.0.2.7" },
	{ "0.0.0.0-255.255.255.255",   ADDRESS_RANGE,  "0.0.0.0/0" },
	{ "2001:db8::1",               ADDRESS_ONE,    "2001:db8::1" },
	{ "2001:DB8::A",               ADDRESS_ONE,    "2001:db8::a" },
	{ "2001:0db8:0:0:0:0:0:1",     ADDRESS_ONE,    "2001:db8::1" },
	{ "::",                        ADDRESS_ONE,    "::" },
	{ "::1",                       ADDRESS_ONE,    "::1" },
	{ "64:ff9b::192.0.2.1",        ADDRESS_ONE,    "64:ff9b::c000:201" },
	{ "2001:db8:1234:5678:9abc:def0:255.255.255.255", ADDRESS_ONE,
	  "2001:db8:1234:5678:9abc:def0:ffff:ffff" },
	{ "2001:db8::/32",             ADDRESS_PREFIX, "2001:db8::/32" },
	{ "2603:1000:4:402::300/123",  ADDRESS_PREFIX, "2603:1000:4:402::300/123" },
	{ "2001:db8::1/128",           ADDRESS_PREFIX, "2001:db8::1" },
	{ "::/0",                      ADDRESS_PREFIX, "::/0" },
	{ "::/80",                     ADDRESS_PREFIX, "::/80" },
	{ "2001:db8::1-2001:db8::9",   ADDRESS_RANGE,  "2001:db8::1-2001:db8::9" },
	{ "any",                       ADDRESS_ANY,    "any" },
};

/* `advice`: what the note has to say; NULL: there is none. */
static struct fault_case {
	const char *text;
	enum address_fault fault;
	const char *advice;
} fault_cases[] = {
	{ "",                          ADDRESS_EMPTY, "like 192.0.2.1" },
	{ " 192.0.2.1",                ADDRESS_SEVERAL, "did you mean \"192.0.2.1\"?" },
	{ "192.0.2.1\t",               ADDRESS_SEVERAL, "did you mean \"192.0.2.1\"?" },
	{ "192.0.2.1 - 192.0.2.9",     ADDRESS_SEVERAL, "did you mean \"192.0.2.1-192.0.2.9\"?" },
	{ "192.0.2.1, 192.0.2.9",      ADDRESS_SEVERAL, "write each address form by itself" },
	{ "192.0.2.1 192.0.2.9",       ADDRESS_SEVERAL, "write each address form by itself" },
	{ "192.0.2.0/24 ; x",          ADDRESS_SEVERAL, "comments behind \"#\"" },
	{ " ",                         ADDRESS_SEVERAL, "write each address form by itself" },
	{ "corp-dns",                  ADDRESS_NAME, "names are never looked up" },
	{ "download.example.org",      ADDRESS_NAME, "names are never looked up" },
	{ "fe80",                      ADDRESS_NAME, "names are never looked up" },
	{ "a",                         ADDRESS_NAME, "names are never looked up" },
	{ "192.0.2.x",                 ADDRESS_NAME, "names are never looked up" },
	{ "0x7f000001",                ADDRESS_NAME, "names are never looked up" },
	{ "ANY",                       ADDRESS_NAME, "did you mean \"any\"?" },
	{ "All",                       ADDRESS_NAME, "did you mean \"any\"?" },
	{ "*",                         ADDRESS_MALFORMED, "did you mean \"any\"?" },
	{ "fe80::1%eth0",              ADDRESS_ZONE, "did you mean \"fe80::1\"?" },
	{ "192.0.2.1:22",              ADDRESS_PORT, NULL },
	{ "[2001:db8::1]",             ADDRESS_PORT, NULL },
	{ "[2001:db8::1]:22",          ADDRESS_PORT, NULL },
	{ "010.0.0.1",                 ADDRESS_LEADING_ZERO, "did you mean \"10.0.0.1\"?" },
	{ "10.0.0.001",                ADDRESS_LEADING_ZERO, "did you mean \"10.0.0.1\"?" },
	{ "10.00.0.1",                 ADDRESS_LEADING_ZERO, "did you mean \"10.0.0.1\"?" },
	{ "010.000.0.0/8",             ADDRESS_LEADING_ZERO, "did you mean \"10.0.0.0/8\"?" },
	{ "10.0.0.01-10.0.0.09",       ADDRESS_LEADING_ZERO, "did you mean \"10.0.0.1-10.0.0.9\"?" },
	{ "0127.0.0.1",                ADDRESS_LEADING_ZERO, "did you mean \"127.0.0.1\"?" },
	{ "256.0.2.1",                 ADDRESS_LARGE_NUMBER, NULL },
	{ "192.0.2.1000",              ADDRESS_LARGE_NUMBER, NULL },
	{ "192.0.2.99999999999999999999", ADDRESS_LARGE_NUMBER, NULL },
	{ "192.0.2.1-192.0.2.300",     ADDRESS_LARGE_NUMBER, NULL },
	{ "192.0.2",                   ADDRESS_NOT_FOUR, NULL },
	{ "10.1/16",                   ADDRESS_NOT_FOUR, NULL },
	{ "1",                         ADDRESS_NOT_FOUR, NULL },
	{ "192.0.2.1.",                ADDRESS_NOT_FOUR, NULL },
	{ "192.0..1",                  ADDRESS_NOT_FOUR, NULL },
	{ ".0.2.1",                    ADDRESS_NOT_FOUR, NULL },
	{ "192.0.2.1.5",               ADDRESS_NOT_FOUR, NULL },
	{ "192.0.2.10-20",             ADDRESS_NOT_FOUR, NULL },
	{ "192.0.2.1-",                ADDRESS_NOT_FOUR, NULL },
	{ "-192.0.2.1",                ADDRESS_NOT_FOUR, NULL },
	{ "/24",                       ADDRESS_NOT_FOUR, NULL },
	{ "192.0.2.0/24-192.0.3.0/24", ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "192.0.2.*",                 ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "!192.0.2.1",                ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "2001:db8::1::2",            ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "2001:db8",                  ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "12345::",                   ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "1:2:3:4:5:6:7:8:9",         ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ ":",                         ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "::192.0.2.01",              ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "2001:db8:1234:5678:9abc:def0:1234:5678:9abc:def0:1234", ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "192.0.2.0/33",              ADDRESS_PREFIX_LENGTH, NULL },
	{ "192.0.2.0/",                ADDRESS_PREFIX_LENGTH, NULL },
	{ "192.0.2.0/024",             ADDRESS_PREFIX_LENGTH, NULL },
	{ "192.0.2.0/-1",              ADDRESS_MALFORMED, "like 192.0.2.1" },
	{ "192.0.2.0/+8",              ADDRESS_PREFIX_LENGTH, NULL },
	{ "192.0.2.0/24/24",           ADDRESS_PREFIX_LENGTH, NULL },
	{ "192.0.2.0/255.0.255.0",     ADDRESS_PREFIX_LENGTH, NULL },
	{ "2001:db8::/129",            ADDRESS_PREFIX_LENGTH, NULL },
	{ "192.0.2.0/18446744073709551640", ADDRESS_PREFIX_LENGTH, NULL },
	{ "192.0.2.0/255.255.255.0",   ADDRESS_NETMASK, "did you mean \"192.0.2.0/24\"?" },
	{ "192.0.2.5/255.255.255.0",   ADDRESS_NETMASK, "did you mean \"192.0.2.0/24\"?" },
	{ "0.0.0.0/0.0.0.0",           ADDRESS_NETMASK, "did you mean \"0.0.0.0/0\"?" },
	{ "192.0.2.1/255.255.255.255", ADDRESS_NETMASK, "did you mean \"192.0.2.1\"?" },
	{ "192.0.2.5/24",              ADDRESS_HOST_BITS, "did you mean \"192.0.2.0/24\"?" },
	{ "192.0.2.129/25",            ADDRESS_HOST_BITS, "did you mean \"192.0.2.128/25\"?" },
	{ "192.0.2.1/0",               ADDRESS_HOST_BITS, "did you mean \"0.0.0.0/0\"?" },
	{ "192.0.2.1/31",              ADDRESS_HOST_BITS, "did you mean \"192.0.2.0/31\"?" },
	{ "2001:db8::1/64",            ADDRESS_HOST_BITS, "did you mean \"2001:db8::/64\"?" },
	{ "2001:db8::301/123",         ADDRESS_HOST_BITS, "did you mean \"2001:db8::300/123\"?" },
	{ "::1/0",                     ADDRESS_HOST_BITS, "did you mean \"::/0\"?" },
	{ "192.0.2.20-192.0.2.10",     ADDRESS_REVERSED, "did you mean \"192.0.2.10-192.0.2.20\"?" },
	{ "2001:db8::9-2001:db8::1",   ADDRESS_REVERSED, "did you mean \"2001:db8::1-2001:db8::9\"?" },
	{ "::ffff:192.0.2.1",          ADDRESS_MAPPED, "did you mean \"192.0.2.1\"?" },
	{ "::ffff:c000:201",           ADDRESS_MAPPED, "did you mean \"192.0.2.1\"?" },
	{ "::ffff:192.0.2.0/120",      ADDRESS_MAPPED, "did you mean \"192.0.2.0/24\"?" },
	{ "::ffff:0:0/96",             ADDRESS_MAPPED, "did you mean \"0.0.0.0/0\"?" },
	{ "::ffff:192.0.2.1-::ffff:192.0.2.9", ADDRESS_MAPPED, "did you mean \"192.0.2.1-192.0.2.9\"?" },
	{ "::ffff:192.0.2.1-::1:0:0:0", ADDRESS_MIXED, NULL },
	{ "192.0.2.1-2001:db8::1",     ADDRESS_MIXED, NULL },
	{ "2001:db8::1-192.0.2.1",     ADDRESS_MIXED, NULL },
};

/* clang-format on */

static void reads_form(void **state)
{
	const struct form_case *c = *state;
	AUTO(arena) struct arena *arena = arena_new();
	struct address_form form;

	assert_int_equal(address_parse(c->text, strlen(c->text), &form), ADDRESS_GOOD);
	assert_int_equal(form.kind, c->kind);
	assert_string_equal(address_words(arena, &form), c->printed);
	if (form.kind != ADDRESS_ANY)
		assert_int_equal(form.family,
				 strchr(c->text, ':') ? FAMILY_IP6 : FAMILY_IP4);
}

/* The text is not NUL-ended: what stands behind it is not to be read. */
static void reads_form_within_text(void **state)
{
	const struct form_case *c = *state;
	AUTO(arena) struct arena *arena = arena_new();
	char *longer = arena_format(arena, "%s0123", c->text);
	struct address_form form;

	assert_int_equal(address_parse(longer, strlen(c->text), &form), ADDRESS_GOOD);
	assert_string_equal(address_words(arena, &form), c->printed);
}

static void refuses_fault(void **state)
{
	const struct fault_case *c = *state;
	AUTO(arena) struct arena *arena = arena_new();
	struct diags diags;
	struct loader loader = { .arena = arena, .diags = &diags };
	struct address_text text = { .text = c->text, .length = strlen(c->text) };
	struct address_form form = { 0 };
	const struct diag *note;

	diags_init(&diags, arena);
	assert_int_equal(address_parse(c->text, text.length, &form), c->fault);
	assert_false(address_refuse(&loader, &text, c->fault, &form));
	assert_int_equal(diags.error_count, 1);
	assert_int_equal(diags.first->code, DIAG_ADDRESS);
	assert_non_null(strstr(diags.first->text, c->text));

	note = diags.first->next;
	assert_int_equal(note != NULL, c->advice != NULL);
	if (note && !strstr(note->text, c->advice))
		fail_msg("expected \"%s\" in \"%s\"", c->advice, note->text);
}

/* A NUL byte can come from a file; it ends no text here. */
static void refuses_nul_bytes(void **state)
{
	struct address_form form;

	(void)state;
	assert_int_not_equal(address_parse("192.0.2.1\0", 10, &form), ADDRESS_GOOD);
	assert_int_not_equal(address_parse("::1\0", 4, &form), ADDRESS_GOOD);
	assert_int_not_equal(address_parse("\0", 1, &form), ADDRESS_GOOD);
}

/* Each prefix length, against a mask made bit by bit. */
static void spreads_each_prefix_length(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();

	(void)state;
	for (unsigned length = 0; length <= 128; length++) {
		struct address_form form;
		char *text = arena_format(arena,
					  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:"
					  "ffff/%u",
					  length);
		enum address_fault fault = address_parse(text, strlen(text), &form);

		assert_int_equal(fault,
				 length == 128 ? ADDRESS_GOOD : ADDRESS_HOST_BITS);
		for (unsigned bit = 0; bit < 128; bit++) {
			bool low = form.low[bit / 8] >> (7 - bit % 8) & 1;

			assert_int_equal(low, bit < length);
		}
		for (size_t i = 0; i < 16; i++)
			assert_int_equal(form.high[i], 0xff);
	}
}

static void any_is_both_families(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct ranges addresses[FAMILY_COUNT] = { ranges_empty(FAMILY_IP4),
						  ranges_empty(FAMILY_IP6) };
	struct address_form form;
	struct buffer text AUTO_BUFFER = { 0 };

	(void)state;
	assert_int_equal(address_parse("any", 3, &form), ADDRESS_GOOD);
	address_push(arena, &form, addresses);
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		assert_int_equal(addresses[family].count, 1);
		range_print(&text, range_low(&addresses[family], 0),
			    range_high(&addresses[family], 0), addresses[family].width);
	}
	assert_string_equal(text.data, "0.0.0.0/0::/0");
}

int main(void)
{
	static const struct CMUnitTest whole[] = {
		cmocka_unit_test(refuses_nul_bytes),
		cmocka_unit_test(spreads_each_prefix_length),
		cmocka_unit_test(any_is_both_families),
	};
	struct CMUnitTest tests[2 * COUNT_OF(form_cases) + COUNT_OF(fault_cases)];
	size_t count = 0;
	int failed = cmocka_run_group_tests_name("addresses", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(form_cases); i++) {
		struct form_case *c = &form_cases[i];

		tests[count++] = (struct CMUnitTest){ .name = c->text,
						      .test_func = reads_form,
						      .initial_state = c };
		tests[count++] =
			(struct CMUnitTest){ .name = c->text,
					     .test_func = reads_form_within_text,
					     .initial_state = c };
	}
	for (size_t i = 0; i < COUNT_OF(fault_cases); i++)
		tests[count++] =
			(struct CMUnitTest){ .name = fault_cases[i].text,
					     .test_func = refuses_fault,
					     .initial_state = &fault_cases[i] };
	return failed + cmocka_run_group_tests_name("address forms", tests, NULL, NULL);
}
