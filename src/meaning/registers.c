/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fields hold of one packet, at each hook that it comes to. */
#include <netinet/in.h>
#include <string.h>

#include "base/attr.h"
#include "meaning/registers.h"

_Static_assert(FIELD_COUNT <= 32, "a field without a bit");

enum { NFPROTO_NETDEV = 5, CONNTRACK_PRIORITY = -200 };

#define LOOPBACK_INTERFACE "lo"

/* clang-format off */
static const struct family_row {
	uint8_t nfproto, icmp;
	uint16_t ether_type;
	enum field source, destination, hop_limit, icmp_type;
} family_rows[FAMILY_COUNT] = {
	[FAMILY_IP4] = { NFPROTO_IP4_FIELD, IPPROTO_ICMP,   0x0800,
			 FIELD_IP_SADDR,  FIELD_IP_DADDR,  FIELD_IP_TTL,       FIELD_ICMP_TYPE },
	[FAMILY_IP6] = { NFPROTO_IP6_FIELD, IPPROTO_ICMPV6, 0x86dd,
			 FIELD_IP6_SADDR, FIELD_IP6_DADDR, FIELD_IP6_HOPLIMIT, FIELD_ICMPV6_TYPE },
};

/* Protocols whose header begins with two ports, and the fields named after them. */
static const struct port_row {
	uint8_t protocol;
	bool has_fields;
	enum field source, destination;
} port_rows[] = {
	{ IPPROTO_TCP,     true,  FIELD_TCP_SPORT,  FIELD_TCP_DPORT },
	{ IPPROTO_UDP,     true,  FIELD_UDP_SPORT,  FIELD_UDP_DPORT },
	{ IPPROTO_SCTP,    true,  FIELD_SCTP_SPORT, FIELD_SCTP_DPORT },
	{ IPPROTO_DCCP,    false, 0, 0 },
	{ IPPROTO_UDPLITE, false, 0, 0 },
};

/* Which interfaces are known where. */
static const struct hook_row {
	bool iifname, oifname;
} hook_rows[HOOK_COUNT] = {
	[HOOK_INPUT]       = { true,  false },
	[HOOK_OUTPUT]      = { false, true },
	[HOOK_FORWARD]     = { true,  true },
	[HOOK_PREROUTING]  = { true,  false },
	[HOOK_POSTROUTING] = { true,  true },
	[HOOK_INGRESS]     = { true,  false },
	[HOOK_EGRESS]      = { false, true },
};

/* clang-format on */

static void put_bytes(struct registers *registers, enum field field,
		      const uint8_t *bytes)
{
	memcpy(registers->values[field], bytes, field_infos[field].width);
	registers->present |= 1u << field;
}

static void put_number(struct registers *registers, enum field field, uint32_t number)
{
	datatype_put_number(field_infos[field].type, number, registers->values[field]);
	registers->present |= 1u << field;
}

/* Padded with zero, as the kernel has it; "" where there is none. */
static void put_name(struct registers *registers, enum field field, const char *name)
{
	char *value = (char *)registers->values[field];

	memset(value, 0, sizeof(registers->values[field]));
	memcpy(value, name, strnlen(name, sizeof(registers->values[field]) - 1));
	registers->present |= 1u << field;
}

static void load_ports(struct registers *registers, const struct packet *packet)
{
	const struct port_row *row = port_rows, *end = row + COUNT_OF(port_rows);

	while (row < end && row->protocol != packet->protocol)
		row++;
	put_number(registers, FIELD_TH_SPORT, packet->source_port);
	put_number(registers, FIELD_TH_DPORT, packet->destination_port);
	if (row == end) {
		/* the kernel compares whatever stands in the ports' place */
		registers->doubtful |= 1u << FIELD_TH_SPORT | 1u << FIELD_TH_DPORT;
	} else if (row->has_fields) {
		put_number(registers, row->source, packet->source_port);
		put_number(registers, row->destination, packet->destination_port);
	}
}

void registers_load(struct registers *registers, const struct packet *packet)
{
	const struct family_row *row = &family_rows[packet->family];

	memset(registers, 0, sizeof(*registers));
	put_number(registers, FIELD_L4PROTO, packet->protocol);
	put_number(registers, FIELD_ETHER_PROTOCOL, row->ether_type);
	put_number(registers, FIELD_PKTTYPE, packet->packet_type);
	put_bytes(registers, row->source, packet->source);
	put_bytes(registers, row->destination, packet->destination);
	if (packet->protocol == row->icmp)
		put_number(registers, row->icmp_type, packet->icmp_type);
	put_number(registers, FIELD_FIB_SADDR_OIF, packet->route_back);
	load_ports(registers, packet);
}

/*
 * Before connection tracking has seen it, the kernel calls a packet invalid, unless it
 * comes back by the loopback, or was never to be tracked.
 */
static enum connection_state state_at(const struct packet *packet,
				      const struct place *place)
{
	bool untracked = packet->state == STATE_UNTRACKED;
	bool came_back = place->hook != HOOK_OUTPUT &&
			 strcmp(packet->iifname, LOOPBACK_INTERFACE) == 0;
	bool before = place->priority < CONNTRACK_PRIORITY;

	switch (place->hook) {
	case HOOK_INGRESS:
		return came_back ? packet->state : STATE_INVALID;
	case HOOK_PREROUTING:
	case HOOK_OUTPUT:
		return before && !came_back && !untracked ? STATE_INVALID
							  : packet->state;
	case HOOK_INPUT:
	case HOOK_FORWARD:
	case HOOK_POSTROUTING:
	case HOOK_EGRESS:
	case HOOK_COUNT:
		break;
	}
	return packet->state;
}

void registers_move(struct registers *registers, const struct packet *packet,
		    const struct place *place)
{
	const struct hook_row *row = &hook_rows[place->hook];
	const struct family_row *family = &family_rows[packet->family];
	bool forwarded = packet->way == WAY_THROUGH && row->oifname;

	put_number(registers, FIELD_NFPROTO,
		   place->family == TABLE_NETDEV ? NFPROTO_NETDEV : family->nfproto);
	/* a router takes its hop before it asks its rules */
	put_number(registers, family->hop_limit,
		   packet->hop_limit - (uint32_t)(forwarded && packet->hop_limit));
	put_name(registers, FIELD_IIFNAME, row->iifname ? packet->iifname : "");
	put_name(registers, FIELD_OIFNAME, row->oifname ? packet->oifname : "");
	put_number(registers, FIELD_CT_STATE, state_at(packet, place));
	/* of two hooks with one priority, that which was there last is asked first */
	registers->doubtful &= ~(1u << FIELD_CT_STATE);
	if (place->priority == CONNTRACK_PRIORITY &&
	    (place->hook == HOOK_PREROUTING || place->hook == HOOK_OUTPUT))
		registers->doubtful |= 1u << FIELD_CT_STATE;
}
