/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Explanations of the public header: the packet, whose rules decide, the answer. */
#include <string.h>

#include "base/text.h"

#include "library/handle.h"

/* One interface, as a kernel names it. */
static bool check_interface(const char *name, struct diags *diags)
{
	size_t length = name ? strlen(name) : 0;

	if (!name || (text_is_interface(name) && name[length - 1] != '*'))
		return true;
	return diag_error(diags, DIAG_USAGE, (struct span){ 0 },
			  "\"%s\" is not the name of an interface", name);
}

/* Whose rules: as said, this machine's for live ones; NULL: of the packets' ends. */
static bool find_asked(struct rolewall_site *site,
		       const struct rolewall_explain_options *options,
		       const struct expectation *packet,
		       struct rolewall_messages *messages, const struct actor **host)
{
	const struct actor *found;

	if (!options->host && !options->live && !site->site->is_profile &&
	    explain_finds_host(site->site, packet)) {
		*host = NULL;
		return true;
	}
	found = find_host(site, options->host, messages);
	if (found)
		*host = found;
	return found != NULL;
}

int rolewall_explain(struct rolewall_site *site, const char *packet,
		     const struct rolewall_explain_options *options,
		     struct rolewall_messages *messages,
		     struct rolewall_explanation **explanation)
{
	struct rolewall_explain_options all = { 0 };
	struct arena *arena = arena_new();
	struct rolewall_explanation *made = arena_alloc(arena, sizeof(*made));
	struct expectation *asked = arena_alloc(arena, sizeof(*asked));
	struct explain_question question = { .site = site->site, .packet = asked };
	bool known;

	if (options)
		copy_options(&all, sizeof(all), options, options->size);
	messages_keep_site(messages, site);
	if (!check_interface(all.interface, &messages->diags) ||
	    !site_packet(arena, site->site, packet, asked, &messages->diags)) {
		arena_free(arena);
		return ROLEWALL_USAGE;
	}
	if (all.live)
		question.live = all.live->ruleset;
	question.interface = all.interface ? arena_string(arena, all.interface) : NULL;
	known = find_asked(site, &all, asked, messages, &question.host);
	if (known)
		made->explanation = explain(arena, &question, &messages->diags);
	if (!made->explanation) {
		arena_free(arena);
		return failure(messages);
	}
	made->arena = arena;
	made->site = site;
	site->users++;
	*explanation = made;
	return ROLEWALL_OK;
}

void rolewall_explanation_free(struct rolewall_explanation *explanation)
{
	if (!explanation)
		return;
	rolewall_site_free(explanation->site);
	arena_free(explanation->arena);
}

const char *rolewall_explanation_verdict(const struct rolewall_explanation *explanation)
{
	return verdict_word(explanation->explanation->outcomes);
}

void rolewall_explanation_print(const struct rolewall_explanation *explanation,
				bool color, struct rolewall_text *text)
{
	struct buffer out AUTO_BUFFER = { 0 };

	explain_print(explanation->explanation, color, &out);
	text_give(&out, text);
}
