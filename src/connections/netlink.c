/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transport: sockets that only the kernel answers. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "connections/netlink.h"

int netlink_open(struct netlink *netlink, int bus)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	netlink->sequence = 0;
	netlink->socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!netlink->socket)
		return errno;
	/* connected, so that nobody else than the kernel can answer */
	if (mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    connect(mnl_socket_get_fd(netlink->socket),
		    (const struct sockaddr *)&kernel, sizeof(kernel)) == 0)
		return 0;

	int error = errno;

	netlink_close(netlink);
	return error;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	netlink->socket = NULL;
}

struct nlmsghdr *netlink_put(struct netlink *netlink, char *at, uint16_t type,
			     uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(at);

	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	message->nlmsg_seq = ++netlink->sequence;
	return message;
}

int netlink_send(const struct netlink *netlink, size_t length)
{
	ssize_t sent;

	do
		sent = mnl_socket_sendto(netlink->socket, netlink->buffer, length);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? errno : 0;
}

int netlink_receive(struct netlink *netlink, int *length)
{
	ssize_t got;

	do
		got = mnl_socket_recvfrom(netlink->socket, netlink->buffer,
					  sizeof(netlink->buffer));
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno;
	*length = (int)got;
	return 0;
}

int netlink_error_of(const struct nlmsghdr *message)
{
	int error;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(error))
		return message->nlmsg_type == NLMSG_DONE ? 0 : EBADMSG;
	memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	return -error;
}
