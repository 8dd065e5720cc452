/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a question to its answer: hosts, rules, legs, interfaces, parts, the verdict. */
#include <stdlib.h>
#include <string.h>

#include "compile/compile.h"
#include "explain/parts.h"

#define LOOPBACK "lo"

/* ---- rules ---- */

/* The rules that decide at a host; NULL with diagnostics. */
static const struct ruleset *rules_of(struct asking *asking, const struct actor *host,
				      struct diags *diags)
{
	const struct explain_question *question = asking->question;
	const struct ruleset *compiled =
		compile_host(asking->arena, question->site, host, diags);

	if (!question->live || !compiled)
		return compiled;
	asking->desired = compiled;
	return question->live;
}

static bool rule_asks_route(const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct step *step = &rule->steps[i];

		if (step->kind == STEP_MATCH &&
		    step->match.fields[0] == FIELD_FIB_SADDR_OIF)
			return true;
	}
	return false;
}

static bool rule_limits(const struct rule *rule)
{
	for (size_t i = 0; rule && i < rule->step_count; i++) {
		const struct step *step = &rule->steps[i];

		if ((step->kind == STEP_LIMIT && !step->limit.over) ||
		    (step->kind == STEP_UPDATE && !step->update.limit.over))
			return true;
	}
	return false;
}

/* Whether a rule on the way asks for the way back to the source. */
static bool chain_asks_route(const struct chain *chain)
{
	for (size_t i = 0; i < chain->rule_count; i++) {
		if (rule_asks_route(&chain->rules[i]))
			return true;
	}
	return false;
}

/* What the verdict on a part takes for granted. */
static void find_granted(struct leg *leg)
{
	for (size_t i = 0; i < leg->parts.count; i++) {
		const struct part *part = &leg->parts.items[i];

		if (part->outcome == OUTCOME_ACCEPT)
			leg->takes_rate |= rule_limits(part->rule);
		for (size_t p = 0; p < part->passage_count && !leg->takes_route; p++)
			leg->takes_route = chain_asks_route(part->passages[p].chain);
	}
}

/* ---- interfaces ---- */

static bool has_in(enum leg_kind kind)
{
	return kind != LEG_OUT && kind != LEG_SELF_OUT;
}

static bool has_out(enum leg_kind kind)
{
	return kind != LEG_IN && kind != LEG_SELF_IN;
}

/* Those by which the packets can come, or leave; one without a name when they do not.
 */
static struct interfaces interfaces_of(struct asking *asking, const struct leg *leg,
				       bool in)
{
	static const struct interface none = { "", "" };

	static const struct interface loopback = { LOOPBACK, LOOPBACK };
	const char *named = asking->question->interface;
	struct interface one = { named, named };
	struct interfaces found = { 0 };

	if (in ? !has_in(leg->kind) : !has_out(leg->kind))
		one = none;
	else if (leg->kind == LEG_SELF_OUT || leg->kind == LEG_SELF_IN)
		one = loopback;
	else if (!named || (leg->kind == LEG_THROUGH && !in)) {
		interfaces_find(asking->arena, leg->host, leg->ruleset,
				in ? FIELD_IIFNAME : FIELD_OIFNAME, &found);
		return found;
	}
	LIST_PUSH(asking->arena, &found, one);
	return found;
}

/* Whether the packets fare alike, by the same rules. */
static bool fares_alike(const struct parts *a, const struct parts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct part *one = &a->items[i], *other = &b->items[i];

		if (one->outcome != other->outcome || one->rule != other->rule ||
		    one->chain != other->chain)
			return false;
	}
	return true;
}

static const struct passage *last_passage(const struct part *part)
{
	return part->passage_count ? &part->passages[part->passage_count - 1] : NULL;
}

/* What the same packets meet by another interface. */
static struct byway byway_of(struct asking *asking, const struct leg *leg,
			     struct interface in, struct interface out)
{
	struct leg other = *leg;
	struct byway byway = { .in = in, .out = out };

	other.in = in;
	other.out = out;
	other.parts = (struct parts){ 0 };
	other.cut = false;
	parts_divide(asking, &other);
	byway.outcomes = parts_outcomes(&other);
	byway.is_same = fares_alike(&leg->parts, &other.parts);
	byway.decider = other.parts.count ? last_passage(&other.parts.items[0]) : NULL;
	for (size_t i = 1; i < other.parts.count && byway.decider; i++) {
		if (other.parts.items[i].rule != byway.decider->rule ||
		    other.parts.items[i].chain != byway.decider->chain)
			byway.decider = NULL;
	}
	return byway;
}

static void find_byways(struct asking *asking, struct leg *leg,
			const struct interfaces *ins, const struct interfaces *outs)
{
	leg->byways_cut = ins->cut || outs->cut;
	for (size_t i = 0; i < ins->count; i++) {
		for (size_t o = 0; o < outs->count; o++) {
			if (!i && !o)
				continue;
			LIST_PUSH(asking->arena, &leg->byways,
				  byway_of(asking, leg, ins->items[i], outs->items[o]));
		}
	}
}

/* ---- other tables ---- */

static bool is_of_leg(const struct neighbour *neighbour, const struct leg *leg)
{
	enum packet_way way = leg->kind == LEG_THROUGH ? WAY_THROUGH
			      : has_in(leg->kind)      ? WAY_IN
						       : WAY_OUT;

	if (strcmp(neighbour->family, "ip") == 0 && !leg->sources[FAMILY_IP4].count)
		return false;
	if (strcmp(neighbour->family, "ip6") == 0 && !leg->sources[FAMILY_IP6].count)
		return false;
	return way_has_hook(way, neighbour->hook);
}

static void find_neighbours(struct asking *asking, struct leg *leg)
{
	const struct ruleset *live = asking->question->live;

	for (size_t i = 0; live && i < live->neighbour_count; i++) {
		if (is_of_leg(&live->neighbours[i], leg))
			LIST_PUSH(asking->arena, &leg->neighbours,
				  &live->neighbours[i]);
	}
}

/* ---- all of it ---- */

static void answer_leg(struct asking *asking, struct leg *leg)
{
	struct interfaces ins = interfaces_of(asking, leg, true);
	struct interfaces outs = interfaces_of(asking, leg, false);

	leg->in = ins.items[0];
	leg->out = outs.items[0];
	parts_divide(asking, leg);
	parts_finish(asking, leg);
	find_byways(asking, leg, &ins, &outs);
	find_neighbours(asking, leg);
	find_granted(leg);
}

/* False with diagnostics when the host cannot be compiled. */
static bool ask_host(struct asking *asking, const struct actor *host,
		     struct diags *diags)
{
	struct explanation *explanation = asking->explanation;
	size_t before = explanation->legs.count;
	const struct ruleset *ruleset = rules_of(asking, host, diags);

	if (!ruleset)
		return false;
	explanation->asked_count++;
	legs_find(asking->arena, asking->question, host, asking->question->host,
		  explanation);
	for (size_t i = before; i < explanation->legs.count; i++) {
		explanation->legs.items[i].ruleset = ruleset;
		answer_leg(asking, &explanation->legs.items[i]);
	}
	return true;
}

static int compare_legs(const void *left, const void *right)
{
	const struct leg *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

/* Packets of which no host that was asked is an end. */
static void find_others(struct asking *asking, enum family family)
{
	const struct expectation *packet = asking->question->packet;
	struct explanation *explanation = asking->explanation;
	struct ranges sources = packet->source.addresses[family];
	struct ranges destinations = packet->destination.addresses[family];

	for (size_t i = 0; i < explanation->legs.count; i++) {
		const struct leg *leg = &explanation->legs.items[i];

		if (has_out(leg->kind))
			sources = ranges_subtract(asking->arena, &sources,
						  &leg->sources[family]);
		if (has_in(leg->kind))
			destinations = ranges_subtract(asking->arena, &destinations,
						       &leg->destinations[family]);
	}
	if (!sources.count || !destinations.count)
		sources = destinations = ranges_empty(family);
	explanation->other_sources[family] = sources;
	explanation->other_destinations[family] = destinations;
}

static void find_hosts(const struct asking *asking, struct hosts *hosts)
{
	const struct explain_question *question = asking->question;

	if (question->host)
		LIST_PUSH(asking->arena, hosts, question->host);
	else
		hosts_find(asking->arena, question->site, question->packet, hosts);
}

const struct explanation *explain(struct arena *arena,
				  const struct explain_question *question,
				  struct diags *diags)
{
	struct explanation *explanation = arena_alloc(arena, sizeof(*explanation));
	struct asking asking = { .arena = arena,
				 .question = question,
				 .explanation = explanation };
	struct hosts hosts = { 0 };

	explanation->site = question->site;
	explanation->question = question->packet;
	explanation->is_live = question->live != NULL;
	explanation->is_loaded = question->live && question->live->table_count;
	find_hosts(&asking, &hosts);
	explanation->host_count = hosts.count;
	for (size_t i = 0; i < hosts.count && i < HOST_MAX; i++) {
		if (!ask_host(&asking, hosts.items[i], diags))
			return NULL;
	}
	for (size_t i = 0; i < explanation->legs.count; i++)
		explanation->legs.items[i].place = i;
	if (explanation->legs.count)
		qsort(explanation->legs.items, explanation->legs.count,
		      sizeof(*explanation->legs.items), compare_legs);
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		find_others(&asking, family);
	explanation->outcomes = verdict_find(&asking);
	return explanation;
}
