/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall compile SITE: the rule set of a host, or of every host, as text. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/desired.h"
#include "cli/files.h"
#include "cli/report.h"

/* ---- one host ---- */

static int write_output(const struct cli *cli, const struct rolewall_text *text)
{
	struct staged_file file = { 0 };
	int code = file_stage(cli, cli->output, text, &file);

	if (code == ROLEWALL_OK)
		code = file_commit(cli, &file);
	file_discard(&file);
	return code;
}

static int compile_host(const struct cli *cli)
{
	struct desired desired AUTO_DESIRED = { 0 };
	struct rolewall_text text AUTO_TEXT = { 0 };
	bool to_file = cli->output && strcmp(cli->output, "-") != 0;
	int code = desired_make(cli, &desired);

	if (code == ROLEWALL_OK)
		code = rolewall_ruleset_print(desired.ruleset, cli->format,
					      cli->messages, &text);
	if (code == ROLEWALL_OK && to_file)
		code = write_output(cli, &text);

	const struct rolewall_output output = { desired.host, cli->output };
	struct rolewall_result result = { .size = sizeof(result),
					  .host = desired.host,
					  .format = cli->format };

	if (code == ROLEWALL_OK)
		result.ruleset = desired.ruleset;
	if (code == ROLEWALL_OK && to_file) {
		result.outputs = &output;
		result.output_count = 1;
	}
	code = report_end(cli, code, &result,
			  code == ROLEWALL_OK && !to_file ? &text : NULL);
	if (code == ROLEWALL_OK && to_file)
		report_detail(cli, "%s: written", desired.host);
	return code;
}

/* ---- every host ---- */

struct host_file {
	const char *host; /* the site's */
	char *path;
	struct rolewall_text text;
	struct staged_file file;
};

struct host_files {
	struct host_file *items;
	size_t count;
};

static void host_files_free(struct host_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		file_discard(&files->items[i].file);
		rolewall_text_free(&files->items[i].text);
		free(files->items[i].path);
	}
	free(files->items);
	*files = (struct host_files){ 0 };
}

#define AUTO_FILES __attribute__((cleanup(host_files_free)))

static size_t count_hosts(const struct rolewall_site *site)
{
	size_t count = 0;

	while (rolewall_site_host(site, count))
		count++;
	return count;
}

/* Host names hold no slash, and begin with a letter or digit. */
static char *host_path(const struct cli *cli, const char *host)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s.%s", cli->output_folder, host, cli->format) < 0)
		no_memory();
	return path;
}

static int compile_one(const struct cli *cli, struct rolewall_site *site,
		       struct host_file *file)
{
	AUTO(ruleset) struct rolewall_ruleset *ruleset = NULL;
	int code = rolewall_compile(site, file->host, cli->messages, &ruleset);

	if (code == ROLEWALL_OK)
		code = rolewall_ruleset_print(ruleset, cli->format, cli->messages,
					      &file->text);
	return code;
}

/* All texts, with the mistakes of every host. */
static int compile_all(const struct cli *cli, struct rolewall_site *site,
		       struct host_files *files)
{
	size_t count = count_hosts(site);
	int code = ROLEWALL_OK;

	files->items = calloc(count + 1, sizeof(*files->items));
	if (!files->items)
		no_memory();
	for (size_t i = 0; i < count; i++) {
		struct host_file *file = &files->items[files->count++];

		file->host = rolewall_site_host(site, i);
		file->path = host_path(cli, file->host);

		int compiled = compile_one(cli, site, file);

		if (code == ROLEWALL_OK)
			code = compiled;
	}
	return code;
}

/* All of them are on the disk before the first one is put into its place. */
static int write_all(const struct cli *cli, struct host_files *files)
{
	int code = ROLEWALL_OK;

	if (mkdir(cli->output_folder, S_IRWXU | S_IRWXG | S_IRWXO) && errno != EEXIST)
		return report_errno(cli, "make the folder", cli->output_folder, errno);
	for (size_t i = 0; i < files->count && code == ROLEWALL_OK; i++)
		code = file_stage(cli, files->items[i].path, &files->items[i].text,
				  &files->items[i].file);
	for (size_t i = 0; i < files->count && code == ROLEWALL_OK; i++)
		code = file_commit(cli, &files->items[i].file);
	return code;
}

static int end_all(const struct cli *cli, const struct host_files *files)
{
	struct rolewall_output *outputs = calloc(files->count + 1, sizeof(*outputs));

	if (!outputs)
		no_memory();
	for (size_t i = 0; i < files->count; i++)
		outputs[i] = (struct rolewall_output){ files->items[i].host,
						       files->items[i].path };

	struct rolewall_result result = { .size = sizeof(result),
					  .format = cli->format,
					  .outputs = outputs,
					  .output_count = files->count };
	int code = report_end(cli, ROLEWALL_OK, &result, NULL);

	free(outputs);
	for (size_t i = 0; i < files->count && code == ROLEWALL_OK; i++)
		report_detail(cli, "%s: written", files->items[i].host);
	return code;
}

static int compile_site(const struct cli *cli)
{
	AUTO(site) struct rolewall_site *site = NULL;
	struct host_files files AUTO_FILES = { 0 };
	int code = site_open(cli, cli->site, &site);

	if (code == ROLEWALL_OK && rolewall_site_is_profile(site)) {
		const char *host; /* there is none: says so */

		code = rolewall_site_find_host(site, NULL, cli->messages, &host);
	}
	if (code == ROLEWALL_OK)
		code = compile_all(cli, site, &files);
	if (code == ROLEWALL_OK)
		code = write_all(cli, &files);
	return code == ROLEWALL_OK ? end_all(cli, &files)
				   : report_end(cli, code, NULL, NULL);
}

/* ---- what fits together ---- */

static const char *options_conflict(const struct cli *cli)
{
	bool to_stdout = !cli->output || strcmp(cli->output, "-") == 0;
	bool saved = strcmp(cli->format, "saved") == 0;

	if (cli->all && !cli->output_folder)
		return "option \"--all\" needs \"--output-dir=DIR\"";
	if (cli->output_folder && !cli->all)
		return "option \"--output-dir\" needs \"--all\"; for one host: "
		       "\"--output=FILE\"";
	if (cli->all && cli->output)
		return "options \"--all\" and \"--output\" exclude each other";
	if (cli->all && cli->host)
		return "options \"--all\" and \"--host\" exclude each other";
	if (saved && !cli->all && to_stdout && (cli->json || isatty(STDOUT_FILENO)))
		return "a saved rule set is not text: give \"--output=FILE\"";
	return NULL;
}

int cmd_compile(const struct cli *cli)
{
	const char *conflict = options_conflict(cli);

	if (conflict)
		return report_end(cli, usage_error(cli, "%s", conflict), NULL, NULL);
	return cli->all ? compile_site(cli) : compile_host(cli);
}
