/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits on what rolewall takes in, each with its reason. */
#pragma once

/* A site is written by hand; more than this is a mistake or an attack. */
#define LIMIT_SITE_BYTES (64u << 20)

/* Address lists: a million IPv6 prefixes are some 45 MB; twice that and room. */
#define LIMIT_DATA_BYTES (256u << 20)

/* libconfig itself stops at 10; a reader loses the thread long before. */
#define LIMIT_INCLUDE_DEPTH 8

/* Profiles that use profiles. */
#define LIMIT_PROFILE_DEPTH 8

/* Rules of one host.  30 us each in the kernel: more would stall it for seconds. */
#define LIMIT_RULES 100000

/* Diagnostics printed of one run; the rest is counted. */
#define LIMIT_DIAGNOSTICS 100

/* Times a snapshot or a commit is tried again while the kernel's rules move. */
#define LIMIT_RETRIES 8

/* NAME of roles, hosts, peers, flows, services, profiles. */
#define LIMIT_NAME_BYTES 63

/* Rule comment in the kernel: 128 bytes with its NUL. */
#define LIMIT_COMMENT_BYTES 127

/* Packets that are tried for one protected path: a few seconds; then it is refused. */
#define LIMIT_GUARD_PACKETS (4u << 20)
