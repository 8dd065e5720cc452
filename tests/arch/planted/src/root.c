/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files at the root see everything but the program. */
#include <libconfig.h>
#include <rolewall/rolewall.h>

#include "cli/cli.h"
#include "handle.h"
#include "plan/plan.h"
