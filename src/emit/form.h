/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside emit/: the parts of a rule set, each in nft's text and in libnftables JSON. */
#pragma once

#include "emit/emit.h"

/* ---- text.c: names and strings ---- */

/* Whether nft reads `name` as a bare word: "client.4", "input". */
bool name_is_plain(const char *name) ALL_NONNULL MUST_USE;

/* Whether nft can hold `text` between its double quotes, byte for byte. */
bool text_is_quotable(const char *text) ALL_NONNULL MUST_USE;

/* A bare word when nft would read one, else quoted (a live object of somebody else's).
 */
void name_text(const char *name, struct buffer *out) ALL_NONNULL;

/* `length` bytes in double quotes, with `ending` ("*" or "") behind them. */
void quoted_text(const char *text, size_t length, const char *ending,
		 struct buffer *out) ALL_NONNULL;

/* "[foreign: TEXT]": no word of nft's or of ours begins like that. */
void foreign_text(const char *text, struct buffer *out) ALL_NONNULL;

/* "1d2h", "1m30s", "1s500ms". */
void duration_text(uint64_t milliseconds, struct buffer *out) ALL_NONNULL;

/* ---- value.c: what fields are compared with ---- */

void value_text(enum datatype type, const uint8_t *bytes, unsigned bits,
		struct buffer *out) ALL_NONNULL;
json_t *value_json(enum datatype type, const uint8_t *bytes, unsigned bits) MUST_USE;

/* "established,related"; bits without a name as one number behind them. */
void bits_text(enum datatype type, uint32_t bits, struct buffer *out) ALL_NONNULL;
json_t *bits_json(enum datatype type, uint32_t bits) MUST_USE;

/* LOW-HIGH as nft lists it in a set: one value, a prefix where it is one, a range. */
void interval_text(enum datatype type, const uint8_t *low, const uint8_t *high,
		   struct buffer *out) ALL_NONNULL;
json_t *interval_json(enum datatype type, const uint8_t *low,
		      const uint8_t *high) MUST_USE;

/* ---- match.c: "ip saddr . tcp dport @name" ---- */

void fields_text(const enum field *fields, size_t count,
		 struct buffer *out) ALL_NONNULL;
json_t *fields_json(const enum field *fields, size_t count) MUST_USE;
void match_text(const struct step *step, struct buffer *out) ALL_NONNULL;
json_t *match_json(const struct step *step) MUST_USE;

/* ---- statement.c: everything in a rule that is not a match ---- */

void counter_text(const struct step *step, struct buffer *out) ALL_NONNULL;
json_t *counter_json(const struct step *step) MUST_USE;
void limit_text(const struct step *step, struct buffer *out) ALL_NONNULL;
json_t *limit_json(const struct step *step) MUST_USE;
void log_text(const struct step *step, struct buffer *out) ALL_NONNULL;
json_t *log_json(const struct step *step) MUST_USE;
void reject_text(const struct step *step, struct buffer *out) ALL_NONNULL;
json_t *reject_json(const struct step *step) MUST_USE;
void update_text(const struct step *step, struct buffer *out) ALL_NONNULL;
json_t *update_json(const struct step *step) MUST_USE;
void verdict_text(enum verdict verdict, const char *target, struct buffer *out);
json_t *verdict_json(enum verdict verdict, const char *target) MUST_USE;

/* ---- rule.c ---- */

/*
 * Whether nft puts step `i` of the rule there by itself, so that a script must not:
 * "meta l4proto tcp" directly before "tcp dport".
 */
bool step_is_implied(const struct rule *rule, enum table_family family,
		     size_t i) ALL_NONNULL MUST_USE;

/* The array of statements. */
json_t *rule_json(const struct rule *rule, enum table_family family) MUST_USE;

/* ---- set.c ---- */

/* "{ 22, 443 }" */
void set_anonymous_text(const struct set *set, struct buffer *out) ALL_NONNULL;
/* The "elem" array of a named set, the "set" array of an anonymous one. */
json_t *set_elements_json(const struct set *set) MUST_USE;
/* The whole object, indented by one tab; without the elements of dynamic sets. */
void set_block(const struct set *set, struct buffer *out) ALL_NONNULL;
json_t *set_json(const struct set *set, const struct table *table) MUST_USE;

/* ---- chain.c ---- */

/* The whole chain with its rules, indented by one tab. */
void chain_block(const struct chain *chain, enum table_family family,
		 struct buffer *out) ALL_NONNULL;
/* Its declaration, bound to one device (NULL: to none). */
json_t *chain_json(const struct chain *chain, const struct table *table,
		   const char *device) MUST_USE;
