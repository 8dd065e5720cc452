/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making rules: appends steps and puts the dependencies before them as nft does, so
 * that what compile/ writes is expression for expression what nft would load.
 */
#pragma once

#include "ruleset/ruleset.h"

struct rule_builder {
	struct arena *arena;
	enum table_family family;

	struct {
		struct step *items;
		size_t count, capacity;
	} steps;

	uint8_t nfproto, l4proto; /* what the steps so far have matched; 0: nothing */
};

struct rule_list {
	struct rule *items;
	size_t count, capacity;
};

void build_start(struct rule_builder *builder, struct arena *arena,
		 enum table_family family);
/* Any step, without dependencies. */
void build_step(struct rule_builder *builder, struct step step);
/* One field against a number ("tcp dport 22"). */
void build_equal(struct rule_builder *builder, enum field field, uint32_t number);
/* One field against bytes of which the first `bits` count ("iifname eth*"). */
void build_compare(struct rule_builder *builder, enum match_op op, enum field field,
		   const uint8_t *value, unsigned bits);
void build_range(struct rule_builder *builder, enum field field, uint32_t low,
		 uint32_t high);
/* The same of bytes ("ip saddr 192.0.2.3-192.0.2.9"). */
void build_between(struct rule_builder *builder, enum field field, const uint8_t *low,
		   const uint8_t *high);
/* An interface name, with a trailing '*' for any ending. */
void build_interface(struct rule_builder *builder, enum match_op op, enum field field,
		     const char *name);
/* A field in a named or anonymous set; MATCH_MAP for a verdict map. */
void build_lookup(struct rule_builder *builder, enum match_op op, enum field field,
		  const struct set *set);
void build_counter(struct rule_builder *builder);
void build_verdict(struct rule_builder *builder, enum verdict verdict,
		   const char *target);
/* Ends the rule: appends it to `rules` with its comment and origin. */
void build_end(struct rule_builder *builder, struct rule_list *rules,
	       const char *comment, struct span origin);

/* An anonymous set of numbers of a datatype, sorted ("{ 22, 443 }"). */
const struct set *set_of_numbers(struct arena *arena, enum datatype type,
				 const uint32_t *numbers, size_t count);
/* An anonymous set of ports ("{ 135, 1025-65535 }"). */
const struct set *set_of_ports(struct arena *arena, const uint16_t (*ranges)[2],
			       size_t count);
/* A named interval set of addresses; takes the bytes of `ranges`, copies nothing. */
struct set set_of_addresses(const char *name, enum family family,
			    const struct ranges *ranges, struct span origin);
/* An anonymous map from numbers to verdicts without target. */
const struct set *set_of_verdicts(struct arena *arena, enum datatype type,
				  const uint32_t *numbers, const enum verdict *verdicts,
				  size_t count);
