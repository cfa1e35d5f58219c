/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The setters of the model, as a resynchronisation uses them: what a step mapped is taken back, and with it the tables
 * that it made, or the table that its block replaced; tables of earlier steps stay. And what the setters did is undone
 * like the step itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "default_model.h"
#include "boards.h"

#define PAGE_PTE  UINT64_C(0x40005fff)
#define BLOCK_PTE UINT64_C(0x80000ffd)

static void step(struct s2t_model *m, struct s2t_call call)
{
	struct s2t_step step;

	s2t_model_step(m, S2T_SPEC_LOW, &call, &step);
	assert_int_equal(step.outcome, S2T_OK);
}

static void map(struct s2t_model *m, uint64_t addr, uint64_t pte, uint64_t level)
{
	step(m, (struct s2t_call){ S2T_OP_MAP_PFN_VM, { 1, addr, pte, level } });
}

/* Whether VM 1 has the tables of levels 0, 1 and 2 for an address, as bits. */
static unsigned tables(const struct s2t_model *m, uint64_t addr)
{
	unsigned set = 0;

	for (unsigned level = 0; level < 3; level++)
		set |= (unsigned)s2t_model_npt_table(m, 1, addr, level) << level;
	return set;
}

/* Pages handed out to VM 1 from the pool of a level. */
static uint64_t handed_out(const struct s2t_model *m, unsigned level)
{
	struct s2t_model *fresh = default_model();
	const uint64_t pages = (s2t_model_npt_next(m, 1, level) - s2t_model_npt_next(fresh, 1, level)) / 4096;

	s2t_model_destroy(fresh);
	return pages;
}

static void unmap(struct s2t_model *m, uint64_t gfn)
{
	assert_true(s2t_model_set_npt(m, 1, gfn, (struct s2t_npt_entry){ 0, 0, 0 }));
}

static void tables_go_with_their_pages(void **state)
{
	struct s2t_model *m = default_model();

	(void)state;
	map(m, 0x200000, PAGE_PTE, 3);
	assert_int_equal(tables(m, 0x200000), 7);
	unmap(m, 0x200);
	for (unsigned level = 0; level < 3; level++)
		assert_true(s2t_model_set_npt_used(m, 1, level, 0));
	assert_int_equal(tables(m, 0x200000), 0);
	/* So the next page takes tables again. */
	map(m, 0x201000, PAGE_PTE, 3);
	assert_int_equal(tables(m, 0x200000), 7);
	for (unsigned level = 0; level < 3; level++)
		assert_int_equal(handed_out(m, level), 1);
	s2t_model_destroy(m);
}

static void only_those_of_the_step_go(void **state)
{
	struct s2t_model *m = default_model();

	(void)state;
	map(m, 0x200000, PAGE_PTE, 3);
	map(m, 0x400000, PAGE_PTE, 3);
	unmap(m, 0x400);
	assert_true(s2t_model_set_npt_used(m, 1, 2, 4096));
	assert_int_equal(tables(m, 0x200000), 7);
	assert_int_equal(tables(m, 0x400000), 3);
	/* A cursor that goes further back than the step began says nothing of tables. */
	assert_true(s2t_model_set_npt_used(m, 1, 2, 0));
	assert_int_equal(tables(m, 0x200000), 7);
	s2t_model_destroy(m);
}

static void a_block_leaves_its_table(void **state)
{
	const struct s2t_npt_entry page = { PAGE_PTE >> 12, 3, PAGE_PTE };
	struct s2t_model *m = default_model();

	(void)state;
	map(m, 0x200000, PAGE_PTE, 3);
	map(m, 0x200000, BLOCK_PTE, 2);
	assert_int_equal(tables(m, 0x200000), 3);
	assert_true(s2t_model_set_npt(m, 1, 0x200, page));
	assert_int_equal(tables(m, 0x200000), 7);
	assert_int_equal(handed_out(m, 2), 1);
	assert_int_equal(s2t_model_npt(m, 1, 0x200).level, 3);
	assert_int_equal(s2t_model_npt(m, 1, 0x201).level, 0);
	s2t_model_destroy(m);
}

static void tables_of_the_smmu_go(void **state)
{
	struct s2t_model *m = default_model();

	(void)state;
	step(m, (struct s2t_call){ S2T_OP_MAP_SPT, { 0, 0, 0x7000, PAGE_PTE } });
	assert_true(s2t_model_spt_table(m, 0, 0x7000, 0) && s2t_model_spt_table(m, 0, 0x7000, 1));
	assert_true(s2t_model_set_spt(m, 0, 7, (struct s2t_spt_entry){ 0, 0 }));
	for (unsigned level = 0; level < 2; level++) {
		assert_true(s2t_model_set_spt_used(m, level, 0));
		assert_false(s2t_model_spt_table(m, 0, 0x7000, level));
	}
	s2t_model_destroy(m);
}

static void undone(void **state)
{
	struct s2t_model *m = default_model();

	(void)state;
	map(m, 0x200000, PAGE_PTE, 3);
	const struct s2t_mark mark = s2t_model_mark(m);

	map(m, 0x200000, BLOCK_PTE, 2);
	unmap(m, 0x200);
	map(m, 0x40000000, PAGE_PTE, 3);
	unmap(m, 0x40000);
	for (unsigned level = 0; level < 3; level++)
		assert_true(s2t_model_set_npt_used(m, 1, level, 4096));
	s2t_model_undo(m, &mark);
	assert_int_equal(tables(m, 0x200000), 7);
	assert_int_equal(tables(m, 0x40000000), 1);
	assert_int_equal(s2t_model_npt(m, 1, 0x200).pte, PAGE_PTE);
	for (unsigned level = 0; level < 3; level++)
		assert_int_equal(handed_out(m, level), 1);
	s2t_model_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_go_with_their_pages),
		cmocka_unit_test(only_those_of_the_step_go),
		cmocka_unit_test(a_block_leaves_its_table),
		cmocka_unit_test(tables_of_the_smmu_go),
		cmocka_unit_test(undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
