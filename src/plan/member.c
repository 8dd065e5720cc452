/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing objects member by member: one row says whether a member counts, how it is
 * read, what it is called and whether the kernel changes it in place.
 */
#include <inttypes.h>
#include <string.h>

#include "plan/member.h"

enum compare {
	COMPARE_FLAG,   /* bool */
	COMPARE_NUMBER, /* unsigned, of the member's size */
	COMPARE_SIGNED, /* int32_t */
	COMPARE_BITS,   /* uint32_t, said in hexadecimal */
	COMPARE_WORD,   /* an enum with a table of words */
	COMPARE_TEXT,   /* const char *, NULL: none */
	COMPARE_TEXTS,  /* const char *const *, with a count */
	COMPARE_TYPES,  /* enum datatype [], with a count */
	COMPARE_NEVER   /* the kernel's, not ours */
};

struct member {
	const char *name;
	enum compare compare;
	bool in_place;
	size_t offset, size;
	size_t count_offset;      /* COMPARE_TEXTS, COMPARE_TYPES: of a size_t */
	const char *const *words; /* COMPARE_WORD */
	size_t word_count;
};

struct members {
	const struct member *rows;
	size_t count;
};

/* clang-format off */
#define PLACE(owner, member) \
	.offset = offsetof(struct owner, member), \
	.size = sizeof(((struct owner *)0)->member)
#define COUNTED(owner, member) .count_offset = offsetof(struct owner, member)
#define WORDS(table, n) .words = (table), .word_count = (n)

/* Its name is what a table, chain or set is found by: never different. */
static const struct member table_rows[] = {
	{ "comment",       COMPARE_TEXT,  false, PLACE(table, comment) },
	{ "dormant",       COMPARE_FLAG,  true,  PLACE(table, dormant) },
	{ "other flags",   COMPARE_BITS,  false, PLACE(table, unknown_flags) },
	{ "handle",        COMPARE_NEVER, false, PLACE(table, kernel_handle) },
	{ "origin",        COMPARE_NEVER, false, PLACE(table, origin) },
};

static const struct member chain_rows[] = {
	{ "comment",       COMPARE_TEXT,  false, PLACE(chain, comment) },
	{ "base chain",    COMPARE_FLAG,  false, PLACE(chain, base) },
	{ "not understood", COMPARE_TEXT, false, PLACE(chain, foreign) },
	{ "handle",        COMPARE_NEVER, false, PLACE(chain, kernel_handle) },
	{ "origin",        COMPARE_NEVER, false, PLACE(chain, origin) },
};

/* Beside those, where both are base chains. */
static const struct member base_chain_rows[] = {
	{ "type",          COMPARE_WORD,   false, PLACE(chain, type),
	  WORDS(chain_type_names, CHAIN_TYPE_COUNT) },
	{ "hook",          COMPARE_WORD,   false, PLACE(chain, hook),
	  WORDS(hook_names, HOOK_COUNT) },
	{ "priority",      COMPARE_SIGNED, false, PLACE(chain, priority) },
	{ "devices",       COMPARE_TEXTS,  false, PLACE(chain, devices),
	  COUNTED(chain, device_count) },
	{ "policy",        COMPARE_WORD,   true,  PLACE(chain, policy),
	  WORDS(verdict_names, VERDICT_COUNT) },
};

static const struct member set_rows[] = {
	{ "comment",       COMPARE_TEXT,   false, PLACE(set, comment) },
	{ "type",          COMPARE_TYPES,  false, PLACE(set, types),
	  COUNTED(set, type_count) },
	{ "map",           COMPARE_FLAG,   false, PLACE(set, map) },
	{ "interval",      COMPARE_FLAG,   false, PLACE(set, interval) },
	{ "dynamic",       COMPARE_FLAG,   false, PLACE(set, dynamic) },
	{ "timeouts",      COMPARE_FLAG,   false, PLACE(set, timeout) },
	{ "counters",      COMPARE_FLAG,   false, PLACE(set, counter) },
	{ "constant",      COMPARE_FLAG,   false, PLACE(set, constant) },
	{ "timeout in ms", COMPARE_NUMBER, false, PLACE(set, timeout_ms) },
	{ "size",          COMPARE_NUMBER, false, PLACE(set, size) },
	{ "key bytes",     COMPARE_NUMBER, false, PLACE(set, key_length) },
	{ "other flags",   COMPARE_BITS,   false, PLACE(set, unknown_flags) },
	{ "not understood", COMPARE_TEXT,  false, PLACE(set, foreign) },
	{ "handle",        COMPARE_NEVER,  false, PLACE(set, kernel_handle) },
	{ "origin",        COMPARE_NEVER,  false, PLACE(set, origin) },
};

static const struct member element_rows[] = {
	{ "verdict",       COMPARE_WORD,   true,  PLACE(element, verdict),
	  WORDS(verdict_names, VERDICT_COUNT) },
	{ "target",        COMPARE_TEXT,   true,  PLACE(element, target) },
	{ "comment",       COMPARE_TEXT,   true,  PLACE(element, comment) },
	{ "counter",       COMPARE_FLAG,   true,  PLACE(element, has_counter) },
	{ "timeout in ms", COMPARE_NUMBER, true,  PLACE(element, timeout_ms) },
	{ "packets",       COMPARE_NEVER,  true,  PLACE(element, packets) },
	{ "bytes",         COMPARE_NEVER,  true,  PLACE(element, bytes) },
	{ "expires",       COMPARE_NEVER,  true,  PLACE(element, expires_ms) },
	{ "origin",        COMPARE_NEVER,  true,  PLACE(element, origin) },
};

/* clang-format on */
#define MEMBERS(rows) ((struct members){ (rows), COUNT_OF(rows) })

/* ---- reading ---- */

static const void *member_at(const void *object, const struct member *member)
{
	return (const char *)object + member->offset;
}

static const char *member_text(const void *object, const struct member *member)
{
	const char *text;

	memcpy(&text, member_at(object, member), sizeof(text));
	return text;
}

static uint64_t member_number(const void *object, const struct member *member)
{
	uint32_t narrow;
	uint64_t wide;
	bool flag;

	if (member->size == sizeof(flag)) {
		memcpy(&flag, member_at(object, member), sizeof(flag));
		return flag;
	}
	if (member->size == sizeof(narrow)) {
		memcpy(&narrow, member_at(object, member), sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, member_at(object, member), sizeof(wide));
	return wide;
}

static size_t member_count(const void *object, const struct member *member)
{
	size_t count;

	memcpy(&count, (const char *)object + member->count_offset, sizeof(count));
	return count;
}

/* ---- comparing ---- */

static bool texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool lists_equal(const void *a, const void *b, const struct member *member)
{
	size_t count = member_count(a, member);
	const char *const *left, *const *right;

	if (count != member_count(b, member))
		return false;
	if (member->compare == COMPARE_TYPES)
		return memcmp(member_at(a, member), member_at(b, member),
			      count * sizeof(enum datatype)) == 0;

	memcpy(&left, member_at(a, member), sizeof(left));
	memcpy(&right, member_at(b, member), sizeof(right));
	for (size_t i = 0; i < count; i++) {
		if (strcmp(left[i], right[i]) != 0)
			return false;
	}
	return true;
}

static bool member_equal(const void *a, const void *b, const struct member *member)
{
	switch (member->compare) {
	case COMPARE_FLAG:
	case COMPARE_NUMBER:
	case COMPARE_SIGNED:
	case COMPARE_BITS:
	case COMPARE_WORD:
		return member_number(a, member) == member_number(b, member);
	case COMPARE_TEXT:
		return texts_equal(member_text(a, member), member_text(b, member));
	case COMPARE_TEXTS:
	case COMPARE_TYPES:
		return lists_equal(a, b, member);
	case COMPARE_NEVER:
		break;
	}
	return true;
}

/* ---- saying it ---- */

static void print_texts(struct buffer *out, const void *object,
			const struct member *member)
{
	size_t count = member_count(object, member);
	const char *const *texts;

	memcpy(&texts, member_at(object, member), sizeof(texts));
	for (size_t i = 0; i < count; i++) {
		buffer_text(out, i ? ", " : "");
		buffer_printable(out, texts[i], strlen(texts[i]), 0);
	}
	if (!count)
		buffer_text(out, "none");
}

static void print_types(struct buffer *out, const void *object,
			const struct member *member)
{
	size_t count = member_count(object, member);
	enum datatype types[SET_FIELD_MAX];

	memcpy(types, member_at(object, member), sizeof(types));
	for (size_t i = 0; i < count && i < SET_FIELD_MAX; i++) {
		const char *name = datatypes[types[i]].name;

		buffer_format(out, "%s%s", i ? " . " : "", name ? name : "integer");
	}
}

static void print_word(struct buffer *out, uint64_t number, const struct member *member)
{
	if (number < member->word_count)
		buffer_text(out, member->words[number]);
	else
		buffer_format(out, "%" PRIu64, number);
}

static void print_text(struct buffer *out, const char *text)
{
	if (!text) {
		buffer_text(out, "none");
		return;
	}
	buffer_char(out, '"');
	buffer_printable(out, text, strlen(text), '"');
	buffer_char(out, '"');
}

static void print_member(struct buffer *out, const void *object,
			 const struct member *member)
{
	switch (member->compare) {
	case COMPARE_FLAG:
		buffer_text(out, member_number(object, member) ? "yes" : "no");
		break;
	case COMPARE_NUMBER:
		buffer_format(out, "%" PRIu64, member_number(object, member));
		break;
	case COMPARE_SIGNED:
		buffer_format(out, "%" PRId32, (int32_t)member_number(object, member));
		break;
	case COMPARE_BITS:
		buffer_format(out, "%#" PRIx64, member_number(object, member));
		break;
	case COMPARE_WORD:
		print_word(out, member_number(object, member), member);
		break;
	case COMPARE_TEXT:
		print_text(out, member_text(object, member));
		break;
	case COMPARE_TEXTS:
		print_texts(out, object, member);
		break;
	case COMPARE_TYPES:
		print_types(out, object, member);
		break;
	case COMPARE_NEVER:
		break;
	}
}

/* Adds "NAME: LIVE -> DESIRED" for each member that differs. */
static void members_compare(struct members members, const void *live,
			    const void *desired, struct buffer *out, bool *in_place)
{
	for (size_t i = 0; i < members.count; i++) {
		const struct member *member = &members.rows[i];

		if (member_equal(live, desired, member))
			continue;
		buffer_format(out, "%s%s: ", out->length ? "; " : "", member->name);
		print_member(out, live, member);
		buffer_text(out, " -> ");
		print_member(out, desired, member);
		*in_place &= member->in_place;
	}
}

static struct difference difference_of(struct arena *arena, const struct buffer *what,
				       bool in_place)
{
	if (!what->length)
		return (struct difference){ NULL, true };
	return (struct difference){ arena_copy(arena, what->data, what->length),
				    in_place };
}

struct difference table_difference(struct arena *arena, const struct table *live,
				   const struct table *desired)
{
	struct buffer what AUTO_BUFFER = { 0 };
	bool in_place = true;

	members_compare(MEMBERS(table_rows), live, desired, &what, &in_place);
	return difference_of(arena, &what, in_place);
}

struct difference chain_difference(struct arena *arena, const struct chain *live,
				   const struct chain *desired)
{
	struct buffer what AUTO_BUFFER = { 0 };
	bool in_place = true;

	members_compare(MEMBERS(chain_rows), live, desired, &what, &in_place);
	if (live->base && desired->base)
		members_compare(MEMBERS(base_chain_rows), live, desired, &what,
				&in_place);
	return difference_of(arena, &what, in_place);
}

struct difference set_difference(struct arena *arena, const struct set *live,
				 const struct set *desired)
{
	struct buffer what AUTO_BUFFER = { 0 };
	bool in_place = true;

	if (set_declaration_equal(live, desired))
		return (struct difference){ NULL, true };

	members_compare(MEMBERS(set_rows), live, desired, &what, &in_place);
	if (!what.length)
		buffer_text(&what, "declaration");
	return difference_of(arena, &what, false);
}

struct difference element_difference(struct arena *arena, const struct set *live,
				     size_t i, const struct set *desired, size_t k)
{
	static const struct element plain;
	struct buffer what AUTO_BUFFER = { 0 };
	bool in_place = true;

	if (set_element_equal(live, i, desired, k))
		return (struct difference){ NULL, true };

	members_compare(
		MEMBERS(element_rows), live->elements ? &live->elements[i] : &plain,
		desired->elements ? &desired->elements[k] : &plain, &what, &in_place);
	if (!what.length)
		buffer_text(&what, "contents");
	return difference_of(arena, &what, true);
}
