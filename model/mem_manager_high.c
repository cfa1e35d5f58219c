/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MemManagerSpec.v, section MemManagerSpec: the ten operations as one atomic step each. Relies come first, then
 * the halt test, then every lock that the operation might take must be free, on all of its branches.
 *
 * The Coq text orders the events of one log, but none of two logs: here a lock is pulled where its object is first
 * needed, S2PAGE before any other, and all are left at the end.
 *
 * Where they differ from the low form: clear_vm_page does not look at the host table; assign_pfn_to_smmu draws
 * from the doracle; assign_pfn_to_vm keeps its new record when unmapping the host halts.
 */
#include "spec.h"

/* What an operation leaves of a lock that it took: held after a halt, with nothing more on its log; otherwise
 * free, after a snapshot and the release. */
static bool leave(struct s2t_model *adt, uint32_t id)
{
	rely(!adt->cpu.halt || adt->cpu.held_count < S2T_MAX_HELD); /* not representable, as in acquire */
	if (!adt->cpu.halt)
		return s2t_push(adt, id);
	s2t_set_lock_own(adt, id);
	return true;
}

/* The end of a step: halt, tstate and the S2PAGE lock, which nine of the ten take. */
static bool end_step(struct s2t_model *adt, bool halt, enum s2t_case case_id)
{
	adt->cpu.halt = halt;
	adt->cpu.tstate = halt ? 0 : 1;
	adt->case_id = case_id;
	return leave(adt, S2T_LOCK_S2PAGE);
}

/* pfn @ s2p */
static bool s2p_at(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page *page)
{
	const struct s2t_page *found = s2t_s2page(adt, pfn);

	rely(found);
	*page = *found;
	return true;
}

/* s2p := CalS2Page (s2page shared) (spo cpu spl0), spl := OPULL :: WAIT_LOCK :: …; page := pfn @ s2p */
static bool pull_s2page(struct s2t_model *adt, s2t_pfn pfn, struct s2t_page *page)
{
	when(s2t_pull(adt, S2T_LOCK_S2PAGE));
	return s2p_at(adt, pfn, page);
}

/* npt := CalNPT …; `if level = 0 then Some (false, npt) else local_mmap HOSTVISOR …`: takes the page from the
 * host's table. */
static bool unmap_host(struct s2t_model *adt, s2t_pfn pfn, bool *halt)
{
	when(s2t_pull(adt, s2t_npt_id(HOSTVISOR)));
	struct s2t_npt_entry entry = s2t_pt(adt, HOSTVISOR, pfn);

	*halt = false;
	adt->host_entry = S2T_HOST_ABSENT;
	if ((phys_page(entry.pte) == 0 ? 0 : entry.level) == 0)
		return true;
	adt->host_entry = S2T_HOST_MAPPED;
	return s2t_local_mmap(adt, HOSTVISOR, pfn * PAGE_SIZE, 3, PAGE_GUEST, halt);
}

/* fmem := CalFlatmem …, fmem' := fmem # pfn == token, and its event */
static bool set_content(struct s2t_model *adt, s2t_pfn pfn, s2t_token token)
{
	when(s2t_pull_flatmem(adt));
	when(s2t_set_flatmem(adt, pfn, token));
	return s2t_push_flatmem(adt);
}

/* fmem' := fmem # pfn == doracle vmid logn, data_log # vmid == logn + 1 */
static bool draw_content(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	uint64_t *logn = &adt->vm[vmid].data_log;

	when(set_content(adt, pfn, s2t_doracle(adt, vmid, *logn)));
	s2t_set_word(adt, (struct s2t_touch){ .kind = S2T_ENTRY_DATA_LOG, .a = (uint32_t)vmid }, logn,
	             *logn + 1);
	return true;
}

static enum s2t_case unmap_case(const struct s2t_model *adt, bool halt, enum s2t_case absent,
                                enum s2t_case present, enum s2t_case under_block)
{
	return halt ? under_block : adt->host_entry == S2T_HOST_MAPPED ? present : absent;
}

bool s2t_map_page_host_spec(struct s2t_model *adt, s2t_addr addr)
{
	struct s2t_page page;
	bool halt;

	rely(is_paddr(addr));
	s2t_pfn pfn = addr / PAGE_SIZE;

	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, s2t_npt_id(HOSTVISOR)));
	when(pull_s2page(adt, pfn, &page));
	if (page.owner == INVALID || page.owner == HOSTVISOR || page.count > 0) {
		s2t_pte pte = page.owner == INVALID ? (pfn * PAGE_SIZE) | (PAGE_S2_DEVICE | S2_RDWR)
		                                    : (pfn * PAGE_SIZE) | PAGE_S2_KERNEL;

		when(s2t_pull(adt, s2t_npt_id(HOSTVISOR)));
		when(s2t_local_mmap(adt, HOSTVISOR, addr, 3, pte, &halt));
		when(end_step(adt, halt,
		              halt && adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_MPH_6
		              : halt                                      ? S2T_CASE_MPH_7
		              : page.owner == INVALID                     ? S2T_CASE_MPH_2
		              : page.owner == HOSTVISOR                   ? S2T_CASE_MPH_3
		                                                          : S2T_CASE_MPH_4));
		return leave(adt, s2t_npt_id(HOSTVISOR));
	}
	return end_step(adt, true, S2T_CASE_MPH_5);
}

bool s2t_clear_vm_page_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	struct s2t_page page;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	when(pull_s2page(adt, pfn, &page));
	if (page.owner == vmid) {
		s2t_set_s2page(adt, pfn, (struct s2t_page){ HOSTVISOR, 0, pfn + adt->board.smmu_host_offset });
		when(set_content(adt, pfn, 0));
		return end_step(adt, false, S2T_CASE_CVP_6);
	}
	return end_step(adt, false, S2T_CASE_CVP_2);
}

bool s2t_assign_pfn_to_vm_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	struct s2t_page page;
	bool halt;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_gfn(gfn));
	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, s2t_npt_id(HOSTVISOR)));
	when(pull_s2page(adt, pfn, &page));
	if (page.owner == HOSTVISOR) {
		if (page.count == 0) {
			s2t_set_s2page(adt, pfn, (struct s2t_page){ (uint32_t)vmid, 0, gfn });
			when(unmap_host(adt, pfn, &halt));
			if (!halt)
				when(draw_content(adt, vmid, pfn));
			when(end_step(adt, halt,
			              unmap_case(adt, halt, S2T_CASE_APV_2, S2T_CASE_APV_3, S2T_CASE_APV_4)));
			return leave(adt, s2t_npt_id(HOSTVISOR));
		}
		return end_step(adt, true, S2T_CASE_APV_5);
	}
	if (page.owner == vmid && (page.gfn == INVALID64 || gfn == page.gfn)) {
		enum s2t_case counted = page.gfn == INVALID64 ? S2T_CASE_APV_8 : S2T_CASE_APV_6;
		enum s2t_case uncounted = page.gfn == INVALID64 ? S2T_CASE_APV_9 : S2T_CASE_APV_7;
		enum s2t_case case_id = page.count == INVALID ? uncounted : counted;

		page.count = page.count == INVALID ? 0 : page.count;
		page.gfn = gfn;
		s2t_set_s2page(adt, pfn, page);
		return end_step(adt, false, case_id);
	}
	return end_step(adt, true, page.owner == vmid ? S2T_CASE_APV_10 : S2T_CASE_APV_11);
}

bool s2t_map_pfn_vm_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte pte, uint64_t level)
{
	bool halt;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, s2t_npt_id(vmid)));
	s2t_addr paddr = phys_page(pte);
	s2t_pte perm = PAGE_S2_KERNEL;
	s2t_pte pte1 = level == 2 ? (paddr | perm) & NOT_PMD_TABLE_BIT : paddr | perm;
	uint64_t level1 = level == 2 ? 2 : 3;

	when(s2t_pull(adt, s2t_npt_id(vmid)));
	when(s2t_local_mmap(adt, vmid, addr, level1, pte1, &halt));
	adt->cpu.halt = halt;
	adt->cpu.tstate = halt ? 0 : 1;
	if (level1 == 2)
		adt->case_id = halt ? S2T_CASE_MPV_6 : S2T_CASE_MPV_3;
	else if (halt)
		adt->case_id = adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_MPV_4 : S2T_CASE_MPV_5;
	else
		adt->case_id = S2T_CASE_MPV_2;
	return leave(adt, s2t_npt_id(vmid));
}

bool s2t_map_vm_io_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr gpa, s2t_addr pa)
{
	struct s2t_page page;
	bool halt;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(gpa));
	rely(is_addr(pa));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, s2t_npt_id(vmid)));
	s2t_pfn pfn = pa / PAGE_SIZE;
	s2t_pte pte = phys_page(pa) | (PAGE_S2_DEVICE | S2_RDWR);

	when(pull_s2page(adt, pfn, &page));
	if (page.owner == INVALID) {
		when(s2t_pull(adt, s2t_npt_id(vmid)));
		when(s2t_local_mmap(adt, vmid, gpa, 3, pte, &halt));
		when(end_step(adt, halt,
		              !halt                                 ? S2T_CASE_MVI_2
		              : adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_MVI_4
		                                                    : S2T_CASE_MVI_5));
		return leave(adt, s2t_npt_id(vmid));
	}
	return end_step(adt, false, S2T_CASE_MVI_3);
}

bool s2t_grant_vm_page_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	struct s2t_page page;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	when(pull_s2page(adt, pfn, &page));
	if (page.owner == vmid && page.count < adt->board.max_share_count) {
		page.count++;
		s2t_set_s2page(adt, pfn, page);
		return end_step(adt, false, S2T_CASE_GVP_2);
	}
	return end_step(adt, false, page.owner == vmid ? S2T_CASE_GVP_3 : S2T_CASE_GVP_4);
}

bool s2t_revoke_vm_page_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_pfn pfn)
{
	struct s2t_page page;
	bool halt;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, s2t_npt_id(HOSTVISOR)));
	when(pull_s2page(adt, pfn, &page));
	if (page.owner == vmid && page.count > 0) {
		page.count--;
		s2t_set_s2page(adt, pfn, page);
		if (page.count == 0) {
			when(unmap_host(adt, pfn, &halt));
			if (!halt)
				when(draw_content(adt, vmid, pfn));
			when(end_step(adt, halt,
			              unmap_case(adt, halt, S2T_CASE_RVP_2, S2T_CASE_RVP_3, S2T_CASE_RVP_4)));
			return leave(adt, s2t_npt_id(HOSTVISOR));
		}
		return end_step(adt, false, S2T_CASE_RVP_5);
	}
	return end_step(adt, false, page.owner == vmid ? S2T_CASE_RVP_6 : S2T_CASE_RVP_7);
}

bool s2t_assign_pfn_to_smmu_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_gfn gfn, s2t_pfn pfn)
{
	struct s2t_page page;
	bool halt;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_gfn(gfn));
	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, s2t_npt_id(HOSTVISOR)));
	when(pull_s2page(adt, pfn, &page));
	if (page.owner == HOSTVISOR) {
		if (page.count == 0) {
			when(unmap_host(adt, pfn, &halt));
			if (!halt) {
				s2t_set_s2page(adt, pfn, (struct s2t_page){ (uint32_t)vmid, INVALID, gfn });
				when(draw_content(adt, vmid, pfn));
			}
			when(end_step(adt, halt,
			              unmap_case(adt, halt, S2T_CASE_APS_2, S2T_CASE_APS_3, S2T_CASE_APS_4)));
			return leave(adt, s2t_npt_id(HOSTVISOR));
		}
		return end_step(adt, true, S2T_CASE_APS_5);
	}
	if (page.owner == vmid)
		return end_step(adt, false, S2T_CASE_APS_6);
	return end_step(adt, true, S2T_CASE_APS_7);
}

bool s2t_update_smmu_page_spec(struct s2t_model *adt, s2t_vmid vmid, uint64_t cbndx, uint64_t index,
                               s2t_addr iova, s2t_pte pte)
{
	struct s2t_page page;
	bool halt;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(iova));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, S2T_LOCK_SPT));
	s2t_pfn pfn = phys_page(pte) / PAGE_SIZE;
	s2t_gfn gfn = iova / PAGE_SIZE;

	when(pull_s2page(adt, pfn, &page));
	if (vmid == page.owner && gfn == page.gfn) {
		enum s2t_case case_id = S2T_CASE_USP_2;

		when(s2t_pull(adt, S2T_LOCK_SPT));
		when(s2t_local_spt_map(adt, cbndx, index, iova, pte, &halt));
		if (halt) {
			when(end_step(adt, true, S2T_CASE_USP_5));
			return leave(adt, S2T_LOCK_SPT);
		}
		when(leave(adt, S2T_LOCK_SPT));
		if (page.owner == HOSTVISOR)
			case_id = S2T_CASE_USP_4;
		if (page.owner == HOSTVISOR && page.count < adt->board.el2_smmu_cfg_size) {
			case_id = S2T_CASE_USP_3;
			page.count++;
			s2t_set_s2page(adt, pfn, page);
		}
		return end_step(adt, false, case_id);
	}
	return end_step(adt, true, vmid != page.owner ? S2T_CASE_USP_6 : S2T_CASE_USP_7);
}

bool s2t_unmap_smmu_page_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr iova)
{
	struct s2t_page page;
	bool halt = false;

	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(iova));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_S2PAGE));
	rely(s2t_lock_empty(adt, S2T_LOCK_SPT));
	when(s2t_pull(adt, S2T_LOCK_S2PAGE));
	when(s2t_pull(adt, S2T_LOCK_SPT));
	s2t_pte pte = s2t_spt(adt, (unsigned)(index * SMMU_CTXT_BANKS + cbndx), iova / PAGE_SIZE);

	if (pte != 0)
		when(s2t_local_spt_map(adt, cbndx, index, iova, 0, &halt));
	if (halt) { /* cannot be: the tables of an entry exist */
		when(end_step(adt, true, S2T_CASE_UMP_0));
		return leave(adt, S2T_LOCK_SPT);
	}
	when(leave(adt, S2T_LOCK_SPT));
	s2t_pfn pfn = phys_page(pte) / PAGE_SIZE;

	when(s2p_at(adt, pfn, &page));
	if (page.owner == HOSTVISOR && page.count > 0) {
		page.count--;
		s2t_set_s2page(adt, pfn, page);
		return end_step(adt, false, pte ? S2T_CASE_UMP_2 : S2T_CASE_UMP_5);
	}
	if (page.owner == HOSTVISOR)
		return end_step(adt, false, pte ? S2T_CASE_UMP_3 : S2T_CASE_UMP_6);
	return end_step(adt, false, pte ? S2T_CASE_UMP_4 : S2T_CASE_UMP_7);
}
