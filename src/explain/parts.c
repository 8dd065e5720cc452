/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Portions of both families as parts, each with the flow that asked for its rule. */
#include <netinet/in.h>
#include <string.h>

#include "explain/parts.h"

/* ---- bundles ---- */

bool part_bundle(const struct asking *asking, const struct leg *leg,
		 const struct part *part, enum family family, struct bundle *bundle)
{
	if (!part->sources[family].count || !part->destinations[family].count ||
	    !leg_bundle(asking->arena, asking->question, leg, family, bundle))
		return false;
	bundle->values[DIMENSION_SOURCE] = part->sources[family];
	bundle->values[DIMENSION_DESTINATION] = part->destinations[family];
	bundle->values[DIMENSION_SOURCE_PORT] = part->source_ports;
	bundle->values[DIMENSION_PORT] = part->ports;
	bundle->values[DIMENSION_TYPE] = part->types;
	return true;
}

unsigned parts_outcomes(const struct leg *leg)
{
	unsigned outcomes = leg->cut ? 1u << OUTCOME_UNKNOWN : 0;

	for (size_t i = 0; i < leg->parts.count; i++)
		outcomes |= 1u << leg->parts.items[i].outcome;
	return outcomes;
}

/* ---- who asked for a rule ---- */

static const struct flow *flow_of(const struct site *site, const struct rule *rule)
{
	for (size_t i = 0; rule->comment && i < site->flows.count; i++) {
		const struct flow *flow = site->flows.items[i];

		if (strcmp(flow->id, rule->comment) == 0 &&
		    flow->span.line == rule->origin.line)
			return flow;
	}
	return NULL;
}

/* The rule that the site compiles to in place of a live one; NULL: none. */
static const struct rule *desired_rule(const struct ruleset *desired,
				       const struct passage *live)
{
	const struct table *table = ruleset_table(desired, live->table->family);
	const struct chain *chain =
		table ? table_chain(table, live->chain->name) : NULL;

	for (size_t i = 0; chain && i < chain->rule_count; i++) {
		if (rule_equal(&chain->rules[i], live->rule))
			return &chain->rules[i];
	}
	return NULL;
}

static void find_origin(const struct asking *asking, const struct passage *decider,
			struct part *part)
{
	const struct rule *rule = decider->rule;

	part->rule = rule;
	part->chain = decider->chain;
	part->table = decider->table ? decider->table->family : TABLE_INET;
	part->is_ours = true;
	if (!rule) {
		if (part->chain)
			part->origin = part->chain->origin;
		return;
	}
	if (asking->desired)
		rule = desired_rule(asking->desired, decider);
	part->is_ours = rule != NULL;
	if (!rule)
		return;
	part->origin = rule->origin;
	part->flow = flow_of(asking->question->site, rule);
}

/* ---- answers ---- */

static struct bundle answer_to(const struct bundle *bundle)
{
	static const enum packet_way ways[WAY_COUNT] = {
		[WAY_IN] = WAY_OUT,
		[WAY_OUT] = WAY_IN,
		[WAY_THROUGH] = WAY_THROUGH,
	};
	struct bundle answer = *bundle;

	answer.way = ways[bundle->way];
	answer.iifname = bundle->oifname;
	answer.oifname = bundle->iifname;
	answer.state = STATE_ESTABLISHED;
	answer.values[DIMENSION_SOURCE] = bundle->values[DIMENSION_DESTINATION];
	answer.values[DIMENSION_DESTINATION] = bundle->values[DIMENSION_SOURCE];
	answer.values[DIMENSION_SOURCE_PORT] = bundle->values[DIMENSION_PORT];
	answer.values[DIMENSION_PORT] = bundle->values[DIMENSION_SOURCE_PORT];
	return answer;
}

/* ICMP is answered where it is an echo request alone; false: there is none. */
static bool answer_types(struct arena *arena, struct bundle *answer)
{
	static const uint8_t requests[FAMILY_COUNT] = { 8, 128 };
	static const uint8_t replies[FAMILY_COUNT] = { 0, 129 };
	struct ranges *types = &answer->values[DIMENSION_TYPE];
	const uint8_t *request = &requests[answer->family];
	const uint8_t *reply = &replies[answer->family];

	if (!types->width)
		return true;
	if (types->count != 1 || *range_low(types, 0) != *request ||
	    *range_high(types, 0) != *request)
		return false;
	*types = (struct ranges){ .width = 1 };
	ranges_push(arena, types, reply, reply);
	return true;
}

/* Groups do not answer; IGMP speaks to groups alone. */
static bool answer_sources(struct arena *arena, struct bundle *answer)
{
	struct ranges shared = shared_addresses(arena, answer->family);
	struct ranges *sources = &answer->values[DIMENSION_SOURCE];

	*sources = ranges_subtract(arena, sources, &shared);
	return sources->count > 0;
}

static void note_answer(struct part *part, const struct portion *portion)
{
	const struct passage *last =
		portion->passage_count ? &portion->passages[portion->passage_count - 1]
				       : NULL;

	if (!part->answers)
		part->answer = last;
	else if (!last || !part->answer || last->rule != part->answer->rule ||
		 last->chain != part->answer->chain)
		part->answer = NULL;
	part->answers |= 1u << portion->outcome;
}

static void find_answers(const struct asking *asking, const struct leg *leg,
			 struct part *part)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct portions portions = { 0 };
		struct bundle bundle, answer;

		if (!part_bundle(asking, leg, part, family, &bundle))
			continue;
		answer = answer_to(&bundle);
		if (!answer_sources(asking->arena, &answer) ||
		    !answer_types(asking->arena, &answer))
			continue;
		divide(asking->arena, leg->ruleset, &answer, &portions);
		for (size_t i = 0; i < portions.count; i++)
			note_answer(part, &portions.items[i]);
		if (portions.cut)
			part->answers |= 1u << OUTCOME_UNKNOWN;
	}
}

/* ---- parts ---- */

static bool ranges_equal(const struct ranges *a, const struct ranges *b)
{
	return a->width == b->width && a->count == b->count &&
	       (!a->count ||
		!memcmp(a->bytes, b->bytes, 2 * a->count * (size_t)a->width));
}

/* Of the other family, by the same rules, in all else alike. */
static bool joins(const struct part *part, const struct portion *portion,
		  enum family family)
{
	return !part->sources[family].count && part->outcome == portion->outcome &&
	       part->passage_count == portion->passage_count &&
	       ranges_equal(&part->source_ports,
			    &portion->values[DIMENSION_SOURCE_PORT]) &&
	       ranges_equal(&part->ports, &portion->values[DIMENSION_PORT]) &&
	       ranges_equal(&part->types, &portion->values[DIMENSION_TYPE]) &&
	       (!part->passage_count ||
		!memcmp(part->passages, portion->passages,
			part->passage_count * sizeof(*part->passages)));
}

/* A part that the portion belongs to; NULL: none yet.  Looks at the other family's. */
static struct part *part_of(struct parts *parts, size_t count,
			    const struct portion *portion, enum family family)
{
	for (size_t i = 0; i < count; i++) {
		if (joins(&parts->items[i], portion, family))
			return &parts->items[i];
	}
	return NULL;
}

static struct part part_begin(const struct portion *portion)
{
	struct part part = {
		.source_ports = portion->values[DIMENSION_SOURCE_PORT],
		.ports = portion->values[DIMENSION_PORT],
		.types = portion->values[DIMENSION_TYPE],
		.outcome = portion->outcome,
		.passages = portion->passages,
		.passage_count = portion->passage_count,
	};

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		part.sources[family] = part.destinations[family] = ranges_empty(family);
	return part;
}

static void push_portions(struct asking *asking, struct leg *leg, enum family family,
			  const struct portions *portions)
{
	size_t before = leg->parts.count;

	for (size_t i = 0; i < portions->count; i++) {
		const struct portion *portion = &portions->items[i];
		struct part *part = part_of(&leg->parts, before, portion, family);

		if (!part) {
			LIST_PUSH(asking->arena, &leg->parts, part_begin(portion));
			part = &leg->parts.items[leg->parts.count - 1];
			find_origin(asking, &portion->decider, part);
		}
		part->sources[family] = portion->values[DIMENSION_SOURCE];
		part->destinations[family] = portion->values[DIMENSION_DESTINATION];
	}
}

static bool is_self(enum leg_kind kind)
{
	return kind == LEG_SELF_OUT || kind == LEG_SELF_IN;
}

/* What the site's own rules would do with the packets of the part. */
static void find_desired(const struct asking *asking, const struct leg *leg,
			 struct part *part)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct bundle bundle;

		if (part_bundle(asking, leg, part, family, &bundle))
			part->desired |=
				outcomes_of(asking->arena, asking->desired, &bundle);
	}
}

/* Accepted ones first, whatever their family. */
static void sort_parts(struct asking *asking, struct leg *leg)
{
	static const enum outcome order[] = { OUTCOME_ACCEPT, OUTCOME_UNKNOWN,
					      OUTCOME_REJECT, OUTCOME_DROP };
	struct parts sorted = { 0 };

	for (size_t o = 0; o < COUNT_OF(order); o++) {
		for (size_t i = 0; i < leg->parts.count; i++) {
			if (leg->parts.items[i].outcome == order[o])
				LIST_PUSH(asking->arena, &sorted, leg->parts.items[i]);
		}
	}
	leg->parts = sorted;
}

void parts_divide(struct asking *asking, struct leg *leg)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct portions portions = { 0 };
		struct bundle bundle;

		if (!leg_bundle(asking->arena, asking->question, leg, family, &bundle))
			continue;
		divide(asking->arena, leg->ruleset, &bundle, &portions);
		push_portions(asking, leg, family, &portions);
		leg->cut |= portions.cut;
	}
	sort_parts(asking, leg);
}

void parts_finish(const struct asking *asking, struct leg *leg)
{
	for (size_t i = 0; i < leg->parts.count; i++) {
		struct part *part = &leg->parts.items[i];

		if (part->outcome == OUTCOME_ACCEPT && !is_self(leg->kind))
			find_answers(asking, leg, part);
		else if (part->outcome != OUTCOME_ACCEPT)
			nearest_find(asking, leg, part);
		if (asking->desired)
			find_desired(asking, leg, part);
	}
}
