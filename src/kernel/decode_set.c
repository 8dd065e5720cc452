/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets and their elements out of messages.
 *
 * The kernel keeps an interval of one field as two elements, a start and the end behind
 * it, and dumps elements in an order of its own: intervals are put together once all
 * are there.
 */
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/decode.h"

enum { TYPE_BITS = 6, TYPE_MASK = (1 << TYPE_BITS) - 1 };

/* Flags that struct set says in words. */
#define KNOWN_FLAGS                                                           \
	((uint32_t)(NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL | \
		    NFT_SET_MAP | NFT_SET_TIMEOUT | NFT_SET_EVAL | NFT_SET_CONCAT))

/* ---- declarations ---- */

static bool datatype_of_number(uint32_t number, enum datatype *type)
{
	for (enum datatype t = 0; t < DATATYPE_COUNT; t++) {
		if (datatypes[t].name && datatypes[t].number == number) {
			*type = t;
			return true;
		}
	}
	return false;
}

static size_t padded(size_t length)
{
	return (length + 3) / 4 * 4;
}

/* The types that the joined number stands for; false unless all are known and fit. */
static bool read_types(const struct wire_set *wire, struct set *set)
{
	size_t count = 0, length = 0;
	enum datatype types[SET_FIELD_MAX];

	for (uint32_t rest = wire->key_type; rest; rest >>= TYPE_BITS) {
		if (count == SET_FIELD_MAX ||
		    !datatype_of_number(rest & TYPE_MASK, &types[count]))
			return false;
		length += padded(datatypes[types[count]].width);
		count++;
	}
	if (!count ||
	    wire->key_length != (count > 1 ? length : datatypes[types[0]].width))
		return false;
	for (size_t i = 0; i < count; i++)
		set->types[i] = types[count - 1 - i];
	set->type_count = count;
	return true;
}

/* An interval concatenation says how long its fields are, and others must not. */
static bool form_fits(const struct wire_set *wire, const struct set *set)
{
	bool concatenated = set->interval && set->type_count > 1;
	const struct wire_lengths *fields = &wire->form.fields;

	/* newer kernels say it of other concatenations too */
	if (!concatenated)
		return !(set->interval && wire->flags & NFT_SET_CONCAT) &&
		       (!fields->count || fields->count == set->type_count);
	if (!(wire->flags & NFT_SET_CONCAT) || fields->count != set->type_count)
		return false;
	for (size_t i = 0; i < set->type_count; i++) {
		if (fields->items[i] != datatypes[set->types[i]].width)
			return false;
	}
	return true;
}

/* The one expression that sets of rolewall's have: a counter on each element. */
static bool is_counter(struct arena *arena, const struct nlattr *attr,
		       struct wire_counter *counter)
{
	struct expression expression;

	expression_read(arena, mnl_attr_get_payload(attr),
			mnl_attr_get_payload_len(attr), &expression);
	if (expression.kind != EXPRESSION_COUNTER)
		return false;
	*counter = expression.counter;
	return true;
}

static void note(struct decoder *decoder, struct set *set, const char *words)
{
	/* once is enough: a set of a million odd elements is no better known */
	if (!set->foreign || !strstr(set->foreign, words))
		set->foreign = foreign_add(decoder->arena, set->foreign, "%s", words);
}

static void note_strange(struct decoder *decoder, const struct wire_set *wire,
			 struct set *set)
{
	/* nft notes it on all anonymous sets of intervals, which nobody can add to */
	bool merges = set->name && userdata_u32(wire->userdata, USERDATA_SET_MERGE, 0);

	if (!set->type_count)
		set->foreign = foreign_add(decoder->arena, set->foreign, "key type %u",
					   wire->key_type);
	else if (!form_fits(wire, set))
		note(decoder, set, "fields of other lengths");
	if (set->interval && set->type_count == 1 &&
	    datatypes[set->types[0]].host_order)
		note(decoder, set, "intervals in host order");
	if (set->map ? wire->data_type != NFT_DATA_VERDICT : wire->data_type != 0)
		set->foreign = foreign_add(decoder->arena, set->foreign, "data type %u",
					   wire->data_type);
	if (wire->object_type)
		note(decoder, set, "objects as data");
	if (wire->gc_interval)
		note(decoder, set, "gc-interval");
	if (wire->policy)
		note(decoder, set, "policy memory");
	if (merges)
		note(decoder, set, "auto-merge");
}

static struct set set_of(struct decoder *decoder, const struct wire_set *wire)
{
	bool anonymous = wire->flags & NFT_SET_ANONYMOUS;
	struct set set = {
		.name = anonymous ? NULL : wire->name,
		.comment = userdata_text(decoder->arena, wire->userdata,
					 USERDATA_SET_COMMENT),
		.map = wire->flags & NFT_SET_MAP,
		.interval = wire->flags & NFT_SET_INTERVAL,
		.dynamic = wire->flags & NFT_SET_EVAL,
		.timeout = wire->flags & NFT_SET_TIMEOUT,
		.constant = wire->flags & NFT_SET_CONSTANT,
		.timeout_ms = wire->timeout,
		.size = anonymous ? 0 : wire->form.size,
		.key_length = wire->key_length,
		.kernel_handle = wire->handle,
		.unknown_flags = wire->flags & ~KNOWN_FLAGS,
	};

	if (!read_types(wire, &set))
		set.key_length = 0;
	note_strange(decoder, wire, &set);
	return set;
}

enum decoded decode_set(struct decoder *decoder, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NFTA_SET_MAX + 1];
	struct reading reading = { .arena = decoder->arena };
	struct wire_counter counter;
	struct wire_set wire = { 0 };
	enum table_family family;
	size_t length;
	const void *bytes = message_attrs(message, &length);

	rows_read(&reading, &set_rows, bytes, length, &wire);
	if (!wire.table || !wire.name)
		return DECODED_BROKEN;
	if (!decode_is_own(message_family(message), wire.table, &family))
		return DECODED_OTHER;

	struct set *set = arena_alloc(decoder->arena, sizeof(*set));
	struct set_reading *made = arena_alloc(decoder->scratch, sizeof(*made));

	*set = set_of(decoder, &wire);
	attrs_find(bytes, length, attrs, COUNT_OF(attrs));
	if (attrs[NFTA_SET_EXPR]) {
		set->counter =
			is_counter(decoder->scratch, attrs[NFTA_SET_EXPR], &counter);
		if (!set->counter)
			note(decoder, set, "a statement on each element");
	}
	if (reading.strange)
		set->foreign = foreign_add(decoder->arena, set->foreign, "attribute %u",
					   (unsigned)reading.first_strange);

	*made = (struct set_reading){
		.set = set,
		.family = family,
		.name = wire.name,
		.id = set->name ? 0 : wire.id,
		.stride = set->key_length,
		.concatenation = wire.flags & NFT_SET_CONCAT,
		.message = decoder_keep(decoder, message),
	};
	if (set->interval && set->type_count > 1)
		made->stride *= 2;
	LIST_PUSH(decoder->scratch, &decoder->sets, made);
	return (set->foreign || set->unknown_flags) && !decoder->keep_foreign
		       ? DECODED_BROKEN
		       : DECODED;
}

/* ---- elements ---- */

/* Room for one more key, zeroed. */
static uint8_t *push_key(struct decoder *decoder, struct set_reading *reading)
{
	size_t count = reading->keys.count++;

	if (count == reading->keys.capacity) {
		reading->keys.capacity = count ? 2 * count : 8;
		reading->keys.items =
			arena_grow(decoder->scratch, reading->keys.items, count,
				   reading->keys.capacity, reading->stride);
	}
	return reading->keys.items + count * reading->stride;
}

/* What stands beside the key; false when that is nothing of rolewall's. */
static bool read_extra(struct decoder *decoder, const struct set *set,
		       const struct nlattr *const *attrs, struct element *element)
{
	struct reading reading = { .arena = decoder->arena };
	const struct nlattr *data = attrs[NFTA_SET_ELEM_DATA];
	const struct nlattr *counted = attrs[NFTA_SET_ELEM_EXPR];
	struct wire_verdict verdict = { 0 };
	struct wire_counter counter;

	if (set->map != (data != NULL))
		return false;
	if (data && !wire_kinds[WIRE_VERDICT].get(&reading, data, &verdict))
		return false;
	if (data) {
		element->verdict = verdict_of_code(verdict.code);
		element->target = verdict.chain;
	}
	if (data && (element->verdict == VERDICT_NONE ||
		     (element->target != NULL) != (element->verdict == VERDICT_JUMP ||
						   element->verdict == VERDICT_GOTO)))
		return false;
	if (counted && !is_counter(decoder->scratch, counted, &counter))
		return false;
	if (counted) {
		element->has_counter = true;
		element->packets = counter.packets;
		element->bytes = counter.bytes;
	}
	return true;
}

static bool read_key(const struct set_reading *reading, const struct wire_element *wire,
		     uint8_t *key)
{
	size_t length = reading->set->key_length;
	const struct wire_bytes *end = &wire->key_end.value;

	if (wire->key.value.length != length)
		return false;
	memcpy(key, wire->key.value.bytes, length);
	if (reading->stride == length)
		return !end->length;
	/* without an end of its own the interval is the key alone */
	if (end->length && end->length != length)
		return false;
	memcpy(key + length, end->length ? end->bytes : wire->key.value.bytes, length);
	return true;
}

static bool is_plain(const struct element *element)
{
	return element->verdict == VERDICT_NONE && !element->comment &&
	       !element->has_counter && !element->timeout_ms && !element->expires_ms;
}

static bool read_element(struct decoder *decoder, struct set_reading *reading,
			 const struct nlattr *nest)
{
	const struct nlattr *attrs[NFTA_SET_ELEM_MAX + 1];
	struct reading walk = { .arena = decoder->arena };
	const void *bytes = mnl_attr_get_payload(nest);
	size_t length = mnl_attr_get_payload_len(nest);
	struct wire_element wire;
	struct element element = { 0 };
	struct raw_element raw = { 0 };
	uint8_t key[2 * SET_FIELD_MAX * sizeof(struct wire_data)];

	rows_read(&walk, &element_rows, bytes, length, &wire);
	attrs_find(bytes, length, attrs, COUNT_OF(attrs));
	raw.end = wire.flags & NFT_SET_ELEM_INTERVAL_END;
	if (walk.strange || wire.flags & ~(uint32_t)NFT_SET_ELEM_INTERVAL_END ||
	    (raw.end && (!reading->set->interval || reading->set->type_count > 1)) ||
	    !read_key(reading, &wire, key) ||
	    (!raw.end && !read_extra(decoder, reading->set, attrs, &element)))
		return false;

	element.comment =
		userdata_text(decoder->arena, wire.userdata, USERDATA_COMMENT);
	element.timeout_ms = wire.timeout;
	element.expires_ms = wire.expiration;
	if (!raw.end && !is_plain(&element)) {
		LIST_PUSH(decoder->scratch, &reading->extras, element);
		raw.extra = (uint32_t)reading->extras.count;
	}
	memcpy(push_key(decoder, reading), key, reading->stride);
	LIST_PUSH(decoder->scratch, &reading->raws, raw);
	return true;
}

const struct nlattr *element_list(const struct nlmsghdr *message)
{
	const struct nlattr *attrs[NFTA_SET_ELEM_LIST_ELEMENTS + 1];
	size_t length;

	if (!message_is_ours(message) || message_type(message) != NFT_MSG_NEWSETELEM)
		return NULL;

	const void *bytes = message_attrs(message, &length);

	attrs_find(bytes, length, attrs, COUNT_OF(attrs));
	return attrs[NFTA_SET_ELEM_LIST_ELEMENTS];
}

static void keep_elements(struct decoder *decoder, struct set_reading *reading,
			  const struct nlmsghdr *message)
{
	const struct nlattr *list = element_list(decoder_keep(decoder, message));
	struct attr_walk walk = attrs_nested(list);

	for (const struct nlattr *nest; (nest = attr_next(&walk));)
		LIST_PUSH(decoder->scratch, &reading->elements, nest);
}

enum decoded decode_elements(struct decoder *decoder, const struct nlmsghdr *message)
{
	const struct nlattr *list = element_list(message);
	struct reading reading = { .arena = decoder->scratch };
	struct wire_element_list wire;
	enum table_family family;
	size_t length;
	const void *bytes = message_attrs(message, &length);

	rows_read(&reading, &element_list_rows, bytes, length, &wire);
	if (!decode_is_own(message_family(message), wire.table, &family))
		return wire.table ? DECODED_OTHER : DECODED_BROKEN;

	struct set_reading *set =
		wire.set ? decoder_set(decoder, family, wire.set, wire.set_id) : NULL;

	if (!set || reading.strange)
		return DECODED_BROKEN;
	if (list && decoder->keep_messages)
		keep_elements(decoder, set, message);
	/* keys that nobody understands are not read; nor is what rules fill in */
	if (!list || !set->stride || set->set->dynamic)
		return DECODED;

	struct attr_walk walk = attrs_nested(list);

	for (const struct nlattr *nest; (nest = attr_next(&walk));) {
		if (read_element(decoder, set, nest))
			continue;
		if (!decoder->keep_foreign)
			return DECODED_BROKEN;
		note(decoder, set->set, "an element of another kind");
	}
	return DECODED;
}

/* ---- intervals ---- */

static int compare_raws(const void *a, const void *b, void *of)
{
	const struct set_reading *reading = of;
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	int order =
		memcmp(reading->keys.items + left * reading->stride,
		       reading->keys.items + right * reading->stride, reading->stride);

	/* what ends at a key ends before what starts there */
	return order ? order
		     : (int)reading->raws.items[right].end -
			       (int)reading->raws.items[left].end;
}

/* The places of the elements by key; mostly they come sorted, one way or the other. */
static uint32_t *sorted_places(struct decoder *decoder, struct set_reading *reading)
{
	size_t count = reading->raws.count;
	uint32_t *places = arena_array(decoder->scratch, count, sizeof(*places));
	bool ascending = true;

	for (size_t i = 0; i < count; i++)
		places[i] = (uint32_t)i;
	if (count > 1 && compare_raws(&places[0], &places[1], reading) > 0) {
		for (size_t i = 0; i < count; i++)
			places[i] = (uint32_t)(count - 1 - i);
	}
	for (size_t i = 1; ascending && i < count; i++)
		ascending = compare_raws(&places[i - 1], &places[i], reading) <= 0;
	if (!ascending)
		qsort_r(places, count, sizeof(*places), compare_raws, reading);
	return places;
}

/* Entries of the set, as they become complete. */
struct entries {
	struct decoder *decoder;
	struct set_reading *reading;
	struct set *set;
};

static void entries_start(struct entries *entries, struct decoder *decoder,
			  struct set_reading *reading)
{
	struct set *set = reading->set;
	size_t count = reading->raws.count;

	*entries = (struct entries){ decoder, reading, set };
	set->count = 0;
	set->keys = arena_array(decoder->arena, count, set_stride(set));
	if (reading->extras.count)
		set->elements =
			arena_array(decoder->arena, count, sizeof(*set->elements));
}

/* Returns where the entry's bytes go. */
static uint8_t *entries_add(struct entries *entries, const struct raw_element *raw)
{
	struct set *set = entries->set;
	size_t i = set->count++;

	if (raw->extra)
		set->elements[i] = entries->reading->extras.items[raw->extra - 1];
	return set->keys + i * set_stride(set);
}

static void put_key_before(uint8_t *out, const uint8_t *key, size_t length)
{
	memcpy(out, key, length);
	for (size_t i = length; i-- > 0 && out[i]-- == 0;)
		continue;
}

/* Starts and the ends behind them, in order. */
static void finish_intervals(struct entries *entries, const uint32_t *places)
{
	struct set_reading *reading = entries->reading;
	size_t length = entries->set->key_length;
	uint8_t *open = NULL; /* the entry that has no end yet */

	for (size_t i = 0; i < reading->raws.count; i++) {
		const struct raw_element *raw = &reading->raws.items[places[i]];
		const uint8_t *key = reading->keys.items + places[i] * length;

		if (open)
			put_key_before(open + length, key, length);
		/* nft leaves an end out where the next interval starts; it could not be
		 * taken out again alone */
		if (open && !raw->end && entries->set->name)
			note(entries->decoder, entries->set, "an interval without end");
		open = NULL;
		if (raw->end)
			continue;
		open = entries_add(entries, raw);
		memcpy(open, key, length);
		memset(open + length, UINT8_MAX, length);
	}
}

void set_finish(struct decoder *decoder, struct set_reading *reading)
{
	struct entries entries;

	entries_start(&entries, decoder, reading);
	if (reading->set->interval && reading->set->type_count == 1) {
		finish_intervals(&entries, sorted_places(decoder, reading));
		return;
	}
	for (size_t i = 0; i < reading->raws.count; i++)
		memcpy(entries_add(&entries, &reading->raws.items[i]),
		       reading->keys.items + i * reading->stride, reading->stride);
}
