/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decision diagrams over intervals: nodes kept once, results remembered. */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "meaning/diagram.h"

enum {
	SMALL_TERMINALS = 256,
	TABLE_START = 1024,
	EDGE_START = 256,
	SIDE_BITS = 8,
	SMALL_EDGES = 16
};

enum operation { OP_FOLLOW, OP_WITH, OP_DIFFER, OP_SETTLE };

/* What was asked of which nodes, and the answer. */
struct result {
	const struct node *a, *b;
	enum operation operation;
	uint32_t operand;
	const struct node *node; /* NULL: a free slot */
};

struct diagram {
	struct arena *arena;
	const struct node *terminals[SMALL_TERMINALS];
	uint32_t node_count;
	size_t edge_count, edge_max;
	bool full;

	struct {
		const struct node **slots; /* open addressing, a power of two of them */
		size_t count, size;
	} nodes;

	struct {
		struct result *slots;
		size_t count, size;
	} results;

	struct { /* of the nodes that are begun, one behind the other */
		struct edge *items;
		size_t count, capacity;
	} edges;
};

/* clang-format off */
const uint8_t variable_bits[VARIABLE_COUNT] = {
	[VARIABLE_IIF] = 120, [VARIABLE_OIF] = 120,
	[VARIABLE_ROUTE_BACK] = 1, [VARIABLE_PACKET_TYPE] = 8,
	[VARIABLE_PROTOCOL] = 8, [VARIABLE_ICMP_TYPE] = 8,
	[VARIABLE_DESTINATION_PORT] = 16, [VARIABLE_SOURCE_PORT] = 16,
	[VARIABLE_HOP_LIMIT] = 8,
	[VARIABLE_DESTINATION_4] = 32, [VARIABLE_SOURCE_4] = 32,
	[VARIABLE_DESTINATION_6] = 128, [VARIABLE_SOURCE_6] = 128,
};

/* clang-format on */

/* ---- values ---- */

struct value value_load(const uint8_t *bytes, size_t width)
{
	uint64_t words[2] = { 0, 0 };

	memcpy((uint8_t *)words + sizeof(words) - width, bytes, width);
	return (struct value){ be64toh(words[0]), be64toh(words[1]) };
}

void value_store(struct value value, uint8_t *bytes, size_t width)
{
	for (size_t i = width; i-- > 0;) {
		bytes[i] = (uint8_t)value.low;
		value.low = value.low >> 8 | value.high << 56;
		value.high >>= 8;
	}
}

struct value variable_last(enum variable variable)
{
	unsigned bits = variable_bits[variable];

	if (bits > 64)
		return (struct value){ UINT64_MAX >> (128 - bits), UINT64_MAX };
	return value_of(UINT64_MAX >> (64 - bits));
}

/* ---- nodes ---- */

struct diagram *diagram_new(struct arena *arena, size_t edge_max)
{
	struct diagram *diagram = arena_alloc(arena, sizeof(*diagram));

	diagram->arena = arena;
	diagram->edge_max = edge_max;
	diagram->nodes.size = diagram->results.size = TABLE_START;
	diagram->nodes.slots =
		arena_array(arena, TABLE_START, sizeof(*diagram->nodes.slots));
	diagram->results.slots =
		arena_array(arena, TABLE_START, sizeof(*diagram->results.slots));
	return diagram;
}

bool diagram_is_full(const struct diagram *diagram)
{
	return diagram->full;
}

size_t diagram_size(const struct diagram *diagram)
{
	return diagram->edge_count;
}

/* Multiplied and folded: every bit of the word moves every bit of the sum. */
static uint64_t hash_word(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
	return sum ^ sum >> 29;
}

static uint32_t hash_edges(enum variable variable, const struct edge *edges,
			   size_t count)
{
	uint64_t sum = hash_word((uint64_t)variable, count);

	for (size_t i = 0; i < count; i++) {
		sum = hash_word(sum, edges[i].high.low);
		sum = hash_word(sum,
				edges[i].high.high ^ (uint64_t)edges[i].to->id << 32);
	}
	return (uint32_t)(sum >> 32);
}

static void nodes_put(struct diagram *diagram, const struct node *node)
{
	size_t slot = node->hash & (diagram->nodes.size - 1);

	while (diagram->nodes.slots[slot])
		slot = (slot + 1) & (diagram->nodes.size - 1);
	diagram->nodes.slots[slot] = node;
}

static void nodes_grow(struct diagram *diagram)
{
	const struct node **old = diagram->nodes.slots;
	size_t size = diagram->nodes.size;

	diagram->nodes.size = 2 * size;
	diagram->nodes.slots =
		arena_array(diagram->arena, 2 * size, sizeof(*diagram->nodes.slots));
	for (size_t i = 0; i < size; i++) {
		if (old[i])
			nodes_put(diagram, old[i]);
	}
}

static bool edges_equal(const struct node *node, const struct edge *edges, size_t count)
{
	if (node->count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (node->edges[i].to != edges[i].to ||
		    value_compare(node->edges[i].high, edges[i].high) != 0)
			return false;
	}
	return true;
}

static const struct node *nodes_find(const struct diagram *diagram,
				     enum variable variable, uint32_t hash,
				     const struct edge *edges, size_t count)
{
	size_t slot = hash & (diagram->nodes.size - 1);

	for (const struct node *node; (node = diagram->nodes.slots[slot]);
	     slot = (slot + 1) & (diagram->nodes.size - 1)) {
		if (node->hash == hash && node->variable == variable &&
		    edges_equal(node, edges, count))
			return node;
	}
	return NULL;
}

static struct node *node_new(struct diagram *diagram, enum variable variable,
			     uint32_t hash, size_t count)
{
	struct node *node = arena_alloc(diagram->arena,
					sizeof(*node) + count * sizeof(struct edge));

	node->id = diagram->node_count++;
	node->variable = variable;
	node->hash = hash;
	node->count = (uint32_t)count;
	diagram->edge_count += count;
	diagram->full |= diagram->edge_count > diagram->edge_max;
	if (2 * ++diagram->nodes.count > diagram->nodes.size)
		nodes_grow(diagram);
	nodes_put(diagram, node);
	return node;
}

const struct node *diagram_terminal(struct diagram *diagram, uint32_t bits)
{
	uint32_t hash = (uint32_t)(hash_word(VARIABLE_COUNT, bits) >> 32);
	size_t slot = hash & (diagram->nodes.size - 1);
	const struct node *found;
	struct node *node;

	if (bits < SMALL_TERMINALS && diagram->terminals[bits])
		return diagram->terminals[bits];
	while ((found = diagram->nodes.slots[slot]) &&
	       (found->count || found->bits != bits))
		slot = (slot + 1) & (diagram->nodes.size - 1);
	if (!found) {
		node = node_new(diagram, VARIABLE_COUNT, hash, 0);
		node->bits = node->every = bits;
		node->shallow = true;
		node->mixed = !bits || (bits & (bits - 1));
		found = node;
	}
	if (bits < SMALL_TERMINALS)
		diagram->terminals[bits] = found;
	return found;
}

size_t diagram_begin(struct diagram *diagram, size_t edges_expected)
{
	size_t begun = diagram->edges.count, capacity = diagram->edges.capacity;

	if (begun + edges_expected > capacity) {
		capacity = 2 * capacity > begun + edges_expected
				   ? 2 * capacity
				   : begun + edges_expected + EDGE_START;
		diagram->edges.items =
			arena_grow(diagram->arena, diagram->edges.items, begun,
				   capacity, sizeof(*diagram->edges.items));
		diagram->edges.capacity = capacity;
	}
	return begun;
}

void diagram_edge(struct diagram *diagram, size_t begun, struct value high,
		  const struct node *to)
{
	struct edge edge = { high, to };

	if (diagram->edges.count > begun &&
	    diagram->edges.items[diagram->edges.count - 1].to == to)
		diagram->edges.items[diagram->edges.count - 1].high = high;
	else
		LIST_PUSH(diagram->arena, &diagram->edges, edge);
}

const struct node *diagram_end(struct diagram *diagram, size_t begun,
			       enum variable variable)
{
	const struct edge *edges = diagram->edges.items + begun;
	size_t count = diagram->edges.count - begun;
	uint32_t hash;
	const struct node *found;
	struct node *node;

	assert(count &&
	       value_compare(edges[count - 1].high, variable_last(variable)) == 0);
	diagram->edges.count = begun;
	if (count == 1)
		return edges->to;
	hash = hash_edges(variable, edges, count);
	found = nodes_find(diagram, variable, hash, edges, count);
	if (found)
		return found;

	node = node_new(diagram, variable, hash, count);
	node->every = UINT32_MAX;
	node->shallow = true;
	for (size_t i = 0; i < count; i++) {
		assert(edges[i].to->variable > variable);
		node->edges[i] = edges[i];
		node->bits |= edges[i].to->bits;
		node->every &= edges[i].to->every;
		node->mixed |= edges[i].to->mixed;
		node->shallow &= !edges[i].to->count;
	}
	return node;
}

void diagram_cancel(struct diagram *diagram, size_t begun)
{
	diagram->edges.count = begun;
}

const struct node *diagram_choose(struct diagram *diagram, enum variable variable,
				  struct intervals intervals, const struct node *inside,
				  const struct node *outside)
{
	size_t begun = diagram_begin(diagram, 2 * intervals.count + 1);
	struct value last = variable_last(variable), high = { 0, 0 };
	bool whole = false;

	for (size_t i = 0; i < intervals.count; i++) {
		struct value low = intervals.items[i].low;

		if (!value_is_zero(low) &&
		    (!i || value_compare(high, value_before(low)) < 0))
			diagram_edge(diagram, begun, value_before(low), outside);
		high = intervals.items[i].high;
		diagram_edge(diagram, begun, high, inside);
		whole = value_compare(high, last) == 0;
	}
	if (!whole)
		diagram_edge(diagram, begun, last, outside);
	return diagram_end(diagram, begun, variable);
}

const struct edge *node_edge(const struct node *node, struct value value)
{
	size_t low = 0, high = node->count - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (value_compare(node->edges[middle].high, value) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return &node->edges[low];
}

/* ---- what is known of two nodes ---- */

static uint64_t hash_result(const struct result *wanted)
{
	uint64_t sum = hash_word(wanted->operand, (uint64_t)wanted->operation);

	sum = hash_word(sum, wanted->a->id);
	return hash_word(sum, wanted->b ? wanted->b->id : UINT32_MAX);
}

/* Where it is, or would be. */
static struct result *results_slot(const struct diagram *diagram,
				   const struct result *wanted)
{
	size_t slot = hash_result(wanted) >> 20 & (diagram->results.size - 1);
	struct result *at;

	while ((at = &diagram->results.slots[slot])->node) {
		if (at->a == wanted->a && at->b == wanted->b &&
		    at->operation == wanted->operation &&
		    at->operand == wanted->operand)
			return at;
		slot = (slot + 1) & (diagram->results.size - 1);
	}
	return at;
}

static void results_put(struct diagram *diagram, const struct result *result)
{
	const struct result *old = diagram->results.slots;
	size_t size = diagram->results.size;

	if (2 * ++diagram->results.count > size) {
		diagram->results.size = 2 * size;
		diagram->results.slots =
			arena_array(diagram->arena, 2 * size, sizeof(*old));
		for (size_t i = 0; i < size; i++) {
			if (old[i].node)
				*results_slot(diagram, &old[i]) = old[i];
		}
	}
	*results_slot(diagram, result) = *result;
}

/* ---- operations ---- */

struct task {
	struct diagram *diagram;
	enum operation operation;
	uint32_t operand; /* the bit or bits */
};

static bool is_terminal(const struct node *node)
{
	return !node->count;
}

/* Answers that need no look into the nodes; NULL: there is none. */
static const struct node *answer_follow(const struct task *task, const struct node *a,
					const struct node *b)
{
	uint32_t bit = task->operand;

	if (!(a->bits & bit) || (is_terminal(b) && b->bits == bit))
		return a;
	if (!is_terminal(a))
		return NULL;
	return diagram_with(task->diagram, b, a->bits & ~bit);
}

static const struct node *answer_with(const struct task *task, const struct node *a)
{
	if ((a->every & task->operand) == task->operand)
		return a;
	return is_terminal(a) ? diagram_terminal(task->diagram, a->bits | task->operand)
			      : NULL;
}

static const struct node *answer_differ(const struct task *task, const struct node *a,
					const struct node *b)
{
	if (a == b)
		return diagram_terminal(task->diagram, 0);
	if (!is_terminal(a) || !is_terminal(b))
		return NULL;
	return diagram_terminal(task->diagram,
				1u << 2 * SIDE_BITS | a->bits << SIDE_BITS | b->bits);
}

static const struct node *answer(const struct task *task, const struct node *a,
				 const struct node *b)
{
	switch (task->operation) {
	case OP_FOLLOW:
		return answer_follow(task, a, b);
	case OP_WITH:
		return answer_with(task, a);
	case OP_DIFFER:
		return answer_differ(task, a, b);
	case OP_SETTLE:
		break;
	}
	if (!a->mixed)
		return a;
	return is_terminal(a) ? diagram_terminal(task->diagram, task->operand) : NULL;
}

static const struct node *apply(const struct task *task, const struct node *a,
				const struct node *b);

/* Both at once, from the lowest value on; `b` NULL: only one is asked. */
static const struct node *merge(const struct task *task, const struct node *a,
				const struct node *b)
{
	enum variable variable =
		b && b->variable < a->variable ? b->variable : a->variable;
	const struct edge here = { variable_last(variable), a };
	const struct edge there = { variable_last(variable), b };
	const struct edge *left = a->variable == variable ? a->edges : &here;
	const struct edge *right = b && b->variable == variable ? b->edges : &there;
	size_t begun = diagram_begin(task->diagram, a->count + (b ? b->count : 0) + 1);

	for (bool last = false; !last;) {
		int order = value_compare(left->high, right->high);
		struct value high = order <= 0 ? left->high : right->high;

		diagram_edge(task->diagram, begun, high,
			     apply(task, left->to, right->to));
		last = value_compare(high, here.high) == 0;
		left += !last && order <= 0;
		right += !last && order >= 0;
	}
	return diagram_end(task->diagram, begun, variable);
}

/* What is as soon computed as found again. */
static bool is_small(const struct node *a, const struct node *b)
{
	return a->shallow && (!b || b->shallow) &&
	       a->count + (b ? b->count : 0) <= SMALL_EDGES;
}

static const struct node *apply(const struct task *task, const struct node *a,
				const struct node *b)
{
	const struct node *node = answer(task, a, b);
	struct result result = { a, b, task->operation, task->operand, NULL };
	const struct result *known;

	if (node)
		return node;
	if (is_small(a, b))
		return merge(task, a, b);
	known = results_slot(task->diagram, &result);
	if (known->node)
		return known->node;
	if (task->diagram->full) /* whatever: nobody looks at it */
		return a;
	result.node = merge(task, a, b);
	results_put(task->diagram, &result);
	return result.node;
}

const struct node *diagram_follow(struct diagram *diagram, const struct node *first,
				  uint32_t bit, const struct node *second)
{
	struct task task = { diagram, OP_FOLLOW, bit };

	return apply(&task, first, second);
}

const struct node *diagram_with(struct diagram *diagram, const struct node *node,
				uint32_t bits)
{
	struct task task = { diagram, OP_WITH, bits };

	return apply(&task, node, NULL);
}

const struct node *diagram_differ(struct diagram *diagram, const struct node *from,
				  const struct node *to)
{
	struct task task = { diagram, OP_DIFFER, 0 };

	return apply(&task, from, to);
}

void diagram_sides(const struct node *terminal, uint32_t *from, uint32_t *to)
{
	*from = terminal->bits >> SIDE_BITS & 0xff;
	*to = terminal->bits & 0xff;
}

const struct node *diagram_settle(struct diagram *diagram, const struct node *node,
				  uint32_t bits)
{
	struct task task = { diagram, OP_SETTLE, bits };

	return apply(&task, node, NULL);
}
