/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to ctnetlink and its answers. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/namespace.h"
#include "connections/tracking.h"

/* Of the network namespace of the thread that reads it. */
#define COUNT_FILE "/proc/sys/net/netfilter/nf_conntrack_count"

static const uint8_t netlink_families[FAMILY_COUNT] = { AF_INET, AF_INET6 };

/* ---- opening ---- */

/* False when there is none for sure: mostly so, and cheaper to know than to list. */
static bool is_anything_tracked(void)
{
	int fd = open(COUNT_FILE, O_RDONLY | O_CLOEXEC);
	char text[16];

	if (fd < 0)
		return errno != ENOENT;

	ssize_t got = read(fd, text, sizeof(text));

	close(fd);
	return got < 1 || text[0] != '0';
}

/* The thread is there: a socket belongs to the namespace that it was made in. */
static bool open_there(struct diags *diags, struct netlink *tracking)
{
	int error =
		is_anything_tracked() ? netlink_open(tracking, NETLINK_NETFILTER) : 0;

	return !error ||
	       diag_of_refusal(diags, error, "opening netlink for tracked connections");
}

bool tracking_open(const char *netns, struct diags *diags, struct netlink *tracking)
{
	struct namespace_visit visit;

	tracking->socket = NULL;
	if (!namespace_enter(netns, diags, &visit))
		return false;

	bool opened = open_there(diags, tracking);

	if (namespace_leave(&visit, diags) && opened)
		return true;
	netlink_close(tracking);
	return false;
}

static struct nlmsghdr *put_head(struct netlink *netlink, char *at, uint16_t type,
				 uint8_t family)
{
	struct nlmsghdr *message =
		netlink_put(netlink, at, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type),
			    NLM_F_REQUEST);
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	return message;
}

/* ---- listing ---- */

struct dump {
	tracking_visit *visit;
	void *visitor;
	bool done;
};

static bool is_connection(const struct nlmsghdr *message)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(message);

	return message->nlmsg_type ==
		       (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW) &&
	       mnl_nlmsg_get_payload_len(message) >= sizeof(*head) &&
	       (head->nfgen_family == AF_INET || head->nfgen_family == AF_INET6);
}

static int visit_messages(const struct netlink *tracking, int length, struct dump *dump)
{
	const struct nlmsghdr *message = (const void *)tracking->buffer;

	for (; mnl_nlmsg_ok(message, length);
	     message = mnl_nlmsg_next(message, &length)) {
		int error = 0;

		if (message->nlmsg_seq != tracking->sequence)
			continue;
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == NLMSG_ERROR) {
			dump->done = true;
			return netlink_error_of(message);
		}
		if (is_connection(message))
			error = dump->visit(message, dump->visitor);
		if (error)
			return error;
	}
	return 0;
}

int tracking_dump(struct netlink *tracking, tracking_visit *visit, void *visitor)
{
	struct dump dump = { .visit = visit, .visitor = visitor };
	struct nlmsghdr *message =
		put_head(tracking, tracking->buffer, IPCTNL_MSG_CT_GET, AF_UNSPEC);
	int length, error;

	message->nlmsg_flags |= NLM_F_DUMP;
	error = netlink_send(tracking, message->nlmsg_len);
	while (!error && !dump.done) {
		error = netlink_receive(tracking, &length);
		if (!error)
			error = visit_messages(tracking, length, &dump);
	}
	return error;
}

/* ---- ending ---- */

enum { END_BYTES_MAX = TUPLE_BYTES_MAX + 64 };

_Static_assert(NETLINK_BYTES / END_BYTES_MAX >= TRACKING_END_MAX, "all fit");

static size_t put_end(struct netlink *tracking, char *at,
		      const struct tracking_end *end)
{
	struct nlmsghdr *message = put_head(tracking, at, IPCTNL_MSG_CT_DELETE,
					    netlink_families[end->family]);
	const struct connection_entry *entry = end->entry;

	message->nlmsg_flags |= NLM_F_ACK;
	/* a message without a tuple would end every connection */
	assert(entry->tuple_length && entry->tuple_length <= TUPLE_BYTES_MAX);
	mnl_attr_put(message, NLA_F_NESTED | CTA_TUPLE_ORIG, entry->tuple_length,
		     entry->tuple);
	mnl_attr_put_u32(message, CTA_ID, entry->id);
	if (entry->zone)
		mnl_attr_put_u16(message, CTA_ZONE, entry->zone);
	return message->nlmsg_len;
}

/* Of all that was sent, in whatever order; one that asks for nothing gets no data. */
static int read_answers(struct netlink *tracking, struct tracking_end *ends,
			size_t count)
{
	uint32_t first = tracking->sequence - (uint32_t)count + 1;
	size_t answered = 0;

	while (answered < count) {
		const struct nlmsghdr *message = (const void *)tracking->buffer;
		int length;
		int error = netlink_receive(tracking, &length);

		if (error)
			return error;
		for (; mnl_nlmsg_ok(message, length);
		     message = mnl_nlmsg_next(message, &length)) {
			uint32_t place = message->nlmsg_seq - first;

			if (message->nlmsg_type != NLMSG_ERROR || place >= count)
				continue;
			ends[place].error = netlink_error_of(message);
			answered++;
		}
	}
	return 0;
}

int tracking_end(struct netlink *tracking, struct tracking_end *ends, size_t count)
{
	size_t length = 0;

	assert(count <= TRACKING_END_MAX);
	for (size_t i = 0; i < count; i++)
		length += put_end(tracking, tracking->buffer + length, &ends[i]);

	int error = netlink_send(tracking, length);

	return error ? error : read_answers(tracking, ends, count);
}
