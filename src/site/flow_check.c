/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows held against themselves: no condition that another one makes impossible. */
#include "site/date.h"
#include "site/flow.h"

static const char *const family_words[FAMILY_COUNT] = {
	[FAMILY_IP4] = "IPv4",
	[FAMILY_IP6] = "IPv6",
};

static bool item_has_family(const struct service_item *item, enum family family)
{
	return item->transport !=
	       (family == FAMILY_IP4 ? TRANSPORT_ICMPV6 : TRANSPORT_ICMP);
}

bool flow_has_family(const struct flow *flow, enum family family)
{
	for (size_t i = 0; i < flow->content.count; i++)
		if (item_has_family(&flow->content.items[i], family))
			return true;
	return false;
}

static bool has_transport(const struct flow *flow, enum transport transport)
{
	for (size_t i = 0; i < flow->content.count; i++)
		if (flow->content.items[i].transport == transport)
			return true;
	return false;
}

/* What the note under a message about an item says. */
static void note_item(struct loader *loader, const struct service_item *item)
{
	diag_note(loader->diags, item->span, "the flow has %s by this",
		  transport_names[item->transport]);
}

/* "family" and "group" together. */
static bool check_group_family(struct loader *loader, const struct draft *draft)
{
	const struct flow *flow = &draft->flow;

	if (!flow->has_group || flow->families[flow->group_family])
		return true;
	diag_error(loader->diags, DIAG_CONFLICT, draft->group_span,
		   "the group is an %s address, which the flow's family excludes",
		   family_words[flow->group_family]);
	diag_note(loader->diags, draft->family_span, "the family is said here");
	return false;
}

/* The mirror of a group's flow would have no group: it is not guessed at. */
static void check_both_ways(struct loader *loader, const struct draft *draft)
{
	if (!draft->flow.both_ways || !draft->flow.has_group)
		return;
	diag_error(loader->diags, DIAG_CONFLICT, draft->group_span,
		   "\"both-ways\" cannot turn a flow to a group round: nobody sends "
		   "from a group");
	diag_note(loader->diags, (struct span){ 0 },
		  "write the way back as a flow of its own");
}

/* What stands between an IPv6 header and its payload is never the payload (RFC 8200).
 */
static bool is_extension_header(uint8_t protocol)
{
	/* clang-format off */
	static const uint8_t numbers[] = {
		43,  /* routing */
		44,  /* fragment */
		51,  /* authentication: RFC 4302 */
		60,  /* destination options */
		135, /* mobility: RFC 6275 */
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (numbers[i] == protocol)
			return true;
	return false;
}

static void check_item_header(struct loader *loader, const struct draft *draft,
			      const struct service_item *item)
{
	if (item->transport != TRANSPORT_PROTOCOL ||
	    !is_extension_header(item->number) ||
	    !flow_allows(&draft->flow, FAMILY_IP6))
		return;
	diag_error(loader->diags, DIAG_NEVER, item->span,
		   "in IPv6 protocol %u is a header before the payload: no rule would "
		   "ever match it",
		   (unsigned)item->number);
	if (flow_allows(&draft->flow, FAMILY_IP4))
		diag_note(loader->diags, (struct span){ 0 },
			  "say that IPv4 is meant: family = \"ip\";");
}

/*
 * An ICMP of a family that the flow does not have.  A pair of both, as a service that
 * means "ping" has, is cut to the one that there is.
 */
static void check_item_family(struct loader *loader, const struct draft *draft,
			      const struct service_item *item)
{
	const struct flow *flow = &draft->flow;
	bool is_ip4 = item->transport == TRANSPORT_ICMP;
	enum family family = is_ip4 ? FAMILY_IP4 : FAMILY_IP6;

	if (!is_ip4 && item->transport != TRANSPORT_ICMPV6)
		return;
	if (flow_allows(flow, family) ||
	    has_transport(flow, is_ip4 ? TRANSPORT_ICMPV6 : TRANSPORT_ICMP))
		return;
	diag_error(loader->diags, DIAG_CONFLICT,
		   flow->families[family] ? draft->group_span : draft->family_span,
		   "%s exists in %s alone, which is excluded here",
		   transport_names[item->transport], family_words[family]);
	note_item(loader, item);
}

static void check_item_group(struct loader *loader, const struct draft *draft,
			     const struct service_item *item)
{
	if (!draft->flow.has_group ||
	    (item->transport != TRANSPORT_TCP && item->transport != TRANSPORT_SCTP))
		return;
	diag_error(loader->diags, DIAG_CONFLICT, draft->group_span,
		   "%s cannot be sent to a group: it connects two machines",
		   transport_names[item->transport]);
	note_item(loader, item);
}

static void check_item_source_port(struct loader *loader, const struct draft *draft,
				   const struct service_item *item)
{
	if (!draft->flow.has_source_port || transport_has_ports(item->transport))
		return;
	diag_error(loader->diags, DIAG_CONFLICT, draft->source_port_span,
		   "\"source-port\" cannot be a condition of %s, which has no ports",
		   transport_names[item->transport]);
	note_item(loader, item);
}

static void check_expires(struct loader *loader, const struct draft *draft)
{
	const struct flow *flow = &draft->flow;

	if (!flow->expires || flow->closed ||
	    loader->options->today <= date_days(flow->expires))
		return;
	diag_error(loader->diags, DIAG_EXPIRED, draft->expires_span,
		   "the flow \"%s\" has expired", flow->id);
	if (flow->profile)
		diag_note(loader->diags, (struct span){ 0 },
			  "adjust its date, or close it: close = [ \"%s\" ];",
			  flow->id);
	else
		diag_note(loader->diags, (struct span){ 0 },
			  "give it a later date, or take it out");
}

void flows_check(struct loader *loader)
{
	for (size_t i = 0; i < loader->drafts.count; i++) {
		struct draft *draft = loader->drafts.items[i];
		const struct service_items *content = &draft->flow.content;
		unsigned errors = loader->diags->error_count;
		bool whole = check_group_family(loader, draft);

		check_expires(loader, draft);
		check_both_ways(loader, draft);
		for (size_t k = 0; k < content->count; k++) {
			const struct service_item *item = &content->items[k];

			if (whole)
				check_item_family(loader, draft, item);
			check_item_group(loader, draft, item);
			check_item_header(loader, draft, item);
			check_item_source_port(loader, draft, item);
		}
		draft->broken |= loader->diags->error_count != errors;
	}
}
