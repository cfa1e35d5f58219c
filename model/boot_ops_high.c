/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BootOpsSpec.v, section BootOpsSpec: the same as one step each. Relies come first, then the halt test, then the locks
 * that a step might take must be free. What follows is, with two exceptions, the chain of the low form: a chain whose
 * locks are free is the fused step, and the events of two logs have no order.
 *
 * assign_smmu_spec has its test of the VM's state the wrong way round: only the pages of a VM that is VERIFIED are
 * assigned. search_load_info_spec has a rely of its own.
 */
#include "hyper.h"

/* INFO of `vmid` is free. */
static bool info_empty(struct s2t_model *adt, s2t_vmid vmid)
{
	return s2t_lock_empty(adt, s2t_info_id(adt, vmid));
}

bool s2t_search_load_info_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t addr, uint64_t *ret)
{
	rely(s2t_is_vmid(adt, vmid));
	*ret = 0;
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	const struct s2t_vm_info *info = &adt->info[vmid];
	const uint64_t num = info->vm[S2T_VM_IMAGES];

	rely(num <= MAX_LOAD_INFO_NUM);
	for (uint64_t idx = 0; idx < num; idx++) {
		const uint64_t base = info->image[idx][S2T_IMAGE_ADDR];
		const uint64_t size = info->image[idx][S2T_IMAGE_SIZE];
		const uint64_t remap = info->image[idx][S2T_IMAGE_REMAP];

		rely(is_addr(base));
		rely(is_addr(size));
		rely(is_addr(remap));
		rely(remap + size <= KVM_ADDR_SPACE);
		if (addr >= base && addr < base + size)
			*ret = (addr - base) + remap;
	}
	adt->case_id = *ret ? S2T_CASE_SLI_2 : S2T_CASE_SLI_3;
	return s2t_release_lock_vm_spec(adt, vmid);
}

bool s2t_set_vcpu_active_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	return s2t_set_vcpu_active_spec0(adt, vmid, vcpuid);
}

bool s2t_set_vcpu_inactive_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	return s2t_set_vcpu_inactive_spec0(adt, vmid, vcpuid);
}

bool s2t_register_vcpu_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	return s2t_register_vcpu_spec0(adt, vmid, vcpuid);
}

bool s2t_register_kvm_spec(struct s2t_model *adt, uint64_t *ret)
{
	uint64_t vmid;

	*ret = 0;
	if (adt->cpu.halt)
		return true;
	when(s2t_gen_vmid_spec(adt, &vmid));
	adt->case_id = S2T_CASE_RGK_3;
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	if (adt->info[vmid].vm[S2T_VM_STATE] != UNUSED) {
		adt->case_id = S2T_CASE_RGK_4;
		return s2t_panic_spec(adt);
	}
	s2t_set_vm(adt, vmid, S2T_VM_STATE, READY);
	adt->case_id = S2T_CASE_RGK_2;
	*ret = vmid;
	return s2t_release_lock_vm_spec(adt, vmid);
}

bool s2t_set_boot_info_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr load_addr, uint64_t size,
                            uint64_t *ret)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(load_addr));
	rely(is_addr(size));
	*ret = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_CORE));
	rely(info_empty(adt, vmid));
	return s2t_set_boot_info_spec0(adt, vmid, load_addr, size, ret);
}

bool s2t_remap_vm_image_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t load_idx)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_load_idx(load_idx));
	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, s2t_npt_id(adt->board.corevisor)));
	rely(info_empty(adt, vmid));
	return s2t_remap_vm_image_spec0(adt, vmid, pfn, load_idx);
}

/* alloc_smmu_spec is called by nobody: the fused form of el2_alloc_smmu_pgd does without it. */
bool s2t_assign_smmu_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, s2t_gfn gfn)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_gfn(gfn));
	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, s2t_npt_id(HOSTVISOR)));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	if (s2t_is_vm(adt, vmid)) {
		if (adt->info[vmid].vm[S2T_VM_STATE] != VERIFIED) {
			adt->case_id = S2T_CASE_ALM_9;
			return s2t_panic_spec(adt);
		}
		when(S2T_CALL_ONE(assign_pfn_to_smmu, adt, vmid, gfn, pfn));
	}
	return s2t_release_lock_vm_spec(adt, vmid);
}

bool s2t_map_smmu_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index, s2t_addr iova,
                       s2t_pte pte)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(iova));
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, S2T_LOCK_SPT));
	return s2t_map_smmu_spec0(adt, vmid, cbndx, index, iova, pte);
}

bool s2t_clear_smmu_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index, s2t_addr iova)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(iova));
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, S2T_LOCK_SPT));
	return s2t_clear_smmu_spec0(adt, vmid, cbndx, index, iova);
}

bool s2t_map_io_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(gpa));
	rely(is_addr(pa));
	if (adt->cpu.halt)
		return true;
	rely(info_empty(adt, vmid));
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, s2t_npt_id(vmid)));
	return s2t_map_io_spec0(adt, vmid, gpa, pa);
}
