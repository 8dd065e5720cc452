/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program may print and exit, but not this. */
#include <stdio.h>
#include <stdlib.h>

void calls(char *to, const char *text);

void calls(char *to, const char *text)
{
	sprintf(to, "%d", *text);
	printf("%s!", text);
	exit(1);
}
