/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All tracked connections past the judge; kept are those that it refuses. */
#include <errno.h>

#include "connections/judge.h"
#include "connections/read.h"
#include "connections/tracking.h"

struct search {
	struct conntrack_library library;
	struct judge judge;
	struct connections found;
};

static int judge_message(const struct nlmsghdr *message, void *visitor)
{
	struct search *search = visitor;
	struct tracked tracked;
	struct connection connection;

	if (!tracked_read(&search->library, message, &tracked))
		return EBADMSG;
	if (judge_refuses(&search->judge, &tracked, &connection))
		LIST_PUSH(search->judge.arena, &search->found, connection);
	return 0;
}

bool connections_find(struct arena *arena, const struct connections_query *query,
		      struct diags *diags, struct connections *connections)
{
	struct netlink tracking;
	struct search search = { .found = *connections };

	if (!tracking_open(query->netns, diags, &tracking))
		return false;
	if (!tracking.socket)
		return true;
	if (!conntrack_library_load(diags, &search.library)) {
		netlink_close(&tracking);
		return false;
	}
	judge_begin(&search.judge, arena, query);

	int error = tracking_dump(&tracking, judge_message, &search);

	netlink_close(&tracking);
	judge_end(&search.judge);
	if (error)
		return diag_of_refusal(diags, error, "listing tracked connections");
	search.found.seen += search.judge.seen;
	*connections = search.found;
	return true;
}
