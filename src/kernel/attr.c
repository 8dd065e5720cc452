/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink attributes one by one: put behind a growing buffer, taken out of bytes. */
#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "kernel/wire.h"

/* Attributes start at multiples of four bytes. */
static size_t padded(size_t length)
{
	return (length + 3) / 4 * 4;
}

void attr_put(struct buffer *out, uint16_t type, const void *bytes, size_t length)
{
	struct nlattr attr = {
		.nla_len = (uint16_t)(sizeof(attr) + length),
		.nla_type = type,
	};

	assert(length <= UINT16_MAX - sizeof(attr));

	uint8_t *at = buffer_extend(out, sizeof(attr) + padded(length));

	memcpy(at, &attr, sizeof(attr));
	if (length)
		memcpy(at + sizeof(attr), bytes, length);
}

void attr_put_u32(struct buffer *out, uint16_t type, uint32_t number)
{
	number = htonl(number);
	attr_put(out, type, &number, sizeof(number));
}

void attr_put_u64(struct buffer *out, uint16_t type, uint64_t number)
{
	number = htobe64(number);
	attr_put(out, type, &number, sizeof(number));
}

void attr_put_text(struct buffer *out, uint16_t type, const char *text)
{
	attr_put(out, type, text, strlen(text) + 1);
}

size_t attr_nest(struct buffer *out, uint16_t type)
{
	size_t nest = out->length;

	attr_put(out, type | NLA_F_NESTED, NULL, 0);
	return nest;
}

void attr_end(struct buffer *out, size_t nest)
{
	uint16_t length = (uint16_t)(out->length - nest);

	assert(out->length - nest <= UINT16_MAX);
	memcpy(out->data + nest + offsetof(struct nlattr, nla_len), &length,
	       sizeof(length));
}

const struct nlattr *attr_next(struct attr_walk *walk)
{
	struct nlattr head;

	if (walk->left < sizeof(head))
		return NULL;
	memcpy(&head, walk->at, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > walk->left)
		return NULL;

	const void *attr = walk->at;
	size_t step = padded(head.nla_len);

	/* the last one may lack its padding */
	if (step > walk->left)
		step = walk->left;
	walk->at += step;
	walk->left -= step;
	return attr;
}

bool attr_take(const struct nlattr *attr, void *bytes, size_t length)
{
	if (mnl_attr_get_payload_len(attr) != length)
		return false;
	memcpy(bytes, mnl_attr_get_payload(attr), length);
	return true;
}

bool attr_u32(const struct nlattr *attr, uint32_t *number)
{
	uint32_t wire;

	if (!attr_take(attr, &wire, sizeof(wire)))
		return false;
	*number = ntohl(wire);
	return true;
}

bool attr_u64(const struct nlattr *attr, uint64_t *number)
{
	uint64_t wire;

	if (!attr_take(attr, &wire, sizeof(wire)))
		return false;
	*number = be64toh(wire);
	return true;
}

const char *attr_text(struct arena *arena, const struct nlattr *attr)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t length = strnlen(text, mnl_attr_get_payload_len(attr));

	return length < TEXT_BYTES_MAX ? arena_copy(arena, text, length) : NULL;
}

void attrs_find(const void *bytes, size_t length, const struct nlattr **table,
		size_t count)
{
	struct attr_walk walk = attrs_in(bytes, length);

	memset(table, 0, count * sizeof(*table));
	for (const struct nlattr *attr; (attr = attr_next(&walk));) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type < count)
			table[type] = attr;
	}
}
