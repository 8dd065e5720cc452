/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transport: the netlink socket, in this or in another network namespace. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/namespace.h"
#include "kernel/socket.h"

/* An answer takes this much of the receive buffer, however short it is. */
enum { ANSWER_COST = 1024, RECEIVE_BYTES_MIN = 1 << 20 };

/* ---- opening ---- */

static int open_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int on = 1;

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	/* older kernels lack the one or the other, and only say less then */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return fd;
}

/* A socket belongs to the namespace that it was made in: this thread goes there. */
static int open_netlink(const char *netns, struct diags *diags)
{
	struct namespace_visit visit;

	if (!namespace_enter(netns, diags, &visit))
		return -1;

	int fd = open_socket();

	if (fd < 0)
		diag_of_refusal(diags, errno, "opening netlink");
	if (!namespace_leave(&visit, diags)) {
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	return fd;
}

bool kernel_open(const char *netns, struct diags *diags, struct kernel **kernel)
{
	int fd = open_netlink(netns, diags);
	uint32_t generation;

	if (fd < 0)
		return false;

	struct kernel *opened = malloc(sizeof(*opened));

	if (!opened)
		out_of_memory();
	opened->fd = fd;
	opened->sequence = 0;
	/* the kernel lets nobody ask who may not change either */
	if (!kernel_generation(opened, diags, &generation)) {
		kernel_close(opened);
		return false;
	}
	*kernel = opened;
	return true;
}

void kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	close(kernel->fd);
	free(kernel);
}

int kernel_descriptor(const struct kernel *kernel)
{
	return kernel->fd;
}

/* ---- room ---- */

/* As much as may be had: FORCE is root's, the other one stops at a limit of root's. */
static void set_room(int fd, int force, int plain, size_t bytes)
{
	int size = bytes > INT_MAX / 2 ? INT_MAX / 2 : (int)bytes;

	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

void socket_make_room(struct kernel *kernel, size_t bytes, size_t messages)
{
	size_t answers = messages * ANSWER_COST;

	if (answers < RECEIVE_BYTES_MIN)
		answers = RECEIVE_BYTES_MIN;
	set_room(kernel->fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
	set_room(kernel->fd, SO_RCVBUFFORCE, SO_RCVBUF, answers);
}

/* ---- bytes ---- */

int socket_send(struct kernel *kernel, const void *bytes, size_t length)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct iovec vector = { (void *)(uintptr_t)bytes, length };
	struct msghdr message = {
		.msg_name = &address,
		.msg_namelen = sizeof(address),
		.msg_iov = &vector,
		.msg_iovlen = 1,
	};
	ssize_t sent;

	do
		sent = sendmsg(kernel->fd, &message, 0);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? errno : 0;
}

int socket_receive(struct kernel *kernel, bool wait, size_t *length)
{
	struct sockaddr_nl sender = { 0 };
	struct iovec vector = { kernel->answer, sizeof(kernel->answer) };

	for (;;) {
		struct msghdr message = {
			.msg_name = &sender,
			.msg_namelen = sizeof(sender),
			.msg_iov = &vector,
			.msg_iovlen = 1,
		};
		ssize_t got = recvmsg(kernel->fd, &message, wait ? 0 : MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		/* only what the kernel says counts: other processes have a number */
		if (sender.nl_pid != 0)
			continue;
		if (message.msg_flags & MSG_TRUNC)
			return EMSGSIZE;
		*length = (size_t)got;
		return 0;
	}
}

struct answer_error answer_error_of(const struct nlmsghdr *message)
{
	struct answer_error answer = { .error = EBADMSG };
	struct nlmsgerr error;
	size_t skip = sizeof(struct nlmsghdr) + sizeof(error);

	if (message->nlmsg_len < skip)
		return answer;
	memcpy(&error, message + 1, sizeof(error));
	answer.error = -error.error;
	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS))
		return answer;
	if (error.error && !(message->nlmsg_flags & NLM_F_CAPPED) &&
	    error.msg.nlmsg_len > sizeof(error.msg))
		skip += ((size_t)error.msg.nlmsg_len - sizeof(error.msg) + 3) / 4 * 4;
	if (skip > message->nlmsg_len)
		return answer;

	const struct nlattr *attrs[NLMSGERR_ATTR_OFFS + 1];
	const struct nlattr *offset;

	attrs_find((const uint8_t *)message + skip, message->nlmsg_len - skip, attrs,
		   COUNT_OF(attrs));
	offset = attrs[NLMSGERR_ATTR_OFFS];
	/* in the machine's own order, unlike all else of nf_tables */
	if (offset && !attr_take(offset, &answer.offset, sizeof(answer.offset)))
		answer.offset = 0;
	return answer;
}
