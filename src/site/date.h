/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days of the calendar: "2027-06-30". */
#pragma once

#include "site/schema.h"

/* A day into a const char *, as it is written. */
item_read read_date;

/* Days since 1970-01-01 of a date that read_date has taken. */
int64_t date_days(const char *date) ALL_NONNULL MUST_USE;
