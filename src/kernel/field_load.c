/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loads of all fields, as a table. */
#include <linux/if_ether.h>
#include <linux/netfilter/nf_tables.h>

#include "kernel/field_load.h"

struct field_row {
	enum expression_kind kind;
	uint32_t key;    /* meta, ct: the key; payload: the base; fib: the result */
	uint32_t offset; /* payload; fib: the flags */
};

#define NETWORK   NFT_PAYLOAD_NETWORK_HEADER
#define TRANSPORT NFT_PAYLOAD_TRANSPORT_HEADER
#define FIB_FLAGS (NFTA_FIB_F_SADDR | NFTA_FIB_F_IIF | NFTA_FIB_F_PRESENT)

/* clang-format off */
static const struct field_row field_loads[] = {
	[FIELD_NFPROTO]        = { EXPRESSION_META,    NFT_META_NFPROTO,   0 },
	[FIELD_L4PROTO]        = { EXPRESSION_META,    NFT_META_L4PROTO,   0 },
	[FIELD_ETHER_PROTOCOL] = { EXPRESSION_META,    NFT_META_PROTOCOL,  0 },
	[FIELD_IIFNAME]        = { EXPRESSION_META,    NFT_META_IIFNAME,   0 },
	[FIELD_OIFNAME]        = { EXPRESSION_META,    NFT_META_OIFNAME,   0 },
	[FIELD_PKTTYPE]        = { EXPRESSION_META,    NFT_META_PKTTYPE,   0 },
	[FIELD_CT_STATE]       = { EXPRESSION_CT,      NFT_CT_STATE,       0 },
	[FIELD_IP_SADDR]       = { EXPRESSION_PAYLOAD, NETWORK,           12 },
	[FIELD_IP_DADDR]       = { EXPRESSION_PAYLOAD, NETWORK,           16 },
	[FIELD_IP_TTL]         = { EXPRESSION_PAYLOAD, NETWORK,            8 },
	[FIELD_IP6_SADDR]      = { EXPRESSION_PAYLOAD, NETWORK,            8 },
	[FIELD_IP6_DADDR]      = { EXPRESSION_PAYLOAD, NETWORK,           24 },
	[FIELD_IP6_HOPLIMIT]   = { EXPRESSION_PAYLOAD, NETWORK,            7 },
	[FIELD_TCP_SPORT]      = { EXPRESSION_PAYLOAD, TRANSPORT,          0 },
	[FIELD_TCP_DPORT]      = { EXPRESSION_PAYLOAD, TRANSPORT,          2 },
	[FIELD_UDP_SPORT]      = { EXPRESSION_PAYLOAD, TRANSPORT,          0 },
	[FIELD_UDP_DPORT]      = { EXPRESSION_PAYLOAD, TRANSPORT,          2 },
	[FIELD_SCTP_SPORT]     = { EXPRESSION_PAYLOAD, TRANSPORT,          0 },
	[FIELD_SCTP_DPORT]     = { EXPRESSION_PAYLOAD, TRANSPORT,          2 },
	[FIELD_TH_SPORT]       = { EXPRESSION_PAYLOAD, TRANSPORT,          0 },
	[FIELD_TH_DPORT]       = { EXPRESSION_PAYLOAD, TRANSPORT,          2 },
	[FIELD_ICMP_TYPE]      = { EXPRESSION_PAYLOAD, TRANSPORT,          0 },
	[FIELD_ICMPV6_TYPE]    = { EXPRESSION_PAYLOAD, TRANSPORT,          0 },
	[FIELD_FIB_SADDR_OIF]  = { EXPRESSION_FIB,     NFT_FIB_RESULT_OIF, FIB_FLAGS },
};
/* clang-format on */

_Static_assert(COUNT_OF(field_loads) == FIELD_COUNT, "a field cannot be loaded");

struct expression field_load(enum field field, uint32_t to, uint32_t length)
{
	const struct field_row *row = &field_loads[field];
	struct expression load = { .kind = row->kind };

	if (row->kind == EXPRESSION_PAYLOAD) {
		load.payload.to = to;
		load.payload.base = row->key;
		load.payload.offset = row->offset;
		load.payload.length = length;
	} else if (row->kind == EXPRESSION_FIB) {
		load.fib.to = to;
		load.fib.result = row->key;
		load.fib.flags = row->offset;
	} else {
		load.load.to = to;
		load.load.key = row->key;
	}
	return load;
}

bool expression_is_load(const struct expression *expression)
{
	return expression->kind == EXPRESSION_META ||
	       expression->kind == EXPRESSION_PAYLOAD ||
	       expression->kind == EXPRESSION_CT || expression->kind == EXPRESSION_FIB;
}

uint32_t load_register(const struct expression *load)
{
	if (load->kind == EXPRESSION_PAYLOAD)
		return load->payload.to;
	return load->kind == EXPRESSION_FIB ? load->fib.to : load->load.to;
}

/* The row that would make this very load, its length and register aside. */
static struct field_row row_of(const struct expression *load)
{
	if (load->kind == EXPRESSION_PAYLOAD)
		return (struct field_row){ load->kind, load->payload.base,
					   load->payload.offset };
	if (load->kind == EXPRESSION_FIB)
		return (struct field_row){ load->kind, load->fib.result,
					   load->fib.flags };
	return (struct field_row){ load->kind, load->load.key, 0 };
}

/* Of the fields of one load, one that names protocols goes before one that does not. */
bool field_of_load(const struct expression *load, const struct field_context *context,
		   enum field *field, uint32_t *length)
{
	struct field_row seen = row_of(load);
	enum field found = FIELD_COUNT;

	for (enum field f = 0; f < FIELD_COUNT; f++) {
		const struct field_row *row = &field_loads[f];
		const struct field_info *info = &field_infos[f];

		if (row->kind != seen.kind || row->key != seen.key ||
		    row->offset != seen.offset ||
		    (info->nfproto && info->nfproto != context->nfproto) ||
		    (info->l4proto && info->l4proto != context->l4proto))
			continue;
		if (found == FIELD_COUNT || info->nfproto || info->l4proto)
			found = f;
	}
	if (found == FIELD_COUNT)
		return false;
	*field = found;
	*length = load->kind == EXPRESSION_PAYLOAD ? load->payload.length
						   : field_infos[found].width;
	return true;
}

void field_context_follow(struct field_context *context, const struct step *step)
{
	const struct match *match = &step->match;

	if (step->kind != STEP_MATCH || match->op != MATCH_EQUAL ||
	    match->field_count != 1)
		return;

	if (match->fields[0] == FIELD_NFPROTO)
		context->nfproto = match->value[0];
	if (match->fields[0] == FIELD_L4PROTO)
		context->l4proto = match->value[0];
	if (match->fields[0] == FIELD_ETHER_PROTOCOL) {
		uint32_t type = datatype_number(DATATYPE_ETHER_TYPE, match->value);

		context->nfproto = type == ETH_P_IP     ? NFPROTO_IP4_FIELD
				   : type == ETH_P_IPV6 ? NFPROTO_IP6_FIELD
							: 0;
	}
}
