/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses of this machine, as its network namespace has them now. */
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "guard/address.h"
#include "guard/guard.h"

DEFINE_AUTO(ifaddrs, struct ifaddrs *, freeifaddrs)

/*
 * For IPv4 the C library gives the address's label, by custom "eth0:1".  A label that
 * leads to no interface leaves it unknown.
 */
static const char *interface_of(struct arena *arena, const char *label)
{
	char *name = arena_copy(arena, label, strcspn(label, ":"));

	return if_nametoindex(name) ? name : "";
}

static bool address_of(const struct sockaddr *from, struct local_address *address)
{
	if (from->sa_family == AF_INET) {
		struct sockaddr_in ip4;

		memcpy(&ip4, from, sizeof(ip4));
		address->family = FAMILY_IP4;
		memcpy(address->address, &ip4.sin_addr, 4);
		return true;
	}
	if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 ip6;

		memcpy(&ip6, from, sizeof(ip6));
		address->family = FAMILY_IP6;
		memcpy(address->address, &ip6.sin6_addr, 16);
		return true;
	}
	return false;
}

bool local_addresses_read(struct arena *arena, struct local_addresses *addresses)
{
	struct ifaddrs *all AUTO(ifaddrs) = NULL;
	struct local_addresses found = { 0 };

	if (getifaddrs(&all) != 0)
		return false;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
		struct local_address address = { 0 };

		/* an interface that is down takes no packets */
		if (!one->ifa_addr || !(one->ifa_flags & IFF_UP) ||
		    !address_of(one->ifa_addr, &address))
			continue;
		address.interface = interface_of(arena, one->ifa_name);
		address.loopback = address_is_loopback(address.family, address.address);
		address.link_local =
			address_is_link_local(address.family, address.address);
		LIST_PUSH(arena, &found, address);
	}
	*addresses = found;
	return true;
}
