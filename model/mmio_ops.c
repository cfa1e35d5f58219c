/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MmioOpsSpec.v: the context banks of the SMMUs, whose each is, and what the host asks of their tables. The chains come
 * first. The fused forms are, once their relies hold and their locks are free, the same chains; but for
 * el2_alloc_smmu_pgd_spec, which does not look at the VM.
 */
#include "hyper.h"

bool s2t_emulate_mmio_spec0(struct s2t_model *adt, s2t_addr addr, uint64_t hsr, uint64_t data, uint64_t *ret)
{
	uint64_t res;

	when(s2t_acquire_lock_smmu_spec(adt));
	when(s2t_is_smmu_range_spec(adt, addr, &res));
	if (res != INVALID)
		when(s2t_handle_host_mmio_spec(adt, addr, res, hsr, data));
	when(s2t_release_lock_smmu_spec(adt));
	*ret = s2t_check_spec(adt, res);
	return true;
}

bool s2t_el2_free_smmu_pgd_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index)
{
	uint64_t vmid, power;

	when(s2t_acquire_lock_smmu_spec(adt));
	when(s2t_get_smmu_cfg_vmid_spec(adt, cbndx, index, &vmid));
	if (vmid == INVALID) {
		adt->case_id = S2T_CASE_FSP_3;
		return s2t_release_lock_smmu_spec(adt);
	}
	when(S2T_FORM(get_vm_poweron, adt, vmid, &power));
	if (power == 0) {
		when(s2t_set_smmu_cfg_vmid_spec(adt, cbndx, index, INVALID));
		adt->case_id = S2T_CASE_FSP_2;
	} else {
		adt->case_id = S2T_CASE_FSP_4;
		when(s2t_panic_spec(adt));
	}
	return s2t_release_lock_smmu_spec(adt);
}

bool s2t_el2_alloc_smmu_pgd_spec0(struct s2t_model *adt, uint64_t cbndx, s2t_vmid vmid, uint64_t index)
{
	uint64_t num, target;

	when(s2t_acquire_lock_smmu_spec(adt));
	when(s2t_get_smmu_num_context_banks_spec(adt, index, &num));
	if (cbndx >= num) {
		adt->case_id = S2T_CASE_ASP_4;
		when(s2t_panic_spec(adt));
		return s2t_release_lock_smmu_spec(adt);
	}
	when(s2t_get_smmu_cfg_vmid_spec(adt, cbndx, index, &target));
	adt->case_id = S2T_CASE_ASP_3;
	if (target == INVALID) {
		when(s2t_set_smmu_cfg_vmid_spec(adt, cbndx, index, vmid));
		when(s2t_alloc_smmu_spec0(adt, vmid, cbndx, index));
		s2t_case(adt, S2T_CASE_ASP_2, S2T_CASE_ASP_5);
	}
	return s2t_release_lock_smmu_spec(adt);
}

bool s2t_smmu_assign_page_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_pfn pfn, s2t_gfn gfn)
{
	uint64_t vmid;

	when(s2t_acquire_lock_smmu_spec(adt));
	when(s2t_get_smmu_cfg_vmid_spec(adt, cbndx, index, &vmid));
	if (vmid != INVALID)
		when(S2T_FORM(assign_smmu, adt, vmid, pfn, gfn));
	return s2t_release_lock_smmu_spec(adt);
}

bool s2t_smmu_map_page_spec0(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr iova, s2t_pte pte)
{
	uint64_t vmid;

	when(s2t_acquire_lock_smmu_spec(adt));
	when(s2t_get_smmu_cfg_vmid_spec(adt, cbndx, index, &vmid));
	if (vmid != INVALID) {
		when(S2T_FORM(map_smmu, adt, vmid, cbndx, index, iova, pte));
		if (!adt->cpu.halt)
			adt->case_id = s2t_is_vm(adt, vmid) ? S2T_CASE_ALM_2 : S2T_CASE_ALM_4;
	} else {
		adt->case_id = S2T_CASE_ALM_3;
	}
	return s2t_release_lock_smmu_spec(adt);
}

bool s2t_el2_arm_lpae_iova_to_phys_spec0(struct s2t_model *adt, s2t_addr iova, uint64_t cbndx, uint64_t index,
                                         uint64_t *ret)
{
	s2t_pte pte;

	when(S2T_CALL_ONE(walk_spt, adt, cbndx, index, iova, &pte));
	*ret = s2t_check_spec(adt, phys_page(pte) + (iova & 4095));
	adt->case_id = pte ? S2T_CASE_ITP_3 : S2T_CASE_ITP_2;
	return true;
}

bool s2t_el2_arm_lpae_clear_spec0(struct s2t_model *adt, s2t_addr iova, uint64_t cbndx, uint64_t index)
{
	uint64_t vmid;

	when(s2t_acquire_lock_smmu_spec(adt));
	when(s2t_get_smmu_cfg_vmid_spec(adt, cbndx, index, &vmid));
	if (vmid != INVALID) {
		when(S2T_FORM(clear_smmu, adt, vmid, cbndx, index, iova));
		s2t_case(adt, adt->case_id < S2T_CASE_UMP_5 ? S2T_CASE_ALC_3 : S2T_CASE_ALC_4, S2T_CASE_ALC_5);
	} else {
		adt->case_id = S2T_CASE_ALC_2;
	}
	return s2t_release_lock_smmu_spec(adt);
}

/* What the fused forms rely on before they test for a halt. */
static bool is_bank(uint64_t cbndx, uint64_t index)
{
	return is_smmu(index) && is_smmu_cfg(cbndx);
}

bool s2t_emulate_mmio_spec(struct s2t_model *adt, s2t_addr addr, uint64_t hsr, uint64_t data, uint64_t *ret)
{
	rely(is_addr(addr));
	rely(hsr <= INVALID);
	*ret = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_SMMU));
	return s2t_emulate_mmio_spec0(adt, addr, hsr, data, ret);
}

bool s2t_el2_free_smmu_pgd_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index)
{
	rely(is_bank(cbndx, index));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_SMMU));
	return s2t_el2_free_smmu_pgd_spec0(adt, cbndx, index);
}

bool s2t_el2_alloc_smmu_pgd_spec(struct s2t_model *adt, uint64_t cbndx, s2t_vmid vmid, uint64_t index)
{
	rely(s2t_is_vmid(adt, vmid));
	rely(is_bank(cbndx, index));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_SMMU));
	when(s2t_acquire_lock_smmu_spec(adt));
	if (cbndx >= adt->board.smmu_context_banks) {
		adt->case_id = S2T_CASE_ASP_4;
		return s2t_panic_spec(adt);
	}
	if (adt->smmu_cfg[index * SMMU_CTXT_BANKS + cbndx] == INVALID) {
		s2t_set_smmu(adt, (unsigned)(index * SMMU_CTXT_BANKS + cbndx), vmid);
		rely(s2t_lock_empty(adt, S2T_LOCK_SPT));
		when(S2T_CALL_ONE(init_spt, adt, cbndx, index));
		adt->case_id = S2T_CASE_ASP_2;
	} else {
		adt->case_id = S2T_CASE_ASP_3;
	}
	return s2t_release_lock_smmu_spec(adt);
}

bool s2t_smmu_assign_page_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_pfn pfn, s2t_gfn gfn)
{
	rely(is_bank(cbndx, index));
	rely(is_gfn(gfn));
	rely(is_pfn(pfn));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_SMMU));
	return s2t_smmu_assign_page_spec0(adt, cbndx, index, pfn, gfn);
}

bool s2t_smmu_map_page_spec(struct s2t_model *adt, uint64_t cbndx, uint64_t index, s2t_addr iova, s2t_pte pte)
{
	rely(is_bank(cbndx, index));
	rely(is_smmu_addr(iova));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_SMMU));
	return s2t_smmu_map_page_spec0(adt, cbndx, index, iova, pte);
}

bool s2t_el2_arm_lpae_iova_to_phys_spec(struct s2t_model *adt, s2t_addr iova, uint64_t cbndx, uint64_t index,
                                        uint64_t *ret)
{
	rely(is_bank(cbndx, index));
	rely(is_smmu_addr(iova));
	*ret = 0;
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_SPT));
	return s2t_el2_arm_lpae_iova_to_phys_spec0(adt, iova, cbndx, index, ret);
}

bool s2t_el2_arm_lpae_clear_spec(struct s2t_model *adt, s2t_addr iova, uint64_t cbndx, uint64_t index)
{
	rely(is_bank(cbndx, index));
	rely(is_smmu_addr(iova));
	if (adt->cpu.halt)
		return true;
	rely(s2t_lock_empty(adt, S2T_LOCK_SMMU));
	return s2t_el2_arm_lpae_clear_spec0(adt, iova, cbndx, index);
}
