/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared libraries that are loaded by the runs that need them. */
#include <dlfcn.h>
#include <string.h>

#include "base/library.h"

/* C knows no way from an object's address to a function's; POSIX says they are alike.
 */
_Static_assert(sizeof(void *) == sizeof(void (*)(void)), "addresses of one size");

static const char *reason(void)
{
	const char *words = dlerror();

	return words ? words : "the loader does not say why";
}

bool library_load(const char *file, const struct library_function *functions,
		  size_t count, const char **why)
{
	/* stays for good: what was loaded before is only found again */
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		*why = reason();
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		void *address = dlsym(library, functions[i].name);

		if (!address) {
			*why = reason();
			return false;
		}
		memcpy(functions[i].address, &address, sizeof(address));
	}
	return true;
}
