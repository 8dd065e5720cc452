/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall: role-based firewall rules for nftables. */
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/report.h"

/*
 * A stream that the caller closed stays unusable: nothing that is opened here takes
 * its number, and writing to standard output goes on to fail.
 */
static void keep_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			exit(ROLEWALL_FAILED);
}

/*
 * The program lives for milliseconds: memory that it once has it keeps, and the first
 * part of it, which a usual site needs, comes in one go.  Page by page, and given back
 * and asked for again, it costs as much as all the work that is done in it.
 */
static void keep_memory(void)
{
	enum { FIRST_BYTES = 768 << 10 };

	mallopt(M_TOP_PAD, FIRST_BYTES);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);

	char *first = malloc(1);
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	/* older kernels do not know the wish, and it is no more than that */
	if (first)
		madvise((void *)((uintptr_t)first & ~(page - 1)), FIRST_BYTES,
			MADV_POPULATE_WRITE);
	free(first);
}

static int print_help(const struct cli *cli)
{
	char *text = help_text(cli->command);
	int code = report_plain(cli, text);

	free(text);
	return code;
}

static int print_version(const struct cli *cli)
{
	if (cli->json)
		return report_end(cli, ROLEWALL_OK, NULL, NULL);

	int code = report_plain(cli, "rolewall ");

	if (code == ROLEWALL_OK)
		code = report_plain(cli, rolewall_version());
	return code == ROLEWALL_OK ? report_plain(cli, "\n") : code;
}

static int run(struct cli *cli, int argc, char **argv)
{
	if (!options_parse(cli, argc, argv))
		return report_end(cli, ROLEWALL_USAGE, NULL, NULL);
	if (cli->help)
		return print_help(cli);
	if (cli->version)
		return print_version(cli);
	return cli->command->run(cli);
}

int main(int argc, char **argv)
{
	keep_streams();
	keep_memory();
	signal(SIGPIPE, SIG_IGN);

	struct cli cli = { .messages = rolewall_messages_new(),
			   .share_folder = secure_getenv("ROLEWALL_SHARE_DIR") };
	int code = run(&cli, argc, argv);

	rolewall_messages_free(cli.messages);
	options_free(&cli);
	return code;
}
