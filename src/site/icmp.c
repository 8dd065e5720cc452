/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP types by name: the tables of nft 1.0.6, in the order of their numbers. */
#include <string.h>

#include "site/icmp.h"

struct type {
	uint8_t number;
	const char *name;
};

/* clang-format off */
static const struct type icmp_types[] = {
	{ 0, "echo-reply" },            { 3, "destination-unreachable" },
	{ 4, "source-quench" },         { 5, "redirect" },
	{ 8, "echo-request" },          { 9, "router-advertisement" },
	{ 10, "router-solicitation" },  { 11, "time-exceeded" },
	{ 12, "parameter-problem" },    { 13, "timestamp-request" },
	{ 14, "timestamp-reply" },      { 15, "info-request" },
	{ 16, "info-reply" },           { 17, "address-mask-request" },
	{ 18, "address-mask-reply" },
};

static const struct type icmpv6_types[] = {
	{ 1, "destination-unreachable" }, { 2, "packet-too-big" },
	{ 3, "time-exceeded" },           { 4, "parameter-problem" },
	{ 128, "echo-request" },          { 129, "echo-reply" },
	{ 130, "mld-listener-query" },    { 131, "mld-listener-report" },
	{ 132, "mld-listener-done" },     { 132, "mld-listener-reduction" },
	{ 133, "nd-router-solicit" },     { 134, "nd-router-advert" },
	{ 135, "nd-neighbor-solicit" },   { 136, "nd-neighbor-advert" },
	{ 137, "nd-redirect" },           { 138, "router-renumbering" },
	{ 141, "ind-neighbor-solicit" },  { 142, "ind-neighbor-advert" },
	{ 143, "mld2-listener-report" },
};

/* clang-format on */

static const struct type *types_of(enum transport transport, size_t *count)
{
	bool is_v6 = transport == TRANSPORT_ICMPV6;

	*count = is_v6 ? COUNT_OF(icmpv6_types) : COUNT_OF(icmp_types);
	return is_v6 ? icmpv6_types : icmp_types;
}

bool icmp_number(enum transport transport, const char *name, uint8_t *number)
{
	size_t count;
	const struct type *types = types_of(transport, &count);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(types[i].name, name)) {
			*number = types[i].number;
			return true;
		}
	return false;
}

const char *icmp_name(enum transport transport, uint8_t number)
{
	size_t count;
	const struct type *types = types_of(transport, &count);

	for (size_t i = 0; i < count; i++)
		if (types[i].number == number)
			return types[i].name;
	return NULL;
}

void icmp_names(struct arena *arena, enum transport transport, struct names *names)
{
	size_t count;
	const struct type *types = types_of(transport, &count);

	for (size_t i = 0; i < count; i++)
		names_add(arena, names, types[i].name, names);
}
