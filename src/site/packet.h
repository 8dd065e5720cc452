/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets in words: "tcp analysts sensor-1:22". */
#pragma once

#include "site/load.h"

struct packet_reader {
	struct loader *loader;
	struct names sides; /* struct expect_side without a port, by name */
	struct span span;   /* of the packet that is read */
};

/*
 * Reads the protocol, source and destination; `expectation` says already whether it is
 * to be accepted.  False with a diagnostic.
 */
bool packet_read(struct packet_reader *reader, const struct word *packet,
		 struct expectation *expectation) ALL_NONNULL;
