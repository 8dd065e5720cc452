/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building JSON with jansson, where the only failure left is out of memory. */
#include <string.h>

#include "emit/form.h"

/* Text is made safe before it gets here, so nothing else can have gone wrong. */
static void check(bool made)
{
	if (!made)
		out_of_memory();
}

json_t *json_made(json_t *value)
{
	check(value != NULL);
	return value;
}

void json_put(json_t *object, const char *key, json_t *value)
{
	check(json_object_set_new(object, key, json_made(value)) == 0);
}

void json_push(json_t *array, json_t *value)
{
	check(json_array_append_new(array, json_made(value)) == 0);
}

json_t *json_text(const char *text)
{
	struct buffer shown AUTO_BUFFER = { 0 };

	buffer_printable(&shown, text, strlen(text), 0);
	return json_made(json_stringn(shown.data ? shown.data : "", shown.length));
}
