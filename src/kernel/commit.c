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

struct commit {
	struct arena *arena; /* it lives in it */
	struct kernel *kernel;
	struct buffer batch;
	struct encoder encoder;
	struct sending sending;
};

struct commit *commit_make(struct kernel *kernel, const struct plan *plan,
			   bool check_only)
{
	struct arena *arena = arena_new();
	struct commit *commit = arena_alloc(arena, sizeof(*commit));
	struct encoder *encoder = &commit->encoder;
	struct buffer *batch = &commit->batch;
	uint32_t begin = ++kernel->sequence;

	/* 0 would be no generation, and no check */
	assert(plan->live->generation && !plan_is_empty(plan));

	*commit = (struct commit){ .arena = arena, .kernel = kernel };
	encoder_start(encoder, arena, batch, begin + 1);
	message_batch_begin(batch, begin, plan->live->generation);
	batch_encode(encoder, plan);
	assert(encoder->trace.count);
	send_ask(batch, encoder->trace.items[encoder->trace.count - 1].at);
	kernel->sequence += (uint32_t)encoder->trace.count;
	if (!check_only)
		message_batch_end(batch, ++kernel->sequence);
	commit->sending = (struct sending){
		.batch = batch,
		.begin = begin,
		.count = encoder->trace.count,
		.check_only = check_only,
		.find = find_subject,
		.state = encoder,
	};
	return commit;
}

enum commit_outcome commit_send(struct commit *commit, struct diags *diags)
{
	return send_batch(commit->kernel, &commit->sending, diags);
}

void commit_end(struct commit *commit)
{
	if (!commit)
		return;
	encoder_end(&commit->encoder);
	buffer_release(&commit->batch);
	arena_free(commit->arena);
}

enum commit_outcome kernel_commit(struct kernel *kernel, const struct plan *plan,
				  bool check_only, struct diags *diags)
{
	struct commit *commit AUTO(commit) = commit_make(kernel, plan, check_only);

	return commit_send(commit, diags);
}
