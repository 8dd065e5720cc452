/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The change that waits for its confirmation, and what became of the last one. */
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "state/record.h"

/* ---- the pending change ---- */

static const char *const timer_words[] = {
	[TIMER_PROCESS] = "process",
	[TIMER_SYSTEMD] = "systemd",
	NULL,
};

/* clang-format off */
#define ROW(word, kind, member) { word, kind, offsetof(struct pending, member), NULL }

static const struct record_row pending_rows[] = {
	ROW("id",               ROW_ID,     id),
	ROW("since",            ROW_TIME,   since),
	ROW("deadline-ms",      ROW_NUMBER, deadline_ms),
	ROW("boot",             ROW_BOOT,   boot_id),
	ROW("namespace-device", ROW_NUMBER, namespace_device),
	ROW("namespace-inode",  ROW_NUMBER, namespace_inode),
	{ "timer", ROW_WORD, offsetof(struct pending, timer), timer_words },
	ROW("before-ms",        ROW_NUMBER, before_ms),
	ROW("blob-before",      ROW_BLOB,   before),
	ROW("blob-after",       ROW_BLOB,   after),
	ROW("blob-protect",     ROW_BLOB,   protect),
	ROW("blob-connection",  ROW_BLOB,   connection),
};
/* clang-format on */

#undef ROW

static const struct record_kind pending_kind = {
	.name = "pending",
	.advice = "what was before the change cannot be read from it any more: "
		  "\"rolewall load\" brings back the last confirmed rule set",
	.rows = pending_rows,
	.count = COUNT_OF(pending_rows),
	.size = sizeof(struct pending),
};

static struct record_place pending_place(struct state *state)
{
	return (struct record_place){ &state->run, "pending", &pending_kind };
}

enum found pending_read(struct state *state, struct arena *arena, struct diags *diags,
			struct pending *pending)
{
	struct record_place place = pending_place(state);

	return record_read(&place, arena, diags, pending);
}

bool pending_write(struct state *state, const struct pending *pending,
		   struct diags *diags)
{
	struct record_place place = pending_place(state);

	return record_write(&place, pending, diags);
}

bool pending_remove(struct state *state, struct diags *diags)
{
	return file_remove(&state->run, "pending", diags);
}

/* By the descriptor: the folder's path may be relative, or another folder's by now. */
int pending_watch(struct state *state)
{
	static const uint32_t events =
		IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;
	char path[32];
	int fd = state->run.fd < 0 ? -1 : inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", state->run.fd);
	if (inotify_add_watch(fd, path, events) >= 0 ||
	    inotify_add_watch(fd, state->run.path, events) >= 0)
		return fd;
	close(fd);
	return -1;
}

/* ---- what became of the last one ---- */

static const char *const ending_words[] = {
	[ENDING_CONFIRMED] = "confirmed",
	[ENDING_ROLLED_BACK] = "rolled-back",
	[ENDING_FAILED] = "failed",
	NULL,
};

/* clang-format off */
static const struct record_row ended_rows[] = {
	{ "id",     ROW_ID,   offsetof(struct ended, id),     NULL },
	{ "ending", ROW_WORD, offsetof(struct ended, ending), ending_words },
	{ "at",     ROW_TIME, offsetof(struct ended, at),     NULL },
	{ "why",    ROW_TEXT, offsetof(struct ended, why),    NULL },
};
/* clang-format on */

static const struct record_kind ended_kind = {
	.name = "ended",
	.advice = "nothing depends on it; the next change writes a new one",
	.rows = ended_rows,
	.count = COUNT_OF(ended_rows),
	.size = sizeof(struct ended),
};

static struct record_place ended_place(struct state *state)
{
	return (struct record_place){ &state->run, "ended", &ended_kind };
}

enum found ended_read(struct state *state, struct arena *arena, struct diags *diags,
		      struct ended *ended)
{
	struct record_place place = ended_place(state);

	return record_read(&place, arena, diags, ended);
}

bool ended_write(struct state *state, const struct ended *ended, struct diags *diags)
{
	struct record_place place = ended_place(state);

	return record_write(&place, ended, diags);
}
