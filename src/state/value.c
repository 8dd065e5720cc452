/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of records: each has one spelling, and reading takes no other. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "state/value.h"

static const char hexadecimal[] = "0123456789abcdef";

_Static_assert(sizeof(enum timer_kind) == sizeof(unsigned) &&
		       sizeof(enum ending) == sizeof(unsigned),
	       "ROW_WORD takes them for numbers");

/* ---- texts ---- */

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

static void text_write(const char *text, struct buffer *out)
{
	for (; text && *text; text++) {
		if (is_plain(*text))
			buffer_char(out, *text);
		else
			buffer_format(out, "\\x%02x", (unsigned)(unsigned char)*text);
	}
}

static bool digit_read(char c, unsigned *digit)
{
	const char *place = c ? strchr(hexadecimal, c) : NULL;

	if (place)
		*digit = (unsigned)(place - hexadecimal);
	return place;
}

/* \xNN, of a byte that has to be written so. */
static bool escape_read(const char *text, size_t length, char *byte)
{
	unsigned high, low;

	if (length < 4 || text[0] != '\\' || text[1] != 'x' ||
	    !digit_read(text[2], &high) || !digit_read(text[3], &low))
		return false;
	*byte = (char)(unsigned char)(high << 4 | low);
	return *byte && !is_plain(*byte);
}

static bool text_read(struct blob text, struct arena *arena, const char **result)
{
	char *plain = arena_alloc(arena, text.length + 1);
	size_t length = 0;

	for (size_t i = 0; i < text.length; length++) {
		if (is_plain(text.bytes[i])) {
			plain[length] = text.bytes[i++];
			continue;
		}
		if (!escape_read(text.bytes + i, text.length - i, &plain[length]))
			return false;
		i += 4;
	}
	*result = plain;
	return true;
}

/* ---- fixed forms: '.' is one hexadecimal digit ---- */

static bool form_fits(const char *form, const char *text, size_t length)
{
	if (strlen(form) != length)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned digit;

		if (form[i] == '.' ? !digit_read(text[i], &digit) : form[i] != text[i])
			return false;
	}
	return true;
}

static const char id_form[] = "........";
static const char boot_form[] = "........-....-....-....-............";

_Static_assert(sizeof(id_form) == CHANGE_ID_BYTES, "an id is its digits and a NUL");
_Static_assert(sizeof(boot_form) == BOOT_ID_BYTES, "a boot's id is of this form");

bool change_id_parse(const char *text, struct change_id *id)
{
	if (!form_fits(id_form, text, strlen(text)))
		return false;
	memcpy(id->text, text, CHANGE_ID_BYTES);
	return true;
}

bool boot_id_fits(const char *text, size_t length)
{
	return form_fits(boot_form, text, length);
}

static const char *form_of(enum row_kind kind)
{
	return kind == ROW_ID ? id_form : boot_form;
}

static bool form_read(const char *form, struct blob text, char *result)
{
	if (!form_fits(form, text.bytes, text.length))
		return false;
	memcpy(result, text.bytes, text.length);
	result[text.length] = '\0';
	return true;
}

/* ---- words ---- */

static bool word_read(const char *const *words, struct blob text, unsigned *number)
{
	for (unsigned i = 0; words[i]; i++) {
		if (strlen(words[i]) != text.length ||
		    memcmp(words[i], text.bytes, text.length) != 0)
			continue;
		*number = i;
		return true;
	}
	return false;
}

/* ---- rows ---- */

void value_write(const struct record_row *row, const void *record, struct buffer *out)
{
	const void *member = (const char *)record + row->offset;

	switch (row->kind) {
	case ROW_ID:
	case ROW_BOOT:
		assert(form_fits(form_of(row->kind), member, strlen(member)));
		buffer_text(out, member);
		return;
	case ROW_TIME:
		assert(*(const int64_t *)member >= 0);
		buffer_format(out, "%" PRId64, *(const int64_t *)member);
		return;
	case ROW_NUMBER:
		buffer_format(out, "%" PRIu64, *(const uint64_t *)member);
		return;
	case ROW_WORD:
		buffer_text(out, row->words[*(const unsigned *)member]);
		return;
	case ROW_TEXT:
		text_write(*(const char *const *)member, out);
		return;
	case ROW_BLOB:
		buffer_format(out, "%zu", ((const struct blob *)member)->length);
		return;
	}
}

static bool number_read(struct blob text, uint64_t max, uint64_t *number)
{
	return text_number(text.bytes, text.length, max, number);
}

bool value_read(const struct record_row *row, struct blob text, struct arena *arena,
		void *record)
{
	void *member = (char *)record + row->offset;
	uint64_t number;

	switch (row->kind) {
	case ROW_ID:
	case ROW_BOOT:
		return form_read(form_of(row->kind), text, member);
	case ROW_TIME:
		if (!number_read(text, INT64_MAX, &number))
			return false;
		*(int64_t *)member = (int64_t)number;
		return true;
	case ROW_NUMBER:
		return number_read(text, UINT64_MAX, member);
	case ROW_WORD:
		return word_read(row->words, text, member);
	case ROW_TEXT:
		return text_read(text, arena, member);
	case ROW_BLOB:
		if (!number_read(text, LIMIT_DATA_BYTES, &number))
			return false;
		*(struct blob *)member = (struct blob){ .length = (size_t)number };
		return true;
	}
	return false;
}
