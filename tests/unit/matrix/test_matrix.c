/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the matrix: where a flow is open, and every reason why it is not. */
#include "unit/matrix/model.h"

static const struct matrix *matrix_of(struct small *small)
{
	return matrix_make(small->model.arena, &small->model.site, NULL);
}

/* "sensor-1 in, desk out" */
static void assert_places(const struct matrix_row *row, const char *expected)
{
	struct buffer text AUTO_BUFFER = { 0 };

	for (size_t i = 0; i < row->place_count; i++)
		buffer_format(&text, "%s%s%s%s", i ? ", " : "",
			      row->places[i].host->name.text,
			      row->places[i].in ? " in" : "",
			      row->places[i].out ? " out" : "");
	assert_string_equal(text.data ? text.data : "", expected);
	assert_int_equal(row->open, *expected != '\0');
}

static void open_at_both_ends(void **state)
{
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	add_actor(&small.model, ACTOR_HOST, "desk", small.client, 8);

	const struct matrix *matrix = matrix_of(&small);

	assert_int_equal(matrix->row_count, 1);
	assert_places(&matrix->rows[0], "sensor-1 in, desk out");
	assert_string_equal(matrix->rows[0].from, "client");
	assert_string_equal(matrix->rows[0].to, "sensor");
	assert_string_equal(matrix->rows[0].protocol, "tcp");
	assert_string_equal(matrix->rows[0].ports, "22");
	assert_null(matrix->rows[0].conditions);
	assert_null(matrix->rows[0].why);
}

static void both_ways_is_both(void **state)
{
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	small.flow->both_ways = true;

	const struct matrix *matrix = matrix_of(&small);

	assert_places(&matrix->rows[0], "sensor-1 in out");
	assert_string_equal(matrix->rows[0].conditions, "both ways");
}

static void one_host_sees_its_own(void **state)
{
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);

	struct actor *desk =
		add_actor(&small.model, ACTOR_HOST, "desk", small.client, 8);
	struct role *other = add_role(&small.model, "other");
	struct flow *flow = add_flow(&small.model, "p.other", other, small.sensor);

	add_item(&small.model, flow, TRANSPORT_TCP, 80, 80);

	const struct matrix *matrix =
		matrix_make(small.model.arena, &small.model.site, desk);

	assert_ptr_equal(matrix->host, desk);
	assert_int_equal(matrix->row_count, 1);
	assert_places(&matrix->rows[0], "desk out");
	assert_int_equal(matrix_make(small.model.arena, &small.model.site, small.host)
				 ->row_count,
			 2);
}

/* ---- why not ---- */

static void assert_why(struct small *small, size_t row, const char *why)
{
	const struct matrix *matrix = matrix_of(small);

	assert_places(&matrix->rows[row], "");
	assert_string_equal(matrix->rows[row].why, why);
}

static void closed_by_name(void **state)
{
	struct departure departure = { 0 };
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	small.flow->closed = &departure;
	assert_why(&small, 0, "closed by the site");
	departure.by = add_profile(&small.model, "field");
	assert_why(&small, 0, "closed by field");
	departure.why = "it does not work";
	assert_why(&small, 0, "it does not work");
}

static void nobody_plays(void **state)
{
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	small.peer->role_names.count = 0;
	assert_why(&small, 0, "nobody plays \"client\"");
	small.host->role_names.count = 0;
	assert_why(&small, 0, "no host plays client or sensor");
}

static void only_itself(void **state)
{
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	small.flow->from = small.flow->to;
	assert_why(&small, 0, "only sensor-1 itself plays \"sensor\"");
}

static void no_common_family(void **state)
{
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	small.flow->families[FAMILY_IP4] = false;
	assert_why(&small, 0, "the two ends share no address family");
}

/* A ping of both families, of which the site has one. */
static void a_service_without_its_family(void **state)
{
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	add_item(&small.model, small.flow, TRANSPORT_ICMP, 0, 0)->name = "echo-request";
	add_item(&small.model, small.flow, TRANSPORT_ICMPV6, 0, 0)->number = 42;

	const struct matrix *matrix = matrix_of(&small);

	assert_places(&matrix->rows[1], "sensor-1 in");
	assert_string_equal(matrix->rows[1].protocol, "icmp echo-request");
	assert_string_equal(matrix->rows[1].ports, "");
	assert_string_equal(matrix->rows[2].protocol, "icmpv6 type 42");
	assert_why(&small, 2, "the two ends share no address of its family");

	add_address(&small.model, small.host, 11, true);
	add_address(&small.model, small.peer, 7, true);
	assert_places(&matrix_of(&small)->rows[2], "sensor-1 in");
}

static void departures_say_why(void **state)
{
	struct departure departure = { .why = "the port is another one" };
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	small.flow->adjusted = &departure;
	assert_string_equal(matrix_of(&small)->rows[0].why, "the port is another one");
	small.flow->adjusted = NULL;
	small.flow->added = &departure;
	assert_string_equal(matrix_of(&small)->rows[0].why, "the port is another one");
}

static void profiles_are_open_unless_closed(void **state)
{
	struct departure departure = { .why = "it does not work" };
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	small.model.site.is_profile = true;
	small.model.site.actors.count = 0;
	assert_true(matrix_of(&small)->rows[0].open);
	assert_null(matrix_of(&small)->rows[0].why);
	small.flow->closed = &departure;
	assert_why(&small, 0, "it does not work");
}

/* ---- words ---- */

static void ports_and_ends_are_lists(void **state)
{
	struct small small AUTO_SMALL;

	(void)state;
	small_start(&small);
	add_end(&small.model, &small.flow->from, small.sensor);

	struct service_item *item = &small.flow->content.items[0];

	item->ports = arena_array(small.model.arena, 2, sizeof(*item->ports));
	item->ports[0] = (struct port_range){ .low = 135, .high = 135 };
	item->ports[1] = (struct port_range){ .low = 1025, .high = 65535 };
	item->port_count = 2;
	add_item(&small.model, small.flow, TRANSPORT_PROTOCOL, 0, 0)->number = 47;

	const struct matrix *matrix = matrix_of(&small);

	assert_string_equal(matrix->rows[0].from, "client, sensor");
	assert_string_equal(matrix->rows[0].ports, "135, 1025-65535");
	assert_string_equal(matrix->rows[1].protocol, "protocol 47");
}

static void every_condition_is_told(void **state)
{
	struct small small AUTO_SMALL;
	struct flow *flow;

	(void)state;
	small_start(&small);
	flow = small.flow;
	flow->has_source_port = true;
	flow->source_ports = (struct port_range){ .low = 1024, .high = 65535 };
	flow->has_group = true;
	flow->group_family = FAMILY_IP4;
	memcpy(flow->group, (uint8_t[4]){ 224, 0, 0, 251 }, 4);
	flow->families[FAMILY_IP6] = false;
	flow->rate = (struct rate){ .count = 6, .unit_seconds = 60, .burst = 3 };
	flow->log = true;
	flow->expires = "2099-12-31";
	assert_string_equal(matrix_of(&small)->rows[0].conditions,
			    "source port 1024-65535; group 224.0.0.251; IPv4 only; "
			    "6/minute burst 3 for each source; logged; "
			    "expires 2099-12-31");
}

static void an_empty_site_is_empty(void **state)
{
	struct site site = { .name.text = "empty" };
	struct arena *arena AUTO(arena) = arena_new();

	(void)state;
	assert_int_equal(matrix_make(arena, &site, NULL)->row_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_at_both_ends),
		cmocka_unit_test(both_ways_is_both),
		cmocka_unit_test(one_host_sees_its_own),
		cmocka_unit_test(closed_by_name),
		cmocka_unit_test(nobody_plays),
		cmocka_unit_test(only_itself),
		cmocka_unit_test(no_common_family),
		cmocka_unit_test(a_service_without_its_family),
		cmocka_unit_test(departures_say_why),
		cmocka_unit_test(profiles_are_open_unless_closed),
		cmocka_unit_test(ports_and_ends_are_lists),
		cmocka_unit_test(every_condition_is_told),
		cmocka_unit_test(an_empty_site_is_empty),
	};

	return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
