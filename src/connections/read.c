/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink message to struct tracked: the numbers by the library, the entry as it is. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <string.h>

#include "connections/read.h"

/* Where the library keeps the parts of a direction. */
struct tuple_attrs {
	enum nf_conntrack_attr source[FAMILY_COUNT], destination[FAMILY_COUNT];
	enum nf_conntrack_attr source_port, destination_port;
};

/* clang-format off */
static const struct tuple_attrs original_attrs = {
	{ ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV6_SRC }, { ATTR_ORIG_IPV4_DST, ATTR_ORIG_IPV6_DST },
	ATTR_ORIG_PORT_SRC, ATTR_ORIG_PORT_DST
};
static const struct tuple_attrs reply_attrs = {
	{ ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV6_SRC }, { ATTR_REPL_IPV4_DST, ATTR_REPL_IPV6_DST },
	ATTR_REPL_PORT_SRC, ATTR_REPL_PORT_DST
};

/* Of those that connection tracking knows: the others' "ports" are keys, or none. */
static const uint8_t protocols_with_ports[] = {
	IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP, IPPROTO_DCCP
};

/* clang-format on */

/* What is being read, and by whom. */
struct reader {
	const struct conntrack_library *library;
	const struct nf_conntrack *from;
};

static uint8_t read_number8(const struct reader *reader, enum nf_conntrack_attr attr)
{
	return reader->library->has(reader->from, attr) > 0
		       ? reader->library->number8(reader->from, attr)
		       : 0;
}

static uint16_t read_port(const struct reader *reader, enum nf_conntrack_attr attr)
{
	return reader->library->has(reader->from, attr) > 0
		       ? ntohs(reader->library->number16(reader->from, attr))
		       : 0;
}

static bool read_address(const struct reader *reader, enum nf_conntrack_attr attr,
			 uint8_t width, uint8_t *address)
{
	const void *bytes = reader->library->has(reader->from, attr) > 0
				    ? reader->library->bytes(reader->from, attr)
				    : NULL;

	if (!bytes)
		return false;
	memcpy(address, bytes, width);
	return true;
}

static bool has_ports(uint8_t protocol)
{
	return memchr(protocols_with_ports, protocol, sizeof(protocols_with_ports));
}

static bool read_tuple(const struct reader *reader, const struct tuple_attrs *attrs,
		       const struct tracked *tracked, struct tuple *tuple)
{
	enum family family = tracked->family;
	uint8_t width = family_widths[family];

	if (has_ports(tracked->protocol)) {
		tuple->source_port = read_port(reader, attrs->source_port);
		tuple->destination_port = read_port(reader, attrs->destination_port);
	}
	return read_address(reader, attrs->source[family], width, tuple->source) &&
	       read_address(reader, attrs->destination[family], width,
			    tuple->destination);
}

static bool read_parts(const struct reader *reader, struct tracked *tracked)
{
	const struct conntrack_library *library = reader->library;

	if (library->has(reader->from, ATTR_ORIG_L4PROTO) <= 0 ||
	    library->has(reader->from, ATTR_STATUS) <= 0)
		return false;
	tracked->protocol = library->number8(reader->from, ATTR_ORIG_L4PROTO);
	tracked->status = library->number32(reader->from, ATTR_STATUS);
	tracked->icmp_type = read_number8(reader, ATTR_ICMP_TYPE);
	tracked->tcp_state = read_number8(reader, ATTR_TCP_STATE);
	return read_tuple(reader, &original_attrs, tracked, &tracked->original) &&
	       read_tuple(reader, &reply_attrs, tracked, &tracked->reply);
}

static int take_entry_attr(const struct nlattr *attr, void *data)
{
	struct connection_entry *entry = data;
	uint16_t length = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case CTA_TUPLE_ORIG:
		entry->tuple = mnl_attr_get_payload(attr);
		entry->tuple_length = length;
		break;
	case CTA_ID:
		entry->has_id = length == sizeof(entry->id);
		if (entry->has_id)
			entry->id = mnl_attr_get_u32(attr);
		break;
	case CTA_ZONE:
		if (length == sizeof(entry->zone))
			entry->zone = mnl_attr_get_u16(attr);
		break;
	}
	return MNL_CB_OK;
}

/* The library would build a tuple of what it understands; the kernel's is whole. */
static bool read_entry(const struct nlmsghdr *message, struct connection_entry *entry)
{
	mnl_attr_parse(message, sizeof(struct nfgenmsg), take_entry_attr, entry);
	return entry->tuple_length && entry->tuple_length <= TUPLE_BYTES_MAX &&
	       entry->has_id;
}

bool tracked_read(const struct conntrack_library *library,
		  const struct nlmsghdr *message, struct tracked *tracked)
{
	const struct nfgenmsg *head = mnl_nlmsg_get_payload(message);
	struct tracked read = { .family = head->nfgen_family == AF_INET6 ? FAMILY_IP6
									 : FAMILY_IP4 };
	struct nf_conntrack *parsed = library->create();

	if (!parsed)
		out_of_memory();

	struct reader reader = { library, parsed };
	bool good = library->parse(message, parsed) == 0 &&
		    read_parts(&reader, &read) && read_entry(message, &read.entry);

	library->destroy(parsed);
	if (good)
		*tracked = read;
	return good;
}
