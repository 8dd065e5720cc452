/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Not as clang-format would have it. */
int f(int a) {
    return a+1;
}
