/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a real kernel refuses, and what is said of it. */
#include "lab.h"

static void a_stale_plan_is_refused(void **state)
{
	struct lab *lab = *state;
	const struct ruleset *one = counting(lab->arena, "1 2");
	const struct plan *first = lab_plan(lab, one);
	const struct plan *second = lab_plan(lab, counting(lab->arena, "3"));

	assert_int_equal(kernel_commit(lab->kernel, first, false, &lab->diags),
			 COMMIT_DONE);
	assert_int_equal(kernel_commit(lab->kernel, second, false, &lab->diags),
			 COMMIT_STALE);
	assert_int_equal(kernel_commit(lab->kernel, second, true, &lab->diags),
			 COMMIT_STALE);
	assert_null(lab->diags.first);
	lab_expect(lab, one);
}

static bool diags_have(const struct diags *diags, const char *words)
{
	for (const struct diag *diag = diags->first; diag; diag = diag->next) {
		if (strstr(diag->text, words))
			return true;
	}
	return false;
}

/* `count` rules that jump to a chain that is not there, behind one that is good. */
static struct ruleset *jumping_nowhere(struct arena *arena, unsigned count)
{
	static const char text[] = "one\ntwo\nthree\n";
	const struct source *source = source_new(arena, "site.cfg", text, strlen(text));
	struct model model;

	model_start(&model, arena);
	model_base_chain(&model, "input", HOOK_INPUT, VERDICT_ACCEPT);
	model_port(&model, 1, "good");
	for (unsigned i = 0; i < count; i++) {
		build_equal(&model.builder, FIELD_TCP_DPORT, i + 2);
		build_verdict(&model.builder, VERDICT_JUMP, "nowhere");
		build_end(&model.builder, &model.rules, "bad flow",
			  source_span(source, 4, 3));
	}
	return model_ruleset(&model);
}

static void a_refusal_names_the_line(void **state)
{
	struct lab *lab = *state;
	const struct plan *plan = lab_plan(lab, jumping_nowhere(lab->arena, 1));

	assert_int_equal(kernel_commit(lab->kernel, plan, false, &lab->diags),
			 COMMIT_REFUSED);
	assert_int_equal(lab->diags.error_count, 1);
	assert_int_equal(lab->diags.first->code, DIAG_KERNEL);
	assert_int_equal(lab->diags.first->span.line, 2);
	assert_true(diags_have(&lab->diags, "rule \"bad flow\" of chain \"input\""));
	assert_true(diags_have(&lab->diags, "immediate"));
	assert_false(diags_have(&lab->diags, "in consequence"));
	assert_int_equal(lab_read(lab)->table_count, 0);
}

/* More answers than a socket's buffer holds by default. */
static void further_refusals_are_counted(void **state)
{
	struct lab *lab = *state;
	const struct plan *plan = lab_plan(lab, jumping_nowhere(lab->arena, 1001));

	assert_int_equal(kernel_commit(lab->kernel, plan, false, &lab->diags),
			 COMMIT_REFUSED);
	assert_int_equal(lab->diags.error_count, 1);
	assert_true(diags_have(&lab->diags, "1000 more messages were refused"));
	assert_int_equal(lab_read(lab)->table_count, 0);
}

/* The kernel refuses an element: which one, is found again in the message. */
static void a_refusal_names_the_element(void **state)
{
	struct lab *lab = *state;
	struct set states = set_of("states", DATATYPE_INET_SERVICE);
	struct element *element;
	struct model model;

	model_start(&model, lab->arena);
	states.map = true;
	for (uint32_t port = 1; port < 100; port++) {
		element = set_push_number(lab->arena, &states, port);
		element->verdict = port == 77 ? VERDICT_JUMP : VERDICT_DROP;
		element->target = port == 77 ? "nowhere" : NULL;
	}
	model_set(&model, states);
	assert_int_equal(kernel_commit(lab->kernel,
				       lab_plan(lab, model_ruleset(&model)), false,
				       &lab->diags),
			 COMMIT_REFUSED);
	assert_true(diags_have(&lab->diags, "element 77 of map \"states\""));
}

static void a_circle_is_refused(void **state)
{
	struct lab *lab = *state;
	struct model model;

	model_start(&model, lab->arena);
	model_chain(&model, "a");
	build_verdict(&model.builder, VERDICT_JUMP, "b");
	model_rule(&model, NULL);
	model_chain(&model, "b");
	build_verdict(&model.builder, VERDICT_JUMP, "a");
	model_rule(&model, NULL);
	model_base_chain(&model, "input", HOOK_INPUT, VERDICT_ACCEPT);
	build_verdict(&model.builder, VERDICT_JUMP, "a");
	model_rule(&model, NULL);
	assert_int_equal(kernel_commit(lab->kernel,
				       lab_plan(lab, model_ruleset(&model)), false,
				       &lab->diags),
			 COMMIT_REFUSED);
	assert_true(diags_have(&lab->diags, "circle"));
	assert_int_equal(lab_read(lab)->table_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(a_stale_plan_is_refused),      LIVE(a_refusal_names_the_line),
		LIVE(further_refusals_are_counted), LIVE(a_refusal_names_the_element),
		LIVE(a_circle_is_refused),
	};

	return RUN_LIVE("refusals", tests);
}
