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

#include "default_model.h"
#include "boards.h"
#include "hyper.h"
#include "optable.h"

enum { NO_VM = 17, NO_VCPU = 8, NO_IMAGE = 5, NO_BANK = 8, NO_SMMU = 2, LOCKS = 40 };
static const uint64_t NO_ADDR = UINT64_C(1) << 48, NO_GFN = UINT64_C(1) << 36;
static const uint64_t NO_PFN = UINT64_C(1) << 28, NO_IOVA = UINT64_C(1) << 40;

#define NONE(call) assert_false(call)
#define SOME(call) assert_true(call)

/* In a machine that holds the lock, an argument out of range; in one that does not, all arguments in range. */
static void test_words_of_el2(void **state)
{
	struct s2t_model *m = default_model();
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
	s2t_set_locks_false(m);
	NONE(s2t_alloc_remap_addr_spec0(m, 1, &word));
	s2t_model_destroy(m);
}

static void test_words_of_vms(void **state)
{
	struct s2t_model *m = default_model();
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
	struct s2t_model *m = default_model();
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
	struct s2t_model *m = default_model();
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

/* A VM 1 that is READY and has an image. */
static struct s2t_model *with_image(void)
{
	struct s2t_model *m = default_model();
	uint64_t *image = m->info[1].image[0];

	m->info[1].vm[S2T_VM_STATE] = S2T_READY;
	m->info[1].vm[S2T_VM_IMAGES] = 1;
	image[S2T_IMAGE_ADDR] = 0x200000;
	image[S2T_IMAGE_SIZE] = 0x3000;
	image[S2T_IMAGE_REMAP] = 0x2000000;
	image[S2T_IMAGE_MAPPED] = 1;
	return m;
}

/* Words that no step leads to: whoever reads them relies on something that does not hold. */
static void test_absurd_images(void **state)
{
	static const struct {
		uint32_t op;
		enum s2t_image_field field;
		uint64_t value;
	} row[] = {
		{ S2T_OP_SEARCH_LOAD_INFO, S2T_IMAGE_ADDR, UINT64_C(1) << 48 },
		{ S2T_OP_SEARCH_LOAD_INFO, S2T_IMAGE_SIZE, UINT64_C(1) << 48 },
		{ S2T_OP_SEARCH_LOAD_INFO, S2T_IMAGE_REMAP, UINT64_C(1) << 48 },
		{ S2T_OP_REMAP_VM_IMAGE, S2T_IMAGE_SIZE, UINT64_C(1) << 48 },
		{ S2T_OP_REMAP_VM_IMAGE, S2T_IMAGE_REMAP, UINT64_C(1) << 48 },
		{ S2T_OP_REMAP_VM_IMAGE, S2T_IMAGE_MAPPED, UINT64_C(1) << 48 },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, S2T_IMAGE_ADDR, UINT64_C(1) << 48 },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, S2T_IMAGE_REMAP, UINT64_C(1) << 48 },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, S2T_IMAGE_MAPPED, UINT64_C(1) << 48 },
		{ S2T_OP_VERIFY_AND_LOAD_IMAGES, S2T_IMAGE_MAPPED, UINT64_C(1) << 36 },
	};

	(void)state;
	for (size_t i = 0; i <= sizeof(row) / sizeof(row[0]); i++)
		for (int spec = S2T_SPEC_LOW; spec <= S2T_SPEC_HIGH; spec++) {
			const bool none = i == sizeof(row) / sizeof(row[0]);
			struct s2t_call call = { none ? S2T_OP_SEARCH_LOAD_INFO : row[i].op, { 1 } };
			struct s2t_model *m = with_image();
			struct s2t_step step;

			if (call.op == S2T_OP_SEARCH_LOAD_INFO)
				call.arg[1] = 0x201000; /* in the image */
			if (call.op == S2T_OP_REMAP_VM_IMAGE)
				call.arg[1] = 0x80000;
			if (!none)
				m->info[1].image[0][row[i].field] = row[i].value;
			s2t_model_step(m, (enum s2t_spec)spec, &call, &step);
			if (none) {
				assert_int_equal(step.outcome, S2T_OK);
				assert_int_equal(step.ret, 0x2001000);
			} else if (step.outcome != S2T_UNDEFINED) {
				fail_msg("row %zu, form %d: %s", i, spec, s2t_case_table[step.case_id].name);
			}
			s2t_model_destroy(m);
		}
}

/* The sixth image is none. */
static void test_too_many_images(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const struct s2t_call call = { i < 2 ? S2T_OP_SEARCH_LOAD_INFO : S2T_OP_VERIFY_AND_LOAD_IMAGES,
			                       { 1, i < 2 ? 0x201000 : 63 } };
		struct s2t_model *m = with_image();
		struct s2t_step step;

		m->info[1].image[0][S2T_IMAGE_MAPPED] = 0;
		m->info[1].vm[S2T_VM_IMAGES] = NO_IMAGE + 1;
		s2t_model_step(m, i % 2 ? S2T_SPEC_HIGH : S2T_SPEC_LOW, &call, &step);
		assert_int_equal(step.outcome, S2T_UNDEFINED);
		s2t_model_destroy(m);
	}
}

static enum s2t_case case_of(struct s2t_model *m, enum s2t_spec spec, enum s2t_op op)
{
	const struct s2t_call call = { op, { 1, op == S2T_OP_SEARCH_LOAD_INFO ? 0x201000 : 1 } };
	struct s2t_step step;

	s2t_model_step(m, spec, &call, &step);
	s2t_model_destroy(m);
	return step.case_id;
}

/* An image whose words are addresses, but whose last page in the remap window is none. */
static void test_ends_of_absurd_images(void **state)
{
	struct s2t_model *m = with_image();

	(void)state;
	/* The fused form of search_load_info relies on the end, the chain on what it has found when it goes on. */
	m->info[1].image[0][S2T_IMAGE_REMAP] = NO_ADDR - 1;
	assert_int_equal(case_of(m, S2T_SPEC_LOW, S2T_OP_SEARCH_LOAD_INFO), S2T_CASE_SLI_2);
	for (int spec = S2T_SPEC_LOW; spec <= S2T_SPEC_HIGH; spec++) {
		m = with_image();
		m->info[1].image[0][S2T_IMAGE_REMAP] = NO_ADDR - 1;
		m->info[1].vm[S2T_VM_IMAGES] = 1U + (spec == S2T_SPEC_LOW);
		assert_int_equal(case_of(m, (enum s2t_spec)spec, S2T_OP_SEARCH_LOAD_INFO), S2T_CASE_SLI_0);
		/* The second of two blocks is looked for beyond the address space. */
		m = with_image();
		m->info[1].image[0][S2T_IMAGE_REMAP] = NO_ADDR - 1;
		m->info[1].image[0][S2T_IMAGE_MAPPED] = 1024;
		assert_int_equal(case_of(m, (enum s2t_spec)spec, S2T_OP_VERIFY_AND_LOAD_IMAGES),
		                 S2T_CASE_VLI_0);
	}
	/* The form of the security proofs finds no page there; an image that ends nowhere it cannot have. */
	m = with_image();
	m->info[1].image[0][S2T_IMAGE_REMAP] = NO_ADDR;
	assert_int_equal(case_of(m, S2T_SPEC_TOP, S2T_OP_VERIFY_AND_LOAD_IMAGES), S2T_CASE_VLI_5);
	m = with_image();
	m->info[1].image[0][S2T_IMAGE_MAPPED] = NO_GFN;
	assert_int_equal(case_of(m, S2T_SPEC_TOP, S2T_OP_VERIFY_AND_LOAD_IMAGES), S2T_CASE_VLI_0);
}

/* What no trap hands down to the forms between. */
static void test_arguments_between(void **state)
{
	struct s2t_model *m = default_model();
	uint64_t word;

	(void)state;
	for (unsigned halted = 0; halted < 2; halted++) {
		m->cpu.halt = halted != 0;
		for (unsigned i = 0; i < 2; i++) {
			const s2t_vmid vmid = i ? 1 : NO_VM;
			const uint64_t vcpuid = i ? NO_VCPU : 0;

			NONE(s2t_set_vcpu_active_spec(m, vmid, vcpuid));
			NONE(s2t_set_vcpu_inactive_spec(m, vmid, vcpuid));
			NONE(s2t_set_vcpu_active_spec0(m, vmid, vcpuid));
			NONE(s2t_set_vcpu_inactive_spec0(m, vmid, vcpuid));
		}
		NONE(s2t_assign_smmu_spec(m, NO_VM, 0, 0));
		NONE(s2t_assign_smmu_spec(m, 1, NO_PFN, 0));
		NONE(s2t_assign_smmu_spec(m, 1, 0, NO_GFN));
		for (unsigned i = 0; i < 4; i++) {
			const s2t_vmid vmid = i == 0 ? NO_VM : 1;
			const uint64_t cbndx = i == 1 ? NO_BANK : 0, index = i == 2 ? NO_SMMU : 0;
			const s2t_addr iova = i == 3 ? NO_IOVA : 0;

			NONE(s2t_map_smmu_spec(m, vmid, cbndx, index, iova, 0x40005003));
			NONE(s2t_clear_smmu_spec(m, vmid, cbndx, index, iova));
			if (i > 0)
				NONE(s2t_smmu_map_page_spec(m, cbndx, index, iova, 0x40005003));
			if (i == 1 || i == 2)
				NONE(s2t_smmu_assign_page_spec(m, cbndx, index, 0, 0));
		}
		NONE(s2t_smmu_assign_page_spec(m, 0, 0, NO_PFN, 0));
		NONE(s2t_smmu_assign_page_spec(m, 0, 0, 0, NO_GFN));
		NONE(s2t_map_io_spec(m, 1, NO_ADDR, 0));
		NONE(s2t_map_io_spec(m, 1, 0, NO_ADDR));
		NONE(s2t_emulate_mmio_spec(m, NO_ADDR, 0, 0, &word));
		NONE(s2t_emulate_mmio_spec(m, 0, UINT64_C(1) << 32, 0, &word));
	}
	/* After a halt those in range do nothing. */
	SOME(s2t_set_vcpu_active_spec(m, 1, 0));
	SOME(s2t_set_vcpu_inactive_spec(m, 1, 0));
	SOME(s2t_assign_smmu_spec(m, 1, 0x40005, 7));
	SOME(s2t_map_smmu_spec(m, 1, 0, 0, 0x7000, 0x40005003));
	SOME(s2t_clear_smmu_spec(m, 1, 0, 0, 0x7000));
	SOME(s2t_smmu_assign_page_spec(m, 0, 0, 0x40005, 7));
	SOME(s2t_smmu_map_page_spec(m, 0, 0, 0x7000, 0x40005003));
	SOME(s2t_map_io_spec(m, 1, 0x7000, 0x90000000));
	SOME(s2t_emulate_mmio_spec(m, 0, 0, 0, &word));
	s2t_model_destroy(m);
}

/* The queries take any argument; what does not exist reads as its default. */
static void test_queries(void **state)
{
	const struct s2t_call search = { S2T_OP_SEARCH_LOAD_INFO, { 1, 0 } };
	struct s2t_model *m = default_model();
	struct s2t_step step;

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
	s2t_model_step(m, S2T_SPEC_LOW, &search, &step);
	assert_true(s2t_model_took(m, S2T_CASE_SLI_3));
	assert_false(s2t_model_took(m, S2T_CASE_COUNT));
	s2t_model_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_of_el2),
		cmocka_unit_test(test_words_of_vms),
		cmocka_unit_test(test_banks),
		cmocka_unit_test(test_after_a_halt),
		cmocka_unit_test(test_absurd_images),
		cmocka_unit_test(test_too_many_images),
		cmocka_unit_test(test_ends_of_absurd_images),
		cmocka_unit_test(test_arguments_between),
		cmocka_unit_test(test_queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
