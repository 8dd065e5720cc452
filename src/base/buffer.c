/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing byte buffers, and text from outside made safe to show. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"

void buffer_reset(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}

static void buffer_enlarge(struct buffer *buffer, size_t length)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 256;

	if (length > SIZE_MAX / 4 - buffer->length)
		out_of_memory();
	while (capacity < buffer->length + length + 1)
		capacity *= 2;

	char *data = realloc(buffer->data, capacity);

	if (!data)
		out_of_memory();
	buffer->data = data;
	buffer->capacity = capacity;
}

/* Room for `length` more bytes and a NUL. */
static inline void buffer_reserve(struct buffer *buffer, size_t length)
{
	if (length >= buffer->capacity - buffer->length)
		buffer_enlarge(buffer, length);
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
	buffer_reserve(buffer, length);
	memcpy(buffer->data + buffer->length, bytes, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void *buffer_extend(struct buffer *buffer, size_t length)
{
	buffer_reserve(buffer, length);

	char *start = buffer->data + buffer->length;

	memset(start, 0, length + 1);
	buffer->length += length;
	return start;
}

void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_char(struct buffer *buffer, char c)
{
	buffer_add(buffer, &c, 1);
}

void buffer_vformat(struct buffer *buffer, const char *format, va_list arguments)
{
	va_list again;

	va_copy(again, arguments);

	int length = vsnprintf(NULL, 0, format, again);

	va_end(again);
	if (length <= 0)
		return;
	buffer_reserve(buffer, (size_t)length);
	vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
	buffer->length += (size_t)length;
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_vformat(buffer, format, arguments);
	va_end(arguments);
}

void buffer_printable(struct buffer *buffer, const char *text, size_t length,
		      char quote)
{
	for (size_t i = 0; i < length;) {
		uint32_t c;
		size_t size = text_decode_utf8(text + i, length - i, &c);
		bool plain = size && !text_is_hidden(c);

		if (!size)
			size = 1;
		if (plain && quote && (c == (unsigned char)quote || c == '\\'))
			buffer_char(buffer, '\\');
		if (plain) {
			buffer_add(buffer, text + i, size);
		} else {
			for (size_t k = 0; k < size; k++)
				buffer_format(buffer, "\\x%02x",
					      (unsigned)(unsigned char)text[i + k]);
		}
		i += size;
	}
}
