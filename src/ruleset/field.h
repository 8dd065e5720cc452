/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be matched: each field's spelling, width and what it takes for granted,
 * and the datatypes of nft that sets are declared with.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* nft's datatypes; numbers and spellings in datatypes[]. */
enum datatype {
	DATATYPE_NFPROTO,
	DATATYPE_ETHER_TYPE,
	DATATYPE_INET_PROTOCOL,
	DATATYPE_IP4_ADDRESS,
	DATATYPE_IP6_ADDRESS,
	DATATYPE_INET_SERVICE,
	DATATYPE_ICMP_TYPE,
	DATATYPE_ICMPV6_TYPE,
	DATATYPE_CT_STATE,
	DATATYPE_INTERFACE_NAME,
	DATATYPE_INTEGER,    /* hop limit; not for sets */
	DATATYPE_FIB_RESULT, /* whether a route exists; not for sets */
	DATATYPE_PACKET_TYPE,
	DATATYPE_COUNT
};

struct datatype_info {
	const char *name; /* as in "type ipv4_addr"; NULL: not for sets */
	uint32_t number;  /* nft's; the kernel keeps it in NFTA_SET_KEY_TYPE */
	uint8_t width;    /* bytes */
	bool host_order;  /* integers of this type are in the host's byte order */
};

extern const struct datatype_info datatypes[DATATYPE_COUNT];

enum field {
	FIELD_NFPROTO,        /* meta nfproto */
	FIELD_L4PROTO,        /* meta l4proto */
	FIELD_ETHER_PROTOCOL, /* meta protocol (netdev) */
	FIELD_IIFNAME,
	FIELD_OIFNAME,
	FIELD_PKTTYPE,
	FIELD_CT_STATE,
	FIELD_IP_SADDR,
	FIELD_IP_DADDR,
	FIELD_IP_TTL,
	FIELD_IP6_SADDR,
	FIELD_IP6_DADDR,
	FIELD_IP6_HOPLIMIT,
	FIELD_TCP_SPORT,
	FIELD_TCP_DPORT,
	FIELD_UDP_SPORT,
	FIELD_UDP_DPORT,
	FIELD_SCTP_SPORT,
	FIELD_SCTP_DPORT,
	FIELD_TH_SPORT, /* whatever the transport: "th sport" */
	FIELD_TH_DPORT,
	FIELD_ICMP_TYPE,
	FIELD_ICMPV6_TYPE,
	FIELD_FIB_SADDR_OIF, /* fib saddr . iif oif, as a boolean: 0 is "missing" */
	FIELD_COUNT
};

enum { NFPROTO_ANY_FIELD = 0, NFPROTO_IP4_FIELD = 2, NFPROTO_IP6_FIELD = 10 };

struct field_info {
	const char *name;    /* nft: "ip saddr" */
	const char *json[2]; /* libnftables: payload {protocol, field}, or
				meta {NULL, key}, ct {NULL, key} by `source` */

	enum field_source { FIELD_META, FIELD_PAYLOAD, FIELD_CT, FIELD_FIB } source;
	enum datatype type;
	uint8_t width;   /* bytes */
	uint8_t nfproto; /* what must have been matched before: 0, 2 or 10 */
	uint8_t l4proto; /* 0: nothing */
};

extern const struct field_info field_infos[FIELD_COUNT];

/* A field by its name in nft; FIELD_COUNT when there is none. */
enum field field_by_name(const char *name);

/* A number that nft prints as a word: "established", "nd-router-advert", "tcp". */
struct symbol {
	enum datatype type;
	uint32_t value;
	const char *name;
};

/* The symbol of a value, NULL when nft prints the number. */
const char *symbol_name(enum datatype type, uint32_t value);

/* The value of a symbol; false when there is none of that name. */
bool symbol_value(enum datatype type, const char *name, uint32_t *value);

/* The integer that `bytes` of a datatype's register stand for, and back. */
uint32_t datatype_number(enum datatype type, const uint8_t *bytes);
void datatype_put_number(enum datatype type, uint32_t number, uint8_t *bytes);

/*
 * One value as nft writes it: "192.0.2.1", "22", "established", "\"eth0\"".  `bits`
 * less than the width: a prefix ("192.0.2.0/24", "\"eth*\"").
 */
void datatype_print(struct buffer *out, enum datatype type, const uint8_t *bytes,
		    unsigned bits);
