/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library that exports something else than it promises. */
#include "rolewall/rolewall.h"

int leaked(void);
int rolewall_undeclared(void);

int rolewall_good(void)
{
	return 0;
}

int rolewall_unlisted(int (*call)(void), int b)
{
	return call() + b;
}

int rolewall_undeclared(void)
{
	return 0;
}

int leaked(void)
{
	return 0;
}
