/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules: their steps one after the other, less those that nft adds by itself. */
#include "emit/form.h"

/* ---- what nft adds by itself ---- */

/* What nft knows of the packet while it reads a rule from left to right. */
struct known {
	uint8_t nfproto, l4proto; /* 0: nothing yet */
};

/* The most that one step can need: a network and a transport protocol. */
enum { NEED_MAX = 2 };

static bool compares_whole(const struct step *step, enum field field)
{
	const struct match *match = &step->match;

	return step->kind == STEP_MATCH && match->op == MATCH_EQUAL &&
	       match->fields[0] == field && match->bits == 8 * field_infos[field].width;
}

/* The address family that an ethertype stands for; 0: none of ours. */
static uint8_t nfproto_of_ether_type(uint32_t ether_type)
{
	switch (ether_type) {
	case 0x0800:
		return NFPROTO_IP4_FIELD;
	case 0x86dd:
		return NFPROTO_IP6_FIELD;
	}
	return NFPROTO_ANY_FIELD;
}

/* Whether the step is of the kind that nft adds, and what it tells. */
static bool step_tells(const struct step *step, enum table_family family,
		       struct known *told)
{
	*told = (struct known){ 0 };
	if (family == TABLE_INET && compares_whole(step, FIELD_NFPROTO))
		told->nfproto = step->match.value[0];
	else if (family == TABLE_NETDEV && compares_whole(step, FIELD_ETHER_PROTOCOL))
		told->nfproto = nfproto_of_ether_type(
			datatype_number(DATATYPE_ETHER_TYPE, step->match.value));
	else if (compares_whole(step, FIELD_L4PROTO))
		told->l4proto = step->match.value[0];
	return told->nfproto || told->l4proto;
}

static void known_add(struct known *known, struct known told)
{
	if (told.nfproto)
		known->nfproto = told.nfproto;
	if (told.l4proto)
		known->l4proto = told.l4proto;
}

static const enum field *step_fields(const struct step *step, size_t *count)
{
	if (step->kind == STEP_UPDATE) {
		*count = step->update.field_count;
		return step->update.fields;
	}
	*count = step->kind == STEP_MATCH ? step->match.field_count : 0;
	return step->match.fields;
}

/*
 * What nft would put before the step, knowing that much.  A field of a transport needs
 * its family ("icmpv6 type": IPv6) only where nft adds the transport too.
 */
static size_t step_needs(const struct step *step, struct known known,
			 struct known needs[NEED_MAX])
{
	size_t field_count, count = 0;
	const enum field *fields = step_fields(step, &field_count);

	for (size_t i = 0; i < field_count; i++) {
		const struct field_info *info = &field_infos[fields[i]];

		if (info->l4proto && known.l4proto)
			continue;
		if (info->nfproto && !known.nfproto) {
			known.nfproto = info->nfproto;
			needs[count++] = (struct known){ .nfproto = info->nfproto };
		}
		if (info->l4proto) {
			known.l4proto = info->l4proto;
			needs[count++] = (struct known){ .l4proto = info->l4proto };
		}
	}
	return count;
}

/* The end of the run of telling steps that begins at `i`; `i` itself when none does. */
static size_t run_end(const struct rule *rule, enum table_family family, size_t i)
{
	struct known told;

	while (i < rule->step_count && step_tells(&rule->steps[i], family, &told))
		i++;
	return i;
}

/* Whether steps first..end-1 are what nft would put before step `end`, and all of it.
 */
static bool run_is_added(const struct rule *rule, enum table_family family,
			 size_t first, size_t end, struct known known)
{
	struct known needs[NEED_MAX], told;

	if (end == rule->step_count ||
	    step_needs(&rule->steps[end], known, needs) != end - first)
		return false;
	for (size_t i = first; i < end; i++) {
		const struct known *need = &needs[i - first];

		if (!step_tells(&rule->steps[i], family, &told) ||
		    told.nfproto != need->nfproto || told.l4proto != need->l4proto)
			return false;
	}
	return true;
}

/* After the run and the step behind it. */
static void known_pass(const struct rule *rule, enum table_family family, size_t begin,
		       size_t end, struct known *known)
{
	struct known needs[NEED_MAX], told;

	for (size_t i = begin; i < end; i++) {
		step_tells(&rule->steps[i], family, &told);
		known_add(known, told);
	}
	if (end == rule->step_count)
		return;

	size_t count = step_needs(&rule->steps[end], *known, needs);

	for (size_t i = 0; i < count; i++)
		known_add(known, needs[i]);
}

bool step_is_implied(const struct rule *rule, enum table_family family, size_t i)
{
	struct known known = { 0 }, told;
	size_t begin = 0, end = run_end(rule, family, 0);

	while (end < i) {
		known_pass(rule, family, begin, end, &known);
		begin = end + 1;
		end = run_end(rule, family, begin);
	}
	for (size_t first = begin; first <= i && i < end; first++) {
		if (run_is_added(rule, family, first, end, known))
			return true;
		step_tells(&rule->steps[first], family, &told);
		known_add(&known, told);
	}
	return false;
}

/* ---- text and JSON ---- */

static void verdict_step_text(const struct step *step, struct buffer *out)
{
	verdict_text(step->verdict.verdict, step->verdict.target, out);
}

static json_t *verdict_step_json(const struct step *step)
{
	return verdict_json(step->verdict.verdict, step->verdict.target);
}

static void foreign_step_text(const struct step *step, struct buffer *out)
{
	foreign_text(step->foreign.text, out);
}

/* Not libnftables': a rule set to be loaded holds none of these. */
static json_t *foreign_step_json(const struct step *step)
{
	return json_made(json_pack("{s:o}", "foreign", json_text(step->foreign.text)));
}

/* clang-format off */
static const struct step_form {
	void (*text)(const struct step *step, struct buffer *out);
	json_t *(*json)(const struct step *step);
} step_forms[] = {
	[STEP_MATCH]   = { match_text,        match_json },
	[STEP_COUNTER] = { counter_text,      counter_json },
	[STEP_LIMIT]   = { limit_text,        limit_json },
	[STEP_LOG]     = { log_text,          log_json },
	[STEP_REJECT]  = { reject_text,       reject_json },
	[STEP_UPDATE]  = { update_text,       update_json },
	[STEP_VERDICT] = { verdict_step_text, verdict_step_json },
	[STEP_FOREIGN] = { foreign_step_text, foreign_step_json },
};

/* clang-format on */
_Static_assert(COUNT_OF(step_forms) == STEP_KIND_COUNT, "a step without a form");

void emit_rule(const struct rule *rule, enum table_family family, struct buffer *out)
{
	const char *separator = "";

	for (size_t i = 0; i < rule->step_count; i++) {
		if (step_is_implied(rule, family, i))
			continue;
		buffer_text(out, separator);
		step_forms[rule->steps[i].kind].text(&rule->steps[i], out);
		separator = " ";
	}
}

json_t *rule_json(const struct rule *rule, enum table_family family)
{
	json_t *statements = json_made(json_array());

	for (size_t i = 0; i < rule->step_count; i++) {
		if (!step_is_implied(rule, family, i))
			json_push(statements, step_forms[rule->steps[i].kind].json(
						      &rule->steps[i]));
	}
	return statements;
}
