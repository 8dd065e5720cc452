/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nft's notes on objects: a byte of type, a byte of length, and that many bytes. */
#include <assert.h>
#include <string.h>

#include "kernel/object.h"

enum { HEAD_BYTES = 2, TEXT_LENGTH_MAX = UINT8_MAX - 1 };

static void put(struct buffer *out, uint8_t type, const void *bytes, size_t length)
{
	assert(length <= UINT8_MAX);

	uint8_t *at = buffer_extend(out, HEAD_BYTES + length);

	at[0] = type;
	at[1] = (uint8_t)length;
	memcpy(at + HEAD_BYTES, bytes, length);
}

void userdata_put_text(struct buffer *out, uint8_t type, const char *text)
{
	put(out, type, text, strlen(text) + 1);
}

void userdata_put_u32(struct buffer *out, uint8_t type, uint32_t number)
{
	put(out, type, &number, sizeof(number));
}

/* The first note of a type; NULL when there is none. */
static const uint8_t *find(struct wire_bytes userdata, uint8_t type, size_t *length)
{
	size_t at = 0;

	while (userdata.length - at >= HEAD_BYTES) {
		const uint8_t *note = userdata.bytes + at;

		at += HEAD_BYTES;
		if (note[1] > userdata.length - at)
			return NULL;
		if (note[0] == type) {
			*length = note[1];
			return note + HEAD_BYTES;
		}
		at += note[1];
	}
	return NULL;
}

const char *userdata_text(struct arena *arena, struct wire_bytes userdata, uint8_t type)
{
	size_t length;
	const char *text = (const char *)find(userdata, type, &length);

	if (!text)
		return NULL;
	/* room for a NUL, should there have been none */
	if (length > TEXT_LENGTH_MAX)
		length = TEXT_LENGTH_MAX;
	return arena_copy(arena, text, strnlen(text, length));
}

uint32_t userdata_u32(struct wire_bytes userdata, uint8_t type, uint32_t otherwise)
{
	size_t length;
	const uint8_t *bytes = find(userdata, type, &length);
	uint32_t number;

	if (!bytes || length != sizeof(number))
		return otherwise;
	memcpy(&number, bytes, sizeof(number));
	return number;
}
