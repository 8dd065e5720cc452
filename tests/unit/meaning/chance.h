/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule sets and packets by chance, of few values close together: so that they meet. */
#pragma once

#include "model.h"

/* The same numbers everywhere: xorshift, of Marsaglia. */
static uint32_t chance_state;

static inline uint32_t chance(uint32_t below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 17;
	chance_state ^= chance_state << 5;
	return chance_state % below;
}

#define ONE_OF(...)                                     \
	(((const char *const[]){ __VA_ARGS__ })[chance( \
		(uint32_t)COUNT_OF(((const char *const[]){ __VA_ARGS__ })))])

enum { CHANCE_VALUES = 24 };

/* Of `number` below CHANCE_VALUES: low ones, and the last of each kind. */
static inline void chance_value(struct buffer *out, enum datatype type, uint32_t number)
{
	bool high = number >= 16;

	if (type == DATATYPE_IP4_ADDRESS)
		buffer_format(out, high ? "255.255.255.%u" : "10.0.0.%u",
			      high ? 232 + number : number);
	else if (type == DATATYPE_IP6_ADDRESS)
		buffer_format(out,
			      high ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff%x"
				   : "fe80::%x",
			      high ? 232 + number : number);
	else if (type == DATATYPE_INET_SERVICE)
		buffer_format(out, "%u", high ? 65512 + number : number);
	else
		buffer_format(out, "%u", high ? 232 + number : number);
}

/* One value or a range, which does not begin before `from`; where the next may. */
static inline uint32_t chance_interval(struct buffer *out, enum datatype type,
				       uint32_t from)
{
	uint32_t low = from + chance(6), high = low + chance(4);

	low = low < CHANCE_VALUES ? low : CHANCE_VALUES - 1;
	high = high < CHANCE_VALUES ? high : CHANCE_VALUES - 1;
	chance_value(out, type, low);
	if (high <= low || (low < 16 && high > 15))
		return low + 1;
	buffer_char(out, '-');
	chance_value(out, type, high);
	return high + 1;
}

static const struct {
	const char *name;
	bool in_sets;
} chance_fields[] = {
	{ "ip.saddr", true },     { "ip.daddr", true },     { "ip6.saddr", true },
	{ "ip6.daddr", true },    { "tcp.dport", true },    { "tcp.sport", true },
	{ "udp.dport", true },    { "udp.sport", true },    { "sctp.dport", true },
	{ "th.sport", true },     { "th.dport", true },     { "icmp.type", true },
	{ "icmpv6.type", true },  { "ip.ttl", false },      { "ip6.hoplimit", false },
	{ "meta.pkttype", true }, { "meta.l4proto", true },
};

static inline const char *chance_field(bool in_set)
{
	size_t row;

	do
		row = chance(COUNT_OF(chance_fields));
	while (in_set && !chance_fields[row].in_sets);
	return chance_fields[row].name;
}

static inline void chance_elements(struct buffer *out, enum datatype type,
				   enum datatype second, bool map)
{
	uint32_t from = 0;

	buffer_char(out, '{');
	do {
		from = chance_interval(out, type, from);
		if (second != DATATYPE_COUNT) {
			buffer_char(out, '+');
			chance_interval(out, second, chance(18));
		}
		if (map)
			buffer_format(out, ">%s",
				      ONE_OF("accept", "drop", "continue", "return",
					     "jump:more", "goto:less", "jump:none"));
		buffer_char(out, ',');
	} while (from < CHANCE_VALUES && chance(4));
	buffer_char(out, '}');
}

static inline void chance_set_match(struct buffer *out)
{
	const char *how = ONE_OF("@", "!@", "%"), *name = chance_field(true);
	const char *second = chance(2) ? chance_field(true) : NULL;

	buffer_format(out, "%s%s", chance(8) ? "" : "~", name);
	if (second)
		buffer_format(out, "+%s", second);
	buffer_text(out, how);
	chance_elements(out, field_infos[model_field(name)].type,
			second ? field_infos[model_field(second)].type : DATATYPE_COUNT,
			*how == '%');
}

static inline void chance_compare(struct buffer *out)
{
	const char *name = chance_field(false);
	enum datatype type = field_infos[model_field(name)].type;
	unsigned width = 8u * datatypes[type].width;

	buffer_format(out, "%s%s%s", chance(8) ? "" : "~", name, ONE_OF("=", "!="));
	if (chance(3) || type != DATATYPE_IP4_ADDRESS) {
		chance_interval(out, type, chance(20));
		return;
	}
	chance_value(out, type, chance(CHANCE_VALUES));
	buffer_format(out, "/%u", width - chance(6));
}

/* What is asked of less than addresses and ports. */
static inline void chance_odd_match(struct buffer *out)
{
	buffer_text(out,
		    ONE_OF("iifname=lo", "iifname=eth0", "iifname!=eth0",
			   "iifname=eth*", "oifname=eth1", "oifname=", "fib=0", "fib=1",
			   "fib!=0", "ct.state=new", "ct.state&10", "ct.state@{2,8}",
			   "ct.state%{1>drop,2>accept,8>jump:more}", "meta.nfproto=2",
			   "meta.nfproto=10", "meta.l4proto=6", "meta.l4proto!=17",
			   "meta.protocol=0x0800", "ct.state+tcp.dport@{8+3,8+5,2+4}",
			   "iifname+tcp.dport@{eth0+3,lo+4,eth0+5}", "ip.saddr&0.0.0.1",
			   "tcp.dport+th.dport@{3-9+5-12}"));
}

static inline void chance_rules(struct buffer *out, const char *more)
{
	for (uint32_t count = 1 + chance(6); count; count--) {
		for (uint32_t matches = chance(4); matches; matches--) {
			switch (chance(5)) {
			case 0:
				chance_odd_match(out);
				break;
			case 1:
			case 2:
				chance_set_match(out);
				break;
			default:
				chance_compare(out);
			}
			buffer_char(out, ' ');
		}
		buffer_format(out, "%s |",
			      chance(3)
				      ? ONE_OF("accept", "drop", "accept", "drop",
					       "reject", "reset", "return")
				      : ONE_OF("counter", "foreign", "limit accept",
					       "limit-over drop", "update:rate accept",
					       more, more, more));
	}
}

static inline const char *chance_ruleset(struct arena *arena)
{
	struct buffer text AUTO_BUFFER = { 0 };

	buffer_text(&text, "table inet; set rate ip.saddr: ");
	if (chance(2)) {
		buffer_format(&text, "; chain pre hook=prerouting priority=%s%s: ",
			      ONE_OF("0", "-200", "-300"), ONE_OF("", " nat"));
		chance_rules(&text, "jump:more");
	}
	buffer_format(&text,
		      "; chain input hook=input %s: ", ONE_OF("policy=drop", ""));
	chance_rules(&text, "jump:more");
	buffer_format(&text, "; chain output hook=output priority=%s: ",
		      ONE_OF("0", "-200", "-300"));
	chance_rules(&text, "goto:less");
	buffer_format(&text,
		      "; chain forward hook=forward %s: ", ONE_OF("policy=drop", ""));
	chance_rules(&text, "jump:less");
	if (!chance(3)) {
		buffer_format(&text, "; chain post hook=postrouting %s: ",
			      ONE_OF("foreign", "", "", ""));
		chance_rules(&text, "jump:more");
	}
	buffer_text(&text, "; chain more: ");
	chance_rules(&text, "goto:less");
	buffer_format(&text, "; chain less %s: ", chance(6) ? "" : "foreign");
	chance_rules(&text, "jump:none");
	if (!chance(3)) {
		buffer_text(
			&text,
			"; table netdev; set rate ip.saddr: ; chain in hook=ingress on=eth0 on=eth2: ");
		chance_rules(&text, "counter");
	}
	return arena_string(arena, text.data);
}

static inline void chance_bytes(enum datatype type, uint8_t *bytes)
{
	struct buffer text AUTO_BUFFER = { 0 };

	chance_value(&text, type, chance(CHANCE_VALUES));
	model_put(type, text.data, bytes);
}

static inline uint16_t chance_port(void)
{
	uint8_t bytes[16];

	chance_bytes(DATATYPE_INET_SERVICE, bytes);
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint8_t chance_byte(void)
{
	uint32_t number = chance(CHANCE_VALUES);

	return (uint8_t)(number >= 16 ? 232 + number : number);
}

static inline struct packet chance_packet(enum packet_way way,
					  enum connection_state state)
{
	static const uint8_t protocols[] = { 6, 6, 17, 132, 47, 1, 58, 33, 3 };
	enum family family = chance(2) ? FAMILY_IP4 : FAMILY_IP6;
	enum datatype type =
		family == FAMILY_IP4 ? DATATYPE_IP4_ADDRESS : DATATYPE_IP6_ADDRESS;
	struct packet packet = {
		.way = way,
		.family = family,
		.iifname = way == WAY_OUT ? "" : ONE_OF("eth0", "lo", "eth1", "w"),
		.oifname = way == WAY_IN ? "" : ONE_OF("eth0", "lo", "eth1", "eth"),
		.protocol = protocols[chance(COUNT_OF(protocols))],
		.source_port = chance_port(),
		.destination_port = chance_port(),
		.icmp_type = chance_byte(),
		.hop_limit = chance_byte(),
		.packet_type = (uint8_t)chance(4),
		.route_back = chance(2),
		.state = state
	};

	chance_bytes(type, packet.source);
	chance_bytes(type, packet.destination);
	return packet;
}
