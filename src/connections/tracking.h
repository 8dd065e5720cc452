/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's connection tracking by netlink: list all, end some. */
#pragma once

#include "base/diag.h"
#include "connections/netlink.h"
#include "connections/tracked.h"

/*
 * In the network namespace /run/netns/NETNS, or the caller's.  Not opened, with
 * `socket` NULL, where nothing is tracked.
 */
bool tracking_open(const char *netns, struct diags *diags,
		   struct netlink *tracking) MUST_USE;

/* What becomes of each message of a dump; 0, or an errno that ends it. */
typedef int tracking_visit(const struct nlmsghdr *message, void *visitor);

/* All connections of both families.  0, or the errno. */
int tracking_dump(struct netlink *tracking, tracking_visit *visit,
		  void *visitor) MUST_USE;

/* Some connections to end, and how it went. */
struct tracking_end {
	const struct connection_entry *entry;
	enum family family;
	int error; /* ENOENT: it had ended */
};

enum { TRACKING_END_MAX = 64 }; /* whose answers fit any socket */

/* At most TRACKING_END_MAX.  0, or the errno: then it is not known how they went. */
int tracking_end(struct netlink *tracking, struct tracking_end *ends,
		 size_t count) MUST_USE;
