/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cut path in words: what would be cut, by which rule, and what keeps it. */
#include <string.h>

#include "guard/address.h"
#include "guard/check.h"
#include "guard/path.h"

/* Ranges of peers that a message shows; more are counted. */
enum { RANGES_SHOWN = 3 };

static const struct span nowhere;

static const char *copy_words(struct diags *diags, const struct buffer *words)
{
	return words->length ? arena_copy(diags->arena, words->data, words->length)
			     : "";
}

/* A name from a rule set that may be live, in double quotes. */
static const char *quoted(struct diags *diags, const char *name)
{
	struct buffer words AUTO_BUFFER = { 0 };

	buffer_char(&words, '"');
	buffer_printable(&words, name, strlen(name), '"');
	buffer_char(&words, '"');
	return copy_words(diags, &words);
}

static const char *address_text(struct diags *diags, enum family family,
				const uint8_t *address)
{
	struct buffer words AUTO_BUFFER = { 0 };

	range_print(&words, address, address, family_widths[family]);
	return copy_words(diags, &words);
}

/* ---- what is cut ---- */

static void report_error(const struct cut *cut, struct diags *diags)
{
	const char *words = path_words(diags->arena, cut->path);

	if (cut->kind == CUT_TOO_MANY)
		diag_error(diags, DIAG_LOCKOUT, nowhere,
			   "whether the new rules would cut %s is not known", words);
	else if (cut->kind == CUT_BY_RULES && cut->outcome == OUTCOME_UNKNOWN)
		diag_error(diags, DIAG_LOCKOUT, nowhere,
			   "the new rules may cut %s: a part that rolewall does not "
			   "understand decides",
			   words);
	else
		diag_error(diags, DIAG_LOCKOUT, nowhere, "the new rules would cut %s",
			   words);
}

static void note_peers(const struct cut *cut, struct diags *diags)
{
	struct buffer words AUTO_BUFFER = { 0 };
	const struct ranges *peers = &cut->peers;

	if (!peers->count || cut->all_peers)
		return;
	for (size_t i = 0; i < peers->count && i < RANGES_SHOWN; i++) {
		buffer_text(&words, i ? ", " : "");
		range_print(&words, range_low(peers, i), range_high(peers, i),
			    peers->width);
	}
	if (peers->count > RANGES_SHOWN)
		buffer_format(&words, " and %zu more", peers->count - RANGES_SHOWN);
	diag_note(diags, nowhere, "not all of it is cut, but: %s", words.data);
}

/* ---- by which rule ---- */

static const char *rule_words(const struct passage *decider, struct diags *diags)
{
	const struct chain *chain = decider->chain;
	const char *name = quoted(diags, chain->name);

	if (!decider->rule)
		return arena_format(diags->arena, "the policy of chain %s", name);
	if (decider->rule->comment)
		return arena_format(diags->arena, "rule %s of chain %s",
				    quoted(diags, decider->rule->comment), name);
	return arena_format(diags->arena, "rule %zu of chain %s",
			    (size_t)(decider->rule - chain->rules) + 1, name);
}

/* "a new connection from 198.51.100.7 to 192.0.2.11 by "eth0"". */
static const char *packet_words(const struct cut *cut, struct diags *diags)
{
	const struct packet *packet = &cut->packet;
	bool comes = packet->way == WAY_IN;
	uint16_t port = comes ? packet->source_port : packet->destination_port;
	const uint8_t *peer = comes ? packet->source : packet->destination;
	const uint8_t *own = comes ? packet->destination : packet->source;
	const char *from = "";

	if (cut->path->has_peers)
		from = arena_format(
			diags->arena, " from %s%s",
			address_text(diags, packet->family, peer),
			cut->some_ports
				? arena_format(diags->arena, " port %u", (unsigned)port)
				: "");
	return arena_format(diags->arena, "%s%s to %s by %s",
			    comes ? "a new connection"
				  : "the answer to a new connection",
			    from, address_text(diags, packet->family, own),
			    quoted(diags, comes ? packet->iifname : packet->oifname));
}

static void note_decider(const struct cut *cut, struct diags *diags)
{
	static const char *const words[OUTCOME_COUNT] = {
		[OUTCOME_ACCEPT] = "accepted",
		[OUTCOME_DROP] = "dropped",
		[OUTCOME_REJECT] = "rejected",
		[OUTCOME_UNKNOWN] = "decided",
	};
	const struct passage *decider = &cut->decider;
	struct span place = nowhere;

	if (decider->rule)
		place = decider->rule->origin;
	else if (decider->chain)
		place = decider->chain->origin;
	diag_note(diags, place, "%s is %s by %s", packet_words(cut, diags),
		  words[cut->outcome],
		  decider->chain ? rule_words(decider, diags)
				 : "a part that is not rolewall's");
}

/* ---- what keeps it ---- */

/* Flows pass on the management interfaces; on monitoring ports, nothing does. */
static void note_interface(const struct cut *cut, struct diags *diags)
{
	const struct table *table = cut->decider.table;
	bool comes = cut->packet.way == WAY_IN;
	const char *name =
		quoted(diags, comes ? cut->packet.iifname : cut->packet.oifname);

	if (table && table->family == TABLE_NETDEV)
		diag_note(diags, nowhere,
			  "nothing passes on a monitoring port: take %s out of "
			  "\"monitor\" in the host's \"interfaces\"",
			  name);
	else if (cut->off_management)
		diag_note(diags, nowhere,
			  "flows pass on the management interfaces alone: add %s to "
			  "\"management\" in the host's \"interfaces\"",
			  name);
}

static bool knows_family(const struct ruleset *ruleset, enum family family)
{
	const struct table *table = ruleset_table(ruleset, TABLE_INET);
	enum datatype type =
		family == FAMILY_IP4 ? DATATYPE_IP4_ADDRESS : DATATYPE_IP6_ADDRESS;

	for (size_t i = 0; table && i < table->set_count; i++)
		if (table->sets[i].types[0] == type && !table->sets[i].dynamic)
			return true;
	return false;
}

/* Flows of a host are made for the families of its addresses in the site. */
static void note_family(const struct ruleset *ruleset, const struct cut *cut,
			struct diags *diags)
{
	const struct packet *packet = &cut->packet;

	if (cut->kind != CUT_BY_RULES || knows_family(ruleset, packet->family))
		return;
	diag_note(diags, nowhere,
		  "and the host's \"addresses\" have to hold one of %s, like \"%s\"",
		  family_words[packet->family],
		  address_text(diags, packet->family,
			       packet->way == WAY_IN ? packet->destination
						     : packet->source));
}

/* The lines of a site; names that nobody is likely to have given yet. */
static void note_lines(const struct ruleset *ruleset, const struct cut *cut,
		       unsigned ordinal, struct diags *diags)
{
	const struct path *path = cut->path;
	const char *protocol = path_protocol_find(path->protocol)->name;
	const char *name = arena_format(diags->arena, "keep-%s-%u", protocol,
					(unsigned)path->port);

	if (ordinal > 1)
		name = arena_format(diags->arena, "%s-%u", name, ordinal);
	if (path->has_peers)
		diag_note(diags, nowhere,
			  "to keep it, add to the site's \"peers\": "
			  "{ name = \"%s\"; addresses = [ \"%s\" ]; }",
			  name, path_peers(diags->arena, path));
	diag_note(diags, nowhere,
		  "%s \"flows\": "
		  "{ id = \"%s\"; from = \"%s\"; to = %s; %s = %u; }",
		  path->has_peers ? "and to its" : "to keep it, add to the site's",
		  name, path->has_peers ? name : "any",
		  ruleset->host ? quoted(diags, ruleset->host) : "\"HOST\"", protocol,
		  (unsigned)path->port);
}

static void note_address(const struct cut *cut, struct diags *diags)
{
	if (cut->path->has_peers)
		diag_note(diags, nowhere,
			  "this host has no %s address that it could come to",
			  family_words[cut->path->family]);
	else
		diag_note(diags, nowhere,
			  "this host has no address that it could come to");
}

void cut_report(const struct ruleset *ruleset, const struct cut *cut, unsigned ordinal,
		struct diags *diags)
{
	report_error(cut, diags);
	if (cut->kind == CUT_NO_ADDRESS) {
		note_address(cut, diags);
	} else if (cut->kind == CUT_TOO_MANY) {
		diag_note(diags, nowhere,
			  "the rules tell too many of its addresses apart to try them "
			  "all: protect a smaller part");
	} else {
		note_peers(cut, diags);
		note_decider(cut, diags);
		note_interface(cut, diags);
		note_lines(ruleset, cut, ordinal, diags);
		note_family(ruleset, cut, diags);
	}
	diag_note(diags, nowhere,
		  "--force applies it all the same; the deadline then brings the old "
		  "rules back");
}
