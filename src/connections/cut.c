/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ending connections: this host's socket of each, and what the kernel tracks it by,
 * some at a time.
 */
#include <errno.h>
#include <netinet/in.h>

#include "connections/connections.h"
#include "connections/sockets.h"
#include "connections/tracking.h"

struct cutter {
	struct netlink tracking, sockets;
	struct tracking_end ends[TRACKING_END_MAX];
	size_t count; /* waiting */
	size_t cut;
	int error; /* the first one; 0: none */
};

static void note_error(struct cutter *cutter, int error)
{
	if (!cutter->error)
		cutter->error = error;
}

static void end_waiting(struct cutter *cutter)
{
	if (!cutter->count)
		return;

	int error = tracking_end(&cutter->tracking, cutter->ends, cutter->count);

	for (size_t i = 0; i < cutter->count && !error; i++) {
		if (!cutter->ends[i].error)
			cutter->cut++;
		else if (cutter->ends[i].error != ENOENT)
			note_error(cutter, cutter->ends[i].error);
	}
	if (error)
		note_error(cutter, error);
	cutter->count = 0;
}

static bool may_be_cut(const struct connection *connection)
{
	return connection->entry && !connection->is_protected;
}

static bool has_any(const struct connections *connections)
{
	for (size_t i = 0; i < connections->count; i++)
		if (may_be_cut(&connections->items[i]))
			return true;
	return false;
}

/* The socket first: what it says at its end still passes as established. */
static void end_one(struct cutter *cutter, const struct connection *connection)
{
	const struct connection_entry *entry = connection->entry;

	if (connection->protocol == IPPROTO_TCP) {
		int error =
			socket_end(&cutter->sockets, connection->family, &entry->ends);

		if (error)
			note_error(cutter, error);
	}
	cutter->ends[cutter->count++] = (struct tracking_end){
		.entry = entry,
		.family = connection->family,
	};
	if (cutter->count == TRACKING_END_MAX)
		end_waiting(cutter);
}

static bool open_both(const char *netns, struct diags *diags, struct cutter *cutter)
{
	if (!tracking_open(netns, diags, &cutter->tracking))
		return false;
	if (sockets_open(netns, diags, &cutter->sockets))
		return true;
	netlink_close(&cutter->tracking);
	return false;
}

bool connections_cut(const char *netns, const struct connections *connections,
		     struct diags *diags, size_t *cut)
{
	struct cutter cutter = { 0 };

	*cut = 0;
	if (!has_any(connections))
		return true;
	if (!open_both(netns, diags, &cutter))
		return false;
	/* not tracking: the last of them has ended by itself */
	for (size_t i = 0; i < connections->count && cutter.tracking.socket; i++)
		if (may_be_cut(&connections->items[i]))
			end_one(&cutter, &connections->items[i]);
	end_waiting(&cutter);
	netlink_close(&cutter.tracking);
	netlink_close(&cutter.sockets);
	*cut = cutter.cut;
	return !cutter.error ||
	       diag_of_refusal(diags, cutter.error, "ending a tracked connection");
}
