/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run that is killed after any of its system calls: what it was writing is the old
 * one or the new one, whole, and the next run goes on from there.
 */
#include "unit/state/trace.h"

enum { OLD = CONFIRMED_KEPT, NEW, NEXT };

static bool write_confirmed(struct place *place)
{
	return state_lock(place->files, 0, &place->diags) && confirm(place, NEW);
}

static bool remove_confirmed(struct place *place)
{
	return state_lock(place->files, 0, &place->diags) &&
	       confirmed_remove(place->files, &place->diags);
}

/* Numbers OLD and before it: the history is full. */
static void make_full(void **state)
{
	struct place *place;

	assert_int_equal(place_setup(state), 0);
	place = *state;
	for (unsigned i = 1; i <= OLD; i++)
		assert_true(confirm(place, i));
	/* the traced one opens the history too */
	state_close(place->files);
	assert_true(place_open(place, true));
}

/* Whole ones, from number `newest` down, each once. */
static void assert_history(struct place *place, unsigned newest)
{
	struct history history = { 0 };

	assert_true(history_list(place->files, place->arena, &place->diags, &history));
	assert_true(history.count >= CONFIRMED_KEPT - 1);
	assert_true(history.count <= CONFIRMED_KEPT);
	for (size_t i = 0; i < history.count; i++) {
		assert_false(history.items[i].damaged);
		assert_string_equal(history.items[i].id.text,
				    id_of(newest - (unsigned)i).text);
	}
}

/* `after`: the number that is confirmed when it was not killed. */
static size_t kill_after_each_call(traced *work, unsigned after)
{
	struct trace *trace = test_malloc(sizeof(*trace));
	bool was_old = false, was_new = false;
	size_t last = 0;

	do {
		void *state;
		struct place *place;
		unsigned number;

		make_full(&state);
		place = state;
		trace_until(work, place, last++, trace);

		number = confirmed_number(place);
		assert_true(number == OLD || number == after);
		assert_false(number == OLD && (was_new || trace->ended));
		was_old |= number == OLD;
		was_new |= number == after;
		assert_history(place, number == OLD ? OLD - 1 : OLD);

		/* the next run, and no trace of the one before */
		assert_true(state_lock(place->files, 0, &place->diags));
		assert_true(confirm(place, NEXT));
		assert_int_equal(confirmed_number(place), NEXT);
		if (number == OLD || !number) {
			struct history history = { 0 };

			assert_true(history_list(place->files, place->arena,
						 &place->diags, &history));
			assert_int_equal(history.count, CONFIRMED_KEPT - 1);
			assert_string_equal(history.items[0].id.text, id_of(OLD).text);
			assert_string_equal(history.items[1].id.text,
					    id_of(OLD - 1).text);
		} else {
			assert_history(place, number);
		}
		assert_int_equal(count_hidden(place->lasting), 0);
		assert_int_equal(count_names(path_of(place, "lib/history")),
				 CONFIRMED_KEPT - 1);
		assert_null(place->diags.first);
		place_teardown(&state);
	} while (!trace->ended);
	assert_true(was_old && was_new);
	test_free(trace);
	return last;
}

static void confirms_or_not(void **state)
{
	(void)state;
	/* it locks, reads, links, writes, syncs twice, renames, removes */
	assert_true(kill_after_each_call(write_confirmed, NEW) > 20);
}

static void removes_or_not(void **state)
{
	(void)state;
	assert_true(kill_after_each_call(remove_confirmed, 0) > 15);
}

/* ---- the pending change ---- */

static bool write_pending(struct place *place)
{
	struct pending pending = pending_of(NEW);

	return state_lock(place->files, 0, &place->diags) &&
	       pending_write(place->files, &pending, &place->diags);
}

static void is_pending_or_not(void **state)
{
	struct place *place = *state;
	struct trace *trace = test_malloc(sizeof(*trace));
	size_t last = 0;

	do {
		struct pending pending = pending_of(OLD), read;

		assert_true(state_lock(place->files, 0, &place->diags));
		assert_true(pending_write(place->files, &pending, &place->diags));
		assert_int_equal(count_hidden(place->run), 0);
		state_unlock(place->files);
		trace_until(write_pending, place, last++, trace);
		assert_int_equal(
			pending_read(place->files, place->arena, &place->diags, &read),
			FOUND);
		assert_true(change_id_equal(&read.id, &pending.id) ||
			    !strcmp(read.id.text, id_of(NEW).text));
		if (trace->ended)
			assert_string_equal(read.id.text, id_of(NEW).text);
	} while (!trace->ended);
	assert_null(place->diags.first);
	assert_true(last > 10);
	test_free(trace);
}

/* ---- the order that outlives a loss of power ---- */

static bool is_rename(long number)
{
	return number == SYS_renameat2 ||
#ifdef SYS_rename
	       number == SYS_rename ||
#endif
#ifdef SYS_renameat
	       number == SYS_renameat ||
#endif
	       false;
}

/* The next call of that number from there on. */
static size_t find_call(const struct trace *trace, size_t from, long number)
{
	while (from < trace->count && trace->items[from].number != number)
		from++;
	return from;
}

/* The file before its new name, the folder after it; links before what replaces. */
static void syncs_in_order(void **state)
{
	struct trace *trace = test_malloc(sizeof(*trace));
	struct place *place;
	int folders[4];
	size_t link, sync_link, write, sync_file, rename, sync_folder;

	make_full(state);
	place = *state;
	trace_until(write_confirmed, place, SIZE_MAX, trace);
	assert_true(trace->ended);
	assert_int_equal(state_descriptors(place->files, folders), 2);

	link = find_call(trace, 0, SYS_linkat);
	sync_link = find_call(trace, link, SYS_fsync);
	write = find_call(trace, sync_link, SYS_writev);
	sync_file = find_call(trace, write, SYS_fsync);
	for (rename = sync_file; rename < trace->count; rename++)
		if (is_rename(trace->items[rename].number))
			break;
	sync_folder = find_call(trace, rename, SYS_fsync);
	assert_true(sync_folder < trace->count);
	assert_int_equal(trace->items[sync_file].first, trace->items[write].first);
	assert_int_equal(trace->items[sync_folder].first, folders[0]);
	assert_int_not_equal(trace->items[sync_link].first, folders[0]);
	for (size_t i = 0; i < trace->count; i++)
		if (trace->items[i].number == SYS_fsync)
			assert_int_equal(trace->items[i].result, 0);
	/* nothing of the history goes before that */
	assert_true(find_call(trace, 0, SYS_unlinkat) > sync_folder);
	test_free(trace);
	place_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confirms_or_not),
		cmocka_unit_test(removes_or_not),
		PLACE_TEST(is_pending_or_not),
		cmocka_unit_test(syncs_in_order),
	};

	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
