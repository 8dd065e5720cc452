/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a plan to messages.
 *
 * In each table first what goes, from what refers to what is referred to: rules,
 * elements, sets, objects, chains; then what comes, the other way round.  What is
 * changed by going and coming again (replaced sets, moved rules) so finds its name and
 * its key free.  Packets see none of it until all of it is there.
 */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/batch.h"

/* The edits of one table, of which each phase takes its own. */
struct edits {
	struct encoder *encoder;
	const struct edit *items;
	size_t count;
	uint32_t rule_id; /* the last one given away */
};

/* ---- what goes ---- */

static bool is_gone(const struct edit *edit, enum edit_kind kind)
{
	return edit->kind == kind && !edit->unsent &&
	       (edit->op == EDIT_DELETE || edit->op == EDIT_REPLACE);
}

static void rules_go(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (is_gone(edit, EDIT_RULE) ||
		    (edit->kind == EDIT_RULE && edit->op == EDIT_MOVE))
			encode_rule_gone(edits->encoder, edit->live_chain,
					 edit->live_rule);
	}
}

static void elements_go(struct edits *edits)
{
	struct element_run run;

	elements_start(&run, edits->encoder, NFT_MSG_DELSETELEM);
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (is_gone(edit, EDIT_ELEMENT) ||
		    (edit->kind == EDIT_ELEMENT && edit->op == EDIT_CHANGE))
			elements_add(&run, edit->live_set, edit->live_index, NULL);
	}
	elements_end(&run);
}

static void sets_go(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		if (is_gone(&edits->items[i], EDIT_SET))
			encode_set_gone(edits->encoder, edits->items[i].live_set);
	}
}

static void objects_go(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		if (is_gone(&edits->items[i], EDIT_OBJECT))
			encode_object_gone(edits->encoder, edits->items[i].object);
	}
}

static void chains_go(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		if (is_gone(&edits->items[i], EDIT_CHAIN))
			encode_chain_gone(edits->encoder, edits->items[i].live_chain);
	}
}

/* ---- what comes ---- */

static bool is_made(const struct edit *edit, enum edit_kind kind)
{
	return edit->kind == kind && (edit->op == EDIT_ADD || edit->op == EDIT_REPLACE);
}

static void chains_come(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (is_made(edit, EDIT_CHAIN))
			encode_chain(edits->encoder, edit->desired_chain);
		else if (edit->kind == EDIT_CHAIN && edit->op == EDIT_CHANGE)
			encode_policy(edits->encoder, edit->desired_chain);
	}
}

/* The live element whose counter goes on in the one that the edit makes. */
static const struct element *counted_element(const struct edit *edit)
{
	bool same = edit->op == EDIT_CHANGE || edit->consequence || edit->what;

	if (!same || !edit->live_set || !edit->live_set->elements)
		return NULL;
	return &edit->live_set->elements[edit->live_index];
}

/* Each set with its elements, as the edits stand. */
static void sets_come(struct edits *edits)
{
	struct element_run run;

	elements_start(&run, edits->encoder, NFT_MSG_NEWSETELEM);
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (is_made(edit, EDIT_SET)) {
			elements_end(&run);
			encode_set(edits->encoder, edit->desired_set);
		} else if (edit->kind == EDIT_ELEMENT && edit->op != EDIT_DELETE) {
			elements_add(&run, edit->desired_set, edit->desired_index,
				     counted_element(edit));
		}
	}
	elements_end(&run);
}

/* ---- rules ---- */

/* Edits from `start` on that are of one chain's rules; where they end. */
static size_t chain_end(const struct edits *edits, size_t start)
{
	const struct chain *chain = edits->items[start].desired_chain;
	size_t end = start;

	while (end < edits->count && edits->items[end].kind == EDIT_RULE &&
	       edits->items[end].desired_chain == chain)
		end++;
	return end;
}

/*
 * The place in the chain from which on all rules are made by these edits: each of them
 * is simply appended.  To find another place the kernel walks through a list each time.
 */
static size_t tail_of(const struct edits *edits, size_t start, size_t end)
{
	size_t tail = edits->items[start].desired_chain->rule_count;

	while (end-- > start) {
		const struct edit *edit = &edits->items[end];

		if (edit->op == EDIT_DELETE)
			continue;
		if (edit->op == EDIT_CHANGE || edit->desired_index + 1 != tail)
			break;
		tail--;
	}
	return tail;
}

/* Where a rule goes that has others, which stay, behind it. */
static struct rule_place place_among(struct edits *edits, const struct edit *edit)
{
	struct rule_place place = { .flags = NLM_F_CREATE };
	uint32_t previous = edits->rule_id;

	place.id = ++edits->rule_id;
	if (edit->op == EDIT_CHANGE) {
		place.flags = NLM_F_REPLACE;
		place.handle = edit->live_rule->kernel_handle;
	} else if (edit->after) {
		place.flags |= NLM_F_APPEND;
		place.position = edit->after->kernel_handle;
	} else if (edit->desired_index > 0) {
		place.flags |= NLM_F_APPEND;
		place.position_id = previous;
	}
	return place;
}

static void rule_comes(struct edits *edits, const struct edit *edit, size_t tail)
{
	bool counts_on = edit->op == EDIT_MOVE || edit->consequence;
	struct rule_place place = place_last;

	if (edit->op == EDIT_DELETE)
		return;
	if (edit->op == EDIT_CHANGE || edit->desired_index < tail)
		place = place_among(edits, edit);
	edits->encoder->subject.chain = edit->desired_chain;
	encode_rule(edits->encoder, edit->desired_rule, &place,
		    counts_on ? edit->live_rule : NULL);
	edits->encoder->subject.chain = NULL;
}

static void rules_come(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->items[i];

		if (edit->kind != EDIT_RULE || !edit->desired_chain)
			continue;

		size_t end = chain_end(edits, i);
		size_t tail = tail_of(edits, i, end);

		for (; i < end; i++)
			rule_comes(edits, &edits->items[i], tail);
		i--;
	}
}

/* ---- tables ---- */

/* The table's own edit, the first where there is one. */
static void table_turns(struct edits *edits)
{
	const struct edit *edit = &edits->items[0];

	if (is_gone(edit, EDIT_TABLE))
		encode_table_gone(edits->encoder, edit->live_table);
	if (edit->kind == EDIT_TABLE && edit->op != EDIT_DELETE)
		encode_table(edits->encoder, edit->desired_table);
}

static void encode_edits(struct edits *edits)
{
	static void (*const phases[])(struct edits *) = {
		table_turns, rules_go,    elements_go, sets_go,    objects_go,
		chains_go,   chains_come, sets_come,   rules_come,
	};
	const struct edit *first = &edits->items[0];

	edits->encoder->subject = (struct subject){
		.table =
			first->desired_table ? first->desired_table : first->live_table,
	};
	for (size_t i = 0; i < COUNT_OF(phases); i++)
		phases[i](edits);
}

static bool same_table(const struct edit *a, const struct edit *b)
{
	return a->live_table == b->live_table && a->desired_table == b->desired_table;
}

/*
 * As the script does it, which cannot know what there is: so a load by either leaves
 * the same, down to the handles of the tables.
 */
static void clear_tables(struct encoder *encoder)
{
	static const struct table tables[TABLE_FAMILY_COUNT] = {
		[TABLE_INET] = { .family = TABLE_INET, .name = ROLEWALL_TABLE },
		[TABLE_NETDEV] = { .family = TABLE_NETDEV, .name = ROLEWALL_TABLE },
	};

	for (enum table_family f = 0; f < TABLE_FAMILY_COUNT; f++) {
		encode_table(encoder, &tables[f]);
		encode_table_gone(encoder, &tables[f]);
	}
}

void batch_encode(struct encoder *encoder, const struct plan *plan)
{
	if (plan->from_nothing) {
		clear_tables(encoder);
		encode_ruleset(encoder, plan->desired);
		return;
	}
	for (size_t i = 0, end; i < plan->edit_count; i = end) {
		struct edits edits = { .encoder = encoder, .items = &plan->edits[i] };

		for (end = i; end < plan->edit_count &&
			      same_table(&plan->edits[i], &plan->edits[end]);)
			end++;
		edits.count = end - i;
		encode_edits(&edits);
	}
}
