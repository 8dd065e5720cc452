/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls what it should not; base may end the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int calls(char *to, const char *from);

int calls(char *to, const char *from)
{
	strcpy(to, from);
	strcat(to, from);
	if (!system(to))
		abort();
	fputs("out of memory", stderr);
	return atoi(to);
}
