/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot: the last confirmed rule set, from its file alone.
 *
 * Nothing here may keep a machine open: what is damaged gives way to what was before
 * it, what the kernel refuses to what of it the kernel takes, and in the end there is a
 * closed rule set that needs no file.
 */
#include <stdio.h>
#include <string.h>

#include "compile/closed.h"

#include "change/keep.h"

struct boot {
	struct rolewall_state *state;
	struct rolewall_kernel *kernel;
	struct arena *arena;
	struct diags *diags;
	struct change_id id; /* of what is loaded */
	bool is_last;        /* it is what was confirmed last */
};

/* ---- which one ---- */

static const struct ruleset *decode(struct boot *boot,
				    const struct confirmed *confirmed)
{
	boot->id = confirmed->id;
	return saved_decode(boot->arena, confirmed->ruleset, confirmed->id.text,
			    boot->diags);
}

static const struct ruleset *find_earlier(struct boot *boot)
{
	struct state *files = boot->state->files;
	struct history history = { 0 };
	const struct ruleset *ruleset = NULL;

	if (!history_list(files, boot->arena, boot->diags, &history))
		return NULL;
	for (size_t i = 0; !ruleset && i < history.count; i++) {
		struct confirmed confirmed;

		if (!history.items[i].damaged &&
		    history_read(files, &history.items[i], boot->arena, boot->diags,
				 &confirmed) == FOUND)
			ruleset = decode(boot, &confirmed);
	}
	if (ruleset)
		diag_note(boot->diags, (struct span){ 0 },
			  "loading the one before it, %s", boot->id.text);
	return ruleset;
}

static void read_paths(struct boot *boot, struct paths *paths)
{
	/* without a file of them: SSH, for somebody has to come in and mend */
	struct blob lines = { "tcp/22\n", strlen("tcp/22\n") };
	struct arena *arena = boot->arena;
	struct blob kept;

	if (protected_read(boot->state->files, arena, boot->diags, &kept) == FOUND &&
	    kept.length)
		lines = kept;

	char *rest = arena_copy(arena, lines.bytes, lines.length);

	for (char *line; (line = strtok_r(rest, "\n", &rest));) {
		struct path path;

		if (path_parse(arena, line, boot->diags, &path))
			LIST_PUSH(arena, paths, path);
	}
}

static const struct ruleset *closed(struct boot *boot)
{
	struct paths paths = { 0 };
	struct span nowhere = { 0 };

	read_paths(boot, &paths);
	diag_error(boot->diags, DIAG_STATE, nowhere,
		   "no confirmed rule set is whole: everything is closed but the "
		   "protected paths");

	struct open_path *open = arena_array(boot->arena, paths.count, sizeof(*open));

	for (size_t i = 0; i < paths.count; i++) {
		const struct path *path = &paths.items[i];

		open[i] = (struct open_path){ .protocol = path->protocol,
					      .port = path->port,
					      .has_peers = path->has_peers,
					      .family = path->family };
		memcpy(open[i].low, path->low, sizeof(path->low));
		memcpy(open[i].high, path->high, sizeof(path->high));
		diag_note(boot->diags, nowhere, "open: %s", path->text);
	}
	diag_note(boot->diags, nowhere,
		  "type \"rolewall apply SITE\" to load the site's rules");
	return compile_closed(boot->arena, open, paths.count);
}

/* NULL when none was ever confirmed, or none is to be loaded; said. */
static const struct ruleset *find_ruleset(struct boot *boot)
{
	struct confirmed confirmed;
	const struct ruleset *ruleset = NULL;

	switch (confirmed_read(boot->state->files, boot->arena, boot->diags,
			       &confirmed)) {
	case FOUND:
		ruleset = decode(boot, &confirmed);
		boot->is_last = ruleset;
		break;
	case FOUND_NOTHING:
		diag_error(boot->diags, DIAG_NOTHING, (struct span){ 0 },
			   "no rule set is confirmed: nothing to load");
		diag_note(boot->diags, (struct span){ 0 },
			  "\"rolewall apply SITE\", then \"rolewall confirm\"");
		return NULL;
	case FOUND_DAMAGED:
	case FOUND_FAILED:
		break;
	}
	if (!ruleset)
		ruleset = find_earlier(boot);
	return ruleset ? ruleset : closed(boot);
}

/* ---- into the kernel ---- */

static int commit(struct boot *boot, const struct ruleset *ruleset,
		  struct rolewall_messages *messages)
{
	struct rolewall_ruleset desired = { .ruleset = ruleset };
	struct rolewall_apply_result result = { 0 };
	int code = rolewall_apply(boot->kernel, &desired, NULL, messages, &result);

	rolewall_apply_result_free(&result);
	return code;
}

/* A device that is not there yet, on older kernels: most is better than nothing. */
static bool commit_inet_alone(struct boot *boot, const struct ruleset *ruleset,
			      struct rolewall_messages *messages)
{
	const struct table *inet = ruleset_table(ruleset, TABLE_INET);
	struct ruleset alone = *ruleset;

	if (!inet || ruleset->table_count == 1)
		return false;
	alone.tables = inet;
	alone.table_count = 1;
	if (commit(boot, &alone, messages) != ROLEWALL_OK)
		return false;
	diag_note(boot->diags, (struct span){ 0 },
		  "loaded without the chains on devices: type \"rolewall load\" when "
		  "the devices are there");
	return true;
}

static int load(struct boot *boot, struct rolewall_messages *messages)
{
	const struct ruleset *ruleset = find_ruleset(boot);

	if (!ruleset)
		return failure(messages);
	if (commit(boot, ruleset, messages) == ROLEWALL_OK)
		return boot->is_last ? ROLEWALL_OK : ROLEWALL_FAILED;
	if (!commit_inet_alone(boot, ruleset, messages) && boot->is_last)
		commit(boot, closed(boot), messages);
	return ROLEWALL_FAILED;
}

int rolewall_load(struct rolewall_state *state, struct rolewall_messages *messages,
		  char loaded[ROLEWALL_ID_BYTES])
{
	struct boot boot = { .state = state,
			     .arena = arena_new(),
			     .diags = &messages->diags };
	struct diags *diags = &messages->diags;
	int code = rolewall_kernel_open(state->netns, messages, &boot.kernel);

	if (code == ROLEWALL_OK) {
		code = state_lock(state->files, state->lock_seconds, diags) &&
				       keep_nothing_pending(state, boot.kernel, diags)
			       ? load(&boot, messages)
			       : failure(messages);
		state_unlock(state->files);
		rolewall_kernel_close(boot.kernel);
	}
	if (code == ROLEWALL_OK)
		snprintf(loaded, ROLEWALL_ID_BYTES, "%s", boot.id.text);
	arena_free(boot.arena);
	return code;
}
