/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewall-evaluate saved FILE | live NETNS packets: for each line of packets what the
 * rule set does to it, "OUTCOME RATED CHAIN COMMENT"; RATED is 1 when a limit for each
 * source was asked, and "-" stands for no chain or comment.
 *
 * A packet is "WAY IIFNAME OIFNAME PROTOCOL SOURCE PORT DESTINATION PORT ICMP-TYPE
 * HOP-LIMIT PACKET-TYPE STATE ROUTE-BACK", all numbers but the names and addresses.
 *
 * rolewall-evaluate saved FILE | live NETNS boundaries: each field of addresses and
 * ports, and a value at which what happens may change, one a line.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/source.h"
#include "kernel/kernel.h"
#include "meaning/evaluate.h"

static _Noreturn void stop(const struct diags *diags, const char *why)
{
	struct buffer words AUTO_BUFFER = { 0 };

	diags_print(diags, false, &words);
	fprintf(stderr, "%srolewall-evaluate: %s\n", words.data ? words.data : "", why);
	exit(1);
}

/* ---- rule sets ---- */

/* The header of lines, an empty line, and the messages behind it. */
static const struct ruleset *read_saved(struct arena *arena, const char *path,
					struct diags *diags)
{
	const char *why = NULL;
	const struct source *source =
		source_read(arena, path, NULL, LIMIT_DATA_BYTES, &why);
	const char *end = source ? strstr(source->text, "\n\n") : NULL;
	const struct ruleset *ruleset;

	if (!end)
		stop(diags, why ? why : "not a saved rule set");

	size_t length = (size_t)(source->text + source->length - (end + 2));

	/* a copy stands at a multiple of four */
	if (!kernel_decode(arena_copy(arena, end + 2, length), length, arena, diags,
			   &ruleset))
		stop(diags, "cannot decode it");
	return ruleset;
}

static const struct ruleset *read_live(struct arena *arena, const char *netns,
				       struct diags *diags)
{
	const struct ruleset *ruleset;
	AUTO(kernel) struct kernel *kernel = NULL;

	if (!kernel_open(netns, diags, &kernel) ||
	    !kernel_read(kernel, arena, diags, &ruleset))
		stop(diags, "cannot read it");
	return ruleset;
}

/* ---- packets ---- */

static void read_address(const char *text, struct packet *packet, uint8_t *address)
{
	bool ip6 = strchr(text, ':') != NULL;

	packet->family = ip6 ? FAMILY_IP6 : FAMILY_IP4;
	if (inet_pton(ip6 ? AF_INET6 : AF_INET, text, address) != 1) {
		fprintf(stderr, "rolewall-evaluate: no address: %s\n", text);
		exit(1);
	}
}

struct line {
	char iifname[16], oifname[16], source[46], destination[46];
};

static bool read_packet(const char *text, struct line *line, struct packet *packet)
{
	unsigned way, protocol, type, hops, cast, state, route;

	memset(packet, 0, sizeof(*packet));
	if (sscanf(text, "%u %15s %15s %u %45s %hu %45s %hu %u %u %u %u %u", &way,
		   line->iifname, line->oifname, &protocol, line->source,
		   &packet->source_port, line->destination, &packet->destination_port,
		   &type, &hops, &cast, &state, &route) != 13)
		return false;
	packet->way = (enum packet_way)way;
	packet->iifname = strcmp(line->iifname, "-") == 0 ? "" : line->iifname;
	packet->oifname = strcmp(line->oifname, "-") == 0 ? "" : line->oifname;
	packet->protocol = (uint8_t)protocol;
	packet->icmp_type = (uint8_t)type;
	packet->hop_limit = (uint8_t)hops;
	packet->packet_type = (uint8_t)cast;
	packet->state = (enum connection_state)state;
	packet->route_back = route;
	read_address(line->source, packet, packet->source);
	read_address(line->destination, packet, packet->destination);
	return true;
}

static bool is_rated(const struct evaluation *evaluation)
{
	for (size_t i = 0; i < evaluation->passages.count; i++) {
		const struct rule *rule = evaluation->passages.items[i].rule;

		for (size_t k = 0; rule && k < rule->step_count; k++) {
			if (rule->steps[k].kind == STEP_UPDATE)
				return true;
		}
	}
	return false;
}

static bool evaluate_lines(const struct ruleset *ruleset)
{
	struct line line;
	struct packet packet;
	struct evaluation evaluation;
	char text[256];

	while (fgets(text, sizeof(text), stdin)) {
		AUTO(arena) struct arena *arena = arena_new();

		if (!read_packet(text, &line, &packet)) {
			fprintf(stderr, "rolewall-evaluate: no packet: %s", text);
			return false;
		}
		evaluate(arena, ruleset, &packet, &evaluation);

		const struct passage *by = &evaluation.decider;

		printf("%s %d %s %s\n", outcome_names[evaluation.outcome],
		       is_rated(&evaluation), by->chain ? by->chain->name : "-",
		       by->rule && by->rule->comment ? by->rule->comment : "-");
	}
	return true;
}

/* ---- boundaries ---- */

static bool is_cut(enum field field)
{
	enum datatype type = field_infos[field].type;

	return type == DATATYPE_IP4_ADDRESS || type == DATATYPE_IP6_ADDRESS ||
	       type == DATATYPE_INET_SERVICE;
}

static void print_boundaries(struct arena *arena, const struct ruleset *ruleset,
			     enum field field)
{
	const struct field_info *info = &field_infos[field];
	struct boundaries boundaries = { 0 };
	uint8_t low[16] = { 0 }, high[16];

	memset(high, 0xff, sizeof(high));
	evaluate_boundaries(arena, ruleset, field, low, high, &boundaries);
	for (size_t i = 0; i < boundaries.count; i++) {
		struct buffer words AUTO_BUFFER = { 0 };

		datatype_print(&words, info->type, boundaries.items[i],
			       8u * info->width);
		printf("%s %s\n", info->name, words.data);
	}
}

int main(int argc, char **argv)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct diags diags;

	diags_init(&diags, arena);
	if (argc != 4)
		stop(&diags, "usage: saved FILE | live NETNS packets | boundaries");

	const struct ruleset *ruleset = strcmp(argv[1], "live") == 0
						? read_live(arena, argv[2], &diags)
						: read_saved(arena, argv[2], &diags);

	if (strcmp(argv[3], "packets") == 0)
		return !evaluate_lines(ruleset);
	for (enum field field = 0; field < FIELD_COUNT; field++) {
		if (is_cut(field))
			print_boundaries(arena, ruleset, field);
	}
	return 0;
}
