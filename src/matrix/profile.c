/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile as its document: each row verbatim, below it what became of it. */
#include <string.h>

#include "matrix/view.h"
#include "matrix/words.h"

static struct line document_line(const struct entry *entry)
{
	const struct row *row = &entry->rows[0].flow->row;

	return (struct line){
		.cells = { row->protocol, row->transport, row->direction, row->port,
			   row->used, row->purpose, row->source, row->destination },
	};
}

/* "defender-iot.dns: sensor -> dns-server, tcp 53; udp 53 (optional)" */
static const char *flow_words(struct arena *arena, const struct entry *entry)
{
	const struct matrix_row *row = &entry->rows[0];
	const char *conditions = row->conditions;
	struct buffer out AUTO_BUFFER = { 0 };

	buffer_format(&out, "%s: %s -> %s", row->flow->id, row->from, row->to);
	for (size_t i = 0; i < entry->count; i++) {
		const struct matrix_row *item = &entry->rows[i];

		buffer_format(&out, "%s%s%s%s", i ? "; " : ", ", item->protocol,
			      *item->ports ? " " : "", item->ports);
	}
	if (row->flow->optional || conditions)
		buffer_format(&out, " (%s%s%s)", row->flow->optional ? "optional" : "",
			      row->flow->optional && conditions ? "; " : "",
			      conditions ? conditions : "");
	return arena_copy(arena, out.data, out.length);
}

static void add_departure(struct arena *arena, struct grid *grid, const char *verb,
			  const struct departure *departure)
{
	const char *words;

	if (!departure)
		return;
	words = departure_words(arena, verb, departure);
	if (departure->why)
		words = arena_format(arena, "%s: %s", words, departure->why);
	grid_remark(arena, grid, words, TONE_REMARKABLE);
}

/* `said`: the note that stands there already, of the flow before. */
static void add_flow(struct arena *arena, struct grid *grid, const struct entry *entry,
		     const char **said)
{
	const struct flow *flow = entry->rows[0].flow;
	const char *note = flow->row.note;

	grid_remark(arena, grid, flow_words(arena, entry),
		    flow->closed ? TONE_FAINT : TONE_PLAIN);
	add_departure(arena, grid, "closed", flow->closed);
	add_departure(arena, grid, "adjusted", flow->adjusted);
	add_departure(arena, grid, "added", flow->added);
	if (note && !(*said && strcmp(*said, note) == 0))
		grid_remark(arena, grid, arena_format(arena, "note: %s", note),
			    TONE_FAINT);
	*said = note;
}

struct grid profile_grid(struct arena *arena, const struct matrix *matrix)
{
	struct entries entries = entries_ordered(arena, matrix);
	struct grid grid = {
		.titles = { "Protocol", "Transport", "In/Out", "Port", "Used",
			    "Purpose", "Source", "Destination" },
		.column_count = 8,
		.section_title = "Table",
		.remark_title = "Flows",
		.apart = true,
	};
	const char *note = NULL;

	for (size_t i = 0; i < entries.count; i++) {
		const struct entry *entry = &entries.items[i];
		const struct entry *previous = i ? entry - 1 : NULL;

		if (!previous || previous->table != entry->table)
			grid_section(arena, &grid, entry_title(entry));
		if (!previous || previous->cells != entry->cells) {
			grid_line(arena, &grid, document_line(entry));
			note = NULL;
		}
		add_flow(arena, &grid, entry, &note);
	}
	return grid;
}
