/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The straight line: site text to site, site to rule set, rule set and kernel to plan,
 * plan to kernel.  Every function here is a few calls into the layers.
 */
#include <string.h>

#include "compile/compile.h"
#include "compile/expect.h"
#include "emit/emit.h"
#include "matrix/matrix.h"
#include "proof/proof.h"

#include "library/handle.h"

enum { EFFECT_LINES = 12 }; /* of what opens, and of what closes */

#define SYSTEM_PROFILES "/etc/rolewall/profiles"

const char *rolewall_version(void)
{
	return ROLEWALL_VERSION;
}

/* ---- sites ---- */

/* The caller's folders, the system's own, the shipped ones: the first match wins. */
static struct site_options load_options(struct arena *arena,
					const struct rolewall_site_options *options)
{
	const char **folders =
		arena_array(arena, options->folder_count + 2, sizeof(*folders));
	const char *share =
		options->share_folder ? options->share_folder : ROLEWALL_SHARE_FOLDER;
	size_t count = 0;

	for (size_t i = 0; i < options->folder_count; i++)
		folders[count++] = options->folders[i];
	folders[count++] = SYSTEM_PROFILES;
	folders[count++] = arena_format(arena, "%s/profiles", share);
	return (struct site_options){ .profile_folders = folders,
				      .profile_folder_count = count,
				      .stdin_name = options->stdin_name,
				      .notes = options->notes,
				      .today = machine_today() };
}

int rolewall_site_open(const char *path, const struct rolewall_site_options *options,
		       struct rolewall_messages *messages, struct rolewall_site **site)
{
	struct rolewall_site_options all = { 0 };
	struct arena *arena = arena_new();
	struct rolewall_site *opened = arena_alloc(arena, sizeof(*opened));

	if (options)
		copy_options(&all, sizeof(all), options, options->size);

	struct site_options load = load_options(arena, &all);

	opened->arena = arena;
	opened->users = 1;
	messages_keep_site(messages, opened);
	opened->site = site_load(arena, path, &load, &messages->diags);
	if (opened->site) {
		*site = opened;
		return ROLEWALL_OK;
	}
	rolewall_site_free(opened);
	return failure(messages);
}

void rolewall_site_free(struct rolewall_site *site)
{
	if (site && --site->users == 0)
		arena_free(site->arena);
}

bool rolewall_site_is_profile(const struct rolewall_site *site)
{
	return site->site->is_profile;
}

static const struct actor *host_at(const struct site *site, size_t index)
{
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (actor->kind == ACTOR_HOST && index-- == 0)
			return actor;
	}
	return NULL;
}

const char *rolewall_site_host(const struct rolewall_site *site, size_t index)
{
	const struct actor *host = host_at(site->site, index);

	return host ? host->name.text : NULL;
}

/* This machine's entry: by its name, and only if that fails by its addresses. */
static const struct actor *host_of_machine(const struct site *site, struct arena *arena,
					   struct diags *diags)
{
	const char *name = machine_name(arena);
	struct ranges addresses[FAMILY_COUNT] = { ranges_empty(FAMILY_IP4),
						  ranges_empty(FAMILY_IP6) };
	struct diags tried;

	diags_init(&tried, arena);

	const struct actor *host = site_host(site, NULL, name, addresses, &tried);

	if (host)
		return host;
	machine_addresses(arena, addresses);
	return site_host(site, NULL, name, addresses, diags);
}

const struct actor *find_host(struct rolewall_site *opened, const char *name,
			      struct rolewall_messages *messages)
{
	const struct site *site = opened->site;
	struct diags *diags = &messages->diags;

	messages_keep_site(messages, opened);
	if (site->is_profile) {
		diag_error(diags, DIAG_HOST, (struct span){ .source = site->source },
			   "\"%s\" is a profile: it has no hosts to compile for",
			   site->name.text);
		return NULL;
	}
	return name ? site_host(site, name, NULL, NULL, diags)
		    : host_of_machine(site, messages->arena, diags);
}

int rolewall_site_find_host(struct rolewall_site *site, const char *name,
			    struct rolewall_messages *messages, const char **host)
{
	const struct actor *actor = find_host(site, name, messages);

	if (!actor)
		return failure(messages);
	*host = actor->name.text;
	return ROLEWALL_OK;
}

/* clang-format off */
static const struct {
	const char *name;
	enum matrix_format format;
} matrix_formats[] = {
	{ "text",     MATRIX_TEXT },
	{ "markdown", MATRIX_MARKDOWN },
	{ "csv",      MATRIX_CSV },
	{ "json",     MATRIX_JSON },
	{ "json",     MATRIX_JSON },
};

/* clang-format on */

static int format_unknown(struct rolewall_messages *messages, const char *format)
{
	diag_error(&messages->diags, DIAG_USAGE, (struct span){ 0 },
		   "unknown format \"%s\"", format);
	return ROLEWALL_USAGE;
}

int rolewall_site_matrix(struct rolewall_site *site, const char *host,
			 const char *format, bool color,
			 struct rolewall_messages *messages, struct rolewall_text *text)
{
	const struct actor *actor = NULL;
	struct buffer out AUTO_BUFFER = { 0 };

	if (host && !(actor = find_host(site, host, messages)))
		return failure(messages);
	for (size_t i = 0; i < COUNT_OF(matrix_formats); i++) {
		if (strcmp(format, matrix_formats[i].name) != 0)
			continue;
		matrix_print(matrix_make(site->arena, site->site, actor),
			     matrix_formats[i].format, color, &out);
		text_give(&out, text);
		return ROLEWALL_OK;
	}
	return format_unknown(messages, format);
}

/* ---- rule sets ---- */

struct rolewall_ruleset *ruleset_new(struct arena *arena, struct rolewall_site *site,
				     const struct ruleset *content)
{
	struct rolewall_ruleset *ruleset = arena_alloc(arena, sizeof(*ruleset));

	*ruleset = (struct rolewall_ruleset){ .arena = arena,
					      .site = site,
					      .ruleset = content };
	if (site)
		site->users++;
	return ruleset;
}

static bool expectations_hold(struct rolewall_site *site,
			      struct rolewall_messages *messages)
{
	if (!site->expectations_hold &&
	    (site->told != messages || !messages->diags.error_count)) {
		site->told = messages;
		site->expectations_hold =
			expectations_check(site->site, &messages->diags);
	}
	return site->expectations_hold;
}

/* The rules are held against the site that they were made of, always. */
static bool is_proven(struct rolewall_site *site, const struct actor *host,
		      const struct ruleset *compiled,
		      struct rolewall_messages *messages)
{
	if (!site->readings)
		site->readings = readings_new(site->arena, site->site);
	return proof_holds(site->readings, host, compiled, &messages->diags);
}

int rolewall_compile(struct rolewall_site *site, const char *host,
		     struct rolewall_messages *messages,
		     struct rolewall_ruleset **ruleset)
{
	const struct actor *actor = find_host(site, host, messages);

	if (!actor)
		return failure(messages);

	struct arena *arena = arena_new();
	const struct ruleset *compiled =
		compile_host(arena, site->site, actor, &messages->diags);

	if (!compiled || !is_proven(site, actor, compiled, messages) ||
	    !expectations_hold(site, messages)) {
		arena_free(arena);
		return failure(messages);
	}
	*ruleset = ruleset_new(arena, site, compiled);
	return ROLEWALL_OK;
}

struct rolewall_ruleset *rolewall_ruleset_none(void)
{
	struct arena *arena = arena_new();
	struct ruleset *none = arena_alloc(arena, sizeof(*none));

	ruleset_normalize(arena, none);
	return ruleset_new(arena, NULL, none);
}

int rolewall_ruleset_open(const char *path, struct rolewall_messages *messages,
			  struct rolewall_ruleset **ruleset)
{
	struct arena *arena = arena_new();
	const struct ruleset *saved = saved_read(arena, path, &messages->diags);

	if (!saved) {
		arena_free(arena);
		return ROLEWALL_FAILED;
	}
	*ruleset = ruleset_new(arena, NULL, saved);
	return ROLEWALL_OK;
}

void rolewall_ruleset_free(struct rolewall_ruleset *ruleset)
{
	if (!ruleset)
		return;
	rolewall_site_free(ruleset->site);
	arena_free(ruleset->arena);
}

static int append_json(const char *bytes, size_t length, void *out)
{
	buffer_add(out, bytes, length);
	return 0;
}

static void print_json(const struct ruleset *ruleset, struct buffer *out)
{
	json_t *json = emit_json(ruleset);

	if (json_dump_callback(json, append_json, out, JSON_INDENT(2)) != 0)
		out_of_memory();
	json_decref(json);
	buffer_char(out, '\n');
}

/* clang-format off */
static const struct {
	const char *name;
	void (*print)(const struct ruleset *ruleset, struct buffer *out);
} ruleset_formats[] = {
	{ "nft",   emit_script },
	{ "json",  print_json },
	{ "saved", saved_write },
};

/* clang-format on */

static int not_expressible(struct rolewall_messages *messages)
{
	diag_error(&messages->diags, DIAG_UNSUPPORTED, (struct span){ 0 },
		   "the rule set holds parts that are not rolewall's and that nft's "
		   "words cannot say");
	return ROLEWALL_FAILED;
}

int rolewall_ruleset_print(const struct rolewall_ruleset *ruleset, const char *format,
			   struct rolewall_messages *messages,
			   struct rolewall_text *text)
{
	struct buffer out AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < COUNT_OF(ruleset_formats); i++) {
		if (strcmp(format, ruleset_formats[i].name) != 0)
			continue;
		if (!emit_is_expressible(ruleset->ruleset))
			return not_expressible(messages);
		ruleset_formats[i].print(ruleset->ruleset, &out);
		text_give(&out, text);
		return ROLEWALL_OK;
	}
	return format_unknown(messages, format);
}

/* ---- plans ---- */

int rolewall_plan_make(const struct rolewall_ruleset *live,
		       const struct rolewall_ruleset *desired,
		       struct rolewall_plan **plan)
{
	struct arena *arena = arena_new();
	struct rolewall_plan *made = arena_alloc(arena, sizeof(*made));

	*made = (struct rolewall_plan){
		.arena = arena,
		.plan = plan_make(arena, live->ruleset, desired->ruleset),
		.site = desired->site,
		.effects = arena_alloc(arena, sizeof(*made->effects)),
	};
	*plan = made;
	return ROLEWALL_OK;
}

void rolewall_plan_free(struct rolewall_plan *plan)
{
	if (plan)
		arena_free(plan->arena);
}

bool rolewall_plan_is_empty(const struct rolewall_plan *plan)
{
	return plan_is_empty(plan->plan);
}

void rolewall_plan_print(const struct rolewall_plan *plan,
			 const struct rolewall_plan_options *options,
			 struct rolewall_text *text)
{
	struct rolewall_plan_options all = { 0 };
	struct buffer out AUTO_BUFFER = { 0 };

	if (options)
		copy_options(&all, sizeof(all), options, options->size);
	plan_print(plan->plan,
		   &(struct plan_print_options){ .color = all.color,
						 .host = all.host,
						 .against = all.against },
		   &out);
	if (all.effects)
		effects_print(plan_effects(plan), EFFECT_LINES, &out);
	text_give(&out, text);
}

void rolewall_plan_summary(const struct rolewall_plan *plan, struct rolewall_text *text)
{
	struct buffer out AUTO_BUFFER = { 0 };

	plan_print_summary(plan->plan, &out);
	text_give(&out, text);
}
