/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CtxtSwitchSpec.v, VCPUOpsSpec.v and VCPUOpsAuxSpec.v, less the registers: running a vCPU and leaving it. What is left
 * is the state of the vCPU, whether pc of its first run lies in an image, the page that the host gives after a fault,
 * and whether the guest powers its VM off.
 */
#include "hyper.h"

/* restore_shadow_kvm_regs: reset_gp_regs on the first run, post_handle_shadow_s2pt_fault on any other. */
static bool restore_shadow_kvm_regs(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid,
                                    const struct s2t_run *run)
{
	uint64_t fresh, load_info;

	when(s2t_get_vcpu_fresh(adt, vmid, vcpuid, &fresh));
	if (fresh) {
		when(S2T_CALL(search_load_info, adt, vmid, run->pc, &load_info));
		if (load_info == 0) {
			adt->case_id = S2T_CASE_VRN_9;
			return s2t_panic_spec(adt);
		}
		adt->case_id = S2T_CASE_VRN_2;
		return s2t_set_vcpu_fresh(adt, vmid, vcpuid, 0);
	}
	adt->case_id = S2T_CASE_VRN_3;
	if (run->addr < adt->board.vm_fault_min || !is_addr(run->addr))
		return true;
	const uint64_t level = run->level == 2 ? 2 : 3;

	when(S2T_CALL_ONE(prot_and_map_vm_s2pt, adt, vmid, run->addr, run->pte, level));
	const bool assigned = adt->case_id != S2T_CASE_PMV_4 && adt->case_id != S2T_CASE_PMV_5;

	s2t_case(adt, level == 2 ? S2T_CASE_VRN_5 : S2T_CASE_VRN_4,
	         assigned ? S2T_CASE_VRN_11 : S2T_CASE_VRN_10);
	return true;
}

/* After a halt the registers that it reads are 0, so vmid is, and it panics again. */
bool s2t_restore_vm_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, const struct s2t_run *run)
{
	if (adt->cpu.halt || !s2t_is_vm(adt, vmid)) {
		adt->case_id = S2T_CASE_VRN_6;
		return s2t_panic_spec(adt);
	}
	if (!is_vcpu(vcpuid)) {
		adt->case_id = S2T_CASE_VRN_7;
		return s2t_panic_spec(adt);
	}
	when(S2T_FORM(set_vcpu_active, adt, vmid, vcpuid));
	adt->case_id = S2T_CASE_VRN_8;
	return adt->cpu.halt || restore_shadow_kvm_regs(adt, vmid, vcpuid, run);
}

/* save_shadow_kvm_regs: prep_hvc, the only part that reaches beyond registers, and whose dirty word 1 ends that of a vCPU
 * that is yet to run (it is then not ACTIVE, so this shows in a halt alone). */
bool s2t_save_vm_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, const struct s2t_exit *exit)
{
	enum s2t_case ok = S2T_CASE_VEX_8;

	if (exit->ec == ARM_EXCEPTION_TRAP) {
		rely(s2t_is_vm(adt, vmid));
		ok = S2T_CASE_VEX_6;
		when(s2t_set_vcpu_fresh(adt, vmid, vcpuid, 0));
		if ((exit->x0 & INVALID) == PSCI_0_2_FN_SYSTEM_OFF) {
			ok = S2T_CASE_VEX_7;
			when(S2T_CALL(set_vm_poweroff, adt, vmid));
		}
	}
	when(S2T_FORM(set_vcpu_inactive, adt, vmid, vcpuid));
	s2t_case(adt, ok, S2T_CASE_VEX_9);
	return true;
}
