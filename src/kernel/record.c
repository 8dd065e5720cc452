/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumped messages put together again, in an order in which the kernel takes them. */
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/record.h"
#include "kernel/rewrite.h"
#include "kernel/subject.h"

struct recorder {
	struct decoder *decoder;
	struct rewriter rewriter;
	uint32_t set_id; /* the last one given away */

	struct {
		const char **items;
		size_t count, capacity;
	} lost;
};

/* ---- messages ---- */

static size_t begin(struct recorder *recorder, uint16_t type, uint16_t flags)
{
	struct message_head head = {
		.type = type,
		.flags = flags,
		.family = family_numbers[recorder->rewriter.family],
	};

	return message_begin(recorder->rewriter.out, &head);
}

static void note_lost(struct recorder *recorder, const struct nlmsghdr *message)
{
	struct buffer what AUTO_BUFFER = { 0 };
	struct named named;

	if (!recorder->rewriter.lost)
		return;
	subject_name(recorder->decoder->scratch, message, &named);
	buffer_format(&what, "attribute %u of ", (unsigned)recorder->rewriter.lost);
	subject_describe(&named.subject, &what);
	recorder->rewriter.lost = 0;
	LIST_PUSH(recorder->decoder->arena, &recorder->lost,
		  arena_string(recorder->decoder->arena, what.data));
}

static void put_message(struct recorder *recorder, const struct nlmsghdr *message,
			uint16_t flags)
{
	size_t start = begin(recorder, message_type(message), flags);

	rewrite_message(&recorder->rewriter, message);
	message_end(recorder->rewriter.out, start);
	note_lost(recorder, message);
}

/* ---- elements ---- */

struct sortable {
	const struct nlattr *nest;
	const struct nlattr *key; /* NULL: all keys that no other has */
	bool end;                 /* of an interval */
};

static struct sortable sortable_of(const struct nlattr *nest)
{
	const struct nlattr *parts[NFTA_SET_ELEM_FLAGS + 1];
	struct sortable sortable = { .nest = nest };
	uint32_t flags = 0;

	attrs_find(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), parts,
		   COUNT_OF(parts));
	if (parts[NFTA_SET_ELEM_FLAGS] && attr_u32(parts[NFTA_SET_ELEM_FLAGS], &flags))
		sortable.end = flags & NFT_SET_ELEM_INTERVAL_END;
	sortable.key = parts[NFTA_SET_ELEM_KEY];
	return sortable;
}

/* A key's nest has one attribute, the bytes: those of a set are of one length. */
static int compare_keys(const struct nlattr *left, const struct nlattr *right)
{
	uint16_t left_length = left ? left->nla_len : 0;
	uint16_t right_length = right ? right->nla_len : 0;

	if (left_length != right_length)
		return left_length < right_length ? -1 : 1;
	return left ? memcmp(mnl_attr_get_payload(left), mnl_attr_get_payload(right),
			     mnl_attr_get_payload_len(left))
		    : 0;
}

/* What ends at a key comes before what starts there. */
static int compare_sortables(const void *a, const void *b)
{
	const struct sortable *left = a, *right = b;
	int order = compare_keys(left->key, right->key);

	return order ? order : (int)right->end - (int)left->end;
}

static void reverse(struct attr_list *elements)
{
	for (size_t i = 0, k = elements->count; i + 1 < k; i++) {
		const struct nlattr *first = elements->items[i];

		elements->items[i] = elements->items[--k];
		elements->items[k] = first;
	}
}

/* Starts and ends of intervals are taken in their order; mostly they come backwards. */
static void sort_intervals(struct arena *arena, struct attr_list *elements)
{
	struct sortable *sorted = arena_array(arena, elements->count, sizeof(*sorted));
	bool ascending = true;

	reverse(elements);
	for (size_t i = 0; i < elements->count; i++) {
		sorted[i] = sortable_of(elements->items[i]);
		ascending = ascending &&
			    (!i || compare_sortables(&sorted[i - 1], &sorted[i]) <= 0);
	}
	if (ascending)
		return;
	qsort(sorted, elements->count, sizeof(*sorted), compare_sortables);
	for (size_t i = 0; i < elements->count; i++)
		elements->items[i] = sorted[i].nest;
}

/* A list is an attribute, whose length has 16 bits; no element is as long as this. */
enum { LIST_BYTES_MAX = UINT16_MAX, ELEMENT_BYTES_MAX = 4096 };

static size_t begin_elements(struct recorder *recorder,
			     const struct set_reading *reading, size_t *list)
{
	struct buffer *out = recorder->rewriter.out;
	const char *name = reading->name;
	size_t start = begin(recorder, NFT_MSG_NEWSETELEM, NLM_F_CREATE);

	attr_put_text(out, NFTA_SET_ELEM_LIST_TABLE, ROLEWALL_TABLE);
	if (!reading->set->name)
		name = anonymous_pattern(recorder->decoder->scratch, name);
	attr_put_text(out, NFTA_SET_ELEM_LIST_SET, name);
	if (!reading->set->name)
		attr_put_u32(out, NFTA_SET_ELEM_LIST_SET_ID, reading->record_id);
	*list = attr_nest(out, NFTA_SET_ELEM_LIST_ELEMENTS);
	return start;
}

static void put_elements(struct recorder *recorder, struct set_reading *reading)
{
	struct attr_list *elements = &reading->elements;
	struct buffer *out = recorder->rewriter.out;
	size_t start = 0, list = 0;

	/* of all others the order stays: nft lists some by it */
	if (reading->set->interval && !reading->concatenation)
		sort_intervals(recorder->decoder->scratch, elements);
	for (size_t i = 0; i < elements->count; i++) {
		if (i && out->length - list > LIST_BYTES_MAX - ELEMENT_BYTES_MAX) {
			attr_end(out, list);
			message_end(out, start);
			start = 0;
		}
		if (!start)
			start = begin_elements(recorder, reading, &list);
		rewrite_element(&recorder->rewriter, elements->items[i]);
	}
	if (start) {
		attr_end(out, list);
		message_end(out, start);
	}
	note_lost(recorder, reading->message);
}

/* ---- sets ---- */

static void put_set(struct recorder *recorder, struct set_reading *reading)
{
	struct rewriter *rewriter = &recorder->rewriter;
	size_t start = begin(recorder, NFT_MSG_NEWSET, NLM_F_CREATE);

	reading->record_id = ++recorder->set_id;
	rewriter->set = reading->set->name ? NULL : reading;
	rewrite_message(rewriter, reading->message);
	rewriter->set = NULL;
	attr_put_u32(rewriter->out, NFTA_SET_ID, reading->record_id);
	message_end(rewriter->out, start);
	note_lost(recorder, reading->message);
	put_elements(recorder, reading);
}

static void put_named_sets(struct recorder *recorder)
{
	struct decoder *decoder = recorder->decoder;

	for (size_t i = 0; i < decoder->sets.count; i++) {
		struct set_reading *reading = decoder->sets.items[i];

		if (reading->family == recorder->rewriter.family && reading->set->name)
			put_set(recorder, reading);
	}
}

/* ---- rules ---- */

static void put_anonymous_sets(struct recorder *recorder,
			       const struct nlmsghdr *message)
{
	const struct nlattr *parts[NFTA_RULE_EXPRESSIONS + 1];
	size_t length;
	const void *bytes = message_attrs(message, &length);

	attrs_find(bytes, length, parts, COUNT_OF(parts));
	if (!parts[NFTA_RULE_EXPRESSIONS])
		return;

	struct attr_walk walk = attrs_nested(parts[NFTA_RULE_EXPRESSIONS]);

	for (const struct nlattr *nest; (nest = attr_next(&walk));) {
		struct set_reading *reading =
			expression_set_reading(&recorder->rewriter, nest);

		if (reading && !reading->set->name && !reading->record_id)
			put_set(recorder, reading);
	}
}

/* Those of chains that hang on a rule first: once one jumps there, nothing is added. */
static void put_rules(struct recorder *recorder, bool bound)
{
	struct decoder *decoder = recorder->decoder;

	for (size_t i = 0; i < decoder->chains.count; i++) {
		const struct chain_reading *chain = decoder->chains.items[i];
		const struct message_list *rules = &chain->rule_messages;

		if (chain->family != recorder->rewriter.family || chain->bound != bound)
			continue;
		for (size_t k = 0; k < rules->count; k++) {
			put_anonymous_sets(recorder, rules->items[k]);
			put_message(recorder, rules->items[k],
				    NLM_F_CREATE | NLM_F_APPEND);
		}
	}
}

/* ---- tables ---- */

static void put_chains(struct recorder *recorder)
{
	struct decoder *decoder = recorder->decoder;

	for (size_t i = 0; i < decoder->chains.count; i++) {
		const struct chain_reading *chain = decoder->chains.items[i];

		if (chain->family == recorder->rewriter.family)
			put_message(recorder, chain->message, NLM_F_CREATE);
	}
}

static void put_objects(struct recorder *recorder)
{
	struct decoder *decoder = recorder->decoder;
	const struct message_list *objects =
		&decoder->tables[recorder->rewriter.family].object_messages;

	for (size_t i = 0; i < objects->count; i++)
		put_message(recorder, objects->items[i], NLM_F_CREATE);
}

static void put_table(struct recorder *recorder, enum table_family family)
{
	recorder->rewriter.family = family;
	put_message(recorder, recorder->decoder->tables[family].message, 0);
	put_chains(recorder);
	put_objects(recorder);
	put_named_sets(recorder);
	put_rules(recorder, true);
	put_rules(recorder, false);
}

const struct record *record_make(struct decoder *decoder)
{
	struct buffer out AUTO_BUFFER = { 0 };
	struct recorder recorder = {
		.decoder = decoder,
		.rewriter = {
			.out = &out,
			.arena = decoder->scratch,
			.decoder = decoder,
		},
	};
	struct record *record = arena_alloc(decoder->arena, sizeof(*record));

	for (enum table_family f = 0; f < TABLE_FAMILY_COUNT; f++) {
		if (decoder->tables[f].present)
			put_table(&recorder, f);
	}
	record->bytes =
		arena_copy(decoder->arena, out.data ? out.data : "", out.length);
	record->length = out.length;
	record->lost = recorder.lost.items;
	record->lost_count = recorder.lost.count;
	return record;
}

/* ---- and through it ---- */

struct record_walk record_messages(const struct ruleset *ruleset)
{
	return (struct record_walk){
		.ruleset = ruleset,
		.messages = { (const uint8_t *)ruleset->record->bytes,
			      ruleset->record->length },
	};
}

const struct nlmsghdr *record_next(struct record_walk *walk)
{
	const struct nlmsghdr *message;
	enum table_family family;

	while ((message = message_next(&walk->messages))) {
		if (family_of_number(message_family(message), &family) &&
		    ruleset_table(walk->ruleset, family))
			return message;
	}
	return NULL;
}
