/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ending TCP sockets by sock_diag.
 *
 * A tracked connection that is forgotten is not over: the next segment of either end
 * begins to be tracked anew, as a connection begun by its sender.  Where the rules let
 * this host begin connections to anywhere, its socket would so bring back what was
 * begun by the peer and was cut.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/namespace.h"
#include "connections/sockets.h"

bool sockets_open(const char *netns, struct diags *diags, struct netlink *sockets)
{
	struct namespace_visit visit;

	if (!namespace_enter(netns, diags, &visit))
		return false;

	int error = netlink_open(sockets, NETLINK_SOCK_DIAG);

	if (error)
		diag_of_refusal(diags, error, "opening netlink for sockets");
	if (namespace_leave(&visit, diags) && !error)
		return true;
	netlink_close(sockets);
	return false;
}

/* One message about one socket; its answer is read into the buffer. */
static int ask(struct netlink *sockets, uint16_t type,
	       const struct inet_diag_req_v2 *about, int *length)
{
	struct nlmsghdr *message =
		netlink_put(sockets, sockets->buffer, type, NLM_F_REQUEST | NLM_F_ACK);

	memcpy(mnl_nlmsg_put_extra_header(message, sizeof(*about)), about,
	       sizeof(*about));

	int error = netlink_send(sockets, message->nlmsg_len);

	return error ? error : netlink_receive(sockets, length);
}

/*
 * Reads until the acknowledgement, which is the last of the answers; *found is the
 * socket, if they tell of one.
 */
static int read_answers(struct netlink *sockets, int length,
			struct inet_diag_msg *found)
{
	for (;;) {
		const struct nlmsghdr *message = (const void *)sockets->buffer;

		for (; mnl_nlmsg_ok(message, length);
		     message = mnl_nlmsg_next(message, &length)) {
			if (message->nlmsg_type == NLMSG_ERROR)
				return netlink_error_of(message);
			if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
			    mnl_nlmsg_get_payload_len(message) >= sizeof(*found))
				memcpy(found, mnl_nlmsg_get_payload(message),
				       sizeof(*found));
		}

		int error = netlink_receive(sockets, &length);

		if (error)
			return error;
	}
}

static int ask_and_read(struct netlink *sockets, uint16_t type,
			const struct inet_diag_req_v2 *about,
			struct inet_diag_msg *found)
{
	int length;
	int error = ask(sockets, type, about, &length);

	return error ? error : read_answers(sockets, length, found);
}

static struct inet_diag_req_v2 request_of(enum family family,
					  const struct connection_ends *ends)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = family == FAMILY_IP6 ? AF_INET6 : AF_INET,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = UINT32_MAX,
		.id = { .idiag_sport = htons(ends->here_port),
			.idiag_dport = htons(ends->there_port),
			.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } },
	};

	memcpy(request.id.idiag_src, ends->here, sizeof(request.id.idiag_src));
	memcpy(request.id.idiag_dst, ends->there, sizeof(request.id.idiag_dst));
	return request;
}

/*
 * Where there is no such connection, the kernel finds who listens on the port: the
 * peer's port tells them apart, and the cookie keeps to what was found.
 */
int socket_end(struct netlink *sockets, enum family family,
	       const struct connection_ends *ends)
{
	struct inet_diag_req_v2 request = request_of(family, ends);
	struct inet_diag_msg found = { 0 };
	int error = ask_and_read(sockets, SOCK_DIAG_BY_FAMILY, &request, &found);

	if (!error && found.idiag_state != TCP_LISTEN && ends->there_port &&
	    found.id.idiag_dport == request.id.idiag_dport) {
		memcpy(request.id.idiag_cookie, found.id.idiag_cookie,
		       sizeof(request.id.idiag_cookie));
		error = ask_and_read(sockets, SOCK_DESTROY, &request, &found);
	}
	return error == ENOENT || error == EOPNOTSUPP ? 0 : error;
}
