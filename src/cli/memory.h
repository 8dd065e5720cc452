/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The heap of a program that lives for milliseconds. */
#pragma once

/* Before anything is allocated: what malloc() gives from then on costs few page faults.
 */
void memory_prepare(void);
