/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A site's flows: on which hosts each is open, or why it stays closed. */
#include "matrix/view.h"
#include "matrix/words.h"

static void add(struct buffer *out, const char *words)
{
	if (!words)
		return;
	buffer_text(out, out->length ? "; " : "");
	buffer_text(out, words);
}

/* Why it is closed, what narrows it, who changed it; NULL: nothing of that. */
static const char *remark_of(struct arena *arena, const struct matrix_row *row)
{
	const struct flow *flow = row->flow;
	struct buffer out AUTO_BUFFER = { 0 };

	if (flow->closed)
		add(&out, departure_words(arena, "closed", flow->closed));
	else if (!row->open)
		add(&out, flow->optional ? "closed, optional" : "closed");
	if (!row->open && !(flow->closed && !flow->closed->why))
		buffer_format(&out, ": %s", row->why);
	add(&out, row->conditions);
	if (flow->adjusted)
		add(&out, departure_words(arena, "adjusted", flow->adjusted));
	return out.length ? arena_copy(arena, out.data, out.length) : NULL;
}

/* The hosts that let it in, or out. */
static const char *hosts_of(struct arena *arena, const struct matrix_row *row,
			    enum direction direction)
{
	struct buffer out AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < row->place_count; i++) {
		const struct matrix_place *place = &row->places[i];

		if (direction == DIRECTION_IN ? place->in : place->out)
			buffer_format(&out, "%s%s", out.length ? ", " : "",
				      place->host->name.text);
	}
	return out.length ? arena_copy(arena, out.data, out.length) : "";
}

static void add_row(struct arena *arena, struct grid *grid,
		    const struct matrix_row *row)
{
	const char *remark = remark_of(arena, row);
	struct line line = {
		.cells = { row->flow->id, row->from, row->to, row->protocol, row->ports,
			   hosts_of(arena, row, DIRECTION_IN),
			   hosts_of(arena, row, DIRECTION_OUT) },
		.tone = row->open ? TONE_PLAIN : TONE_FAINT,
	};

	grid_line(arena, grid, line);
	if (remark)
		grid_remark(arena, grid, remark,
			    row->open ? TONE_REMARKABLE : TONE_FAINT);
}

struct grid site_grid(struct arena *arena, const struct matrix *matrix)
{
	struct entries entries = entries_ordered(arena, matrix);
	struct grid grid = {
		.titles = { "Flow", "From", "To", "Protocol", "Ports", "In at",
			    "Out at" },
		.column_count = 7,
		.section_title = "Table",
		.remark_title = "Remarks",
	};

	for (size_t i = 0; i < entries.count; i++) {
		const struct entry *entry = &entries.items[i];

		if (!i || (entry - 1)->table != entry->table)
			grid_section(arena, &grid, entry_title(entry));
		for (size_t k = 0; k < entry->count; k++)
			add_row(arena, &grid, &entry->rows[k]);
	}
	return grid;
}

struct grid hosts_grid(struct arena *arena, const struct matrix *matrix)
{
	const struct site *site = matrix->site;
	struct grid grid = {
		.titles = { "Host", "Roles", "Addresses" },
		.column_count = 3,
	};

	grid_section(arena, &grid, "Hosts");
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];
		struct line line = { .cells = { actor->name.text } };

		if (actor->kind != ACTOR_HOST ||
		    (matrix->host && matrix->host != actor))
			continue;
		line.cells[1] = actor_roles(arena, actor);
		line.cells[2] = actor_addresses(arena, actor);
		grid_line(arena, &grid, line);
	}
	return grid;
}
