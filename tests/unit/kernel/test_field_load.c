/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each field has a load, and is found again by it. */
#include <linux/netfilter/nf_tables.h>

#include "kernel/field_load.h"
#include "ruleset/field.h"

#include "model.h"

static void every_field_is_found_by_its_load(void **state)
{
	(void)state;
	for (enum field field = 0; field < FIELD_COUNT; field++) {
		const struct field_info *info = &field_infos[field];
		struct field_context context = { info->nfproto, info->l4proto };
		struct expression load = field_load(field, NFT_REG_1, info->width);
		enum field found = FIELD_COUNT;
		uint32_t length = 0;

		assert_true(expression_is_load(&load));
		assert_int_equal(load_register(&load), NFT_REG_1);
		assert_true(field_of_load(&load, &context, &found, &length));
		if (found != field)
			fail_msg("%s is read as %s", info->name,
				 field_infos[found].name);
		assert_int_equal(length, info->width);
	}
}

/* Without what it takes for granted, a load may not be taken for the field. */
static void fields_need_their_protocols(void **state)
{
	static const struct field_context nothing;

	(void)state;
	for (enum field field = 0; field < FIELD_COUNT; field++) {
		const struct field_info *info = &field_infos[field];
		struct expression load = field_load(field, NFT_REG_1, info->width);
		enum field found = FIELD_COUNT;
		uint32_t length;

		if (!info->nfproto && !info->l4proto)
			continue;
		if (field_of_load(&load, &nothing, &found, &length))
			assert_true(found == FIELD_TH_SPORT || found == FIELD_TH_DPORT);
	}
}

static void strange_loads_are_no_fields(void **state)
{
	static const struct field_context nothing;
	struct expression loads[] = {
		{ .kind = EXPRESSION_META, .load = { NFT_META_MARK, NFT_REG_1 } },
		{ .kind = EXPRESSION_CT, .load = { NFT_CT_MARK, NFT_REG_1 } },
		{ .kind = EXPRESSION_PAYLOAD,
		  .payload = { NFT_REG_1, NFT_PAYLOAD_LL_HEADER, 12, 2 } },
		{ .kind = EXPRESSION_PAYLOAD,
		  .payload = { NFT_REG_1, NFT_PAYLOAD_TRANSPORT_HEADER, 1, 2 } },
		{ .kind = EXPRESSION_FIB,
		  .fib = { NFTA_FIB_F_DADDR, NFT_FIB_RESULT_OIF, NFT_REG_1 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(loads); i++) {
		enum field found;
		uint32_t length;

		assert_false(field_of_load(&loads[i], &nothing, &found, &length));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_found_by_its_load),
		cmocka_unit_test(fields_need_their_protocols),
		cmocka_unit_test(strange_loads_are_no_fields),
	};

	return cmocka_run_group_tests_name("field loads", tests, NULL, NULL);
}
