/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fields hold of one packet, at each hook that it comes to. */
#pragma once

#include "meaning/evaluate.h"

struct registers {
	uint8_t values[FIELD_COUNT][16];
	uint32_t present;  /* a bit for each field that the packet has */
	uint32_t doubtful; /* a bit for each of which not the value is known, but that
			      it has one */
};

/* Where on its way the packet is. */
struct place {
	enum table_family family;
	enum hook hook;
	int32_t priority;
};

/* All that is the same at every hook; registers_move() for the rest. */
void registers_load(struct registers *registers, const struct packet *packet);
void registers_move(struct registers *registers, const struct packet *packet,
		    const struct place *place);

static inline bool registers_have(const struct registers *registers, enum field field)
{
	return registers->present >> field & 1;
}

static inline bool registers_doubt(const struct registers *registers, enum field field)
{
	return registers->doubtful >> field & 1;
}
