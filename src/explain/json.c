/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An explanation as JSON: the keys of `explain` in the document. */
#include <string.h>

#include "emit/emit.h"
#include "explain/parts.h"
#include "explain/words.h"

enum { RANGES_MAX = 1000 }; /* of one list; `more` counts the rest */

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_text(text) : json_made(json_null());
}

static json_t *number(size_t count)
{
	return json_made(json_integer((json_int_t)count));
}

/* ---- where from ---- */

static json_t *origin_json(struct span origin)
{
	json_t *object;

	if (!origin.source)
		return json_made(json_null());
	object = json_made(json_object());
	json_put(object, "file", json_text(origin.source->name));
	json_put(object, "line", origin.line ? json_integer(origin.line) : json_null());
	return object;
}

static json_t *row_json(const struct flow *flow)
{
	json_t *object;

	if (!flow || !flow->row.span.line)
		return json_made(json_null());

	const struct row *row = &flow->row;

	const struct {
		const char *key, *cell;
	} cells[] = {
		{ "table", row->table },
		{ "protocol", row->protocol },
		{ "transport", row->transport },
		{ "direction", row->direction },
		{ "port", row->port },
		{ "used", row->used },
		{ "purpose", row->purpose },
		{ "source", row->source },
		{ "destination", row->destination },
		{ "note", row->note },
	};

	object = json_made(json_object());
	for (size_t i = 0; i < COUNT_OF(cells); i++)
		json_put(object, cells[i].key, text_or_null(cells[i].cell));
	return object;
}

/* ---- sets ---- */

static void push_addresses(json_t *array, const struct ranges *ranges)
{
	for (size_t i = 0; i < ranges->count && json_array_size(array) < RANGES_MAX;
	     i++) {
		struct buffer words AUTO_BUFFER = { 0 };

		range_print(&words, range_low(ranges, i), range_high(ranges, i),
			    ranges->width);
		json_push(array, json_text(words.data));
	}
}

static json_t *addresses_json(const struct ranges addresses[FAMILY_COUNT])
{
	json_t *array = json_made(json_array());

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		push_addresses(array, &addresses[family]);
	return array;
}

/* How many of the part's ranges are left out above. */
static size_t more_of(const struct part *part)
{
	size_t more = 0;

	for (int end = 0; end < 2; end++) {
		const struct ranges *sets = end ? part->destinations : part->sources;
		size_t count = sets[FAMILY_IP4].count + sets[FAMILY_IP6].count;

		more += count > RANGES_MAX ? count - RANGES_MAX : 0;
	}
	return more;
}

/* [[LOW, HIGH], ...]; null where packets have no such field. */
static json_t *numbers_json(const struct ranges *ranges)
{
	json_t *array;

	if (!ranges->width)
		return json_made(json_null());
	array = json_made(json_array());
	for (size_t i = 0; i < ranges->count; i++) {
		unsigned low = 0, high = 0;

		for (size_t b = 0; b < ranges->width; b++) {
			low = low << 8 | range_low(ranges, i)[b];
			high = high << 8 | range_high(ranges, i)[b];
		}
		json_push(array, json_pack("[i,i]", (int)low, (int)high));
	}
	return array;
}

/* ---- ways ---- */

static json_t *passage_json(struct arena *arena, const struct passage *passage)
{
	const struct rule *rule = passage->rule;
	json_t *object = json_made(json_object());

	json_put(object, "table",
		 json_string(table_family_names[passage->table->family]));
	json_put(object, "chain", json_text(passage->chain->name));
	json_put(object, "rule", json_text(decider_words(arena, passage)));
	json_put(object, "comment", text_or_null(rule ? rule->comment : NULL));
	json_put(object, "origin",
		 origin_json(rule ? rule->origin : (struct span){ 0 }));
	return object;
}

static json_t *path_json(struct arena *arena, const struct part *part)
{
	json_t *path = json_made(json_array());

	for (size_t i = 0; i < part->passage_count; i++)
		json_push(path, passage_json(arena, &part->passages[i]));
	return path;
}

static const struct passage *decider(const struct part *part)
{
	return part->chain && part->passage_count
		       ? &part->passages[part->passage_count - 1]
		       : NULL;
}

static const char *rule_words(struct arena *arena, const struct part *part)
{
	return decider(part) ? decider_words(arena, decider(part)) : NULL;
}

/* ---- parts ---- */

static json_t *nearest_json(const struct nearest *nearest)
{
	if (!nearest->flow)
		return json_made(json_null());
	return json_made(json_pack(
		"{s:o,s:o,s:o,s:o}", "flow", json_text(nearest->flow->id), "asked",
		json_text(nearest->asked), "but", json_text(nearest->but), "origin",
		origin_json(nearest->flow->span)));
}

static json_t *interface_json(const struct interface *interface)
{
	return interface->pattern ? text_or_null(interface->pattern)
				  : json_made(json_string("*"));
}

static const char *direction_of(enum leg_kind kind)
{
	static const char *const directions[LEG_KIND_COUNT] = {
		[LEG_OUT] = "out",      [LEG_IN] = "in",      [LEG_THROUGH] = "through",
		[LEG_SELF_OUT] = "out", [LEG_SELF_IN] = "in",
	};

	return directions[kind];
}

static json_t *part_json(struct arena *arena, const struct explanation *explanation,
			 const struct leg *leg, const struct part *part)
{
	json_t *object = json_made(json_object());

	json_put(object, "verdict", json_string(outcome_names[part->outcome]));
	json_put(object, "host", json_text(leg->host->name.text));
	json_put(object, "direction", json_string(direction_of(leg->kind)));
	json_put(object, "from", addresses_json(part->sources));
	json_put(object, "to", addresses_json(part->destinations));
	json_put(object, "more", number(more_of(part)));
	json_put(object, "source_ports", numbers_json(&part->source_ports));
	json_put(object, "ports", numbers_json(&part->ports));
	json_put(object, "types", numbers_json(&part->types));
	json_put(object, "rule", text_or_null(rule_words(arena, part)));
	json_put(object, "flow", text_or_null(part->flow ? part->flow->id : NULL));
	json_put(object, "origin", origin_json(part->origin));
	json_put(object, "row", row_json(part->flow));
	json_put(object, "path", path_json(arena, part));
	json_put(object, "nearest", nearest_json(&part->nearest));
	json_put(object, "answers",
		 text_or_null(part->answers ? verdict_word(part->answers) : NULL));
	if (!explanation->is_live)
		return object;
	json_put(object, "ours", json_boolean(part->is_ours));
	json_put(object, "site_verdict",
		 text_or_null(part->desired ? verdict_word(part->desired) : NULL));
	return object;
}

/* ---- legs ---- */

static json_t *byways_json(const struct leg *leg)
{
	json_t *array = json_made(json_array());

	for (size_t i = 0; i < leg->byways.count; i++) {
		const struct byway *byway = &leg->byways.items[i];

		json_push(array,
			  json_pack("{s:o,s:o,s:s}", "in", interface_json(&byway->in),
				    "out", interface_json(&byway->out), "verdict",
				    verdict_word(byway->outcomes)));
	}
	return array;
}

static json_t *neighbours_json(const struct leg *leg)
{
	json_t *array = json_made(json_array());

	for (size_t i = 0; i < leg->neighbours.count; i++) {
		const struct neighbour *at = leg->neighbours.items[i];

		json_push(array,
			  json_pack("{s:o,s:o,s:o,s:s,s:i,s:s}", "family",
				    json_text(at->family), "table",
				    json_text(at->table), "chain", json_text(at->chain),
				    "hook", hook_names[at->hook], "priority",
				    (int)at->priority, "policy",
				    verdict_names[at->policy]));
	}
	return array;
}

static json_t *leg_json(const struct leg *leg)
{
	json_t *object = json_made(json_object());

	json_put(object, "host", json_text(leg->host->name.text));
	json_put(object, "direction", json_string(direction_of(leg->kind)));
	json_put(object, "verdict", json_string(verdict_word(parts_outcomes(leg))));
	json_put(object, "in", interface_json(&leg->in));
	json_put(object, "out", interface_json(&leg->out));
	json_put(object, "other_interfaces", byways_json(leg));
	json_put(object, "neighbours", neighbours_json(leg));
	json_put(object, "cut", json_boolean(leg->cut || leg->byways_cut));
	return object;
}

/* ---- the whole ---- */

static const char *keys_of_all[] = { "rule", "flow", "origin", "row", "path" };

/* What all parts say, or null. */
static json_t *common(const json_t *parts, const char *key)
{
	json_t *first = json_object_get(json_array_get(parts, 0), key);

	for (size_t i = 1; i < json_array_size(parts); i++) {
		if (!json_equal(first, json_object_get(json_array_get(parts, i), key)))
			return json_made(json_null());
	}
	return first ? json_incref(first) : json_made(json_null());
}

json_t *explain_json(const struct explanation *explanation)
{
	AUTO(arena) struct arena *arena = arena_new();
	json_t *object = json_made(json_object());
	json_t *parts = json_made(json_array());
	json_t *legs = json_made(json_array());

	for (size_t i = 0; i < explanation->legs.count; i++) {
		const struct leg *leg = &explanation->legs.items[i];

		json_push(legs, leg_json(leg));
		for (size_t k = 0; k < leg->parts.count; k++)
			json_push(parts, part_json(arena, explanation, leg,
						   &leg->parts.items[k]));
	}
	json_put(object, "packet", json_text(explanation->question->packet.text));
	json_put(object, "verdict", json_string(verdict_word(explanation->outcomes)));
	for (size_t i = 0; i < COUNT_OF(keys_of_all); i++)
		json_put(object, keys_of_all[i], common(parts, keys_of_all[i]));
	json_put(object, "live", json_boolean(explanation->is_live));
	json_put(object, "legs", legs);
	json_put(object, "parts", parts);
	json_put(object, "not_asked",
		 json_pack("{s:o,s:o}", "from",
			   addresses_json(explanation->other_sources), "to",
			   addresses_json(explanation->other_destinations)));
	return object;
}
