/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule set read whole and put back, in the network namespace it is called in: the
 * layers below the deadline, for test_restore.py.  One after the other:
 *
 *	read     reads; writes the saved form to FILE, the batch to FILE.batch
 *	try      whether the kernel would take FILE.batch
 *	AGE      a number: FILE.batch was made so many milliseconds ago
 *	send     sends FILE.batch
 *	decode   sends a batch that is made of FILE
 *	holds    whether the kernel holds what FILE says
 *	differs  the opposite
 *	plan     what a plan would change to hold that, one on a line
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"

static const char usage[] = "usage: rolewall-restore FILE VERB|AGE...\n";

/* One call. */
struct call {
	struct arena *arena;
	struct diags diags;
	struct kernel *kernel;
	const char *file, *batch_file;
	uint64_t elapsed_ms;
};

static bool write_bytes(const char *path, const struct buffer *bytes)
{
	FILE *file = fopen(path, "we");
	bool written =
		file && fwrite(bytes->data, 1, bytes->length, file) == bytes->length;

	if (file && fclose(file) != 0)
		written = false;
	return written;
}

static bool read_bytes(const char *path, struct buffer *bytes)
{
	FILE *file = fopen(path, "re");
	char part[1 << 16];
	size_t got;

	if (!file)
		return false;
	while ((got = fread(part, 1, sizeof(part), file)))
		buffer_add(bytes, part, got);
	fclose(file);
	return true;
}

static bool do_read(struct call *call)
{
	struct buffer bytes AUTO_BUFFER = { 0 }, batch AUTO_BUFFER = { 0 };
	const struct ruleset *live;

	if (!kernel_read_whole(call->kernel, call->arena, &call->diags, &live))
		return false;
	if (!kernel_restore_check(live, &call->diags))
		printf("not all of it\n");
	kernel_encode(live, &bytes);
	kernel_restore_make(live, &batch);
	return write_bytes(call->file, &bytes) && write_bytes(call->batch_file, &batch);
}

static bool send_batch(struct call *call, struct buffer *batch)
{
	kernel_restore_age(batch, call->elapsed_ms);
	return kernel_restore_send(call->kernel, batch, &call->diags) == COMMIT_DONE;
}

static bool decode(struct call *call, const struct ruleset **ruleset)
{
	struct buffer bytes AUTO_BUFFER = { 0 };

	return read_bytes(call->file, &bytes) &&
	       kernel_decode(bytes.data ? bytes.data : "", bytes.length, call->arena,
			     &call->diags, ruleset);
}

static bool do_decode(struct call *call)
{
	struct buffer batch AUTO_BUFFER = { 0 };
	const struct ruleset *ruleset;

	if (!decode(call, &ruleset))
		return false;
	kernel_restore_make(ruleset, &batch);
	return send_batch(call, &batch);
}

static bool do_send(struct call *call)
{
	struct buffer batch AUTO_BUFFER = { 0 };

	return read_bytes(call->batch_file, &batch) && send_batch(call, &batch);
}

static bool compare(struct call *call, bool wanted)
{
	const struct ruleset *live, *ruleset;

	return decode(call, &ruleset) &&
	       kernel_read_whole(call->kernel, call->arena, &call->diags, &live) &&
	       kernel_restore_holds(live, ruleset) == wanted;
}

static bool do_holds(struct call *call)
{
	return compare(call, true);
}

static bool do_differs(struct call *call)
{
	return compare(call, false);
}

static bool do_plan(struct call *call)
{
	static const char *const kinds[] = {
		[EDIT_TABLE] = "table",     [EDIT_CHAIN] = "chain",
		[EDIT_RULE] = "rule",       [EDIT_SET] = "set",
		[EDIT_ELEMENT] = "element", [EDIT_OBJECT] = "object",
	};
	const struct ruleset *live, *ruleset;
	const struct plan *plan;

	if (!decode(call, &ruleset) ||
	    !kernel_read(call->kernel, call->arena, &call->diags, &live))
		return false;
	plan = plan_make(call->arena, live, ruleset);
	for (size_t i = 0; i < plan->edit_count; i++)
		printf("%s\n", kinds[plan->edits[i].kind]);
	return true;
}

static bool do_try(struct call *call)
{
	struct buffer batch AUTO_BUFFER = { 0 };

	return read_bytes(call->batch_file, &batch) &&
	       kernel_restore_try(call->kernel, &batch, &call->diags) == COMMIT_CHECKED;
}

static bool do_verb(struct call *call, const char *verb)
{
	static const struct {
		const char *name;
		bool (*act)(struct call *);
	} verbs[] = {
		/* clang-format off */
		{ "read",    do_read },
		{ "try",     do_try },
		{ "send",    do_send },
		{ "decode",  do_decode },
		{ "holds",   do_holds },
		{ "differs", do_differs },
		{ "plan",    do_plan },
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(verbs[i].name, verb) == 0)
			return verbs[i].act(call);
	}
	call->elapsed_ms = strtoull(verb, NULL, 10);
	return call->elapsed_ms != 0;
}

int main(int argc, char **argv)
{
	struct arena *arena AUTO(arena) = arena_new();
	struct kernel *kernel AUTO(kernel) = NULL;
	struct call call = { .arena = arena };
	bool good;

	if (argc < 3) {
		fputs(usage, stderr);
		return EXIT_FAILURE;
	}
	diags_init(&call.diags, arena);
	call.file = argv[1];
	call.batch_file = arena_format(arena, "%s.batch", argv[1]);
	good = kernel_open(NULL, &call.diags, &kernel);
	call.kernel = kernel;
	for (int i = 2; good && i < argc; i++) {
		good = do_verb(&call, argv[i]);
		if (!good)
			printf("failed: %s\n", argv[i]);
	}
	for (const struct diag *diag = call.diags.first; diag; diag = diag->next)
		printf("%s\n", diag->text);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
