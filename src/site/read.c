/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libconfig reads the values; nothing else in rolewall knows it. */
#include <libconfig.h>

#include "base/limits.h"
#include "site/read.h"
#include "site/tree.h"

static inline void release_config(config_t *config)
{
	config_destroy(config);
}

/* clang-format off */
static const int kind_types[] = {
	[VALUE_GROUP]   = CONFIG_TYPE_GROUP,
	[VALUE_LIST]    = CONFIG_TYPE_LIST,
	[VALUE_ARRAY]   = CONFIG_TYPE_ARRAY,
	[VALUE_TEXT]    = CONFIG_TYPE_STRING,
	[VALUE_INTEGER] = CONFIG_TYPE_INT,
	[VALUE_FLOAT]   = CONFIG_TYPE_FLOAT,
	[VALUE_BOOLEAN] = CONFIG_TYPE_BOOL,
};

/* clang-format on */

/* Both parsers must have found the same: what is not so is reported at its place. */
static bool disagree(struct diags *diags, const struct value *value)
{
	return diag_error(diags, DIAG_SYNTAX, value->span,
			  "libconfig reads this value in another way");
}

/* Recursion ends: tree_parse() bounds the nesting. */
static bool fill(struct inputs *inputs, struct diags *diags, struct value *value,
		 config_setting_t *setting)
{
	unsigned index = 0;

	if (config_setting_type(setting) != kind_types[value->kind])
		return value->broken || disagree(diags, value);
	if (value->kind == VALUE_TEXT)
		value->text =
			arena_string(inputs->arena, config_setting_get_string(setting));
	if (value->kind == VALUE_INTEGER && !value->broken &&
	    config_setting_get_int(setting) != value->integer)
		return disagree(diags, value);
	if (value->kind > VALUE_ARRAY)
		return true;

	if ((size_t)config_setting_length(setting) != value->count)
		return disagree(diags, value);
	for (struct value *member = value->first; member; member = member->next)
		if (!fill(inputs, diags, member,
			  config_setting_get_elem(setting, index++)))
			return false;
	return true;
}

const struct value *read_values(struct inputs *inputs, struct diags *diags,
				const char *path, struct span user)
{
	struct buffer flat AUTO_BUFFER = { 0 };
	struct tree tree = { .flat = &flat };
	const char *why;
	struct source *source = inputs_read(inputs, path, LIMIT_SITE_BYTES, &why);

	if (!source) {
		diag_error(diags, DIAG_FILE, user, "cannot read \"%s\": %s", path, why);
		return NULL;
	}
	buffer_text(&flat, "");
	if (!tree_parse(inputs, diags, source, &tree))
		return NULL;

	config_t config __attribute__((cleanup(release_config)));

	config_init(&config);
	if (!config_read_string(&config, flat.data)) {
		diag_error(diags, DIAG_SYNTAX, tree.root->span,
			   "libconfig cannot read the text: %s",
			   config_error_text(&config));
		return NULL;
	}
	return fill(inputs, diags, tree.root, config_root_setting(&config)) ? tree.root
									    : NULL;
}
