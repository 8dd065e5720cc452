/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder that the table does not know. */
#include "odd/new.h"
