/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which messages of a record are sent, and whether two would leave the same. */
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "kernel/record.h"
#include "kernel/rewrite.h"

/* ---- what is sent ---- */

/* Expressions that need what is not brought back, or do not show all that they need. */
static const char *const unsendable[] = { "flow_offload", "match", "target" };

const char *record_obstacle(const struct nlmsghdr *message)
{
	const struct nlattr *parts[NFTA_RULE_EXPRESSIONS + 1];
	size_t length;
	const void *bytes = message_attrs(message, &length);

	attrs_find(bytes, length, parts, COUNT_OF(parts));
	if (!parts[NFTA_RULE_EXPRESSIONS])
		return NULL;

	struct attr_walk walk = attrs_nested(parts[NFTA_RULE_EXPRESSIONS]);

	for (const struct nlattr *nest; (nest = attr_next(&walk));) {
		for (size_t i = 0; i < COUNT_OF(unsendable); i++) {
			if (expression_is_named(nest, unsendable[i]))
				return unsendable[i];
		}
	}
	return NULL;
}

bool record_is_sent(const struct nlmsghdr *message)
{
	switch (message_type(message)) {
	case NFT_MSG_NEWFLOWTABLE:
		return false;
	case NFT_MSG_NEWRULE:
		return !record_obstacle(message);
	default:
		return true;
	}
}

/* A message of a set that the next rule owns. */
static bool is_of_next_rule(const struct nlmsghdr *message)
{
	const struct nlattr *parts[NFTA_SET_NAME + 1];
	uint16_t type = message_type(message);
	size_t length;
	const void *bytes = message_attrs(message, &length);

	if (type != NFT_MSG_NEWSET && type != NFT_MSG_NEWSETELEM)
		return false;
	/* both have the set's name there */
	attrs_find(bytes, length, parts, COUNT_OF(parts));
	return parts[NFTA_SET_NAME] &&
	       memchr(mnl_attr_get_payload(parts[NFTA_SET_NAME]), '%',
		      mnl_attr_get_payload_len(parts[NFTA_SET_NAME]));
}

_Static_assert((int)NFTA_SET_NAME == (int)NFTA_SET_ELEM_LIST_SET, "both in one place");

/* The sets of a rule go with it, or not at all: nobody else could remove them. */
void record_put(const struct ruleset *ruleset, struct buffer *out)
{
	struct record_walk walk = record_messages(ruleset);
	const char *held = NULL;

	for (const struct nlmsghdr *message; (message = record_next(&walk));) {
		const char *at = (const char *)message;

		if (!held)
			held = at;
		if (is_of_next_rule(message))
			continue;
		if (record_is_sent(message))
			buffer_add(out, held, (size_t)(at - held) + message->nlmsg_len);
		held = NULL;
	}
}

/* ---- whether it is there ---- */

/* Goes through what is sent, and puts what has to be the same. */
struct comparing {
	struct rewriter rewriter;
	bool filled; /* the last set: by rules */
	bool passes; /* its elements may be gone in time */
	struct attr_list elements;
};

static void follow_set(struct comparing *comparing, const struct nlmsghdr *message)
{
	const struct nlattr *parts[NFTA_SET_FLAGS + 1];
	uint32_t flags = 0;
	size_t length;
	const void *bytes = message_attrs(message, &length);

	attrs_find(bytes, length, parts, COUNT_OF(parts));
	if (parts[NFTA_SET_FLAGS] && !attr_u32(parts[NFTA_SET_FLAGS], &flags))
		flags = 0;
	comparing->filled = flags & NFT_SET_EVAL;
	comparing->passes = flags & NFT_SET_TIMEOUT;
}

/* What runs out may have run out; the end of an interval goes with its start. */
static bool is_lasting(const struct comparing *comparing, const struct nlattr *element)
{
	const struct nlattr *parts[NFTA_SET_ELEM_EXPIRATION + 1];
	uint32_t flags = 0;

	attrs_find(mnl_attr_get_payload(element), mnl_attr_get_payload_len(element),
		   parts, COUNT_OF(parts));
	if (parts[NFTA_SET_ELEM_FLAGS] && !attr_u32(parts[NFTA_SET_ELEM_FLAGS], &flags))
		return true;
	return !comparing->passes || (!parts[NFTA_SET_ELEM_EXPIRATION] &&
				      !(flags & NFT_SET_ELEM_INTERVAL_END));
}

static void take_elements(struct comparing *comparing, const struct nlattr *list)
{
	struct attr_walk walk = attrs_nested(list);

	for (const struct nlattr *element; (element = attr_next(&walk));) {
		if (is_lasting(comparing, element))
			LIST_PUSH(comparing->rewriter.arena, &comparing->elements,
				  element);
	}
}

/* Longer ones behind: all that an element of this set has. */
static int compare_attrs(const void *a, const void *b)
{
	const struct nlattr *left = *(const struct nlattr *const *)a;
	const struct nlattr *right = *(const struct nlattr *const *)b;

	if (left->nla_len != right->nla_len)
		return left->nla_len < right->nla_len ? -1 : 1;
	return memcmp(mnl_attr_get_payload(left), mnl_attr_get_payload(right),
		      mnl_attr_get_payload_len(left));
}

/* The kernel has them in any order, in any number of messages. */
static void put_elements(struct comparing *comparing)
{
	struct attr_list *elements = &comparing->elements;
	struct rewriter *rewriter = &comparing->rewriter;
	struct buffer plain AUTO_BUFFER = { 0 };
	struct buffer *out = rewriter->out;

	if (!elements->count)
		return;
	rewriter->out = &plain;
	for (size_t i = 0; i < elements->count; i++)
		rewrite_element(rewriter, elements->items[i]);
	rewriter->out = out;
	elements->count = 0;

	struct attr_walk walk = attrs_in(plain.data, plain.length);

	for (const struct nlattr *element; (element = attr_next(&walk));)
		LIST_PUSH(rewriter->arena, elements, element);
	qsort(elements->items, elements->count, sizeof(*elements->items),
	      compare_attrs);
	for (size_t i = 0; i < elements->count; i++)
		buffer_add(out, elements->items[i], elements->items[i]->nla_len);
	elements->count = 0;
}

static void put_comparable(struct comparing *comparing, const struct nlmsghdr *message)
{
	const struct nlattr *list = element_list(message);
	struct message_head head = {
		.type = message_type(message),
		.family = message_family(message),
	};
	struct buffer *out = comparing->rewriter.out;

	if (list) {
		if (!comparing->filled)
			take_elements(comparing, list);
		return;
	}
	put_elements(comparing);
	if (head.type == NFT_MSG_NEWSET)
		follow_set(comparing, message);

	size_t start = message_begin(out, &head);

	rewrite_message(&comparing->rewriter, message);
	message_end(out, start);
}

static void comparable_of(const struct ruleset *ruleset, struct arena *arena,
			  struct buffer *out)
{
	struct buffer sent AUTO_BUFFER = { 0 };
	struct comparing comparing = {
		.rewriter = { .out = out, .arena = arena, .plain = true },
	};

	record_put(ruleset, &sent);

	struct message_walk walk = { (const uint8_t *)sent.data, sent.length };

	for (const struct nlmsghdr *message; (message = message_next(&walk));)
		put_comparable(&comparing, message);
	put_elements(&comparing);
}

bool kernel_restore_holds(const struct ruleset *live, const struct ruleset *ruleset)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer left AUTO_BUFFER = { 0 }, right AUTO_BUFFER = { 0 };

	if (!live->record || !ruleset->record)
		return plan_is_empty(plan_make(arena, live, ruleset));
	comparable_of(live, arena, &left);
	comparable_of(ruleset, arena, &right);
	return left.length == right.length &&
	       (!left.length || memcmp(left.data, right.data, left.length) == 0);
}
