/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of a bundle one by one, and the fields in which they differ. */
#include <netinet/in.h>
#include <string.h>

#include "explain/survey.h"

enum { PROTOCOL_IGMP = 2 };

enum { CAST_HOST, CAST_BROADCAST, CAST_MULTICAST };

enum { USUAL_HOP_LIMIT = 64, NEIGHBOUR_HOP_LIMIT = 255, LISTENER_HOP_LIMIT = 1 };

/*
 * What the standards ask for: neighbour discovery of 255, which no router lets through
 * (RFC 4861), reports of listeners of 1 (RFC 2710, RFC 3376).
 */
static uint8_t hop_limit_of(uint8_t protocol, uint8_t type)
{
	if (protocol == PROTOCOL_IGMP)
		return LISTENER_HOP_LIMIT;
	if (protocol != IPPROTO_ICMPV6)
		return USUAL_HOP_LIMIT;
	if (type >= 133 && type <= 137)
		return NEIGHBOUR_HOP_LIMIT;
	return (type >= 130 && type <= 132) || type == 143 ? LISTENER_HOP_LIMIT
							   : USUAL_HOP_LIMIT;
}

/* Of a packet on its way in: "meta pkttype". */
static uint8_t cast_of(enum family family, const uint8_t *destination)
{
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	if (family == FAMILY_IP6)
		return destination[0] == 0xff ? CAST_MULTICAST : CAST_HOST;
	if (!memcmp(destination, broadcast, sizeof(broadcast)))
		return CAST_BROADCAST;
	return (destination[0] & 0xf0) == 224 ? CAST_MULTICAST : CAST_HOST;
}

static uint16_t port_of(const uint8_t *value)
{
	return (uint16_t)(value[0] << 8 | value[1]);
}

struct packet bundle_packet(const struct bundle *bundle,
			    const uint8_t *const values[DIMENSION_COUNT])
{
	const struct ranges *have = bundle->values;
	uint8_t width = family_widths[bundle->family];
	struct packet packet = {
		.way = bundle->way,
		.family = bundle->family,
		.iifname = bundle->iifname,
		.oifname = bundle->oifname,
		.protocol = bundle->protocol,
		.state = bundle->state,
		.route_back = true,
	};

	memcpy(packet.source, values[DIMENSION_SOURCE], width);
	memcpy(packet.destination, values[DIMENSION_DESTINATION], width);
	if (have[DIMENSION_SOURCE_PORT].width)
		packet.source_port = port_of(values[DIMENSION_SOURCE_PORT]);
	if (have[DIMENSION_PORT].width)
		packet.destination_port = port_of(values[DIMENSION_PORT]);
	if (have[DIMENSION_TYPE].width)
		packet.icmp_type = *values[DIMENSION_TYPE];
	packet.hop_limit = hop_limit_of(packet.protocol, packet.icmp_type);
	if (packet.way != WAY_OUT)
		packet.packet_type = cast_of(packet.family, packet.destination);
	return packet;
}

struct packet bundle_first(const struct bundle *bundle)
{
	const uint8_t *values[DIMENSION_COUNT] = { 0 };

	for (enum dimension d = 0; d < DIMENSION_COUNT; d++) {
		if (bundle->values[d].width)
			values[d] = range_low(&bundle->values[d], 0);
	}
	return bundle_packet(bundle, values);
}

/* clang-format off */
static const struct {
	size_t count;
	enum field fields[DIMENSION_FIELDS];
} dimension_rows[FAMILY_COUNT][DIMENSION_COUNT] = {
	[FAMILY_IP4] = {
		[DIMENSION_SOURCE]      = { 1, { FIELD_IP_SADDR } },
		[DIMENSION_DESTINATION] = { 2, { FIELD_IP_DADDR, FIELD_PKTTYPE } },
		[DIMENSION_SOURCE_PORT] = { 4, { FIELD_TCP_SPORT, FIELD_UDP_SPORT,
						 FIELD_SCTP_SPORT, FIELD_TH_SPORT } },
		[DIMENSION_PORT]        = { 4, { FIELD_TCP_DPORT, FIELD_UDP_DPORT,
						 FIELD_SCTP_DPORT, FIELD_TH_DPORT } },
		[DIMENSION_TYPE]        = { 2, { FIELD_ICMP_TYPE, FIELD_IP_TTL } },
	},
	[FAMILY_IP6] = {
		[DIMENSION_SOURCE]      = { 1, { FIELD_IP6_SADDR } },
		[DIMENSION_DESTINATION] = { 2, { FIELD_IP6_DADDR, FIELD_PKTTYPE } },
		[DIMENSION_SOURCE_PORT] = { 4, { FIELD_TCP_SPORT, FIELD_UDP_SPORT,
						 FIELD_SCTP_SPORT, FIELD_TH_SPORT } },
		[DIMENSION_PORT]        = { 4, { FIELD_TCP_DPORT, FIELD_UDP_DPORT,
						 FIELD_SCTP_DPORT, FIELD_TH_DPORT } },
		[DIMENSION_TYPE]        = { 2, { FIELD_ICMPV6_TYPE, FIELD_IP6_HOPLIMIT } },
	},
};

/* clang-format on */

size_t dimension_fields(const struct bundle *bundle, enum dimension dimension,
			enum field fields[DIMENSION_FIELDS])
{
	size_t count = dimension_rows[bundle->family][dimension].count;

	for (size_t i = 0; i < count; i++)
		fields[i] = dimension_rows[bundle->family][dimension].fields[i];
	return count;
}
