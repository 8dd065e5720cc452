/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids by chance, the clock that nobody sets, the boot. */
#include <time.h>

#include "unit/state/place.h"

/* clang-format off */
static struct id_case {
	const char *text;
	bool good;
} id_cases[] = {
	{ "0a1b2c3d",  true },
	{ "00000000",  true },
	{ "ffffffff",  true },
	{ "",          false },
	{ "0a1b2c3",   false },
	{ "0a1b2c3d4", false },
	{ "0A1B2C3D",  false },
	{ "0a1b2c3g",  false },
	{ "0a1b2c3 ",  false },
	{ "../../..",  false },
	{ "........",  false },
};

/* clang-format on */

static void reads_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(id_cases); i++) {
		struct change_id id = { "before" };

		assert_int_equal(change_id_parse(id_cases[i].text, &id),
				 id_cases[i].good);
		assert_string_equal(id.text,
				    id_cases[i].good ? id_cases[i].text : "before");
	}
}

/* Of a thousand by chance, two are the same once in eight thousand runs. */
static void makes_ids_that_differ(void **state)
{
	enum { IDS = 1000 };
	struct place *place = *state;
	struct change_id *ids = arena_array(place->arena, IDS, sizeof(*ids));
	unsigned same = 0;

	for (size_t i = 0; i < IDS; i++) {
		struct change_id parsed;

		assert_true(change_id_make(&place->diags, &ids[i]));
		assert_true(change_id_parse(ids[i].text, &parsed));
		for (size_t k = 0; k < i; k++)
			same += change_id_equal(&ids[k], &ids[i]);
	}
	assert_true(same <= 2);
}

static void knows_the_boot(void **state)
{
	struct place *place = *state;
	char id[BOOT_ID_BYTES], text[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_true(boot_id_read(&place->diags, id));
	assert_int_equal(strlen(id), BOOT_ID_BYTES - 1);
	assert_memory_equal(id, text, BOOT_ID_BYTES - 1);
}

static void counts_from_the_boot(void **state)
{
	struct timespec now;
	uint64_t before, after;

	(void)state;
	before = boot_time_ms();
	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	after = boot_time_ms();

	uint64_t between =
		(uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;

	assert_true(before <= between && between <= after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_ids),
		ROOT_TEST(makes_ids_that_differ),
		ROOT_TEST(knows_the_boot),
		cmocka_unit_test(counts_from_the_boot),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
