/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site: machines and the roles they play, and the flows between roles.
 *
 * Built by site_load() from one site file and the profiles that it uses; after
 * site_check() every name is resolved and nothing contradicts.  Read by compile/ and
 * matrix/.  Plain data in one arena.  Lists keep the order of the text; nothing that
 * is compiled depends on that order but the order of rules.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/range.h"

/* A word of the text and where it stands. */
struct word {
	const char *text;
	struct span span;
};

struct words {
	struct word *items;
	size_t count, capacity;
};

/* A function that machines perform. */
struct role {
	struct word name;
	const char *title;             /* NULL: none */
	const struct profile *profile; /* NULL: declared by the site */
};

/* What a profile is, for the matrix and for messages. */
struct profile {
	struct word name;
	const char *title, *source_document; /* NULL: not said */
	const struct source *source;
};

enum transport {
	TRANSPORT_TCP,
	TRANSPORT_UDP,
	TRANSPORT_SCTP,
	TRANSPORT_ICMP,   /* family ip only */
	TRANSPORT_ICMPV6, /* family ip6 only */
	TRANSPORT_PROTOCOL,
	TRANSPORT_COUNT
};

struct port_range {
	uint16_t low, high;
	struct span span;
};

/* One transport of a service with its ports: "tcp 135, 1025-65535". */
struct service_item {
	enum transport transport;
	uint8_t number;           /* ICMP type, or protocol number; else 0 */
	const char *name;         /* ICMP type by name, as nft spells it; else NULL */
	struct port_range *ports; /* sorted, merged; NULL for all but tcp, udp, sctp */
	size_t port_count;
	struct span span;
};

struct service_items {
	struct service_item *items;
	size_t count, capacity;
};

struct service {
	struct word name;
	struct service_items content;
	const struct profile *profile; /* NULL: the site's */
};

enum verdict_policy { POLICY_DROP, POLICY_REJECT, POLICY_ACCEPT };

enum icmp_policy { ICMP_ESSENTIAL, ICMP_PING };

/* New connections for each source: COUNT per UNIT, BURST at once. */
struct rate {
	uint32_t count;        /* 0: no rate */
	uint32_t unit_seconds; /* 1, 60, 3600, 86400 */
	uint32_t burst;        /* 5 when not said */
};

/* Merged: the host's own policy over the site's over the defaults. */
struct policy {
	enum verdict_policy inbound, outbound, forward;
	enum icmp_policy icmp;
	bool dhcp_client, anti_spoof;

	struct {
		struct rate rate; /* 10/minute burst 5 when not said */
		bool to_group;    /* NFLOG; else the kernel log */
		uint16_t group;
		const char *
			prefix; /* "rolewall" when not said; at most 60 bytes, no '"' */
	} log;

	int32_t priority; /* of the base chains; 0 = filter */
	struct span span; /* of the `policy` group that spoke last; all zero: none */
};

enum actor_kind { ACTOR_HOST, ACTOR_PEER, ACTOR_ANY };

/* A machine or group of machines that plays roles: a host, a peer, or `any`. */
struct actor {
	enum actor_kind kind;
	struct word name;
	struct words role_names;
	const struct role **roles; /* role_names resolved, one each */
	/* addresses, files and selections less `except`, per family; empty for `any` */
	struct ranges addresses[FAMILY_COUNT];
	struct words management, monitor; /* interfaces; hosts only */
	struct policy policy;             /* hosts only */
	struct span span;
};

/* What `from` and `to` name: exactly one of the two is set. */
struct end {
	struct word name;
	const struct role *role;
	const struct actor *actor;
};

struct ends {
	struct end *items;
	size_t count, capacity;
};

/* A line of the vendor's document, verbatim.  NULL: the cell is not there. */
struct row {
	const char *table, *protocol, *transport, *direction, *port, *used, *purpose;
	const char *source, *destination, *note;
	struct span span; /* line 0: the flow has no row */
};

/* How a profile or the site departs from a flow of a profile that it uses. */
struct departure {
	const struct profile *by; /* NULL: the site */
	const char *why;          /* NULL: not said (a site need not) */
	struct span span;
};

/* A permission: machines in `from` may open connections to machines in `to`. */
struct flow {
	const char *id; /* PROFILE.ID, or SITE.ID for the site's own */
	struct word local_id;
	const struct profile *profile; /* NULL: the site's own */
	struct ends from, to;
	struct service_items content;   /* services and inline ports, one list */
	struct port_range source_ports; /* low 0: any */
	bool has_source_port;
	bool has_group; /* multicast or broadcast address that `to` listens on */
	enum family group_family;
	uint8_t group[16];
	bool both_ways, optional, log;
	bool families[FAMILY_COUNT]; /* both true unless `family` says one */
	struct rate rate;            /* count 0: none */
	const char *expires;         /* "YYYY-MM-DD"; NULL: never */
	const char *owner, *ticket, *purpose, *note;
	struct row row;
	const struct departure *closed;   /* NULL: open.  Set: makes no rule anywhere */
	const struct departure *adjusted; /* NULL: as its profile wrote it */
	const struct departure *added; /* NULL, or the `why` of a flow that departs */
	struct span span;              /* the flow's own group */
};

enum expect_kind { EXPECT_ACCEPT, EXPECT_REFUSE, EXPECT_NOTHING };

/* One end of an expected packet: every address that its name stands for. */
struct expect_side {
	const char *text; /* as it is written, without the port */
	struct ranges addresses[FAMILY_COUNT];
	uint16_t port; /* 0: every port */
};

/* What the site says of new packets at a host: held against what is compiled. */
struct expectation {
	struct word packet; /* as it is written */
	enum expect_kind kind;
	const struct actor *host; /* NULL: a question, which is of no one host */
	enum transport transport; /* ICMP and ICMPv6: of questions alone */
	uint8_t number;           /* the protocol's, or the ICMP type; else 0 */
	bool every_type;          /* ICMP and ICMPv6: of whatever type */
	struct expect_side source, destination;
};

#define SITE_LIST(type)          \
	struct {                 \
		type *items;     \
		size_t count;    \
		size_t capacity; \
	}

struct site {
	struct word name;
	const struct source *source;
	bool is_profile; /* a profile read by itself: no hosts, for `matrix PROFILE` */
	SITE_LIST(struct profile *) profiles; /* used ones first, users after */
	SITE_LIST(struct role *) roles;
	SITE_LIST(struct service *) services;
	SITE_LIST(struct actor *) actors; /* hosts, then peers, in the text's order */
	SITE_LIST(struct flow *) flows; /* profiles' in order of use, then the site's */
	SITE_LIST(struct expectation *) expectations;
	const struct actor *any;
	struct policy policy;
	uint8_t digest[32]; /* SHA-256 over all inputs: texts and data files, in order
			     */
};

struct site_options {
	const char *const
		*profile_folders; /* searched in order; see site_profile_path() */
	size_t profile_folder_count;
	const char *stdin_name; /* NULL: "<stdin>" */
	int64_t today;          /* days since 1970-01-01 UTC, for `expires` */
	bool notes;             /* tell of the `note` of each flow that is open */
};

/*
 * Reads the site (or, when the file holds `profile = {...}`, the profile) at `path`,
 * the profiles and the data files that it names, and checks all of it: returns NULL
 * unless there is not one error.  All mistakes that can be found are reported.
 */
const struct site *site_load(struct arena *arena, const char *path,
			     const struct site_options *options,
			     struct diags *diags) MUST_USE;

/*
 * The host called `name`; NULL with a diagnostic that lists the hosts when there is
 * none. With name NULL: the one host of the site that is called `machine_name`, or its
 * first label; else the one that has one of `addresses` (the machine's own); else the
 * only one.
 */
const struct actor *site_host(const struct site *site, const char *name,
			      const char *machine_name, const struct ranges *addresses,
			      struct diags *diags) MUST_USE;

/*
 * Reads a question like "tcp analysts sensor-1:22", in the words of `expect`: there may
 * be no port, which means every one, and it may be "icmp" or "icmp/echo-request". Every
 * address that its names stand for is meant.  False with diagnostics.
 */
bool site_packet(struct arena *arena, const struct site *site, const char *text,
		 struct expectation *packet, struct diags *diags) ALL_NONNULL MUST_USE;

/* Whether `actor` is `end` itself or plays the role that `end` names. */
bool actor_plays(const struct actor *actor, const struct end *end) ALL_NONNULL;

/* "tcp", "udp", "sctp", "icmp", "icmpv6", "protocol". */
extern const char *const transport_names[TRANSPORT_COUNT];
