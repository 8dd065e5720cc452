/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets in words: PROTOCOL SOURCE[:PORT] DESTINATION[:PORT]. */
#include <string.h>

#include "base/text.h"
#include "site/addresses.h"
#include "site/flow.h"
#include "site/packet.h"

enum { PART_PROTOCOL, PART_SOURCE, PART_DESTINATION, PART_COUNT };

enum { PORT_MAX = 65535 };

/* ---- the sides ---- */

/* [ADDRESS] or [ADDRESS]:PORT; false when it has another form. */
static bool split_brackets(const struct part *side, struct part *name,
			   struct part *port)
{
	const char *end = side->text + side->length;
	const char *close = memchr(side->text, ']', side->length);

	if (!close || (close + 1 != end && close[1] != ':'))
		return false;
	name->text = side->text + 1;
	name->length = (size_t)(close - name->text);
	if (close + 1 != end)
		*port = (struct part){ close + 2, (size_t)(end - close - 2) };
	return true;
}

/* ADDRESS or NAME, either with :PORT; an IPv6 address with a port needs brackets. */
static void split_colon(const struct part *side, struct part *name, struct part *port)
{
	struct address_form form;
	const char *end = side->text + side->length;
	const char *colon = memrchr(side->text, ':', side->length);

	*name = *side;
	if (!colon || address_parse(side->text, side->length, &form) == ADDRESS_GOOD)
		return;
	name->length = (size_t)(colon - side->text);
	*port = (struct part){ colon + 1, (size_t)(end - colon - 1) };
}

static bool read_side_port(const struct packet_reader *reader, const struct part *port,
			   enum transport transport, struct expect_side *side)
{
	struct diags *diags = reader->loader->diags;
	uint64_t number;

	side->port = 0;
	if (!port->text)
		return true;
	if (!text_number(port->text, port->length, PORT_MAX, &number) || !number)
		return diag_error(
			diags, DIAG_VALUE, reader->span,
			"\"%s\" is not a port: expected 1 to %d",
			shown(reader->loader, arena_copy(reader->loader->arena,
							 port->text, port->length)),
			PORT_MAX);
	if (!transport_has_ports(transport))
		return diag_error(diags, DIAG_CONFLICT, reader->span,
				  "only tcp, udp and sctp have ports");
	side->port = (uint16_t)number;
	return true;
}

static void side_push_all(struct arena *arena, struct expect_side *side,
			  const struct actor *actor)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &actor->addresses[family];

		for (size_t i = 0; i < ranges->count; i++)
			ranges_push(arena, &side->addresses[family],
				    range_low(ranges, i), range_high(ranges, i));
	}
}

static struct expect_side side_empty(void)
{
	struct expect_side side = { 0 };

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		side.addresses[family] = ranges_empty(family);
	return side;
}

/* All addresses of all that play the role, or of the host or peer. */
static struct expect_side side_of_name(const struct packet_reader *reader,
				       const char *name, const struct named *named)
{
	struct arena *arena = reader->loader->arena;
	const struct site *site = reader->site;
	struct expect_side side = side_empty();
	struct end end = { .role = named->role, .actor = named->actor };

	if (named->actor && named->actor->kind == ACTOR_ANY) {
		struct address_form any = { .kind = ADDRESS_ANY };

		address_push(arena, &any, side.addresses);
		return side;
	}
	end.name.text = name;
	for (size_t i = 0; i < site->actors.count; i++)
		if (actor_plays(site->actors.items[i], &end))
			side_push_all(arena, &side, site->actors.items[i]);
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		ranges_normalize(&side.addresses[family]);
	return side;
}

/* The same, found once for each name; NULL with a diagnostic. */
static const struct expect_side *side_find(struct packet_reader *reader,
					   const char *name, const struct named *named)
{
	struct loader *loader = reader->loader;
	struct expect_side *side = names_find(&reader->sides, name);

	if (!side) {
		side = arena_alloc(loader->arena, sizeof(*side));
		*side = side_of_name(reader, name, named);
		names_add(loader->arena, &reader->sides, name, side);
	}
	if (side->addresses[FAMILY_IP4].count || side->addresses[FAMILY_IP6].count)
		return side;
	if (!loader->uncertain)
		diag_error(loader->diags, DIAG_NOBODY, reader->span,
			   "nobody plays \"%s\": no packet is meant", name);
	return NULL;
}

static bool unknown_name(const struct packet_reader *reader, const char *name)
{
	struct loader *loader = reader->loader;

	if (!reader->asks && document_misses(loader, loader->scope))
		return false;
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, reader->span,
		   "no role, host or peer is called \"%s\"", shown(loader, name));
	note_nearest(loader, &loader->names, name);
	return false;
}

static bool read_address(const struct packet_reader *reader, const char *address,
			 struct expect_side *side)
{
	struct loader *loader = reader->loader;
	struct address_text text = { address, strlen(address), reader->span };
	struct address_form form;
	enum address_fault fault = address_parse(address, text.length, &form);

	if (fault != ADDRESS_GOOD)
		return address_refuse(loader, &text, fault, &form);
	*side = side_empty();
	address_push(loader->arena, &form, side->addresses);
	return true;
}

/* A name of the site's, or else an address. */
static bool read_name_or_address(struct packet_reader *reader, const char *text,
				 struct expect_side *side)
{
	struct loader *loader = reader->loader;
	const struct named *named = names_find(&loader->names, text);
	const struct expect_side *known;
	struct word word = { .text = text, .span = reader->span };
	struct address_form form;
	enum address_fault fault = address_parse(text, strlen(text), &form);

	if (named && fault == ADDRESS_GOOD && form.kind != ADDRESS_ANY)
		return diag_error(loader->diags, DIAG_CONFLICT, reader->span,
				  "\"%s\" is an address and a name of the site's",
				  text);
	if (!named && name_refused(loader, &word))
		return false;
	if (!named && fault == ADDRESS_NAME)
		return unknown_name(reader, text);
	if (!named)
		return read_address(reader, text, side);
	known = side_find(reader, text, named);
	if (known)
		*side = *known;
	return known != NULL;
}

static bool read_side(struct packet_reader *reader, const struct part *part,
		      enum transport transport, struct expect_side *side)
{
	struct arena *arena = reader->loader->arena;
	struct part name, port = { 0 };
	bool brackets = *part->text == '[';
	const char *text;

	if (!brackets)
		split_colon(part, &name, &port);
	else if (!split_brackets(part, &name, &port))
		return diag_error(reader->loader->diags, DIAG_VALUE, reader->span,
				  "\"%s\": expected [ADDRESS] or [ADDRESS]:PORT",
				  shown(reader->loader,
					arena_copy(arena, part->text, part->length)));
	text = arena_copy(arena, name.text, name.length);
	if (brackets ? !read_address(reader, text, side)
		     : !read_name_or_address(reader, text, side))
		return false;
	side->text = text;
	return read_side_port(reader, &port, transport, side);
}

/* ---- packets ---- */

static bool split_packet(const struct packet_reader *reader, const char *text,
			 struct part parts[PART_COUNT])
{
	size_t count = 0;

	for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");

		if (count < PART_COUNT)
			parts[count] = (struct part){ at, length };
		count++;
		at += length;
	}
	if (count == PART_COUNT)
		return true;
	diag_error(reader->loader->diags, DIAG_VALUE, reader->span,
		   "expected PROTOCOL SOURCE DESTINATION, found %zu word%s", count,
		   count == 1 ? "" : "s");
	diag_note(reader->loader->diags, (struct span){ 0 },
		  "source and destination take a port: \"tcp analysts sensor-1:22\"");
	return false;
}

/* ICMP is of one family: what its words mean in the other is no packet. */
static void drop_other_family(struct expectation *expectation)
{
	enum family other;

	if (expectation->transport != TRANSPORT_ICMP &&
	    expectation->transport != TRANSPORT_ICMPV6)
		return;
	other = expectation->transport == TRANSPORT_ICMP ? FAMILY_IP6 : FAMILY_IP4;
	expectation->source.addresses[other] = ranges_empty(other);
	expectation->destination.addresses[other] = ranges_empty(other);
}

static bool check_families(const struct packet_reader *reader,
			   const struct expectation *expectation)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (expectation->source.addresses[family].count &&
		    expectation->destination.addresses[family].count)
			return true;
	return diag_error(reader->loader->diags, DIAG_CONFLICT, reader->span,
			  "source and destination share no address family: there is no "
			  "such packet");
}

/* "accepted" speaks of all that the words mean: of every port it would never hold. */
static bool check_port(const struct packet_reader *reader,
		       const struct expectation *expectation)
{
	if (reader->asks || expectation->kind == EXPECT_REFUSE ||
	    expectation->destination.port ||
	    !transport_has_ports(expectation->transport))
		return true;
	return diag_error(reader->loader->diags, DIAG_MISSING, reader->span,
			  "expected the destination's port: %s to every port is never "
			  "accepted",
			  transport_names[expectation->transport]);
}

bool packet_read(struct packet_reader *reader, const struct word *packet,
		 struct expectation *expectation)
{
	struct part parts[PART_COUNT];
	bool good;

	reader->span = packet->span;
	if (!split_packet(reader, packet->text, parts) ||
	    !packet_read_protocol(reader, &parts[PART_PROTOCOL], expectation))
		return false;
	good = read_side(reader, &parts[PART_SOURCE], expectation->transport,
			 &expectation->source);
	good &= read_side(reader, &parts[PART_DESTINATION], expectation->transport,
			  &expectation->destination);
	drop_other_family(expectation);
	return good && check_families(reader, expectation) &&
	       check_port(reader, expectation);
}

/* ---- questions ---- */

static void add_name(struct loader *loader, const char *name, struct named named)
{
	struct named *kept = arena_alloc(loader->arena, sizeof(*kept));

	*kept = named;
	names_add(loader->arena, &loader->names, name, kept);
}

/* The names of a site that has been loaded. */
static void add_names(struct loader *loader, const struct site *site)
{
	struct actor *any = arena_alloc(loader->arena, sizeof(*any));

	any->kind = ACTOR_ANY;
	add_name(loader, "any", (struct named){ .actor = any });
	for (size_t i = 0; i < site->roles.count; i++)
		add_name(loader, site->roles.items[i]->name.text,
			 (struct named){ .role = site->roles.items[i] });
	for (size_t i = 0; i < site->actors.count; i++)
		add_name(loader, site->actors.items[i]->name.text,
			 (struct named){ .actor = site->actors.items[i] });
}

bool site_packet(struct arena *arena, const struct site *site, const char *text,
		 struct expectation *packet, struct diags *diags)
{
	struct loader loader = { .arena = arena, .diags = diags };
	struct packet_reader reader = { .loader = &loader, .site = site, .asks = true };
	struct expectation asked = { .packet.text = arena_string(arena, text),
				     .kind = EXPECT_NOTHING };

	add_names(&loader, site);
	if (!packet_read(&reader, &asked.packet, &asked))
		return false;
	*packet = asked;
	return true;
}
