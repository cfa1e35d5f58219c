/* SPDX-License-Identifier: BSD-2-Clause */
/* The setters of the model: what they set is read back, goes through the journal, and nothing illegal gets in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "default_model.h"
#include "boards.h"

enum { RAM = 0x40000, NO_RAM = 1 };

static int make(void **state)
{
	*state = default_model();
	return *state ? 0 : -1;
}

static int drop(void **state)
{
	s2t_model_destroy(*state);
	return 0;
}

static void test_page(void **state)
{
	struct s2t_model *m = *state;
	const struct s2t_page page = { 3, 7, 0x55 };
	const struct s2t_page start = s2t_model_page(m, RAM + 5);
	const struct s2t_mark mark = s2t_model_mark(m);

	assert_true(s2t_model_set_page(m, RAM + 5, page));
	assert_int_equal(s2t_model_page(m, RAM + 5).owner, page.owner);
	assert_int_equal(s2t_model_page(m, RAM + 5).count, page.count);
	assert_int_equal(s2t_model_page(m, RAM + 5).gfn, page.gfn);
	/* Not RAM; and no page of RAM has no owner. */
	assert_false(s2t_model_set_page(m, NO_RAM, page));
	assert_false(s2t_model_set_page(m, RAM + 6, (struct s2t_page){ UINT32_MAX, 0, 0 }));
	s2t_model_undo(m, &mark);
	assert_int_equal(s2t_model_page(m, RAM + 5).owner, start.owner);
	assert_int_equal(s2t_model_page(m, RAM + 5).gfn, start.gfn);
}

static void test_npt(void **state)
{
	struct s2t_model *m = *state;
	const struct s2t_npt_entry page = { 0x40005, 3, 0x40005fff }, none = { 0, 0, 0 };
	const struct s2t_npt_entry block = { 0x40207, 2, 0x40200ffd };
	const s2t_addr next = s2t_model_npt_next(m, 2, 2);

	assert_true(s2t_model_set_npt(m, 2, 7, page));
	assert_int_equal(s2t_model_npt(m, 2, 7).pte, page.pte);
	assert_int_equal(s2t_model_npt(m, 2, 7).level, 3);
	assert_true(s2t_model_npt_table(m, 2, 0x7000, 2));
	assert_int_equal(s2t_model_npt_next(m, 2, 2), next + 4096);
	/* A block covers it, and goes away for a page. */
	assert_true(s2t_model_set_npt(m, 2, 7, block));
	assert_int_equal(s2t_model_npt(m, 2, 7).pfn, 0x40207);
	assert_int_equal(s2t_model_npt(m, 2, 0).pfn, 0x40200);
	assert_true(s2t_model_set_npt(m, 2, 8, none));
	assert_int_equal(s2t_model_npt(m, 2, 8).level, 0);
	assert_int_equal(s2t_model_npt(m, 2, 0).level, 0);
	assert_int_equal(s2t_model_npt(m, 2, 7).pte, page.pte);
	assert_true(s2t_model_set_npt(m, 2, 7, none));
	assert_int_equal(s2t_model_npt(m, 2, 7).pte, 0);
	/* A frame that its descriptor does not name, a level that there is not, a VM, a frame. */
	assert_false(s2t_model_set_npt(m, 2, 7, (struct s2t_npt_entry){ 1, 3, 0x40005fff }));
	assert_false(s2t_model_set_npt(m, 2, 7, (struct s2t_npt_entry){ 0x40005, 1, 0x40005fff }));
	assert_false(s2t_model_set_npt(m, 2, 9, (struct s2t_npt_entry){ 5, 0, 0 }));
	assert_false(s2t_model_set_npt(m, 99, 7, page));
	assert_false(s2t_model_set_npt(m, 2, UINT64_C(1) << 36, page));
	/* A block whose descriptor is that of a table. */
	assert_false(s2t_model_set_npt(m, 2, 0, (struct s2t_npt_entry){ 0x40200, 2, 0x40200fff }));
}

static void test_spt(void **state)
{
	struct s2t_model *m = *state;
	const struct s2t_spt_entry entry = { 0x40005, 0x40005007 }, none = { 0, 0 };

	assert_true(s2t_model_set_spt(m, 9, 0x12, entry));
	assert_int_equal(s2t_model_spt(m, 9, 0x12).pte, entry.pte);
	assert_true(s2t_model_spt_table(m, 9, 0x12000, 1));
	assert_true(s2t_model_set_spt(m, 9, 0x12, none));
	assert_int_equal(s2t_model_spt(m, 9, 0x12).pte, 0);
	assert_true(s2t_model_set_spt(m, 3, 0x12, none));
	assert_false(s2t_model_spt_table(m, 3, 0x12000, 1)); /* nothing was made for nothing */
	assert_false(s2t_model_set_spt(m, 16, 0x12, entry));
	assert_false(s2t_model_set_spt(m, 9, UINT64_C(1) << 28, entry));
	assert_false(s2t_model_set_spt(m, 9, 0x12, (struct s2t_spt_entry){ 1, entry.pte }));
}

/* Flags of tables 1 GiB apart share a word; each has a record of its own. */
static void test_flags_of_one_word(void **state)
{
	enum { FAR = 1 << 18 };
	struct s2t_model *m = *state;
	const struct s2t_spt_entry entry = { 0x40005, 0x40005007 };
	const struct s2t_mark mark = s2t_model_mark(m);
	unsigned flags = 0;
	size_t count;

	assert_true(s2t_model_set_spt(m, 9, 0x12, entry));
	assert_true(s2t_model_set_spt(m, 9, FAR + 0x12, entry));
	const struct s2t_touch *touched = s2t_model_touched(m, &count);

	for (size_t i = 0; i < count; i++)
		flags += touched[i].kind == S2T_ENTRY_SPT_TABLE && touched[i].level == 0;
	assert_int_equal(flags, 2);
	assert_true(s2t_model_spt_table(m, 9, 0x12000, 0) &&
	            s2t_model_spt_table(m, 9, FAR * UINT64_C(4096), 0));
	s2t_model_undo(m, &mark);
	assert_false(s2t_model_spt_table(m, 9, 0x12000, 0) ||
	             s2t_model_spt_table(m, 9, FAR * UINT64_C(4096), 0));
}

/* A cursor that goes back takes the tables along that this step made of its pool: those of one VM and of one level. */
static void test_cursors_go_back(void **state)
{
	struct s2t_model *m = *state;
	const struct s2t_npt_entry page = { 0x40005, 3, 0x40005fff };
	const struct s2t_spt_entry entry = { 0x40005, 0x40005007 };

	assert_true(s2t_model_set_npt(m, 1, 7, page) && s2t_model_set_npt(m, 2, 7, page));
	assert_true(s2t_model_set_spt(m, 9, 7, entry) && s2t_model_set_spt(m, 3, 7, entry));
	for (unsigned again = 0; again < 2; again++) {
		assert_true(s2t_model_set_npt_used(m, 1, 2, 0));
		assert_true(s2t_model_set_spt_used(m, 1, 0));
		assert_false(s2t_model_npt_table(m, 1, 0x7000, 2));
		assert_true(s2t_model_npt_table(m, 1, 0x7000, 1) && s2t_model_npt_table(m, 2, 0x7000, 2));
		assert_false(s2t_model_spt_table(m, 9, 0x7000, 1) || s2t_model_spt_table(m, 3, 0x7000, 1));
		assert_true(s2t_model_spt_table(m, 9, 0x7000, 0) && s2t_model_spt_table(m, 3, 0x7000, 0));
	}
	assert_true(s2t_model_set_npt_used(m, 2, 2, 8192)); /* it moves on: what there is stays */
	assert_true(s2t_model_npt_table(m, 2, 0x7000, 2));
}

static void test_rest(void **state)
{
	struct s2t_model *m = *state;
	const s2t_addr pgd = s2t_model_npt_next(m, 1, 0), spt = s2t_model_spt_next(m, 1);
	size_t touches;

	assert_true(s2t_model_set_token(m, RAM + 9, 0x77));
	assert_int_equal(s2t_model_token(m, RAM + 9), 0x77);
	assert_true(s2t_model_set_data_log(m, 1, 12));
	assert_int_equal(s2t_model_data_log(m, 1), 12);
	assert_true(s2t_model_set_npt_used(m, 1, 0, 8192));
	assert_int_equal(s2t_model_npt_next(m, 1, 0), pgd + 8192);
	assert_true(s2t_model_set_spt_used(m, 1, 4096));
	assert_int_equal(s2t_model_spt_next(m, 1), spt + 4096);
	s2t_model_touched(m, &touches);
	assert_int_equal(touches, 4);
	assert_false(s2t_model_set_data_log(m, 17, 1));
	assert_false(s2t_model_set_npt_used(m, 1, 0, 100));
	assert_false(s2t_model_set_npt_used(m, 1, 3, 4096));
	assert_false(s2t_model_set_npt_used(m, 1, 0, UINT64_C(1) << 40));
	assert_false(s2t_model_set_spt_used(m, 2, 4096));
	assert_false(s2t_model_set_spt_used(m, 0, UINT64_C(1) << 40));
	s2t_model_reset(m);
	assert_int_equal(s2t_model_token(m, RAM + 9), 0);
	assert_int_equal(s2t_model_data_log(m, 1), 0);
	assert_int_equal(s2t_model_npt_next(m, 1, 0), pgd);
}

static bool set_word(struct s2t_model *m, enum s2t_entry_kind kind, uint32_t a, uint64_t b, uint8_t level,
                     uint64_t value)
{
	const struct s2t_touch entry = { .kind = (uint8_t)kind, .level = level, .a = a, .b = b };

	return s2t_model_set_word(m, &entry, value);
}

static void test_words(void **state)
{
	struct s2t_model *m = *state;
	const struct s2t_mark mark = s2t_model_mark(m);
	size_t touches;

	assert_true(set_word(m, S2T_ENTRY_VM, 3, 0, S2T_VM_STATE, S2T_VERIFIED));
	assert_int_equal(s2t_model_vm(m, 3, S2T_VM_STATE), S2T_VERIFIED);
	assert_true(set_word(m, S2T_ENTRY_VM, 3, 0, S2T_VM_IMAGES, 5));
	assert_int_equal(s2t_model_vm(m, 3, S2T_VM_IMAGES), 5);
	assert_true(set_word(m, S2T_ENTRY_VCPU, 3, 7, S2T_VCPU_STATE, S2T_ACTIVE));
	assert_int_equal(s2t_model_vcpu(m, 3, 7, S2T_VCPU_STATE), S2T_ACTIVE);
	assert_true(set_word(m, S2T_ENTRY_VCPU, 3, 7, S2T_VCPU_FRESH, 1));
	assert_int_equal(s2t_model_vcpu(m, 3, 7, S2T_VCPU_FRESH), 1);
	assert_true(set_word(m, S2T_ENTRY_IMAGE, 16, 4, S2T_IMAGE_MAPPED, UINT64_MAX));
	assert_int_equal(s2t_model_image(m, 16, 4, S2T_IMAGE_MAPPED), UINT64_MAX);
	assert_true(set_word(m, S2T_ENTRY_CORE, 0, 0, S2T_CORE_NEXT_VMID, 17));
	assert_int_equal(s2t_model_core(m, S2T_CORE_NEXT_VMID), 17);
	assert_true(set_word(m, S2T_ENTRY_CORE, 0, 0, S2T_CORE_NEXT_REMAP, 12));
	assert_true(set_word(m, S2T_ENTRY_SMMU_CFG, 15, 0, 0, 16));
	assert_int_equal(s2t_model_smmu_cfg(m, 15), 16);
	assert_true(set_word(m, S2T_ENTRY_SMMU_CFG, 14, 0, 0, UINT32_MAX)); /* as it was: no entry */
	s2t_model_touched(m, &touches);
	assert_int_equal(touches, 8);

	/* What no state has. */
	assert_false(set_word(m, S2T_ENTRY_VM, 17, 0, S2T_VM_STATE, S2T_READY));
	assert_false(set_word(m, S2T_ENTRY_VM, 3, 0, S2T_VM_FIELD_COUNT, 0));
	assert_false(set_word(m, S2T_ENTRY_VM, 3, 0, S2T_VM_STATE, 6));
	assert_false(set_word(m, S2T_ENTRY_VM, 3, 0, S2T_VM_IMAGES, 6));
	assert_false(set_word(m, S2T_ENTRY_VCPU, 3, 8, S2T_VCPU_STATE, S2T_READY));
	assert_false(set_word(m, S2T_ENTRY_VCPU, 3, 0, S2T_VCPU_STATE, 6));
	assert_false(set_word(m, S2T_ENTRY_VCPU, 3, 0, S2T_VCPU_FRESH, 2));
	assert_false(set_word(m, S2T_ENTRY_VCPU, 3, 0, S2T_VCPU_FIELD_COUNT, 0));
	assert_false(set_word(m, S2T_ENTRY_VCPU, 17, 0, S2T_VCPU_STATE, S2T_READY));
	assert_false(set_word(m, S2T_ENTRY_IMAGE, 17, 0, S2T_IMAGE_ADDR, 0));
	assert_false(set_word(m, S2T_ENTRY_IMAGE, 3, 5, S2T_IMAGE_ADDR, 0));
	assert_false(set_word(m, S2T_ENTRY_IMAGE, 3, 4, S2T_IMAGE_FIELD_COUNT, 0));
	assert_false(set_word(m, S2T_ENTRY_CORE, 0, 0, S2T_CORE_FIELD_COUNT, 0));
	assert_false(set_word(m, S2T_ENTRY_CORE, 0, 0, S2T_CORE_NEXT_VMID, 18));
	assert_false(set_word(m, S2T_ENTRY_SMMU_CFG, 16, 0, 0, 1));
	assert_false(set_word(m, S2T_ENTRY_SMMU_CFG, 0, 0, 0, 17));
	assert_false(set_word(m, S2T_ENTRY_S2PAGE, 0, RAM, 0, 1));

	s2t_model_undo(m, &mark);
	assert_int_equal(s2t_model_vm(m, 3, S2T_VM_STATE), S2T_UNUSED);
	assert_int_equal(s2t_model_smmu_cfg(m, 15), UINT32_MAX);
}

static void test_resume(void **state)
{
	struct s2t_model *m = *state;
	/* A page of another VM cannot be mapped by the host. */
	const struct s2t_call assign = { S2T_OP_ASSIGN_PFN_TO_VM, { 1, 7, RAM } };
	const struct s2t_call map = { S2T_OP_MAP_PAGE_HOST, { (uint64_t)RAM << 12 } };
	uint32_t locks[S2T_MAX_HELD];
	struct s2t_step step;

	s2t_model_step(m, S2T_SPEC_LOW, &assign, &step);
	s2t_model_step(m, S2T_SPEC_LOW, &map, &step);
	assert_int_equal(step.outcome, S2T_PANIC);
	assert_true(s2t_model_halted(m));
	assert_true(s2t_model_locks(m, locks) > 0);
	assert_true(s2t_model_resume(m));
	assert_false(s2t_model_halted(m));
	assert_int_equal(s2t_model_locks(m, locks), 0);
	s2t_model_step(m, S2T_SPEC_LOW, &assign, &step);
	assert_int_equal(step.outcome, S2T_OK);
	s2t_model_reset(m);
	assert_true(s2t_model_set_logs(m, true));
	assert_false(s2t_model_resume(m)); /* the logs would not have it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_page, make, drop),
		cmocka_unit_test_setup_teardown(test_npt, make, drop),
		cmocka_unit_test_setup_teardown(test_spt, make, drop),
		cmocka_unit_test_setup_teardown(test_flags_of_one_word, make, drop),
		cmocka_unit_test_setup_teardown(test_cursors_go_back, make, drop),
		cmocka_unit_test_setup_teardown(test_rest, make, drop),
		cmocka_unit_test_setup_teardown(test_words, make, drop),
		cmocka_unit_test_setup_teardown(test_resume, make, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
