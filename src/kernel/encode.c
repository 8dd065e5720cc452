/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables, chains, rules and what goes away to messages; sets have their own file. */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "kernel/encode.h"
#include "kernel/step.h"

void encoder_start(struct encoder *encoder, struct arena *arena, struct buffer *out,
		   uint32_t first_sequence)
{
	*encoder = (struct encoder){
		.out = out,
		.arena = arena,
		.first_sequence = first_sequence,
	};
}

void encoder_end(struct encoder *encoder)
{
	buffer_reset(&encoder->userdata);
}

size_t encoder_message(struct encoder *encoder, uint16_t type, uint16_t flags)
{
	struct message_head head = {
		.type = type,
		.flags = flags,
		.family = family_numbers[encoder->subject.table->family],
		.sequence = encoder->first_sequence + (uint32_t)encoder->trace.count,
	};
	struct trace_entry entry = { encoder->out->length, encoder->subject };

	LIST_PUSH(encoder->arena, &encoder->trace, entry);
	return message_begin(encoder->out, &head);
}

/* A message that is one object by its rows. */
static void put_object(struct encoder *encoder, uint16_t type, uint16_t flags,
		       const struct rows *rows, const void *object)
{
	size_t message = encoder_message(encoder, type, flags);

	rows_put(encoder->out, rows, object);
	message_end(encoder->out, message);
}

/* The note of a comment; nothing when there is none.  Valid until the next. */
static struct wire_bytes comment_note(struct encoder *encoder, const char *comment)
{
	if (!comment)
		return (struct wire_bytes){ 0 };
	encoder->userdata.length = 0;
	userdata_put_text(&encoder->userdata, USERDATA_COMMENT, comment);
	return (struct wire_bytes){ (const uint8_t *)encoder->userdata.data,
				    encoder->userdata.length };
}

/* ---- tables and chains ---- */

void encode_table(struct encoder *encoder, const struct table *table)
{
	struct wire_table wire = {
		.name = table->name,
		.flags = table->dormant ? NFT_TABLE_F_DORMANT : 0,
		.userdata = comment_note(encoder, table->comment),
	};

	encoder->subject = (struct subject){ .table = table };
	put_object(encoder, NFT_MSG_NEWTABLE, 0, &table_rows, &wire);
}

static void hook_of(const struct encoder *encoder, const struct chain *chain,
		    struct wire_hook *hook)
{
	hook->number = hook_number(encoder->subject.table->family, chain->hook);
	hook->priority = (uint32_t)chain->priority;
	if (chain->device_count == 1)
		hook->device = chain->devices[0];
	else
		hook->devices =
			(struct wire_texts){ chain->devices, chain->device_count };
}

static uint32_t policy_of(const struct chain *chain)
{
	return chain->policy == VERDICT_DROP ? NF_DROP : NF_ACCEPT;
}

void encode_chain(struct encoder *encoder, const struct chain *chain)
{
	struct wire_chain wire = {
		.table = encoder->subject.table->name,
		.name = chain->name,
		.policy = POLICY_NONE,
		.hook.number = HOOK_NONE,
		.userdata = comment_note(encoder, chain->comment),
	};

	if (chain->base) {
		wire.type = chain_type_names[chain->type];
		wire.policy = policy_of(chain);
		hook_of(encoder, chain, &wire.hook);
	}
	encoder->subject.chain = chain;
	put_object(encoder, NFT_MSG_NEWCHAIN, NLM_F_CREATE, &chain_rows, &wire);
	encoder->subject.chain = NULL;
}

void encode_policy(struct encoder *encoder, const struct chain *chain)
{
	struct wire_chain wire = {
		.table = encoder->subject.table->name,
		.name = chain->name,
		.policy = policy_of(chain),
		.hook.number = HOOK_NONE,
	};

	encoder->subject.chain = chain;
	put_object(encoder, NFT_MSG_NEWCHAIN, NLM_F_CREATE, &chain_rows, &wire);
	encoder->subject.chain = NULL;
}

/* ---- rules ---- */

const struct rule_place place_last = { .flags = NLM_F_CREATE | NLM_F_APPEND };

/* The next counter of `rule` from step `*at` on; NULL when there is none. */
static const struct step *next_counter(const struct rule *rule, size_t *at)
{
	while (rule && *at < rule->step_count) {
		const struct step *step = &rule->steps[(*at)++];

		if (step->kind == STEP_COUNTER)
			return step;
	}
	return NULL;
}

static void set_counters(struct encoder *encoder, const struct rule *counted)
{
	size_t at = 0;

	for (size_t i = 0; i < encoder->expressions.count; i++) {
		struct expression *expression = &encoder->expressions.items[i];
		const struct step *step;

		if (expression->kind != EXPRESSION_COUNTER)
			continue;
		expression->counter = (struct wire_counter){ 0 };
		step = next_counter(counted, &at);
		if (step)
			expression->counter = (struct wire_counter){
				.packets = step->counter.packets,
				.bytes = step->counter.bytes,
			};
	}
}

/* The sets that only this rule has stand directly before it. */
static void put_anonymous_sets(struct encoder *encoder)
{
	for (size_t i = 0; i < encoder->expressions.count; i++) {
		struct set_reference *set =
			expression_set(&encoder->expressions.items[i]);

		if (!set || set->set->name)
			continue;
		set->name = anonymous_name(set->set);
		set->id = encode_set_declaration(encoder, set->set);
		encode_elements(encoder, set->set, set->id);
	}
}

void encode_rule(struct encoder *encoder, const struct rule *rule,
		 const struct rule_place *place, const struct rule *counted)
{
	struct wire_rule wire = {
		.table = encoder->subject.table->name,
		.chain = encoder->subject.chain->name,
		.handle = place->handle,
		.position = place->position,
		.position_id = place->position_id,
		.id = place->id,
	};

	encoder->subject.rule = rule;
	encoder->expressions.count = 0;
	steps_to_expressions(encoder->arena, rule->steps, rule->step_count,
			     &encoder->expressions);
	set_counters(encoder, counted);
	put_anonymous_sets(encoder);

	wire.userdata = comment_note(encoder, rule->comment);

	size_t message = encoder_message(encoder, NFT_MSG_NEWRULE, place->flags);

	rows_put(encoder->out, &rule_rows, &wire);

	size_t list = attr_nest(encoder->out, NFTA_RULE_EXPRESSIONS);

	for (size_t i = 0; i < encoder->expressions.count; i++)
		expression_put(encoder->out, NFTA_LIST_ELEM,
			       &encoder->expressions.items[i]);
	attr_end(encoder->out, list);
	message_end(encoder->out, message);
	encoder->subject.rule = NULL;
}

/* ---- what goes ---- */

void encode_table_gone(struct encoder *encoder, const struct table *table)
{
	encoder->subject = (struct subject){ .table = table };

	size_t message = encoder_message(encoder, NFT_MSG_DELTABLE, 0);

	attr_put_text(encoder->out, NFTA_TABLE_NAME, table->name);
	message_end(encoder->out, message);
}

void encode_chain_gone(struct encoder *encoder, const struct chain *chain)
{
	struct wire_chain wire = {
		.table = encoder->subject.table->name,
		.name = chain->name,
		.policy = POLICY_NONE,
		.hook.number = HOOK_NONE,
	};

	encoder->subject.chain = chain;
	put_object(encoder, NFT_MSG_DELCHAIN, 0, &chain_rows, &wire);
	encoder->subject.chain = NULL;
}

void encode_set_gone(struct encoder *encoder, const struct set *set)
{
	encoder->subject.set = set;

	size_t message = encoder_message(encoder, NFT_MSG_DELSET, 0);

	attr_put_text(encoder->out, NFTA_SET_TABLE, encoder->subject.table->name);
	attr_put_text(encoder->out, NFTA_SET_NAME, set->name);
	message_end(encoder->out, message);
	encoder->subject.set = NULL;
}

void encode_object_gone(struct encoder *encoder, const struct object *object)
{
	struct wire_object wire = {
		.table = encoder->subject.table->name,
		.name = object->name,
		.type = object->type,
	};

	encoder->subject.object = object;
	if (object->is_flowtable)
		put_object(encoder, NFT_MSG_DELFLOWTABLE, 0, &flowtable_rows, &wire);
	else
		put_object(encoder, NFT_MSG_DELOBJ, 0, &object_rows, &wire);
	encoder->subject.object = NULL;
}

void encode_rule_gone(struct encoder *encoder, const struct chain *chain,
		      const struct rule *rule)
{
	struct wire_rule wire = {
		.table = encoder->subject.table->name,
		.chain = chain->name,
		.handle = rule->kernel_handle,
	};

	encoder->subject.chain = chain;
	encoder->subject.rule = rule;
	put_object(encoder, NFT_MSG_DELRULE, 0, &rule_rows, &wire);
	encoder->subject.rule = NULL;
	encoder->subject.chain = NULL;
}

/* ---- all of it ---- */

static void encode_table_content(struct encoder *encoder, const struct table *table)
{
	encode_table(encoder, table);
	for (size_t i = 0; i < table->chain_count; i++)
		encode_chain(encoder, &table->chains[i]);
	for (size_t i = 0; i < table->set_count; i++) {
		encode_set(encoder, &table->sets[i]);
		encode_elements(encoder, &table->sets[i], 0);
	}
	for (size_t i = 0; i < table->chain_count; i++) {
		const struct chain *chain = &table->chains[i];

		encoder->subject.chain = chain;
		for (size_t k = 0; k < chain->rule_count; k++)
			encode_rule(encoder, &chain->rules[k], &place_last, NULL);
		encoder->subject.chain = NULL;
	}
}

void encode_ruleset(struct encoder *encoder, const struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->table_count; i++)
		encode_table_content(encoder, &ruleset->tables[i]);
}
