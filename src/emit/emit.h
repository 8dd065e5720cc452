/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a rule set to text: nft scripts, libnftables JSON, single lines for the diff. */
#pragma once

#include <jansson.h>

#include "base/diag.h"
#include "ruleset/ruleset.h"

/*
 * The rule set as an nft script: one atomic transaction on rolewall's own tables,
 * deterministic to the byte.  Loading it into an empty namespace and applying the same
 * rule set leave the very same listing.  Needs emit_is_expressible().
 */
void emit_script(const struct ruleset *ruleset, struct buffer *out) ALL_NONNULL;

/*
 * Whether nft's words can say the rule set: no foreign parts, no text that would not
 * fit between nft's quotes.  True of what compile/ makes; not of every live rule set.
 */
bool emit_is_expressible(const struct ruleset *ruleset) ALL_NONNULL MUST_USE;

/*
 * The same as libnftables JSON, for `nft -j -f`.  libnftables 1.0.6 reads over comments
 * of tables, chains and sets, and knows no fractions of a second.
 */
json_t *emit_json(const struct ruleset *ruleset) MUST_USE;

/*
 * The tables as nft would list them, without handles, counters' values and the order
 * of elements: equal rule sets give equal text.  For diffs by others (Ansible).
 */
void emit_listing(const struct ruleset *ruleset, struct buffer *out) ALL_NONNULL;

/* A rule, without its comment: "ip saddr @client.4 tcp dport 22 counter accept". */
void emit_rule(const struct rule *rule, enum table_family family,
	       struct buffer *out) ALL_NONNULL;

/* Entry `i` of a set: "192.0.2.0/24", "established : accept", with its comment. */
void emit_element(const struct set *set, size_t i, struct buffer *out) ALL_NONNULL;

/* The header line of a base chain: "type filter hook input priority filter; policy
 * drop;" */
void emit_chain_header(const struct chain *chain, struct buffer *out) ALL_NONNULL;

/* A set's declaration in one line: "type ipv4_addr; flags interval;" */
void emit_set_header(const struct set *set, struct buffer *out) ALL_NONNULL;

/*
 * A string in nft's double quotes.  nft has no escapes: what it cannot hold ('"',
 * control characters, bytes that are not UTF-8) is shown as buffer_printable() does;
 * desired rule sets hold no such text (the loader refuses it).
 */
void emit_string(const char *text, struct buffer *out) ALL_NONNULL;

/* {"format":1,"ok":...,"exit":...,"errors":[...],"warnings":[...]}; owner: caller. */
json_t *document_new(const struct diags *diags, int exit_code) MUST_USE;

/* A json string of text from outside: see buffer_printable(). */
json_t *json_text(const char *text) MUST_USE;

/*
 * Building JSON; out of memory ends the process.  json_made() returns `value` itself:
 * what jansson made.
 */
json_t *json_made(json_t *value) RETURNS_NONNULL MUST_USE;
void json_put(json_t *object, const char *key, json_t *value);
void json_push(json_t *array, json_t *value);
