/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside matrix/: what a flow says, in words. */
#pragma once

#include "site/site.h"

/* "sensor, ot-sensor" */
const char *ends_names(struct arena *arena, const struct ends *ends) ALL_NONNULL;

/* "tcp", "icmp echo-request", "protocol 47" */
const char *item_protocol(struct arena *arena,
			  const struct service_item *item) ALL_NONNULL;

/* "135, 1025-65535"; "" where there are no ports. */
const char *item_ports(struct arena *arena,
		       const struct service_item *item) ALL_NONNULL;

/* All that narrows the flow beside ends and ports; NULL: nothing does. */
const char *flow_conditions(struct arena *arena, const struct flow *flow) ALL_NONNULL;

/* "closed by the site", "adjusted by defender-iot-field" */
const char *departure_words(struct arena *arena, const char *verb,
			    const struct departure *departure) ALL_NONNULL;

/* The addresses of an actor, one after the other: "192.0.2.1, 2001:db8::/64". */
const char *actor_addresses(struct arena *arena, const struct actor *actor) ALL_NONNULL;

/* The roles of an actor: "sensor, ntp-server". */
const char *actor_roles(struct arena *arena, const struct actor *actor) ALL_NONNULL;
