/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiler attributes, spelled once.  C17 with GNU attributes; nothing else. */
#pragma once

#define MUST_USE        __attribute__((warn_unused_result))
#define ALL_NONNULL     __attribute__((nonnull))
#define RETURNS_NONNULL __attribute__((returns_nonnull))
#define PRINTF_LIKE(f)  __attribute__((format(printf, f, (f) + 1)))
#define VPRINTF_LIKE(f) __attribute__((format(printf, f, 0)))
#define COUNT_OF(a)     (sizeof(a) / sizeof((a)[0]))

/* DEFINE_AUTO(plan, struct plan *, plan_free): then AUTO(plan) frees at scope exit. */
#define DEFINE_AUTO(name, type, release)                \
	static inline void auto_release_##name(type *p) \
	{                                               \
		if (*p)                                 \
			release(*p);                    \
	}
#define AUTO(name) __attribute__((cleanup(auto_release_##name)))
