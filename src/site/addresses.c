/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts to address forms; a million of them take a fraction of a second. */
#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "site/addresses.h"

enum { IP4_BITS = 32, IP6_BITS = 128 };

/* ::ffff:0:0/96: IPv4 addresses in the clothes of IPv6. */
static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

/* ---- one address ---- */

/* inet_pton() of the bytes up to `length`: four numbers without leading zeros. */
static bool parse_ip4(const char *text, size_t length, uint8_t *address)
{
	const char *at = text, *end = text + length;

	for (size_t i = 0; i < 4; i++) {
		unsigned value = 0;
		const char *first;

		if (i && (at == end || *at++ != '.'))
			return false;
		for (first = at; at < end && at - first < 3; at++) {
			if (*at < '0' || *at > '9')
				break;
			value = 10 * value + (unsigned)(*at - '0');
		}
		if (at == first || value > 255 || (at - first > 1 && *first == '0'))
			return false;
		address[i] = (uint8_t)value;
	}
	return at == end;
}

static bool parse_ip6(const char *text, size_t length, uint8_t *address)
{
	char ended[INET6_ADDRSTRLEN];

	if (length >= sizeof(ended) || memchr(text, '\0', length))
		return false;
	memcpy(ended, text, length);
	ended[length] = '\0';
	return inet_pton(AF_INET6, ended, address) == 1;
}

static bool parse_one(const char *text, size_t length, enum family *family,
		      uint8_t *address)
{
	*family = memchr(text, ':', length) ? FAMILY_IP6 : FAMILY_IP4;
	return *family == FAMILY_IP6 ? parse_ip6(text, length, address)
				     : parse_ip4(text, length, address);
}

static bool is_mapped(const uint8_t *address)
{
	return !memcmp(address, mapped_prefix, sizeof(mapped_prefix));
}

/* Turns IPv4-mapped addresses into those meant. */
static enum address_fault check_mapped(struct address_form *form)
{
	if (form->family != FAMILY_IP6 ||
	    (!is_mapped(form->low) && !is_mapped(form->high)))
		return ADDRESS_GOOD;
	/* ::/0 and its like hold them without meaning them */
	if (form->kind == ADDRESS_PREFIX && !is_mapped(form->low))
		return ADDRESS_GOOD;
	if (!is_mapped(form->low) || !is_mapped(form->high))
		return ADDRESS_MIXED;
	form->family = FAMILY_IP4;
	memmove(form->low, form->low + sizeof(mapped_prefix), 4);
	memmove(form->high, form->high + sizeof(mapped_prefix), 4);
	return ADDRESS_MAPPED;
}

/* ---- prefixes and ranges ---- */

/* Clears and sets the bits behind a prefix; whether `low` had some set. */
static bool spread(struct address_form *form, unsigned prefix)
{
	unsigned bits = form->family == FAMILY_IP4 ? IP4_BITS : IP6_BITS;
	bool host_bits = false;

	memcpy(form->high, form->low, sizeof(form->high));
	for (unsigned i = prefix / 8; i < bits / 8; i++) {
		/* the prefix ends inside the first of these bytes, or before it */
		unsigned kept = i == prefix / 8 ? prefix % 8 : 0;
		uint8_t rest = (uint8_t)(0xffu >> kept);

		host_bits |= (form->low[i] & rest) != 0;
		form->low[i] = (uint8_t)(form->low[i] & ~rest);
		form->high[i] |= rest;
	}
	return host_bits;
}

/* The length of a netmask's prefix; false when it is no netmask. */
static bool parse_netmask(const char *text, size_t length, unsigned *prefix)
{
	uint8_t mask[4];
	uint32_t value = 0;

	if (!parse_ip4(text, length, mask))
		return false;
	for (size_t i = 0; i < sizeof(mask); i++)
		value = value << 8 | mask[i];
	if (~value & (~value + 1))
		return false;
	for (*prefix = 0; value; value <<= 1)
		++*prefix;
	return true;
}

static enum address_fault parse_prefix(const char *text, const char *slash,
				       const char *end, struct address_form *form)
{
	struct address_form parsed = { .kind = ADDRESS_PREFIX };
	enum address_fault fault = ADDRESS_GOOD;
	uint64_t number;
	unsigned prefix;

	if (!parse_one(text, (size_t)(slash - text), &parsed.family, parsed.low))
		return ADDRESS_MALFORMED;
	slash++;
	if (text_number(slash, (size_t)(end - slash),
			parsed.family == FAMILY_IP4 ? IP4_BITS : IP6_BITS, &number)) {
		prefix = (unsigned)number;
	} else if (parsed.family == FAMILY_IP4 &&
		   parse_netmask(slash, (size_t)(end - slash), &prefix)) {
		fault = ADDRESS_NETMASK;
	} else {
		return ADDRESS_PREFIX_LENGTH;
	}
	if (spread(&parsed, prefix) && fault == ADDRESS_GOOD)
		fault = ADDRESS_HOST_BITS;

	enum address_fault mapped = check_mapped(&parsed);

	*form = parsed;
	return mapped == ADDRESS_GOOD ? fault : mapped;
}

static enum address_fault parse_range(const char *text, const char *dash,
				      const char *end, struct address_form *form)
{
	struct address_form parsed = { .kind = ADDRESS_RANGE };
	enum address_fault fault;
	enum family high;

	if (!parse_one(text, (size_t)(dash - text), &parsed.family, parsed.low) ||
	    !parse_one(dash + 1, (size_t)(end - dash - 1), &high, parsed.high))
		return ADDRESS_MALFORMED;
	if (parsed.family != high)
		return ADDRESS_MIXED;
	if (memcmp(parsed.low, parsed.high, family_widths[high]) > 0) {
		uint8_t low[16];

		memcpy(low, parsed.high, sizeof(low));
		memcpy(parsed.high, parsed.low, sizeof(low));
		memcpy(parsed.low, low, sizeof(low));
		*form = parsed;
		return ADDRESS_REVERSED;
	}
	fault = check_mapped(&parsed);
	if (fault != ADDRESS_MIXED)
		*form = parsed;
	return fault;
}

/* ---- what is wrong ---- */

static bool consists_of(const char *text, size_t length, const char *allowed)
{
	for (size_t i = 0; i < length; i++)
		if (!text[i] || !strchr(allowed, text[i]))
			return false;
	return true;
}

static bool holds_one_of(const char *text, size_t length, const char *wanted)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] && strchr(wanted, text[i]))
			return true;
	return false;
}

#define BETWEEN_FORMS " \t,;"
#define DIGITS        "0123456789"
#define LETTERS       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A host's, a role's, a peer's; which of them is not asked. */
static bool looks_like_name(const char *text, size_t length)
{
	return consists_of(text, length, LETTERS DIGITS ".-_") &&
	       holds_one_of(text, length, LETTERS);
}

/* What is wrong with a text of digits, dots, and maybe a dash or a prefix length. */
static enum address_fault classify_numbers(const char *text, size_t length)
{
	const char *slash = memchr(text, '/', length);
	size_t end = slash ? (size_t)(slash - text) : length;

	for (size_t i = 0, start = 0; i <= end; i++) {
		if (i < end && text[i] >= '0' && text[i] <= '9')
			continue;
		if (i - start > 1 && text[start] == '0')
			return ADDRESS_LEADING_ZERO;

		uint64_t number;

		if (i > start && !text_number(text + start, i - start, 255, &number))
			return ADDRESS_LARGE_NUMBER;
		start = i + 1;
	}
	return memchr(text, '-', length) && slash ? ADDRESS_MALFORMED
						  : ADDRESS_NOT_FOUR;
}

static enum address_fault classify(const char *text, size_t length)
{
	const char *colon = memchr(text, ':', length);
	uint8_t address[16];

	if (!length)
		return ADDRESS_EMPTY;
	if (holds_one_of(text, length, BETWEEN_FORMS))
		return ADDRESS_SEVERAL;
	if (looks_like_name(text, length))
		return ADDRESS_NAME;
	if (memchr(text, '%', length))
		return ADDRESS_ZONE;
	if (text[0] == '[' ||
	    (colon && parse_ip4(text, (size_t)(colon - text), address)))
		return ADDRESS_PORT;
	if (consists_of(text, length, DIGITS "./-") &&
	    holds_one_of(text, length, DIGITS))
		return classify_numbers(text, length);
	return ADDRESS_MALFORMED;
}

enum address_fault address_parse(const char *text, size_t length,
				 struct address_form *form)
{
	static const char any[] = "any";
	const char *end = text + length;
	const char *slash = memchr(text, '/', length);
	const char *dash = memchr(text, '-', length);
	struct address_form parsed = { .kind = ADDRESS_ONE };
	enum address_fault fault = ADDRESS_MALFORMED;

	if (length == sizeof(any) - 1 && !memcmp(text, any, length)) {
		*form = (struct address_form){ .kind = ADDRESS_ANY };
		return ADDRESS_GOOD;
	}
	if (slash && !dash) {
		fault = parse_prefix(text, slash, end, form);
	} else if (dash && !slash) {
		fault = parse_range(text, dash, end, form);
	} else if (!slash && parse_one(text, length, &parsed.family, parsed.low)) {
		memcpy(parsed.high, parsed.low, sizeof(parsed.high));
		fault = check_mapped(&parsed);
		*form = parsed;
	}
	/* what stands behind a prefix may be a second one, or a comment */
	if (fault == ADDRESS_PREFIX_LENGTH && holds_one_of(text, length, BETWEEN_FORMS))
		fault = ADDRESS_MALFORMED;
	return fault == ADDRESS_MALFORMED ? classify(text, length) : fault;
}

/* ---- forms ---- */

void address_push(struct arena *arena, const struct address_form *form,
		  struct ranges addresses[FAMILY_COUNT])
{
	static const uint8_t zeros[16];
	uint8_t ones[16];

	if (form->kind != ADDRESS_ANY) {
		ranges_push(arena, &addresses[form->family], form->low, form->high);
		return;
	}
	memset(ones, 0xff, sizeof(ones));
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		ranges_push(arena, &addresses[family], zeros, ones);
}

const char *address_words(struct arena *arena, const struct address_form *form)
{
	struct buffer words AUTO_BUFFER = { 0 };

	if (form->kind == ADDRESS_ANY)
		return "any";
	range_print(&words, form->low, form->high, family_widths[form->family]);
	return arena_copy(arena, words.data, words.length);
}
