/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values and intervals of values: "192.0.2.0/24", "1025-65535", "established". */
#include <string.h>

#include "base/range.h"
#include "emit/form.h"

static bool type_is_address(enum datatype type)
{
	return type == DATATYPE_IP4_ADDRESS || type == DATATYPE_IP6_ADDRESS;
}

static unsigned type_bits(enum datatype type)
{
	return 8u * datatypes[type].width;
}

/* ---- one value ---- */

/*
 * An interface's name; fewer bits than all are a beginning: "eth*".  An asterisk that
 * really ends the name is told from that by nft's one escape, a backslash before it.
 */
static void interface_text(const uint8_t *bytes, unsigned bits, struct buffer *out)
{
	const char *name = (const char *)bytes;
	size_t length = strnlen(name, bits / 8);

	if (bits < type_bits(DATATYPE_INTERFACE_NAME))
		quoted_text(name, length, "*", out);
	else if (length && name[length - 1] == '*')
		quoted_text(name, length - 1, "\\*", out);
	else
		quoted_text(name, length, "", out);
}

void value_text(enum datatype type, const uint8_t *bytes, unsigned bits,
		struct buffer *out)
{
	if (type == DATATYPE_INTERFACE_NAME)
		interface_text(bytes, bits, out);
	else
		datatype_print(out, type, bytes, bits);
}

static json_t *interface_json(const uint8_t *bytes, unsigned bits)
{
	size_t length = strnlen((const char *)bytes, bits / 8);
	char name[18] = { 0 }; /* 16 bytes, an asterisk, the end */

	memcpy(name, bytes, length);
	if (bits < type_bits(DATATYPE_INTERFACE_NAME))
		name[length] = '*';
	return json_text(name);
}

static json_t *address_json(enum datatype type, const uint8_t *bytes)
{
	struct buffer text AUTO_BUFFER = { 0 };

	datatype_print(&text, type, bytes, type_bits(type));
	return json_text(text.data);
}

static json_t *number_json(enum datatype type, uint32_t number)
{
	const char *symbol = symbol_name(type, number);

	if (type == DATATYPE_FIB_RESULT)
		return json_made(json_boolean(number));
	return json_made(symbol ? json_string(symbol) : json_integer(number));
}

json_t *value_json(enum datatype type, const uint8_t *bytes, unsigned bits)
{
	if (type == DATATYPE_INTERFACE_NAME)
		return interface_json(bytes, bits);
	if (!type_is_address(type))
		return number_json(type, datatype_number(type, bytes));
	if (bits == type_bits(type))
		return address_json(type, bytes);
	return json_made(json_pack("{s:{s:o, s:i}}", "prefix", "addr",
				   address_json(type, bytes), "len", (int)bits));
}

/* ---- flags ---- */

void bits_text(enum datatype type, uint32_t bits, struct buffer *out)
{
	uint32_t unnamed = 0;
	const char *separator = "";

	for (uint32_t bit = 1; bit; bit <<= 1) {
		const char *symbol = bits & bit ? symbol_name(type, bit) : NULL;

		if (bits & bit && !symbol)
			unnamed |= bit;
		if (!symbol)
			continue;
		buffer_format(out, "%s%s", separator, symbol);
		separator = ",";
	}
	if (unnamed || !bits)
		buffer_format(out, "%s0x%x", separator, unnamed);
}

json_t *bits_json(enum datatype type, uint32_t bits)
{
	json_t *list = json_made(json_array());
	uint32_t unnamed = 0;

	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (bits & bit && symbol_name(type, bit))
			json_push(list, number_json(type, bit));
		else
			unnamed |= bits & bit;
	}
	if (unnamed)
		json_push(list, json_integer(unnamed));
	if (json_array_size(list) != 1)
		return list;

	json_t *only = json_incref(json_array_get(list, 0));

	json_decref(list);
	return only;
}

/* ---- intervals ---- */

/* The prefix length when nft lists the interval as a prefix, else -1. */
static int interval_prefix(enum datatype type, const uint8_t *low, const uint8_t *high)
{
	int prefix = range_prefix(low, high, datatypes[type].width);

	if (type_is_address(type))
		return prefix;
	return type == DATATYPE_INTERFACE_NAME && prefix > 0 && prefix % 8 == 0 ? prefix
										: -1;
}

void interval_text(enum datatype type, const uint8_t *low, const uint8_t *high,
		   struct buffer *out)
{
	unsigned bits = type_bits(type);
	int prefix = interval_prefix(type, low, high);

	if (prefix >= 0) {
		value_text(type, low, (unsigned)prefix, out);
		return;
	}
	value_text(type, low, bits, out);
	if (memcmp(low, high, datatypes[type].width) == 0)
		return;
	buffer_char(out, '-');
	value_text(type, high, bits, out);
}

json_t *interval_json(enum datatype type, const uint8_t *low, const uint8_t *high)
{
	unsigned bits = type_bits(type);
	int prefix = interval_prefix(type, low, high);

	if (prefix >= 0)
		return value_json(type, low, (unsigned)prefix);
	if (memcmp(low, high, datatypes[type].width) == 0)
		return value_json(type, low, bits);
	return json_made(json_pack("{s:[o, o]}", "range", value_json(type, low, bits),
				   value_json(type, high, bits)));
}
