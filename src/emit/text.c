/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, strings and durations as nft writes them; hostile ones made harmless. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "emit/form.h"

static bool starts_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool name_is_plain(const char *name)
{
	static const char inside[] = "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_-./";

	return starts_word(name[0]) && name[strspn(name, inside)] == '\0';
}

bool text_is_quotable(const char *text)
{
	return text_is_free(text) && !strchr(text, '"');
}

/*
 * nft has no escapes, and a double quote ends its string whatever stands before it: so
 * the quote is spelled \x22 and never appears inside.
 */
static void escaped_text(const char *text, size_t length, struct buffer *out)
{
	const char *end = text + length;

	for (;;) {
		const char *quote = memchr(text, '"', (size_t)(end - text));
		const char *stop = quote ? quote : end;

		buffer_printable(out, text, (size_t)(stop - text), '\\');
		if (!quote)
			return;
		buffer_text(out, "\\x22");
		text = quote + 1;
	}
}

void quoted_text(const char *text, size_t length, const char *ending,
		 struct buffer *out)
{
	size_t start = out->length + 1;

	buffer_char(out, '"');
	buffer_add(out, text, length);
	if (strlen(out->data + start) != length ||
	    !text_is_quotable(out->data + start)) {
		out->length = start;
		escaped_text(text, length, out);
	}
	buffer_text(out, ending);
	buffer_char(out, '"');
}

void emit_string(const char *text, struct buffer *out)
{
	quoted_text(text, strlen(text), "", out);
}

void name_text(const char *name, struct buffer *out)
{
	if (name_is_plain(name))
		buffer_text(out, name);
	else
		emit_string(name, out);
}

void foreign_text(const char *text, struct buffer *out)
{
	buffer_text(out, "[foreign: ");
	buffer_printable(out, text, strlen(text), ']');
	buffer_char(out, ']');
}

void duration_text(uint64_t milliseconds, struct buffer *out)
{
	static const struct {
		uint64_t milliseconds;
		const char *unit;
	} units[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "m" },
		{ 1000, "s" },     { 1, "ms" },
	};

	if (!milliseconds)
		buffer_text(out, "0s");
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		uint64_t count = milliseconds / units[i].milliseconds;

		if (count)
			buffer_format(out, "%" PRIu64 "%s", count, units[i].unit);
		milliseconds %= units[i].milliseconds;
	}
}
