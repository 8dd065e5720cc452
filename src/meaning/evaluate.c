/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet through a rule set, as the kernel walks it.
 *
 * Where something is not known, the walk goes on with all that may have become of the
 * packet: a few bits.  So it never forks, however much is foreign.
 */
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "meaning/bases.h"
#include "meaning/match.h"

enum {
	DEPTH_MAX = 16,   /* of jumps and gotos: the kernel takes no deeper chains */
	JUMP_MAX = 65536, /* of one packet: then the rules are as good as unknown */
	BASE_ROOM = 16,
	PASSAGE_ROOM = 32 /* without the arena's help */
};

/* What may have become of the packet behind a step, a rule, a chain. */
enum {
	STEP_ON = 1,  /* to the next step */
	RULE_ON = 2,  /* to the next rule */
	RETURNED = 4, /* from the chain, at its end or by a verdict */
	ACCEPTED = 8, /* by this base chain */
	DROPPED = 16,
	REJECTED = 32,
	UNKNOWN = RULE_ON | RETURNED | ACCEPTED | DROPPED /* what foreign parts do */
};

struct walk {
	struct arena *arena;
	const struct ruleset *ruleset;
	const struct packet *packet;
	struct registers registers;
	const struct table *table;
	const struct chain *chain; /* that the rules are of */
	unsigned depth, jumps;

	struct {
		struct passage *items;
		size_t count, capacity;
	} passages;

	bool in_doubt;
	struct passage doubt; /* the first thing that was not known */
	size_t doubt_place;   /* how many passages were before it */
};

/* The rule that the packet is in. */
struct passing {
	const struct rule *rule;
	const struct element *element;
	bool doubtful; /* one of its matches is not known */
	bool noted;
};

/* clang-format off */
const char *const outcome_names[OUTCOME_COUNT] = {
	[OUTCOME_ACCEPT] = "accept", [OUTCOME_DROP] = "drop",
	[OUTCOME_REJECT] = "reject", [OUTCOME_UNKNOWN] = "unknown",
};

/* clang-format on */

/* ---- passages ---- */

static void doubt(struct walk *walk, struct passage passage)
{
	if (walk->in_doubt)
		return;
	walk->in_doubt = true;
	walk->doubt = passage;
	walk->doubt_place = walk->passages.count;
}

/* The rule matches, or may. */
static void note_rule(struct walk *walk, struct passing *passing)
{
	struct passage passage = { walk->table, walk->chain, passing->rule,
				   passing->element };

	if (passing->doubtful)
		doubt(walk, passage);
	if (!passing->noted)
		LIST_PUSH(walk->arena, &walk->passages, passage);
	passing->noted = true;
}

static unsigned not_known(struct walk *walk, struct passing *passing)
{
	passing->doubtful = true;
	note_rule(walk, passing);
	return UNKNOWN;
}

/* ---- rules ---- */

static unsigned walk_chain(struct walk *walk, const struct chain *chain);

static unsigned walk_jump(struct walk *walk, struct passing *passing,
			  const char *target)
{
	const struct chain *from = walk->chain;
	const struct chain *chain = table_chain(walk->table, target);
	unsigned result;

	if (!chain || chain->foreign || walk->depth == DEPTH_MAX ||
	    walk->jumps == JUMP_MAX)
		return not_known(walk, passing);

	note_rule(walk, passing);
	walk->jumps++;
	walk->depth++;
	result = walk_chain(walk, chain);
	walk->depth--;
	walk->chain = from;
	return result;
}

static unsigned walk_verdict(struct walk *walk, struct passing *passing,
			     enum verdict verdict, const char *target)
{
	unsigned result;

	switch (verdict) {
	case VERDICT_NONE:
	case VERDICT_CONTINUE:
		return STEP_ON;
	case VERDICT_ACCEPT:
		note_rule(walk, passing);
		return ACCEPTED;
	case VERDICT_DROP:
		note_rule(walk, passing);
		return DROPPED;
	case VERDICT_RETURN:
		note_rule(walk, passing);
		return RETURNED;
	case VERDICT_JUMP:
		result = walk_jump(walk, passing, target);
		return result & RETURNED ? (result & ~(unsigned)RETURNED) | RULE_ON
					 : result;
	case VERDICT_GOTO:
		return walk_jump(walk, passing, target);
	case VERDICT_COUNT:
		break;
	}
	return not_known(walk, passing);
}

static unsigned walk_match(struct walk *walk, struct passing *passing,
			   const struct match *match)
{
	const struct element *element = NULL;
	unsigned result;

	switch (match_packet(match, &walk->registers, &element)) {
	case ANSWER_NO:
		return RULE_ON;
	case ANSWER_MAYBE:
		if (match->op == MATCH_MAP)
			return not_known(walk, passing) | STEP_ON;
		passing->doubtful = true;
		return STEP_ON | RULE_ON;
	case ANSWER_YES:
		break;
	}
	if (!element)
		return STEP_ON;
	passing->element = element;
	result = walk_verdict(walk, passing, element->verdict, element->target);
	if (result == STEP_ON)
		passing->element = NULL;
	return result;
}

/* The packet comes alone: what is over a rate never is. */
static unsigned walk_limit(const struct limit *limit)
{
	return limit->over ? RULE_ON : STEP_ON;
}

static unsigned walk_update(const struct walk *walk, const struct step *step)
{
	for (size_t i = 0; i < step->update.field_count; i++) {
		if (!registers_have(&walk->registers, step->update.fields[i]))
			return RULE_ON;
	}
	return walk_limit(&step->update.limit);
}

static unsigned walk_reject(struct walk *walk, struct passing *passing,
			    const struct step *step)
{
	note_rule(walk, passing);
	/* there is nothing to reset but TCP: anything else is dropped in silence */
	return step->reject.kind == REJECT_TCP_RESET &&
			       walk->packet->protocol != IPPROTO_TCP
		       ? DROPPED
		       : REJECTED;
}

static unsigned walk_step(struct walk *walk, struct passing *passing,
			  const struct step *step)
{
	switch (step->kind) {
	case STEP_MATCH:
		return walk_match(walk, passing, &step->match);
	case STEP_COUNTER:
	case STEP_LOG:
		return STEP_ON;
	case STEP_LIMIT:
		return walk_limit(&step->limit);
	case STEP_REJECT:
		return walk_reject(walk, passing, step);
	case STEP_UPDATE:
		return walk_update(walk, step);
	case STEP_VERDICT:
		return walk_verdict(walk, passing, step->verdict.verdict,
				    step->verdict.target);
	case STEP_FOREIGN:
	case STEP_KIND_COUNT:
		break;
	}
	return not_known(walk, passing) | STEP_ON;
}

static unsigned walk_rule(struct walk *walk, const struct rule *rule)
{
	struct passing passing = { .rule = rule };
	unsigned found = 0;

	for (size_t i = 0; i < rule->step_count; i++) {
		unsigned result = walk_step(walk, &passing, &rule->steps[i]);

		found |= result & ~(unsigned)STEP_ON;
		if (!(result & STEP_ON))
			return found;
	}
	note_rule(walk, &passing);
	return found | RULE_ON;
}

static unsigned walk_chain(struct walk *walk, const struct chain *chain)
{
	unsigned found = 0;

	walk->chain = chain;
	for (size_t i = 0; i < chain->rule_count; i++) {
		unsigned result = walk_rule(walk, &chain->rules[i]);

		found |= result & ~(unsigned)RULE_ON;
		if (!(result & RULE_ON))
			return found;
	}
	return found | RETURNED;
}

/* ---- base chains ---- */

static bool has_device(const struct chain *chain, const char *name)
{
	for (size_t i = 0; i < chain->device_count; i++) {
		if (strcmp(chain->devices[i], name) == 0)
			return true;
	}
	return false;
}

/* Whether it is none of a device, or of the packet's. */
static bool is_on_way(const struct packet *packet, const struct chain *chain)
{
	if (chain->hook == HOOK_INGRESS)
		return has_device(chain, packet->iifname);
	if (chain->hook == HOOK_EGRESS)
		return has_device(chain, packet->oifname);
	return true;
}

static unsigned walk_base(struct walk *walk, const struct base *base)
{
	const struct chain *chain = base->chain;
	struct place place = { base->table->family, chain->hook, chain->priority };
	struct passage end = { .table = base->table, .chain = chain };
	unsigned result;

	registers_move(&walk->registers, walk->packet, &place);
	walk->table = base->table;
	result = walk_chain(walk, chain);
	if (!(result & RETURNED))
		return result;
	LIST_PUSH(walk->arena, &walk->passages, end);
	return result | (chain->policy == VERDICT_DROP ? DROPPED : ACCEPTED);
}

/* Base chains of which not even the hook need be known: they may drop what they like.
 */
static unsigned doubt_foreign_bases(struct walk *walk)
{
	unsigned found = 0;

	for (size_t t = 0; t < walk->ruleset->table_count; t++) {
		const struct table *table = &walk->ruleset->tables[t];

		for (size_t c = 0; c < table->chain_count && !table->dormant; c++) {
			struct passage end = { .table = table,
					       .chain = &table->chains[c] };

			if (!end.chain->base || !end.chain->foreign)
				continue;
			doubt(walk, end);
			found |= DROPPED;
		}
	}
	return found;
}

/* All that may become of it at one hook: ACCEPTED, DROPPED, REJECTED. */
static unsigned walk_hook(struct walk *walk, enum hook hook)
{
	struct base room[BASE_ROOM];
	struct bases bases = { room, 0, BASE_ROOM };
	unsigned found = 0;

	bases_find(walk->arena, walk->ruleset, hook, walk->packet->state, &bases);
	for (size_t i = 0; i < bases.count; i++) {
		if (!is_on_way(walk->packet, bases.items[i].chain))
			continue;

		unsigned result = walk_base(walk, &bases.items[i]);

		found |= result & (DROPPED | REJECTED);
		if (!(result & ACCEPTED))
			return found;
	}
	return found | ACCEPTED;
}

/* The same of the whole way. */
static unsigned walk_way(struct walk *walk)
{
	enum packet_way way = walk->packet->way;
	unsigned found = doubt_foreign_bases(walk);

	for (size_t i = 0; i < ways[way].count; i++) {
		unsigned result = walk_hook(walk, ways[way].hooks[i]);

		found |= result & (DROPPED | REJECTED);
		if (!(result & ACCEPTED))
			return found;
	}
	return found | ACCEPTED;
}

/* ---- the answer ---- */

static enum outcome outcome_of(unsigned found)
{
	switch (found) {
	case ACCEPTED:
		return OUTCOME_ACCEPT;
	case DROPPED:
		return OUTCOME_DROP;
	case REJECTED:
		return OUTCOME_REJECT;
	}
	return OUTCOME_UNKNOWN;
}

void evaluate(struct arena *arena, const struct ruleset *ruleset,
	      const struct packet *packet, struct evaluation *evaluation)
{
	struct passage room[PASSAGE_ROOM];
	struct walk walk = {
		.arena = arena,
		.ruleset = ruleset,
		.packet = packet,
		.passages = { room, 0, PASSAGE_ROOM },
	};

	assert(ruleset->normalized);
	registers_load(&walk.registers, packet);
	*evaluation = (struct evaluation){ .outcome = outcome_of(walk_way(&walk)) };
	if (evaluation->outcome == OUTCOME_UNKNOWN) {
		walk.passages.count = walk.doubt_place;
		LIST_PUSH(arena, &walk.passages, walk.doubt);
	}
	if (!walk.passages.count)
		return;

	size_t count = walk.passages.count;

	evaluation->passages.items = walk.passages.items;
	if (walk.passages.items == room)
		evaluation->passages.items =
			arena_grow(arena, room, count, count, sizeof(*room));
	evaluation->passages.count = evaluation->passages.capacity = count;
	evaluation->decider = evaluation->passages.items[count - 1];
}
