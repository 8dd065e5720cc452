/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single addresses: read, and told apart by kind. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/range.h"

/* "IPv4", "IPv6". */
extern const char *const family_words[FAMILY_COUNT];

/* One address without a zone; the bytes behind an IPv4 address become zero. */
bool address_read(const char *text, size_t length, enum family *family,
		  uint8_t address[16]) ALL_NONNULL MUST_USE;

/* Brings ::ffff:192.0.2.1 back to 192.0.2.1; whether it was one. */
bool address_unmap(enum family *family, uint8_t address[16]) ALL_NONNULL;

/* 127.0.0.0/8, ::1. */
bool address_is_loopback(enum family family, const uint8_t *address) ALL_NONNULL;

/* 169.254.0.0/16, fe80::/10. */
bool address_is_link_local(enum family family, const uint8_t *address) ALL_NONNULL;

/* Whether a machine elsewhere can send from it: not 0.0.0.0/8, loopback, multicast. */
bool address_is_elsewhere(enum family family, const uint8_t *address) ALL_NONNULL;
