/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Too deep and too wide. */
int deep(int a)
{
	for (;;) {
		if (a) {
			do {
				if (a++) {
					return 1;
				}
			} while (a);
		}
	}
}

int also_deep(int a)
{
	switch (a) {
	case 1: {
		if (a) {
			return 0;
		} else {
			while (a) {
				a--;
			}
		}
	}
	}
	return a;
}

int wide(int a, int b, int c, int d, int e, int f)
{
	return a + b + c + d + e + f;
}

int wide_by_permission(int a, int b, int (*c)(int, int), int d, int e, int f)
{
	return a + b + c(1, 2) + d + e + f;
}

int wider_than_permitted(int a, int b, int c, int d, int e, int f, int g)
{
	return a + b + c + d + e + f + g;
}
