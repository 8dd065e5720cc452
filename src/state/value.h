/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The value of one row as text, and back. */
#pragma once

#include "state/record.h"

/* Of a blob: its length. */
void value_write(const struct record_row *row, const void *record, struct buffer *out);

/* False when it is not what value_write() would have written. */
bool value_read(const struct record_row *row, struct blob text, struct arena *arena,
		void *record) MUST_USE;

/* The kernel's spelling of a boot's id. */
bool boot_id_fits(const char *text, size_t length) MUST_USE;
