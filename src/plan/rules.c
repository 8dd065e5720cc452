/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edits of the rules of one chain: as many rules as can be keep their place, handle and
 * counter; of the rest, what is the same elsewhere moves, what is in the same place
 * changes, and what then remains comes or goes.
 */
#include <string.h>

#include "plan/planner.h"
#include "plan/sequence.h"

/* What becomes of a rule; on both sides of a pair the same. */
enum fate { FATE_ALONE, FATE_KEPT, FATE_MOVED, FATE_CHANGED };

struct side {
	const struct rule *rules;
	size_t count;
	uint32_t *numbers; /* equal rules, equal numbers */
	enum fate *fates;
	uint32_t *partners; /* place on the other side; NOWHERE: FATE_ALONE */
};

struct rule_diff {
	struct arena *arena; /* ends with the comparison */
	struct planner *planner;
	struct table_plan *table;
	const struct chain_plan *chain;
	struct side live, desired;
	size_t number_count;
};

/* ---- pairs ---- */

static void side_start(struct rule_diff *diff, struct side *side,
		       const struct chain *chain, struct numbering *numbering)
{
	size_t count = chain ? chain->rule_count : 0;

	side->count = count;
	side->rules = chain ? chain->rules : NULL;
	side->numbers = arena_array(diff->arena, count, sizeof(*side->numbers));
	side->fates = arena_array(diff->arena, count, sizeof(*side->fates));
	side->partners = arena_array(diff->arena, count, sizeof(*side->partners));

	for (size_t i = 0; i < count; i++) {
		const struct key *key = &side->rules[i].key;

		side->numbers[i] =
			numbering_of(numbering, key->bytes, key->length, key->hash);
		side->partners[i] = NOWHERE;
	}
}

static void pair(struct rule_diff *diff, size_t i, size_t k, enum fate fate)
{
	diff->live.fates[i] = diff->desired.fates[k] = fate;
	diff->live.partners[i] = (uint32_t)k;
	diff->desired.partners[k] = (uint32_t)i;
}

static void pair_kept(struct rule_diff *diff)
{
	uint32_t *partners = diff->live.partners;

	sequence_common(diff->arena,
			(struct sequence){ diff->live.numbers, diff->live.count },
			(struct sequence){ diff->desired.numbers, diff->desired.count },
			diff->number_count, partners);
	for (size_t i = 0; i < diff->live.count; i++) {
		if (partners[i] != NOWHERE)
			pair(diff, i, partners[i], FATE_KEPT);
	}
}

/* The first with the first of its equals, the second with the second, and so on. */
static void pair_moved(struct rule_diff *diff)
{
	uint32_t *heads = arena_array(diff->arena, diff->number_count, sizeof(*heads));
	uint32_t *next = arena_array(diff->arena, diff->live.count, sizeof(*next));

	for (size_t n = 0; n < diff->number_count; n++)
		heads[n] = NOWHERE;
	for (size_t i = diff->live.count; i-- > 0;) {
		if (diff->live.fates[i] != FATE_ALONE)
			continue;
		next[i] = heads[diff->live.numbers[i]];
		heads[diff->live.numbers[i]] = (uint32_t)i;
	}
	for (size_t k = 0; k < diff->desired.count; k++) {
		uint32_t i = heads[diff->desired.numbers[k]];

		if (diff->desired.fates[k] != FATE_ALONE || i == NOWHERE)
			continue;
		heads[diff->desired.numbers[k]] = next[i];
		pair(diff, i, k, FATE_MOVED);
	}
}

/* Unpaired rules between two kept ones, by their places. */
struct gap {
	uint32_t *items;
	size_t count;
};

/* The unpaired rules from `*at` up to the next kept one, behind which `*at` is left. */
static struct gap gap_next(struct rule_diff *diff, const struct side *side, size_t *at)
{
	size_t end = *at;

	while (end < side->count && side->fates[end] != FATE_KEPT)
		end++;

	struct gap gap = { arena_array(diff->arena, end - *at, sizeof(uint32_t)), 0 };

	for (size_t i = *at; i < end; i++) {
		if (side->fates[i] == FATE_ALONE)
			gap.items[gap.count++] = (uint32_t)i;
	}
	*at = end + 1;
	return gap;
}

static uint64_t text_hash(const char *text)
{
	uint64_t hash = 5381;

	for (; *text; text++)
		hash = hash * 33 + (unsigned char)*text;
	return hash;
}

/*
 * Equal comments, equal numbers.  A rule without one is nobody's successor: its number,
 * counted from `own`, is its own.
 */
static uint32_t *comment_numbers(struct rule_diff *diff, const struct side *side,
				 struct gap gap, struct numbering *numbering,
				 size_t own)
{
	uint32_t *numbers = arena_array(diff->arena, gap.count, sizeof(*numbers));

	for (size_t i = 0; i < gap.count; i++) {
		const char *text = side->rules[gap.items[i]].comment;

		numbers[i] = text ? numbering_of(numbering, text, strlen(text),
						 text_hash(text))
				  : (uint32_t)(own + i);
	}
	return numbers;
}

/*
 * The rules of a part without any pair yet: one by one when they can only be each
 * other's, since there is one of each, or since the live ones say nothing of a flow.
 */
static void pair_by_place(struct rule_diff *diff, struct gap live, struct gap desired)
{
	bool nameless = live.count == desired.count;

	for (size_t i = 0; nameless && live.count > 1 && i < live.count; i++)
		nameless = !diff->live.rules[live.items[i]].comment;
	for (size_t i = 0; nameless && i < live.count; i++)
		pair(diff, live.items[i], desired.items[i], FATE_CHANGED);
}

static void pair_in_gap(struct rule_diff *diff, struct gap live, struct gap desired)
{
	size_t count = live.count + desired.count;
	struct numbering *numbering = numbering_new(diff->arena, count);
	uint32_t *left = comment_numbers(diff, &diff->live, live, numbering, count);
	uint32_t *right = comment_numbers(diff, &diff->desired, desired, numbering,
					  count + live.count);
	uint32_t *partners = arena_array(diff->arena, live.count, sizeof(*partners));
	size_t i = 0, k = 0;

	sequence_common(diff->arena, (struct sequence){ left, live.count },
			(struct sequence){ right, desired.count }, 2 * count, partners);

	/* the parts between those of the same flow */
	for (size_t next = 0; next <= live.count; next++) {
		size_t to = desired.count;

		if (next < live.count && partners[next] == NOWHERE)
			continue;
		if (next < live.count) {
			to = partners[next];
			pair(diff, live.items[next], desired.items[to], FATE_CHANGED);
		}
		pair_by_place(diff, (struct gap){ live.items + i, next - i },
			      (struct gap){ desired.items + k, to - k });
		i = next + 1;
		k = to + 1;
	}
}

static void pair_changed(struct rule_diff *diff)
{
	size_t i = 0, k = 0;

	while (i < diff->live.count && k < diff->desired.count) {
		struct gap live = gap_next(diff, &diff->live, &i);
		struct gap desired = gap_next(diff, &diff->desired, &k);

		if (live.count && desired.count)
			pair_in_gap(diff, live, desired);
	}
}

/* ---- edits ---- */

static void rule_add(struct rule_diff *diff, struct edit edit)
{
	edit.kind = EDIT_RULE;
	edit.live_chain = diff->chain->live;
	edit.desired_chain = diff->chain->desired;
	planner_add(diff->planner, diff->table, edit);
}

static void edit_delete(struct rule_diff *diff, size_t i, bool consequence)
{
	rule_add(diff, (struct edit){
			       .op = EDIT_DELETE,
			       .live_rule = &diff->live.rules[i],
			       .live_index = i,
			       .consequence = consequence,
		       });
}

/* Whether the desired rule is a live one that stays untouched. */
static bool stays(struct rule_diff *diff, size_t k)
{
	return diff->desired.fates[k] == FATE_KEPT && !diff->chain->replaced &&
	       !diff->table->replaced &&
	       !rule_refers_to_gone(diff->table,
				    &diff->live.rules[diff->desired.partners[k]]);
}

static struct edit edit_of(struct rule_diff *diff, enum edit_op op, size_t k)
{
	struct edit edit = {
		.op = op,
		.desired_rule = &diff->desired.rules[k],
		.desired_index = k,
	};

	if ((op == EDIT_ADD || op == EDIT_MOVE) && k > 0 && stays(diff, k - 1))
		edit.after = &diff->live.rules[diff->desired.partners[k - 1]];
	return edit;
}

static void edit_add(struct rule_diff *diff, size_t k)
{
	rule_add(diff, edit_of(diff, EDIT_ADD, k));
}

/* The same rule once more, as its chain, table or a set of it is made anew. */
static void edit_remake(struct rule_diff *diff, size_t i, size_t k)
{
	struct edit edit = edit_of(diff, EDIT_ADD, k);

	if (!diff->table->replaced)
		edit_delete(diff, i, true);
	edit.consequence = true;
	edit.live_rule = &diff->live.rules[i];
	edit.live_index = i;
	rule_add(diff, edit);
}

/* A change or a move; as delete and add where the kernel could not follow. */
static void edit_pair(struct rule_diff *diff, size_t i, size_t k)
{
	bool change = diff->desired.fates[k] == FATE_CHANGED;
	bool possible =
		!diff->table->replaced &&
		(!change || (!diff->chain->replaced &&
			     !rule_refers_to_gone(diff->table, &diff->live.rules[i])));
	struct edit edit = edit_of(diff, change ? EDIT_CHANGE : EDIT_MOVE, k);

	if (!possible) {
		edit_delete(diff, i, false);
		edit_add(diff, k);
		return;
	}
	edit.live_rule = &diff->live.rules[i];
	edit.live_index = i;
	rule_add(diff, edit);
}

/* Deletes what has no partner, up to live rule `end`. */
static void edit_deletes(struct rule_diff *diff, size_t *i, size_t end)
{
	bool consequence = !diff->chain->desired;

	for (; *i < end; (*i)++) {
		if (diff->live.fates[*i] == FATE_ALONE)
			edit_delete(diff, *i, consequence);
	}
}

static void edit_rules(struct rule_diff *diff)
{
	size_t i = 0;

	for (size_t k = 0; k < diff->desired.count; k++) {
		uint32_t partner = diff->desired.partners[k];

		switch (diff->desired.fates[k]) {
		case FATE_ALONE:
			edit_add(diff, k);
			break;
		case FATE_MOVED:
			edit_pair(diff, partner, k);
			break;
		case FATE_CHANGED:
			edit_deletes(diff, &i, partner);
			edit_pair(diff, partner, k);
			break;
		case FATE_KEPT:
			edit_deletes(diff, &i, partner);
			if (!stays(diff, k))
				edit_remake(diff, partner, k);
			break;
		}
	}
	edit_deletes(diff, &i, diff->live.count);
}

void plan_rules(struct planner *planner, struct table_plan *table,
		const struct chain_plan *chain)
{
	struct arena *arena AUTO(arena) = arena_new();
	size_t live_count = chain->live ? chain->live->rule_count : 0;
	size_t desired_count = chain->desired ? chain->desired->rule_count : 0;
	struct numbering *numbering = numbering_new(arena, live_count + desired_count);
	struct rule_diff diff = {
		.arena = arena,
		.planner = planner,
		.table = table,
		.chain = chain,
	};

	side_start(&diff, &diff.live, chain->live, numbering);
	side_start(&diff, &diff.desired, chain->desired, numbering);
	diff.number_count = numbering_count(numbering);
	if (live_count && desired_count) {
		pair_kept(&diff);
		pair_moved(&diff);
		pair_changed(&diff);
	}
	edit_rules(&diff);
}
