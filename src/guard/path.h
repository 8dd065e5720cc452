/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protocols of protected paths, and how a path is written. */
#pragma once

#include "guard/guard.h"

struct path_protocol {
	const char *name; /* also the key of a flow in a site */
	uint8_t number;
	enum field source_port, destination_port;
};

/* NULL when paths know no such protocol. */
const struct path_protocol *path_protocol_find(uint8_t number) MUST_USE;

/* "192.0.2.0/24", of a path with peers. */
const char *path_peers(struct arena *arena, const struct path *path) RETURNS_NONNULL;

/* Makes `text` and `what` of the other members. */
void path_name(struct arena *arena, struct path *path);

/* "tcp/22 from 198.51.100.7 (this SSH connection)". */
const char *path_words(struct arena *arena, const struct path *path) RETURNS_NONNULL;
