/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of site/ share while one site is loaded. */
#pragma once

#include "base/diag.h"
#include "site/input.h"
#include "site/names.h"
#include "site/site.h"
#include "site/value.h"

struct document;

struct documents {
	struct document **items;
	size_t count, capacity;
};

/* One file of the language: the site, or a profile. */
struct document {
	struct word name;
	struct profile *profile; /* NULL: the site */
	const struct value *root;
	struct documents closure; /* all that it uses, used ones first, itself last */
	struct names roles, services, flows; /* its own, by their names in this file */
	struct words use;
	/* top-level values that are read one after the other; NULL: not there */
	const struct value *role_list, *service_list, *host_list, *peer_list;
	const struct value *flow_list, *close_list, *adjust_list;
	const struct value *policy, *expect_list;
};

/* A flow while it is put together. */
struct draft {
	struct flow flow;
	const struct document *document;          /* that declares it */
	const struct document *closer, *adjuster; /* that spoke last, or NULL */
	struct span source_port_span, family_span, group_span, expires_span;
	bool broken; /* a mistake in an end or its content was reported */
};

struct drafts {
	struct draft **items;
	size_t count, capacity;
};

/* What a name of the name space that roles, hosts and peers share stands for. */
struct named {
	const struct role *role; /* exactly one of the two */
	struct actor *actor;
	struct span span;
};

/* One address form of a host, to find its place again. */
struct literal {
	const struct actor *actor;
	enum family family;
	uint8_t low[16], high[16];
	struct span span;
};

struct literals {
	struct literal *items;
	size_t count, capacity;
};

struct loader {
	struct arena *arena;
	struct diags *diags;
	const struct site_options *options;
	struct site *site;
	struct inputs inputs;
	struct documents documents; /* all, used ones first */
	struct names profiles;      /* struct document, by the profile's name */
	struct names names;         /* struct named: roles, hosts, peers, any */
	struct names flow_ids;      /* struct draft, by full id */
	struct names data_files;    /* struct data_file, by path */
	struct drafts drafts;
	struct literals literals;
	/* the document whose text is read: names are looked up from there */
	const struct document *scope;
	/* who plays what is not known for sure: nobody is not told of */
	bool uncertain;
};

/* Says that `value` is not `expected` ("a text"); false. */
bool type_error(struct loader *loader, const struct value *value, const char *expected);

/* Text as a message may repeat it: cut when it is long. */
const char *shown(struct loader *loader, const char *text);

/* A note with the nearest of `names`, if one is near; after very many errors none. */
void note_nearest(struct loader *loader, const struct names *names, const char *text);

/* ---- documents and what they declare, in the order of reading ---- */

/* Reads the file at `path`; NULL with a diagnostic. */
struct document *document_read(struct loader *loader, const char *path,
			       struct span user) MUST_USE;

/* Reads the profiles that `document` uses, and fills the closures. */
void profiles_read(struct loader *loader, struct document *document);

void roles_read(struct loader *loader, struct document *document);
void services_read(struct loader *loader, struct document *document);
/* Over what `policy` holds, or over the defaults when it is all zero; NULL: no more. */
void policy_read(struct loader *loader, const struct value *value,
		 struct policy *policy);
void actors_read(struct loader *loader, const struct document *document);
void flows_read(struct loader *loader, struct document *document);
void departures_read(struct loader *loader, const struct document *document);
void expectations_read(struct loader *loader, const struct document *document);

/* Takes a name of the shared name space; false with a diagnostic when it is taken. */
bool name_claim(struct loader *loader, const struct word *name, struct named named,
		const char *what);

/* Refuses names that this version does not know the meaning of; true: refused. */
bool name_refused(struct loader *loader, const struct word *name);

/* The role as seen from `document`: its own or a used one's; NULL: not declared. */
const struct role *role_find(const struct loader *loader,
			     const struct document *document, const char *name);

/* Whether `user` uses `used`, directly or not.  No document uses itself. */
bool document_uses(const struct document *user, const struct document *used);

/* "profile "x"" or "the site", for messages. */
const char *document_words(struct loader *loader, const struct document *document);

/* ---- checks of the whole ---- */

void flows_check(struct loader *loader);
void hosts_check_addresses(struct loader *loader);
void ends_check(struct loader *loader);

/* Puts the diagnostics from `*first` on into the order of the text. */
void diags_order(struct loader *loader, struct diag **first);
