/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages and texts of the public header, over base/diag.h and base/buffer.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "library/handle.h"

void rolewall_text_free(struct rolewall_text *text)
{
	if (!text)
		return;
	free(text->data);
	*text = (struct rolewall_text){ 0 };
}

void text_give(struct buffer *buffer, struct rolewall_text *text)
{
	buffer_add(buffer, "", 0); /* never NULL, also when empty */
	*text = (struct rolewall_text){ .data = buffer->data,
					.length = buffer->length };
	*buffer = (struct buffer){ 0 };
}

struct rolewall_messages *rolewall_messages_new(void)
{
	struct arena *arena = arena_new();
	struct rolewall_messages *messages = arena_alloc(arena, sizeof(*messages));

	messages->arena = arena;
	diags_init(&messages->diags, arena);
	return messages;
}

void rolewall_messages_free(struct rolewall_messages *messages)
{
	if (!messages)
		return;
	for (size_t i = 0; i < messages->sites.count; i++)
		rolewall_site_free(messages->sites.items[i]);
	arena_free(messages->arena);
}

void messages_keep_site(struct rolewall_messages *messages, struct rolewall_site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < messages->sites.count; i++)
		if (messages->sites.items[i] == site)
			return;
	site->users++;
	LIST_PUSH(messages->arena, &messages->sites, site);
}

unsigned rolewall_messages_errors(const struct rolewall_messages *messages)
{
	return messages->diags.error_count;
}

unsigned rolewall_messages_warnings(const struct rolewall_messages *messages)
{
	return messages->diags.warning_count;
}

static enum diag_code code_of_exit(enum rolewall_exit kind)
{
	switch (kind) {
	case ROLEWALL_USAGE:
		return DIAG_USAGE;
	case ROLEWALL_NO_PERMISSION:
		return DIAG_PERMISSION;
	case ROLEWALL_CONFLICT:
		return DIAG_GENERATION;
	case ROLEWALL_SITE_WRONG:
		return DIAG_VALUE;
	case ROLEWALL_OK:
	case ROLEWALL_FAILED:
	case ROLEWALL_DIFFERENT:
	case ROLEWALL_REFUSED:
	case ROLEWALL_NOTHING:
		break;
	}
	return DIAG_FILE;
}

void rolewall_messages_add(struct rolewall_messages *messages, enum rolewall_exit kind,
			   const char *text)
{
	diag_error(&messages->diags, code_of_exit(kind), (struct span){ 0 }, "%s",
		   text);
}

static enum rolewall_exit exit_of_diag(const struct diag *diag)
{
	switch (diag->code) {
	case DIAG_PERMISSION:
		return ROLEWALL_NO_PERMISSION;
	case DIAG_GENERATION:
	case DIAG_PENDING:
	case DIAG_LOCKED:
		return ROLEWALL_CONFLICT;
	case DIAG_LOCKOUT:
	case DIAG_OPENS:
		return ROLEWALL_REFUSED;
	case DIAG_NOTHING:
		return ROLEWALL_NOTHING;
	case DIAG_USAGE:
		return ROLEWALL_USAGE;
	case DIAG_KERNEL:
	case DIAG_READBACK:
	case DIAG_PROOF:
	case DIAG_STATE:
	case DIAG_NOTICE:
		return ROLEWALL_FAILED;
	case DIAG_FILE: /* named on the command line, or by a line of the site */
		return diag->span.line ? ROLEWALL_SITE_WRONG : ROLEWALL_FAILED;
	case DIAG_SYNTAX:
	case DIAG_LITERAL:
	case DIAG_UNKNOWN_KEY:
	case DIAG_UNKNOWN_NAME:
	case DIAG_MISSING:
	case DIAG_TYPE:
	case DIAG_VALUE:
	case DIAG_DUPLICATE:
	case DIAG_CONFLICT:
	case DIAG_ADDRESS:
	case DIAG_EXPIRED:
	case DIAG_NOBODY:
	case DIAG_NEVER:
	case DIAG_EXPECT:
	case DIAG_UNSUPPORTED:
	case DIAG_LIMIT:
	case DIAG_HOST:
	case DIAG_CODE_COUNT:
		break;
	}
	return ROLEWALL_SITE_WRONG;
}

enum rolewall_exit messages_exit(const struct rolewall_messages *messages)
{
	for (const struct diag *diag = messages->diags.first; diag; diag = diag->next)
		if (diag->severity == SEVERITY_ERROR)
			return exit_of_diag(diag);
	return ROLEWALL_OK;
}

int failure(const struct rolewall_messages *messages)
{
	enum rolewall_exit code = messages_exit(messages);

	assert(code != ROLEWALL_OK);
	return (int)code;
}

void copy_options(void *ours, size_t size, const void *theirs, size_t their_size)
{
	memset(ours, 0, size);
	memcpy(ours, theirs, their_size < size ? their_size : size);
}

void rolewall_messages_print(const struct rolewall_messages *messages, bool color,
			     struct rolewall_text *text)
{
	struct buffer out AUTO_BUFFER = { 0 };

	diags_print(&messages->diags, color, &out);
	text_give(&out, text);
}

const char *rolewall_nearest(const char *name, const char *const *names, size_t count)
{
	return text_nearest(name, names, count);
}
