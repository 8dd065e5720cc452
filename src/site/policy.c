/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to that which no flow speaks of: of the site, and of a host. */
#include <string.h>

#include "base/text.h"
#include "site/rate.h"

enum {
	PREFIX_BYTES = 60,
	/*
	 * Connection tracking sees what leaves a machine at -200, and is done with a
	 * packet at the very last: before, and after, a rule knows no state.
	 */
	PRIORITY_MIN = -199,
	PRIORITY_MAX = INT32_MAX - 1,
	RATE_COUNT = 10,
	RATE_SECONDS = 60,
};

static const char *const verdicts[] = {
	[POLICY_DROP] = "drop",
	[POLICY_REJECT] = "reject",
	[POLICY_ACCEPT] = "accept",
	NULL,
};

static const char *const icmp_choices[] = {
	[ICMP_ESSENTIAL] = "essential",
	[ICMP_PING] = "ping",
	NULL,
};

static item_read read_mode, read_log, read_prefix, read_log_group, read_priority;

#define POLICY(member) offsetof(struct policy, member)

/* clang-format off */
static const struct item policy_items[] = {
	{ "mode",        read_mode },
	{ "inbound",     read_choice,   POLICY(inbound),  .choices = verdicts },
	{ "outbound",    read_choice,   POLICY(outbound), .choices = verdicts },
	{ "forward",     read_choice,   POLICY(forward),  .choices = verdicts },
	{ "icmp",        read_choice,   POLICY(icmp),     .choices = icmp_choices },
	{ "dhcp-client", read_boolean,  POLICY(dhcp_client) },
	{ "anti-spoof",  read_boolean,  POLICY(anti_spoof) },
	{ "log",         read_log },
	{ "priority",    read_priority, POLICY(priority) },
};

static const struct item log_items[] = {
	{ "rate",   read_rate,   POLICY(log.rate) },
	{ "group",  read_log_group },
	{ "prefix", read_prefix, POLICY(log.prefix) },
};

/* As nft calls them; those of NAT stand in chains that rolewall does not have. */
static const struct priority {
	const char *name;
	int32_t value;
} priorities[] = {
	{ "raw",      -300 },
	{ "mangle",   -150 },
	{ "filter",   0 },
	{ "security", 50 },
};
/* clang-format on */

static const struct schema policy_schema = { "a policy", policy_items,
					     COUNT_OF(policy_items) };
static const struct schema log_schema = { "\"log\"", log_items, COUNT_OF(log_items) };

static bool read_mode(struct loader *loader, const struct item *item,
		      const struct value *value, void *member)
{
	(void)item;
	(void)member;
	if (value->kind != VALUE_TEXT)
		return type_error(loader, value, "\"enforce\" or \"audit\"");
	if (value->broken)
		return false;
	if (!strcmp(value->text, "audit"))
		return diag_error(loader->diags, DIAG_UNSUPPORTED, value->span,
				  "audit mode is not in this version yet: what nothing "
				  "permits is dropped");
	if (strcmp(value->text, "enforce") != 0)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"mode\": expected \"enforce\" or \"audit\", found "
				  "\"%s\"",
				  shown(loader, value->text));
	return true;
}

static bool read_log(struct loader *loader, const struct item *item,
		     const struct value *value, void *member)
{
	(void)item;
	if (value->kind != VALUE_GROUP)
		return type_error(loader, value,
				  "a group like { rate = \"10/minute\"; }");
	return schema_read(loader, &log_schema, value, member);
}

static bool read_log_group(struct loader *loader, const struct item *item,
			   const struct value *value, void *member)
{
	struct item number = { .key = item->key, .low = 0, .high = UINT16_MAX };
	struct policy *policy = member;
	int32_t group;

	if (!read_integer(loader, &number, value, &group))
		return false;
	policy->log.to_group = true;
	policy->log.group = (uint16_t)group;
	return true;
}

/* The kernel takes any bytes; what nft cannot write could not be shown as a script. */
static bool read_prefix(struct loader *loader, const struct item *item,
			const struct value *value, void *member)
{
	const char *prefix;
	const char *odd;

	if (!read_text(loader, item, value, &prefix))
		return false;
	odd = strpbrk(prefix, "\"$");
	if (odd)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"prefix\": nft has no way to write %s in a prefix",
				  *odd == '$' ? "\"$\"" : "a double quote");
	if (!*prefix || strlen(prefix) > PREFIX_BYTES)
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "\"prefix\": expected 1 to %d bytes, found %zu",
				  PREFIX_BYTES, strlen(prefix));
	*(const char **)member = prefix;
	return true;
}

static bool priority_unknown(struct loader *loader, const struct value *value)
{
	struct names names = { 0 };

	if (!strcmp(value->text, "dstnat") || !strcmp(value->text, "srcnat"))
		return diag_error(loader->diags, DIAG_VALUE, value->span,
				  "the priority \"%s\" is for chains of NAT alone",
				  value->text);
	diag_error(loader->diags, DIAG_VALUE, value->span,
		   "\"priority\": expected \"mangle\", \"filter\", \"security\" or a "
		   "number, found \"%s\"",
		   shown(loader, value->text));
	for (size_t i = 0; i < COUNT_OF(priorities); i++)
		names_add(loader->arena, &names, priorities[i].name, &names);
	note_nearest(loader, &names, value->text);
	return false;
}

static bool priority_check(struct loader *loader, const struct value *value,
			   int32_t priority)
{
	if (priority >= PRIORITY_MIN && priority <= PRIORITY_MAX)
		return true;
	diag_error(loader->diags, DIAG_VALUE, value->span,
		   "\"priority\": expected %d to %d, found %d", (int)PRIORITY_MIN,
		   (int)PRIORITY_MAX, (int)priority);
	if (priority < PRIORITY_MIN)
		diag_note(loader->diags, (struct span){ 0 },
			  "connection tracking begins at -200: before it no packet "
			  "belongs to a connection, and all would be dropped");
	return false;
}

static bool read_priority(struct loader *loader, const struct item *item,
			  const struct value *value, void *member)
{
	const struct priority *named = NULL;
	int32_t priority;

	(void)item;
	if (value->kind != VALUE_INTEGER && value->kind != VALUE_TEXT)
		return type_error(loader, value, "a name like \"filter\", or a number");
	if (value->broken)
		return false;
	for (size_t i = 0; value->kind == VALUE_TEXT && i < COUNT_OF(priorities); i++)
		if (!strcmp(priorities[i].name, value->text))
			named = &priorities[i];
	if (value->kind == VALUE_TEXT && !named)
		return priority_unknown(loader, value);
	priority = named ? named->value : value->integer;
	if (!priority_check(loader, value, priority))
		return false;
	*(int32_t *)member = priority;
	return true;
}

/* What is not zero when nothing is said. */
static void fill_defaults(struct policy *policy)
{
	if (policy->log.prefix)
		return;
	policy->log.prefix = "rolewall";
	policy->log.rate = (struct rate){
		.count = RATE_COUNT,
		.unit_seconds = RATE_SECONDS,
		.burst = RATE_BURST_DEFAULT,
	};
}

void policy_read(struct loader *loader, const struct value *value,
		 struct policy *policy)
{
	fill_defaults(policy);
	if (!value)
		return;
	policy->span = value->key_span;
	if (value->kind != VALUE_GROUP)
		type_error(loader, value, "a group like { outbound = \"drop\"; }");
	else
		schema_read(loader, &policy_schema, value, policy);
}
