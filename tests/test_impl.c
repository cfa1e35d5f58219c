/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operations of the built-in implementation leave in memory: descriptors, tables, records, contents;
 * and where its pools end.
 */
#include "impl_machine.h"

static void descriptors_of_each_mapping(void **iut)
{
	EXPECT(OK, *iut, MAP_PAGE_HOST, RAM << 12 | 0x123);
	assert_int_equal(word(*iut, S2T_WINDOW_S2PT, slot_of(*iut, 0, RAM << 12)), 0x40000fff);
	EXPECT(OK, *iut, MAP_PAGE_HOST, DEVICE << 12);
	assert_int_equal(word(*iut, S2T_WINDOW_S2PT, slot_of(*iut, 0, DEVICE << 12)), 0x400000900007c7);
	EXPECT(OK, *iut, MAP_PFN_VM, 2, 0x7fffffff0000, UINT64_C(0xabcd000040005003), 3);
	assert_int_equal(word(*iut, S2T_WINDOW_S2PT, slot_of(*iut, 2, 0x7fffffff0000)), 0x40005fff);
	EXPECT(OK, *iut, MAP_VM_IO, 2, 0x5000, 0x90001abc);
	assert_int_equal(word(*iut, S2T_WINDOW_S2PT, slot_of(*iut, 2, 0x5000)), 0x400000900017c7);
	EXPECT(OK, *iut, MAP_PFN_VM, 3, 0x40200000, 0x80000003, 2);
	assert_int_equal(CALL(*iut, WALK_S2PT, 3, 0x403ff000).ret, 0x80000ffd);
	assert_int_equal(CALL(*iut, GET_LEVEL_S2PT, 3, 0x403ff000).ret, 2);
	assert_int_equal(CALL(*iut, GET_LEVEL_S2PT, 3, 0x40400000).ret, 0);
	EXPECT(OK, *iut, MAP_SPT, 5, 1, 0xffffff1000, 0x1234567);
	assert_int_equal(CALL(*iut, WALK_SPT, 5, 1, 0xffffff1000).ret, 0x1234567);
	assert_int_equal(table(*iut, S2T_WINDOW_SMMU, 0x10000 + UINT64_C(13) * 8192 + UINT64_C(8) * 1023),
	                 0x110000);
	assert_int_equal(table(*iut, S2T_WINDOW_SMMU, 0x110000 + UINT64_C(8) * 511), 0x210000);
	assert_int_equal(word(*iut, S2T_WINDOW_SMMU, 0x210000 + UINT64_C(8) * 0x1f1), 0x1234567);
}

static void the_host_loses_a_page_to_a_tombstone(void **iut)
{
	EXPECT(OK, *iut, MAP_PAGE_HOST, RAM << 12);
	EXPECT(OK, *iut, ASSIGN_PFN_TO_VM, 1, 9, RAM);
	assert_int_equal(word(*iut, S2T_WINDOW_S2PT, slot_of(*iut, 0, RAM << 12)), UINT64_C(1) << 57);
	assert_int_equal(CALL(*iut, WALK_S2PT, 0, RAM << 12).ret, UINT64_C(1) << 57);
	assert_int_equal(CALL(*iut, GET_LEVEL_S2PT, 0, RAM << 12).ret, 0);
	expect_record(*iut, 0, 1, 0, 9);
}

static void blocks_replace_tables_and_refuse_pages(void **iut)
{
	EXPECT(OK, *iut, MAP_S2PT, 1, 0x200000, 3, 0x1003);
	EXPECT(OK, *iut, MAP_S2PT, 1, 0x3ff000, 2, 0x40000001);
	assert_int_equal(CALL(*iut, WALK_S2PT, 1, 0x200000).ret, 0x40000001);
	EXPECT(OK, *iut, MAP_S2PT, 1, 0x3ff000, 2, 0x80000001);
	assert_int_equal(CALL(*iut, WALK_S2PT, 1, 0x200000).ret, 0x80000001);
	assert_string_equal(CALL(*iut, MAP_S2PT, 1, 0x200000, 3, 0x1003).reason,
	                    "map_s2pt: page under a 2 MiB block");
	assert_true(lock_held(*iut, 5 + 1));
	assert_false(lock_held(*iut, 2));
	s2t_builtin()->reset(*iut);
	assert_false(lock_held(*iut, 5 + 1));
	EXPECT(OK, *iut, MAP_S2PT, 0, RAM << 12, 2, 0x40000001);
	EXPECT(PANIC, *iut, CLEAR_PFN_HOST, RAM);
}

static void init_spt_empties_all_of_one_context(void **iut)
{
	static const uint64_t iova[] = { 0, 0x1000, 0x40000000, 0x7fffffffff, 0x8000000000, 0xffffffffff };

	for (size_t i = 0; i < 6; i++) {
		EXPECT(OK, *iut, MAP_SPT, 2, 1, iova[i], 0x1003);
		EXPECT(OK, *iut, MAP_SPT, 3, 1, iova[i], 0x1003);
	}
	EXPECT(OK, *iut, INIT_SPT, 2, 1);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(CALL(*iut, WALK_SPT, 2, 1, iova[i]).ret, 0);
		assert_int_equal(CALL(*iut, WALK_SPT, 3, 1, iova[i]).ret, 0x1003);
	}
	assert_int_equal(word(*iut, S2T_WINDOW_EL2, machine(*iut)->layout.spt_next),
	                 0x110000 + UINT64_C(10) * 4096);
	EXPECT(OK, *iut, MAP_SPT, 2, 1, 0, 0x1003);
	assert_int_equal(table(*iut, S2T_WINDOW_SMMU, 0x10000 + UINT64_C(10) * 8192),
	                 0x110000 + UINT64_C(10) * 4096);
	assert_int_equal(CALL(*iut, UNMAP_SPT, 2, 1, 0).ret, 0x1003);
	assert_int_equal(CALL(*iut, UNMAP_SPT, 2, 1, 0).ret, 0);
}

/* `count` mappings at `stride` fit, one more panics with `reason`, and the cursor stands at `end`. */
static void exhaust(void *iut, bool smmu, uint64_t stride, uint64_t count, const char *reason, uint64_t cursor,
                    uint64_t end)
{
	struct s2t_result result;

	for (uint64_t i = 0; i < count; i++) {
		if (smmu)
			EXPECT(OK, iut, MAP_SPT, 0, 0, i * stride, 0x1003);
		else
			EXPECT(OK, iut, MAP_S2PT, 16, i * stride, 3, 0x1003);
	}
	result = smmu ? CALL(iut, MAP_SPT, 0, 0, count * stride, 0x1003)
	              : CALL(iut, MAP_S2PT, 16, count * stride, 3, 0x1003);
	assert_int_equal(result.outcome, S2T_PANIC);
	assert_string_equal(result.reason, reason);
	assert_int_equal(word(iut, S2T_WINDOW_EL2, cursor), end);
	assert_true(lock_held(iut, smmu ? 3 : 5 + 16));
}

static void pools_are_exhausted_at_their_ends(void **iut)
{
	const struct s2t_el2_layout *l = &machine(*iut)->layout;
	const uint64_t pool = 0x10000 + UINT64_C(16) * 0x2000000;

	exhaust(*iut, false, 512 * GIB, 256, "map_s2pt: no page left for a PUD table",
	        l->npt_next + UINT64_C(16) * 32, pool + 0x101000);
	s2t_builtin()->reset(*iut);
	exhaust(*iut, false, GIB, 2048, "map_s2pt: no page left for a PMD table",
	        l->npt_next + UINT64_C(16) * 32 + 8, pool + 0x901000);
	s2t_builtin()->reset(*iut);
	exhaust(*iut, false, MIB2, 5887, "map_s2pt: no page left for a PTE table",
	        l->npt_next + UINT64_C(16) * 32 + 16, pool + 0x2000000);
	s2t_builtin()->reset(*iut);
	exhaust(*iut, true, GIB, 256, "map_spt: no page left for a PMD table", l->spt_next, 0x210000);
	s2t_builtin()->reset(*iut);
	exhaust(*iut, true, MIB2, 256, "map_spt: no page left for a PTE table", l->spt_next + 8, 0x310000);
}

static void records_start_as_the_board_says(void **iut)
{
	const struct s2t_el2_layout *l = &machine(*iut)->layout;
	const struct s2t_image_ops *image = s2t_builtin()->image;
	const uint64_t *page;

	for (int round = 0; round < 2; round++) {
		expect_record(*iut, 0, 0, 0, RAM + 1000000000);
		expect_record(*iut, 3, 16, 0, 5);
		expect_record(*iut, 7, 3, 2, 0x77);
		expect_record(*iut, 16, 0, 0, 0);
		expect_record(*iut, 256 + 1023, 0, 0, BIG_RAM + 1023 + 1000000000);
		if (round == 0)
			assert_null(image->page(*iut, S2T_WINDOW_EL2, l->s2_pages));
		EXPECT(OK, *iut, GRANT_VM_PAGE, 3, RAM + 7);
		EXPECT(OK, *iut, GRANT_VM_PAGE, 0, BIG_RAM + 1023);
		expect_record(*iut, 7, 3, 3, 0x77);
		s2t_builtin()->reset(*iut);
	}
	page = image->page(*iut, S2T_WINDOW_EL2, l->s2_pages);
	assert_int_equal(page[6], 16); /* record 3 */
	assert_null(image->page(*iut, S2T_WINDOW_EL2, l->npt_next));
	EXPECT(OK, *iut, MAP_S2PT, 1, 0, 3, 0x1003);
	page = image->page(*iut, S2T_WINDOW_EL2, l->npt_next);
	assert_int_equal(page[6] /* VM 1, PTE tables */, 0x10000 + 0x2000000 + 0x902000);
	assert_int_equal(page[65] /* VM 16, PMD tables */, 0x10000 + UINT64_C(16) * 0x2000000 + 0x101000);
	assert_int_equal(page[68], 0); /* no VM 17 */
	assert_null(image->page(*iut, S2T_WINDOW_PAGES, 0));
	assert_null(image->page(*iut, S2T_WINDOW_EL2, UINT64_MAX & ~UINT64_C(4095)));
}

static void host_pages_may_start_at_frame_zero(void **state)
{
	struct s2t_board board = default_board();
	char error[200];
	void *iut;

	(void)state;
	board.host_gfn_zero = true;
	iut = s2t_builtin()->create(s2t_builtin(), &board, error, sizeof(error));
	assert_non_null(iut);
	expect_record(iut, 0, 0, 0, 0);
	expect_record(iut, 7, 3, 2, 0x77);
	EXPECT(OK, iut, GRANT_VM_PAGE, 0, RAM + 1);
	expect_record(iut, 0, 0, 0, 0);
	EXPECT(OK, iut, CLEAR_VM_PAGE, 0, RAM + 1);
	expect_record(iut, 1, 0, 0, RAM + 1 + 1000000000);
	s2t_builtin()->destroy(iut);
}

static s2t_token seven(void *ctx, s2t_vmid vmid, uint64_t n)
{
	return *(uint64_t *)ctx + 100 * vmid + n;
}

static void contents_come_from_the_board(void **state)
{
	struct s2t_board board = default_board();
	uint64_t salt = 7;
	s2t_token token;
	char error[200];

	assert_true(s2t_builtin()->token(*state, RAM, &token));
	assert_int_equal(token, 0);
	EXPECT(OK, *state, ASSIGN_PFN_TO_VM, 1, 0, RAM);
	EXPECT(OK, *state, ASSIGN_PFN_TO_VM, 1, 0, RAM + 1);
	assert_true(s2t_builtin()->token(*state, RAM + 1, &token));
	assert_int_equal(token, UINT64_C(0xDA00010000000001));
	EXPECT(OK, *state, CLEAR_VM_PAGE, 1, RAM + 1);
	assert_true(s2t_builtin()->token(*state, RAM + 1, &token));
	assert_int_equal(token, 0);

	board.doracle = seven;
	board.doracle_ctx = &salt;
	void *iut = s2t_builtin()->create(s2t_builtin(), &board, error, sizeof(error));
	EXPECT(OK, iut, ASSIGN_PFN_TO_VM, 2, 0, RAM);
	EXPECT(OK, iut, ASSIGN_PFN_TO_VM, 2, 0, RAM + 1);
	assert_true(s2t_builtin()->token(iut, RAM + 1, &token));
	assert_int_equal(token, 208);
	assert_int_equal(word(iut, S2T_WINDOW_EL2, machine(iut)->layout.data_log + UINT64_C(8) * 2), 2);
	s2t_builtin()->destroy(iut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(descriptors_of_each_mapping),
		MACHINE_TEST(the_host_loses_a_page_to_a_tombstone),
		MACHINE_TEST(blocks_replace_tables_and_refuse_pages),
		MACHINE_TEST(init_spt_empties_all_of_one_context),
		MACHINE_TEST(pools_are_exhausted_at_their_ends),
		MACHINE_TEST(records_start_as_the_board_says),
		cmocka_unit_test(host_pages_may_start_at_frame_zero),
		MACHINE_TEST(contents_come_from_the_board),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
