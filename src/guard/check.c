/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a rule set leaves the protected paths open: the first packet of a new
 * connection from each part of the peers, and the answer to it, are evaluated.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "guard/address.h"
#include "guard/check.h"
#include "guard/route.h"
#include "guard/trial.h"

enum {
	SCRATCH_PACKETS = 1024, /* evaluated before their memory is given back */
	HOP_LIMIT = 64
};

struct checker {
	const struct ruleset *ruleset;
	const struct local_addresses *local;
	struct diags *diags;
	struct arena *scratch; /* of evaluations */
	size_t packet_count;   /* evaluated for this path */
	bool asks_routes;      /* a rule compares the way back */
};

/* One part of the peers on one way, from one source port. */
struct probe {
	const struct trial *trial;
	const struct way *way;
	const uint8_t *peer;
	uint16_t port;
};

/* ---- packets ---- */

static struct packet packet_of(const struct checker *checker, const struct probe *probe)
{
	const struct trial *trial = probe->trial;
	uint8_t width = family_widths[trial->family];
	bool is_here = address_is_here(checker->local, trial->family, probe->peer);
	struct packet packet = {
		.way = WAY_IN,
		.family = trial->family,
		.iifname = is_here ? LOOPBACK_INTERFACE : probe->way->interface,
		.oifname = "",
		.protocol = trial->path->protocol,
		.source_port = probe->port,
		.destination_port = trial->path->port,
		.hop_limit = HOP_LIMIT,
		.state = STATE_NEW,
		.route_back = true,
	};

	memcpy(packet.source, probe->peer, width);
	memcpy(packet.destination, probe->way->address, width);
	if (checker->asks_routes && trial->path->has_peers && !is_here)
		packet.route_back = route_leads_back(&packet);
	return packet;
}

static struct packet answer_to(const struct packet *packet)
{
	struct packet answer = *packet;

	answer.way = WAY_OUT;
	answer.state = STATE_ESTABLISHED;
	answer.iifname = "";
	answer.oifname = packet->iifname;
	memcpy(answer.source, packet->destination, sizeof(answer.source));
	memcpy(answer.destination, packet->source, sizeof(answer.destination));
	answer.source_port = packet->destination_port;
	answer.destination_port = packet->source_port;
	return answer;
}

static void evaluate_packet(struct checker *checker, const struct packet *packet,
			    struct evaluation *evaluation)
{
	if (checker->packet_count++ % SCRATCH_PACKETS == 0) {
		arena_free(checker->scratch);
		checker->scratch = arena_new();
	}
	*evaluation = (struct evaluation){ 0 };
	evaluate(checker->scratch, checker->ruleset, packet, evaluation);
}

/* Whether the flows of the site stand in a chain that the packet was not led to. */
static bool passed_by_management(const struct ruleset *ruleset,
				 const struct evaluation *evaluation)
{
	const struct table *table = ruleset_table(ruleset, TABLE_INET);

	if (!table || !table_chain(table, MANAGEMENT_CHAIN))
		return false;
	for (size_t i = 0; i < evaluation->passages.count; i++) {
		const struct rule *rule = evaluation->passages.items[i].rule;
		const struct step *last = rule && rule->step_count
						  ? &rule->steps[rule->step_count - 1]
						  : NULL;

		if (last && last->kind == STEP_VERDICT && last->verdict.target &&
		    !strcmp(last->verdict.target, MANAGEMENT_CHAIN))
			return false;
	}
	return true;
}

static void note_cut(const struct checker *checker, const struct packet *packet,
		     const struct evaluation *evaluation, struct cut *cut)
{
	cut->packet = *packet;
	cut->outcome = evaluation->outcome;
	cut->decider = evaluation->decider;
	cut->off_management = packet->way == WAY_IN &&
			      passed_by_management(checker->ruleset, evaluation);
}

/* Whether the packet and its answer pass; the first that does not goes into `cut`. */
static bool probe_passes(struct checker *checker, const struct probe *probe,
			 struct cut *cut)
{
	struct packet packets[2];
	struct evaluation evaluation;

	packets[0] = packet_of(checker, probe);
	packets[1] = answer_to(&packets[0]);
	for (size_t i = 0; i < COUNT_OF(packets); i++) {
		evaluate_packet(checker, &packets[i], &evaluation);
		if (evaluation.outcome == OUTCOME_ACCEPT)
			continue;
		note_cut(checker, &packets[i], &evaluation, cut);
		return false;
	}
	return true;
}

/* From every source port; `cut` tells of the first of them that is cut. */
static bool part_passes(struct checker *checker, struct probe *probe, struct cut *cut)
{
	const struct boundaries *ports = &probe->trial->ports;
	size_t failed = 0;

	for (size_t i = 0; i < ports->count; i++) {
		struct cut one = { 0 };

		probe->port = (uint16_t)(ports->items[i][0] << 8 | ports->items[i][1]);
		if (probe_passes(checker, probe, &one))
			continue;
		if (!failed++)
			*cut = one;
	}
	cut->some_ports = failed && failed < ports->count;
	return !failed;
}

/* ---- paths ---- */

static bool is_exhausted(const struct checker *checker)
{
	return checker->packet_count >= LIMIT_GUARD_PACKETS;
}

static void cut_grow(struct checker *checker, const struct trial *trial, size_t part,
		     struct cut *cut)
{
	uint8_t end[16];

	if (!cut->peers.width)
		cut->peers = ranges_empty(trial->family);
	trial_part_end(trial, part, end);
	ranges_push(checker->diags->arena, &cut->peers, trial->parts.items[part], end);
}

/* All peers by one way; false when there are too many, or with what was cut. */
static bool everybody_passes(struct checker *checker, const struct trial *trial,
			     const struct way *way, struct cut *cut)
{
	struct cut found = { .all_peers = true };

	for (size_t i = 0; i < trial->parts.count; i++) {
		struct probe probe = { trial, way, trial->parts.items[i], 0 };
		struct cut one = { 0 };

		if (is_exhausted(checker)) {
			found.kind = found.peers.count ? CUT_BY_RULES : CUT_TOO_MANY;
			found.all_peers = false;
			break;
		}
		if (part_passes(checker, &probe, &one)) {
			found.all_peers = false;
			continue;
		}
		if (!found.peers.count) {
			one.all_peers = found.all_peers;
			found = one;
		}
		cut_grow(checker, trial, i, &found);
	}
	ranges_normalize(&found.peers);
	*cut = found;
	return !found.peers.count && found.kind == CUT_BY_RULES;
}

/* Anybody elsewhere by one way. */
static bool somebody_passes(struct checker *checker, const struct trial *trial,
			    const struct way *way, struct cut *cut)
{
	struct cut found = { .kind = CUT_TOO_MANY };
	bool tried = false;

	for (size_t i = 0; i < trial->parts.count && !is_exhausted(checker); i++) {
		struct probe probe = { trial, way, trial->parts.items[i], 0 };
		struct cut one = { 0 };

		if (!address_is_elsewhere(trial->family, probe.peer) ||
		    address_is_here(checker->local, trial->family, probe.peer))
			continue;
		if (part_passes(checker, &probe, &one))
			return true;
		if (!tried)
			found = one;
		tried = true;
	}
	*cut = found;
	return false;
}

/* Whether what was cut on one way is less than on another. */
static bool is_lesser(const struct cut *one, const struct cut *other)
{
	if (one->kind != other->kind)
		return one->kind == CUT_BY_RULES;
	return ranges_size(&one->peers) < ranges_size(&other->peers);
}

/* One of the ways has to do; of those that do not, the best is told. */
static bool trial_passes(struct checker *checker, const struct trial *trial,
			 struct cut *cut)
{
	bool everybody = trial->path->has_peers;

	for (size_t i = 0; i < trial->ways.count; i++) {
		const struct way *way = &trial->ways.items[i];
		struct cut one = { 0 };

		if (everybody ? everybody_passes(checker, trial, way, &one)
			      : somebody_passes(checker, trial, way, &one))
			return true;
		if (cut->kind == CUT_NO_ADDRESS || is_lesser(&one, cut))
			*cut = one;
		if (is_exhausted(checker))
			break;
	}
	return false;
}

static bool path_passes(struct checker *checker, const struct path *path,
			struct cut *cut)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct cut found = { .kind = CUT_NO_ADDRESS };
	bool passes = false;

	checker->packet_count = 0;
	for (enum family family = 0; family < FAMILY_COUNT && !passes; family++) {
		struct trial trial = trial_of(path, family);

		if (path->has_peers && family != path->family)
			continue;
		trial_find_ways(arena, checker->local, &trial);
		if (!trial.ways.count)
			continue;
		trial_divide(arena, checker->ruleset, checker->local, &trial);
		passes = trial_passes(checker, &trial, &found);
	}
	found.path = path;
	if (!passes)
		*cut = found;
	return passes;
}

/* ---- rule sets ---- */

static bool rule_asks_route(const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct step *step = &rule->steps[i];

		if (step->kind == STEP_MATCH && step->match.field_count &&
		    step->match.fields[0] == FIELD_FIB_SADDR_OIF)
			return true;
	}
	return false;
}

static bool table_asks_route(const struct table *table)
{
	for (size_t i = 0; i < table->chain_count; i++)
		for (size_t k = 0; k < table->chains[i].rule_count; k++)
			if (rule_asks_route(&table->chains[i].rules[k]))
				return true;
	return false;
}

/* A path that is there twice is told once; what is told is little. */
static bool is_told(const struct path *const *told, size_t count,
		    const struct path *path)
{
	for (size_t i = 0; i < count; i++)
		if (told[i]->has_local == path->has_local &&
		    !strcmp(told[i]->text, path->text))
			return true;
	return false;
}

bool guard_check(const struct ruleset *ruleset, const struct paths *paths,
		 const struct local_addresses *local, struct diags *diags)
{
	struct checker checker = { .ruleset = ruleset, .local = local, .diags = diags };
	const struct path *told[LIMIT_DIAGNOSTICS];
	unsigned count = 0;
	bool good = true;

	for (size_t i = 0; i < ruleset->table_count; i++)
		checker.asks_routes |= table_asks_route(&ruleset->tables[i]);
	for (size_t i = 0; i < paths->count && count < LIMIT_DIAGNOSTICS; i++) {
		struct cut cut = { 0 };

		if (is_told(told, count, &paths->items[i]) ||
		    path_passes(&checker, &paths->items[i], &cut))
			continue;
		good = false;
		told[count++] = &paths->items[i];
		cut_report(ruleset, &cut, count, diags);
	}
	arena_free(checker.scratch);
	return good;
}
