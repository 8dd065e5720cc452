/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one JSON document of a verb, for success and failure alike: keys of rolewall(8).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emit/emit.h"
#include "matrix/matrix.h"

#include "change/keep.h"
#include "change/protect.h"

enum { DIGEST_BYTES = 32 };

/* What the document does not say yet; `part` is used up. */
static void merge(json_t *document, json_t *part)
{
	if (json_object_update_missing(document, part) != 0)
		out_of_memory();
	json_decref(part);
}

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text) : json_made(json_null());
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
		json_push(hosts, json_text(host));
	json_put(document, "site", json_text(site->name.text));
	json_put(document, "site_sha256", digest_or_null(site->digest));
	json_put(document, "profile", json_boolean(site->is_profile));
	json_put(document, "hosts", hosts);
}

static void add_matrix(json_t *document, const struct rolewall_result *result)
{
	struct arena *arena = arena_new();
	const struct site *site = result->site->site;
	const struct actor *host = NULL;

	for (size_t i = 0; result->host && i < site->actors.count; i++)
		if (strcmp(site->actors.items[i]->name.text, result->host) == 0)
			host = site->actors.items[i];

	merge(document, matrix_json(matrix_make(arena, site, host)));
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

		json_push(files,
			  json_pack("{s:o,s:o}", "host", text_or_null(output->host),
				    "path", json_text(output->path)));
	}
	json_put(document, "files", files);
}

/* The rule set in the document itself: text, or for libnftables an object. */
static void add_ruleset(json_t *document, const struct rolewall_result *result)
{
	const struct ruleset *ruleset = result->ruleset->ruleset;
	struct buffer out AUTO_BUFFER = { 0 };

	json_put(document, "host", text_or_null(ruleset->host));
	json_put(document, "site_sha256", digest_or_null(ruleset->digest));
	if (result->output_count)
		return;
	if (result->format && strcmp(result->format, "json") == 0) {
		json_put(document, "ruleset", emit_json(ruleset));
		return;
	}
	emit_script(ruleset, &out); /* made safe, but for its ends of lines */
	json_put(document, "script", json_stringn(out.data, out.length));
}

/* ---- plan, apply, unload ---- */

static void add_plan(json_t *document, const struct rolewall_plan *plan)
{
	const struct effects *effects = plan_effects(plan);

	merge(document, plan_json(plan->plan));
	json_put(document, "opens", effects_json(effects, true));
	json_put(document, "closes", effects_json(effects, false));
	json_put(document, "effects_complete",
		 json_boolean(!effects->more && !effects->too_large));
}

static json_t *time_of(int64_t seconds)
{
	struct arena *arena = arena_new();
	json_t *time = json_text(keep_time(arena, seconds));

	arena_free(arena);
	return time;
}

static json_t *pending_of(const struct rolewall_pending *pending)
{
	return json_made(json_pack("{s:s,s:o,s:o,s:i,s:b}", "id", pending->id,
				   "deadline", time_of(pending->deadline), "since",
				   time_of(pending->since), "seconds_left",
				   (int)pending->seconds_left, "timer_lives",
				   pending->timer_lives));
}

static json_t *connections_of(const struct rolewall_connections *connections)
{
	json_t *list = json_array();

	for (size_t i = 0; connections && i < connections->list.count; i++)
		json_push(list, connection_json(&connections->list.items[i]));
	return list;
}

static void add_applied(json_t *document, const struct rolewall_apply_result *applied)
{
	json_put(document, "changed", json_boolean(applied->changed));
	json_put(document, "generation", json_integer(applied->generation));
	json_put(document, "transaction_id",
		 *applied->id ? json_string(applied->id) : json_null());
	json_put(document, "pending",
		 applied->is_pending ? pending_of(&applied->pending) : json_false());
	json_put(document, "connections", connections_of(applied->connections));
	json_put(document, "cut", json_integer((json_int_t)applied->cut_count));
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

		json_push(flows, json_pack("{s:o,s:I,s:I}", "id", json_text(count->id),
					   "packets", (json_int_t)count->packets,
					   "bytes", (json_int_t)count->bytes));
	}
	arena_free(arena);
	return flows;
}

static json_t *tables_of(const struct ruleset *live)
{
	json_t *tables = json_array();

	for (size_t i = 0; i < live->table_count; i++)
		json_push(tables, json_pack("{s:s,s:s}", "family",
					    table_family_names[live->tables[i].family],
					    "name", ROLEWALL_TABLE));
	return tables;
}

static json_t *neighbours_of(const struct ruleset *live)
{
	json_t *neighbours = json_array();

	for (size_t i = 0; i < live->neighbour_count; i++) {
		const struct neighbour *at = &live->neighbours[i];

		json_push(neighbours,
			  json_pack("{s:o,s:o,s:o,s:s,s:i,s:s}", "family",
				    json_text(at->family), "table",
				    json_text(at->table), "chain", json_text(at->chain),
				    "hook", hook_names[at->hook], "priority",
				    (int)at->priority, "policy",
				    verdict_names[at->policy]));
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

static json_t *confirmed_of(const struct rolewall_history *history)
{
	json_t *list = json_array();

	for (size_t i = 0; i < history->confirmed_count; i++) {
		const struct rolewall_confirmed *at = &history->confirmed[i];

		json_push(list, json_pack("{s:s,s:o,s:b}", "id", at->id, "confirmed_at",
					  at->damaged ? json_null() : time_of(at->at),
					  "damaged", at->damaged));
	}
	return list;
}

static void add_history(json_t *document, const struct rolewall_history *history)
{
	bool loads = history->is_loaded_at_boot && !history->confirmed[0].damaged;

	json_put(document, "pending",
		 history->is_pending ? pending_of(&history->pending) : json_false());
	json_put(document, "confirmed_at",
		 loads ? time_of(history->confirmed[0].at) : json_null());
	json_put(document, "loaded_at_boot", json_boolean(history->is_loaded_at_boot));
	json_put(document, "history", confirmed_of(history));
	json_put(document, "last_change", text_or_null(history->ended));
}

static void add_status(json_t *document, const struct rolewall_result *result)
{
	const struct ruleset *live = result->live->ruleset;
	const struct rolewall_plan *drift = result->plan;

	json_put(document, "loaded", json_boolean(live->table_count > 0));
	json_put(document, "generation", json_integer(live->generation));
	json_put(document, "tables", tables_of(live));
	json_put(document, "drift", drift ? changes_of(drift) : json_null());
	json_put(document, "site_sha256",
		 digest_or_null(drift ? drift->plan->desired->digest : NULL));
	json_put(document, "flows", flows_of(live));
	json_put(document, "neighbours", neighbours_of(live));
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
	json_put(document, "version", json_string(ROLEWALL_VERSION));
	if (all.verb)
		json_put(document, "verb", json_text(all.verb));
	if (all.host)
		json_put(document, "host", json_text(all.host));
	if (all.against)
		json_put(document, "against", json_text(all.against));
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
	if (all.id)
		json_put(document, "transaction_id",
			 *all.id ? json_text(all.id) : json_null());
	if (all.history)
		add_history(document, all.history);
	if (all.explanation)
		merge(document, explain_json(all.explanation->explanation));
	if (all.live)
		add_status(document, &all);
	else if (all.plan)
		add_plan(document, all.plan);

	if (json_dump_callback(document, append_text, &out, JSON_COMPACT) != 0)
		out_of_memory();
	json_decref(document);
	buffer_char(&out, '\n');
	text_give(&out, text);
}
