/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that waits for the deadline of a change. */
#pragma once

#include "change/deadline.h"

/* What it has of its own. */
struct timer_process {
	struct kernel *kernel;
	int lock;  /* the timer's */
	int ready; /* a pipe: a byte when no end of the caller's is its end any more */
};

/*
 * In a child of the caller: waits, and ends this process when the change is settled: by
 * `confirm`, or by itself.  Keeps the socket, the lock and the state's folders, and
 * nothing else of what was open.
 */
_Noreturn void timer_process_run(struct deadline *deadline,
				 struct timer_process *process);
