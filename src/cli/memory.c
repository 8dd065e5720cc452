/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap of a program that lives for milliseconds.
 *
 * Touching a small page for the first time costs more than all that is then written
 * into it, and a usual site takes some two hundred of them: as much time as all of
 * reading and compiling it.  So the heap lies in huge pages, of which it takes one;
 * where there are none, its first part comes in one go.  What it once has it keeps.
 */
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/memory.h"

enum {
	HUGE_BYTES = 2 << 20,
	HEAP_BYTES = 4 * HUGE_BYTES, /* reserved, not taken: for large sites */
	FIRST_BYTES = 768 << 10      /* of a usual site */
};

static uintptr_t huge_end(uintptr_t address)
{
	return (address + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
}

/*
 * malloc() writes to the heap's first page before anybody can say how the heap is to be
 * had, and one small page in it is enough to keep a huge one away: so the heap starts
 * one small page before it.  Returns where the huge page starts; 0: it cannot be so.
 */
static uintptr_t move_heap(uintptr_t page)
{
	uintptr_t start = (uintptr_t)sbrk(0);
	uintptr_t huge = huge_end(start + page);

	return sbrk((intptr_t)(huge - page - start)) == (void *)-1 ? 0 : huge;
}

/* The heap's first part; NULL: it is another malloc()'s. */
static void *first_part;

/* The timer's process has a copy of it, made page by page as this one writes: at once.
 */
static void keep_after_fork(void)
{
	madvise(first_part, FIRST_BYTES, MADV_POPULATE_WRITE);
}

void memory_prepare(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t huge = move_heap(page);

	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	mallopt(M_MMAP_THRESHOLD, HUGE_BYTES);
	mallopt(M_TOP_PAD, HEAP_BYTES);

	void *first = malloc(1);

	/* where address space is short that may have been too much */
	mallopt(M_TOP_PAD, FIRST_BYTES);
	/* not there: another malloc() than glibc's, as under a sanitizer */
	if ((uintptr_t)first >= huge - page && (uintptr_t)first < huge) {
		/* wishes that an older kernel does not know, or its owner denies */
		madvise((void *)huge, HEAP_BYTES, MADV_HUGEPAGE);
		madvise((void *)huge, FIRST_BYTES, MADV_POPULATE_WRITE);
		first_part = (void *)huge;
		pthread_atfork(NULL, keep_after_fork, NULL);
	}
	free(first);
}
