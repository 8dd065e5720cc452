/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single addresses: read, and told apart by kind. */
#include <arpa/inet.h>
#include <string.h>

#include "guard/address.h"

const char *const family_words[FAMILY_COUNT] = {
	[FAMILY_IP4] = "IPv4", [FAMILY_IP6] = "IPv6"
};

bool address_read(const char *text, size_t length, enum family *family,
		  uint8_t address[16])
{
	enum family found = memchr(text, ':', length) ? FAMILY_IP6 : FAMILY_IP4;
	char ended[INET6_ADDRSTRLEN];
	uint8_t bytes[16] = { 0 };

	if (length >= sizeof(ended) || memchr(text, '\0', length))
		return false;
	memcpy(ended, text, length);
	ended[length] = '\0';
	if (inet_pton(found == FAMILY_IP6 ? AF_INET6 : AF_INET, ended, bytes) != 1)
		return false;
	*family = found;
	memcpy(address, bytes, sizeof(bytes));
	return true;
}

bool address_unmap(enum family *family, uint8_t address[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t bytes[16] = { 0 };

	if (*family != FAMILY_IP6 || memcmp(address, prefix, sizeof(prefix)) != 0)
		return false;
	memcpy(bytes, address + sizeof(prefix), 4);
	memcpy(address, bytes, sizeof(bytes));
	*family = FAMILY_IP4;
	return true;
}

bool address_is_loopback(enum family family, const uint8_t *address)
{
	static const uint8_t loopback[16] = { [15] = 1 };

	if (family == FAMILY_IP4)
		return address[0] == 127;
	return !memcmp(address, loopback, sizeof(loopback));
}

bool address_is_link_local(enum family family, const uint8_t *address)
{
	if (family == FAMILY_IP4)
		return address[0] == 169 && address[1] == 254;
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

bool address_is_elsewhere(enum family family, const uint8_t *address)
{
	static const uint8_t unspecified[16];

	if (address_is_loopback(family, address))
		return false;
	if (family == FAMILY_IP4)
		return address[0] && address[0] < 224;
	return address[0] != 0xff && memcmp(address, unspecified, 16) != 0;
}
