/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bundle's packets through a rule set all together: where they may come, and what
 * they are asked there.  What is the same of all is answered at once, so that the rules
 * of other protocols and directions cut nothing.
 */
#include <string.h>

#include "explain/survey.h"

enum {
	DEPTH_MAX = 16, /* of jumps: the kernel takes no deeper chains */
	WINDOW = 64     /* comparisons that a new one is held against */
};

struct surveyor {
	struct arena *arena;
	const struct bundle *bundle;
	struct comparisons *comparisons;
	struct packet packet; /* the first */
	struct registers registers;
	struct place place;
	const struct table *table;
	unsigned dimensions[FIELD_COUNT]; /* in which a field differs: a bit for each */
	unsigned depth;

	struct {
		const struct chain **items;
		size_t count, capacity;
	} seen; /* below this base chain */
};

/* What becomes of the packets that come to a step. */
enum share {
	SHARE_ALL,  /* go on to the next step */
	SHARE_SOME, /* go on, or to the next rule, or elsewhere */
	SHARE_NONE, /* go on to the next rule */
	SHARE_ENDED /* leave the chain */
};

/* ---- comparisons ---- */

static unsigned dimensions_of(const struct surveyor *surveyor,
			      const struct match *match)
{
	unsigned dimensions = 0;

	for (size_t i = 0; i < match->field_count; i++)
		dimensions |= surveyor->dimensions[match->fields[i]];
	return dimensions;
}

/* One set is looked into alike by whatever rule does. */
static bool is_same(const struct match *a, const struct match *b)
{
	return a == b || (a->op == MATCH_IN && b->op == MATCH_IN && a->set == b->set &&
			  a->field_count == 1 && b->field_count == 1 &&
			  a->fields[0] == b->fields[0]);
}

static void note(struct surveyor *surveyor, const struct match *match,
		 unsigned dimensions)
{
	struct comparison comparison = { match, surveyor->place, dimensions };
	struct comparisons *all = surveyor->comparisons;

	for (size_t i = 1; i <= WINDOW && i <= all->count; i++) {
		const struct comparison *other = &all->items[all->count - i];

		if (is_same(other->match, match) &&
		    other->place.hook == surveyor->place.hook)
			return;
	}
	LIST_PUSH(surveyor->arena, all, comparison);
}

/* ---- steps ---- */

static void survey_chain(struct surveyor *surveyor, const struct chain *chain);

static void survey_target(struct surveyor *surveyor, const char *name)
{
	const struct chain *chain = table_chain(surveyor->table, name);

	if (!chain || chain->foreign || surveyor->depth == DEPTH_MAX)
		return;
	for (size_t i = 0; i < surveyor->seen.count; i++) {
		if (surveyor->seen.items[i] == chain)
			return;
	}
	LIST_PUSH(surveyor->arena, &surveyor->seen, chain);
	surveyor->depth++;
	survey_chain(surveyor, chain);
	surveyor->depth--;
}

static enum share survey_verdict(struct surveyor *surveyor, enum verdict verdict,
				 const char *target)
{
	switch (verdict) {
	case VERDICT_NONE:
	case VERDICT_CONTINUE:
		return SHARE_ALL;
	case VERDICT_ACCEPT:
	case VERDICT_DROP:
	case VERDICT_RETURN:
		return SHARE_ENDED;
	case VERDICT_JUMP:
	case VERDICT_GOTO:
		survey_target(surveyor, target);
		break;
	case VERDICT_COUNT:
		break;
	}
	return SHARE_SOME;
}

/* Some packets find an element; which, is not known. */
static void survey_elements(struct surveyor *surveyor, const struct set *set)
{
	for (size_t i = 0; set->elements && i < set->count; i++)
		(void)survey_verdict(surveyor, set->elements[i].verdict,
				     set->elements[i].target);
}

static enum share survey_match(struct surveyor *surveyor, const struct match *match)
{
	unsigned dimensions = dimensions_of(surveyor, match);
	const struct element *element = NULL;
	enum answer answer;

	for (size_t i = 0; i < match->field_count; i++) {
		if (!registers_have(&surveyor->registers, match->fields[i]))
			return SHARE_NONE;
	}
	answer = match_packet(match, &surveyor->registers, &element);
	if (dimensions)
		note(surveyor, match, dimensions);
	if (dimensions || answer == ANSWER_MAYBE) {
		if (match->op == MATCH_MAP)
			survey_elements(surveyor, match->set);
		return SHARE_SOME;
	}
	if (answer == ANSWER_NO)
		return SHARE_NONE;
	return element ? survey_verdict(surveyor, element->verdict, element->target)
		       : SHARE_ALL;
}

/* A packet by itself is never over a rate. */
static enum share survey_limit(const struct limit *limit)
{
	return limit->over ? SHARE_NONE : SHARE_ALL;
}

static enum share survey_step(struct surveyor *surveyor, const struct step *step)
{
	switch (step->kind) {
	case STEP_MATCH:
		return survey_match(surveyor, &step->match);
	case STEP_COUNTER:
	case STEP_LOG:
		return SHARE_ALL;
	case STEP_LIMIT:
		return survey_limit(&step->limit);
	case STEP_UPDATE:
		for (size_t i = 0; i < step->update.field_count; i++) {
			if (!registers_have(&surveyor->registers,
					    step->update.fields[i]))
				return SHARE_NONE;
		}
		return survey_limit(&step->update.limit);
	case STEP_REJECT:
		return SHARE_ENDED;
	case STEP_VERDICT:
		return survey_verdict(surveyor, step->verdict.verdict,
				      step->verdict.target);
	case STEP_FOREIGN:
	case STEP_KIND_COUNT:
		break;
	}
	return SHARE_SOME;
}

/* ---- chains ---- */

/* Whether no packet matches, whatever its values are. */
static bool match_fails(const struct surveyor *surveyor, const struct match *match)
{
	const struct element *element = NULL;

	return !dimensions_of(surveyor, match) &&
	       match_packet(match, &surveyor->registers, &element) == ANSWER_NO;
}

/*
 * Whether a comparison that no packet passes stands before all that would do something:
 * then what is compared before it matters to none.
 */
static bool is_idle(const struct surveyor *surveyor, const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct step *step = &rule->steps[i];

		if (step->kind == STEP_MATCH && match_fails(surveyor, &step->match))
			return true;
		if (step->kind != STEP_COUNTER && step->kind != STEP_LOG &&
		    (step->kind != STEP_MATCH || step->match.op == MATCH_MAP))
			return false;
	}
	return false;
}

/* Whether some packet may go on to the next rule. */
static bool survey_rule(struct surveyor *surveyor, const struct rule *rule)
{
	bool all = true;

	if (is_idle(surveyor, rule))
		return true;
	for (size_t i = 0; i < rule->step_count; i++) {
		switch (survey_step(surveyor, &rule->steps[i])) {
		case SHARE_ALL:
			break;
		case SHARE_SOME:
			all = false;
			break;
		case SHARE_NONE:
			return true;
		case SHARE_ENDED:
			return !all;
		}
	}
	return true;
}

static void survey_chain(struct surveyor *surveyor, const struct chain *chain)
{
	for (size_t i = 0; i < chain->rule_count; i++) {
		if (!survey_rule(surveyor, &chain->rules[i]))
			return;
	}
}

static void survey_table(struct surveyor *surveyor, const struct table *table)
{
	surveyor->table = table;
	for (size_t i = 0; i < table->chain_count; i++) {
		const struct chain *chain = &table->chains[i];

		if (!chain->base || chain->foreign ||
		    !way_has_hook(surveyor->bundle->way, chain->hook))
			continue;
		surveyor->place =
			(struct place){ table->family, chain->hook, chain->priority };
		registers_move(&surveyor->registers, &surveyor->packet,
			       &surveyor->place);
		surveyor->seen.count = 0;
		survey_chain(surveyor, chain);
	}
}

static bool is_one(const struct ranges *values)
{
	return values->count == 1 &&
	       !memcmp(range_low(values, 0), range_high(values, 0), values->width);
}

void survey(struct arena *arena, const struct ruleset *ruleset,
	    const struct bundle *bundle, struct comparisons *comparisons)
{
	struct surveyor surveyor = { .arena = arena,
				     .bundle = bundle,
				     .comparisons = comparisons,
				     .packet = bundle_first(bundle) };

	registers_load(&surveyor.registers, &surveyor.packet);
	for (enum dimension d = 0; d < DIMENSION_COUNT; d++) {
		enum field fields[DIMENSION_FIELDS];
		size_t count = dimension_fields(bundle, d, fields);

		if (!bundle->values[d].width || is_one(&bundle->values[d]))
			continue;
		for (size_t i = 0; i < count; i++)
			surveyor.dimensions[fields[i]] |= BIT(d);
	}
	for (size_t i = 0; i < ruleset->table_count; i++) {
		if (!ruleset->tables[i].dormant)
			survey_table(&surveyor, &ruleset->tables[i]);
	}
}
