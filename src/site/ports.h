/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports, ICMP types and protocol numbers: what a service or a flow consists of. */
#pragma once

#include "site/schema.h"

/* tcp, udp, sctp: 22, "8000-8080", or a list of these, into struct service_items. */
item_read read_ports;
/* icmp, icmpv6: a name, a number, or a list of these. */
item_read read_icmp;
/* protocol: a number, or a list of these. */
item_read read_protocol;
/* source-port: a port or one range into a struct port_range. */
item_read read_port;

/* The rows of a schema that read them into `member`. */
/* clang-format off */
#define CONTENT_ITEMS(member)                                                \
	{ "tcp",      read_ports,    member, .transport = TRANSPORT_TCP },   \
	{ "udp",      read_ports,    member, .transport = TRANSPORT_UDP },   \
	{ "sctp",     read_ports,    member, .transport = TRANSPORT_SCTP },  \
	{ "icmp",     read_icmp,     member, .transport = TRANSPORT_ICMP },  \
	{ "icmpv6",   read_icmp,     member, .transport = TRANSPORT_ICMPV6 }, \
	{ "protocol", read_protocol, member, .transport = TRANSPORT_PROTOCOL }

/* clang-format on */

static inline bool transport_has_ports(enum transport transport)
{
	return transport <= TRANSPORT_SCTP;
}

/* One item for each transport, type and number; ports sorted and merged. */
void content_normalize(struct arena *arena, struct service_items *content) ALL_NONNULL;

/* Whether two normalized contents permit the same. */
bool content_equals(const struct service_items *a,
		    const struct service_items *b) ALL_NONNULL;
