/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records: what is written is read, and nothing else is. */
#include "unit/state/place.h"

/* ---- there and back ---- */

static void brings_back_confirmed(void **state)
{
	struct place *place = *state;

	assert_int_equal(confirmed_number(place), 0);
	assert_true(confirm(place, 7));
	assert_int_equal(confirmed_number(place), 7);
	assert_null(place->diags.first);
}

static void brings_back_pending(void **state)
{
	struct place *place = *state;
	struct pending pending = pending_of(0xfeedbeef), read;

	assert_int_equal(pending_read(place->files, place->arena, &place->diags, &read),
			 FOUND_NOTHING);
	assert_true(pending_write(place->files, &pending, &place->diags));
	assert_int_equal(pending_read(place->files, place->arena, &place->diags, &read),
			 FOUND);
	assert_string_equal(read.id.text, "feedbeef");
	assert_int_equal(read.since, pending.since);
	assert_int_equal(read.deadline_ms, pending.deadline_ms);
	assert_string_equal(read.boot_id, pending.boot_id);
	assert_int_equal(read.namespace_device, pending.namespace_device);
	assert_int_equal(read.namespace_inode, pending.namespace_inode);
	assert_int_equal(read.timer, TIMER_SYSTEMD);
	assert_true(blob_equal(read.before, pending.before));
	assert_true(blob_equal(read.after, pending.after));
	assert_true(blob_equal(read.protect, pending.protect));
	assert_true(blob_equal(read.connection, pending.connection));
	assert_true(read.before_ms == UINT64_MAX);

	assert_true(pending_remove(place->files, &place->diags));
	assert_int_equal(pending_read(place->files, place->arena, &place->diags, &read),
			 FOUND_NOTHING);
	assert_true(pending_remove(place->files, &place->diags));
	assert_null(place->diags.first);
}

/* Every byte that a text can have, and no line is broken by one. */
static void brings_back_ended(void **state)
{
	struct place *place = *state;
	char why[256];
	struct ended ended = { .id = id_of(1), .at = INT64_MAX, .why = why }, read;

	for (unsigned i = 0; i < 255; i++)
		why[i] = (char)(unsigned char)(i + 1);
	why[255] = '\0';
	for (ended.ending = ENDING_CONFIRMED; ended.ending <= ENDING_FAILED;
	     ended.ending++) {
		assert_true(ended_write(place->files, &ended, &place->diags));
		assert_int_equal(
			ended_read(place->files, place->arena, &place->diags, &read),
			FOUND);
		assert_string_equal(read.id.text, ended.id.text);
		assert_int_equal(read.ending, ended.ending);
		assert_true(read.at == INT64_MAX);
		assert_string_equal(read.why, why);
	}

	struct blob content = take_file(place, path_of(place, "run/ended"));

	for (size_t i = 0; i < content.length; i++)
		assert_true(content.bytes[i] == '\n' ||
			    (content.bytes[i] >= ' ' && content.bytes[i] <= '~'));
}

static void brings_back_protected(void **state)
{
	struct place *place = *state;
	struct blob lines = blob_of_text("tcp/22@198.51.100.0/24\ntcp/443\n"), read;

	assert_int_equal(
		protected_read(place->files, place->arena, &place->diags, &read),
		FOUND_NOTHING);
	assert_true(protected_write(place->files, lines, &place->diags));
	assert_int_equal(
		protected_read(place->files, place->arena, &place->diags, &read),
		FOUND);
	assert_true(blob_equal(read, lines));

	assert_true(protected_write(place->files, (struct blob){ 0 }, &place->diags));
	assert_int_equal(
		protected_read(place->files, place->arena, &place->diags, &read),
		FOUND_NOTHING);
	assert_null(place->diags.first);
}

/* So that another version reads it too.  The checksum is that of sha256sum. */
static void keeps_its_form(void **state)
{
	static const char form[] =
		"rolewall ended 1\n"
		"id 0a1b2c3d\n"
		"ending rolled-back\n"
		"at 1764000000\n"
		"why nobody confirmed it in time\\x0a\n"
		"sha256 "
		"513cf30941a3b972a9f5986fc167b64d072c207492405b1c81e9037ed14e8763\n"
		"\n";
	struct place *place = *state;
	struct ended ended = {
		.id = { "0a1b2c3d" },
		.ending = ENDING_ROLLED_BACK,
		.at = 1764000000,
		.why = "nobody confirmed it in time\n",
	};

	assert_true(ended_write(place->files, &ended, &place->diags));
	assert_string_equal(take_file(place, path_of(place, "run/ended")).bytes, form);
}

static void takes_a_large_rule_set(void **state)
{
	enum { LARGE = 3 << 20 };
	struct place *place = *state;
	struct confirmed confirmed = confirmed_of(place, 1), read;
	char *bytes = arena_alloc(place->arena, LARGE);

	for (size_t i = 0; i < LARGE; i++)
		bytes[i] = (char)(unsigned char)(i * 7 + (i >> 8));
	confirmed.ruleset = (struct blob){ bytes, LARGE };
	assert_true(confirmed_write(place->files, &confirmed, &place->diags));
	assert_int_equal(
		confirmed_read(place->files, place->arena, &place->diags, &read),
		FOUND);
	assert_true(blob_equal(read.ruleset, confirmed.ruleset));
}

/* Refused before it is looked at: there are no such bytes. */
static void refuses_to_write_what_it_would_not_read(void **state)
{
	struct place *place = *state;
	struct confirmed confirmed = confirmed_of(place, 1);

	confirmed.ruleset.length = ((size_t)256 << 20) - 10;
	assert_false(confirmed_write(place->files, &confirmed, &place->diags));
	assert_true(place_error(place, DIAG_LIMIT, "would be larger than 256 MiB"));
	assert_int_equal(confirmed_number(place), 0);
}

/* ---- damage ---- */

/* What a small record looks like when `content` stands in its file. */
static enum found read_as(struct place *place, struct blob content)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct pending pending = { .since = 77 };
	struct diags diags;

	diags_init(&diags, arena);
	put_file(path_of(place, "run/pending"), content);

	enum found found = pending_read(place->files, arena, &diags, &pending);

	if (found == FOUND)
		return found;
	assert_int_equal(pending.since, 77); /* written on success only */
	assert_int_equal(diags.error_count, 1);
	assert_int_equal(diags.first->code, DIAG_STATE);
	assert_non_null(strstr(diags.first->text, "run/pending\""));
	assert_non_null(diags.first->next); /* what to do */
	return found;
}

static struct blob small_record(struct place *place)
{
	struct pending pending = pending_of(1);

	assert_true(pending_write(place->files, &pending, &place->diags));
	return take_file(place, path_of(place, "run/pending"));
}

static void sees_each_bit_that_turns(void **state)
{
	struct place *place = *state;
	struct blob whole = small_record(place);
	char *bytes = arena_copy(place->arena, whole.bytes, whole.length);

	assert_int_equal(read_as(place, whole), FOUND);
	for (size_t i = 0; i < whole.length; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[i] = (char)(whole.bytes[i] ^ (char)(1u << bit));
			assert_int_equal(
				read_as(place, (struct blob){ bytes, whole.length }),
				FOUND_DAMAGED);
		}
		bytes[i] = whole.bytes[i];
	}
	assert_int_equal(read_as(place, (struct blob){ bytes, whole.length }), FOUND);
}

static void sees_each_cut(void **state)
{
	struct place *place = *state;
	struct blob whole = small_record(place);

	for (size_t length = 0; length < whole.length; length++) {
		struct blob start = { whole.bytes, length };
		struct blob end = { whole.bytes + 1 + length,
				    whole.length - 1 - length };

		assert_int_equal(read_as(place, start), FOUND_DAMAGED);
		assert_int_equal(read_as(place, end), FOUND_DAMAGED);
	}
}

/* A byte more, or one less, anywhere. */
static void sees_each_byte_that_moves(void **state)
{
	static const char more[] = { ' ', '\n', '0', '\0' };
	struct place *place = *state;
	struct blob whole = small_record(place);
	char *bytes = arena_alloc(place->arena, whole.length + 1);

	for (size_t i = 0; i <= whole.length; i++) {
		memcpy(bytes, whole.bytes, i);
		memcpy(bytes + i + 1, whole.bytes + i, whole.length - i);
		for (size_t k = 0; k < sizeof(more); k++) {
			bytes[i] = more[k];
			assert_int_equal(
				read_as(place,
					(struct blob){ bytes, whole.length + 1 }),
				FOUND_DAMAGED);
		}
		if (i == whole.length)
			continue;
		memcpy(bytes + i, whole.bytes + i + 1, whole.length - i - 1);
		assert_int_equal(
			read_as(place, (struct blob){ bytes, whole.length - 1 }),
			FOUND_DAMAGED);
	}
}

/*
 * With a checksum that fits: who can make one could make a good record too, but a
 * mistake of ours must not pass either.
 */
/* clang-format off */
static struct form_case {
	const char *name, *text, *said;
} form_cases[] = {
	{ "a good one",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 6cc622f39b0fa58aa39ad67544c3bd37cd6d01b9212b530f3a9d409628391c40\n\n",
	  NULL },
	{ "a newer form",
	  "rolewall ended 2\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 5e1b7e7282a18e862622d38c18eb5944e3a0dd15c80b1979e15665402cd405f0\n\n",
	  "was written by a newer rolewall: its form is 2, this one reads 1" },
	{ "no form",
	  "rolewall ended 0\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 96d00a8d5c00c5e13a48be38ebf3b18570c6af30a6e2c070ab5f79741a7054ca\n\n",
	  "line 1 is not as" },
	{ "another program",
	  "rolewell ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 13c5cd19a464a88fa6142eb8e1a0885d7dac4663e30a5a15b07fa76ab7e92399\n\n",
	  "line 1 is not as" },
	{ "a number with a zero before it",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 01764000000\n"
	  "why text\n"
	  "sha256 c55354191bdb5a380b366e9caa7a631cca04635a43bd93a6a82af50024953be2\n\n",
	  "line 4 is not as" },
	{ "a number with a sign",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at +1764000000\n"
	  "why text\n"
	  "sha256 67226ffa5e3b27911cd5c27efdb20bcb46c8c1ae909704f134a0eca3ed2481b5\n\n",
	  "line 4 is not as" },
	{ "a number below zero",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at -1\n"
	  "why text\n"
	  "sha256 dae600bdbf6962092d908b64418e7c58bed1ad729048de02287e58c5713646be\n\n",
	  "line 4 is not as" },
	{ "a number that is too large",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 9223372036854775808\n"
	  "why text\n"
	  "sha256 2342c6ca60d84e47321fd86f8d1f7dba4bed87bcd865cecdbe1e620aba54e304\n\n",
	  "line 4 is not as" },
	{ "an id in capitals",
	  "rolewall ended 1\n"
	  "id 0A1B2C3D\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 dfcd44f456d5f82754f12bb0df3a8e8dfd665b3be063140fb6fe04a866d66762\n\n",
	  "line 2 is not as" },
	{ "an id that is too short",
	  "rolewall ended 1\n"
	  "id 0a1b2c3\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 0e27ff81171cf18b756eae7e056925d2a78c7e74733759021fbe8f321d878c13\n\n",
	  "line 2 is not as" },
	{ "an ending nobody knows",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 f81798ccb36607be15c2b9bbe6d24a24208439656da7f75b9a7bf9aac18f767b\n\n",
	  "line 3 is not as" },
	{ "lines that changed places",
	  "rolewall ended 1\n"
	  "ending rolled-back\n"
	  "id 0a1b2c3d\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 53247bb7a83412036087bb48467d5cd63511524906b4e7f30e8081236118a5cb\n\n",
	  "line 2 is not as" },
	{ "a line twice",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 bdf04e8cf565062b50e200eaa26f4b01520ad164ba3d3ed512a335538ec1d5a9\n\n",
	  "line 3 is not as" },
	{ "a line too many",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "more yes\n"
	  "sha256 faf763a8f50926941fa8d42fa80b0313fdfb2e369479b466c70d4e5eaaee9509\n\n",
	  "line 6 is not as" },
	{ "a line too few",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "sha256 e39b3a21d1dc475b3a8966adbb422af5f93eb70c0a2157dd3f4b6f8adbca5735\n\n",
	  "line 5 is not as" },
	{ "a word without value",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why\n"
	  "sha256 3e5c3bded4bedb0fc3d15325dafb5879e7488c22b6d5ad276df7261f1e34164f\n\n",
	  "line 5 is not as" },
	{ "an escape that needs none",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why \\x41\n"
	  "sha256 d683018dc94e15f0b330d10a387014d52c2e1fde9f462ccbb4447d3864495d87\n\n",
	  "line 5 is not as" },
	{ "an escape in capitals",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why \\x0A\n"
	  "sha256 85b7bac4751ae7db3b50dfd4341deff71b4d1bc5c59cc10c6502d18a095cdf57\n\n",
	  "line 5 is not as" },
	{ "an escape that is cut",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why \\x0\n"
	  "sha256 40f06024fcf89e974c5d85c3378ede6346161442f62ae04f69fdc56ce189e720\n\n",
	  "line 5 is not as" },
	{ "an escaped NUL",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why \\x00\n"
	  "sha256 f7d0e620bb787cfac5a2476a0269ed036115698677482bfbef609bb44b5be039\n\n",
	  "line 5 is not as" },
	{ "a tab as it is",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why a\tb\n"
	  "sha256 5e6866adb7d41ef6fe4c42429e05cd4de50df904dc8318c631ece82936f005fa\n\n",
	  "line 5 is not as" },
	{ "an empty text",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why \n"
	  "sha256 bd66a3dceb60272b5dd8f4784f76976866ec185125b52884577ae08c17ee0a05\n\n",
	  NULL },
	{ "no empty line",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 18fb15764cd2c382304817b794f3dd1db5440a9b0ce4047d4311d6bff0f0645e\nx",
	  "it is shorter or longer than" },
	{ "bytes after the end",
	  "rolewall ended 1\n"
	  "id 0a1b2c3d\n"
	  "ending rolled-back\n"
	  "at 1764000000\n"
	  "why text\n"
	  "sha256 ef9a9a67c5b65d6b2d0bb621a0012f76320c1e40baaaba172c2eba4a915398ec\n\nx",
	  "it is shorter or longer than" },
};

/* clang-format on */

static void reads_form(void **state)
{
	const struct form_case *c = *state;
	struct place *place;
	struct ended ended;

	assert_int_equal(place_setup(state), 0);
	place = *state;
	put_file(path_of(place, "run/ended"), blob_of_text(c->text));
	assert_int_equal(ended_read(place->files, place->arena, &place->diags, &ended),
			 c->said ? FOUND_DAMAGED : FOUND);
	if (c->said)
		assert_true(place_error(place, DIAG_STATE, c->said));
	place_teardown(state);
}

static void refuses_another_kind(void **state)
{
	struct place *place = *state;
	struct ended ended;

	put_file(path_of(place, "run/ended"), small_record(place));
	assert_int_equal(ended_read(place->files, place->arena, &place->diags, &ended),
			 FOUND_DAMAGED);
	assert_true(place_error(place, DIAG_STATE, "line 1 is not as it was written"));
}

int main(void)
{
	struct CMUnitTest tests[11 + COUNT_OF(form_cases)] = {
		PLACE_TEST(brings_back_confirmed),
		PLACE_TEST(brings_back_pending),
		PLACE_TEST(brings_back_ended),
		PLACE_TEST(brings_back_protected),
		PLACE_TEST(keeps_its_form),
		PLACE_TEST(takes_a_large_rule_set),
		PLACE_TEST(refuses_to_write_what_it_would_not_read),
		PLACE_TEST(sees_each_bit_that_turns),
		PLACE_TEST(sees_each_cut),
		PLACE_TEST(sees_each_byte_that_moves),
		PLACE_TEST(refuses_another_kind),
	};

	for (size_t i = 0; i < COUNT_OF(form_cases); i++)
		tests[11 + i] = (struct CMUnitTest){
			.name = form_cases[i].name,
			.test_func = reads_form,
			.initial_state = &form_cases[i],
		};
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
