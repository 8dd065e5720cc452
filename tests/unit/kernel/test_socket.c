/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening netlink: here, in another namespace, without permission. */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lab.h"

static void a_missing_namespace_is_named(void **state)
{
	static const char *const names[] = { "no-such-namespace", "../proc/self/ns/net",
					     "", "." };
	struct lab *lab = *state;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct kernel *kernel = NULL;
		struct diags diags;

		diags_init(&diags, lab->arena);
		assert_false(kernel_open(names[i], &diags, &kernel));
		assert_null(kernel);
		assert_int_equal(diags.first->code, DIAG_FILE);
		assert_non_null(strstr(diags.first->text, names[i]));
	}
}

static ino_t own_namespace(void)
{
	struct stat status;

	assert_int_equal(stat("/proc/thread-self/ns/net", &status), 0);
	return status.st_ino;
}

/* Goes there for the socket alone. */
static void another_namespace_is_opened(void **state)
{
	struct lab *lab = *state;
	struct kernel *here = NULL;
	ino_t own;

	/* a /run of its own, with this namespace under the name "there" */
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("run", "/run", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir("/run/netns", 0755), 0);
	close(open("/run/netns/there", O_CREAT | O_CLOEXEC, 0644));
	assert_int_equal(mount("/proc/thread-self/ns/net", "/run/netns/there", NULL,
			       MS_BIND, NULL),
			 0);
	lab_load(lab, counting(lab->arena, "1"));

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	own = own_namespace();
	kernel_close(lab->kernel);
	assert_true(kernel_open("there", &lab->diags, &lab->kernel));
	assert_int_equal(own_namespace(), own);
	lab_expect(lab, counting(lab->arena, "1"));
	assert_true(kernel_open(NULL, &lab->diags, &here));
	kernel_close(lab->kernel);
	lab->kernel = here;
	assert_int_equal(lab_read(lab)->table_count, 0);

	close(open("/run/netns/file", O_CREAT | O_CLOEXEC, 0644));
	assert_false(kernel_open("file", &lab->diags, &here));
	assert_int_equal(lab->diags.first->code, DIAG_FILE);
}

/* Exits with the code of the diagnostic that opening gives to nobody. */
static _Noreturn void open_as_nobody(void)
{
	struct arena *arena = arena_new();
	struct diags diags;
	struct kernel *kernel;

	/* a user namespace has no nobody: there the capability goes with the namespace
	 */
	if (setuid(65534) != 0 && unshare(CLONE_NEWUSER) != 0)
		_exit(100);
	diags_init(&diags, arena);
	if (kernel_open(NULL, &diags, &kernel))
		_exit(101);
	_exit((int)diags.first->code);
}

static void permission_is_asked_for_first(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		open_as_nobody();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), DIAG_PERMISSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(a_missing_namespace_is_named),
		LIVE(another_namespace_is_opened),
		LIVE(permission_is_asked_for_first),
	};

	return RUN_LIVE("opening", tests);
}
