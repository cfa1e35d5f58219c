/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every rely counts. Callers that respect the layers never see most of them fail, so here they are broken on purpose: a
 * primitive without its lock, with arguments out of range, in the wrong tstate, or another CPU whose writes cannot be. Whole
 * operations: test_upset.c and test_busy.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "default_model.h"
#include "boards.h"
#include "log.h"
#include "optable.h"
#include "page_manager.h"
#include "trace.h"

static const uint64_t RAM = 0x40001, NO_PFN = UINT64_C(1) << 28, NO_GFN = UINT64_C(1) << 36;
static const uint64_t NO_ADDR = UINT64_C(1) << 48, NO_IOVA = UINT64_C(1) << 40;
enum { NO_VM = 17, CORE = 1, SMMU = 4, INFO_1 = 5 + 17 + 1 };

#define NONE(call) assert_false(call)
#define SOME(call) assert_true(call)

/* A machine in the start state that holds `lock`, if it is one, and is in the middle of its section. */
static struct s2t_model *holding(uint32_t lock)
{
	struct s2t_model *m = default_model();

	assert_non_null(m);
	if (lock != UINT32_MAX) {
		s2t_set_lock_own(m, lock);
		m->cpu.tstate = 0;
	}
	return m;
}

static struct s2t_model *idle(void)
{
	return holding(UINT32_MAX);
}

static void test_page_manager(void **state)
{
	struct s2t_model *m = idle();
	uint32_t word;
	uint64_t gfn;

	(void)state;
	for (int held = 0; held < 2; held++) {
		const uint64_t pfn = held ? NO_GFN : RAM; /* out of range, or without the lock */

		NONE(s2t_get_pfn_owner_spec(m, pfn, &word));
		NONE(s2t_set_pfn_owner_spec(m, pfn, 1));
		NONE(s2t_get_pfn_count_spec(m, pfn, &word));
		NONE(s2t_set_pfn_count_spec(m, pfn, 1));
		NONE(s2t_get_pfn_map_spec(m, pfn, &gfn));
		NONE(s2t_set_pfn_map_spec(m, pfn, 1));
		s2t_set_lock_own(m, S2T_LOCK_S2PAGE);
	}
	NONE(s2t_set_pfn_owner_spec(m, RAM, NO_VM));
	SOME(s2t_set_pfn_owner_spec(m, NO_PFN, NO_VM)); /* without a record nobody looks */
	SOME(s2t_set_pfn_owner_spec(m, RAM, 1));
	s2t_model_destroy(m);
}

static void test_abstract_machine(void **state)
{
	struct s2t_model *m = idle();

	(void)state;
	NONE(s2t_fetch_from_doracle_spec(m, NO_VM, RAM, 1));
	NONE(s2t_fetch_from_doracle_spec(m, 1, NO_PFN, 1));
	NONE(s2t_fetch_from_doracle_spec(m, 1, RAM, NO_PFN));
	NONE(s2t_fetch_from_doracle_spec(m, 1, NO_PFN - 1, 2));
	NONE(s2t_clear_phys_page_spec(m, NO_PFN));
	SOME(s2t_clear_phys_page_spec(m, RAM));
	s2t_model_destroy(m);
}

/* Several pages in one call: the journal gets room for each. */
static void test_many_pages(void **state)
{
	enum { PAGES = 3000 };
	struct s2t_model *m = idle();

	(void)state;
	SOME(s2t_fetch_from_doracle_spec(m, 1, 0x80000, PAGES));
	assert_int_equal(s2t_model_data_log(m, 1), PAGES);
	assert_int_equal(s2t_model_token(m, 0x80000 + PAGES - 1), s2t_default_doracle(1, PAGES - 1));
	s2t_model_destroy(m);
}

static void test_locks(void **state)
{
	struct s2t_model *m = idle();

	(void)state;
	NONE(s2t_acquire_lock_pt_spec(m, NO_VM));
	NONE(s2t_release_lock_pt_spec(m, NO_VM));
	NONE(s2t_release_lock_pt_spec(m, 1));
	NONE(s2t_release_lock_vm_spec(m, NO_VM));
	s2t_set_lock_false(m, CORE); /* it is not held, and no other is */
	assert_false(s2t_model_lock_held(m, CORE));
	NONE(s2t_release_lock_spt_spec(m));
	NONE(s2t_release_lock_s2page_spec(m));
	SOME(s2t_acquire_lock_s2page_spec(m));
	NONE(s2t_acquire_lock_s2page_spec(m));
	SOME(s2t_acquire_lock_pt_spec(m, 1));
	SOME(s2t_acquire_lock_spt_spec(m));
	SOME(s2t_acquire_lock_pt_spec(m, 2));
	SOME(s2t_acquire_lock_smmu_spec(m));
	SOME(s2t_acquire_lock_core_spec(m));
	NONE(s2t_acquire_lock_pt_spec(m, 3)); /* deeper than any chain */
	SOME(s2t_release_lock_core_spec(m));
	SOME(s2t_release_lock_smmu_spec(m));
	/* Released in any order. */
	SOME(s2t_release_lock_s2page_spec(m));
	SOME(s2t_release_lock_spt_spec(m));
	assert_true(s2t_model_lock_held(m, S2T_LOCK_NPT + 1) && s2t_model_lock_held(m, S2T_LOCK_NPT + 2));
	SOME(s2t_panic_spec(m));
	SOME(s2t_acquire_lock_spt_spec(m)); /* after a halt nothing happens */
	SOME(s2t_release_lock_spt_spec(m));
	SOME(s2t_release_lock_s2page_spec(m));
	SOME(s2t_release_lock_pt_spec(m, NO_VM));
	assert_false(s2t_model_lock_held(m, S2T_LOCK_SPT));
	s2t_model_destroy(m);
}

static void test_walks_of_stage2(void **state)
{
	struct s2t_model *m = idle();
	uint64_t word;

	(void)state;
	NONE(s2t_get_npt_level_spec(m, 1, 0x1000, &word));
	NONE(s2t_walk_npt_spec(m, 1, 0x1000, &word));
	NONE(s2t_set_npt_spec(m, 1, 0x1000, 3, 1)); /* tstate 1 */
	m->cpu.tstate = 0;
	NONE(s2t_set_npt_spec(m, 1, 0x1000, 3, 1)); /* without the lock */
	s2t_model_destroy(m);

	m = holding(S2T_LOCK_NPT + 1);
	NONE(s2t_get_npt_level_spec(m, NO_VM, 0x1000, &word));
	NONE(s2t_get_npt_level_spec(m, 1, NO_ADDR, &word));
	NONE(s2t_walk_npt_spec(m, NO_VM, 0x1000, &word));
	NONE(s2t_walk_npt_spec(m, 1, NO_ADDR, &word));
	NONE(s2t_set_npt_spec(m, NO_VM, 0x1000, 3, 1));
	NONE(s2t_set_npt_spec(m, 1, NO_ADDR, 3, 1));
	NONE(s2t_set_npt_spec(m, 1, 0x1000, 1, 1));
	NONE(s2t_set_npt_spec(m, 1, 0x1000, 3, 0));
	NONE(s2t_set_npt_spec(m, 1, 0x1000, 2, PMD_TYPE_TABLE));
	SOME(s2t_set_npt_spec(m, 1, 0x1000, 3, 1));
	NONE(s2t_set_npt_spec(m, 1, 0x2000, 3, 1)); /* once in a section */
	s2t_model_destroy(m);
}

static void test_walks_of_smmu(void **state)
{
	struct s2t_model *m = idle();
	uint64_t word;

	(void)state;
	NONE(s2t_clear_smmu_pt_spec(m, 1, 0));
	NONE(s2t_walk_smmu_pt_spec(m, 1, 0, 0x1000, &word));
	NONE(s2t_set_smmu_pt_spec(m, 1, 0, 0x1000, 1)); /* tstate 1 */
	m->cpu.tstate = 0;
	NONE(s2t_set_smmu_pt_spec(m, 1, 0, 0x1000, 1)); /* without the lock */
	s2t_model_destroy(m);

	m = holding(S2T_LOCK_SPT);
	NONE(s2t_clear_smmu_pt_spec(m, 8, 0));
	NONE(s2t_clear_smmu_pt_spec(m, 1, 2));
	NONE(s2t_walk_smmu_pt_spec(m, 8, 0, 0x1000, &word));
	NONE(s2t_walk_smmu_pt_spec(m, 1, 2, 0x1000, &word));
	NONE(s2t_walk_smmu_pt_spec(m, 1, 0, NO_IOVA, &word));
	NONE(s2t_set_smmu_pt_spec(m, 8, 0, 0x1000, 1));
	NONE(s2t_set_smmu_pt_spec(m, 1, 2, 0x1000, 1));
	NONE(s2t_set_smmu_pt_spec(m, 1, 0, NO_IOVA, 1));
	SOME(s2t_set_smmu_pt_spec(m, 1, 0, 0x1000, 1));
	s2t_model_destroy(m);
}

/* A board that no list of regions can be; s2t_board_check refuses each. */
static void test_regions(void **state)
{
	struct s2t_model *m = idle();
	struct s2t_region *region = m->board.region;
	uint32_t found;
	uint64_t index;

	(void)state;
	NONE(s2t_mem_region_search_spec(m, NO_ADDR, &found));
	NONE(s2t_get_s2_page_index_spec(m, NO_ADDR, &index));
	region[0].index = NO_ADDR;
	NONE(s2t_get_s2_page_index_spec(m, region[0].base, &index));
	assert_false(s2t_model_page_tracked(m, region[0].base >> 12));
	region[0].size = NO_ADDR;
	NONE(s2t_get_s2_page_index_spec(m, RAM << 12, &index));
	region[0].base = NO_ADDR;
	NONE(s2t_mem_region_search_spec(m, RAM << 12, &found));
	m->board.region_count = 32;
	NONE(s2t_mem_region_search_spec(m, RAM << 12, &found));
	s2t_model_destroy(m);
}

static void no_entry(void *ctx, s2t_gfn gfn, s2t_pte pte)
{
	(void)ctx;
	fail_msg("an entry at frame 0x%llx: 0x%llx", (unsigned long long)gfn, (unsigned long long)pte);
}

/* What does not exist reads as its default. */
static void test_queries(void **state)
{
	const struct s2t_call nothing = { .op = S2T_OP_COUNT }, walk = { .op = S2T_OP_WALK_SPT };
	const struct s2t_call init = { .op = S2T_OP_INIT_SPT };
	struct s2t_model *m = idle();
	struct s2t_step step;
	size_t count;

	(void)state;
	s2t_model_step(m, S2T_SPEC_LOW, &init, &step);
	const struct s2t_touch *touched = s2t_model_touched(m, &count);

	assert_true(count > 0);
	s2t_model_context_before(m, &touched[0], no_entry, NULL);
	s2t_model_reset(m);
	assert_true(s2t_model_page_tracked(m, RAM));
	assert_int_equal(s2t_model_page(m, NO_GFN).owner, UINT32_MAX);
	assert_int_equal(s2t_model_npt(m, NO_VM, 1).level, 0);
	assert_int_equal(s2t_model_npt(m, 1, NO_GFN).level, 0);
	assert_false(s2t_model_npt_table(m, NO_VM, 0, 0));
	assert_false(s2t_model_npt_table(m, 1, NO_ADDR, 0));
	assert_false(s2t_model_npt_table(m, 1, 0, 3));
	assert_int_equal(s2t_model_npt_next(m, NO_VM, 0), 0);
	assert_int_equal(s2t_model_npt_next(m, 1, 3), 0);
	assert_int_equal(s2t_model_spt(m, 16, 1).pte, 0);
	assert_int_equal(s2t_model_spt(m, 1, NO_PFN).pte, 0);
	assert_false(s2t_model_spt_table(m, 16, 0, 0));
	assert_false(s2t_model_spt_table(m, 0, NO_IOVA, 0));
	assert_false(s2t_model_spt_table(m, 0, 0, 2));
	assert_int_equal(s2t_model_spt_next(m, 2), 0);
	assert_int_equal(s2t_model_data_log(m, NO_VM), 0);
	assert_int_equal(s2t_model_digest(m, S2T_LOCK_SPT), 0); /* the logs are off */
	assert_true(s2t_model_set_logs(m, true));
	assert_int_equal(s2t_model_digest(m, 1000), 0);
	assert_true(s2t_model_set_oracle(m, NULL));
	s2t_model_step(m, S2T_SPEC_LOW, &nothing, &step);
	assert_int_equal(step.outcome, S2T_UNDEFINED);
	s2t_model_step(m, S2T_SPEC_LOW, &walk, &step);
	assert_false(s2t_model_set_logs(m, false)); /* there is an event */
	s2t_model_reset(m);
	SOME(s2t_panic_spec(m));
	assert_false(s2t_model_set_logs(m, false)); /* nor is this the start state */
	s2t_model_destroy(m);
	s2t_model_destroy(NULL);
}

/*
 * Operations in a state, or among CPUs, where they cannot go on. Each case of the seeds is the last step of its trace.
 */

/* Snapshots of other CPUs that no object can hold. */
static const struct s2t_other_event *written;

static const struct s2t_other_event *tell(void *ctx, const struct s2t_model *m, uint32_t lock, uint32_t cpu,
                                          size_t *count)
{
	const uint32_t *where = ctx;

	(void)m;
	(void)cpu;
	*count = lock == *where ? 1 : 0;
	return written;
}

static void test_impossible_writes(void **state)
{
	static const struct {
		uint32_t lock, kind;
		struct s2t_other_write write;
	} row[] = {
		{ S2T_LOCK_S2PAGE, S2T_EVENT_S2_PAGE, { .at = 0x90000 } },
		{ S2T_LOCK_S2PAGE, S2T_EVENT_S2_PAGE, { .at = 0x40001, .page = { UINT32_MAX, 0, 0 } } },
		{ S2T_LOCK_NPT + 1, S2T_EVENT_NPT, { .at = UINT64_C(1) << 48, .where = 3, .value = 1 } },
		{ S2T_LOCK_NPT + 1, S2T_EVENT_NPT, { .at = 0x1000, .where = 1, .value = 1 } },
		{ S2T_LOCK_NPT + 1, S2T_EVENT_NPT, { .at = 0x1000, .where = 3, .value = 0 } },
		{ S2T_LOCK_NPT + 1, S2T_EVENT_NPT, { .at = 0x1000, .where = 2, .value = 3 } },
		{ S2T_LOCK_SPT, S2T_EVENT_SPT, { .at = 0x1000, .where = 16, .value = 1 } },
		{ S2T_LOCK_SPT, S2T_EVENT_SPT, { .at = UINT64_C(1) << 40, .where = 1, .value = 1 } },
		{ S2T_LOCK_FLATMEM, S2T_EVENT_FLATMEM, { .at = UINT64_C(1) << 28, .value = 1 } },
		{ S2T_LOCK_CORE, S2T_EVENT_CORE, { .where = S2T_CORE_FIELD_COUNT, .value = 1 } },
		{ S2T_LOCK_SMMU, S2T_EVENT_SMMU, { .where = 16, .value = 1 } },
		{ INFO_1, S2T_EVENT_VM_INFO, { .where = S2T_ENTRY_VM * 16 + S2T_VM_FIELD_COUNT } },
		{ INFO_1, S2T_EVENT_VM_INFO, { .where = S2T_ENTRY_VCPU * 16 + S2T_VCPU_FIELD_COUNT } },
		{ INFO_1, S2T_EVENT_VM_INFO, { .where = S2T_ENTRY_VCPU * 16, .at = 8 } },
		{ INFO_1, S2T_EVENT_VM_INFO, { .where = S2T_ENTRY_IMAGE * 16 + S2T_IMAGE_FIELD_COUNT } },
		{ INFO_1, S2T_EVENT_VM_INFO, { .where = S2T_ENTRY_IMAGE * 16, .at = 5 } },
		{ INFO_1, S2T_EVENT_VM_INFO, { .where = 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct s2t_other_event event = {
			.cpu = 9, .kind = row[i].kind, .write = &row[i].write, .writes = 1
		};
		struct s2t_model *m = idle();
		uint32_t lock = row[i].lock;
		const struct s2t_oracle oracle = { .cpu = 3, .events = tell, .ctx = &lock };

		assert_true(s2t_model_set_logs(m, true));
		assert_true(s2t_model_set_oracle(m, &oracle));
		written = &event;
		NONE(s2t_log_others(m, lock));
		s2t_model_destroy(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_manager),      cmocka_unit_test(test_abstract_machine),
		cmocka_unit_test(test_many_pages),        cmocka_unit_test(test_locks),
		cmocka_unit_test(test_walks_of_stage2),   cmocka_unit_test(test_walks_of_smmu),
		cmocka_unit_test(test_regions),           cmocka_unit_test(test_queries),

		cmocka_unit_test(test_impossible_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
