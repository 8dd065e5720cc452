/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches: a field, or fields concatenated, against a value, a range or a set. */
#include "emit/form.h"

/* clang-format off */
static const struct {
	const char *text; /* between the field and what it is compared with */
	const char *json; /* NULL: not a "match" */
} operators[] = {
	[MATCH_EQUAL]     = { "",      "==" },
	[MATCH_NOT_EQUAL] = { "!= ",   "!=" },
	[MATCH_RANGE]     = { "",      "==" },
	[MATCH_NOT_RANGE] = { "!= ",   "!=" },
	[MATCH_ANY_BIT]   = { "",      "in" },
	[MATCH_IN]        = { "",      "==" },
	[MATCH_NOT_IN]    = { "!= ",   "!=" },
	[MATCH_MAP]       = { "vmap ", NULL },
};

/* clang-format on */
_Static_assert(COUNT_OF(operators) == MATCH_MAP + 1, "an operator without a row");

/* ---- fields ---- */

void fields_text(const enum field *fields, size_t count, struct buffer *out)
{
	for (size_t i = 0; i < count; i++)
		buffer_format(out, "%s%s", i ? " . " : "", field_infos[fields[i]].name);
}

static json_t *field_json(enum field field)
{
	const struct field_info *info = &field_infos[field];

	switch (info->source) {
	case FIELD_META:
		return json_pack("{s:{s:s}}", "meta", "key", info->json[1]);
	case FIELD_PAYLOAD:
		return json_pack("{s:{s:s, s:s}}", "payload", "protocol", info->json[0],
				 "field", info->json[1]);
	case FIELD_CT:
		return json_pack("{s:{s:s}}", "ct", "key", info->json[1]);
	case FIELD_FIB:
		return json_pack("{s:{s:s, s:[s, s]}}", "fib", "result", info->json[1],
				 "flags", "saddr", "iif");
	}
	return NULL;
}

json_t *fields_json(const enum field *fields, size_t count)
{
	if (count == 1)
		return json_made(field_json(fields[0]));

	json_t *list = json_made(json_array());

	for (size_t i = 0; i < count; i++)
		json_push(list, field_json(fields[i]));
	return json_made(json_pack("{s:o}", "concat", list));
}

/* ---- what they are compared with ---- */

static enum datatype match_type(const struct match *match)
{
	return field_infos[match->fields[0]].type;
}

/* Without an operator nft takes "ct state new" as a test of one bit. */
static bool is_flags(const struct match *match)
{
	return match_type(match) == DATATYPE_CT_STATE;
}

static void compared_text(const struct match *match, struct buffer *out)
{
	enum datatype type = match_type(match);

	if (is_flags(match))
		bits_text(type, datatype_number(type, match->value), out);
	else
		value_text(type, match->value, match->bits, out);
}

/* Never as a prefix, though it be one: nft would load other expressions for that. */
static void range_text(const struct match *match, struct buffer *out)
{
	enum datatype type = match_type(match);
	unsigned bits = 8u * datatypes[type].width;

	value_text(type, match->value, bits, out);
	buffer_char(out, '-');
	value_text(type, match->high, bits, out);
}

static void set_text(const struct set *set, struct buffer *out)
{
	if (!set->name) {
		set_anonymous_text(set, out);
		return;
	}
	buffer_char(out, '@');
	name_text(set->name, out);
}

void match_text(const struct step *step, struct buffer *out)
{
	const struct match *match = &step->match;

	fields_text(match->fields, match->field_count, out);
	buffer_format(out, " %s", operators[match->op].text);

	switch (match->op) {
	case MATCH_EQUAL:
		if (is_flags(match))
			buffer_text(out, "== ");
		compared_text(match, out);
		break;
	case MATCH_NOT_EQUAL:
		compared_text(match, out);
		break;
	case MATCH_RANGE:
	case MATCH_NOT_RANGE:
		range_text(match, out);
		break;
	case MATCH_ANY_BIT:
		bits_text(match_type(match),
			  datatype_number(match_type(match), match->value), out);
		break;
	case MATCH_IN:
	case MATCH_NOT_IN:
	case MATCH_MAP:
		set_text(match->set, out);
		break;
	}
}

/* "==" takes a number as it is; a list would become a test of each bit. */
static json_t *compared_json(const struct match *match)
{
	enum datatype type = match_type(match);
	uint32_t number = datatype_number(type, match->value);

	if (is_flags(match) && !symbol_name(type, number))
		return json_made(json_integer(number));
	return value_json(type, match->value, match->bits);
}

static json_t *range_json(const struct match *match)
{
	enum datatype type = match_type(match);
	unsigned bits = 8u * datatypes[type].width;

	return json_made(json_pack("{s:[o, o]}", "range",
				   value_json(type, match->value, bits),
				   value_json(type, match->high, bits)));
}

static json_t *set_json_reference(const struct set *set)
{
	struct buffer reference AUTO_BUFFER = { 0 };

	if (!set->name)
		return json_made(json_pack("{s:o}", "set", set_elements_json(set)));
	buffer_format(&reference, "@%s", set->name);
	return json_text(reference.data);
}

static json_t *right_json(const struct match *match)
{
	enum datatype type = match_type(match);

	switch (match->op) {
	case MATCH_EQUAL:
	case MATCH_NOT_EQUAL:
		return compared_json(match);
	case MATCH_RANGE:
	case MATCH_NOT_RANGE:
		return range_json(match);
	case MATCH_ANY_BIT:
		return bits_json(type, datatype_number(type, match->value));
	case MATCH_IN:
	case MATCH_NOT_IN:
	case MATCH_MAP:
		return set_json_reference(match->set);
	}
	return NULL;
}

json_t *match_json(const struct step *step)
{
	const struct match *match = &step->match;
	json_t *left = fields_json(match->fields, match->field_count);
	json_t *right = json_made(right_json(match));

	if (match->op == MATCH_MAP)
		return json_made(json_pack("{s:{s:o, s:o}}", "vmap", "key", left,
					   "data", right));
	return json_made(json_pack("{s:{s:s, s:o, s:o}}", "match", "op",
				   operators[match->op].json, "left", left, "right",
				   right));
}
