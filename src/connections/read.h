/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message of the kernel about a tracked connection, read. */
#pragma once

#include "connections/library.h"
#include "connections/tracked.h"

/*
 * False when it cannot be understood.  `tracked->entry.tuple` points into the message.
 */
bool tracked_read(const struct conntrack_library *library,
		  const struct nlmsghdr *message, struct tracked *tracked) MUST_USE;
