/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewall-management addresses: the addresses of this network namespace, one a line.
 * rolewall-management path: the path by which this process is managed, if it is.
 * rolewall-management route INTERFACE SOURCE DESTINATION: whether the way back of a
 * packet that comes in by INTERFACE leaves by it.
 */
#include <stdio.h>
#include <string.h>

#include "guard/address.h"
#include "guard/guard.h"
#include "guard/route.h"

static int usage(void)
{
	fputs("usage: rolewall-management addresses | path | "
	      "route INTERFACE SOURCE DESTINATION\n",
	      stderr);
	return 64;
}

static void print_addresses(const struct local_addresses *local)
{
	for (size_t i = 0; i < local->count; i++) {
		const struct local_address *own = &local->items[i];
		struct buffer words AUTO_BUFFER = { 0 };

		range_print(&words, own->address, own->address,
			    family_widths[own->family]);
		printf("%s %s%s%s\n", own->interface, words.data,
		       own->loopback ? " loopback" : "",
		       own->link_local ? " link-local" : "");
	}
}

static int print_route(char **words)
{
	struct packet packet = { .way = WAY_IN, .iifname = words[0] };
	enum family family;

	if (!address_read(words[1], strlen(words[1]), &packet.family, packet.source) ||
	    !address_read(words[2], strlen(words[2]), &family, packet.destination) ||
	    family != packet.family)
		return usage();
	puts(route_leads_back(&packet) ? "back" : "missing");
	return 0;
}

int main(int argc, char **argv)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct local_addresses local = { 0 };
	struct paths paths = { 0 };

	if (argc == 5 && !strcmp(argv[1], "route"))
		return print_route(argv + 2);
	if (argc != 2)
		return usage();
	if (!local_addresses_read(arena, &local)) {
		fputs("rolewall-management: no addresses\n", stderr);
		return 1;
	}
	if (!strcmp(argv[1], "addresses")) {
		print_addresses(&local);
		return 0;
	}
	if (strcmp(argv[1], "path") != 0)
		return usage();
	paths_find_management(arena, &local, &paths);
	for (size_t i = 0; i < paths.count; i++)
		printf("%s\n%s\n", paths.items[i].text, paths.items[i].what);
	return 0;
}
