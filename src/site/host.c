/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which host is meant: by its name, by the machine's name, or by its addresses. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "site/site.h"

/* Hosts that a message lists. */
enum { LISTED_HOSTS = 16 };

bool actor_plays(const struct actor *actor, const struct end *end)
{
	if (end->actor)
		return end->actor == actor;
	for (size_t i = 0; end->role && i < actor->role_names.count; i++)
		if (actor->roles[i] == end->role)
			return true;
	return false;
}

/* ---- what to type ---- */

/* Ends a failing choice: the hosts, ready to be typed. */
static void note_hosts(const struct site *site, struct diags *diags)
{
	struct buffer words AUTO_BUFFER = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (actor->kind != ACTOR_HOST)
			continue;
		if (count < LISTED_HOSTS)
			buffer_format(&words, "%s%s", count ? ", " : "",
				      actor->name.text);
		count++;
	}
	if (count > LISTED_HOSTS)
		buffer_format(&words, " and %zu more", count - LISTED_HOSTS);
	if (count)
		diag_note(diags, (struct span){ 0 },
			  "say it with --host NAME: the hosts are %s", words.data);
}

static const struct actor *no_hosts(const struct site *site, struct diags *diags)
{
	diag_error(diags, DIAG_HOST, (struct span){ .source = site->source },
		   "the site \"%s\" has no hosts to compile for", site->name.text);
	diag_note(diags, (struct span){ 0 },
		  "hosts = ( { name = \"NAME\"; roles = [ \"ROLE\" ]; addresses = [ "
		  "\"ADDRESS\" ]; } );");
	return NULL;
}

static size_t host_count(const struct site *site)
{
	size_t count = 0;

	for (size_t i = 0; i < site->actors.count; i++)
		count += site->actors.items[i]->kind == ACTOR_HOST;
	return count;
}

/* ---- by name ---- */

/* `length` bytes of a machine's name, which may be written in capitals. */
static const struct actor *find_by_name(const struct site *site, const char *name,
					size_t length)
{
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (actor->kind == ACTOR_HOST && strlen(actor->name.text) == length &&
		    !strncasecmp(actor->name.text, name, length))
			return actor;
	}
	return NULL;
}

static void note_nearest_host(const struct site *site, const char *name,
			      struct diags *diags)
{
	const char **names =
		arena_array(diags->arena, site->actors.count, sizeof(*names));
	const char *nearest;

	for (size_t i = 0; i < site->actors.count; i++)
		if (site->actors.items[i]->kind == ACTOR_HOST)
			names[i] = site->actors.items[i]->name.text;
	nearest = text_nearest(name, names, site->actors.count);
	if (nearest)
		diag_note(diags, (struct span){ 0 }, "did you mean \"%s\"?", nearest);
}

static const struct actor *host_called(const struct site *site, const char *name,
				       struct diags *diags)
{
	for (size_t i = 0; i < site->actors.count; i++) {
		const struct actor *actor = site->actors.items[i];

		if (strcmp(actor->name.text, name) != 0)
			continue;
		if (actor->kind == ACTOR_HOST)
			return actor;
		diag_error(diags, DIAG_HOST, actor->name.span,
			   "\"%s\" is a peer: rolewall compiles for hosts alone", name);
		note_hosts(site, diags);
		return NULL;
	}
	diag_error(diags, DIAG_HOST, (struct span){ .source = site->source },
		   "the site has no host called \"%s\"", name);
	note_nearest_host(site, name, diags);
	note_hosts(site, diags);
	return NULL;
}

static const struct actor *host_of_machine(const struct site *site,
					   const char *machine_name)
{
	const struct actor *host;

	if (!machine_name || !*machine_name)
		return NULL;
	host = find_by_name(site, machine_name, strlen(machine_name));
	return host ? host
		    : find_by_name(site, machine_name, strcspn(machine_name, "."));
}

/* ---- by address ---- */

static bool shares_address(const struct actor *host, const struct ranges *addresses)
{
	size_t index;

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (ranges_meet(&host->addresses[family], &addresses[family], &index))
			return true;
	return false;
}

/* Hosts that have one of the addresses: at most two, for two is one too many. */
static size_t hosts_at(const struct site *site, const struct ranges *addresses,
		       const struct actor *found[2])
{
	size_t count = 0;

	for (size_t i = 0; addresses && i < site->actors.count && count < 2; i++) {
		const struct actor *actor = site->actors.items[i];

		if (actor->kind == ACTOR_HOST && shares_address(actor, addresses))
			found[count++] = actor;
	}
	return count;
}

static const struct actor *ambiguous(const struct site *site,
				     const struct actor *const found[2],
				     struct diags *diags)
{
	diag_error(diags, DIAG_HOST, (struct span){ .source = site->source },
		   "this machine has addresses of the hosts \"%s\" and \"%s\"",
		   found[0]->name.text, found[1]->name.text);
	diag_note(diags, found[0]->name.span, "the one is declared here");
	diag_note(diags, found[1]->name.span, "the other is declared here");
	note_hosts(site, diags);
	return NULL;
}

static const struct actor *unknown_machine(const struct site *site,
					   const char *machine_name,
					   struct diags *diags)
{
	if (machine_name && *machine_name)
		diag_error(diags, DIAG_HOST, (struct span){ .source = site->source },
			   "which host is this machine? none is called \"%s\", none "
			   "has an address of it",
			   machine_name);
	else
		diag_error(diags, DIAG_HOST, (struct span){ .source = site->source },
			   "which host is this machine? it has no name, and no host "
			   "has an address of it");
	note_hosts(site, diags);
	return NULL;
}

const struct actor *site_host(const struct site *site, const char *name,
			      const char *machine_name, const struct ranges *addresses,
			      struct diags *diags)
{
	const struct actor *found[2] = { NULL, NULL };
	const struct actor *host;
	size_t count = host_count(site), found_count;

	if (!count)
		return no_hosts(site, diags);
	if (name)
		return host_called(site, name, diags);
	host = host_of_machine(site, machine_name);
	if (host)
		return host;
	found_count = hosts_at(site, addresses, found);
	if (found_count == 2)
		return ambiguous(site, found, diags);
	if (found_count == 1)
		return found[0];
	for (size_t i = 0; count == 1 && i < site->actors.count; i++)
		if (site->actors.items[i]->kind == ACTOR_HOST)
			return site->actors.items[i];
	return unknown_machine(site, machine_name, diags);
}
