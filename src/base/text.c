/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small questions about text: UTF-8, names, numbers, the nearest name. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

enum { INTERFACE_BYTES = 15 }; /* the kernel's IFNAMSIZ less the NUL */

struct code_point_range {
	uint32_t first, last;
};

/* clang-format off */
/* Unicode's control characters, line separators and Bidi_Control. */
static const struct code_point_range hidden_ranges[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x061c, 0x061c }, { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2066, 0x2069 },
};

/* Marks that are drawn over the character before them. */
static const struct code_point_range mark_ranges[] = {
	{ 0x0300, 0x036f }, { 0x200b, 0x200d }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
};

/* East Asian Wide and emoji. */
static const struct code_point_range wide_ranges[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f },
	{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

/* clang-format on */

static bool is_in(const struct code_point_range *ranges, size_t count,
		  uint32_t code_point)
{
	for (size_t i = 0; i < count; i++)
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	return false;
}

/* Bytes of the sequence that `lead` starts, and the bits of the code point it holds. */
static size_t sequence_size(unsigned char lead, uint32_t *bits)
{
	if (lead < 0x80) {
		*bits = lead;
		return 1;
	}
	if (lead >= 0xc2 && lead <= 0xdf) {
		*bits = lead & 0x1fu;
		return 2;
	}
	if (lead >= 0xe0 && lead <= 0xef) {
		*bits = lead & 0x0fu;
		return 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*bits = lead & 0x07u;
		return 4;
	}
	return 0;
}

size_t text_decode_utf8(const char *text, size_t length, uint32_t *code_point)
{
	/* the smallest code point that needs a sequence of this size */
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value = 0;
	size_t size = length ? sequence_size((unsigned char)text[0], &value) : 0;

	if (!size || size > length)
		return 0;
	for (size_t i = 1; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte & 0xc0u) != 0x80)
			return 0;
		value = value << 6 | (byte & 0x3fu);
	}
	if (value < smallest[size] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code_point = value;
	return size;
}

bool text_is_hidden(uint32_t code_point)
{
	return is_in(hidden_ranges, COUNT_OF(hidden_ranges), code_point);
}

unsigned text_columns(uint32_t code_point)
{
	if (code_point < mark_ranges[0].first)
		return 1;
	if (is_in(mark_ranges, COUNT_OF(mark_ranges), code_point))
		return 0;
	return is_in(wide_ranges, COUNT_OF(wide_ranges), code_point) ? 2 : 1;
}

bool text_is_free(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length;) {
		uint32_t code_point;
		size_t size;

		if (text[i] >= ' ' && text[i] <= '~') { /* nearly all there is */
			i++;
			continue;
		}
		size = text_decode_utf8(text + i, length - i, &code_point);
		if (!size || text_is_hidden(code_point))
			return false;
		i += size;
	}
	return true;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool text_is_name(const char *text)
{
	size_t length = strnlen(text, LIMIT_NAME_BYTES + 1);

	if (!length || length > LIMIT_NAME_BYTES || !is_letter_or_digit(text[0]))
		return false;
	for (size_t i = 1; i < length; i++)
		if (!is_letter_or_digit(text[i]) && text[i] != '.' && text[i] != '-')
			return false;
	return true;
}

bool text_is_interface(const char *text)
{
	size_t length = strnlen(text, INTERFACE_BYTES + 1);
	const char *star = strchr(text, '*');

	if (!length || length > INTERFACE_BYTES || !text_is_free(text))
		return false;
	if (!strcmp(text, ".") || !strcmp(text, "..") || !strcmp(text, "*"))
		return false;
	if (star && star[1])
		return false;
	return !strpbrk(text, "/: \"\\");
}

bool text_number(const char *text, size_t length, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (!length || (length > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;

		unsigned digit = (unsigned)(text[i] - '0');

		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
 * (Damerau and Levenshtein, without edits inside a swap).  Both at most a name long.
 */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][LIMIT_NAME_BYTES + 1];
	size_t *older = rows[0], *previous = rows[1], *current = rows[2];

	for (size_t k = 0; k <= b_length; k++)
		previous[k] = k;
	for (size_t i = 1; i <= a_length; i++) {
		current[0] = i;
		for (size_t k = 1; k <= b_length; k++) {
			char x = lower(a[i - 1]), y = lower(b[k - 1]);
			size_t best = previous[k - 1] + (x != y);

			best = least(best, least(previous[k], current[k - 1]) + 1);
			if (i > 1 && k > 1 && x == lower(b[k - 2]) &&
			    lower(a[i - 2]) == y)
				best = least(best, older[k - 2] + 1);
			current[k] = best;
		}

		size_t *free_row = older;

		older = previous;
		previous = current;
		current = free_row;
	}
	return previous[b_length];
}

const char *text_nearest(const char *name, const char *const *names, size_t count)
{
	size_t length = strnlen(name, LIMIT_NAME_BYTES + 1);
	/* one slip for each three letters, rounded, and never all of them */
	size_t bound = least((length + 1) / 3, length ? length - 1 : 0);
	const char *nearest = NULL;

	if (length > LIMIT_NAME_BYTES)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t other = names[i] ? strnlen(names[i], LIMIT_NAME_BYTES + 1) : 0;

		if (!other || other > LIMIT_NAME_BYTES || other > length + bound ||
		    length > other + bound)
			continue;

		size_t edits = distance(name, length, names[i], other);

		if (edits > bound || (nearest && edits == bound))
			continue;
		nearest = names[i];
		bound = edits;
		if (!bound)
			break;
	}
	return nearest;
}
