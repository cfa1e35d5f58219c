/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The specification in C, continued: the layers above MemManager. As in spec.h there is one function for each Coq
 * definition, s2t_ + its Coq name; X_spec0 is the chain over the layer below, X_spec the fused form.
 *
 * Where a layer has one form, or calls another layer, the form of what it calls is that of the step: the functions at
 * the end, without _spec, choose it. They also note the case that the called operation took.
 *
 * Registers are not modelled. What a definition reads from them, or draws from an oracle into them, is an argument
 * here; drawing it leaves data_log as it is.
 */
#ifndef S2T_MODEL_HYPER_H
#define S2T_MODEL_HYPER_H

#include "spec.h"

/* AbstractMachineSpec.v: the words of a VM, of EL2 and of the SMMU's banks. Each guards: halted, a getter returns 0
 * and a setter does nothing; else the lock must be held. */
bool s2t_get_next_vmid_spec(struct s2t_model *adt, uint64_t *vmid);
bool s2t_set_next_vmid_spec(struct s2t_model *adt, uint64_t vmid);
bool s2t_get_next_remap_ptr_spec(struct s2t_model *adt, uint64_t *remap);
bool s2t_set_next_remap_ptr_spec(struct s2t_model *adt, uint64_t remap);
bool s2t_get_vm_state_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t *state);
bool s2t_set_vm_state_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t state);
bool s2t_get_vcpu_state_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, uint64_t *state);
bool s2t_set_vcpu_state_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, uint64_t state);
bool s2t_get_vm_next_load_idx_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t *load_idx);
bool s2t_set_vm_next_load_idx_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t load_idx);
/* get_vm_load_addr, get_vm_load_size, get_vm_remap_addr, get_vm_mapped_pages, and their setters */
bool s2t_get_vm_image_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t load_idx, enum s2t_image_field field,
                           uint64_t *value);
bool s2t_set_vm_image_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t load_idx, enum s2t_image_field field,
                           uint64_t value);
/* Not in Coq: whether the dirty word of a vCPU is 2^64 - 1 */
bool s2t_get_vcpu_fresh(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, uint64_t *fresh);
bool s2t_set_vcpu_fresh(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, uint64_t fresh);
bool s2t_get_smmu_cfg_vmid_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, uint64_t *vmid);
bool s2t_set_smmu_cfg_vmid_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, uint64_t vmid);
bool s2t_get_smmu_num_context_banks_spec(struct s2t_model *adt, uint64_t index, uint64_t *num);
/* `valid` is what verify_img says of the image */
bool s2t_verify_image_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, bool valid, uint64_t *result);

/* Not in Coq: the first page from `pfn` on that may have an ownership record; the first address from `addr` on, in steps
 * of a page, that VM `vmid` may have mapped (memory_ops.c). */
s2t_pfn s2t_next_tracked(const struct s2t_model *adt, s2t_pfn pfn);
s2t_addr s2t_next_mapped(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr);

/* MemoryOpsSpec.v */
bool s2t_clear_vm_range_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t num);
bool s2t_prot_and_map_vm_s2pt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte,
                                   uint64_t level);
bool s2t_grant_stage2_sg_gpa_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t size);
bool s2t_revoke_stage2_sg_gpa_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t size);

/* VMPowerSpec.v */
bool s2t_set_vm_poweroff_spec(struct s2t_model *adt, s2t_vmid vmid);
bool s2t_get_vm_poweron_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t *power);
bool s2t_set_vm_poweroff_spec0(struct s2t_model *adt, s2t_vmid vmid);
bool s2t_get_vm_poweron_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t *power);

/* BootCoreSpec.v */
bool s2t_gen_vmid_spec(struct s2t_model *adt, uint64_t *vmid);
bool s2t_alloc_remap_addr_spec(struct s2t_model *adt, uint64_t pgnum, uint64_t *remap);
bool s2t_gen_vmid_spec0(struct s2t_model *adt, uint64_t *vmid);
bool s2t_alloc_remap_addr_spec0(struct s2t_model *adt, uint64_t pgnum, uint64_t *remap);

/* BootOpsSpec.v: the chains … */
bool s2t_search_load_info_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t addr, uint64_t *ret);
bool s2t_set_vcpu_active_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid);
bool s2t_set_vcpu_inactive_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid);
bool s2t_register_vcpu_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid);
bool s2t_register_kvm_spec0(struct s2t_model *adt, uint64_t *ret);
bool s2t_set_boot_info_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr load_addr, uint64_t size,
                             uint64_t *ret);
bool s2t_remap_vm_image_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t load_idx);
bool s2t_alloc_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index);
bool s2t_assign_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, s2t_gfn gfn);
bool s2t_map_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index, s2t_addr iova,
                        s2t_pte pte);
bool s2t_clear_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index, s2t_addr iova);
bool s2t_map_io_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa);
/* … the fused forms … */
bool s2t_search_load_info_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t addr, uint64_t *ret);
bool s2t_set_vcpu_active_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid);
bool s2t_set_vcpu_inactive_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid);
bool s2t_register_vcpu_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid);
bool s2t_register_kvm_spec(struct s2t_model *adt, uint64_t *ret);
bool s2t_set_boot_info_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr load_addr, uint64_t size,
                            uint64_t *ret);
bool s2t_remap_vm_image_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t load_idx);
bool s2t_assign_smmu_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, s2t_gfn gfn);
bool s2t_map_smmu_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index, s2t_addr iova,
                       s2t_pte pte);
bool s2t_clear_smmu_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index, s2t_addr iova);
bool s2t_map_io_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa);
/* … and what has one form */
bool s2t_verify_and_load_images_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t valid);

/* MmioRawSpec.v */
bool s2t_smmu_init_pte_spec(const struct s2t_model *adt, uint64_t prot, s2t_addr addr, s2t_pte *pte);

/* MmioCoreAuxSpec.v, MmioCoreSpec.v, MmioOpsAuxSpec.v: `offset` and `fault_ipa` of an SMMU's registers, `data` what is
 * written there */
bool s2t_handle_smmu_global_access_spec(struct s2t_model *adt, uint64_t data, uint64_t offset,
                                        uint64_t smmu_index, uint64_t *ret);
bool s2t_handle_smmu_cb_access_spec(struct s2t_model *adt, uint64_t offset, uint64_t *ret);
bool s2t_handle_smmu_write_spec(struct s2t_model *adt, uint64_t data, s2t_addr fault_ipa, uint64_t len,
                                uint64_t index);
bool s2t_handle_smmu_read_spec(struct s2t_model *adt, uint64_t len);
bool s2t_is_smmu_range_spec(struct s2t_model *adt, s2t_addr fault, uint64_t *res);
bool s2t_handle_host_mmio_spec(struct s2t_model *adt, s2t_addr addr, uint64_t index, uint64_t hsr,
                               uint64_t data);

/* MmioOpsSpec.v: the chains … */
bool s2t_emulate_mmio_spec0(struct s2t_model *adt, s2t_addr addr, uint64_t hsr, uint64_t data, uint64_t *ret);
bool s2t_el2_free_smmu_pgd_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index);
bool s2t_el2_alloc_smmu_pgd_spec0(struct s2t_model *adt, uint64_t cbndx, s2t_vmid vmid, uint64_t index);
bool s2t_smmu_assign_page_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_pfn pfn,
                                s2t_gfn gfn);
bool s2t_smmu_map_page_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr iova, s2t_pte pte);
bool s2t_el2_arm_lpae_iova_to_phys_spec0(struct s2t_model *adt, s2t_addr iova, uint64_t cbndx, uint64_t index,
                                         uint64_t *ret);
bool s2t_el2_arm_lpae_clear_spec0(struct s2t_model *adt, s2t_addr iova, uint64_t cbndx, uint64_t index);
/* … and the fused forms */
bool s2t_emulate_mmio_spec(struct s2t_model *adt, s2t_addr addr, uint64_t hsr, uint64_t data, uint64_t *ret);
bool s2t_el2_free_smmu_pgd_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index);
bool s2t_el2_alloc_smmu_pgd_spec(struct s2t_model *adt, uint64_t cbndx, s2t_vmid vmid, uint64_t index);
bool s2t_smmu_assign_page_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_pfn pfn, s2t_gfn gfn);
bool s2t_smmu_map_page_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr iova, s2t_pte pte);
bool s2t_el2_arm_lpae_iova_to_phys_spec(struct s2t_model *adt, s2t_addr iova, uint64_t cbndx, uint64_t index,
                                        uint64_t *ret);
bool s2t_el2_arm_lpae_clear_spec(struct s2t_model *adt, s2t_addr iova, uint64_t cbndx, uint64_t index);

/* MemHandlerSpec.v */
bool s2t_clear_vm_stage2_range_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr start, uint64_t size);
bool s2t_el2_arm_lpae_map_spec(struct s2t_model *adt, s2t_addr iova, s2t_addr paddr, uint64_t prot,
                               uint64_t cbndx, uint64_t index);
bool s2t_kvm_phys_addr_ioremap_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa,
                                    uint64_t size);

/* FaultHandlerSpec.v; `fault` is the address that HPFAR_EL2 and FAR_EL2 give */
bool s2t_handle_host_stage2_fault_spec(struct s2t_model *adt, s2t_addr fault, uint64_t esr, uint64_t data);

/* What a run takes from the host and the guest: pc of a first run, the fault of any other. */
struct s2t_run {
	uint64_t pc, addr, pte, level;
};
/* CtxtSwitchSpec.v with VCPUOpsSpec.v: restore_vm, restore_shadow_kvm_regs, save_vm, save_shadow_kvm_regs */
bool s2t_restore_vm_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, const struct s2t_run *run);

/* What a guest shows when it traps: exit code, ESR_EL2 and x0, x2, x3. */
struct s2t_exit {
	uint64_t ec, esr, x0, x2, x3;
};
bool s2t_save_vm_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid, const struct s2t_exit *exit);
/* FaultHandlerSpec.v, TrapDispatcherSpec.v, TrapHandlerRawSpec.v */
bool s2t_core_handle_pvops_spec(struct s2t_model *adt, s2t_vmid vmid, const struct s2t_exit *exit,
                                uint64_t *ret);
bool s2t_vm_exit_dispatcher_spec(struct s2t_model *adt, s2t_vmid vmid, const struct s2t_exit *exit,
                                 uint64_t *ret);
bool s2t_vm_exit_handler_raw_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid,
                                  const struct s2t_exit *exit);
/* x[0] is the number of the hypercall; `x0` its value afterwards */
bool s2t_host_hvc_dispatcher_spec(struct s2t_model *adt, const uint64_t x[6], uint64_t *x0);

/*
 * The form of the step. Not in Coq.
 */

/* Notes the case that an operation of the layers below took. After a halt none of them has one. */
static inline bool s2t_called(struct s2t_model *adt, bool some)
{
	if (some)
		adt->took[adt->case_id / 64] |= UINT64_C(1) << (adt->case_id % 64);
	return some;
}
#define S2T_NOTED(call) (adt->cpu.halt ? (call) : s2t_called(adt, (call)))

/* Of two forms, and of one. A chain that the high form runs, too, leaves the form of what it calls to the step. A chain
 * that only the other forms come to (the high form of the same operation is no chain) names it: `_spec0`. */
#define S2T_FORM(name, ...)                                                                                    \
	(adt->spec == S2T_SPEC_HIGH ? s2t_##name##_spec(__VA_ARGS__) : s2t_##name##_spec0(__VA_ARGS__))
#define S2T_CALL(name, ...)     S2T_NOTED(S2T_FORM(name, __VA_ARGS__))
#define S2T_CALL_ONE(name, ...) S2T_NOTED(s2t_##name##_spec(__VA_ARGS__))

/* The case of a step, or of an operation of it, that has just been told whether it halts. */
static inline void s2t_case(struct s2t_model *adt, enum s2t_case ok, enum s2t_case panic)
{
	adt->case_id = adt->cpu.halt ? panic : ok;
}

#endif
