/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields and the expressions that load them: one row for both directions. */
#pragma once

#include "kernel/expression.h"

/* What the steps before have matched; it tells fields with the same load apart. */
struct field_context {
	uint8_t nfproto, l4proto; /* 0: nothing */
};

/*
 * The expression that loads the first `length` bytes of a field into register `to`.
 * Less than the field's width only for packet data.
 */
struct expression field_load(enum field field, uint32_t to, uint32_t length) MUST_USE;

/*
 * The field that a load stands for and how much of it is loaded; false when it is none
 * of ours.
 */
bool field_of_load(const struct expression *load, const struct field_context *context,
		   enum field *field, uint32_t *length) MUST_USE;

/* Whether the expression loads a register from the packet or its state. */
bool expression_is_load(const struct expression *expression) MUST_USE;

/* The register that a load fills. */
uint32_t load_register(const struct expression *load) MUST_USE;

/* Takes note of a step. */
void field_context_follow(struct field_context *context, const struct step *step);
