/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single faults seeded into what was compiled: the proof has to refuse every one that
 * changes what becomes of a packet, and no other.
 *
 * usage: mutations SOURCE_FOLDER
 *
 * Two judges: evaluate(), asked for packets where the rules change and near the rule
 * with the fault, and the proof.  What the first finds the second must have refused;
 * what the proof refuses, evaluate() must confirm at a packet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile/compile.h"
#include "meaning/space.h"
#include "proof/fault.h"
#include "proof/proof.h"

enum { FAULTS_PER_HOST = 260, PACKETS_PER_FAULT = 600, WANTED = 200 };

static const enum connection_state states[] = { STATE_NEW, STATE_ESTABLISHED,
						STATE_RELATED, STATE_INVALID,
						STATE_UNTRACKED };

struct tally {
	size_t seeded, harmless, refused, false_accept, false_drop, other;
	size_t seen_by_packets; /* that evaluate() found by itself */
	size_t missed, wrongly_refused;
};

static enum outcome outcome_of(struct arena *arena, const struct ruleset *ruleset,
			       const struct packet *packet)
{
	struct evaluation evaluation;

	evaluate(arena, ruleset, packet, &evaluation);
	return evaluation.outcome;
}

static bool packets_differ(const struct ruleset *good, const struct fault *fault)
{
	AUTO(arena) struct arena *arena = arena_new();

	for (int i = 0; i < PACKETS_PER_FAULT; i++) {
		struct packet packet = fault_packet(arena, good, fault);

		if (outcome_of(arena, good, &packet) !=
		    outcome_of(arena, fault->ruleset, &packet))
			return true;
	}
	return false;
}

/* Where it passes and should not, where it does not and should: a bit for each. */
enum { ACCEPTS = 1, DROPS = 2, CHANGES = 4 };

static unsigned box_kind(const struct box *box)
{
	if (box->from == OUTCOME_ACCEPT)
		return DROPS | CHANGES;
	return box->to == OUTCOME_ACCEPT ? ACCEPTS | CHANGES : CHANGES;
}

/* How the two differ, each box confirmed by evaluate(); 0: they do not. */
static unsigned kinds_of(const struct ruleset *good, const struct ruleset *bad,
			 bool *confirmed)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct space *space = space_new(arena, 0);
	unsigned kinds = 0;

	for (enum packet_way way = 0; way < WAY_COUNT; way++) {
		for (size_t s = 0; s < COUNT_OF(states); s++) {
			struct traffic from, to;
			struct boxes boxes = { 0 };

			if (!space_build(space, good, way, states[s], &from) ||
			    !space_build(space, bad, way, states[s], &to))
				abort();
			space_compare(space, &from, &to, 1000, &boxes);
			for (size_t i = 0; i < boxes.count; i++) {
				const struct box *box = &boxes.items[i];
				struct packet packet = box_packet(arena, &from, box);

				kinds |= box_kind(box);
				*confirmed &=
					outcome_of(arena, good, &packet) == box->from &&
					outcome_of(arena, bad, &packet) == box->to;
			}
		}
	}
	return kinds;
}

static void count(struct tally *tally, unsigned kinds)
{
	if (kinds & ACCEPTS)
		tally->false_accept++;
	if (kinds & DROPS)
		tally->false_drop++;
	if (kinds == CHANGES)
		tally->other++;
}

static void judge(struct readings *readings, const struct actor *host,
		  const struct ruleset *good, const struct fault *fault,
		  struct tally *tally)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct diags diags;
	bool confirmed = true, holds, seen;
	unsigned kinds = kinds_of(good, fault->ruleset, &confirmed);

	diags_init(&diags, arena);
	holds = proof_holds(readings, host, fault->ruleset, &diags);
	seen = packets_differ(good, fault);
	tally->seeded++;
	tally->harmless += !kinds;
	tally->refused += !holds;
	tally->seen_by_packets += seen;
	count(tally, kinds);
	if (holds && (kinds || seen)) {
		tally->missed++;
		printf("MISSED: %s: %s\n", host->name.text, fault->what);
	}
	if ((!holds && !kinds) || !confirmed || (!kinds && seen)) {
		tally->wrongly_refused++;
		printf("JUDGES DISAGREE: %s: %s\n", host->name.text, fault->what);
	}
}

static bool try_host(struct arena *arena, const struct site *site,
		     const struct actor *host, struct tally *tally)
{
	struct readings *readings = readings_new(arena, site);
	struct diags diags;
	const struct ruleset *good;

	diags_init(&diags, arena);
	good = compile_host(arena, site, host, &diags);
	if (!good || !proof_holds(readings, host, good, &diags)) {
		struct buffer out AUTO_BUFFER = { 0 };

		diags_print(&diags, false, &out);
		printf("FAILED: %s is not proven:\n%s", host->name.text, out.data);
		return false;
	}
	for (size_t i = 0; i < FAULTS_PER_HOST; i++) {
		AUTO(arena) struct arena *own = arena_new();
		struct fault fault = { 0 };

		if (fault_seed(own, good, &fault))
			judge(readings, host, good, &fault, tally);
	}
	return true;
}

static bool try_site(const char *folder, const char *name, struct tally *tally)
{
	AUTO(arena) struct arena *arena = arena_new();
	const char *profiles[] = { arena_format(arena, "%s/profiles", folder) };
	const struct site_options options = { .profile_folders = profiles,
					      .profile_folder_count = 1,
					      .today = 20000 };
	struct diags diags;
	const struct site *site;

	diags_init(&diags, arena);
	site = site_load(arena, arena_format(arena, "%s/%s", folder, name), &options,
			 &diags);
	if (!site) {
		struct buffer out AUTO_BUFFER = { 0 };

		diags_print(&diags, false, &out);
		printf("FAILED: %s", out.data);
		return false;
	}
	for (size_t i = 0; i < site->actors.count; i++) {
		if (site->actors.items[i]->kind == ACTOR_HOST &&
		    !try_host(arena, site, site->actors.items[i], tally))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct tally tally = { 0 };

	if (argc != 2) {
		fputs("usage: mutations SOURCE_FOLDER\n", stderr);
		return 64;
	}
	if (!try_site(argv[1], "tests/proof/features.cfg", &tally) ||
	    !try_site(argv[1], "examples/plant.cfg", &tally))
		return 1;
	printf("%zu faults: %zu change nothing, %zu refused (false accept in %zu, false "
	       "drop in %zu, drop for reject or the like alone in %zu)\n",
	       tally.seeded, tally.harmless, tally.refused, tally.false_accept,
	       tally.false_drop, tally.other);
	printf("%zu of them show in packets one by one; missed %zu, wrongly refused %zu\n",
	       tally.seen_by_packets, tally.missed, tally.wrongly_refused);
	return tally.missed || tally.wrongly_refused || tally.refused < WANTED ||
	       !tally.false_accept || !tally.false_drop;
}
