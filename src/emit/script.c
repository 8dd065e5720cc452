/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole rule sets as nft scripts and as listings. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "emit/form.h"

/* ---- tables ---- */

static void foreign_line(const char *what, struct buffer *out)
{
	buffer_char(out, '\t');
	foreign_text(what, out);
	buffer_char(out, '\n');
}

/* Live tables only: what rolewall never makes. */
static void foreign_lines(const struct table *table, struct buffer *out)
{
	struct buffer what AUTO_BUFFER = { 0 };

	if (table->unknown_flags) {
		buffer_format(&what, "flags 0x%" PRIx32, table->unknown_flags);
		foreign_line(what.data, out);
	}
	for (size_t i = 0; i < table->object_count; i++) {
		const struct object *object = &table->objects[i];

		buffer_reset(&what);
		if (object->is_flowtable)
			buffer_format(&what, "flowtable %s", object->name);
		else
			buffer_format(&what, "object %s, type %" PRIu32, object->name,
				      object->type);
		foreign_line(what.data, out);
	}
}

static void table_lines(const struct table *table, struct buffer *out)
{
	if (table->dormant)
		buffer_text(out, "\tflags dormant\n");
	if (table->comment) {
		buffer_text(out, "\tcomment ");
		emit_string(table->comment, out);
		buffer_char(out, '\n');
	}
	foreign_lines(table, out);
}

enum chain_order { CHAINS_AS_MADE, CHAINS_BY_NAME };

/* The chain behind `previous` (NULL: the first one); NULL past the last. */
static const struct chain *chain_next(const struct table *table, enum chain_order order,
				      const struct chain *previous)
{
	const struct chain *next = NULL;

	if (order == CHAINS_AS_MADE) {
		size_t i = previous ? (size_t)(previous - table->chains) + 1 : 0;

		return i < table->chain_count ? &table->chains[i] : NULL;
	}
	for (size_t i = 0; i < table->chain_count; i++) {
		const struct chain *chain = &table->chains[i];

		if (previous && strcmp(chain->name, previous->name) <= 0)
			continue;
		if (!next || strcmp(chain->name, next->name) < 0)
			next = chain;
	}
	return next;
}

/* As `nft list table` does it: sets, then chains, with empty lines between. */
static void table_block(const struct table *table, enum chain_order order,
			struct buffer *out)
{
	const struct chain *chain = NULL;

	buffer_format(out, "table %s ", table_family_names[table->family]);
	name_text(table->name, out);
	buffer_text(out, " {\n");

	size_t start = out->length;

	table_lines(table, out);
	for (size_t i = 0; i < table->set_count; i++) {
		buffer_text(out, out->length == start ? "" : "\n");
		set_block(&table->sets[i], out);
	}
	while ((chain = chain_next(table, order, chain))) {
		buffer_text(out, out->length == start ? "" : "\n");
		chain_block(chain, table->family, out);
	}
	buffer_text(out, "}\n");
}

/* ---- scripts ---- */

/* Text from outside in a comment line: it must not end the line. */
static void comment_text(const char *text, struct buffer *out)
{
	buffer_printable(out, text, strlen(text), 0);
}

static void script_head(const struct ruleset *ruleset, struct buffer *out)
{
	buffer_text(out, "#!/usr/sbin/nft -f\n# rolewall " ROLEWALL_VERSION);
	if (ruleset->host) {
		buffer_text(out, ": host ");
		comment_text(ruleset->host, out);
	}
	if (ruleset->site) {
		buffer_text(out, " of site ");
		comment_text(ruleset->site, out);
	}
	buffer_text(out, "\n# SHA-256 of the inputs: ");
	for (size_t i = 0; i < sizeof(ruleset->digest); i++)
		buffer_format(out, "%02x", ruleset->digest[i]);
	buffer_text(out, "\n# Load it with: nft -f THIS-FILE\n\n");
}

void emit_script(const struct ruleset *ruleset, struct buffer *out)
{
	assert(emit_is_expressible(ruleset));

	script_head(ruleset, out);
	/* to add what is there does no harm; to delete what is not there would fail */
	for (enum table_family family = 0; family < TABLE_FAMILY_COUNT; family++) {
		const char *name = table_family_names[family];

		buffer_format(out, "table %s " ROLEWALL_TABLE "\n", name);
		buffer_format(out, "delete table %s " ROLEWALL_TABLE "\n", name);
	}
	for (size_t i = 0; i < ruleset->table_count; i++) {
		buffer_char(out, '\n');
		table_block(&ruleset->tables[i], CHAINS_AS_MADE, out);
	}
}

void emit_listing(const struct ruleset *ruleset, struct buffer *out)
{
	for (size_t i = 0; i < ruleset->table_count; i++)
		table_block(&ruleset->tables[i], CHAINS_BY_NAME, out);
}
