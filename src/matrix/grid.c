/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables in sections: putting them together. */
#include <assert.h>

#include "matrix/grid.h"

void grid_section(struct arena *arena, struct grid *grid, const char *title)
{
	LIST_PUSH(arena, &grid->sections, ((struct section){ .title = title }));
}

static struct section *section_last(struct grid *grid)
{
	assert(grid->sections.count);
	return &grid->sections.items[grid->sections.count - 1];
}

void grid_line(struct arena *arena, struct grid *grid, struct line line)
{
	LIST_PUSH(arena, &section_last(grid)->lines, line);
}

void grid_remark(struct arena *arena, struct grid *grid, const char *text,
		 enum tone tone)
{
	struct section *section = section_last(grid);
	struct remark remark = { text, tone };

	assert(section->lines.count);
	LIST_PUSH(arena, &section->lines.items[section->lines.count - 1].remarks,
		  remark);
}

static bool column_is_used(const struct section *section, size_t column)
{
	for (size_t i = 0; i < section->lines.count; i++) {
		if (section->lines.items[i].cells[column])
			return true;
	}
	return false;
}

size_t grid_columns(const struct grid *grid, const struct section *section,
		    size_t columns[GRID_COLUMN_MAX])
{
	size_t count = 0;

	for (size_t column = 0; column < grid->column_count; column++) {
		if (!grid->apart || column_is_used(section, column))
			columns[count++] = column;
	}
	return count;
}
