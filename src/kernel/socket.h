/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netlink socket: bytes to the kernel and back, one datagram at a time. */
#pragma once

#include "kernel/kernel.h"
#include "kernel/message.h"

/* The kernel sends dumps in datagrams of at most 32 KiB to who has room for them. */
enum { ANSWER_BYTES = 64 << 10 };

struct kernel {
	int fd;
	uint32_t sequence; /* the last one used */
	uint8_t answer[ANSWER_BYTES];
};

/* Room for a batch of this size, and for answers to all of its messages. */
void socket_make_room(struct kernel *kernel, size_t bytes, size_t messages);

/* All of it in one datagram; 0 or an errno. */
int socket_send(struct kernel *kernel, const void *bytes, size_t length) MUST_USE;

/*
 * The next datagram, into kernel->answer.  0 or an errno: EAGAIN when there is none
 * and `wait` is false, ENOBUFS when some were lost.
 */
int socket_receive(struct kernel *kernel, bool wait, size_t *length) MUST_USE;

/* What a message of type NLMSG_ERROR says. */
struct answer_error {
	int error;       /* an errno; 0: an acknowledgement */
	uint32_t offset; /* in the message that failed; 0: not said */
};

struct answer_error answer_error_of(const struct nlmsghdr *message) MUST_USE;
