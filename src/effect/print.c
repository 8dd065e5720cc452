/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Effects for people, a line each, and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "effect/effect.h"
#include "emit/emit.h"

enum { SHOWN_RANGES = 8 };

static const char *const way_words[WAY_COUNT] = { "in", "out", "forward" };

/* ---- text ---- */

struct line {
	struct buffer service, addresses;
};

static uint64_t side_size(const struct ranges *sides)
{
	uint64_t size = ranges_size(&sides[FAMILY_IP4]);
	uint64_t more = ranges_size(&sides[FAMILY_IP6]);

	return more > UINT64_MAX - size ? UINT64_MAX : size + more;
}

/* "from X", with how many addresses that is when it is not one prefix. */
static void print_side(const struct effect *effect, const char *word,
		       const struct ranges *sides, struct buffer *out)
{
	size_t parts = sides[FAMILY_IP4].count + sides[FAMILY_IP6].count;
	uint64_t size = side_size(sides);

	if (out->length)
		buffer_char(out, ' ');
	buffer_format(out, "%s ", word);
	effect_addresses(effect, sides, SHOWN_RANGES, out);
	if (parts > 1 && size != UINT64_MAX)
		buffer_format(out, "  (%" PRIu64 " addresses)", size);
}

static bool is_any(const struct effect *effect, const struct ranges *sides)
{
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		const struct ranges *at = &sides[f];

		if (effect->families[f] && !every_address(at))
			return false;
	}
	return true;
}

/* The far end always; the near one where it is not every address. */
static void print_addresses(const struct effect *effect, struct buffer *out)
{
	bool from = effect->way != WAY_OUT, to = effect->way != WAY_IN;

	if (from || !is_any(effect, effect->from))
		print_side(effect, "from", effect->from, out);
	if (to || !is_any(effect, effect->to))
		print_side(effect, "to", effect->to, out);
}

static void print_service(const struct effect *effect, struct buffer *out)
{
	struct buffer conditions AUTO_BUFFER = { 0 };

	/* what is so of new packets is so of all that matter */
	if (!(effect->states & STATE_NEW)) {
		effect_states(effect, out);
		buffer_char(out, ' ');
	}
	effect_protocol(effect, out);
	if (effect->of[VARIABLE_DESTINATION_PORT].count) {
		buffer_char(out, ' ');
		intervals_print(&effect->of[VARIABLE_DESTINATION_PORT], out);
	}
	effect_conditions(effect, &conditions);
	if (conditions.length)
		buffer_format(out, " %s", conditions.data);
}

static const char *verb_of(const struct effect *effect)
{
	if (effect->opens)
		return effect->sure ? "opens" : "may open";
	return effect->sure ? "closes" : "may close";
}

struct columns {
	int verb, way, service;
};

/* Longer ones stand out: the others need not make room for them. */
enum { SERVICE_COLUMN_MAX = 24 };

static void widen(int *column, size_t length)
{
	if ((int)length > *column && length <= SERVICE_COLUMN_MAX)
		*column = (int)length;
}

static struct columns columns_of(const struct effects *effects)
{
	struct columns columns = { 6, 2, 0 };

	for (size_t i = 0; i < effects->count; i++) {
		struct buffer service AUTO_BUFFER = { 0 };

		print_service(&effects->items[i], &service);
		widen(&columns.verb, strlen(verb_of(&effects->items[i])));
		widen(&columns.way, strlen(way_words[effects->items[i].way]));
		widen(&columns.service, service.length);
	}
	return columns;
}

static void print_line(const struct effect *effect, const struct columns *columns,
		       struct buffer *out)
{
	struct buffer service AUTO_BUFFER = { 0 };
	struct buffer addresses AUTO_BUFFER = { 0 };

	print_service(effect, &service);
	print_addresses(effect, &addresses);
	buffer_format(out, "%-*s  %-*s  %-*s  %s\n", columns->verb, verb_of(effect),
		      columns->way, way_words[effect->way], columns->service,
		      service.data, addresses.data);
}

/* FIRST to END, at most `line_max`; how many more there are, in words. */
static void print_kind(const struct effects *effects, size_t first, size_t end,
		       size_t line_max, struct buffer *out)
{
	struct columns columns = columns_of(effects);
	size_t shown = end - first > line_max ? line_max : end - first;

	for (size_t i = first; i < first + shown; i++)
		print_line(&effects->items[i], &columns, out);
	if (shown < end - first)
		buffer_format(out, "%-*s  and in %zu smaller ways: see --json\n",
			      columns.verb,
			      effects->items[first].opens ? "opens" : "closes",
			      end - first - shown);
}

/* Where there were no rules, or are none any more, each line would be an exception. */
static void print_whole(const struct effects *effects, struct buffer *out)
{
	if (effects->count && effects->from_nothing)
		buffer_text(out,
			    "closes  everything but what the rules accept: nothing "
			    "is filtered now\n");
	if (effects->count && effects->to_nothing)
		buffer_text(out, "opens  everything that the rules do not accept now: "
				 "nothing is filtered any more\n");
}

void effects_print(const struct effects *effects, size_t line_max, struct buffer *out)
{
	size_t opening = effects_opening(effects);

	if (effects->too_large) {
		buffer_text(out, "what opens and closes is not known: the rules are "
				 "too many\n");
		return;
	}
	if (effects->from_nothing || effects->to_nothing) {
		print_whole(effects, out);
		return;
	}
	print_kind(effects, 0, opening, line_max, out);
	print_kind(effects, opening, effects->count, line_max, out);
	if (effects->more)
		buffer_text(out, "more opens or closes than can be listed\n");
}

/* ---- JSON ---- */

static json_t *text_of(struct buffer *out)
{
	return json_text(out->length ? out->data : "");
}

static json_t *ranges_json(const struct effect *effect, const struct ranges *sides)
{
	json_t *list = json_array();

	if (is_any(effect, sides) && effect->families[FAMILY_IP4] &&
	    effect->families[FAMILY_IP6]) {
		json_push(list, json_text("any"));
		return list;
	}
	for (enum family f = 0; f < FAMILY_COUNT; f++) {
		for (size_t i = 0; i < sides[f].count; i++) {
			struct buffer out AUTO_BUFFER = { 0 };

			range_print(&out, range_low(&sides[f], i),
				    range_high(&sides[f], i), sides[f].width);
			json_push(list, text_of(&out));
		}
	}
	return list;
}

static json_t *effect_json(const struct effect *effect)
{
	json_t *object = json_object();
	struct buffer protocol AUTO_BUFFER = { 0 }, ports AUTO_BUFFER = { 0 };
	struct buffer conditions AUTO_BUFFER = { 0 }, witness AUTO_BUFFER = { 0 };
	struct buffer states AUTO_BUFFER = { 0 };

	effect_protocol(effect, &protocol);
	intervals_print(&effect->of[VARIABLE_DESTINATION_PORT], &ports);
	effect_states(effect, &states);
	effect_conditions(effect, &conditions);
	witness_print(&effect->witness, &witness);
	json_put(object, "direction", json_text(way_words[effect->way]));
	json_put(object, "protocol", text_of(&protocol));
	json_put(object, "ports", ports.length ? text_of(&ports) : json_null());
	json_put(object, "from", ranges_json(effect, effect->from));
	json_put(object, "to", ranges_json(effect, effect->to));
	json_put(object, "state", text_of(&states));
	json_put(object, "conditions",
		 conditions.length ? text_of(&conditions) : json_null());
	json_put(object, "sure", json_boolean(effect->sure));
	json_put(object, "witness", text_of(&witness));
	return object;
}

json_t *effects_json(const struct effects *effects, bool opens)
{
	json_t *list = json_array();

	for (size_t i = 0; i < effects->count; i++) {
		if (effects->items[i].opens == opens)
			json_push(list, effect_json(&effects->items[i]));
	}
	return list;
}
