/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules out of messages: steps where they are rolewall's, else something foreign. */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/decode.h"
#include "kernel/step.h"

/*
 * The set that an expression names; one that is not understood is not to be found, nor
 * an anonymous one that another rule has.
 */
static void resolve_set(struct decoder *decoder, enum table_family family,
			struct expression *expression)
{
	struct set_reference *reference = expression_set(expression);
	struct set_reading *reading;

	if (!reference || !reference->name)
		return;
	reading = decoder_set(decoder, family, reference->name, reference->id);
	if (!reading)
		return;
	if (!reading->set->name) {
		if (reading->set->foreign || reading->set->unknown_flags ||
		    reading->taken)
			return;
		reading->taken = true;
		reference->name = "";
	}
	reference->set = reading->set;
}

/* The kernel takes no more to a rule. */
enum { EXPRESSION_COUNT_MAX = 128 };

/* False when the list cannot be read, or one of it is nothing of rolewall's. */
static bool read_expressions(struct decoder *decoder, enum table_family family,
			     const struct nlattr *list)
{
	struct attr_walk walk = attrs_nested(list);

	decoder->expressions.count = 0;
	for (const struct nlattr *nest; (nest = attr_next(&walk));) {
		struct expression expression;

		expression_read(decoder->arena, mnl_attr_get_payload(nest),
				mnl_attr_get_payload_len(nest), &expression);
		if (expression.kind == EXPRESSION_OTHER ||
		    decoder->expressions.count == EXPRESSION_COUNT_MAX)
			return false;
		resolve_set(decoder, family, &expression);
		LIST_PUSH(decoder->scratch, &decoder->expressions, expression);
	}
	return walk.left == 0;
}

static bool read_steps(struct decoder *decoder, enum table_family family,
		       const struct nlattr *list)
{
	struct step_list steps = { decoder->steps.items, 0, decoder->steps.capacity };
	bool known = read_expressions(decoder, family, list) &&
		     steps_of_expressions(decoder->scratch, &decoder->expressions,
					  &steps, &decoder->again);

	decoder->steps.items = steps.items;
	decoder->steps.count = steps.count;
	decoder->steps.capacity = steps.capacity;
	return known;
}

enum decoded decode_rule(struct decoder *decoder, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NFTA_RULE_EXPRESSIONS + 1];
	struct reading reading = { .arena = decoder->scratch };
	struct wire_rule wire;
	enum table_family family;
	size_t length;
	const void *bytes = message_attrs(message, &length);

	rows_read(&reading, &rule_rows, bytes, length, &wire);
	if (!decode_is_own(message_family(message), wire.table, &family))
		return wire.table ? DECODED_OTHER : DECODED_BROKEN;
	attrs_find(bytes, length, attrs, COUNT_OF(attrs));

	const struct nlattr *list = attrs[NFTA_RULE_EXPRESSIONS];
	struct chain_reading *chain =
		wire.chain ? decoder_chain(decoder, family, wire.chain) : NULL;

	if (!chain)
		return DECODED_BROKEN;
	decoder->steps.count = 0;
	if (reading.strange || (list && !read_steps(decoder, family, list))) {
		if (!decoder->keep_foreign)
			return DECODED_BROKEN;
		decoder->steps.count = 0;
		LIST_PUSH(decoder->scratch, &decoder->steps,
			  foreign_step(decoder, message, list));
	}

	struct rule rule = {
		.steps = arena_grow(decoder->arena, decoder->steps.items,
				    decoder->steps.count, decoder->steps.count,
				    sizeof(*decoder->steps.items)),
		.step_count = decoder->steps.count,
		.comment =
			userdata_text(decoder->arena, wire.userdata, USERDATA_COMMENT),
		.kernel_handle = wire.handle,
	};

	LIST_PUSH(decoder->scratch, &chain->rules, rule);
	if (decoder->keep_messages)
		LIST_PUSH(decoder->scratch, &chain->rule_messages,
			  decoder_keep(decoder, message));
	return DECODED;
}
