/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From --protect to paths, and from paths to a verdict on a rule set. */
#include <string.h>

#include "base/namespace.h"

#include "change/protect.h"

/* ---- what is protected ---- */

/* Once, and only if somebody asks. */
static bool read_local(struct protection *protection, struct diags *diags)
{
	struct namespace_visit visit;

	if (protection->local_read)
		return true;
	if (!namespace_enter(protection->netns, diags, &visit))
		return false;

	bool good = local_addresses_read(protection->arena, &protection->local);

	if (!namespace_leave(&visit, diags))
		return false;
	protection->local_read = good;
	return good || diag_error(diags, DIAG_KERNEL, (struct span){ 0 },
				  "cannot read the addresses of this machine");
}

bool protection_parse(struct protection *protection,
		      const struct rolewall_apply_options *options, struct diags *diags)
{
	for (size_t i = 0; i < options->protect_count; i++) {
		const char *text = options->protect[i];
		struct path path;

		if (strcmp(text, "auto") == 0) {
			protection->management = true;
			continue;
		}
		if (!path_parse(protection->arena, text, diags, &path))
			return false;
		LIST_PUSH(protection->arena, &protection->paths, path);
	}
	return true;
}

bool protection_find(struct protection *protection, struct diags *diags)
{
	/* who manages this machine's own network does not come through another one */
	if (!protection->management || protection->netns)
		return true;
	if (!read_local(protection, diags))
		return false;
	paths_find_management(protection->arena, &protection->local,
			      &protection->paths);
	return true;
}

bool protection_holds(struct protection *protection, const struct ruleset *ruleset,
		      struct diags *diags)
{
	if (!protection->paths.count)
		return true;
	return read_local(protection, diags) &&
	       guard_check(ruleset, &protection->paths, &protection->local, diags);
}

struct blob protection_lines(const struct protection *protection)
{
	struct buffer lines AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < protection->paths.count; i++)
		buffer_format(&lines, "%s\n", protection->paths.items[i].text);
	return (struct blob){ arena_copy(protection->arena,
					 lines.data ? lines.data : "", lines.length),
			      lines.length };
}

struct blob protection_connection(const struct protection *protection)
{
	for (size_t i = 0; i < protection->paths.count; i++) {
		const char *text = protection->paths.items[i].connection;

		if (text)
			return (struct blob){ text, strlen(text) };
	}
	return (struct blob){ "", 0 };
}

/* ---- what goes on ---- */

void protection_connections(struct protection *protection,
			    const struct ruleset *ruleset, bool cut,
			    struct diags *diags, struct rolewall_apply_result *result)
{
	struct rolewall_connections *found =
		arena_alloc(protection->arena, sizeof(*found));
	struct diags tried;
	const char *failed = "listed";

	diags_init(&tried, protection->arena);

	struct connections_query query = {
		.netns = protection->netns,
		.ruleset = ruleset,
		.paths = &protection->paths,
		.local = &protection->local,
	};
	bool good = read_local(protection, &tried) &&
		    connections_find(protection->arena, &query, &tried, &found->list);

	if (good && cut) {
		good = connections_cut(protection->netns, &found->list, &tried,
				       &result->cut_count);
		failed = "cut";
	}
	result->connections = found;
	if (good)
		return;
	diag_warning(diags, DIAG_NOTICE, (struct span){ 0 },
		     "the rules are in force, but connections that they forbid could "
		     "not be %s",
		     failed);
	if (tried.first)
		diag_note(diags, (struct span){ 0 }, "%s", tried.first->text);
}
