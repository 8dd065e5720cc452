/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SSH connection of an sshd process, by its open sockets and the kernel's table of
 * TCP sockets.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "guard/address.h"
#include "guard/management.h"

enum {
	SOCKETS_MAX = 4096,  /* of one process; an sshd has a handful */
	LINES_MAX = 4000000, /* of a table: more sockets than a kernel holds */
	LINE_BYTES = 512,    /* the kernel's are 150 */
	PORT_COUNT = 1 << 16,
	STATE_ESTABLISHED_TCP = 0x01,
	STATE_LISTEN_TCP = 0x0a
};

struct held_socket {
	uint64_t inode;
	uint64_t fd;
};

/* What is known of the process, and of the tables so far. */
struct socket_search {
	const struct local_addresses *local;
	struct held_socket *held; /* by inode */
	size_t held_count;
	uint8_t *listening; /* a bit for each port that another process listens on */

	struct candidate {
		struct management management;
		uint64_t fd;
	} * candidates; /* connections that count, at most one for each held socket */

	size_t candidate_count;
};

/* One line of a table. */
struct table_line {
	uint64_t local_port, peer_port, state, inode;
	enum family family;
	uint8_t local[16], peer[16];
};

/* ---- the sockets that the process holds ---- */

static bool inode_of(int folder, const char *name, uint64_t *inode)
{
	static const char before[] = "socket:[";
	char target[64];
	ssize_t length = readlinkat(folder, name, target, sizeof(target));
	size_t skipped = sizeof(before) - 1;

	if (length <= (ssize_t)skipped || (size_t)length == sizeof(target) ||
	    target[length - 1] != ']' || memcmp(target, before, skipped) != 0)
		return false;
	return text_number(target + skipped, (size_t)length - skipped - 1, UINT64_MAX,
			   inode);
}

static int compare_held(const void *a, const void *b)
{
	const struct held_socket *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode < other->inode ? -1 : 1;
	return (one->fd > other->fd) - (one->fd < other->fd);
}

DEFINE_AUTO(folder, DIR *, closedir)

static void read_held(const struct management_search *search, const char *process,
		      struct socket_search *sockets)
{
	struct buffer path AUTO_BUFFER = { 0 };

	buffer_format(&path, "%s/%s/fd", search->proc, process);

	DIR *folder AUTO(folder) = opendir(path.data);
	const struct dirent *entry;

	while (folder && sockets->held_count < SOCKETS_MAX &&
	       (entry = readdir(folder))) {
		struct held_socket *held = &sockets->held[sockets->held_count];

		if (text_number(entry->d_name, strlen(entry->d_name), INT32_MAX,
				&held->fd) &&
		    inode_of(dirfd(folder), entry->d_name, &held->inode))
			sockets->held_count++;
	}
	qsort(sockets->held, sockets->held_count, sizeof(*sockets->held), compare_held);
}

/* The first, of the lowest descriptor, of those with an inode; NULL: none. */
static const struct held_socket *find_held(const struct socket_search *sockets,
					   uint64_t inode)
{
	size_t low = 0, high = sockets->held_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sockets->held[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == sockets->held_count || sockets->held[low].inode != inode)
		return NULL;
	return &sockets->held[low];
}

/* ---- the kernel's tables ---- */

static bool parse_hex(const char *text, size_t length, uint64_t *number)
{
	uint64_t value = 0;

	if (!length || length > 16)
		return false;
	for (size_t i = 0; i < length; i++) {
		static const char digits[] = "0123456789ABCDEF";
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

		if (!digit)
			return false;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*number = value;
	return true;
}

/* "0100007F:0016": words of an address as the machine's numbers, then the port. */
static bool parse_end(const char *text, enum family *family, uint8_t address[16],
		      uint64_t *port)
{
	const char *colon = strchr(text, ':');
	size_t digits = colon ? (size_t)(colon - text) : 0;
	uint64_t number;

	if ((digits != 8 && digits != 32) || strlen(colon + 1) != 4 ||
	    !parse_hex(colon + 1, 4, port))
		return false;
	*family = digits == 8 ? FAMILY_IP4 : FAMILY_IP6;
	memset(address, 0, 16);
	for (size_t i = 0; i < digits / 8; i++) {
		uint32_t word;

		if (!parse_hex(text + 8 * i, 8, &number))
			return false;
		word = (uint32_t)number;
		memcpy(address + 4 * i, &word, sizeof(word));
	}
	address_unmap(family, address);
	return true;
}

static bool parse_line(char *text, struct table_line *line)
{
	enum {
		SLOT,
		LOCAL,
		PEER,
		STATE,
		QUEUES,
		TIMER,
		RETRIES,
		USER,
		AGE,
		INODE,
		WORD_COUNT
	};

	char *words[WORD_COUNT] = { 0 };
	enum family peer_family;
	char *rest;

	words[0] = strtok_r(text, " \n", &rest);
	for (size_t i = 1; i < WORD_COUNT && words[i - 1]; i++)
		words[i] = strtok_r(NULL, " \n", &rest);
	for (size_t i = 0; i < WORD_COUNT; i++)
		if (!words[i])
			return false;
	return parse_end(words[LOCAL], &line->family, line->local, &line->local_port) &&
	       parse_end(words[PEER], &peer_family, line->peer, &line->peer_port) &&
	       parse_hex(words[STATE], strlen(words[STATE]), &line->state) &&
	       text_number(words[INODE], strlen(words[INODE]), UINT64_MAX,
			   &line->inode);
}

static void take_line(struct socket_search *sockets, const struct table_line *line)
{
	const struct held_socket *held = find_held(sockets, line->inode);
	struct candidate candidate = { 0 };

	if (line->state == STATE_LISTEN_TCP && !held)
		sockets->listening[line->local_port / 8] |=
			(uint8_t)(1u << line->local_port % 8);
	if (line->state != STATE_ESTABLISHED_TCP || !held || !line->local_port ||
	    sockets->candidate_count == SOCKETS_MAX)
		return;
	candidate.fd = held->fd;
	candidate.management.family = line->family;
	candidate.management.peer_port = (uint16_t)line->peer_port;
	candidate.management.local_port = (uint16_t)line->local_port;
	memcpy(candidate.management.peer, line->peer, 16);
	memcpy(candidate.management.local, line->local, 16);
	if (management_counts(sockets->local, &candidate.management))
		sockets->candidates[sockets->candidate_count++] = candidate;
}

DEFINE_AUTO(file, FILE *, fclose)

static void read_table(const char *path, struct socket_search *sockets)
{
	FILE *file AUTO(file) = fopen(path, "re");
	char text[LINE_BYTES];
	struct table_line line;

	for (size_t i = 0; file && i < LINES_MAX && fgets(text, sizeof(text), file);
	     i++)
		if (parse_line(text, &line))
			take_line(sockets, &line);
}

/* ---- which of them ---- */

/*
 * Forwarded ports are connections of an sshd too.  Its own came first, and to a port on
 * which another process, the sshd that accepts, listens.
 */
static bool is_better(const struct socket_search *sockets, const struct candidate *one,
		      const struct candidate *other)
{
	uint16_t port = one->management.local_port;
	uint16_t other_port = other->management.local_port;
	bool listened = sockets->listening[port / 8] >> port % 8 & 1;
	bool other_listened = sockets->listening[other_port / 8] >> other_port % 8 & 1;

	return listened != other_listened ? listened : one->fd < other->fd;
}

static bool choose(const struct socket_search *sockets, struct management *management)
{
	const struct candidate *best = NULL;

	for (size_t i = 0; i < sockets->candidate_count; i++)
		if (!best || is_better(sockets, &sockets->candidates[i], best))
			best = &sockets->candidates[i];
	if (best)
		*management = best->management;
	return best != NULL;
}

bool management_of_sockets(const struct management_search *search, const char *process,
			   struct management *management)
{
	static const char *const tables[] = { "tcp", "tcp6" };
	struct arena *arena AUTO(arena) = arena_new();
	struct socket_search sockets = {
		.local = search->local,
		.held = arena_array(arena, SOCKETS_MAX, sizeof(*sockets.held)),
		.listening = arena_alloc(arena, PORT_COUNT / 8),
		.candidates =
			arena_array(arena, SOCKETS_MAX, sizeof(*sockets.candidates)),
	};

	read_held(search, process, &sockets);
	for (size_t i = 0; sockets.held_count && i < COUNT_OF(tables); i++)
		read_table(arena_format(arena, "%s/%s/net/%s", search->proc, process,
					tables[i]),
			   &sockets);
	return choose(&sockets, management);
}
