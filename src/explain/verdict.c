/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict on all packets of a question: what one host lets out, another has to let
 * in.
 */
#include "explain/parts.h"

const char *verdict_word(unsigned outcomes)
{
	if (outcomes & 1u << OUTCOME_UNKNOWN || !outcomes)
		return outcome_names[OUTCOME_UNKNOWN];
	for (enum outcome outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
		if (outcomes == 1u << outcome)
			return outcome_names[outcome];
	}
	return "mixed";
}

/* The rest of all packets' sources, or destinations, that no leg of the kind has. */
static struct ranges rest_of(const struct asking *asking, const struct ranges *all,
			     enum leg_kind kind, enum family family)
{
	const struct explanation *explanation = asking->explanation;
	struct ranges rest = *all;

	for (size_t i = 0; i < explanation->legs.count; i++) {
		const struct leg *leg = &explanation->legs.items[i];

		if (leg->kind == kind)
			rest = ranges_subtract(asking->arena, &rest,
					       kind == LEG_OUT
						       ? &leg->sources[family]
						       : &leg->destinations[family]);
	}
	return rest;
}

/* What becomes of packets that their own host lets out, at the hosts that they are for.
 */
static unsigned outcomes_behind(const struct asking *asking, const struct leg *leg,
				const struct part *part, enum family family)
{
	const struct explanation *explanation = asking->explanation;
	struct ranges rest =
		rest_of(asking, &part->destinations[family], LEG_IN, family);
	unsigned outcomes = rest.count ? 1u << OUTCOME_ACCEPT : 0;

	for (size_t i = 0; i < explanation->legs.count; i++) {
		const struct leg *in = &explanation->legs.items[i];
		struct part arriving = *part;
		struct bundle bundle;

		if (in->kind != LEG_IN || in->host == leg->host)
			continue;
		arriving.sources[family] = ranges_shared(
			asking->arena, &part->sources[family], &in->sources[family]);
		arriving.destinations[family] =
			ranges_shared(asking->arena, &part->destinations[family],
				      &in->destinations[family]);
		if (part_bundle(asking, in, &arriving, family, &bundle))
			outcomes |= outcomes_of(asking->arena, in->ruleset, &bundle);
	}
	return outcomes;
}

static unsigned outcomes_out(const struct asking *asking, const struct leg *leg)
{
	unsigned outcomes = parts_outcomes(leg) & ~(1u << OUTCOME_ACCEPT);

	for (size_t i = 0; i < leg->parts.count; i++) {
		const struct part *part = &leg->parts.items[i];

		for (enum family f = 0; f < FAMILY_COUNT; f++) {
			if (part->outcome == OUTCOME_ACCEPT && part->sources[f].count)
				outcomes |= outcomes_behind(asking, leg, part, f);
		}
	}
	return outcomes;
}

/* Of packets that come from elsewhere than from the hosts that are asked. */
static unsigned outcomes_in(const struct asking *asking, const struct leg *leg)
{
	unsigned outcomes = 0;

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct leg from_elsewhere = *leg;
		struct bundle bundle;

		from_elsewhere.sources[family] =
			rest_of(asking, &leg->sources[family], LEG_OUT, family);
		if (leg_bundle(asking->arena, asking->question, &from_elsewhere, family,
			       &bundle))
			outcomes |= outcomes_of(asking->arena, leg->ruleset, &bundle);
	}
	return outcomes;
}

unsigned verdict_find(const struct asking *asking)
{
	const struct explanation *explanation = asking->explanation;
	bool whole = asking->question->host || explanation->legs.count == 1;
	unsigned outcomes = 0;

	for (size_t i = 0; i < explanation->legs.count; i++) {
		const struct leg *leg = &explanation->legs.items[i];

		if (!whole && leg->kind == LEG_OUT)
			outcomes |= outcomes_out(asking, leg);
		else if (!whole && leg->kind == LEG_IN)
			outcomes |= outcomes_in(asking, leg);
		else if (leg->kind == LEG_SELF_OUT) /* what is let out comes in */
			outcomes |= parts_outcomes(leg) & ~(1u << OUTCOME_ACCEPT);
		else
			outcomes |= parts_outcomes(leg);
	}
	return outcomes;
}
