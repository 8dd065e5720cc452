/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who rolls a change back when nobody confirms it: a systemd timer, or a process. */
#pragma once

#include "change/deadline.h"

/* Whether systemd is this machine's service manager, and may be asked by this user. */
bool timer_systemd_runs(void) MUST_USE;

/* Starts it, and sees that it lives.  False with a diagnostic. */
bool timer_start(struct deadline *deadline, struct diags *diags) MUST_USE;

/* Whether somebody waits for the deadline. */
bool timer_lives(const struct pending *pending, struct state *files) MUST_USE;

/* A systemd timer ends; a process sees for itself.  No more than good order. */
void timer_stop(const struct pending *pending);
