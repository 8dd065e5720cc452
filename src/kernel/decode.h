/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to a rule set: what a dump of the kernel says, and what encode.h makes.
 *
 * First tables, chains, sets and objects; then decoder_index(); then elements and
 * rules, which name them.  What rolewall would not write stays in the rule set as
 * something foreign; other tables leave nothing but neighbours.
 */
#pragma once

#include "kernel/expression.h"
#include "kernel/message.h"
#include "kernel/object.h"

struct message_list {
	const struct nlmsghdr **items;
	size_t count, capacity;
};

struct attr_list {
	const struct nlattr **items;
	size_t count, capacity;
};

/* A set whose elements come in any order, ends beside starts. */
struct set_reading {
	struct set *set; /* where it will be; complete after decoder_finish() */
	enum table_family family;
	const char *name; /* in messages: also of anonymous ones */
	uint32_t id;      /* of anonymous ones in an encoded rule set; else 0 */
	size_t stride;    /* bytes of a key, with its end where it has one */
	bool taken;       /* anonymous ones: by the rule that owns it */

	bool concatenation; /* also of types that are not understood */

	/* as dumped, where they are kept */
	const struct nlmsghdr *message;
	struct attr_list elements;
	uint32_t record_id; /* in the record (record.h); 0: not there yet */

	struct {
		uint8_t *items;
		size_t count, capacity; /* in elements */
	} keys;

	struct {
		struct raw_element {
			uint32_t extra; /* place in `extras`, from 1; 0: none */
			bool end;
		} * items;

		size_t count, capacity;
	} raws;

	struct {
		struct element *items;
		size_t count, capacity;
	} extras;
};

struct chain_reading {
	struct chain chain;
	enum table_family family;
	bool bound; /* hangs on a rule, as anonymous sets do; goes with it */

	struct {
		struct rule *items;
		size_t count, capacity;
	} rules;

	/* as dumped, where they are kept */
	const struct nlmsghdr *message;
	struct message_list rule_messages;
};

struct decoder {
	struct arena *arena;   /* of the rule set */
	struct arena *scratch; /* ends with the decoder */
	bool keep_foreign;     /* dumps: words for what is not understood */
	bool keep_messages;    /* for a record */
	bool saved;            /* the messages are of a file, not of the kernel */

	struct {
		struct table table;
		bool present;
		/* as dumped, where they are kept: the table's own, its objects' */
		const struct nlmsghdr *message;
		struct message_list object_messages;

		struct {
			struct object *items;
			size_t count, capacity;
		} objects;
	} tables[TABLE_FAMILY_COUNT];

	/* pointers, since those of the second are sorted */
	struct {
		struct set_reading **items;
		size_t count, capacity;
	} sets, sets_by_name;

	struct {
		struct chain_reading **items;
		size_t count, capacity;
	} chains, chains_by_name;

	struct {
		struct neighbour_reading {
			struct neighbour neighbour;
			enum table_family hooks; /* whose numbers its hook has */
		} * items;

		size_t count, capacity;
	} neighbours;

	struct chain_reading *last_chain; /* of the last rule */

	/* of one rule at a time */
	struct expression_list expressions, again;

	struct {
		struct step *items;
		size_t count, capacity;
	} steps;
};

void decoder_start(struct decoder *decoder, struct arena *arena) ALL_NONNULL;
void decoder_end(struct decoder *decoder) ALL_NONNULL;

enum decoded {
	DECODED,
	DECODED_OTHER, /* of another table, or nothing that a rule set has */
	DECODED_BROKEN /* parts are missing, or name what is not there */
};

/* NEWTABLE, NEWCHAIN, NEWSET, NEWOBJ, NEWFLOWTABLE. */
enum decoded decode_object(struct decoder *decoder,
			   const struct nlmsghdr *message) MUST_USE;
void decoder_index(struct decoder *decoder);
/* NEWSETELEM */
enum decoded decode_elements(struct decoder *decoder,
			     const struct nlmsghdr *message) MUST_USE;
/* NEWRULE */
enum decoded decode_rule(struct decoder *decoder,
			 const struct nlmsghdr *message) MUST_USE;

/* Puts it all together, normalized. */
struct ruleset *decoder_finish(struct decoder *decoder) MUST_USE;

/* ---- for these files ---- */

/* Whether the message is of a table of rolewall's; reads nothing but the names. */
bool decode_is_own(uint8_t family, const char *table, enum table_family *own) MUST_USE;

/* "WORDS" or, when there are some already, "SO FAR, WORDS". */
const char *foreign_add(struct arena *arena, const char *so_far, const char *format,
			...) PRINTF_LIKE(3);

/* The message where it stays until the decoder ends; NULL where none are kept. */
const struct nlmsghdr *decoder_keep(struct decoder *decoder,
				    const struct nlmsghdr *message);

enum decoded decode_set(struct decoder *decoder, const struct nlmsghdr *message);
void set_finish(struct decoder *decoder, struct set_reading *reading);
/* The list of a message with elements; NULL when it is another one. */
const struct nlattr *element_list(const struct nlmsghdr *message) MUST_USE;

/* NULL when there is none. */
struct set_reading *decoder_set(const struct decoder *decoder, enum table_family family,
				const char *name, uint32_t id) MUST_USE;
struct chain_reading *decoder_chain(struct decoder *decoder, enum table_family family,
				    const char *name) MUST_USE;

/* The bytes and words of a rule that rolewall does not write. */
struct step foreign_step(struct decoder *decoder, const struct nlmsghdr *message,
			 const struct nlattr *expressions) MUST_USE;
