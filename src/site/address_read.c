/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address forms in a site's text: those of a peer, and those that a machine can have.
 */
#include <string.h>

#include "site/addresses.h"

static struct address_text text_of(const struct value *value)
{
	return (struct address_text){ .text = value->text,
				      .length = strlen(value->text),
				      .span = value->span };
}

static bool parse_value(struct loader *loader, const struct value *value,
			struct address_form *form)
{
	struct address_text text = text_of(value);
	enum address_fault fault = address_parse(text.text, text.length, form);

	return fault == ADDRESS_GOOD || address_refuse(loader, &text, fault, form);
}

static bool push_address(struct loader *loader, const struct item *item,
			 const struct value *value, void *member)
{
	struct placed_form placed = { .span = value->span };

	(void)item;
	if (value->kind != VALUE_TEXT)
		return type_error(loader, value,
				  "an address form like \"192.0.2.0/24\"");
	if (value->broken || !parse_value(loader, value, &placed.form))
		return false;
	LIST_PUSH(loader->arena, (struct placed_forms *)member, placed);
	return true;
}

bool read_addresses(struct loader *loader, const struct item *item,
		    const struct value *value, void *member)
{
	return each_member(loader, item, value, push_address, member);
}

/* ---- machines ---- */

static bool is_one(const struct address_form *form)
{
	return form->kind != ADDRESS_ANY &&
	       !memcmp(form->low, form->high, family_widths[form->family]);
}

/* Whether a text is one address with a prefix length, as `ip address` prints it. */
static bool is_interface_address(const struct value *value, size_t *length,
				 struct address_form *form)
{
	const char *slash = strchr(value->text, '/');

	*length = slash ? (size_t)(slash - value->text) : 0;
	return slash && !slash[strspn(slash, "/0123456789")] &&
	       address_parse(value->text, *length, form) == ADDRESS_GOOD;
}

static bool several_error(struct loader *loader, const struct value *value)
{
	struct address_form form;
	size_t length;

	diag_error(loader->diags, DIAG_ADDRESS, value->span,
		   "\"%s\" is more than one address: a host is one machine",
		   shown(loader, value->text));
	if (is_interface_address(value, &length, &form))
		diag_note(loader->diags, (struct span){ 0 },
			  "write the machine's own address, without the length of its "
			  "network; many machines are a peer");
	else
		diag_note(loader->diags, (struct span){ 0 },
			  "give each machine a host of its own, or make them a peer");
	return false;
}

/* What no machine has for itself; NULL: nothing of that kind. */
static const char *special_words(const struct address_form *form)
{
	static const uint8_t zeros[16], ones[4] = { 0xff, 0xff, 0xff, 0xff };
	static const uint8_t loopback[16] = { [15] = 1 };
	uint8_t first = form->low[0];
	bool is_ip4 = form->family == FAMILY_IP4;

	if (!memcmp(form->low, zeros, family_widths[form->family]))
		return "stands for no address at all";
	if (is_ip4 ? first == 127 : !memcmp(form->low, loopback, sizeof(loopback)))
		return "is the loopback, which every machine has";
	if (is_ip4 ? first >= 224 && first < 240 : first == 0xff)
		return "is a multicast address";
	if (is_ip4 && !memcmp(form->low, ones, sizeof(ones)))
		return "is the broadcast address";
	return NULL;
}

/* "192.0.2.11/24": as a prefix it has host bits, but the machine is meant. */
static bool is_machine_in_network(const struct value *value, struct address_form *form)
{
	struct address_form whole;
	size_t length;

	return is_interface_address(value, &length, form) &&
	       address_parse(value->text, strlen(value->text), &whole) ==
		       ADDRESS_HOST_BITS;
}

static bool push_machine_address(struct loader *loader, const struct item *item,
				 const struct value *value, void *member)
{
	struct placed_form placed = { .span = value->span };
	const char *special;

	if (value->kind != VALUE_TEXT)
		return type_error(loader, value, "an address like \"192.0.2.1\"");
	if (value->broken)
		return false;
	if (is_machine_in_network(value, &placed.form)) {
		diag_error(loader->diags, DIAG_ADDRESS, value->span,
			   "\"%s\" has a prefix length: the \"%s\" of a host are "
			   "single ones",
			   value->text, item->key);
		diag_note(loader->diags, (struct span){ 0 }, "did you mean \"%s\"?",
			  address_words(loader->arena, &placed.form));
		return false;
	}
	if (!parse_value(loader, value, &placed.form))
		return false;
	if (!is_one(&placed.form))
		return several_error(loader, value);
	special = special_words(&placed.form);
	if (special)
		return diag_error(loader->diags, DIAG_ADDRESS, value->span,
				  "\"%s\" %s: a host needs one of its own", value->text,
				  special);
	LIST_PUSH(loader->arena, (struct placed_forms *)member, placed);
	return true;
}

bool read_machine_addresses(struct loader *loader, const struct item *item,
			    const struct value *value, void *member)
{
	return each_member(loader, item, value, push_machine_address, member);
}
