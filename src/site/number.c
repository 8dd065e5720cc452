/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as libconfig's scanner finds them, and whether it would keep their value. */
#include "site/scan.h"

static size_t digits_at(const char *text, const char *end)
{
	const char *at = text;

	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return (size_t)(at - text);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* [eE][-+]?[0-9]+ */
static size_t exponent_at(const char *text, const char *end)
{
	const char *at = text;

	if (at == end || (*at != 'e' && *at != 'E'))
		return 0;
	at++;
	if (at < end && (*at == '-' || *at == '+'))
		at++;

	size_t digits = digits_at(at, end);

	return digits ? (size_t)(at - text) + digits : 0;
}

/* [-+]?[0-9]*\.[0-9]*EXPONENT? or [-+]?[0-9]+EXPONENT; a lone dot is one too. */
static size_t float_at(const char *text, const char *end)
{
	const char *at = text;

	if (at < end && (*at == '-' || *at == '+'))
		at++;

	size_t digits = digits_at(at, end);

	at += digits;
	if (at < end && *at == '.') {
		at++;
		at += digits_at(at, end);
		at += exponent_at(at, end);
		return (size_t)(at - text);
	}

	size_t exponent = digits ? exponent_at(at, end) : 0;

	return exponent ? (size_t)(at - text) + exponent : 0;
}

static size_t suffix_at(const char *at, const char *end)
{
	if (at == end || *at != 'L')
		return 0;
	return at + 1 < end && at[1] == 'L' ? 2 : 1;
}

/* 0[xX][0-9a-fA-F]+L?L?; libconfig gives the bits, so a set sign bit is a change. */
static struct number hex_at(const char *text, const char *end)
{
	struct number number = { .fits = true };
	const char *at = text + 2;
	uint32_t value = 0;

	if (end - text < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return number;
	for (; at < end && hex_digit(*at) >= 0; at++) {
		if (value > (uint32_t)INT32_MAX >> 4)
			number.fits = false;
		else
			value = value << 4 | (uint32_t)hex_digit(*at);
	}
	if (at == text + 2)
		return number;

	size_t suffix = suffix_at(at, end);

	number.is_long = suffix > 0;
	number.length = (size_t)(at - text) + suffix;
	number.value = number.fits ? (int32_t)value : 0;
	return number;
}

static struct number decimal_at(const char *text, const char *end)
{
	struct number number = { .fits = true };
	bool negative = text < end && *text == '-';
	const char *first = text + (negative || (text < end && *text == '+'));
	size_t digits = digits_at(first, end);
	int64_t value = 0;

	if (!digits)
		return number;
	for (size_t i = 0; i < digits && number.fits; i++) {
		value = value * 10 + (first[i] - '0');
		number.fits = value <= (int64_t)INT32_MAX + negative;
	}

	size_t suffix = suffix_at(first + digits, end);

	number.is_long = suffix > 0;
	number.length = (size_t)(first - text) + digits + suffix;
	if (number.fits)
		number.value = (int32_t)(negative ? -value : value);
	return number;
}

struct number number_at(const char *text, const char *end)
{
	struct number number = hex_at(text, end);
	size_t float_length = float_at(text, end);

	if (!number.length)
		number = decimal_at(text, end);
	/* the longest wins, as in flex */
	if (float_length > number.length)
		number = (struct number){ .length = float_length,
					  .is_float = true,
					  .fits = true };
	return number;
}
