/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small pieces of rule sets for the tests of emit/, made by hand. */
#pragma once

#include <string.h>

#include "ruleset/build.h"
#include "ruleset/ruleset.h"

static const struct span nowhere;

/* A match of one field against numbers, any operator but the sets'. */
static inline struct step step_match(enum match_op op, enum field field, uint32_t low,
				     uint32_t high)
{
	struct step step = { .kind = STEP_MATCH };

	step.match.op = op;
	step.match.fields[0] = field;
	step.match.field_count = 1;
	step.match.bits = (uint16_t)(8 * field_infos[field].width);
	datatype_put_number(field_infos[field].type, low, step.match.value);
	datatype_put_number(field_infos[field].type, high, step.match.high);
	return step;
}

/* A match of fields, concatenated, against a set. */
static inline struct step step_lookup(enum match_op op, const struct set *set,
				      size_t count, const enum field *fields)
{
	struct step step = { .kind = STEP_MATCH };

	step.match.op = op;
	step.match.field_count = count;
	memcpy(step.match.fields, fields, count * sizeof(*fields));
	step.match.set = set;
	return step;
}

static inline struct step step_limit(uint64_t rate, uint64_t seconds, uint32_t burst)
{
	struct step step = { .kind = STEP_LIMIT };

	step.limit =
		(struct limit){ .rate = rate, .unit_seconds = seconds, .burst = burst };
	return step;
}

static inline struct step step_log(const char *prefix)
{
	struct step step = { .kind = STEP_LOG };

	step.log.prefix = prefix;
	return step;
}

static inline struct step step_reject(enum reject_kind kind, uint8_t code)
{
	struct step step = { .kind = STEP_REJECT };

	step.reject.kind = kind;
	step.reject.code = code;
	return step;
}

static inline struct step step_update(const struct set *set, enum field field,
				      struct limit limit)
{
	struct step step = { .kind = STEP_UPDATE };

	step.update.set = set;
	step.update.fields[0] = field;
	step.update.field_count = 1;
	step.update.limit = limit;
	return step;
}

/* "192.0.2.1" and "2001:db8::1", as far as the tests need them. */
static const uint8_t ip4[4] = { 192, 0, 2, 1 };
static const uint8_t ip6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
