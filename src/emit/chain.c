/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains: the hook they hang on, and their rules. */
#include <inttypes.h>
#include <stdlib.h>

#include "emit/form.h"

/* ---- priorities ---- */

/* Priorities that nft writes by name, and on which hooks it does. */
static const struct priority_name {
	const char *name;
	int32_t value;
	enum hook hook;  /* HOOK_COUNT: any */
	bool on_devices; /* on ingress and egress too */
} priority_names[] = {
	{ "raw", -300, HOOK_COUNT, false },
	{ "mangle", -150, HOOK_COUNT, false },
	{ "dstnat", -100, HOOK_PREROUTING, false },
	{ "filter", 0, HOOK_COUNT, true },
	{ "security", 50, HOOK_COUNT, false },
	{ "srcnat", 100, HOOK_POSTROUTING, false },
};

/* Further away than this from a name, nft writes the number. */
enum { PRIORITY_REACH = 10 };

static bool priority_is_near(const struct priority_name *name,
			     const struct chain *chain)
{
	bool on_device = chain->hook == HOOK_INGRESS || chain->hook == HOOK_EGRESS;

	if ((on_device && !name->on_devices) ||
	    (name->hook != HOOK_COUNT && name->hook != chain->hook))
		return false;
	return chain->priority >= name->value - PRIORITY_REACH &&
	       chain->priority <= name->value + PRIORITY_REACH;
}

static void priority_text(const struct chain *chain, struct buffer *out)
{
	for (size_t i = 0; i < COUNT_OF(priority_names); i++) {
		const struct priority_name *name = &priority_names[i];
		int32_t offset = chain->priority - name->value;

		if (!priority_is_near(name, chain))
			continue;
		buffer_text(out, name->name);
		if (offset)
			buffer_format(out, " %c %d", offset < 0 ? '-' : '+',
				      abs(offset));
		return;
	}
	buffer_format(out, "%" PRId32, chain->priority);
}

/* ---- the declaration ---- */

static void devices_text(const struct chain *chain, struct buffer *out)
{
	if (!chain->device_count)
		return;
	if (chain->device_count == 1) {
		buffer_text(out, " device ");
		emit_string(chain->devices[0], out);
		return;
	}
	buffer_text(out, " devices = { ");
	for (size_t i = 0; i < chain->device_count; i++) {
		if (i)
			buffer_text(out, ", ");
		emit_string(chain->devices[i], out);
	}
	buffer_text(out, " }");
}

void emit_chain_header(const struct chain *chain, struct buffer *out)
{
	buffer_format(out, "type %s hook %s", chain_type_names[chain->type],
		      hook_names[chain->hook]);
	devices_text(chain, out);
	buffer_text(out, " priority ");
	priority_text(chain, out);
	buffer_format(out, "; policy %s;", verdict_names[chain->policy]);
}

json_t *chain_json(const struct chain *chain, const struct table *table,
		   const char *device)
{
	json_t *members = json_made(json_pack(
		"{s:s, s:s, s:s}", "family", table_family_names[table->family], "table",
		table->name, "name", chain->name));

	if (chain->base) {
		json_put(members, "type", json_string(chain_type_names[chain->type]));
		json_put(members, "hook", json_string(hook_names[chain->hook]));
		json_put(members, "prio", json_integer(chain->priority));
		json_put(members, "policy", json_string(verdict_names[chain->policy]));
	}
	if (device)
		json_put(members, "dev", json_text(device));
	if (chain->comment)
		json_put(members, "comment", json_text(chain->comment));
	return json_made(json_pack("{s:o}", "chain", members));
}

/* ---- the whole ---- */

static void rule_line(const struct rule *rule, enum table_family family,
		      struct buffer *out)
{
	buffer_text(out, "\t\t");
	emit_rule(rule, family, out);
	if (rule->comment) {
		buffer_text(out, rule->step_count ? " comment " : "comment ");
		emit_string(rule->comment, out);
	}
	buffer_char(out, '\n');
}

void chain_block(const struct chain *chain, enum table_family family,
		 struct buffer *out)
{
	buffer_text(out, "\tchain ");
	name_text(chain->name, out);
	buffer_text(out, " {\n");
	if (chain->comment) {
		buffer_text(out, "\t\tcomment ");
		emit_string(chain->comment, out);
		buffer_char(out, '\n');
	}
	if (chain->base) {
		buffer_text(out, "\t\t");
		emit_chain_header(chain, out);
		buffer_char(out, '\n');
	}
	if (chain->foreign) {
		buffer_text(out, "\t\t");
		foreign_text(chain->foreign, out);
		buffer_char(out, '\n');
	}
	for (size_t i = 0; i < chain->rule_count; i++)
		rule_line(&chain->rules[i], family, out);
	buffer_text(out, "\t}\n");
}
