/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways in which a member travels: how each is put, taken and compared. */
#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/wire.h"

/* ---- numbers ---- */

static uint32_t number_of(const void *member)
{
	uint32_t number;

	memcpy(&number, member, sizeof(number));
	return number;
}

static void set_number(void *member, uint32_t number)
{
	memcpy(member, &number, sizeof(number));
}

static void put_u8(struct buffer *out, const struct row *row, const void *member)
{
	uint8_t number = (uint8_t)number_of(member);

	attr_put(out, row->type, &number, sizeof(number));
}

static bool get_u8(struct reading *reading, const struct nlattr *attr, void *member)
{
	uint8_t number;

	(void)reading;
	if (!attr_take(attr, &number, sizeof(number)))
		return false;
	set_number(member, number);
	return true;
}

static void put_u16(struct buffer *out, const struct row *row, const void *member)
{
	uint16_t number = htons((uint16_t)number_of(member));

	attr_put(out, row->type, &number, sizeof(number));
}

static bool get_u16(struct reading *reading, const struct nlattr *attr, void *member)
{
	uint16_t number;

	(void)reading;
	if (!attr_take(attr, &number, sizeof(number)))
		return false;
	set_number(member, ntohs(number));
	return true;
}

static void put_u32(struct buffer *out, const struct row *row, const void *member)
{
	attr_put_u32(out, row->type, number_of(member));
}

static bool get_u32(struct reading *reading, const struct nlattr *attr, void *member)
{
	uint32_t number;

	(void)reading;
	if (!attr_u32(attr, &number))
		return false;
	set_number(member, number);
	return true;
}

/* The kernel shows the first four-byte register of a 16-byte one as the latter. */
static bool get_register(struct reading *reading, const struct nlattr *attr,
			 void *member)
{
	uint32_t number;

	(void)reading;
	if (!attr_u32(attr, &number))
		return false;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15 &&
	    (number - NFT_REG32_00) % 4 == 0)
		number = NFT_REG_1 + (number - NFT_REG32_00) / 4;
	set_number(member, number);
	return true;
}

static bool same_number(const void *a, const void *b)
{
	return number_of(a) == number_of(b);
}

static bool number_is_default(const struct row *row, const void *member)
{
	return number_of(member) == row->otherwise;
}

static void default_number(const struct row *row, void *member)
{
	set_number(member, row->otherwise);
}

static void put_u64(struct buffer *out, const struct row *row, const void *member)
{
	uint64_t number;

	memcpy(&number, member, sizeof(number));
	attr_put_u64(out, row->type, number);
}

static bool get_u64(struct reading *reading, const struct nlattr *attr, void *member)
{
	uint64_t number;

	(void)reading;
	if (!attr_u64(attr, &number))
		return false;
	memcpy(member, &number, sizeof(number));
	return true;
}

static bool same_u64(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uint64_t)) == 0;
}

static bool u64_is_default(const struct row *row, const void *member)
{
	uint64_t number;

	memcpy(&number, member, sizeof(number));
	return number == row->otherwise;
}

static void default_u64(const struct row *row, void *member)
{
	uint64_t number = row->otherwise;

	memcpy(member, &number, sizeof(number));
}

/* ---- texts and bytes ---- */

static const char *text_of(const void *member)
{
	const char *text;

	memcpy(&text, member, sizeof(text));
	return text;
}

static void put_text(struct buffer *out, const struct row *row, const void *member)
{
	const char *text = text_of(member);

	attr_put_text(out, row->type, text ? text : "");
}

static bool get_text(struct reading *reading, const struct nlattr *attr, void *member)
{
	const char *text = attr_text(reading->arena, attr);

	memcpy(member, &text, sizeof(text));
	return text != NULL;
}

static bool same_text(const void *a, const void *b)
{
	const char *left = text_of(a), *right = text_of(b);

	return left == right || (left && right && strcmp(left, right) == 0);
}

static bool text_is_default(const struct row *row, const void *member)
{
	(void)row;
	return !text_of(member);
}

static void default_text(const struct row *row, void *member)
{
	const char *none = NULL;

	(void)row;
	memcpy(member, &none, sizeof(none));
}

static void put_bytes(struct buffer *out, const struct row *row, const void *member)
{
	const struct wire_bytes *bytes = member;

	attr_put(out, row->type, bytes->bytes, bytes->length);
}

static bool get_bytes(struct reading *reading, const struct nlattr *attr, void *member)
{
	struct wire_bytes *bytes = member;

	(void)reading;
	bytes->length = mnl_attr_get_payload_len(attr);
	bytes->bytes = mnl_attr_get_payload(attr);
	return true;
}

static bool same_bytes(const void *a, const void *b)
{
	const struct wire_bytes *left = a, *right = b;

	return left->length == right->length &&
	       (!left->length || !memcmp(left->bytes, right->bytes, left->length));
}

static bool bytes_are_default(const struct row *row, const void *member)
{
	(void)row;
	return !((const struct wire_bytes *)member)->length;
}

static void default_bytes(const struct row *row, void *member)
{
	(void)row;
	*(struct wire_bytes *)member = (struct wire_bytes){ 0 };
}

/* ---- data and verdicts ---- */

static void put_data(struct buffer *out, const struct row *row, const void *member)
{
	const struct wire_data *data = member;
	size_t nest = attr_nest(out, row->type);

	attr_put(out, NFTA_DATA_VALUE, data->bytes, data->length);
	attr_end(out, nest);
}

/* The one attribute of type `type` that the nest holds; NULL when it holds others. */
static const struct nlattr *only_attr(const struct nlattr *nest, uint16_t type)
{
	struct attr_walk walk = attrs_nested(nest);
	const struct nlattr *only = NULL;

	for (const struct nlattr *attr; (attr = attr_next(&walk));) {
		if (only || mnl_attr_get_type(attr) != type)
			return NULL;
		only = attr;
	}
	return only;
}

static bool get_data(struct reading *reading, const struct nlattr *attr, void *member)
{
	struct wire_data *data = member;
	const struct nlattr *value = only_attr(attr, NFTA_DATA_VALUE);

	(void)reading;
	if (!value || mnl_attr_get_payload_len(value) > sizeof(data->bytes))
		return false;
	data->length = mnl_attr_get_payload_len(value);
	memcpy(data->bytes, mnl_attr_get_payload(value), data->length);
	return true;
}

static bool same_data(const void *a, const void *b)
{
	const struct wire_data *left = a, *right = b;

	return left->length == right->length &&
	       memcmp(left->bytes, right->bytes, left->length) == 0;
}

static bool data_is_default(const struct row *row, const void *member)
{
	(void)row;
	return !((const struct wire_data *)member)->length;
}

static void default_data(const struct row *row, void *member)
{
	(void)row;
	*(struct wire_data *)member = (struct wire_data){ 0 };
}

static void put_verdict(struct buffer *out, const struct row *row, const void *member)
{
	const struct wire_verdict *verdict = member;
	size_t data = attr_nest(out, row->type);
	size_t nest = attr_nest(out, NFTA_DATA_VERDICT);

	attr_put_u32(out, NFTA_VERDICT_CODE, verdict->code);
	if (verdict->chain)
		attr_put_text(out, NFTA_VERDICT_CHAIN, verdict->chain);
	attr_end(out, nest);
	attr_end(out, data);
}

static bool get_verdict(struct reading *reading, const struct nlattr *attr,
			void *member)
{
	struct wire_verdict *verdict = member;
	const struct nlattr *nest = only_attr(attr, NFTA_DATA_VERDICT);
	bool known = false;

	if (!nest)
		return false;

	struct attr_walk walk = attrs_nested(nest);

	for (const struct nlattr *part; (part = attr_next(&walk));) {
		switch (mnl_attr_get_type(part)) {
		case NFTA_VERDICT_CODE:
			known = attr_u32(part, &verdict->code);
			break;
		case NFTA_VERDICT_CHAIN:
			verdict->chain = attr_text(reading->arena, part);
			if (!verdict->chain)
				return false;
			break;
		default:
			return false;
		}
	}
	return known;
}

static bool same_verdict(const void *a, const void *b)
{
	const struct wire_verdict *left = a, *right = b;

	return left->code == right->code && same_text(&left->chain, &right->chain);
}

/* A verdict is always put; it has no value that could mean none. */
static bool verdict_is_default(const struct row *row, const void *member)
{
	(void)row;
	(void)member;
	return false;
}

static void default_verdict(const struct row *row, void *member)
{
	(void)row;
	*(struct wire_verdict *)member = (struct wire_verdict){ .code = UINT32_MAX };
}

/* ---- lists ---- */

static void put_texts(struct buffer *out, const struct row *row, const void *member)
{
	const struct wire_texts *texts = member;
	size_t nest = attr_nest(out, row->type);

	for (size_t i = 0; i < texts->count; i++)
		attr_put_text(out, NFTA_DEVICE_NAME, texts->items[i]);
	attr_end(out, nest);
}

static bool get_texts(struct reading *reading, const struct nlattr *nest, void *member)
{
	struct wire_texts *texts = member;
	struct attr_walk walk = attrs_nested(nest);

	struct {
		const char **items;
		size_t count, capacity;
	} list = { 0 };

	for (const struct nlattr *attr; (attr = attr_next(&walk));) {
		const char *name = attr_text(reading->arena, attr);

		if (!name || mnl_attr_get_type(attr) != NFTA_DEVICE_NAME)
			return false;
		LIST_PUSH(reading->arena, &list, name);
	}
	texts->items = list.items;
	texts->count = list.count;
	return true;
}

static bool same_texts(const void *a, const void *b)
{
	const struct wire_texts *left = a, *right = b;

	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++) {
		if (strcmp(left->items[i], right->items[i]) != 0)
			return false;
	}
	return true;
}

static bool texts_are_default(const struct row *row, const void *member)
{
	(void)row;
	return !((const struct wire_texts *)member)->count;
}

static void default_texts(const struct row *row, void *member)
{
	(void)row;
	*(struct wire_texts *)member = (struct wire_texts){ 0 };
}

static void put_lengths(struct buffer *out, const struct row *row, const void *member)
{
	const struct wire_lengths *lengths = member;
	size_t nest = attr_nest(out, row->type);

	for (size_t i = 0; i < lengths->count; i++) {
		size_t field = attr_nest(out, NFTA_LIST_ELEM);

		attr_put_u32(out, NFTA_SET_FIELD_LEN, lengths->items[i]);
		attr_end(out, field);
	}
	attr_end(out, nest);
}

static bool get_lengths(struct reading *reading, const struct nlattr *nest,
			void *member)
{
	struct wire_lengths *lengths = member;
	struct attr_walk walk = attrs_nested(nest);

	(void)reading;
	lengths->count = 0;
	for (const struct nlattr *field; (field = attr_next(&walk));) {
		const struct nlattr *length = only_attr(field, NFTA_SET_FIELD_LEN);

		if (!length || lengths->count == WIRE_LENGTH_MAX ||
		    !attr_u32(length, &lengths->items[lengths->count]))
			return false;
		lengths->count++;
	}
	return true;
}

static bool same_lengths(const void *a, const void *b)
{
	const struct wire_lengths *left = a, *right = b;

	return left->count == right->count &&
	       memcmp(left->items, right->items, left->count * sizeof(*left->items)) ==
		       0;
}

static bool lengths_are_default(const struct row *row, const void *member)
{
	(void)row;
	return !((const struct wire_lengths *)member)->count;
}

static void default_lengths(const struct row *row, void *member)
{
	(void)row;
	*(struct wire_lengths *)member = (struct wire_lengths){ 0 };
}

/* ---- all of them ---- */

/* clang-format off */
const struct wire_kind wire_kinds[WIRE_COUNT] = {
	[WIRE_U8]       = { put_u8,      get_u8,       same_number,  number_is_default,   default_number },
	[WIRE_U16]      = { put_u16,     get_u16,      same_number,  number_is_default,   default_number },
	[WIRE_U32]      = { put_u32,     get_u32,      same_number,  number_is_default,   default_number },
	[WIRE_REGISTER] = { put_u32,     get_register, same_number,  number_is_default,   default_number },
	[WIRE_U64]      = { put_u64,     get_u64,      same_u64,     u64_is_default,      default_u64 },
	[WIRE_TEXT]     = { put_text,    get_text,     same_text,    text_is_default,     default_text },
	[WIRE_BYTES]    = { put_bytes,   get_bytes,    same_bytes,   bytes_are_default,   default_bytes },
	[WIRE_DATA]     = { put_data,    get_data,     same_data,    data_is_default,     default_data },
	[WIRE_VERDICT]  = { put_verdict, get_verdict,  same_verdict, verdict_is_default,  default_verdict },
	[WIRE_TEXTS]    = { put_texts,   get_texts,    same_texts,   texts_are_default,   default_texts },
	[WIRE_LENGTHS]  = { put_lengths, get_lengths,  same_lengths, lengths_are_default, default_lengths },
};
/* clang-format on */
