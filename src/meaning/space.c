/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule set as a function of all packets: steps to rules, rules to chains, chains to
 * hooks, hooks to the way, each by what it leaves to the next.
 */
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "meaning/bases.h"
#include "meaning/space_match.h"

enum {
	DEPTH_MAX = 16, /* of jumps and gotos: the kernel takes no deeper chains */
	EDGES_USUAL = 8 << 20, /* 200 MB of them */
	RULES_START = 64
};

/* A base chain's place and the chains that are reached from it. */
struct scene {
	struct station station;
	const struct table *table;
	/* functions of the chains at each depth that they are entered at; NULL: not yet
	 */
	const struct node **chains;
	unsigned depth;
	const struct node *policy; /* behind the base chain's last rule */
};

static const struct node *terminal(struct scene *scene, uint32_t bits)
{
	return diagram_terminal(scene->station.space->diagram, bits);
}

static const struct node *follow(struct scene *scene, const struct node *first,
				 uint32_t bit, const struct node *second)
{
	return diagram_follow(scene->station.space->diagram, first, bit, second);
}

/* ---- the space ---- */

static void learn_fields(struct family_fields *fields, enum family family)
{
	for (unsigned p = 0; p < PROTOCOLS; p++) {
		const struct packet packet = { .family = family,
					       .protocol = (uint8_t)p };
		struct registers registers;

		registers_load(&registers, &packet);
		fields->present[p] = registers.present;
		fields->doubtful[p] = registers.doubtful;
	}
}

struct space *space_new(struct arena *arena, size_t edge_max)
{
	struct space *space = arena_alloc(arena, sizeof(*space));

	space->arena = arena;
	space->diagram = diagram_new(arena, edge_max ? edge_max : EDGES_USUAL);
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		learn_fields(&space->fields[family], family);
	return space;
}

struct diagram *space_diagram(struct space *space)
{
	return space->diagram;
}

/* ---- steps ---- */

static const struct node *chain_node(struct scene *scene, const struct chain *chain);

static const struct node *jump_node(struct scene *scene, const char *target)
{
	const struct chain *chain = table_chain(scene->table, target);
	const struct node *node;

	if (!chain || chain->foreign || scene->depth == DEPTH_MAX)
		return terminal(scene, UNKNOWN);
	scene->depth++;
	node = chain_node(scene, chain);
	scene->depth--;
	return node;
}

static const struct node *verdict_node(struct scene *scene, enum verdict verdict,
				       const char *target)
{
	switch (verdict) {
	case VERDICT_NONE:
	case VERDICT_CONTINUE:
		return terminal(scene, ON_STEP);
	case VERDICT_ACCEPT:
		return terminal(scene, ACCEPTED);
	case VERDICT_DROP:
		return terminal(scene, DROPPED);
	case VERDICT_RETURN:
		return terminal(scene, RETURNED);
	case VERDICT_JUMP:
		return follow(scene, jump_node(scene, target), RETURNED,
			      terminal(scene, ON_RULE));
	case VERDICT_GOTO:
		return jump_node(scene, target);
	case VERDICT_COUNT:
		break;
	}
	return terminal(scene, UNKNOWN);
}

static bool leads_to_chain(const struct element *element)
{
	return element->verdict == VERDICT_JUMP || element->verdict == VERDICT_GOTO;
}

static void targets_collect(struct scene *scene, const struct set *set,
			    struct targets *targets)
{
	for (size_t i = 0; set->elements && i < set->count; i++) {
		const struct element *element = &set->elements[i];

		if (leads_to_chain(element) &&
		    targets_find(targets, element) == targets->count)
			LIST_PUSH(scene->station.space->arena, targets, element);
	}
}

/* Verdicts that lead to chains a few at a time: there are bits for no more. */
static const struct node *map_node(struct scene *scene, const struct match *match)
{
	struct targets targets = { 0 };
	const struct node *node = terminal(scene, LOOK_OTHER);

	targets_collect(scene, match->set, &targets);
	for (size_t first = 0; first == 0 || first < targets.count;
	     first += TARGET_MAX) {
		const struct asked asked = { match, terminal(scene, ON_STEP), &targets,
					     first };

		node = follow(scene, node, LOOK_OTHER,
			      station_match(&scene->station, &asked));
		for (size_t i = first; i < targets.count && i < first + TARGET_MAX; i++)
			node = follow(scene, node, 1u << (TARGET_FIRST + (i - first)),
				      verdict_node(scene, targets.items[i]->verdict,
						   targets.items[i]->target));
	}
	return node;
}

/* The packet comes alone: what is over a rate never is. */
static const struct node *limit_node(struct scene *scene, const struct limit *limit)
{
	return terminal(scene, limit->over ? ON_RULE : ON_STEP);
}

static const struct node *step_node(struct scene *scene, const struct step *step)
{
	switch (step->kind) {
	case STEP_MATCH: /* of a map: the others are joined */
		return map_node(scene, &step->match);
	case STEP_COUNTER:
	case STEP_LOG:
		return terminal(scene, ON_STEP);
	case STEP_LIMIT:
		return limit_node(scene, &step->limit);
	case STEP_REJECT:
		/* there is nothing to reset but TCP */
		return step->reject.kind == REJECT_TCP_RESET
			       ? station_protocol(&scene->station, IPPROTO_TCP,
						  REJECTED, DROPPED)
			       : terminal(scene, REJECTED);
	case STEP_UPDATE:
		return follow(scene,
			      station_presence(&scene->station, step->update.fields,
					       step->update.field_count),
			      ON_STEP, limit_node(scene, &step->update.limit));
	case STEP_VERDICT:
		return verdict_node(scene, step->verdict.verdict, step->verdict.target);
	case STEP_FOREIGN:
	case STEP_KIND_COUNT:
		break;
	}
	return terminal(scene, UNKNOWN | ON_STEP);
}

/* ---- rules and chains ---- */

static bool is_plain_match(const struct step *step)
{
	return step->kind == STEP_MATCH && step->match.op != MATCH_MAP;
}

/* Steps FIRST to END, all plain matches, in whatever order: the deepest variable first,
 * so that each is a node above the one before. */
static const struct node *matches_node(struct scene *scene, const struct step *steps,
				       size_t count, const struct node *node)
{
	const struct node *never = terminal(scene, ON_RULE);

	for (enum variable v = VARIABLE_COUNT + 1; v-- > 0 && node != never;) {
		for (size_t i = 0; i < count; i++) {
			const struct asked asked = { .match = &steps[i].match,
						     .next = node };

			if (match_variable(&scene->station, asked.match) == v)
				node = station_match(&scene->station, &asked);
		}
	}
	return node;
}

/* The last step first: what it leaves is little, and that is passed on. */
static const struct node *steps_node(struct scene *scene, const struct rule *rule)
{
	const struct node *node = terminal(scene, ON_RULE);
	size_t first;

	for (size_t end = rule->step_count; end > 0; end = first) {
		first = end;
		while (first > 0 && is_plain_match(&rule->steps[first - 1]))
			first--;
		if (first < end) {
			node = matches_node(scene, &rule->steps[first], end - first,
					    node);
			continue;
		}
		first = end - 1;
		node = follow(scene, step_node(scene, &rule->steps[first]), ON_STEP,
			      node);
	}
	return node;
}

/* ---- rules that were made before, for another state ---- */

static struct rule_node *rule_slot(const struct space *space,
				   const struct rule_node *wanted)
{
	size_t slot = ((uintptr_t)wanted->rule >> 4) * 0x9e3779b97f4a7c15u >> 40;
	struct rule_node *at;

	for (;; slot++) {
		at = &space->rules.slots[slot & (space->rules.size - 1)];
		if (!at->rule ||
		    (at->rule == wanted->rule && at->family == wanted->family &&
		     at->way == wanted->way && at->hook == wanted->hook))
			return at;
	}
}

static void rule_remember(struct space *space, const struct rule_node *made)
{
	const struct rule_node *old = space->rules.slots;
	size_t size = space->rules.size;

	if (2 * ++space->rules.count > size) {
		space->rules.size = size ? 2 * size : RULES_START;
		space->rules.slots =
			arena_array(space->arena, space->rules.size, sizeof(*old));
		for (size_t i = 0; i < size; i++) {
			if (old[i].rule)
				*rule_slot(space, &old[i]) = old[i];
		}
	}
	*rule_slot(space, made) = *made;
}

/* Neither the state nor a chain decides. */
static bool is_stateless(const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		const struct step *step = &rule->steps[i];

		if (step->kind == STEP_MATCH &&
		    (step->match.op == MATCH_MAP || match_asks_state(&step->match)))
			return false;
		if (step->kind == STEP_VERDICT && step->verdict.target)
			return false;
	}
	return true;
}

static const struct node *rule_node(struct scene *scene, const struct rule *rule)
{
	struct space *space = scene->station.space;
	struct rule_node wanted = {
		.rule = rule,
		.family = scene->station.family,
		.way = scene->station.packet.way,
		.hook = scene->station.hook,
	};

	if (!is_stateless(rule))
		return steps_node(scene, rule);
	if (space->rules.size && rule_slot(space, &wanted)->rule)
		return rule_slot(space, &wanted)->node;
	wanted.node = steps_node(scene, rule);
	rule_remember(space, &wanted);
	return wanted.node;
}

/* Its rules in a row, and what its end does.  What no packet comes to is not built. */
static const struct node *rules_node(struct scene *scene, const struct chain *chain)
{
	AUTO(arena) struct arena *arena = arena_new();
	const struct node **nodes =
		arena_array(arena, chain->rule_count + 1, sizeof(*nodes));
	size_t count = 0;

	while (count < chain->rule_count) {
		nodes[count] = rule_node(scene, &chain->rules[count]);
		if (!(nodes[count++]->bits & ON_RULE))
			break;
	}
	if (count == chain->rule_count)
		nodes[count++] =
			scene->depth ? terminal(scene, RETURNED) : scene->policy;
	return diagram_chain(scene->station.space->diagram, nodes, count, ON_RULE);
}

static const struct node *chain_node(struct scene *scene, const struct chain *chain)
{
	const struct table *table = scene->table;
	const struct node **known = &scene->chains[scene->depth * table->chain_count +
						   (size_t)(chain - table->chains)];

	if (!*known)
		*known = rules_node(scene, chain);
	return *known;
}

/* ---- base chains ---- */

/* Chains of devices are asked for packets of these alone. */
static const struct node *on_devices(struct scene *scene, const struct chain *chain,
				     const struct node *node)
{
	enum variable variable =
		chain->hook == HOOK_INGRESS ? VARIABLE_IIF : VARIABLE_OIF;
	const struct node *which = terminal(scene, ACCEPTED);

	if (chain->hook != HOOK_INGRESS && chain->hook != HOOK_EGRESS)
		return node;
	for (size_t i = 0; i < chain->device_count; i++) {
		struct value name = value_of_name(chain->devices[i]);
		struct interval interval = { name, name };
		const struct node *here =
			diagram_choose(scene->station.space->diagram, variable,
				       (struct intervals){ &interval, 1 },
				       terminal(scene, LOOK), terminal(scene, ON_STEP));

		which = follow(scene, here, ON_STEP, which);
	}
	return follow(scene, which, LOOK, node);
}

static const struct node *base_node(struct scene *scene, const struct chain *chain)
{
	scene->policy =
		terminal(scene, chain->policy == VERDICT_DROP ? DROPPED : ACCEPTED);
	return on_devices(
		scene, chain,
		follow(scene, chain_node(scene, chain), RETURNED, scene->policy));
}

static bool has_foreign_base(const struct ruleset *ruleset)
{
	for (size_t t = 0; t < ruleset->table_count; t++) {
		const struct table *table = &ruleset->tables[t];

		for (size_t c = 0; c < table->chain_count && !table->dormant; c++) {
			if (table->chains[c].base && table->chains[c].foreign)
				return true;
		}
	}
	return false;
}

/* ---- the way ---- */

/* What one hook makes of what was accepted before. */
static const struct node *hook_node(struct scene *scene, const struct ruleset *ruleset,
				    enum hook hook, const struct node *node)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct bases bases = { 0 };

	bases_find(arena, ruleset, hook, scene->station.packet.state, &bases);

	for (size_t i = 0; i < bases.count; i++) {
		const struct base *base = &bases.items[i];
		struct place place = { base->table->family, hook,
				       base->chain->priority };

		station_enter(&scene->station, &place);
		scene->table = base->table;
		scene->chains =
			arena_array(arena, (DEPTH_MAX + 1) * base->table->chain_count,
				    sizeof(struct node *));
		node = follow(scene, node, ACCEPTED, base_node(scene, base->chain));
	}
	return node;
}

bool space_build(struct space *space, const struct ruleset *ruleset,
		 enum packet_way way, enum connection_state state,
		 struct traffic *traffic)
{
	struct traffic made = { .way = way, .state = state };

	assert(ruleset->normalized);
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct scene scene = {
			.station = { .space = space,
				     .family = family,
				     .packet = { .way = way,
						 .family = family,
						 .state = state } },
		};
		const struct node *node = terminal(&scene, ACCEPTED);

		for (size_t i = 0; i < ways[way].count; i++)
			node = hook_node(&scene, ruleset, ways[way].hooks[i], node);
		/* such may drop what they like */
		if (has_foreign_base(ruleset))
			node = diagram_with(space->diagram, node, DROPPED);
		made.outcomes[family] = diagram_settle(space->diagram, node, UNDECIDED);
	}
	if (diagram_is_full(space->diagram))
		return false;
	*traffic = made;
	return true;
}

/* ---- what it says ---- */

bool traffic_equal(const struct traffic *a, const struct traffic *b)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		if (a->outcomes[family] != b->outcomes[family])
			return false;
	}
	return true;
}

enum outcome traffic_outcome(const struct traffic *traffic, const struct packet *packet)
{
	const struct node *node = traffic->outcomes[packet->family];
	enum outcome outcome = 0;

	while (node->count)
		node = node_edge(node, packet_value(packet, node->variable))->to;
	while (!(node->bits >> outcome & 1))
		outcome++;
	return outcome;
}
