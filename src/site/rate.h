/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates: "6/minute", "6/minute burst 3". */
#pragma once

#include "site/schema.h"

/*
 * The kernel counts a rate in nanoseconds: a day, times the burst, has to fit its 64
 * bits.  More than a million a second is no limit for any machine.
 */
#define RATE_COUNT_MAX 1000000
#define RATE_BURST_MAX 100000

/* What nft takes when a rate says no burst. */
#define RATE_BURST_DEFAULT 5

/* A rate into a struct rate. */
item_read read_rate;
