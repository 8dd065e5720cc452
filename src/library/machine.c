/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rolewall asks the machine that it runs on: its name, addresses and the day. */
#include <ifaddrs.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#include "library/handle.h"

enum { SECONDS_A_DAY = 24 * 60 * 60, HOST_NAME_BYTES = 256 };

int64_t machine_today(void)
{
	return (int64_t)time(NULL) / SECONDS_A_DAY;
}

const char *machine_name(struct arena *arena)
{
	char *name = arena_alloc(arena, HOST_NAME_BYTES);

	/* zeroed, and the last byte stays so: ended also when the name was cut */
	return gethostname(name, HOST_NAME_BYTES - 1) == 0 ? name : NULL;
}

static void push(struct arena *arena, struct ranges *ranges, const void *address)
{
	ranges_push(arena, ranges, address, address);
}

void machine_addresses(struct arena *arena, struct ranges addresses[FAMILY_COUNT])
{
	struct ifaddrs *all = NULL;

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		addresses[family] = ranges_empty(family);
	if (getifaddrs(&all))
		return;
	for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
		const void *address = at->ifa_addr;

		if (address && at->ifa_addr->sa_family == AF_INET)
			push(arena, &addresses[FAMILY_IP4],
			     &((const struct sockaddr_in *)address)->sin_addr);
		else if (address && at->ifa_addr->sa_family == AF_INET6)
			push(arena, &addresses[FAMILY_IP6],
			     &((const struct sockaddr_in6 *)address)->sin6_addr);
	}
	freeifaddrs(all);
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		ranges_normalize(&addresses[family]);
}
