/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule set as a file: a few lines for people, then the bytes that the kernel is told.
 *
 *	rolewall rule set 1
 *	host sensor-1
 *	site plant-7
 *	file plant.cfg
 *	sha256 1f0c...
 *	bytes 12345
 *	(empty line, then that many bytes and nothing behind them)
 *
 * The bytes are in the machine's own order, as netlink is: a saved rule set belongs to
 * machines of one kind.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"

#include "library/handle.h"

#define FIRST_LINE "rolewall rule set 1\n"

enum { DIGEST_BYTES = sizeof(((struct ruleset *)NULL)->digest) };

static void write_digest(const uint8_t *digest, struct buffer *out)
{
	buffer_text(out, "sha256 ");
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		buffer_format(out, "%02x", digest[i]);
	buffer_char(out, '\n');
}

static void write_line(const char *word, const char *text, struct buffer *out)
{
	buffer_format(out, "%s ", word);
	buffer_printable(out, text ? text : "", text ? strlen(text) : 0, '\0');
	buffer_char(out, '\n');
}

void saved_write(const struct ruleset *ruleset, struct buffer *out)
{
	struct buffer bytes AUTO_BUFFER = { 0 };

	kernel_encode(ruleset, &bytes);
	buffer_text(out, FIRST_LINE);
	write_line("host", ruleset->host, out);
	write_line("site", ruleset->site, out);
	write_line("file", ruleset->site_name, out);
	write_digest(ruleset->digest, out);
	buffer_format(out, "bytes %zu\n\n", bytes.length);
	if (bytes.length)
		buffer_add(out, bytes.data, bytes.length);
}

struct blob saved_blob(struct arena *arena, const struct ruleset *ruleset)
{
	struct buffer out AUTO_BUFFER = { 0 };

	saved_write(ruleset, &out);
	return (struct blob){ arena_copy(arena, out.data, out.length), out.length };
}

/* ---- and back ---- */

struct reader {
	struct arena *arena;
	const char *at, *end;
};

/* The rest of the line that starts with `word`; NULL when another one stands there. */
static const char *read_line(struct reader *reader, const char *word)
{
	size_t length = strlen(word);
	const char *end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

	if (!end || (size_t)(end - reader->at) <= length ||
	    memcmp(reader->at, word, length) != 0 || reader->at[length] != ' ')
		return NULL;

	const char *text = reader->at + length + 1;

	reader->at = end + 1;
	return arena_copy(reader->arena, text, (size_t)(end - text));
}

static bool hex_digit(char c, unsigned *value)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;

	if (!found)
		return false;
	*value = (unsigned)(found - digits);
	return true;
}

static bool read_digest(const char *text, uint8_t digest[DIGEST_BYTES])
{
	if (!text || strlen(text) != 2 * DIGEST_BYTES)
		return false;
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		unsigned high, low;

		if (!hex_digit(text[2 * i], &high) || !hex_digit(text[2 * i + 1], &low))
			return false;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_header(struct reader *reader, struct ruleset *header)
{
	uint64_t length;

	if ((size_t)(reader->end - reader->at) < strlen(FIRST_LINE) ||
	    memcmp(reader->at, FIRST_LINE, strlen(FIRST_LINE)) != 0)
		return false;
	reader->at += strlen(FIRST_LINE);
	header->host = read_line(reader, "host");
	header->site = header->host ? read_line(reader, "site") : NULL;
	header->site_name = header->site ? read_line(reader, "file") : NULL;
	if (!header->site_name ||
	    !read_digest(read_line(reader, "sha256"), header->digest))
		return false;

	const char *bytes = read_line(reader, "bytes");

	if (!bytes || !text_number(bytes, strlen(bytes), LIMIT_DATA_BYTES, &length) ||
	    reader->at == reader->end || *reader->at != '\n')
		return false;
	reader->at++;
	return length == (uint64_t)(reader->end - reader->at);
}

const struct ruleset *saved_decode(struct arena *arena, struct blob bytes,
				   const char *name, struct diags *diags)
{
	struct reader reader = { arena, bytes.bytes, bytes.bytes + bytes.length };
	struct ruleset header = { 0 };
	const struct ruleset *decoded;

	if (!read_header(&reader, &header)) {
		diag_error(diags, DIAG_FILE, (struct span){ 0 },
			   "\"%s\" is not a saved rule set, or not a whole one", name);
		return NULL;
	}

	/* a copy: the bytes of a netlink message stand at a multiple of four */
	size_t length = (size_t)(reader.end - reader.at);
	const char *messages = arena_copy(arena, reader.at, length);

	if (!kernel_decode(messages, length, arena, diags, &decoded))
		return NULL;

	struct ruleset *ruleset = arena_alloc(arena, sizeof(*ruleset));

	*ruleset = *decoded;
	ruleset->host = header.host;
	ruleset->site = header.site;
	ruleset->site_name = header.site_name;
	memcpy(ruleset->digest, header.digest, sizeof(ruleset->digest));
	return ruleset;
}

const struct ruleset *saved_read(struct arena *arena, const char *path,
				 struct diags *diags)
{
	const char *why = NULL;
	const struct source *source =
		source_read(arena, path, NULL, LIMIT_DATA_BYTES, &why);

	if (source)
		return saved_decode(arena,
				    (struct blob){ source->text, source->length }, path,
				    diags);
	diag_error(diags, DIAG_FILE, (struct span){ 0 }, "cannot read \"%s\": %s", path,
		   why);
	return NULL;
}

bool rolewall_ruleset_is_saved(const char *path)
{
	char start[sizeof(FIRST_LINE) - 1];
	struct stat status;
	/* what is read of a pipe is gone */
	bool regular = stat(path, &status) == 0 && S_ISREG(status.st_mode);
	FILE *file = regular ? fopen(path, "re") : NULL;

	if (!file)
		return false;

	size_t got = fread(start, 1, sizeof(start), file);

	fclose(file);
	return got == sizeof(start) && memcmp(start, FIRST_LINE, sizeof(start)) == 0;
}
