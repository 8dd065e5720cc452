/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the opaque objects of the public header are: an arena each, and what lives in
 * it.
 *
 * Rule sets and messages point into the texts of the site that they come from, and so
 * keep it: a site ends when its last user does.
 */
#pragma once

#include <rolewall/rolewall.h>

#include "base/diag.h"
#include "effect/effect.h"
#include "explain/explain.h"
#include "guard/guard.h"
#include "kernel/kernel.h"
#include "plan/plan.h"
#include "ruleset/ruleset.h"
#include "site/site.h"
#include "state/state.h"

struct rolewall_site {
	unsigned users;
	struct arena *arena;
	const struct site *site; /* NULL: it could not be loaded; kept for its texts */
	struct readings *readings; /* for proofs; NULL: not made yet */
	bool expectations_hold;    /* false: not, or not asked yet */
	/* who was told that they do not: once is enough; never looked into */
	const struct rolewall_messages *told;
};

struct rolewall_messages {
	struct arena *arena;
	struct diags diags;

	struct {
		struct rolewall_site **items;
		size_t count, capacity;
	} sites; /* whose texts the spans point into */
};

struct rolewall_ruleset {
	struct arena *arena;
	struct rolewall_site *site; /* NULL: not from a site */
	const struct ruleset *ruleset;
};

struct rolewall_kernel {
	struct arena *arena;
	struct kernel *kernel;
	const char *netns; /* NULL: the caller's */
};

struct rolewall_state {
	struct arena *arena;
	struct state *files;
	/* as they were named, for a timer that has to find them again */
	const char *state_folder, *run_folder;
	const char *netns, *program;
	unsigned lock_seconds;
};

struct rolewall_plan {
	struct arena *arena;
	const struct plan *plan;
	struct rolewall_site *site; /* of the desired rule set, not kept; NULL: none */
	struct effects **effects;   /* NULL within: not asked for yet */
};

struct rolewall_explanation {
	struct arena *arena;
	struct rolewall_site *site;
	const struct explanation *explanation;
};

/* A handle on what lives in `arena`, which it takes; keeps the site. */
struct rolewall_ruleset *ruleset_new(struct arena *arena, struct rolewall_site *site,
				     const struct ruleset *content) MUST_USE;

/* Lets the messages outlive the site; NULL is allowed. */
void messages_keep_site(struct rolewall_messages *messages, struct rolewall_site *site);

/* The exit code that the first error asks for; ROLEWALL_OK without errors. */
enum rolewall_exit messages_exit(const struct rolewall_messages *messages) MUST_USE;

/* The exit code of what has failed, and has said why. */
int failure(const struct rolewall_messages *messages);

/* An options struct of the caller's version, in ours: what it does not have is zero. */
void copy_options(void *ours, size_t size, const void *theirs, size_t their_size);

/*
 * The host called `name`, or when NULL this machine's, by its name and only if that
 * fails by its addresses; NULL with diagnostics.
 */
const struct actor *find_host(struct rolewall_site *site, const char *name,
			      struct rolewall_messages *messages) MUST_USE;

/* Hands the bytes over to the caller. */
void text_give(struct buffer *buffer, struct rolewall_text *text) ALL_NONNULL;

/* What the plan opens and closes: found once, when it is first asked for. */
const struct effects *plan_effects(const struct rolewall_plan *plan) MUST_USE;

/* The saved form of a rule set: see saved.c. */
void saved_write(const struct ruleset *ruleset, struct buffer *out) ALL_NONNULL;
struct blob saved_blob(struct arena *arena, const struct ruleset *ruleset) MUST_USE;
const struct ruleset *saved_read(struct arena *arena, const char *path,
				 struct diags *diags) MUST_USE;
/* The same of bytes that `name` tells people of; NULL with a diagnostic. */
const struct ruleset *saved_decode(struct arena *arena, struct blob bytes,
				   const char *name, struct diags *diags) MUST_USE;

/* The machine: what its name and addresses are, and what day it is. */
int64_t machine_today(void) MUST_USE;
const char *machine_name(struct arena *arena) MUST_USE;
void machine_addresses(struct arena *arena, struct ranges addresses[FAMILY_COUNT]);

/* Packets and bytes that the rules of one flow have counted. */
struct flow_count {
	const char *id; /* the comment of the rules */
	uint64_t packets, bytes;
};

struct flow_counts {
	struct flow_count *items;
	size_t count, capacity;
};

/* Sums the counters of a live rule set by comment, in the order of the rules. */
void flow_counts_read(struct arena *arena, const struct ruleset *live,
		      struct flow_counts *counts) ALL_NONNULL;
