/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP types by name, as nft spells them. */
#pragma once

#include "site/names.h"
#include "site/site.h"

/* False when `transport`, which is ICMP or ICMPv6, has no type of that name. */
bool icmp_number(enum transport transport, const char *name,
		 uint8_t *number) ALL_NONNULL MUST_USE;

/* NULL when the type has no name. */
const char *icmp_name(enum transport transport, uint8_t number) MUST_USE;

/* Adds all names of a transport. */
void icmp_names(struct arena *arena, enum transport transport,
		struct names *names) ALL_NONNULL;
