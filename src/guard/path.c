/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protected paths as text: PROTOCOL/PORT[@ADDRESS]. */
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "base/text.h"
#include "guard/address.h"
#include "guard/path.h"

/* Bytes of a text from outside that a message repeats. */
enum { SHOWN_BYTES = 64 };

enum { PORT_MAX = 65535 };

#define EXAMPLE "as in \"tcp/22\" or \"tcp/22@198.51.100.0/24\""

/* clang-format off */
static const struct path_protocol protocols[] = {
	{ "tcp",  IPPROTO_TCP,  FIELD_TCP_SPORT,  FIELD_TCP_DPORT },
	{ "udp",  IPPROTO_UDP,  FIELD_UDP_SPORT,  FIELD_UDP_DPORT },
	{ "sctp", IPPROTO_SCTP, FIELD_SCTP_SPORT, FIELD_SCTP_DPORT },
};

/* clang-format on */

const struct path_protocol *path_protocol_find(uint8_t number)
{
	for (size_t i = 0; i < COUNT_OF(protocols); i++)
		if (protocols[i].number == number)
			return &protocols[i];
	return NULL;
}

/* ---- paths in words ---- */

const char *path_peers(struct arena *arena, const struct path *path)
{
	struct buffer words AUTO_BUFFER = { 0 };

	range_print(&words, path->low, path->high, family_widths[path->family]);
	return arena_copy(arena, words.data, words.length);
}

static const char *path_with(struct arena *arena, const struct path *path,
			     const char *before_peers)
{
	const struct path_protocol *protocol = path_protocol_find(path->protocol);

	assert(protocol);
	return arena_format(arena, "%s/%u%s%s", protocol->name, (unsigned)path->port,
			    path->has_peers ? before_peers : "",
			    path->has_peers ? path_peers(arena, path) : "");
}

static const char *with_connection(struct arena *arena, const struct path *path,
				   const char *words)
{
	return path->has_local ? arena_format(arena, "%s (this SSH connection)", words)
			       : words;
}

void path_name(struct arena *arena, struct path *path)
{
	path->text = path_with(arena, path, "@");
	path->what = with_connection(arena, path, path->text);
}

const char *path_words(struct arena *arena, const struct path *path)
{
	return with_connection(arena, path, path_with(arena, path, " from "));
}

/* ---- reading ---- */

/* A text in the making of a path, and where refusals go. */
struct reader {
	struct arena *arena;
	const char *text;
	struct diags *diags;
};

/* As a message shows it: no quote of its own ends it, and it ends some day. */
static const char *shown(const struct reader *reader)
{
	struct buffer words AUTO_BUFFER = { 0 };
	size_t length = strlen(reader->text);
	size_t kept = length;

	if (length > SHOWN_BYTES)
		for (kept = SHOWN_BYTES;
		     kept && ((unsigned char)reader->text[kept] & 0xc0u) == 0x80;)
			kept--;
	buffer_text(&words, "");
	buffer_printable(&words, reader->text, kept, '"');
	if (kept < length)
		buffer_text(&words, "...");
	return arena_copy(reader->arena, words.data, words.length);
}

static bool refuse(const struct reader *reader, const char *reason)
{
	return diag_error(reader->diags, DIAG_USAGE, (struct span){ 0 },
			  "protected path \"%s\": %s", shown(reader), reason);
}

static bool read_protocol(const struct reader *reader, size_t length, struct path *path)
{
	const char *names[COUNT_OF(protocols)];
	const char *nearest;

	for (size_t i = 0; i < COUNT_OF(protocols); i++) {
		names[i] = protocols[i].name;
		if (strlen(names[i]) == length &&
		    !memcmp(names[i], reader->text, length)) {
			path->protocol = protocols[i].number;
			return true;
		}
	}
	nearest = text_nearest(arena_copy(reader->arena, reader->text, length), names,
			       COUNT_OF(names));
	refuse(reader,
	       "expected \"tcp\", \"udp\" or \"sctp\" before the \"/\", " EXAMPLE);
	if (nearest)
		diag_note(reader->diags, (struct span){ 0 }, "did you mean \"%s\"?",
			  nearest);
	return false;
}

static bool read_port(const struct reader *reader, const char *text, size_t length,
		      struct path *path)
{
	uint64_t number;

	if (!text_number(text, length, PORT_MAX, &number) || !number)
		return refuse(reader, "expected a port from 1 to 65535, " EXAMPLE);
	path->port = (uint16_t)number;
	return true;
}

/* Clears and sets the bits behind a prefix; whether `low` had some set. */
static bool spread(struct path *path, unsigned prefix)
{
	bool host_bits = false;

	memcpy(path->high, path->low, sizeof(path->high));
	for (unsigned i = prefix / 8; i < family_widths[path->family]; i++) {
		/* the prefix ends inside the first of these bytes, or before it */
		unsigned kept = i == prefix / 8 ? prefix % 8 : 0;
		uint8_t rest = (uint8_t)(0xffu >> kept);

		host_bits |= (path->low[i] & rest) != 0;
		path->low[i] = (uint8_t)(path->low[i] & ~rest);
		path->high[i] |= rest;
	}
	return host_bits;
}

static bool refuse_meaning(const struct reader *reader, struct path *path,
			   const char *reason)
{
	refuse(reader, reason);
	path_name(reader->arena, path);
	diag_note(reader->diags, (struct span){ 0 }, "did you mean \"%s\"?",
		  path->text);
	return false;
}

static bool refuse_address(const struct reader *reader, const char *address)
{
	refuse(reader, "expected an address or a prefix behind the \"@\", " EXAMPLE);
	if (!strcmp(address, "any"))
		diag_note(reader->diags, (struct span){ 0 },
			  "without \"@any\", somebody has to come through, whoever");
	else if (strchr(address, '-'))
		diag_note(reader->diags, (struct span){ 0 },
			  "a range is several prefixes: protect each of them");
	return false;
}

/* An IPv4 address in the clothes of IPv6, which no packet carries. */
static bool check_mapped(const struct reader *reader, struct path *path,
			 unsigned prefix)
{
	enum { MAPPED_BITS = 96 };

	if (prefix < MAPPED_BITS || !address_unmap(&path->family, path->low))
		return true;
	spread(path, prefix - MAPPED_BITS);
	return refuse_meaning(reader, path, "it is IPv4 written as IPv6");
}

static bool read_peers(const struct reader *reader, const char *text, struct path *path)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t prefix;

	if (!address_read(text, length, &path->family, path->low))
		return refuse_address(reader, text);
	prefix = 8u * family_widths[path->family];
	if (slash && !text_number(slash + 1, strlen(slash + 1), prefix, &prefix))
		return refuse(reader, "expected a prefix length of 0 to 32 for IPv4, "
				      "0 to 128 for IPv6");
	path->has_peers = true;

	bool host_bits = spread(path, (unsigned)prefix);

	if (!check_mapped(reader, path, (unsigned)prefix))
		return false;
	return !host_bits ||
	       refuse_meaning(reader, path, "the prefix has host bits set");
}

bool path_parse(struct arena *arena, const char *text, struct diags *diags,
		struct path *path)
{
	struct reader reader = { arena, text, diags };
	struct path read = { 0 };
	const char *slash = strchr(text, '/');
	const char *at = strchr(text, '@');

	if (!slash || (at && at < slash))
		return refuse(
			&reader,
			"expected PROTOCOL/PORT or PROTOCOL/PORT@ADDRESS, " EXAMPLE);
	if (!read_protocol(&reader, (size_t)(slash - text), &read) ||
	    !read_port(&reader, slash + 1,
		       at ? (size_t)(at - slash - 1) : strlen(slash + 1), &read))
		return false;
	if (at && !read_peers(&reader, at + 1, &read))
		return false;
	path_name(arena, &read);
	*path = read;
	return true;
}

/* ---- connections ---- */

bool paths_protect(const struct paths *paths, enum family family, uint8_t protocol,
		   const uint8_t *peer, uint16_t local_port)
{
	uint8_t width = family_widths[family];

	for (size_t i = 0; i < paths->count; i++) {
		const struct path *path = &paths->items[i];

		if (path->protocol != protocol || path->port != local_port)
			continue;
		if (!path->has_peers ||
		    (path->family == family && memcmp(path->low, peer, width) <= 0 &&
		     memcmp(peer, path->high, width) <= 0))
			return true;
	}
	return false;
}
