/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options, one row each: the parser and the help read the same table. */
#pragma once

#include "cli/cli.h"

enum option_kind {
	OPTION_FLAG,   /* bool; may be repeated */
	OPTION_TEXT,   /* const char *; once */
	OPTION_LIST,   /* struct names; may be repeated */
	OPTION_COLOR,  /* enum color_choice; once */
	OPTION_SECONDS /* unsigned; once */
};

struct option_row {
	const char *name;
	char letter; /* 0: none */
	enum option_kind kind;
	const char *argument; /* as the help shows it; NULL for flags */
	unsigned verbs;       /* enum verb bits */
	size_t member;        /* offset in struct cli */
	const char *help;
};

enum { OPTION_COUNT = 30 };

extern const struct option_row option_rows[OPTION_COUNT];
