/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The formats of data files.
 *
 * "list": one address form a line, with comments behind "#".
 *
 * "azure-service-tags": the JSON file "Azure IP ranges and service tags" that Microsoft
 * publishes each week.  `select` names its tags: "Storage", "Storage.WestEurope".
 *
 * "aws-ip-ranges": the file ip-ranges.json of AWS.  `select` names a service, in all
 * regions, "S3", or in one, "S3.eu-west-1"; both as the file spells them.
 */
#include <string.h>

#include "site/data_format.h"

static bool refuse_file(struct loader *loader, const struct data_file *file,
			struct span span, const char *words)
{
	diag_error(loader->diags, DIAG_VALUE, span, "%s", words);
	diag_note(loader->diags, file->user, "the file is named here");
	return false;
}

/* ---- list ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What makes each line a mistake is told once. */
static bool check_text(struct loader *loader, const struct data_file *file)
{
	const struct source *source = file->source;
	const char *nul = memchr(source->text, '\0', source->length);
	size_t start = strspn(source->text, " \t\r\n");

	if (nul)
		return refuse_file(loader, file,
				   source_span(source, (size_t)(nul - source->text), 1),
				   "the file holds a NUL byte: it is not a text");
	if (source->length >= 3 && !memcmp(source->text, "\xef\xbb\xbf", 3))
		return refuse_file(loader, file, source_span(source, 0, 3),
				   "the file starts with a byte order mark: save it "
				   "as UTF-8 without one");
	if (source->text[start] == '{' || source->text[start] == '[')
		return refuse_file(loader, file, source_span(source, start, 1),
				   "the file looks like JSON, but its format is "
				   "\"list\": say which it is with \"format\"");
	return true;
}

/* Room for an address in each line; pages that are not written to cost nothing. */
static void reserve(struct loader *loader, struct ranges *ranges, size_t count)
{
	ranges->bytes = arena_array(loader->arena, count, 2u * ranges->width);
	ranges->capacity = count;
}

bool data_read_list(struct loader *loader, struct data_file *file)
{
	const struct source *source = file->source;
	struct data_part *whole = &file->whole;

	if (!check_text(loader, file))
		return false;
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		whole->addresses[family] = ranges_empty(family);
		reserve(loader, &whole->addresses[family], source->line_count);
	}
	for (size_t line = 1; line <= source->line_count; line++) {
		size_t length;
		const char *text = source_line(source, (uint32_t)line, &length);
		const char *comment = memchr(text, '#', length);

		if (comment)
			length = (size_t)(comment - text);
		while (length && is_blank(text[length - 1]))
			length--;
		for (; length && is_blank(*text); length--)
			text++;
		if (length)
			data_push(loader, file, whole, text, length);
	}
	return true;
}

/* ---- JSON ---- */

/* NULL when it is no text. */
static const char *member_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The part called `name`; a new one when there is none. */
static struct data_part *part_of(struct loader *loader, struct data_file *file,
				 const char *name)
{
	struct data_part *part = names_find(&file->parts, name);

	if (part)
		return part;
	part = arena_alloc(loader->arena, sizeof(*part));
	names_add(loader->arena, &file->parts, arena_string(loader->arena, name), part);
	return part;
}

/* `what`: the list; `number`: which of its members, from 1 on. */
static bool refuse_member(struct loader *loader, const struct data_file *file,
			  const char *what, size_t number, const char *expected)
{
	return refuse_file(loader, file, (struct span){ .source = file->source },
			   arena_format(loader->arena,
					"\"%s\", member %zu: expected %s", what, number,
					expected));
}

static bool refuse_format(struct loader *loader, const struct data_file *file,
			  const char *key, const char *format)
{
	return refuse_file(loader, file, (struct span){ .source = file->source },
			   arena_format(loader->arena,
					"the file has no list \"%s\": it is not of the "
					"format \"%s\"",
					key, format));
}

static bool read_tag(struct loader *loader, struct data_file *file, const json_t *value,
		     size_t number)
{
	const char *name = member_text(value, "name");
	const json_t *prefixes = json_object_get(json_object_get(value, "properties"),
						 "addressPrefixes");
	struct data_part *part;

	if (!name || !json_is_array(prefixes))
		return refuse_member(loader, file, "values", number,
				     "a tag with \"name\" and "
				     "\"properties\".\"addressPrefixes\"");
	if (names_find(&file->parts, name))
		return refuse_member(loader, file, "values", number,
				     arena_format(loader->arena,
						  "another name than \"%s\", which an "
						  "earlier tag has",
						  shown(loader, name)));
	part = part_of(loader, file, name);
	for (size_t i = 0; i < json_array_size(prefixes); i++) {
		const char *text = json_string_value(json_array_get(prefixes, i));

		if (!text)
			return refuse_member(loader, file, "values", number,
					     "texts alone in \"addressPrefixes\"");
		LIST_PUSH(loader->arena, &part->texts, text);
	}
	return true;
}

bool data_read_azure(struct loader *loader, struct data_file *file)
{
	const json_t *values = json_object_get(file->json, "values");

	if (!json_is_array(values))
		return refuse_format(loader, file, "values", "azure-service-tags");
	for (size_t i = 0; i < json_array_size(values); i++)
		if (!read_tag(loader, file, json_array_get(values, i), i + 1))
			return false;
	return true;
}

/* The same prefix for the service everywhere, and for it in the region. */
static void add_prefix(struct loader *loader, struct data_file *file,
		       const char *service, const char *region, const char *text)
{
	struct buffer name AUTO_BUFFER = { 0 };

	LIST_PUSH(loader->arena, &part_of(loader, file, service)->texts, text);
	buffer_format(&name, "%s.%s", service, region);
	LIST_PUSH(loader->arena, &part_of(loader, file, name.data)->texts, text);
}

static bool read_prefixes(struct loader *loader, struct data_file *file,
			  const char *list, const char *key)
{
	const json_t *prefixes = json_object_get(file->json, list);

	if (!json_is_array(prefixes))
		return refuse_format(loader, file, list, "aws-ip-ranges");
	for (size_t i = 0; i < json_array_size(prefixes); i++) {
		const json_t *prefix = json_array_get(prefixes, i);
		const char *text = member_text(prefix, key);
		const char *service = member_text(prefix, "service");
		const char *region = member_text(prefix, "region");

		if (!text || !service || !region)
			return refuse_member(loader, file, list, i + 1,
					     arena_format(loader->arena,
							  "texts \"%s\", \"service\" "
							  "and \"region\"",
							  key));
		add_prefix(loader, file, service, region, text);
	}
	return true;
}

bool data_read_aws(struct loader *loader, struct data_file *file)
{
	return read_prefixes(loader, file, "prefixes", "ip_prefix") &&
	       read_prefixes(loader, file, "ipv6_prefixes", "ipv6_prefix");
}
