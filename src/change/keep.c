/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening the state, and what is confirmed or pending in it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/namespace.h"

#include "change/deadline.h"
#include "change/keep.h"
#include "change/timer.h"

#define STATE_FOLDER "/var/lib/rolewall"
#define RUN_FOLDER   "/run/rolewall"

/* ---- opening ---- */

/* The folders that all namespaces' states stand in are as strict as these. */
static bool open_parents(const struct rolewall_state *state, bool make,
			 struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct state *outer AUTO(state) = NULL, *inner AUTO(state) = NULL;

	return state_open(arena, state->state_folder, state->run_folder, make, diags,
			  &outer) &&
	       state_open(arena, arena_format(arena, "%s/netns", state->state_folder),
			  arena_format(arena, "%s/netns", state->run_folder), make,
			  diags, &inner);
}

static bool open_files(struct rolewall_state *state, bool make, struct diags *diags)
{
	struct arena *arena = state->arena;

	if (!state->netns)
		return state_open(arena, state->state_folder, state->run_folder, make,
				  diags, &state->files);
	if (!namespace_name_is_valid(state->netns))
		return diag_error(diags, DIAG_FILE, (struct span){ 0 },
				  "\"%s\" is not the name of a network namespace",
				  state->netns);
	return open_parents(state, make, diags) &&
	       state_open(arena,
			  arena_format(arena, "%s/netns/%s", state->state_folder,
				       state->netns),
			  arena_format(arena, "%s/netns/%s", state->run_folder,
				       state->netns),
			  make, diags, &state->files);
}

static const char *copy_or(struct arena *arena, const char *text, const char *otherwise)
{
	return text ? arena_string(arena, text) : otherwise;
}

int rolewall_state_open(const struct rolewall_state_options *options,
			struct rolewall_messages *messages,
			struct rolewall_state **state)
{
	struct rolewall_state_options all = { 0 };
	struct arena *arena = arena_new();
	struct rolewall_state *opened = arena_alloc(arena, sizeof(*opened));

	if (options)
		copy_options(&all, sizeof(all), options, options->size);
	*opened = (struct rolewall_state){
		.arena = arena,
		.state_folder = copy_or(arena, all.state_folder, STATE_FOLDER),
		.run_folder = copy_or(arena, all.run_folder, RUN_FOLDER),
		.netns = copy_or(arena, all.netns, NULL),
		.program = copy_or(arena, all.program, NULL),
		.lock_seconds = all.lock_seconds,
	};
	if (!open_files(opened, all.make, &messages->diags)) {
		arena_free(arena);
		return failure(messages);
	}
	*state = opened;
	return ROLEWALL_OK;
}

void rolewall_state_close(struct rolewall_state *state)
{
	if (!state)
		return;
	state_close(state->files);
	arena_free(state->arena);
}

/* ---- confirmed ---- */

static bool blob_equal(struct blob a, struct blob b)
{
	return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

/* What cannot be read is not this one: it is written anew. */
bool keep_has(struct rolewall_state *state, const struct ruleset *ruleset)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct confirmed confirmed;
	struct diags unsaid;

	diags_init(&unsaid, arena);
	return confirmed_read(state->files, arena, &unsaid, &confirmed) == FOUND &&
	       blob_equal(confirmed.ruleset, saved_blob(arena, ruleset));
}

bool keep_confirmed(struct rolewall_state *state, const struct ruleset *ruleset,
		    struct blob protect, struct diags *diags,
		    char id[ROLEWALL_ID_BYTES])
{
	struct arena *arena AUTO(arena) = arena_new();
	struct confirmed confirmed = { .confirmed_at = (int64_t)time(NULL),
				       .ruleset = saved_blob(arena, ruleset) };

	if (!change_id_make(diags, &confirmed.id) ||
	    !protected_write(state->files, protect, diags) ||
	    !confirmed_write(state->files, &confirmed, diags))
		return false;
	snprintf(id, ROLEWALL_ID_BYTES, "%s", confirmed.id.text);
	return true;
}

/* ---- pending ---- */

bool keep_is_here(const struct rolewall_state *state, const struct pending *pending,
		  struct diags *diags, bool *here)
{
	struct namespace_visit visit;
	struct namespace_identity identity;

	if (!namespace_enter(state->netns, diags, &visit))
		return false;

	bool good = namespace_identify(diags, &identity);

	if (!namespace_leave(&visit, diags) || !good)
		return false;
	*here = identity.device == pending->namespace_device &&
		identity.inode == pending->namespace_inode;
	return true;
}

enum found keep_pending(struct rolewall_state *state, struct arena *arena, bool locked,
			struct diags *diags, struct pending *pending)
{
	char boot[BOOT_ID_BYTES];
	enum found found = pending_read(state->files, arena, diags, pending);

	if (found != FOUND)
		return found;
	if (!boot_id_read(diags, boot))
		return FOUND_FAILED;
	if (memcmp(boot, pending->boot_id, sizeof(boot)) == 0) {
		if (!pending_is_settled(state->files, &pending->id))
			return FOUND;
		/* whoever settled it was ended before its record was gone */
		return locked && !pending_remove(state->files, diags) ? FOUND_FAILED
								      : FOUND_NOTHING;
	}
	/* the kernel that held it is gone */
	if (locked && !pending_settle(state->files, pending, ENDING_ROLLED_BACK,
				      "the machine was started anew", diags))
		return FOUND_FAILED;
	return FOUND_NOTHING;
}

static bool is_pending_error(const struct rolewall_state *state,
			     const struct pending *pending, struct diags *diags)
{
	struct rolewall_pending about;
	struct span nowhere = { 0 };

	pending_describe(pending, state->files, &about);
	diag_error(diags, DIAG_PENDING, nowhere,
		   "change %s waits for its confirmation: it is rolled back in %u s",
		   about.id, about.seconds_left);
	diag_note(
		diags, nowhere,
		"type \"rolewall confirm %s\" to keep it, or \"rolewall rollback %s\"",
		about.id, about.id);
	return false;
}

/* Whether the kernel holds what it held before: the change was not sent. */
static bool was_never_made(const struct pending *pending,
			   struct rolewall_kernel *kernel)
{
	struct arena *arena AUTO(arena) = arena_new();
	const struct ruleset *before, *live;
	struct diags unsaid;

	diags_init(&unsaid, arena);
	before = saved_decode(arena, pending->before, "pending", &unsaid);
	return before && kernel_read_whole(kernel->kernel, arena, &unsaid, &live) &&
	       kernel_restore_holds(live, before);
}

bool keep_nothing_pending(struct rolewall_state *state, struct rolewall_kernel *kernel,
			  struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct pending pending;
	bool here;

	switch (keep_pending(state, arena, true, diags, &pending)) {
	case FOUND_NOTHING:
		return true;
	case FOUND_DAMAGED:
	case FOUND_FAILED:
		return false;
	case FOUND:
		break;
	}
	if (!keep_is_here(state, &pending, diags, &here))
		return false;
	if (!here) {
		diag_error(diags, DIAG_PENDING, (struct span){ 0 },
			   "change %s waits for its confirmation in another network "
			   "namespace",
			   pending.id.text);
		diag_note(diags, (struct span){ 0 },
			  "settle it there, or give each namespace its own state: "
			  "--netns does, ROLEWALL_STATE_DIR and ROLEWALL_RUN_DIR do");
		return false;
	}
	if (timer_lives(&pending, state->files) || !was_never_made(&pending, kernel))
		return is_pending_error(state, &pending, diags);
	return pending_settle(state->files, &pending, ENDING_FAILED,
			      "whoever made it was ended before", diags);
}

bool keep_unloaded(struct rolewall_state *state, struct diags *diags)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct pending pending;

	switch (keep_pending(state, arena, true, diags, &pending)) {
	case FOUND_NOTHING:
		return true;
	case FOUND_DAMAGED:
	case FOUND_FAILED:
		return false;
	case FOUND:
		break;
	}
	timer_stop(&pending);
	return pending_settle(state->files, &pending, ENDING_ROLLED_BACK,
			      "the rules were unloaded", diags);
}
