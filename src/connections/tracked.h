/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection as the kernel tracks it, in plain numbers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

/* The addresses and ports of the packets of one direction. */
struct tuple {
	uint8_t source[16], destination[16];
	uint16_t source_port, destination_port; /* 0: the protocol has none */
};

enum { TUPLE_BYTES_MAX = 256 }; /* the kernel's are of 84 at most */

/* As the socket here has them, if it is this host's own. */
struct connection_ends {
	uint8_t here[16], there[16];
	uint16_t here_port, there_port;
};

/*
 * What the kernel finds the connection by.  The id is made of the addresses and the
 * place in memory: a later connection that looks the same has mostly another one.
 */
struct connection_entry {
	const void *tuple; /* the content of CTA_TUPLE_ORIG, as it was dumped */
	uint16_t tuple_length;
	uint16_t zone; /* CTA_ZONE, as dumped; 0: none */
	uint32_t id;   /* CTA_ID, as dumped */
	bool has_id;
	struct connection_ends ends;
};

struct tracked {
	enum family family;
	uint8_t protocol;
	struct tuple original;
	struct tuple reply; /* with what the translation of addresses made of it */
	uint8_t icmp_type;  /* of the original direction */
	uint8_t tcp_state;  /* TCP_CONNTRACK_* */
	uint32_t status;    /* IPS_* */
	struct connection_entry entry;
};
