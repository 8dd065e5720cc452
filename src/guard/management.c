/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a process upwards to the SSH connection that it is run over.  sudo and Ansible
 * take SSH_CONNECTION out of the environment, so that ancestors are asked as well: what
 * they were started with, and an sshd for its socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "guard/address.h"
#include "guard/management.h"
#include "guard/path.h"

#define VARIABLE "SSH_CONNECTION="

enum {
	ANCESTORS_MAX = 64,
	CONNECTION_BYTES = 256,      /* two addresses with zones, two ports */
	STAT_BYTES = 4096,           /* numbers, and a name of at most 64 bytes */
	ENVIRONMENT_BYTES = 8 << 20, /* the kernel's own bound is 6 MiB */
	PROCESS_BYTES = 24,          /* a process by its number, with the NUL */
	NAME_BYTES = 64
};

/* ---- files of a process ---- */

static bool read_all(int fd, size_t max, struct buffer *content)
{
	char chunk[4096];

	buffer_text(content, "");
	while (content->length < max) {
		size_t room = max - content->length;
		ssize_t got =
			read(fd, chunk, room < sizeof(chunk) ? room : sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (!got)
			break;
		buffer_add(content, chunk, (size_t)got);
	}
	return true;
}

bool process_read(const char *proc, const char *process, const char *name, size_t max,
		  struct buffer *content)
{
	struct buffer path AUTO_BUFFER = { 0 };
	bool done;
	int fd;

	buffer_format(&path, "%s/%s/%s", proc, process, name);
	fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	done = read_all(fd, max, content);
	close(fd);
	return done;
}

struct process {
	char name[NAME_BYTES];
	char parent[PROCESS_BYTES]; /* "0": there is none */
};

/* "PID (NAME) STATE PARENT ...": a name may hold blanks, brackets and line ends. */
static bool process_parse(const char *text, struct process *process)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	const char *parent;
	uint64_t number;
	size_t length;

	if (!open || !close || close < open || close[1] != ' ' || !close[2] ||
	    close[3] != ' ')
		return false;
	parent = close + 4;
	length = strcspn(parent, " ");
	if (!text_number(parent, length, INT32_MAX, &number))
		return false;
	snprintf(process->parent, sizeof(process->parent), "%u", (unsigned)number);
	snprintf(process->name, sizeof(process->name), "%.*s", (int)(close - open - 1),
		 open + 1);
	return true;
}

static bool process_look(const struct management_search *search, const char *folder,
			 struct process *process)
{
	struct buffer stat AUTO_BUFFER = { 0 };

	return process_read(search->proc, folder, "stat", STAT_BYTES, &stat) &&
	       process_parse(stat.data, process);
}

/* ---- SSH_CONNECTION ---- */

/* An address; one of a link may have a zone ("fe80::1%eth0"). */
static bool parse_address(const char *text, size_t length, enum family *family,
			  uint8_t address[16])
{
	const char *zone = memchr(text, '%', length);
	size_t bare = zone ? (size_t)(zone - text) : length;

	if (!address_read(text, bare, family, address))
		return false;
	if (zone && (*family != FAMILY_IP6 || bare + 1 == length ||
		     !address_is_link_local(*family, address)))
		return false;
	address_unmap(family, address);
	return true;
}

static bool parse_port(const char *text, size_t length, uint16_t *port)
{
	uint64_t number;

	if (!text_number(text, length, UINT16_MAX, &number) || !number)
		return false;
	*port = (uint16_t)number;
	return true;
}

bool management_parse(const char *text, struct management *management)
{
	enum { CLIENT, CLIENT_PORT, SERVER, SERVER_PORT, WORD_COUNT };

	const char *words[WORD_COUNT];
	size_t lengths[WORD_COUNT];
	struct management found = { 0 };
	enum family peer_family;

	if (strnlen(text, CONNECTION_BYTES) == CONNECTION_BYTES)
		return false;
	for (size_t i = 0; i < WORD_COUNT; i++) {
		words[i] = text;
		lengths[i] = strcspn(text, " ");
		text += lengths[i];
		if (*text != (i + 1 < WORD_COUNT ? ' ' : '\0'))
			return false;
		text++;
	}
	if (!parse_address(words[CLIENT], lengths[CLIENT], &peer_family, found.peer) ||
	    !parse_port(words[CLIENT_PORT], lengths[CLIENT_PORT], &found.peer_port) ||
	    !parse_address(words[SERVER], lengths[SERVER], &found.family,
			   found.local) ||
	    !parse_port(words[SERVER_PORT], lengths[SERVER_PORT], &found.local_port) ||
	    peer_family != found.family)
		return false;
	*management = found;
	return true;
}

static bool is_own(const struct local_addresses *local, enum family family,
		   const uint8_t *address)
{
	for (size_t i = 0; i < local->count; i++)
		if (local->items[i].family == family &&
		    !memcmp(local->items[i].address, address, family_widths[family]))
			return true;
	return false;
}

bool management_counts(const struct local_addresses *local,
		       const struct management *management)
{
	enum family family = management->family;

	return address_is_elsewhere(family, management->peer) &&
	       !is_own(local, family, management->peer) &&
	       is_own(local, family, management->local);
}

static bool find_in_text(const struct management_search *search, const char *text,
			 struct management *management)
{
	struct management found;

	if (!text || !management_parse(text, &found) ||
	    !management_counts(search->local, &found))
		return false;
	*management = found;
	return true;
}

static bool find_in_environment(const struct management_search *search,
				const char *process, struct management *management)
{
	struct buffer environment AUTO_BUFFER = { 0 };
	const char *at, *end;

	if (!process_read(search->proc, process, "environ", ENVIRONMENT_BYTES,
			  &environment))
		return false;
	end = environment.data + environment.length;
	for (at = environment.data; at < end; at += strlen(at) + 1)
		if (!strncmp(at, VARIABLE, strlen(VARIABLE)))
			return find_in_text(search, at + strlen(VARIABLE), management);
	return false;
}

/* ---- ancestors ---- */

/*
 * An sshd is asked for its socket alone: the environment that it was started with
 * may tell of another connection, of whoever started it.
 */
static bool find_at(const struct management_search *search, const char *folder,
		    const struct process *process, struct management *management)
{
	if (!strncmp(process->name, "sshd", strlen("sshd")))
		return management_of_sockets(search, folder, management);
	return find_in_environment(search, folder, management);
}

bool management_find(const struct management_search *search,
		     struct management *management)
{
	struct process process;
	char folder[PROCESS_BYTES];

	if (find_in_text(search, search->environment, management))
		return true;
	if (!process_look(search, search->process, &process))
		return false;
	for (size_t i = 0; i < ANCESTORS_MAX && strcmp(process.parent, "0") != 0; i++) {
		memcpy(folder, process.parent, sizeof(folder));
		if (!process_look(search, folder, &process))
			return false;
		if (find_at(search, folder, &process, management))
			return true;
	}
	return false;
}

/* One text for one connection, however it was found. */
static const char *connection_words(struct arena *arena,
				    const struct management *management)
{
	uint8_t width = family_widths[management->family];
	struct buffer words AUTO_BUFFER = { 0 };

	range_print(&words, management->peer, management->peer, width);
	buffer_format(&words, " %u ", (unsigned)management->peer_port);
	range_print(&words, management->local, management->local, width);
	buffer_format(&words, " %u", (unsigned)management->local_port);
	return arena_copy(arena, words.data, words.length);
}

void paths_find_management(struct arena *arena, const struct local_addresses *local,
			   struct paths *paths)
{
	struct management_search search = {
		.proc = "/proc",
		/* not by number: /proc may be of another space of process numbers */
		.process = "self",
		.environment = getenv("SSH_CONNECTION"),
		.local = local,
	};
	struct management management;
	struct path path = { .protocol = IPPROTO_TCP,
			     .has_peers = true,
			     .has_local = true };

	if (!management_find(&search, &management))
		return;
	path.port = management.local_port;
	path.family = management.family;
	memcpy(path.low, management.peer, sizeof(path.low));
	memcpy(path.high, management.peer, sizeof(path.high));
	memcpy(path.local, management.local, sizeof(path.local));
	path_name(arena, &path);
	path.connection = connection_words(arena, &management);
	LIST_PUSH(arena, paths, path);
}
