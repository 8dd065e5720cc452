/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewall-connections RULES NETNS [PATH]...
 *
 * Lists the connections of a network namespace that RULES would not admit, one a line,
 * then "listed COUNT of SEEN".  A line "cut" on the standard input ends them: "cut
 * COUNT".  RULES: a saved rule set, or "live": those of the kernel there.  PATH:
 * protected, as in "tcp/22".
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/namespace.h"
#include "connections/connections.h"
#include "kernel/kernel.h"

static struct diags diags;

static _Noreturn void give_up(void)
{
	struct buffer said AUTO_BUFFER = { 0 };

	diags_print(&diags, false, &said);
	fprintf(stderr, "%s", said.data ? said.data : "no reason given\n");
	exit(EXIT_FAILURE);
}

static const struct ruleset *read_saved(struct arena *arena, const char *path)
{
	const struct ruleset *ruleset;
	const char *why = NULL;
	const struct source *source =
		source_read(arena, path, NULL, LIMIT_DATA_BYTES, &why);
	const char *body = source ? strstr(source->text, "\n\n") : NULL;

	if (!body) {
		fprintf(stderr, "%s: %s\n", path, why ? why : "no header");
		exit(EXIT_FAILURE);
	}
	body += 2;

	size_t length = (size_t)(source->text + source->length - body);

	/* a copy: netlink messages stand at a multiple of four */
	if (!kernel_decode(arena_copy(arena, body, length), length, arena, &diags,
			   &ruleset))
		give_up();
	return ruleset;
}

static const struct ruleset *read_live(struct arena *arena, const char *netns)
{
	struct kernel *kernel AUTO(kernel) = NULL;
	const struct ruleset *ruleset;

	if (!kernel_open(netns, &diags, &kernel) ||
	    !kernel_read(kernel, arena, &diags, &ruleset))
		give_up();
	return ruleset;
}

static void read_local(struct arena *arena, const char *netns,
		       struct local_addresses *local)
{
	struct namespace_visit visit;

	if (!namespace_enter(netns, &diags, &visit) ||
	    !local_addresses_read(arena, local) || !namespace_leave(&visit, &diags))
		give_up();
}

static void print(const struct connection *connection)
{
	int family = connection->family == FAMILY_IP6 ? AF_INET6 : AF_INET;
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];

	inet_ntop(family, connection->source, source, sizeof(source));
	inet_ntop(family, connection->destination, destination, sizeof(destination));
	printf("%s %u %s %u %s %u %s %s\n", connection->inbound ? "in" : "out",
	       connection->protocol, source, connection->source_port, destination,
	       connection->destination_port,
	       connection->is_protected ? "protected"
	       : connection->entry      ? "refused"
					: "unknown",
	       connection->why);
}

int main(int count, char *words[])
{
	struct arena *arena AUTO(arena) = arena_new();
	struct connections connections = { 0 };
	struct local_addresses local = { 0 };
	struct paths paths = { 0 };
	char line[16];
	size_t cut;

	if (count < 3)
		return 2;
	diags_init(&diags, arena);

	const struct ruleset *ruleset = strcmp(words[1], "live")
						? read_saved(arena, words[1])
						: read_live(arena, words[2]);

	for (int i = 3; i < count; i++) {
		struct path path;

		if (!path_parse(arena, words[i], &diags, &path))
			give_up();
		LIST_PUSH(arena, &paths, path);
	}
	read_local(arena, words[2], &local);

	struct connections_query query = {
		.netns = words[2],
		.ruleset = ruleset,
		.paths = &paths,
		.local = &local,
	};

	if (!connections_find(arena, &query, &diags, &connections))
		give_up();
	for (size_t i = 0; i < connections.count; i++)
		print(&connections.items[i]);
	printf("listed %zu of %zu\n", connections.count, connections.seen);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) || strcmp(line, "cut\n") != 0)
		return EXIT_SUCCESS;
	if (!connections_cut(words[2], &connections, &diags, &cut))
		give_up();
	printf("cut %zu\n", cut);
	return EXIT_SUCCESS;
}
