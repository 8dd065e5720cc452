/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way back to a packet's source, as the kernel routes it now. */
#pragma once

#include "meaning/evaluate.h"

/*
 * What a rule "fib saddr . iif oif" finds for a packet that comes in: whether the way
 * from its destination to its source leaves by `iifname`.  False when the kernel cannot
 * be asked.
 */
bool route_leads_back(const struct packet *packet) MUST_USE;
