/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One plan, one batch, one sendmsg.
 *
 * The kernel has done all of it when sendmsg returns, and queued its answers.  It tells
 * of each message that it refuses; of those that it took it says nothing but of the
 * last one, which asks for an answer: so that a batch cut short is not taken for done.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "kernel/batch.h"
#include "kernel/dump.h"
#include "kernel/refuse.h"

/* What the answers to a batch say. */
struct verdicts {
	uint32_t begin; /* the sequence number of the batch's head */
	size_t count;   /* of messages between head and end */
	bool last_seen; /* the last message was answered with no error */
	bool lost;      /* answers did not fit the socket's buffer */
	bool stale;
	int batch_error;      /* of the batch as a whole; 0: none */
	struct refusal first; /* while `refused` is not 0 */
	size_t refused;
};

static void hear_answer(struct verdicts *verdicts, const struct nlmsghdr *message)
{
	uint32_t place = message->nlmsg_seq - verdicts->begin;
	struct answer_error answer;

	/* answers to something that was sent before are late, and nobody's */
	if (message->nlmsg_type != NLMSG_ERROR || place > verdicts->count)
		return;
	answer = answer_error_of(message);
	if (!answer.error) {
		verdicts->last_seen |= place == verdicts->count;
	} else if (place == 0 && answer.error == ERESTART) {
		verdicts->stale = true;
	} else if (place == 0) {
		verdicts->batch_error = answer.error;
	} else if (!verdicts->refused++) {
		verdicts->first = (struct refusal){ place - 1, answer };
	}
}

/* Lost answers are told of before those that are left: it goes on listening. */
static int hear_answers(struct kernel *kernel, struct verdicts *verdicts)
{
	for (;;) {
		size_t length;
		int error = socket_receive(kernel, false, &length);

		if (error == EAGAIN)
			return 0;
		if (error == ENOBUFS) {
			verdicts->lost = true;
			continue;
		}
		if (error)
			return error;

		struct message_walk walk = { kernel->answer, length };

		for (const struct nlmsghdr *message; (message = message_next(&walk));)
			hear_answer(verdicts, message);
	}
}

static enum commit_outcome refuse(struct diags *diags, int error, const char *what)
{
	diag_of_refusal(diags, error, what);
	return COMMIT_REFUSED;
}

static enum commit_outcome too_large(struct diags *diags, size_t length)
{
	struct span nowhere = { 0 };

	diag_error(diags, DIAG_KERNEL, nowhere,
		   "the change is one message of %zu bytes, more than this user may "
		   "send at once",
		   length);
	diag_note(diags, nowhere,
		  "root may send more; others as much as twice net.core.wmem_max");
	return COMMIT_REFUSED;
}

static enum commit_outcome judge(const struct verdicts *verdicts,
				 const struct encoder *encoder, bool check_only,
				 struct diags *diags)
{
	if (verdicts->stale)
		return COMMIT_STALE;
	if (verdicts->refused) {
		diag_of_message(diags, encoder, &verdicts->first,
				verdicts->refused - 1);
		return COMMIT_REFUSED;
	}
	if (verdicts->batch_error)
		return refuse(diags, verdicts->batch_error,
			      "changing the kernel's rules");
	if (verdicts->lost || !verdicts->last_seen)
		return COMMIT_UNKNOWN;
	return check_only ? COMMIT_CHECKED : COMMIT_DONE;
}

static void ask_for_answer(struct encoder *encoder)
{
	char *last =
		encoder->out->data + encoder->trace.items[encoder->trace.count - 1].at;
	struct nlmsghdr head;

	memcpy(&head, last, sizeof(head));
	head.nlmsg_flags |= NLM_F_ACK;
	memcpy(last, &head, sizeof(head));
}

static enum commit_outcome send_batch(struct kernel *kernel,
				      const struct encoder *encoder, bool check_only,
				      struct diags *diags)
{
	struct verdicts verdicts = {
		.begin = encoder->first_sequence - 1,
		.count = encoder->trace.count,
	};
	const struct buffer *batch = encoder->out;

	socket_make_room(kernel, batch->length, verdicts.count);

	int error = socket_send(kernel, batch->data, batch->length);

	if (error == EMSGSIZE)
		return too_large(diags, batch->length);
	if (error)
		return refuse(diags, error, "changing the kernel's rules");
	if (hear_answers(kernel, &verdicts))
		return COMMIT_UNKNOWN;
	return judge(&verdicts, encoder, check_only, diags);
}

enum commit_outcome kernel_commit(struct kernel *kernel, const struct plan *plan,
				  bool check_only, struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer batch AUTO_BUFFER = { 0 };
	struct encoder encoder;
	uint32_t begin = ++kernel->sequence;

	/* 0 would be no generation, and no check */
	assert(plan->live->generation && !plan_is_empty(plan));

	encoder_start(&encoder, arena, &batch, begin + 1);
	message_batch_begin(&batch, begin, plan->live->generation);
	batch_encode(&encoder, plan);
	assert(encoder.trace.count);
	ask_for_answer(&encoder);
	kernel->sequence += (uint32_t)encoder.trace.count;
	if (!check_only)
		message_batch_end(&batch, ++kernel->sequence);

	enum commit_outcome outcome = send_batch(kernel, &encoder, check_only, diags);

	encoder_end(&encoder);
	return outcome;
}
