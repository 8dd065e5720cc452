/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One plan, one batch. */
#include <assert.h>

#include "kernel/batch.h"
#include "kernel/send.h"

static void find_subject(void *state, size_t index, struct refused *refused)
{
	const struct encoder *encoder = state;
	const struct trace_entry *entry = &encoder->trace.items[index];

	refused->message = (const void *)(encoder->out->data + entry->at);
	refused->subject = entry->subject;
}

enum commit_outcome kernel_commit(struct kernel *kernel, const struct plan *plan,
				  bool check_only, struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer batch AUTO_BUFFER = { 0 };
	struct encoder encoder;
	struct sending sending = {
		.batch = &batch,
		.begin = ++kernel->sequence,
		.check_only = check_only,
		.find = find_subject,
		.state = &encoder,
	};

	/* 0 would be no generation, and no check */
	assert(plan->live->generation && !plan_is_empty(plan));

	encoder_start(&encoder, arena, &batch, sending.begin + 1);
	message_batch_begin(&batch, sending.begin, plan->live->generation);
	batch_encode(&encoder, plan);
	sending.count = encoder.trace.count;
	assert(sending.count);
	send_ask(&batch, encoder.trace.items[sending.count - 1].at);
	kernel->sequence += (uint32_t)sending.count;
	if (!check_only)
		message_batch_end(&batch, ++kernel->sequence);

	enum commit_outcome outcome = send_batch(kernel, &sending, diags);

	encoder_end(&encoder);
	return outcome;
}
