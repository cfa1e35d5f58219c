/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model without memory outside of its steps: making it, its setters, its log of other CPUs, and the arrays that a
 * long step works with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "default_model.h"
#include "log.h"
#include "scarce.h"
#include "spec.h"

static void test_making_a_model(void **state)
{
	struct s2t_model *m = NULL;
	struct s2t_board board;
	size_t room;

	(void)state;
	s2t_board_default(&board);
	for (room = 0; !m; room++) {
		left = room;
		m = s2t_model_create(&board);
		left = PLENTY;
	}
	assert_in_range(room, 3, 10);
	left = 0;
	assert_false(s2t_model_set_logs(m, true));
	left = PLENTY;
	assert_true(s2t_model_set_logs(m, true));
	/* The first event of all has two arrays made. */
	for (room = 0; room < 3; room++) {
		const struct s2t_call walk = { S2T_OP_WALK_S2PT, { 0, 0 } };
		struct s2t_step step;

		left = room;
		s2t_model_step(m, S2T_SPEC_LOW, &walk, &step);
		left = PLENTY;
		assert_int_equal(step.outcome, room < 2 ? S2T_UNDEFINED : S2T_OK);
	}
	s2t_model_destroy(m);
}

/* What another CPU wrote may need memory, too. */
static const struct s2t_other_event *write_of_another(void *ctx, const struct s2t_model *m, uint32_t lock,
                                                      uint32_t cpu, size_t *count)
{
	const struct s2t_other_event *event = ctx;

	(void)m;
	(void)lock;
	(void)cpu;
	*count = 1;
	return event;
}

static void test_other_cpus(void **state)
{
	static const struct s2t_other_write record = { .at = 0x40001, .page = { 1, 0, 7 } };
	static const struct s2t_other_write entry = { .at = 0x1000, .where = 1, .value = 0x40001003 };
	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	for (int smmu = 0; smmu < 2; smmu++) {
		const uint32_t lock = smmu ? S2T_LOCK_SPT : S2T_LOCK_S2PAGE;
		struct s2t_other_event event = { .cpu = 9,
			                         .kind = s2t_snapshot_kind(&board, lock),
			                         .write = smmu ? &entry : &record,
			                         .writes = 1 };
		const struct s2t_oracle oracle = { .cpu = 3, .events = write_of_another, .ctx = &event };
		struct s2t_model *m = s2t_model_create(&board);

		assert_true(s2t_model_set_logs(m, true) && s2t_model_set_oracle(m, &oracle));
		left = 0;
		assert_false(s2t_log_others(m, lock));
		left = PLENTY;
		assert_true(s2t_model_out_of_memory(m));
		m->out_of_memory = false;
		/* A full journal. */
		const size_t size = m->journal_size;

		arrays_stay = true;
		m->journal_size = m->journal_count;
		assert_false(s2t_log_others(m, lock));
		m->journal_size = size;
		arrays_stay = false;
		assert_true(s2t_model_out_of_memory(m));
		s2t_model_destroy(m);
	}
}

/* The setters, with and without memory, and out of range. */
static void test_setters(void **state)
{
	const uint64_t none = UINT64_C(1) << 36, pfn = 0x40001;
	const struct s2t_page page = { 1, 0, 7 };
	const struct s2t_npt_entry npt = { pfn, 3, pfn << 12 | 0xfff }, no_npt = { 0, 0, 0 };
	const struct s2t_spt_entry spt = { pfn, pfn << 12 | 3 }, no_spt = { 0, 0 };
	const struct s2t_touch next_vmid = { .kind = S2T_ENTRY_CORE, .level = S2T_CORE_NEXT_VMID };
	struct s2t_board board;

	(void)state;
	s2t_board_default(&board);
	struct s2t_model *m = s2t_model_create(&board);
	const size_t size = m->journal_size;

	/* There is no room in the journal; then there is, but no memory for what is not there yet. */
	for (int room = 0; room < 2; room++) {
		m->journal_size = room ? size : 0;
		left = 0;
		assert_false(s2t_model_set_page(m, pfn, page));
		assert_false(s2t_model_set_npt(m, 1, 7, npt));
		assert_false(s2t_model_set_spt(m, 1, 7, spt));
		assert_false(s2t_model_set_token(m, pfn, 1));
		if (!room) {
			assert_false(s2t_model_set_word(m, &next_vmid, 2));
			assert_false(s2t_model_set_data_log(m, 1, 5));
			assert_false(s2t_model_set_npt_used(m, 1, 0, 4096));
			assert_false(s2t_model_set_spt_used(m, 0, 4096));
		}
		left = PLENTY;
		m->out_of_memory = false;
	}
	assert_true(s2t_model_set_npt(m, 1, 7, no_npt)); /* where nothing was */
	assert_true(s2t_model_set_spt(m, 1, 7, no_spt));
	assert_false(s2t_model_set_npt(m, 1, 7, (struct s2t_npt_entry){ 5, 0, 0 }));
	assert_false(s2t_model_set_npt(m, 1, 7, (struct s2t_npt_entry){ 0, 1, 0 }));
	assert_false(s2t_model_set_npt(m, 99, 7, npt));
	assert_false(s2t_model_set_npt(m, 1, none, npt));
	assert_false(s2t_model_set_spt(m, 16, 7, spt));
	assert_false(s2t_model_set_spt(m, 1, UINT64_C(1) << 28, spt));
	assert_false(s2t_model_set_token(m, none, 1));
	assert_false(s2t_model_set_data_log(m, 99, 5));
	assert_false(s2t_model_set_npt_used(m, 99, 0, 0));
	assert_false(s2t_model_set_npt_used(m, 1, 3, 0));
	/* One page beyond a pool: a mapping that finds its tables relies on no cursor being there. */
	assert_false(s2t_model_set_npt_used(m, 1, 0, board.pud_offset - board.pgd_offset + 4096));
	assert_false(s2t_model_set_npt_used(m, 1, 1, board.pmd_offset - board.pud_offset + 4096));
	assert_false(s2t_model_set_npt_used(m, 1, 2, board.pt_pool_per_vm - board.pmd_offset + 4096));
	assert_false(s2t_model_set_spt_used(m, 0, board.smmu_pmd_start - board.smmu_pgd_start + 4096));
	assert_false(s2t_model_set_spt_used(m, 1, board.smmu_pool_end - board.smmu_pmd_start + 4096));
	assert_false(s2t_model_set_spt_used(m, 2, 0));
	assert_false(s2t_model_set_spt_used(m, 0, 8));
	assert_false(s2t_model_set_spt_used(m, 1, UINT64_C(1) << 40));
	/* Pools that are used up have no table for an entry. */
	assert_true(s2t_model_set_npt_used(m, 1, 0, board.pud_offset - board.pgd_offset));
	assert_false(s2t_model_set_npt(m, 1, 7, npt));
	assert_true(s2t_model_set_spt_used(m, 0, board.smmu_pmd_start - board.smmu_pgd_start));
	assert_false(s2t_model_set_spt(m, 1, 7, spt));
	s2t_model_destroy(m);
}

/* The form of the bottom layers clears the table of a bank entry by entry, and runs out of room in the midst. */
static void test_clearing_a_table(void **state)
{
	const struct s2t_call init = { S2T_OP_INIT_SPT, { 1, 0 } };
	struct s2t_step step;

	(void)state;
	struct s2t_model *m = default_model();

	for (uint64_t i = 0; i < 40; i++) {
		const struct s2t_call map = { S2T_OP_MAP_SPT, { 1, 0, i << 12, 0x40001003 } };

		s2t_model_step(m, S2T_SPEC_LOW, &map, &step);
	}
	for (size_t room = 0; room < 40; room++) {
		const struct room all = make_scarce(m, JOURNAL, room);

		s2t_model_step(m, S2T_SPEC_BOTTOM, &init, &step);
		make_plenty(m, JOURNAL, all);
		assert_true(s2t_model_out_of_memory(m));
		assert_int_equal(step.outcome, S2T_UNDEFINED);
		assert_int_equal(s2t_model_spt(m, 1, 0).pte, 0x40001003);
		m->out_of_memory = false;
	}
	s2t_model_step(m, S2T_SPEC_BOTTOM, &init, &step);
	assert_int_equal(step.outcome, S2T_OK);
	assert_int_equal(s2t_model_spt(m, 1, 39).pte, 0);
	s2t_model_destroy(m);
}

/* Records of a long step are found through an index. Its serial number may begin anew; and without memory for the index
 * they are gone through, among them two flags of tables that share a word. */
static void test_the_index_of_a_step(void **state)
{
	enum { MANY = 100, FAR = 1 << 18 };
	const struct s2t_spt_entry spt = { 0x40001, 0x40001003 };

	(void)state;
	for (int starve = 0; starve < 2; starve++) {
		struct s2t_model *m = default_model();
		const struct s2t_mark mark = s2t_model_mark(m);
		size_t count;

		assert_true(s2t_model_set_spt(m, 1, 7, spt) && s2t_model_set_spt(m, 1, FAR, spt));
		for (uint64_t i = 0; i < MANY; i++)
			assert_true(s2t_model_set_token(m, 0x40000 + i, i + 1));
		s2t_model_undo(m, &mark); /* all nodes are there now, and the index */
		if (starve) {
			free(m->index);
			m->index = NULL;
			m->index_size = 0;
			left = 0;
		} else {
			m->index_serial = UINT32_MAX;
		}
		for (unsigned again = 0; again < 2; again++) {
			for (uint64_t i = 0; i < MANY; i++)
				assert_true(s2t_model_set_token(m, 0x40000 + i, again + i + 1));
			assert_true(s2t_model_set_spt(m, 1, 7, spt) && s2t_model_set_spt(m, 1, FAR, spt));
		}
		left = PLENTY;
		assert_int_equal(s2t_model_out_of_memory(m), starve);
		assert_true(starve || m->index_serial < 100);
		s2t_model_touched(m, &count);
		/* Once each: pages' contents, 2 entries, the flags of the 2 tables of each, and the 2 cursors. */
		assert_int_equal(count, MANY + 2 + 4 + 2);
		s2t_model_undo(m, &mark);
		assert_int_equal(s2t_model_token(m, 0x40000 + MANY - 1), 0);
		assert_false(s2t_model_spt_table(m, 1, 7 << 12, 0));
		assert_false(s2t_model_spt_table(m, 1, (uint64_t)FAR << 12, 0));
		s2t_model_destroy(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_making_a_model),
		cmocka_unit_test(test_other_cpus),
		cmocka_unit_test(test_setters),
		cmocka_unit_test(test_clearing_a_table),
		cmocka_unit_test(test_the_index_of_a_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
