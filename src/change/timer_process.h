/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that waits for the deadline of a change. */
#pragma once

#include "change/deadline.h"

/*
 * Ends this process when the change is settled: by `confirm`, or by itself.  Keeps the
 * socket, the lock and the state's folders, and nothing else of what was open.
 */
_Noreturn void timer_process_run(struct deadline *deadline, struct kernel *kernel,
				 int lock);
