/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's refusal of a message, in words and with the line that caused it. */
#pragma once

#include "kernel/encode.h"
#include "kernel/kernel.h"
#include "kernel/socket.h"

/* A message of the batch that was refused. */
struct refusal {
	size_t index; /* in the trace */
	struct answer_error why;
};

/*
 * The first refusal is the cause; of the `followers` behind it only their number is
 * said.
 */
void diag_of_message(struct diags *diags, const struct encoder *encoder,
		     const struct refusal *first, size_t followers);
