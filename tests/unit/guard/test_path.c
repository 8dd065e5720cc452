/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protected paths: what is read, what is refused with which words, who is of them. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "guard/address.h"
#include "guard/guard.h"
#include "guard/path.h"
#include "support/test.h"

/* clang-format off */
static struct good_case {
	const char *text;
	uint8_t protocol;
	uint16_t port;
	const char *low, *high; /* NULL: without peers */
	const char *canonical;  /* NULL: as it was written */
} good_cases[] = {
	{ "tcp/22",                       IPPROTO_TCP,  22,    NULL, NULL, NULL },
	{ "udp/1",                        IPPROTO_UDP,  1,     NULL, NULL, NULL },
	{ "sctp/65535",                   IPPROTO_SCTP, 65535, NULL, NULL, NULL },
	{ "tcp/22@198.51.100.7",          IPPROTO_TCP,  22,  "198.51.100.7", "198.51.100.7", NULL },
	{ "tcp/22@198.51.100.7/32",       IPPROTO_TCP,  22,  "198.51.100.7", "198.51.100.7", "tcp/22@198.51.100.7" },
	{ "tcp/22@198.51.100.0/24",       IPPROTO_TCP,  22,  "198.51.100.0", "198.51.100.255", NULL },
	{ "tcp/22@198.51.100.8/29",       IPPROTO_TCP,  22,  "198.51.100.8", "198.51.100.15", NULL },
	{ "tcp/22@0.0.0.0/0",             IPPROTO_TCP,  22,  "0.0.0.0", "255.255.255.255", NULL },
	{ "udp/161@2001:db8::/64",        IPPROTO_UDP,  161, "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", NULL },
	{ "udp/161@2001:DB8:0:0::1",      IPPROTO_UDP,  161, "2001:db8::1", "2001:db8::1", "udp/161@2001:db8::1" },
	{ "tcp/22@::/0",                  IPPROTO_TCP,  22,  "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "tcp/22@fe80::/10",             IPPROTO_TCP,  22,  "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
	{ "tcp/22@::1",                   IPPROTO_TCP,  22,  "::1", "::1", NULL },
};

static struct bad_case {
	const char *name, *text, *said; /* all of the message behind "protected path " */
	const char *note;               /* NULL: none */
} bad_cases[] = {
	{ "nothing", "", "\"\": expected PROTOCOL/PORT or PROTOCOL/PORT@ADDRESS, ", NULL },
	{ "port alone", "22", "\"22\": expected PROTOCOL/PORT or PROTOCOL/PORT@ADDRESS, ", NULL },
	{ "name alone", "ssh", "\"ssh\": expected PROTOCOL/PORT or ", NULL },
	{ "slash in the address alone", "tcp@192.0.2.0/24", "\"tcp@192.0.2.0/24\": expected PROTOCOL/PORT or ", NULL },
	{ "no protocol", "/22", "\"/22\": expected \"tcp\", \"udp\" or \"sctp\" before the \"/\", ", NULL },
	{ "unknown protocol", "icmp/8", "\"icmp/8\": expected \"tcp\", \"udp\" or \"sctp\" ", NULL },
	{ "near protocol", "tpc/22", "\"tpc/22\": expected \"tcp\", \"udp\" or \"sctp\" ", "did you mean \"tcp\"?" },
	{ "capitals", "TCP/22", "\"TCP/22\": expected \"tcp\", ", "did you mean \"tcp\"?" },
	{ "protocol with a blank", " tcp/22", "\" tcp/22\": expected \"tcp\", ", "did you mean \"tcp\"?" },
	{ "no port", "tcp/", "\"tcp/\": expected a port from 1 to 65535, as in \"tcp/22\"", NULL },
	{ "port 0", "tcp/0", "\"tcp/0\": expected a port from 1 to 65535, ", NULL },
	{ "port above", "tcp/65536", "\"tcp/65536\": expected a port from 1 to 65535, ", NULL },
	{ "port that wraps", "tcp/4294967318", "\"tcp/4294967318\": expected a port ", NULL },
	{ "leading zero", "tcp/022", "\"tcp/022\": expected a port ", NULL },
	{ "sign", "tcp/+22", "\"tcp/+22\": expected a port ", NULL },
	{ "negative", "tcp/-22", "\"tcp/-22\": expected a port ", NULL },
	{ "port with a blank", "tcp/22 ", "\"tcp/22 \": expected a port ", NULL },
	{ "port by name", "tcp/ssh", "\"tcp/ssh\": expected a port ", NULL },
	{ "port range", "tcp/22-23", "\"tcp/22-23\": expected a port ", NULL },
	{ "hexadecimal", "tcp/0x16", "\"tcp/0x16\": expected a port ", NULL },
	{ "no address", "tcp/22@", "\"tcp/22@\": expected an address or a prefix behind the \"@\", as in ", NULL },
	{ "any", "tcp/22@any", "\"tcp/22@any\": expected an address or a prefix ", "without \"@any\", somebody has to come through, whoever" },
	{ "range", "tcp/22@192.0.2.1-192.0.2.9", "\"tcp/22@192.0.2.1-192.0.2.9\": expected an address or a prefix ", "a range is several prefixes: protect each of them" },
	{ "three numbers", "tcp/22@192.0.2", "\"tcp/22@192.0.2\": expected an address or ", NULL },
	{ "octal", "tcp/22@192.0.2.010", "\"tcp/22@192.0.2.010\": expected an address or ", NULL },
	{ "name", "tcp/22@gateway", "\"tcp/22@gateway\": expected an address or ", NULL },
	{ "two addresses", "tcp/22@192.0.2.1@192.0.2.2", "\"tcp/22@192.0.2.1@192.0.2.2\": expected an address or ", NULL },
	{ "zone", "tcp/22@fe80::1%eth0", "\"tcp/22@fe80::1%eth0\": expected an address or ", NULL },
	{ "long prefix", "tcp/22@192.0.2.0/33", "\"tcp/22@192.0.2.0/33\": expected a prefix length of 0 to 32 for IPv4, ", NULL },
	{ "long prefix of IPv6", "tcp/22@2001:db8::/129", "\"tcp/22@2001:db8::/129\": expected a prefix length ", NULL },
	{ "no prefix", "tcp/22@192.0.2.0/", "\"tcp/22@192.0.2.0/\": expected a prefix length ", NULL },
	{ "netmask", "tcp/22@192.0.2.0/255.255.255.0", "\"tcp/22@192.0.2.0/255.255.255.0\": expected a prefix length ", NULL },
	{ "host bits", "tcp/22@198.51.100.7/24", "\"tcp/22@198.51.100.7/24\": the prefix has host bits set", "did you mean \"tcp/22@198.51.100.0/24\"?" },
	{ "host bits in a byte", "tcp/22@198.51.100.7/29", "\"tcp/22@198.51.100.7/29\": the prefix has host bits set", "did you mean \"tcp/22@198.51.100.0/29\"?" },
	{ "host bits of IPv6", "udp/161@2001:db8::1/64", "\"udp/161@2001:db8::1/64\": the prefix has host bits set", "did you mean \"udp/161@2001:db8::/64\"?" },
	{ "mapped", "tcp/22@::ffff:192.0.2.1", "\"tcp/22@::ffff:192.0.2.1\": it is IPv4 written as IPv6", "did you mean \"tcp/22@192.0.2.1\"?" },
	{ "mapped prefix", "tcp/22@::ffff:192.0.2.0/120", "\"tcp/22@::ffff:192.0.2.0/120\": it is IPv4 written as IPv6", "did you mean \"tcp/22@192.0.2.0/24\"?" },
	{ "mapped host bits", "tcp/22@::ffff:192.0.2.1/120", "\"tcp/22@::ffff:192.0.2.1/120\": it is IPv4 written as IPv6", "did you mean \"tcp/22@192.0.2.0/24\"?" },
	{ "control characters", "tcp/\033[2J\"", "\"tcp/\\x1b[2J\\\"\": expected a port ", NULL },
	{ "not UTF-8", "tcp/\377", "\"tcp/\\xff\": expected a port ", NULL },
	{ "very long", "tcp/1111111111111111111111111111111111111111111111111111111111111111111111111",
	  "\"tcp/111111111111111111111111111111111111111111111111111111111111...\": expected a port ", NULL },
};

static struct protect_case {
	const char *paths; /* with blanks between */
	uint8_t protocol;
	const char *peer;
	uint16_t port;
	bool expected;
} protect_cases[] = {
	{ "",                        IPPROTO_TCP, "198.51.100.7",   22, false },
	{ "tcp/22",                  IPPROTO_TCP, "198.51.100.7",   22, true },
	{ "tcp/22",                  IPPROTO_TCP, "2001:db8::1",    22, true },
	{ "tcp/22",                  IPPROTO_UDP, "198.51.100.7",   22, false },
	{ "tcp/22",                  IPPROTO_TCP, "198.51.100.7",   23, false },
	{ "tcp/22@198.51.100.7",     IPPROTO_TCP, "198.51.100.7",   22, true },
	{ "tcp/22@198.51.100.7",     IPPROTO_TCP, "198.51.100.8",   22, false },
	{ "tcp/22@198.51.100.7",     IPPROTO_TCP, "198.51.100.6",   22, false },
	{ "tcp/22@198.51.100.0/24",  IPPROTO_TCP, "198.51.100.0",   22, true },
	{ "tcp/22@198.51.100.0/24",  IPPROTO_TCP, "198.51.100.255", 22, true },
	{ "tcp/22@198.51.100.0/24",  IPPROTO_TCP, "198.51.101.0",   22, false },
	/* the first four bytes alone are the same */
	{ "tcp/22@32.1.13.184",      IPPROTO_TCP, "2001:db8::1",    22, false },
	{ "tcp/22@2001:db8::/64",    IPPROTO_TCP, "32.1.13.184",    22, false },
	{ "tcp/22@2001:db8::/64",    IPPROTO_TCP, "2001:db8::ff",   22, true },
	{ "udp/161 tcp/22@2001:db8::/64 tcp/443", IPPROTO_TCP, "192.0.2.1", 443, true },
	{ "tcp/22 tcp/22",           IPPROTO_TCP, "192.0.2.1",      22, true },
};

/* clang-format on */

static void expect_address(enum family family, const uint8_t *bytes, const char *text)
{
	enum family wanted = FAMILY_COUNT;
	uint8_t address[16];

	assert_true(address_read(text, strlen(text), &wanted, address));
	assert_int_equal(family, wanted);
	assert_memory_equal(bytes, address, family_widths[family]);
}

static void reads_path(void **state)
{
	const struct good_case *c = *state;
	AUTO(arena) struct arena *arena = arena_new();
	const char *canonical = c->canonical ? c->canonical : c->text;
	struct diags diags;
	struct path path = { 0 };

	diags_init(&diags, arena);
	assert_true(path_parse(arena, c->text, &diags, &path));
	assert_null(diags.first);
	assert_int_equal(path.protocol, c->protocol);
	assert_int_equal(path.port, c->port);
	assert_int_equal(path.has_peers, c->low != NULL);
	assert_false(path.has_local);
	if (c->low) {
		expect_address(path.family, path.low, c->low);
		expect_address(path.family, path.high, c->high);
	}
	assert_string_equal(path.text, canonical);
	assert_string_equal(path.what, canonical);
}

static void refuses_path(void **state)
{
	const struct bad_case *c = *state;
	AUTO(arena) struct arena *arena = arena_new();
	const char *said = arena_format(arena, "protected path %s", c->said);
	struct diags diags;
	struct path path, before;

	memset(&path, 0x5a, sizeof(path));
	before = path;
	diags_init(&diags, arena);
	assert_false(path_parse(arena, c->text, &diags, &path));
	assert_memory_equal(&path, &before, sizeof(path));
	assert_int_equal(diags.error_count, 1);
	assert_int_equal(diags.first->code, DIAG_USAGE);
	if (strncmp(diags.first->text, said, strlen(said)) != 0)
		fail_msg("said: %s", diags.first->text);
	if (!c->note)
		assert_null(diags.first->next);
	else
		assert_string_equal(diags.first->next->text, c->note);
}

static void protects(void **state)
{
	const struct protect_case *c = *state;
	AUTO(arena) struct arena *arena = arena_new();
	char *rest = arena_string(arena, c->paths);
	struct paths paths = { 0 };
	struct diags diags;
	enum family family;
	uint8_t peer[16];

	diags_init(&diags, arena);
	for (char *text; (text = strsep(&rest, " "));) {
		struct path path;

		if (!*text)
			continue;
		assert_true(path_parse(arena, text, &diags, &path));
		LIST_PUSH(arena, &paths, path);
	}
	assert_true(address_read(c->peer, strlen(c->peer), &family, peer));
	assert_int_equal(paths_protect(&paths, family, c->protocol, peer, c->port),
			 c->expected);
}

static void names_the_connection(void **state)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct path path = { .protocol = IPPROTO_TCP,
			     .port = 22,
			     .has_peers = true,
			     .has_local = true,
			     .low = { 198, 51, 100, 7 },
			     .high = { 198, 51, 100, 7 } };

	(void)state;
	path_name(arena, &path);
	assert_string_equal(path.text, "tcp/22@198.51.100.7");
	assert_string_equal(path.what, "tcp/22@198.51.100.7 (this SSH connection)");
	assert_string_equal(path_words(arena, &path),
			    "tcp/22 from 198.51.100.7 (this SSH connection)");
}

#define TABLE_TESTS(cases, member, function)                                \
	for (size_t i = 0; i < COUNT_OF(cases); i++)                        \
		tests[count++] = (struct CMUnitTest)                        \
		{                                                           \
			.name = (cases)[i].member, .test_func = (function), \
			.initial_state = &(cases)[i]                        \
		}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(good_cases) + COUNT_OF(bad_cases) +
				COUNT_OF(protect_cases) + 1];
	size_t count = 0;

	TABLE_TESTS(good_cases, text, reads_path);
	TABLE_TESTS(bad_cases, name, refuses_path);
	TABLE_TESTS(protect_cases, paths, protects);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(names_the_connection);
	if (count != COUNT_OF(tests))
		return 1;
	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
