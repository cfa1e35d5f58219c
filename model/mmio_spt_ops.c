/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MmioSPTOpsSpec.v: SMMU table operations as one section of the SPT lock each. The atomic forms come first; the
 * chains below them say the same over MmioSPTWalk and Locks, and a test holds the two against each other.
 */
#include "spec.h"

/* The end of a section that wrote: on halt the lock stays held, nothing more is logged, and tstate is 0. */
static bool end_section(struct s2t_model *adt, bool halt)
{
	rely(!halt || adt->cpu.held_count < S2T_MAX_HELD); /* not representable, as in acquire */
	adt->cpu.halt = halt;
	adt->cpu.tstate = halt ? 0 : 1;
	if (!halt)
		return s2t_push(adt, S2T_LOCK_SPT);
	s2t_set_lock_own(adt, S2T_LOCK_SPT);
	return true;
}

bool s2t_init_spt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index)
{
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_false(adt, S2T_LOCK_SPT));
	when(s2t_pull(adt, S2T_LOCK_SPT));
	when(s2t_local_spt_clear(adt, cbndx, index));
	adt->cpu.tstate = 1;
	adt->case_id = S2T_CASE_IST_2;
	return s2t_push(adt, S2T_LOCK_SPT);
}

bool s2t_walk_spt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte)
{
	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(addr));
	*pte = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_false(adt, S2T_LOCK_SPT));
	when(s2t_pull(adt, S2T_LOCK_SPT));
	*pte = s2t_spt(adt, (unsigned)(index * SMMU_CTXT_BANKS + cbndx), addr / PAGE_SIZE);
	adt->cpu.tstate = 1;
	adt->case_id = *pte == 0 ? S2T_CASE_WST_2 : phys_page(*pte) == 0 ? S2T_CASE_WST_3 : S2T_CASE_WST_4;
	return s2t_push(adt, S2T_LOCK_SPT);
}

bool s2t_map_spt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte pte)
{
	bool halt;

	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(addr));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_false(adt, S2T_LOCK_SPT));
	when(s2t_pull(adt, S2T_LOCK_SPT));
	when(s2t_local_spt_map(adt, cbndx, index, addr, pte, &halt));
	when(end_section(adt, halt));
	adt->case_id = halt ? S2T_CASE_MST_3 : S2T_CASE_MST_2;
	return true;
}

bool s2t_unmap_spt_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte)
{
	bool halt = false;

	rely(is_smmu(index));
	rely(is_smmu_cfg(cbndx));
	rely(is_smmu_addr(addr));
	*pte = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_false(adt, S2T_LOCK_SPT));
	when(s2t_pull(adt, S2T_LOCK_SPT));
	*pte = s2t_spt(adt, (unsigned)(index * SMMU_CTXT_BANKS + cbndx), addr / PAGE_SIZE);
	adt->case_id = *pte == 0 ? S2T_CASE_UST_2 : S2T_CASE_UST_3;
	if (*pte != 0)
		when(s2t_local_spt_map(adt, cbndx, index, addr, 0, &halt));
	when(end_section(adt, halt));
	*pte = halt ? 0 : *pte;
	return true;
}

bool s2t_init_spt_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index)
{
	when(s2t_acquire_lock_spt_spec(adt));
	when(s2t_clear_smmu_pt_spec(adt, cbndx, index));
	return s2t_release_lock_spt_spec(adt);
}

bool s2t_walk_spt_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte)
{
	when(s2t_acquire_lock_spt_spec(adt));
	when(s2t_walk_smmu_pt_spec(adt, cbndx, index, addr, pte));
	when(s2t_release_lock_spt_spec(adt));
	*pte = s2t_check_spec(adt, *pte);
	return true;
}

bool s2t_map_spt_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte pte)
{
	when(s2t_acquire_lock_spt_spec(adt));
	when(s2t_set_smmu_pt_spec(adt, cbndx, index, addr, pte));
	return s2t_release_lock_spt_spec(adt);
}

bool s2t_unmap_spt_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr addr, s2t_pte *pte)
{
	when(s2t_acquire_lock_spt_spec(adt));
	when(s2t_walk_smmu_pt_spec(adt, cbndx, index, addr, pte));
	if (*pte != 0)
		when(s2t_set_smmu_pt_spec(adt, cbndx, index, addr, 0));
	when(s2t_release_lock_spt_spec(adt));
	*pte = s2t_check_spec(adt, *pte);
	return true;
}
