/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole sites: the order of reading and of messages, includes, profiles, the digest. */
#include "site/load.h"
#include "unit/site/loading.h"

/* ---- the order of messages ---- */

struct place {
	char source; /* 'a', 'b', or ' ' for nowhere */
	uint32_t line, column;
	enum severity severity;
	const char *text;
};

/* clang-format off */
static const struct place found[] = {
	{ 'b', 1, 1, SEVERITY_ERROR,   "b1" },
	{ 'a', 9, 1, SEVERITY_ERROR,   "a9" },
	{ 'b', 7, 1, SEVERITY_NOTE,    "a9 note" },
	{ ' ', 0, 0, SEVERITY_NOTE,    "a9 other note" },
	{ 'a', 2, 8, SEVERITY_WARNING, "a2:8" },
	{ 'a', 2, 3, SEVERITY_ERROR,   "a2:3 first" },
	{ 'a', 2, 3, SEVERITY_ERROR,   "a2:3 second" },
	{ 'a', 1, 1, SEVERITY_NOTE,    "a2:3 second note" },
	{ ' ', 0, 0, SEVERITY_ERROR,   "nowhere" },
	{ 'a', 0, 0, SEVERITY_ERROR,   "a" },
};
/* clang-format on */

static const char *const ordered[] = {
	"before",      "nowhere",          "a",    "a2:3 first",
	"a2:3 second", "a2:3 second note", "a2:8", "a9",
	"a9 note",     "a9 other note",    "b1",   "behind",
};

static void say(struct diags *diags, const struct place *place, struct span span)
{
	if (place->severity == SEVERITY_NOTE)
		diag_note(diags, span, "%s", place->text);
	else if (place->severity == SEVERITY_WARNING)
		diag_warning(diags, DIAG_VALUE, span, "%s", place->text);
	else
		diag_error(diags, DIAG_VALUE, span, "%s", place->text);
}

static void orders_messages(void **state)
{
	struct diags *diags = &trial.diags;
	struct loader loader = { .arena = trial.arena, .diags = diags };
	const struct source *sources[] = { source_new(trial.arena, "a", "", 0),
					   source_new(trial.arena, "b", "", 0) };
	struct diag **first;
	const struct diag *diag;
	size_t i = 0;

	(void)state;
	for (size_t k = 0; k < COUNT_OF(sources); k++)
		LIST_PUSH(trial.arena, &loader.inputs.sources, sources[k]);
	diag_error(diags, DIAG_VALUE, (struct span){ .source = sources[1], .line = 9 },
		   "before");
	first = diags->tail;
	for (size_t k = 0; k < COUNT_OF(found); k++) {
		struct span span = { .line = found[k].line, .column = found[k].column };

		if (found[k].source != ' ')
			span.source = sources[found[k].source - 'a'];
		say(diags, &found[k], span);
	}
	diags_order(&loader, first);
	diag_error(diags, DIAG_VALUE, (struct span){ 0 }, "behind");
	for (diag = diags->first; diag; diag = diag->next, i++) {
		assert_true(i < COUNT_OF(ordered));
		assert_string_equal(diag->text, ordered[i]);
	}
	assert_int_equal(i, COUNT_OF(ordered));
}

static void orders_no_messages(void **state)
{
	struct loader loader = { .arena = trial.arena, .diags = &trial.diags };

	(void)state;
	diags_order(&loader, trial.diags.tail);
	assert_null(trial.diags.first);
	diag_error(&trial.diags, DIAG_VALUE, (struct span){ 0 }, "x");
	assert_string_equal(trial.diags.first->text, "x");
}

/* `parts` follow each other in what was said. */
static void assert_order(const char *const *parts, size_t count)
{
	const char *at = trial.said;

	for (size_t i = 0; i < count; i++) {
		const char *next = strstr(at, parts[i]);

		if (!next)
			fail_msg("expected next: %s\nsaid: %s", parts[i], trial.said);
		at = next + 1;
	}
}

/* Found in stages, told in the order of the text; files in the order of reading. */
static void tells_in_order_of_text(void **state)
{
	static const char *const parts[] = {
		"/site.cfg:2:12: error: \"A\" is not a name",
		"/site.cfg:3:51: warning: \"except\" takes nothing away",
		"/site.cfg:4:27: error: no role is called \"y\"",
		"/site.cfg:4:46: error: \"x\" is a name",
		"/site.cfg:5:1: error: unknown key \"polcy\"",
		"did you mean \"policy\"?",
		"/p.cfg:2:1: error: unknown key \"rolls\"",
		"/list.txt:1:1: error: \"z\" is a name",
		"/site.cfg:2:24: note: the file is named here",
	};

	(void)state;
	trial_write("p.cfg", "profile = { name = \"p\"; };\nrolls = ( );\n");
	trial_write("list.txt", "z\n");
	assert_errors("site = \"s\"; use = \"p\"; peers = (\n"
		      "  { name = \"A\"; file = \"list.txt\"; },\n"
		      "  { name = \"c\"; addresses = \"192.0.2.1\"; except = "
		      "\"192.0.2.2\"; },\n"
		      "  { name = \"d\"; roles = [ \"y\" ]; addresses = \"x\"; } );\n"
		      "polcy = { };\n",
		      6);
	assert_order(parts, COUNT_OF(parts));
}

/* ---- what is read ---- */

static void reads_site_with_profiles(void **state)
{
	(void)state;
	trial_write("base.cfg", "profile = { name = \"base\"; title = \"B\"; };\n"
				"roles = ( { name = \"one\"; title = \"O\"; } );\n");
	trial_write("more.cfg",
		    "profile = { name = \"more\"; };\nuse = \"base\";\n"
		    "roles = ( { name = \"two\"; }, { name = \"one\"; } );\n");
	assert_loads("site = \"plant\";\nuse = [ \"more\", \"base\" ];\n"
		     "roles = ( { name = \"three\"; } );\n"
		     "policy = { inbound = \"reject\"; };\n");
	assert_string_equal(trial.site->name.text, "plant");
	assert_string_equal(trial.site->source->name, trial_path("site.cfg"));
	assert_false(trial.site->is_profile);
	assert_int_equal(trial.site->policy.inbound, POLICY_REJECT);
	/* used ones first, each once */
	assert_int_equal(trial.site->profiles.count, 2);
	assert_string_equal(trial.site->profiles.items[0]->name.text, "base");
	assert_string_equal(trial.site->profiles.items[1]->name.text, "more");
	/* the same name is the same role */
	assert_int_equal(trial.site->roles.count, 3);
	assert_ptr_equal(trial.site->roles.items[0]->profile,
			 trial.site->profiles.items[0]);
	assert_null(trial.site->roles.items[2]->profile);
}

static void reads_profile_by_itself(void **state)
{
	(void)state;
	trial_write("base.cfg", "profile = { name = \"base\"; };\n"
				"roles = ( { name = \"one\"; } );\n");
	trial_write("more.cfg", "profile = { name = \"more\"; };\nuse = \"base\";\n"
				"flows = ( { id = \"f\"; from = \"one\"; to = \"any\"; "
				"tcp = 22; } );\n");
	assert_non_null(trial_load_file("more.cfg"));
	assert_true(trial.site->is_profile);
	assert_string_equal(trial.site->name.text, "more");
	assert_int_equal(trial.site->profiles.count, 2);
	assert_string_equal(trial.site->profiles.items[1]->name.text, "more");
	assert_int_equal(trial.site->actors.count, 0);
	assert_int_equal(trial.site->flows.count, 1);
	assert_string_equal(trial.site->flows.items[0]->id, "more.f");
}

/* clang-format off */
static struct shipped {
	const char *path;
	size_t actor_count, profile_count;
} shipped[] = {
	{ "profiles/defender-iot.cfg",       0,  1 },
	{ "profiles/defender-iot-field.cfg", 0,  2 },
	{ "examples/minimal.cfg",            3,  1 },
	{ "examples/plant.cfg",              16, 2 },
};

/* clang-format on */

static void loads_what_is_shipped(void **state)
{
	const struct shipped *c = *state;
	const char *folder = ROLEWALL_SOURCE_FOLDER "/profiles";
	struct site_options options = { .profile_folders = &folder,
					.profile_folder_count = 1,
					.today = TRIAL_TODAY };
	const char *path =
		arena_format(trial.arena, "%s/%s", ROLEWALL_SOURCE_FOLDER, c->path);
	const struct site *site = site_load(trial.arena, path, &options, &trial.diags);

	assert_non_null(site);
	assert_int_equal(site->actors.count, c->actor_count);
	assert_int_equal(site->profiles.count, c->profile_count);
}

/* ---- files that are missing or not what they should be ---- */

static void refuses_missing_site(void **state)
{
	(void)state;
	assert_null(trial_load_file("no.cfg"));
	assert_int_equal(trial.diags.error_count, 1);
	assert_int_equal(trial.diags.first->code, DIAG_FILE);
	assert_said("no.cfg\": no such file");
}

static void refuses_missing_profile(void **state)
{
	(void)state;
	trial_write("sensors.cfg", "profile = { name = \"sensors\"; };\n");
	/* what the profile may declare is not asked for as well */
	assert_errors(
		"site = \"s\";\nuse = \"sensor\";\n"
		"hosts = ( { name = \"h\"; roles = \"x\"; addresses = "
		"\"192.0.2.1\"; } );\n"
		"flows = ( { id = \"f\"; from = \"y\"; to = \"z\"; tcp = 22; } );\n",
		1);
	assert_said("/site.cfg:2:7: error: no profile is called \"sensor\"");
	assert_said("did you mean \"sensors\"?");
}

static void refuses_site_as_profile(void **state)
{
	(void)state;
	trial_write("p.cfg", "site = \"p\";\n");
	assert_errors("site = \"s\";\nuse = \"p\";\n", 1);
	assert_said("/site.cfg:2:7: error: \"p\" is a site, not a profile");
}

/* Errors that were there before are not the site's. */
static void counts_its_own_errors(void **state)
{
	const char *folder = trial.folder;
	struct site_options options = { .profile_folders = &folder,
					.profile_folder_count = 1 };

	(void)state;
	trial_write("site.cfg", "site = \"s\";\n");
	diag_error(&trial.diags, DIAG_USAGE, (struct span){ 0 }, "before");
	assert_non_null(
		site_load(trial.arena, trial_path("site.cfg"), &options, &trial.diags));
	assert_int_equal(trial.diags.error_count, 1);
}

/* ---- includes ---- */

static void reads_included_parts(void **state)
{
	(void)state;
	trial_write("hosts.cfg", "hosts = (\n@include \"one.cfg\"\n);\n");
	trial_write("one.cfg", "{ name = \"a\"; addresses = \"192.0.2.1\"; }\n");
	assert_loads("site = \"s\";\n@include \"hosts.cfg\"\n");
	assert_string_equal(trial_addresses("a"), "192.0.2.1");
}

static void tells_place_in_included_file(void **state)
{
	static const char *const parts[] = {
		"/site.cfg:3:1: error: unknown key \"x\"",
		"/hosts.cfg:2:27: error: \"z\" is a name",
		"/site.cfg:2: note: included from here",
	};

	(void)state;
	trial_write("hosts.cfg",
		    "hosts = (\n{ name = \"a\"; addresses = \"z\"; } );\n");
	assert_errors("site = \"s\";\n@include \"hosts.cfg\"\nx = 1;\n", 2);
	assert_order(parts, COUNT_OF(parts));
}

/* clang-format off */
static struct bad_include {
	const char *name, *text, *said;
} bad_includes[] = {
	{ "missing",   "site = \"s\";\n@include \"no.cfg\"\n",      "/site.cfg:2:10: error: cannot read" },
	{ "itself",    "site = \"s\";\n@include \"site.cfg\"\n",    "site.cfg\" includes itself" },
	{ "absolute",  "site = \"s\";\n@include \"/etc/passwd\"\n", "/site.cfg:2:10: error: expected a file below" },
	{ "above",     "site = \"s\";\n@include \"../x.cfg\"\n",    "/site.cfg:2:10: error: expected a file below" },
	{ "not closed", "site = \"s\";\n@include \"x.cfg\n",        "is not closed" },
	{ "in circles", "site = \"s\";\n@include \"loop.cfg\"\n",   "loop.cfg\" includes itself" },
};

/* clang-format on */

static void refuses_include(void **state)
{
	const struct bad_include *c = *state;

	trial_write("loop.cfg", "@include \"loop.cfg\"\n");
	assert_null(trial_load(c->text));
	assert_said(c->said);
}

static void refuses_deep_includes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++)
		trial_write(arena_format(trial.arena, "%u.cfg", i),
			    arena_format(trial.arena, "@include \"%u.cfg\"\n", i + 1));
	assert_null(trial_load("site = \"s\";\n@include \"0.cfg\"\n"));
	assert_said("/7.cfg:1:10: error: files include each other more than 8 deep");
}

/* ---- the digest ---- */

struct digest {
	uint8_t bytes[32];
};

static struct digest digest_of(const char *text)
{
	struct digest digest;

	assert_loads(text);
	memcpy(digest.bytes, trial.site->digest, sizeof(digest.bytes));
	return digest;
}

static bool same(struct digest a, struct digest b)
{
	return !memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

/* Every byte of every file that is read counts, and nothing else. */
static void digest_covers_all_inputs(void **state)
{
	static const char text[] = "site = \"s\";\nuse = \"p\";\n@include \"i.cfg\"\n"
				   "peers = ( { name = \"x\"; file = \"d.txt\"; } );\n";
	static const char *const names[] = { "p.cfg", "i.cfg", "d.txt" };
	struct digest first, again;

	(void)state;
	trial_write("p.cfg", "profile = { name = \"p\"; };\n");
	trial_write("i.cfg", "roles = ( { name = \"r\"; } );\n");
	trial_write("d.txt", "192.0.2.1\n");
	trial_write("other.txt", "192.0.2.1\n");
	first = digest_of(text);
	trial_write("other.txt", "changed\n");
	again = digest_of(text);
	assert_true(same(first, again));
	assert_false(same(first, digest_of(arena_format(trial.arena, "%s\n", text))));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		FILE *file = fopen(trial_path(names[i]), "a");

		assert_non_null(file);
		assert_int_equal(fputs("# one comment more\n", file) < 0, 0);
		assert_int_equal(fclose(file), 0);
		again = digest_of(text);
		assert_false(same(first, again));
		first = again;
	}
}

/* ---- all of it ---- */

#define TEST(function) cmocka_unit_test_setup_teardown(function, trial_begin, trial_end)

static int run_shipped(void)
{
	struct CMUnitTest tests[COUNT_OF(shipped)];

	for (size_t i = 0; i < COUNT_OF(tests); i++)
		tests[i] = (struct CMUnitTest){ .name = shipped[i].path,
						.test_func = loads_what_is_shipped,
						.setup_func = trial_begin,
						.teardown_func = trial_end,
						.initial_state = &shipped[i] };
	return cmocka_run_group_tests_name("shipped", tests, NULL, NULL);
}

static int run_includes(void)
{
	struct CMUnitTest tests[COUNT_OF(bad_includes)];

	for (size_t i = 0; i < COUNT_OF(tests); i++)
		tests[i] = (struct CMUnitTest){ .name = bad_includes[i].name,
						.test_func = refuses_include,
						.setup_func = trial_begin,
						.teardown_func = trial_end,
						.initial_state = &bad_includes[i] };
	return cmocka_run_group_tests_name("includes", tests, NULL, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(orders_messages),
		TEST(orders_no_messages),
		TEST(tells_in_order_of_text),
		TEST(reads_site_with_profiles),
		TEST(reads_profile_by_itself),
		TEST(refuses_missing_site),
		TEST(refuses_missing_profile),
		TEST(refuses_site_as_profile),
		TEST(counts_its_own_errors),
		TEST(reads_included_parts),
		TEST(tells_place_in_included_file),
		TEST(refuses_deep_includes),
		TEST(digest_covers_all_inputs),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL) + run_shipped() +
	       run_includes();
}
