/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the program and the kernel: what can go wrong there, once.
 *
 * Preloaded; the variable LOSS says what becomes of the first batch:
 *   answers    it is committed, and its answers do not fit the socket
 *   end        its last message is cut off: the kernel takes none of it, in silence
 *   send       it cannot be sent
 *   interrupt  a signal comes, before each call
 *   moved      another program commits just before it: by the command in MOVE
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH_END_BYTES = 20 };

typedef ssize_t send_call(int fd, const struct msghdr *message, int flags);
typedef ssize_t receive_call(int fd, struct msghdr *message, int flags);

static int batches, answers_to_lose;

static int is_loss(const char *name)
{
	const char *loss = getenv("LOSS");

	return loss && strcmp(loss, name) == 0;
}

static ssize_t fail(int error)
{
	errno = error;
	return -1;
}

static int is_batch(const struct msghdr *message)
{
	struct nlmsghdr head;

	if (message->msg_iov[0].iov_len < sizeof(head))
		return 0;
	memcpy(&head, message->msg_iov[0].iov_base, sizeof(head));
	return head.nlmsg_type == NFNL_MSG_BATCH_BEGIN;
}

static int interrupted(void)
{
	static int calls;

	return is_loss("interrupt") && calls++ % 2 == 0;
}

/* Without this library in it: the command commits as well. */
static void move(void)
{
	const char *command = getenv("MOVE");

	unsetenv("LD_PRELOAD");
	if (!command || system(command))
		abort();
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	send_call *really = (send_call *)dlsym(RTLD_NEXT, "sendmsg");
	struct msghdr shorter = *message;
	struct iovec vector = message->msg_iov[0];

	if (interrupted())
		return fail(EINTR);
	if (!is_batch(message) || batches++)
		return really(fd, message, flags);
	if (is_loss("send"))
		return fail(ENOBUFS);
	if (is_loss("moved"))
		move();
	if (is_loss("end")) {
		vector.iov_len -= BATCH_END_BYTES;
		shorter.msg_iov = &vector;
	}
	answers_to_lose = is_loss("answers");
	return really(fd, &shorter, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	receive_call *really = (receive_call *)dlsym(RTLD_NEXT, "recvmsg");

	if (interrupted())
		return fail(EINTR);
	if (!answers_to_lose)
		return really(fd, message, flags);
	answers_to_lose = 0;
	while (really(fd, message, MSG_DONTWAIT) >= 0)
		continue;
	return fail(ENOBUFS);
}
