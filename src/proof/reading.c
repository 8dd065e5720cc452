/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a site says of all packets of one host: flows, needs, policy, interfaces. */
#include <string.h>

#include "proof/reading.h"

#define CLOSED (1u << OUTCOME_DROP)
#define PASSED (1u << 7) /* on to what is asked next */

enum { NAME_BITS = 120 };

const struct node *reading_terminal(struct reading *reading, uint32_t bits)
{
	return diagram_terminal(reading->diagram, bits);
}

const struct node *reading_either(struct reading *reading, const struct node *a,
				  const struct node *b)
{
	return diagram_follow(reading->diagram, a, NOT_PERMITTED, b);
}

const struct node *reading_range(struct reading *reading, enum variable variable,
				 uint64_t low, uint64_t high, const struct node *inside)
{
	struct interval interval = { value_of(low), value_of(high) };

	return diagram_choose(reading->diagram, variable,
			      (struct intervals){ &interval, 1 }, inside,
			      reading_terminal(reading, NOT_PERMITTED));
}

const struct node *reading_addresses(struct reading *reading, enum variable variable,
				     const struct ranges *ranges,
				     const struct node *inside)
{
	struct diagram *diagram = reading->diagram;
	const struct node *outside = reading_terminal(reading, NOT_PERMITTED);
	size_t width = ranges->width;
	size_t begun = diagram_begin(diagram, 2 * ranges->count + 1);
	struct value last = variable_last(variable), high = { 0, 0 };

	for (size_t i = 0; i < ranges->count; i++) {
		struct value low = value_load(range_low(ranges, i), width);

		if (!value_is_zero(low))
			diagram_edge(diagram, begun, value_before(low), outside);
		high = value_load(range_high(ranges, i), width);
		diagram_edge(diagram, begun, high, inside);
	}
	if (!ranges->count || value_compare(high, last) < 0)
		diagram_edge(diagram, begun, last, outside);
	return diagram_end(diagram, begun, variable);
}

/* ---- interfaces ---- */

/* The names that a word stands for: one, or with a "*" all that begin so. */
static struct interval names_of(const char *word)
{
	size_t length = strlen(word);
	char plain[16] = { 0 };
	struct interval interval;
	bool any_ending = length && word[length - 1] == '*';
	unsigned rest;

	memcpy(plain, word, length - any_ending < 15 ? length - any_ending : 15);
	interval.low = interval.high = value_of_name(plain);
	if (!any_ending)
		return interval;
	rest = NAME_BITS - 8 * (unsigned)(length - 1);
	if (rest >= 64) {
		interval.high.low = UINT64_MAX;
		rest -= 64;
		interval.high.high |= rest ? UINT64_MAX >> (64 - rest) : 0;
	} else {
		interval.high.low |= UINT64_MAX >> (64 - rest);
	}
	return interval;
}

static const struct node *on_interface(struct reading *reading, enum variable variable,
				       const char *word, uint32_t inside,
				       uint32_t outside)
{
	struct interval interval = names_of(word);

	return diagram_choose(
		reading->diagram, variable, (struct intervals){ &interval, 1 },
		reading_terminal(reading, inside), reading_terminal(reading, outside));
}

/* `node` on one of the interfaces, elsewhere `outside`. */
static const struct node *on_interfaces(struct reading *reading, enum variable variable,
					const struct words *words,
					const struct node *node,
					const struct node *outside)
{
	const struct node *which = reading_terminal(reading, NOT_PERMITTED);

	for (size_t i = 0; i < words->count; i++)
		which = reading_either(reading, which,
				       on_interface(reading, variable,
						    words->items[i].text, PASSED,
						    NOT_PERMITTED));
	which = diagram_follow(reading->diagram, which, NOT_PERMITTED, outside);
	return diagram_follow(reading->diagram, which, PASSED, node);
}

/* ---- ways ---- */

static uint32_t bits_of(enum verdict_policy verdict)
{
	static const enum outcome outcomes[] = {
		[POLICY_DROP] = OUTCOME_DROP,
		[POLICY_REJECT] = OUTCOME_REJECT,
		[POLICY_ACCEPT] = OUTCOME_ACCEPT,
	};

	return 1u << outcomes[verdict];
}

/* New packets from or to the host, by its flows and by what it needs. */
static const struct node *own_node(struct reading *reading, enum packet_way way,
				   enum family family)
{
	const struct actor *host = reading->host;
	const struct policy *policy = &host->policy;
	bool inbound = way == WAY_IN;
	enum variable interface = inbound ? VARIABLE_IIF : VARIABLE_OIF;
	const struct node *refused = reading_terminal(
		reading, bits_of(inbound ? policy->inbound : policy->outbound));
	const struct node *none = reading_terminal(reading, NOT_PERMITTED);
	const struct node *flows = reading->flows[!inbound][family], *node;

	if (host->management.count)
		flows = on_interfaces(reading, interface, &host->management, flows,
				      none);
	node = reading_either(reading, reading_needs(reading, way, family), flows);
	node = diagram_follow(reading->diagram, node, NOT_PERMITTED, refused);
	if (inbound && policy->anti_spoof)
		node = diagram_follow(reading->diagram,
				      reading_range(reading, VARIABLE_ROUTE_BACK, 0, 0,
						    reading_terminal(reading, CLOSED)),
				      NOT_PERMITTED, node);
	return diagram_follow(
		reading->diagram,
		on_interface(reading, interface, "lo", PERMITTED, NOT_PERMITTED),
		NOT_PERMITTED, node);
}

/* By the state first: of new packets more is asked. */
static const struct node *way_node(struct reading *reading, enum packet_way way,
				   enum connection_state state, enum family family)
{
	enum verdict_policy forward = reading->host->policy.forward;

	if (way == WAY_THROUGH && forward == POLICY_ACCEPT)
		return reading_terminal(reading, PERMITTED);
	if (state == STATE_INVALID)
		return reading_terminal(reading, CLOSED);
	if (state == STATE_ESTABLISHED || state == STATE_RELATED)
		return reading_terminal(reading, PERMITTED);
	if (way == WAY_THROUGH)
		return reading_terminal(reading, bits_of(forward));
	return own_node(reading, way, family);
}

/* Mirrored traffic ends where it comes in, and nothing goes out there. */
static const struct node *past_monitors(struct reading *reading, enum packet_way way,
					const struct node *node)
{
	const struct words *monitor = &reading->host->monitor;
	const struct node *closed = reading_terminal(reading, CLOSED);

	if (!monitor->count)
		return node;
	if (way != WAY_OUT)
		node = on_interfaces(reading, VARIABLE_IIF, monitor, closed, node);
	if (way != WAY_IN)
		node = on_interfaces(reading, VARIABLE_OIF, monitor, closed, node);
	return node;
}

void reading_begin(struct reading *reading)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		reading->flows[0][family] = reading_flows(reading, WAY_IN, family);
		reading->flows[1][family] = reading_flows(reading, WAY_OUT, family);
	}
}

void reading_make(struct reading *reading, enum packet_way way,
		  enum connection_state state, struct traffic *traffic)
{
	*traffic = (struct traffic){ .way = way, .state = state };
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		traffic->outcomes[family] = past_monitors(
			reading, way, way_node(reading, way, state, family));
}
