/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expectations: a packet stands for all addresses and ports that its words mean, and
 * the rules of a host for those that they let pass; sets of addresses decide.
 *
 * A packet with both ends on the host itself goes over the loopback, which always
 * passes: to refuse it is not expected.  What is neither from nor to the host would be
 * forwarded.
 */
#include <string.h>

#include "compile/expect.h"
#include "compile/permit.h"
#include "site/names.h"

enum { SHOWN_RANGES = 4, SHOWN_NOTES = 4 };

/* The ways that a packet takes through a host. */
enum way { WAY_IN, WAY_OUT, WAY_FORWARD, WAY_COUNT };

struct question {
	struct passage passage;
	struct diags *diags;
	unsigned notes;
	bool failed;
};

static enum verdict_policy policy_of(const struct question *question, enum way way)
{
	const struct policy *policy = &question->passage.expectation->host->policy;

	switch (way) {
	case WAY_IN:
		return policy->inbound;
	case WAY_OUT:
		return policy->outbound;
	case WAY_FORWARD:
	case WAY_COUNT:
		break;
	}
	return policy->forward;
}

/* ---- messages ---- */

static void fail(struct question *question)
{
	const struct expectation *expectation = question->passage.expectation;

	if (question->failed)
		return;
	question->failed = true;
	diag_error(question->diags, DIAG_EXPECT, expectation->packet.span,
		   "\"%s\" is not %s on host \"%s\"", expectation->packet.text,
		   expectation->kind == EXPECT_ACCEPT ? "accepted" : "refused",
		   expectation->host->name.text);
}

/* Whether one more note helps. */
static bool may_note(struct question *question)
{
	return question->notes++ < SHOWN_NOTES;
}

static const char *ranges_words(struct arena *arena, const struct ranges *ranges)
{
	struct buffer words AUTO_BUFFER = { 0 };

	buffer_text(&words, "");
	for (size_t i = 0; i < ranges->count && i < SHOWN_RANGES; i++) {
		buffer_text(&words, i ? ", " : "");
		range_print(&words, range_low(ranges, i), range_high(ranges, i),
			    ranges->width);
	}
	if (ranges->count > SHOWN_RANGES)
		buffer_format(&words, " and %zu more", ranges->count - SHOWN_RANGES);
	return arena_copy(arena, words.data, words.length);
}

/* ---- accept ---- */

/* `port`: the source port that it is about; 0: all that are meant. */
static void note_uncovered(struct question *question, enum way way,
			   const struct ranges *rest, uint16_t port)
{
	const char *words = ranges_words(question->passage.arena, rest);
	const char *host = question->passage.expectation->host->name.text;

	fail(question);
	if (!may_note(question))
		return;
	if (port)
		words = arena_format(question->passage.arena, "%s, source port %u",
				     words, (unsigned)port);
	if (way == WAY_IN)
		diag_note(question->diags, (struct span){ 0 },
			  "%s: not let in by any flow", words);
	else if (way == WAY_OUT)
		diag_note(question->diags, (struct span){ 0 },
			  "%s: not reached by any flow", words);
	else
		diag_note(question->diags, (struct span){ 0 },
			  "%s: neither from nor to \"%s\", which forwards nothing",
			  words, host);
}

/* What of `far` no permit takes, for packets to `group` (or none) from `port`. */
static struct ranges uncovered(const struct question *question,
			       const struct permits *permits, const struct ranges *far,
			       const uint8_t *group, uint16_t port)
{
	struct ranges rest = *far;

	for (size_t i = 0; i < permits->count && rest.count; i++) {
		const struct permit *permit = &permits->items[i];

		if (port < permit->first || port > permit->last)
			continue;
		if (permit->group &&
		    (!group || memcmp(permit->group, group, rest.width) != 0))
			continue;
		if (!permit->far)
			return (struct ranges){ .width = rest.width };
		rest = ranges_subtract(question->passage.arena, &rest, permit->far);
	}
	return rest;
}

static bool has_source_ports(const struct permits *permits)
{
	for (size_t i = 0; i < permits->count; i++)
		if (permits->items[i].first > PORT_FIRST ||
		    permits->items[i].last < PORT_LAST)
			return true;
	return false;
}

/* The same for every source port that is meant: only where a permit begins or ends. */
static bool check_ports(struct question *question, const struct permits *permits,
			enum way way, const struct ranges *far, const uint8_t *group)
{
	uint16_t only = question->passage.expectation->source.port;
	uint16_t port = only ? only : PORT_FIRST;
	struct ranges rest = uncovered(question, permits, far, group, port);

	for (size_t i = 0; !only && !rest.count && i < permits->count; i++) {
		const struct permit *permit = &permits->items[i];

		if (permit->first > PORT_FIRST) {
			port = permit->first;
			rest = uncovered(question, permits, far, group, port);
		}
		if (!rest.count && permit->last < PORT_LAST) {
			port = (uint16_t)(permit->last + 1);
			rest = uncovered(question, permits, far, group, port);
		}
	}
	if (!rest.count)
		return true;
	note_uncovered(question, way, &rest,
		       only || !has_source_ports(permits) ? 0 : port);
	return false;
}

static struct ranges one_address(struct arena *arena, enum family family,
				 const uint8_t *address)
{
	struct ranges one = ranges_empty(family);

	ranges_push(arena, &one, address, address);
	return one;
}

/* Packets that come in: those to a group are let in by more flows than the others. */
static void accept_in(struct question *question, const struct ways *ways)
{
	struct permits permits =
		permits_find(&question->passage, DIRECTION_IN, ways->family);
	struct ranges others = ways->local;

	if (!ways->foreign.count)
		return;
	for (size_t i = 0; i < permits.count; i++) {
		const uint8_t *group = permits.items[i].group;
		struct ranges one;

		if (!group || !ranges_contain(&others, group))
			continue;
		one = one_address(question->passage.arena, ways->family, group);
		others = ranges_subtract(question->passage.arena, &others, &one);
		if (!check_ports(question, &permits, WAY_IN, &ways->foreign, group))
			return;
	}
	if (others.count)
		check_ports(question, &permits, WAY_IN, &ways->foreign, NULL);
}

/* To a group goes what goes to its address: a far end like any other. */
static void accept_out(struct question *question, const struct ways *ways)
{
	struct permits permits =
		permits_find(&question->passage, DIRECTION_OUT, ways->family);

	for (size_t i = 0; i < permits.count; i++) {
		struct permit *permit = &permits.items[i];
		struct ranges *one;

		if (!permit->group)
			continue;
		one = arena_alloc(question->passage.arena, sizeof(*one));
		*one = one_address(question->passage.arena, ways->family,
				   permit->group);
		permit->far = one;
		permit->group = NULL;
	}
	if (ways->own.count)
		check_ports(question, &permits, WAY_OUT, &ways->remote, NULL);
}

static void check_accepted(struct question *question, const struct ways *ways)
{
	if (policy_of(question, WAY_IN) != POLICY_ACCEPT)
		accept_in(question, ways);
	if (policy_of(question, WAY_OUT) != POLICY_ACCEPT)
		accept_out(question, ways);
	if (policy_of(question, WAY_FORWARD) != POLICY_ACCEPT && ways->foreign.count &&
	    ways->elsewhere.count)
		note_uncovered(question, WAY_FORWARD, &ways->elsewhere, 0);
}

/* ---- refuse ---- */

static void note_permit(struct question *question, const struct permit *permit,
			const struct ranges *passing)
{
	const char *words = ranges_words(question->passage.arena, passing);
	const struct policy *policy = &question->passage.expectation->host->policy;

	fail(question);
	if (!may_note(question))
		return;
	if (!permit->grant)
		diag_note(question->diags, policy->span,
			  "\"dhcp-client\" lets it pass: %s", words);
	else if (permit->grant->direction == DIRECTION_IN)
		diag_note(question->diags, permit->grant->flow->local_id.span,
			  "the flow \"%s\" lets it in from %s", permit->grant->flow->id,
			  words);
	else
		diag_note(question->diags, permit->grant->flow->local_id.span,
			  "the flow \"%s\" lets it out to %s", permit->grant->flow->id,
			  words);
}

/* The addresses of the far end that the permit takes, when it takes any packet. */
static struct ranges passing(const struct question *question,
			     const struct permit *permit, const struct ways *ways,
			     bool inbound)
{
	const struct ranges *far = inbound ? &ways->foreign : &ways->remote;
	const struct ranges *near = inbound ? &ways->local : &ways->own;
	struct ranges one;

	if (!near->count ||
	    (inbound && permit->group && !ranges_contain(near, permit->group)))
		return ranges_empty(ways->family);
	if (!inbound && permit->group) {
		one = one_address(question->passage.arena, ways->family, permit->group);
		return ranges_both(question->passage.arena, far, &one);
	}
	return permit->far ? ranges_both(question->passage.arena, far, permit->far)
			   : *far;
}

static void refuse_permits(struct question *question, const struct ways *ways,
			   enum direction direction)
{
	struct permits permits =
		permits_find(&question->passage, direction, ways->family);

	for (size_t i = 0; i < permits.count && question->notes <= SHOWN_NOTES; i++) {
		const struct permit *permit = &permits.items[i];
		struct ranges found =
			passing(question, permit, ways, direction == DIRECTION_IN);

		if (found.count)
			note_permit(question, permit, &found);
	}
}

/* Packets that no flow speaks of, and that the policy lets pass all the same. */
static void refuse_policy(struct question *question, const struct ways *ways,
			  enum way way)
{
	static const char *const keys[WAY_COUNT] = {
		[WAY_IN] = "inbound",
		[WAY_OUT] = "outbound",
		[WAY_FORWARD] = "forward",
	};
	bool foreign = way != WAY_OUT;
	const struct ranges *from = foreign ? &ways->foreign : &ways->own;
	const struct ranges *to = way == WAY_IN    ? &ways->local
				  : way == WAY_OUT ? &ways->remote
						   : &ways->elsewhere;

	if (policy_of(question, way) != POLICY_ACCEPT || !from->count || !to->count)
		return;
	fail(question);
	if (may_note(question))
		diag_note(question->diags,
			  question->passage.expectation->host->policy.span,
			  "the policy accepts what no flow speaks of: %s = \"accept\"",
			  keys[way]);
}

static void check_refused(struct question *question, const struct ways *ways)
{
	refuse_permits(question, ways, DIRECTION_IN);
	refuse_permits(question, ways, DIRECTION_OUT);
	for (enum way way = 0; way < WAY_COUNT; way++)
		refuse_policy(question, ways, way);
}

/* Refusing what never leaves the host is beyond any rule. */
static bool is_loopback(const struct ways *ways)
{
	return !ways->foreign.count && !ways->remote.count;
}

/* ---- expectations ---- */

/* Grants are found once for a host. */
static const struct grants *grants_find(struct arena *arena, struct names *known,
					const struct site *site,
					const struct actor *host)
{
	struct grants *grants = names_find(known, host->name.text);
	struct grant_sets sets = { 0 };

	if (grants)
		return grants;
	grants = arena_alloc(arena, sizeof(*grants));
	grants_of_host(arena, site, host, grants, &sets);
	names_add(arena, known, host->name.text, grants);
	return grants;
}

static bool expectation_check(struct question *question)
{
	const struct expectation *expectation = question->passage.expectation;
	bool only_loopback = true;

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct ways ways;

		if (!expectation->source.addresses[family].count ||
		    !expectation->destination.addresses[family].count)
			continue;
		ways = ways_of(&question->passage, family);
		only_loopback &= is_loopback(&ways);
		if (expectation->kind == EXPECT_ACCEPT)
			check_accepted(question, &ways);
		else
			check_refused(question, &ways);
	}
	if (expectation->kind == EXPECT_REFUSE && only_loopback) {
		fail(question);
		diag_note(question->diags, (struct span){ 0 },
			  "what a host sends to itself always passes");
	}
	return !question->failed;
}

bool expectations_check(const struct site *site, struct diags *diags)
{
	AUTO(arena) struct arena *shared = arena_new();
	struct names known = { 0 };
	bool good = true;

	for (size_t i = 0; i < site->expectations.count; i++) {
		/* sets may be large: each expectation's are given back behind it */
		AUTO(arena) struct arena *own = arena_new();
		const struct expectation *expectation = site->expectations.items[i];
		struct question question = {
			.passage = { .arena = own,
				     .expectation = expectation,
				     .grants = grants_find(shared, &known, site,
							   expectation->host) },
			.diags = diags,
		};

		good &= expectation_check(&question);
	}
	return good;
}
