/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Putting a rule set back, whatever has come in its place.
 *
 * Each table is made, where it is not, removed and made again with all that it had: so
 * nothing that was done in between can stand in the way.  Packets see none of it until
 * all of it is there.
 */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "kernel/record.h"
#include "kernel/rewrite.h"
#include "kernel/send.h"

/* ---- what cannot be brought back ---- */

static void warn_of_message(const struct nlmsghdr *message, struct diags *diags)
{
	struct buffer what AUTO_BUFFER = { 0 };
	struct named named;

	subject_name(diags->arena, message, &named);
	subject_describe(&named.subject, &what);
	if (message_type(message) == NFT_MSG_NEWRULE)
		buffer_format(&what, ", for its expression \"%s\"",
			      record_obstacle(message));
	diag_warning(diags, DIAG_KERNEL, (struct span){ 0 },
		     "a roll-back cannot bring back %s", what.data);
}

bool kernel_restore_check(const struct ruleset *ruleset, struct diags *diags)
{
	unsigned before = diags->warning_count;

	if (!ruleset->record)
		return true;

	struct record_walk walk = record_messages(ruleset);

	for (const struct nlmsghdr *message; (message = record_next(&walk));) {
		if (!record_is_sent(message))
			warn_of_message(message, diags);
	}
	for (size_t i = 0; i < ruleset->record->lost_count; i++)
		diag_warning(diags, DIAG_KERNEL, (struct span){ 0 },
			     "a roll-back cannot bring back %s",
			     ruleset->record->lost[i]);
	return diags->warning_count == before;
}

/* ---- making ---- */

static void put_table_message(struct buffer *out, uint16_t type,
			      enum table_family family)
{
	struct message_head head = { .type = type, .family = family_numbers[family] };
	size_t start = message_begin(out, &head);

	/* without flags: one that sleeps is not woken to be removed */
	attr_put_text(out, NFTA_TABLE_NAME, ROLEWALL_TABLE);
	message_end(out, start);
}

static void put_ruleset(const struct ruleset *ruleset, struct buffer *out)
{
	if (ruleset->record)
		record_put(ruleset, out);
	else
		kernel_encode(ruleset, out);
}

/* All messages between head and end. */
static size_t number_messages(struct buffer *batch, uint32_t begin, size_t *last)
{
	struct message_walk walk = { (const uint8_t *)batch->data, batch->length };
	uint32_t sequence = begin;
	size_t count = 0;

	for (const struct nlmsghdr *message; (message = message_next(&walk));) {
		size_t at = (size_t)((const char *)message - batch->data);

		memcpy(batch->data + at + offsetof(struct nlmsghdr, nlmsg_seq),
		       &sequence, sizeof(sequence));
		sequence++;
		if (!message_is_ours(message))
			continue;
		*last = at;
		count++;
	}
	return count;
}

void kernel_restore_make(const struct ruleset *ruleset, struct buffer *batch)
{
	size_t last = 0;

	message_batch_begin(batch, 0, 0);
	for (enum table_family f = 0; f < TABLE_FAMILY_COUNT; f++) {
		put_table_message(batch, NFT_MSG_NEWTABLE, f);
		put_table_message(batch, NFT_MSG_DELTABLE, f);
	}
	put_ruleset(ruleset, batch);
	message_batch_end(batch, 0);
	number_messages(batch, 0, &last);
	send_ask(batch, last);
}

/* ---- time ---- */

static void age_element(const struct nlattr *element, struct buffer *batch,
			uint64_t elapsed_ms)
{
	const struct nlattr *parts[NFTA_SET_ELEM_EXPIRATION + 1];
	const struct nlattr *expiration;
	struct buffer aged AUTO_BUFFER = { 0 };
	uint64_t rest;

	attrs_find(mnl_attr_get_payload(element), mnl_attr_get_payload_len(element),
		   parts, COUNT_OF(parts));
	expiration = parts[NFTA_SET_ELEM_EXPIRATION];
	if (!expiration || !attr_u64(expiration, &rest))
		return;
	rest = rest > elapsed_ms ? rest - elapsed_ms : 0;
	attr_put_u64(&aged, NFTA_SET_ELEM_EXPIRATION,
		     rest < SHORTEST_MS ? SHORTEST_MS : rest);
	memcpy(batch->data + ((const char *)expiration - batch->data), aged.data,
	       aged.length);
}

void kernel_restore_age(struct buffer *batch, uint64_t elapsed_ms)
{
	struct message_walk walk = { (const uint8_t *)batch->data, batch->length };

	for (const struct nlmsghdr *message; (message = message_next(&walk));) {
		const struct nlattr *list = element_list(message);

		if (!list)
			continue;

		struct attr_walk elements = attrs_nested(list);

		for (const struct nlattr *element; (element = attr_next(&elements));)
			age_element(element, batch, elapsed_ms);
	}
}

/* ---- sending ---- */

/* The messages are named by what they say themselves. */
struct naming {
	struct arena *arena;
	const struct buffer *batch;
	struct named named;
};

static void find_subject(void *state, size_t index, struct refused *refused)
{
	struct naming *naming = state;
	struct message_walk walk = { (const uint8_t *)naming->batch->data,
				     naming->batch->length };
	const struct nlmsghdr *message = message_next(&walk); /* the head */

	for (size_t i = 0; i <= index; i++)
		message = message_next(&walk);
	subject_name(naming->arena, message, &naming->named);
	refused->message = message;
	refused->subject = naming->named.subject;
}

/* Where the end starts. */
static size_t length_without_end(const struct buffer *batch)
{
	struct message_walk walk = { (const uint8_t *)batch->data, batch->length };
	size_t length = 0;

	for (const struct nlmsghdr *message; (message = message_next(&walk));)
		length = (size_t)((const char *)message - batch->data);
	return length;
}

static enum commit_outcome send_restore(struct kernel *kernel,
					const struct buffer *batch, bool check_only,
					struct diags *diags)
{
	/* a copy: its numbers follow those that this socket has used */
	struct buffer numbered AUTO_BUFFER = { 0 };
	struct naming naming = { .arena = diags->arena, .batch = &numbered };
	struct sending sending = {
		.batch = &numbered,
		.begin = ++kernel->sequence,
		.check_only = check_only,
		.find = find_subject,
		.state = &naming,
	};
	size_t last = 0;

	buffer_add(&numbered, batch->data,
		   check_only ? length_without_end(batch) : batch->length);
	sending.count = number_messages(&numbered, sending.begin, &last);
	kernel->sequence += (uint32_t)sending.count + 1;
	return send_batch(kernel, &sending, diags);
}

enum commit_outcome kernel_restore_send(struct kernel *kernel,
					const struct buffer *batch, struct diags *diags)
{
	return send_restore(kernel, batch, false, diags);
}

enum commit_outcome kernel_restore_try(struct kernel *kernel,
				       const struct buffer *batch, struct diags *diags)
{
	return send_restore(kernel, batch, true, diags);
}
