/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into a namespace and back; what is no namespace is refused, and nobody has moved. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/namespace.h"
#include "support/test.h"

enum { SKIPPED = 77 };

static struct namespace_identity here(void)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct namespace_identity identity = { 0 };
	struct diags diags;

	diags_init(&diags, arena);
	assert_true(namespace_identify(&diags, &identity));
	assert_true(identity.inode != 0);
	return identity;
}

static bool same(struct namespace_identity a, struct namespace_identity b)
{
	return a.device == b.device && a.inode == b.inode;
}

/* clang-format off */
static struct name_case {
	const char *name;
	bool valid;
	const char *why; /* of its refusal */
} name_cases[] = {
	{ "there",             true,  NULL },
	{ "with space",        true,  "there is none of that name" },
	{ "...",               true,  "there is none of that name" },
	{ "file",              true,  "is no network namespace" },
	{ "",                  false, "is not the name of a network namespace" },
	{ ".",                 false, "is not the name of a network namespace" },
	{ "..",                false, "is not the name of a network namespace" },
	{ "../proc/1/ns/net",  false, "is not the name of a network namespace" },
	{ "/run/netns/there",  false, "is not the name of a network namespace" },
};

/* clang-format on */

static void enters_by_name(void **state)
{
	const struct name_case *test = *state;
	struct arena *arena AUTO(arena) = arena_new();
	struct namespace_identity home = here();
	struct namespace_visit visit = { .home = -2 };
	struct diags diags;

	diags_init(&diags, arena);
	assert_int_equal(namespace_name_is_valid(test->name), test->valid);
	if (test->why) {
		assert_false(namespace_enter(test->name, &diags, &visit));
		assert_int_equal(diags.first->code, DIAG_FILE);
		assert_non_null(strstr(diags.first->text, test->why));
		assert_non_null(strstr(diags.first->text, test->name));
		assert_int_equal(visit.home, -2);
		assert_true(same(here(), home));
		return;
	}
	assert_true(namespace_enter(test->name, &diags, &visit));
	assert_false(same(here(), home));
	assert_true(namespace_leave(&visit, &diags));
	assert_true(same(here(), home));
	assert_int_equal(visit.home, -1);
	assert_null(diags.first);
}

static void stays_without_a_name(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct namespace_identity home = here();
	struct namespace_visit visit;
	struct diags diags;

	(void)state;
	diags_init(&diags, arena);
	assert_true(namespace_enter(NULL, &diags, &visit));
	assert_true(same(here(), home));
	assert_true(namespace_leave(&visit, &diags));
	assert_true(same(here(), home));
	assert_null(diags.first);
}

static void no_descriptor_is_left_open(void **state)
{
	struct arena *arena AUTO(arena) = arena_new();
	int first = dup(STDERR_FILENO), last;
	struct diags diags;

	(void)state;
	close(first);
	diags_init(&diags, arena);
	for (size_t i = 0; i < sizeof(name_cases) / sizeof(*name_cases); i++) {
		struct namespace_visit visit;

		if (namespace_enter(name_cases[i].name, &diags, &visit))
			assert_true(namespace_leave(&visit, &diags));
	}
	last = dup(STDERR_FILENO);
	close(last);
	assert_int_equal(first, last);
}

/* ---- a /run of its own, with a namespace "there" and a file ---- */

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	bool written =
		fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Root of a user namespace, for who is not root. */
static bool become_root(void)
{
	char users[64], groups[64];

	snprintf(users, sizeof(users), "0 %u 1", (unsigned)geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", (unsigned)getegid());
	return unshare(CLONE_NEWUSER) == 0 &&
	       write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", users) &&
	       write_file("/proc/self/gid_map", groups);
}

static int make_namespaces(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("run", "/run", "tmpfs", 0, NULL) != 0 ||
	    mkdir("/run/netns", 0755) != 0 || !write_file("/run/netns/there", "") ||
	    !write_file("/run/netns/file", "") ||
	    mount("/proc/thread-self/ns/net", "/run/netns/there", NULL, MS_BIND,
		  NULL) != 0 ||
	    unshare(CLONE_NEWNET) != 0) {
		print_error("no namespaces: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

int main(void)
{
	enum { CASES = sizeof(name_cases) / sizeof(*name_cases) };
	static struct CMUnitTest tests[CASES + 2] = {
		cmocka_unit_test(stays_without_a_name),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	if (geteuid() != 0 && !become_root()) {
		fprintf(stderr, "SKIPPED: no user namespaces, and not root\n");
		return SKIPPED;
	}
	for (size_t i = 0; i < CASES; i++)
		tests[i + 2] = (struct CMUnitTest){
			.name = name_cases[i].name,
			.test_func = enters_by_name,
			.initial_state = &name_cases[i],
		};
	return cmocka_run_group_tests_name("namespace", tests, make_namespaces, NULL);
}
