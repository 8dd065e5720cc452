/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection by which a process is managed, found in the tree of processes. */
#pragma once

#include "base/buffer.h"
#include "guard/guard.h"

/* A TCP connection that ends here. */
struct management {
	enum family family;
	uint8_t peer[16], local[16];
	uint16_t peer_port, local_port;
};

/* Where to look. */
struct management_search {
	const char *proc;        /* "/proc" */
	const char *process;     /* whose connection: a folder of `proc`, "self" */
	const char *environment; /* its SSH_CONNECTION; NULL: it has none */
	const struct local_addresses *local;
};

/* The nearest connection that counts; false when there is none. */
bool management_find(const struct management_search *search,
		     struct management *management) MUST_USE;

/* "CLIENT PORT SERVER PORT", as sshd writes SSH_CONNECTION; false for all else. */
bool management_parse(const char *text, struct management *management) MUST_USE;

/* Whether it comes over the network and ends at one of the machine's addresses. */
bool management_counts(const struct local_addresses *local,
		       const struct management *management) MUST_USE;

/* The connection that a process, an sshd, holds as a socket. */
bool management_of_sockets(const struct management_search *search, const char *process,
			   struct management *management) MUST_USE;

/* At most `max` bytes of PROC/PROCESS/NAME, NUL-ended; false when it cannot be read. */
bool process_read(const char *proc, const char *process, const char *name, size_t max,
		  struct buffer *content) MUST_USE;
