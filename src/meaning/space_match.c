/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches as functions: a value of a field is an interval of a variable. */
#include <string.h>

#include "meaning/space_match.h"

enum { ROUTE_VALUES = 2, NAME_BYTES = 16 };

#define LOOPBACK "lo"

/* clang-format off */
/* VARIABLE_COUNT: the same for all packets at a place. */
static const enum variable field_variables[FIELD_COUNT] = {
	[FIELD_L4PROTO]          = VARIABLE_PROTOCOL,
	[FIELD_IIFNAME]          = VARIABLE_IIF,
	[FIELD_OIFNAME]          = VARIABLE_OIF,
	[FIELD_PKTTYPE]          = VARIABLE_PACKET_TYPE,
	[FIELD_IP_SADDR]         = VARIABLE_SOURCE_4,
	[FIELD_IP_DADDR]         = VARIABLE_DESTINATION_4,
	[FIELD_IP_TTL]           = VARIABLE_HOP_LIMIT,
	[FIELD_IP6_SADDR]        = VARIABLE_SOURCE_6,
	[FIELD_IP6_DADDR]        = VARIABLE_DESTINATION_6,
	[FIELD_IP6_HOPLIMIT]     = VARIABLE_HOP_LIMIT,
	[FIELD_TCP_SPORT]        = VARIABLE_SOURCE_PORT,
	[FIELD_TCP_DPORT]        = VARIABLE_DESTINATION_PORT,
	[FIELD_UDP_SPORT]        = VARIABLE_SOURCE_PORT,
	[FIELD_UDP_DPORT]        = VARIABLE_DESTINATION_PORT,
	[FIELD_SCTP_SPORT]       = VARIABLE_SOURCE_PORT,
	[FIELD_SCTP_DPORT]       = VARIABLE_DESTINATION_PORT,
	[FIELD_TH_SPORT]         = VARIABLE_SOURCE_PORT,
	[FIELD_TH_DPORT]         = VARIABLE_DESTINATION_PORT,
	[FIELD_ICMP_TYPE]        = VARIABLE_ICMP_TYPE,
	[FIELD_ICMPV6_TYPE]      = VARIABLE_ICMP_TYPE,
	[FIELD_FIB_SADDR_OIF]    = VARIABLE_ROUTE_BACK,
	[FIELD_NFPROTO]          = VARIABLE_COUNT,
	[FIELD_ETHER_PROTOCOL]   = VARIABLE_COUNT,
	[FIELD_CT_STATE]         = VARIABLE_COUNT,
};

/* clang-format on */

enum variable station_variable(const struct station *station, enum field field)
{
	if ((field == FIELD_IIFNAME && !station->has_iif) ||
	    (field == FIELD_OIFNAME && !station->has_oif))
		return VARIABLE_COUNT;
	return field_variables[field];
}

static const struct node *terminal(struct station *station, uint32_t bits)
{
	return diagram_terminal(station->space->diagram, bits);
}

static const struct node *follow(struct station *station, const struct node *first,
				 uint32_t bit, const struct node *second)
{
	return diagram_follow(station->space->diagram, first, bit, second);
}

void station_enter(struct station *station, const struct place *place)
{
	static const char *const any = "-";
	struct packet *packet = &station->packet;

	station->hook = place->hook;
	packet->iifname = packet->way == WAY_OUT ? "" : any;
	packet->oifname = packet->way == WAY_IN ? "" : any;
	packet->hop_limit = 2;
	registers_load(&station->registers, packet);
	registers_move(&station->registers, packet, place);
	station->has_iif = station->registers.values[FIELD_IIFNAME][0];
	station->has_oif = station->registers.values[FIELD_OIFNAME][0];
	station->is_forwarded =
		*station->registers.values[packet->family == FAMILY_IP4
						   ? FIELD_IP_TTL
						   : FIELD_IP6_HOPLIMIT] == 1;
	if (packet->way != WAY_OUT)
		packet->iifname = LOOPBACK;
	registers_load(&station->looped, packet);
	registers_move(&station->looped, packet, place);
}

/* ---- which packets have the fields ---- */

static const struct node *gate_make(struct station *station, const struct gate *gate)
{
	struct diagram *diagram = station->space->diagram;
	const struct family_fields *has = &station->space->fields[gate->family];
	size_t begun = diagram_begin(diagram, PROTOCOLS);

	for (unsigned p = 0; p < PROTOCOLS; p++) {
		/* a packet of no protocol has what every packet has here */
		uint32_t present = has->present[p] | station->registers.present;
		uint32_t doubtful = has->doubtful[p] | gate->state_doubtful;
		uint32_t bits = gate->wanted & ~present   ? ON_RULE
				: gate->wanted & doubtful ? gate->maybe
							  : LOOK;

		diagram_edge(diagram, begun, value_of(p), terminal(station, bits));
	}
	return diagram_end(diagram, begun, VARIABLE_PROTOCOL);
}

/* ON_RULE where a field is missing; else LOOK, or where one is not known `maybe`. */
static const struct node *gate(struct station *station, const enum field *fields,
			       size_t count, uint32_t maybe)
{
	struct space *space = station->space;
	struct gate made = { .family = station->family, .maybe = maybe };
	size_t i;

	for (i = 0; i < count; i++)
		made.wanted |= 1u << fields[i];
	made.state_doubtful = station->registers.doubtful & 1u << FIELD_CT_STATE;
	for (i = 0; i < space->gates.count; i++) {
		const struct gate *known = &space->gates.items[i];

		if (known->family == made.family && known->wanted == made.wanted &&
		    known->maybe == maybe &&
		    known->state_doubtful == made.state_doubtful)
			return known->node;
	}
	made.node = gate_make(station, &made);
	LIST_PUSH(space->arena, &space->gates, made);
	return made.node;
}

const struct node *station_presence(struct station *station, const enum field *fields,
				    size_t count)
{
	return follow(station, gate(station, fields, count, LOOK), LOOK,
		      terminal(station, ON_STEP));
}

const struct node *station_protocol(struct station *station, uint8_t protocol,
				    uint32_t inside, uint32_t outside)
{
	struct interval one = { value_of(protocol), value_of(protocol) };

	return diagram_choose(station->space->diagram, VARIABLE_PROTOCOL,
			      (struct intervals){ &one, 1 }, terminal(station, inside),
			      terminal(station, outside));
}

/* ---- intervals of a field ---- */

/* A number in the host's order, of which there are two. */
static bool route_interval(const uint8_t *low, const uint8_t *high,
			   struct interval *interval)
{
	bool found = false;

	for (uint32_t route = 0; route < ROUTE_VALUES; route++) {
		uint8_t bytes[16];

		datatype_put_number(DATATYPE_FIB_RESULT, route, bytes);
		if (memcmp(bytes, low, sizeof(route)) < 0 ||
		    memcmp(bytes, high, sizeof(route)) > 0)
			continue;
		if (!found)
			interval->low = value_of(route);
		interval->high = value_of(route);
		found = true;
	}
	return found;
}

/* Names of whose 16 bytes the last is zero: no interface has a longer one. */
static bool name_interval(const uint8_t *low, const uint8_t *high,
			  struct interval *interval)
{
	struct value last = variable_last(VARIABLE_IIF);

	interval->low = value_load(low, NAME_BYTES - 1);
	interval->high = value_load(high, NAME_BYTES - 1);
	if (low[NAME_BYTES - 1]) {
		if (value_compare(interval->low, last) == 0)
			return false;
		interval->low = value_next(interval->low);
	}
	return value_compare(interval->low, interval->high) <= 0;
}

/* The hop limits that packets had when they are asked one hop later; 0 stays 0. */
static bool hops_before(struct interval *interval)
{
	uint64_t last = UINT8_MAX;

	if (interval->low.low)
		interval->low.low++;
	if (interval->high.low < last)
		interval->high.low++;
	return interval->low.low <= last;
}

bool station_interval(const struct station *station, enum field field,
		      const uint8_t *low, const uint8_t *high,
		      struct interval *interval)
{
	size_t width = field_infos[field].width;

	if (memcmp(low, high, width) > 0)
		return false;
	if (field == FIELD_FIB_SADDR_OIF)
		return route_interval(low, high, interval);
	if (field == FIELD_IIFNAME || field == FIELD_OIFNAME)
		return name_interval(low, high, interval);
	interval->low = value_load(low, width);
	interval->high = value_load(high, width);
	if (station->is_forwarded &&
	    (field == FIELD_IP_TTL || field == FIELD_IP6_HOPLIMIT))
		return hops_before(interval);
	return true;
}

/* ---- one field against one value or range ---- */

static void prefix_range(const struct match *match, size_t width, uint8_t *low,
			 uint8_t *high)
{
	for (size_t i = 0; i < width; i++) {
		unsigned left = match->bits > 8 * i ? match->bits - 8 * (unsigned)i : 0;
		uint8_t free_bits = (uint8_t)(left < 8 ? 0xff >> left : 0);

		low[i] = match->value[i] & (uint8_t)~free_bits;
		high[i] = match->value[i] | free_bits;
	}
}

static struct interval *compared(struct station *station, const struct match *match,
				 struct interval *interval)
{
	enum field field = match->fields[0];
	uint8_t low[16], high[16];

	if (match->op == MATCH_RANGE || match->op == MATCH_NOT_RANGE) {
		memcpy(low, match->value, sizeof(low));
		memcpy(high, match->high, sizeof(high));
	} else {
		prefix_range(match, field_infos[field].width, low, high);
	}
	return station_interval(station, field, low, high, interval) ? interval : NULL;
}

/* `next` where it matches: a node above it, when that asks for what is below. */
static const struct node *compare_node(struct station *station,
				       const struct match *match,
				       enum variable variable, const struct node *next)
{
	struct diagram *diagram = station->space->diagram;
	bool negated = match->op == MATCH_NOT_EQUAL || match->op == MATCH_NOT_RANGE;
	bool above = next->variable > variable; /* terminals are below all */
	const struct node *yes = above ? next : terminal(station, ON_STEP);
	const struct node *no = terminal(station, ON_RULE), *node;
	struct interval interval;
	size_t count = compared(station, match, &interval) != NULL;

	node = diagram_choose(diagram, variable, (struct intervals){ &interval, count },
			      negated ? no : yes, negated ? yes : no);
	return above ? node : follow(station, node, ON_STEP, next);
}

/* ---- all of them ---- */

static bool asks_set(const struct match *match)
{
	return match->op == MATCH_IN || match->op == MATCH_NOT_IN ||
	       match->op == MATCH_MAP;
}

/* What comes next where the match matches, of packets that have the fields. */
static const struct node *known_node(struct station *station, const struct asked *asked,
				     const struct registers *registers)
{
	const struct match *match = asked->match;
	const struct element *element;
	struct registers known = *registers;
	enum variable variable;

	if (asks_set(match))
		return station_set(station, asked, registers);
	variable = station_variable(station, match->fields[0]);
	if (variable != VARIABLE_COUNT)
		return compare_node(station, match, variable, asked->next);
	/* doubts were asked for before */
	known.present |= 1u << match->fields[0];
	known.doubtful = 0;
	return match_packet(match, &known, &element) == ANSWER_YES
		       ? asked->next
		       : terminal(station, ON_RULE);
}

bool match_asks_state(const struct match *match)
{
	for (size_t i = 0; i < match->field_count; i++) {
		if (match->fields[i] == FIELD_CT_STATE)
			return true;
	}
	return false;
}

/* By the state where it is not that of packets from the loopback. */
static const struct node *known_by_state(struct station *station,
					 const struct asked *asked)
{
	struct value name = value_of_name(LOOPBACK);
	struct interval interval = { name, name };
	const struct node *node = known_node(station, asked, &station->registers);
	const struct node *looped, *which;

	if (!station->has_iif || !match_asks_state(asked->match) ||
	    memcmp(station->registers.values[FIELD_CT_STATE],
		   station->looped.values[FIELD_CT_STATE],
		   sizeof(station->looped.values[0])) == 0)
		return node;
	looped = known_node(station, asked, &station->looped);
	which = diagram_choose(station->space->diagram, VARIABLE_IIF,
			       (struct intervals){ &interval, 1 },
			       terminal(station, LOOK_LOOPED), terminal(station, LOOK));
	which = follow(station, which, LOOK_LOOPED, looped);
	return follow(station, which, LOOK, node);
}

const struct node *station_match(struct station *station, const struct asked *asked)
{
	const struct match *match = asked->match;
	uint32_t maybe = match->op == MATCH_MAP ? UNKNOWN | ON_STEP : ON_STEP | ON_RULE;
	const struct node *has = gate(station, match->fields, match->field_count,
				      maybe),
			  *node;

	if (!(has->bits & LOOK))
		return follow(station, has, ON_STEP, asked->next);
	node = match_is_known(match) ? known_by_state(station, asked)
				     : diagram_with(station->space->diagram,
						    asked->next, maybe & ~ON_STEP);
	/* first what is not known: `next` may lead to another step itself */
	has = follow(station, has, ON_STEP, asked->next);
	return follow(station, has, LOOK, node);
}

enum variable match_variable(const struct station *station, const struct match *match)
{
	enum variable deepest = 0;

	for (size_t i = 0; i < match->field_count; i++) {
		enum variable variable = station_variable(station, match->fields[i]);

		if (variable > deepest)
			deepest = variable;
	}
	return deepest;
}
