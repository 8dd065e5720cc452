/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How flows are read: shared by what declares them and by what changes them. */
#pragma once

#include "site/ports.h"

/* A group of `flows` or of `adjust` while it is read. */
struct flow_text {
	struct draft draft;
	struct word flow; /* `adjust`: the flow that is meant */
	const char *why;
};

/* A role, host, peer or `any`, or a list of these, into struct ends. */
item_read read_ends;
/* A service, or a list of these: what they consist of, into struct service_items. */
item_read read_services;
/* Into the struct flow_text itself. */
item_read read_source_port, read_group_address, read_family, read_expires;

#define FLOW_MEMBER(member) offsetof(struct flow_text, draft.flow.member)

/* What consists of ports and the like: said anew, it takes the place of the old. */
/* clang-format off */
#define FLOW_CONTENT_ITEMS                                        \
	{ "service", read_services, FLOW_MEMBER(content) },       \
	CONTENT_ITEMS(FLOW_MEMBER(content))

/* The keys that both groups have beside their ends. */
#define FLOW_ITEMS                                                \
	FLOW_CONTENT_ITEMS,                                       \
	{ "source-port", read_source_port },                      \
	{ "group",       read_group_address },                    \
	{ "both-ways",   read_boolean, FLOW_MEMBER(both_ways) },  \
	{ "optional",    read_boolean, FLOW_MEMBER(optional) },   \
	{ "family",      read_family },                           \
	{ "expires",     read_expires },                          \
	{ "owner",       read_text,    FLOW_MEMBER(owner) },      \
	{ "ticket",      read_text,    FLOW_MEMBER(ticket) },     \
	{ "purpose",     read_text,    FLOW_MEMBER(purpose) },    \
	{ "log",         read_boolean, FLOW_MEMBER(log) },        \
	{ "rate",        read_rate,    FLOW_MEMBER(rate) },       \
	{ "note",        read_text,    FLOW_MEMBER(note) },       \
	{ "why",         read_text,    offsetof(struct flow_text, why) }
/* clang-format on */

/*
 * Whether a profile that the document, or one that it uses, asks for could not be read:
 * then it is reported, and what is not known may be declared there.
 */
bool document_misses(const struct loader *loader, const struct document *document);

/* "\"a\" or \"b\"" */
const char *ends_words(struct loader *loader,
		       const struct ends *ends) ALL_NONNULL RETURNS_NONNULL;

/* The families that the flow and its group leave open. */
static inline bool flow_allows(const struct flow *flow, enum family family)
{
	return flow->families[family] &&
	       (!flow->has_group || flow->group_family == family);
}

/* Whether something of the flow's content exists in a family. */
bool flow_has_family(const struct flow *flow, enum family family) ALL_NONNULL;
