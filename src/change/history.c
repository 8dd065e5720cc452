/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was confirmed, what waits, and how the last change ended: for people. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "change/deadline.h"
#include "change/keep.h"

struct history_object {
	struct rolewall_history history; /* first: the public part */
	struct arena *arena;

	struct {
		struct rolewall_confirmed *items;
		size_t count, capacity;
	} confirmed;
};

const char *keep_time(struct arena *arena, int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm parts;
	char text[sizeof("-2147481748-01-01T00:00:00Z")];

	if (!gmtime_r(&time, &parts) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts))
		return "an unknown time";
	return arena_string(arena, text);
}

const char *keep_ended(struct rolewall_state *state, struct arena *arena)
{
	/* clang-format off */
	static const char *const words[] = {
		[ENDING_CONFIRMED]   = "was confirmed",
		[ENDING_ROLLED_BACK] = "was rolled back",
		[ENDING_FAILED]      = "was not made",
	};
	/* clang-format on */
	struct diags unsaid;
	struct ended ended;

	diags_init(&unsaid, arena);
	if (ended_read(state->files, arena, &unsaid, &ended) != FOUND)
		return NULL;
	return arena_format(arena, "change %s %s at %s%s%s", ended.id.text,
			    words[ended.ending], keep_time(arena, ended.at),
			    *ended.why ? ": " : "", ended.why);
}

/* ---- all of it ---- */

static void push(struct history_object *object, const struct change_id *id, int64_t at,
		 bool damaged)
{
	struct rolewall_confirmed entry = { .at = at, .damaged = damaged };

	snprintf(entry.id, sizeof(entry.id), "%s", id->text);
	LIST_PUSH(object->arena, &object->confirmed, entry);
}

static bool read_confirmed(struct rolewall_state *state, struct history_object *object,
			   struct diags *diags)
{
	struct confirmed confirmed = { 0 };
	struct history history = { 0 };
	enum found found =
		confirmed_read(state->files, object->arena, diags, &confirmed);

	if (found == FOUND_FAILED)
		return false;
	object->history.is_loaded_at_boot = found != FOUND_NOTHING;
	if (found != FOUND_NOTHING)
		push(object, &confirmed.id, confirmed.confirmed_at,
		     found == FOUND_DAMAGED);
	if (!history_list(state->files, object->arena, diags, &history))
		return false;
	for (size_t i = 0; i < history.count; i++)
		push(object, &history.items[i].id, history.items[i].confirmed_at,
		     history.items[i].damaged);
	object->history.confirmed = object->confirmed.items;
	object->history.confirmed_count = object->confirmed.count;
	return true;
}

int rolewall_history_read(struct rolewall_state *state,
			  struct rolewall_messages *messages,
			  struct rolewall_history **history)
{
	struct arena *arena = arena_new();
	struct history_object *object = arena_alloc(arena, sizeof(*object));
	struct diags *diags = &messages->diags;
	unsigned errors = diags->error_count;
	struct pending pending;
	enum found found = keep_pending(state, arena, false, diags, &pending);

	object->arena = arena;
	object->history.is_pending = found == FOUND;
	if (found == FOUND)
		pending_describe(&pending, state->files, &object->history.pending);
	object->history.ended = keep_ended(state, arena);

	/* damage is said and no obstacle: the rest is all the more wanted */
	if (found == FOUND_FAILED || !read_confirmed(state, object, diags)) {
		arena_free(arena);
		return failure(messages);
	}
	*history = &object->history;
	return diags->error_count > errors ? failure(messages) : ROLEWALL_OK;
}

void rolewall_history_free(struct rolewall_history *history)
{
	if (history)
		arena_free(((struct history_object *)history)->arena);
}

/* ---- one of them ---- */

static bool read_named(struct rolewall_state *state, const char *id,
		       struct arena *arena, struct diags *diags,
		       struct confirmed *confirmed)
{
	struct history history = { 0 };
	struct diags unsaid;

	diags_init(&unsaid, arena);
	if (confirmed_read(state->files, arena, &unsaid, confirmed) == FOUND &&
	    strcmp(confirmed->id.text, id) == 0)
		return true;
	if (!history_list(state->files, arena, diags, &history))
		return false;
	for (size_t i = 0; i < history.count; i++)
		if (strcmp(history.items[i].id.text, id) == 0)
			return history_read(state->files, &history.items[i], arena,
					    diags, confirmed) == FOUND;
	diag_error(diags, DIAG_NOTHING, (struct span){ 0 },
		   "no rule set was confirmed as \"%s\"", id);
	diag_note(diags, (struct span){ 0 },
		  "the last %d are kept; \"rolewall status\" lists them",
		  CONFIRMED_KEPT);
	return false;
}

int rolewall_confirmed_open(struct rolewall_state *state, const char *id,
			    struct rolewall_messages *messages,
			    struct rolewall_ruleset **ruleset)
{
	struct arena *arena = arena_new();
	struct diags *diags = &messages->diags;
	const struct ruleset *saved = NULL;
	struct confirmed confirmed;

	if (read_named(state, id, arena, diags, &confirmed))
		saved = saved_decode(arena, confirmed.ruleset, id, diags);
	if (!saved) {
		arena_free(arena);
		return failure(messages);
	}
	*ruleset = ruleset_new(arena, NULL, saved);
	return ROLEWALL_OK;
}
