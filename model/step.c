/* SPDX-License-Identifier: BSD-2-Clause */
/* One step of the machine: from a call to the Coq definition, and from Some or None to an outcome. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

/* Cases 0 and 1 of an operation are the first two of its pair at the head of the enumeration. */
static enum s2t_case case_undefined(uint32_t op)
{
	return (enum s2t_case)(op < S2T_OP_COUNT ? 2 * op : 0);
}
static enum s2t_case case_halted(uint32_t op)
{
	return (enum s2t_case)(2 * op + 1);
}

/* An operation of the layers above, in the form of the step. Not a part of run_low: those below are called as fast as a
 * table of functions is. */
static __attribute__((noinline)) bool run_hyper(struct s2t_model *adt, const struct s2t_call *call,
                                                uint64_t *ret)
{
	const uint64_t *a = call->arg;
	const struct s2t_run run = { a[2], a[3], a[4], a[5] };
	const struct s2t_exit exit = { a[2], a[3], a[4], a[5], a[6] };

	if (call->op >= S2T_OP_COUNT)
		return false;
	memset(adt->took, 0, sizeof(adt->took));
	adt->is_sequence = true;
	if (adt->spec == S2T_SPEC_TOP)
		return s2t_top_step(adt, call, ret);
	switch ((enum s2t_op)call->op) {
	case S2T_OP_CLEAR_VM_RANGE: return s2t_clear_vm_range_spec(adt, a[0], a[1], a[2]);
	case S2T_OP_PROT_AND_MAP_VM_S2PT: return s2t_prot_and_map_vm_s2pt_spec(adt, a[0], a[1], a[2], a[3]);
	case S2T_OP_GRANT_STAGE2_SG_GPA: return s2t_grant_stage2_sg_gpa_spec(adt, a[0], a[1], a[2]);
	case S2T_OP_REVOKE_STAGE2_SG_GPA: return s2t_revoke_stage2_sg_gpa_spec(adt, a[0], a[1], a[2]);
	case S2T_OP_SET_VM_POWEROFF: return S2T_FORM(set_vm_poweroff, adt, a[0]);
	case S2T_OP_REGISTER_KVM: return S2T_FORM(register_kvm, adt, ret);
	case S2T_OP_REGISTER_VCPU: return S2T_FORM(register_vcpu, adt, a[0], a[1]);
	case S2T_OP_SET_BOOT_INFO: return S2T_FORM(set_boot_info, adt, a[0], a[1], a[2], ret);
	case S2T_OP_REMAP_VM_IMAGE: return S2T_FORM(remap_vm_image, adt, a[0], a[1], a[2]);
	case S2T_OP_VERIFY_AND_LOAD_IMAGES: return s2t_verify_and_load_images_spec(adt, a[0], a[1]);
	case S2T_OP_SEARCH_LOAD_INFO: return S2T_FORM(search_load_info, adt, a[0], a[1], ret);
	case S2T_OP_EL2_FREE_SMMU_PGD: return S2T_FORM(el2_free_smmu_pgd, adt, a[0], a[1]);
	case S2T_OP_EL2_ALLOC_SMMU_PGD: return S2T_FORM(el2_alloc_smmu_pgd, adt, a[0], a[1], a[2]);
	case S2T_OP_EL2_ARM_LPAE_MAP: return s2t_el2_arm_lpae_map_spec(adt, a[0], a[1], a[2], a[3], a[4]);
	case S2T_OP_EL2_ARM_LPAE_IOVA_TO_PHYS:
		return S2T_FORM(el2_arm_lpae_iova_to_phys, adt, a[0], a[1], a[2], ret);
	case S2T_OP_EL2_ARM_LPAE_CLEAR: return S2T_FORM(el2_arm_lpae_clear, adt, a[0], a[1], a[2]);
	case S2T_OP_CLEAR_VM_STAGE2_RANGE: return s2t_clear_vm_stage2_range_spec(adt, a[0], a[1], a[2]);
	case S2T_OP_KVM_PHYS_ADDR_IOREMAP: return s2t_kvm_phys_addr_ioremap_spec(adt, a[0], a[1], a[2], a[3]);
	case S2T_OP_HOST_FAULT: return s2t_handle_host_stage2_fault_spec(adt, a[0], a[1], a[2]);
	case S2T_OP_VCPU_RUN: return s2t_restore_vm_spec(adt, a[0], a[1], &run);
	case S2T_OP_VCPU_EXIT: return s2t_vm_exit_handler_raw_spec(adt, a[0], a[1], &exit);
	case S2T_OP_HYPERCALL: return s2t_host_hvc_dispatcher_spec(adt, a, ret);
	default: return false;
	}
}

static bool run_low(struct s2t_model *adt, const struct s2t_call *call, uint64_t *ret)
{
	const uint64_t *a = call->arg;

	switch ((enum s2t_op)call->op) {
	case S2T_OP_MAP_PAGE_HOST: return s2t_map_page_host_spec0(adt, a[0]);
	case S2T_OP_CLEAR_VM_PAGE: return s2t_clear_vm_page_spec0(adt, a[0], a[1]);
	case S2T_OP_ASSIGN_PFN_TO_VM: return s2t_assign_pfn_to_vm_spec0(adt, a[0], a[1], a[2]);
	case S2T_OP_MAP_PFN_VM: return s2t_map_pfn_vm_spec0(adt, a[0], a[1], a[2], a[3]);
	case S2T_OP_MAP_VM_IO: return s2t_map_vm_io_spec0(adt, a[0], a[1], a[2]);
	case S2T_OP_GRANT_VM_PAGE: return s2t_grant_vm_page_spec0(adt, a[0], a[1]);
	case S2T_OP_REVOKE_VM_PAGE: return s2t_revoke_vm_page_spec0(adt, a[0], a[1]);
	case S2T_OP_ASSIGN_PFN_TO_SMMU: return s2t_assign_pfn_to_smmu_spec0(adt, a[0], a[1], a[2]);
	case S2T_OP_UPDATE_SMMU_PAGE: return s2t_update_smmu_page_spec0(adt, a[0], a[1], a[2], a[3], a[4]);
	case S2T_OP_UNMAP_SMMU_PAGE: return s2t_unmap_smmu_page_spec0(adt, a[0], a[1], a[2]);
	case S2T_OP_GET_LEVEL_S2PT: return s2t_get_level_s2pt_spec(adt, a[0], a[1], ret);
	case S2T_OP_WALK_S2PT: return s2t_walk_s2pt_spec(adt, a[0], a[1], ret);
	case S2T_OP_MAP_S2PT: return s2t_map_s2pt_spec(adt, a[0], a[1], a[2], a[3]);
	case S2T_OP_CLEAR_PFN_HOST: return s2t_clear_pfn_host_spec(adt, a[0]);
	case S2T_OP_INIT_SPT: return s2t_init_spt_spec(adt, a[0], a[1]);
	case S2T_OP_WALK_SPT: return s2t_walk_spt_spec(adt, a[0], a[1], a[2], ret);
	case S2T_OP_MAP_SPT: return s2t_map_spt_spec(adt, a[0], a[1], a[2], a[3]);
	case S2T_OP_UNMAP_SPT: return s2t_unmap_spt_spec(adt, a[0], a[1], a[2], ret);
	default: return run_hyper(adt, call, ret);
	}
}

/* The operations of NPTOps and MmioSPTOps have one form. */
static bool run_high(struct s2t_model *adt, const struct s2t_call *call, uint64_t *ret)
{
	const uint64_t *a = call->arg;

	switch (call->op) {
	case S2T_OP_MAP_PAGE_HOST: return s2t_map_page_host_spec(adt, a[0]);
	case S2T_OP_CLEAR_VM_PAGE: return s2t_clear_vm_page_spec(adt, a[0], a[1]);
	case S2T_OP_ASSIGN_PFN_TO_VM: return s2t_assign_pfn_to_vm_spec(adt, a[0], a[1], a[2]);
	case S2T_OP_MAP_PFN_VM: return s2t_map_pfn_vm_spec(adt, a[0], a[1], a[2], a[3]);
	case S2T_OP_MAP_VM_IO: return s2t_map_vm_io_spec(adt, a[0], a[1], a[2]);
	case S2T_OP_GRANT_VM_PAGE: return s2t_grant_vm_page_spec(adt, a[0], a[1]);
	case S2T_OP_REVOKE_VM_PAGE: return s2t_revoke_vm_page_spec(adt, a[0], a[1]);
	case S2T_OP_ASSIGN_PFN_TO_SMMU: return s2t_assign_pfn_to_smmu_spec(adt, a[0], a[1], a[2]);
	case S2T_OP_UPDATE_SMMU_PAGE: return s2t_update_smmu_page_spec(adt, a[0], a[1], a[2], a[3], a[4]);
	case S2T_OP_UNMAP_SMMU_PAGE: return s2t_unmap_smmu_page_spec(adt, a[0], a[1], a[2]);
	default: return run_low(adt, call, ret);
	}
}

SELDOM_CALLED bool s2t_make_room_slow(struct s2t_model *adt)
{
	struct s2t_touch *grown = realloc(adt->journal, 2 * adt->journal_size * sizeof(*grown));

	if (!grown) {
		adt->out_of_memory = true;
		return false;
	}
	adt->journal = grown;
	adt->journal_size *= 2;
	return true;
}

static inline void begin(struct s2t_model *adt)
{
	adt->step_begin = adt->journal_count;
	adt->recorded = 0;
	adt->is_sequence = false;
	if (SELDOM(adt->logs != NULL))
		adt->logs->step_begin = adt->logs->count;
}

/* Keeps the CPU as it is before a step, to go back to when that is undefined. Its locks are copied if it holds any: only
 * after a halt. */
static inline void save_cpu(struct s2t_model *adt)
{
	memcpy(&adt->before, &adt->cpu, offsetof(struct s2t_cpu, newest));
	if (SELDOM(adt->cpu.held_count > 0))
		adt->before = adt->cpu;
}

static void restore_cpu(struct s2t_model *adt)
{
	adt->cpu.halt = adt->before.halt;
	adt->cpu.tstate = adt->before.tstate;
	s2t_set_locks_false(adt);
	if (adt->before.held_count > 0)
		adt->cpu = adt->before;
}

/* None: all is as it was. */
static SELDOM_CALLED void take_back(struct s2t_model *adt, uint32_t op, struct s2t_step *step)
{
	s2t_rollback(adt, adt->step_begin);
	if (adt->logs)
		s2t_log_rollback(adt, adt->logs->step_begin);
	restore_cpu(adt);
	step->outcome = S2T_UNDEFINED;
	step->case_id = adt->taken = case_undefined(op);
	adt->is_sequence = false;
	step->ret = 0;
}

/* Some or None becomes an outcome. */
static inline void conclude(struct s2t_model *adt, uint32_t op, bool some, struct s2t_step *step)
{
	if (SELDOM(!some)) {
		take_back(adt, op, step);
		return;
	}
	step->outcome = S2T_OK;
	step->case_id = adt->case_id;
	if (SELDOM(adt->cpu.halt)) {
		step->outcome = S2T_PANIC;
		step->case_id = adt->before.halt ? case_halted(op) : adt->case_id;
	}
	adt->taken = step->case_id;
}

/* One operation: a step, or one more part of the step that has begun. */
static inline void take(struct s2t_model *adt, bool begins, enum s2t_spec spec, const struct s2t_call *call,
                        struct s2t_step *step)
{
	save_cpu(adt);
	step->ret = 0;
	adt->spec = spec;
	if (begins)
		begin(adt);
	const bool some = s2t_make_room(adt) &&
	                  (spec == S2T_SPEC_LOW || spec == S2T_SPEC_BOTTOM ? run_low(adt, call, &step->ret)
	                                                                   : run_high(adt, call, &step->ret));

	conclude(adt, call->op, some, step);
}

void s2t_model_step(struct s2t_model *adt, enum s2t_spec spec, const struct s2t_call *call,
                    struct s2t_step *step)
{
	take(adt, true, spec, call, step);
}

void s2t_model_step_on(struct s2t_model *adt, enum s2t_spec spec, const struct s2t_call *call,
                       struct s2t_step *step)
{
	take(adt, false, spec, call, step);
}

void s2t_step_by(struct s2t_model *adt, enum s2t_op op, bool (*run)(void *ctx), void *ctx,
                 struct s2t_step *step)
{
	save_cpu(adt);
	step->ret = 0;
	adt->case_id = case_undefined(op); /* until a definition that knows its case is called */
	begin(adt);
	conclude(adt, op, s2t_make_room(adt) && run(ctx), step);
}
