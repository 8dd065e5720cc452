/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking the kernel: one request, and all that it answers. */
#pragma once

#include "kernel/socket.h"

enum asked {
	ASKED,       /* all of the answer was seen */
	ASKED_MOVED, /* the rules moved meanwhile, or what was asked for has vanished */
	ASKED_FAILED /* with a diagnostic */
};

struct request {
	uint16_t type; /* NFT_MSG_GET* */
	uint8_t family;
	bool dump;

	/* of the table, of the set in it; text NULL: none */
	struct request_name {
		uint16_t type;
		const char *text;
	} names[2];

	const uint32_t *generation; /* that answers must be of; NULL: of any */
	/* for each message of the answer; false: it could not be read */
	bool (*take)(void *state, const struct nlmsghdr *message);
	void *state;
};

enum asked kernel_ask(struct kernel *kernel, const struct request *request,
		      struct diags *diags) MUST_USE;
