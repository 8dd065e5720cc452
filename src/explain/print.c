/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An explanation for people: the verdict, then leg by leg what decides, and why. */
#include <inttypes.h>
#include <string.h>

#include "explain/parts.h"
#include "explain/words.h"

#define BOLD  "\x1b[1m"
#define RESET "\x1b[0m"

enum { LABEL_WIDTH = 9 };

struct printer {
	struct arena *arena;
	const struct explanation *explanation;
	const struct leg *leg;
	bool color;
	struct buffer *out;
};

/* clang-format off */
static const char *const outcome_colors[OUTCOME_COUNT] = {
	[OUTCOME_ACCEPT]  = "\x1b[32m",
	[OUTCOME_DROP]    = "\x1b[31m",
	[OUTCOME_REJECT]  = "\x1b[31m",
	[OUTCOME_UNKNOWN] = "\x1b[33m",
};

static const struct {
	const char *before, *after;
} leg_words[LEG_KIND_COUNT] = {
	[LEG_OUT]      = { "out of ", "" },
	[LEG_IN]       = { "into ", "" },
	[LEG_THROUGH]  = { "through ", "" },
	[LEG_SELF_OUT] = { "out of ", " to itself" },
	[LEG_SELF_IN]  = { "into ", " from itself" },
};

/* clang-format on */

/* Text from a file, the kernel or the command line. */
static void add_safe(struct buffer *out, const char *text)
{
	buffer_printable(out, text, strlen(text), 0);
}

static void add_label(struct printer *printer, const char *label)
{
	buffer_format(printer->out, "    %-*s", LABEL_WIDTH, label);
}

static void add_line(struct printer *printer, const char *label, const char *text)
{
	add_label(printer, label);
	add_safe(printer->out, text);
	buffer_char(printer->out, '\n');
}

/* ---- rules ---- */

/* "   # connections, plant.cfg:12" */
static void add_note(struct printer *printer, const char *comment, const char *place)
{
	if (!comment && !*place)
		return;
	buffer_text(printer->out, "   # ");
	if (comment)
		add_safe(printer->out, comment);
	buffer_format(printer->out, "%s%s", comment && *place ? ", " : "", place);
}

static void add_passage(struct printer *printer, const struct passage *passage)
{
	const struct rule *rule = passage->rule;
	struct span origin = rule ? rule->origin : (struct span){ 0 };

	buffer_format(printer->out, "%s ", table_family_names[passage->table->family]);
	add_safe(printer->out, passage->chain->name);
	buffer_format(printer->out, ": %s", decider_words(printer->arena, passage));
	add_note(printer, rule ? rule->comment : NULL,
		 span_words(printer->arena, origin));
	buffer_char(printer->out, '\n');
}

static void print_rule(struct printer *printer, const struct part *part)
{
	const struct passage *decider;

	if (!part->chain) {
		add_line(printer, "rule", "none: no chain of rolewall's is on the way");
		return;
	}
	decider = &part->passages[part->passage_count - 1];
	add_label(printer, "rule");
	buffer_text(printer->out, decider_words(printer->arena, decider));
	if (!part->flow)
		add_note(printer, part->rule ? part->rule->comment : NULL,
			 span_words(printer->arena, part->origin));
	buffer_char(printer->out, '\n');
	if (part->rule && !part->is_ours)
		add_line(printer, "",
			 part->rule->comment
				 ? "not rolewall's: the site asks for no such rule"
				 : "not rolewall's: added by hand");
}

static void print_way(struct printer *printer, const struct part *part)
{
	for (size_t i = 0; i < part->passage_count; i++) {
		add_label(printer, i ? "" : "way");
		add_passage(printer, &part->passages[i]);
	}
}

/* ---- flows ---- */

static void print_row(struct printer *printer, const struct row *row)
{
	const char *const cells[] = {
		row->table, row->protocol, row->transport, row->direction,   row->port,
		row->used,  row->purpose,  row->source,    row->destination,
	};
	const char *separator = "";

	if (!row->span.line)
		return;
	add_label(printer, "row");
	for (size_t i = 0; i < COUNT_OF(cells); i++) {
		if (!cells[i])
			continue;
		buffer_text(printer->out, separator);
		add_safe(printer->out, cells[i]);
		separator = " | ";
	}
	buffer_format(printer->out, "%s%s\n", *separator ? ", " : "",
		      span_words(printer->arena, row->span));
}

/* Whether a part before it has told of the same flow. */
static bool is_told(const struct printer *printer, const struct part *part)
{
	const struct part *at = printer->leg->parts.items;

	while (at < part && at->flow != part->flow)
		at++;
	return at < part;
}

static void print_flow(struct printer *printer, const struct part *part)
{
	const struct flow *flow = part->flow;

	add_label(printer, "flow");
	add_safe(printer->out, flow->id);
	buffer_format(printer->out, ", %s", span_words(printer->arena, flow->span));
	if (flow->adjusted)
		buffer_format(printer->out, ", adjusted by %s",
			      span_words(printer->arena, flow->adjusted->span));
	buffer_char(printer->out, '\n');
	if (!is_told(printer, part))
		print_row(printer, &flow->row);
}

/* ---- why not ---- */

static const char *why(const struct printer *printer, const struct part *part)
{
	const struct leg *leg = printer->leg;
	bool in = leg->kind == LEG_IN;

	if (part->outcome == OUTCOME_UNKNOWN)
		return "rolewall does not understand what decides: it may pass, and "
		       "it may not";
	if (part->chain && part->table == TABLE_NETDEV)
		return in ? "a monitoring port: what comes by it reaches nothing here"
			  : "a monitoring port: nothing leaves by it";
	if (!is_by_policy(part))
		return NULL;
	if (leg->kind == LEG_THROUGH)
		return arena_format(printer->arena, "%s forwards nothing",
				    leg->host->name.text);
	return in ? "no flow lets it in" : "no flow lets it out";
}

static void print_why(struct printer *printer, const struct part *part)
{
	const struct nearest *nearest = &part->nearest;
	const char *words = why(printer, part);

	if (words)
		add_line(printer, "why", words);
	if (!nearest->flow)
		return;
	add_label(printer, "nearest");
	add_safe(printer->out, nearest->asked);
	buffer_format(printer->out, ": %s ", nearest->flow->id);
	add_safe(printer->out, nearest->but);
	buffer_format(printer->out, ", %s\n",
		      span_words(printer->arena, nearest->flow->span));
}

/* ---- parts ---- */

/* All accepted parts' answers together; once for a leg. */
static void print_answers(struct printer *printer)
{
	const struct leg *leg = printer->leg;
	const struct passage *decider = NULL;
	unsigned outcomes = 0;
	bool alike = true;

	for (size_t i = 0; i < leg->parts.count; i++) {
		const struct part *part = &leg->parts.items[i];

		if (!part->answers)
			continue;
		alike &= part->answer &&
			 (!decider || !outcomes || part->answer->rule == decider->rule);
		decider = part->answer;
		outcomes |= part->answers;
	}
	if (!outcomes)
		return;
	buffer_format(printer->out, "  answers, as established: %s",
		      verdict_word(outcomes));
	if (!alike || !decider) {
		buffer_char(printer->out, '\n');
		return;
	}
	buffer_text(printer->out, ", by ");
	add_passage(printer, decider);
}

/* "from A source port 53 to B port 22-23" */
static void print_packets(struct printer *printer, const struct part *part)
{
	const struct expectation *packet = printer->explanation->question;
	const struct leg *leg = printer->leg;
	struct arena *arena = printer->arena;
	const struct side source = { &packet->source, part->sources, leg->sources,
				     leg->kind == LEG_OUT };
	const struct side destination = { &packet->destination, part->destinations,
					  leg->destinations, leg->kind == LEG_IN };
	const char *source_ports = ports_words(arena, &part->source_ports);
	const char *ports = ports_words(arena, &part->ports);
	const char *types =
		part->types.width ? types_words(arena, &part->types, packet->transport)
				  : "";

	buffer_format(printer->out, " from %s", side_words(arena, &source));
	if (*source_ports)
		buffer_format(printer->out, " port %s", source_ports);
	buffer_format(printer->out, " to %s", side_words(arena, &destination));
	if (*ports)
		buffer_format(printer->out, " port %s", ports);
	if (*types)
		buffer_format(printer->out, " type %s", types);
	buffer_char(printer->out, '\n');
}

static void print_part(struct printer *printer, const struct part *part)
{
	buffer_format(printer->out, "  %s%s%s",
		      printer->color ? outcome_colors[part->outcome] : "",
		      outcome_names[part->outcome], printer->color ? RESET : "");
	print_packets(printer, part);
	print_rule(printer, part);
	if (part->flow)
		print_flow(printer, part);
	if (part->outcome != OUTCOME_ACCEPT)
		print_why(printer, part);
	print_way(printer, part);
	if (part->desired && part->desired != 1u << part->outcome) {
		add_label(printer, "site");
		buffer_format(printer->out,
			      "compiles to: %s; \"rolewall plan\" shows what differs\n",
			      verdict_word(part->desired));
	}
}

/* ---- interfaces ---- */

static void add_interface(struct buffer *out, const struct interface *interface)
{
	if (!interface->pattern)
		buffer_text(out, "any other interface");
	else
		add_safe(out, interface->pattern);
}

static void add_interfaces(struct buffer *out, const struct interface *in,
			   const struct interface *out_by)
{
	bool has_in = !in->pattern || *in->pattern;
	bool has_out = !out_by->pattern || *out_by->pattern;

	if (has_in)
		add_interface(out, in);
	if (has_in && has_out)
		buffer_text(out, " to ");
	if (has_out)
		add_interface(out, out_by);
}

/* The next of the byways that are wanted: "eth1, eth2 or any other interface". */
static void add_byways(struct printer *printer, const struct byway *const *byways,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_text(printer->out, i + 1 == count ? " or " : ", ");
		add_interfaces(printer->out, &byways[i]->in, &byways[i]->out);
	}
}

/* Those of the leg, and by which else its packets fare the same; of all: nothing. */
static void add_same(struct printer *printer)
{
	const struct leg *leg = printer->leg;
	const struct byway own = { .in = leg->in, .out = leg->out };
	const struct byway **same =
		arena_array(printer->arena, leg->byways.count + 1, sizeof(*same));
	size_t count = 0;
	bool others = !own.in.pattern || !own.out.pattern;

	same[count++] = &own;
	for (size_t i = 0; i < leg->byways.count; i++) {
		const struct byway *byway = &leg->byways.items[i];

		if (!byway->is_same)
			continue;
		same[count++] = byway;
		others |= !byway->in.pattern || !byway->out.pattern;
	}
	if (count == leg->byways.count + 1 && others && !leg->byways_cut)
		return;
	buffer_text(printer->out, " by ");
	add_byways(printer, same, count);
}

/* The others, in a line for each verdict. */
static void print_byways(struct printer *printer)
{
	const struct leg *leg = printer->leg;
	const struct byway **alike =
		arena_array(printer->arena, leg->byways.count + 1, sizeof(*alike));

	for (unsigned outcomes = 1; outcomes < 1u << OUTCOME_COUNT; outcomes++) {
		size_t count = 0;

		for (size_t i = 0; i < leg->byways.count; i++) {
			const struct byway *byway = &leg->byways.items[i];

			if (!byway->is_same && byway->outcomes == outcomes)
				alike[count++] = byway;
		}
		if (!count)
			continue;
		buffer_text(printer->out, "  by ");
		add_byways(printer, alike, count);
		buffer_format(printer->out, ": %s\n", verdict_word(outcomes));
	}
	if (leg->byways_cut)
		buffer_text(printer->out, "  the rules name more interfaces than were "
					  "asked: --interface names one\n");
}

/* ---- other tables ---- */

/* The place of another chain beside ours on the hook. */
static const char *order_of(const struct leg *leg, const struct neighbour *neighbour)
{
	for (size_t t = 0; t < leg->ruleset->table_count; t++) {
		const struct table *table = &leg->ruleset->tables[t];

		for (size_t c = 0; c < table->chain_count; c++) {
			const struct chain *chain = &table->chains[c];

			if (!chain->base || chain->hook != neighbour->hook)
				continue;
			if (neighbour->priority != chain->priority)
				return neighbour->priority < chain->priority
					       ? "asked before rolewall's"
					       : "asked after rolewall's";
			return "of the priority of rolewall's: the one registered last "
			       "is asked first";
		}
	}
	return "rolewall has no chain there";
}

/* A drop is final: only what is accepted here can be overruled. */
static void print_neighbours(struct printer *printer)
{
	const struct leg *leg = printer->leg;
	unsigned passes = 1u << OUTCOME_ACCEPT | 1u << OUTCOME_UNKNOWN;

	if (!leg->neighbours.count || !(parts_outcomes(leg) & passes))
		return;
	buffer_text(printer->out,
		    "  other tables on the way, which may drop it all the "
		    "same:\n");
	for (size_t i = 0; i < leg->neighbours.count; i++) {
		const struct neighbour *at = leg->neighbours.items[i];

		buffer_format(printer->out, "    %s ", at->family);
		add_safe(printer->out, at->table);
		buffer_char(printer->out, ' ');
		add_safe(printer->out, at->chain);
		buffer_format(printer->out,
			      ": hook %s priority %" PRId32 ", policy %s; %s\n",
			      hook_names[at->hook], at->priority,
			      verdict_names[at->policy], order_of(leg, at));
	}
}

/* ---- all of it ---- */

static void print_leg(struct printer *printer)
{
	const struct leg *leg = printer->leg;

	buffer_format(printer->out, "\n%s%s%s%s", printer->color ? BOLD : "",
		      leg_words[leg->kind].before, leg->host->name.text,
		      leg_words[leg->kind].after);
	add_same(printer);
	buffer_format(printer->out, "%s\n", printer->color ? RESET : "");
	for (size_t i = 0; i < leg->parts.count; i++)
		print_part(printer, &leg->parts.items[i]);
	if (leg->cut)
		buffer_format(
			printer->out,
			"  unknown for the rest: more than %d parts; ask for fewer "
			"packets\n",
			CELL_MAX);
	if (leg->takes_route)
		buffer_text(printer->out, "  taken for granted: the way back to the "
					  "source is the way it came (anti-spoof)\n");
	if (leg->takes_rate)
		buffer_text(printer->out,
			    "  taken for granted: the rate is not used up; "
			    "what is beyond it is not accepted there\n");
	print_answers(printer);
	print_byways(printer);
	print_neighbours(printer);
}

static void print_others(struct printer *printer)
{
	const struct explanation *explanation = printer->explanation;
	struct arena *arena = printer->arena;

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *from = &explanation->other_sources[family];
		const struct ranges *to = &explanation->other_destinations[family];

		if (from->count)
			buffer_format(printer->out,
				      "\nnot asked: from %s to %s: neither is a host "
				      "that was asked\n",
				      ranges_words(arena, from),
				      ranges_words(arena, to));
	}
	if (explanation->host_count > explanation->asked_count)
		buffer_format(printer->out,
			      "\n%zu hosts are an end of it; asked were the first %zu: "
			      "--host names another\n",
			      explanation->host_count, explanation->asked_count);
}

void explain_print(const struct explanation *explanation, bool color,
		   struct buffer *out)
{
	AUTO(arena) struct arena *arena = arena_new();
	struct printer printer = {
		.arena = arena, .explanation = explanation, .color = color, .out = out
	};

	buffer_format(out, "%s%s: ", color ? BOLD : "",
		      verdict_word(explanation->outcomes));
	add_safe(out, explanation->question->packet.text);
	buffer_format(out, "%s%s\n", color ? RESET : "",
		      explanation->is_live ? ", by the kernel's rules" : "");
	if (explanation->is_live && !explanation->is_loaded)
		buffer_text(out, "rolewall's tables are not loaded: nothing of "
				 "rolewall's decides\n");
	for (size_t i = 0; i < explanation->legs.count; i++) {
		printer.leg = &explanation->legs.items[i];
		print_leg(&printer);
	}
	print_others(&printer);
}
