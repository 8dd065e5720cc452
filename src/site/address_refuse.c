/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a text that is no address form, in words, and what was meant. */
#include <string.h>
#include <strings.h>

#include "site/addresses.h"

/* Bytes of a text that are looked at for what was meant. */
enum { TEXT_BYTES = 127 };

/* clang-format off */
static const char *const fault_words[ADDRESS_FAULT_COUNT] = {
	[ADDRESS_GOOD]          = "is an address",
	[ADDRESS_EMPTY]         = "is empty: expected an address",
	[ADDRESS_SEVERAL]       = "is not one address form: it holds a blank, a comma or a semicolon",
	[ADDRESS_NAME]          = "is a name, not an address",
	[ADDRESS_ZONE]          = "has a zone: addresses here hold on every interface",
	[ADDRESS_PORT]          = "is not an address alone: ports belong to services and flows",
	[ADDRESS_LEADING_ZERO]  = "has a number with a leading zero, which some programs read as octal",
	[ADDRESS_LARGE_NUMBER]  = "has a number above 255",
	[ADDRESS_NOT_FOUR]      = "is not an IPv4 address: expected four numbers",
	[ADDRESS_MALFORMED]     = "is not an address, a prefix or a range",
	[ADDRESS_PREFIX_LENGTH] = "has no good prefix length: expected /0 to /32 for IPv4, /0 to /128 for IPv6",
	[ADDRESS_NETMASK]       = "has a netmask: expected a prefix length",
	[ADDRESS_HOST_BITS]     = "is not a prefix: it has host bits set",
	[ADDRESS_REVERSED]      = "is a reversed range",
	[ADDRESS_MAPPED]        = "is IPv4 written as IPv6, which no packet carries",
	[ADDRESS_MIXED]         = "is a range between two address families",
};

/* clang-format on */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The text without blanks, leading zeros or the zone, whichever is the fault. */
static void repair(const struct address_text *text, enum address_fault fault,
		   struct buffer *out)
{
	size_t length = text->length;
	const char *zone = memchr(text->text, '%', length);

	if (fault == ADDRESS_ZONE && zone)
		length = (size_t)(zone - text->text);
	for (size_t i = 0; i < length; i++) {
		char c = text->text[i];
		bool starts = !i || !is_digit(text->text[i - 1]);

		if (fault == ADDRESS_SEVERAL && (c == ' ' || c == '\t'))
			continue;
		while (fault == ADDRESS_LEADING_ZERO && starts && c == '0' &&
		       i + 1 < length && is_digit(text->text[i + 1]))
			c = text->text[++i];
		buffer_char(out, c);
	}
}

/* The form that a small change of the text gives; false when none does. */
static bool guess(const struct address_text *text, enum address_fault fault,
		  struct address_form *form)
{
	struct buffer repaired AUTO_BUFFER = { 0 };

	if (text->length > TEXT_BYTES)
		return false;
	if (fault == ADDRESS_NAME || fault == ADDRESS_MALFORMED) {
		*form = (struct address_form){ .kind = ADDRESS_ANY };
		return (text->length == 1 && *text->text == '*') ||
		       (text->length == 3 && (!strncasecmp(text->text, "any", 3) ||
					      !strncasecmp(text->text, "all", 3)));
	}
	if (fault != ADDRESS_SEVERAL && fault != ADDRESS_LEADING_ZERO &&
	    fault != ADDRESS_ZONE)
		return false;
	repair(text, fault, &repaired);
	return repaired.length &&
	       address_parse(repaired.data, repaired.length, form) == ADDRESS_GOOD;
}

static const char *advice_of(enum address_fault fault)
{
	if (fault == ADDRESS_SEVERAL)
		return "write each address form by itself; in a file, one a line, and "
		       "comments behind \"#\"";
	if (fault == ADDRESS_NAME)
		return "names are never looked up while a site is read: write the "
		       "addresses";
	if (fault == ADDRESS_MALFORMED || fault == ADDRESS_EMPTY)
		return "expected a form like 192.0.2.1, 192.0.2.0/24, "
		       "192.0.2.10-192.0.2.20, the same for IPv6, or any";
	return NULL;
}

bool address_refuse(struct loader *loader, const struct address_text *text,
		    enum address_fault fault, const struct address_form *meant)
{
	size_t length = text->length < TEXT_BYTES ? text->length : TEXT_BYTES;
	const char *advice = advice_of(fault);
	struct address_form form;
	bool known = guess(text, fault, &form);

	if (fault >= ADDRESS_NETMASK && fault <= ADDRESS_MAPPED) {
		form = *meant;
		known = true;
	}
	diag_error(loader->diags, DIAG_ADDRESS, text->span, "\"%s\" %s",
		   shown(loader, arena_copy(loader->arena, text->text, length)),
		   fault_words[fault]);
	if (known)
		diag_note(loader->diags, (struct span){ 0 }, "did you mean \"%s\"?",
			  address_words(loader->arena, &form));
	else if (advice)
		diag_note(loader->diags, (struct span){ 0 }, "%s", advice);
	return false;
}
