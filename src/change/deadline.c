/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arming and settling.  The order is the point: the roll-back is made, the record is
 * written, the timer lives; only then the kernel may be told.  Afterwards the outcome
 * is noted first, and the record goes last.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/namespace.h"

#include "change/deadline.h"
#include "change/timer.h"

enum { MS_A_SECOND = 1000 };

static bool identify_namespace(const char *netns, struct pending *pending,
			       struct diags *diags)
{
	struct namespace_visit visit;
	struct namespace_identity identity;

	if (!namespace_enter(netns, diags, &visit))
		return false;

	bool good = namespace_identify(diags, &identity);

	if (!namespace_leave(&visit, diags) || !good)
		return false;
	pending->namespace_device = identity.device;
	pending->namespace_inode = identity.inode;
	return true;
}

/* What systemd starts is in its own network namespace, which may be another. */
static bool is_of_systemd(const struct pending *pending)
{
	struct stat status;

	return stat("/proc/1/ns/net", &status) == 0 &&
	       status.st_dev == pending->namespace_device &&
	       status.st_ino == pending->namespace_inode;
}

static bool describe_change(struct deadline *deadline, const struct ruleset *before,
			    const struct ruleset *after, struct diags *diags)
{
	struct pending *pending = &deadline->pending;

	*pending = (struct pending){
		.since = (int64_t)time(NULL),
		.before_ms = boot_time_ms(),
		.timer = TIMER_PROCESS,
		.before = saved_blob(deadline->arena, before),
		.after = saved_blob(deadline->arena, after),
		.protect = deadline->protect,
		.connection = deadline->connection,
	};
	pending->deadline_ms =
		pending->before_ms + (uint64_t)deadline->seconds * MS_A_SECOND;
	if (!change_id_make(diags, &pending->id) ||
	    !boot_id_read(diags, pending->boot_id) ||
	    !identify_namespace(deadline->netns, pending, diags))
		return false;
	if (deadline->state->program && timer_systemd_runs() &&
	    (deadline->netns || is_of_systemd(pending)))
		pending->timer = TIMER_SYSTEMD;
	return true;
}

/* Its timer may have been asked for already: it finds that there is nothing to do. */
static void take_back(struct deadline *deadline, const char *why, struct diags *diags)
{
	if (!pending_settle(deadline->state->files, &deadline->pending, ENDING_FAILED,
			    why, diags))
		diag_note(diags, (struct span){ 0 },
			  "its timer will put back what is there already");
	timer_stop(&deadline->pending);
}

bool deadline_arm(struct deadline *deadline, const struct ruleset *before,
		  const struct ruleset *after, struct diags *diags)
{
	struct state *files = deadline->state->files;

	deadline->arena = arena_new();
	if (describe_change(deadline, before, after, diags)) {
		restore_make(&deadline->restore, before, deadline->pending.before_ms);
		if (restore_is_possible(&deadline->restore, deadline->kernel, diags) &&
		    pending_write(files, &deadline->pending, diags)) {
			if (timer_start(deadline, diags))
				return true;
			take_back(deadline, "its timer could not be started", diags);
		}
	}
	deadline_end(deadline);
	return false;
}

/* What cannot be read says nothing. */
static bool has_ended(struct state *files, const struct change_id *id)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct diags unsaid;
	struct ended ended;

	diags_init(&unsaid, arena);
	return ended_read(files, arena, &unsaid, &ended) == FOUND &&
	       change_id_equal(&ended.id, id);
}

bool deadline_is_ahead(const struct deadline *deadline)
{
	return boot_time_ms() < deadline->pending.deadline_ms &&
	       !has_ended(deadline->state->files, &deadline->pending.id);
}

void deadline_disarm(struct deadline *deadline, const char *why, struct diags *diags)
{
	if (!deadline_is_armed(deadline))
		return;
	take_back(deadline, why, diags);
	deadline_end(deadline);
}

void deadline_end(struct deadline *deadline)
{
	restore_end(&deadline->restore);
	arena_free(deadline->arena);
	deadline->arena = NULL;
}

/* ---- records ---- */

void pending_describe(const struct pending *pending, struct state *files,
		      struct rolewall_pending *description)
{
	uint64_t now = boot_time_ms();
	uint64_t left = pending->deadline_ms > now ? pending->deadline_ms - now : 0;

	*description = (struct rolewall_pending){
		.since = pending->since,
		.deadline = (int64_t)time(NULL) + (int64_t)(left / MS_A_SECOND),
		.seconds_left = (unsigned)((left + MS_A_SECOND - 1) / MS_A_SECOND),
		.timer_lives = timer_lives(pending, files),
	};
	snprintf(description->id, sizeof(description->id), "%s", pending->id.text);
}

bool pending_settle(struct state *files, const struct pending *pending,
		    enum ending ending, const char *why, struct diags *diags)
{
	const struct ended ended = { .id = pending->id,
				     .ending = ending,
				     .at = (int64_t)time(NULL),
				     .why = why };

	struct arena *arena AUTO(arena) = arena_new();
	struct diags unsaid;

	diags_init(&unsaid, arena);
	if (ended_write(files, &ended, &unsaid))
		return pending_remove(files, diags);
	if (timer_lives(pending, files))
		return diag_error(diags, DIAG_STATE, (struct span){ 0 }, "%s",
				  unsaid.first->text);
	/* the disk is full, but nobody is left who has to be told */
	diag_warning(diags, DIAG_STATE, (struct span){ 0 },
		     "how change %s ended is not noted: %s", pending->id.text,
		     unsaid.first->text);
	return pending_remove(files, diags);
}

bool pending_is_settled(struct state *files, const struct change_id *id)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct diags unsaid;
	struct confirmed confirmed;

	diags_init(&unsaid, arena);
	return has_ended(files, id) ||
	       (confirmed_read(files, arena, &unsaid, &confirmed) == FOUND &&
		change_id_equal(&confirmed.id, id));
}
