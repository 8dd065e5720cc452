/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages about tracked connections: made here, read by the library. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <string.h>

#include "connections/read.h"
#include "support/test.h"

enum { STATUS = 14, TCP_STATE = 3, ID = 0x01020304, ZONE = 0x0506, BYTES = 2048 };

/* What a message says; the parts of it that are left out, by bits. */
enum { NO_ORIGINAL = 1, NO_REPLY = 2, NO_STATUS = 4, NO_ID = 8, NO_PROTOCOL = 16 };

struct content {
	const char *name;
	int family;
	uint8_t protocol;
	const char *source, *destination, *answers_from;
	uint16_t ports[2];
	uint8_t icmp_type;
	bool has_zone;
	unsigned without;
	uint16_t filler; /* bytes more in the tuple */
	bool is_refused;
};

/* clang-format off */
static struct content contents[] = {
	{ "tcp", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 40000, 22 } },
	{ "tcp, translated", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.9", { 40000, 22 } },
	{ "udp6", AF_INET6, IPPROTO_UDP, "2001:db8::1", "2001:db8::2", "2001:db8::2", { 5353, 53 } },
	{ "sctp", AF_INET, IPPROTO_SCTP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 1, 65535 } },
	{ "icmp", AF_INET, IPPROTO_ICMP, "192.0.2.1", "192.0.2.2", "192.0.2.2", .icmp_type = 8 },
	{ "icmp6", AF_INET6, IPPROTO_ICMPV6, "2001:db8::1", "2001:db8::2", "2001:db8::2", .icmp_type = 128 },
	{ "gre, whose ports are keys", AF_INET, IPPROTO_GRE, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 7, 8 } },
	{ "in a zone", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 40000, 22 }, .has_zone = true },
	{ "nothing original", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 1, 2 }, .without = NO_ORIGINAL, .is_refused = true },
	{ "no answers", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 1, 2 }, .without = NO_REPLY, .is_refused = true },
	{ "no status", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 1, 2 }, .without = NO_STATUS, .is_refused = true },
	{ "no number", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 1, 2 }, .without = NO_ID, .is_refused = true },
	{ "no protocol", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 1, 2 }, .without = NO_PROTOCOL, .is_refused = true },
	{ "too long a tuple", AF_INET, IPPROTO_TCP, "192.0.2.1", "192.0.2.2", "192.0.2.2", { 1, 2 }, .filler = TUPLE_BYTES_MAX, .is_refused = true },
};

/* clang-format on */

static bool is_icmp(const struct content *content)
{
	return content->protocol == IPPROTO_ICMP || content->protocol == IPPROTO_ICMPV6;
}

static void put_protocol(struct nlmsghdr *message, const struct content *content,
			 bool reply)
{
	struct nlattr *nest = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	bool ip6 = content->protocol == IPPROTO_ICMPV6;

	mnl_attr_put_u8(message, CTA_PROTO_NUM, content->protocol);
	if (is_icmp(content)) {
		mnl_attr_put_u16(message, ip6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID,
				 htons(7));
		mnl_attr_put_u8(message,
				ip6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE,
				reply ? 0 : content->icmp_type);
		mnl_attr_put_u8(message,
				ip6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, 0);
	} else {
		mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT,
				 htons(content->ports[reply]));
		mnl_attr_put_u16(message, CTA_PROTO_DST_PORT,
				 htons(content->ports[!reply]));
	}
	mnl_attr_nest_end(message, nest);
}

static void put_tuple(struct nlmsghdr *message, const struct content *content,
		      bool reply)
{
	struct nlattr *nest =
		mnl_attr_nest_start(message, reply ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG);
	struct nlattr *addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
	bool ip6 = content->family == AF_INET6;
	const char *ends[] = { reply ? content->answers_from : content->source,
			       reply ? content->source : content->destination };
	static const uint16_t types[][2] = { { CTA_IP_V4_SRC, CTA_IP_V4_DST },
					     { CTA_IP_V6_SRC, CTA_IP_V6_DST } };
	static const uint8_t filler[TUPLE_BYTES_MAX];

	for (int i = 0; i < 2; i++) {
		uint8_t address[16];

		assert_int_equal(inet_pton(content->family, ends[i], address), 1);
		mnl_attr_put(message, types[ip6][i], ip6 ? 16 : 4, address);
	}
	mnl_attr_nest_end(message, addresses);
	if (!(content->without & NO_PROTOCOL))
		put_protocol(message, content, reply);
	if (content->filler)
		mnl_attr_put(message, 99, content->filler, filler);
	mnl_attr_nest_end(message, nest);
}

static struct nlmsghdr *message_of(char *bytes, const struct content *content)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
	struct nfgenmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	struct nlattr *nest, *inner;

	message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	head->nfgen_family = (uint8_t)content->family;
	if (!(content->without & NO_ORIGINAL))
		put_tuple(message, content, false);
	if (!(content->without & NO_REPLY))
		put_tuple(message, content, true);
	if (!(content->without & NO_STATUS))
		mnl_attr_put_u32(message, CTA_STATUS, htonl(STATUS));
	if (content->protocol == IPPROTO_TCP) {
		nest = mnl_attr_nest_start(message, CTA_PROTOINFO);
		inner = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);
		mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, TCP_STATE);
		mnl_attr_nest_end(message, inner);
		mnl_attr_nest_end(message, nest);
	}
	if (!(content->without & NO_ID))
		mnl_attr_put_u32(message, CTA_ID, htonl(ID));
	if (content->has_zone)
		mnl_attr_put_u16(message, CTA_ZONE, htons(ZONE));
	return message;
}

static void check_tuple(const struct content *content, bool reply,
			const struct tuple *tuple)
{
	const char *source = reply ? content->answers_from : content->source;
	const char *destination = reply ? content->source : content->destination;
	bool has_ports = !is_icmp(content) && content->protocol != IPPROTO_GRE;
	uint8_t address[16] = { 0 };

	assert_int_equal(inet_pton(content->family, source, address), 1);
	assert_memory_equal(tuple->source, address, sizeof(address));
	assert_int_equal(inet_pton(content->family, destination, address), 1);
	assert_memory_equal(tuple->destination, address, sizeof(address));
	assert_int_equal(tuple->source_port, has_ports ? content->ports[reply] : 0);
	assert_int_equal(tuple->destination_port,
			 has_ports ? content->ports[!reply] : 0);
}

static void reads(void **state)
{
	const struct content *content = *state;
	_Alignas(8) char bytes[BYTES] = { 0 };
	struct nlmsghdr *message = message_of(bytes, content);
	struct arena *arena = arena_new();
	struct conntrack_library library;
	struct diags diags;
	struct tracked tracked;

	diags_init(&diags, arena);
	assert_true(conntrack_library_load(&diags, &library));
	assert_int_equal(tracked_read(&library, message, &tracked),
			 !content->is_refused);
	arena_free(arena);
	if (content->is_refused)
		return;
	assert_int_equal(tracked.family,
			 content->family == AF_INET6 ? FAMILY_IP6 : FAMILY_IP4);
	assert_int_equal(tracked.protocol, content->protocol);
	assert_int_equal(tracked.status, STATUS);
	assert_int_equal(tracked.icmp_type, content->icmp_type);
	assert_int_equal(tracked.tcp_state,
			 content->protocol == IPPROTO_TCP ? TCP_STATE : 0);
	check_tuple(content, false, &tracked.original);
	check_tuple(content, true, &tracked.reply);
	assert_int_equal(tracked.entry.id, htonl(ID));
	assert_int_equal(tracked.entry.zone, content->has_zone ? htons(ZONE) : 0);
	/* the tuple as it came: the first attribute's content */
	assert_ptr_equal(tracked.entry.tuple, bytes + sizeof(struct nlmsghdr) +
						      sizeof(struct nfgenmsg) +
						      sizeof(struct nlattr));
	assert_true(tracked.entry.tuple_length > 0);
}

/* Cut anywhere, a message is read without harm, or refused. */
static void bears_cut_messages(void **state)
{
	struct arena *arena = arena_new();
	struct conntrack_library library;
	struct diags diags;
	size_t read = 0;

	(void)state;
	diags_init(&diags, arena);
	assert_true(conntrack_library_load(&diags, &library));
	for (size_t cut = 0; cut < 200; cut++) {
		_Alignas(8) char bytes[BYTES] = { 0 };
		struct nlmsghdr *message = message_of(bytes, &contents[0]);
		struct tracked tracked;

		if (message->nlmsg_len <
		    sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg) + cut)
			break;
		message->nlmsg_len -= (uint32_t)cut;
		read += tracked_read(&library, message, &tracked);
	}
	/* whole: lengths are rounded up to four */
	assert_int_equal(read, 4);
	arena_free(arena);
}

int main(void)
{
	struct CMUnitTest tests[COUNT_OF(contents) + 1];

	for (size_t i = 0; i < COUNT_OF(contents); i++)
		tests[i] = (struct CMUnitTest){
			.name = contents[i].name,
			.test_func = reads,
			.initial_state = &contents[i],
		};
	tests[COUNT_OF(contents)] =
		(struct CMUnitTest)cmocka_unit_test(bears_cut_messages);
	return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
