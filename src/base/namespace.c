/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going into a network namespace by name and back, and telling one from another. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/namespace.h"

#define NAMESPACE_FOLDER "/run/netns"
#define OWN_NAMESPACE    "/proc/thread-self/ns/net"

bool namespace_name_is_valid(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static int open_namespace(const char *name, struct diags *diags)
{
	struct span nowhere = { 0 };
	int fd = -1;

	if (!namespace_name_is_valid(name)) {
		diag_error(diags, DIAG_FILE, nowhere,
			   "\"%s\" is not the name of a network namespace", name);
		return -1;
	}

	int folder = open(NAMESPACE_FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder >= 0) {
		fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
		close(folder);
	}
	if (fd < 0) {
		diag_error(diags, DIAG_FILE, nowhere,
			   "cannot open the network namespace \"%s\": %s", name,
			   errno == ENOENT ? "there is none of that name"
					   : strerror(errno));
		diag_note(diags, nowhere,
			  "namespaces with names stand in " NAMESPACE_FOLDER
			  "; \"ip netns list\" lists them");
	}
	return fd;
}

static bool enter(int fd, const char *name, struct diags *diags)
{
	if (setns(fd, CLONE_NEWNET) == 0)
		return true;
	if (errno != EINVAL)
		return diag_of_refusal(diags, errno,
				       "entering another network namespace");
	return diag_error(diags, DIAG_FILE, (struct span){ 0 },
			  "\"" NAMESPACE_FOLDER "/%s\" is no network namespace", name);
}

bool namespace_enter(const char *name, struct diags *diags,
		     struct namespace_visit *visit)
{
	if (!name) {
		visit->home = -1;
		return true;
	}

	int there = open_namespace(name, diags);

	if (there < 0)
		return false;

	int home = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
	bool entered = false;

	if (home < 0)
		diag_of_refusal(diags, errno, "finding the own network namespace");
	else
		entered = enter(there, name, diags);
	close(there);
	if (entered)
		visit->home = home;
	else if (home >= 0)
		close(home);
	return entered;
}

bool namespace_leave(struct namespace_visit *visit, struct diags *diags)
{
	if (visit->home < 0)
		return true;

	/* where one could come from one can go back to */
	bool back =
		setns(visit->home, CLONE_NEWNET) == 0 ||
		diag_of_refusal(diags, errno, "coming back from a network namespace");

	close(visit->home);
	visit->home = -1;
	return back;
}

bool namespace_identify(struct diags *diags, struct namespace_identity *identity)
{
	struct stat status;

	/* not of the link: of what it leads to */
	if (stat(OWN_NAMESPACE, &status) < 0)
		return diag_of_refusal(diags, errno,
				       "finding the own network namespace");
	*identity = (struct namespace_identity){
		.device = status.st_dev,
		.inode = status.st_ino,
	};
	return true;
}
