/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and their answers, down to the last message. */
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/dump.h"

static int send_request(struct kernel *kernel, const struct request *request)
{
	struct buffer bytes AUTO_BUFFER = { 0 };
	struct message_head head = {
		.type = request->type,
		.flags = request->dump ? NLM_F_DUMP : 0,
		.family = request->family,
		.sequence = ++kernel->sequence,
	};
	size_t start = message_begin(&bytes, &head);

	for (size_t i = 0; i < COUNT_OF(request->names); i++) {
		if (request->names[i].text)
			attr_put_text(&bytes, request->names[i].type,
				      request->names[i].text);
	}
	message_end(&bytes, start);
	return socket_send(kernel, bytes.data, bytes.length);
}

/* What has been seen of an answer. */
struct hearing {
	const struct request *request;
	bool done, moved, broken;
	int error;
};

/* A dump that broke off says so in its last message. */
static int error_of_done(const struct nlmsghdr *message)
{
	int error;

	if (message->nlmsg_len < sizeof(*message) + sizeof(error))
		return 0;
	memcpy(&error, message + 1, sizeof(error));
	return error < 0 ? -error : 0;
}

static void hear(struct hearing *hearing, const struct nlmsghdr *message)
{
	const struct request *request = hearing->request;

	hearing->moved |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	if (message->nlmsg_type == NLMSG_ERROR) {
		hearing->error = answer_error_of(message).error;
		hearing->done = true;
		return;
	}
	if (message->nlmsg_type == NLMSG_DONE) {
		hearing->error = error_of_done(message);
		hearing->done = true;
		return;
	}
	if (!message_is_ours(message)) {
		hearing->broken = true;
		return;
	}
	/* dumps of elements tell of an interruption by this alone */
	hearing->moved |=
		request->generation &&
		message_generation(message) != (*request->generation & 0xffff);
	if (!hearing->moved && !hearing->broken)
		hearing->broken = !request->take(request->state, message);
	hearing->done |= !request->dump;
}

/* Reads to the end whatever it hears: the next request must find the line free. */
static int hear_answer(struct kernel *kernel, struct hearing *hearing)
{
	while (!hearing->done) {
		size_t length;
		int error = socket_receive(kernel, true, &length);

		if (error)
			return error;

		struct message_walk walk = { kernel->answer, length };

		for (const struct nlmsghdr *message; (message = message_next(&walk));) {
			/* late answers to what was sent before are nobody's */
			if (message->nlmsg_seq == kernel->sequence)
				hear(hearing, message);
		}
		hearing->broken |= walk.left != 0;
	}
	return 0;
}

enum asked kernel_ask(struct kernel *kernel, const struct request *request,
		      struct diags *diags)
{
	struct hearing hearing = { .request = request };
	int error = send_request(kernel, request);

	if (!error)
		error = hear_answer(kernel, &hearing);
	if (!error)
		error = hearing.error;

	/* ENOENT: the table or set has vanished since it was listed */
	if (hearing.moved || error == ENOENT || error == EINTR)
		return ASKED_MOVED;
	if (error) {
		diag_of_refusal(diags, error, "reading the kernel's rules");
		return ASKED_FAILED;
	}
	if (hearing.broken) {
		diag_error(diags, DIAG_KERNEL, (struct span){ 0 },
			   "the kernel's answer about its rules cannot be read");
		return ASKED_FAILED;
	}
	return ASKED;
}

/* ---- the generation ---- */

static bool take_generation(void *state, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NFTA_GEN_ID + 1];
	size_t length;
	const void *bytes = message_attrs(message, &length);

	attrs_find(bytes, length, attrs, COUNT_OF(attrs));
	return message_type(message) == NFT_MSG_NEWGEN && attrs[NFTA_GEN_ID] &&
	       attr_u32(attrs[NFTA_GEN_ID], state);
}

bool kernel_generation(struct kernel *kernel, struct diags *diags, uint32_t *generation)
{
	uint32_t seen = 0;
	struct request request = {
		.type = NFT_MSG_GETGEN,
		.family = AF_UNSPEC,
		.take = take_generation,
		.state = &seen,
	};
	enum asked asked = kernel_ask(kernel, &request, diags);

	if (asked == ASKED_MOVED)
		diag_of_refusal(diags, ENOENT, "reading the kernel's rules");
	if (asked != ASKED)
		return false;
	*generation = seen;
	return true;
}
