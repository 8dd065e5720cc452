/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A site or profile made by hand, piece by piece, for the tests of matrix/. */
#pragma once

#include <string.h>

#include "matrix/matrix.h"
#include "support/test.h"

struct model {
	struct arena *arena;
	struct site site;
};

static inline void model_start(struct model *model)
{
	*model = (struct model){ .arena = arena_new() };
	model->site.name.text = "plant";
}

static inline void model_end(struct model *model)
{
	arena_free(model->arena);
}

static inline struct profile *add_profile(struct model *model, const char *name)
{
	struct profile *profile = arena_alloc(model->arena, sizeof(*profile));

	profile->name.text = name;
	LIST_PUSH(model->arena, &model->site.profiles, profile);
	return profile;
}

static inline struct role *add_role(struct model *model, const char *name)
{
	struct role *role = arena_alloc(model->arena, sizeof(*role));

	role->name.text = name;
	LIST_PUSH(model->arena, &model->site.roles, role);
	return role;
}

/* 192.0.2.LAST, and 2001:db8::LAST when `ip6`. */
static inline void add_address(struct model *model, struct actor *actor, uint8_t last,
			       bool ip6)
{
	uint8_t ip4_bytes[4] = { 192, 0, 2, last };
	uint8_t ip6_bytes[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = last };

	if (ip6)
		ranges_push(model->arena, &actor->addresses[FAMILY_IP6], ip6_bytes,
			    ip6_bytes);
	else
		ranges_push(model->arena, &actor->addresses[FAMILY_IP4], ip4_bytes,
			    ip4_bytes);
}

/* `role` NULL: plays none. */
static inline struct actor *add_actor(struct model *model, enum actor_kind kind,
				      const char *name, const struct role *role,
				      uint8_t last)
{
	struct actor *actor = arena_alloc(model->arena, sizeof(*actor));
	struct word word = { .text = role ? role->name.text : NULL };

	actor->kind = kind;
	actor->name.text = name;
	actor->addresses[FAMILY_IP4] = ranges_empty(FAMILY_IP4);
	actor->addresses[FAMILY_IP6] = ranges_empty(FAMILY_IP6);
	if (role) {
		actor->roles = arena_array(model->arena, 1, sizeof(*actor->roles));
		actor->roles[0] = role;
		LIST_PUSH(model->arena, &actor->role_names, word);
	}
	add_address(model, actor, last, false);
	LIST_PUSH(model->arena, &model->site.actors, actor);
	return actor;
}

static inline void add_end(struct model *model, struct ends *ends,
			   const struct role *role)
{
	struct end end = { .name = role->name, .role = role };

	LIST_PUSH(model->arena, ends, end);
}

static inline struct flow *add_flow(struct model *model, const char *id,
				    const struct role *from, const struct role *to)
{
	struct flow *flow = arena_alloc(model->arena, sizeof(*flow));

	flow->id = id;
	flow->families[FAMILY_IP4] = flow->families[FAMILY_IP6] = true;
	add_end(model, &flow->from, from);
	add_end(model, &flow->to, to);
	LIST_PUSH(model->arena, &model->site.flows, flow);
	return flow;
}

/* Ports LOW to HIGH of a transport; LOW 0: none. */
static inline struct service_item *add_item(struct model *model, struct flow *flow,
					    enum transport transport, uint16_t low,
					    uint16_t high)
{
	struct service_item item = { .transport = transport };

	if (low) {
		item.ports = arena_alloc(model->arena, sizeof(*item.ports));
		item.ports[0] = (struct port_range){ .low = low, .high = high };
		item.port_count = 1;
	}
	LIST_PUSH(model->arena, &flow->content, item);
	return &flow->content.items[flow->content.count - 1];
}

static inline void set_row(struct flow *flow, const char *table, const char *purpose)
{
	flow->row = (struct row){
		.table = table,
		.protocol = "SSH",
		.transport = "TCP",
		.direction = "In/Out",
		.port = "22",
		.purpose = purpose,
		.source = "Client",
		.destination = "Sensor",
		.span.line = 1,
	};
}

/* client -> sensor: tcp 22; sensor-1 is the host, the analysts are the clients. */
struct small {
	struct model model;
	struct role *client, *sensor;
	struct actor *host, *peer;
	struct flow *flow;
};

static inline void small_start(struct small *small)
{
	model_start(&small->model);
	small->client = add_role(&small->model, "client");
	small->sensor = add_role(&small->model, "sensor");
	small->host =
		add_actor(&small->model, ACTOR_HOST, "sensor-1", small->sensor, 11);
	small->peer =
		add_actor(&small->model, ACTOR_PEER, "analysts", small->client, 7);
	small->flow = add_flow(&small->model, "p.cli", small->client, small->sensor);
	add_item(&small->model, small->flow, TRANSPORT_TCP, 22, 22);
}

static inline void small_end(struct small *small)
{
	model_end(&small->model);
}

#define AUTO_SMALL __attribute__((cleanup(small_end)))
