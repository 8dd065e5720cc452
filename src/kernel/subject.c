/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages and their parts by their names. */
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/subject.h"

/* ---- words ---- */

static void put_quoted(struct buffer *out, const char *text)
{
	buffer_char(out, '"');
	buffer_printable(out, text, strlen(text), '"');
	buffer_char(out, '"');
}

static void describe_rule(const struct subject *subject, struct buffer *out)
{
	const struct rule *rule = subject->rule;

	buffer_text(out, rule->comment ? "rule " : "a rule");
	if (rule->comment)
		put_quoted(out, rule->comment);
	buffer_text(out, " of chain ");
	put_quoted(out, subject->chain->name);
}

static void describe_set(const struct subject *subject, struct buffer *out)
{
	const struct set *set = subject->set;

	buffer_text(out, set->name ? (set->map ? "map " : "set ") : "a set");
	if (set->name)
		put_quoted(out, set->name);
	if (subject->rule) {
		buffer_text(out, " of ");
		describe_rule(subject, out);
	}
}

void subject_describe(const struct subject *subject, struct buffer *out)
{
	if (subject->set) {
		describe_set(subject, out);
	} else if (subject->rule) {
		describe_rule(subject, out);
	} else if (subject->chain) {
		buffer_text(out, "chain ");
		put_quoted(out, subject->chain->name);
	} else if (subject->object) {
		buffer_text(out,
			    subject->object->is_flowtable ? "flowtable " : "object ");
		put_quoted(out, subject->object->name);
	} else {
		buffer_format(out, "table %s %s",
			      table_family_names[subject->table->family],
			      subject->table->name);
	}
}

struct span subject_span(const struct subject *subject)
{
	/* of a set that a rule owns: the rule's */
	if (subject->rule)
		return subject->rule->origin;
	if (subject->set)
		return subject->set->origin;
	if (subject->chain)
		return subject->chain->origin;
	return subject->object ? (struct span){ 0 } : subject->table->origin;
}

/* ---- out of messages ---- */

/* Where a message has the name of what it is about. */
/* clang-format off */
static const struct {
	uint16_t type, name;
} names[] = {
	{ NFT_MSG_NEWCHAIN,     NFTA_CHAIN_NAME },
	{ NFT_MSG_NEWSET,       NFTA_SET_NAME },
	{ NFT_MSG_NEWSETELEM,   NFTA_SET_ELEM_LIST_SET },
	{ NFT_MSG_NEWOBJ,       NFTA_OBJ_NAME },
	{ NFT_MSG_NEWFLOWTABLE, NFTA_FLOWTABLE_NAME },
	{ NFT_MSG_NEWRULE,      NFTA_RULE_CHAIN },
};

/* clang-format on */

static const char *name_in(struct arena *arena, const struct nlmsghdr *message)
{
	const struct nlattr *parts[NFTA_CHAIN_NAME + 1];
	size_t length;
	const void *bytes = message_attrs(message, &length);
	const char *name = NULL;

	attrs_find(bytes, length, parts, COUNT_OF(parts));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (names[i].type == message_type(message) && parts[names[i].name])
			name = attr_text(arena, parts[names[i].name]);
	}
	return name ? name : "";
}

static const char *comment_in(struct arena *arena, const struct nlmsghdr *message)
{
	const struct nlattr *parts[NFTA_RULE_USERDATA + 1];
	size_t length;
	const void *bytes = message_attrs(message, &length);

	attrs_find(bytes, length, parts, COUNT_OF(parts));
	if (!parts[NFTA_RULE_USERDATA])
		return NULL;
	return userdata_text(
		arena,
		(struct wire_bytes){
			mnl_attr_get_payload(parts[NFTA_RULE_USERDATA]),
			mnl_attr_get_payload_len(parts[NFTA_RULE_USERDATA]),
		},
		USERDATA_COMMENT);
}

void subject_name(struct arena *arena, const struct nlmsghdr *message,
		  struct named *named)
{
	const char *name = name_in(arena, message);
	struct subject *subject = &named->subject;
	enum table_family family = TABLE_INET;

	if (!family_of_number(message_family(message), &family))
		family = TABLE_INET;
	*named = (struct named){
		.subject.table = &named->table,
		.table = { .family = family, .name = ROLEWALL_TABLE },
		.chain.name = name,
		/* "__set%d", "__set3": a name of the kernel's is none */
		.set.name = strncmp(name, "__", 2) == 0 ? NULL : name,
		.object.name = name,
	};
	switch (message_type(message)) {
	case NFT_MSG_NEWRULE:
		named->rule.comment = comment_in(arena, message);
		subject->rule = &named->rule;
		subject->chain = &named->chain;
		break;
	case NFT_MSG_NEWCHAIN:
		subject->chain = &named->chain;
		break;
	case NFT_MSG_NEWSET:
	case NFT_MSG_NEWSETELEM:
		subject->set = &named->set;
		break;
	case NFT_MSG_NEWFLOWTABLE:
		named->object.is_flowtable = true;
		subject->object = &named->object;
		break;
	case NFT_MSG_NEWOBJ:
		subject->object = &named->object;
		break;
	default:
		break;
	}
}
