/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the built-in implementation stops: relies that fail, panics, locks, wild accesses; and what it refuses
 * to be.
 */
#include "impl_machine.h"

#include "locks.h"

static void undefined_takes_the_call_back(void **iut)
{
	size_t before;

	EXPECT(OK, *iut, MAP_PAGE_HOST, RAM << 12);
	before = writes(*iut);
	assert_string_equal(CALL(*iut, ASSIGN_PFN_TO_VM, 17, 0, RAM).reason, "set_pfn_owner: no such VM");
	assert_int_equal(writes(*iut), before);
	assert_int_equal(CALL(*iut, GET_LEVEL_S2PT, 0, RAM << 12).ret, 3);
	assert_false(lock_held(*iut, 2));
	assert_false(lock_held(*iut, 5));
	EXPECT(OK, *iut, ASSIGN_PFN_TO_VM, 16, 0, RAM);
}

struct undefined_call {
	uint64_t arg[S2T_MAX_ARGS];
	enum s2t_op op;
	bool after_halt; /* also then, as the rely stands before the halt test */
};

static const struct undefined_call undefined_calls[] = {
	{ { UINT64_C(1) << 48 }, S2T_OP_MAP_PAGE_HOST, true },
	{ { 1, 1 << 28 }, S2T_OP_CLEAR_VM_PAGE, true },
	{ { UINT64_C(1) << 32, RAM }, S2T_OP_CLEAR_VM_PAGE, true },
	{ { 1, UINT64_C(1) << 36, RAM }, S2T_OP_ASSIGN_PFN_TO_VM, true },
	{ { 1, 0, 1 << 28 }, S2T_OP_ASSIGN_PFN_TO_VM, true },
	{ { 17, 0, RAM }, S2T_OP_ASSIGN_PFN_TO_VM, false },
	{ { 17, 0, 0, 3 }, S2T_OP_MAP_PFN_VM, true },
	{ { 1, UINT64_C(1) << 48, 0, 3 }, S2T_OP_MAP_PFN_VM, true },
	{ { 1, 0, 0, UINT64_C(1) << 32 }, S2T_OP_MAP_PFN_VM, true },
	{ { 1, UINT64_C(1) << 48, DEVICE << 12 }, S2T_OP_MAP_VM_IO, true },
	{ { 1, 0, UINT64_C(1) << 48 }, S2T_OP_MAP_VM_IO, true },
	{ { 17, 0, DEVICE << 12 }, S2T_OP_MAP_VM_IO, false },
	{ { 1, UINT64_C(1) << 36 }, S2T_OP_GRANT_VM_PAGE, true },
	{ { 1, UINT64_C(1) << 36 }, S2T_OP_REVOKE_VM_PAGE, true },
	{ { 17, 0, RAM }, S2T_OP_ASSIGN_PFN_TO_SMMU, true },
	{ { 1, UINT64_C(1) << 36, RAM }, S2T_OP_ASSIGN_PFN_TO_SMMU, true },
	{ { 1, 0, 1 << 28 }, S2T_OP_ASSIGN_PFN_TO_SMMU, true },
	{ { 0, 0, 0, UINT64_C(1) << 48, 0 }, S2T_OP_UPDATE_SMMU_PAGE, true },
	{ { 3, 8, 0, 0x77000, (RAM + 7) << 12 }, S2T_OP_UPDATE_SMMU_PAGE, false },
	{ { 8, 0, 0 }, S2T_OP_UNMAP_SMMU_PAGE, true },
	{ { 0, 2, 0 }, S2T_OP_UNMAP_SMMU_PAGE, true },
	{ { 0, 0, UINT64_C(1) << 40 }, S2T_OP_UNMAP_SMMU_PAGE, true },
	{ { 17, 0 }, S2T_OP_GET_LEVEL_S2PT, true },
	{ { 0, UINT64_C(1) << 48 }, S2T_OP_WALK_S2PT, true },
	{ { 17, 0, 3, 1 }, S2T_OP_MAP_S2PT, true },
	{ { 1, 0, 1, 1 }, S2T_OP_MAP_S2PT, false },
	{ { 1, 0, 3, 0 }, S2T_OP_MAP_S2PT, false },
	{ { 1, 0, 2, 0x40000003 }, S2T_OP_MAP_S2PT, false },
	{ { 1 << 28 }, S2T_OP_CLEAR_PFN_HOST, true },
	{ { 8, 0 }, S2T_OP_INIT_SPT, true },
	{ { 0, 2 }, S2T_OP_INIT_SPT, true },
	{ { 0, 0, UINT64_C(1) << 40 }, S2T_OP_WALK_SPT, true },
	{ { 0, 2, 0, 0 }, S2T_OP_MAP_SPT, true },
	{ { 8, 0, 0 }, S2T_OP_UNMAP_SPT, true },
	{ { 0 }, S2T_OP_COUNT, true },
};
enum { UNDEFINED_CALLS = sizeof(undefined_calls) / sizeof(undefined_calls[0]) };

static void expect_undefined(void *iut, const struct undefined_call *c, enum s2t_outcome outcome)
{
	size_t before = writes(iut);
	struct s2t_result result = call(iut, c->op, c->arg);

	assert_int_equal(result.outcome, outcome);
	assert_int_equal(result.ret, 0);
	assert_true(strlen(result.reason) > 5);
	assert_int_equal(writes(iut), before);
}

static void each_rely_fails(void **iut)
{
	for (size_t i = 0; i < UNDEFINED_CALLS; i++)
		expect_undefined(*iut, &undefined_calls[i], S2T_UNDEFINED);
	EXPECT(OK, *iut, MAP_PAGE_HOST, RAM << 12);
}

static void a_panic_lasts_until_reset(void **iut)
{
	size_t after;

	EXPECT(OK, *iut, MAP_SPT, 0, 0, 0, 0x1003);
	EXPECT(OK, *iut, MAP_PAGE_HOST, RAM << 12);
	assert_string_equal(CALL(*iut, ASSIGN_PFN_TO_VM, 1, 0, RAM + 7).reason,
	                    "assign_pfn_to_vm: page of another owner");
	after = writes(*iut);
	assert_true(lock_held(*iut, 2));
	assert_false(lock_held(*iut, 5));
	EXPECT(PANIC, *iut, MAP_PAGE_HOST, RAM << 12);
	EXPECT(PANIC, *iut, CLEAR_VM_PAGE, 3, RAM + 7);
	EXPECT(PANIC, *iut, INIT_SPT, 0, 0);
	assert_int_equal(CALL(*iut, WALK_SPT, 0, 0, 0).ret, 0);
	assert_int_equal(CALL(*iut, UNMAP_SPT, 0, 0, 0).ret, 0);
	assert_int_equal(CALL(*iut, WALK_S2PT, 0, RAM << 12).ret, 0);
	assert_int_equal(writes(*iut), after);
	for (size_t i = 0; i < UNDEFINED_CALLS; i++)
		expect_undefined(*iut, &undefined_calls[i],
		                 undefined_calls[i].after_halt ? S2T_UNDEFINED : S2T_PANIC);
	s2t_builtin()->reset(*iut);
	assert_int_equal(writes(*iut), 0);
	assert_false(lock_held(*iut, 2));
	assert_int_equal(CALL(*iut, WALK_SPT, 0, 0, 0).ret, 0);
	EXPECT(OK, *iut, CLEAR_VM_PAGE, 3, RAM + 7);
}

static void a_lock_taken_twice_is_a_deadlock(void **iut)
{
	assert_true(s2t_lock_take(machine(*iut), 2));
	assert_string_equal(CALL(*iut, GRANT_VM_PAGE, 1, RAM).reason,
	                    "waits for a lock that is taken and that nobody will release");
	EXPECT(DEADLOCK, *iut, WALK_S2PT, 0, 0);
	assert_int_equal(lock_word(*iut, 2), 2);
	s2t_builtin()->reset(*iut);
	EXPECT(OK, *iut, GRANT_VM_PAGE, 1, RAM);
	assert_int_equal(lock_word(*iut, 2), UINT64_C(0x100000001));
}

static void locks_are_released_and_needed(void **iut)
{
	struct s2t_hyp *h = machine(*iut);

	s2t_lock_release(h, 3);
	assert_int_equal(h->stop, S2T_STOP_UNDEFINED);
	h->stop = 0;
	s2t_prim_get_pfn_owner(h, RAM);
	assert_int_equal(h->stop, S2T_STOP_UNDEFINED);
}

static void there_is_a_lock_for_each_of_65536_vms(void **state)
{
	struct s2t_board board = default_board();
	char error[200];
	void *iut;

	(void)state;
	board.corevisor = 65535;
	board.pt_pool_per_vm = 0x4000;
	board.pud_offset = 0x2000;
	board.pmd_offset = 0x3000;
	iut = s2t_builtin()->create(s2t_builtin(), &board, error, sizeof(error));
	assert_non_null(iut);
	for (uint64_t vmid = 65535; vmid > 65535 - 512; vmid--) {
		EXPECT(OK, iut, MAP_S2PT, vmid, 0, 3, 0x1003);
		assert_int_equal(CALL(iut, WALK_S2PT, vmid, 0).ret, 0x1003);
		assert_int_equal(lock_word(iut, 5 + vmid), UINT64_C(0x200000002));
		assert_int_equal(lock_word(iut, 5 + vmid - 1), 0);
	}
	assert_true(s2t_lock_take(machine(iut), 5 + 65535));
	s2t_builtin()->events->record(iut, true);
	EXPECT(DEADLOCK, iut, WALK_S2PT, 65535, 0);
	s2t_builtin()->destroy(iut);
}

static void a_descriptor_to_nowhere_is_wild(void **iut)
{
	s2t_mem_store(&machine(*iut)->mem, S2T_WINDOW_S2PT, 0x10000, UINT64_C(0x0000fffffffff003));
	EXPECT(WILD, *iut, WALK_S2PT, 0, 0);
	EXPECT(OK, *iut, WALK_S2PT, 1, 0);
}

static void expect_refused(const struct s2t_board *board, const char *why)
{
	char error[200] = "";

	assert_null(s2t_builtin()->create(s2t_builtin(), board, error, sizeof(error)));
	assert_non_null(strstr(error, why));
}

static void boards_that_do_not_fit_are_refused(void **state)
{
	struct s2t_board b = default_board();

	(void)state;
	b.region[1].size = (UINT64_C(1) << 40) - b.region[1].base + 1;
	expect_refused(&b, "a region ends beyond 40 bits");
	b.region[1].size = UINT64_MAX;
	expect_refused(&b, "a region ends beyond 40 bits");
	b = default_board();
	b.region[1].index = (1 << 24) - 1023;
	expect_refused(&b, "records of a region end beyond record 2^24");
	b = default_board();
	b.region_count = 32;
	expect_refused(&b, "more than 31 regions");
	b = default_board();
	b.pt_pool_per_vm = UINT64_C(1) << 36;
	expect_refused(&b, "the stage-2 pools end beyond 40 bits");
	b = default_board();
	b.smmu_pool_end = UINT64_C(1) << 41;
	expect_refused(&b, "the SMMU pools end beyond 40 bits");
	b = default_board();
	b.pud_offset += 8;
	expect_refused(&b, "does not start and end at a page");
	b = default_board();
	b.pmd_offset = b.pt_pool_per_vm + 4096;
	expect_refused(&b, "the stage-2 pools of a VM overlap");
	b = default_board();
	b.smmu_pgd_start = b.smmu_pool_start + UINT64_C(15) * 8192;
	expect_refused(&b, "the SMMU pools overlap");
	b = default_board();
	b.corevisor = 65536;
	expect_refused(&b, "the vmid of EL2");
	b = default_board();
	b.max_share_count = UINT64_C(1) << 32;
	expect_refused(&b, "does not fit 32 bits");
	b = default_board();
	b.el2_smmu_cfg_size = UINT64_C(1) << 32;
	expect_refused(&b, "does not fit 32 bits");
	assert_null(s2t_builtin()->create(s2t_builtin(), &b, NULL, 0));
}

/* One bound of one pool moved at a time, so that each is seen to count. */
static void each_bound_of_a_pool_counts(void **state)
{
	static const struct {
		size_t member;
		uint64_t value;
		const char *why;
	} row[] = {
#define MOVED(member, value, why) { offsetof(struct s2t_board, member), value, why }
		MOVED(pt_pool_start, 0x10008, "start and end at a page"),
		MOVED(pt_pool_per_vm, 0x2000008, "start and end at a page"),
		MOVED(pgd_offset, 0x1008, "start and end at a page"),
		MOVED(pud_offset, 0x101008, "start and end at a page"),
		MOVED(pmd_offset, 0x901008, "start and end at a page"),
		MOVED(smmu_pool_start, 0x10008, "start and end at a page"),
		MOVED(smmu_pgd_start, 0x110008, "start and end at a page"),
		MOVED(smmu_pmd_start, 0x210008, "start and end at a page"),
		MOVED(smmu_pool_end, 0x310008, "start and end at a page"),
		MOVED(pgd_offset, 0, "pools of a VM overlap"),
		MOVED(pgd_offset, 0x102000, "pools of a VM overlap"),
		MOVED(pud_offset, 0x902000, "pools of a VM overlap"),
		MOVED(pmd_offset, 0x2001000, "pools of a VM overlap"),
		MOVED(pt_pool_start, UINT64_C(1) << 41, "pools end beyond 40 bits"),
		MOVED(smmu_pool_start, 0x111000, "SMMU pools overlap"),
		MOVED(smmu_pgd_start, 0x211000, "SMMU pools overlap"),
		MOVED(smmu_pmd_start, 0x311000, "SMMU pools overlap"),
		MOVED(corevisor, 0, "the vmid of EL2"),
		MOVED(region[0].base, (UINT64_C(1) << 40) + 4096, "a region ends beyond 40 bits"),
		MOVED(region[0].index, (1 << 24) + 1, "end beyond record 2^24"),
#undef MOVED
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct s2t_board b = default_board();

		memcpy((char *)&b + row[i].member, &row[i].value, sizeof(row[i].value));
		expect_refused(&b, row[i].why);
	}
}

/* Also out of a panic. */
static void a_snapshot_is_a_way_back(void **iut)
{
	EXPECT(OK, *iut, MAP_S2PT, 1, 0x1000, 3, 0x40001fff);
	const uint64_t snapshot = s2t_builtin()->snapshot(*iut);

	EXPECT(OK, *iut, MAP_S2PT, 1, 0x1000, 3, 0x40002fff);
	EXPECT(PANIC, *iut, ASSIGN_PFN_TO_VM, 1, 1, DEVICE);
	EXPECT(PANIC, *iut, WALK_S2PT, 1, 0x1000);
	assert_true(s2t_builtin()->restore(*iut, snapshot));
	assert_int_equal(CALL(*iut, WALK_S2PT, 1, 0x1000).ret, 0x40001fff);
}

/* The bodies have checked the page before, but a primitive does not rely on it. */
static void primitives_look_at_their_pages(void **iut)
{
	struct s2t_hyp *h = machine(*iut);
	const uint64_t beyond = UINT64_C(1) << 28;

	s2t_prim_clear_phys_page(h, beyond);
	assert_int_equal(h->stop, S2T_STOP_UNDEFINED);
	h->stop = 0;
	s2t_prim_fetch_from_doracle(h, 1, beyond, 1);
	assert_int_equal(h->stop, S2T_STOP_UNDEFINED);
	h->stop = 0;
	s2t_prim_fetch_from_doracle(h, 1, RAM, beyond);
	assert_int_equal(h->stop, S2T_STOP_UNDEFINED);
	h->stop = 0;
	s2t_prim_fetch_from_doracle(h, 1, beyond - 1, 2);
	assert_int_equal(h->stop, S2T_STOP_UNDEFINED);
}

/* A start record of a page that has none is no record; s2t_board_check refuses such boards before. */
static void a_start_record_needs_a_page(void **state)
{
	static const struct s2t_start_page device = { DEVICE, { 1, 0, 0 } };
	struct s2t_board b = default_board();

	(void)state;
	b.start_page = &device;
	b.start_page_count = 1;
	struct s2t_iut *iut = s2t_builtin()->create(s2t_builtin(), &b, NULL, 0);

	assert_non_null(iut);
	EXPECT(OK, iut, MAP_VM_IO, 1, 0x1000, DEVICE << 12);
	s2t_builtin()->destroy(iut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(undefined_takes_the_call_back),
		MACHINE_TEST(each_rely_fails),
		MACHINE_TEST(a_panic_lasts_until_reset),
		MACHINE_TEST(a_lock_taken_twice_is_a_deadlock),
		MACHINE_TEST(locks_are_released_and_needed),
		cmocka_unit_test(there_is_a_lock_for_each_of_65536_vms),
		MACHINE_TEST(a_descriptor_to_nowhere_is_wild),
		cmocka_unit_test(boards_that_do_not_fit_are_refused),
		cmocka_unit_test(each_bound_of_a_pool_counts),
		MACHINE_TEST(a_snapshot_is_a_way_back),
		MACHINE_TEST(primitives_look_at_their_pages),
		cmocka_unit_test(a_start_record_needs_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
