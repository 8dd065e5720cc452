/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proof: what the site says and what the rules do, compared packet by packet. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "proof/proof.h"
#include "proof/reading.h"

static const enum connection_state states[] = { STATE_NEW, STATE_ESTABLISHED,
						STATE_RELATED, STATE_INVALID,
						STATE_UNTRACKED };

struct comparison {
	struct reading *reading;
	struct space *space;
	const struct ruleset *ruleset;
	struct traffic said, done; /* by the site, by the rules */
};

struct readings *readings_new(struct arena *arena, const struct site *site)
{
	struct readings *readings = arena_alloc(arena, sizeof(*readings));

	readings->arena = arena;
	readings->site = site;
	return readings;
}

/* ---- messages ---- */

static void print_end(struct buffer *out, enum family family, const uint8_t *address,
		      uint16_t port)
{
	char text[INET6_ADDRSTRLEN];
	bool ip6 = family == FAMILY_IP6;

	inet_ntop(ip6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	if (port)
		buffer_format(out, ip6 ? " [%s]:%u" : " %s:%u", text, port);
	else
		buffer_format(out, " %s", text);
}

static void print_interface(struct buffer *out, const char *words, const char *name)
{
	if (!*name)
		return;
	buffer_text(out, words);
	buffer_printable(out, name, strlen(name), '"');
}

/* "in, new: tcp 192.0.2.1:40000 192.0.2.11:443 from eth0" */
static void print_packet(struct buffer *out, const struct packet *packet)
{
	static const char *const ways[WAY_COUNT] = { "in", "out", "forward" };

	static const enum transport named[] = { TRANSPORT_TCP, TRANSPORT_UDP,
						TRANSPORT_SCTP, TRANSPORT_ICMP,
						TRANSPORT_ICMPV6 };

	static const uint8_t numbers[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
					   IPPROTO_ICMP, IPPROTO_ICMPV6 };
	size_t row = 0;

	buffer_format(out, "%s, %s: ", ways[packet->way],
		      symbol_name(DATATYPE_CT_STATE, packet->state));
	while (row < COUNT_OF(numbers) && numbers[row] != packet->protocol)
		row++;
	if (row == COUNT_OF(numbers))
		buffer_format(out, "protocol %u", packet->protocol);
	else
		buffer_text(out, transport_names[named[row]]);

	bool icmp = row == 3 || row == 4, ports = row < 3;

	if (icmp)
		buffer_format(out, " type %u hop limit %u", packet->icmp_type,
			      packet->hop_limit);
	print_end(out, packet->family, packet->source, ports ? packet->source_port : 0);
	print_end(out, packet->family, packet->destination,
		  ports ? packet->destination_port : 0);
	print_interface(out, " from ", packet->iifname);
	print_interface(out, " by ", packet->oifname);
	if (packet->way == WAY_IN && !packet->route_back)
		buffer_text(out, " without a route back");
}

/* What decided in the rules, in words. */
static void note_rules(struct arena *arena, const struct ruleset *ruleset,
		       const struct packet *packet, struct diags *diags)
{
	struct evaluation evaluation;
	const struct passage *decider = &evaluation.decider;

	evaluate(arena, ruleset, packet, &evaluation);
	if (!decider->chain)
		diag_note(diags, (struct span){ 0 },
			  "the rules say %s: no chain is on its way",
			  outcome_names[evaluation.outcome]);
	else if (!decider->rule)
		diag_note(diags, decider->chain->origin,
			  "the rules say %s, by the policy of chain \"%s\"",
			  outcome_names[evaluation.outcome], decider->chain->name);
	else
		diag_note(diags, decider->rule->origin,
			  "the rules say %s, by the rule \"%s\" of chain \"%s\"",
			  outcome_names[evaluation.outcome],
			  decider->rule->comment ? decider->rule->comment : "",
			  decider->chain->name);
}

/* One packet of which the two differ, and what each says of it. */
static bool refuse(const struct comparison *comparison, struct diags *diags)
{
	const struct reading *reading = comparison->reading;
	const struct actor *host = reading->host;
	struct boxes boxes = { 0 };
	struct buffer words AUTO_BUFFER = { 0 };
	struct packet packet;

	space_compare(comparison->space, &comparison->said, &comparison->done, 1,
		      &boxes);
	packet = box_packet(reading->arena, &comparison->said, &boxes.items[0]);
	print_packet(&words, &packet);
	diag_error(diags, DIAG_PROOF, host->span,
		   "the rules of host \"%s\" do not do what the site says; nothing is "
		   "compiled",
		   host->name.text);
	diag_note(diags, (struct span){ 0 }, "a packet of which they differ: %s",
		  words.data);
	diag_note(diags, (struct span){ 0 }, "the site says %s",
		  outcome_names[boxes.items[0].from]);
	note_rules(reading->arena, comparison->ruleset, &packet, diags);
	diag_note(diags, (struct span){ 0 },
		  "this is a fault of rolewall, not of the site: please report it");
	return false;
}

/* ---- the comparison ---- */

static bool too_large(const struct reading *reading, struct diags *diags)
{
	diag_warning(diags, DIAG_LIMIT, reading->host->span,
		     "the rules of host \"%s\" are too many to be proven equal to the "
		     "site",
		     reading->host->name.text);
	return true;
}

bool proof_holds(struct readings *readings, const struct actor *host,
		 const struct ruleset *ruleset, struct diags *diags)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct space *space = space_new(arena, 0);
	struct reading reading = {
		.readings = readings,
		.arena = arena,
		.diagram = space_diagram(space),
		.host = host,
	};

	struct comparison comparison = { &reading, space, ruleset };

	reading_begin(&reading);
	for (enum packet_way way = 0; way < WAY_COUNT; way++) {
		for (size_t i = 0; i < COUNT_OF(states); i++) {
			reading_make(&reading, way, states[i], &comparison.said);
			if (!space_build(space, ruleset, way, states[i],
					 &comparison.done))
				return too_large(&reading, diags);
			if (!traffic_equal(&comparison.said, &comparison.done))
				return refuse(&comparison, diags);
		}
	}
	return true;
}
