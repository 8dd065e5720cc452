/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets in words: "tcp analysts sensor-1:22". */
#pragma once

#include "site/load.h"

/* One word of a packet, or a part of it; not NUL-ended. */
struct part {
	const char *text;
	size_t length;
};

struct packet_reader {
	struct loader *loader;
	const struct site *site;
	bool asks; /* a question: ports and types may be left out, ICMP is allowed */
	struct names sides; /* struct expect_side without a port, by name */
	struct span span;   /* of the packet that is read */
};

/*
 * Reads the protocol, source and destination; `expectation` says already whether it is
 * to be accepted.  False with a diagnostic.
 */
bool packet_read(struct packet_reader *reader, const struct word *packet,
		 struct expectation *expectation) ALL_NONNULL;

/* "tcp", "47", and of questions "icmp", "icmp/echo-request"; see packet_protocol.c. */
bool packet_read_protocol(const struct packet_reader *reader, const struct part *part,
			  struct expectation *expectation) ALL_NONNULL;
