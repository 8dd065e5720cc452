/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address forms: an address, a prefix, a range LOW-HIGH of either family, or `any`. */
#pragma once

#include "site/schema.h"

enum address_kind { ADDRESS_ONE, ADDRESS_PREFIX, ADDRESS_RANGE, ADDRESS_ANY };

struct address_form {
	enum address_kind kind;
	enum family family; /* not of ADDRESS_ANY, which is every address of both */
	uint8_t low[16], high[16];
};

/* What is wrong with a text that is no address form. */
enum address_fault {
	ADDRESS_GOOD,
	ADDRESS_EMPTY,
	ADDRESS_SEVERAL,
	ADDRESS_NAME,
	ADDRESS_ZONE,
	ADDRESS_PORT,
	ADDRESS_LEADING_ZERO,
	ADDRESS_LARGE_NUMBER,
	ADDRESS_NOT_FOUR,
	ADDRESS_MALFORMED,
	ADDRESS_PREFIX_LENGTH,
	/* faults whose meaning is clear all the same */
	ADDRESS_NETMASK,
	ADDRESS_HOST_BITS,
	ADDRESS_REVERSED,
	ADDRESS_MAPPED,
	ADDRESS_MIXED,
	ADDRESS_FAULT_COUNT
};

/* The text of a form and where it stands; not NUL-ended. */
struct address_text {
	const char *text;
	size_t length;
	struct span span;
};

/* A form of the site's text. */
struct placed_form {
	struct address_form form;
	struct span span;
};

struct placed_forms {
	struct placed_form *items;
	size_t count, capacity;
};

/*
 * Reads a form.  With ADDRESS_NETMASK to ADDRESS_MAPPED, *form is what was meant; with
 * other faults it is left alone.
 */
enum address_fault address_parse(const char *text, size_t length,
				 struct address_form *form) ALL_NONNULL MUST_USE;

/* Reports a fault with what was meant (ADDRESS_NETMASK to ADDRESS_MAPPED); false. */
bool address_refuse(struct loader *loader, const struct address_text *text,
		    enum address_fault fault, const struct address_form *meant);

/* Adds a form to the addresses of its family, or of both. */
void address_push(struct arena *arena, const struct address_form *form,
		  struct ranges addresses[FAMILY_COUNT]) ALL_NONNULL;

/* "192.0.2.0/24" and so on, as nft writes it. */
const char *address_words(struct arena *arena,
			  const struct address_form *form) ALL_NONNULL RETURNS_NONNULL;

/* An address form, or a list of these, into struct placed_forms. */
item_read read_addresses;
/* The same for a machine: single addresses that one machine alone can have. */
item_read read_machine_addresses;
