/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading while others write, and what others' tables leave in it. */
/* before linux/: it keeps the same names from being declared twice */
#include <arpa/inet.h>

#include <signal.h>
#include <sys/wait.h>

#include "kernel/encode.h"
#include "kernel/socket.h"

#include "lab.h"

/* Another program's table, made by its own batch: a base chain with one rule. */
static void add_other_table(struct lab *lab)
{
	struct buffer batch AUTO_BUFFER = { 0 };
	struct model model;
	struct encoder encoder;
	struct table table;
	struct ruleset *ruleset;
	uint32_t generation;

	model_start(&model, lab->arena);
	model_base_chain(&model, "theirs", HOOK_INPUT, VERDICT_DROP)->priority = 7;
	model_port(&model, 22, "theirs");
	table = model_table(&model);
	table.name = "firewalld";
	ruleset = ruleset_of(lab->arena, &table, 1);
	assert_true(kernel_generation(lab->kernel, &lab->diags, &generation));
	encoder_start(&encoder, lab->arena, &batch, 1000);
	message_batch_begin(&batch, 999, generation);
	encode_ruleset(&encoder, ruleset);
	message_batch_end(&batch, 2000);
	assert_int_equal(socket_send(lab->kernel, batch.data, batch.length), 0);
	encoder_end(&encoder);
}

static void others_are_seen_and_left_alone(void **state)
{
	struct lab *lab = *state;
	const struct ruleset *live;

	add_other_table(lab);
	lab_load(lab, counting(lab->arena, "1 2"));
	lab_load(lab, counting(lab->arena, "2 3"));
	lab_load(lab, empty_ruleset(lab->arena));
	live = lab_read(lab);
	assert_int_equal(live->table_count, 0);
	assert_int_equal(live->neighbour_count, 1);
	assert_string_equal(live->neighbours[0].table, "firewalld");
	assert_string_equal(live->neighbours[0].chain, "theirs");
	assert_string_equal(live->neighbours[0].family, "inet");
	assert_int_equal(live->neighbours[0].hook, HOOK_INPUT);
	assert_int_equal(live->neighbours[0].priority, 7);
	assert_int_equal(live->neighbours[0].policy, VERDICT_DROP);
}

/* Commits one rule set after the other, until it is ended. */
static _Noreturn void churn(const struct ruleset *const *states)
{
	struct arena *arena = arena_new();
	struct diags diags;
	struct kernel *kernel;

	diags_init(&diags, arena);
	if (!kernel_open(NULL, &diags, &kernel))
		_exit(1);
	for (unsigned turn = 0;; turn++) {
		struct arena *scratch = arena_new();
		const struct ruleset *live;

		diags_init(&diags, scratch);
		if (kernel_read(kernel, scratch, &diags, &live)) {
			const struct plan *plan =
				plan_make(scratch, live, states[turn % 2]);

			if (!plan_is_empty(plan) &&
			    kernel_commit(kernel, plan, false, &diags) != COMMIT_DONE)
				_exit(1);
		}
		arena_free(scratch);
	}
}

/* While another process commits, what is read is one of its rule sets, whole. */
static void snapshots_are_of_one_moment(void **state)
{
	enum { READS = 200 };
	struct lab *lab = *state;
	const struct ruleset *states[] = { variant_of(lab->arena, 0),
					   variant_of(lab->arena, 2) };
	unsigned seen[2] = { 0 };
	pid_t child;

	lab_load(lab, states[0]);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		churn(states);
	for (unsigned i = 0; i < READS; i++) {
		struct arena *arena AUTO(arena) = arena_new();
		const struct ruleset *live;
		struct diags diags;

		diags_init(&diags, arena);
		if (!kernel_read(lab->kernel, arena, &diags, &live)) {
			assert_int_equal(diags.first->code, DIAG_GENERATION);
			continue;
		}
		for (size_t k = 0; k < 2; k++)
			seen[k] += plan_is_empty(plan_make(arena, live, states[k]));
		if (seen[0] + seen[1] == 0)
			fail_msg("a rule set that nobody has committed");
	}
	assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	/* it did move */
	assert_true(seen[0] > 0 && seen[1] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(others_are_seen_and_left_alone),
		LIVE(snapshots_are_of_one_moment),
	};

	return RUN_LIVE("snapshots", tests);
}
