/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FaultHandlerSpec.v, TrapDispatcherSpec.v and TrapHandlerRawSpec.v: what the host and the guests ask of EL2. Registers
 * are arguments. After a halt the Coq text reads 0 from all of them; then none of this does anything but panic.
 */
#include "hyper.h"

bool s2t_handle_host_stage2_fault_spec(struct s2t_model *adt, s2t_addr fault, uint64_t esr, uint64_t data)
{
	uint64_t ret;

	if (adt->cpu.halt)
		return true;
	rely(esr <= INVALID);
	when(S2T_FORM(emulate_mmio, adt, fault, esr, data, &ret));
	if (ret != INVALID)
		return true;
	when(S2T_CALL(map_page_host, adt, fault));
	s2t_case(adt, S2T_CASE_HFT_2, adt->case_id == S2T_CASE_MPH_5 ? S2T_CASE_HFT_3 : S2T_CASE_HFT_4);
	return true;
}

/* `*ret` 1: a call that the host is to answer. */
bool s2t_core_handle_pvops_spec(struct s2t_model *adt, s2t_vmid vmid, const struct s2t_exit *exit,
                                uint64_t *ret)
{
	*ret = 0;
	if (!s2t_is_vm(adt, vmid)) {
		adt->case_id = S2T_CASE_VEX_11;
		return s2t_panic_spec(adt);
	}
	if (exit->x0 == adt->board.hvc_kvm_set_desc_pfn) {
		when(S2T_CALL_ONE(grant_stage2_sg_gpa, adt, vmid, exit->x2, exit->x3));
		adt->case_id = S2T_CASE_VEX_3;
	} else if (exit->x0 == adt->board.hvc_kvm_unset_desc_pfn) {
		when(S2T_CALL_ONE(revoke_stage2_sg_gpa, adt, vmid, exit->x2, exit->x3));
		s2t_case(adt, S2T_CASE_VEX_4, S2T_CASE_VEX_5);
	} else {
		*ret = s2t_check_spec(adt, 1);
	}
	return true;
}

bool s2t_vm_exit_dispatcher_spec(struct s2t_model *adt, s2t_vmid vmid, const struct s2t_exit *exit,
                                 uint64_t *ret)
{
	const uint64_t exit_type = exit->esr >> 26 & 63;

	*ret = 0;
	if (exit_type == ESR_ELx_EC_SYS64) {
		adt->case_id = S2T_CASE_VEX_2;
		return true;
	}
	if (exit_type == ESR_ELx_EC_HVC64)
		return s2t_core_handle_pvops_spec(adt, vmid, exit, ret);
	adt->case_id = S2T_CASE_VEX_10;
	return s2t_panic_spec(adt);
}

bool s2t_vm_exit_handler_raw_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid,
                                  const struct s2t_exit *exit)
{
	uint64_t ret;

	if (adt->cpu.halt)
		return s2t_panic_spec(adt);
	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	if (exit->ec == ARM_EXCEPTION_TRAP) {
		when(s2t_vm_exit_dispatcher_spec(adt, vmid, exit, &ret));
		return ret == 0 || s2t_save_vm_spec(adt, vmid, vcpuid, exit);
	}
	if (exit->ec == ARM_EXCEPTION_INTERRUPT)
		return s2t_save_vm_spec(adt, vmid, vcpuid, exit);
	adt->case_id = S2T_CASE_VEX_10;
	return s2t_panic_spec(adt);
}

/* A register is out of range. */
static bool refuse(struct s2t_model *adt, uint64_t *x0)
{
	*x0 = 0;
	adt->case_id = S2T_CASE_HVC_4;
	return s2t_panic_spec(adt);
}

/* A handler has returned. */
static bool handled(struct s2t_model *adt, uint64_t *x0, bool some)
{
	s2t_case(adt, S2T_CASE_HVC_2, S2T_CASE_HVC_5);
	*x0 = s2t_check_spec(adt, *x0);
	return some;
}
#define HANDLE(good, call) ((good) ? handled(adt, x0, (call)) : refuse(adt, x0))

/* The Coq text tests the numbers one by one, in this order. */
bool s2t_host_hvc_dispatcher_spec(struct s2t_model *adt, const uint64_t x[6], uint64_t *x0)
{
	const struct s2t_board *b = &adt->board;
	const uint64_t arg = x[0], arg1 = x[1], arg2 = x[2], arg3 = x[3], arg4 = x[4], arg5 = x[5];
	const bool vm = s2t_is_vm(adt, arg1);
	uint64_t res;

	*x0 = 0;
	if (adt->cpu.halt)
		return true;
	*x0 = arg;
	adt->case_id = S2T_CASE_HVC_3;
	if (arg == b->hvc_timer_set_cntvoff)
		return true;
	if (arg == b->hvc_clear_vm_s2_range)
		return HANDLE(vm && is_addr(arg2) && is_addr(arg3),
		              S2T_CALL_ONE(clear_vm_stage2_range, adt, arg1, arg2, arg3));
	if (arg == b->hvc_set_boot_info)
		return HANDLE(vm && is_paddr(arg2) && is_paddr(arg3) && arg2 + arg3 < KVM_PHYS_SIZE,
		              S2T_CALL(set_boot_info, adt, arg1, arg2, arg3, &res));
	if (arg == b->hvc_remap_vm_image)
		return HANDLE(vm && is_pfn(arg2) && is_load_idx(arg3),
		              S2T_CALL(remap_vm_image, adt, arg1, arg2, arg3));
	if (arg == b->hvc_verify_vm_image)
		return HANDLE(vm, S2T_CALL_ONE(verify_and_load_images, adt, arg1, UINT64_MAX));
	if (arg == b->hvc_smmu_free_pgd)
		return HANDLE(is_smmu_cfg(arg1) && is_smmu(arg2), S2T_CALL(el2_free_smmu_pgd, adt, arg1, arg2));
	if (arg == b->hvc_smmu_alloc_pgd)
		return HANDLE(is_smmu_cfg(arg1) && arg2 < b->corevisor && is_smmu(arg3),
		              S2T_CALL(el2_alloc_smmu_pgd, adt, arg1, arg2, arg3));
	if (arg == b->hvc_smmu_lpae_map)
		return HANDLE(is_paddr(arg1) && is_paddr(arg2) && arg3 < MAX_SMMU_PROT &&
		                      phys_page(arg3) == 0 && is_smmu_cfg(arg4) && is_smmu(arg5),
		              S2T_CALL_ONE(el2_arm_lpae_map, adt, arg1, arg2, arg3, arg4, arg5));
	if (arg == b->hvc_smmu_lpae_iova_to_phys)
		return HANDLE(is_paddr(arg1) && is_smmu_cfg(arg2) && is_smmu(arg3),
		              S2T_CALL(el2_arm_lpae_iova_to_phys, adt, arg1, arg2, arg3, x0));
	if (arg == b->hvc_smmu_clear)
		return HANDLE(is_paddr(arg1) && is_smmu_cfg(arg2) && is_smmu(arg3),
		              S2T_CALL(el2_arm_lpae_clear, adt, arg1, arg2, arg3));
	if (arg == b->hvc_register_kvm)
		return HANDLE(true, S2T_CALL(register_kvm, adt, x0));
	if (arg == b->hvc_register_vcpu)
		return HANDLE(vm && is_vcpu(arg2), S2T_CALL(register_vcpu, adt, arg1, arg2));
	/* Three summands below 2^64: no sum that passes has wrapped. */
	if (arg == b->hvc_phys_addr_ioremap)
		return HANDLE(arg1 <= b->corevisor && is_addr(arg2) && is_addr(arg3) && is_addr(arg4) &&
		                      arg2 + arg4 < KVM_ADDR_SPACE && arg3 + arg4 < KVM_PHYS_SIZE,
		              S2T_CALL_ONE(kvm_phys_addr_ioremap, adt, arg1, arg2, arg3, arg4));
	return true;
}
