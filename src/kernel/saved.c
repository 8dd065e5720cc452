/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule set as the messages of its whole load, and back. */
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "kernel/encode.h"
#include "kernel/kernel.h"
#include "kernel/record.h"

/* What was read whole has the head of a batch before it, and things of others in it. */
static void encode_record(const struct ruleset *ruleset, struct buffer *out)
{
	struct record_walk walk = record_messages(ruleset);

	message_batch_begin(out, 0, 0);
	for (const struct nlmsghdr *message; (message = record_next(&walk));)
		buffer_add(out, message, message->nlmsg_len);
}

void kernel_encode(const struct ruleset *ruleset, struct buffer *out)
{
	if (ruleset->record) {
		encode_record(ruleset, out);
		return;
	}

	struct arena *arena AUTO(arena) = arena_new();
	struct encoder encoder;

	encoder_start(&encoder, arena, out, 1);
	encode_ruleset(&encoder, ruleset);
	encoder_end(&encoder);
}

/* Objects first, then what names them: the bytes are gone through three times. */
enum pass { PASS_OBJECTS, PASS_ELEMENTS, PASS_RULES, PASS_COUNT };

static bool pass_of(const struct nlmsghdr *message, enum pass *pass)
{
	if (!message_is_ours(message))
		return false;
	switch (message_type(message)) {
	case NFT_MSG_NEWTABLE:
	case NFT_MSG_NEWCHAIN:
	case NFT_MSG_NEWSET:
	case NFT_MSG_NEWOBJ:
	case NFT_MSG_NEWFLOWTABLE:
		*pass = PASS_OBJECTS;
		return true;
	case NFT_MSG_NEWSETELEM:
		*pass = PASS_ELEMENTS;
		return true;
	case NFT_MSG_NEWRULE:
		*pass = PASS_RULES;
		return true;
	default:
		return false;
	}
}

static bool decode_pass(struct decoder *decoder, enum pass pass,
			struct message_walk walk)
{
	static enum decoded (*const decoders[PASS_COUNT])(struct decoder *,
							  const struct nlmsghdr *) = {
		[PASS_OBJECTS] = decode_object,
		[PASS_ELEMENTS] = decode_elements,
		[PASS_RULES] = decode_rule,
	};

	for (const struct nlmsghdr *message; (message = message_next(&walk));) {
		enum pass own;

		if (!pass_of(message, &own))
			return false;
		if (own == pass && decoders[pass](decoder, message) != DECODED)
			return false;
	}
	return walk.left == 0;
}

/* What elements and rules say may contradict what they are in: seen at the end. */
static bool is_whole(const struct decoder *decoder)
{
	for (size_t i = 0; i < decoder->sets.count; i++) {
		const struct set_reading *set = decoder->sets.items[i];

		if ((set->set->foreign && !decoder->keep_foreign) ||
		    !decoder->tables[set->family].present)
			return false;
	}
	for (size_t i = 0; i < decoder->chains.count; i++) {
		if (!decoder->tables[decoder->chains.items[i]->family].present)
			return false;
	}
	return true;
}

/* Takes the head that says that it was read whole. */
static bool take_head(struct message_walk *walk)
{
	struct message_walk behind = *walk;
	const struct nlmsghdr *head = message_next(&behind);

	if (!head || head->nlmsg_type != NFNL_MSG_BATCH_BEGIN)
		return false;
	*walk = behind;
	return true;
}

static const struct record *record_of(struct arena *arena, struct message_walk walk)
{
	struct record *record = arena_alloc(arena, sizeof(*record));

	record->bytes = arena_copy(arena, walk.at, walk.left);
	record->length = walk.left;
	return record;
}

bool kernel_decode(const void *bytes, size_t length, struct arena *arena,
		   struct diags *diags, const struct ruleset **ruleset)
{
	struct decoder decoder;
	struct message_walk walk = { bytes, length };
	struct ruleset *decoded = NULL;

	bool whole = take_head(&walk);

	decoder_start(&decoder, arena);
	decoder.keep_foreign = whole;
	decoder.saved = true;

	bool good = decode_pass(&decoder, PASS_OBJECTS, walk);

	decoder_index(&decoder);
	good = good && decode_pass(&decoder, PASS_ELEMENTS, walk) &&
	       decode_pass(&decoder, PASS_RULES, walk);
	if (good) {
		decoded = decoder_finish(&decoder);
		good = is_whole(&decoder);
		if (whole)
			decoded->record = record_of(arena, walk);
	}
	decoder_end(&decoder);
	if (!good)
		return diag_error(diags, DIAG_FILE, (struct span){ 0 },
				  "the saved rule set is damaged, or not of this "
				  "version of rolewall");
	*ruleset = decoded;
	return true;
}
