/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine knows: the time since its boot, which boot it is, chance. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "state/value.h"

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

uint64_t boot_time_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool boot_id_read(struct diags *diags, char id[BOOT_ID_BYTES])
{
	static const struct span nowhere = { 0 };
	char text[BOOT_ID_BYTES]; /* with the newline */
	int fd = open(BOOT_ID_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	int error = length < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	if (error) {
		state_fault(diags, error, "read", BOOT_ID_FILE);
		diag_note(diags, nowhere, "/proc has to be mounted, with its \"sys\"");
		return false;
	}
	if (length != BOOT_ID_BYTES || !boot_id_fits(text, BOOT_ID_BYTES - 1))
		return diag_error(diags, DIAG_STATE, nowhere,
				  "\"%s\" does not hold the id of a boot",
				  BOOT_ID_FILE);
	memcpy(id, text, BOOT_ID_BYTES - 1);
	id[BOOT_ID_BYTES - 1] = '\0';
	return true;
}

bool change_id_make(struct diags *diags, struct change_id *id)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[(CHANGE_ID_BYTES - 1) / 2];
	ssize_t got;

	do
		got = getrandom(bytes, sizeof(bytes), 0);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(bytes))
		return state_fault(diags, got < 0 ? errno : EIO, "read",
				   "/dev/urandom");
	for (size_t i = 0; i < sizeof(bytes); i++) {
		id->text[2 * i] = digits[bytes[i] >> 4];
		id->text[2 * i + 1] = digits[bytes[i] & 15];
	}
	id->text[CHANGE_ID_BYTES - 1] = '\0';
	return true;
}
