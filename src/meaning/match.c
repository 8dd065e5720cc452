/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One match of a rule against the fields of a packet, as the kernel's registers have
 * it: bytes against bytes, whatever they stand for.
 */
#include <string.h>

#include "meaning/match.h"

enum { FIELD_BYTES = 16, KEY_BYTES = SET_FIELD_MAX * FIELD_BYTES, NOWHERE = -1 };

static enum answer answer_of(bool matches)
{
	return matches ? ANSWER_YES : ANSWER_NO;
}

/* ---- values ---- */

static bool starts_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	unsigned mask = 0xffu << (8 - rest) & 0xff;

	return memcmp(a, b, whole) == 0 && (!rest || !((a[whole] ^ b[whole]) & mask));
}

static bool is_between(const uint8_t *value, const uint8_t *low, const uint8_t *high,
		       size_t width)
{
	return memcmp(value, low, width) >= 0 && memcmp(value, high, width) <= 0;
}

static bool has_any_bit(const uint8_t *value, const uint8_t *wanted, size_t width)
{
	for (size_t i = 0; i < width; i++) {
		if (value[i] & wanted[i])
			return true;
	}
	return false;
}

/* ---- sets ---- */

/* The last entry that does not begin behind the key; NOWHERE when all do. */
static ptrdiff_t entry_before(const struct set *set, const uint8_t *key)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(set_entry(set, middle), key, set->key_length) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (ptrdiff_t)low - 1;
}

static bool fields_between(const struct set *set, const uint8_t *entry,
			   const uint8_t *key)
{
	size_t offset = 0;

	for (size_t i = 0; i < set->type_count; i++) {
		if (!is_between(key + offset, entry + offset,
				entry + set->key_length + offset,
				datatypes[set->types[i]].width))
			return false;
		offset += key_field_length(set, i);
	}
	return true;
}

/* Boxes have no order in which to search them. */
static ptrdiff_t find_box(const struct set *set, const uint8_t *key)
{
	for (size_t i = 0; i < set->count; i++) {
		if (fields_between(set, set_entry(set, i), key))
			return (ptrdiff_t)i;
	}
	return NOWHERE;
}

static ptrdiff_t find_entry(const struct set *set, const uint8_t *key)
{
	if (set->interval && set->type_count > 1)
		return find_box(set, key);

	ptrdiff_t found = entry_before(set, key);

	if (found == NOWHERE)
		return NOWHERE;

	/* of one value, the end is where it begins */
	const uint8_t *end =
		set_entry(set, (size_t)found) + (set->interval ? set->key_length : 0);

	return memcmp(key, end, set->key_length) <= 0 ? found : NOWHERE;
}

/* The fields side by side. */
static void make_key(const struct match *match, const struct registers *registers,
		     uint8_t *key)
{
	for (size_t i = 0; i < match->field_count; i++) {
		enum field field = match->fields[i];

		memcpy(key, registers->values[field], field_infos[field].width);
		key += key_field_length(match->set, i);
	}
}

static enum answer match_set(const struct match *match,
			     const struct registers *registers,
			     const struct element **element)
{
	const struct set *set = match->set;
	uint8_t key[KEY_BYTES] = { 0 };

	make_key(match, registers, key);

	ptrdiff_t found = find_entry(set, key);

	if (match->op == MATCH_NOT_IN)
		return answer_of(found == NOWHERE);
	if (found == NOWHERE || match->op == MATCH_IN)
		return answer_of(found != NOWHERE);
	if (!set->elements)
		return ANSWER_MAYBE;
	*element = &set->elements[found];
	return ANSWER_YES;
}

/* Whether its keys are made of these fields. */
static bool set_fits(const struct match *match)
{
	const struct set *set = match->set;
	size_t length = 0;

	if (set->type_count != match->field_count)
		return false;
	for (size_t i = 0; i < set->type_count; i++) {
		if (datatypes[set->types[i]].width !=
		    field_infos[match->fields[i]].width)
			return false;
		length += key_field_length(set, i);
	}
	return set->key_length == length;
}

/* ---- all of them ---- */

static enum answer match_value(const struct match *match, const uint8_t *value,
			       const struct element **element,
			       const struct registers *registers)
{
	size_t width = field_infos[match->fields[0]].width;

	switch (match->op) {
	case MATCH_EQUAL:
		return answer_of(starts_equal(value, match->value, match->bits));
	case MATCH_NOT_EQUAL:
		return answer_of(!starts_equal(value, match->value, match->bits));
	case MATCH_RANGE:
		return answer_of(is_between(value, match->value, match->high, width));
	case MATCH_NOT_RANGE:
		return answer_of(!is_between(value, match->value, match->high, width));
	case MATCH_ANY_BIT:
		return answer_of(has_any_bit(value, match->value, width));
	case MATCH_IN:
	case MATCH_NOT_IN:
	case MATCH_MAP:
		return match_set(match, registers, element);
	}
	return ANSWER_MAYBE;
}

bool match_is_known(const struct match *match)
{
	const struct set *set = match->set;

	switch (match->op) {
	case MATCH_EQUAL:
	case MATCH_NOT_EQUAL:
	case MATCH_RANGE:
	case MATCH_NOT_RANGE:
		return true;
	case MATCH_ANY_BIT:
		return field_infos[match->fields[0]].source == FIELD_CT;
	case MATCH_IN:
	case MATCH_NOT_IN:
	case MATCH_MAP:
		break;
	}
	return !set->foreign && !set->unknown_flags && set_fits(match);
}

enum answer match_packet(const struct match *match, const struct registers *registers,
			 const struct element **element)
{
	bool doubtful = false;

	for (size_t i = 0; i < match->field_count; i++) {
		/* a field that is not there ends the rule, also when it is negated */
		if (!registers_have(registers, match->fields[i]))
			return ANSWER_NO;
		doubtful |= registers_doubt(registers, match->fields[i]);
	}
	if (doubtful || !match_is_known(match))
		return ANSWER_MAYBE;
	return match_value(match, registers->values[match->fields[0]], element,
			   registers);
}
