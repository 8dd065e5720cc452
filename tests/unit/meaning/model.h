/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule sets and packets in a few words, for tests of what the one does to the other.
 *
 * "table inet; set web tcp.dport: 80 8000-8080; chain input hook=input policy=drop:
 *  tcp.dport@web accept #web | ip.saddr=192.0.2.0/24 jump:more #lan"
 *
 * Matches: FIELD=VALUE, FIELD!=VALUE with a value, a PREFIX/BITS or LOW-HIGH;
 * FIELD&BITS; FIELD@SET, FIELD!@SET, FIELD%MAP with a name or {ELEMENT,...}.  Fields
 * are nft's with dots for spaces, joined by "+"; the elements' parts too.  Elements of
 * maps end with
 * ">VERDICT".  A "~" before the match leaves out what it takes for granted.
 *
 * "in eth0 tcp 198.51.100.7:4000 192.0.2.11:22 state=new hop=64"
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meaning/evaluate.h"
#include "ruleset/build.h"
#include "support/test.h"

struct model {
	struct arena *arena;

	struct {
		struct table *items;
		size_t count, capacity;
	} tables;

	struct {
		struct chain *items;
		size_t count, capacity;
	} chains;

	struct {
		struct set *items;
		size_t count, capacity;
	} sets;
};

/* The next word of `*text`, which ends at one of `ends`; NULL when there is none. */
static inline char *model_word(char **text, const char *ends)
{
	char *word = *text + strspn(*text, ends);

	if (!*word)
		return NULL;
	*text = word + strcspn(word, ends);
	if (**text)
		*(*text)++ = '\0';
	return word;
}

/* What stands behind NAME; NULL when the word does not begin with it. */
static inline char *model_value(char *word, const char *name)
{
	size_t length = strlen(name);

	return strncmp(word, name, length) == 0 ? word + length : NULL;
}

static inline enum field model_field(const char *text)
{
	char name[64];
	enum field field;

	snprintf(name, sizeof(name), "%s", text);
	for (char *dot = name; (dot = strchr(dot, '.'));)
		*dot = ' ';
	field = strcmp(name, "fib") == 0 ? FIELD_FIB_SADDR_OIF : field_by_name(name);
	if (field == FIELD_COUNT)
		fail_msg("no field: %s", text);
	return field;
}

static inline void model_put(enum datatype type, const char *text, uint8_t *bytes)
{
	uint32_t number;

	if (type == DATATYPE_IP4_ADDRESS)
		assert_int_equal(inet_pton(AF_INET, text, bytes), 1);
	else if (type == DATATYPE_IP6_ADDRESS)
		assert_int_equal(inet_pton(AF_INET6, text, bytes), 1);
	else if (type == DATATYPE_INTERFACE_NAME)
		memcpy(bytes, text, strlen(text));
	else if (symbol_value(type, text, &number))
		datatype_put_number(type, number, bytes);
	else
		datatype_put_number(type, (uint32_t)strtoul(text, NULL, 0), bytes);
}

/* ---- sets ---- */

static inline enum verdict model_verdict(char *word, const char **target)
{
	char *behind;

	for (enum verdict v = VERDICT_ACCEPT; v < VERDICT_COUNT; v++) {
		behind = model_value(word, verdict_names[v]);
		if (behind && (!*behind || *behind == ':')) {
			*target = *behind ? behind + 1 : NULL;
			return v;
		}
	}
	return VERDICT_NONE;
}

/* One part of a key: a value, a prefix or LOW-HIGH. */
static inline void model_part(enum datatype type, char *text, uint8_t *low,
			      uint8_t *high)
{
	unsigned width = datatypes[type].width;
	char *behind = text + strcspn(text, "-/");
	char ending = *behind;

	if (ending)
		*behind++ = '\0';
	model_put(type, text, low);
	memcpy(high, low, width);
	if (ending == '-')
		model_put(type, behind, high);
	for (unsigned bit = ending == '/' ? (unsigned)atoi(behind) : 8 * width;
	     bit < 8 * width; bit++)
		high[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static inline void model_element(struct set *set, char *text)
{
	uint8_t *low = set->keys + set->count * set_stride(set), bytes[16] = { 0 };
	char *verdict = strchr(text, '>');

	if (verdict) {
		*verdict++ = '\0';
		set->elements[set->count].verdict =
			model_verdict(verdict, &set->elements[set->count].target);
	}
	for (size_t i = 0; i < set->type_count; i++) {
		enum datatype type = set->types[i];
		size_t width = datatypes[type].width;

		model_part(type, model_word(&text, "+"), low,
			   set->interval ? low + set->key_length : bytes);
		low += set->type_count > 1 ? (width + 3) / 4 * 4 : width;
	}
	set->count++;
}

/* Of the fields "a+b" and the elements "1 2-3". */
static inline struct set model_set(struct model *model, char *fields, char *elements)
{
	size_t room = 1;
	struct set set = { .map = strchr(elements, '>') != NULL,
			   .interval = strpbrk(elements, "-/") != NULL };

	for (char *name; (name = model_word(&fields, "+"));) {
		set.types[set.type_count] = field_infos[model_field(name)].type;
		set.key_length += datatypes[set.types[set.type_count++]].width;
	}
	if (set.type_count > 1) {
		set.key_length = 0;
		for (size_t i = 0; i < set.type_count; i++)
			set.key_length +=
				(datatypes[set.types[i]].width + 3u) / 4u * 4u;
	}
	for (char *at = elements; *at; at++)
		room += strchr(" ,", *at) != NULL;
	set.keys = arena_array(model->arena, room, set_stride(&set));
	set.elements = arena_array(model->arena, room, sizeof(*set.elements));
	for (char *word; (word = model_word(&elements, " ,}"));)
		model_element(&set, word);
	return set;
}

/* ---- rules ---- */

static inline const struct set *model_set_of(struct model *model, char *fields,
					     char *name)
{
	struct set *made;

	for (size_t i = 0; i < model->sets.count; i++) {
		if (strcmp(model->sets.items[i].name, name) == 0)
			return &model->sets.items[i];
	}
	if (*name != '{')
		fail_msg("no set: %s", name);
	made = arena_alloc(model->arena, sizeof(*made));
	*made = model_set(model, fields, name + 1);
	return made;
}

static inline void model_compare(struct step *step, char *value)
{
	enum datatype type = field_infos[step->match.fields[0]].type;
	size_t length = strlen(value);
	char *bits = strchr(value, '/');

	step->match.bits = (uint16_t)(8 * datatypes[type].width);
	if (type == DATATYPE_INTERFACE_NAME && length && value[length - 1] == '*') {
		value[--length] = '\0';
		step->match.bits = (uint16_t)(8 * length);
	}
	if (bits) {
		*bits++ = '\0';
		step->match.bits = (uint16_t)atoi(bits);
	}
	if (strchr(value, '-')) {
		step->match.op =
			step->match.op == MATCH_EQUAL ? MATCH_RANGE : MATCH_NOT_RANGE;
		model_part(type, value, step->match.value, step->match.high);
	} else {
		model_put(type, value, step->match.value);
	}
}

/* What nft would match before a field. */
static inline void model_depend(struct rule_builder *builder, enum field field)
{
	const struct field_info *info = &field_infos[field];

	if (info->nfproto && builder->family == TABLE_NETDEV)
		build_equal(builder, FIELD_ETHER_PROTOCOL,
			    info->nfproto == NFPROTO_IP4_FIELD ? 0x0800 : 0x86dd);
	else if (info->nfproto)
		build_equal(builder, FIELD_NFPROTO, info->nfproto);
	if (info->l4proto)
		build_equal(builder, FIELD_L4PROTO, info->l4proto);
}

static inline bool model_match(struct model *model, struct rule_builder *builder,
			       char *word)
{
	static const struct {
		const char *text;
		enum match_op op;
	} ops[] = { { "!=", MATCH_NOT_EQUAL }, { "!@", MATCH_NOT_IN },
		    { "=", MATCH_EQUAL },      { "@", MATCH_IN },
		    { "%", MATCH_MAP },        { "&", MATCH_ANY_BIT } };
	struct step step = { .kind = STEP_MATCH };
	bool bare = *word == '~';
	char *fields = word + bare, *at = strpbrk(fields, "!=@%&"), *names, *value;
	size_t row = 0;

	if (!at)
		return false;
	while (strncmp(at, ops[row].text, strlen(ops[row].text)) != 0)
		row++;
	value = at + strlen(ops[row].text);
	*at = '\0';
	step.match.op = ops[row].op;
	names = arena_string(model->arena, fields);
	for (char *name; (name = model_word(&names, "+"));) {
		enum field field = model_field(name);

		step.match.fields[step.match.field_count++] = field;
		if (!bare)
			model_depend(builder, field);
	}
	if (step.match.op == MATCH_IN || step.match.op == MATCH_NOT_IN ||
	    step.match.op == MATCH_MAP)
		step.match.set = model_set_of(model, fields, value);
	else
		model_compare(&step, value);
	build_step(builder, step);
	return true;
}

static inline bool model_statement(struct model *model, struct rule_builder *builder,
				   char *word)
{
	struct step step = { .kind = STEP_KIND_COUNT };
	char *set = model_value(word, "update:");
	const struct limit limit = { .rate = 5, .unit_seconds = 60, .burst = 5 };

	if (strcmp(word, "counter") == 0)
		step.kind = STEP_COUNTER;
	if (strcmp(word, "log") == 0)
		step.kind = STEP_LOG;
	if (model_value(word, "limit")) {
		step.kind = STEP_LIMIT;
		step.limit = limit;
		step.limit.over = strcmp(word, "limit-over") == 0;
	}
	if (strcmp(word, "reject") == 0 || strcmp(word, "reset") == 0) {
		step.kind = STEP_REJECT;
		step.reject.kind = word[2] == 'j' ? REJECT_ICMPX : REJECT_TCP_RESET;
	}
	if (set) {
		step.kind = STEP_UPDATE;
		step.update.fields[0] = FIELD_IP_SADDR;
		step.update.field_count = 1;
		step.update.limit = limit;
		step.update.limit.over = *set == '!';
		step.update.set = model_set_of(model, NULL, set + (*set == '!'));
	}
	if (strcmp(word, "foreign") == 0) {
		step.kind = STEP_FOREIGN;
		step.foreign.text = "meta mark 7";
		step.foreign.bytes = (const uint8_t *)"7";
		step.foreign.length = 1;
	}
	if (step.kind != STEP_KIND_COUNT)
		build_step(builder, step);
	return step.kind != STEP_KIND_COUNT;
}

static inline void model_rule(struct model *model, enum table_family family,
			      char *words, struct rule_list *rules)
{
	struct rule_builder builder;
	const char *comment = NULL;

	build_start(&builder, model->arena, family);
	for (char *word; (word = model_word(&words, " "));) {
		const char *target = NULL;
		enum verdict verdict = model_verdict(word, &target);

		if (*word == '#')
			comment = word + 1;
		else if (verdict != VERDICT_NONE)
			build_verdict(&builder, verdict, target);
		else if (!model_statement(model, &builder, word) &&
			 !model_match(model, &builder, word))
			fail_msg("no step: %s", word);
	}
	build_end(&builder, rules, comment, (struct span){ 0 });
}

/* ---- chains and tables ---- */

static inline struct chain model_chain_of(struct model *model, char *words)
{
	struct chain chain = { .name = model_word(&words, " "),
			       .policy = VERDICT_ACCEPT };

	for (char *word, *value; (word = model_word(&words, " "));) {
		if ((value = model_value(word, "hook="))) {
			chain.base = true;
			while (strcmp(hook_names[chain.hook], value) != 0)
				chain.hook++;
		} else if ((value = model_value(word, "priority="))) {
			chain.priority = atoi(value);
		} else if (strcmp(word, "policy=drop") == 0) {
			chain.policy = VERDICT_DROP;
		} else if (strcmp(word, "nat") == 0) {
			chain.type = CHAIN_NAT;
		} else if (strcmp(word, "foreign") == 0) {
			chain.foreign = "flags 0x8";
		} else if ((value = model_value(word, "on="))) {
			const char **devices = arena_grow(
				model->arena, chain.devices, chain.device_count,
				chain.device_count + 1, sizeof(*devices));

			devices[chain.device_count++] = value;
			chain.devices = devices;
		} else {
			fail_msg("no chain: %s", word);
		}
	}
	return chain;
}

/* The table that was begun takes what was made since. */
static inline void model_end_table(struct model *model)
{
	if (!model->tables.count)
		return;

	struct table *table = &model->tables.items[model->tables.count - 1];

	table->chains = model->chains.items;
	table->chain_count = model->chains.count;
	table->sets = model->sets.items;
	table->set_count = model->sets.count;
	memset(&model->chains, 0, sizeof(model->chains));
	memset(&model->sets, 0, sizeof(model->sets));
}

static inline void model_begin_table(struct model *model, char *words)
{
	struct table table = { .name = ROLEWALL_TABLE };

	model_end_table(model);
	for (char *word; (word = model_word(&words, " "));) {
		if (strcmp(word, "netdev") == 0)
			table.family = TABLE_NETDEV;
		table.dormant |= strcmp(word, "dormant") == 0;
	}
	LIST_PUSH(model->arena, &model->tables, table);
	/* rules point to sets: these must not move */
	model->sets.capacity = 64;
	model->sets.items = arena_array(model->arena, model->sets.capacity,
					sizeof(*model->sets.items));
}

static inline void model_part_of(struct model *model, char *words)
{
	char *content = words + strcspn(words, ":"), *kind;
	enum table_family family;

	/* not the one of an address or a target: those stand behind another */
	if (*content)
		*content++ = '\0';
	kind = model_word(&words, " ");
	if (strcmp(kind, "table") == 0) {
		model_begin_table(model, words);
		return;
	}
	if (strcmp(kind, "set") == 0) {
		char *name = model_word(&words, " ");
		char *fields = model_word(&words, " ");
		struct set set = model_set(model, fields, content);
		char *flag = model_word(&words, " ");

		set.name = name;
		set.foreign = flag ? flag : NULL;
		LIST_PUSH(model->arena, &model->sets, set);
		return;
	}
	assert_string_equal(kind, "chain");
	family = model->tables.items[model->tables.count - 1].family;

	struct chain chain = model_chain_of(model, words);
	struct rule_list rules = { 0 };

	for (char *rule; (rule = model_word(&content, "|"));) {
		if (rule[strspn(rule, " ")])
			model_rule(model, family, rule, &rules);
	}
	chain.rules = rules.items;
	chain.rule_count = rules.count;
	LIST_PUSH(model->arena, &model->chains, chain);
}

/* A ruleset of the text, normalized; owner: the arena. */
static inline const struct ruleset *model_ruleset(struct arena *arena, const char *text)
{
	struct model model = { .arena = arena };
	struct ruleset *ruleset = arena_alloc(arena, sizeof(*ruleset));
	char *rest = arena_string(arena, text);

	for (char *part; (part = model_word(&rest, ";"));)
		model_part_of(&model, part);
	model_end_table(&model);
	ruleset->tables = model.tables.items;
	ruleset->table_count = model.tables.count;
	ruleset_normalize(arena, ruleset);
	return ruleset;
}

/* ---- packets ---- */

/* "ADDRESS", "ADDRESS:PORT", "[ADDRESS]:PORT" */
static inline void model_end_of(char *text, struct packet *packet, uint8_t *address,
				uint16_t *port)
{
	char *behind;

	packet->family = *text == '[' ? FAMILY_IP6 : FAMILY_IP4;
	text += *text == '[';
	behind = text + strcspn(text, packet->family == FAMILY_IP6 ? "]" : ":");
	if (*behind)
		*behind++ = '\0';
	behind += *behind == ':';
	*port = (uint16_t)atoi(behind);
	assert_int_equal(inet_pton(packet->family == FAMILY_IP6 ? AF_INET6 : AF_INET,
				   text, address),
			 1);
}

static inline uint8_t model_protocol(const char *word)
{
	static const struct {
		const char *name;
		uint8_t number;
	} protocols[] = { { "tcp", 6 },   { "udp", 17 },    { "sctp", 132 },
			  { "icmp", 1 },  { "icmpv6", 58 }, { "gre", 47 },
			  { "dccp", 33 }, { "igmp", 2 } };

	for (size_t i = 0; i < COUNT_OF(protocols); i++) {
		if (strcmp(protocols[i].name, word) == 0)
			return protocols[i].number;
	}
	fail_msg("no protocol: %s", word);
	return 0;
}

static inline void model_option(struct packet *packet, char *word)
{
	char *value;
	uint32_t number;

	if ((value = model_value(word, "state="))) {
		assert_true(symbol_value(DATATYPE_CT_STATE, value, &number));
		packet->state = (enum connection_state)number;
	} else if ((value = model_value(word, "hop="))) {
		packet->hop_limit = (uint8_t)atoi(value);
	} else if ((value = model_value(word, "type="))) {
		packet->icmp_type = (uint8_t)atoi(value);
	} else if ((value = model_value(word, "cast="))) {
		packet->packet_type = (uint8_t)atoi(value);
	} else if (strcmp(word, "no-route") == 0) {
		packet->route_back = false;
	} else {
		fail_msg("no option: %s", word);
	}
}

/* WAY INTERFACE[>INTERFACE] PROTOCOL SOURCE DESTINATION OPTION... */
static inline struct packet model_packet(struct arena *arena, const char *text)
{
	char *rest = arena_string(arena, text), *way = model_word(&rest, " ");
	struct packet packet = { .iifname = "",
				 .oifname = "",
				 .hop_limit = 64,
				 .state = STATE_NEW,
				 .route_back = true };
	char *interfaces = model_word(&rest, " ");

	packet.way = strcmp(way, "in") == 0    ? WAY_IN
		     : strcmp(way, "out") == 0 ? WAY_OUT
					       : WAY_THROUGH;
	if (packet.way != WAY_OUT)
		packet.iifname = model_word(&interfaces, ">");
	if (packet.way != WAY_IN)
		packet.oifname = model_word(&interfaces, ">");
	packet.protocol = model_protocol(model_word(&rest, " "));
	model_end_of(model_word(&rest, " "), &packet, packet.source,
		     &packet.source_port);
	model_end_of(model_word(&rest, " "), &packet, packet.destination,
		     &packet.destination_port);
	for (char *word; (word = model_word(&rest, " "));)
		model_option(&packet, word);
	return packet;
}
