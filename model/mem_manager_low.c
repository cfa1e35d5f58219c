/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MemManagerSpec.v, section MemManagerSpecLow: the ten operations as chains of calls of PageManager, NPTOps and
 * MmioSPTOps. This is what the verified code was proved against, and the reference.
 *
 * There is no test of halt here: after a halt the callees are the identity and return 0, so the branch for
 * owner 0, count 0, gfn 0 runs, and its relies still count.
 *
 * The case id is noted where the branch is known; a halt of a callee selects among its cases.
 */
#include "page_manager.h"

/* The case of a branch that ends in map_s2pt or map_spt. */
static void mapped(struct s2t_model *adt, enum s2t_case ok, enum s2t_case under_block, enum s2t_case exhausted)
{
	if (!adt->cpu.halt)
		adt->case_id = ok;
	else
		adt->case_id = adt->map_end == S2T_MAP_UNDER_BLOCK ? under_block : exhausted;
}

/* The case of a branch that calls clear_pfn_host. */
static void unmapped(struct s2t_model *adt, enum s2t_case absent, enum s2t_case present,
                     enum s2t_case under_block)
{
	if (adt->cpu.halt)
		adt->case_id = under_block;
	else
		adt->case_id = adt->host_entry == S2T_HOST_MAPPED ? present : absent;
}

bool s2t_map_page_host_spec0(struct s2t_model *adt, s2t_addr addr)
{
	uint32_t owner, count;

	rely(is_addr(addr));
	s2t_pfn pfn = addr / PAGE_SIZE;

	when(s2t_acquire_lock_s2page_spec(adt));
	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	when(s2t_get_pfn_count_spec(adt, pfn, &count));
	if (owner == INVALID) {
		s2t_pte perm = PAGE_S2_DEVICE | S2_RDWR;
		s2t_pte pte = (pfn * PAGE_SIZE) | perm;

		when(s2t_map_s2pt_spec(adt, HOSTVISOR, addr, 3, pte));
		mapped(adt, S2T_CASE_MPH_2, S2T_CASE_MPH_6, S2T_CASE_MPH_7);
		return s2t_release_lock_s2page_spec(adt);
	}
	if (owner == HOSTVISOR || count > 0) {
		s2t_pte perm = PAGE_S2_KERNEL;
		s2t_pte pte = (pfn * PAGE_SIZE) | perm;

		when(s2t_map_s2pt_spec(adt, HOSTVISOR, addr, 3, pte));
		mapped(adt, owner == HOSTVISOR ? S2T_CASE_MPH_3 : S2T_CASE_MPH_4, S2T_CASE_MPH_6,
		       S2T_CASE_MPH_7);
		return s2t_release_lock_s2page_spec(adt);
	}
	adt->case_id = S2T_CASE_MPH_5;
	when(s2t_panic_spec(adt));
	return s2t_release_lock_s2page_spec(adt);
}

bool s2t_clear_vm_page_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	uint32_t owner;

	rely(is_pfn(pfn));
	when(s2t_acquire_lock_s2page_spec(adt));
	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	if (owner == vmid) {
		when(s2t_clear_pfn_host_spec(adt, pfn));
		unmapped(adt, S2T_CASE_CVP_3, S2T_CASE_CVP_4, S2T_CASE_CVP_5);
		when(s2t_set_pfn_owner_spec(adt, pfn, HOSTVISOR));
		when(s2t_set_pfn_count_spec(adt, pfn, 0));
		when(s2t_set_pfn_map_spec(adt, pfn, pfn + adt->board.smmu_host_offset));
		when(s2t_clear_phys_page_spec(adt, pfn));
		return s2t_release_lock_s2page_spec(adt);
	}
	adt->case_id = S2T_CASE_CVP_2;
	return s2t_release_lock_s2page_spec(adt);
}

bool s2t_assign_pfn_to_vm_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	uint32_t owner, count;
	s2t_gfn map;

	rely(is_gfn(gfn));
	rely(is_pfn(pfn));
	when(s2t_acquire_lock_s2page_spec(adt));
	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	when(s2t_get_pfn_count_spec(adt, pfn, &count));
	if (owner == HOSTVISOR) {
		if (count == 0) {
			when(s2t_clear_pfn_host_spec(adt, pfn));
			unmapped(adt, S2T_CASE_APV_2, S2T_CASE_APV_3, S2T_CASE_APV_4);
			when(s2t_set_pfn_owner_spec(adt, pfn, vmid));
			when(s2t_set_pfn_map_spec(adt, pfn, gfn));
			when(s2t_fetch_from_doracle_spec(adt, vmid, pfn, 1));
			return s2t_release_lock_s2page_spec(adt);
		}
		adt->case_id = S2T_CASE_APV_5;
		when(s2t_panic_spec(adt));
		return s2t_release_lock_s2page_spec(adt);
	}
	if (owner == vmid) {
		when(s2t_get_pfn_map_spec(adt, pfn, &map));
		if (map == INVALID64) {
			adt->case_id = count == INVALID ? S2T_CASE_APV_9 : S2T_CASE_APV_8;
			when(s2t_set_pfn_map_spec(adt, pfn, gfn));
			if (count == INVALID)
				when(s2t_set_pfn_count_spec(adt, pfn, 0));
			return s2t_release_lock_s2page_spec(adt);
		}
		if (gfn == map) {
			adt->case_id = count == INVALID ? S2T_CASE_APV_7 : S2T_CASE_APV_6;
			if (count == INVALID)
				when(s2t_set_pfn_count_spec(adt, pfn, 0));
			return s2t_release_lock_s2page_spec(adt);
		}
		adt->case_id = S2T_CASE_APV_10;
		when(s2t_panic_spec(adt));
		return s2t_release_lock_s2page_spec(adt);
	}
	adt->case_id = S2T_CASE_APV_11;
	when(s2t_panic_spec(adt));
	return s2t_release_lock_s2page_spec(adt);
}

bool s2t_map_pfn_vm_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte, uint64_t level)
{
	rely(is_addr(addr));
	s2t_addr paddr = phys_page(pte);
	s2t_pte perm = PAGE_S2_KERNEL;

	if (level == 2) {
		when(s2t_map_s2pt_spec(adt, vmid, addr, 2, (paddr | perm) & NOT_PMD_TABLE_BIT));
		mapped(adt, S2T_CASE_MPV_3, S2T_CASE_MPV_6, S2T_CASE_MPV_6);
		return true;
	}
	when(s2t_map_s2pt_spec(adt, vmid, addr, 3, paddr | perm));
	mapped(adt, S2T_CASE_MPV_2, S2T_CASE_MPV_4, S2T_CASE_MPV_5);
	return true;
}

bool s2t_map_vm_io_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa)
{
	uint32_t owner;

	rely(is_addr(gpa));
	rely(is_addr(pa));
	s2t_pfn pfn = pa / PAGE_SIZE;
	s2t_pte pte = phys_page(pa) | (PAGE_S2_DEVICE | S2_RDWR);

	when(s2t_acquire_lock_s2page_spec(adt));
	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	if (owner == INVALID) {
		when(s2t_map_s2pt_spec(adt, vmid, gpa, 3, pte));
		mapped(adt, S2T_CASE_MVI_2, S2T_CASE_MVI_4, S2T_CASE_MVI_5);
		return s2t_release_lock_s2page_spec(adt);
	}
	adt->case_id = S2T_CASE_MVI_3;
	return s2t_release_lock_s2page_spec(adt);
}

bool s2t_grant_vm_page_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	uint32_t owner, count;

	rely(is_addr(pfn));
	when(s2t_acquire_lock_s2page_spec(adt));
	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	when(s2t_get_pfn_count_spec(adt, pfn, &count));
	adt->case_id = owner != vmid ? S2T_CASE_GVP_4 : S2T_CASE_GVP_3;
	if (owner == vmid && count < adt->board.max_share_count) {
		adt->case_id = S2T_CASE_GVP_2;
		when(s2t_set_pfn_count_spec(adt, pfn, count + 1));
		return s2t_release_lock_s2page_spec(adt);
	}
	return s2t_release_lock_s2page_spec(adt);
}

bool s2t_revoke_vm_page_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	uint32_t owner, count;

	rely(is_addr(pfn));
	when(s2t_acquire_lock_s2page_spec(adt));
	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	when(s2t_get_pfn_count_spec(adt, pfn, &count));
	if (owner == vmid && count > 0) {
		when(s2t_set_pfn_count_spec(adt, pfn, count - 1));
		if (count == 1) {
			when(s2t_clear_pfn_host_spec(adt, pfn));
			unmapped(adt, S2T_CASE_RVP_2, S2T_CASE_RVP_3, S2T_CASE_RVP_4);
			when(s2t_fetch_from_doracle_spec(adt, vmid, pfn, 1));
			return s2t_release_lock_s2page_spec(adt);
		}
		adt->case_id = S2T_CASE_RVP_5;
		return s2t_release_lock_s2page_spec(adt);
	}
	adt->case_id = owner == vmid ? S2T_CASE_RVP_6 : S2T_CASE_RVP_7;
	return s2t_release_lock_s2page_spec(adt);
}

bool s2t_assign_pfn_to_smmu_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	uint32_t owner, count;
	s2t_gfn map;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_gfn(gfn));
	rely(is_pfn(pfn));
	when(s2t_acquire_lock_s2page_spec(adt));
	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	when(s2t_get_pfn_count_spec(adt, pfn, &count));
	when(s2t_get_pfn_map_spec(adt, pfn, &map));
	if (owner == HOSTVISOR) {
		if (count == 0) {
			when(s2t_clear_pfn_host_spec(adt, pfn));
			unmapped(adt, S2T_CASE_APS_2, S2T_CASE_APS_3, S2T_CASE_APS_4);
			when(s2t_set_pfn_owner_spec(adt, pfn, vmid));
			when(s2t_set_pfn_map_spec(adt, pfn, gfn));
			when(s2t_set_pfn_count_spec(adt, pfn, INVALID));
			return s2t_release_lock_s2page_spec(adt);
		}
		adt->case_id = S2T_CASE_APS_5;
		when(s2t_panic_spec(adt));
		return s2t_release_lock_s2page_spec(adt);
	}
	if (owner == vmid) {
		adt->case_id = S2T_CASE_APS_6;
		return s2t_release_lock_s2page_spec(adt);
	}
	adt->case_id = S2T_CASE_APS_7;
	when(s2t_panic_spec(adt));
	return s2t_release_lock_s2page_spec(adt);
}

bool s2t_update_smmu_page_spec0(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index,
                                s2t_addr iova, s2t_pte pte)
{
	uint32_t owner, count;
	s2t_gfn map;

	rely(is_addr(iova));
	when(s2t_acquire_lock_s2page_spec(adt));
	s2t_pfn pfn = phys_page(pte) / PAGE_SIZE;
	s2t_gfn gfn = iova / PAGE_SIZE;

	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	when(s2t_get_pfn_map_spec(adt, pfn, &map));
	if (vmid == owner && gfn == map) {
		when(s2t_map_spt_spec(adt, cbndx, index, iova, pte));
		mapped(adt, S2T_CASE_USP_2, S2T_CASE_USP_5, S2T_CASE_USP_5);
		if (owner == HOSTVISOR) {
			when(s2t_get_pfn_count_spec(adt, pfn, &count));
			if (count < adt->board.el2_smmu_cfg_size) {
				mapped(adt, S2T_CASE_USP_3, S2T_CASE_USP_5, S2T_CASE_USP_5);
				when(s2t_set_pfn_count_spec(adt, pfn, count + 1));
				return s2t_release_lock_s2page_spec(adt);
			}
			mapped(adt, S2T_CASE_USP_4, S2T_CASE_USP_5, S2T_CASE_USP_5);
			return s2t_release_lock_s2page_spec(adt);
		}
		return s2t_release_lock_s2page_spec(adt);
	}
	adt->case_id = vmid != owner ? S2T_CASE_USP_6 : S2T_CASE_USP_7;
	when(s2t_panic_spec(adt));
	return s2t_release_lock_s2page_spec(adt);
}

bool s2t_unmap_smmu_page_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr iova)
{
	uint32_t owner, count;
	s2t_pte pte;

	rely(is_addr(iova));
	when(s2t_acquire_lock_s2page_spec(adt));
	when(s2t_unmap_spt_spec(adt, cbndx, index, iova, &pte));
	s2t_pfn pfn = phys_page(pte) / PAGE_SIZE;

	when(s2t_get_pfn_owner_spec(adt, pfn, &owner));
	if (owner == HOSTVISOR) {
		when(s2t_get_pfn_count_spec(adt, pfn, &count));
		if (count > 0) {
			adt->case_id = pte ? S2T_CASE_UMP_2 : S2T_CASE_UMP_5;
			when(s2t_set_pfn_count_spec(adt, pfn, count - 1));
			return s2t_release_lock_s2page_spec(adt);
		}
		adt->case_id = pte ? S2T_CASE_UMP_3 : S2T_CASE_UMP_6;
		return s2t_release_lock_s2page_spec(adt);
	}
	adt->case_id = pte ? S2T_CASE_UMP_4 : S2T_CASE_UMP_7;
	return s2t_release_lock_s2page_spec(adt);
}
