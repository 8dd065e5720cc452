/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink sockets to the kernel, one question at a time. */
#pragma once

#include <libmnl/libmnl.h>

#include "base/attr.h"

enum { NETLINK_BYTES = 32768 }; /* one read of a dump; as much as the kernel fills */

struct netlink {
	struct mnl_socket *socket; /* NULL: not open */
	uint32_t sequence;         /* of the last message */
	_Alignas(8) char buffer[NETLINK_BYTES];
};

/* In the namespace where the thread is.  0, or the errno. */
int netlink_open(struct netlink *netlink, int bus) ALL_NONNULL MUST_USE;
void netlink_close(struct netlink *netlink) ALL_NONNULL;

/* A message begins at `at` of the buffer; with the next sequence number. */
struct nlmsghdr *netlink_put(struct netlink *netlink, char *at, uint16_t type,
			     uint16_t flags) ALL_NONNULL RETURNS_NONNULL;

/* Sends the first bytes of the buffer; 0, or the errno. */
int netlink_send(const struct netlink *netlink, size_t length) ALL_NONNULL MUST_USE;

/* Into the buffer, as much as came; 0, or the errno. */
int netlink_receive(struct netlink *netlink, int *length) ALL_NONNULL MUST_USE;

/* What NLMSG_DONE or NLMSG_ERROR says; 0, or the errno. */
int netlink_error_of(const struct nlmsghdr *message) ALL_NONNULL MUST_USE;
