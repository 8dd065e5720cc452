/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The management connection: SSH_CONNECTION of all sorts, and trees of processes that
 * are made up in a folder, hostile ones among them.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard/address.h"
#include "guard/management.h"
#include "support/test.h"

/* ---- SSH_CONNECTION ---- */

/* clang-format off */
static struct text_case {
	const char *name, *text;
	const char *peer, *local; /* NULL: no connection */
	uint16_t port;
} text_cases[] = {
	{ "IPv4", "198.51.100.7 50000 192.0.2.11 22", "198.51.100.7", "192.0.2.11", 22 },
	{ "IPv6", "2001:db8::7 1 2001:db8::11 65535", "2001:db8::7", "2001:db8::11", 65535 },
	{ "zones", "fe80::7%eth0 50000 fe80::11%eth0 22", "fe80::7", "fe80::11", 22 },
	{ "mapped", "::ffff:198.51.100.7 50000 ::ffff:192.0.2.11 22", "198.51.100.7", "192.0.2.11", 22 },
	{ "empty", "", NULL, NULL, 0 },
	{ "three words", "198.51.100.7 50000 192.0.2.11", NULL, NULL, 0 },
	{ "five words", "198.51.100.7 50000 192.0.2.11 22 x", NULL, NULL, 0 },
	{ "blank behind", "198.51.100.7 50000 192.0.2.11 22 ", NULL, NULL, 0 },
	{ "blank before", " 198.51.100.7 50000 192.0.2.11 22", NULL, NULL, 0 },
	{ "two blanks", "198.51.100.7  50000 192.0.2.11 22", NULL, NULL, 0 },
	{ "tab", "198.51.100.7\t50000 192.0.2.11 22", NULL, NULL, 0 },
	{ "line end", "198.51.100.7 50000 192.0.2.11 22\n", NULL, NULL, 0 },
	{ "port 0", "198.51.100.7 50000 192.0.2.11 0", NULL, NULL, 0 },
	{ "peer's port 0", "198.51.100.7 0 192.0.2.11 22", NULL, NULL, 0 },
	{ "large port", "198.51.100.7 50000 192.0.2.11 65558", NULL, NULL, 0 },
	{ "signed port", "198.51.100.7 50000 192.0.2.11 +22", NULL, NULL, 0 },
	{ "two families", "198.51.100.7 50000 2001:db8::11 22", NULL, NULL, 0 },
	{ "mapped and not", "::ffff:198.51.100.7 50000 2001:db8::11 22", NULL, NULL, 0 },
	{ "zone without name", "fe80::7% 50000 fe80::11%eth0 22", NULL, NULL, 0 },
	{ "zone of a global address", "2001:db8::7%eth0 50000 2001:db8::11 22", NULL, NULL, 0 },
	{ "zone of IPv4", "198.51.100.7%eth0 50000 192.0.2.11 22", NULL, NULL, 0 },
	{ "no address", "UNKNOWN 65535 UNKNOWN 65535", NULL, NULL, 0 },
	{ "host name", "localhost 50000 localhost 22", NULL, NULL, 0 },
	{ "octal", "198.51.100.07 50000 192.0.2.11 22", NULL, NULL, 0 },
	{ "escapes", "\033[2J 50000 192.0.2.11 22", NULL, NULL, 0 },
	{ "prefix", "198.51.100.0/24 50000 192.0.2.11 22", NULL, NULL, 0 },
};

/* clang-format on */

static void expect_address(enum family family, const uint8_t *bytes, const char *text)
{
	enum family wanted = FAMILY_COUNT;
	uint8_t address[16];

	assert_true(address_read(text, strlen(text), &wanted, address));
	assert_int_equal(family, wanted);
	assert_memory_equal(bytes, address, sizeof(address));
}

static void reads_text(void **state)
{
	const struct text_case *c = *state;
	struct management management;

	assert_int_equal(management_parse(c->text, &management), c->peer != NULL);
	if (!c->peer)
		return;
	expect_address(management.family, management.peer, c->peer);
	expect_address(management.family, management.local, c->local);
	assert_int_equal(management.local_port, c->port);
}

static void refuses_long_text(void **state)
{
	char text[4096];
	struct management management;

	(void)state;
	snprintf(text, sizeof(text), "fe80::7%%%03000d 50000 fe80::11%%eth0 22", 1);
	assert_false(management_parse(text, &management));
}

/* ---- trees of processes ---- */

static struct {
	char folder[sizeof("/tmp/rolewall-proc-XXXXXX")];
	struct arena *arena;
	struct local_addresses local;
} tree;

static void own_address(const char *interface, const char *text)
{
	struct local_address address = { .interface = interface };

	assert_true(address_read(text, strlen(text), &address.family, address.address));
	address.loopback = address_is_loopback(address.family, address.address);
	LIST_PUSH(tree.arena, &tree.local, address);
}

static int tree_begin(void **state)
{
	static const char folder[] = "/tmp/rolewall-proc-XXXXXX";

	(void)state;
	memset(&tree, 0, sizeof(tree));
	memcpy(tree.folder, folder, sizeof(folder));
	tree.arena = arena_new();
	own_address("lo", "127.0.0.1");
	own_address("eth0", "192.0.2.11");
	own_address("eth0", "2001:db8::11");
	return mkdtemp(tree.folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *stat, int kind,
		      struct FTW *place)
{
	(void)stat;
	(void)kind;
	(void)place;
	return remove(path);
}

static int tree_end(void **state)
{
	(void)state;
	arena_free(tree.arena);
	return nftw(tree.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *tree_path(const char *process, const char *name)
{
	return arena_format(tree.arena, "%s/%s/%s", tree.folder, process, name);
}

static void write_bytes(const char *process, const char *name, const void *bytes,
			size_t length)
{
	FILE *file = fopen(tree_path(process, name), "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void write_text(const char *process, const char *name, const char *text)
{
	write_bytes(process, name, text, strlen(text));
}

static void make_folder(const char *process, const char *name)
{
	if (mkdir(tree_path(process, name), 0700) != 0)
		assert_int_equal(errno, EEXIST);
}

/* A process by its number or "self"; of its environment one variable. */
static void make_process(const char *process, const char *name, const char *parent,
			 const char *variable)
{
	make_folder(process, "");
	write_text(process, "stat",
		   arena_format(tree.arena, "%s (%s) S %s 17 17 0 -1 4194560 0 0\n",
				process, name, parent));
	if (variable) {
		char *environment =
			arena_format(tree.arena, "HOME=/root#%s#TERM=x", variable);
		size_t length = strlen(environment) + 1;

		for (size_t i = 0; i < length; i++)
			if (environment[i] == '#')
				environment[i] = '\0';
		write_bytes(process, "environ", environment, length);
	}
}

static void hold_socket(const char *process, const char *fd, const char *target)
{
	make_folder(process, "fd");
	assert_int_equal(symlink(target, tree_path(process, arena_format(tree.arena,
									 "fd/%s", fd))),
			 0);
}

#define TABLE_HEAD                                                            \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when " \
	"retrnsmt   uid  timeout inode\n"
#define TABLE_TAIL " 00000000:00000000 02:000A7214 00000000     0        0 "

/* LOCAL PEER STATE inode, as the kernel of a little-endian machine writes them. */
static const char *table_line(const char *ends, const char *state, const char *inode)
{
	return arena_format(tree.arena,
			    "   0: %s %s" TABLE_TAIL "%s 4 0000 20 4 1 10\n", ends,
			    state, inode);
}

/* 192.0.2.11:22 with 198.51.100.7:50000, .8 and .9; port 8080; 127.0.0.1. */
#define ENDS_7        "0B0200C0:0016 076433C6:C350"
#define ENDS_8        "0B0200C0:0016 086433C6:C350"
#define ENDS_9_8080   "0B0200C0:1F90 096433C6:C350"
#define ENDS_LOOPBACK "0100007F:0016 0100007F:C350"
#define LISTENS_22    "00000000:0016 00000000:0000"
#define LISTENS_8080  "00000000:1F90 00000000:0000"
#define MAPPED_7                                 \
	"0000000000000000FFFF00000B0200C0:0016 " \
	"0000000000000000FFFF0000076433C6:C350"
#define IP6_7                                    \
	"B80D0120000000000000000011000000:0016 " \
	"B80D0120000000000000000007000000:C350"

static bool is_little(void)
{
	const uint16_t one = 1;

	return *(const uint8_t *)&one == 1;
}

static void write_tables(const char *process, const char *tcp, const char *tcp6)
{
	if (!is_little())
		skip();
	make_folder(process, "net");
	write_text(process, "net/tcp", arena_format(tree.arena, TABLE_HEAD "%s", tcp));
	write_text(process, "net/tcp6",
		   arena_format(tree.arena, TABLE_HEAD "%s", tcp6));
}

static bool find(const char *environment, struct management *management)
{
	struct management_search search = { .proc = tree.folder,
					    .process = "self",
					    .environment = environment,
					    .local = &tree.local };

	return management_find(&search, management);
}

static void expect_peer(const char *environment, const char *peer, uint16_t port)
{
	struct management management;

	assert_int_equal(find(environment, &management), peer != NULL);
	if (!peer)
		return;
	expect_address(management.family, management.peer, peer);
	assert_int_equal(management.local_port, port);
}

static void prefers_its_own(void **state)
{
	(void)state;
	make_process("self", "rolewall", "20", NULL);
	make_process("20", "bash", "1",
		     "SSH_CONNECTION=198.51.100.8 50000 192.0.2.11 22");
	expect_peer("198.51.100.7 50000 192.0.2.11 2222", "198.51.100.7", 2222);
	/* not of this namespace, not over the network, no connection: the next one */
	expect_peer("198.51.100.7 50000 192.0.2.12 22", "198.51.100.8", 22);
	expect_peer("127.0.0.1 50000 127.0.0.1 22", "198.51.100.8", 22);
	expect_peer("127.0.0.2 50000 192.0.2.11 22", "198.51.100.8", 22);
	expect_peer("192.0.2.11 50000 192.0.2.11 22", "198.51.100.8", 22);
	expect_peer("nonsense", "198.51.100.8", 22);
	expect_peer(NULL, "198.51.100.8", 22);
}

static void takes_the_nearest_ancestor(void **state)
{
	(void)state;
	make_process("self", "rolewall", "20", "X=1");
	make_process("20", "sudo", "30", "XSSH_CONNECTION=203.0.113.1 1 192.0.2.11 22");
	make_process("30", "bash", "40",
		     "SSH_CONNECTION=198.51.100.7 50000 192.0.2.11 22");
	make_process("40", "sh", "1",
		     "SSH_CONNECTION=198.51.100.8 50000 192.0.2.11 22");
	make_process("1", "init", "0", NULL);
	expect_peer(NULL, "198.51.100.7", 22);
}

static void bears_names_of_all_sorts(void **state)
{
	(void)state;
	make_process("self", "a) S 99 (b", "20", NULL);
	make_process("20", ") S 1 1 1 ((\n", "30", NULL);
	make_process("30", "bash", "1",
		     "SSH_CONNECTION=198.51.100.7 50000 192.0.2.11 22");
	make_process("99", "bash", "1",
		     "SSH_CONNECTION=198.51.100.8 50000 192.0.2.11 22");
	expect_peer(NULL, "198.51.100.7", 22);
}

static void bears_hostile_environments(void **state)
{
	char *large = arena_alloc(tree.arena, 1 << 20);

	(void)state;
	memset(large, 'x', 1 << 20);
	make_process("self", "rolewall", "20", NULL);
	make_process("20", "sh", "30",
		     "SSH_CONNECTION=\033]0;x\007 50000 192.0.2.11 22");
	make_process("30", "sh", "40", "SSH_CONNECTION=");
	make_process("40", "sh", "50", NULL);
	write_bytes("40", "environ", large, 1 << 20);
	make_process("50", "sh", "60", NULL);
	make_folder("50", "environ");
	make_process("60", "sh", "70", NULL);
	assert_int_equal(mkfifo(tree_path("60", "environ"), 0600), 0);
	/* the first of a name counts, as for getenv() */
	make_process("70", "sh", "80",
		     "SSH_CONNECTION=198.51.100.8 50000 192.0.2.12 22#"
		     "SSH_CONNECTION=198.51.100.9 50000 192.0.2.11 22");
	make_process("80", "sh", "0",
		     "SSH_CONNECTION=198.51.100.7 50000 192.0.2.11 22");
	expect_peer(NULL, "198.51.100.7", 22);
}

/* clang-format off */
static const char *const broken_stats[] = {
	"", "20", "20 (sh", "20 sh) S 30", ")20 (sh S 30", "20 (sh) S", "20 (sh) S ",
	"20 (sh) S x 1", "20 (sh) S -30 1", "20 (sh) S 99999999999 1", "20 (sh)S 30 1",
	"20 (sh) SS 30 1", "20 (sh) S 030 1", "20 (sh) S ../30 1",
};

/* clang-format on */

static void ends_at_what_it_cannot_read(void **state)
{
	(void)state;
	expect_peer(NULL, NULL, 0);
	make_process("self", "rolewall", "20", NULL);
	expect_peer(NULL, NULL, 0);
	make_process("20", "sh", "30", NULL);
	make_process("30", "sh", "0",
		     "SSH_CONNECTION=198.51.100.7 50000 192.0.2.11 22");
	expect_peer(NULL, "198.51.100.7", 22);
	for (size_t i = 0; i < COUNT_OF(broken_stats); i++) {
		write_text("20", "stat", broken_stats[i]);
		expect_peer(NULL, NULL, 0);
	}
}

static void ends_in_a_circle(void **state)
{
	(void)state;
	make_process("self", "rolewall", "20", NULL);
	make_process("20", "sh", "30", NULL);
	make_process("30", "sh", "20", NULL);
	expect_peer(NULL, NULL, 0);
}

static void looks_at_so_many_ancestors(void **state)
{
	(void)state;
	make_process("self", "rolewall", "100", NULL);
	for (int i = 100; i < 163; i++)
		make_process(arena_format(tree.arena, "%d", i), "sh",
			     arena_format(tree.arena, "%d", i + 1), NULL);
	make_process("163", "sh", "164",
		     "SSH_CONNECTION=198.51.100.7 50000 192.0.2.11 22");
	expect_peer(NULL, "198.51.100.7", 22); /* the 64th */
	make_process("163", "sh", "164", "X=1");
	make_process("164", "sh", "1",
		     "SSH_CONNECTION=198.51.100.7 50000 192.0.2.11 22");
	expect_peer(NULL, NULL, 0);
}

/* ---- sockets of an sshd ---- */

static void make_sshd(const char *name, const char *variable)
{
	make_process("self", "rolewall", "20", NULL);
	make_process("20", name, "1", variable);
	make_process("1", "init", "0", NULL);
}

static void asks_an_sshd_for_its_socket(void **state)
{
	(void)state;
	make_sshd("sshd", "SSH_CONNECTION=198.51.100.8 50000 192.0.2.11 22");
	hold_socket("20", "0", "/dev/null");
	hold_socket("20", "1", "socket:[77");
	hold_socket("20", "2", "socket:[x7]");
	hold_socket("20", "3", "pipe:[1234]");
	hold_socket("20", "4", "socket:[1234]");
	write_tables("20",
		     arena_format(tree.arena, "%s%s%s",
				  table_line(ENDS_8, "01", "4321"),
				  table_line(ENDS_8, "06", "1234"),
				  table_line(ENDS_7, "01", "1234")),
		     "");
	/* not of what whoever started it came by */
	expect_peer(NULL, "198.51.100.7", 22);
}

static void knows_the_newer_names(void **state)
{
	(void)state;
	make_sshd("sshd-session", NULL);
	hold_socket("20", "4", "socket:[1234]");
	write_tables("20", "", table_line(MAPPED_7, "01", "1234"));
	expect_peer(NULL, "198.51.100.7", 22);
}

static void reads_ip6(void **state)
{
	(void)state;
	make_sshd("sshd", NULL);
	hold_socket("20", "4", "socket:[1234]");
	write_tables("20", "", table_line(IP6_7, "01", "1234"));
	expect_peer(NULL, "2001:db8::7", 22);
}

static void passes_over_other_programs(void **state)
{
	(void)state;
	make_sshd("nginx", NULL);
	hold_socket("20", "4", "socket:[1234]");
	write_tables("20", table_line(ENDS_7, "01", "1234"), "");
	expect_peer(NULL, NULL, 0);
}

static void passes_over_loopback_and_others(void **state)
{
	(void)state;
	make_sshd("sshd", NULL);
	hold_socket("20", "4", "socket:[1]");
	hold_socket("20", "5", "socket:[2]");
	write_tables("20",
		     arena_format(tree.arena, "%s%s",
				  table_line(ENDS_LOOPBACK, "01", "1"),
				  table_line("0C0200C0:0016 076433C6:C350", "01", "2")),
		     "");
	expect_peer(NULL, NULL, 0);
}

/* -R 8080: a connection that the process itself took, on a lower descriptor. */
static void tells_forwarded_ports_apart(void **state)
{
	(void)state;
	make_sshd("sshd", NULL);
	hold_socket("20", "3", "socket:[30]");
	hold_socket("20", "4", "socket:[40]");
	hold_socket("20", "5", "socket:[50]");
	write_tables("20",
		     arena_format(tree.arena, "%s%s%s",
				  table_line(LISTENS_8080, "0A", "50"),
				  table_line(ENDS_9_8080, "01", "30"),
				  table_line(ENDS_7, "01", "40")),
		     table_line(LISTENS_22, "0A", "10"));
	expect_peer(NULL, "198.51.100.7", 22);
	/* without the sshd that accepts, the one that was first */
	write_tables("20",
		     arena_format(tree.arena, "%s%s", table_line(ENDS_7, "01", "40"),
				  table_line(ENDS_9_8080, "01", "30")),
		     "");
	expect_peer(NULL, "198.51.100.9", 8080);
}

/* clang-format off */
static const char *const broken_lines[] = {
	"\n", ":\n", "   0:\n", "   0: 0B0200C0:0016\n",
	"   0: 0B0200C0:0016 076433C6:C350 01 0 0 0 0 0\n",
	"   0: 0B0200C0 076433C6:C350 01" TABLE_TAIL "1234\n",
	"   0: 0B0200C0:16 076433C6:C350 01" TABLE_TAIL "1234\n",
	"   0: 0B0200C00:0016 076433C6:C350 01" TABLE_TAIL "1234\n",
	"   0: 0B0200CG:0016 076433C6:C350 01" TABLE_TAIL "1234\n",
	"   0: 0B0200C0:0016 076433C6:C350 1x" TABLE_TAIL "1234\n",
	"   0: 0B0200C0:0016 076433C6:C350 01" TABLE_TAIL "-1234\n",
	"   0: 0B0200C0:0000 076433C6:C350 01" TABLE_TAIL "1234\n",
	"   0: 0B0200C0:0016 076433C6:C350 00000000000000001" TABLE_TAIL "1234\n",
};

/* clang-format on */

static void bears_broken_tables(void **state)
{
	char *large = arena_alloc(tree.arena, 100001);

	(void)state;
	make_sshd("sshd", NULL);
	hold_socket("20", "4", "socket:[1234]");
	expect_peer(NULL, NULL, 0); /* no table at all */
	for (size_t i = 0; i < COUNT_OF(broken_lines); i++) {
		write_tables("20", broken_lines[i], broken_lines[i]);
		expect_peer(NULL, NULL, 0);
	}
	memset(large, ' ', 100000);
	write_tables("20",
		     arena_format(tree.arena, "%s\n%s", large,
				  table_line(ENDS_7, "01", "1234")),
		     "");
	expect_peer(NULL, "198.51.100.7", 22);
}

static void bears_many_descriptors(void **state)
{
	(void)state;
	make_sshd("sshd", NULL);
	for (unsigned i = 3; i < 5000; i++)
		hold_socket("20", arena_format(tree.arena, "%u", i),
			    arena_format(tree.arena, "socket:[%u]", 7));
	write_tables("20", table_line(ENDS_7, "01", "7"), "");
	expect_peer(NULL, "198.51.100.7", 22);
}

#define TREE_TEST(test) cmocka_unit_test_setup_teardown(test, tree_begin, tree_end)

int main(void)
{
	static const struct CMUnitTest trees[] = {
		cmocka_unit_test(refuses_long_text),
		TREE_TEST(prefers_its_own),
		TREE_TEST(takes_the_nearest_ancestor),
		TREE_TEST(bears_names_of_all_sorts),
		TREE_TEST(bears_hostile_environments),
		TREE_TEST(ends_at_what_it_cannot_read),
		TREE_TEST(ends_in_a_circle),
		TREE_TEST(looks_at_so_many_ancestors),
		TREE_TEST(asks_an_sshd_for_its_socket),
		TREE_TEST(knows_the_newer_names),
		TREE_TEST(reads_ip6),
		TREE_TEST(passes_over_other_programs),
		TREE_TEST(passes_over_loopback_and_others),
		TREE_TEST(tells_forwarded_ports_apart),
		TREE_TEST(bears_broken_tables),
		TREE_TEST(bears_many_descriptors),
	};
	struct CMUnitTest tests[COUNT_OF(text_cases)];
	int failed;

	for (size_t i = 0; i < COUNT_OF(text_cases); i++)
		tests[i] = (struct CMUnitTest){ .name = text_cases[i].name,
						.test_func = reads_text,
						.initial_state = &text_cases[i] };
	failed = cmocka_run_group_tests_name("SSH_CONNECTION", tests, NULL, NULL);
	return cmocka_run_group_tests_name("management", trees, NULL, NULL) + failed;
}
