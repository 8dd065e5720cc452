/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening the state of the machine, or of one of its network namespaces. */
#include <unistd.h>

#include "cli/kept.h"

enum { PATH_BYTES = 4096 };

int kept_open(const struct cli *cli, bool make, struct rolewall_state **state)
{
	char program[PATH_BYTES];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	struct rolewall_state_options options = {
		.size = sizeof(options),
		.state_folder = cli->state_folder,
		.run_folder = cli->run_folder,
		.netns = cli->netns,
		.lock_seconds = cli->lock_seconds,
		.make = make,
	};

	if (length > 0) {
		program[length] = '\0';
		options.program = program;
	}
	return rolewall_state_open(&options, cli->messages, state);
}

/* Who may not look may not roll back either: root's next call will. */
int settle_overdue(const struct cli *cli)
{
	AUTO(state) struct rolewall_state *state = NULL;
	struct rolewall_messages *unsaid = rolewall_messages_new();
	struct cli quiet = *cli;

	quiet.messages = unsaid;

	int code = kept_open(&quiet, false, &state);

	rolewall_messages_free(unsaid);
	return code == ROLEWALL_OK ? rolewall_settle(state, cli->messages)
				   : ROLEWALL_OK;
}
