/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing is wrong here, though it looks like it: { { { { ( strcpy( */
#include <string.h>

#include "base/attr.h"
#include "site/clean.h"

#define OPEN {
#define LONG(a, b, c, d, e, f, g) \
	{                         \
		a

static const struct {
	const char *text;
	int (*call)(int, int, int, int, int, int, int);
} rows[] = { { "{{{{ /*", NULL }, { "\"// {", NULL } };

/* Five parameters and three levels, with braces of other kinds inside. */
int clean(int a, int (*b)(int, int, int, int, int, int), const char *c, int d, char e)
{
	for (int i = 0; i < a; i++) {
		if (c[i] == '{') {
			while (d--) {
				struct {
					int x[2];
				} point = { .x = { 1, 2 } };

				a = b(point.x[0], 2, 3, 4, 5, (int[]){ 6 }[0]);
			}
		} else if (e) {
			switch (d) {
			case 1:
				a = (int)strlen(rows[0].text);
				break;
			case 2:
				break;
			}
		}
	}
	return a;
}
