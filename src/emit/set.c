/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets and maps: their declarations and elements. */
#include <inttypes.h>

#include "emit/form.h"

static const struct element no_element;

static const struct element *set_element(const struct set *set, size_t i)
{
	return set->elements ? &set->elements[i] : &no_element;
}

/* nft gives counters to all elements of a set or to none. */
static bool set_has_counters(const struct set *set)
{
	for (size_t i = 0; set->elements && i < set->count; i++) {
		if (set->elements[i].has_counter)
			return true;
	}
	return set->counter;
}

/* ---- keys ---- */

/* Bytes of a key that a field takes: padded to a multiple of four when it is not alone.
 */
static size_t field_stride(const struct set *set, size_t field)
{
	size_t width = datatypes[set->types[field]].width;

	return set->type_count == 1 ? width : (width + 3) / 4 * 4;
}

/* The last value of the interval that starts at `low`: itself in other sets. */
static const uint8_t *key_high(const struct set *set, const uint8_t *low)
{
	return set->interval ? low + set->key_length : low;
}

static void key_text(const struct set *set, size_t i, struct buffer *out)
{
	const uint8_t *low = set_entry(set, i);

	for (size_t field = 0; field < set->type_count; field++) {
		if (field)
			buffer_text(out, " . ");
		interval_text(set->types[field], low, key_high(set, low), out);
		low += field_stride(set, field);
	}
}

static json_t *key_json(const struct set *set, size_t i)
{
	const uint8_t *low = set_entry(set, i);

	if (set->type_count == 1)
		return interval_json(set->types[0], low, key_high(set, low));

	json_t *list = json_made(json_array());

	for (size_t field = 0; field < set->type_count; field++) {
		json_push(list,
			  interval_json(set->types[field], low, key_high(set, low)));
		low += field_stride(set, field);
	}
	return json_made(json_pack("{s:o}", "concat", list));
}

/* ---- elements ---- */

void emit_element(const struct set *set, size_t i, struct buffer *out)
{
	const struct element *element = set_element(set, i);

	key_text(set, i, out);
	if (element->has_counter)
		buffer_text(out, " counter");
	if (element->timeout_ms) {
		buffer_text(out, " timeout ");
		duration_text(element->timeout_ms, out);
	}
	if (element->comment) {
		buffer_text(out, " comment ");
		emit_string(element->comment, out);
	}
	if (element->verdict != VERDICT_NONE) {
		buffer_text(out, " : ");
		verdict_text(element->verdict, element->target, out);
	}
}

static json_t *element_json(const struct set *set, size_t i)
{
	const struct element *element = set_element(set, i);
	json_t *key = key_json(set, i);

	if (element->timeout_ms || element->comment) {
		json_t *members = json_made(json_pack("{s:o}", "val", key));

		if (element->timeout_ms)
			json_put(
				members, "timeout",
				json_integer((json_int_t)(element->timeout_ms / 1000)));
		if (element->comment)
			json_put(members, "comment", json_text(element->comment));
		key = json_made(json_pack("{s:o}", "elem", members));
	}
	if (element->verdict == VERDICT_NONE)
		return key;
	return json_made(json_pack("[o, o]", key,
				   verdict_json(element->verdict, element->target)));
}

json_t *set_elements_json(const struct set *set)
{
	json_t *list = json_made(json_array());

	for (size_t i = 0; i < set->count; i++)
		json_push(list, element_json(set, i));
	return list;
}

void set_anonymous_text(const struct set *set, struct buffer *out)
{
	buffer_text(out, "{ ");
	for (size_t i = 0; i < set->count; i++) {
		if (i)
			buffer_text(out, ", ");
		emit_element(set, i, out);
	}
	buffer_text(out, set->count ? " }" : "}");
}

/* Elements on one line of a listing, as nft breaks them; concatenations: one. */
static size_t elements_per_line(const struct set *set)
{
	/* clang-format off */
	static const uint8_t counts[] = {
		[DATATYPE_NFPROTO]        = 5,
		[DATATYPE_ETHER_TYPE]     = 1,
		[DATATYPE_INET_PROTOCOL]  = 5,
		[DATATYPE_IP4_ADDRESS]    = 2,
		[DATATYPE_IP6_ADDRESS]    = 1,
		[DATATYPE_INET_SERVICE]   = 5,
		[DATATYPE_ICMP_TYPE]      = 1,
		[DATATYPE_ICMPV6_TYPE]    = 1,
		[DATATYPE_CT_STATE]       = 2,
		[DATATYPE_INTERFACE_NAME] = 1,
		[DATATYPE_INTEGER]        = 5,
		[DATATYPE_FIB_RESULT]     = 1,
		[DATATYPE_PACKET_TYPE]    = 2,
	};
	/* clang-format on */
	_Static_assert(COUNT_OF(counts) == DATATYPE_COUNT, "a datatype without a row");

	return set->type_count == 1 ? counts[set->types[0]] : 1;
}

static void elements_block(const struct set *set, struct buffer *out)
{
	size_t per_line = elements_per_line(set);

	if (set->dynamic || set->count == 0)
		return;

	buffer_text(out, "\t\telements = { ");
	for (size_t i = 0; i < set->count; i++) {
		if (i)
			buffer_text(out, i % per_line ? ", " : ",\n\t\t\t     ");
		emit_element(set, i, out);
	}
	buffer_text(out, " }\n");
}

/* ---- declarations ---- */

/* What stands around each clause: a line of its own, or a semicolon behind it. */
struct layout {
	const char *before, *after, *between;
};

static const struct layout in_block = { "\t\t", "\n", "" };
static const struct layout in_line = { "", ";", " " };

struct clauses {
	const struct layout *layout;
	struct buffer *out;
	bool begun;
};

static struct buffer *clause_begin(struct clauses *clauses)
{
	if (clauses->begun)
		buffer_text(clauses->out, clauses->layout->between);
	clauses->begun = true;
	buffer_text(clauses->out, clauses->layout->before);
	return clauses->out;
}

static void clause_end(struct clauses *clauses)
{
	buffer_text(clauses->out, clauses->layout->after);
}

static void type_clause(struct clauses *clauses, const struct set *set)
{
	struct buffer *out = clause_begin(clauses);

	buffer_text(out, "type ");
	for (size_t i = 0; i < set->type_count; i++) {
		const char *name = datatypes[set->types[i]].name;

		buffer_format(out, "%s%s", i ? " . " : "", name ? name : "integer");
	}
	if (set->map)
		buffer_text(out, " : verdict");
	clause_end(clauses);
}

static void flags_clause(struct clauses *clauses, const struct set *set)
{
	const struct {
		bool set;
		const char *word;
	} flags[] = {
		{ set->constant, "constant" },
		{ set->dynamic, "dynamic" },
		{ set->interval, "interval" },
		{ set->timeout, "timeout" },
	};

	bool any = false;

	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		if (!flags[i].set)
			continue;
		if (!any)
			buffer_text(clause_begin(clauses), "flags ");
		else
			buffer_char(clauses->out, ',');
		buffer_text(clauses->out, flags[i].word);
		any = true;
	}
	if (any)
		clause_end(clauses);
}

/* Live sets only: what rolewall has no word for. */
static void foreign_clauses(struct clauses *clauses, const struct set *set)
{
	struct buffer flags AUTO_BUFFER = { 0 };

	if (set->unknown_flags) {
		buffer_format(&flags, "flags 0x%" PRIx32, set->unknown_flags);
		foreign_text(flags.data, clause_begin(clauses));
		clause_end(clauses);
	}
	if (set->foreign) {
		foreign_text(set->foreign, clause_begin(clauses));
		clause_end(clauses);
	}
}

/* In the order of nft's own listing. */
static void declaration(const struct set *set, const struct layout *layout,
			struct buffer *out)
{
	struct clauses clauses = { .layout = layout, .out = out };

	type_clause(&clauses, set);
	if (set->size) {
		buffer_format(clause_begin(&clauses), "size %" PRIu32, set->size);
		clause_end(&clauses);
	}
	flags_clause(&clauses, set);
	if (set->timeout_ms) {
		buffer_text(clause_begin(&clauses), "timeout ");
		duration_text(set->timeout_ms, out);
		clause_end(&clauses);
	}
	if (set_has_counters(set)) {
		buffer_text(clause_begin(&clauses), "counter");
		clause_end(&clauses);
	}
	if (set->comment) {
		buffer_text(clause_begin(&clauses), "comment ");
		emit_string(set->comment, out);
		clause_end(&clauses);
	}
	foreign_clauses(&clauses, set);
}

void emit_set_header(const struct set *set, struct buffer *out)
{
	declaration(set, &in_line, out);
}

void set_block(const struct set *set, struct buffer *out)
{
	buffer_text(out, set->map ? "\tmap " : "\tset ");
	name_text(set->name, out);
	buffer_text(out, " {\n");
	declaration(set, &in_block, out);
	elements_block(set, out);
	buffer_text(out, "\t}\n");
}

static json_t *types_json(const struct set *set)
{
	json_t *list = json_made(json_array());

	if (set->type_count == 1) {
		json_decref(list);
		return json_made(json_string(datatypes[set->types[0]].name));
	}
	for (size_t i = 0; i < set->type_count; i++)
		json_push(list, json_string(datatypes[set->types[i]].name));
	return list;
}

/*
 * Without "dynamic": libnftables 1.0.6 refuses the word, and sets the flag by itself
 * when a rule updates the set.
 */
static void flags_json(const struct set *set, json_t *members)
{
	json_t *flags = json_made(json_array());

	if (set->constant)
		json_push(flags, json_string("constant"));
	if (set->interval)
		json_push(flags, json_string("interval"));
	if (set->timeout)
		json_push(flags, json_string("timeout"));
	if (json_array_size(flags))
		json_put(members, "flags", flags);
	else
		json_decref(flags);
}

json_t *set_json(const struct set *set, const struct table *table)
{
	json_t *members = json_made(json_pack(
		"{s:s, s:s, s:s, s:o}", "family", table_family_names[table->family],
		"table", table->name, "name", set->name, "type", types_json(set)));

	if (set->map)
		json_put(members, "map", json_string("verdict"));
	if (set->size)
		json_put(members, "size", json_integer(set->size));
	flags_json(set, members);
	if (set->timeout_ms)
		json_put(members, "timeout",
			 json_integer((json_int_t)(set->timeout_ms / 1000)));
	if (set_has_counters(set))
		json_put(members, "stmt", json_pack("[{s:n}]", "counter"));
	if (set->comment)
		json_put(members, "comment", json_text(set->comment));
	if (set->count && !set->dynamic)
		json_put(members, "elem", set_elements_json(set));
	return json_made(json_pack("{s:o}", set->map ? "map" : "set", members));
}
