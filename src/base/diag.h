/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostics: what the user can act on, collected in order, printed at the end.
 *
 * Messages: lower case, no full stop, names in double quotes, say what was expected.
 * A note gives the other half of a contradiction or the nearest name; a hint says
 * what to type next.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/source.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

/* What kind of mistake; the `code` of the JSON form.  Names in diag.c, same order. */
enum diag_code {
	DIAG_SYNTAX,       /* the text is not libconfig */
	DIAG_LITERAL,      /* a number that libconfig would cut, a NUL byte */
	DIAG_UNKNOWN_KEY,  /* a key that the language does not have */
	DIAG_UNKNOWN_NAME, /* a role, service, host, flow, profile nobody declared */
	DIAG_MISSING,      /* a required key or end */
	DIAG_TYPE,         /* a value of the wrong type */
	DIAG_VALUE,        /* a value out of range or badly formed */
	DIAG_DUPLICATE,    /* a name, id or address given twice */
	DIAG_CONFLICT,     /* two statements that contradict */
	DIAG_ADDRESS,      /* an address form: host bits, reversed, family */
	DIAG_EXPIRED,      /* a flow past its date */
	DIAG_NOBODY,       /* a required flow with nobody on one end */
	DIAG_NEVER,        /* a flow that can never match */
	DIAG_EXPECT,       /* an expectation of the site's own that does not hold */
	DIAG_UNSUPPORTED,  /* in the language, not yet in this version */
	DIAG_FILE,         /* a file that cannot be read or written */
	DIAG_LIMIT,        /* larger than a limit allows */
	DIAG_HOST,         /* which host to compile for is not known */
	DIAG_USAGE,        /* the command line */
	DIAG_PERMISSION,   /* CAP_NET_ADMIN is missing */
	DIAG_KERNEL,       /* the kernel refused */
	DIAG_GENERATION,   /* the kernel's rules moved: stale plan */
	DIAG_READBACK,     /* the kernel holds something else than was sent */
	DIAG_LOCKOUT,      /* a protected path would be cut */
	DIAG_OPENS,        /* something would newly pass, and that was forbidden */
	DIAG_PENDING,      /* a change waits for its confirmation */
	DIAG_LOCKED,       /* another rolewall holds the lock */
	DIAG_NOTHING,      /* nothing to confirm or to roll back */
	DIAG_PROOF,        /* the rules that were compiled are not what the site says */
	DIAG_STATE,        /* a file of rolewall's own is damaged, or not its own */
	DIAG_NOTICE, /* no mistake: a flow's `note`, a neighbour on the same hook */
	DIAG_CODE_COUNT
};

struct diag {
	struct diag *next;
	enum severity severity;
	enum diag_code code;
	struct span span;
	const char *text;
};

struct diags {
	struct arena *arena;
	struct diag *first, **tail;
	unsigned error_count, warning_count;
};

void diags_init(struct diags *diags, struct arena *arena) ALL_NONNULL;

/* Returns false, so that a failing function can end with: return diag_error(...); */
bool diag_error(struct diags *diags, enum diag_code code, struct span span,
		const char *format, ...) PRINTF_LIKE(4);
void diag_warning(struct diags *diags, enum diag_code code, struct span span,
		  const char *format, ...) PRINTF_LIKE(4);
/* Belongs to the error or warning before it. */
void diag_note(struct diags *diags, struct span span, const char *format, ...)
	PRINTF_LIKE(3);

/* Why the kernel refused to do `what` ("opening netlink"), by the errno; false. */
bool diag_of_refusal(struct diags *diags, int error, const char *what);

/* "unknown-name" and so on; also for the manual. */
const char *diag_code_name(enum diag_code code) RETURNS_NONNULL;

/*
 * FILE:LINE:COLUMN: error: TEXT, the line, a caret; notes behind; "included from"
 * chains.  At most LIMIT_DIAGNOSTICS, then a count.  `color`: with SGR sequences.
 */
void diags_print(const struct diags *diags, bool color, struct buffer *out) ALL_NONNULL;
