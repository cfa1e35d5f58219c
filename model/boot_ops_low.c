/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BootOpsSpec.v, section BootOpsSpecLow: the life of a VM, and the SMMU's pages of one, as chains over the words of the
 * VM and the layers below.
 *
 * Like those of MemManager they do not test for a halt: what they call does nothing then and returns 0.
 */
#include "hyper.h"

bool s2t_search_load_info_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t addr, uint64_t *ret)
{
	uint64_t num;

	rely(s2t_is_vmid(adt, vmid));
	*ret = 0;
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_next_load_idx_spec(adt, vmid, &num));
	rely(num <= MAX_LOAD_INFO_NUM);
	for (uint64_t idx = 0; idx < num; idx++) {
		uint64_t base, size, remap_addr;

		rely(is_load_idx(idx));
		rely(is_addr(*ret));
		when(s2t_get_vm_image_spec(adt, vmid, idx, S2T_IMAGE_ADDR, &base));
		when(s2t_get_vm_image_spec(adt, vmid, idx, S2T_IMAGE_SIZE, &size));
		when(s2t_get_vm_image_spec(adt, vmid, idx, S2T_IMAGE_REMAP, &remap_addr));
		rely(is_addr(base));
		rely(is_addr(size));
		rely(is_addr(remap_addr));
		if (addr >= base && addr < base + size)
			*ret = (addr - base) + remap_addr;
	}
	when(s2t_release_lock_vm_spec(adt, vmid));
	*ret = s2t_check_spec(adt, *ret);
	adt->case_id = *ret ? S2T_CASE_SLI_2 : S2T_CASE_SLI_3;
	return true;
}

bool s2t_set_vcpu_active_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid)
{
	uint64_t vm_state, vcpu_state;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_state_spec(adt, vmid, &vm_state));
	when(s2t_get_vcpu_state_spec(adt, vmid, vcpuid, &vcpu_state));
	if (vm_state == VERIFIED && vcpu_state == READY)
		when(s2t_set_vcpu_state_spec(adt, vmid, vcpuid, ACTIVE));
	else
		when(s2t_panic_spec(adt));
	return s2t_release_lock_vm_spec(adt, vmid);
}

bool s2t_set_vcpu_inactive_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid)
{
	uint64_t vcpu_state;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vcpu_state_spec(adt, vmid, vcpuid, &vcpu_state));
	if (vcpu_state == ACTIVE)
		when(s2t_set_vcpu_state_spec(adt, vmid, vcpuid, READY));
	else
		when(s2t_panic_spec(adt));
	return s2t_release_lock_vm_spec(adt, vmid);
}

bool s2t_register_vcpu_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t vcpuid)
{
	uint64_t vm_state, vcpu_state;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_vcpu(vcpuid));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_state_spec(adt, vmid, &vm_state));
	when(s2t_get_vcpu_state_spec(adt, vmid, vcpuid, &vcpu_state));
	if (vm_state == READY && vcpu_state == UNUSED) {
		when(s2t_set_vcpu_state_spec(adt, vmid, vcpuid, READY));
		when(s2t_set_vcpu_fresh(adt, vmid, vcpuid, 1));
		adt->case_id = S2T_CASE_RGV_2;
		return s2t_release_lock_vm_spec(adt, vmid);
	}
	adt->case_id = vm_state != READY ? S2T_CASE_RGV_3 : S2T_CASE_RGV_4;
	when(s2t_panic_spec(adt));
	return s2t_release_lock_vm_spec(adt, vmid);
}

bool s2t_register_kvm_spec0(struct s2t_model *adt, uint64_t *ret)
{
	uint64_t vmid, state;

	when(s2t_gen_vmid_spec0(adt, &vmid));
	rely(s2t_is_vmid(adt, vmid));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_state_spec(adt, vmid, &state));
	if (state == UNUSED) {
		when(s2t_set_vm_state_spec(adt, vmid, READY));
		s2t_case(adt, S2T_CASE_RGK_2, S2T_CASE_RGK_3);
	} else {
		adt->case_id = S2T_CASE_RGK_4;
		when(s2t_panic_spec(adt));
	}
	when(s2t_release_lock_vm_spec(adt, vmid));
	*ret = s2t_check_spec(adt, vmid);
	return true;
}

bool s2t_set_boot_info_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr load_addr, uint64_t size,
                             uint64_t *ret)
{
	uint64_t state, load_idx, remap_addr;

	rely(is_addr(load_addr));
	rely(is_addr(size));
	rely(s2t_is_vmid(adt, vmid));
	*ret = 0;
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_state_spec(adt, vmid, &state));
	if (state != READY) {
		adt->case_id = S2T_CASE_SBI_4;
		when(s2t_panic_spec(adt));
		return s2t_release_lock_vm_spec(adt, vmid);
	}
	when(s2t_get_vm_next_load_idx_spec(adt, vmid, &load_idx));
	if (load_idx < MAX_LOAD_INFO_NUM) {
		when(s2t_set_vm_next_load_idx_spec(adt, vmid, load_idx + 1));
		const uint64_t page_count = (size + 4095) / PAGE_SIZE;

		when(S2T_FORM(alloc_remap_addr, adt, page_count, &remap_addr));
		rely(is_addr(remap_addr));
		when(s2t_set_vm_image_spec(adt, vmid, load_idx, S2T_IMAGE_ADDR, load_addr));
		when(s2t_set_vm_image_spec(adt, vmid, load_idx, S2T_IMAGE_SIZE, size));
		when(s2t_set_vm_image_spec(adt, vmid, load_idx, S2T_IMAGE_REMAP, remap_addr));
		when(s2t_set_vm_image_spec(adt, vmid, load_idx, S2T_IMAGE_MAPPED, 0));
		s2t_case(adt, S2T_CASE_SBI_2, S2T_CASE_SBI_5);
	} else {
		adt->case_id = S2T_CASE_SBI_3;
	}
	when(s2t_release_lock_vm_spec(adt, vmid));
	*ret = s2t_check_spec(adt, load_idx);
	return true;
}

bool s2t_remap_vm_image_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, uint64_t load_idx)
{
	uint64_t state, load_info_cnt, size, mapped, remap_addr;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_load_idx(load_idx));
	rely(is_pfn(pfn));
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_state_spec(adt, vmid, &state));
	if (state != READY) {
		adt->case_id = S2T_CASE_RMI_5;
		when(s2t_panic_spec(adt));
		return s2t_release_lock_vm_spec(adt, vmid);
	}
	adt->case_id = S2T_CASE_RMI_3;
	when(s2t_get_vm_next_load_idx_spec(adt, vmid, &load_info_cnt));
	if (load_idx >= load_info_cnt)
		return s2t_release_lock_vm_spec(adt, vmid);
	when(s2t_get_vm_image_spec(adt, vmid, load_idx, S2T_IMAGE_SIZE, &size));
	rely(is_addr(size));
	const uint64_t page_count = (size + 4095) / PAGE_SIZE;

	when(s2t_get_vm_image_spec(adt, vmid, load_idx, S2T_IMAGE_MAPPED, &mapped));
	rely(is_addr(mapped));
	when(s2t_get_vm_image_spec(adt, vmid, load_idx, S2T_IMAGE_REMAP, &remap_addr));
	rely(is_addr(remap_addr));
	const s2t_addr target = remap_addr + mapped * PAGE_SIZE;

	adt->case_id = S2T_CASE_RMI_4;
	if (mapped >= page_count)
		return s2t_release_lock_vm_spec(adt, vmid);
	when(S2T_CALL_ONE(map_s2pt, adt, adt->board.corevisor, target, 3, (pfn * PAGE_SIZE) | PAGE_HYP));
	s2t_case(adt, S2T_CASE_RMI_2, adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_RMI_7 : S2T_CASE_RMI_6);
	when(s2t_set_vm_image_spec(adt, vmid, load_idx, S2T_IMAGE_MAPPED, mapped + 1));
	return s2t_release_lock_vm_spec(adt, vmid);
}

/* How an operation of the SMMU on a VM begins: it panics if the VM is VERIFIED. Others than VMs are not asked. */
static bool acquire_unless_verified(struct s2t_model *adt, s2t_vmid vmid, bool *verified)
{
	uint64_t state;

	*verified = false;
	when(s2t_acquire_lock_vm_spec(adt, vmid));
	if (!s2t_is_vm(adt, vmid))
		return true;
	when(s2t_get_vm_state_spec(adt, vmid, &state));
	*verified = state == VERIFIED;
	return !*verified || s2t_panic_spec(adt);
}

/* How it ends. */
static bool release_info(struct s2t_model *adt, s2t_vmid vmid, bool verified)
{
	if (verified)
		adt->case_id = S2T_CASE_ALM_5;
	return s2t_release_lock_vm_spec(adt, vmid);
}

bool s2t_alloc_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index)
{
	bool verified;

	when(acquire_unless_verified(adt, vmid, &verified));
	when(S2T_CALL_ONE(init_spt, adt, cbndx, index));
	return release_info(adt, vmid, verified);
}

bool s2t_assign_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, s2t_gfn gfn)
{
	bool verified;

	when(acquire_unless_verified(adt, vmid, &verified));
	if (s2t_is_vm(adt, vmid) && !verified)
		when(S2T_NOTED(s2t_assign_pfn_to_smmu_spec0(adt, vmid, gfn, pfn)));
	return release_info(adt, vmid, verified);
}

bool s2t_map_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index, s2t_addr iova,
                        s2t_pte pte)
{
	bool verified;

	when(acquire_unless_verified(adt, vmid, &verified));
	when(S2T_CALL(update_smmu_page, adt, vmid, cbndx, index, iova, pte));
	return release_info(adt, vmid, verified);
}

bool s2t_clear_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index, s2t_addr iova)
{
	bool verified;

	when(acquire_unless_verified(adt, vmid, &verified));
	when(S2T_CALL(unmap_smmu_page, adt, cbndx, index, iova));
	return release_info(adt, vmid, verified);
}

bool s2t_map_io_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa)
{
	uint64_t state;

	when(s2t_acquire_lock_vm_spec(adt, vmid));
	when(s2t_get_vm_state_spec(adt, vmid, &state));
	if (state == READY)
		when(S2T_CALL(map_vm_io, adt, vmid, gpa, pa));
	else
		when(s2t_panic_spec(adt));
	return s2t_release_lock_vm_spec(adt, vmid);
}
