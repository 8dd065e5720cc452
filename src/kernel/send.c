/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One batch, one sendmsg.
 *
 * The kernel has done all of it when sendmsg returns, and queued its answers.  It tells
 * of each message that it refuses; of those that it took it says nothing but of the
 * last one, which asks for an answer: so that a batch cut short is not taken for done.
 */
#include <errno.h>
#include <string.h>

#include "kernel/send.h"

/* What the answers to a batch say. */
struct verdicts {
	uint32_t begin; /* the sequence number of the batch's head */
	size_t count;   /* of messages between head and end */
	bool last_seen; /* the last message was answered with no error */
	bool lost;      /* answers did not fit the socket's buffer */
	bool stale;
	int batch_error; /* of the batch as a whole; 0: none */
	/* the first that was refused, while `refused` is not 0 */
	size_t first;
	struct answer_error why;
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
		verdicts->first = place - 1;
		verdicts->why = answer;
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

static void tell_refused(const struct verdicts *verdicts, const struct sending *sending,
			 struct diags *diags)
{
	struct refused refused = {
		.why = verdicts->why,
		.followers = verdicts->refused - 1,
	};

	sending->find(sending->state, verdicts->first, &refused);
	diag_of_message(diags, &refused);
}

static enum commit_outcome judge(const struct verdicts *verdicts,
				 const struct sending *sending, struct diags *diags)
{
	if (verdicts->stale)
		return COMMIT_STALE;
	if (verdicts->refused) {
		tell_refused(verdicts, sending, diags);
		return COMMIT_REFUSED;
	}
	if (verdicts->batch_error)
		return refuse(diags, verdicts->batch_error,
			      "changing the kernel's rules");
	if (verdicts->lost || !verdicts->last_seen)
		return COMMIT_UNKNOWN;
	return sending->check_only ? COMMIT_CHECKED : COMMIT_DONE;
}

enum commit_outcome send_batch(struct kernel *kernel, const struct sending *sending,
			       struct diags *diags)
{
	struct verdicts verdicts = {
		.begin = sending->begin,
		.count = sending->count,
	};
	const struct buffer *batch = sending->batch;

	socket_make_room(kernel, batch->length, verdicts.count);

	int error = socket_send(kernel, batch->data, batch->length);

	if (error == EMSGSIZE)
		return too_large(diags, batch->length);
	if (error)
		return refuse(diags, error, "changing the kernel's rules");
	if (hear_answers(kernel, &verdicts))
		return COMMIT_UNKNOWN;
	return judge(&verdicts, sending, diags);
}

void send_ask(struct buffer *batch, size_t message)
{
	char *last = batch->data + message;
	struct nlmsghdr head;

	memcpy(&head, last, sizeof(head));
	head.nlmsg_flags |= NLM_F_ACK;
	memcpy(last, &head, sizeof(head));
}
