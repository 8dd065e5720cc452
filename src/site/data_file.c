/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of addresses: each read once, and what a peer selects of it. */
#include <string.h>

#include "base/limits.h"
#include "site/data_file.h"
#include "site/data_format.h"

/* clang-format off */
static const struct data_format {
	data_reader *read;
	const char *part; /* what `select` chooses; NULL: nothing */
} formats[] = {
	{ data_read_list,  NULL },
	{ data_read_azure, "service tag" },
	{ data_read_aws,   "service, or service and region," },
};

/* in the same order */
const char *const data_format_names[] = {
	"list", "azure-service-tags", "aws-ip-ranges", NULL,
};
/* clang-format on */

_Static_assert(COUNT_OF(formats) + 1 == COUNT_OF(data_format_names),
	       "a format has no name");

/*
 * A list's text is the source's own.  JSON tells no places: the first text that is the
 * same is taken, which has the same mistake.
 */
static struct span place_of(const struct data_file *file, const char *text,
			    size_t length)
{
	const struct source *source = file->source;
	struct buffer quoted AUTO_BUFFER = { 0 };
	const char *found;

	if (!file->json)
		return source_span(source, (size_t)(text - source->text), length);
	buffer_format(&quoted, "\"%s\"", text);
	found = memmem(source->text, source->length, quoted.data, quoted.length);
	if (!found)
		return (struct span){ .source = source };
	return source_span(source, (size_t)(found - source->text), quoted.length);
}

bool data_push(struct loader *loader, struct data_file *file, struct data_part *part,
	       const char *text, size_t length)
{
	struct address_text place = { .text = text, .length = length };
	struct address_form form;
	enum address_fault fault = address_parse(text, length, &form);

	if (fault == ADDRESS_GOOD) {
		address_push(loader->arena, &form, part->addresses);
		return true;
	}
	part->broken = true;
	if (file->mistake_count > LIMIT_DIAGNOSTICS)
		return false;
	place.span = place_of(file, text, length);
	if (file->mistake_count++ == LIMIT_DIAGNOSTICS)
		return diag_error(loader->diags, DIAG_LIMIT, place.span,
				  "more mistakes from here on: they are not shown");
	address_refuse(loader, &place, fault, &form);
	if (file->mistake_count == 1)
		diag_note(loader->diags, file->user, "the file is named here");
	return false;
}

/* ---- one file ---- */

static bool parse_json(struct loader *loader, struct data_file *file)
{
	const struct source *source = file->source;
	json_error_t error;

	file->json = json_loadb(source->text, source->length, JSON_REJECT_DUPLICATES,
				&error);
	if (file->json)
		return true;
	if (json_error_code(&error) == json_error_out_of_memory)
		out_of_memory();

	/* the position is that behind the token that was not expected */
	size_t position = error.position > 0 ? (size_t)error.position - 1 : 0;

	diag_error(loader->diags, DIAG_SYNTAX, source_span(source, position, 1),
		   "the file is not JSON: %s", error.text);
	diag_note(loader->diags, file->user, "the file is named here");
	return false;
}

/* What the file holds, read now or before; NULL with a diagnostic. */
static struct data_file *open_file(struct loader *loader,
				   const struct data_request *request)
{
	const struct data_format *format = &formats[request->format];
	const char *path = path_beside(loader->arena, request->file.span.source->name,
				       request->file.text);
	const char *key = arena_format(loader->arena, "%s:%s",
				       data_format_names[request->format], path);
	struct data_file *file = names_find(&loader->data_files, key);
	const char *why;

	if (file)
		return file;
	file = arena_alloc(loader->arena, sizeof(*file));
	file->user = request->file.span;
	names_add(loader->arena, &loader->data_files, key, file);
	file->source = inputs_read(&loader->inputs, path, LIMIT_DATA_BYTES, &why);
	if (!file->source) {
		file->broken = true;
		diag_error(loader->diags, DIAG_FILE, request->file.span,
			   "cannot read \"%s\": %s", path, why);
		return file;
	}
	file->broken = (format->part && !parse_json(loader, file)) ||
		       !format->read(loader, file);
	return file;
}

void data_files_release(struct loader *loader)
{
	for (size_t i = 0; i < loader->data_files.count; i++) {
		struct data_file *file = loader->data_files.items[i].thing;

		json_decref(file->json);
		file->json = NULL;
	}
}

/* ---- what is asked for ---- */

static bool check_select(struct loader *loader, const struct data_request *request)
{
	const struct words *select = &request->select;
	const char *name = data_format_names[request->format];

	if (formats[request->format].part && !select->count)
		return diag_error(loader->diags, DIAG_MISSING, request->file.span,
				  "the format \"%s\" needs \"select\": which %s is "
				  "meant",
				  name, formats[request->format].part);
	if (formats[request->format].part || !select->count)
		return true;
	diag_error(loader->diags, DIAG_CONFLICT, select->items[0].span,
		   "\"select\" does not go with the format \"%s\"", name);
	diag_note(loader->diags, (struct span){ 0 },
		  "the formats that select are \"%s\" and \"%s\"", data_format_names[1],
		  data_format_names[2]);
	return false;
}

/* Reads the texts of a part, once. */
static void read_part(struct loader *loader, struct data_file *file,
		      struct data_part *part)
{
	if (part->is_read)
		return;
	part->is_read = true;
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (!part->addresses[family].width)
			part->addresses[family] = ranges_empty(family);
	for (size_t i = 0; i < part->texts.count; i++)
		data_push(loader, file, part, part->texts.items[i],
			  strlen(part->texts.items[i]));
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		ranges_normalize(&part->addresses[family]);
}

/* `word`: what names the part in the site. */
static bool check_part(struct loader *loader, const struct data_part *part,
		       const struct word *word)
{
	if (part->broken)
		return false;
	if (part->addresses[FAMILY_IP4].count || part->addresses[FAMILY_IP6].count)
		return true;
	return diag_error(loader->diags, DIAG_MISSING, word->span,
			  "\"%s\" holds no address", shown(loader, word->text));
}

static bool unknown_part(struct loader *loader, const struct data_request *request,
			 const struct data_file *file, const struct word *word)
{
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, word->span,
		   "\"%s\" has no %s called \"%s\"", file->source->name,
		   formats[request->format].part, shown(loader, word->text));
	note_nearest(loader, &file->parts, word->text);
	return false;
}

static void add_part(struct loader *loader, const struct data_part *part,
		     struct ranges addresses[FAMILY_COUNT])
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *more = &part->addresses[family];

		for (size_t i = 0; i < more->count; i++)
			ranges_push(loader->arena, &addresses[family],
				    range_low(more, i), range_high(more, i));
	}
}

static bool read_selected(struct loader *loader, const struct data_request *request,
			  struct data_file *file, struct ranges addresses[FAMILY_COUNT])
{
	bool good = true;

	for (size_t i = 0; i < request->select.count; i++) {
		const struct word *word = &request->select.items[i];
		struct data_part *part = names_find(&file->parts, word->text);

		if (!part) {
			good = unknown_part(loader, request, file, word);
			continue;
		}
		read_part(loader, file, part);
		good &= check_part(loader, part, word);
		add_part(loader, part, addresses);
	}
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		ranges_normalize(&addresses[family]);
	return good;
}

/* Files are shared: who adds to their addresses must not write into their room. */
static struct ranges shared(struct ranges ranges)
{
	ranges.capacity = ranges.count;
	return ranges;
}

bool data_read(struct loader *loader, const struct data_request *request,
	       struct ranges addresses[FAMILY_COUNT])
{
	struct ranges selected[FAMILY_COUNT] = { ranges_empty(FAMILY_IP4),
						 ranges_empty(FAMILY_IP6) };
	struct data_file *file;

	if (!check_select(loader, request))
		return false;
	file = open_file(loader, request);
	if (file->broken)
		return false;
	if (!request->select.count) {
		read_part(loader, file, &file->whole);
		if (!check_part(loader, &file->whole, &request->file))
			return false;
		selected[FAMILY_IP4] = shared(file->whole.addresses[FAMILY_IP4]);
		selected[FAMILY_IP6] = shared(file->whole.addresses[FAMILY_IP6]);
	} else if (!read_selected(loader, request, file, selected)) {
		return false;
	}
	memcpy(addresses, selected, sizeof(selected));
	return true;
}
