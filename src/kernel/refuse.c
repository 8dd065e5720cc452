/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From (message, errno, offset) to a diagnostic.
 *
 * The kernel says which message failed and, mostly, which attribute of it; what it
 * means depends on both.  The bytes are those that were sent: reading them again finds
 * the expression or the element that the offset points into.
 */
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/refuse.h"

/* The message that failed, and what is to be said of it. */
struct failure {
	struct diags *diags;
	struct arena *arena;
	const struct nlmsghdr *message;
	struct subject subject;
	struct answer_error why;
	struct span span;
	struct buffer what;     /* "a rule of chain "input"" */
	const char *expression; /* its name, where one failed; else NULL */
};

/* ---- which part ---- */

/* The attribute in a list that the offset points at or into; NULL: none of them. */
static const struct nlattr *part_at(const struct failure *failure, uint16_t list)
{
	size_t length;
	const void *bytes = message_attrs(failure->message, &length);
	const uint8_t *at = (const uint8_t *)failure->message + failure->why.offset;
	struct attr_walk walk = attrs_in(bytes, length);
	const struct nlattr *found = NULL;

	for (const struct nlattr *attr; (attr = attr_next(&walk));) {
		if (mnl_attr_get_type(attr) == list)
			found = attr;
	}
	if (!failure->why.offset || !found)
		return NULL;
	walk = attrs_nested(found);
	for (const struct nlattr *part; (part = attr_next(&walk));) {
		const uint8_t *start = (const uint8_t *)part;

		if (at >= start && at < start + part->nla_len)
			return part;
	}
	return NULL;
}

/* A few keys at the edge of what was sent: the element is the one that has it. */
static bool entry_has_key(const struct set *set, size_t i, const struct nlattr *value)
{
	const uint8_t *low = set_entry(set, i), *high = low + set->key_length;
	const uint8_t *key = mnl_attr_get_payload(value);
	size_t length = set->key_length;
	uint8_t end[sizeof(struct wire_data)];

	if (mnl_attr_get_payload_len(value) != length)
		return false;
	if (memcmp(low, key, length) == 0)
		return true;
	if (!set->interval || set->type_count > 1)
		return false;
	memcpy(end, high, length);
	for (size_t k = length; k-- > 0 && ++end[k] == 0;)
		continue;
	return memcmp(end, key, length) == 0;
}

/* The place in the set of the element that failed; the set's count when unknown. */
static size_t element_at(const struct failure *failure)
{
	const struct set *set = failure->subject.set;
	const struct nlattr *element = part_at(failure, NFTA_SET_ELEM_LIST_ELEMENTS);
	const struct nlattr *parts[NFTA_SET_ELEM_KEY + 1], *values[NFTA_DATA_VALUE + 1];
	size_t i = 0;

	if (!element)
		return set->count;
	attrs_find(mnl_attr_get_payload(element), mnl_attr_get_payload_len(element),
		   parts, COUNT_OF(parts));
	if (!parts[NFTA_SET_ELEM_KEY])
		return set->count;
	attrs_find(mnl_attr_get_payload(parts[NFTA_SET_ELEM_KEY]),
		   mnl_attr_get_payload_len(parts[NFTA_SET_ELEM_KEY]), values,
		   COUNT_OF(values));
	if (!values[NFTA_DATA_VALUE])
		return set->count;
	while (i < set->count && !entry_has_key(set, i, values[NFTA_DATA_VALUE]))
		i++;
	return i;
}

static const char *expression_at(const struct failure *failure)
{
	const struct nlattr *part = part_at(failure, NFTA_RULE_EXPRESSIONS);
	const struct nlattr *parts[NFTA_EXPR_NAME + 1];

	if (!part)
		return NULL;
	attrs_find(mnl_attr_get_payload(part), mnl_attr_get_payload_len(part), parts,
		   COUNT_OF(parts));
	return parts[NFTA_EXPR_NAME] ? attr_text(failure->arena, parts[NFTA_EXPR_NAME])
				     : NULL;
}

/* ---- what it is about ---- */

static void put_key(struct buffer *out, const struct set *set, const uint8_t *key)
{
	for (size_t i = 0; i < set->type_count; i++) {
		size_t width = datatypes[set->types[i]].width;

		buffer_text(out, i ? " . " : "");
		datatype_print(out, set->types[i], key, (unsigned)(8 * width));
		key += set->type_count == 1 ? width : (width + 3) / 4 * 4;
	}
}

static void put_entry(struct buffer *out, const struct set *set, size_t i)
{
	const uint8_t *low = set_entry(set, i), *high = low + set->key_length;

	put_key(out, set, low);
	if (set->interval && memcmp(low, high, set->key_length) != 0) {
		buffer_char(out, '-');
		put_key(out, set, high);
	}
}

/* The element of the set that failed, where it is one. */
static void describe_element(struct failure *failure)
{
	const struct set *set = failure->subject.set;
	uint16_t type = message_type(failure->message);

	if (!set || (type != NFT_MSG_NEWSETELEM && type != NFT_MSG_DELSETELEM))
		return;

	size_t i = element_at(failure);

	if (i == set->count) {
		buffer_text(&failure->what, "elements of ");
		return;
	}
	buffer_text(&failure->what, "element ");
	put_entry(&failure->what, set, i);
	buffer_text(&failure->what, " of ");
	if (!failure->subject.rule && set->elements && set->elements[i].origin.source)
		failure->span = set->elements[i].origin;
}

static void describe(struct failure *failure)
{
	failure->span = subject_span(&failure->subject);
	describe_element(failure);
	subject_describe(&failure->subject, &failure->what);
}

/* ---- why ---- */

enum { ANY_MESSAGE = UINT16_MAX };

/* The first row that fits has the words. */
/* clang-format off */
static const struct words {
	uint16_t message; /* NFT_MSG_*, ANY_MESSAGE */
	int error;
	const char *text;
} reasons[] = {
	{ NFT_MSG_NEWRULE,    EMLINK,     "chains jump in a circle, or one into the other too often" },
	{ NFT_MSG_NEWRULE,    ELOOP,      "chains jump in a circle" },
	{ NFT_MSG_NEWRULE,    EOPNOTSUPP, "what it does is not possible on the hook that leads to it" },
	{ NFT_MSG_NEWRULE,    ENOENT,     "a chain or set that it names, or the rule it follows, is not there" },
	{ NFT_MSG_DELRULE,    ENOENT,     "it is gone already" },
	{ NFT_MSG_NEWSETELEM, EEXIST,     "an interval of the set overlaps it, or it is there with another verdict" },
	{ NFT_MSG_NEWSETELEM, ENOENT,     "the chain that it names is not there" },
	{ NFT_MSG_NEWSETELEM, ENFILE,     "the set is full" },
	{ NFT_MSG_DELSETELEM, ENOENT,     "it is gone already" },
	{ NFT_MSG_NEWSET,     EEXIST,     "there is another one of that name" },
	{ NFT_MSG_NEWSET,     EOPNOTSUPP, "this kernel has no sets of that kind" },
	{ NFT_MSG_NEWSET,     ENOENT,     "this kernel has no sets of that kind" },
	{ NFT_MSG_NEWCHAIN,   EEXIST,     "there is another one of that name, or on that hook" },
	{ NFT_MSG_NEWCHAIN,   EBUSY,      "the hook is taken" },
	{ NFT_MSG_NEWCHAIN,   EOPNOTSUPP, "this kernel cannot do that on that hook" },
	{ ANY_MESSAGE,        EBUSY,      "it is still in use" },
	{ ANY_MESSAGE,        ENOENT,     "it is not there" },
	{ ANY_MESSAGE,        EEXIST,     "it is there already" },
	{ ANY_MESSAGE,        EPERM,      "the table belongs to another program" },
	{ ANY_MESSAGE,        ENOMEM,     "the kernel has no memory left for it" },
	{ ANY_MESSAGE,        EOPNOTSUPP, "this kernel cannot do that" },
	{ ANY_MESSAGE,        EINVAL,     "this kernel does not accept its form" },
};

/* clang-format on */

static void put_reason(struct failure *failure, struct buffer *out)
{
	const struct chain *chain = failure->subject.chain;
	uint16_t type = message_type(failure->message);
	int error = failure->why.error;

	/* an expression whose module cannot be had reads like a missing object */
	if (error == ENOENT && failure->expression &&
	    strcmp(failure->expression, "lookup") != 0 &&
	    strcmp(failure->expression, "dynset") != 0 &&
	    strcmp(failure->expression, "immediate") != 0) {
		buffer_format(out,
			      "this kernel has no expression \"%s\" (module nft_%s)",
			      failure->expression, failure->expression);
		return;
	}
	if (type == NFT_MSG_NEWCHAIN && chain && chain->device_count &&
	    (error == ENOENT || error == ENODEV)) {
		buffer_text(out, chain->device_count > 1 ? "an interface of "
							 : "interface ");
		for (size_t i = 0; i < chain->device_count; i++) {
			buffer_text(out, i ? ", \"" : "\"");
			buffer_printable(out, chain->devices[i],
					 strlen(chain->devices[i]), '"');
			buffer_char(out, '"');
		}
		buffer_text(out, " does not exist");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		const struct words *words = &reasons[i];

		if (words->error != error ||
		    (words->message != type && words->message != ANY_MESSAGE))
			continue;
		buffer_text(out, words->text);
		return;
	}
	buffer_text(out, strerror(error));
}

static void note_expression(const struct failure *failure)
{
	if (failure->expression)
		diag_note(failure->diags, (struct span){ 0 },
			  "at its expression \"%s\", error %d (%s)",
			  failure->expression, failure->why.error,
			  strerror(failure->why.error));
	else
		diag_note(failure->diags, (struct span){ 0 },
			  "error %d (%s), offset %u of the message", failure->why.error,
			  strerror(failure->why.error), failure->why.offset);
}

static bool is_removal(uint16_t type)
{
	return type == NFT_MSG_DELTABLE || type == NFT_MSG_DELCHAIN ||
	       type == NFT_MSG_DELSET || type == NFT_MSG_DELSETELEM ||
	       type == NFT_MSG_DELRULE || type == NFT_MSG_DELOBJ ||
	       type == NFT_MSG_DELFLOWTABLE;
}

void diag_of_message(struct diags *diags, const struct refused *refused)
{
	struct failure failure = {
		.diags = diags,
		.arena = diags->arena,
		.message = refused->message,
		.subject = refused->subject,
		.why = refused->why,
	};
	struct buffer why AUTO_BUFFER = { 0 };
	uint16_t type = message_type(failure.message);

	if (type == NFT_MSG_NEWRULE)
		failure.expression = expression_at(&failure);
	describe(&failure);
	put_reason(&failure, &why);
	diag_error(diags, DIAG_KERNEL, failure.span, "the kernel refused to %s %s: %s",
		   is_removal(type) ? "remove" : "take", failure.what.data, why.data);
	note_expression(&failure);
	if (refused->followers)
		diag_note(diags, (struct span){ 0 },
			  "%zu more message%s refused in consequence; nothing was "
			  "changed",
			  refused->followers,
			  refused->followers == 1 ? " was" : "s were");
	buffer_reset(&failure.what);
}
