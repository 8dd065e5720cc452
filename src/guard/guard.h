/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock-out guard: the ways by which this machine is managed, and whether a rule set
 * leaves them open.
 */
#pragma once

#include "ruleset/ruleset.h"

/* A way to this host that has to stay open for new connections. */
struct path {
	uint8_t protocol;          /* IPPROTO_TCP, _UDP, _SCTP */
	uint16_t port;             /* of this host */
	bool has_peers;            /* false: somebody has to come through, whoever */
	enum family family;        /* with `has_peers` */
	uint8_t low[16], high[16]; /* with `has_peers`: all of them have to */
	bool has_local; /* the management connection: to this address of this host */
	uint8_t local[16];
	const char *what; /* for people: "tcp/22@198.51.100.7 (this SSH connection)" */
	const char *text; /* PROTO/PORT[@ADDRESS], as path_parse() reads it */
	/* the management connection's own: "CLIENT PORT SERVER PORT"; NULL: it is none
	 */
	const char *connection;
};

struct paths {
	struct path *items;
	size_t count, capacity;
};

/* The addresses of the machine in this network namespace, and where they are. */
struct local_address {
	const char *interface; /* "": not known; packets may come by any */
	enum family family;
	uint8_t address[16];
	bool loopback, link_local;
};

struct local_addresses {
	struct local_address *items;
	size_t count, capacity;
};

bool local_addresses_read(struct arena *arena,
			  struct local_addresses *addresses) MUST_USE;

/*
 * "tcp/22", "tcp/22@198.51.100.7", "tcp/22@198.51.100.0/24", "udp/161@2001:db8::/64".
 * False with DIAG_USAGE.
 */
bool path_parse(struct arena *arena, const char *text, struct diags *diags,
		struct path *path) MUST_USE;

/*
 * Appends the connection by which this process is managed, if it comes over the
 * network and ends at one of `local`: SSH_CONNECTION of this process, else of an
 * ancestor, else the peer of an ancestor sshd's socket.
 */
void paths_find_management(struct arena *arena, const struct local_addresses *local,
			   struct paths *paths);

/*
 * Whether a new connection on each of the paths would be admitted, and its answers let
 * out.  False with one DIAG_LOCKOUT for each path that would be cut: the path, the rule
 * or policy that cuts it with its place, and the line of a site that would keep it.
 */
bool guard_check(const struct ruleset *ruleset, const struct paths *paths,
		 const struct local_addresses *local, struct diags *diags) MUST_USE;

/* Whether the packets of this connection are of one of the paths. */
bool paths_protect(const struct paths *paths, enum family family, uint8_t protocol,
		   const uint8_t *peer, uint16_t local_port) MUST_USE;
