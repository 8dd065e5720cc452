/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole rule sets as libnftables JSON: one transaction, in the order of nft's own. */
#include <assert.h>

#include "emit/form.h"

enum { JSON_SCHEMA_VERSION = 1 };

static json_t *command(const char *verb, json_t *object)
{
	return json_made(json_pack("{s:o}", verb, object));
}

static json_t *bare_table(enum table_family family)
{
	return json_made(json_pack("{s:{s:s, s:s}}", "table", "family",
				   table_family_names[family], "name", ROLEWALL_TABLE));
}

static json_t *table_json(const struct table *table)
{
	json_t *members = json_made(json_pack("{s:s, s:s}", "family",
					      table_family_names[table->family], "name",
					      table->name));

	if (table->comment)
		json_put(members, "comment", json_text(table->comment));
	return json_made(json_pack("{s:o}", "table", members));
}

static json_t *rule_object(const struct rule *rule, const struct chain *chain,
			   const struct table *table)
{
	json_t *members = json_made(json_pack(
		"{s:s, s:s, s:s, s:o}", "family", table_family_names[table->family],
		"table", table->name, "chain", chain->name, "expr",
		rule_json(rule, table->family)));

	if (rule->comment)
		json_put(members, "comment", json_text(rule->comment));
	return json_made(json_pack("{s:o}", "rule", members));
}

/*
 * libnftables 1.0.6 takes one device for a chain; each further one is added to the
 * chain that is there then, which kernels do since 6.4.
 */
static void chain_commands(const struct chain *chain, const struct table *table,
			   json_t *commands)
{
	size_t i = 0;

	do {
		const char *device = i < chain->device_count ? chain->devices[i] : NULL;

		json_push(commands, command("add", chain_json(chain, table, device)));
	} while (++i < chain->device_count);
}

/* Chains first, for verdict maps to jump to; rules last, for the sets they name. */
static void table_commands(const struct table *table, json_t *commands)
{
	json_push(commands, command("add", table_json(table)));
	for (size_t i = 0; i < table->chain_count; i++)
		chain_commands(&table->chains[i], table, commands);
	for (size_t i = 0; i < table->set_count; i++)
		json_push(commands, command("add", set_json(&table->sets[i], table)));
	for (size_t i = 0; i < table->chain_count; i++) {
		const struct chain *chain = &table->chains[i];

		for (size_t k = 0; k < chain->rule_count; k++)
			json_push(commands, command("add", rule_object(&chain->rules[k],
								       chain, table)));
	}
}

json_t *emit_json(const struct ruleset *ruleset)
{
	json_t *commands = json_made(json_pack(
		"[{s:{s:i}}]", "metainfo", "json_schema_version", JSON_SCHEMA_VERSION));

	assert(emit_is_expressible(ruleset));

	for (enum table_family family = 0; family < TABLE_FAMILY_COUNT; family++) {
		json_push(commands, command("add", bare_table(family)));
		json_push(commands, command("delete", bare_table(family)));
	}
	for (size_t i = 0; i < ruleset->table_count; i++)
		table_commands(&ruleset->tables[i], commands);
	return json_made(json_pack("{s:o}", "nftables", commands));
}
