/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records: written by the rows of their kind, read by the same, strictly. */
#include <assert.h>
#include <inttypes.h>
#include <sha2.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "state/value.h"

enum { RECORD_VERSION = 1, DIGEST_TEXT = 2 * SHA256_DIGEST_LENGTH };

static const struct span nowhere = { 0 };

/* Of all that is in the file but the digest's own line. */
static void digest_of(struct blob lines, const struct blob *rest, size_t count,
		      char text[DIGEST_TEXT + 1])
{
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)lines.bytes, lines.length);
	for (size_t i = 0; i < count; i++)
		if (rest[i].length)
			SHA256Update(&sha, (const uint8_t *)rest[i].bytes,
				     rest[i].length);
	SHA256End(&sha, text);
}

static const struct blob *blob_of(const struct record_row *row, const void *record)
{
	return (const struct blob *)(const void *)((const char *)record + row->offset);
}

/* ---- writing ---- */

static void write_lines(const struct record_kind *kind, const void *record,
			struct buffer *out)
{
	buffer_format(out, "rolewall %s %d\n", kind->name, RECORD_VERSION);
	for (size_t i = 0; i < kind->count; i++) {
		buffer_text(out, kind->rows[i].word);
		buffer_char(out, ' ');
		value_write(&kind->rows[i], record, out);
		buffer_char(out, '\n');
	}
}

/* The blobs of a record, in order. */
static size_t gather(const struct record_kind *kind, const void *record,
		     struct blob blobs[RECORD_BLOBS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < kind->count; i++) {
		if (kind->rows[i].kind != ROW_BLOB)
			continue;
		assert(count < RECORD_BLOBS_MAX);
		blobs[count++] = *blob_of(&kind->rows[i], record);
	}
	return count;
}

static bool check_size(const struct record_place *place, const struct blob *pieces,
		       size_t count, struct diags *diags)
{
	size_t left = LIMIT_DATA_BYTES;

	for (size_t i = 0; i < count; i++) {
		if (pieces[i].length > left)
			return diag_error(
				diags, DIAG_LIMIT, nowhere,
				"\"%s\" would be larger than %u MiB",
				file_path(place->folder, place->file, diags->arena),
				LIMIT_DATA_BYTES >> 20);
		left -= pieces[i].length;
	}
	return true;
}

/* Nothing is copied but the lines. */
bool record_write(const struct record_place *place, const void *record,
		  struct diags *diags)
{
	struct buffer lines AUTO_BUFFER = { 0 };
	/* the lines, the empty line, the blobs */
	struct blob pieces[FILE_PIECES_MAX] = { [1] = { "\n", 1 } };
	size_t count = 2 + gather(place->kind, record, pieces + 2);
	char digest[DIGEST_TEXT + 1];

	write_lines(place->kind, record, &lines);
	pieces[0] = (struct blob){ lines.data, lines.length };
	if (!check_size(place, pieces, count, diags))
		return false;
	digest_of(pieces[0], pieces + 1, count - 1, digest);
	buffer_format(&lines, "sha256 %s\n", digest);
	pieces[0] = (struct blob){ lines.data, lines.length };
	return file_write(place->folder, place->file, pieces, count, diags);
}

/* ---- reading ---- */

struct reader {
	const struct record_kind *kind;
	struct arena *arena;
	void *record;
	const char *at, *end;
	unsigned line;     /* the one that was read last */
	uint64_t version;  /* when it is another one than ours */
	struct blob lines; /* those that the digest covers */
	const char *digest;
};

/* The value of the next line, which starts with that word; false when it does not. */
static bool read_line(struct reader *reader, const char *word, struct blob *value)
{
	size_t length = strlen(word), left = (size_t)(reader->end - reader->at);
	const char *stop = memchr(reader->at, '\n', left);

	reader->line++;
	if (!stop || (size_t)(stop - reader->at) <= length ||
	    memcmp(reader->at, word, length) != 0 || reader->at[length] != ' ')
		return false;
	*value = (struct blob){ .bytes = reader->at + length + 1 };
	value->length = (size_t)(stop - value->bytes);
	reader->at = stop + 1;
	return true;
}

/* "rolewall KIND 1"; any other number is that of a form we do not know. */
static bool read_version(struct reader *reader)
{
	size_t length = strlen(reader->kind->name);
	struct blob value;
	uint64_t version;

	if (!read_line(reader, "rolewall", &value) || value.length <= length ||
	    memcmp(value.bytes, reader->kind->name, length) != 0 ||
	    value.bytes[length] != ' ' ||
	    !text_number(value.bytes + length + 1, value.length - length - 1,
			 UINT64_MAX, &version))
		return false;
	if (version == RECORD_VERSION)
		return true;
	reader->version = version;
	return false;
}

static bool read_rows(struct reader *reader)
{
	const struct record_kind *kind = reader->kind;
	struct blob value;

	for (size_t i = 0; i < kind->count; i++)
		if (!read_line(reader, kind->rows[i].word, &value) ||
		    !value_read(&kind->rows[i], value, reader->arena, reader->record))
			return false;
	return true;
}

static bool read_digest(struct reader *reader, const char *start)
{
	struct blob value;

	reader->lines = (struct blob){ start, (size_t)(reader->at - start) };
	if (!read_line(reader, "sha256", &value) || value.length != DIGEST_TEXT)
		return false;
	reader->digest = value.bytes;
	return true;
}

/* What is behind the lines, cut into the blobs. */
static bool read_blobs(struct reader *reader)
{
	const struct record_kind *kind = reader->kind;
	const char *at = reader->at + 1;

	if (reader->at == reader->end || *reader->at != '\n')
		return false;
	for (size_t i = 0; i < kind->count; i++) {
		struct blob *blob;

		if (kind->rows[i].kind != ROW_BLOB)
			continue;
		blob = (void *)((char *)reader->record + kind->rows[i].offset);
		if (blob->length > (size_t)(reader->end - at))
			return false;
		blob->bytes = at;
		at += blob->length;
	}
	return at == reader->end;
}

/* NULL, or what is wrong, in words for a message. */
static const char *read_all(struct reader *reader)
{
	const char *start = reader->at;
	char digest[DIGEST_TEXT + 1];

	if (start == reader->end)
		return "it is empty";
	if (!read_version(reader) || !read_rows(reader) || !read_digest(reader, start))
		return arena_format(reader->arena, "line %u is not as it was written",
				    reader->line);
	if (!read_blobs(reader))
		return "it is shorter or longer than its lines say";

	struct blob rest = { reader->at, (size_t)(reader->end - reader->at) };

	digest_of(reader->lines, &rest, 1, digest);
	if (memcmp(digest, reader->digest, DIGEST_TEXT) != 0)
		return "its checksum does not fit";
	return NULL;
}

static void refuse_record(const struct reader *reader, const char *path,
			  const char *why, struct diags *diags)
{
	if (reader->version <= RECORD_VERSION) {
		diag_error(diags, DIAG_STATE, nowhere, "\"%s\" is damaged: %s", path,
			   why);
		if (reader->kind->advice)
			diag_note(diags, nowhere, "%s", reader->kind->advice);
		return;
	}
	diag_error(diags, DIAG_STATE, nowhere,
		   "\"%s\" was written by a newer rolewall: its form is %" PRIu64
		   ", this one reads %d",
		   path, reader->version, RECORD_VERSION);
	diag_note(diags, nowhere,
		  "use that version, or take the file away: type \"mv %s %s.newer\"",
		  path, path);
}

enum found record_read(const struct record_place *place, struct arena *arena,
		       struct diags *diags, void *record)
{
	struct blob content;
	enum found found =
		file_read(place->folder, place->file, arena, diags, &content);

	if (found != FOUND)
		return found;

	struct reader reader = {
		.kind = place->kind,
		.arena = arena,
		.record = arena_alloc(arena, place->kind->size),
		.at = content.bytes,
		.end = content.bytes + content.length,
		.version = RECORD_VERSION,
	};
	const char *why = read_all(&reader);

	if (why) {
		refuse_record(&reader,
			      file_path(place->folder, place->file, diags->arena), why,
			      diags);
		return FOUND_DAMAGED;
	}
	memcpy(record, reader.record, place->kind->size);
	return FOUND;
}
