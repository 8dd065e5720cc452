/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of nf_tables messages. */
#include <arpa/inet.h>
#include <assert.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/message.h"

enum { HEAD_BYTES = sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg) };

_Static_assert(HEAD_BYTES % 4 == 0, "attributes follow at a multiple of four");

static size_t put_head(struct buffer *out, const struct message_head *head,
		       uint16_t resource)
{
	struct nlmsghdr message = {
		.nlmsg_type = head->type,
		.nlmsg_flags = head->flags | NLM_F_REQUEST,
		.nlmsg_seq = head->sequence,
	};
	struct nfgenmsg family = {
		.nfgen_family = head->family,
		.version = NFNETLINK_V0,
		.res_id = htons(resource),
	};
	size_t start = out->length;
	uint8_t *at = buffer_extend(out, HEAD_BYTES);

	memcpy(at, &message, sizeof(message));
	memcpy(at + sizeof(message), &family, sizeof(family));
	return start;
}

size_t message_begin(struct buffer *out, const struct message_head *head)
{
	struct message_head full = *head;

	full.type |= NFNL_SUBSYS_NFTABLES << 8;
	return put_head(out, &full, 0);
}

void message_end(struct buffer *out, size_t start)
{
	uint32_t length = (uint32_t)(out->length - start);

	assert(out->length - start <= UINT32_MAX);
	memcpy(out->data + start + offsetof(struct nlmsghdr, nlmsg_len), &length,
	       sizeof(length));
}

static size_t put_batch_head(struct buffer *out, uint16_t type, uint32_t sequence)
{
	struct message_head head = {
		.type = type,
		.family = AF_UNSPEC,
		.sequence = sequence,
	};

	return put_head(out, &head, NFNL_SUBSYS_NFTABLES);
}

void message_batch_begin(struct buffer *out, uint32_t sequence, uint32_t generation)
{
	size_t start = put_batch_head(out, NFNL_MSG_BATCH_BEGIN, sequence);

	if (generation)
		attr_put_u32(out, NFNL_BATCH_GENID, generation);
	message_end(out, start);
}

void message_batch_end(struct buffer *out, uint32_t sequence)
{
	message_end(out, put_batch_head(out, NFNL_MSG_BATCH_END, sequence));
}

/* ---- and back ---- */

const struct nlmsghdr *message_next(struct message_walk *walk)
{
	struct nlmsghdr head;

	if (walk->left < sizeof(head))
		return NULL;
	memcpy(&head, walk->at, sizeof(head));
	if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > walk->left)
		return NULL;

	const void *message = walk->at;
	size_t step = ((size_t)head.nlmsg_len + 3) / 4 * 4;

	if (step > walk->left)
		step = walk->left;
	walk->at += step;
	walk->left -= step;
	return message;
}

bool message_is_ours(const struct nlmsghdr *message)
{
	return message->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES &&
	       message->nlmsg_len >= HEAD_BYTES;
}

uint16_t message_type(const struct nlmsghdr *message)
{
	return message->nlmsg_type & 0xff;
}

static const struct nfgenmsg *family_of(const struct nlmsghdr *message)
{
	return (const void *)(message + 1);
}

uint8_t message_family(const struct nlmsghdr *message)
{
	return family_of(message)->nfgen_family;
}

uint16_t message_generation(const struct nlmsghdr *message)
{
	return ntohs(family_of(message)->res_id);
}

const void *message_attrs(const struct nlmsghdr *message, size_t *length)
{
	*length = message->nlmsg_len - HEAD_BYTES;
	return family_of(message) + 1;
}
