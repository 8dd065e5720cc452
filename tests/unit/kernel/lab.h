/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real kernel for tests: each test in a network namespace of its own.
 *
 * As root, or else as root of a user namespace.  Root that may make no namespace fails
 * the tests; others say aloud that they ran nothing.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kernel/kernel.h"
#include "plan/plan.h"

#include "model.h"

/* ---- namespaces ---- */

static inline bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written =
		fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Root of a user namespace, for who is not root; false when there are none to be had.
 */
static inline bool become_root(void)
{
	char users[64], groups[64];

	snprintf(users, sizeof(users), "0 %u 1", (unsigned)geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", (unsigned)getegid());
	return unshare(CLONE_NEWUSER) == 0 &&
	       write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", users) &&
	       write_file("/proc/self/gid_map", groups);
}

static inline bool loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = false;

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd >= 0) {
		up = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
		close(fd);
	}
	return up;
}

/* One test's kernel, and what is in it. */
struct lab {
	struct arena *arena;
	struct kernel *kernel;
	struct diags diags;
};

static inline int lab_setup(void **state)
{
	struct lab *lab;

	if (unshare(CLONE_NEWNET) != 0 || !loopback_up()) {
		print_error("no network namespace: %s\n", strerror(errno));
		return -1;
	}
	lab = test_malloc(sizeof(*lab));
	lab->arena = arena_new();
	diags_init(&lab->diags, lab->arena);
	if (!kernel_open(NULL, &lab->diags, &lab->kernel)) {
		print_error("no netlink: %s\n", lab->diags.first->text);
		return -1;
	}
	*state = lab;
	return 0;
}

static inline int lab_teardown(void **state)
{
	struct lab *lab = *state;

	kernel_close(lab->kernel);
	arena_free(lab->arena);
	test_free(lab);
	return 0;
}

static inline const struct ruleset *lab_read(struct lab *lab)
{
	const struct ruleset *live = NULL;

	if (!kernel_read(lab->kernel, lab->arena, &lab->diags, &live))
		fail_msg("cannot read: %s", lab->diags.first->text);
	return live;
}

static inline const struct plan *lab_plan(struct lab *lab,
					  const struct ruleset *desired)
{
	return plan_make(lab->arena, lab_read(lab), desired);
}

static inline void lab_expect(struct lab *lab, const struct ruleset *desired)
{
	const struct plan *plan = lab_plan(lab, desired);

	for (size_t i = 0; i < plan->edit_count; i++)
		print_message("differs: op %d of kind %d: %s\n", plan->edits[i].op,
			      plan->edits[i].kind,
			      plan->edits[i].what ? plan->edits[i].what : "");
	assert_true(plan_is_empty(plan));
}

/* Loads it, and looks whether it is there. */
static inline void lab_load(struct lab *lab, const struct ruleset *desired)
{
	const struct plan *plan = lab_plan(lab, desired);
	enum commit_outcome outcome =
		kernel_commit(lab->kernel, plan, false, &lab->diags);

	for (const struct diag *diag = lab->diags.first; diag; diag = diag->next)
		print_message("%s\n", diag->text);
	assert_int_equal(outcome, COMMIT_DONE);
	assert_int_equal(lab->diags.error_count, 0);
	lab_expect(lab, desired);
}

static inline struct ruleset *empty_ruleset(struct arena *arena)
{
	return ruleset_of(arena, NULL, 0);
}

/* ---- rule sets to load ---- */

/* Chain "output": a counter for each port of `ports`, in that order. */
static inline struct ruleset *counting(struct arena *arena, const char *ports)
{
	struct model model;

	model_start(&model, arena);
	model_base_chain(&model, "output", HOOK_OUTPUT, VERDICT_ACCEPT);
	for (const char *at = ports; *at; at += strspn(at, " ")) {
		char *end;
		unsigned long port = strtoul(at, &end, 10);

		build_equal(&model.builder, FIELD_UDP_DPORT, (uint32_t)port);
		build_counter(&model.builder);
		model_rule(&model, arena_format(arena, "%lu", port));
		at = end;
	}
	return model_ruleset(&model);
}

enum { VARIANT_COUNT = 6 };

/* Variants that differ in elements, a set's form, a chain's, and in what jumps. */
static inline struct ruleset *variant_of(struct arena *arena, unsigned variant)
{
	struct model model;
	struct set ports = interval_set_of("ports", DATATYPE_INET_SERVICE);
	struct set states = set_of("states", DATATYPE_CT_STATE);
	struct element *element;

	model_start(&model, arena);
	set_push_numbers(arena, &ports, 1, variant == 1 ? 20 : 10);
	set_push_numbers(arena, &ports, 100, variant == 2 ? 65535 : 200)->comment =
		variant == 3 ? "a comment" : NULL;
	ports.comment = variant == 4 ? "of the set" : NULL;
	states.map = true;
	element = set_push_number(arena, &states, 2);
	element->verdict = VERDICT_JUMP;
	element->target = "side";
	if (variant == 1)
		set_push_number(arena, &states, 8)->verdict = VERDICT_DROP;
	model_chain(&model, "side")->comment = variant == 5 ? "of the chain" : NULL;
	model_port(&model, 1, "side");
	model_base_chain(&model, "input", HOOK_INPUT,
			 variant == 3 ? VERDICT_ACCEPT : VERDICT_DROP)
		->priority = variant == 2 ? 10 : 0;
	build_lookup(&model.builder, MATCH_IN, FIELD_TCP_DPORT,
		     model_set(&model, ports));
	build_verdict(&model.builder, VERDICT_ACCEPT, NULL);
	model_rule(&model, "in the set");
	build_lookup(&model.builder, MATCH_MAP, FIELD_CT_STATE,
		     model_set(&model, states));
	model_rule(&model, "by the map");
	return model_ruleset(&model);
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, lab_setup, lab_teardown)

enum { SKIPPED = 77 }; /* what ctest shows as skipped */

/* Runs tests that are LIVE(); the program's exit code. */
#define RUN_LIVE(name, tests)                                                     \
	(lab_is_possible() ? cmocka_run_group_tests_name(name, tests, NULL, NULL) \
			   : SKIPPED)

/* False, and said aloud, when there is no namespace to be had and no right to one. */
static inline bool lab_is_possible(void)
{
	if (geteuid() == 0 || become_root())
		return true;
	fprintf(stderr, "SKIPPED: no user namespaces, and not root: nothing of the "
			"kernel was tested\n");
	return false;
}
