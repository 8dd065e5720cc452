/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decision diagrams: functions of a packet as one tree of intervals, in which equal
 * functions are equal pointers.
 *
 * A node asks for one variable and has an edge for each run of values; variables are
 * asked in the order of the enum on every way from the top.  A terminal is a set of
 * bits.  Nodes are kept once (hash-consed), and what was computed of two of them is
 * remembered.  A set of 100,000 prefixes is one node, passed over in one go.
 *
 * Cost: a node takes 24 bytes an edge.  diagram_follow() of two functions takes at most
 * the product of their nodes' counts, in practice the sum of their edges.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A number of up to 128 bits: an address, a port, an interface's 15 bytes. */
struct value {
	uint64_t high, low;
};

/* What a function may ask of a packet, from the top: see variable_names. */
enum variable {
	VARIABLE_IIF, /* first: few rules ask for it, and all behind them is shared */
	VARIABLE_OIF,
	VARIABLE_ROUTE_BACK,
	VARIABLE_PACKET_TYPE,
	VARIABLE_PROTOCOL,
	VARIABLE_ICMP_TYPE,
	VARIABLE_DESTINATION_PORT,
	VARIABLE_SOURCE_PORT,
	VARIABLE_HOP_LIMIT,
	VARIABLE_DESTINATION_4,
	VARIABLE_SOURCE_4,
	VARIABLE_DESTINATION_6,
	VARIABLE_SOURCE_6,
	VARIABLE_COUNT /* of terminals */
};

/* How many bits a variable has. */
extern const uint8_t variable_bits[VARIABLE_COUNT];

struct interval {
	struct value low, high; /* both inclusive */
};

struct intervals {
	const struct interval *items; /* sorted, apart */
	size_t count;
};

struct node;

/* Values from behind the edge before, up to `high`. */
struct edge {
	struct value high;
	const struct node *to;
};

struct node {
	uint32_t id; /* in the order of their making */
	enum variable variable;
	uint32_t bits;  /* that some terminal below has; a terminal's own */
	uint32_t every; /* that all terminals below have */
	bool shallow;   /* no node below but terminals */
	bool mixed;     /* some terminal below has several bits, or none */
	uint32_t hash;
	uint32_t count; /* edges; 0: a terminal */
	struct edge edges[];
};

struct diagram;

/*
 * Everything lives in the arena.  With more than `edge_max` edges in all it is full:
 * then functions are wrong, and diagram_is_full() says so.
 */
struct diagram *diagram_new(struct arena *arena, size_t edge_max) MUST_USE;
bool diagram_is_full(const struct diagram *diagram) MUST_USE;
/* Edges so far. */
size_t diagram_size(const struct diagram *diagram) MUST_USE;

const struct node *diagram_terminal(struct diagram *diagram, uint32_t bits) MUST_USE;

/*
 * A node edge by edge, from the lowest: the edges' highs rise, the last is the
 * variable's greatest; the children ask for variables behind it.  Nodes may be begun
 * one in the other.
 */
size_t diagram_begin(struct diagram *diagram, size_t edges_expected) MUST_USE;
void diagram_edge(struct diagram *diagram, size_t begun, struct value high,
		  const struct node *to);
const struct node *diagram_end(struct diagram *diagram, size_t begun,
			       enum variable variable) MUST_USE;
/* Instead of diagram_end(): nothing was begun. */
void diagram_cancel(struct diagram *diagram, size_t begun);

/* `inside` for values in one of the intervals, else `outside`. */
const struct node *diagram_choose(struct diagram *diagram, enum variable variable,
				  struct intervals intervals, const struct node *inside,
				  const struct node *outside) MUST_USE;

/* Where `first` has the bit: its other bits, and those of `second`; else `first`. */
const struct node *diagram_follow(struct diagram *diagram, const struct node *first,
				  uint32_t bit, const struct node *second) MUST_USE;

/* The same of many in a row: each where all before it have the bit. */
const struct node *diagram_chain(struct diagram *diagram,
				 const struct node *const *nodes, size_t count,
				 uint32_t bit) MUST_USE;

/* The bits besides. */
const struct node *diagram_with(struct diagram *diagram, const struct node *node,
				uint32_t bits) MUST_USE;

/* Terminals 0 where both are the same, else both of them: diagram_sides(). */
const struct node *diagram_differ(struct diagram *diagram, const struct node *from,
				  const struct node *to) MUST_USE;

/* Of a terminal of diagram_differ() that is not 0: the bits of both, below 256. */
void diagram_sides(const struct node *terminal, uint32_t *from, uint32_t *to);

/* Terminals that have not exactly one bit become `bits`. */
const struct node *diagram_settle(struct diagram *diagram, const struct node *node,
				  uint32_t bits) MUST_USE;

/* The edge that a value takes. */
const struct edge *node_edge(const struct node *node, struct value value) MUST_USE;

static inline struct value value_of(uint64_t number)
{
	return (struct value){ 0, number };
}

static inline int value_compare(struct value a, struct value b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return a.low < b.low ? -1 : a.low > b.low;
}

/* Neither overflows: the caller knows that there is one. */
static inline struct value value_next(struct value value)
{
	value.high += ++value.low == 0;
	return value;
}

static inline struct value value_before(struct value value)
{
	value.high -= value.low-- == 0;
	return value;
}

static inline bool value_is_zero(struct value value)
{
	return !value.high && !value.low;
}

/* Bytes in network order, `width` of them. */
struct value value_load(const uint8_t *bytes, size_t width) MUST_USE;
void value_store(struct value value, uint8_t *bytes, size_t width);

/* The greatest value of a variable. */
struct value variable_last(enum variable variable) MUST_USE;
