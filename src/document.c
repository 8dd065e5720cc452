/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one JSON document of a verb, for success and failure alike: keys of rolewall(8).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emit/emit.h"
#include "matrix/matrix.h"

#include "handle.h"

enum { DIGEST_BYTES = 32 };

static void set(json_t *document, const char *key, json_t *value)
{
	json_object_set_new(document, key, value);
}

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

static json_t *digest_or_null(const uint8_t *digest)
{
	char hex[2 * DIGEST_BYTES + 1];

	if (!digest)
		return json_null();
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	return json_stringn(hex, 2 * DIGEST_BYTES);
}

/* ---- check and matrix ---- */

static void add_site(json_t *document, const struct rolewall_result *result)
{
	const struct site *site = result->site->site;
	json_t *hosts = json_array();
	const char *host;

	for (size_t i = 0; (host = rolewall_site_host(result->site, i)); i++)
		json_array_append_new(hosts, json_text(host));
	set(document, "site", json_text(site->name.text));
	set(document, "site_sha256", digest_or_null(site->digest));
	set(document, "profile", json_boolean(site->is_profile));
	set(document, "hosts", hosts);
}

static void add_matrix(json_t *document, const struct rolewall_result *result)
{
	struct arena *arena = arena_new();
	const struct site *site = result->site->site;
	const struct actor *host = NULL;

	for (size_t i = 0; result->host && i < site->actors.count; i++)
		if (strcmp(site->actors.items[i]->name.text, result->host) == 0)
			host = site->actors.items[i];

	json_t *matrix = matrix_json(matrix_make(arena, site, host));

	json_object_update_missing(document, matrix);
	json_decref(matrix);
	arena_free(arena);
}

/* ---- compile ---- */

static int append_text(const char *bytes, size_t length, void *out)
{
	buffer_add(out, bytes, length);
	return 0;
}

static void add_outputs(json_t *document, const struct rolewall_result *result)
{
	json_t *files = json_array();

	for (size_t i = 0; i < result->output_count; i++) {
		const struct rolewall_output *output = &result->outputs[i];

		json_array_append_new(files,
				      json_pack("{s:o,s:o}", "host",
						text_or_null(output->host), "path",
						json_text(output->path)));
	}
	set(document, "files", files);
}

/* The rule set in the document itself: text, or for libnftables an object. */
static void add_ruleset(json_t *document, const struct rolewall_result *result)
{
	const struct ruleset *ruleset = result->ruleset->ruleset;
	struct buffer out AUTO_BUFFER = { 0 };

	set(document, "host", text_or_null(ruleset->host));
	set(document, "site_sha256", digest_or_null(ruleset->digest));
	if (result->output_count)
		return;
	if (result->format && strcmp(result->format, "json") == 0) {
		set(document, "ruleset", emit_json(ruleset));
		return;
	}
	emit_script(ruleset, &out);
	set(document, "script", json_text(out.data));
}

/* ---- plan, apply, unload ---- */

static void add_plan(json_t *document, const struct rolewall_plan *plan)
{
	json_t *json = plan_json(plan->plan);

	json_object_update_missing(document, json);
	json_decref(json);
}

static void add_applied(json_t *document, const struct rolewall_apply_result *applied)
{
	char id[sizeof("4294967295")];

	snprintf(id, sizeof(id), "%" PRIu32, applied->generation);
	set(document, "changed", json_boolean(applied->changed));
	set(document, "generation", json_integer(applied->generation));
	set(document, "transaction_id",
	    applied->changed ? json_string(id) : json_null());
	set(document, "pending", json_false());
	if (applied->plan)
		add_plan(document, applied->plan);
}

/* ---- status ---- */

static json_t *flows_of(const struct ruleset *live)
{
	struct arena *arena = arena_new();
	struct flow_counts counts = { 0 };
	json_t *flows = json_array();

	flow_counts_read(arena, live, &counts);
	for (size_t i = 0; i < counts.count; i++) {
		const struct flow_count *count = &counts.items[i];

		json_array_append_new(
			flows, json_pack("{s:o,s:I,s:I}", "id", json_text(count->id),
					 "packets", (json_int_t)count->packets, "bytes",
					 (json_int_t)count->bytes));
	}
	arena_free(arena);
	return flows;
}

static json_t *tables_of(const struct ruleset *live)
{
	json_t *tables = json_array();

	for (size_t i = 0; i < live->table_count; i++)
		json_array_append_new(
			tables, json_pack("{s:s,s:s}", "family",
					  table_family_names[live->tables[i].family],
					  "name", ROLEWALL_TABLE));
	return tables;
}

static json_t *neighbours_of(const struct ruleset *live)
{
	json_t *neighbours = json_array();

	for (size_t i = 0; i < live->neighbour_count; i++) {
		const struct neighbour *at = &live->neighbours[i];

		json_array_append_new(
			neighbours,
			json_pack("{s:o,s:o,s:o,s:s,s:i,s:s}", "family",
				  json_text(at->family), "table", json_text(at->table),
				  "chain", json_text(at->chain), "hook",
				  hook_names[at->hook], "priority", (int)at->priority,
				  "policy", verdict_names[at->policy]));
	}
	return neighbours;
}

static json_t *changes_of(const struct rolewall_plan *drift)
{
	json_t *plan = plan_json(drift->plan);
	json_t *changes = json_incref(json_object_get(plan, "changes"));

	json_decref(plan);
	return changes;
}

static void add_status(json_t *document, const struct rolewall_result *result)
{
	const struct ruleset *live = result->live->ruleset;
	const struct rolewall_plan *drift = result->plan;

	set(document, "loaded", json_boolean(live->table_count > 0));
	set(document, "pending", json_false());
	set(document, "generation", json_integer(live->generation));
	set(document, "tables", tables_of(live));
	set(document, "drift", drift ? changes_of(drift) : json_null());
	set(document, "site_sha256",
	    digest_or_null(drift ? drift->plan->desired->digest : NULL));
	set(document, "flows", flows_of(live));
	set(document, "neighbours", neighbours_of(live));
}

void rolewall_json(const struct rolewall_messages *messages, int exit_code,
		   const struct rolewall_result *result, struct rolewall_text *text)
{
	struct buffer out AUTO_BUFFER = { 0 };
	struct rolewall_result all = { 0 };
	json_t *document = document_new(&messages->diags, exit_code);

	if (result)
		memcpy(&all, result,
		       result->size < sizeof(all) ? result->size : sizeof(all));
	set(document, "version", json_string(ROLEWALL_VERSION));
	if (all.verb)
		set(document, "verb", json_text(all.verb));
	if (all.host)
		set(document, "host", json_text(all.host));
	if (all.against)
		set(document, "against", json_text(all.against));
	if (all.site && all.verb && strcmp(all.verb, "matrix") == 0)
		add_matrix(document, &all);
	else if (all.site)
		add_site(document, &all);
	if (all.outputs)
		add_outputs(document, &all);
	if (all.ruleset)
		add_ruleset(document, &all);
	if (all.applied)
		add_applied(document, all.applied);
	if (all.live)
		add_status(document, &all);
	else if (all.plan)
		add_plan(document, all.plan);

	json_dump_callback(document, append_text, &out, JSON_COMPACT);
	json_decref(document);
	buffer_char(&out, '\n');
	text_give(&out, text);
}
