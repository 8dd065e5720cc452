/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One match of a rule against the fields of a packet. */
#pragma once

#include "meaning/registers.h"

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_MAYBE };

/*
 * Whether the kernel would go on in the rule.  Of a MATCH_MAP that answers yes, the
 * element into *element; else that is left alone.
 */
enum answer match_packet(const struct match *match, const struct registers *registers,
			 const struct element **element);

/* What a field of a set's key takes: padded to 4 bytes when there are several. */
static inline size_t key_field_length(const struct set *set, size_t field)
{
	size_t width = datatypes[set->types[field]].width;

	return set->type_count > 1 ? (width + 3) / 4 * 4 : width;
}

/*
 * Whether its answer is to be had: not of a set that is not understood, of one that was
 * made for other fields, nor of bits that may stand anywhere.  Such would cut addresses
 * into more parts than can be told one by one; rolewall compares them of the
 * connection's state alone.
 */
bool match_is_known(const struct match *match);
