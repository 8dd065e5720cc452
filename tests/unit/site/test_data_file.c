/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of addresses: each format, what is damaged in them, and how long they take. */
#include <sys/stat.h>
#include <time.h>

#include "unit/site/loading.h"

/* A peer `p` with these keys. */
static const char *peer(const char *keys)
{
	return arena_format(trial.arena,
			    "site = \"s\";\npeers = ( { name = \"p\"; %s } );\n", keys);
}

static const char azure[] =
	"{ \"changeNumber\": 1, \"values\": [\n"
	"  { \"name\": \"Storage\", \"properties\": { \"addressPrefixes\": [\n"
	"    \"192.0.2.0/25\", \"192.0.2.128/25\", \"2001:db8::/32\" ] } },\n"
	"  { \"name\": \"Storage.WestEurope\", \"properties\": { \"addressPrefixes\": [\n"
	"    \"192.0.2.8/30\" ] } },\n"
	"  { \"name\": \"Empty\", \"properties\": { \"addressPrefixes\": [] } },\n"
	"  { \"name\": \"Damaged\", \"properties\": { \"addressPrefixes\": [\n"
	"    \"198.51.100.0/24\", \"198.51.100.1/24\" ] } }\n"
	"] }\n";

static const char aws[] =
	"{ \"syncToken\": \"1\", \"prefixes\": [\n"
	"  { \"ip_prefix\": \"192.0.2.0/26\", \"region\": \"eu-west-1\", \"service\": \"S3\" },\n"
	"  { \"ip_prefix\": \"192.0.2.64/26\", \"region\": \"us-east-1\", \"service\": \"S3\" },\n"
	"  { \"ip_prefix\": \"203.0.113.0/24\", \"region\": \"eu-west-1\", \"service\": \"EC2\" }\n"
	"], \"ipv6_prefixes\": [\n"
	"  { \"ipv6_prefix\": \"2001:db8::/32\", \"region\": \"eu-west-1\", \"service\": \"S3\" }\n"
	"] }\n";

#define AZURE "file = \"az.json\"; format = \"azure-service-tags\"; "
#define AWS   "file = \"aws.json\"; format = \"aws-ip-ranges\"; "
#define LIST  "file = \"list.txt\"; "

/* clang-format off */
static struct good_case {
	const char *name, *list, *keys, *addresses;
} good_cases[] = {
	{ "one",                 "192.0.2.1\n",                LIST, "192.0.2.1" },
	{ "without last newline", "192.0.2.1",                 LIST, "192.0.2.1" },
	{ "CRLF",                "192.0.2.1\r\n192.0.2.9\r\n", LIST, "192.0.2.1 192.0.2.9" },
	{ "comments and blanks", "# x\n\n \t\n  192.0.2.1 # y\n#192.0.2.2\n192.0.2.3#z\n", LIST, "192.0.2.1 192.0.2.3" },
	{ "every form",          "192.0.2.0/24\n198.51.100.3-198.51.100.9\n2001:db8::/32\n2001:db9::1\n", LIST,
	  "192.0.2.0/24 198.51.100.3-198.51.100.9 2001:db8::/32 2001:db9::1" },
	{ "any",                 "any\n",                      LIST, "0.0.0.0/0 ::/0" },
	{ "unsorted, merged",    "192.0.2.2\n192.0.2.0/31\n192.0.2.3\n192.0.2.1\n192.0.2.1\n", LIST, "192.0.2.0/30" },
	{ "format by its name",  "192.0.2.1\n",                LIST "format = \"list\";", "192.0.2.1" },
	{ "beside addresses",    "192.0.2.1\n",                LIST "addresses = [ \"192.0.2.0\", \"2001:db8::1\" ];", "192.0.2.0/31 2001:db8::1" },
	{ "with except",         "192.0.2.0/30\n",             LIST "except = [ \"192.0.2.2\" ];", "192.0.2.0/31 192.0.2.3" },
	{ "a tag",               "",  AZURE "select = \"Storage\";", "192.0.2.0/24 2001:db8::/32" },
	{ "a tag in a region",   "",  AZURE "select = [ \"Storage.WestEurope\" ];", "192.0.2.8/30" },
	{ "tags together",       "",  AZURE "select = [ \"Storage.WestEurope\", \"Storage\" ];", "192.0.2.0/24 2001:db8::/32" },
	{ "a service",           "",  AWS "select = \"S3\";", "192.0.2.0/25 2001:db8::/32" },
	{ "a service in a region", "", AWS "select = [ \"S3.eu-west-1\" ];", "192.0.2.0/26 2001:db8::/32" },
	{ "services together",   "",  AWS "select = [ \"EC2\", \"S3.us-east-1\" ];", "192.0.2.64/26 203.0.113.0/24" },
};

/* `place`: file and position of the first error, and how its text begins. */
static struct bad_case {
	const char *name, *file, *content, *keys, *place, *note;
} bad_cases[] = {
	{ "no such file",   "x", "", "file = \"y.txt\";", "site.cfg:2:32: error: cannot read \"", NULL },
	{ "a folder",       "x", "", "file = \".\";", "site.cfg:2:32: error: cannot read \"", NULL },
	{ "empty",          "list.txt", "", LIST, "site.cfg:2:32: error: \"list.txt\" holds no address", NULL },
	{ "comments alone", "list.txt", "# 192.0.2.1\n\n", LIST, "site.cfg:2:32: error: \"list.txt\" holds no address", NULL },
	{ "host bits",      "list.txt", "192.0.2.0/24\n\n  192.0.2.1/24\n", LIST, "list.txt:3:3: error: \"192.0.2.1/24\"", "did you mean \"192.0.2.0/24\"?" },
	{ "named here",     "list.txt", "192.0.2.1/24\n", LIST, "list.txt:1:1: error: ", "site.cfg:2:32: note: the file is named here" },
	{ "a host name",    "list.txt", "a.example.org\n", LIST, "list.txt:1:1: error: \"a.example.org\" is a name", NULL },
	{ "two in a line",  "list.txt", "192.0.2.1 192.0.2.2\n", LIST, "list.txt:1:1: error: \"192.0.2.1 192.0.2.2\" is not one", "one a line" },
	{ "another comment", "list.txt", "192.0.2.0/24 ; SBL1\n", LIST, "list.txt:1:1: error: ", "comments behind \"#\"" },
	{ "control bytes",  "list.txt", "\033[31m\n", LIST, "list.txt:1:1: error: \"\\x1b[31m\"", NULL },
	{ "byte order mark", "list.txt", "\xef\xbb\xbf" "192.0.2.1\n", LIST, "list.txt:1:1: error: the file starts with a byte order mark", NULL },
	{ "JSON as a list", "list.txt", "\n {}", LIST, "list.txt:2:2: error: the file looks like JSON", NULL },
	{ "select of a list", "list.txt", "192.0.2.1\n", LIST "select = \"S3\";", "site.cfg:2:53: error: \"select\" does not go with", "azure-service-tags" },
	{ "unknown format", "list.txt", "192.0.2.1\n", LIST "format = \"lst\";", "site.cfg:2:53: error: \"format\": expected \"list\"", NULL },
	{ "format alone",   "x", "", "addresses = \"192.0.2.1\"; format = \"list\";", "site.cfg:2:50: error: \"format\" says how to read \"file\"", NULL },
	{ "select alone",   "x", "", "addresses = \"192.0.2.1\"; select = \"S3\";", "site.cfg:2:50: error: \"select\" says how to read \"file\"", NULL },
	{ "no select",      "az.json", azure, AZURE, "site.cfg:2:32: error: the format \"azure-service-tags\" needs \"select\"", NULL },
	{ "unknown tag",    "az.json", azure, AZURE "select = \"Storage.WestEurop\";", "site.cfg:2:83: error: \"", "did you mean \"Storage.WestEurope\"?" },
	{ "empty tag",      "az.json", azure, AZURE "select = \"Empty\";", "site.cfg:2:83: error: \"Empty\" holds no address", NULL },
	{ "damaged tag",    "az.json", azure, AZURE "select = \"Damaged\";", "az.json:8:24: error: \"198.51.100.1/24\"", "did you mean \"198.51.100.0/24\"?" },
	{ "no JSON",        "az.json", "{ \"values\": [\n  1,\n] }", AZURE "select = \"x\";", "az.json:3:1: error: the file is not JSON: ", "the file is named here" },
	{ "cut JSON",       "az.json", "{ \"values\": [", AZURE "select = \"x\";", "az.json:1:13: error: the file is not JSON: ", NULL },
	{ "empty JSON",     "az.json", "", AZURE "select = \"x\";", "az.json:1:1: error: the file is not JSON: ", NULL },
	{ "a key twice",    "az.json", "{ \"values\": [],\n\"values\": [] }", AZURE "select = \"x\";", "az.json:2:", NULL },
	{ "AWS as Azure",   "az.json", aws, AZURE "select = \"x\";", "az.json: error: the file has no list \"values\"", NULL },
	{ "Azure as AWS",   "aws.json", azure, AWS "select = \"x\";", "aws.json: error: the file has no list \"prefixes\"", NULL },
	{ "an array",       "az.json", "[]", AZURE "select = \"x\";", "az.json: error: the file has no list \"values\"", NULL },
	{ "a tag without prefixes", "az.json", "{ \"values\": [ { \"name\": \"x\" } ] }", AZURE "select = \"x\";", "az.json: error: \"values\", member 1: ", NULL },
	{ "a number as prefix", "az.json", "{ \"values\": [ { \"name\": \"x\", \"properties\": { \"addressPrefixes\": [ 1 ] } } ] }", AZURE "select = \"x\";", "az.json: error: \"values\", member 1: ", NULL },
	{ "a tag twice",    "az.json", "{ \"values\": [ { \"name\": \"x\", \"properties\": { \"addressPrefixes\": [] } },"
	  "{ \"name\": \"x\", \"properties\": { \"addressPrefixes\": [] } } ] }", AZURE "select = \"x\";", "az.json: error: \"values\", member 2: ", NULL },
	{ "no region",      "aws.json", "{ \"prefixes\": [ { \"ip_prefix\": \"192.0.2.0/24\", \"service\": \"S3\" } ], \"ipv6_prefixes\": [] }",
	  AWS "select = \"S3\";", "aws.json: error: \"prefixes\", member 1: ", NULL },
	{ "unknown service", "aws.json", aws, AWS "select = \"s3\";", "site.cfg:2:79: error: \"", "did you mean \"S3\"?" },
	{ "no such region", "aws.json", aws, AWS "select = \"S3.eu-west-2\";", "site.cfg:2:79: error: \"", "did you mean \"S3.eu-west-1\"?" },
	{ "damaged prefix", "aws.json", "{ \"prefixes\": [ { \"ip_prefix\": \"192.0.2.1/24\", \"service\": \"S3\", \"region\": \"r\" } ], \"ipv6_prefixes\": [] }",
	  AWS "select = \"S3\";", "aws.json:1:32: error: \"192.0.2.1/24\"", NULL },
};

/* clang-format on */

static void reads_file(void **state)
{
	const struct good_case *c = *state;

	trial_write("list.txt", c->list);
	trial_write("az.json", azure);
	trial_write("aws.json", aws);
	assert_loads(peer(c->keys));
	assert_string_equal(trial_addresses("p"), c->addresses);
}

static void refuses_file(void **state)
{
	const struct bad_case *c = *state;

	trial_write(c->file, c->content);
	assert_errors(peer(c->keys), 1);
	assert_said(arena_format(trial.arena, "/%s", c->place));
	if (c->note)
		assert_said(c->note);
}

static void refuses_nul_byte(void **state)
{
	static const char text[] = "192.0.2.1\n\0\n192.0.2.2\n";

	(void)state;
	trial_write_bytes("list.txt", text, sizeof(text) - 1);
	assert_errors(peer(LIST), 1);
	assert_said("/list.txt:2:1: error: the file holds a NUL byte");
}

static void finds_all_mistakes_in_one_run(void **state)
{
	(void)state;
	trial_write("list.txt", "192.0.2.1\nx\n192.0.2.2/24\n192.0.2.3\n1.2.3\n");
	assert_errors(peer(LIST), 3);
	assert_said("/list.txt:2:1: ");
	assert_said("/list.txt:3:1: ");
	assert_said("/list.txt:5:1: ");
}

static void tells_a_mistake_once_for_all_who_name_the_file(void **state)
{
	(void)state;
	trial_write("list.txt", "x\n");
	assert_errors("site = \"s\"; peers = ( { name = \"a\"; file = \"list.txt\"; },"
		      "{ name = \"b\"; file = \"list.txt\"; } );",
		      1);
	assert_errors("site = \"s\"; peers = ( { name = \"a\"; file = \"no.txt\"; },"
		      "{ name = \"b\"; file = \"no.txt\"; } );",
		      1);
}

/* Peers that share a file's addresses do not write into each other's. */
static void shares_a_file(void **state)
{
	(void)state;
	trial_write("list.txt", "192.0.2.1\n");
	assert_loads(
		"site = \"s\"; peers = ("
		"{ name = \"a\"; file = \"list.txt\"; addresses = \"192.0.2.9\"; },"
		"{ name = \"b\"; file = \"list.txt\"; addresses = \"192.0.2.7\"; },"
		"{ name = \"c\"; file = \"list.txt\"; } );");
	assert_string_equal(trial_addresses("a"), "192.0.2.1 192.0.2.9");
	assert_string_equal(trial_addresses("b"), "192.0.2.1 192.0.2.7");
	assert_string_equal(trial_addresses("c"), "192.0.2.1");
}

/* Relative to the file that names it, also when that one is included. */
static void finds_file_beside_the_naming_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(trial_path("sub"), 0700), 0);
	trial_write("sub/list.txt", "192.0.2.7\n");
	trial_write("sub/part.cfg",
		    "peers = ( { name = \"p\"; file = \"list.txt\"; } );\n");
	trial_write("list.txt", "192.0.2.1\n");
	trial_load("site = \"s\";\n@include \"sub/part.cfg\"\n");
	assert_string_equal(trial_addresses("p"), "192.0.2.7");
	unlink(trial_path("sub/list.txt"));
	unlink(trial_path("sub/part.cfg"));
	rmdir(trial_path("sub"));
	assert_loads(peer(
		arena_format(trial.arena, "file = \"%s\";", trial_path("list.txt"))));
	assert_string_equal(trial_addresses("p"), "192.0.2.1");
}

static void refuses_file_above_the_limit(void **state)
{
	(void)state;
	trial_write("list.txt", "");
	/* a hole: nothing is written, and nothing has to be read */
	assert_int_equal(truncate(trial_path("list.txt"), (256 << 20) + 1), 0);
	assert_errors(peer(LIST), 1);
	assert_said("list.txt\": larger than 256 MiB");
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) +
	       1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

/* Scattered over the whole space, so that the order has to be found. */
static uint32_t scattered(uint32_t i)
{
	return i * 2654435761u;
}

enum { LINES = 1000000 };

/* Generous for a sanitizer build on a busy machine, and far below quadratic. */
#define SECONDS_MAX 20.0

static void reads_a_million_lines(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 };
	struct timespec start;

	(void)state;
	for (uint32_t i = 0; i < LINES; i++) {
		uint32_t address = scattered(i);

		buffer_format(&text, "%u.%u.%u.%u\n", address >> 24,
			      address >> 16 & 255, address >> 8 & 255, address & 255);
	}
	trial_write_bytes("list.txt", text.data, text.length);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_loads(peer(LIST));
	assert_true(seconds_since(&start) < SECONDS_MAX);
	/* an odd factor scatters without meeting: none is lost */
	assert_int_equal(ranges_size(&trial_actor("p")->addresses[FAMILY_IP4]), LINES);
}

static void stops_telling_of_a_million_mistakes(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 };
	struct timespec start;

	(void)state;
	for (uint32_t i = 0; i < LINES; i++)
		buffer_text(&text, "192.0.2.1/24\n");
	trial_write_bytes("list.txt", text.data, text.length);
	clock_gettime(CLOCK_MONOTONIC, &start);
	trial_load(peer(LIST));
	assert_true(seconds_since(&start) < SECONDS_MAX);
	assert_int_equal(trial.diags.error_count, 101);
}

static void reads_one_endless_line(void **state)
{
	struct buffer text AUTO_BUFFER = { 0 };

	(void)state;
	for (uint32_t i = 0; i < LINES; i++)
		buffer_text(&text, "192.0.2.1 ");
	trial_write_bytes("list.txt", text.data, text.length);
	assert_errors(peer(LIST), 1);
	assert_true(strlen(trial.said) < 2000);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, trial_begin, trial_end)

int main(void)
{
	static const struct CMUnitTest whole[] = {
		TEST(refuses_nul_byte),
		TEST(finds_all_mistakes_in_one_run),
		TEST(tells_a_mistake_once_for_all_who_name_the_file),
		TEST(shares_a_file),
		TEST(finds_file_beside_the_naming_file),
		TEST(refuses_file_above_the_limit),
		TEST(reads_a_million_lines),
		TEST(stops_telling_of_a_million_mistakes),
		TEST(reads_one_endless_line),
	};
	struct CMUnitTest tests[COUNT_OF(good_cases) + COUNT_OF(bad_cases)];
	size_t count = 0;
	int failed = cmocka_run_group_tests_name("data files", whole, NULL, NULL);

	for (size_t i = 0; i < COUNT_OF(good_cases); i++)
		tests[count++] = (struct CMUnitTest){ .name = good_cases[i].name,
						      .test_func = reads_file,
						      .setup_func = trial_begin,
						      .teardown_func = trial_end,
						      .initial_state = &good_cases[i] };
	for (size_t i = 0; i < COUNT_OF(bad_cases); i++)
		tests[count++] = (struct CMUnitTest){ .name = bad_cases[i].name,
						      .test_func = refuses_file,
						      .setup_func = trial_begin,
						      .teardown_func = trial_end,
						      .initial_state = &bad_cases[i] };
	return failed +
	       cmocka_run_group_tests_name("data file cases", tests, NULL, NULL);
}
