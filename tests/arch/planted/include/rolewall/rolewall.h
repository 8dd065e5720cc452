/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A public header; rolewall_in_a_comment() is no declaration. */
int rolewall_good(void);
int rolewall_undefined(int a);
int rolewall_unlisted(int (*call)(void), int b);
