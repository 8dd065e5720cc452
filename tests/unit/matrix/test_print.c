/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole matrices of a profile and of a site, in each format, to the byte. */
#include <stdlib.h>

#include "unit/matrix/model.h"

static const char hostile[] = "a|b\n=1,\"<c>\x1b[2J";

/* The profile "field": three rows of two tables, one of them carried by two flows. */
struct papers {
	struct model model;
	struct profile *profile;
	struct departure closed, added;
};

static void papers_start(struct papers *papers)
{
	struct model *model = &papers->model;
	struct role *client, *sensor, *poller;
	struct flow *flow;

	model_start(model);
	model->site.name.text = "field";
	model->site.is_profile = true;
	add_profile(model, "base")->title = "As documented";
	papers->profile = add_profile(model, "field");
	papers->profile->title = "As it works";
	papers->profile->source_document = "A page";
	papers->closed = (struct departure){ papers->profile, "wrong way", { 0 } };
	papers->added = (struct departure){ papers->profile, "right way", { 0 } };

	client = add_role(model, "client");
	sensor = add_role(model, "sensor");
	poller = add_role(model, "poller");

	flow = add_flow(model, "base.cli", client, sensor);
	add_item(model, flow, TRANSPORT_TCP, 22, 22);
	set_row(flow, "Users", "CLI");
	flow = add_flow(model, "base.poll", sensor, poller);
	add_item(model, flow, TRANSPORT_UDP, 161, 161);
	set_row(flow, "Other", "Health");
	flow->closed = &papers->closed;
	flow->optional = true;
	flow = add_flow(model, "base.web", client, sensor);
	add_item(model, flow, TRANSPORT_TCP, 443, 443);
	add_item(model, flow, TRANSPORT_UDP, 443, 443);
	set_row(flow, "Users", "Web");
	flow->log = true;
	flow = add_flow(model, "field.poll", poller, sensor);
	add_item(model, flow, TRANSPORT_UDP, 161, 161);
	set_row(flow, "Other", "Health");
	flow->row.note = "turned round";
	flow->added = &papers->added;
	flow = add_flow(model, "field.time", sensor, poller);
	add_item(model, flow, TRANSPORT_UDP, 123, 123);
	for (size_t i = 0; i < model->site.flows.count; i++)
		model->site.flows.items[i]->profile = papers->profile;
}

static void papers_end(struct papers *papers)
{
	model_end(&papers->model);
}

#define AUTO_PAPERS __attribute__((cleanup(papers_end)))

static const struct matrix *matrix_of(struct model *model)
{
	return matrix_make(model->arena, &model->site, NULL);
}

/* ---- profiles ---- */

static void a_profile_is_its_document(void **state)
{
	struct papers papers AUTO_PAPERS;
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	papers_start(&papers);
	matrix_print(matrix_of(&papers.model), MATRIX_TEXT, false, &out);
	assert_string_equal(
		out.data,
		"field\n"
		"As it works\n"
		"Source: A page\n"
		"Uses base: As documented\n"
		"\nUsers\n"
		"  Protocol  Transport  In/Out  Port  Purpose  Source  Destination\n"
		"  SSH       TCP        In/Out  22    CLI      Client  Sensor\n"
		"    base.cli: client -> sensor, tcp 22\n"
		"  SSH       TCP        In/Out  22    Web      Client  Sensor\n"
		"    base.web: client -> sensor, tcp 443; udp 443 (logged)\n"
		"\nOther\n"
		"  Protocol  Transport  In/Out  Port  Purpose  Source  Destination\n"
		"  SSH       TCP        In/Out  22    Health   Client  Sensor\n"
		"    base.poll: sensor -> poller, udp 161 (optional)\n"
		"    closed by field: wrong way\n"
		"    field.poll: poller -> sensor, udp 161\n"
		"    added by field: right way\n"
		"    note: turned round\n"
		"\nNot in the document\n"
		"    field.time: sensor -> poller, udp 123\n");
}

static void a_profile_in_markdown(void **state)
{
	struct papers papers AUTO_PAPERS;
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	papers_start(&papers);
	matrix_print(matrix_of(&papers.model), MATRIX_MARKDOWN, true, &out);
	assert_string_equal(
		out.data,
		"# field\n"
		"\nAs it works\n"
		"\nSource: A page\n"
		"\nUses base: As documented\n"
		"\n## Users\n\n"
		"| Protocol | Transport | In/Out | Port | Purpose | Source | Destination "
		"| Flows |\n"
		"| --- | --- | --- | --- | --- | --- | --- | --- |\n"
		"| SSH | TCP | In/Out | 22 | CLI | Client | Sensor "
		"| base.cli: client -&gt; sensor, tcp 22 |\n"
		"| SSH | TCP | In/Out | 22 | Web | Client | Sensor "
		"| base.web: client -&gt; sensor, tcp 443; udp 443 (logged) |\n"
		"\n## Other\n\n"
		"| Protocol | Transport | In/Out | Port | Purpose | Source | Destination "
		"| Flows |\n"
		"| --- | --- | --- | --- | --- | --- | --- | --- |\n"
		"| SSH | TCP | In/Out | 22 | Health | Client | Sensor "
		"| base.poll: sensor -&gt; poller, udp 161 (optional)"
		"<br>closed by field: wrong way"
		"<br>field.poll: poller -&gt; sensor, udp 161"
		"<br>added by field: right way<br>note: turned round |\n"
		"\n## Not in the document\n\n"
		"| Flows |\n"
		"| --- |\n"
		"| field.time: sensor -&gt; poller, udp 123 |\n");
}

static void a_profile_in_csv(void **state)
{
	struct papers papers AUTO_PAPERS;
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	papers_start(&papers);
	matrix_print(matrix_of(&papers.model), MATRIX_CSV, true, &out);
	assert_string_equal(
		out.data,
		"Table,Protocol,Transport,In/Out,Port,Used,Purpose,Source,Destination,"
		"Flows\n"
		"Users,SSH,TCP,In/Out,22,,CLI,Client,Sensor,"
		"\"base.cli: client -> sensor, tcp 22\"\n"
		"Users,SSH,TCP,In/Out,22,,Web,Client,Sensor,"
		"\"base.web: client -> sensor, tcp 443; udp 443 (logged)\"\n"
		"Other,SSH,TCP,In/Out,22,,Health,Client,Sensor,"
		"\"base.poll: sensor -> poller, udp 161 (optional)"
		" | closed by field: wrong way | field.poll: poller -> sensor, udp 161"
		" | added by field: right way | note: turned round\"\n"
		"Not in the document,,,,,,,,,"
		"\"field.time: sensor -> poller, udp 123\"\n");
}

/* ---- sites ---- */

/* A flow that is open, one that nobody plays, one that the site closed, its own. */
static void site_start(struct small *small, const struct departure *closed)
{
	static const struct profile profile = { .name.text = "p" };
	struct role *nobody;
	struct flow *flow;

	small_start(small);
	nobody = add_role(&small->model, "nobody");
	add_address(&small->model, small->host, 11, true);
	set_row(small->flow, "Users", "CLI");
	small->flow->profile = &profile;
	small->flow->adjusted = closed;
	flow = add_flow(&small->model, "p.poll", nobody, small->sensor);
	add_item(&small->model, flow, TRANSPORT_UDP, 161, 161);
	flow->profile = &profile;
	flow->optional = true;
	flow = add_flow(&small->model, "p.web", small->client, small->sensor);
	add_item(&small->model, flow, TRANSPORT_TCP, 443, 443);
	set_row(flow, "Users", "Web");
	flow->profile = &profile;
	flow->closed = closed;
	flow = add_flow(&small->model, "plant.back", small->sensor, small->client);
	add_item(&small->model, flow, TRANSPORT_TCP, 873, 873);
	flow->expires = "2099-12-31";
}

static void a_site_in_text(void **state)
{
	static const struct departure closed = { 0 };
	struct small small AUTO_SMALL;
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	site_start(&small, &closed);
	matrix_print(matrix_of(&small.model), MATRIX_TEXT, false, &out);
	assert_string_equal(
		out.data,
		"plant\n"
		"\nHosts\n"
		"  Host      Roles   Addresses\n"
		"  sensor-1  sensor  192.0.2.11, 2001:db8::b\n"
		"\nUsers\n"
		"  Flow        From    To      Protocol  Ports  In at     Out at\n"
		"  p.cli       client  sensor  tcp       22     sensor-1\n"
		"    adjusted by the site\n"
		"  p.web       client  sensor  tcp       443\n"
		"    closed by the site\n"
		"\nNot in the document\n"
		"  p.poll      nobody  sensor  udp       161\n"
		"    closed, optional: nobody plays \"nobody\"\n"
		"\nThe site's own flows\n"
		"  plant.back  sensor  client  tcp       873              sensor-1\n"
		"    expires 2099-12-31\n");
}

static void a_site_in_csv(void **state)
{
	static const struct departure closed = { .why = "too wide" };
	struct small small AUTO_SMALL;
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	site_start(&small, &closed);
	matrix_print(matrix_of(&small.model), MATRIX_CSV, false, &out);
	assert_string_equal(
		out.data,
		"Table,Flow,From,To,Protocol,Ports,In at,Out at,Remarks\n"
		"Users,p.cli,client,sensor,tcp,22,sensor-1,,adjusted by the site\n"
		"Users,p.web,client,sensor,tcp,443,,,closed by the site: too wide\n"
		"Not in the document,p.poll,nobody,sensor,udp,161,,,"
		"\"closed, optional: nobody plays \"\"nobody\"\"\"\n"
		"The site's own flows,plant.back,sensor,client,tcp,873,,sensor-1,"
		"expires 2099-12-31\n");
}

static void one_host_is_named(void **state)
{
	struct small small AUTO_SMALL;
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	small_start(&small);
	add_actor(&small.model, ACTOR_HOST, "desk", small.client, 8);
	matrix_print(matrix_make(small.model.arena, &small.model.site, small.host),
		     MATRIX_MARKDOWN, false, &out);
	assert_string_equal(out.data,
			    "# plant, host sensor-1\n"
			    "\n## Hosts\n\n"
			    "| Host | Roles | Addresses |\n"
			    "| --- | --- | --- |\n"
			    "| sensor-1 | sensor | 192.0.2.11 |\n"
			    "\n## The site's own flows\n\n"
			    "| Flow | From | To | Protocol | Ports | In at | Out at "
			    "| Remarks |\n"
			    "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
			    "| p.cli | client | sensor | tcp | 22 | sensor-1 | | |\n");
}

/* ---- hostile texts, wherever a file can put them ---- */

static void hostile_start(struct papers *papers)
{
	struct flow *flow;

	papers_start(papers);
	papers->profile->title = papers->profile->source_document = hostile;
	papers->closed.why = papers->added.why = hostile;
	for (size_t i = 0; i < papers->model.site.flows.count; i++) {
		flow = papers->model.site.flows.items[i];
		flow->purpose = flow->owner = flow->ticket = hostile;
		flow->row = (struct row){ hostile, hostile, hostile,      hostile,
					  hostile, hostile, hostile,      hostile,
					  hostile, hostile, { .line = 1 } };
	}
}

/* No byte that a terminal obeys; a line feed only where the format puts it. */
static void assert_harmless(const struct buffer *out, size_t lines)
{
	size_t found = 0;

	assert_null(strchr(out->data, '\x1b'));
	for (size_t i = 0; i < out->length; i++)
		found += out->data[i] == '\n';
	assert_int_equal(found, lines);
}

static void hostile_texts_stay_texts(void **state)
{
	struct papers papers AUTO_PAPERS;
	struct buffer out AUTO_BUFFER = { 0 };

	(void)state;
	hostile_start(&papers);

	const struct matrix *matrix = matrix_of(&papers.model);

	/* all five flows have the same row now */
	matrix_print(matrix, MATRIX_CSV, false, &out);
	assert_harmless(&out, 2);
	assert_non_null(strstr(out.data, ",\"a|b\\x0a=1,\"\"<c>\\x1b[2J\","));
	buffer_reset(&out);
	matrix_print(matrix, MATRIX_MARKDOWN, false, &out);
	assert_harmless(&out, 13);
	assert_ptr_equal(strchr(out.data, '<'), strstr(out.data, "<br>"));
	assert_non_null(strstr(out.data, "| a\\|b\\\\x0a=1,\"&lt;c&gt;\\\\x1b\\[2J |"));
	buffer_reset(&out);
	matrix_print(matrix, MATRIX_TEXT, false, &out);
	assert_null(strchr(out.data, '\x1b'));
}

/* ---- JSON ---- */

static const char *text_at(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static void json_of_a_site(void **state)
{
	static const struct departure closed = { .why = hostile };
	struct small small AUTO_SMALL;
	json_t *json, *row;
	char *dumped;

	(void)state;
	site_start(&small, &closed);
	json = matrix_json(matrix_of(&small.model));
	assert_int_equal(json_array_size(json_object_get(json, "rows")), 4);

	/* in the order of the site, not of the document */
	row = json_array_get(json_object_get(json, "rows"), 0);
	dumped = json_dumps(row, JSON_COMPACT);
	assert_string_equal(
		dumped,
		"{\"flow\":\"p.cli\",\"from\":\"client\",\"to\":\"sensor\","
		"\"protocol\":\"tcp\",\"ports\":\"22\",\"conditions\":null,"
		"\"optional\":false,\"open\":true,"
		"\"open_on\":[{\"host\":\"sensor-1\",\"in\":true,\"out\":false}],"
		"\"why\":\"a|b\\\\x0a=1,\\\"<c>\\\\x1b[2J\","
		"\"departure\":{\"as\":\"adjusted\",\"by\":null},"
		"\"purpose\":null,\"owner\":null,\"ticket\":null,"
		"\"row\":{\"table\":\"Users\",\"protocol\":\"SSH\","
		"\"transport\":\"TCP\",\"direction\":\"In/Out\",\"port\":\"22\","
		"\"used\":null,\"purpose\":\"CLI\",\"source\":\"Client\","
		"\"destination\":\"Sensor\",\"note\":null}}");
	free(dumped);

	row = json_array_get(json_object_get(json, "rows"), 1);
	assert_true(json_is_false(json_object_get(row, "open")));
	assert_string_equal(text_at(row, "why"), "nobody plays \"nobody\"");
	assert_true(json_is_null(json_object_get(row, "row")));

	dumped = json_dumps(json_object_get(json, "hosts"), JSON_COMPACT);
	assert_string_equal(dumped, "[{\"name\":\"sensor-1\",\"roles\":[\"sensor\"],"
				    "\"addresses\":[\"192.0.2.11\",\"2001:db8::b\"]}]");
	free(dumped);
	json_decref(json);
}

static void json_is_printed_too(void **state)
{
	struct papers papers AUTO_PAPERS;
	struct buffer out AUTO_BUFFER = { 0 };
	json_t *json, *read;

	(void)state;
	hostile_start(&papers);

	const struct matrix *matrix = matrix_of(&papers.model);

	matrix_print(matrix, MATRIX_JSON, true, &out);
	json = matrix_json(matrix);
	read = json_loadb(out.data, out.length, 0, NULL);
	assert_non_null(read);
	assert_true(json_equal(read, json));
	assert_memory_equal(out.data, "{\n  \"rows\": [", 13);
	assert_int_equal(out.data[out.length - 1], '\n');
	json_decref(read);
	json_decref(json);
}

static void empty_sites_print(void **state)
{
	struct site site = { .name.text = "empty" };
	struct arena *arena AUTO(arena) = arena_new();
	struct buffer out AUTO_BUFFER = { 0 };
	const struct matrix *matrix = matrix_make(arena, &site, NULL);

	(void)state;
	matrix_print(matrix, MATRIX_TEXT, false, &out);
	assert_string_equal(out.data, "empty\n\nHosts\n  Host  Roles  Addresses\n");
	buffer_reset(&out);
	matrix_print(matrix, MATRIX_CSV, false, &out);
	assert_string_equal(out.data, "Table,Flow,From,To,Protocol,Ports,In at,Out at,"
				      "Remarks\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_is_its_document),
		cmocka_unit_test(a_profile_in_markdown),
		cmocka_unit_test(a_profile_in_csv),
		cmocka_unit_test(a_site_in_text),
		cmocka_unit_test(a_site_in_csv),
		cmocka_unit_test(one_host_is_named),
		cmocka_unit_test(hostile_texts_stay_texts),
		cmocka_unit_test(json_of_a_site),
		cmocka_unit_test(json_is_printed_too),
		cmocka_unit_test(empty_sites_print),
	};

	return cmocka_run_group_tests_name("matrix printed", tests, NULL, NULL);
}
