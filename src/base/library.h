/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A shared library that few runs need, loaded by the run that does: loading one costs
 * as much as reading a profile.
 */
#pragma once

#include "base/diag.h"

struct library_function {
	const char *name;
	void (**address)(void); /* where the function's address goes */
};

/*
 * Loads the library of this file name ("libnetfilter_conntrack.so.3") and finds its
 * functions; once per process, later calls cost nothing.  False with a reason for a
 * message in *why.
 */
bool library_load(const char *file, const struct library_function *functions,
		  size_t count, const char **why) MUST_USE;
