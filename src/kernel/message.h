/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nf_tables messages: begun and ended in a growing buffer, walked in bytes. */
#pragma once

#include <linux/netlink.h>

#include "kernel/wire.h"

struct message_head {
	uint16_t type;  /* NFT_MSG_* or NFNL_MSG_BATCH_* */
	uint16_t flags; /* beside NLM_F_REQUEST */
	uint8_t family;
	uint32_t sequence;
};

/* Returns where the message starts; message_end() takes that. */
size_t message_begin(struct buffer *out, const struct message_head *head) MUST_USE;
void message_end(struct buffer *out, size_t start);

/* The two that a batch stands between; the first with a generation, 0: bound to none.
 */
void message_batch_begin(struct buffer *out, uint32_t sequence, uint32_t generation);
void message_batch_end(struct buffer *out, uint32_t sequence);

/* Messages that follow each other; the walk ends where one would not fit. */
struct message_walk {
	const uint8_t *at;
	size_t left; /* not 0 at the end: what is left is no message */
};

const struct nlmsghdr *message_next(struct message_walk *walk) MUST_USE;

/* Whether it is nf_tables' and long enough to have the family's header. */
bool message_is_ours(const struct nlmsghdr *message) MUST_USE;

/* The rest: of messages that message_is_ours(). */
uint16_t message_type(const struct nlmsghdr *message) MUST_USE; /* NFT_MSG_* */
uint8_t message_family(const struct nlmsghdr *message) MUST_USE;
/* The lower half of the generation that the answer is of. */
uint16_t message_generation(const struct nlmsghdr *message) MUST_USE;
const void *message_attrs(const struct nlmsghdr *message, size_t *length) MUST_USE;
