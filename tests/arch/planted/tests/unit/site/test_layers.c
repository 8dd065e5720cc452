/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test sees what its folder sees. */
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "compile/compile.h"
#include "model.h"
#include "site/site.h"
#include "support/test.h"
#include "unit/plan/model.h"
#include "unit/site/model.h"
