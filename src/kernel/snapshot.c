/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot: all of rolewall's rules at one moment.
 *
 * Each kind of object is a dump of its own, and others may commit between any two: so
 * the generation is asked for before and after, each message is held against it, and
 * what was not all of one generation is thrown away and read again.
 */
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/limits.h"
#include "kernel/decode.h"
#include "kernel/dump.h"
#include "kernel/record.h"

struct snapshot {
	struct kernel *kernel;
	struct diags *diags;
	struct decoder decoder;
	uint32_t generation;
};

static bool take_object(void *state, const struct nlmsghdr *message)
{
	return decode_object(state, message) != DECODED_BROKEN;
}

static bool take_elements(void *state, const struct nlmsghdr *message)
{
	return decode_elements(state, message) != DECODED_BROKEN;
}

static bool take_rule(void *state, const struct nlmsghdr *message)
{
	return decode_rule(state, message) != DECODED_BROKEN;
}

static enum asked dump(struct snapshot *snapshot, struct request request)
{
	request.dump = true;
	request.generation = &snapshot->generation;
	request.state = &snapshot->decoder;
	return kernel_ask(snapshot->kernel, &request, snapshot->diags);
}

/* Tables and chains of all, for the neighbours'; those in rolewall's tables alone. */
static enum asked dump_everywhere(struct snapshot *snapshot, uint16_t type)
{
	return dump(snapshot, (struct request){
				      .type = type,
				      .family = AF_UNSPEC,
				      .take = take_object,
			      });
}

static enum asked dump_in_table(struct snapshot *snapshot, enum table_family family)
{
	/* clang-format off */
	static const struct {
		uint16_t type, table;
	} kinds[] = {
		{ NFT_MSG_GETSET,       NFTA_SET_TABLE },
		{ NFT_MSG_GETOBJ,       NFTA_OBJ_TABLE },
		{ NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE },
	};
	/* clang-format on */
	enum asked asked = ASKED;

	for (size_t i = 0; asked == ASKED && i < COUNT_OF(kinds); i++)
		asked = dump(snapshot,
			     (struct request){
				     .type = kinds[i].type,
				     .family = family_numbers[family],
				     .names = { { kinds[i].table, ROLEWALL_TABLE } },
				     .take = take_object,
			     });
	return asked;
}

static enum asked dump_elements(struct snapshot *snapshot)
{
	enum asked asked = ASKED;

	for (size_t i = 0; asked == ASKED && i < snapshot->decoder.sets.count; i++) {
		const struct set_reading *set = snapshot->decoder.sets.items[i];

		/* what rules fill in is never compared */
		if (set->set->dynamic && !snapshot->decoder.keep_messages)
			continue;
		asked = dump(
			snapshot,
			(struct request){
				.type = NFT_MSG_GETSETELEM,
				.family = family_numbers[set->family],
				.names = { { NFTA_SET_ELEM_LIST_TABLE, ROLEWALL_TABLE },
					   { NFTA_SET_ELEM_LIST_SET, set->name } },
				.take = take_elements,
			});
	}
	return asked;
}

static enum asked dump_rules(struct snapshot *snapshot, enum table_family family)
{
	return dump(snapshot, (struct request){
				      .type = NFT_MSG_GETRULE,
				      .family = family_numbers[family],
				      .names = { { NFTA_RULE_TABLE, ROLEWALL_TABLE } },
				      .take = take_rule,
			      });
}

static enum asked dump_all(struct snapshot *snapshot)
{
	enum asked asked = dump_everywhere(snapshot, NFT_MSG_GETTABLE);

	if (asked == ASKED)
		asked = dump_everywhere(snapshot, NFT_MSG_GETCHAIN);
	for (enum table_family f = 0; asked == ASKED && f < TABLE_FAMILY_COUNT; f++) {
		if (snapshot->decoder.tables[f].present)
			asked = dump_in_table(snapshot, f);
	}
	if (asked != ASKED)
		return asked;
	decoder_index(&snapshot->decoder);
	asked = dump_elements(snapshot);
	for (enum table_family f = 0; asked == ASKED && f < TABLE_FAMILY_COUNT; f++) {
		if (snapshot->decoder.tables[f].present)
			asked = dump_rules(snapshot, f);
	}
	return asked;
}

/* One try. */
static enum asked take_snapshot(struct snapshot *snapshot)
{
	uint32_t after;

	if (!kernel_generation(snapshot->kernel, snapshot->diags,
			       &snapshot->generation))
		return ASKED_FAILED;

	enum asked asked = dump_all(snapshot);

	if (asked != ASKED)
		return asked;
	if (!kernel_generation(snapshot->kernel, snapshot->diags, &after))
		return ASKED_FAILED;
	return after == snapshot->generation ? ASKED : ASKED_MOVED;
}

/* Lets a writer finish: 1, 2, 4, ... ms. */
static void pause_before_retry(unsigned tries)
{
	enum { NANOSECONDS_A_MS = 1000000 };
	struct timespec rest = { .tv_nsec = NANOSECONDS_A_MS << tries };

	while (nanosleep(&rest, &rest))
		continue;
}

static bool read_snapshot(struct snapshot *snapshot, struct arena *arena, bool whole,
			  const struct ruleset **live)
{
	for (unsigned tries = 0; tries < LIMIT_RETRIES; tries++) {
		if (tries)
			pause_before_retry(tries - 1);
		decoder_start(&snapshot->decoder, arena);
		snapshot->decoder.keep_foreign = true;
		snapshot->decoder.keep_messages = whole;

		enum asked asked = take_snapshot(snapshot);
		struct ruleset *ruleset = NULL;

		if (asked == ASKED) {
			ruleset = decoder_finish(&snapshot->decoder);
			ruleset->generation = snapshot->generation;
			if (whole)
				ruleset->record = record_make(&snapshot->decoder);
		}
		decoder_end(&snapshot->decoder);
		if (ruleset)
			*live = ruleset;
		if (asked != ASKED_MOVED)
			return asked == ASKED;
	}
	return diag_error(snapshot->diags, DIAG_GENERATION, (struct span){ 0 },
			  "the kernel's rules kept moving while they were read, %d "
			  "times over",
			  LIMIT_RETRIES);
}

bool kernel_read(struct kernel *kernel, struct arena *arena, struct diags *diags,
		 const struct ruleset **live)
{
	struct snapshot snapshot = { .kernel = kernel, .diags = diags };

	return read_snapshot(&snapshot, arena, false, live);
}

bool kernel_read_whole(struct kernel *kernel, struct arena *arena, struct diags *diags,
		       const struct ruleset **live)
{
	struct snapshot snapshot = { .kernel = kernel, .diags = diags };

	return read_snapshot(&snapshot, arena, true, live);
}
