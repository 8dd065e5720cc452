/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every host needs, whatever its flows: written down a second time, by the RFCs.
 */
#include <netinet/in.h>

#include "proof/reading.h"

/* Any of the types, when the hop limit and the source are right. */
struct icmp_need {
	enum packet_way way;
	enum family family;
	uint8_t first, last; /* types */
	uint8_t hop_limit;   /* 0: whatever */
	bool link_local, only_ping;
};

/* clang-format off */
static const struct icmp_need icmp_needs[] = {
	/* RFC 1122 3.2.2: unreachable; time exceeded, parameter problem */
	{ WAY_IN,  FAMILY_IP4, 3, 3 },    { WAY_IN,  FAMILY_IP4, 11, 12 },
	{ WAY_OUT, FAMILY_IP4, 3, 3 },    { WAY_OUT, FAMILY_IP4, 11, 12 },
	/* RFC 4443 3: the errors */
	{ WAY_IN,  FAMILY_IP6, 1, 4 },    { WAY_OUT, FAMILY_IP6, 1, 4 },
	/* RFC 4861 6.1, 7.1: of the link itself.  A host takes advertisements and no
	 * solicitations of routers, and sends it the other way round; no redirects */
	{ WAY_IN,  FAMILY_IP6, 134, 136, 255 },
	{ WAY_OUT, FAMILY_IP6, 133, 133, 255 },
	{ WAY_OUT, FAMILY_IP6, 135, 136, 255 },
	/* RFC 3810 5: queries come from a router of the link; reports go out */
	{ WAY_IN,  FAMILY_IP6, 130, 130, 1, .link_local = true },
	{ WAY_OUT, FAMILY_IP6, 131, 132, 1 }, { WAY_OUT, FAMILY_IP6, 143, 143, 1 },
	/* the policy `icmp = "ping"` */
	{ WAY_IN,  FAMILY_IP4, 8, 8, .only_ping = true },
	{ WAY_OUT, FAMILY_IP4, 8, 8, .only_ping = true },
	{ WAY_IN,  FAMILY_IP6, 128, 128, .only_ping = true },
	{ WAY_OUT, FAMILY_IP6, 128, 128, .only_ping = true },
};

static const struct {
	enum packet_way way;
	enum family family;
	uint16_t from, to; /* ports */
} dhcp_needs[] = {
	{ WAY_OUT, FAMILY_IP4, 68, 67 },   { WAY_IN, FAMILY_IP4, 67, 68 },   /* RFC 2131 4.1 */
	{ WAY_OUT, FAMILY_IP6, 546, 547 }, { WAY_IN, FAMILY_IP6, 547, 546 }, /* RFC 8415 7 */
};

/* clang-format on */

/* fe80::/10, ff02::1:2, 224.0.0.0/4 */
static const struct interval link_locals = { { 0xfe80000000000000, 0 },
					     { 0xfebfffffffffffff, UINT64_MAX } };
static const struct interval dhcp_servers = { { 0xff02000000000000, 0x10002 },
					      { 0xff02000000000000, 0x10002 } };
static const struct interval ip4_groups = { { 0, 0xe0000000 }, { 0, 0xefffffff } };

enum { PROTOCOL_IGMP = IPPROTO_IGMP, LINK_HOPS = 1 };

static const struct node *interval_node(struct reading *reading, enum variable variable,
					const struct interval *interval)
{
	return diagram_choose(reading->diagram, variable,
			      (struct intervals){ interval, 1 },
			      reading_terminal(reading, PERMITTED),
			      reading_terminal(reading, NOT_PERMITTED));
}

static const struct node *icmp_node(struct reading *reading,
				    const struct icmp_need *need)
{
	const struct node *node = reading_terminal(reading, PERMITTED);
	uint8_t protocol = need->family == FAMILY_IP4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	if (need->link_local)
		node = interval_node(reading, VARIABLE_SOURCE_6, &link_locals);
	if (need->hop_limit)
		node = reading_range(reading, VARIABLE_HOP_LIMIT, need->hop_limit,
				     need->hop_limit, node);
	node = reading_range(reading, VARIABLE_ICMP_TYPE, need->first, need->last,
			     node);
	return reading_range(reading, VARIABLE_PROTOCOL, protocol, protocol, node);
}

static const struct node *dhcp_node(struct reading *reading, enum packet_way way,
				    enum family family)
{
	const struct node *node = reading_terminal(reading, PERMITTED);
	size_t row = 0;

	while (dhcp_needs[row].way != way || dhcp_needs[row].family != family)
		row++;
	if (family == FAMILY_IP6)
		node = way == WAY_IN
			       ? interval_node(reading, VARIABLE_SOURCE_6, &link_locals)
			       : interval_node(reading, VARIABLE_DESTINATION_6,
					       &dhcp_servers);
	node = reading_range(reading, VARIABLE_SOURCE_PORT, dhcp_needs[row].from,
			     dhcp_needs[row].from, node);
	node = reading_range(reading, VARIABLE_DESTINATION_PORT, dhcp_needs[row].to,
			     dhcp_needs[row].to, node);
	return reading_range(reading, VARIABLE_PROTOCOL, IPPROTO_UDP, IPPROTO_UDP,
			     node);
}

/* RFC 3376 4: who listens to a group says so, to the link alone. */
static const struct node *membership_node(struct reading *reading)
{
	const struct node *node =
		interval_node(reading, VARIABLE_DESTINATION_4, &ip4_groups);

	node = reading_range(reading, VARIABLE_HOP_LIMIT, LINK_HOPS, LINK_HOPS, node);
	return reading_range(reading, VARIABLE_PROTOCOL, PROTOCOL_IGMP, PROTOCOL_IGMP,
			     node);
}

const struct node *reading_needs(struct reading *reading, enum packet_way way,
				 enum family family)
{
	const struct policy *policy = &reading->host->policy;
	const struct node *node = reading_terminal(reading, NOT_PERMITTED);

	for (size_t i = 0; i < COUNT_OF(icmp_needs); i++) {
		const struct icmp_need *need = &icmp_needs[i];

		if (need->way == way && need->family == family &&
		    (!need->only_ping || policy->icmp == ICMP_PING))
			node = reading_either(reading, node, icmp_node(reading, need));
	}
	if (policy->dhcp_client)
		node = reading_either(reading, node, dhcp_node(reading, way, family));
	if (reading->listens && family == FAMILY_IP4)
		node = reading_either(reading, node, membership_node(reading));
	return node;
}
