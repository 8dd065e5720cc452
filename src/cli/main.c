/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rolewall: role-based firewall rules for nftables. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/kept.h"
#include "cli/memory.h"
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

	/*
	 * What should have been rolled back by now comes first, whatever is asked: but
	 * for the timer, which is here to do just that.
	 */
	int code = cli->unless_confirmed ? ROLEWALL_OK : settle_overdue(cli);

	return code == ROLEWALL_OK ? cli->command->run(cli)
				   : report_end(cli, code, NULL, NULL);
}

int main(int argc, char **argv)
{
	keep_streams();
	memory_prepare();
	signal(SIGPIPE, SIG_IGN);

	struct cli cli = { .messages = rolewall_messages_new(),
			   .share_folder = secure_getenv("ROLEWALL_SHARE_DIR"),
			   .state_folder = secure_getenv("ROLEWALL_STATE_DIR"),
			   .run_folder = secure_getenv("ROLEWALL_RUN_DIR"),
			   .lock_seconds = DEFAULT_LOCK_SECONDS };
	int code = run(&cli, argc, argv);

	rolewall_messages_free(cli.messages);
	options_free(&cli);
	return code;
}
