/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows held against the site: who plays their ends, and can the two reach each other.
 */
#include "site/flow.h"

/* All that play a role, or that are called by a name. */
struct crowd {
	size_t players, by_family[FAMILY_COUNT];

	struct {
		const struct actor **items;
		size_t count, capacity;
	} hosts;
};

/* Why a flow makes no rule on a host. */
enum state { STATE_OPEN, STATE_NOBODY, STATE_ITSELF, STATE_NO_FAMILY, STATE_COUNT };

/* The hosts of one end in one state: the first, and how many there are. */
struct finding {
	const struct actor *host;
	const struct end *end;
	size_t count;
};

/* One end of a flow as its hosts see the other. */
struct side {
	const struct ends *near, *far;
	/* of `far`, counted once for each name that an actor plays */
	size_t players, by_family[FAMILY_COUNT];
	bool far_any;
	bool families[FAMILY_COUNT]; /* that the flow can pass in */
	struct finding findings[STATE_COUNT];
};

struct checker {
	struct loader *loader;
	struct names crowds; /* struct crowd, by the shared names */
	bool has_hosts;
};

/* ---- who is there ---- */

static void crowd_join(struct checker *checker, const char *name,
		       const struct actor *actor)
{
	struct arena *arena = checker->loader->arena;
	struct crowd *crowd = names_find(&checker->crowds, name);

	if (!crowd) {
		crowd = arena_alloc(arena, sizeof(*crowd));
		names_add(arena, &checker->crowds, name, crowd);
	}
	crowd->players++;
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		crowd->by_family[family] += actor->addresses[family].count > 0;
	if (actor->kind == ACTOR_HOST)
		LIST_PUSH(arena, &crowd->hosts, actor);
}

static void gather(struct checker *checker)
{
	const struct site *site = checker->loader->site;

	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		checker->has_hosts |= actor->kind == ACTOR_HOST;
		crowd_join(checker, actor->name.text, actor);
		for (size_t k = 0; k < actor->role_names.count; k++)
			crowd_join(checker, actor->role_names.items[k].text, actor);
	}
}

static const struct crowd *crowd_of(const struct checker *checker,
				    const struct end *end)
{
	static const struct crowd nobody;
	const struct crowd *crowd = names_find(&checker->crowds, end->name.text);

	return crowd ? crowd : &nobody;
}

static size_t times_played(const struct actor *actor, const struct ends *ends,
			   size_t count)
{
	size_t times = 0;

	for (size_t i = 0; i < count; i++)
		times += actor_plays(actor, &ends->items[i]);
	return times;
}

/* ---- one side of a flow ---- */

static enum state state_of(const struct side *side, const struct actor *host)
{
	size_t own = times_played(host, side->far, side->far->count);

	if (!side->far_any && side->players == own)
		return own ? STATE_ITSELF : STATE_NOBODY;
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		if (!side->families[family] || !host->addresses[family].count)
			continue;
		if (side->far_any || side->by_family[family] > own)
			return STATE_OPEN;
	}
	return STATE_NO_FAMILY;
}

static void side_add_host(struct side *side, const struct actor *host, size_t end)
{
	enum state state = state_of(side, host);
	struct finding *finding = &side->findings[state];

	/* counted by an earlier name; or its addresses are wrong, and reported */
	if (times_played(host, side->near, end) ||
	    (!host->addresses[FAMILY_IP4].count && !host->addresses[FAMILY_IP6].count))
		return;
	if (!finding->count++) {
		finding->host = host;
		finding->end = &side->near->items[end];
	}
}

static struct side side_make(const struct checker *checker, const struct flow *flow,
			     const struct ends *near, const struct ends *far)
{
	struct side side = { .near = near, .far = far };

	for (size_t i = 0; i < far->count; i++) {
		const struct end *end = &far->items[i];
		const struct crowd *crowd = crowd_of(checker, end);

		side.far_any |= end->actor && end->actor->kind == ACTOR_ANY;
		side.players += crowd->players;
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			side.by_family[family] += crowd->by_family[family];
	}
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		side.families[family] =
			flow_allows(flow, family) && flow_has_family(flow, family);
	for (size_t i = 0; i < near->count; i++) {
		const struct crowd *crowd = crowd_of(checker, &near->items[i]);

		for (size_t k = 0; k < crowd->hosts.count; k++)
			side_add_host(&side, crowd->hosts.items[k], i);
	}
	return side;
}

/* ---- messages ---- */

/* Where the host gets the end's name from. */
static struct span finding_span(const struct finding *finding)
{
	const struct actor *host = finding->host;

	for (size_t i = 0; finding->end->role && i < host->role_names.count; i++)
		if (host->roles[i] == finding->end->role)
			return host->role_names.items[i].span;
	return host->name.span;
}

/* "\"sensor-1\" and 3 more hosts" */
static const char *finding_words(struct loader *loader, const struct finding *finding)
{
	const char *name = finding->host->name.text;

	if (finding->count == 1)
		return arena_format(loader->arena, "\"%s\"", name);
	return arena_format(loader->arena, "\"%s\" and %zu more host%s", name,
			    finding->count - 1, finding->count == 2 ? "" : "s");
}

static void note_flow(struct loader *loader, const struct flow *flow)
{
	diag_note(loader->diags, flow->local_id.span, "the flow is declared here%s",
		  flow->optional ? "" : ", and is not optional");
}

static void report_nobody(struct loader *loader, const struct flow *flow,
			  const struct side *side)
{
	const struct finding *finding = &side->findings[STATE_NOBODY];

	if (!finding->count || flow->optional)
		return;
	diag_error(loader->diags, DIAG_NOBODY, finding_span(finding),
		   "nobody plays %s: the flow \"%s\" needs it on %s",
		   ends_words(loader, side->far), flow->id,
		   finding_words(loader, finding));
	note_flow(loader, flow);
	if (flow->profile)
		diag_note(loader->diags, (struct span){ 0 },
			  "give the role to a host or peer, or close the flow: "
			  "close = [ \"%s\" ];",
			  flow->id);
	else
		diag_note(loader->diags, (struct span){ 0 },
			  "give the role to a host or peer, or take the flow out");
}

static bool report_no_family(struct loader *loader, const struct flow *flow,
			     const struct side *side)
{
	const struct finding *finding = &side->findings[STATE_NO_FAMILY];

	if (!finding->count)
		return false;
	diag_warning(loader->diags, DIAG_NEVER, finding_span(finding),
		     "the flow \"%s\" makes no rule on %s: it shares no address family "
		     "with %s",
		     flow->id, finding_words(loader, finding),
		     ends_words(loader, side->far));
	diag_note(loader->diags, flow->local_id.span, "the flow is declared here");
	return true;
}

static void report_itself(struct loader *loader, const struct flow *flow,
			  const struct side *side)
{
	const struct finding *finding = &side->findings[STATE_ITSELF];

	diag_warning(loader->diags, DIAG_NEVER, finding_span(finding),
		     "the flow \"%s\" makes no rule: only %s plays both ends", flow->id,
		     finding_words(loader, finding));
	note_flow(loader, flow);
}

static bool has_hosts(const struct side *side)
{
	for (enum state state = 0; state < STATE_COUNT; state++)
		if (side->findings[state].count)
			return true;
	return false;
}

/* A line of the site that does nothing was meant to do something. */
static void report_no_host(struct loader *loader, const struct flow *flow)
{
	diag_warning(loader->diags, DIAG_NEVER, flow->local_id.span,
		     "the flow \"%s\" makes no rule: no host plays %s, nor %s",
		     flow->id, ends_words(loader, &flow->from),
		     ends_words(loader, &flow->to));
}

/* ---- flows ---- */

static void check_flow(const struct checker *checker, const struct flow *flow)
{
	struct loader *loader = checker->loader;
	struct side from = side_make(checker, flow, &flow->from, &flow->to);
	struct side to = side_make(checker, flow, &flow->to, &flow->from);
	bool open = from.findings[STATE_OPEN].count || to.findings[STATE_OPEN].count;

	report_nobody(loader, flow, &from);
	report_nobody(loader, flow, &to);
	if (!report_no_family(loader, flow, &from))
		report_no_family(loader, flow, &to);
	if (open && flow->note && loader->options->notes)
		diag_warning(loader->diags, DIAG_NOTICE, flow->local_id.span,
			     "the flow \"%s\" is open: %s", flow->id, flow->note);
	if (open || flow->optional)
		return;
	if (from.findings[STATE_ITSELF].count)
		report_itself(loader, flow, &from);
	else if (to.findings[STATE_ITSELF].count)
		report_itself(loader, flow, &to);
	if (!flow->profile && checker->has_hosts && !has_hosts(&from) &&
	    !has_hosts(&to))
		report_no_host(loader, flow);
}

void ends_check(struct loader *loader)
{
	struct checker checker = { .loader = loader };

	/* what a mistake elsewhere causes is no second mistake */
	if (loader->uncertain || loader->site->is_profile)
		return;
	gather(&checker);
	for (size_t i = 0; i < loader->drafts.count; i++) {
		const struct draft *draft = loader->drafts.items[i];

		if (!draft->broken && !draft->flow.closed)
			check_flow(&checker, &draft->flow);
	}
}
