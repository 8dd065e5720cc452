/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's refusal of a message, in words and with the line that caused it. */
#pragma once

#include "kernel/kernel.h"
#include "kernel/socket.h"
#include "kernel/subject.h"

/* A message of a batch that was refused. */
struct refused {
	const struct nlmsghdr *message;
	struct subject subject;
	struct answer_error why;
	size_t followers; /* refused behind it: in consequence, most likely */
};

/* The first refusal is the cause; of those behind it only their number is said. */
void diag_of_message(struct diags *diags, const struct refused *refused) ALL_NONNULL;
