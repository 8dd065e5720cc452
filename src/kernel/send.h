/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending a batch, and hearing what became of it. */
#pragma once

#include "kernel/refuse.h"

struct sending {
	const struct buffer *batch;
	uint32_t begin; /* the sequence number of its head; its messages' follow */
	size_t count;   /* of messages between head and end; not 0 */
	bool check_only;
	/* The subject of a message that was refused. */
	void (*find)(void *state, size_t index, struct refused *refused);
	void *state;
};

/* One sendmsg.  The last message has to ask for an answer: send_ask(). */
enum commit_outcome send_batch(struct kernel *kernel, const struct sending *sending,
			       struct diags *diags) MUST_USE;

/* Has the message that starts there answered. */
void send_ask(struct buffer *batch, size_t message) ALL_NONNULL;
