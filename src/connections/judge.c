/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tracked connection becomes the packet that would begin it now, and the rule set is
 * asked about that.
 *
 * Rules see addresses after the translation of the destination and before that of the
 * source: the source that the first packet had, the destination that answers.
 */
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/linux_nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <stdlib.h>
#include <string.h>

#include "guard/address.h"
#include "meaning/evaluate.h"

#include "connections/judge.h"

#define LOOPBACK_INTERFACE "lo"

enum {
	SCRATCH_PACKETS = 1024, /* evaluated before their memory is given back */
	HOP_LIMIT = 64
};

/* ---- where packets come from ---- */

/* Whether packets from elsewhere come by it. */
static bool is_outside(const char *interface)
{
	return *interface && strcmp(interface, LOOPBACK_INTERFACE) != 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct interfaces find_outside(struct arena *arena,
				      const struct local_addresses *local,
				      enum family family)
{
	const char **names = arena_array(arena, local->count, sizeof(*names));
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < local->count; i++)
		if (local->items[i].family == family &&
		    is_outside(local->items[i].interface))
			names[count++] = local->items[i].interface;
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++)
		if (!kept || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	return (struct interfaces){ names, kept };
}

static int compare_place(const struct local_address *own, enum family family,
			 const uint8_t *address)
{
	if (own->family != family)
		return own->family < family ? -1 : 1;
	return memcmp(own->address, address, family_widths[family]);
}

static int compare_local(const void *a, const void *b)
{
	const struct local_address *left = *(const struct local_address *const *)a;
	const struct local_address *right = *(const struct local_address *const *)b;

	return compare_place(left, right->family, right->address);
}

/* The first place of this address among the sorted ones, or where it would be. */
static size_t find_local(const struct judge *judge, enum family family,
			 const uint8_t *address)
{
	size_t low = 0, high = judge->local_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_place(judge->local[middle], family, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct judge *judge, size_t place, enum family family,
		  const uint8_t *address)
{
	return place < judge->local_count &&
	       compare_place(judge->local[place], family, address) == 0;
}

static bool is_here(const struct judge *judge, enum family family,
		    const uint8_t *address)
{
	return address_is_loopback(family, address) ||
	       is_at(judge, find_local(judge, family, address), family, address);
}

void judge_begin(struct judge *judge, struct arena *arena,
		 const struct connections_query *query)
{
	const struct local_addresses *local = query->local;

	*judge = (struct judge){
		.arena = arena,
		.ruleset = query->ruleset,
		.paths = query->paths,
		.local = arena_array(arena, local->count, sizeof(*judge->local)),
		.local_count = local->count,
	};
	for (size_t i = 0; i < local->count; i++)
		judge->local[i] = &local->items[i];
	qsort(judge->local, judge->local_count, sizeof(*judge->local), compare_local);
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		judge->outside[family] = find_outside(arena, local, family);
}

void judge_end(struct judge *judge)
{
	arena_free(judge->scratch);
	judge->scratch = NULL;
}

/* ---- the packet that would begin it ---- */

static struct packet packet_of(const struct tracked *tracked, enum packet_way way)
{
	struct packet packet = {
		.way = way,
		.family = tracked->family,
		.iifname = "",
		.oifname = "",
		.protocol = tracked->protocol,
		.source_port = tracked->original.source_port,
		.destination_port = tracked->reply.source_port,
		.icmp_type = tracked->icmp_type,
		.hop_limit = HOP_LIMIT,
		/* a helper's connection belongs to another one, as long as that lives
		 */
		.state = tracked->status & IPS_EXPECTED ? STATE_RELATED : STATE_NEW,
		.route_back = true, /* there were answers */
	};

	memcpy(packet.source, tracked->original.source, sizeof(packet.source));
	memcpy(packet.destination, tracked->reply.source, sizeof(packet.destination));
	return packet;
}

/* What came of the packet on the ways that it may have taken. */
struct answer {
	enum outcome outcome; /* the best for the connection of all ways */
	struct passage decider;
	bool is_given; /* by one way at least */
};

/* Better is what keeps the connection going. */
static const int ranks[OUTCOME_COUNT] = {
	[OUTCOME_DROP] = 0,
	[OUTCOME_REJECT] = 0,
	[OUTCOME_UNKNOWN] = 1,
	[OUTCOME_ACCEPT] = 2,
};

static void ask_by(struct judge *judge, struct packet *packet, const char *interface,
		   struct answer *answer)
{
	struct evaluation evaluation = { 0 };

	if (judge->packet_count++ % SCRATCH_PACKETS == 0) {
		arena_free(judge->scratch);
		judge->scratch = arena_new();
	}
	*(packet->way == WAY_IN ? &packet->iifname : &packet->oifname) = interface;
	evaluate(judge->scratch, judge->ruleset, packet, &evaluation);
	if (answer->is_given && ranks[evaluation.outcome] <= ranks[answer->outcome])
		return;
	*answer = (struct answer){ evaluation.outcome, evaluation.decider, true };
}

/* A packet that comes does so by the interface that holds the address, if one does. */
static void ask_holders(struct judge *judge, struct packet *packet,
			struct answer *answer)
{
	size_t place = find_local(judge, packet->family, packet->destination);

	for (; is_at(judge, place, packet->family, packet->destination); place++)
		if (answer->outcome != OUTCOME_ACCEPT &&
		    is_outside(judge->local[place]->interface))
			ask_by(judge, packet, judge->local[place]->interface, answer);
}

/* By which interface a connection goes is not tracked: by whichever admits it. */
static struct answer ask(struct judge *judge, struct packet *packet)
{
	const struct interfaces *outside = &judge->outside[packet->family];
	struct answer answer = { .outcome = OUTCOME_DROP };

	if (packet->way == WAY_IN)
		ask_holders(judge, packet, &answer);
	if (answer.is_given)
		return answer;
	for (size_t i = 0; i < outside->count && answer.outcome != OUTCOME_ACCEPT; i++)
		ask_by(judge, packet, outside->names[i], &answer);
	if (!answer.is_given)
		ask_by(judge, packet, "", &answer);
	return answer;
}

/* ---- in words ---- */

static const char *name_decider(struct arena *arena, const struct passage *decider)
{
	const char *chain = decider->chain ? decider->chain->name : "";

	if (decider->element && decider->element->comment)
		return arena_string(arena, decider->element->comment);
	if (decider->rule && decider->rule->comment)
		return arena_string(arena, decider->rule->comment);
	if (decider->rule)
		return arena_format(arena, "a rule of chain \"%s\"", chain);
	return arena_format(arena, "policy of chain \"%s\"", chain);
}

static const char *reason(struct judge *judge, const struct answer *answer)
{
	const struct passage *decider = &answer->decider;
	bool unknown = answer->outcome == OUTCOME_UNKNOWN;

	if (judge->last.words && judge->last.rule == decider->rule &&
	    judge->last.chain == decider->chain &&
	    judge->last.element == decider->element && judge->last.unknown == unknown)
		return judge->last.words;
	judge->last.rule = decider->rule;
	judge->last.chain = decider->chain;
	judge->last.element = decider->element;
	judge->last.unknown = unknown;
	judge->last.words = name_decider(judge->arena, decider);
	if (unknown)
		judge->last.words = arena_format(judge->arena, "not understood: %s",
						 judge->last.words);
	return judge->last.words;
}

/* ---- the judgement ---- */

static bool is_going_on(const struct tracked *tracked)
{
	if (!(tracked->status & (IPS_SEEN_REPLY | IPS_ASSURED)))
		return false;
	return tracked->protocol != IPPROTO_TCP ||
	       (tracked->tcp_state != TCP_CONNTRACK_TIME_WAIT &&
		tracked->tcp_state != TCP_CONNTRACK_CLOSE);
}

/* A socket sees the addresses before the translation that its own side made. */
static struct connection_ends ends_of(const struct tracked *tracked, bool inbound)
{
	const struct tuple *original = &tracked->original, *reply = &tracked->reply;
	const uint8_t *here = inbound ? reply->source : original->source;
	const uint8_t *there = inbound ? original->source : original->destination;
	struct connection_ends ends = {
		.here_port = inbound ? reply->source_port : original->source_port,
		.there_port =
			inbound ? original->source_port : original->destination_port,
	};

	memcpy(ends.here, here, sizeof(ends.here));
	memcpy(ends.there, there, sizeof(ends.there));
	return ends;
}

static const struct connection_entry *keep_entry(struct arena *arena,
						 const struct tracked *tracked,
						 bool inbound)
{
	struct connection_entry *kept = arena_alloc(arena, sizeof(*kept));

	*kept = tracked->entry;
	kept->tuple = arena_copy(arena, kept->tuple, kept->tuple_length);
	kept->ends = ends_of(tracked, inbound);
	return kept;
}

static struct connection connection_of(struct judge *judge, const struct packet *packet)
{
	struct connection connection = {
		.family = packet->family,
		.protocol = packet->protocol,
		.inbound = packet->way == WAY_IN,
		.source_port = packet->source_port,
		.destination_port = packet->destination_port,
	};

	memcpy(connection.source, packet->source, sizeof(connection.source));
	memcpy(connection.destination, packet->destination,
	       sizeof(connection.destination));
	connection.is_protected =
		connection.inbound &&
		paths_protect(judge->paths, connection.family, connection.protocol,
			      connection.source, connection.destination_port);
	return connection;
}

bool judge_refuses(struct judge *judge, const struct tracked *tracked,
		   struct connection *connection)
{
	enum family family = tracked->family;
	bool from_here = is_here(judge, family, tracked->original.source);
	bool to_here = is_here(judge, family, tracked->reply.source);

	/* forwarded, or of this host with itself, which the rules leave alone */
	if (from_here == to_here)
		return false;
	judge->seen++;
	if (!is_going_on(tracked))
		return false;

	struct packet packet = packet_of(tracked, to_here ? WAY_IN : WAY_OUT);
	struct answer answer = ask(judge, &packet);

	if (answer.outcome == OUTCOME_ACCEPT)
		return false;
	*connection = connection_of(judge, &packet);
	connection->why = reason(judge, &answer);
	if (answer.outcome != OUTCOME_UNKNOWN)
		connection->entry = keep_entry(judge->arena, tracked, to_here);
	return true;
}
