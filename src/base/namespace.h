/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces by name: sockets belong to the one in which they were made. */
#pragma once

#include "base/diag.h"

/* Whether there could be a /run/netns/NAME: no folders, and not empty. */
bool namespace_name_is_valid(const char *name) MUST_USE;

struct namespace_visit {
	int home; /* -1: this is home */
};

/*
 * Takes this thread into the network namespace /run/netns/NAME; NULL: it stays.  False
 * with a diagnostic, and the thread where it was.
 */
bool namespace_enter(const char *name, struct diags *diags,
		     struct namespace_visit *visit) MUST_USE;

/* Brings it back. */
bool namespace_leave(struct namespace_visit *visit, struct diags *diags) MUST_USE;

/* What tells the namespace in which this thread is from all others of this boot. */
struct namespace_identity {
	uint64_t device, inode;
};

bool namespace_identify(struct diags *diags,
			struct namespace_identity *identity) MUST_USE;
