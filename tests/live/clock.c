/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wall clock that somebody sets back and forth: the real one, and as many seconds as
 * the file CLOCK_FILE says (a 64-bit number of this machine's), which may change.
 *
 * Preloaded.  The clocks that nobody can set stay as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

typedef int get_time_call(clockid_t clock, struct timespec *now);

static const volatile int64_t *shift;

/* Mapped at the start: a process that closes all its files keeps it. */
__attribute__((constructor)) static void open_shift(void)
{
	int fd = open(getenv("CLOCK_FILE"), O_RDONLY | O_CLOEXEC);
	void *page = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		abort();
	shift = page;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	get_time_call *really = (get_time_call *)dlsym(RTLD_NEXT, "clock_gettime");
	int result = really(clock, now);

	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		now->tv_sec += (time_t)*shift;
	return result;
}

time_t time(time_t *seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (seconds)
		*seconds = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *now, void *zone)
{
	struct timespec exact;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &exact);
	now->tv_sec = exact.tv_sec;
	now->tv_usec = exact.tv_nsec / 1000;
	return 0;
}
