/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a host's rule set; compile_host() puts them together. */
#pragma once

#include "compile/grant.h"
#include "ruleset/build.h"

struct set_list {
	struct set *items;
	size_t count, capacity;
};

struct compiler {
	struct arena *arena;
	const struct site *site;
	const struct actor *host;
	struct diags *diags;
	struct grants grants;
	struct grant_sets grant_sets;
	struct rule_builder builder;
	struct set_list address_sets; /* sorted by name */
	struct set_list rate_sets;    /* one for each flow with a rate, and family */

	struct {
		struct chain *items;
		size_t count, capacity;
	} chains;

	size_t rule_count; /* of flows: held against LIMIT_RULES */
};

/* The named sets of the far ends' addresses: "client.4", "client.6", ... */
void compile_sets(struct compiler *compiler);

/* Rules of all flows that are open in a direction, in the site's order. */
bool compile_flows(struct compiler *compiler, enum direction direction,
		   struct rule_list *rules);

/* The base chains of table inet; false when a limit is passed. */
bool compile_chains(struct compiler *compiler);

/* A base chain named after its hook, behind those begun before; returns its place. */
size_t chain_begin_base(struct compiler *compiler, enum hook hook,
			enum verdict_policy verdict);
/* Gives the chain at that place its rules. */
void chain_end(struct compiler *compiler, size_t place, const struct rule_list *rules);

/* The chains and named sets so far, as table inet. */
struct table inet_table(struct compiler *compiler);

/* What passes or is dropped before any flow is asked: see housekeeping.c. */
void compile_housekeeping(struct compiler *compiler, enum hook hook,
			  struct rule_list *rules);

/* The end of a base chain: what nothing permitted is logged, counted, refused. */
void compile_policy(struct compiler *compiler, enum hook hook,
		    enum verdict_policy policy, struct rule_list *rules);

/* "log", with the site's prefix before `what`; false when that is too long. */
bool compile_log(struct compiler *compiler, const char *what);
