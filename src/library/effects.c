/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan opens and closes, for the public header: asked for only when shown. */
#include "library/handle.h"

enum { WITNESSES = 4 };

const struct effects *plan_effects(const struct rolewall_plan *plan)
{
	if (!*plan->effects) {
		*plan->effects = arena_alloc(plan->arena, sizeof(**plan->effects));
		effects_find(plan->arena, plan->plan->live, plan->plan->desired,
			     *plan->effects);
	}
	return *plan->effects;
}

static const char *way_of(enum packet_way way)
{
	static const char *const words[WAY_COUNT] = { "in", "out", "through" };

	return words[way];
}

static void note_witness(struct rolewall_messages *messages,
			 const struct effect *effect)
{
	struct buffer packet AUTO_BUFFER = { 0 };

	witness_print(&effect->witness, &packet);
	diag_note(&messages->diags, (struct span){ 0 }, "%s %s: %s",
		  effect->sure ? "lets" : "may let", way_of(effect->way), packet.data);
}

int rolewall_plan_opens_nothing(const struct rolewall_plan *plan,
				struct rolewall_messages *messages)
{
	const struct effects *effects = plan_effects(plan);
	size_t count = effects_opening(effects);
	struct diags *diags = &messages->diags;

	if (!count && !effects->too_large && !effects->more)
		return ROLEWALL_OK;
	messages_keep_site(messages, plan->site);
	if (!count) {
		diag_error(diags, DIAG_OPENS, (struct span){ 0 },
			   "whether this lets anything pass that does not pass now is "
			   "not known: the rules are too many; nothing was changed");
		return ROLEWALL_REFUSED;
	}
	diag_error(diags, DIAG_OPENS, (struct span){ 0 },
		   "this would let packets pass that do not pass now; nothing was "
		   "changed");
	for (size_t i = 0; i < count && i < WITNESSES; i++)
		note_witness(messages, &effects->items[i]);
	if (count > WITNESSES)
		diag_note(diags, (struct span){ 0 },
			  "and in %zu more ways: see \"rolewall plan\"",
			  count - WITNESSES);
	return ROLEWALL_REFUSED;
}
