/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of the rule set to messages, in the forms and the order of nft 1.0.6: what
 * it would list after a load of its own, it lists after one of these.
 */
#pragma once

#include "kernel/expression.h"
#include "kernel/message.h"
#include "kernel/object.h"

/* What a message is about: as much of it as there is. */
struct subject {
	const struct table *table;
	const struct chain *chain;
	const struct set *set;
	const struct rule *rule;
	const struct object *object;
};

/* One for each message, in their order: where it starts, and what it is about. */
struct trace {
	struct trace_entry {
		size_t at;
		struct subject subject;
	} * items;

	size_t count, capacity;
};

struct encoder {
	struct buffer *out;
	struct arena *arena; /* of the trace, and of what is reused */
	struct trace trace;
	struct subject subject; /* of what is being encoded; `table` always */
	uint32_t first_sequence;
	uint32_t set_id; /* the last one given away */
	struct expression_list expressions;
	struct buffer userdata;
};

void encoder_start(struct encoder *encoder, struct arena *arena, struct buffer *out,
		   uint32_t first_sequence) ALL_NONNULL;
void encoder_end(struct encoder *encoder) ALL_NONNULL;

/* All of a rule set, into a kernel without rolewall's tables. */
void encode_ruleset(struct encoder *encoder, const struct ruleset *ruleset) ALL_NONNULL;

/* ---- what comes: encoder->subject.table says where ---- */

void encode_table(struct encoder *encoder, const struct table *table) ALL_NONNULL;
void encode_chain(struct encoder *encoder, const struct chain *chain) ALL_NONNULL;
/* What changes in place. */
void encode_policy(struct encoder *encoder, const struct chain *chain) ALL_NONNULL;
/* A named set, without its elements. */
void encode_set(struct encoder *encoder, const struct set *set) ALL_NONNULL;

/* How a rule's message says where the rule goes. */
struct rule_place {
	uint16_t flags;    /* NLM_F_CREATE, NLM_F_APPEND, NLM_F_REPLACE */
	uint64_t handle;   /* NLM_F_REPLACE: of the rule that it takes the place of */
	uint64_t position; /* of the rule it goes behind; 0: none */
	uint32_t position_id; /* the same, of a rule of this batch; 0: none */
	uint32_t id;          /* its own in this batch; 0: nobody asks for it */
};

/* Behind all others of its chain: encoder->subject.chain. */
extern const struct rule_place place_last;

/*
 * A rule with the anonymous sets that it owns.  Its counters start with those of
 * `counted` (in their order), or with zero when that is NULL.
 */
void encode_rule(struct encoder *encoder, const struct rule *rule,
		 const struct rule_place *place, const struct rule *counted);

/* ---- elements: as many to a message as fit ---- */

struct element_run {
	struct encoder *encoder;
	uint16_t type; /* NFT_MSG_NEWSETELEM or _DELSETELEM */
	const struct set *set;
	uint32_t set_id;      /* of an anonymous set */
	size_t message, list; /* where they start; only while `number` is not 0 */
	uint16_t number;      /* of the last element in the list */
};

/* The next element's set may differ from the last one's: then a message begins. */
void elements_start(struct element_run *run, struct encoder *encoder, uint16_t type);
/* `counted`: whose counter it starts with; NULL: from zero. */
void elements_add(struct element_run *run, const struct set *set, size_t i,
		  const struct element *counted);
void elements_end(struct element_run *run);

/* ---- what goes ---- */

void encode_table_gone(struct encoder *encoder, const struct table *table);
void encode_chain_gone(struct encoder *encoder, const struct chain *chain);
void encode_set_gone(struct encoder *encoder, const struct set *set);
void encode_object_gone(struct encoder *encoder, const struct object *object);
void encode_rule_gone(struct encoder *encoder, const struct chain *chain,
		      const struct rule *rule);

/* ---- for these files ---- */

/* Starts a message about encoder->subject and notes it in the trace. */
size_t encoder_message(struct encoder *encoder, uint16_t type, uint16_t flags) MUST_USE;

/* NEWSET, of an anonymous set too; returns the id that it gets. */
uint32_t encode_set_declaration(struct encoder *encoder, const struct set *set);
void encode_elements(struct encoder *encoder, const struct set *set, uint32_t set_id);

/* "__set%d", "__map%d": the kernel puts a number there. */
const char *anonymous_name(const struct set *set);
