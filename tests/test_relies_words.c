/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every rely of the primitives of the hypercall layer counts, as in test_relies.c: without its lock, or with an argument
 * that cannot be, a primitive is undefined; after a halt it is the identity, whatever its arguments are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "boards.h"
#include "hyper.h"

enum { NO_VM = 17, NO_VCPU = 8, NO_IMAGE = 5, NO_BANK = 8, NO_SMMU = 2, LOCKS = 40 };
static const uint64_t NO_ADDR = UINT64_C(1) << 48, NO_GFN = UINT64_C(1) << 36;

#define NONE(call) assert_false(call)
#define SOME(call) assert_true(call)

static struct s2t_model *machine(void)
{
	struct s2t_board board;

	s2t_board_default(&board);
	struct s2t_model *m = s2t_model_create(&board);

	assert_non_null(m);
	return m;
}

/* In a machine that holds the lock, an argument out of range; in one that does not, all arguments in range. */
static void test_words_of_el2(void **state)
{
	struct s2t_model *m = machine();
	uint64_t word;

	(void)state;
	NONE(s2t_get_next_vmid_spec(m, &word));
	NONE(s2t_set_next_vmid_spec(m, 2));
	NONE(s2t_get_next_remap_ptr_spec(m, &word));
	NONE(s2t_set_next_remap_ptr_spec(m, 0x2001000));
	s2t_set_lock_own(m, S2T_LOCK_CORE);
	SOME(s2t_set_next_vmid_spec(m, 2));
	SOME(s2t_get_next_vmid_spec(m, &word));
	assert_int_equal(word, 2);
	SOME(s2t_set_next_remap_ptr_spec(m, 0x2001000));
	SOME(s2t_get_next_remap_ptr_spec(m, &word));
	assert_int_equal(word, 0x2001000);
	/* The lock is taken by another section. */
	NONE(s2t_gen_vmid_spec(m, &word));
	NONE(s2t_alloc_remap_addr_spec(m, 1, &word));
	s2t_set_lock_false(m, S2T_LOCK_CORE);
	NONE(s2t_alloc_remap_addr_spec(m, NO_GFN, &word));
	NONE(s2t_alloc_remap_addr_spec0(m, NO_GFN, &word));
	m->core[S2T_CORE_NEXT_REMAP] = NO_ADDR;
	m->cpu.held_count = 0;
	NONE(s2t_alloc_remap_addr_spec0(m, 1, &word));
	s2t_model_destroy(m);
}

static void test_words_of_vms(void **state)
{
	struct s2t_model *m = machine();
	uint64_t word;

	(void)state;
	for (unsigned held = 0; held < 2; held++) {
		const s2t_vmid vmid = held ? NO_VM : 1; /* no VM, or without its lock */

		NONE(s2t_get_vm_state_spec(m, vmid, &word));
		NONE(s2t_set_vm_state_spec(m, vmid, S2T_READY));
		NONE(s2t_get_vcpu_state_spec(m, vmid, 0, &word));
		NONE(s2t_set_vcpu_state_spec(m, vmid, 0, S2T_READY));
		NONE(s2t_get_vm_next_load_idx_spec(m, vmid, &word));
		NONE(s2t_set_vm_next_load_idx_spec(m, vmid, 1));
		NONE(s2t_get_vm_image_spec(m, vmid, 0, S2T_IMAGE_ADDR, &word));
		NONE(s2t_set_vm_image_spec(m, vmid, 0, S2T_IMAGE_ADDR, 0));
		s2t_set_lock_own(m, s2t_info_id(m, 1));
	}
	NONE(s2t_get_vcpu_state_spec(m, 1, NO_VCPU, &word));
	NONE(s2t_set_vcpu_state_spec(m, 1, NO_VCPU, S2T_READY));
	NONE(s2t_get_vm_image_spec(m, 1, NO_IMAGE, S2T_IMAGE_ADDR, &word));
	NONE(s2t_set_vm_image_spec(m, 1, NO_IMAGE, S2T_IMAGE_ADDR, 0));
	SOME(s2t_set_vcpu_state_spec(m, 1, 7, S2T_READY));
	SOME(s2t_get_vcpu_state_spec(m, 1, 7, &word));
	assert_int_equal(word, S2T_READY);
	SOME(s2t_set_vm_image_spec(m, 1, 4, S2T_IMAGE_SIZE, 0x3000));
	SOME(s2t_get_vm_image_spec(m, 1, 4, S2T_IMAGE_SIZE, &word));
	assert_int_equal(word, 0x3000);
	/* No lock guards the registers of a vCPU. */
	NONE(s2t_get_vcpu_fresh(m, NO_VM, 0, &word));
	NONE(s2t_set_vcpu_fresh(m, NO_VM, 0, 1));
	NONE(s2t_get_vcpu_fresh(m, 2, NO_VCPU, &word));
	NONE(s2t_set_vcpu_fresh(m, 2, NO_VCPU, 1));
	SOME(s2t_set_vcpu_fresh(m, 2, 0, 1));
	/* The section of VM 1 has not ended. */
	NONE(s2t_set_vm_poweroff_spec(m, 1));
	NONE(s2t_set_vm_poweroff_spec0(m, 1));
	NONE(s2t_get_vm_poweron_spec(m, 1, &word));
	NONE(s2t_get_vm_poweron_spec0(m, 1, &word));
	NONE(s2t_set_vm_poweroff_spec0(m, NO_VM));
	NONE(s2t_verify_image_spec(m, NO_VM, 0, true, &word));
	NONE(s2t_verify_image_spec(m, 1, NO_ADDR, true, &word));
	SOME(s2t_verify_image_spec(m, 1, 0, true, &word));
	assert_int_equal(word, 1);
	s2t_model_destroy(m);
}

static void test_banks(void **state)
{
	struct s2t_model *m = machine();
	uint64_t word;
	s2t_pte pte;

	(void)state;
	NONE(s2t_get_smmu_cfg_vmid_spec(m, 0, 0, &word));
	NONE(s2t_set_smmu_cfg_vmid_spec(m, 0, 0, 1));
	s2t_set_lock_own(m, S2T_LOCK_SMMU);
	for (unsigned i = 0; i < 2; i++) {
		const uint64_t cbndx = i ? NO_BANK : 0, index = i ? 0 : NO_SMMU;

		NONE(s2t_get_smmu_cfg_vmid_spec(m, cbndx, index, &word));
		NONE(s2t_set_smmu_cfg_vmid_spec(m, cbndx, index, 1));
	}
	SOME(s2t_set_smmu_cfg_vmid_spec(m, 7, 1, 1));
	SOME(s2t_get_smmu_cfg_vmid_spec(m, 7, 1, &word));
	assert_int_equal(word, 1);
	NONE(s2t_get_smmu_num_context_banks_spec(m, NO_SMMU, &word));
	NONE(s2t_smmu_init_pte_spec(m, 0, NO_ADDR, &pte));
	NONE(s2t_smmu_init_pte_spec(m, INT64_MAX, 0, &pte));
	SOME(s2t_smmu_init_pte_spec(m, INT64_MAX - 1, 0, &pte));
	/* Below it stand the global registers. */
	NONE(s2t_handle_smmu_cb_access_spec(m, 0, &word));
	/* A bank that nobody has is no VM's. */
	NONE(s2t_handle_smmu_global_access_spec(m, 0, 0x1004, 0, &word));
	NONE(s2t_is_smmu_range_spec(m, NO_ADDR, &word));
	m->board.smmu_base = NO_ADDR;
	m->board.smmu_num = 1;
	NONE(s2t_is_smmu_range_spec(m, 0, &word));
	m->board.smmu_base = NO_ADDR - 1;
	NONE(s2t_is_smmu_range_spec(m, 0, &word));
	s2t_model_destroy(m);
}

/* After a halt nothing is asked for and nothing is done. */
static void test_after_a_halt(void **state)
{
	struct s2t_model *m = machine();
	uint64_t word = 1;
	size_t writes;

	(void)state;
	m->cpu.halt = true;
	for (uint32_t lock = 0; lock < LOCKS; lock++)
		assert_false(s2t_model_lock_held(m, lock));
#define NOTHING(call)                                                                                          \
	do {                                                                                                   \
		word = 1;                                                                                      \
		SOME(call);                                                                                    \
		assert_int_equal(word, 0);                                                                     \
	} while (0)
	NOTHING(s2t_get_next_vmid_spec(m, &word));
	NOTHING(s2t_get_next_remap_ptr_spec(m, &word));
	NOTHING(s2t_get_vm_state_spec(m, NO_VM, &word));
	NOTHING(s2t_get_vcpu_state_spec(m, NO_VM, NO_VCPU, &word));
	NOTHING(s2t_get_vm_next_load_idx_spec(m, NO_VM, &word));
	NOTHING(s2t_get_vm_image_spec(m, NO_VM, NO_IMAGE, S2T_IMAGE_ADDR, &word));
	NOTHING(s2t_get_vcpu_fresh(m, NO_VM, NO_VCPU, &word));
	NOTHING(s2t_get_smmu_cfg_vmid_spec(m, NO_BANK, NO_SMMU, &word));
	NOTHING(s2t_get_smmu_num_context_banks_spec(m, NO_SMMU, &word));
	NOTHING(s2t_verify_image_spec(m, NO_VM, NO_ADDR, true, &word));
	NOTHING(s2t_gen_vmid_spec(m, &word));
	NOTHING(s2t_alloc_remap_addr_spec(m, 1, &word));
#undef NOTHING
	SOME(s2t_set_next_vmid_spec(m, 9));
	SOME(s2t_set_next_remap_ptr_spec(m, 9));
	SOME(s2t_set_vm_state_spec(m, NO_VM, 9));
	SOME(s2t_set_vcpu_state_spec(m, NO_VM, NO_VCPU, 9));
	SOME(s2t_set_vm_next_load_idx_spec(m, NO_VM, 9));
	SOME(s2t_set_vm_image_spec(m, NO_VM, NO_IMAGE, S2T_IMAGE_ADDR, 9));
	SOME(s2t_set_vcpu_fresh(m, NO_VM, NO_VCPU, 9));
	SOME(s2t_set_smmu_cfg_vmid_spec(m, NO_BANK, NO_SMMU, 9));
	SOME(s2t_acquire_lock_core_spec(m));
	SOME(s2t_release_lock_core_spec(m));
	SOME(s2t_acquire_lock_smmu_spec(m));
	SOME(s2t_release_lock_smmu_spec(m));
	SOME(s2t_acquire_lock_vm_spec(m, 1));
	SOME(s2t_release_lock_vm_spec(m, 1));
	SOME(s2t_is_smmu_range_spec(m, 0, &word));
	assert_int_equal(word, UINT32_MAX);
	s2t_model_touched(m, &writes);
	assert_int_equal(writes, 0);
	for (uint32_t lock = 0; lock < LOCKS; lock++)
		assert_false(s2t_model_lock_held(m, lock));
	s2t_model_destroy(m);
}

/* The queries take any argument; what does not exist reads as its default. */
static void test_queries(void **state)
{
	struct s2t_model *m = machine();

	(void)state;
	assert_int_equal(s2t_model_vm(m, NO_VM, S2T_VM_STATE), 0);
	assert_int_equal(s2t_model_vm(m, 1, S2T_VM_FIELD_COUNT), 0);
	assert_int_equal(s2t_model_vcpu(m, NO_VM, 0, S2T_VCPU_STATE), 0);
	assert_int_equal(s2t_model_vcpu(m, 1, NO_VCPU, S2T_VCPU_STATE), 0);
	assert_int_equal(s2t_model_vcpu(m, 1, 0, S2T_VCPU_FIELD_COUNT), 0);
	assert_int_equal(s2t_model_image(m, NO_VM, 0, S2T_IMAGE_ADDR), 0);
	assert_int_equal(s2t_model_image(m, 1, NO_IMAGE, S2T_IMAGE_ADDR), 0);
	assert_int_equal(s2t_model_image(m, 1, 0, S2T_IMAGE_FIELD_COUNT), 0);
	assert_int_equal(s2t_model_core(m, S2T_CORE_FIELD_COUNT), 0);
	assert_int_equal(s2t_model_smmu_cfg(m, 16), UINT32_MAX);
	assert_false(s2t_model_took(m, S2T_CASE_COUNT));
	s2t_model_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_of_el2), cmocka_unit_test(test_words_of_vms),
		cmocka_unit_test(test_banks),        cmocka_unit_test(test_after_a_halt),
		cmocka_unit_test(test_queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
