/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What outlives a run: the lock, the pending change, the confirmed rule sets.
 *
 * Rule sets are bytes here.  Every file is written as a temporary one, synced, renamed,
 * and its folder synced; has a version in its first line and a SHA-256 of all the rest;
 * and belongs to its owner alone (folders 0700, files 0600).  What somebody else owns
 * or may write, a link, a FIFO and what is too large are refused unread.
 *
 *	STATE/confirmed           the rule set that `load` brings at boot
 *	STATE/history/NUMBER-ID   those before it, at most CONFIRMED_KEPT with it
 *	STATE/protected           the protected paths of the last apply, one on a line
 *	RUN/lock                  flock: one writer at a time
 *	RUN/pending               the change that waits for `confirm`
 *	RUN/timer                 flock: held by who will roll it back
 *	RUN/ended                 what became of the last pending change
 */
#pragma once

#include <string.h>

#include "base/arena.h"
#include "base/diag.h"

enum { CHANGE_ID_BYTES = 9, CONFIRMED_KEPT = 10, BOOT_ID_BYTES = 37 };

struct state; /* both folders, open */

struct blob {
	const char *bytes;
	size_t length;
};

/* Eight hexadecimal digits, by chance: one for every change. */
struct change_id {
	char text[CHANGE_ID_BYTES];
};

static inline bool change_id_equal(const struct change_id *a, const struct change_id *b)
{
	return memcmp(a->text, b->text, sizeof(a->text)) == 0;
}

bool change_id_make(struct diags *diags, struct change_id *id) MUST_USE;
/* False when the text is no such id. */
bool change_id_parse(const char *text, struct change_id *id) MUST_USE;

/*
 * Opens both folders.  With `make` they are made when they are not there; without, an
 * absent one is as one that is empty.  DIAG_STATE when a folder is another's or
 * writable by others, DIAG_PERMISSION when it may not be entered.
 */
bool state_open(struct arena *arena, const char *state_folder, const char *run_folder,
		bool make, struct diags *diags, struct state **state) MUST_USE;
void state_close(struct state *state);

DEFINE_AUTO(state, struct state *, state_close)

/* One writer at a time: waits up to `seconds`, then DIAG_LOCKED. */
bool state_lock(struct state *state, unsigned seconds, struct diags *diags) MUST_USE;
void state_unlock(struct state *state);
/* In a forked process, which has closed its copy: the lock is its parent's alone. */
void state_forget_lock(struct state *state);

/* The open folders', at most four, into `descriptors`; how many. */
size_t state_descriptors(const struct state *state, int *descriptors);

/* ---- confirmed rule sets ---- */

struct confirmed {
	struct change_id id;
	int64_t confirmed_at; /* seconds since 1970 */
	struct blob ruleset;
};

enum found {
	FOUND,
	FOUND_NOTHING, /* there is none */
	FOUND_DAMAGED, /* there is one, and it is not whole: said in the diagnostics */
	FOUND_FAILED   /* it cannot be read: said in the diagnostics */
};

/* The last one. */
enum found confirmed_read(struct state *state, struct arena *arena, struct diags *diags,
			  struct confirmed *confirmed) MUST_USE;

/* Those before it, newest first, without their rule sets; damaged ones too. */
struct history_entry {
	const char *file;
	struct change_id id;
	int64_t confirmed_at; /* 0: damaged */
	bool damaged;
};

struct history {
	struct history_entry *items;
	size_t count, capacity;
};

bool history_list(struct state *state, struct arena *arena, struct diags *diags,
		  struct history *history) MUST_USE;
enum found history_read(struct state *state, const struct history_entry *entry,
			struct arena *arena, struct diags *diags,
			struct confirmed *confirmed) MUST_USE;

/*
 * Makes it the confirmed one; what was goes into the history, of which the oldest are
 * removed.  At every moment `confirmed` is the old or the new one, whole.
 */
bool confirmed_write(struct state *state, const struct confirmed *confirmed,
		     struct diags *diags) MUST_USE;

/* No rule set any more (after `unload`): the last goes into the history. */
bool confirmed_remove(struct state *state, struct diags *diags) MUST_USE;

/* ---- the pending change ---- */

enum timer_kind { TIMER_PROCESS, TIMER_SYSTEMD };

struct pending {
	struct change_id id;
	int64_t since;        /* seconds since 1970 */
	uint64_t deadline_ms; /* CLOCK_BOOTTIME */
	char boot_id[BOOT_ID_BYTES];
	uint64_t namespace_device, namespace_inode;
	enum timer_kind timer;
	struct blob before, after; /* rule sets */
	struct blob protect;       /* lines: the protected paths */
	struct blob connection;    /* by which the change was made; empty: not known */
	uint64_t before_ms;        /* CLOCK_BOOTTIME at which `before` was read */
};

enum found pending_read(struct state *state, struct arena *arena, struct diags *diags,
			struct pending *pending) MUST_USE;
bool pending_write(struct state *state, const struct pending *pending,
		   struct diags *diags) MUST_USE;
bool pending_remove(struct state *state, struct diags *diags) MUST_USE;

/* What became of the last one: for `status`, and for who confirms too late. */
enum ending { ENDING_CONFIRMED, ENDING_ROLLED_BACK, ENDING_FAILED };

struct ended {
	struct change_id id;
	enum ending ending;
	int64_t at;      /* seconds since 1970 */
	const char *why; /* "nobody confirmed it in time" */
};

enum found ended_read(struct state *state, struct arena *arena, struct diags *diags,
		      struct ended *ended) MUST_USE;
bool ended_write(struct state *state, const struct ended *ended,
		 struct diags *diags) MUST_USE;

/* ---- who will roll it back ---- */

/*
 * A descriptor that holds the timer's lock, for the process that becomes the timer and
 * for no other; -1 with a diagnostic.
 */
int timer_lock(struct state *state, struct diags *diags) MUST_USE;
/* Whether some process holds it. */
bool timer_is_alive(struct state *state) MUST_USE;
/*
 * A descriptor (inotify, close-on-exec) that becomes readable when a name in the run
 * folder changes; -1 when there cannot be one.
 */
int pending_watch(struct state *state) MUST_USE;

/* ---- protected paths ---- */

/* Lines of text; none is FOUND_NOTHING. */
enum found protected_read(struct state *state, struct arena *arena, struct diags *diags,
			  struct blob *lines) MUST_USE;
bool protected_write(struct state *state, struct blob lines,
		     struct diags *diags) MUST_USE;

/* ---- the machine's clock and boot ---- */

uint64_t boot_time_ms(void) MUST_USE; /* CLOCK_BOOTTIME: no one can set it */
bool boot_id_read(struct diags *diags, char id[BOOT_ID_BYTES]) MUST_USE;
