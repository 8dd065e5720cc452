/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is loaded, for people: drift, the counters of each flow, who shares the hooks.
 */
#include <inttypes.h>
#include <string.h>

#include "emit/emit.h"
#include "site/names.h"

#include "change/keep.h"

struct counting {
	struct arena *arena;
	struct flow_counts *counts;
	struct names places; /* by id: the index in `counts`, plus one */
};

static struct flow_count *count_of(struct counting *counting, const char *id)
{
	struct flow_counts *counts = counting->counts;
	size_t place = counts->count + 1;
	void *known = names_add(counting->arena, &counting->places, id,
				(void *)(uintptr_t)place);

	if (known)
		return &counts->items[(uintptr_t)known - 1];
	LIST_PUSH(counting->arena, counts, ((struct flow_count){ .id = id }));
	return &counts->items[counts->count - 1];
}

static void add_rule(struct counting *counting, const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count && rule->comment; i++) {
		const struct step *step = &rule->steps[i];

		if (step->kind != STEP_COUNTER)
			continue;

		struct flow_count *count = count_of(counting, rule->comment);

		count->packets += step->counter.packets;
		count->bytes += step->counter.bytes;
	}
}

static void add_set(struct counting *counting, const struct set *set)
{
	for (size_t i = 0; i < set->count && set->elements; i++) {
		const struct element *element = &set->elements[i];

		if (!element->has_counter || !element->comment)
			continue;

		struct flow_count *count = count_of(counting, element->comment);

		count->packets += element->packets;
		count->bytes += element->bytes;
	}
}

static void add_table(struct counting *counting, const struct table *table)
{
	for (size_t i = 0; i < table->chain_count; i++) {
		const struct chain *chain = &table->chains[i];

		for (size_t k = 0; k < chain->rule_count; k++)
			add_rule(counting, &chain->rules[k]);
	}
	for (size_t i = 0; i < table->set_count; i++)
		add_set(counting, &table->sets[i]);
}

void flow_counts_read(struct arena *arena, const struct ruleset *live,
		      struct flow_counts *counts)
{
	struct counting counting = { .arena = arena, .counts = counts };

	for (size_t i = 0; i < live->table_count; i++)
		add_table(&counting, &live->tables[i]);
}

/* ---- the text ---- */

#define BOLD  "\033[1m"
#define RESET "\033[0m"

static void print_title(const char *title, bool color, struct buffer *out)
{
	buffer_format(out, "\n%s%s%s\n", color ? BOLD : "", title, color ? RESET : "");
}

static void print_text(const char *text, struct buffer *out)
{
	buffer_printable(out, text, strlen(text), '\0');
}

static void print_loaded(const struct ruleset *live, struct buffer *out)
{
	size_t rules = 0;

	buffer_text(out, "loaded:     ");
	if (!live->table_count) {
		buffer_text(out, "no\n");
		return;
	}
	for (size_t i = 0; i < live->table_count; i++) {
		const struct table *table = &live->tables[i];

		buffer_format(out, "%s%s %s%s", i ? ", " : "yes: table ",
			      table_family_names[table->family], ROLEWALL_TABLE,
			      table->dormant ? " (dormant)" : "");
		for (size_t k = 0; k < table->chain_count; k++)
			rules += table->chains[k].rule_count;
	}
	buffer_format(out, "; %zu rule%s\n", rules, rules == 1 ? "" : "s");
}

static void print_drift(const struct plan *drift, bool color, struct buffer *out)
{
	if (!drift) {
		buffer_text(out, "drift:      unknown: compared with no site\n");
		return;
	}
	buffer_text(out, "site:       ");
	print_text(drift->desired->site_name ? drift->desired->site_name : "", out);
	buffer_text(out, ", host ");
	print_text(drift->desired->host ? drift->desired->host : "", out);
	buffer_text(out, "\ndrift:      ");
	if (plan_is_empty(drift)) {
		buffer_text(out, "none\n");
		return;
	}
	buffer_text(out, "to mend: ");
	plan_print_summary(drift, out);
	buffer_text(out, "\n\n");
	plan_print(drift,
		   &(struct plan_print_options){ .color = color,
						 .host = drift->desired->host },
		   out);
}

/* ---- changes ---- */

static void print_pending(const struct rolewall_pending *pending, struct arena *arena,
			  struct buffer *out)
{
	buffer_format(out, "pending:    change %s, rolled back at %s, in %u s\n",
		      pending->id, keep_time(arena, pending->deadline),
		      pending->seconds_left);
	if (!pending->timer_lives)
		buffer_text(out, "            its timer is gone: the next call of "
				 "rolewall after that rolls it back\n");
}

static void print_history(const struct rolewall_history *history, struct buffer *out)
{
	struct arena *arena = arena_new();

	if (history->is_pending)
		print_pending(&history->pending, arena, out);
	else
		buffer_text(out, "pending:    nothing\n");
	if (!history->is_loaded_at_boot)
		buffer_text(out, "confirmed:  nothing: no rules at the next boot\n");
	for (size_t i = 0; i < history->confirmed_count; i++) {
		const struct rolewall_confirmed *at = &history->confirmed[i];
		bool is_last = i == 0 && history->is_loaded_at_boot;

		buffer_format(out, "%s%s  %s%s\n",
			      is_last ? "confirmed:  " : "   earlier: ", at->id,
			      keep_time(arena, at->at), at->damaged ? "  damaged" : "");
	}
	if (history->ended) {
		buffer_text(out, "last:       ");
		print_text(history->ended, out);
		buffer_char(out, '\n');
	}
	arena_free(arena);
}

static void print_flows(const struct ruleset *live, bool color, struct buffer *out)
{
	struct arena *arena = arena_new();
	struct flow_counts counts = { 0 };

	flow_counts_read(arena, live, &counts);
	if (counts.count) {
		print_title("     packets            bytes  flow", color, out);
		for (size_t i = 0; i < counts.count; i++) {
			buffer_format(out, "%12" PRIu64 " %16" PRIu64 "  ",
				      counts.items[i].packets, counts.items[i].bytes);
			print_text(counts.items[i].id, out);
			buffer_char(out, '\n');
		}
	}
	arena_free(arena);
}

static void print_neighbours(const struct ruleset *live, bool color, struct buffer *out)
{
	if (!live->neighbour_count)
		return;

	print_title("other tables on the same hooks", color, out);
	for (size_t i = 0; i < live->neighbour_count; i++) {
		const struct neighbour *neighbour = &live->neighbours[i];

		buffer_text(out, "  ");
		print_text(neighbour->family, out);
		buffer_char(out, ' ');
		print_text(neighbour->table, out);
		buffer_char(out, ' ');
		print_text(neighbour->chain, out);
		buffer_format(out, ": hook %s priority %" PRId32 ", policy %s\n",
			      hook_names[neighbour->hook], neighbour->priority,
			      verdict_names[neighbour->policy]);
	}
}

void rolewall_neighbours_report(const struct rolewall_ruleset *live,
				struct rolewall_messages *messages)
{
	const struct ruleset *ruleset = live->ruleset;

	if (!ruleset->neighbour_count)
		return;
	diag_warning(&messages->diags, DIAG_NOTICE, (struct span){ 0 },
		     "other tables have chains on the same hooks: what rolewall "
		     "accepts, they may still drop");
	for (size_t i = 0; i < ruleset->neighbour_count; i++) {
		const struct neighbour *at = &ruleset->neighbours[i];

		diag_note(&messages->diags, (struct span){ 0 },
			  "%s %s %s: hook %s priority %" PRId32 ", policy %s",
			  at->family, at->table, at->chain, hook_names[at->hook],
			  at->priority, verdict_names[at->policy]);
	}
}

void rolewall_status_print(const struct rolewall_ruleset *live,
			   const struct rolewall_plan *drift,
			   const struct rolewall_history *history, bool color,
			   struct rolewall_text *text)
{
	struct buffer out AUTO_BUFFER = { 0 };

	print_loaded(live->ruleset, &out);
	buffer_format(&out, "generation: %" PRIu32 "\n", live->ruleset->generation);
	if (history)
		print_history(history, &out);
	print_drift(drift ? drift->plan : NULL, color, &out);
	print_flows(live->ruleset, color, &out);
	print_neighbours(live->ruleset, color, &out);
	text_give(&out, text);
}
