/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts and peers: their names, the roles they play and their addresses. */
#include <limits.h>
#include <string.h>

#include "site/addresses.h"
#include "site/data_file.h"
#include "site/flow.h"
#include "site/interfaces.h"

/* A host's or peer's group while it is read. */
struct reading {
	struct actor *actor;
	struct words role_names;
	struct word name;
	struct placed_forms addresses, except;
	struct data_request data;
	const struct value *interfaces, *policy;
};

struct readings {
	struct reading **items;
	size_t count, capacity;
};

/* What each_group() hands to read_actor(). */
struct listing {
	enum actor_kind kind;
	const struct schema *schema;
	struct readings *readings;
};

/* data.format until it is read; read_choice writes only what it knows. */
#define FORMAT_UNKNOWN UINT_MAX

#define AT(member)     offsetof(struct reading, member)

static const char of_host[] = "it is a key of a host, which rolewall compiles for";
static const char of_peer[] =
	"it is a key of a peer; a host is one machine, with \"addresses\"";
static const char no_names[] =
	"host names (names) are not in this version yet: write the addresses, or put "
	"them into a file";

/* clang-format off */
static const struct item host_items[] = {
	{ "name",       read_name,              AT(name), .required = true },
	{ "roles",      read_names,             AT(role_names) },
	{ "addresses",  read_machine_addresses, AT(addresses), .required = true },
	{ "interfaces", read_group,             AT(interfaces) },
	{ "policy",     read_group,             AT(policy) },
	{ "names",      read_unsupported, .words = no_names },
	{ "except",     read_misplaced, .words = of_peer },
	{ "file",       read_misplaced, .words = of_peer },
	{ "format",     read_misplaced, .words = of_peer },
	{ "select",     read_misplaced, .words = of_peer },
};

static const struct item peer_items[] = {
	{ "name",       read_name,      AT(name), .required = true },
	{ "roles",      read_names,     AT(role_names) },
	{ "addresses",  read_addresses, AT(addresses) },
	{ "except",     read_addresses, AT(except) },
	{ "file",       read_word,      AT(data.file) },
	{ "format",     read_choice,    AT(data.format), .choices = data_format_names },
	{ "select",     read_words,     AT(data.select) },
	{ "names",      read_unsupported, .words = no_names },
	{ "interfaces", read_misplaced, .words = of_host },
	{ "policy",     read_misplaced, .words = of_host },
};
/* clang-format on */

static const struct schema host_schema = { "a host", host_items, COUNT_OF(host_items) };
static const struct schema peer_schema = { "a peer", peer_items, COUNT_OF(peer_items) };

/* ---- addresses ---- */

static void push_forms(struct loader *loader, const struct placed_forms *forms,
		       struct ranges addresses[FAMILY_COUNT])
{
	for (size_t i = 0; i < forms->count; i++)
		address_push(loader->arena, &forms->items[i].form, addresses);
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		ranges_normalize(&addresses[family]);
}

/* Whether one of the ranges, which are normalized, has an address of the form. */
static bool form_meets(const struct address_form *form, const struct ranges *ranges)
{
	size_t low = 0, high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(range_high(ranges, middle), form->low, ranges->width) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ranges->count &&
	       memcmp(range_low(ranges, low), form->high, ranges->width) <= 0;
}

/* The peer has addresses of both families before `except` takes some away. */
static void warn_useless(struct loader *loader, const struct reading *reading)
{
	for (size_t i = 0; i < reading->except.count; i++) {
		const struct placed_form *placed = &reading->except.items[i];

		if (placed->form.kind == ADDRESS_ANY ||
		    form_meets(&placed->form,
			       &reading->actor->addresses[placed->form.family]))
			continue;
		diag_warning(loader->diags, DIAG_ADDRESS, placed->span,
			     "\"except\" takes nothing away: \"%s\" is no address of "
			     "the peer",
			     address_words(loader->arena, &placed->form));
	}
}

static void subtract(struct loader *loader, const struct reading *reading)
{
	struct ranges *own = reading->actor->addresses;
	struct ranges except[FAMILY_COUNT] = { ranges_empty(FAMILY_IP4),
					       ranges_empty(FAMILY_IP6) };

	if (!reading->except.count)
		return;
	warn_useless(loader, reading);
	push_forms(loader, &reading->except, except);
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		own[family] =
			ranges_subtract(loader->arena, &own[family], &except[family]);
	if (!own[FAMILY_IP4].count && !own[FAMILY_IP6].count)
		diag_error(loader->diags, DIAG_ADDRESS, reading->except.items[0].span,
			   "\"except\" leaves the peer no address at all");
}

/* What stands in the text; `whole`: no mistake was in it. */
static void fill_addresses(struct loader *loader, const struct reading *reading,
			   bool whole)
{
	struct ranges *own = reading->actor->addresses;
	struct ranges data[FAMILY_COUNT];

	push_forms(loader, &reading->addresses, own);
	if (reading->data.file.text && !data_read(loader, &reading->data, data))
		return;
	for (enum family family = 0; reading->data.file.text && family < FAMILY_COUNT;
	     family++)
		own[family] = own[family].count
				      ? ranges_union(loader->arena, &own[family],
						     &data[family])
				      : data[family];
	/* what `except` takes from half of the addresses says nothing */
	if (whole)
		subtract(loader, reading);
}

/* Where the addresses of a peer come from; true when that is said. */
static bool check_sources(struct loader *loader, const struct value *group)
{
	static const char *const of_file[] = { "format", "select" };
	bool good = true;

	if (group_member(group, "file"))
		return true;
	for (size_t i = 0; i < COUNT_OF(of_file); i++) {
		const struct value *value = group_member(group, of_file[i]);

		if (value)
			good = diag_error(loader->diags, DIAG_MISSING, value->key_span,
					  "\"%s\" says how to read \"file\", which is "
					  "not there",
					  of_file[i]);
	}
	/* `names` is refused, which is enough */
	if (group_member(group, "addresses") || group_member(group, "names"))
		return good;
	return diag_error(loader->diags, DIAG_MISSING, group->span,
			  "a peer needs \"addresses\" or \"file\"");
}

/* The places of a host's addresses, for hosts_check_addresses(). */
static void push_literals(struct loader *loader, const struct reading *reading)
{
	for (size_t i = 0; i < reading->addresses.count; i++) {
		const struct placed_form *placed = &reading->addresses.items[i];
		struct literal literal = {
			.actor = reading->actor,
			.family = placed->form.family,
			.span = placed->span,
		};

		memcpy(literal.low, placed->form.low, sizeof(literal.low));
		memcpy(literal.high, placed->form.high, sizeof(literal.high));
		LIST_PUSH(loader->arena, &loader->literals, literal);
	}
}

/* ---- one actor ---- */

static void fill_host(struct loader *loader, const struct reading *reading)
{
	struct actor *host = reading->actor;

	host->policy = loader->site->policy;
	if (reading->policy)
		policy_read(loader, reading->policy, &host->policy);
	if (reading->interfaces)
		interfaces_read(loader, reading->interfaces, host);
	push_literals(loader, reading);
	fill_addresses(loader, reading, true);
}

static void fill_peer(struct loader *loader, struct reading *reading,
		      const struct value *group, bool whole)
{
	struct data_request *data = &reading->data;

	/* a mistake in one of these is reported; the file cannot be read without them
	 */
	if ((data->format == FORMAT_UNKNOWN && group_member(group, "format")) ||
	    (!data->select.count && group_member(group, "select")))
		data->file.text = NULL;
	if (data->format == FORMAT_UNKNOWN)
		data->format = 0;
	whole &= check_sources(loader, group);
	fill_addresses(loader, reading, whole);
}

static void claim(struct loader *loader, struct actor *actor)
{
	const char *what = actor->kind == ACTOR_HOST ? "a host" : "a peer";

	if (!name_refused(loader, &actor->name))
		name_claim(loader, &actor->name, (struct named){ .actor = actor },
			   what);
}

static void read_actor(struct loader *loader, const struct value *group, void *context)
{
	const struct listing *listing = context;
	struct reading *reading = arena_alloc(loader->arena, sizeof(*reading));
	struct actor *actor = arena_alloc(loader->arena, sizeof(*actor));

	reading->actor = actor;
	reading->data.format = FORMAT_UNKNOWN;

	bool good = schema_read(loader, listing->schema, group, reading);

	*actor = (struct actor){
		.kind = listing->kind,
		.name = reading->name,
		.span = group->span,
	};
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		actor->addresses[family] = ranges_empty(family);
	if (actor->name.text)
		claim(loader, actor);
	else
		actor->name.text = "";
	if (actor->kind == ACTOR_HOST)
		fill_host(loader, reading);
	else
		fill_peer(loader, reading, group, good);
	LIST_PUSH(loader->arena, &loader->site->actors, actor);
	LIST_PUSH(loader->arena, listing->readings, reading);
}

/* ---- roles, once all names are known ---- */

static void unknown_role(struct loader *loader, const struct word *name,
			 const struct names *roles)
{
	const struct named *named = names_find(&loader->names, name->text);

	if (named && named->actor) {
		diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
			   "\"%s\" is not a role", name->text);
		if (named->span.source)
			diag_note(loader->diags, named->span, "it is the %s",
				  named->actor->kind == ACTOR_HOST
					  ? "host of this name"
					  : "peer of this name");
		return;
	}
	/* it may be declared where a profile is missing, which is reported */
	if (document_misses(loader, loader->scope))
		return;
	diag_error(loader->diags, DIAG_UNKNOWN_NAME, name->span,
		   "no role is called \"%s\"", name->text);
	note_nearest(loader, roles, name->text);
}

/* Both lists of the actor hold what was found, and only that. */
static void resolve_roles(struct loader *loader, const struct reading *reading,
			  const struct names *roles)
{
	const struct words *names = &reading->role_names;
	struct actor *actor = reading->actor;

	actor->roles = arena_array(loader->arena, names->count, sizeof(*actor->roles));
	for (size_t i = 0; i < names->count; i++) {
		const struct word *name = &names->items[i];
		const struct role *role;

		if (name_refused(loader, name))
			continue;
		role = role_find(loader, loader->scope, name->text);
		if (!role) {
			unknown_role(loader, name, roles);
			continue;
		}
		actor->roles[actor->role_names.count] = role;
		LIST_PUSH(loader->arena, &actor->role_names, *name);
	}
}

void actors_read(struct loader *loader, const struct document *document)
{
	struct readings readings = { 0 };
	struct listing hosts = { ACTOR_HOST, &host_schema, &readings };
	struct listing peers = { ACTOR_PEER, &peer_schema, &readings };
	struct names roles = { 0 };
	unsigned errors = loader->diags->error_count;

	loader->scope = document;
	each_group(
		loader, document->host_list,
		"a group like { name = \"sensor-1\"; addresses = [ \"192.0.2.11\" ]; }",
		read_actor, &hosts);
	each_group(loader, document->peer_list,
		   "a group like { name = \"analysts\"; addresses = [ "
		   "\"198.51.100.0/24\" ]; }",
		   read_actor, &peers);
	for (size_t i = 0; i < loader->site->roles.count; i++) {
		struct role *role = loader->site->roles.items[i];

		names_add(loader->arena, &roles, role->name.text, role);
	}
	for (size_t i = 0; i < readings.count; i++)
		resolve_roles(loader, readings.items[i], &roles);
	loader->uncertain |= loader->diags->error_count != errors;
}
