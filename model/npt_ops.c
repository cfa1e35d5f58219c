/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NPTOpsSpec.v: stage-2 operations as one section of the table's lock each. The atomic forms come first; the
 * chains below them say the same over NPTWalk and Locks, and a test holds the two against each other.
 */
#include "spec.h"

/* What clear_pfn_host and its callers see of a host entry: a frame of 0 counts as absent. */
static uint64_t host_level(struct s2t_model *adt, struct s2t_npt_entry entry)
{
	uint64_t level = phys_page(entry.pte) == 0 ? 0 : entry.level;

	adt->host_entry = level == 0 ? S2T_HOST_ABSENT : level == 2 ? S2T_HOST_UNDER_BLOCK : S2T_HOST_MAPPED;
	return level;
}

bool s2t_get_level_s2pt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t *level)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	*level = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_false(adt, s2t_npt_id(vmid)));
	when(s2t_pull(adt, s2t_npt_id(vmid)));
	struct s2t_npt_entry entry = s2t_pt(adt, vmid, addr / PAGE_SIZE);

	*level = phys_page(entry.pte) == 0 ? 0 : entry.level;
	adt->cpu.tstate = 1;
	adt->case_id = *level == 0 ? S2T_CASE_GLN_2 : *level == 2 ? S2T_CASE_GLN_3 : S2T_CASE_GLN_4;
	return s2t_push(adt, s2t_npt_id(vmid));
}

bool s2t_walk_s2pt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte *pte)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	*pte = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_false(adt, s2t_npt_id(vmid)));
	when(s2t_pull(adt, s2t_npt_id(vmid)));
	*pte = s2t_pt(adt, vmid, addr / PAGE_SIZE).pte;
	adt->cpu.tstate = 1;
	adt->case_id = *pte == 0 ? S2T_CASE_WKN_2 : phys_page(*pte) == 0 ? S2T_CASE_WKN_3 : S2T_CASE_WKN_4;
	return s2t_push(adt, s2t_npt_id(vmid));
}

/* The end of a section that wrote: on halt its lock stays held, nothing more is logged, and tstate is 0. */
static bool end_section(struct s2t_model *adt, uint32_t id, bool halt)
{
	rely(!halt || adt->cpu.held_count < S2T_MAX_HELD); /* not representable, as in acquire */
	adt->cpu.halt = halt;
	adt->cpu.tstate = halt ? 0 : 1;
	if (!halt)
		return s2t_push(adt, id);
	s2t_set_lock_own(adt, id);
	return true;
}

bool s2t_map_s2pt_spec(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t level, s2t_pte pte)
{
	bool halt;

	rely(s2t_is_vmid(adt, vmid));
	rely(is_addr(addr));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_false(adt, s2t_npt_id(vmid)));
	when(s2t_pull(adt, s2t_npt_id(vmid)));
	rely(level == 2 || level == 3);
	rely(pte != 0);
	when(s2t_local_mmap(adt, vmid, addr, level, pte, &halt));
	when(end_section(adt, s2t_npt_id(vmid), halt));
	if (level == 2)
		adt->case_id = halt ? S2T_CASE_MPN_6 : S2T_CASE_MPN_3;
	else if (halt)
		adt->case_id = adt->map_end == S2T_MAP_UNDER_BLOCK ? S2T_CASE_MPN_4 : S2T_CASE_MPN_5;
	else
		adt->case_id = S2T_CASE_MPN_2;
	return true;
}

bool s2t_clear_pfn_host_spec(struct s2t_model *adt, s2t_pfn pfn)
{
	bool halt = false;

	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_false(adt, s2t_npt_id(HOSTVISOR)));
	when(s2t_pull(adt, s2t_npt_id(HOSTVISOR)));
	if (host_level(adt, s2t_pt(adt, HOSTVISOR, pfn)) != 0)
		when(s2t_local_mmap(adt, HOSTVISOR, pfn * PAGE_SIZE, 3, PAGE_GUEST, &halt));
	when(end_section(adt, s2t_npt_id(HOSTVISOR), halt));
	adt->case_id = halt                                 ? S2T_CASE_CPH_4
	               : adt->host_entry == S2T_HOST_MAPPED ? S2T_CASE_CPH_3
	                                                    : S2T_CASE_CPH_2;
	return true;
}

bool s2t_get_level_s2pt_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t *level)
{
	when(s2t_acquire_lock_pt_spec(adt, vmid));
	when(s2t_get_npt_level_spec(adt, vmid, addr, level));
	when(s2t_release_lock_pt_spec(adt, vmid));
	*level = s2t_check_spec(adt, *level);
	return true;
}

bool s2t_walk_s2pt_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, s2t_pte *pte)
{
	when(s2t_acquire_lock_pt_spec(adt, vmid));
	when(s2t_walk_npt_spec(adt, vmid, addr, pte));
	when(s2t_release_lock_pt_spec(adt, vmid));
	*pte = s2t_check_spec(adt, *pte);
	return true;
}

bool s2t_map_s2pt_spec0(struct s2t_model *adt, s2t_vmid vmid, s2t_addr addr, uint64_t level, s2t_pte pte)
{
	when(s2t_acquire_lock_pt_spec(adt, vmid));
	when(s2t_set_npt_spec(adt, vmid, addr, level, pte));
	return s2t_release_lock_pt_spec(adt, vmid);
}

bool s2t_clear_pfn_host_spec0(struct s2t_model *adt, s2t_pfn pfn)
{
	uint64_t level;

	rely(is_pfn(pfn));
	when(s2t_acquire_lock_pt_spec(adt, HOSTVISOR));
	when(s2t_get_npt_level_spec(adt, HOSTVISOR, pfn * PAGE_SIZE, &level));
	if (level == 0)
		return s2t_release_lock_pt_spec(adt, HOSTVISOR);
	when(s2t_set_npt_spec(adt, HOSTVISOR, pfn * PAGE_SIZE, 3, PAGE_GUEST));
	return s2t_release_lock_pt_spec(adt, HOSTVISOR);
}
