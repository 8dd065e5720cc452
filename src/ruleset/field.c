/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields and datatypes of nftables that rolewall speaks, as tables. */
#include <arpa/inet.h>
#include <string.h>

#include "base/attr.h"
#include "ruleset/field.h"

/* clang-format off */

/* Numbers and names: nft's own (its `describe` prints them); the kernel only keeps them. */
const struct datatype_info datatypes[DATATYPE_COUNT] = {
	[DATATYPE_NFPROTO]        = { "nf_proto",      2, 1, false },
	[DATATYPE_ETHER_TYPE]     = { "ether_type",   10, 2, false },
	[DATATYPE_INET_PROTOCOL]  = { "inet_proto",   12, 1, false },
	[DATATYPE_IP4_ADDRESS]    = { "ipv4_addr",     7, 4, false },
	[DATATYPE_IP6_ADDRESS]    = { "ipv6_addr",     8, 16, false },
	[DATATYPE_INET_SERVICE]   = { "inet_service", 13, 2, false },
	[DATATYPE_ICMP_TYPE]      = { "icmp_type",    14, 1, false },
	[DATATYPE_ICMPV6_TYPE]    = { "icmpv6_type",  29, 1, false },
	[DATATYPE_CT_STATE]       = { "ct_state",     26, 4, true },
	[DATATYPE_INTERFACE_NAME] = { "ifname",       41, 16, false },
	[DATATYPE_INTEGER]        = { NULL,            4, 1, false },
	[DATATYPE_FIB_RESULT]     = { NULL,           39, 4, true },
	[DATATYPE_PACKET_TYPE]    = { "pkt_type",     31, 1, false },
};

const struct field_info field_infos[FIELD_COUNT] = {
	[FIELD_NFPROTO]        = { "meta nfproto",  { NULL, "nfproto" },     FIELD_META,    DATATYPE_NFPROTO,        1, 0, 0 },
	[FIELD_L4PROTO]        = { "meta l4proto",  { NULL, "l4proto" },     FIELD_META,    DATATYPE_INET_PROTOCOL,  1, 0, 0 },
	[FIELD_ETHER_PROTOCOL] = { "meta protocol", { NULL, "protocol" },    FIELD_META,    DATATYPE_ETHER_TYPE,     2, 0, 0 },
	[FIELD_IIFNAME]        = { "iifname",       { NULL, "iifname" },     FIELD_META,    DATATYPE_INTERFACE_NAME, 16, 0, 0 },
	[FIELD_OIFNAME]        = { "oifname",       { NULL, "oifname" },     FIELD_META,    DATATYPE_INTERFACE_NAME, 16, 0, 0 },
	[FIELD_PKTTYPE]        = { "meta pkttype",  { NULL, "pkttype" },     FIELD_META,    DATATYPE_PACKET_TYPE,    1, 0, 0 },
	[FIELD_CT_STATE]       = { "ct state",      { NULL, "state" },       FIELD_CT,      DATATYPE_CT_STATE,       4, 0, 0 },
	[FIELD_IP_SADDR]       = { "ip saddr",      { "ip", "saddr" },       FIELD_PAYLOAD, DATATYPE_IP4_ADDRESS,    4, NFPROTO_IP4_FIELD, 0 },
	[FIELD_IP_DADDR]       = { "ip daddr",      { "ip", "daddr" },       FIELD_PAYLOAD, DATATYPE_IP4_ADDRESS,    4, NFPROTO_IP4_FIELD, 0 },
	[FIELD_IP_TTL]         = { "ip ttl",        { "ip", "ttl" },         FIELD_PAYLOAD, DATATYPE_INTEGER,        1, NFPROTO_IP4_FIELD, 0 },
	[FIELD_IP6_SADDR]      = { "ip6 saddr",     { "ip6", "saddr" },      FIELD_PAYLOAD, DATATYPE_IP6_ADDRESS,    16, NFPROTO_IP6_FIELD, 0 },
	[FIELD_IP6_DADDR]      = { "ip6 daddr",     { "ip6", "daddr" },      FIELD_PAYLOAD, DATATYPE_IP6_ADDRESS,    16, NFPROTO_IP6_FIELD, 0 },
	[FIELD_IP6_HOPLIMIT]   = { "ip6 hoplimit",  { "ip6", "hoplimit" },   FIELD_PAYLOAD, DATATYPE_INTEGER,        1, NFPROTO_IP6_FIELD, 0 },
	[FIELD_TCP_SPORT]      = { "tcp sport",     { "tcp", "sport" },      FIELD_PAYLOAD, DATATYPE_INET_SERVICE,   2, 0, 6 },
	[FIELD_TCP_DPORT]      = { "tcp dport",     { "tcp", "dport" },      FIELD_PAYLOAD, DATATYPE_INET_SERVICE,   2, 0, 6 },
	[FIELD_UDP_SPORT]      = { "udp sport",     { "udp", "sport" },      FIELD_PAYLOAD, DATATYPE_INET_SERVICE,   2, 0, 17 },
	[FIELD_UDP_DPORT]      = { "udp dport",     { "udp", "dport" },      FIELD_PAYLOAD, DATATYPE_INET_SERVICE,   2, 0, 17 },
	[FIELD_SCTP_SPORT]     = { "sctp sport",    { "sctp", "sport" },     FIELD_PAYLOAD, DATATYPE_INET_SERVICE,   2, 0, 132 },
	[FIELD_SCTP_DPORT]     = { "sctp dport",    { "sctp", "dport" },     FIELD_PAYLOAD, DATATYPE_INET_SERVICE,   2, 0, 132 },
	[FIELD_TH_SPORT]       = { "th sport",      { "th", "sport" },       FIELD_PAYLOAD, DATATYPE_INET_SERVICE,   2, 0, 0 },
	[FIELD_TH_DPORT]       = { "th dport",      { "th", "dport" },       FIELD_PAYLOAD, DATATYPE_INET_SERVICE,   2, 0, 0 },
	[FIELD_ICMP_TYPE]      = { "icmp type",     { "icmp", "type" },      FIELD_PAYLOAD, DATATYPE_ICMP_TYPE,      1, NFPROTO_IP4_FIELD, 1 },
	[FIELD_ICMPV6_TYPE]    = { "icmpv6 type",   { "icmpv6", "type" },    FIELD_PAYLOAD, DATATYPE_ICMPV6_TYPE,    1, NFPROTO_IP6_FIELD, 58 },
	[FIELD_FIB_SADDR_OIF]  = { "fib saddr . iif oif", { NULL, "oif" },   FIELD_FIB,     DATATYPE_FIB_RESULT,     4, 0, 0 },
};

static const struct symbol symbols[] = {
	{ DATATYPE_NFPROTO,         2, "ipv4" },
	{ DATATYPE_NFPROTO,        10, "ipv6" },
	{ DATATYPE_ETHER_TYPE, 0x0800, "ip" },
	{ DATATYPE_ETHER_TYPE, 0x0806, "arp" },
	{ DATATYPE_ETHER_TYPE, 0x8100, "vlan" },
	{ DATATYPE_ETHER_TYPE, 0x86dd, "ip6" },
	/* only names that are keywords of nft: others hang on /etc/protocols */
	{ DATATYPE_INET_PROTOCOL,   1, "icmp" },
	{ DATATYPE_INET_PROTOCOL,   6, "tcp" },
	{ DATATYPE_INET_PROTOCOL,  17, "udp" },
	{ DATATYPE_INET_PROTOCOL,  50, "esp" },
	{ DATATYPE_INET_PROTOCOL,  51, "ah" },
	{ DATATYPE_INET_PROTOCOL,  58, "icmpv6" },
	{ DATATYPE_INET_PROTOCOL, 132, "sctp" },
	{ DATATYPE_ICMP_TYPE,       0, "echo-reply" },
	{ DATATYPE_ICMP_TYPE,       3, "destination-unreachable" },
	{ DATATYPE_ICMP_TYPE,       4, "source-quench" },
	{ DATATYPE_ICMP_TYPE,       5, "redirect" },
	{ DATATYPE_ICMP_TYPE,       8, "echo-request" },
	{ DATATYPE_ICMP_TYPE,       9, "router-advertisement" },
	{ DATATYPE_ICMP_TYPE,      10, "router-solicitation" },
	{ DATATYPE_ICMP_TYPE,      11, "time-exceeded" },
	{ DATATYPE_ICMP_TYPE,      12, "parameter-problem" },
	{ DATATYPE_ICMP_TYPE,      13, "timestamp-request" },
	{ DATATYPE_ICMP_TYPE,      14, "timestamp-reply" },
	{ DATATYPE_ICMP_TYPE,      15, "info-request" },
	{ DATATYPE_ICMP_TYPE,      16, "info-reply" },
	{ DATATYPE_ICMP_TYPE,      17, "address-mask-request" },
	{ DATATYPE_ICMP_TYPE,      18, "address-mask-reply" },
	{ DATATYPE_ICMPV6_TYPE,     1, "destination-unreachable" },
	{ DATATYPE_ICMPV6_TYPE,     2, "packet-too-big" },
	{ DATATYPE_ICMPV6_TYPE,     3, "time-exceeded" },
	{ DATATYPE_ICMPV6_TYPE,     4, "parameter-problem" },
	{ DATATYPE_ICMPV6_TYPE,   128, "echo-request" },
	{ DATATYPE_ICMPV6_TYPE,   129, "echo-reply" },
	{ DATATYPE_ICMPV6_TYPE,   130, "mld-listener-query" },
	{ DATATYPE_ICMPV6_TYPE,   131, "mld-listener-report" },
	{ DATATYPE_ICMPV6_TYPE,   132, "mld-listener-done" },
	{ DATATYPE_ICMPV6_TYPE,   133, "nd-router-solicit" },
	{ DATATYPE_ICMPV6_TYPE,   134, "nd-router-advert" },
	{ DATATYPE_ICMPV6_TYPE,   135, "nd-neighbor-solicit" },
	{ DATATYPE_ICMPV6_TYPE,   136, "nd-neighbor-advert" },
	{ DATATYPE_ICMPV6_TYPE,   137, "nd-redirect" },
	{ DATATYPE_ICMPV6_TYPE,   138, "router-renumbering" },
	{ DATATYPE_ICMPV6_TYPE,   141, "ind-neighbor-solicit" },
	{ DATATYPE_ICMPV6_TYPE,   142, "ind-neighbor-advert" },
	{ DATATYPE_ICMPV6_TYPE,   143, "mld2-listener-report" },
	{ DATATYPE_CT_STATE,        1, "invalid" },
	{ DATATYPE_CT_STATE,        2, "established" },
	{ DATATYPE_CT_STATE,        4, "related" },
	{ DATATYPE_CT_STATE,        8, "new" },
	{ DATATYPE_CT_STATE,       64, "untracked" },
	{ DATATYPE_FIB_RESULT,      0, "missing" },
	{ DATATYPE_FIB_RESULT,      1, "exists" },
	{ DATATYPE_PACKET_TYPE,     0, "host" },
	{ DATATYPE_PACKET_TYPE,     1, "broadcast" },
	{ DATATYPE_PACKET_TYPE,     2, "multicast" },
	{ DATATYPE_PACKET_TYPE,     3, "other" },
};
/* clang-format on */

_Static_assert(COUNT_OF(field_infos) == FIELD_COUNT, "a field without a row");
_Static_assert(COUNT_OF(datatypes) == DATATYPE_COUNT, "a datatype without a row");

enum field field_by_name(const char *name)
{
	enum field field = 0;

	while (field < FIELD_COUNT && strcmp(field_infos[field].name, name) != 0)
		field++;
	return field;
}

const char *symbol_name(enum datatype type, uint32_t value)
{
	for (size_t i = 0; i < COUNT_OF(symbols); i++) {
		if (symbols[i].type == type && symbols[i].value == value)
			return symbols[i].name;
	}
	return NULL;
}

bool symbol_value(enum datatype type, const char *name, uint32_t *value)
{
	for (size_t i = 0; i < COUNT_OF(symbols); i++) {
		if (symbols[i].type == type && strcmp(symbols[i].name, name) == 0) {
			*value = symbols[i].value;
			return true;
		}
	}
	return false;
}

uint32_t datatype_number(enum datatype type, const uint8_t *bytes)
{
	const struct datatype_info *info = &datatypes[type];
	uint32_t number = 0;

	if (info->host_order) {
		memcpy(&number, bytes, sizeof(number));
		return number;
	}
	for (unsigned i = 0; i < info->width && i < 4; i++)
		number = number << 8 | bytes[i];
	return number;
}

void datatype_put_number(enum datatype type, uint32_t number, uint8_t *bytes)
{
	const struct datatype_info *info = &datatypes[type];

	if (info->host_order) {
		memcpy(bytes, &number, sizeof(number));
		return;
	}
	for (unsigned i = info->width; i-- > 0; number >>= 8)
		bytes[i] = (uint8_t)number;
}

static void print_address(struct buffer *out, int family, const uint8_t *bytes)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family, bytes, text, sizeof(text)))
		buffer_text(out, text);
}

static void print_interface(struct buffer *out, const uint8_t *bytes, unsigned bits)
{
	const char *name = (const char *)bytes;
	size_t length = strnlen(name, bits / 8);

	buffer_char(out, '"');
	buffer_printable(out, name, length, '"');
	if (bits < 128)
		buffer_char(out, '*');
	buffer_char(out, '"');
}

void datatype_print(struct buffer *out, enum datatype type, const uint8_t *bytes,
		    unsigned bits)
{
	if (type == DATATYPE_INTERFACE_NAME) {
		print_interface(out, bytes, bits);
		return;
	}
	if (type == DATATYPE_IP4_ADDRESS || type == DATATYPE_IP6_ADDRESS) {
		print_address(out, type == DATATYPE_IP4_ADDRESS ? AF_INET : AF_INET6,
			      bytes);
	} else {
		uint32_t number = datatype_number(type, bytes);
		const char *symbol = symbol_name(type, number);

		if (symbol)
			buffer_text(out, symbol);
		else if (type == DATATYPE_ETHER_TYPE || type == DATATYPE_CT_STATE)
			buffer_format(out, "0x%x", number);
		else
			buffer_format(out, "%u", number);
	}
	if (bits < 8u * datatypes[type].width)
		buffer_format(out, "/%u", bits);
}
