/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that rolewall does not write: bytes to compare them by, words to show.
 *
 * The bytes are the expressions as dumped, without what the kernel counts in them and
 * without its names for anonymous sets.  The words are libnftnl's where the kernel says
 * what there is; of a file they are the names alone, for libnftnl ends the process over
 * attributes that it does not expect.
 */
/* libnftnl's headers take it for granted */
#include <stdio.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/rewrite.h"

/* ---- words ---- */

static int add_words(struct nftnl_expr *expression, void *out)
{
	char words[512] = "";
	const char *name = nftnl_expr_get_str(expression, NFTNL_EXPR_NAME);

	/* cut where they are longer: they are for people */
	nftnl_expr_snprintf(words, sizeof(words), expression, NFTNL_OUTPUT_DEFAULT, 0);
	words[strcspn(words, "\n")] = '\0';

	size_t length = strlen(words);

	while (length && words[length - 1] == ' ')
		words[--length] = '\0';
	buffer_format(out, "%s%s%s%s", ((struct buffer *)out)->length ? "; " : "",
		      name ? name : "", length ? " " : "", words);
	return 0;
}

static void put_words(struct buffer *out, const struct nlmsghdr *message)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (rule && nftnl_rule_nlmsg_parse(message, rule) >= 0)
		nftnl_expr_foreach(rule, add_words, out);
	if (rule)
		nftnl_rule_free(rule);
	if (!out->length)
		buffer_text(out, "not understood");
}

static void put_names(struct buffer *out, const struct nlattr *expressions)
{
	struct attr_walk walk = attrs_nested(expressions);

	for (const struct nlattr *nest; (nest = attr_next(&walk));) {
		const struct nlattr *name = expression_part(nest, NFTA_EXPR_NAME);
		const char *text = name ? mnl_attr_get_payload(name) : "";

		buffer_text(out, out->length ? "; " : "");
		buffer_printable(
			out, text,
			name ? strnlen(text, mnl_attr_get_payload_len(name)) : 0, '\0');
	}
	if (!out->length)
		buffer_text(out, "not understood");
}

/* ---- the step ---- */

struct owned {
	const struct set **items;
	size_t count, capacity;
};

static void read_expressions(struct decoder *decoder, struct rewriter *rewriter,
			     const struct nlattr *expressions, struct owned *owned)
{
	struct attr_walk walk = attrs_nested(expressions);

	for (const struct nlattr *nest; (nest = attr_next(&walk));) {
		const struct set_reading *reading =
			expression_set_reading(rewriter, nest);

		rewrite_expression(rewriter, nest);
		if (reading && !reading->set->name)
			LIST_PUSH(decoder->arena, owned, reading->set);
	}
}

struct step foreign_step(struct decoder *decoder, const struct nlmsghdr *message,
			 const struct nlattr *expressions)
{
	struct step step = { .kind = STEP_FOREIGN };
	struct buffer bytes AUTO_BUFFER = { 0 }, words AUTO_BUFFER = { 0 };
	struct owned owned = { 0 };
	struct rewriter rewriter = {
		.out = &bytes,
		.arena = decoder->scratch,
		.decoder = decoder,
		.plain = true,
	};

	if (!family_of_number(message_family(message), &rewriter.family))
		rewriter.family = TABLE_INET;
	if (expressions)
		read_expressions(decoder, &rewriter, expressions, &owned);
	if (!decoder->saved)
		put_words(&words, message);
	else if (expressions)
		put_names(&words, expressions);
	step.foreign.text =
		arena_copy(decoder->arena, words.data ? words.data : "", words.length);
	step.foreign.bytes = (const uint8_t *)arena_copy(
		decoder->arena, bytes.data ? bytes.data : "", bytes.length);
	step.foreign.length = bytes.length;
	step.foreign.sets = owned.items;
	step.foreign.set_count = owned.count;
	return step;
}
