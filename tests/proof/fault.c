/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults: a rule set copied, and one thing in the copy made wrong. */
#include <stdlib.h>
#include <string.h>

#include "proof/fault.h"

static uint32_t chance_state = 0xfa017;

static uint32_t chance(uint32_t below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 17;
	chance_state ^= chance_state << 5;
	return chance_state % below;
}

/* ---- a copy that can be written to ---- */

struct copy {
	struct arena *arena;
	struct ruleset *ruleset;
	struct table *tables;
	/* the place of the fault */
	struct table *table;
	struct chain *chain, *chains;
	struct rule *rule, *rules;
	struct step *step, *steps;
	struct set *sets;
};

static void *copy_of(struct arena *arena, const void *from, size_t count, size_t size)
{
	return arena_grow(arena, from, count, count + 1, size);
}

static struct set *copy_set(struct arena *arena, const struct set *set)
{
	struct set *made = copy_of(arena, set, 1, sizeof(*set));

	made->keys = copy_of(arena, set->keys, set->count, set_stride(set));
	if (set->elements)
		made->elements = copy_of(arena, set->elements, set->count,
					 sizeof(*set->elements));
	return made;
}

/* A rule's own sets are copied with it, named ones stay the table's. */
static void copy_steps(struct copy *copy, struct rule *rule)
{
	struct step *steps =
		copy_of(copy->arena, rule->steps, rule->step_count, sizeof(*steps));

	for (size_t i = 0; i < rule->step_count; i++) {
		const struct set **set = steps[i].kind == STEP_MATCH
						 ? &steps[i].match.set
						 : &steps[i].update.set;

		if ((steps[i].kind != STEP_MATCH && steps[i].kind != STEP_UPDATE) ||
		    !*set)
			continue;
		*set = (*set)->name ? table_set(copy->table, (*set)->name)
				    : copy_set(copy->arena, *set);
	}
	rule->steps = steps;
}

static void copy_table(struct copy *copy)
{
	struct table *table = copy->table;
	struct chain *chains = copy_of(copy->arena, table->chains, table->chain_count,
				       sizeof(*chains));
	struct set *sets =
		copy_of(copy->arena, table->sets, table->set_count, sizeof(*sets));

	for (size_t i = 0; i < table->set_count; i++)
		sets[i] = *copy_set(copy->arena, &table->sets[i]);
	table->sets = sets;
	table->chains = chains;
	for (size_t c = 0; c < table->chain_count; c++) {
		struct rule *rules = copy_of(copy->arena, chains[c].rules,
					     chains[c].rule_count, sizeof(*rules));

		chains[c].rules = rules;
		for (size_t r = 0; r < chains[c].rule_count; r++)
			copy_steps(copy, &rules[r]);
	}
}

/* Casting away of what copy_table() has made: it is the copy's. */
static void *own(const void *pointer)
{
	return (void *)(uintptr_t)pointer;
}

static void copy_ruleset(struct copy *copy, const struct ruleset *good)
{
	copy->ruleset = copy_of(copy->arena, good, 1, sizeof(*good));
	copy->tables = copy_of(copy->arena, good->tables, good->table_count,
			       sizeof(*copy->tables));
	copy->ruleset->tables = copy->tables;
	copy->ruleset->normalized = false;
	for (size_t i = 0; i < good->table_count; i++) {
		copy->table = &copy->tables[i];
		copy_table(copy);
	}
	copy->table =
		&copy->tables[chance(8) ? 0 : chance((uint32_t)good->table_count)];
	copy->sets = own(copy->table->sets);
	copy->chains = own(copy->table->chains);
	copy->chain = &copy->chains[chance((uint32_t)copy->table->chain_count)];
	copy->rules = own(copy->chain->rules);
	if (!copy->chain->rule_count)
		return;
	copy->rule = &copy->rules[chance((uint32_t)copy->chain->rule_count)];
	copy->steps = own(copy->rule->steps);
	copy->step = &copy->steps[chance((uint32_t)copy->rule->step_count)];
}

/* ---- bytes ---- */

static bool add_one(uint8_t *bytes, size_t width)
{
	for (size_t i = width; i-- > 0;) {
		if (++bytes[i])
			return true;
	}
	return false;
}

static bool take_one(uint8_t *bytes, size_t width)
{
	for (size_t i = width; i-- > 0;) {
		if (bytes[i]--)
			return true;
	}
	return false;
}

static bool is_match(const struct copy *copy)
{
	return copy->step && copy->step->kind == STEP_MATCH;
}

static size_t width_of(const struct copy *copy)
{
	return field_infos[copy->step->match.fields[0]].width;
}

static bool has_op(const struct copy *copy, enum match_op a, enum match_op b)
{
	return is_match(copy) &&
	       (copy->step->match.op == a || copy->step->match.op == b);
}

/* ---- the faults: false where there is nothing of the kind ---- */

static bool drop_step(struct copy *copy)
{
	if (!copy->step)
		return false;
	memmove(copy->step, copy->step + 1,
		(size_t)(copy->steps + --copy->rule->step_count - copy->step) *
			sizeof(*copy->step));
	return true;
}

static bool widen_prefix(struct copy *copy)
{
	if (!has_op(copy, MATCH_EQUAL, MATCH_NOT_EQUAL) || !copy->step->match.bits)
		return false;
	copy->step->match.bits--;
	return true;
}

static bool next_value(struct copy *copy)
{
	return has_op(copy, MATCH_EQUAL, MATCH_NOT_EQUAL) &&
	       add_one(copy->step->match.value, width_of(copy));
}

static bool value_before(struct copy *copy)
{
	return has_op(copy, MATCH_EQUAL, MATCH_NOT_EQUAL) &&
	       take_one(copy->step->match.value, width_of(copy));
}

static bool range_starts_late(struct copy *copy)
{
	return has_op(copy, MATCH_RANGE, MATCH_NOT_RANGE) &&
	       add_one(copy->step->match.value, width_of(copy));
}

static bool range_starts_early(struct copy *copy)
{
	return has_op(copy, MATCH_RANGE, MATCH_NOT_RANGE) &&
	       take_one(copy->step->match.value, width_of(copy));
}

static bool range_ends_late(struct copy *copy)
{
	return has_op(copy, MATCH_RANGE, MATCH_NOT_RANGE) &&
	       add_one(copy->step->match.high, width_of(copy));
}

static bool range_ends_early(struct copy *copy)
{
	return has_op(copy, MATCH_RANGE, MATCH_NOT_RANGE) &&
	       take_one(copy->step->match.high, width_of(copy));
}

static bool swap_fields(struct copy *copy, const enum field (*pairs)[2], size_t count)
{
	if (!is_match(copy))
		return false;
	for (size_t i = 0; i < 2 * count; i++) {
		if (copy->step->match.fields[0] != pairs[i / 2][i % 2])
			continue;
		copy->step->match.fields[0] = pairs[i / 2][1 - i % 2];
		return true;
	}
	return false;
}

static bool swap_direction(struct copy *copy)
{
	static const enum field pairs[][2] = {
		{ FIELD_IP_SADDR, FIELD_IP_DADDR },
		{ FIELD_IP6_SADDR, FIELD_IP6_DADDR },
		{ FIELD_TCP_SPORT, FIELD_TCP_DPORT },
		{ FIELD_UDP_SPORT, FIELD_UDP_DPORT },
		{ FIELD_SCTP_SPORT, FIELD_SCTP_DPORT },
		{ FIELD_IIFNAME, FIELD_OIFNAME },
	};

	return swap_fields(copy, pairs, COUNT_OF(pairs));
}

static bool wrong_transport(struct copy *copy)
{
	static const enum field pairs[][2] = {
		{ FIELD_TCP_DPORT, FIELD_UDP_DPORT },
		{ FIELD_TCP_SPORT, FIELD_UDP_SPORT },
		{ FIELD_SCTP_DPORT, FIELD_TH_DPORT },
	};

	return swap_fields(copy, pairs, COUNT_OF(pairs));
}

/* Ports of TCP alone, but of whatever protocol: the dependency is lost. */
static bool lose_dependencies(struct copy *copy)
{
	bool lost = false;

	for (size_t i = 0; copy->rule && i < copy->rule->step_count;) {
		copy->step = &copy->steps[i];
		if (is_match(copy) && (copy->step->match.fields[0] == FIELD_NFPROTO ||
				       copy->step->match.fields[0] == FIELD_L4PROTO)) {
			lost = drop_step(copy);
		} else {
			i++;
		}
	}
	return lost;
}

static bool wrong_family(struct copy *copy)
{
	uint8_t *value;

	if (!has_op(copy, MATCH_EQUAL, MATCH_NOT_EQUAL) ||
	    copy->step->match.fields[0] != FIELD_NFPROTO)
		return false;
	value = copy->step->match.value;
	*value = *value == NFPROTO_IP4_FIELD ? NFPROTO_IP6_FIELD : NFPROTO_IP4_FIELD;
	return true;
}

static bool negate(struct copy *copy)
{
	static const enum match_op opposites[] = {
		[MATCH_EQUAL] = MATCH_NOT_EQUAL, [MATCH_NOT_EQUAL] = MATCH_EQUAL,
		[MATCH_RANGE] = MATCH_NOT_RANGE, [MATCH_NOT_RANGE] = MATCH_RANGE,
		[MATCH_ANY_BIT] = MATCH_ANY_BIT, [MATCH_IN] = MATCH_NOT_IN,
		[MATCH_NOT_IN] = MATCH_IN,       [MATCH_MAP] = MATCH_MAP,
	};
	struct match *match = is_match(copy) ? &copy->step->match : NULL;

	if (!match || opposites[match->op] == match->op)
		return false;
	match->op = opposites[match->op];
	return true;
}

static struct set *set_of(struct copy *copy)
{
	return is_match(copy) ? own(copy->step->match.set) : NULL;
}

static bool drop_element(struct copy *copy)
{
	struct set *set = set_of(copy);
	size_t at, stride;

	if (!set || set->count < 2)
		return false;
	at = chance((uint32_t)set->count--);
	stride = set_stride(set);
	memmove(set->keys + at * stride, set->keys + (at + 1) * stride,
		(set->count - at) * stride);
	if (set->elements)
		memmove(&set->elements[at], &set->elements[at + 1],
			(set->count - at) * sizeof(*set->elements));
	return true;
}

static bool shift_element(struct copy *copy)
{
	struct set *set = set_of(copy);
	uint8_t *key;

	if (!set || !set->count || set->type_count > 1)
		return false;
	key = set->keys + chance((uint32_t)set->count) * set_stride(set);
	if (set->interval && chance(2))
		key += set->key_length;
	return chance(2) ? add_one(key, set->key_length)
			 : take_one(key, set->key_length);
}

static bool wrong_set(struct copy *copy)
{
	const struct set *set = set_of(copy), *other;

	if (!set || !set->name || copy->table->set_count < 2)
		return false;
	other = &copy->sets[chance((uint32_t)copy->table->set_count)];
	if (other == set || other->types[0] != set->types[0] || other->dynamic)
		return false;
	copy->step->match.set = other;
	return true;
}

static bool wrong_element_verdict(struct copy *copy)
{
	struct set *set = set_of(copy);
	struct element *element;

	if (!set || !set->map || !set->count)
		return false;
	element = &set->elements[chance((uint32_t)set->count)];
	element->verdict =
		element->verdict == VERDICT_ACCEPT ? VERDICT_DROP : VERDICT_ACCEPT;
	return true;
}

static bool wrong_verdict(struct copy *copy)
{
	static const enum verdict others[] = { VERDICT_ACCEPT, VERDICT_DROP,
					       VERDICT_RETURN, VERDICT_CONTINUE };
	enum verdict verdict = others[chance(COUNT_OF(others))];

	if (!copy->step || copy->step->kind != STEP_VERDICT ||
	    copy->step->verdict.verdict == verdict)
		return false;
	copy->step->verdict.verdict = verdict;
	copy->step->verdict.target = NULL;
	return true;
}

static bool wrong_limit(struct copy *copy)
{
	if (!copy->step ||
	    (copy->step->kind != STEP_LIMIT && copy->step->kind != STEP_UPDATE))
		return false;
	if (copy->step->kind == STEP_LIMIT)
		copy->step->limit.over = true;
	else
		copy->step->update.limit.over = true;
	return true;
}

static bool drop_rule(struct copy *copy)
{
	if (!copy->rule)
		return false;
	memmove(copy->rule, copy->rule + 1,
		(size_t)(copy->rules + --copy->chain->rule_count - copy->rule) *
			sizeof(*copy->rule));
	return true;
}

static bool reorder_rules(struct copy *copy)
{
	struct rule moved, *with;

	if (!copy->rule)
		return false;
	with = &copy->rules[chance((uint32_t)copy->chain->rule_count)];
	moved = *copy->rule;
	*copy->rule = *with;
	*with = moved;
	return with != copy->rule;
}

static bool wrong_policy(struct copy *copy)
{
	if (!copy->chain->base)
		return false;
	copy->chain->policy =
		copy->chain->policy == VERDICT_DROP ? VERDICT_ACCEPT : VERDICT_DROP;
	return true;
}

static bool wrong_hook(struct copy *copy)
{
	if (!copy->chain->base || copy->table->family != TABLE_INET)
		return false;
	copy->chain->hook = (copy->chain->hook + 1) % (HOOK_FORWARD + 1);
	return true;
}

static bool drop_chain(struct copy *copy)
{
	memmove(copy->chain, copy->chain + 1,
		(size_t)(copy->chains + --copy->table->chain_count - copy->chain) *
			sizeof(*copy->chain));
	return true;
}

static bool wrong_device(struct copy *copy)
{
	const char **devices;

	if (!copy->chain->device_count)
		return false;
	devices = arena_array(copy->arena, 1, sizeof(*devices));
	devices[0] = "eth9";
	copy->chain->devices = devices;
	return true;
}

static bool priority_too_early(struct copy *copy)
{
	if (!copy->chain->base || copy->table->family != TABLE_INET)
		return false;
	copy->chain->priority = -300;
	return true;
}

static bool sleeping_table(struct copy *copy)
{
	copy->table->dormant = true;
	return true;
}

/* clang-format off */
static const struct {
	const char *name;
	bool (*seed)(struct copy *copy);
	unsigned weight;
} faults[] = {
	{ "a step is dropped",                 drop_step,             6 },
	{ "a prefix is one bit too wide",      widen_prefix,          3 },
	{ "the next value",                    next_value,            3 },
	{ "the value before",                  value_before,          3 },
	{ "a range starts late",               range_starts_late,     4 },
	{ "a range starts early",              range_starts_early,    4 },
	{ "a range ends late",                 range_ends_late,       4 },
	{ "a range ends early",                range_ends_early,      4 },
	{ "source and destination swapped",    swap_direction,        4 },
	{ "another transport",                 wrong_transport,       3 },
	{ "protocol and family are not asked", lose_dependencies,     3 },
	{ "the other family",                  wrong_family,          3 },
	{ "negated",                           negate,                2 },
	{ "an element is missing",             drop_element,          4 },
	{ "an element is off by one",          shift_element,         4 },
	{ "another set",                       wrong_set,             4 },
	{ "another verdict in a map",          wrong_element_verdict, 4 },
	{ "another verdict",                   wrong_verdict,         3 },
	{ "a limit is turned round",           wrong_limit,           3 },
	{ "a rule is missing",                 drop_rule,             3 },
	{ "two rules changed places",          reorder_rules,         5 },
	{ "the other policy",                  wrong_policy,          2 },
	{ "another hook",                      wrong_hook,            1 },
	{ "a chain is missing",                drop_chain,            1 },
	{ "another device",                    wrong_device,          4 },
	{ "a chain before connection tracking", priority_too_early,   1 },
	{ "a table that sleeps",               sleeping_table,        1 },
};

/* clang-format on */

static size_t choose_fault(void)
{
	uint32_t all = 0, at;
	size_t row = 0;

	for (size_t i = 0; i < COUNT_OF(faults); i++)
		all += faults[i].weight;
	for (at = chance(all); at >= faults[row].weight; row++)
		at -= faults[row].weight;
	return row;
}

bool fault_seed(struct arena *arena, const struct ruleset *good, struct fault *fault)
{
	size_t row = choose_fault();

	/* most places have nothing of a kind: look elsewhere */
	for (unsigned tries = 0; tries < 64; tries++) {
		struct copy copy = { .arena = arena };
		size_t table, chain, rule = 0;
		bool has_rule;

		copy_ruleset(&copy, good);
		table = (size_t)(copy.table - copy.tables);
		chain = (size_t)(copy.chain - copy.chains);
		has_rule = copy.rule != NULL;
		rule = has_rule ? (size_t)(copy.rule - copy.rules) : 0;
		fault->hook = copy.chain->base ? copy.chain->hook : HOOK_INPUT;
		if (!faults[row].seed(&copy))
			continue;
		ruleset_normalize(arena, copy.ruleset);
		fault->ruleset = copy.ruleset;
		fault->rule = has_rule ? &good->tables[table].chains[chain].rules[rule]
				       : NULL;
		fault->what = arena_format(
			arena, "%s, at \"%s\" of chain \"%s\"", faults[row].name,
			has_rule && fault->rule->comment ? fault->rule->comment : "",
			good->tables[table].chains[chain].name);
		return true;
	}
	return false;
}

/* ---- packets near it ---- */

/* LOW, HIGH, or what is just outside. */
static void choose_value(const uint8_t *low, const uint8_t *high, size_t width,
			 uint8_t *value)
{
	bool upper = chance(2);

	memcpy(value, upper ? high : low, width);
	switch (chance(5)) {
	case 0:
		add_one(value, width);
		break;
	case 1:
		take_one(value, width);
		break;
	default:
		break;
	}
}

static void match_bytes(const struct match *match, size_t width, uint8_t *value)
{
	uint8_t low[16], high[16];

	memcpy(low, match->value, sizeof(low));
	memcpy(high, match->high, sizeof(high));
	if (match->set && match->set->count) {
		const uint8_t *entry =
			set_entry(match->set, chance((uint32_t)match->set->count));

		memcpy(low, entry, width);
		memcpy(high,
		       entry + (match->set->interval ? match->set->key_length : 0),
		       width);
	} else if (match->op == MATCH_EQUAL || match->op == MATCH_NOT_EQUAL) {
		memcpy(high, low, sizeof(high));
		for (size_t bit = match->bits; bit < 8 * width; bit++)
			high[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	choose_value(low, high, width, value);
}

static void put_field(struct arena *arena, enum field field, const uint8_t *bytes,
		      struct packet *packet)
{
	const struct field_info *info = &field_infos[field];
	uint32_t number = datatype_number(info->type, bytes);

	switch (info->type) {
	case DATATYPE_IP4_ADDRESS:
	case DATATYPE_IP6_ADDRESS:
		packet->family = info->width == 4 ? FAMILY_IP4 : FAMILY_IP6;
		memcpy(field == FIELD_IP_SADDR || field == FIELD_IP6_SADDR
			       ? packet->source
			       : packet->destination,
		       bytes, info->width);
		break;
	case DATATYPE_INET_SERVICE:
		if (strstr(info->name, "sport"))
			packet->source_port = (uint16_t)number;
		else
			packet->destination_port = (uint16_t)number;
		if (info->l4proto)
			packet->protocol = info->l4proto;
		break;
	case DATATYPE_INET_PROTOCOL:
		packet->protocol = (uint8_t)number;
		break;
	case DATATYPE_ICMP_TYPE:
	case DATATYPE_ICMPV6_TYPE:
		packet->icmp_type = (uint8_t)number;
		packet->protocol = info->l4proto;
		packet->family = field == FIELD_ICMP_TYPE ? FAMILY_IP4 : FAMILY_IP6;
		break;
	case DATATYPE_INTEGER:
		packet->hop_limit = (uint8_t)number;
		break;
	case DATATYPE_FIB_RESULT:
		packet->route_back = number;
		break;
	case DATATYPE_NFPROTO:
		packet->family = number == NFPROTO_IP4_FIELD ? FAMILY_IP4 : FAMILY_IP6;
		break;
	case DATATYPE_INTERFACE_NAME:
		if (field == FIELD_IIFNAME && packet->way != WAY_OUT)
			packet->iifname = arena_copy(arena, bytes, 15);
		if (field == FIELD_OIFNAME && packet->way != WAY_IN)
			packet->oifname = arena_copy(arena, bytes, 15);
		break;
	case DATATYPE_ETHER_TYPE:
	case DATATYPE_CT_STATE:
	case DATATYPE_PACKET_TYPE:
	case DATATYPE_COUNT:
		break;
	}
}

static const struct rule *some_rule(const struct ruleset *ruleset)
{
	const struct table *table = &ruleset->tables[0];
	const struct chain *chain =
		&table->chains[chance((uint32_t)table->chain_count)];

	return chain->rule_count ? &chain->rules[chance((uint32_t)chain->rule_count)]
				 : NULL;
}

static void follow_rule(struct arena *arena, const struct rule *rule,
			struct packet *packet)
{
	for (size_t i = 0; rule && i < rule->step_count; i++) {
		const struct match *match = &rule->steps[i].match;
		uint8_t bytes[16] = { 0 };

		if (rule->steps[i].kind != STEP_MATCH)
			continue;
		match_bytes(match, field_infos[match->fields[0]].width, bytes);
		put_field(arena, match->fields[0], bytes, packet);
	}
}

struct packet fault_packet(struct arena *arena, const struct ruleset *good,
			   const struct fault *fault)
{
	static const char *const names[] = {
		"eth0", "eth7", "wg1", "lo", "eth9", "eth1"
	};
	static const uint8_t protocols[] = { 6, 17, 132, 1, 58, 47 };

	static const enum connection_state all[] = { STATE_NEW,      STATE_NEW,
						     STATE_NEW,      STATE_ESTABLISHED,
						     STATE_RELATED,  STATE_INVALID,
						     STATE_UNTRACKED };

	static const uint8_t hops[] = { 64, 1, 255, 2, 254 };
	enum packet_way way = fault->hook == HOOK_OUTPUT || fault->hook == HOOK_EGRESS
				      ? WAY_OUT
			      : fault->hook == HOOK_FORWARD ? WAY_THROUGH
							    : WAY_IN;
	struct packet packet = { .way = chance(6) ? way : chance(WAY_COUNT),
				 .iifname = "",
				 .oifname = "" };

	packet.family = chance(2) ? FAMILY_IP4 : FAMILY_IP6;
	packet.protocol = protocols[chance(COUNT_OF(protocols))];
	packet.source_port = (uint16_t)(chance(2) ? 40000 : chance(1100));
	packet.destination_port = (uint16_t)chance(8000);
	packet.icmp_type = (uint8_t)chance(256);
	packet.hop_limit = hops[chance(COUNT_OF(hops))];
	packet.state = all[chance(COUNT_OF(all))];
	packet.route_back = chance(8);
	for (size_t i = 0; i < sizeof(packet.source); i++) {
		packet.source[i] = (uint8_t)chance(256);
		packet.destination[i] = (uint8_t)chance(256);
	}
	if (packet.way != WAY_OUT)
		packet.iifname = names[chance(2) ? 0 : chance(COUNT_OF(names))];
	if (packet.way != WAY_IN)
		packet.oifname = names[chance(2) ? 0 : chance(COUNT_OF(names))];
	if (chance(3))
		follow_rule(arena, some_rule(good), &packet);
	if (chance(4))
		follow_rule(arena, fault->rule, &packet);
	return packet;
}
