/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing run of bytes: what printers and encoders write into. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"

/* All zero is an empty buffer.  `data` is NUL-ended once something was added. */
struct buffer {
	char *data;
	size_t length;
	size_t capacity;
};

/* Frees the bytes and empties the buffer. */
void buffer_reset(struct buffer *buffer) ALL_NONNULL;

static inline void buffer_release(struct buffer *buffer)
{
	buffer_reset(buffer);
}

/* struct buffer text AUTO_BUFFER = { 0 }: freed at scope exit. */
#define AUTO_BUFFER __attribute__((cleanup(buffer_release)))

void buffer_add(struct buffer *buffer, const void *bytes, size_t length) ALL_NONNULL;
void buffer_text(struct buffer *buffer, const char *text) ALL_NONNULL;
void buffer_char(struct buffer *buffer, char c) ALL_NONNULL;
void buffer_format(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2);
void buffer_vformat(struct buffer *buffer, const char *format, va_list arguments)
	VPRINTF_LIKE(2);

/* Room for `length` more bytes at the end, zeroed and counted; for encoders. */
void *buffer_extend(struct buffer *buffer,
		    size_t length) ALL_NONNULL RETURNS_NONNULL MUST_USE;

/*
 * Text from a file or the kernel, made safe for a terminal and for JSON: control
 * characters (C0, DEL, C1), bidirectional overrides and bytes that are not UTF-8
 * become \xNN.  With `quote` not 0, that character and the backslash are escaped too.
 */
void buffer_printable(struct buffer *buffer, const char *text, size_t length,
		      char quote) ALL_NONNULL;
