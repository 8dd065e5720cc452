/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program may see the public header and attributes only. */
#include <rolewall/rolewall.h>

#include "base/arena.h"
#include "base/attr.h"
#include "cli/cli.h"
#include "handle.h"
