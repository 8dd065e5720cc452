/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the kernel for one route (RTM_GETROUTE), as rules against spoofing do. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "guard/address.h"
#include "guard/route.h"

enum { ANSWER_BYTES = 32768, TIMEOUT_SECONDS = 2 };

struct question {
	struct nlmsghdr header;
	struct rtmsg route;
	uint8_t attributes[3 * 32]; /* two addresses, an interface */
};

static void put_attribute(struct question *question, uint16_t type, const void *bytes,
			  uint16_t length)
{
	struct rtattr attribute = { .rta_type = type,
				    .rta_len = (uint16_t)RTA_LENGTH(length) };
	size_t used =
		question->header.nlmsg_len - offsetof(struct question, attributes);

	memcpy(question->attributes + used, &attribute, sizeof(attribute));
	memcpy(question->attributes + used + RTA_LENGTH(0), bytes, length);
	question->header.nlmsg_len += (uint32_t)RTA_ALIGN(attribute.rta_len);
}

static struct question question_of(const struct packet *packet, uint32_t interface)
{
	uint8_t width = family_widths[packet->family];
	struct question question = { 0 };

	question.header.nlmsg_len = offsetof(struct question, attributes);
	question.header.nlmsg_type = RTM_GETROUTE;
	question.header.nlmsg_flags = NLM_F_REQUEST;
	question.route.rtm_family = packet->family == FAMILY_IP4 ? AF_INET : AF_INET6;
	question.route.rtm_dst_len = question.route.rtm_src_len =
		(unsigned char)(8 * width);
	/* the entry itself: of several next hops, all are told */
	question.route.rtm_flags = RTM_F_FIB_MATCH;
	put_attribute(&question, RTA_DST, packet->source, width);
	put_attribute(&question, RTA_SRC, packet->destination, width);
	if (address_is_link_local(packet->family, packet->source))
		put_attribute(&question, RTA_OIF, &interface, sizeof(interface));
	return question;
}

static bool ask(const struct question *question, uint8_t *answer, size_t *length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct timeval timeout = { .tv_sec = TIMEOUT_SECONDS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t got = -1;

	if (fd < 0)
		return false;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) == 0 &&
	    connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) == 0 &&
	    send(fd, question, question->header.nlmsg_len, 0) > 0) {
		do
			got = recv(fd, answer, ANSWER_BYTES, 0);
		while (got < 0 && errno == EINTR);
	}
	close(fd);
	*length = got < 0 ? 0 : (size_t)got;
	return got > 0;
}

/* Whether one of the next hops of RTA_MULTIPATH is the interface. */
static bool hops_hold(const uint8_t *bytes, size_t length, uint32_t interface)
{
	struct rtnexthop hop;

	while (length >= sizeof(hop)) {
		memcpy(&hop, bytes, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > length)
			return false;
		if ((uint32_t)hop.rtnh_ifindex == interface)
			return true;

		size_t step = (hop.rtnh_len + 3u) & ~(size_t)3;

		if (step > length)
			return false;
		bytes += step;
		length -= step;
	}
	return false;
}

static bool attributes_hold(const uint8_t *bytes, size_t length, uint32_t interface)
{
	struct rtattr attribute;

	while (length >= sizeof(attribute)) {
		const uint8_t *content = bytes + RTA_LENGTH(0);
		uint32_t found;

		memcpy(&attribute, bytes, sizeof(attribute));
		if (attribute.rta_len < RTA_LENGTH(0) || attribute.rta_len > length)
			return false;
		if (attribute.rta_type == RTA_OIF &&
		    attribute.rta_len == RTA_LENGTH(sizeof(found))) {
			memcpy(&found, content, sizeof(found));
			if (found == interface)
				return true;
		}
		if (attribute.rta_type == RTA_MULTIPATH &&
		    hops_hold(content, attribute.rta_len - RTA_LENGTH(0), interface))
			return true;

		size_t step = (attribute.rta_len + 3u) & ~(size_t)3;

		if (step > length)
			return false;
		bytes += step;
		length -= step;
	}
	return false;
}

bool route_leads_back(const struct packet *packet)
{
	uint32_t interface = if_nametoindex(packet->iifname);
	struct question question = question_of(packet, interface);
	uint8_t answer[ANSWER_BYTES];
	struct nlmsghdr header;
	struct rtmsg route;
	size_t length, before = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(route));

	if (!interface || !ask(&question, answer, &length) || length < before)
		return false;
	memcpy(&header, answer, sizeof(header));
	memcpy(&route, answer + NLMSG_HDRLEN, sizeof(route));
	return header.nlmsg_type == RTM_NEWROUTE && header.nlmsg_len <= length &&
	       header.nlmsg_len >= before && route.rtm_type == RTN_UNICAST &&
	       attributes_hold(answer + before, header.nlmsg_len - before, interface);
}
