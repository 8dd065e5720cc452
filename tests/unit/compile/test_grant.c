/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which flows are open on a host: both ends, families, own addresses, and why not. */
#include <arpa/inet.h>
#include <string.h>

#include "base/attr.h"
#include "compile/grant.h"
#include "support/test.h"

static struct arena *arena;

static int arena_begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int arena_end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* ---- a site in the making ---- */

static struct role *role_add(struct site *site, const char *name)
{
	struct role *role = arena_alloc(arena, sizeof(*role));

	role->name.text = name;
	LIST_PUSH(arena, &site->roles, role);
	return role;
}

/* An address or LOW-HIGH of either family. */
static void address_add(struct actor *actor, const char *low, const char *high)
{
	enum family family = strchr(low, ':') ? FAMILY_IP6 : FAMILY_IP4;
	int domain = family == FAMILY_IP6 ? AF_INET6 : AF_INET;
	uint8_t from[16], to[16];

	assert_int_equal(inet_pton(domain, low, from), 1);
	assert_int_equal(inet_pton(domain, high, to), 1);
	ranges_push(arena, &actor->addresses[family], from, to);
	ranges_normalize(&actor->addresses[family]);
}

static struct actor *actor_add(struct site *site, enum actor_kind kind,
			       const char *name, const struct role *role,
			       const char *address)
{
	struct actor *actor = arena_alloc(arena, sizeof(*actor));

	actor->kind = kind;
	actor->name.text = name;
	actor->addresses[FAMILY_IP4] = ranges_empty(FAMILY_IP4);
	actor->addresses[FAMILY_IP6] = ranges_empty(FAMILY_IP6);
	if (role) {
		actor->roles = arena_array(arena, 1, sizeof(*actor->roles));
		actor->roles[0] = role;
		actor->role_names.items = arena_array(arena, 1, sizeof(struct word));
		actor->role_names.items[0].text = role->name.text;
		actor->role_names.count = 1;
	}
	if (address)
		address_add(actor, address, address);
	LIST_PUSH(arena, &site->actors, actor);
	return actor;
}

static void end_add(struct ends *ends, const struct role *role,
		    const struct actor *actor)
{
	struct end end = { .role = role, .actor = actor };

	end.name.text = role ? role->name.text : actor->name.text;
	LIST_PUSH(arena, ends, end);
}

static struct flow *flow_add(struct site *site, const char *id)
{
	struct flow *flow = arena_alloc(arena, sizeof(*flow));

	flow->id = id;
	flow->families[FAMILY_IP4] = flow->families[FAMILY_IP6] = true;
	LIST_PUSH(arena, &site->flows, flow);
	return flow;
}

struct small_site {
	struct site site;
	struct role *client, *sensor;
	struct actor *host, *analyst;
	struct flow *flow;
};

/* client -> sensor : the host is the sensor, the analyst the client. */
static struct small_site small_site(void)
{
	struct small_site small = { 0 };

	small.client = role_add(&small.site, "client");
	small.sensor = role_add(&small.site, "sensor");
	small.host = actor_add(&small.site, ACTOR_HOST, "sensor-1", small.sensor,
			       "192.0.2.11");
	small.analyst = actor_add(&small.site, ACTOR_PEER, "analysts", small.client,
				  "198.51.100.7");
	small.flow = flow_add(&small.site, "p.cli");
	end_add(&small.flow->from, small.client, NULL);
	end_add(&small.flow->to, small.sensor, NULL);
	return small;
}

static struct grants grants_for(const struct small_site *small,
				const struct actor *host, struct grant_sets *sets)
{
	struct grants grants = { 0 };

	*sets = (struct grant_sets){ 0 };
	grants_of_host(arena, &small->site, host, &grants, sets);
	return grants;
}

/* ---- both ends ---- */

static void one_line_opens_both_ends(void **state)
{
	struct small_site small = small_site();
	struct actor *desk = actor_add(&small.site, ACTOR_HOST, "desk", small.client,
				       "198.51.100.8");
	struct grant_sets sets;
	struct grants grants = grants_for(&small, small.host, &sets);

	(void)state;
	assert_int_equal(grants.count, 1);
	assert_int_equal(grants.items[0].direction, DIRECTION_IN);
	assert_true(grants.items[0].families[FAMILY_IP4]);
	assert_false(grants.items[0].families[FAMILY_IP6]);
	assert_int_equal(sets.count, 1);
	assert_string_equal(sets.items[0].name, "client");
	/* 198.51.100.7 and .8 are neighbours: one range */
	assert_int_equal(sets.items[0].addresses.count, 1);

	grants = grants_for(&small, desk, &sets);
	assert_int_equal(grants.count, 1);
	assert_int_equal(grants.items[0].direction, DIRECTION_OUT);
	assert_string_equal(sets.items[0].name, "sensor");
}

static void bystanders_get_nothing(void **state)
{
	struct small_site small = small_site();
	struct actor *other =
		actor_add(&small.site, ACTOR_HOST, "other", NULL, "192.0.2.99");
	struct grant_sets sets;
	const char *why;

	(void)state;
	assert_int_equal(grants_for(&small, other, &sets).count, 0);
	assert_int_equal(sets.count, 0);
	assert_int_equal(flow_closed(arena, &small.site, small.flow, other, &why),
			 CLOSED_OTHER_HOSTS);
	assert_string_equal(why, "other plays neither \"client\" nor \"sensor\"");
}

static void nobody_is_never_any(void **state)
{
	struct small_site small = small_site();
	struct grant_sets sets;
	const char *why;

	(void)state;
	small.analyst->role_names.count = 0;
	assert_int_equal(grants_for(&small, small.host, &sets).count, 0);
	assert_int_equal(flow_closed(arena, &small.site, small.flow, small.host, &why),
			 CLOSED_NOBODY);
	assert_string_equal(why, "nobody plays \"client\"");
}

static void no_rule_to_itself(void **state)
{
	struct small_site small = small_site();
	struct grant_sets sets;
	const char *why;

	(void)state;
	small.analyst->role_names.count = 0;
	small.flow->from.items[0] = small.flow->to.items[0];
	assert_int_equal(grants_for(&small, small.host, &sets).count, 0);
	assert_int_equal(flow_closed(arena, &small.site, small.flow, small.host, &why),
			 CLOSED_ONLY_ITSELF);
}

static void own_addresses_are_taken_out(void **state)
{
	struct small_site small = small_site();
	struct grant_sets sets;
	const uint8_t own[] = { 192, 0, 2, 11 }, other[] = { 192, 0, 2, 12 };

	(void)state;
	address_add(small.analyst, "192.0.2.0", "192.0.2.255");
	grants_for(&small, small.host, &sets);
	assert_int_equal(sets.count, 1);
	assert_false(ranges_contain(&sets.items[0].addresses, own));
	assert_true(ranges_contain(&sets.items[0].addresses, other));
}

/* ---- families ---- */

static void families_are_those_that_both_have(void **state)
{
	struct small_site small = small_site();
	struct grant_sets sets;
	const char *why;

	(void)state;
	address_add(small.analyst, "2001:db8::7", "2001:db8::7");
	assert_false(
		grants_for(&small, small.host, &sets).items[0].families[FAMILY_IP6]);
	assert_int_equal(sets.count, 1);

	address_add(small.host, "2001:db8::11", "2001:db8::11");
	assert_true(
		grants_for(&small, small.host, &sets).items[0].families[FAMILY_IP6]);
	assert_int_equal(sets.count, 2);

	small.flow->families[FAMILY_IP4] = false;
	assert_false(
		grants_for(&small, small.host, &sets).items[0].families[FAMILY_IP4]);

	small.host->addresses[FAMILY_IP6].count = 0;
	assert_int_equal(grants_for(&small, small.host, &sets).count, 0);
	assert_int_equal(flow_closed(arena, &small.site, small.flow, small.host, &why),
			 CLOSED_NO_FAMILY);
}

/* ---- any, groups, mirrors, closed ---- */

static void any_compares_no_address(void **state)
{
	struct small_site small = small_site();
	struct actor any = { .kind = ACTOR_ANY, .name.text = "any" };
	struct grant_sets sets;

	(void)state;
	small.flow->from.count = 0;
	end_add(&small.flow->from, NULL, &any);

	struct grants grants = grants_for(&small, small.host, &sets);

	assert_int_equal(grants.count, 1);
	assert_true(grants.items[0].any);
	assert_false(grants.items[0].by_address);
	assert_int_equal(sets.count, 0);
	/* the host has no IPv6 address: nothing to open there */
	assert_false(grants.items[0].families[FAMILY_IP6]);
}

static void groups_replace_the_far_address_on_the_way_out(void **state)
{
	struct small_site small = small_site();
	struct actor *desk = actor_add(&small.site, ACTOR_HOST, "desk", small.client,
				       "198.51.100.8");
	struct grant_sets sets;

	(void)state;
	small.flow->has_group = true;
	small.flow->group_family = FAMILY_IP4;

	struct grants in = grants_for(&small, small.host, &sets);

	assert_true(in.items[0].by_address && in.items[0].to_group);
	assert_int_equal(sets.count, 1);

	struct grants out = grants_for(&small, desk, &sets);

	assert_true(!out.items[0].by_address && out.items[0].to_group);
	assert_int_equal(sets.count, 0);
}

static void both_ways_adds_the_mirror(void **state)
{
	struct small_site small = small_site();
	struct grant_sets sets;

	(void)state;
	small.flow->both_ways = true;

	struct grants grants = grants_for(&small, small.host, &sets);

	assert_int_equal(grants.count, 2);
	assert_int_equal(grants.items[0].direction, DIRECTION_IN);
	assert_int_equal(grants.items[1].direction, DIRECTION_OUT);
	assert_true(grants.items[1].mirrored);
	assert_int_equal(sets.count, 1); /* the same clients both times */
}

static void closed_flows_make_nothing_and_say_why(void **state)
{
	static const struct departure why_closed = { .why = "not wanted here" };
	struct small_site small = small_site();
	struct grant_sets sets;
	const char *why;

	(void)state;
	small.flow->closed = &why_closed;
	assert_int_equal(grants_for(&small, small.host, &sets).count, 0);
	assert_int_equal(flow_closed(arena, &small.site, small.flow, small.host, &why),
			 CLOSED_BY_NAME);
	assert_string_equal(why, "not wanted here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_opens_both_ends),
		cmocka_unit_test(bystanders_get_nothing),
		cmocka_unit_test(nobody_is_never_any),
		cmocka_unit_test(no_rule_to_itself),
		cmocka_unit_test(own_addresses_are_taken_out),
		cmocka_unit_test(families_are_those_that_both_have),
		cmocka_unit_test(any_compares_no_address),
		cmocka_unit_test(groups_replace_the_far_address_on_the_way_out),
		cmocka_unit_test(both_ways_adds_the_mirror),
		cmocka_unit_test(closed_flows_make_nothing_and_say_why),
	};

	return cmocka_run_group_tests_name("grants", tests, arena_begin, arena_end);
}
