/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules that rolewall does not write: bytes to compare them by, words to show.
 *
 * The bytes are the expressions as dumped, without what the kernel counts in them; the
 * words are libnftnl's.  Only what the kernel says comes here, no file: libnftnl ends
 * the process over attributes that it does not expect.
 */
/* libnftnl's headers take it for granted */
#include <stdio.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/decode.h"

/* ---- bytes ---- */

/* Attributes in which the kernel counts; attribute 0: in all of them. */
/* clang-format off */
static const struct {
	const char *name;
	uint16_t type;
} counts[] = {
	{ "counter", 0 },
	{ "last",    0 },
	{ "quota",   NFTA_QUOTA_CONSUMED },
};

/* clang-format on */

static bool is_count(const char *name, uint16_t type)
{
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		if (strcmp(counts[i].name, name) == 0 &&
		    (!counts[i].type || counts[i].type == type))
			return true;
	}
	return false;
}

static void put_expression(struct buffer *out, struct arena *arena,
			   const struct nlattr *nest)
{
	const struct nlattr *parts[NFTA_EXPR_DATA + 1];

	attrs_find(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), parts,
		   COUNT_OF(parts));
	if (!parts[NFTA_EXPR_NAME])
		return;

	const char *name = attr_text(arena, parts[NFTA_EXPR_NAME]);
	size_t start = attr_nest(out, NFTA_LIST_ELEM);

	if (!name)
		name = "";
	attr_put_text(out, NFTA_EXPR_NAME, name);
	if (parts[NFTA_EXPR_DATA]) {
		struct attr_walk walk = attrs_nested(parts[NFTA_EXPR_DATA]);
		size_t data = attr_nest(out, NFTA_EXPR_DATA);

		for (const struct nlattr *attr; (attr = attr_next(&walk));) {
			if (!is_count(name, mnl_attr_get_type(attr)))
				attr_put(out, mnl_attr_get_type(attr),
					 mnl_attr_get_payload(attr),
					 mnl_attr_get_payload_len(attr));
		}
		attr_end(out, data);
	}
	attr_end(out, start);
}

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

struct step foreign_step(struct decoder *decoder, const struct nlmsghdr *message,
			 const struct nlattr *expressions)
{
	struct step step = { .kind = STEP_FOREIGN };
	struct buffer bytes AUTO_BUFFER = { 0 }, words AUTO_BUFFER = { 0 };

	if (expressions) {
		struct attr_walk walk = attrs_nested(expressions);

		for (const struct nlattr *nest; (nest = attr_next(&walk));)
			put_expression(&bytes, decoder->scratch, nest);
	}
	put_words(&words, message);
	step.foreign.text = arena_copy(decoder->arena, words.data, words.length);
	step.foreign.bytes =
		(const uint8_t *)arena_copy(decoder->arena, bytes.data, bytes.length);
	step.foreign.length = bytes.length;
	return step;
}
