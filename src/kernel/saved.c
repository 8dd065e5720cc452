/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule set as the messages of its whole load, and back. */
#include <linux/netfilter/nf_tables.h>

#include "kernel/decode.h"
#include "kernel/encode.h"
#include "kernel/kernel.h"

void kernel_encode(const struct ruleset *ruleset, struct buffer *out)
{
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

		if (set->set->foreign || !decoder->tables[set->family].present)
			return false;
	}
	for (size_t i = 0; i < decoder->chains.count; i++) {
		if (!decoder->tables[decoder->chains.items[i]->family].present)
			return false;
	}
	return true;
}

bool kernel_decode(const void *bytes, size_t length, struct arena *arena,
		   struct diags *diags, const struct ruleset **ruleset)
{
	struct decoder decoder;
	struct message_walk walk = { bytes, length };
	struct ruleset *decoded = NULL;

	decoder_start(&decoder, arena);

	bool good = decode_pass(&decoder, PASS_OBJECTS, walk);

	decoder_index(&decoder);
	good = good && decode_pass(&decoder, PASS_ELEMENTS, walk) &&
	       decode_pass(&decoder, PASS_RULES, walk);
	if (good) {
		decoded = decoder_finish(&decoder);
		good = is_whole(&decoder);
	}
	decoder_end(&decoder);
	if (!good)
		return diag_error(diags, DIAG_FILE, (struct span){ 0 },
				  "the saved rule set is damaged, or not of this "
				  "version of rolewall");
	*ruleset = decoded;
	return true;
}
