/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One value of the language, read without a site around it. */
#pragma once

#include <string.h>

#include "site/schema.h"
#include "support/test.h"

static struct arena *arena;
static struct diags diags;
static struct inputs *inputs;
static struct loader *loader;

static inline int reading_begin(void **state)
{
	(void)state;
	arena = arena_new();
	diags_init(&diags, arena);
	loader = arena_alloc(arena, sizeof(*loader));
	loader->arena = arena;
	loader->diags = &diags;
	inputs = &loader->inputs;
	inputs_init(inputs, arena);
	return 0;
}

static inline int reading_end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static inline struct value text_value(const char *text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

static inline struct value integer_value(int32_t integer)
{
	return (struct value){ .kind = VALUE_INTEGER, .integer = integer };
}

/* The first message holds `text`, and there is none when `text` is NULL. */
static inline void assert_message(const char *text)
{
	if (!text && diags.first)
		fail_msg("not expected: %s", diags.first->text);
	if (text && !diags.first)
		fail_msg("expected: %s\nnothing was said", text);
	if (text && !strstr(diags.first->text, text))
		fail_msg("expected: %s\nsaid: %s", text, diags.first->text);
}
