/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders, open: everything that is read or written is relative to them. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include "state/state.h"

struct folder {
	const char *path; /* for messages */
	int fd;           /* -1: it is not there */
	bool stale;       /* what killed runs left in it was not looked for yet */
};

struct state {
	struct folder lasting, history, run;
	int lock;        /* -1: not held */
	pid_t locked_by; /* a child that inherits the lock does not give it back */
};

/*
 * Opens `name` relative to `at`, makes it if `make`; `folder->path` names it.  When it
 * is not there and not made, that is no error.
 */
bool folder_open(struct folder *folder, int at, const char *name, bool make,
		 struct diags *diags) MUST_USE;
void folder_close(struct folder *folder);

/* The history: made by the first who keeps something in it. */
bool history_open(struct state *state, bool make, struct diags *diags) MUST_USE;

/* For what cannot be without the folder. */
bool folder_missing(const struct folder *folder, struct diags *diags);

/*
 * The owner of `path` is this user or root, and nobody else may write it; `mode` is
 * what to give it otherwise.
 */
bool status_is_ours(const struct stat *status, const char *path, const char *mode,
		    struct diags *diags) MUST_USE;

/* "cannot WHAT "PATH": the disk is full".  `error` is of errno. */
bool state_fault(struct diags *diags, int error, const char *what, const char *path);
