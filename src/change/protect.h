/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways that a change has to leave open, and the connections that it forbids. */
#pragma once

#include "connections/connections.h"

#include "library/handle.h"

#include <jansson.h>

struct protection {
	struct arena *arena;
	const char *netns; /* of the kernel that is changed; NULL: the caller's */
	struct paths paths;
	struct local_addresses local;
	bool local_read;
	bool management; /* "auto" was among the words */
};

struct rolewall_connections {
	struct connections list;
};

/* The words of `options`; false with a diagnostic for one that is none. */
bool protection_parse(struct protection *protection,
		      const struct rolewall_apply_options *options,
		      struct diags *diags) MUST_USE;

/* With "auto" the connection by which this process is managed, in its own namespace. */
bool protection_find(struct protection *protection, struct diags *diags) MUST_USE;

/* Whether the rule set leaves all of them open; the reasons, if not. */
bool protection_holds(struct protection *protection, const struct ruleset *ruleset,
		      struct diags *diags) MUST_USE;

/* As STATE/protected keeps them. */
struct blob protection_lines(const struct protection *protection);

/* The management connection, as one text; empty when none is known. */
struct blob protection_connection(const struct protection *protection);

/*
 * The connections that go on and would not be admitted any more, into the result; with
 * `cut` they end.  That they cannot be listed is a warning: the change is made.
 */
void protection_connections(struct protection *protection,
			    const struct ruleset *ruleset, bool cut,
			    struct diags *diags, struct rolewall_apply_result *result);

/* {direction, protocol, from, to, why, protected} */
json_t *connection_json(const struct connection *connection) MUST_USE;
