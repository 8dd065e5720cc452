/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as the messages of one batch, in an order that the kernel accepts. */
#pragma once

#include "kernel/encode.h"
#include "plan/plan.h"

void batch_encode(struct encoder *encoder, const struct plan *plan) ALL_NONNULL;
