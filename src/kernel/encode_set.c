/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets and their elements to messages. */
#include <assert.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/encode.h"

/* nft joins the numbers of a concatenation's types, six bits each. */
enum { TYPE_BITS = 6 };

const char *anonymous_name(const struct set *set)
{
	return set->map ? "__map%d" : "__set%d";
}

/* Intervals of one field are two elements, a start and an end; others are one. */
static bool set_has_ends(const struct set *set)
{
	return set->interval && set->type_count == 1;
}

static bool is_zero(const uint8_t *key, size_t length)
{
	return !key[0] && memcmp(key, key + 1, length - 1) == 0;
}

static bool is_highest(const uint8_t *key, size_t length)
{
	return key[0] == UINT8_MAX && memcmp(key, key + 1, length - 1) == 0;
}

/* ---- declarations ---- */

static uint32_t flags_of(const struct set *set)
{
	uint32_t flags = 0;

	if (!set->name)
		flags |= NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
	if (set->constant)
		flags |= NFT_SET_CONSTANT;
	if (set->interval)
		flags |= NFT_SET_INTERVAL;
	if (set->interval && set->type_count > 1)
		flags |= NFT_SET_CONCAT;
	if (set->map)
		flags |= NFT_SET_MAP;
	if (set->timeout)
		flags |= NFT_SET_TIMEOUT;
	if (set->dynamic)
		flags |= NFT_SET_EVAL;
	return flags;
}

static uint32_t key_type_of(const struct set *set)
{
	uint32_t number = 0;

	for (size_t i = 0; i < set->type_count; i++)
		number = number << TYPE_BITS | datatypes[set->types[i]].number;
	return number;
}

/* The elements that will be sent, ends and all. */
static uint32_t element_count(const struct set *set)
{
	size_t count = set->count;

	if (set_has_ends(set) && set->count) {
		const uint8_t *last = set_entry(set, set->count - 1) + set->key_length;

		count = 2 * count;
		count += !is_zero(set_entry(set, 0), set->key_length);
		count -= is_highest(last, set->key_length);
	}
	return (uint32_t)count;
}

static void put_notes(struct buffer *out, const struct set *set)
{
	uint32_t order = set->type_count == 1 ? datatype_order(set->types[0]) : 0;

	userdata_put_u32(out, USERDATA_SET_KEY_ORDER, order);
	if (set->map)
		userdata_put_u32(out, USERDATA_SET_DATA_ORDER, 0);
	if (set->comment)
		userdata_put_text(out, USERDATA_SET_COMMENT, set->comment);
}

static void put_counter(struct buffer *out, uint16_t type,
			const struct element *counted)
{
	struct expression counter = { .kind = EXPRESSION_COUNTER };

	if (counted)
		counter.counter = (struct wire_counter){
			.packets = counted->packets,
			.bytes = counted->bytes,
		};
	expression_put(out, type, &counter);
}

uint32_t encode_set_declaration(struct encoder *encoder, const struct set *set)
{
	struct wire_set wire = {
		.table = encoder->subject.table->name,
		.name = set->name ? set->name : anonymous_name(set),
		.flags = flags_of(set),
		.id = ++encoder->set_id,
		.key_type = key_type_of(set),
		.key_length = (uint32_t)set->key_length,
		.data_type = set->map ? NFT_DATA_VERDICT : 0,
		.timeout = set->timeout_ms,
		.form.size = set->name ? set->size : element_count(set),
	};

	if (set->interval && set->type_count > 1) {
		for (size_t i = 0; i < set->type_count; i++)
			wire.form.fields.items[i] = datatypes[set->types[i]].width;
		wire.form.fields.count = set->type_count;
	}
	encoder->userdata.length = 0;
	put_notes(&encoder->userdata, set);
	wire.userdata = (struct wire_bytes){ (const uint8_t *)encoder->userdata.data,
					     encoder->userdata.length };

	encoder->subject.set = set;

	size_t message = encoder_message(encoder, NFT_MSG_NEWSET, NLM_F_CREATE);

	rows_put(encoder->out, &set_rows, &wire);
	/* the kernel takes the length from the type, and yet wants to be told one */
	if (set->map)
		attr_put_u32(encoder->out, NFTA_SET_DATA_LEN, 0);
	if (set->counter)
		put_counter(encoder->out, NFTA_SET_EXPR, NULL);
	message_end(encoder->out, message);
	encoder->subject.set = NULL;
	return wire.id;
}

void encode_set(struct encoder *encoder, const struct set *set)
{
	encode_set_declaration(encoder, set);
}

/* ---- elements ---- */

/* A list is an attribute, whose length has 16 bits; no element is as long as this. */
enum { LIST_BYTES_MAX = UINT16_MAX, ELEMENT_BYTES_MAX = 2048 };

void elements_start(struct element_run *run, struct encoder *encoder, uint16_t type)
{
	*run = (struct element_run){ .encoder = encoder, .type = type };
}

void elements_end(struct element_run *run)
{
	struct buffer *out = run->encoder->out;

	if (!run->number)
		return;
	attr_end(out, run->list);
	message_end(out, run->message);
	run->encoder->subject.set = NULL;
	run->number = 0;
}

static void run_begin(struct element_run *run)
{
	struct encoder *encoder = run->encoder;
	struct wire_element_list head = {
		.table = encoder->subject.table->name,
		.set = run->set->name ? run->set->name : anonymous_name(run->set),
		.set_id = run->set_id,
	};

	encoder->subject.set = run->set;
	run->message = encoder_message(
		encoder, run->type, run->type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
	rows_put(encoder->out, &element_list_rows, &head);
	run->list = attr_nest(encoder->out, NFTA_SET_ELEM_LIST_ELEMENTS);
}

/* Begins an element, and a message before it where the last one is full. */
static size_t run_element(struct element_run *run)
{
	struct buffer *out = run->encoder->out;

	if (run->number && out->length - run->list > LIST_BYTES_MAX - ELEMENT_BYTES_MAX)
		elements_end(run);
	if (!run->number)
		run_begin(run);
	return attr_nest(out, ++run->number);
}

static void put_key(struct buffer *out, uint16_t type, const uint8_t *key,
		    size_t length)
{
	size_t nest = attr_nest(out, type);

	attr_put(out, NFTA_DATA_VALUE, key, length);
	attr_end(out, nest);
}

/* The key behind the interval's last one; an end that is no end of anything at 0. */
static void put_end(struct element_run *run, const uint8_t *high)
{
	struct buffer *out = run->encoder->out;
	size_t length = run->set->key_length;
	uint8_t key[sizeof(struct wire_data)] = { 0 };
	size_t nest = run_element(run);

	assert(length <= sizeof(key));
	if (high) {
		memcpy(key, high, length);
		for (size_t i = length; i-- > 0 && ++key[i] == 0;)
			continue;
	}
	attr_put_u32(out, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
	put_key(out, NFTA_SET_ELEM_KEY, key, length);
	attr_end(out, nest);
}

static void put_verdict(struct buffer *out, const struct element *element)
{
	static const struct row row = { .type = NFTA_SET_ELEM_DATA,
					.wire = WIRE_VERDICT };
	struct wire_verdict verdict = { verdict_code(element->verdict),
					element->target };

	wire_kinds[WIRE_VERDICT].put(out, &row, &verdict);
}

/* What an element carries beside its key. */
static void put_element(struct element_run *run, const struct element *element,
			const struct element *counted, bool open)
{
	struct buffer *out = run->encoder->out;
	struct buffer *notes = &run->encoder->userdata;

	assert(run->set->map == (element->verdict != VERDICT_NONE));
	if (run->set->map)
		put_verdict(out, element);
	notes->length = 0;
	if (element->comment)
		userdata_put_text(notes, USERDATA_COMMENT, element->comment);
	if (open)
		userdata_put_u32(notes, USERDATA_ELEMENT_FLAGS, USERDATA_ELEMENT_OPEN);
	if (notes->length)
		attr_put(out, NFTA_SET_ELEM_USERDATA, notes->data, notes->length);
	if (element->has_counter)
		put_counter(out, NFTA_SET_ELEM_EXPR, counted);
}

void elements_add(struct element_run *run, const struct set *set, size_t i,
		  const struct element *counted)
{
	static const struct element plain;
	const struct element *element = set->elements ? &set->elements[i] : &plain;
	const uint8_t *key = set_entry(set, i), *high = key + set->key_length;
	bool adds = run->type == NFT_MSG_NEWSETELEM, ends = set_has_ends(set);
	bool open = ends && is_highest(high, set->key_length);
	struct buffer *out = run->encoder->out;

	if (run->set != set) {
		elements_end(run);
		run->set = set;
	}
	/* nft tells the kernel that nothing reaches up to the first interval */
	if (adds && ends && i == 0 && !is_zero(key, set->key_length))
		put_end(run, NULL);

	size_t nest = run_element(run);

	if (adds && element->timeout_ms)
		attr_put_u64(out, NFTA_SET_ELEM_TIMEOUT, element->timeout_ms);
	put_key(out, NFTA_SET_ELEM_KEY, key, set->key_length);
	if (set->interval && !ends)
		put_key(out, NFTA_SET_ELEM_KEY_END, high, set->key_length);
	if (adds)
		put_element(run, element, counted, open);
	attr_end(out, nest);
	if (ends && !open)
		put_end(run, high);
}

void encode_elements(struct encoder *encoder, const struct set *set, uint32_t set_id)
{
	struct element_run run;

	if (set->dynamic)
		return;
	elements_start(&run, encoder, NFT_MSG_NEWSETELEM);
	run.set_id = set_id;
	for (size_t i = 0; i < set->count; i++)
		elements_add(&run, set, i, NULL);
	elements_end(&run);
}
