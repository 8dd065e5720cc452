/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka and the headers it must follow, in their order. */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
