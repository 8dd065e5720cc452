/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that is stopped at each of its system calls, and ended at the one asked for.
 */
#pragma once

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "unit/state/place.h"

struct call {
	long number;
	unsigned long long first; /* argument */
	long long result;
};

struct trace {
	struct call items[512];
	size_t count;
	bool ended; /* by itself, with success; false: by us */
};

typedef bool traced(struct place *place);

/* The child: its calls count from the first one after its stop. */
static inline void trace_run(traced *work, struct place *place)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(SKIPPED);
	raise(SIGSTOP);
	_exit(work(place) ? 0 : 1);
}

/* What the child is at: a call, or the end of one. */
static inline void trace_note(pid_t child, struct trace *trace)
{
	struct __ptrace_syscall_info info;
	long size = ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(info), &info);
	struct call *call = &trace->items[trace->count];

	assert_true(size > 0);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		call->number = (long)info.entry.nr;
		call->first = info.entry.args[0];
		return;
	}
	assert_int_equal(info.op, PTRACE_SYSCALL_INFO_EXIT);
	call->result = info.exit.rval;
	trace->count++;
	assert_true(trace->count < COUNT_OF(trace->items));
}

/* Runs `work` up to and with its call number `last`; all of it when it has fewer. */
static inline void trace_until(traced *work, struct place *place, size_t last,
			       struct trace *trace)
{
	int status;
	pid_t child = fork();

	trace->count = 0;
	assert_true(child >= 0);
	if (child == 0)
		trace_run(work, place);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		fprintf(stderr, "SKIPPED: no process may be traced here\n");
		exit(SKIPPED);
	}
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, NULL,
				(void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)),
			 0);
	while (trace->count < last) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (!WIFSTOPPED(status))
			break;
		assert_int_equal(WSTOPSIG(status), SIGTRAP | 0x80);
		trace_note(child, trace);
	}
	trace->ended = !WIFSTOPPED(status);
	if (trace->ended) {
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		return;
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}
