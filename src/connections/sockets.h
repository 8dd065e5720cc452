/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This host's own ends of TCP connections. */
#pragma once

#include "base/diag.h"
#include "connections/netlink.h"
#include "connections/tracked.h"

/* In the network namespace /run/netns/NETNS, or the caller's. */
bool sockets_open(const char *netns, struct diags *diags,
		  struct netlink *sockets) MUST_USE;

/*
 * Ends the connection of that socket: its program is told, and so is the peer.  0, also
 * when there is no such socket or the kernel has no way to do so; or the errno.
 */
int socket_end(struct netlink *sockets, enum family family,
	       const struct connection_ends *ends) MUST_USE;
