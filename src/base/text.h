/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small questions about text: UTF-8, names, numbers, the nearest name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * The code point that `text` starts with, and its size in bytes; 0 when the bytes
 * are not well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
 */
size_t text_decode_utf8(const char *text, size_t length,
			uint32_t *code_point) ALL_NONNULL MUST_USE;

/*
 * Characters that redraw or reorder what a person sees: C0, DEL, C1, line separators,
 * the bidirectional controls.
 */
bool text_is_hidden(uint32_t code_point) MUST_USE;

/* Terminal columns that a shown character takes: 0, 1 or 2. */
unsigned text_columns(uint32_t code_point) MUST_USE;

/* Well-formed UTF-8 without hidden characters: what free text may hold. */
bool text_is_free(const char *text) ALL_NONNULL MUST_USE;

/* [a-z0-9][a-z0-9.-]{0,62}: roles, hosts, peers, services, flows, profiles. */
bool text_is_name(const char *text) ALL_NONNULL MUST_USE;

/*
 * An interface name: free text of 1 to 15 bytes without '/', ':', space, '"' and '\\';
 * one trailing '*' stands for any ending.  Not "." or "..", and not "*" alone.
 */
bool text_is_interface(const char *text) ALL_NONNULL MUST_USE;

/* An unsigned decimal number without sign, space or leading zero, at most `max`. */
bool text_number(const char *text, size_t length, uint64_t max,
		 uint64_t *number) ALL_NONNULL MUST_USE;

/*
 * Of `names` (NULL entries are passed over), the nearest to `name` by edit distance,
 * letter case aside, when it is near enough to be what was meant; else NULL.
 */
const char *text_nearest(const char *name, const char *const *names,
			 size_t count) MUST_USE;
