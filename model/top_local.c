/* SPDX-License-Identifier: BSD-2-Clause */
/* TrapHandlerSpec.v, ConcurrentSpec: pages, stage-2 tables and SMMU tables. */
#include "top.h"

void s2t_hlock_false(struct s2t_model *adt, uint32_t id)
{
	if (s2t_hlock(adt, id))
		s2t_set_lock_own(adt, id);
}

/* pfn @ s2p. No page beyond 2^36 has a record. */
static bool page_at(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page *page)
{
	const struct s2t_page *found = s2t_s2page(adt, is_gfn(pfn) ? pfn : KVM_GFN_SPACE - 1);

	rely(found);
	*page = is_gfn(pfn) ? *found : (struct s2t_page){ INVALID, INVALID, INVALID64 };
	return true;
}

/* match (if pte =? 0 then (false, npt) else local_mmap_h HOSTVISOR … PAGE_GUEST npt): unlike below, a tombstone counts */
static bool unmap_host(struct s2t_model *adt, s2t_pfn pfn, bool *halt)
{
	*halt = false;
	if (!is_gfn(pfn) || s2t_pt(adt, HOSTVISOR, pfn).pte == 0)
		return true;
	when(s2t_local_mmap(adt, HOSTVISOR, pfn * PAGE_SIZE, 3, PAGE_GUEST, halt));
	if (*halt) {
		s2t_hlock_false(adt, S2T_LOCK_S2PAGE);
		s2t_hlock_false(adt, s2t_npt_id(HOSTVISOR));
	}
	return true;
}

static bool draw_content(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	uint64_t *logn = &adt->vm[vmid].data_log;

	when(s2t_set_flatmem(adt, pfn, s2t_doracle(adt, vmid, *logn)));
	s2t_set_word(adt, (struct s2t_touch){ .kind = S2T_ENTRY_DATA_LOG, .a = (uint32_t)vmid }, logn,
	             *logn + 1);
	return true;
}

bool s2t_local_map_host(struct s2t_model *adt, s2t_addr addr, bool *halt)
{
	const s2t_pfn pfn = addr / PAGE_SIZE;
	struct s2t_page page;

	*halt = true;
	adt->case_id = S2T_CASE_HFT_3;
	when(page_at(adt, pfn, &page));
	if (page.owner != INVALID && page.owner != HOSTVISOR && page.count == 0) {
		s2t_hlock_false(adt, S2T_LOCK_S2PAGE);
		return true;
	}
	const s2t_pte perm = page.owner == INVALID ? PAGE_S2_DEVICE | S2_RDWR : PAGE_S2_KERNEL;

	when(s2t_local_mmap(adt, HOSTVISOR, addr, 3, (pfn * PAGE_SIZE) | perm, halt));
	adt->case_id = *halt ? S2T_CASE_HFT_4 : S2T_CASE_HFT_2;
	if (*halt) {
		s2t_hlock_false(adt, S2T_LOCK_S2PAGE);
		s2t_hlock_false(adt, s2t_npt_id(HOSTVISOR));
	}
	return true;
}

bool s2t_local_clear_vm_page(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, bool *halt)
{
	struct s2t_page page;

	*halt = false;
	adt->case_id = S2T_CASE_CVP_2;
	when(page_at(adt, pfn, &page));
	if (page.owner != vmid)
		return true;
	adt->case_id = S2T_CASE_CVP_3;
	when(unmap_host(adt, pfn, halt));
	if (*halt)
		return true;
	s2t_set_s2page(adt, pfn, (struct s2t_page){ HOSTVISOR, 0, pfn + adt->board.smmu_host_offset });
	return s2t_set_flatmem(adt, pfn, 0);
}

/* Where the page is the VM's already, the new record is computed, but the old one stored. */
bool s2t_local_assign_pfn_to_vm(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn, bool *halt)
{
	struct s2t_page page;

	when(page_at(adt, pfn, &page));
	*halt = true;
	if (page.owner == HOSTVISOR && page.count == 0) {
		s2t_set_s2page(adt, pfn, (struct s2t_page){ (uint32_t)vmid, 0, gfn });
		when(unmap_host(adt, pfn, halt));
		return *halt || draw_content(adt, vmid, pfn);
	}
	if (page.owner != HOSTVISOR && page.owner == vmid && (page.gfn == INVALID64 || page.gfn == gfn)) {
		*halt = false;
		return true;
	}
	s2t_hlock_false(adt, S2T_LOCK_S2PAGE);
	return true;
}

bool s2t_local_map_pfn_vm(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte, uint64_t level,
                          bool *halt)
{
	const s2t_pte new = phys_page(pte) | PAGE_S2_KERNEL;

	when(s2t_local_mmap(adt, vmid, addr, level == 2 ? 2 : 3, level == 2 ? new &NOT_PMD_TABLE_BIT : new,
	                    halt));
	if (*halt)
		s2t_hlock_false(adt, s2t_npt_id(vmid));
	return true;
}

bool s2t_local_map_io(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa, bool *halt)
{
	struct s2t_page page;

	*halt = false;
	adt->case_id = S2T_CASE_MVI_3;
	if (adt->info[vmid].vm[S2T_VM_STATE] != READY) {
		s2t_hlock_false(adt, s2t_info_id(adt, vmid));
		adt->case_id = S2T_CASE_KPI_5;
		*halt = true;
		return true;
	}
	when(page_at(adt, pa / PAGE_SIZE, &page));
	if (page.owner != INVALID)
		return true;
	when(s2t_local_mmap(adt, vmid, gpa, 3, phys_page(pa) | (PAGE_S2_DEVICE | S2_RDWR), halt));
	adt->case_id = !*halt                                ? S2T_CASE_MVI_2
	               : adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_MVI_4
	                                                     : S2T_CASE_MVI_5;
	if (*halt) {
		s2t_hlock_false(adt, s2t_info_id(adt, vmid));
		s2t_hlock_false(adt, S2T_LOCK_S2PAGE);
		s2t_hlock_false(adt, s2t_npt_id(vmid));
	}
	return true;
}

bool s2t_local_grant_vm_page(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	struct s2t_page page;

	when(page_at(adt, pfn, &page));
	if (page.owner == vmid && page.count < adt->board.max_share_count) {
		page.count++;
		s2t_set_s2page(adt, pfn, page);
	}
	return true;
}

bool s2t_local_revoke_vm_page(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn, bool *halt)
{
	struct s2t_page page;

	*halt = false;
	when(page_at(adt, pfn, &page));
	if (page.owner != vmid || page.count == 0)
		return true;
	page.count--;
	s2t_set_s2page(adt, pfn, page);
	if (page.count != 0)
		return true;
	when(unmap_host(adt, pfn, halt));
	return *halt || draw_content(adt, vmid, pfn);
}

/* The halts of what an SMMU asks: the objects that it has pulled so far. */
static void leave(struct s2t_model *adt, s2t_vmid vmid, bool s2page)
{
	s2t_hlock_false(adt, S2T_LOCK_SMMU);
	s2t_hlock_false(adt, s2t_info_id(adt, vmid));
	if (s2page)
		s2t_hlock_false(adt, S2T_LOCK_S2PAGE);
}

bool s2t_local_smmu_assign_page(struct s2t_model *adt, unsigned context, s2t_pfn pfn, s2t_gfn gfn, bool *halt)
{
	const s2t_vmid vmid = adt->smmu_cfg[context];
	struct s2t_page page;

	*halt = false;
	if (!s2t_is_vm(adt, vmid))
		return true;
	if (adt->info[vmid].vm[S2T_VM_STATE] == VERIFIED) {
		leave(adt, vmid, false);
		adt->case_id = S2T_CASE_ALM_5;
		*halt = true;
		return true;
	}
	when(page_at(adt, pfn, &page));
	if (page.owner == HOSTVISOR && page.count == 0) {
		adt->case_id = S2T_CASE_ALM_6;
		when(unmap_host(adt, pfn, halt));
		if (*halt)
			leave(adt, vmid, true);
		else
			s2t_set_s2page(adt, pfn, (struct s2t_page){ (uint32_t)vmid, INVALID, gfn });
		return true;
	}
	if (page.owner == vmid)
		return true;
	leave(adt, vmid, true);
	adt->case_id = S2T_CASE_ALM_6;
	*halt = true;
	return true;
}

bool s2t_local_smmu_map_page(struct s2t_model *adt, unsigned context, s2t_addr iova, s2t_pte pte, bool *halt)
{
	const s2t_vmid vmid = adt->smmu_cfg[context];
	const s2t_pfn pfn = phys_page(pte) / PAGE_SIZE;
	struct s2t_page page;

	*halt = false;
	adt->case_id = S2T_CASE_ALM_3;
	if (vmid == INVALID)
		return true;
	*halt = true;
	adt->case_id = S2T_CASE_ALM_5;
	if (s2t_is_vm(adt, vmid) && adt->info[vmid].vm[S2T_VM_STATE] == VERIFIED) {
		leave(adt, vmid, false);
		return true;
	}
	adt->case_id = S2T_CASE_ALM_7;
	when(page_at(adt, pfn, &page));
	if (page.owner != vmid || page.gfn != iova / PAGE_SIZE) {
		leave(adt, vmid, true);
		return true;
	}
	when(s2t_local_spt_map(adt, context % SMMU_CTXT_BANKS, context / SMMU_CTXT_BANKS, iova, pte, halt));
	adt->case_id = *halt ? S2T_CASE_ALM_8 : s2t_is_vm(adt, vmid) ? S2T_CASE_ALM_2 : S2T_CASE_ALM_4;
	if (*halt) {
		leave(adt, vmid, true);
		s2t_hlock_false(adt, S2T_LOCK_SPT);
	} else if (page.owner == HOSTVISOR && page.count < adt->board.el2_smmu_cfg_size) {
		page.count++;
		s2t_set_s2page(adt, pfn, page);
	}
	return true;
}

/* Here a VM that is powered off halts, too. */
bool s2t_local_smmu_clear(struct s2t_model *adt, unsigned context, s2t_addr iova, bool *halt)
{
	const s2t_vmid vmid = adt->smmu_cfg[context];
	struct s2t_page page;

	*halt = false;
	adt->case_id = S2T_CASE_ALC_2;
	if (vmid == INVALID)
		return true;
	if (s2t_is_vm(adt, vmid) && adt->info[vmid].vm[S2T_VM_STATE] >= VERIFIED) {
		leave(adt, vmid, false);
		adt->case_id = S2T_CASE_ALC_5;
		*halt = true;
		return true;
	}
	const s2t_pte pte = s2t_spt(adt, context, iova / PAGE_SIZE);
	const s2t_pfn pfn = phys_page(pte) / PAGE_SIZE;

	adt->case_id = pte ? S2T_CASE_ALC_3 : S2T_CASE_ALC_4;
	if (pte) /* its tables exist, so this does not halt */
		when(s2t_local_spt_map(adt, context % SMMU_CTXT_BANKS, context / SMMU_CTXT_BANKS, iova, 0,
		                       halt));
	when(page_at(adt, pfn, &page));
	if (page.owner == HOSTVISOR && page.count > 0) {
		page.count--;
		s2t_set_s2page(adt, pfn, page);
	}
	return true;
}
